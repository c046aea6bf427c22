//! The file's own indexes of events and receipts, and their marks, tampered with.

use huoshui_journal::Problem;

use crate::{Copies, open};

#[test]
fn places_that_lead_elsewhere_are_found() {
    let copies = Copies::half_moved();
    let cases = [
        ("DELETE FROM stream_places WHERE event = 2", Problem::Missing),
        ("UPDATE stream_places SET event = 3 WHERE event = 2", Problem::Unreadable),
        ("UPDATE stream_places SET version = 9 WHERE event = 2", Problem::Unreadable),
        ("UPDATE stream_places SET stream = 'other' WHERE event = 2", Problem::Unreadable),
        ("INSERT INTO stream_places VALUES ('other', 1, 2)", Problem::Unreadable),
        ("UPDATE placed SET events = 7", Problem::Store),
        ("UPDATE placed SET events = 1000", Problem::Store),
        ("UPDATE placed SET receipts = 7", Problem::Store),
        ("DELETE FROM placed", Problem::Store),
        ("DELETE FROM receipt_places WHERE receipt = 2", Problem::Receipt),
        ("UPDATE receipt_places SET receipt = 3 WHERE receipt = 2", Problem::Receipt),
        ("INSERT INTO receipt_places VALUES (zeroblob(16), 2)", Problem::Store),
        // A command that could be carried out again, and a stream with two events at one version.
        ("UPDATE receipts SET id = zeroblob(16) WHERE seq = 2", Problem::Receipt),
        ("INSERT INTO receipts SELECT 20, id, actor, operation, key, request_hash, response, versions, recorded_at, hash
          FROM receipts WHERE seq = 8", Problem::Receipt),
        ("INSERT INTO receipts SELECT 0, id, actor, operation, key, request_hash, response, versions, recorded_at, hash
          FROM receipts WHERE seq = 8", Problem::Receipt),
        ("INSERT INTO events SELECT 20, stream, version, kind, schema, body, actor, recorded_at, command, hash
          FROM events WHERE seq = 8", Problem::Changed),
        ("INSERT INTO events SELECT 0, stream, version, kind, schema, body, actor, recorded_at, command, hash
          FROM events WHERE seq = 8", Problem::Store),
    ];
    for (sql, problem) in cases {
        let report = copies.after(|conn| assert!(conn.execute(sql, []).unwrap() > 0, "{sql}"));
        assert!(report.findings.iter().any(|f| f.problem == problem), "{sql}: {report:?}");
    }
    // With a lower mark the file's indexes count for less, and nothing is wrong: the rows themselves are read.
    let lower = "UPDATE placed SET events = 4, receipts = 3";
    assert!(copies.after(|conn| assert_eq!(conn.execute(lower, []).unwrap(), 1)).is_sound());
}

#[test]
fn a_row_that_is_not_what_its_place_says_is_never_given_out() {
    let copies = Copies::half_moved();
    for sql in [
        "UPDATE stream_places SET event = 3 WHERE event = 2",
        "UPDATE events SET stream = 'other' WHERE seq = 2",
        "DELETE FROM events WHERE seq = 2",
    ] {
        let path = copies.copy();
        rusqlite::Connection::open(&path).unwrap().execute(sql, []).unwrap();
        let journal = open(&path);
        assert_eq!(journal.read_stream("stream-1", 1, 10).unwrap_err().code(), "journal.damaged", "{sql}");
        assert_eq!(journal.read_stream("stream-0", 1, 10).unwrap().len(), 4);
    }
}
