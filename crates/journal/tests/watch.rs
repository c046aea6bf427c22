//! What rests on documents that have changed is refused when it is written, whoever changed them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;

use huoshui_journal::{Columns, Command, Expected, Journal, Options, Seen, StateDoc, StepClock};

fn open(path: &Path) -> Journal {
    Journal::open_sqlite(path, Arc::new(StepClock::new(1_760_000_000_000_000, 1)), Options::default()).unwrap()
}

fn put(journal: &Journal, key: &str, collection: &str) {
    let doc = StateDoc {
        collection: collection.to_owned(),
        id: "tax".to_owned(),
        version: 1,
        doc: b"{}".to_vec(),
        columns: Columns::default(),
    };
    journal.append_blocking(Command::new("a", "put", key, b"").put(doc)).unwrap();
}

/// A command that rests on what was seen: the code of its refusal, if it was refused.
fn resting(journal: &Journal, key: &str, seen: &Seen) -> Option<&'static str> {
    let command = Command::new("a", "rest", key, b"").event("log", Expected::Any, "log.made", 1, *b"{}");
    journal.append_blocking(command.unchanged(seen.clone())).err().map(|fault| fault.code())
}

#[test]
fn a_command_is_refused_once_what_it_saw_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(&folder.path().join("journal.db"));
    let watch = journal.watch("resource").unwrap();
    put(&journal, "key-1", "resource");
    let seen = watch.now();
    assert_eq!(resting(&journal, "key-2", &seen), None);
    put(&journal, "key-3", "usage");
    assert_eq!(resting(&journal, "key-4", &seen), None, "another collection");
    put(&journal, "key-5", "resource");
    assert_eq!(resting(&journal, "key-6", &seen), Some("journal.conflict"));
    assert_eq!(resting(&journal, "key-2", &seen), None, "a repeat gets the first answer");
    assert_eq!(resting(&journal, "key-6", &watch.now()), None, "what was refused may come again");
    assert_eq!(journal.stream_version("log").unwrap(), 3);
}

#[test]
fn another_writer_of_the_file_counts_though_nobody_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let (journal, other) = (open(&path), open(&path));
    let watch = journal.watch("resource").unwrap();
    put(&journal, "key-1", "resource");
    let seen = watch.now();
    put(&other, "key-2", "resource");
    assert_eq!(resting(&journal, "key-3", &seen), Some("journal.conflict"));
    assert_eq!(resting(&journal, "key-3", &watch.now()), None);
}

#[test]
fn who_may_only_read_watches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    drop(open(&path));
    let clock = Arc::new(StepClock::new(1_760_000_000_000_000, 1));
    assert!(Journal::open_sqlite_read_only(&path, clock).unwrap().watch("resource").is_none());
}
