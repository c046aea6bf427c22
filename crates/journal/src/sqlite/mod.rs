//! The embedded store: one SQLite file, one writing thread, readers beside it.

mod durable;
mod merge;
mod places;
mod readers;
mod rows;
mod scan;
mod schema;
pub(crate) mod seal;
pub(crate) mod vault;
mod writer;

use durable::Log;
pub(crate) use scan::SqliteSnapshot;
pub(crate) use writer::as_i64;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use huoshui_kernel::fault::Result;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::clock::Clock;
use crate::command::StateDoc;
use crate::event::{Event, Page, Positioned, StoredReceipt};
use crate::faults::{damaged, storage};
use crate::journal::Options;
use crate::list::{self, Query, Value};
use crate::queue::Queue;
use crate::watch::Watches;
use places::{Places, Recent};
use readers::Readers;

/// How often a reader takes a new snapshot because the recent rows were moved in the meantime: each time again means
/// that tens of thousands of events were written during one read.
const SNAPSHOTS: usize = 16;

/// How long a connection waits for another process that writes.
const WAIT: Duration = Duration::from_secs(30);

/// A journal in one file.
pub(crate) struct Sqlite {
    readers: Readers,
    recent: Arc<Mutex<Recent>>,
    pub(crate) watches: Watches,
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
        Self::with(path, clock, options, (conn, journal), Log::open(path, options.durable)?)
    }

    /// The same with a given log.
    fn with(
        path: &Path,
        clock: Arc<dyn Clock>,
        options: Options,
        (conn, journal): (Connection, [u8; 16]),
        log: Log,
    ) -> Result<(Self, Queue, std::thread::JoinHandle<()>)> {
        let (queue, receiver) = Queue::new(options.queue);
        let syncer = durable::Syncer::start(log, queue.ended().clone())?;
        let recent = Arc::default();
        let watches = Watches::default();
        let writer = writer::Writer::new(conn, clock, options, Arc::clone(&recent), watches.clone());
        let thread = std::thread::Builder::new().name("journal-writer".into());
        let thread = thread.spawn(move || writer.run(&receiver, &syncer)).map_err(storage)?;
        Ok((Self { readers: Readers::beside_writer(path), recent, watches, journal }, queue, thread))
    }

    /// Opens the file for reading alone: nothing in its folder changes.
    pub(crate) fn open_read_only(path: &Path) -> Result<Self> {
        let readers = Readers::only(path);
        let (_, journal) = readers.read(schema::meta)?;
        Ok(Self { readers, recent: Arc::default(), watches: Watches::default(), journal })
    }

    /// Runs `work` on a reading connection.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.readers.read(work)
    }

    /// Runs `work` on one snapshot in which places can be looked up.
    fn look<T>(&self, work: impl Fn(&Places<'_>) -> Result<T>) -> Result<T> {
        let recent = &*self.recent;
        self.read(|conn| {
            for _ in 0..SNAPSHOTS {
                execute(conn, "BEGIN")?;
                let done = places_of(conn, recent).and_then(|places| places.map(|p| work(&p)).transpose());
                let ended = execute(conn, "COMMIT");
                if let Some(done) = done? {
                    return ended.map(|()| done);
                }
                ended?;
            }
            Err(storage("the file changes faster than it can be read"))
        })
    }

    pub(crate) fn read_stream(&self, stream: &str, from: u64, limit: usize) -> Result<Vec<Event>> {
        self.look(|places| {
            let sql = format!("SELECT {} FROM events WHERE seq = ?1", rows::EVENT_COLUMNS);
            let mut statement = places.conn.prepare_cached(&sql).map_err(storage)?;
            let found = places.events(stream, from, limit)?;
            let mut events = Vec::with_capacity(found.len());
            for (version, seq) in found {
                let event = statement.query_row([seq], rows::event).optional().map_err(rows::explain)?;
                // The row must be what its place says: one that was moved by other means would answer for another.
                let event = event.filter(|e| e.stream == stream && e.version == version);
                events.push(event.ok_or_else(|| damaged(format!("{stream} #{version}")))?);
            }
            Ok(events)
        })
    }

    pub(crate) fn stream_version(&self, stream: &str) -> Result<u64> {
        self.look(|places| Ok(places.head(stream)?.map_or(0, |(version, _)| version)))
    }

    pub(crate) fn state(&self, collection: &str, id: &str) -> Result<Option<StateDoc>> {
        self.read(|conn| {
            let sql = format!("SELECT {} FROM states WHERE collection = ?1 AND id = ?2", list::STATE_COLUMNS);
            let mut statement = conn.prepare_cached(&sql).map_err(storage)?;
            let found = statement.query_row((collection, id), rows::state).optional().map_err(rows::explain)?;
            Ok(found.map(|(doc, _)| doc))
        })
    }

    pub(crate) fn state_versions(&self, collection: &str, ids: &[&str]) -> Result<Vec<Option<u64>>> {
        self.read(|conn| {
            execute(conn, "BEGIN")?;
            let look = || {
                let sql = "SELECT version FROM states WHERE collection = ?1 AND id = ?2";
                let mut statement = conn.prepare_cached(sql).map_err(storage)?;
                let one = |id: &&str| {
                    let found = statement.query_row((collection, id), |r| rows::unsigned(r, 0)).optional();
                    found.map_err(rows::explain)
                };
                ids.iter().map(one).collect()
            };
            let found = look();
            execute(conn, "COMMIT")?;
            found
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
                .query_map((from, i64::try_from(limit).unwrap_or(i64::MAX)), |r| {
                    Ok(Positioned { position: rows::unsigned(r, 10)?, event: rows::event(r)? })
                })
                .map_err(storage)?;
            found.collect::<rusqlite::Result<_>>().map_err(rows::explain)
        })
    }

    /// Where an event stands in the sealed order.
    pub(crate) fn position(&self, stream: &str, version: u64) -> Result<Option<u64>> {
        self.look(|places| {
            let found = places.events(stream, version, 1)?;
            let Some((_, seq)) = found.first().filter(|(found, _)| *found == version) else { return Ok(None) };
            let sql = "SELECT position FROM positions WHERE event = ?1";
            let mut statement = places.conn.prepare_cached(sql).map_err(storage)?;
            statement.query_row([seq], |r| rows::unsigned(r, 0)).optional().map_err(storage)
        })
    }

    pub(crate) fn tile(&self, level: u32, tile: u64) -> Result<Vec<u8>> {
        self.read(|conn| seal::tile(conn, level, tile))
    }

    pub(crate) fn seals(&self, unpublished_only: bool) -> Result<Vec<crate::seal::Seal>> {
        self.read(|conn| seal::seals(conn, self.journal, unpublished_only))
    }

    pub(crate) fn seals_after(&self, size: u64, limit: usize) -> Result<Vec<crate::seal::Seal>> {
        self.read(|conn| seal::after(conn, self.journal, size, limit))
    }

    pub(crate) fn one_seal(&self, over: Option<u64>) -> Result<Option<crate::seal::Seal>> {
        self.read(|conn| seal::one(conn, self.journal, over))
    }

    pub(crate) fn receipt(&self, id: &[u8; 16]) -> Result<Option<StoredReceipt>> {
        self.look(|places| places.receipt(id)?.map(|seq| rows::receipt(places.conn, seq, id)).transpose())
    }
}

/// The places of the snapshot that this connection is in; none when it is older than what `recent` forgot.
fn places_of<'a>(conn: &'a Connection, recent: &'a Mutex<Recent>) -> Result<Option<Places<'a>>> {
    let (placed, newest) = (places::placed(conn)?, places::newest(conn)?);
    let fits = recent.lock().map_err(storage)?.refresh(conn, placed, newest)?;
    Ok(fits.then_some(Places { conn, recent, placed, newest }))
}

fn execute(conn: &Connection, sql: &str) -> Result<()> {
    conn.prepare_cached(sql).and_then(|mut s| s.raw_execute()).map(drop).map_err(storage)
}

#[cfg(test)]
mod failing;
