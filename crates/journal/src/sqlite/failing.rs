//! A disk that is full, and one that fails: the fault says so every time it is asked, and nothing that was acknowledged is
//! lost.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use huoshui_kernel::Lang;
use huoshui_kernel::fault::Fault;

use super::{Log, Sqlite, schema};
use crate::clock::StepClock;
use crate::command::{Command, Expected};
use crate::faults::STORAGE;
use crate::journal::Options;
use crate::queue::{Job, Queue, Reply};
use crate::{Journal, Receipt, command::Prepared};

fn clock() -> Arc<StepClock> {
    Arc::new(StepClock::new(1_760_000_000_000_000, 1))
}

fn open(path: &Path) -> Journal {
    Journal::open_sqlite(path, clock(), Options::default()).unwrap()
}

/// The event of this number, 600 bytes, each in a stream of its own.
fn command(n: u64) -> Command {
    let body = format!("{{\"text\":\"{}\"}}", "x".repeat(600));
    Command::new("a", "append", format!("key-{n}"), &n.to_be_bytes())
        .event(&format!("firm/{n}"), Expected::Version(0), "thing.done", 1, body)
        .answer(format!("{{\"n\":{n}}}"))
}

fn limit_pages(journal: &Journal, pages: u32) {
    let sql = format!("PRAGMA max_page_count={pages}");
    let set = move |conn: &rusqlite::Connection| {
        conn.query_row(&sql, [], |r| r.get::<_, i64>(0)).map(drop).map_err(crate::faults::storage)
    };
    journal.queue().unwrap().run(set).unwrap();
}

#[test]
fn a_full_disk_is_named_every_time_and_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let journal = open(&path);
    limit_pages(&journal, 120);
    let full = |fault: &Fault| {
        assert_eq!(fault.code(), STORAGE.code);
        assert!(fault.message(Lang::En).contains("full"), "{fault}");
    };
    let mut written = 0;
    let first = loop {
        match journal.append_blocking(command(written)) {
            Ok(receipt) => assert!(receipt.first_time),
            Err(fault) => break fault,
        }
        written += 1;
        assert!(written < 1_000, "the limit does not bite");
    };
    full(&first);
    assert!(written > 50, "{written}");
    // The next ones hear the same, and the writer lives on: reads, and repeats of what was acknowledged, are answered.
    for n in [written, written + 1] {
        full(&journal.append_blocking(command(n)).unwrap_err());
    }
    let again: Receipt = journal.append_blocking(command(0)).unwrap();
    assert!(!again.first_time);
    let every = |journal: &Journal, count: u64| {
        for n in 0..count {
            assert_eq!(journal.stream_version(&format!("firm/{n}")).unwrap(), 1, "{n}");
        }
        assert_eq!(journal.stream_version(&format!("firm/{count}")).unwrap(), 0);
    };
    every(&journal, written);
    // With room again the same command under the same key takes effect, once.
    limit_pages(&journal, 1_000_000);
    assert!(journal.append_blocking(command(written)).unwrap().first_time);
    every(&journal, written + 1);
    drop(journal);
    every(&open(&path), written + 1);
}

fn ask(queue: &Queue, n: u64) -> Result<Receipt, Fault> {
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    queue.push(Job { prepared: Prepared::new(command(n)).unwrap(), reply: Reply::Thread(sender) })?;
    receiver.recv().unwrap_or_else(|_| Err(queue.ended().fault()))
}

#[test]
fn a_sync_that_fails_ends_the_writer_and_its_cause_is_told_to_all_who_come_later() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let acknowledged = open(&path).append_blocking(command(0)).unwrap();
    assert!(acknowledged.first_time);
    {
        let made = schema::open_writer(&path, "NORMAL").unwrap();
        // What is no file on a disk cannot be synced.
        let broken = Log(Some(File::open("/dev/null").unwrap()));
        let (store, queue, writer) = Sqlite::with(&path, clock(), Options::default(), made, broken).unwrap();
        let first = ask(&queue, 1).unwrap_err();
        assert_eq!(first.code(), STORAGE.code);
        // The writer ends at its next group at the latest; whoever asks then hears why, not only that it is closed.
        for n in 2..6 {
            let later = ask(&queue, n).unwrap_err();
            assert_eq!((later.code(), later.message(Lang::En)), (first.code(), first.message(Lang::En)));
        }
        drop(queue);
        writer.join().unwrap();
        drop(store);
    }
    // What was acknowledged is there; the others may be or not, and their keys tell.
    let journal = open(&path);
    assert_eq!(journal.stream_version("firm/0").unwrap(), 1);
    assert!(!journal.append_blocking(command(0)).unwrap().first_time);
    for n in 1..6 {
        let answer = journal.append_blocking(command(n)).unwrap();
        assert_eq!(answer.response, format!("{{\"n\":{n}}}").into_bytes());
        assert_eq!(journal.stream_version(&format!("firm/{n}")).unwrap(), 1);
    }
}
