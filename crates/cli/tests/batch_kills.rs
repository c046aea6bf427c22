//! A server killed while departments upload: each batch is in whole, or not at all; the same key again finds out, and nothing
//! half made stays behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::service::{Server, account, send, send_bytes, store};
use huoshui_app::exchange::batches::ledger::Ledger;
use huoshui_app::{Mode, Workspace};
use huoshui_journal::SystemClock;
use huoshui_kernel::Uscc;
use huoshui_kernel::date::{self, Date};
use serde_json::{Value, json};

/// Firms of a batch: enough that taking one lasts some tenths of a second.
const FIRMS: u32 = 6_000;
const ROUNDS: u32 = 6;

/// The file of one day: every firm's insured staff, another number each day.
fn batch(day: Date) -> (String, String) {
    let mut text = "uscc,period,headcount,payable,paid,new_insured\n".to_owned();
    for n in 0..FIRMS {
        let uscc = Uscc::compose("91", "110108", &format!("MA{n:06}")).unwrap();
        let staff = n + u32::from(day.day().unsigned_abs());
        writeln!(text, "{uscc},2025-06-30,{staff},100.00,100.00,0").unwrap();
    }
    (format!("social_security.{day}.whole.csv"), text)
}

fn upload(to: &str, token: &str, (file, text): &(String, String), key: &str) -> Option<(u16, Value)> {
    let path = format!("/v1/exchange/departments/rsj/batches/{file}");
    send_bytes(to, ("POST", &path, "application/octet-stream"), Some(token), key, text.as_bytes())
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|e| e.unwrap().path()) {
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found
}

/// Files look as if they had been written the day before yesterday: what is young may belong to another server's work.
fn aged(data: &Path) {
    // Folders after what is in them.
    let halves = std::fs::read_dir(data.join("uploads")).unwrap().map(|entry| entry.unwrap().path());
    for path in files(&data.join("objects")).into_iter().chain(files(&data.join("uploads"))).chain(halves) {
        assert!(Command::new("touch").args(["-d", "2 days ago"]).arg(path).status().unwrap().success());
    }
}

/// What is in force of social security: its date and its rows.
fn in_force(server: &Server, token: &str) -> Option<(String, u64)> {
    let (status, body) = send(&server.address, "GET", "/v1/exchange/quality", Some(token), "", &Value::Null).unwrap();
    assert_eq!(status, 200, "{body}");
    let all = body["items"].as_array().unwrap();
    let found = all.iter().find(|item| item["resource"] == "social_security").unwrap();
    Some((found["as_of"].as_str()?.to_owned(), found["last"]["rows"].as_u64().unwrap()))
}

#[test]
fn a_batch_under_a_kill_is_in_whole_or_not_at_all_and_its_key_finds_out() {
    let folder = store();
    let data = folder.path();
    let made = account(data, &["--login", "rsj", "--organisation", "rsj", "--kind", "department", "--subject", "rsj"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // How long one batch takes where nobody is killed.
    let first: Date = date::parse("2025-07-01").unwrap();
    let day = |n: u32| date::from_days(date::days(first) + i32::try_from(n).unwrap()).unwrap();
    let server = Server::start(data);
    let (token, new) = (server.token_of("rsj"), batch(day(0)));
    let began = Instant::now();
    let answer = upload(&server.address, &token, &new, "key-first").unwrap();
    let whole = began.elapsed();
    assert_eq!(answer.0, 200, "{}", answer.1);
    assert_eq!((&answer.1["outcome"], &answer.1["rows"]), (&json!("applied"), &json!(FIRMS)));
    drop(server);
    let (mut in_before, mut absent, mut unanswered) = (0, 0, 0);
    for round in 1..=ROUNDS {
        let server = Server::start(data);
        let token = server.token_of("rsj");
        let (new, key) = (batch(day(round)), format!("key-{round:04}"));
        // From at once to when it should have been answered.
        let wait = whole * (round - 1) / (ROUNDS - 2);
        let answered = std::thread::scope(|scope| {
            let asked = scope.spawn(|| upload(&server.address, &token, &new, &key));
            std::thread::sleep(wait);
            server.signal("-KILL");
            asked.join().unwrap()
        });
        drop(server);
        let server = Server::start(data);
        let token = server.token_of("rsj");
        let (date, rows) = in_force(&server, &server.token()).unwrap();
        let arrived = date == day(round).to_string();
        assert!(arrived || date == day(round - 1).to_string(), "{date}");
        assert_eq!(rows, u64::from(FIRMS), "half a batch of {date}");
        unanswered += u32::from(answered.is_none());
        if arrived {
            in_before += 1
        } else {
            absent += 1
        }
        assert!(arrived || answered.is_none(), "it was answered and is lost");
        // The same file under the same key: taken now, or told that it is there; and so it is told ever after.
        let again = upload(&server.address, &token, &new, &key).unwrap();
        assert_eq!((again.0, &again.1["rows"]), (200, &json!(FIRMS)), "{}", again.1);
        match answered {
            Some(answered) => assert_eq!(again, answered, "a receipt is found again"),
            None => assert!(arrived || again.1["outcome"] == "applied", "{}", again.1),
        }
        assert_eq!(upload(&server.address, &token, &new, &key).unwrap(), again);
        // Another file under that key is another request.
        let other = upload(&server.address, &token, &batch(day(round + 100)), &key).unwrap();
        assert_eq!((other.0, &other.1["code"]), (422, &json!("journal.key_reused")), "{}", other.1);
        assert_eq!(in_force(&server, &server.token()), Some((day(round).to_string(), u64::from(FIRMS))));
    }
    assert!(unanswered > 0 && absent > 0, "{unanswered} unanswered, {absent} absent, {in_before} in: too late to tell");
    // Files of batches that never were, and of uploads that were cut off, go once they are a day old.
    let half = data.join("uploads/.tmp-killed");
    std::fs::create_dir_all(&half).unwrap();
    std::fs::write(half.join("notes.B0001.2025-09-30.csv"), "half").unwrap();
    std::fs::create_dir_all(data.join("objects/tmp")).unwrap();
    std::fs::write(data.join("objects/tmp/1-1"), "half").unwrap();
    aged(data);
    let kept: BTreeMap<PathBuf, u64> = live(data);
    let server = Server::start(data);
    let began = Instant::now();
    while files(&data.join("uploads")).len() + files(&data.join("objects")).len() > kept.len() {
        assert!(began.elapsed() < Duration::from_secs(60), "left: {:?}", files(data));
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(live(data), kept, "and nothing else goes");
    drop(server);
    let checked = common::huoshui(&["verify", "--data", data.to_str().unwrap()]);
    assert_eq!(checked.code, 0, "{}", checked.all());
}

/// The files that events name.
fn live(data: &Path) -> BTreeMap<PathBuf, u64> {
    let workspace = Workspace::open(data, Mode::Reading, Arc::new(SystemClock)).unwrap();
    let ledger = Ledger::load(&workspace, "social_security").unwrap();
    let paths = ledger.live().into_iter().map(|blob| workspace.blobs.path(&blob).unwrap());
    paths.map(|path| (path.clone(), path.metadata().unwrap().len())).collect()
}
