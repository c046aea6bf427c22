//! `huoshui serve` as a process of its own, with an account in its store, and requests to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

pub const PASSWORD: &str = "correct-horse-battery";

/// `huoshui account create`, with the password from standard input.
pub fn account(data: &Path, more: &[&str]) -> std::process::Output {
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

pub fn store() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = account(folder.path(), &["--login", "first"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    pub fn start(data: &Path) -> Self {
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

    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// How it ended.
    pub fn wait(&mut self) -> std::process::ExitStatus {
        self.child.wait().unwrap()
    }

    pub fn sign_in(&self, login: &str, password: &str) -> Option<(u16, Value)> {
        send(&self.address, "POST", "/v1/session", None, "", &json!({ "login": login, "password": password }))
    }

    pub fn token(&self) -> String {
        self.token_of("first")
    }

    pub fn token_of(&self, login: &str) -> String {
        let (status, body) = self.sign_in(login, PASSWORD).unwrap();
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
pub fn send(to: &str, method: &str, path: &str, token: Option<&str>, key: &str, body: &Value) -> Option<(u16, Value)> {
    let body = if method == "GET" { String::new() } else { body.to_string() };
    send_bytes(to, (method, path, "application/json"), token, key, body.as_bytes())
}

/// The same with a body of any kind.
pub fn send_bytes(
    to: &str,
    (method, path, media): (&str, &str, &str),
    token: Option<&str>,
    key: &str,
    body: &[u8],
) -> Option<(u16, Value)> {
    let mut socket = TcpStream::connect(to).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: t\r\nconnection: close\r\ncontent-type: {media}\r\n");
    if let Some(token) = token {
        head += &format!("authorization: Bearer {token}\r\n");
    }
    if !key.is_empty() {
        head += &format!("idempotency-key: {key}\r\n");
    }
    head += &format!("content-length: {}\r\n\r\n", body.len());
    socket.write_all(head.as_bytes()).ok()?;
    socket.write_all(body).ok()?;
    read(socket)
}

pub fn read(mut socket: TcpStream) -> Option<(u16, Value)> {
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, serde_json::from_str(body).ok()?))
}
