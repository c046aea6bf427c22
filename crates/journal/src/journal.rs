//! The handle that callers hold.

mod sealing;

use std::path::Path;
use std::sync::{Arc, Mutex};

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::clock::Clock;
use crate::command::{Command, Prepared, StateDoc};
use crate::event::{Event, Page, Positioned, Receipt};
use crate::faults::{BUSY, CLOSED, CONFLICT, KEY_REUSED, READ_ONLY};
use crate::hash;
use crate::limits;
use crate::list::Query;
use crate::postgres::Postgres;
use crate::queue::{Job, Queue, Reply, Room};
use crate::sqlite::Sqlite;
use crate::watch::Watch;

/// How a journal runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Commands that may wait; one more is refused as `journal.busy`.
    pub queue: usize,
    /// Commands of one durable commit at most.
    pub group: usize,
    /// Bytes of bodies after which a group is closed.
    pub group_bytes: usize,
    /// Whether a commit waits for the disk. Only throw-away data may say no.
    pub durable: bool,
    /// Rows of a SQLite file that are indexed in memory before the file's own indexes take them, in sorted portions. More
    /// of them cost fewer pages, and longer opening.
    pub recent: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { queue: 8_192, group: 256, group_bytes: 8 << 20, durable: true, recent: 65_536 }
    }
}

impl Options {
    pub(crate) fn room(self) -> Room {
        Room { jobs: self.group, bytes: self.group_bytes }
    }

    pub(crate) fn synchronous(self) -> &'static str {
        if self.durable { "NORMAL" } else { "OFF" }
    }
}

/// The stores.
pub(crate) enum Store {
    Sqlite(Sqlite),
    Postgres(Box<Postgres>),
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    /// None where only reading is allowed; taken when the last handle goes, which ends the writer.
    queue: Option<Queue>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
}

impl Drop for Inner {
    /// Waits for the writer, so that a file just closed can be opened, copied or removed.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.get_mut().ok().and_then(Option::take) {
            let _ = writer.join();
        }
    }
}

/// An open journal; clones share it. Reads block the calling thread: async callers use [`Journal::with`].
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

impl Journal {
    /// Opens the journal in this SQLite file, creating it if it is not there.
    ///
    /// # Errors
    /// `journal.storage` when the file cannot be used, `journal.format` when a newer program wrote it.
    pub fn open_sqlite(path: impl AsRef<Path>, clock: Arc<dyn Clock>, options: Options) -> Result<Self> {
        let (store, queue, writer) = Sqlite::open(path.as_ref(), Arc::clone(&clock), options)?;
        let inner = Inner { store: Store::Sqlite(store), clock, queue: Some(queue), writer: Mutex::new(Some(writer)) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Opens the journal in this SQLite file for reading alone, as far as its folder allows no more or nothing must change:
    /// no file is made or written, and no writer is started. A file that others write to is read beside them; one that is
    /// at rest without any lock.
    ///
    /// # Errors
    /// `journal.storage` when the file cannot be read, `journal.format` when a newer program wrote it. Later: whatever
    /// writes gives `journal.read_only`; a read that somebody's beginning to write cut across gives
    /// `journal.changed_meanwhile`.
    pub fn open_sqlite_read_only(path: impl AsRef<Path>, clock: Arc<dyn Clock>) -> Result<Self> {
        let store = Store::Sqlite(Sqlite::open_read_only(path.as_ref())?);
        Ok(Self { inner: Arc::new(Inner { store, clock, queue: None, writer: Mutex::new(None) }) })
    }

    /// Opens the journal in this PostgreSQL database, making its tables if they are not there. Other processes may have
    /// it open too.
    ///
    /// # Errors
    /// `journal.storage` when the database cannot be reached, `journal.format` when a newer program wrote it.
    pub fn open_postgres_blocking(url: &str, clock: Arc<dyn Clock>, options: Options) -> Result<Self> {
        let (store, queue, writer) = Postgres::open(url, Arc::clone(&clock), options)?;
        let inner = Inner {
            store: Store::Postgres(Box::new(store)),
            clock,
            queue: Some(queue),
            writer: Mutex::new(Some(writer)),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// As [`Journal::open_postgres_blocking`], from async code.
    ///
    /// # Errors
    /// As [`Journal::open_postgres_blocking`].
    pub async fn open_postgres(url: &str, clock: Arc<dyn Clock>, options: Options) -> Result<Self> {
        let url = url.to_owned();
        let opened = tokio::task::spawn_blocking(move || Self::open_postgres_blocking(&url, clock, options)).await;
        opened.unwrap_or_else(|_| Err(Fault::new(&CLOSED)))
    }

    /// Carries out the command, durably, or refuses it and changes nothing. Returns once it is on disk.
    ///
    /// # Errors
    /// Size and form (`journal.bad_name`, `journal.too_large`, `journal.not_json`, `journal.contradictory`),
    /// `journal.busy`, `journal.key_reused`, `journal.conflict`, `journal.kept_differs`, `journal.storage`.
    pub async fn append(&self, command: Command) -> Result<Receipt> {
        let prepared = Prepared::new(command)?;
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let queue = self.queue()?;
        queue.push(Job { prepared, reply: Reply::Task(sender) })?;
        receiver.await.unwrap_or_else(|_| Err(queue.ended().fault()))
    }

    /// As [`Journal::append`], blocking the calling thread.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn append_blocking(&self, command: Command) -> Result<Receipt> {
        let prepared = Prepared::new(command)?;
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        let queue = self.queue()?;
        queue.push(Job { prepared, reply: Reply::Thread(sender) })?;
        receiver.recv().unwrap_or_else(|_| Err(queue.ended().fault()))
    }

    /// Carries out a command that rests on what was read: `decide` reads and makes the command, and is asked again when
    /// another one came between. For hot streams; after `tries` conflicts the caller is told to come back.
    ///
    /// # Errors
    /// `journal.busy` after that many conflicts; those of `decide` and of [`Journal::append`].
    pub fn append_deciding(&self, tries: usize, mut decide: impl FnMut(&Self) -> Result<Command>) -> Result<Receipt> {
        for _ in 0..tries {
            match self.append_blocking(decide(self)?) {
                Err(fault) if fault.code() == CONFLICT.code => {}
                answer => return answer,
            }
        }
        Err(Fault::new(&BUSY))
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub(crate) fn queue(&self) -> Result<&Queue> {
        self.inner.queue.as_ref().ok_or_else(|| Fault::new(&READ_ONLY))
    }

    /// Runs blocking reads from an async caller, on tokio's threads for such work.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn with<T: Send + 'static>(&self, work: impl FnOnce(&Self) -> Result<T> + Send + 'static) -> Result<T> {
        let journal = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&journal)).await;
        done.unwrap_or_else(|_| Err(Fault::new(&CLOSED)))
    }

    /// The events of a stream from this version on, at most `limit` (and at most 10,000).
    ///
    /// # Errors
    /// `journal.storage`, `journal.damaged`.
    pub fn read_stream(&self, stream: &str, from_version: u64, limit: usize) -> Result<Vec<Event>> {
        let limit = limit.min(limits::PAGE_ROWS);
        match &self.inner.store {
            Store::Sqlite(store) => store.read_stream(stream, from_version, limit),
            Store::Postgres(store) => store.read_stream(stream, from_version, limit),
        }
    }

    /// The version of a stream: of its last event, 0 before the first. For the next append; another may come between.
    ///
    /// # Errors
    /// `journal.storage`.
    pub fn stream_version(&self, stream: &str) -> Result<u64> {
        match &self.inner.store {
            Store::Sqlite(store) => store.stream_version(stream),
            Store::Postgres(store) => store.stream_version(stream),
        }
    }

    /// Watches the documents of a collection, to be told without looking whether they have changed, and to make a command
    /// that is refused with `journal.conflict` if they have ([`Command::unchanged`]). None where this cannot be told: where
    /// only reading is allowed, and on PostgreSQL, where several servers write as a rule.
    #[must_use]
    pub fn watch(&self, collection: &str) -> Option<Watch> {
        match &self.inner.store {
            Store::Sqlite(store) => self.inner.queue.is_some().then(|| store.watches.of(collection)),
            Store::Postgres(_) => None,
        }
    }

    /// One document, if it is there.
    ///
    /// # Errors
    /// `journal.storage`, `journal.damaged`.
    pub fn state(&self, collection: &str, id: &str) -> Result<Option<StateDoc>> {
        match &self.inner.store {
            Store::Sqlite(store) => store.state(collection, id),
            Store::Postgres(store) => store.state(collection, id),
        }
    }

    /// The versions of documents of one collection as they are at one moment, in the order of the ids; none where there is no
    /// document. Costs one look, however many they are (at most 1,000).
    ///
    /// # Errors
    /// `journal.too_large`, `journal.storage`, `journal.damaged`.
    pub fn state_versions(&self, collection: &str, ids: &[&str]) -> Result<Vec<Option<u64>>> {
        limits::size("ids", ids.len(), limits::KEEPS)?;
        match &self.inner.store {
            Store::Sqlite(store) => store.state_versions(collection, ids),
            Store::Postgres(store) => store.state_versions(collection, ids),
        }
    }

    /// One page of a collection, at most `limit` documents (and at most 10,000), after the cursor of the page before.
    ///
    /// # Errors
    /// `journal.bad_cursor` for a cursor of another list, `journal.storage`, `journal.damaged`.
    pub fn list(&self, collection: &str, query: &Query, cursor: Option<&str>, limit: usize) -> Result<Page<StateDoc>> {
        match &self.inner.store {
            Store::Sqlite(store) => store.list(collection, query, cursor, limit),
            Store::Postgres(store) => store.list(collection, query, cursor, limit),
        }
    }

    /// The sealed events after this position (none: from the first), in the journal-wide order.
    ///
    /// # Errors
    /// `journal.storage`, `journal.damaged`.
    pub fn events_after(&self, position: Option<u64>, limit: usize) -> Result<Vec<Positioned>> {
        let limit = limit.min(limits::PAGE_ROWS);
        match &self.inner.store {
            Store::Sqlite(store) => store.events_after(position, limit),
            Store::Postgres(store) => store.events_after(position, limit),
        }
    }

    /// What the journal answered under this key, if it carried the command out: tells after a lost reply.
    ///
    /// # Errors
    /// `journal.storage`, `journal.damaged`.
    pub fn receipt(&self, actor: &str, operation: &str, key: &str) -> Result<Option<Receipt>> {
        let id = hash::command_id(actor, operation, key);
        let stored = match &self.inner.store {
            Store::Sqlite(store) => store.receipt(&id)?,
            Store::Postgres(store) => store.receipt(&id)?,
        };
        match stored {
            None => Ok(None),
            Some(s) if (s.actor.as_str(), s.operation.as_str(), s.key.as_str()) == (actor, operation, key) => {
                Ok(Some(Receipt { response: s.response, first_time: false, versions: s.versions }))
            }
            Some(_) => Err(Fault::new(&KEY_REUSED).with("key", key)),
        }
    }

    /// The journal's own id, chosen at random when it was made; every seal names it.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        match &self.inner.store {
            Store::Sqlite(store) => store.journal,
            Store::Postgres(store) => store.journal,
        }
    }
}
