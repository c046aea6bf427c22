//! `huoshui department` as a process of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use common::huoshui;
use huoshui_kernel::Uscc;

fn files() -> (tempfile::TempDir, Uscc) {
    let folder = tempfile::tempdir().unwrap();
    let firm = Uscc::compose("91", "310000", "MA000001").unwrap();
    let text = format!("uscc,period,grade\n{},2024-12-31,A\n{},2023-12-31,B\n", firm.as_str(), firm.as_str());
    std::fs::write(folder.path().join("tax_grade.2025-04-30.whole.csv"), text).unwrap();
    (folder, firm)
}

struct Endpoint(Child);

impl Drop for Endpoint {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(address: &str, path: &str, key: &str) -> String {
    let key = if key.is_empty() { String::new() } else { format!("Authorization: Bearer {key}\r\n") };
    ask(address, &format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{key}\r\n"))
}

#[test]
fn it_says_where_it_is_answers_with_its_key_is_switched_and_ends_when_told() {
    let (folder, firm) = files();
    let child = Command::new(env!("CARGO_BIN_EXE_huoshui"))
        .args(["department", "--code", "swj", "--files", folder.path().to_str().unwrap(), "--resources", "tax_grade"])
        .args(["--key-env", "DEPARTMENT_KEY", "--control"])
        .env("DEPARTMENT_KEY", "a-key-of-the-tests")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut child = Endpoint(child);
    let mut line = String::new();
    BufReader::new(child.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((ready["department"].as_str(), ready["rows"].as_u64()), (Some("swj"), Some(2)));
    let address = ready["address"].as_str().unwrap().to_owned();

    let path = format!("/v1/resources/tax_grade/records?uscc={}&from=2024-01-01", firm.as_str());
    assert!(get(&address, &path, "").starts_with("HTTP/1.1 401 "));
    let answer = get(&address, &path, "a-key-of-the-tests");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["rows"], serde_json::json!([["2024-12-31", "A"]]));

    let told = r#"{"misbehave":"fail"}"#;
    let post = format!(
        "POST /control HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{told}",
        told.len()
    );
    assert!(ask(&address, &post).starts_with("HTTP/1.1 200 "));
    assert!(get(&address, &path, "a-key-of-the-tests").starts_with("HTTP/1.1 503 "));

    let pid = child.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let status = child.0.wait().unwrap();
    assert!(status.success(), "{status}");
    let mut printed = String::new();
    child.0.stderr.take().unwrap().read_to_string(&mut printed).unwrap();
    assert_eq!(printed, "");
}

#[test]
fn what_cannot_be_served_is_said_before_it_listens() {
    let (folder, _) = files();
    let files = folder.path().to_str().unwrap();
    let empty = tempfile::tempdir().unwrap();
    let base = ["department", "--code", "swj", "--files", files];
    for (more, code) in [
        (vec!["--resources", "tax_payments"], "department.no_files"),
        (vec!["--resources", "social_security"], "department.not_published"),
        (vec!["--key-env", "HUOSHUI_TEST_NO_SUCH_KEY"], "department.key_source"),
        (vec!["--misbehave", "dance"], "department.misbehaviour"),
        (vec!["--control", "--listen", "0.0.0.0:0"], "department.control_exposed"),
    ] {
        let run = huoshui(&base.iter().copied().chain(more).collect::<Vec<_>>());
        assert!(run.code == 1 && run.out.is_empty() && run.err.contains(code), "{code}: {}", run.all());
    }
    let run = huoshui(&["department", "--code", "swj", "--files", empty.path().to_str().unwrap()]);
    assert!(run.code == 1 && run.err.contains("department.no_files"), "{}", run.all());
}
