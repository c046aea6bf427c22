//! The embedded store: one SQLite file, one writing thread, readers beside it.

mod durable;
mod rows;
mod scan;
mod schema;
pub(crate) mod seal;
mod writer;

pub(crate) use durable::Log;
pub(crate) use scan::SqliteSnapshot;
pub(crate) use writer::as_i64;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use huoshui_kernel::fault::Result;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::clock::Clock;
use crate::command::StateDoc;
use crate::event::{Event, Page, Positioned, StoredReceipt};
use crate::faults::storage;
use crate::journal::Options;
use crate::list::{self, Query, Value};
use crate::queue::Queue;

/// Reading connections kept open; more are opened and closed as needed.
const READERS_KEPT: usize = 4;

/// A journal in one file.
pub(crate) struct Sqlite {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    pub(crate) journal: [u8; 16],
}

impl Sqlite {
    /// Opens the file, creating it if need be, and starts its writer.
    pub(crate) fn open(
        path: &Path,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<(Self, Queue, std::thread::JoinHandle<()>)> {
        let (conn, journal) = schema::open_writer(path, options.synchronous())?;
        let (queue, receiver) = Queue::new(options.queue);
        let syncer = durable::Syncer::start(Log::open(path, options.durable)?)?;
        let log = Log::open(path, options.durable)?;
        let writer = writer::Writer::new(conn, clock, options);
        let thread = std::thread::Builder::new().name("journal-writer".into());
        let thread = thread.spawn(move || writer.run(&receiver, &syncer, &log)).map_err(storage)?;
        Ok((Self { path: path.to_owned(), readers: Mutex::new(Vec::new()), journal }, queue, thread))
    }

    /// Runs `work` on a reading connection.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let kept = self.readers.lock().map_err(storage)?.pop();
        let conn = match kept {
            Some(conn) => conn,
            None => schema::open_reader(&self.path)?,
        };
        let result = work(&conn);
        let mut readers = self.readers.lock().map_err(storage)?;
        if readers.len() < READERS_KEPT {
            readers.push(conn);
        }
        result
    }

    pub(crate) fn read_stream(&self, stream: &str, from: u64, limit: usize) -> Result<Vec<Event>> {
        self.read(|conn| {
            let sql = format!(
                "SELECT {} FROM events WHERE stream = ?1 AND version >= ?2 ORDER BY version LIMIT ?3",
                rows::EVENT_COLUMNS
            );
            let mut statement = conn.prepare_cached(&sql).map_err(storage)?;
            let found =
                statement.query_map((stream, writer::as_i64(from)?, count(limit)), rows::event).map_err(storage)?;
            found.collect::<rusqlite::Result<_>>().map_err(rows::explain)
        })
    }

    pub(crate) fn stream_version(&self, stream: &str) -> Result<u64> {
        self.read(|conn| {
            let sql = "SELECT version FROM events WHERE stream = ?1 ORDER BY version DESC LIMIT 1";
            let mut statement = conn.prepare_cached(sql).map_err(storage)?;
            let found = statement.query_row([stream], |r| rows::unsigned(r, 0)).optional().map_err(rows::explain)?;
            Ok(found.unwrap_or(0))
        })
    }

    pub(crate) fn state(&self, collection: &str, id: &str) -> Result<Option<StateDoc>> {
        self.read(|conn| {
            let sql = format!("SELECT {} FROM states WHERE collection = ?1 AND id = ?2", list::STATE_COLUMNS);
            let mut statement = conn.prepare_cached(&sql).map_err(storage)?;
            let found = statement.query_row((collection, id), rows::state).optional().map_err(rows::explain)?;
            Ok(found.map(|(doc, _)| doc))
        })
    }

    pub(crate) fn list(
        &self,
        collection: &str,
        query: &Query,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<StateDoc>> {
        self.read(|conn| {
            list::page(collection, query, cursor, limit, '?', |select| {
                let mut statement = conn.prepare_cached(&select.sql).map_err(storage)?;
                let args = select.args.into_iter().map(|v| match v {
                    Value::Text(text) => rusqlite::types::Value::Text(text),
                    Value::Int(int) => rusqlite::types::Value::Integer(int),
                });
                let found = statement.query_map(params_from_iter(args), |r| Ok(rows::state(r)?.0)).map_err(storage)?;
                found.collect::<rusqlite::Result<_>>().map_err(rows::explain)
            })
        })
    }

    pub(crate) fn events_after(&self, position: Option<u64>, limit: usize) -> Result<Vec<Positioned>> {
        self.read(|conn| {
            let from = position.map_or(Ok(0), |p| writer::as_i64(p.saturating_add(1)))?;
            let sql = format!(
                "SELECT {}, p.position FROM positions p JOIN events ON seq = p.event
                 WHERE p.position >= ?1 ORDER BY p.position LIMIT ?2",
                rows::EVENT_COLUMNS
            );
            let mut statement = conn.prepare_cached(&sql).map_err(storage)?;
            let found = statement
                .query_map((from, count(limit)), |r| {
                    Ok(Positioned { position: rows::unsigned(r, 10)?, event: rows::event(r)? })
                })
                .map_err(storage)?;
            found.collect::<rusqlite::Result<_>>().map_err(rows::explain)
        })
    }

    /// Where an event stands in the sealed order.
    pub(crate) fn position(&self, stream: &str, version: u64) -> Result<Option<u64>> {
        self.read(|conn| {
            let sql = "SELECT p.position FROM events e JOIN positions p ON p.event = e.seq
                 WHERE e.stream = ?1 AND e.version = ?2";
            let mut statement = conn.prepare_cached(sql).map_err(storage)?;
            let found = statement.query_row((stream, writer::as_i64(version)?), |r| rows::unsigned(r, 0));
            found.optional().map_err(storage)
        })
    }

    pub(crate) fn tile(&self, level: u32, tile: u64) -> Result<Vec<u8>> {
        self.read(|conn| seal::tile(conn, level, tile))
    }

    pub(crate) fn seals(&self, unpublished_only: bool) -> Result<Vec<crate::seal::Seal>> {
        self.read(|conn| seal::seals(conn, self.journal, unpublished_only))
    }

    pub(crate) fn receipt(&self, id: &[u8; 16]) -> Result<Option<StoredReceipt>> {
        self.read(|conn| {
            let sql = format!("SELECT {} FROM receipts WHERE id = ?1", rows::RECEIPT_COLUMNS);
            rows::receipt(&mut *conn.prepare_cached(&sql).map_err(storage)?, id)
        })
    }
}

/// A row count as the database takes it.
fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
