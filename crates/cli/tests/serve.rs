//! `huoshui serve` as a process of its own: it starts, is told to stop, is killed, and loses nothing that it answered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

const PASSWORD: &str = "correct-horse-battery";

/// `huoshui account create`, with the password from standard input.
fn account(data: &Path, more: &[&str]) -> std::process::Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_huoshui"))
        .args(["account", "create", "--data", data.to_str().unwrap()])
        .args(more)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn store() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = account(folder.path(), &["--login", "first"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_huoshui"))
            .args(["serve", "--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0"])
            .env("HUOSHUI__LIMITS__ACTOR_PER_SECOND", "100000")
            .env("HUOSHUI__LIMITS__ACTOR_BURST", "100000")
            .env("HUOSHUI__LIMITS__ADDRESS_PER_SECOND", "100000")
            .env("HUOSHUI__LIMITS__ADDRESS_BURST", "100000")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).expect("it says where it listens");
        Self { child, address: told["address"].as_str().unwrap().to_owned() }
    }

    fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    fn sign_in(&self, login: &str, password: &str) -> Option<(u16, Value)> {
        send(&self.address, "POST", "/v1/session", None, "", &json!({ "login": login, "password": password }))
    }

    fn token(&self) -> String {
        let (status, body) = self.sign_in("first", PASSWORD).unwrap();
        assert_eq!(status, 201, "{body}");
        body["token"].as_str().unwrap().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One request over a connection of its own; none when the server does not answer whole.
fn send(to: &str, method: &str, path: &str, token: Option<&str>, key: &str, body: &Value) -> Option<(u16, Value)> {
    let mut socket = TcpStream::connect(to).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let body = if method == "GET" { String::new() } else { body.to_string() };
    let mut head =
        format!("{method} {path} HTTP/1.1\r\nhost: t\r\nconnection: close\r\ncontent-type: application/json\r\n");
    if let Some(token) = token {
        head += &format!("authorization: Bearer {token}\r\n");
    }
    if !key.is_empty() {
        head += &format!("idempotency-key: {key}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n{body}", body.len());
    socket.write_all(head.as_bytes()).ok()?;
    read(socket)
}

fn read(mut socket: TcpStream) -> Option<(u16, Value)> {
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, serde_json::from_str(body).ok()?))
}

fn organisation(id: &str) -> Value {
    json!({ "id": id, "kind": "guarantor", "name_zh": "甲", "name_en": "A" })
}

#[test]
fn an_account_made_beside_the_service_signs_in_and_demonstration_accounts_do_not() {
    let folder = store();
    let again = account(folder.path(), &["--login", "second", "--organisation", "b1", "--kind", "banque"]);
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("equity_market"), "it lists the kinds there are");
    let server = Server::start(folder.path());
    let token = server.token();
    let (status, me) = send(&server.address, "GET", "/v1/session", Some(&token), "", &Value::Null).unwrap();
    assert_eq!(
        (status, &me["account"], &me["kind"], &me["demo"]),
        (200, &json!("first"), &json!("operator"), &json!(false))
    );
    for login in ["demo-operator", "demo-bank", "demo-regulator"] {
        let (status, refused) = server.sign_in(login, "huoshui-demo").unwrap();
        assert_eq!((status, &refused["code"]), (401, &json!("access.refused")), "{login}");
    }
}

#[test]
fn settings_that_contradict_each_other_end_the_start_and_are_both_named() {
    let folder = store();
    for (variable, value, one, other) in [
        ("HUOSHUI__LIMITS__STOP_SECONDS", "1", "limits.stop_seconds", "limits.request_seconds"),
        ("HUOSHUI__LIMITS__UPLOAD_BYTES", "10", "limits.upload_bytes", "limits.body_bytes"),
        ("HUOSHUI__LIMITS__QUESTION_SECONDS", "900", "limits.request_seconds", "limits.question_seconds"),
    ] {
        let ran = Command::new(env!("CARGO_BIN_EXE_huoshui"))
            .args(["serve", "--data", folder.path().to_str().unwrap(), "--listen", "127.0.0.1:0"])
            .env(variable, value)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(!ran.status.success() && ran.stdout.is_empty(), "{variable} starts");
        assert!(said.contains(one) && said.contains(other), "{said}");
    }
    let missing = folder.path().join("nothing");
    let ran = common::huoshui(&["serve", "--data", missing.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    assert!(ran.code != 0 && !missing.exists(), "a server makes no store by a slip of the pen");
}

#[test]
fn sigterm_finishes_what_was_taken() {
    let folder = store();
    let mut server = Server::start(folder.path());
    let token = server.token();
    // Thirty requests whose heads have come, and half of each body: taken, and not yet answerable.
    let halves: Vec<(TcpStream, String)> = (0..30)
        .map(|n| {
            let body = organisation(&format!("late-{n}")).to_string();
            let mut socket = TcpStream::connect(&server.address).unwrap();
            socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
            let head = format!(
                "POST /v1/organisations HTTP/1.1\r\nhost: t\r\nconnection: close\r\ncontent-type: application/json\r\n\
                 authorization: Bearer {token}\r\nidempotency-key: late-key-{n}\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            socket.write_all(head.as_bytes()).unwrap();
            socket.write_all(&body.as_bytes()[..10]).unwrap();
            (socket, body)
        })
        .collect();
    // A request after them on a connection of its own is answered: the server has read what came before it.
    assert_eq!(send(&server.address, "GET", "/v1/session", Some(&token), "", &Value::Null).unwrap().0, 200);
    server.signal("-TERM");
    let began = std::time::Instant::now();
    while TcpStream::connect(&server.address).is_ok() {
        assert!(began.elapsed() < Duration::from_secs(30), "it still takes connections");
        std::thread::sleep(Duration::from_millis(20));
    }
    for (mut socket, body) in halves {
        socket.write_all(&body.as_bytes()[10..]).unwrap();
        let (status, answer) = read(socket).expect("what was taken is answered");
        assert_eq!(status, 201, "{answer}");
    }
    assert!(server.child.wait().unwrap().success(), "it ends by itself, having finished");
    let server = Server::start(folder.path());
    let token = server.token();
    for n in 0..30 {
        let path = format!("/v1/organisations/late-{n}");
        assert_eq!(send(&server.address, "GET", &path, Some(&token), "", &Value::Null).unwrap().0, 200);
    }
}

#[test]
fn a_kill_loses_nothing_that_was_answered() {
    let folder = store();
    let mut made = 0;
    for round in 0..3 {
        let server = Server::start(folder.path());
        let token = server.token();
        let over = AtomicBool::new(false);
        let (address, token, over) = (server.address.as_str(), token.as_str(), &over);
        let answered: Vec<(String, Value)> = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..8)
                .map(|writer| {
                    scope.spawn(move || {
                        let mut answered = Vec::new();
                        for n in 0.. {
                            let id = format!("o-{round}-{writer}-{n}");
                            let key = format!("key-{id}");
                            match send(address, "POST", "/v1/organisations", Some(token), &key, &organisation(&id)) {
                                Some((201, body)) => answered.push((id, body)),
                                Some((status, body)) => panic!("{status} {body}"),
                                None if over.load(Ordering::SeqCst) => break,
                                None => panic!("no answer, and nobody was killed"),
                            }
                        }
                        answered
                    })
                })
                .collect();
            // In the middle: when some dozens are answered, and the next are under way.
            std::thread::sleep(Duration::from_millis(400 + 150 * round));
            over.store(true, Ordering::SeqCst);
            server.signal("-KILL");
            writers.into_iter().flat_map(|w| w.join().unwrap()).collect()
        });
        drop(server);
        made += answered.len();
        let server = Server::start(folder.path());
        let token = server.token();
        for (id, first) in &answered {
            let path = format!("/v1/organisations/{id}");
            let (status, _) = send(&server.address, "GET", &path, Some(&token), "", &Value::Null).unwrap();
            assert_eq!(status, 200, "{id} was answered and is lost");
            // The same key again has the first answer, and no second effect.
            let key = format!("key-{id}");
            let again = send(&server.address, "POST", "/v1/organisations", Some(&token), &key, &organisation(id));
            assert_eq!(again, Some((201, first.clone())), "{id}");
        }
    }
    assert!(made >= 30, "the kills met {made} answers: too few to tell anything");
    let checked = common::huoshui(&["verify", "--data", folder.path().to_str().unwrap()]);
    assert_eq!(checked.code, 0, "{}", checked.all());
}
