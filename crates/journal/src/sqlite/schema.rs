//! The tables, and how a connection is set up.

use std::path::Path;
use std::time::Duration;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use rusqlite::{Connection, OptionalExtension};

use crate::faults::{FORMAT, storage};

/// The format of the tables; a change needs a migration and a new golden journal.
pub(crate) const FORMAT_NUMBER: i64 = 1;

/// Rows are appended in their order of commit; what looks them up is one unique index each. A table without rowids,
/// clustered by its key, halves the rate of durable commits.
const TABLES: &str = "
CREATE TABLE events (
  seq INTEGER PRIMARY KEY, stream TEXT NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL, schema INTEGER NOT NULL,
  body BLOB NOT NULL, actor TEXT NOT NULL, recorded_at INTEGER NOT NULL, command BLOB NOT NULL, hash BLOB NOT NULL);
CREATE UNIQUE INDEX events_stream ON events (stream, version);
CREATE TABLE receipts (
  seq INTEGER PRIMARY KEY, id BLOB NOT NULL, actor TEXT NOT NULL, operation TEXT NOT NULL, key TEXT NOT NULL,
  request_hash BLOB NOT NULL, response BLOB NOT NULL, versions TEXT NOT NULL, recorded_at INTEGER NOT NULL, hash BLOB NOT NULL);
CREATE UNIQUE INDEX receipts_id ON receipts (id);
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

/// Opens the writer's connection, making the tables in a new file. Returns the journal's id too.
pub(crate) fn open_writer(path: &Path, synchronous: &str) -> Result<(Connection, [u8; 16])> {
    let conn = Connection::open(path).map_err(|e| storage(format!("{}: {e}", path.display())))?;
    conn.busy_timeout(Duration::from_secs(30)).map_err(storage)?;
    // The page size must come before the first table; the log is folded back every 16 MB.
    let setup = format!(
        "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA wal_autocheckpoint=4000;
         PRAGMA cache_size=-131072; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF;"
    );
    conn.execute_batch(&setup).map_err(storage)?;
    conn.execute_batch("BEGIN IMMEDIATE").map_err(storage)?;
    let exists: Option<i64> = conn
        .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'", [], |r| r.get(0))
        .optional()
        .map_err(storage)?;
    if exists.is_none() {
        conn.execute_batch(TABLES).map_err(storage)?;
        conn.execute("INSERT INTO meta VALUES (1, ?1, randomblob(16))", [FORMAT_NUMBER]).map_err(storage)?;
    }
    conn.execute_batch("COMMIT").map_err(storage)?;
    // A write, so that the write-ahead log is there to be held open even when the tables were.
    conn.execute_batch("UPDATE sealer SET epoch = epoch").map_err(storage)?;
    let id = journal_id(&conn)?;
    Ok((conn, id))
}

/// Opens a connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    // Opened for writing, because a reader of a write-ahead log must be able to recover it; held to reading by the pragma.
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(|e| storage(format!("{}: {e}", path.display())))?;
    conn.busy_timeout(Duration::from_secs(30)).map_err(storage)?;
    conn.execute_batch("PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;")
        .map_err(storage)?;
    Ok(conn)
}

fn journal_id(conn: &Connection) -> Result<[u8; 16]> {
    let (format, id): (i64, [u8; 16]) = conn
        .query_row("SELECT format, journal FROM meta", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .map_err(|e| crate::faults::damaged(format!("meta: {e}")))?;
    if format != FORMAT_NUMBER {
        return Err(Fault::new(&FORMAT).with("found", format).with("known", FORMAT_NUMBER));
    }
    Ok(id)
}
