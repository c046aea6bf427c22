//! The demonstration goes through from its city to the revoked consent, with real processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use common::huoshui;
use serde_json::Value;

#[test]
fn the_demonstration_runs_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("demo");
    let demo = ["demo", "--data", at.to_str().unwrap(), "--scale", "0.02", "--no-serve", "--quiet"];
    let run = huoshui(&demo).ok();
    // Nothing is refused or stale but what the play itself refuses, and the proof holds.
    assert!(!run.out.contains('✗'), "{}", run.out);
    assert!(run.out.contains("✓ 记录在签名的根之下"), "{}", run.out);
    assert!(run.out.contains("403 exchange.revoked"), "{}", run.out);
    for remote in ["customs_trade", "housing_fund"] {
        assert!(run.out.lines().any(|l| l.contains(remote) && l.contains("READY")), "{remote}: {}", run.out);
    }
    for wrong in ["exchange.stale", "exchange.beyond_range", "TIMEOUT"] {
        assert!(!run.out.contains(wrong), "{wrong}: {}", run.out);
    }

    // Without a terminal nothing is served any more: the last lines say so, and how to serve. Typed as they stand, they do.
    let lines: Vec<&str> = run.out.trim_end().lines().collect();
    let [said, customs, fund, serve] = lines.last_chunk().unwrap();
    assert!(said.contains("--no-serve") && said.contains("停止"), "{said}");
    assert!(
        customs.contains(" department --code hg ") && fund.contains(" department --code gjj "),
        "{customs}\n{fund}"
    );
    assert!(serve.ends_with(&format!(" serve --data {}", at.join("data").display())), "{serve}");
    let typed = |line: &str| {
        let mut child = Command::new("sh")
            .args(["-c", &format!("exec {line}")])
            .env("HUOSHUI__LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut told).unwrap();
        (child, serde_json::from_str::<Value>(&told).unwrap_or_else(|_| panic!("{line}: {told}")))
    };
    let mut running = [customs, fund, serve].map(|line| typed(line));
    let address = running[2].1["address"].as_str().unwrap().to_owned();
    let ask = |request: String| {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str::<Value>(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    };
    let login = format!(r#"{{"login":"demo-bank","password":"{}"}}"#, huoshui_app::access::demo::PASSWORD);
    let session = ask(format!(
        "POST /v1/session HTTP/1.1\r\nhost: t\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{login}",
        login.len()
    ));
    let token = session["token"].as_str().unwrap();
    let sources = ask(format!(
        "GET /v1/exchange/sources HTTP/1.1\r\nhost: t\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n"
    ));
    let departments: Vec<&str> =
        sources["items"].as_array().unwrap().iter().map(|s| s["department"].as_str().unwrap()).collect();
    assert_eq!(departments, ["gjj", "hg"]);
    for (child, _) in &mut running {
        child.kill().unwrap();
        child.wait().unwrap();
    }

    // Its store is a demonstration for good: what it holds verifies, and a second demo starts anew.
    let data = at.join("data");
    huoshui(&["verify", "--data", data.to_str().unwrap()]).ok();
    let stray = folder.path().join("mine");
    std::fs::create_dir(&stray).unwrap();
    std::fs::write(stray.join("thesis.txt"), "years of work").unwrap();
    let refused = huoshui(&["demo", "--data", stray.to_str().unwrap(), "--scale", "0.02"]);
    assert_eq!(refused.code, 1, "a folder that no demo made is left alone");
    assert!(stray.join("thesis.txt").exists());
}
