//! Whoever can write to the database can change anything in it: every change is found, and names the event.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "tampering/places.rs"]
mod places;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use huoshui_journal::{
    Against, Columns, Command, Ed25519, Expected, Journal, Options, Problem, Report, Seal, SealFile, Sealer, StateDoc,
    StepClock, TrustedKeys, hash,
};
use rusqlite::types::Value;

const STREAMS: i64 = 3;
const EVENTS: i64 = 12;
/// The last events are not sealed yet.
const SEALED: i64 = 9;

fn key() -> Ed25519 {
    Ed25519::from_seed(&[3; 32])
}

fn fill(journal: &Journal, seals: &SealFile) {
    let sealer = Sealer::take_over(journal, Arc::new(key()), Box::new(seals.clone())).unwrap();
    for n in 0..EVENTS {
        if n == 5 || n == SEALED {
            sealer.seal_all().unwrap();
        }
        let stream = format!("stream-{}", n % STREAMS);
        let doc = StateDoc {
            collection: "c".into(),
            id: stream.clone(),
            version: 1,
            doc: b"{}".into(),
            columns: Columns::default(),
        };
        let command = Command::new("actor", "operation", format!("key-{n}"), b"").answer("ok");
        let body = format!("{{\"n\":{n}}}");
        journal.append_blocking(command.event(&stream, Expected::Any, "thing.made", 1, body).put(doc)).unwrap();
    }
}

fn verify(journal: &Journal, published: &[Seal]) -> Report {
    let keys = TrustedKeys::of(&key());
    journal.verify(Against { keys: Some(&keys), published, fold: None }).unwrap()
}

/// A sound journal in a file, and copies of it to tamper with.
struct Copies {
    folder: tempfile::TempDir,
    published: Vec<Seal>,
}

impl Copies {
    fn new() -> Self {
        Self::with(Options::default().recent)
    }

    /// Half of it in the file's indexes, half of it recent.
    fn half_moved() -> Self {
        let copies = Self::with(6);
        let conn = rusqlite::Connection::open(copies.folder.path().join("sound.db")).unwrap();
        let placed: (i64, i64) =
            conn.query_row("SELECT events, receipts FROM placed", [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
        assert_eq!(placed, (6, 6));
        copies
    }

    fn with(recent: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seals = SealFile(folder.path().join("seals.jsonl"));
        let journal = open_with(&folder.path().join("sound.db"), recent);
        fill(&journal, &seals);
        let published = seals.read().unwrap();
        let report = verify(&journal, &published);
        assert!(report.is_sound(), "{report:?}");
        assert_eq!((report.events, report.sealed, report.unsealed), (12, 9, 3));
        Self { folder, published }
    }

    fn copy(&self) -> PathBuf {
        let path = self.folder.path().join("copy.db");
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
        std::fs::copy(self.folder.path().join("sound.db"), &path).unwrap();
        path
    }

    fn after(&self, tamper: impl FnOnce(&rusqlite::Connection)) -> Report {
        let path = self.copy();
        tamper(&rusqlite::Connection::open(&path).unwrap());
        verify(&open(&path), &self.published)
    }
}

fn open(path: &Path) -> Journal {
    open_with(path, Options::default().recent)
}

fn open_with(path: &Path, recent: usize) -> Journal {
    let clock = Arc::new(StepClock::new(1_764_000_000_000_000, 1));
    Journal::open_sqlite(path, clock, Options { durable: false, recent, ..Options::default() }).unwrap()
}

fn stream_of(seq: i64) -> (String, u64) {
    let n = seq - 1;
    (format!("stream-{}", n % STREAMS), (n / STREAMS + 1).unsigned_abs())
}

/// Whether a finding names the event that `seq` was.
fn names(report: &Report, seq: i64) -> bool {
    let (stream, version) = stream_of(seq);
    report.findings.iter().any(|f| f.stream.as_deref() == Some(stream.as_str()) && f.version == Some(version))
}

#[test]
fn a_flipped_bit_in_any_byte_of_any_column_of_any_event_is_found_and_named() {
    flips_are_named(&Copies::new());
}

#[test]
fn it_is_found_too_where_the_file_s_own_indexes_lead_to_the_event() {
    flips_are_named(&Copies::half_moved());
}

fn flips_are_named(copies: &Copies) {
    let columns = ["seq", "stream", "version", "kind", "schema", "body", "actor", "recorded_at", "command", "hash"];
    let mut flips = 0;
    let path = copies.copy();
    let (journal, conn) = (open(&path), rusqlite::Connection::open(&path).unwrap());
    conn.execute_batch("CREATE TEMP TABLE sound AS SELECT * FROM events").unwrap();
    for seq in 1..=EVENTS {
        for column in columns {
            let read = format!("SELECT {column} FROM events WHERE seq = {seq}");
            let value: Value = conn.query_row(&read, [], |r| r.get(0)).unwrap();
            let length = match &value {
                Value::Text(t) => t.len(),
                Value::Blob(b) => b.len(),
                _ => 8,
            };
            // Every byte of the first and of the last event, two or three bytes of the others.
            let all = seq == 1 || seq == EVENTS;
            let step = if all { 1 } else { (length / 2).max(1) };
            for byte in (0..length).step_by(step) {
                let bit = (byte + usize::try_from(seq).unwrap()) % 8;
                if flip(&conn, column, seq, &value, byte, bit) {
                    // Without keys: unoptimised signatures would take most of the time, and no seal is touched.
                    let against = Against { published: &copies.published, ..Against::default() };
                    let report = journal.verify(against).unwrap();
                    assert!(!report.is_sound() && names(&report, seq), "{column} of {seq}, byte {byte}: {report:?}");
                    flips += 1;
                    conn.execute_batch("DELETE FROM events; INSERT INTO events SELECT * FROM sound").unwrap();
                }
            }
        }
    }
    assert!(verify(&journal, &copies.published).is_sound(), "once everything is put back");
    assert!(flips > 400, "{flips}");
}

/// False when the change would give two rows one number, which no row of a table can have.
fn flip(conn: &rusqlite::Connection, column: &str, seq: i64, value: &Value, byte: usize, bit: usize) -> bool {
    let sql = format!("UPDATE events SET {column} = ?1 WHERE seq = {seq}");
    let change = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes[byte] ^= 1 << bit;
        bytes
    };
    let done = match value {
        // As text again even when the bytes are no text any more.
        Value::Text(t) => conn.execute(&sql.replace("?1", "CAST(?1 AS TEXT)"), [change(t.as_bytes())]),
        Value::Blob(b) => conn.execute(&sql, [change(b)]),
        Value::Integer(i) => conn.execute(&sql, [i ^ (1 << (byte * 8 + bit))]),
        other => panic!("{other:?}"),
    };
    match done {
        Ok(rows) => rows == 1,
        Err(rusqlite::Error::SqliteFailure(e, _)) => {
            assert_eq!(e.code, rusqlite::ErrorCode::ConstraintViolation);
            false
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn the_first_finding_is_the_first_bad_event_of_its_stream() {
    let report =
        Copies::new().after(|conn| conn.execute_batch("UPDATE events SET body = x'7b7d' WHERE seq IN (5, 8)").unwrap());
    let first = &report.findings[0];
    assert_eq!(
        (first.problem, first.stream.as_deref(), first.version, first.position),
        (Problem::Changed, Some("stream-1"), Some(2), Some(4))
    );
    assert_eq!(report.findings[1].version, Some(3));
    assert_eq!(report.wrong, 2, "the chain goes on after a bad event: {report:?}");
}

#[test]
fn a_removed_event_is_missed_wherever_it_stood() {
    for copies in [Copies::new(), Copies::half_moved()] {
        for seq in 1..=EVENTS {
            let report =
                copies.after(|conn| conn.execute_batch(&format!("DELETE FROM events WHERE seq = {seq}")).unwrap());
            assert!(names(&report, seq), "{seq}: {report:?}");
            // Gone with its place as well, where it has one.
            let both = format!("DELETE FROM events WHERE seq = {seq}; DELETE FROM stream_places WHERE event = {seq}");
            let report = copies.after(|conn| conn.execute_batch(&both).unwrap());
            assert!(names(&report, seq), "{seq}: {report:?}");
            assert!(report.findings.iter().any(|f| f.problem == Problem::Missing));
        }
    }
}

#[test]
fn events_cut_off_the_end_are_missed_however_well_it_is_covered_up() {
    let copies = Copies::new();
    // Receipts and the queue are cleaned too: then the seals still know of what was sealed.
    let report = copies.after(|conn| {
        conn.execute_batch(
            "DELETE FROM events WHERE seq > 7; DELETE FROM receipts WHERE seq > 7; DELETE FROM unsealed",
        )
        .unwrap();
    });
    let missing: Vec<_> =
        report.findings.iter().filter(|f| f.problem == Problem::Missing).filter_map(|f| f.position).collect();
    assert_eq!(missing, [7, 8], "positions count from 0");
    // The positions and the last seal are removed as well: then what was published outside the database knows.
    let report = copies.after(|conn| {
        conn.execute_batch(
            "DELETE FROM events WHERE seq > 5; DELETE FROM receipts WHERE seq > 5; DELETE FROM unsealed;
             DELETE FROM positions WHERE position >= 5; DELETE FROM seals WHERE size > 5; DELETE FROM tiles",
        )
        .unwrap();
    });
    let published = report.findings.iter().find(|f| f.problem == Problem::Published).unwrap();
    assert_eq!(published.position, Some(5), "the first event that is gone: {published:?}");
    // Waiting events removed with their receipts, but not from the queue.
    let report = copies.after(|conn| {
        conn.execute_batch("DELETE FROM events WHERE seq = 12; DELETE FROM receipts WHERE seq = 12").unwrap();
    });
    assert!(!report.is_sound());
}

#[test]
fn an_event_rewritten_together_with_all_its_hashes_is_named_by_the_seal() {
    let copies = Copies::new();
    let report = copies.after(|conn| {
        // Events 2 and on of stream-2 are computed anew after the change, as someone who knows the format would.
        let mut previous = hash::GENESIS;
        for version in 1..=4u64 {
            let sql = "SELECT body, command, recorded_at, hash FROM events WHERE stream = 'stream-2' AND version = ?1";
            let (body, command, at, old): (Vec<u8>, [u8; 16], i64, [u8; 32]) = conn
                .query_row(sql, [version.cast_signed()], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
                .unwrap();
            let body = if version == 2 { b"{\"n\":99}".to_vec() } else { body };
            let event = huoshui_journal::NewEvent { kind: "thing.made".into(), schema: 1, body };
            let content = hash::event_content("stream-2", &event, "actor", &command);
            previous = hash::event_link(&previous, &content, version, at);
            assert_eq!(previous == old, version == 1);
            let sql = "UPDATE events SET body = ?1, hash = ?2 WHERE stream = 'stream-2' AND version = ?3";
            conn.execute(sql, rusqlite::params![event.body, previous.as_slice(), version.cast_signed()]).unwrap();
        }
    });
    let first = &report.findings[0];
    assert_eq!((first.problem, first.stream.as_deref(), first.version), (Problem::Changed, Some("stream-2"), Some(2)));
    assert_eq!(first.position, Some(5));
}

#[test]
fn receipts_documents_seals_and_the_tree_are_held_too() {
    let copies = Copies::new();
    let cases = [
        ("UPDATE receipts SET response = 'no' WHERE seq = 3", Problem::Receipt),
        ("UPDATE receipts SET key = 'other' WHERE seq = 3", Problem::Receipt),
        ("UPDATE receipts SET versions = '[]' WHERE seq = 3", Problem::Unanswered),
        ("UPDATE receipts SET versions = replace(versions, '1', '2') WHERE seq = 1", Problem::Receipt),
        ("UPDATE receipts SET recorded_at = 0 WHERE seq = 3", Problem::Receipt),
        ("DELETE FROM receipts WHERE seq = 3", Problem::Unanswered),
        ("UPDATE states SET doc = '{\"a\":1}' WHERE seq = 1", Problem::State),
        ("UPDATE states SET i3 = 5 WHERE seq = 1", Problem::State),
        ("UPDATE seals SET root = zeroblob(32) WHERE size = 5", Problem::Root),
        ("UPDATE seals SET signature = zeroblob(64) WHERE size = 5", Problem::Signature),
        ("UPDATE seals SET sealed_at = sealed_at + 1 WHERE size = 5", Problem::Signature),
        ("DELETE FROM seals WHERE size = 9", Problem::Published),
        ("DELETE FROM seals", Problem::Root),
        ("UPDATE tiles SET hashes = zeroblob(288) WHERE level = 0", Problem::Order),
        ("DELETE FROM tiles", Problem::Order),
        ("DELETE FROM unsealed", Problem::Unordered),
        ("UPDATE positions SET event = 20 WHERE position = 2", Problem::Unordered),
    ];
    for (sql, problem) in cases {
        let report = copies.after(|conn| assert!(conn.execute(sql, []).unwrap() > 0, "{sql}"));
        assert!(report.findings.iter().any(|f| f.problem == problem), "{sql}: {report:?}");
    }
}

#[test]
fn a_byte_changed_in_the_file_itself_never_passes_for_sound() {
    let copies = Copies::new();
    let path = copies.copy();
    let bytes = std::fs::read(&path).unwrap();
    // Every place where an event's body stands in the file: the pages of the table.
    let places: Vec<usize> = bytes.windows(5).enumerate().filter(|(_, w)| w == b"{\"n\":").map(|(i, _)| i).collect();
    assert!(places.len() >= 12);
    for place in places {
        for offset in [0, 3, 5] {
            let path = copies.copy();
            let mut changed = bytes.clone();
            changed[place + offset] ^= 4;
            std::fs::write(&path, changed).unwrap();
            let report = verify(&open(&path), &copies.published);
            assert!(report.findings[0].stream.is_some(), "{place}+{offset}: {report:?}");
        }
    }
}

#[test]
fn changes_in_postgresql_are_found_too() {
    let server = huoshui_testkit::Postgres::shared().unwrap();
    let url = server.fresh_database().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let seals = SealFile(folder.path().join("seals.jsonl"));
    let clock = Arc::new(StepClock::new(1_764_000_000_000_000, 1));
    let journal = Journal::open_postgres_blocking(&url, clock, Options::default()).unwrap();
    fill(&journal, &seals);
    let published = seals.read().unwrap();
    assert!(verify(&journal, &published).is_sound());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let execute = |sql: String| {
        runtime.block_on(async {
            use sqlx::Connection;
            let mut conn = sqlx::PgConnection::connect(&url).await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut conn).await.unwrap().rows_affected()
        })
    };
    let bytes = |column: &str| format!("{column} = set_byte({column}, 3, get_byte({column}, 3) # 16)");
    let changes = [
        ("stream", "stream = stream || 'x'".to_owned(), "stream = left(stream, -1)".to_owned()),
        ("version", "version = version + 100".into(), "version = version - 100".into()),
        ("kind", "kind = 'K' || kind".into(), "kind = substr(kind, 2)".into()),
        ("schema", "schema = schema + 1".into(), "schema = schema - 1".into()),
        ("body", bytes("body"), bytes("body")),
        ("actor", "actor = 'x' || actor".into(), "actor = substr(actor, 2)".into()),
        ("recorded_at", "recorded_at = recorded_at + 1".into(), "recorded_at = recorded_at - 1".into()),
        ("command", bytes("command"), bytes("command")),
        ("hash", bytes("hash"), bytes("hash")),
    ];
    for seq in [1, 8, 12] {
        for (column, change, back) in &changes {
            assert_eq!(execute(format!("UPDATE events SET {change} WHERE seq = {seq}")), 1);
            let report = verify(&journal, &published);
            assert!(names(&report, seq), "{column} of {seq}: {report:?}");
            execute(format!("UPDATE events SET {back} WHERE seq = {seq}"));
        }
        assert!(verify(&journal, &published).is_sound());
    }
    execute("DELETE FROM events WHERE seq = 9".into());
    assert!(names(&verify(&journal, &published), 9));
}
