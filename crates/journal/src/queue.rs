//! The bounded queue between callers and the writer.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::command::Prepared;
use crate::event::Receipt;
use crate::faults::{BUSY, CLOSED};
use crate::sqlite::Log;

/// How often a writer that waits for the disk looks whether it is done.
const GLANCE: Duration = Duration::from_micros(50);

/// Where the answer goes.
pub(crate) enum Reply {
    Task(tokio::sync::oneshot::Sender<Result<Receipt>>),
    Thread(SyncSender<Result<Receipt>>),
}

impl Reply {
    /// Answers; a caller that has gone away is no fault of ours.
    pub(crate) fn send(self, answer: Result<Receipt>) {
        match self {
            Self::Task(sender) => drop(sender.send(answer)),
            Self::Thread(sender) => drop(sender.send(answer)),
        }
    }
}

/// A queued command.
pub(crate) struct Job {
    pub prepared: Prepared,
    pub reply: Reply,
}

/// Other work for the writer's thread and its connection.
pub(crate) type Work = Box<dyn FnOnce(&rusqlite::Connection, &Log) + Send>;

/// What queues.
#[expect(clippy::large_enum_variant, reason = "commands are the rule; work is rare")]
pub(crate) enum Item {
    Command(Job),
    Work(Work),
}

/// The callers' end.
#[derive(Clone)]
pub(crate) struct Queue(SyncSender<Item>);

impl Queue {
    pub(crate) fn new(depth: usize) -> (Self, Receiver<Item>) {
        let (sender, receiver) = sync_channel(depth);
        (Self(sender), receiver)
    }

    /// Queues, or says at once that the queue is full: waiting callers would only hide the overload.
    pub(crate) fn push(&self, job: Job) -> Result<()> {
        self.0.try_send(Item::Command(job)).map_err(|e| {
            Fault::new(match e {
                TrySendError::Full(_) => &BUSY,
                TrySendError::Disconnected(_) => &CLOSED,
            })
        })
    }
}

impl Queue {
    /// Runs work on the writer's connection between two groups, and waits for it.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = sync_channel(1);
        let work = Box::new(move |conn: &rusqlite::Connection, log: &Log| {
            // What the work reports may leave the machine: it, and all before it, must be on disk first.
            let done = work(conn).and_then(|done| log.sync().map(|()| done));
            drop(sender.send(done));
        });
        self.0.send(Item::Work(work)).map_err(|_| Fault::new(&CLOSED))?;
        receiver.recv().unwrap_or_else(|_| Err(Fault::new(&CLOSED)))
    }
}

/// What the writer took: commands for one group, and work to do after it.
#[derive(Default)]
pub(crate) struct Taken {
    pub jobs: Vec<Job>,
    pub work: Option<Work>,
    weight: usize,
}

/// How much a group may take.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    pub jobs: usize,
    pub bytes: usize,
}

impl Taken {
    fn is_full(&self, room: Room) -> bool {
        self.work.is_some() || self.jobs.len() >= room.jobs || self.weight >= room.bytes
    }

    /// Takes this item and whatever else has queued, as far as there is room.
    fn take(&mut self, first: Item, receiver: &Receiver<Item>, room: Room) {
        let mut next = Some(first);
        while let Some(item) = next {
            match item {
                Item::Command(job) => {
                    self.weight += job.prepared.weight;
                    self.jobs.push(job);
                }
                Item::Work(work) => self.work = Some(work),
            }
            next = if self.is_full(room) { None } else { receiver.try_recv().ok() };
        }
    }

    /// Waits for a first item and takes a group. False when every caller is gone.
    pub(crate) fn gather(&mut self, receiver: &Receiver<Item>, room: Room) -> bool {
        self.weight = 0;
        receiver.recv().map(|first| self.take(first, receiver, room)).is_ok()
    }

    /// Takes what has queued, or waits for more commands while `meanwhile` holds for the number held. True when there are
    /// some.
    pub(crate) fn gather_more(
        &mut self,
        receiver: &Receiver<Item>,
        room: Room,
        meanwhile: impl Fn(usize) -> bool,
    ) -> bool {
        while !self.is_full(room) {
            let wait = if meanwhile(self.jobs.len()) { GLANCE } else { Duration::ZERO };
            match receiver.recv_timeout(wait) {
                Ok(item) => {
                    let before = self.jobs.len();
                    self.take(item, receiver, room);
                    return self.jobs.len() > before;
                }
                Err(RecvTimeoutError::Timeout) if wait.is_zero() => return false,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        false
    }
}
