//! Long work that is asked for over the service: that it began and how it ended stands in the journal, so that any server
//! can say, and the same request under the same key is the same job.

use huoshui_journal::{Columns, Command, Event, Expected, StateDoc, hash};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::access::Asker;
use crate::folder::Workspace;
use crate::streams::{body, json};

/// The collection of jobs.
pub const COLLECTION: &str = "job";

/// Event kinds.
pub mod kind {
    /// [`super::Job`], as it began.
    pub const STARTED: &str = "job.started";
    /// [`super::Job`], as it ended.
    pub const FINISHED: &str = "job.finished";
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// What it does: `filing.upload`, `registry.upload`, `verify`.
    pub what: String,
    /// Whose it is.
    pub organisation: String,
    /// The entry of the registry that it concerns, if one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Until when it must have ended, microseconds since 1970-01-01 UTC; after that it is lost.
    pub deadline: i64,
    /// How it ended; none while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether everything was done as asked.
    pub ok: bool,
    /// What came of it.
    pub result: serde_json::Value,
}

/// The id of the job that this request makes, the same for a repeat.
#[must_use]
pub fn id(asker: Asker<'_>, what: &str) -> String {
    hash::hex(&hash::command_id(asker.actor, what, asker.key))
}

fn stream(id: &str) -> String {
    format!("job/{id}")
}

fn doc(job: &Job, version: u64) -> Result<StateDoc> {
    let text = [Some(job.organisation.clone()), Some(job.what.clone()), None, None];
    let columns = Columns { text, int: [Some(job.deadline), None, None, None] };
    Ok(StateDoc { collection: COLLECTION.to_owned(), id: job.id.clone(), version, doc: json(job)?, columns })
}

/// Records that a job begins. The second value says whether it is new: a repeat must not run it again.
///
/// # Errors
/// `journal.key_reused` for another request under the same key; those of the store.
pub fn start(workspace: &Workspace, asker: Asker<'_>, job: &Job, request: &[u8]) -> Result<(Job, bool)> {
    let body = json(job)?;
    let command = Command::new(asker.actor, &job.what, asker.key, request)
        .event(&stream(&job.id), Expected::Version(0), kind::STARTED, 1, body.clone())
        .put(doc(job, 1)?)
        .answer(body);
    let receipt = workspace.journal.append_blocking(command)?;
    if receipt.first_time {
        return Ok((job.clone(), true));
    }
    let now = get(workspace, &job.id)?;
    Ok((now.unwrap_or_else(|| job.clone()), false))
}

/// Records how a job ended; once.
///
/// # Errors
/// Those of the store.
pub fn finish(workspace: &Workspace, mut job: Job, outcome: Outcome) -> Result<Job> {
    job.outcome = Some(outcome);
    let body = json(&job)?;
    let command = Command::new("huoshui", "job.finish", &job.id, &body)
        .event(&stream(&job.id), Expected::Version(1), kind::FINISHED, 1, body)
        .put(doc(&job, 2)?);
    workspace.journal.append_blocking(command)?;
    Ok(job)
}

/// A job as it stands.
///
/// # Errors
/// Those of the store, `data.damaged`.
pub fn get(workspace: &Workspace, id: &str) -> Result<Option<Job>> {
    if id.is_empty() || id.len() > 100 || id.chars().any(char::is_control) {
        return Ok(None);
    }
    let Some(doc) = workspace.journal.state(COLLECTION, id)? else { return Ok(None) };
    let damaged = |_| Fault::new(&crate::faults::DAMAGED).with("what", format_args!("job/{id}"));
    serde_json::from_slice(&doc.doc).map(Some).map_err(damaged)
}

/// The document as it is after the event.
///
/// # Errors
/// `data.damaged`.
pub fn apply(event: &Event) -> Result<Option<StateDoc>> {
    match event.data.kind.as_str() {
        kind::STARTED | kind::FINISHED => doc(&body(event)?, event.version).map(Some),
        _ => Ok(None),
    }
}
