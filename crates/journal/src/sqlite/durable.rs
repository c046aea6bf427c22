//! The sync before the answer, in a thread of its own so that the next group is written while the disk works.
//!
//! SQLite runs with `synchronous=NORMAL`: it keeps its file consistent through any crash, and syncs around checkpoints,
//! but not at each commit. The sync of a commit is ours: `fdatasync` of the write-ahead log after the commit and before
//! any answer. (SQLite's own sync at commit stops the writer, and as commonly compiled is an `fsync`, which waits for
//! the file's times as well.)

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use huoshui_kernel::fault::Result;

use crate::event::Receipt;
use crate::faults::storage;
use crate::queue::{Job, Reply};

/// Groups that may be committed and not yet synced.
const GROUPS_AHEAD: usize = 2;

/// Answers of one committed group.
pub(crate) type Group = Vec<(Reply, Result<Receipt>)>;

/// The write-ahead log, held open: while it is, it stays the same file.
pub(crate) struct Log(Option<File>);

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
    busy: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Syncer {
    pub(crate) fn start(log: Log) -> Result<Self> {
        let (sender, receiver) = sync_channel(GROUPS_AHEAD);
        let thread = std::thread::Builder::new().name("journal-sync".into());
        let busy = Arc::new(AtomicBool::new(false));
        let at_work = Arc::clone(&busy);
        let thread = thread.spawn(move || run(&log, &receiver, &at_work)).map_err(storage)?;
        Ok(Self { groups: Some(sender), busy, thread: Some(thread) })
    }

    /// Answers the group once it is on disk. False when the disk has failed and nothing more may be written.
    pub(crate) fn answer(&self, group: Group) -> bool {
        let Some(groups) = &self.groups else { return false };
        self.busy.store(true, Ordering::Release);
        groups.send(group).is_ok()
    }

    /// Whether a sync is under way.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Acquire)
    }
}

impl Drop for Syncer {
    fn drop(&mut self) {
        self.groups = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(log: &Log, groups: &Receiver<Group>, busy: &AtomicBool) {
    while let Ok(mut group) = groups.recv() {
        while let Ok(more) = groups.try_recv() {
            group.extend(more);
        }
        let synced = log.sync();
        busy.store(false, Ordering::Release);
        if let Err(fault) = synced {
            // After a failed sync the kernel may have dropped the pages: no later sync proves anything. The thread ends,
            // the writer with it, and reopening tells what is there.
            group.drain(..).for_each(|(reply, _)| reply.send(Err(fault.clone())));
            return;
        }
        group.drain(..).for_each(|(reply, answer)| reply.send(answer));
    }
}

/// Pairs jobs with their answers.
pub(crate) fn pair(jobs: &mut Vec<Job>, answers: Vec<Result<Receipt>>) -> Group {
    jobs.drain(..).zip(answers).map(|(job, answer)| (job.reply, answer)).collect()
}
