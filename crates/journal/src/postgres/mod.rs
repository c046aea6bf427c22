//! The store beyond one process: PostgreSQL, with any number of equal writers.

mod group;
mod rows;
mod scan;
mod schema;
mod seal;
mod session;
mod vault;
mod writer;

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use huoshui_kernel::fault::Result;
use sqlx::postgres::{PgConnectOptions, PgRow};

use crate::clock::Clock;
use crate::command::StateDoc;
use crate::event::{Event, Page, Positioned, StoredReceipt};
use crate::faults::storage;
use crate::journal::Options;
use crate::list::{self, Query, Value};
use crate::queue::Queue;
use crate::seal::{MakeSeal, Seal};
use crate::sqlite::as_i64;
use crate::vault::Names;
use crate::verify::{Against, Report};
use session::{Session, off_runtime};

/// Reading connections kept open; more are opened and closed as needed.
const READERS_KEPT: usize = 4;

/// A journal in one database.
pub(crate) struct Postgres {
    connect: PgConnectOptions,
    durable: bool,
    readers: Mutex<Vec<Session>>,
    pub(crate) journal: [u8; 16],
}

impl Drop for Postgres {
    /// In a thread of its own: the last handle may be dropped by a task, where ending a runtime is not allowed.
    fn drop(&mut self) {
        if let Ok(readers) = self.readers.get_mut() {
            let readers = std::mem::take(readers);
            let _ = std::thread::Builder::new().spawn(move || drop(readers));
        }
    }
}

impl Postgres {
    pub(crate) fn open(
        url: &str,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<(Self, Queue, std::thread::JoinHandle<()>)> {
        let connect = PgConnectOptions::from_str(url).map_err(storage)?;
        off_runtime(move || {
            let mut session = Session::connect(&connect, options.durable)?;
            let journal = schema::prepare(&mut session)?;
            let (queue, receiver) = Queue::new(options.queue);
            let (session, heads) = (Some(session), HashMap::new());
            let writer = writer::Writer { connect: connect.clone(), clock, options, session, heads };
            let thread = std::thread::Builder::new().name("journal-writer".into());
            let thread = thread.spawn(move || writer.run(&receiver)).map_err(storage)?;
            let store = Self { connect, durable: options.durable, readers: Mutex::new(Vec::new()), journal };
            Ok((store, queue, thread))
        })
    }

    /// Runs `work` on a connection that is not the writer's. After a failure the connection is not used again.
    fn with<T: Send>(&self, work: impl FnOnce(&mut Session) -> Result<T> + Send) -> Result<T> {
        off_runtime(|| {
            let kept = self.readers.lock().map_err(storage)?.pop();
            let mut session = match kept {
                Some(session) => session,
                None => Session::connect(&self.connect, self.durable)?,
            };
            let done = work(&mut session)?;
            let mut readers = self.readers.lock().map_err(storage)?;
            if readers.len() < READERS_KEPT {
                readers.push(session);
            }
            Ok(done)
        })
    }

    pub(crate) fn read_stream(&self, stream: &str, from: u64, limit: usize) -> Result<Vec<Event>> {
        let (from, limit) = (as_i64(from)?, i64::try_from(limit).map_err(storage)?);
        let sql = format!(
            "SELECT {} FROM events e WHERE stream = $1 AND version >= $2 ORDER BY version LIMIT $3",
            rows::EVENT_COLUMNS
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(stream.to_owned()).bind(from).bind(limit);
        self.with(|session| {
            let found = session.wait(|conn| query.fetch_all(conn)).map_err(storage)?;
            found.iter().map(rows::event).collect()
        })
    }

    pub(crate) fn stream_version(&self, stream: &str) -> Result<u64> {
        let sql = "SELECT version FROM events WHERE stream = $1 ORDER BY version DESC LIMIT 1";
        let query = sqlx::query_scalar(sql).bind(stream.to_owned());
        let found: Option<i64> =
            self.with(|session| session.wait(|conn| query.fetch_optional(conn)).map_err(storage))?;
        Ok(found.map_or(0, i64::unsigned_abs))
    }

    pub(crate) fn state(&self, collection: &str, id: &str) -> Result<Option<StateDoc>> {
        let sql = format!("SELECT {} FROM states WHERE collection = $1 AND id = $2", list::STATE_COLUMNS);
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(collection.to_owned()).bind(id.to_owned());
        self.with(|session| {
            let found = session.wait(|conn| query.fetch_optional(conn)).map_err(storage)?;
            Ok(found.as_ref().map(rows::state).transpose()?.map(|(doc, _)| doc))
        })
    }

    pub(crate) fn state_versions(&self, collection: &str, ids: &[&str]) -> Result<Vec<Option<u64>>> {
        let sql = "SELECT s.version FROM unnest($2::text[]) WITH ORDINALITY n(id, place)
             LEFT JOIN states s ON s.collection = $1 AND s.id = n.id COLLATE \"C\" ORDER BY n.place";
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let query = sqlx::query_scalar(sql).bind(collection.to_owned()).bind(ids);
        let found: Vec<Option<i64>> =
            self.with(|session| session.wait(|conn| query.fetch_all(conn)).map_err(storage))?;
        Ok(found.into_iter().map(|version| version.map(i64::unsigned_abs)).collect())
    }

    pub(crate) fn list(
        &self,
        collection: &str,
        query: &Query,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<StateDoc>> {
        self.with(|session| {
            list::page(collection, query, cursor, limit, '$', |select| {
                let bind = |q: sqlx::query::Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments>, v| match v {
                    Value::Text(text) => q.bind(text),
                    Value::Int(int) => q.bind(int),
                };
                let query = select.args.into_iter().fold(sqlx::query(sqlx::AssertSqlSafe(select.sql)), bind);
                let found = session.wait(|conn| query.fetch_all(conn)).map_err(storage)?;
                found.iter().map(|row| Ok(rows::state(row)?.0)).collect()
            })
        })
    }

    pub(crate) fn events_after(&self, position: Option<u64>, limit: usize) -> Result<Vec<Positioned>> {
        let from = position.map_or(Ok(0), |p| as_i64(p.saturating_add(1)))?;
        let limit = i64::try_from(limit).map_err(storage)?;
        let sql = format!(
            "SELECT {}, p.position FROM positions p JOIN events e ON e.seq = p.event WHERE p.position >= $1 ORDER BY p.position LIMIT $2",
            rows::EVENT_COLUMNS
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(from).bind(limit);
        let positioned = |row: &PgRow| Ok(Positioned { position: rows::unsigned(row, 9)?, event: rows::event(row)? });
        self.with(|session| {
            let found = session.wait(|conn| query.fetch_all(conn)).map_err(storage)?;
            found.iter().map(positioned).collect()
        })
    }

    pub(crate) fn receipt(&self, id: &[u8; 16]) -> Result<Option<StoredReceipt>> {
        let sql = format!("SELECT {} FROM receipts WHERE id = $1", rows::RECEIPT_COLUMNS);
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_vec());
        self.with(|session| {
            let found = session.wait(|conn| query.fetch_optional(conn)).map_err(storage)?;
            found.as_ref().map(rows::receipt).transpose()
        })
    }

    pub(crate) fn position(&self, stream: &str, version: u64) -> Result<Option<u64>> {
        let sql = "SELECT p.position FROM events e JOIN positions p ON p.event = e.seq WHERE e.stream = $1 AND e.version = $2";
        let query = sqlx::query_scalar(sql).bind(stream.to_owned()).bind(as_i64(version)?);
        let found: Option<i64> =
            self.with(|session| session.wait(|conn| query.fetch_optional(conn)).map_err(storage))?;
        Ok(found.map(i64::unsigned_abs))
    }

    pub(crate) fn kept(&self, space: &str, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
        self.with(|session| vault::kept(session, space, keys))
    }

    pub(crate) fn erase(&self, names: &Names) -> Result<u64> {
        self.with(|session| vault::erase(session, names))
    }

    pub(crate) fn next_epoch(&self) -> Result<i64> {
        self.with(seal::next_epoch)
    }

    pub(crate) fn seal_batch(&self, epoch: i64, limit: usize, now: i64, make: MakeSeal) -> Result<Option<Seal>> {
        self.with(|session| seal::seal_batch(session, epoch, limit, now, make))
    }

    pub(crate) fn seals(&self, unpublished_only: bool) -> Result<Vec<Seal>> {
        self.with(|session| seal::seals(session, self.journal, unpublished_only))
    }

    pub(crate) fn seals_after(&self, size: u64, limit: usize) -> Result<Vec<Seal>> {
        self.with(|session| seal::after(session, self.journal, size, limit))
    }

    pub(crate) fn one_seal(&self, over: Option<u64>) -> Result<Option<Seal>> {
        self.with(|session| seal::one(session, self.journal, over))
    }

    pub(crate) fn mark_published(&self, size: u64) -> Result<()> {
        self.with(|session| seal::mark_published(session, size))
    }

    pub(crate) fn tile(&self, level: u32, tile: u64) -> Result<Vec<u8>> {
        self.with(|session| seal::tile(session, level, tile))
    }

    pub(crate) fn verify(&self, against: Against<'_>) -> Result<Report> {
        off_runtime(|| {
            // On a connection of its own, closed afterwards, which ends the transaction whatever became of it.
            let mut session = Session::connect(&self.connect, self.durable)?;
            let mut snapshot = scan::PgSnapshot { session: &mut session, journal: self.journal };
            snapshot.begin()?;
            crate::verify::verify(&mut snapshot, against)
        })
    }
}
