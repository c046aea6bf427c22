//! A journal opened for reading alone: everything can be asked and verified, and nothing in its folder changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use huoshui_journal::{
    Against, Command, Ed25519, Expected, Journal, Options, Query, SealFile, Sealer, StepClock, TrustedKeys,
};

fn clock() -> Arc<StepClock> {
    Arc::new(StepClock::new(1_764_000_000_000_000, 1))
}

fn command(n: u64) -> Command {
    let command = Command::new("a", "o", format!("k{n}"), b"").keep("v", &format!("kept {n}"), n.to_string());
    command.event(&format!("s{}", n % 3), Expected::Any, "made", 1, n.to_string())
}

/// Every file of the folder with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let named = |e: std::fs::DirEntry| (e.file_name().into_string().unwrap(), std::fs::read(e.path()).unwrap());
    std::fs::read_dir(folder).unwrap().map(|e| named(e.unwrap())).collect()
}

fn written(folder: &Path, recent: usize) -> Journal {
    let options = Options { recent, ..Options::default() };
    let journal = Journal::open_sqlite(folder.join("journal.db"), clock(), options).unwrap();
    (0..30).for_each(|n| drop(journal.append_blocking(command(n)).unwrap()));
    let seals = SealFile(folder.join("seals.jsonl"));
    let sealer = Sealer::take_over(&journal, Arc::new(Ed25519::from_seed(&[5; 32])), Box::new(seals)).unwrap();
    sealer.seal_all().unwrap();
    (30..33).for_each(|n| drop(journal.append_blocking(command(n)).unwrap()));
    journal
}

fn check(journal: &Journal) {
    let keys = TrustedKeys::of(&Ed25519::from_seed(&[5; 32]));
    let report = journal.verify(Against { keys: Some(&keys), ..Against::default() }).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.events, report.sealed, report.unsealed, report.receipts), (33, 30, 3, 33));
    let bodies: Vec<_> = journal.read_stream("s1", 9, 10).unwrap().into_iter().map(|e| e.data.body).collect();
    assert_eq!(bodies, [b"25", b"28", b"31"]);
    assert_eq!(journal.stream_version("s2").unwrap(), 11);
    assert_eq!(journal.receipt("a", "o", "k32").unwrap().unwrap().versions[0].version, 11);
    assert_eq!(journal.receipt("a", "o", "k33").unwrap(), None);
    assert_eq!(journal.events_after(Some(27), 10).unwrap().len(), 2);
    assert_eq!(journal.kept_many("v", &["kept 31", "kept 99"]).unwrap(), [Some(b"31".to_vec()), None]);
    assert!(journal.list("none", &Query::default(), None, 10).unwrap().items.is_empty());
}

fn refuses(journal: &Journal) {
    assert_eq!(journal.append_blocking(command(99)).unwrap_err().code(), "journal.read_only");
    assert_eq!(journal.erase("v", "kept 31").unwrap_err().code(), "journal.read_only");
    let seal = Sealer::take_over(journal, Arc::new(Ed25519::from_seed(&[5; 32])), Box::new(SealFile("none".into())));
    assert_eq!(seal.err().unwrap().code(), "journal.read_only");
}

#[test]
fn a_file_at_rest_is_read_and_nothing_beside_it_appears() {
    for recent in [8, Options::default().recent] {
        let folder = tempfile::tempdir().unwrap();
        drop(written(folder.path(), recent));
        let before = files(folder.path());
        assert_eq!(before.keys().collect::<Vec<_>>(), ["journal.db", "seals.jsonl"]);
        let journal = Journal::open_sqlite_read_only(folder.path().join("journal.db"), clock()).unwrap();
        check(&journal);
        refuses(&journal);
        assert!(files(folder.path()) == before, "while it is open");
        drop(journal);
        assert!(files(folder.path()) == before, "and afterwards");
    }
}

#[test]
fn a_file_that_is_written_to_is_read_as_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let writer = written(folder.path(), 8);
    let reader = Journal::open_sqlite_read_only(folder.path().join("journal.db"), clock()).unwrap();
    check(&reader);
    assert!(writer.erase("v", "kept 31").unwrap(), "which empties the log under the reader");
    assert_eq!(reader.kept("v", "kept 31").unwrap(), None);
    for n in 33..90 {
        writer.append_blocking(command(n)).unwrap();
        assert!(reader.receipt("a", "o", &format!("k{n}")).unwrap().is_some(), "{n}");
        assert_eq!(reader.stream_version(&format!("s{}", n % 3)).unwrap(), n / 3 + 1);
    }
    drop(writer);
    assert_eq!(reader.read_stream("s0", 1, 100).unwrap().len(), 30, "and once it is at rest");
}

#[test]
fn a_writer_that_was_killed_left_its_log_and_that_is_read_too() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let writer = written(folder.path(), 8);
    for name in ["journal.db", "journal.db-wal"] {
        std::fs::copy(folder.path().join(name), copy.path().join(name)).unwrap();
    }
    drop(writer);
    assert!(std::fs::metadata(copy.path().join("journal.db-wal")).unwrap().len() > 0);
    let before = files(copy.path());
    check(&Journal::open_sqlite_read_only(copy.path().join("journal.db"), clock()).unwrap());
    let after = files(copy.path());
    assert!(before["journal.db"] == after["journal.db"] && before["journal.db-wal"] == after["journal.db-wal"]);
}

#[test]
fn a_journal_of_release_0_1_is_read_and_stays_of_release_0_1() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/journal-0.1.sqlite");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a journal & its «folder»?.db");
    std::fs::copy(&golden, &path).unwrap();
    let before = files(folder.path());
    let journal = Journal::open_sqlite_read_only(&path, clock()).unwrap();
    let report = journal.verify(Against::default()).unwrap();
    assert!(report.is_sound(), "{report:?}");
    assert_eq!((report.events, report.streams, report.receipts), (18, 7, 6));
    assert_eq!(journal.read_stream("all", 1, 100).unwrap().len(), 6);
    assert_eq!(journal.receipt("银行-1", "line.open", "key-2").unwrap().unwrap().response, b"opened 2");
    assert_eq!(journal.stream_version("line/3").unwrap(), 2);
    assert_eq!(journal.kept("v", "kept 1").unwrap(), None, "that release kept nothing");
    refuses(&journal);
    assert!(files(folder.path()) == before);
}

#[test]
fn what_is_no_journal_is_refused_and_not_made_into_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let open = || Journal::open_sqlite_read_only(&path, clock()).err().unwrap().code();
    assert_eq!(open(), "journal.storage");
    std::fs::write(&path, b"").unwrap();
    assert_eq!(open(), "journal.damaged");
    assert_eq!(files(folder.path()).into_iter().collect::<Vec<_>>(), [("journal.db".to_owned(), Vec::new())]);
}
