//! `huoshui serve` as a process of its own: it starts, is told to stop, is killed, and loses nothing that it answered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

mod common;

use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::service::{Server, account, read, send, store};
use serde_json::{Value, json};

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
        ("HUOSHUI__LIMITS__STOP_SECONDS", "90", "limits.stop_seconds", "limits.upload_seconds"),
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
    assert!(server.wait().success(), "it ends by itself, having finished");
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
