//! Drafts of credit policies: what they would change, and the steps until they are in force.

use axum::extract::State;
use axum::response::Response;
use huoshui_app::credit::drafts::{Does, Question, Text};
use huoshui_app::jobs::{self, Job as Kept, Outcome};
use huoshui_app::progress::{Progress, Silent};
use huoshui_kernel::fault::Fault;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actor;
use super::decisions::LoanRequest;
use super::shown::{Offered, PolicyDrafted, WhatIf};
use crate::answer::{Answer, accepted, created, json, versioned};
use crate::extract::{At, Body, Cut, IfMatch, Key, Listed, Page, Permit};
use crate::faults;
use crate::jobs::LIFE;
use crate::routes::jobs::{Job, shown};
use crate::state::App;

/// What the job does.
const WHAT_IF: &str = "credit.what_if";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(draft, list))
        .routes(routes!(get))
        .routes(routes!(what_if))
        .routes(routes!(begin))
        .routes(routes!(report))
        .routes(routes!(products))
        .routes(routes!(step))
}

/// A policy file that shall take the place of the one of its name.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct DraftText {
    /// `features`, `tags`, `gates`, `scorecards` or `products`.
    kind: String,
    /// `NAME.toml`.
    file: String,
    /// The whole text.
    text: String,
    /// Cases of its own; a bank's own product needs some.
    cases: Option<String>,
}

/// What is asked of a draft.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct WhatIfQuestion {
    request: LoanRequest,
    /// The day whose rules are tried.
    #[schema(format = Date)]
    effective_from: String,
    /// The date of the departments' data.
    #[schema(format = Date)]
    as_of: String,
    /// The bank's inputs assumed for every firm; without them a good case, which the report names.
    #[schema(value_type = Option<Object>)]
    assumed: Option<Value>,
    /// The product in force that a new one is compared with.
    compared_with: Option<String>,
}

/// A step: `validate` with the what-if's question or `validate_with` with the hash of a report that is kept, `approve` with the
/// day, `publish`, `withdraw` with the reason.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct DraftStep {
    step: String,
    request: Option<LoanRequest>,
    #[schema(format = Date)]
    effective_from: Option<String>,
    #[schema(format = Date)]
    as_of: Option<String>,
    #[schema(value_type = Option<Object>)]
    assumed: Option<Value>,
    compared_with: Option<String>,
    reason: Option<String>,
    what_if: Option<String>,
}

/// Of a what-if's job: the draft and the hash under which its report is read. Whoever sees jobs need not be who may read it.
#[derive(Serialize, ToSchema)]
pub(in crate::routes) struct ReportKept {
    draft: String,
    what_if: String,
}

/// Puts a draft: the platform's policies by its operator, a bank's own products by the bank. It must load with all other
/// policies.
#[utoipa::path(post, path = "/v1/credit/drafts", operation_id = "draftPolicy", tag = "credit",
    security(("session" = [])), request_body = DraftText, responses((status = 201, body = PolicyDrafted)),
    extensions(("x-problems" = json!(["credit.draft_kind", "credit.draft_owner", "credit.draft_cases", "credit.draft_untested", "policy.file_name", "policy.too_large",
        "credit.policy_unreadable", "credit.policy_duplicate", "credit.policy_contradiction", "credit.policy_formula",
        "credit.bins", "limit.questions"]))))]
async fn draft(State(app): State<App>, permit: Permit, key: Key, Body(file): Body<Text>) -> Answer<Response> {
    let actor = actor(&permit)?;
    let made = app.question(&permit.caller(), move |app| app.credit().draft(&actor, &key.0, &file)).await?;
    Ok(created(&format!("/v1/credit/drafts/{}", made.id), made))
}

/// The drafts: a bank's own, or the platform's.
#[utoipa::path(get, path = "/v1/credit/drafts", operation_id = "listDrafts", tag = "credit",
    security(("session" = [])), params(Cut), responses((status = 200, body = Listed<PolicyDrafted>)),
    extensions(("x-problems" = json!(["journal.bad_cursor"]))))]
async fn list(State(app): State<App>, permit: Permit, page: Page) -> Answer<Response> {
    let actor = actor(&permit)?;
    let (limit, cursor) = (page.limit, page.cursor.clone());
    let found = app.store(move |app| app.credit().drafts(&actor, cursor.as_deref(), limit)).await?;
    Ok(json(page.listed(found.items, found.next)))
}

/// A draft.
#[utoipa::path(get, path = "/v1/credit/drafts/{draft}", operation_id = "getDraft", tag = "credit",
    security(("session" = [])), params(("draft" = String, Path)),
    responses((status = 200, body = PolicyDrafted, headers(("ETag" = String)))),
    extensions(("x-problems" = json!(["credit.no_draft"]))))]
async fn get(State(app): State<App>, permit: Permit, At(id): At<String>) -> Answer<Response> {
    let actor = actor(&permit)?;
    let found = app.store(move |app| app.credit().drafted(&actor, &id)).await?;
    Ok(versioned(found.version, found))
}

/// What a draft would change: how many flip among all enterprises, by tier, district and industry: in tens, none of fewer than
/// twenty firms. Answered
/// within a question's time: for a larger city begin a job.
#[utoipa::path(post, path = "/v1/credit/drafts/{draft}/what-if", operation_id = "whatIf", tag = "credit",
    security(("session" = [])), params(("draft" = String, Path)), request_body = WhatIfQuestion,
    responses((status = 200, body = WhatIf)),
    extensions(("x-problems" = json!(["credit.no_draft", "credit.no_data", "credit.no_product", "credit.product_suspended", "credit.unknown",
        "credit.value", "credit.bank_inputs", "credit.lpr", "limit.questions"]))))]
async fn what_if(
    State(app): State<App>,
    permit: Permit,
    _key: Key,
    At(id): At<String>,
    Body(question): Body<Question>,
) -> Answer<Response> {
    let actor = actor(&permit)?;
    let ask = move |app: &App| {
        let report = app.credit().what_if(&actor, &id, &question, &Silent)?;
        Ok(serde_json::json!({ "hash": report.hash()?, "report": report }))
    };
    Ok(json(app.question(&permit.caller(), ask).await?))
}

/// The same as a job: its progress at `/v1/jobs/{job}/events`, its result the hash under which the report is then read.
#[utoipa::path(post, path = "/v1/credit/drafts/{draft}/what-if-jobs", operation_id = "beginWhatIf", tag = "credit",
    security(("session" = [])), params(("draft" = String, Path)), request_body = WhatIfQuestion,
    responses((status = 202, body = Job)),
    extensions(("x-problems" = json!(["credit.no_draft", "credit.no_product", "credit.product_suspended", "job.full", "journal.key_reused"]))))]
async fn begin(
    State(app): State<App>,
    permit: Permit,
    key: Key,
    At(id): At<String>,
    Body(question): Body<Question>,
) -> Answer<Response> {
    let (actor, organisation) = (actor(&permit)?, permit.actor()?.organisation.clone());
    let (asking, draft, kept_under) = (actor.clone(), id.clone(), key.0.clone());
    let request = serde_json::to_vec(&(&id, &question)).map_err(|_| Fault::new(&faults::INTERNAL))?;
    let start = move |app: &App| {
        app.credit().drafted(&asking, &draft)?;
        let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
        let (id, what, deadline) = (jobs::id(asker, WHAT_IF), WHAT_IF.to_owned(), app.now() + LIFE);
        let job = Kept { id, what, organisation, subject: None, deadline, outcome: None };
        jobs::start(app.workspace(), asker, &job, &request)
    };
    let work = move |app: &App, progress: &dyn Progress| {
        let kept = app.credit().keep_what_if(&actor, &kept_under, &id, &question, progress)?;
        let result = serde_json::json!(ReportKept { draft: kept.draft, what_if: kept.what_if });
        Ok(Outcome { ok: true, result })
    };
    let job = app.begin_job(start, work).await?;
    let shown = shown(&app, job);
    Ok(accepted(&format!("/v1/jobs/{}", shown.id()), shown))
}

/// A report of what-if that is kept: of a job, or attached by a validator.
#[utoipa::path(get, path = "/v1/credit/drafts/{draft}/what-ifs/{hash}", operation_id = "getWhatIf", tag = "credit",
    security(("session" = [])), params(("draft" = String, Path), ("hash" = String, Path)),
    responses((status = 200, body = WhatIf)),
    extensions(("x-problems" = json!(["credit.no_draft", "credit.no_report"]))))]
async fn report(State(app): State<App>, permit: Permit, At((id, hash)): At<(String, String)>) -> Answer<Response> {
    let actor = actor(&permit)?;
    let read = move |app: &App| {
        let report = app.credit().report(&actor, &id, &hash)?;
        Ok(serde_json::json!({ "hash": hash, "report": report }))
    };
    Ok(json(app.store(read).await?))
}

/// The products in force today: the templates, and a bank's own.
#[utoipa::path(get, path = "/v1/credit/products", operation_id = "listProducts", tag = "credit",
    security(("session" = []), ("key" = ["credit:read"])), params(Cut), responses((status = 200, body = Listed<Offered>)))]
async fn products(State(app): State<App>, permit: Permit, page: Page) -> Answer<Response> {
    let (actor, today) = (actor(&permit)?, app.today()?);
    let all = app.store(move |app| app.credit().products(&actor, today)).await?;
    Ok(json(page.cut(all.into_iter(), |offer| offer.product.code.clone())))
}

/// Takes a step with a draft. Developer, validator and approver are three persons.
#[utoipa::path(post, path = "/v1/credit/drafts/{draft}/steps", operation_id = "stepDraft", tag = "credit",
    security(("session" = [])), params(("draft" = String, Path)), request_body = DraftStep,
    responses((status = 200, body = PolicyDrafted, headers(("ETag" = String)))),
    extensions(("x-if-match" = json!(true)), ("x-problems" = json!(["credit.no_draft", "credit.not_three_persons", "credit.governance", "credit.draft_cases", "credit.draft_dates",
        "credit.no_report", "credit.report_outdated", "credit.no_product", "credit.product_suspended", "credit.no_data", "credit.unknown", "credit.value", "credit.bank_inputs", "credit.lpr", "limit.questions"]))))]
async fn step(
    State(app): State<App>,
    permit: Permit,
    key: Key,
    IfMatch(version): IfMatch,
    At(id): At<String>,
    Body(does): Body<Does>,
) -> Answer<Response> {
    let actor = actor(&permit)?;
    let stepped = move |app: &App| app.credit().step(&actor, &key.0, (&id, version), &does);
    let after = app.question(&permit.caller(), stepped).await.map_err(|problem| IfMatch::failed(problem.fault))?;
    Ok(versioned(after.version, after))
}
