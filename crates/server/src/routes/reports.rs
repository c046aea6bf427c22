//! The regulator's report, and verification.

use axum::extract::State;
use axum::response::Response;
use huoshui_app::brief::{Cover, Prepared};
use huoshui_app::jobs::{self, Job as Kept, Outcome};
use huoshui_app::progress::{Progress, Silent};
use huoshui_app::verify::{self, Verified};
use huoshui_journal::Finding;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::jobs::{Job, shown};
use crate::answer::{Answer, accepted, page, text};
use crate::extract::{Args, Key, Language, Permit, bad_parameter, date, known_at};
use crate::jobs::LIFE;
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(brief)).routes(routes!(verification))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// As-of date.
    as_of: String,
    /// Only what was recorded until then is seen.
    known_at: Option<String>,
    /// `html` (when nothing is said) or `md`.
    format: Option<String>,
}

/// The report, in the language asked for.
#[utoipa::path(get, path = "/v1/brief", operation_id = "getBrief", tag = "figures",
    security(("session" = []), ("key" = ["figures:read"])), params(Asked),
    responses((status = 200, content((String = "text/html; charset=utf-8"), (String = "text/markdown; charset=utf-8")))),
    extensions(("x-problems" = json!(["request.bad_parameter", "date.invalid", "data.nothing_filed", "data.no_roster", "limit.questions"]))))]
async fn brief(
    State(app): State<App>,
    Args(asked): Args<Asked>,
    permit: Permit,
    Language(lang): Language,
) -> Answer<Response> {
    let as_of = date("as_of", &asked.as_of)?;
    let known_at = known_at(asked.known_at.as_deref())?;
    let html = match asked.format.as_deref() {
        None | Some("html") => true,
        Some("md") => false,
        Some(other) => return Err(bad_parameter("format", other, "html, md")),
    };
    let brief = app
        .question(&permit.caller(), move |app| {
            let city = app.city(known_at)?;
            let generated = huoshui_app::beijing(app.now());
            let cover = Cover { generated, known_at: known_at.map(huoshui_app::beijing), regulator: None };
            Prepared::new(&city, as_of, cover, &Silent)?.render(lang)
        })
        .await?;
    Ok(if html { page(brief.html) } else { text("text/markdown; charset=utf-8", brief.markdown) })
}

/// Verifies the whole store: chains, seals, documents, files. Answers with a job.
#[utoipa::path(post, path = "/v1/verifications", operation_id = "verify", tag = "service",
    security(("session" = []), ("key" = ["verify:run"])), responses((status = 202, body = Job)),
    extensions(("x-problems" = json!(["job.full"]))))]
async fn verification(State(app): State<App>, permit: Permit, key: Key) -> Answer<Response> {
    let organisation = permit.actor()?.organisation.clone();
    let start = move |app: &App| {
        let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
        let (id, deadline) = (jobs::id(asker, "verify"), app.now() + LIFE);
        let job = Kept { id, what: "verify".to_owned(), organisation, subject: None, deadline, outcome: None };
        jobs::start(app.workspace(), asker, &job, b"verify")
    };
    let work = |app: &App, progress: &dyn Progress| {
        let verified = verify::run(app.workspace(), &verify::Kept::default(), progress)?;
        Ok(Outcome { ok: verified.is_sound(), result: said(&verified) })
    };
    let job = app.begin_job(start, work).await?;
    let shown = shown(&app, job);
    Ok(accepted(&format!("/v1/jobs/{}", shown.id()), shown))
}

/// Findings that a job's result holds.
const SHOWN: usize = 200;

/// What a verification found; the first 200 of each.
#[derive(Serialize, ToSchema)]
pub(super) struct VerifiedStore {
    /// Whether nothing is wrong.
    sound: bool,
    events: u64,
    streams: u64,
    /// Events under a seal.
    sealed: u64,
    /// Events that wait for one.
    unsealed: u64,
    seals: u64,
    receipts: u64,
    documents: u64,
    /// Files that events name.
    files: u64,
    findings: Vec<Found>,
    damaged: Vec<DamagedFile>,
}

/// One thing wrong, and where.
#[derive(Serialize, ToSchema)]
struct Found {
    /// `changed`, `missing`, `unreadable`, `unordered`, `unanswered`, `order`, `root`, `signature`, `signed`,
    /// `published`, `receipt`, `state`, `fold`, `store`.
    #[schema(value_type = String)]
    problem: serde_json::Value,
    #[schema(required = true)]
    stream: Option<String>,
    #[schema(required = true)]
    version: Option<u64>,
    /// The event's place in the sealed order.
    #[schema(required = true)]
    position: Option<u64>,
    /// The record otherwise at fault, or what exactly differs.
    #[schema(required = true)]
    detail: Option<String>,
}

/// A file that is not what an event says of it.
#[derive(Serialize, ToSchema)]
struct DamagedFile {
    /// What the file is called where it is named.
    file: String,
    /// SHA-256 of what should be there, hexadecimal.
    blob: String,
    /// The event that names it.
    event: String,
}

fn said(verified: &Verified) -> serde_json::Value {
    let j = &verified.journal;
    let found = |f: &Finding| Found {
        problem: serde_json::to_value(f.problem).unwrap_or_default(),
        stream: f.stream.clone(),
        version: f.version,
        position: f.position,
        detail: f.detail.clone(),
    };
    let damaged = verified.damaged.iter().take(SHOWN);
    let damaged =
        damaged.map(|(file, blob, event)| DamagedFile { file: file.clone(), blob: blob.clone(), event: event.clone() });
    let shown = VerifiedStore {
        sound: verified.is_sound(),
        events: j.events,
        streams: j.streams,
        sealed: j.sealed,
        unsealed: j.unsealed,
        seals: j.seals,
        receipts: j.receipts,
        documents: j.states,
        files: verified.files,
        findings: j.findings.iter().take(SHOWN).map(found).collect(),
        damaged: damaged.collect(),
    };
    serde_json::to_value(shown).unwrap_or_default()
}
