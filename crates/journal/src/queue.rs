//! The bounded queue between callers and the writer.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::command::Prepared;
use crate::event::Receipt;
use crate::faults::{BUSY, CLOSED};
use crate::sqlite::Log;

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
}

/// Waits for a first item, then takes what else has queued: at most `jobs` commands, and no more once `bytes` are
/// reached. False when every caller is gone.
pub(crate) fn gather(receiver: &Receiver<Item>, jobs: usize, bytes: usize, into: &mut Taken) -> bool {
    let Ok(first) = receiver.recv() else { return false };
    let (mut weight, mut next) = (0, Some(first));
    while let Some(item) = next {
        match item {
            Item::Command(job) => {
                weight += job.prepared.weight;
                into.jobs.push(job);
            }
            Item::Work(work) => {
                into.work = Some(work);
                break;
            }
        }
        next = if into.jobs.len() < jobs && weight < bytes { receiver.try_recv().ok() } else { None };
    }
    true
}
