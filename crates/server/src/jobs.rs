//! Long work: a bounded queue on threads of its own, its progress in memory, its beginning and end in the journal.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use huoshui_app::jobs::{Job, Outcome};
use huoshui_app::progress::Progress;
use huoshui_kernel::fault::{Fault, Result};
use serde::Serialize;
use tokio::sync::{Semaphore, watch};
use utoipa::ToSchema;

use crate::state::App;
use crate::{Problem, faults};

/// How long a job may take before it counts as lost.
pub const LIFE: i64 = 3_600 * 1_000_000;

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Stage {
    /// What is being done, in Chinese; empty before it begins.
    pub zh: String,
    /// What is being done, in English.
    pub en: String,
    /// So many are done.
    pub done: u64,
    /// Of so many; 0 where it is not known.
    pub total: u64,
}

/// The jobs of this server.
pub struct Jobs {
    running: Arc<Semaphore>,
    queued: Arc<Semaphore>,
    all: u32,
    stages: Mutex<HashMap<String, watch::Receiver<Stage>>>,
}

/// Tells a job's watchers.
struct Teller(watch::Sender<Stage>);

impl Progress for Teller {
    fn begin(&self, zh: &str, en: &str, total: u64) {
        self.0.send_replace(Stage { zh: zh.to_owned(), en: en.to_owned(), done: 0, total });
    }

    fn advance(&self, by: u64) {
        self.0.send_modify(|stage| stage.done += by);
    }

    fn end(&self) {}
}

impl Jobs {
    /// So many at once, so many that wait.
    #[must_use]
    pub fn new(at_once: usize, waiting: usize) -> Self {
        let all = at_once + waiting;
        Self {
            running: Arc::new(Semaphore::new(at_once)),
            queued: Arc::new(Semaphore::new(all)),
            all: u32::try_from(all).unwrap_or(u32::MAX),
            stages: Mutex::default(),
        }
    }

    /// A job's progress, if it runs on this server.
    #[must_use]
    pub fn watch(&self, id: &str) -> Option<watch::Receiver<Stage>> {
        self.stages.lock().ok()?.get(id).cloned()
    }

    /// Waits until every job taken is done, or the time is over.
    pub async fn drain(&self, within: Duration) -> bool {
        tokio::time::timeout(within, self.queued.acquire_many(self.all)).await.is_ok_and(|got| got.is_ok())
    }
}

impl App {
    /// Begins a job that `start` records, and does `work` once it is its turn. A repeat is answered with the job as it is.
    ///
    /// # Errors
    /// `job.full`; those of `start`.
    pub async fn begin_job(
        &self,
        start: impl FnOnce(&App) -> Result<(Job, bool)> + Send + 'static,
        work: impl FnOnce(&App, &dyn Progress) -> Result<Outcome> + Send + 'static,
    ) -> std::result::Result<Job, Problem> {
        let jobs = &self.parts().jobs;
        // The place comes first: a job that was recorded must be done.
        let place = Arc::clone(&jobs.queued).try_acquire_owned();
        let place = place.map_err(|_| Problem::from(Fault::new(&faults::JOBS_FULL)).retry_after(10))?;
        let (job, new) = self.store(start).await?;
        if !new {
            return Ok(job);
        }
        let (teller, stage) = watch::channel(Stage::default());
        if let Ok(mut stages) = jobs.stages.lock() {
            stages.insert(job.id.clone(), stage);
        }
        let (app, running, done) = (self.clone(), Arc::clone(&jobs.running), job.clone());
        tokio::spawn(async move {
            let Ok(turn) = running.acquire_owned().await else { return };
            let finished = tokio::task::spawn_blocking(move || {
                let _held = (place, turn);
                let teller = Teller(teller);
                let outcome = work(&app, &teller).unwrap_or_else(|fault| failed(&fault));
                app.parts().cities.outdated();
                let id = done.id.clone();
                let recorded = huoshui_app::jobs::finish(app.workspace(), done, outcome);
                if let Ok(mut stages) = app.parts().jobs.stages.lock() {
                    stages.remove(&id);
                }
                recorded
            });
            match finished.await {
                Ok(Ok(_)) => {}
                Ok(Err(fault)) => tracing::error!(code = fault.code(), "a job's end could not be recorded"),
                Err(_) => tracing::error!("a job ended in a fault of the program"),
            }
        });
        Ok(job)
    }
}

/// A job that a fault ended. What failed inside is in the log only.
fn failed(fault: &Fault) -> Outcome {
    let inside = crate::status::of(fault.code()).as_u16() == 500;
    if inside {
        tracing::error!(code = fault.code(), detail = %fault, "a job failed");
    }
    let shown = if inside { Fault::new(&faults::INTERNAL) } else { fault.clone() };
    Outcome { ok: false, result: serde_json::json!({ "fault": shown }) }
}
