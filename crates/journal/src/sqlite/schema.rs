//! The tables, and how a connection is set up.

use std::path::Path;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::faults::{FORMAT, storage};
use crate::sqlite::WAIT;

/// The format of the tables; a change needs a migration and a new golden journal.
pub(crate) const FORMAT_NUMBER: i64 = 2;

/// Rows of events and receipts are appended in their order of commit; what looks them up lies apart and follows behind
/// (`places.rs`). The other tables are as before.
const TABLES: &str = "
CREATE TABLE events (
  seq INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL, schema INTEGER NOT NULL,
  body BLOB NOT NULL, actor TEXT NOT NULL, recorded_at INTEGER NOT NULL, command BLOB NOT NULL, hash BLOB NOT NULL);
CREATE TABLE receipts (
  seq INTEGER PRIMARY KEY, id BLOB NOT NULL, actor TEXT NOT NULL, operation TEXT NOT NULL, key TEXT NOT NULL,
  request_hash BLOB NOT NULL, response BLOB NOT NULL, versions TEXT NOT NULL, recorded_at INTEGER NOT NULL, hash BLOB NOT NULL);
CREATE TABLE states (
  seq INTEGER PRIMARY KEY, collection TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, doc BLOB NOT NULL,
  t1 TEXT, t2 TEXT, t3 TEXT, t4 TEXT, i1 INTEGER, i2 INTEGER, i3 INTEGER, i4 INTEGER, hash BLOB NOT NULL);
CREATE UNIQUE INDEX states_id ON states (collection, id);
CREATE INDEX states_t1 ON states (collection, t1, id) WHERE t1 IS NOT NULL;
CREATE INDEX states_t2 ON states (collection, t2, id) WHERE t2 IS NOT NULL;
CREATE INDEX states_t3 ON states (collection, t3, id) WHERE t3 IS NOT NULL;
CREATE INDEX states_t4 ON states (collection, t4, id) WHERE t4 IS NOT NULL;
CREATE INDEX states_i1 ON states (collection, i1, id) WHERE i1 IS NOT NULL;
CREATE INDEX states_i2 ON states (collection, i2, id) WHERE i2 IS NOT NULL;
CREATE INDEX states_i3 ON states (collection, i3, id) WHERE i3 IS NOT NULL;
CREATE INDEX states_i4 ON states (collection, i4, id) WHERE i4 IS NOT NULL;
CREATE TABLE unsealed (first INTEGER PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE positions (position INTEGER PRIMARY KEY, event INTEGER NOT NULL);
CREATE UNIQUE INDEX positions_event ON positions (event);
CREATE TABLE tiles (level INTEGER NOT NULL, tile INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY (level, tile)) WITHOUT ROWID;
CREATE TABLE seals (
  size INTEGER PRIMARY KEY, root BLOB NOT NULL, sealed_at INTEGER NOT NULL, key_id TEXT NOT NULL, algorithm TEXT NOT NULL,
  signature BLOB NOT NULL, published INTEGER NOT NULL DEFAULT 0);
CREATE TABLE sealer (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL);
INSERT INTO sealer VALUES (1, 0);
CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), format INTEGER NOT NULL, journal BLOB NOT NULL);
";

/// The indexes that follow behind, and the rows up to which they are complete.
const PLACES: &str = "
CREATE TABLE stream_places (stream TEXT NOT NULL, version INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (stream, version)) WITHOUT ROWID;
CREATE TABLE receipt_places (id BLOB NOT NULL PRIMARY KEY, receipt INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE placed (one INTEGER PRIMARY KEY CHECK (one = 1), events INTEGER NOT NULL, receipts INTEGER NOT NULL);
INSERT INTO placed VALUES (1, 0, 0);
";

/// Kept bodies and their names. Not part of the format's number: a program that does not know them can do without, and a
/// file of an earlier release gets them when it is opened for writing.
const VAULT: &str = "
CREATE TABLE IF NOT EXISTS vault (
  space TEXT NOT NULL, key TEXT NOT NULL, recorded_at INTEGER NOT NULL, body INTEGER NOT NULL, PRIMARY KEY (space, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS vault_bodies (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
";

/// Format 1 had the places as SQLite's own indexes: read in their order, so that the new ones are written in sequence.
const FROM_1: &str = "
INSERT INTO stream_places SELECT stream, version, seq FROM events INDEXED BY events_stream ORDER BY stream, version;
INSERT INTO receipt_places SELECT id, seq FROM receipts INDEXED BY receipts_id ORDER BY id;
UPDATE placed SET events = coalesce((SELECT max(seq) FROM events), 0), receipts = coalesce((SELECT max(seq) FROM receipts), 0);
DROP INDEX events_stream;
DROP INDEX receipts_id;
UPDATE meta SET format = 2;
";

/// The same, for who may only read: nothing is written, the old indexes serve under the new names.
const AS_IF_FROM_1: &str = "
CREATE TEMP VIEW stream_places AS SELECT stream, version, seq AS event FROM events;
CREATE TEMP VIEW receipt_places AS SELECT id, seq AS receipt FROM receipts;
CREATE TEMP VIEW placed AS SELECT 9223372036854775807 AS events, 9223372036854775807 AS receipts;
";

/// Opens the writer's connection, making the tables in a new file and bringing an older one up to date. Returns the
/// journal's id too.
pub(crate) fn open_writer(path: &Path, synchronous: &str) -> Result<(Connection, [u8; 16])> {
    let conn = Connection::open(path).map_err(|e| storage(format!("{}: {e}", path.display())))?;
    conn.busy_timeout(WAIT).map_err(storage)?;
    keep_plans(&conn)?;
    // The page size must come before the first table; the log is folded back every 4 MB: while that is done
    // everyone waits, and four times as much at once made the slowest answers twice as slow. The cache is no larger than
    // it need be: SQLite may walk through all of it at a commit that splits a page.
    let setup = format!(
        "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA wal_autocheckpoint=1000;
         PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF;"
    );
    conn.execute_batch(&setup).map_err(storage)?;
    conn.execute_batch("BEGIN IMMEDIATE").map_err(storage)?;
    let exists: Option<i64> = conn
        .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'", [], |r| r.get(0))
        .optional()
        .map_err(storage)?;
    if exists.is_none() {
        conn.execute_batch(TABLES).and_then(|()| conn.execute_batch(PLACES)).map_err(storage)?;
        conn.execute("INSERT INTO meta VALUES (1, ?1, randomblob(16))", [FORMAT_NUMBER]).map_err(storage)?;
    }
    let (format, id) = meta(&conn)?;
    if format == 1 {
        conn.execute_batch(PLACES).and_then(|()| conn.execute_batch(FROM_1)).map_err(storage)?;
    }
    conn.execute_batch(VAULT).map_err(storage)?;
    conn.execute_batch("COMMIT").map_err(storage)?;
    // A write, so that the write-ahead log is there to be held open even when the tables were.
    conn.execute_batch("UPDATE sealer SET epoch = epoch").map_err(storage)?;
    Ok((conn, id))
}

/// Opens a connection that only reads, beside a writer.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    // Opened for writing, because a reader of a write-ahead log must be able to recover it; held to reading by the pragma.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| storage(format!("{}: {e}", path.display())))?;
    held_to_reading(&conn)?;
    Ok(conn)
}

/// Opens a connection to a file that must not change. `still`: nobody has it open for writing, so that it needs no lock.
pub(crate) fn open_still(path: &Path, still: bool) -> Result<Connection> {
    let named = |e: &dyn std::fmt::Display| storage(format!("{}: {e}", path.display()));
    // In a URI, what is not a plain letter is written as its bytes' numbers.
    let whole = std::path::absolute(path).map_err(|e| named(&e))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b);
    let escape = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    let name: String = whole.as_os_str().as_encoded_bytes().iter().map(|b| escape(*b)).collect();
    let uri = format!("file:{name}?mode=ro{}", if still { "&immutable=1" } else { "" });
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(uri, flags).map_err(|e| named(&e))?;
    let (format, _) = meta(&conn)?;
    if format == 1 {
        conn.execute_batch(&format!("PRAGMA temp_store=MEMORY;{AS_IF_FROM_1}")).map_err(storage)?;
    }
    held_to_reading(&conn)?;
    Ok(conn)
}

/// Without this SQLite looks at the bound values when it plans, and plans anew for the next ones: that took an eighth of
/// the writer's time.
fn keep_plans(conn: &Connection) -> Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop).map_err(storage)
}

fn held_to_reading(conn: &Connection) -> Result<()> {
    conn.busy_timeout(WAIT).map_err(storage)?;
    keep_plans(conn)?;
    conn.set_prepared_statement_cache_capacity(64);
    conn.execute_batch("PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;").map_err(storage)
}

/// The format and the journal's id.
pub(crate) fn meta(conn: &Connection) -> Result<(i64, [u8; 16])> {
    let (format, id): (i64, [u8; 16]) = conn
        .query_row("SELECT format, journal FROM meta", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .map_err(|e| crate::faults::damaged(format!("meta: {e}")))?;
    if !(1..=FORMAT_NUMBER).contains(&format) {
        return Err(Fault::new(&FORMAT).with("found", format).with("known", FORMAT_NUMBER));
    }
    Ok((format, id))
}
