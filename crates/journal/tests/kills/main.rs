//! Killed in the middle of heavy writing, a journal loses nothing that it acknowledged and holds nothing half done.
//!
//! 20 kills per store; `HUOSHUI_SOAK_KILLS=200` asks for more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod trace;
mod victim;

use std::io::{BufRead, BufReader};
use std::time::Duration;

use huoshui_journal::Against;
use huoshui_testkit::Postgres;
use victim::{Expectation, Work};

/// Kills after which a fresh journal is begun, so that verification stays short.
const PER_JOURNAL: usize = 10;
const CLIENTS: usize = 32;

#[test]
#[ignore = "the process that the other tests start and kill"]
fn victim() {
    victim::obey();
}

fn kills() -> usize {
    std::env::var("HUOSHUI_SOAK_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20)
}

/// How many acknowledgements to wait for, and how many microseconds more: spread over the kills.
fn moment(kill: usize) -> (usize, u64) {
    let mixed = (kill as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
    (usize::try_from(mixed % 700).unwrap(), mixed % 1_999)
}

/// Lets a victim write until the moment comes, ends it, and returns every acknowledgement that it gave.
fn write_until_killed(place: &str, kill: usize, end: impl FnOnce(&mut std::process::Child)) -> Vec<Work> {
    let (acknowledgements, pause) = moment(kill);
    let mut child = victim::start(&[], place, kill, CLIENTS, 0);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).split(b'\n');
    let mut acknowledged = Vec::new();
    let mut next = |acknowledged: &mut Vec<Work>| {
        let line = String::from_utf8(lines.next()?.unwrap()).unwrap();
        if let Some((_, key)) = line.split_once("ack ") {
            acknowledged.push(Work::parse(key).unwrap());
        }
        Some(())
    };
    while acknowledged.len() <= acknowledgements && next(&mut acknowledged).is_some() {}
    std::thread::sleep(Duration::from_micros(pause));
    end(&mut child);
    // What it said before it died is still in the pipe.
    while next(&mut acknowledged).is_some() {}
    child.wait().unwrap();
    assert!(!acknowledged.is_empty(), "kill {kill} came before anything was written");
    acknowledged
}

/// Everything acknowledged is there; everything there is whole. Returns how many commands are there.
fn check(place: &str, acknowledged: &[Work]) -> usize {
    let journal = victim::open(place).unwrap();
    for work in acknowledged {
        let receipt = journal.receipt("victim", "write", &work.key()).unwrap();
        let receipt = receipt.unwrap_or_else(|| panic!("{work:?} was acknowledged and is lost"));
        assert_eq!(receipt.response, work.key().as_bytes());
        assert_eq!(receipt.versions[0].version, work.n as u64 + 1);
    }
    let mut expectation = Expectation::default();
    let report = journal.verify(Against { fold: Some(&mut expectation), ..Against::default() }).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!(report.receipts, expectation.events.len() as u64, "a receipt for every command and none more");
    for (key, events) in &expectation.events {
        assert_eq!(*events, 1 + Work::parse(key).unwrap().shared_events(), "{key} is half there");
    }
    let keys: Vec<&String> = expectation.events.keys().collect();
    for keys in keys.chunks(1_000) {
        for (key, kept) in keys.iter().zip(journal.kept_many("victim", keys).unwrap()) {
            let work = Work::parse(key).unwrap();
            assert!(kept == Some(work.kept()), "{key} is there without its body");
            // A client gives one command at a time: the one after the last was under way, and did not happen.
            let next = Work { n: work.n + 1, ..work };
            if !expectation.events.contains_key(&next.key()) {
                assert_eq!(journal.kept("victim", &next.key()).unwrap(), None, "{next:?} left its body behind");
            }
        }
    }
    for work in acknowledged {
        assert!(expectation.events.contains_key(&work.key()), "{work:?} has its receipt but no events");
    }
    expectation.events.len()
}

#[test]
fn sqlite_loses_nothing_acknowledged_and_keeps_nothing_half_done() {
    let (mut folder, mut acknowledged, mut told, mut found) = (tempfile::tempdir().unwrap(), Vec::new(), 0, 0);
    for kill in 0..kills() {
        if kill % PER_JOURNAL == 0 {
            (folder, acknowledged) = (tempfile::tempdir().unwrap(), Vec::new());
        }
        let place = folder.path().join("journal.db").display().to_string();
        let new = write_until_killed(&place, kill, |child| child.kill().unwrap());
        told += new.len();
        acknowledged.extend(new);
        found = check(&place, &acknowledged);
    }
    println!("{} kills, {told} commands acknowledged, {found} in the last journal", kills());
}

#[test]
fn postgresql_loses_nothing_acknowledged_when_client_or_server_dies() {
    let server = Postgres::start_durable().unwrap();
    let (mut url, mut acknowledged, mut told) = (String::new(), Vec::new(), 0);
    for kill in 0..kills() {
        if kill % PER_JOURNAL == 0 {
            (url, acknowledged) = (server.fresh_database().unwrap(), Vec::new());
        }
        let mut server_died = false;
        let new = write_until_killed(&url, kill, |child| {
            match kill % 5 {
                2 => server.kill().unwrap(),
                4 => server.stop_immediately().unwrap(),
                _ => {}
            }
            server_died = matches!(kill % 5, 2 | 4);
            child.kill().unwrap();
        });
        if server_died {
            server.run_again().unwrap();
        }
        told += new.len();
        acknowledged.extend(new);
        check(&url, &acknowledged);
    }
    println!("{} kills, {told} commands acknowledged", kills());
}
