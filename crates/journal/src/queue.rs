//! The bounded queue between callers and the writer.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::command::Prepared;
use crate::event::Receipt;
use crate::faults::{BUSY, CLOSED};

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

/// Told when what was done before is on disk, or why it is not.
pub(crate) type Done = Box<dyn FnOnce(Result<()>) + Send>;

/// Other work for the writer's thread and its connection.
pub(crate) type Work = Box<dyn FnOnce(&rusqlite::Connection) -> Done + Send>;

/// What queues.
#[expect(clippy::large_enum_variant, reason = "commands are the rule; work is rare")]
pub(crate) enum Item {
    Command(Job),
    Work(Work),
}

/// Why the writer ended, if the store made it: whoever asks afterwards is told the cause, not only that nobody answers.
#[derive(Clone, Default)]
pub(crate) struct Ended(Arc<OnceLock<Fault>>);

impl Ended {
    /// Keeps the first cause.
    pub(crate) fn because(&self, fault: &Fault) {
        let _ = self.0.set(fault.clone());
    }

    /// What a caller is told whom the writer will not answer any more.
    pub(crate) fn fault(&self) -> Fault {
        self.0.get().cloned().unwrap_or_else(|| Fault::new(&CLOSED))
    }
}

/// The callers' end.
#[derive(Clone)]
pub(crate) struct Queue {
    items: SyncSender<Item>,
    ended: Ended,
}

impl Queue {
    pub(crate) fn new(depth: usize) -> (Self, Receiver<Item>) {
        let (items, receiver) = sync_channel(depth);
        (Self { items, ended: Ended::default() }, receiver)
    }

    /// Why nobody answers, for those who end and those who ask.
    pub(crate) fn ended(&self) -> &Ended {
        &self.ended
    }

    /// Queues, or says at once that the queue is full: waiting callers would only hide the overload.
    pub(crate) fn push(&self, job: Job) -> Result<()> {
        self.items.try_send(Item::Command(job)).map_err(|e| match e {
            TrySendError::Full(_) => Fault::new(&BUSY),
            TrySendError::Disconnected(_) => self.ended.fault(),
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
        let work = move |conn: &rusqlite::Connection| -> Done {
            let done = work(conn);
            // What the work reports may leave the machine: it, and all before it, must be on disk first. The writer does not
            // wait for that.
            Box::new(move |synced| drop(sender.send(done.and_then(|done| synced.map(|()| done)))))
        };
        self.items.send(Item::Work(Box::new(work))).map_err(|_| self.ended.fault())?;
        receiver.recv().unwrap_or_else(|_| Err(self.ended.fault()))
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
