//! Departments: their batches, their health, the quality of what they give.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use huoshui_app::access::Asker;
use huoshui_app::exchange::{batches, quality};
use huoshui_app::import::report::Outcome;
use huoshui_exchange::clock;
use huoshui_kernel::fault::Fault;
use serde::Serialize;
use serde_json::json as value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shown;
use crate::answer::{Answer, json};
use crate::config::Config;
use crate::extract::{At, Cut, Key, Listed, Page, Permit};
use crate::routes::files::one;
use crate::state::App;
use crate::{Problem, faults};

pub(super) fn routes(config: &Config) -> OpenApiRouter<App> {
    let upload = OpenApiRouter::new().routes(routes!(batch)).layer(DefaultBodyLimit::max(config.limits.upload_bytes));
    OpenApiRouter::new().routes(routes!(health)).routes(routes!(standing)).merge(upload)
}

/// How each remote department does: breaker, last success and failure, latency, cache; by department.
#[utoipa::path(get, path = "/v1/exchange/sources", operation_id = "listSources", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(Cut),
    responses((status = 200, body = Listed<shown::SourceHealth>)), extensions(("x-problems" = json!(["request.bad_parameter"]))))]
async fn health(State(app): State<App>, page: Page) -> Answer<Response> {
    let mut sorted = app.exchange().remotes.sources.health();
    sorted.sort_by(|a, b| a.department.cmp(&b.department));
    Ok(json(page.cut(sorted.into_iter(), |health| health.department.clone())))
}

/// Quality of what departments give: freshness, completeness, validity of the last batch of each resource; by resource.
#[utoipa::path(get, path = "/v1/exchange/quality", operation_id = "listQuality", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(Cut),
    responses((status = 200, body = Listed<shown::SourceQuality>)), extensions(("x-problems" = json!(["request.bad_parameter"]))))]
async fn standing(State(app): State<App>, permit: Permit, page: Page) -> Answer<Response> {
    let caller = permit.caller();
    let mut sorted = app
        .question(&caller, |app| {
            let today = clock::day(app.now());
            let exchange = app.exchange();
            let is_remote = |code: &str| exchange.remotes.has(code);
            quality::standing(app.workspace(), &exchange.rules.now()?.catalogue, today, &is_remote)
        })
        .await?;
    sorted.sort_by(|a, b| a.resource.cmp(&b.resource));
    Ok(json(page.cut(sorted.into_iter(), |standing| standing.resource.clone())))
}

/// What became of a batch. A repeat under the same key gets the first answer.
#[derive(Serialize, ToSchema)]
struct Taken {
    /// applied, already_there.
    outcome: &'static str,
    /// Rows of the batch.
    rows: u64,
    /// What was counted in it: firms, those that the registry does not know, rows that break a rule of quality.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    changes: Option<BTreeMap<String, u64>>,
}

/// A department uploads a batch, `RESOURCE.DATE.whole.csv` or `….change.parquet`: taken whole or refused whole.
#[utoipa::path(post, path = "/v1/exchange/departments/{department}/batches/{file}", operation_id = "uploadBatch",
    tag = "exchange", security(("session" = []), ("key" = ["exchange:upload"])),
    params(("department" = String, Path), ("file" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 200, body = Taken)),
    extensions(("x-problems" = json!(["exchange.unknown_resource", "import.in_future", "batch.*",
        "file.*", "csv.*", "row.*", "table.*", "parquet.*", "limit.questions"]))))]
async fn batch(
    State(app): State<App>,
    permit: Permit,
    key: Key,
    At((department, file)): At<(String, String)>,
    body: Body,
) -> Answer<Response> {
    let (caller, named) = (permit.caller(), file.clone());
    // The name comes from outside: only a plain one ever touches the disk.
    let plain = !file.contains(['/', '\\']) && !file.contains("..") && file.len() <= 200;
    if !plain {
        return Err(Fault::new(&huoshui_app::faults::BATCH_NAME).with("file", file).into());
    }
    let asker = (permit.asker(&key)?.actor.to_owned(), key.0.clone());
    // All of it is on disk before it takes a place among the questions.
    let (folder, path) = one(&app, &file, body).await?;
    let outcome = app
        .question(&caller, move |app| {
            let _kept = folder;
            let asker = Asker { actor: &asker.0, key: &asker.1 };
            let uploaded = batches::Uploaded { department: &department, path: &path };
            batches::upload(app.workspace(), &app.exchange().rules.now()?.catalogue, asker, &uploaded, app.now())
        })
        .await?;
    match outcome {
        Outcome::Applied { rows, changes, .. } | Outcome::WouldApply { rows, changes, .. } => {
            Ok(json(Taken { outcome: "applied", rows, changes: Some(changes) }))
        }
        Outcome::AlreadyThere { rows } => Ok(json(Taken { outcome: "already_there", rows, changes: None })),
        Outcome::Refused { count, faults, .. } => Err(refused(&named, count, faults)),
    }
}

/// Findings that a refusal shows.
const SHOWN: usize = 50;

/// The first fault says what to do; beside it are how many there are, and the first of them. Where the platform keeps the
/// list is nobody's business outside.
fn refused(batch: &str, errors: u64, found: Vec<Fault>) -> Problem {
    let mut found = found.into_iter();
    let Some(mut first) = found.next() else { return Fault::new(&faults::INTERNAL).into() };
    if first.code() == huoshui_app::faults::BATCH_REFUSED.code {
        let whole = Fault::new(&huoshui_app::faults::BATCH_REFUSED).with("batch", batch).with("errors", errors);
        first = whole.with("report", "outcome.findings");
    }
    let findings: Vec<_> = found.take(SHOWN).collect();
    Problem::from(first).outcome(value!({ "errors": errors, "findings": findings }))
}
