//! Long work: how far it is, and how it ended.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use huoshui_app::jobs::{self as kept, Job as Kept, kind};
use huoshui_journal::Event;
use huoshui_kernel::fault::{Fault, Result};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, json};
use crate::authorize::Resource;
use crate::extract::{At, Permit};
use crate::inbox::{To, Told};
use crate::jobs::Stage;
use crate::state::App;
use crate::{faults, sse};

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get)).routes(routes!(watch))
}

/// A job.
#[derive(Clone, Serialize, ToSchema)]
pub struct Job {
    id: String,
    /// `filing.upload`, `registry.upload`, `verify`, `credit.what_if`.
    what: String,
    organisation: String,
    /// Where it stands.
    #[schema(value_type = JobState)]
    state: String,
    /// How far it is, where this server runs it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<Stage>,
    /// What came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<JobResult>)]
    result: Option<serde_json::Value>,
}

/// Where a job stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "the contract's form of its words")]
enum JobState {
    /// It waits or goes on.
    Running,
    /// Everything was done as asked.
    Done,
    /// It was refused, or ended in a fault: the result says why.
    Refused,
    /// The server that did it is gone.
    Lost,
}

/// What came of a job: of an import, of a verification, where the report of a what-if is, or the fault that ended it. It is
/// kept in the journal as it was written; this is its form.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "the contract's form of what is kept")]
enum JobResult {
    Imported(super::files::Imported),
    Verified(super::reports::VerifiedStore),
    Tried(super::credit::ReportKept),
    Failed(Failed),
}

/// The fault that ended a job.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "the contract's form of what is kept")]
struct Failed {
    fault: FaultShown,
}

/// A fault in a job's result.
#[derive(Serialize, ToSchema)]
#[allow(dead_code, reason = "the contract's form of the kernel's type")]
pub(super) struct FaultShown {
    /// Stable code.
    code: String,
    /// What happened.
    zh: String,
    en: String,
    /// What to do next; absent where the findings say it better.
    hint_zh: Option<String>,
    hint_en: Option<String>,
    /// The column or member at fault.
    field: Option<String>,
    /// The row at fault, as a spreadsheet counts.
    row: Option<u64>,
}

impl Job {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// A job as callers see it.
#[must_use]
pub fn shown(app: &App, job: Kept) -> Job {
    let stage = app.parts().jobs.watch(&job.id).map(|stage| stage.borrow().clone());
    let lost = job.outcome.is_none() && stage.is_none() && app.now() > job.deadline;
    let state = match &job.outcome {
        Some(outcome) if outcome.ok => "done",
        Some(_) => "refused",
        None if lost => "lost",
        None => "running",
    };
    let result = match job.outcome {
        Some(outcome) => Some(outcome.result),
        None => lost.then(|| serde_json::json!({ "fault": Fault::new(&faults::JOB_LOST) })),
    };
    Job { id: job.id, what: job.what, organisation: job.organisation, state: state.to_owned(), stage, result }
}

fn find(app: &App, id: &str) -> Result<Kept> {
    kept::get(app.workspace(), id)?.ok_or_else(|| Fault::new(&faults::NO_JOB).with("id", id))
}

async fn permitted(app: &App, permit: &Permit, id: String) -> Answer<Kept> {
    let job = app.store(move |app| find(app, &id)).await?;
    permit.on(&Resource::in_organisation(job.organisation.clone()))?;
    Ok(job)
}

/// A job as it stands.
#[utoipa::path(get, path = "/v1/jobs/{job}", operation_id = "getJob", tag = "jobs",
    security(("session" = []), ("key" = ["jobs:read"])), params(("job" = String, Path)),
    responses((status = 200, body = Job)), extensions(("x-resource" = json!("job")), ("x-problems" = json!(["job.not_found"]))))]
async fn get(State(app): State<App>, At(id): At<String>, permit: Permit) -> Answer<Response> {
    let job = permitted(&app, &permit, id).await?;
    Ok(json(shown(&app, job)))
}

/// A job's progress: server-sent events `progress`, and `end` at last. It begins with the job as it stands, so that there is
/// nothing to resume.
#[utoipa::path(get, path = "/v1/jobs/{job}/events", operation_id = "watchJob", tag = "jobs",
    security(("session" = []), ("key" = ["jobs:read"])), params(("job" = String, Path)),
    responses((status = 200, body = Job, content_type = "text/event-stream")),
    extensions(("x-resource" = json!("job")), ("x-problems" = json!(["job.not_found"]))))]
async fn watch(State(app): State<App>, At(id): At<String>, permit: Permit) -> Answer<Response> {
    let job = permitted(&app, &permit, id).await?;
    let id = job.id.clone();
    let source = app.clone();
    sse::open(&app, move |sink| async move {
        let mut number = 0;
        let mut last = String::new();
        loop {
            let (key, reader) = (id.clone(), source.clone());
            let Ok(job) = reader.store(move |app| find(app, &key)).await else { return };
            let job = shown(&source, job);
            let text = serde_json::to_string(&job).unwrap_or_default();
            if text != last {
                number += 1;
                last = text;
                let name = if job.state == "running" { "progress" } else { "end" };
                if !sse::send(&sink, number, name, &job) {
                    return;
                }
            }
            if job.state != "running" {
                return;
            }
            // A stage moves many times a second; a person reads it a few times.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    })
}

/// What the inbox says of jobs: how those of the organisation ended.
#[must_use]
pub fn notices(event: &Event) -> Vec<(To, Told)> {
    if event.data.kind != kind::FINISHED {
        return Vec::new();
    }
    let Ok(job) = serde_json::from_slice::<Kept>(&event.data.body) else { return Vec::new() };
    let ok = job.outcome.as_ref().is_some_and(|o| o.ok);
    let at = format!("/v1/jobs/{}", job.id);
    vec![(To::Organisation(job.organisation), Told::Finished { job: job.id, did: job.what, ok, at })]
}
