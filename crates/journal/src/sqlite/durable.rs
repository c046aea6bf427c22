//! The sync before the answer, in a thread of its own so that the next group is written while the disk works.
//!
//! SQLite runs with `synchronous=NORMAL`: it keeps its file consistent through any crash, and syncs around checkpoints,
//! but not at each commit. The sync of a commit is ours: `fdatasync` of the write-ahead log after the commit and before
//! any answer. (SQLite's own sync at commit stops the writer, and as commonly compiled is an `fsync`, which waits for
//! the file's times as well.)

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use huoshui_kernel::fault::{Fault, Result};

use crate::event::Receipt;
use crate::faults::storage;
use crate::queue::{Done, Ended, Job};

/// Groups that may be committed and not yet synced.
const GROUPS_AHEAD: usize = 2;

/// One committed group: its commands, whose memory is given back away from the writer's thread, and an answer to each. Or
/// other work that was done, and whom to tell.
#[derive(Default)]
pub(crate) struct Group {
    pub jobs: Vec<Job>,
    pub answers: Vec<Result<Receipt>>,
    pub done: Option<Done>,
    failed: Option<Fault>,
}

impl Group {
    pub(crate) fn of(jobs: Vec<Job>, answers: Vec<Result<Receipt>>) -> Self {
        Self { jobs, answers, ..Self::default() }
    }

    pub(crate) fn work(done: Done) -> Self {
        Self { done: Some(done), ..Self::default() }
    }

    fn answer(self) {
        self.jobs.into_iter().zip(self.answers).for_each(|(job, answer)| job.reply.send(answer));
        if let Some(done) = self.done {
            done(self.failed.map_or(Ok(()), Err));
        }
    }
}

/// The write-ahead log, held open: while it is, it stays the same file.
pub(crate) struct Log(pub(super) Option<File>);

impl Log {
    /// The log of this database; it exists once the first write is done.
    pub(crate) fn open(database: &Path, durable: bool) -> Result<Self> {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        let path = PathBuf::from(path);
        if !durable {
            return Ok(Self(None));
        }
        let file = File::options().read(true).write(true).open(&path);
        let file = file.map_err(|e| storage(format!("{}: {e}", path.display())))?;
        // The log's name must survive as well as its content.
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder).and_then(|f| f.sync_all()).map_err(storage)?;
        Ok(Self(Some(file)))
    }

    pub(crate) fn sync(&self) -> Result<()> {
        self.0.as_ref().map_or(Ok(()), |file| file.sync_data().map_err(storage))
    }
}

/// The writer's end of the syncing thread.
pub(crate) struct Syncer {
    groups: Option<SyncSender<Group>>,
    at_sync: Arc<AtomicUsize>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Syncer {
    /// Two threads: one only syncs, so that the next sync can begin while the other still wakes those who wait.
    pub(crate) fn start(log: Log, ended: Ended) -> Result<Self> {
        let (groups, taken) = sync_channel(GROUPS_AHEAD);
        let (synced, answered) = sync_channel(GROUPS_AHEAD);
        let at_sync = Arc::new(AtomicUsize::new(0));
        let at_work = Arc::clone(&at_sync);
        let thread = |name: &str| std::thread::Builder::new().name(name.into());
        let sync =
            thread("journal-sync").spawn(move || run(&log, &taken, &synced, (&at_work, &ended))).map_err(storage)?;
        let answer = thread("journal-answer").spawn(move || {
            let answered: Receiver<Vec<Group>> = answered;
            answered.iter().flatten().for_each(Group::answer);
        });
        Ok(Self { groups: Some(groups), at_sync, threads: vec![sync, answer.map_err(storage)?] })
    }

    /// Answers the group once it is on disk. False when the disk has failed and nothing more may be written.
    pub(crate) fn answer(&self, group: Group) -> bool {
        let Some(groups) = &self.groups else { return false };
        // Before the thread can say that it is done.
        self.at_sync.fetch_add(group.jobs.len(), Ordering::AcqRel);
        groups.send(group).is_ok()
    }

    /// How many commands are on their way to the disk; none when it is idle.
    pub(crate) fn at_sync(&self) -> usize {
        self.at_sync.load(Ordering::Acquire)
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.groups = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn run(log: &Log, groups: &Receiver<Group>, synced: &SyncSender<Vec<Group>>, (at_sync, ended): (&AtomicUsize, &Ended)) {
    while let Ok(group) = groups.recv() {
        let mut taken = vec![group];
        taken.extend(groups.try_iter());
        let done = log.sync();
        at_sync.fetch_sub(taken.iter().map(|group| group.jobs.len()).sum(), Ordering::AcqRel);
        if let Err(fault) = done {
            // After a failed sync the kernel may have dropped the pages: no later sync proves anything. The thread ends,
            // the writer with it, and reopening tells what is there. Whoever was not answered by then learns the cause.
            ended.because(&fault);
            for group in &mut taken {
                group.answers.iter_mut().for_each(|answer| *answer = Err(fault.clone()));
                group.failed = Some(fault.clone());
            }
            let _ = synced.send(taken);
            return;
        }
        if synced.send(taken).is_err() {
            return;
        }
    }
}
