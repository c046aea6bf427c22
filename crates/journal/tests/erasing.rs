//! An erased body is in no byte of a SQLite journal's files, and whatever was not erased still is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use huoshui_journal::{Against, Command, Expected, Journal, Options, StepClock};
use rusqlite::Connection;

/// What every body is made of, with its number after it.
const MARK: &[u8] = b"@body-";
const DIGITS: usize = 6;

fn body(n: usize, length: usize) -> Vec<u8> {
    let piece = format!("@body-{n:06}");
    piece.bytes().cycle().take(length.max(piece.len())).collect()
}

fn open_with(path: &Path, durable: bool) -> Journal {
    let clock = Arc::new(StepClock::new(1_764_000_000_000_000, 1));
    Journal::open_sqlite(path, clock, Options { recent: 12, durable, ..Options::default() }).unwrap()
}

/// Without waiting for the disk, which changes no byte of what is read here.
fn open(path: &Path) -> Journal {
    open_with(path, false)
}

fn keep(journal: &Journal, n: usize, length: usize) {
    let command = Command::new("a", "o", format!("k{n}"), b"").event("s", Expected::Any, "made", 1, "{}");
    journal.append_blocking(command.keep("v", &n.to_string(), body(n, length))).unwrap();
}

/// The bodies of which any piece is in any file of the folder.
fn found(folder: &Path) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for (at, _) in bytes.windows(MARK.len()).enumerate().filter(|(_, w)| *w == MARK) {
            let digits = bytes.get(at + MARK.len()..at + MARK.len() + DIGITS).unwrap_or_default();
            // A piece that ends at the end of its body or page has no number of its own; the one before it has.
            if let Some(n) = std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok()) {
                found.insert(n);
            }
        }
    }
    found
}

/// Numbers that look random and are the same in every run.
struct Mixed(u64);

impl Mixed {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

#[test]
fn an_erased_body_is_in_no_byte_of_any_file_and_the_others_are() {
    for seed in [1, 2, 3] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let (mut mixed, mut there, mut next) = (Mixed(seed), BTreeSet::new(), 0);
        let mut journal = open(&path);
        for round in 0..24 {
            for _ in 0..mixed.below(40) {
                // Many to a page, one to a page, some over many pages.
                let length = [30, 90, 700, 3_000, 9_000][mixed.below(5)] + mixed.below(600);
                keep(&journal, next, length);
                there.insert(next);
                next += 1;
            }
            if round % 8 == 7 {
                drop(journal);
                journal = open(&path);
            }
            let gone: Vec<usize> = there.iter().copied().filter(|_| mixed.below(3) == 0).collect();
            for n in gone {
                assert!(journal.erase("v", &n.to_string()).unwrap());
                there.remove(&n);
            }
            if round % 6 == 5 {
                let (prefix, before) = (mixed.below(30).to_string(), there.len());
                there.retain(|n| !n.to_string().starts_with(&prefix));
                assert_eq!(journal.erase_prefix("v", &prefix).unwrap(), (before - there.len()) as u64);
            }
            assert!(journal.erase("v", "none").is_ok_and(|was| !was));
            assert_eq!(found(folder.path()), there, "seed {seed}, round {round}");
        }
        assert!(next > 200 && !there.is_empty(), "{next} {there:?}");
        assert!(journal.verify(Against::default()).unwrap().is_sound());
        drop(journal);
        assert_eq!(found(folder.path()), there, "and at rest");
    }
}

#[test]
fn many_large_bodies_are_erased_portion_by_portion() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.db"));
    (0..20).for_each(|n| keep(&journal, n, 1 << 20));
    (20..700).for_each(|n| keep(&journal, n, 20));
    assert_eq!(journal.erase_prefix("v", "").unwrap(), 700);
    assert_eq!(found(folder.path()), BTreeSet::new());
}

/// A reading transaction, as `verify` holds it.
fn reader(path: &Path) -> Connection {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch("BEGIN").unwrap();
    conn.query_row("SELECT count(*) FROM events", [], |r| r.get::<_, i64>(0)).unwrap();
    conn
}

#[test]
fn an_erasure_waits_for_who_still_reads() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = open_with(&path, true);
    (0..3).for_each(|n| keep(&journal, n, 5_000));
    let reading = reader(&path);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(300));
            drop(reading);
        });
        assert!(journal.erase("v", "1").unwrap());
    });
    assert_eq!(found(folder.path()), BTreeSet::from([0, 2]));
}

#[test]
fn an_erasure_that_could_not_empty_the_log_says_so_and_is_finished_by_the_next() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("journal.db");
    let journal = open(&path);
    (0..3).for_each(|n| keep(&journal, n, 5_000));
    let reading = reader(&path);
    assert_eq!(journal.erase("v", "1").unwrap_err().code(), "journal.copy_left");
    assert_eq!(journal.kept("v", "1").unwrap(), None, "nobody can read it any more");
    keep(&journal, 3, 100);
    assert!(found(folder.path()).contains(&1), "it is in the log");
    // What a kill at this moment would leave behind.
    for name in ["journal.db", "journal.db-wal"] {
        std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    let killed = open(&copy.path().join("journal.db"));
    assert!(!killed.erase("v", "1").unwrap());
    assert_eq!(found(copy.path()), BTreeSet::from([0, 2, 3]));
    drop(reading);
    assert!(!journal.erase("v", "1").unwrap());
    assert_eq!(found(folder.path()), BTreeSet::from([0, 2, 3]));
}

#[test]
fn a_name_without_its_body_is_damage_and_can_be_erased() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = open(&path);
    (0..2).for_each(|n| keep(&journal, n, 50));
    Connection::open(&path).unwrap().execute("DELETE FROM vault_bodies WHERE seq = 1", []).unwrap();
    assert_eq!(journal.kept("v", "0").unwrap_err().code(), "journal.damaged");
    assert!(journal.kept("v", "1").unwrap().is_some());
    assert!(journal.erase("v", "0").unwrap());
    assert_eq!(journal.kept("v", "0").unwrap(), None);
}

#[test]
fn the_room_of_erased_bodies_comes_back_at_rest_and_later_erasures_still_reach_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = open(&path);
    (0..200).for_each(|n| keep(&journal, n, 40 * n));
    for n in 0..200 {
        assert!(n % 4 == 0 || journal.erase("v", &n.to_string()).unwrap());
    }
    drop(journal);
    let size = || std::fs::metadata(&path).unwrap().len();
    let before = size();
    // As docs/adr/0004-journal.md says.
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "PRAGMA secure_delete=ON; DELETE FROM vault_bodies WHERE seq NOT IN (SELECT body FROM vault); VACUUM;",
    )
    .unwrap();
    drop(conn);
    assert!(size() < before / 2, "{} of {before}", size());
    let journal = open(&path);
    keep(&journal, 200, 500);
    for n in (0..100).step_by(4) {
        assert_eq!(journal.kept("v", &n.to_string()).unwrap(), Some(body(n, 40 * n)));
        assert!(journal.erase("v", &n.to_string()).unwrap());
    }
    assert_eq!(found(folder.path()), (100..=200).step_by(4).collect());
    assert!(journal.verify(Against::default()).unwrap().is_sound());
}
