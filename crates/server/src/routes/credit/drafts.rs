//! Drafts of credit policies: what they would change, and the steps until they are in force.

use axum::extract::State;
use axum::response::Response;
use huoshui_app::credit::drafts::{Does, Question, Text};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actor;
use super::decisions::LoanRequest;
use crate::answer::{Answer, created, json};
use crate::extract::{At, Body, Cut, Key, Page, Permit};
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(draft, list))
        .routes(routes!(get))
        .routes(routes!(what_if))
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
}

/// A step: `validate` with the what-if's question, `approve` with the day, `publish`, `withdraw` with the reason.
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
    reason: Option<String>,
}

/// Puts a draft. It must load with all other policies.
#[utoipa::path(post, path = "/v1/credit/drafts", operation_id = "draftPolicy", tag = "credit",
    security(("session" = [])), request_body = DraftText, responses((status = 201, body = Value)),
    extensions(("x-problems" = json!(["credit.draft_kind", "policy.file_name", "policy.too_large",
        "credit.policy_unreadable", "credit.policy_duplicate", "credit.policy_contradiction", "credit.policy_formula",
        "credit.bins", "limit.questions"]))))]
async fn draft(State(app): State<App>, permit: Permit, key: Key, Body(file): Body<Text>) -> Answer<Response> {
    let actor = actor(&permit)?;
    let made = app.question(&permit.caller(), move |app| app.credit().draft(&actor, &key.0, &file)).await?;
    Ok(created(&format!("/v1/credit/drafts/{}", made.id), made))
}

/// The drafts.
#[utoipa::path(get, path = "/v1/credit/drafts", operation_id = "listDrafts", tag = "credit",
    security(("session" = [])), params(Cut), responses((status = 200, body = Value)),
    extensions(("x-problems" = json!(["journal.bad_cursor"]))))]
async fn list(State(app): State<App>, page: Page) -> Answer<Response> {
    let (limit, cursor) = (page.limit, page.cursor.clone());
    let found = app.store(move |app| app.credit().drafts(cursor.as_deref(), limit)).await?;
    Ok(json(page.listed(found.items, found.next)))
}

/// A draft.
#[utoipa::path(get, path = "/v1/credit/drafts/{draft}", operation_id = "getDraft", tag = "credit",
    security(("session" = [])), params(("draft" = String, Path)), responses((status = 200, body = Value)),
    extensions(("x-problems" = json!(["credit.no_draft"]))))]
async fn get(State(app): State<App>, At(id): At<String>) -> Answer<Response> {
    Ok(json(app.store(move |app| app.credit().drafted(&id)).await?))
}

/// What a draft would change: who flips among all enterprises, by tier, district and industry.
#[utoipa::path(post, path = "/v1/credit/drafts/{draft}/what-if", operation_id = "whatIf", tag = "credit",
    security(("session" = [])), params(("draft" = String, Path)), request_body = WhatIfQuestion,
    responses((status = 200, body = Value)),
    extensions(("x-problems" = json!(["credit.no_draft", "credit.no_data", "credit.unknown", "credit.value",
        "credit.bank_inputs", "limit.questions"]))))]
async fn what_if(
    State(app): State<App>,
    permit: Permit,
    _key: Key,
    At(id): At<String>,
    Body(question): Body<Question>,
) -> Answer<Response> {
    let ask = move |app: &App| {
        let report = app.credit().what_if(&id, &question)?;
        Ok(serde_json::json!({ "hash": report.hash()?, "report": report }))
    };
    Ok(json(app.question(&permit.caller(), ask).await?))
}

/// Takes a step with a draft. Developer, validator and approver are three persons.
#[utoipa::path(post, path = "/v1/credit/drafts/{draft}/steps", operation_id = "stepDraft", tag = "credit",
    security(("session" = [])), params(("draft" = String, Path)), request_body = DraftStep,
    responses((status = 200, body = Value)),
    extensions(("x-problems" = json!(["credit.no_draft", "credit.governance", "credit.draft_cases", "credit.draft_dates",
        "credit.no_data", "credit.unknown", "credit.value", "credit.bank_inputs", "limit.questions"]))))]
async fn step(
    State(app): State<App>,
    permit: Permit,
    key: Key,
    At(id): At<String>,
    Body(does): Body<Does>,
) -> Answer<Response> {
    let actor = actor(&permit)?;
    let stepped = move |app: &App| app.credit().step(&actor, &key.0, &id, &does);
    Ok(json(app.question(&permit.caller(), stepped).await?))
}
