//! The bounded queue between callers and the writer.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::command::Prepared;
use crate::event::Receipt;
use crate::faults::{BUSY, CLOSED};

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

/// The callers' end.
#[derive(Clone)]
pub(crate) struct Queue(SyncSender<Job>);

impl Queue {
    pub(crate) fn new(depth: usize) -> (Self, Receiver<Job>) {
        let (sender, receiver) = sync_channel(depth);
        (Self(sender), receiver)
    }

    /// Queues, or says at once that the queue is full: waiting callers would only hide the overload.
    pub(crate) fn push(&self, job: Job) -> Result<()> {
        self.0.try_send(job).map_err(|e| {
            Fault::new(match e {
                TrySendError::Full(_) => &BUSY,
                TrySendError::Disconnected(_) => &CLOSED,
            })
        })
    }
}

/// Waits for a first job, then takes what else has queued: at most `jobs`, and no more once `bytes` are reached.
pub(crate) fn gather(receiver: &Receiver<Job>, jobs: usize, bytes: usize, into: &mut Vec<Job>) -> bool {
    let Ok(first) = receiver.recv() else { return false };
    let mut weight = first.prepared.weight;
    into.push(first);
    while into.len() < jobs && weight < bytes {
        let Ok(job) = receiver.try_recv() else { break };
        weight += job.prepared.weight;
        into.push(job);
    }
    true
}
