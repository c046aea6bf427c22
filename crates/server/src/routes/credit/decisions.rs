//! Decisions: instant, explained, replayed, overridden, counted.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huoshui_app::access::Kind;
use huoshui_app::credit::decisions::Application;
use huoshui_app::credit::monitor::{Period, Reader};
use huoshui_app::credit::overrides::Said;
use huoshui_kernel::Date;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actor;
use super::shown::{
    CreditCounts, DecisionAnswered, DecisionListed, DecisionReplayed, DecisionShown, DecisionStored, ExplanationBranch,
};
use crate::answer::{Answer, json, ready, versioned};
use crate::extract::{Args, At, Body, Cut, IfMatch, Key, Listed, Page, Permit};
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(decide, list))
        .routes(routes!(get))
        .routes(routes!(explanation))
        .routes(routes!(replay))
        .routes(routes!(overrides))
        .routes(routes!(erase))
        .routes(routes!(monitor))
}

/// What a firm asks for.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
pub(super) struct LoanRequest {
    /// Code of the product.
    product: String,
    /// The amount, fen.
    amount_fen: i64,
    /// The tenor, months.
    #[schema(minimum = 0, maximum = 65535)]
    months: u32,
    /// Code of the purpose of the loan.
    purpose: String,
    /// The loan prime rate of the day and tenor, parts per million: 3.00 % is 30000.
    #[schema(minimum = 0, maximum = 200_000)]
    lpr_ppm: i64,
}

/// An application.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct LoanApplication {
    /// The consent under which the firm's data are pulled.
    consent: String,
    /// Code of the consent's purpose.
    purpose: String,
    request: LoanRequest,
    /// The bank's own inputs: rows by relation, cells by column.
    #[schema(value_type = Option<Object>)]
    bank_inputs: Option<Value>,
    /// The bank's own number of the application: under it the bank gets one decision, whatever the key, the account and
    /// the server.
    #[schema(min_length = 1, max_length = 64)]
    number: Option<String>,
    /// The id of a profile that the bank refreshed today under this consent and purpose: the decision rests on it and
    /// nothing is pulled. Without it the data are pulled now.
    profile: Option<String>,
}

/// Why a person decides otherwise.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct OverrideSaid {
    lend: bool,
    /// A code of the product's list of reasons.
    reason: String,
    /// In words, ten characters at least.
    note: String,
}

/// Decides an application at once, on a profile that the bank refreshed today or else on what a pull under the consent
/// releases now, and on the bank's own inputs. Of one profile any number of products and amounts may be decided; the consent
/// is looked at anew each time, so that a revocation works from the very next decision. The lists of policies and of inputs
/// with their hashes are in the decision as it is read. A repeat under
/// the same key gets the same decision, whichever server it reaches; so does the same application under the bank's number
/// of it, whatever the key. Another application under that number is refused.
#[utoipa::path(post, path = "/v1/credit/decisions", operation_id = "decide", tag = "credit",
    security(("session" = []), ("key" = ["credit:decide"])), request_body = LoanApplication,
    responses((status = 200, body = DecisionAnswered)),
    extensions(("x-problems" = json!(["exchange.not_a_recipient", "exchange.unknown_consent", "exchange.wrong_recipient",
        "exchange.wrong_purpose", "exchange.purpose_changed", "exchange.not_granted", "exchange.declined", "exchange.paused",
        "exchange.revoked", "exchange.expired", "exchange.wrong_mode", "exchange.personal_consent", "exchange.wrong_field",
        "exchange.wrong_range", "exchange.schema_moved", "exchange.frequency", "exchange.replayed", "credit.in_progress",
        "credit.values_only", "credit.no_product", "credit.product_suspended", "credit.application_number", "credit.number_taken",
        "credit.inputs_erased", "credit.no_profile", "credit.profile_old", "credit.profile_consent", "credit.profile_erased",
        "credit.bank_inputs", "credit.lpr", "credit.value", "credit.source_shape",
        "journal.key_reused", "journal.busy"]))))]
async fn decide(State(app): State<App>, permit: Permit, key: Key, Body(asked): Body<Application>) -> Answer<Response> {
    Ok(ready(app.credit().decide(&actor(&permit)?, &key.0, &Arc::new(asked)).await?.into_json()?))
}

/// Decisions, newest first: a bank's own with codes of reasons, line and overrides; for supervisors everyone's, that they were made
/// and how they ended.
#[utoipa::path(get, path = "/v1/credit/decisions", operation_id = "listDecisions", tag = "credit",
    security(("session" = []), ("key" = ["credit:read"])), params(Cut), responses((status = 200, body = Listed<DecisionListed>)),
    extensions(("x-problems" = json!(["journal.bad_cursor"]))))]
async fn list(State(app): State<App>, permit: Permit, page: Page) -> Answer<Response> {
    let actor = actor(&permit)?;
    let (limit, cursor) = (page.limit, page.cursor.clone());
    let found = app.store(move |app| app.credit().page(&actor, cursor.as_deref(), limit)).await?;
    Ok(json(page.listed(found.items, found.next)))
}

/// A decision of the bank with every policy that took part, and, while its inputs are kept, with its reasons in words and
/// every value that was read as a salted hash with its sources.
#[utoipa::path(get, path = "/v1/credit/decisions/{decision}", operation_id = "getDecision", tag = "credit",
    security(("session" = []), ("key" = ["credit:read"])), params(("decision" = String, Path)),
    responses((status = 200, body = DecisionShown, headers(("ETag" = String)))), extensions(("x-problems" = json!(["credit.no_decision"]))))]
async fn get(State(app): State<App>, permit: Permit, At(id): At<String>) -> Answer<Response> {
    let actor = actor(&permit)?;
    let found = app.store(move |app| app.credit().decision(&actor, &id)).await?;
    Ok(versioned(found.stored.version, found))
}

/// A decision as a tree: what was looked at, what it gave, which part decided.
#[utoipa::path(get, path = "/v1/credit/decisions/{decision}/explanation", operation_id = "explainDecision", tag = "credit",
    security(("session" = []), ("key" = ["credit:read"])), params(("decision" = String, Path)),
    responses((status = 200, body = ExplanationBranch)),
    extensions(("x-problems" = json!(["credit.no_decision", "credit.inputs_erased"]))))]
async fn explanation(State(app): State<App>, permit: Permit, At(id): At<String>) -> Answer<Response> {
    let actor = actor(&permit)?;
    Ok(json(app.store(move |app| app.credit().explain(&actor, &id)).await?))
}

/// Makes a decision again from its inputs under the policies of its time, and compares the bytes.
#[utoipa::path(get, path = "/v1/credit/decisions/{decision}/replay", operation_id = "replayDecision", tag = "credit",
    security(("session" = []), ("key" = ["credit:read"])), params(("decision" = String, Path)),
    responses((status = 200, body = DecisionReplayed)),
    extensions(("x-problems" = json!(["credit.no_decision", "credit.inputs_erased", "limit.questions"]))))]
async fn replay(State(app): State<App>, permit: Permit, At(id): At<String>) -> Answer<Response> {
    let actor = actor(&permit)?;
    Ok(json(app.question(&permit.caller(), move |app| app.credit().replay(&actor, &id)).await?))
}

/// A person decides otherwise than the rules. An administrator of the bank acts for head office.
#[utoipa::path(post, path = "/v1/credit/decisions/{decision}/overrides", operation_id = "overrideDecision", tag = "credit",
    security(("session" = [])), params(("decision" = String, Path)), request_body = OverrideSaid,
    responses((status = 200, body = DecisionStored, headers(("ETag" = String)))),
    extensions(("x-if-match" = json!(true)), ("x-problems" = json!(["credit.no_decision", "credit.override", "credit.override_reason"]))))]
async fn overrides(
    State(app): State<App>,
    permit: Permit,
    key: Key,
    IfMatch(version): IfMatch,
    At(id): At<String>,
    Body(said): Body<Said>,
) -> Answer<Response> {
    let (actor, head) = (actor(&permit)?, permit.actor()?.admin);
    let done = move |app: &App| app.credit().override_decision(&actor, head, &key.0, (&id, version), &said);
    let stored = app.store(done).await.map_err(|problem| IfMatch::failed(problem.fault))?;
    Ok(versioned(stored.version, stored))
}

/// Erases what a decision rests on; its record stays.
#[utoipa::path(delete, path = "/v1/credit/decisions/{decision}/inputs", operation_id = "eraseDecisionInputs", tag = "credit",
    security(("session" = [])), params(("decision" = String, Path)), responses((status = 204)),
    extensions(("x-problems" = json!(["journal.copy_left", "credit.no_decision"]))))]
async fn erase(State(app): State<App>, permit: Permit, key: Key, At(id): At<String>) -> Answer<Response> {
    let actor = actor(&permit)?;
    app.store(move |app| app.credit().erase_inputs(&actor, &key.0, &id)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Days from and to which decisions are counted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Days {
    /// The first day; a year before the last where nothing is said. At most 400 days are counted.
    #[param(value_type = Option<String>)]
    from: Option<Date>,
    /// The last day; today where nothing is said.
    #[param(value_type = Option<String>)]
    to: Option<Date>,
}

/// Counts of the decisions of a period by outcome and product: a bank's own, with reasons, grades and overrides; everyone's for
/// supervisors, for the regulator with grades.
#[utoipa::path(get, path = "/v1/credit/monitor", operation_id = "getCreditMonitor", tag = "credit",
    security(("session" = []), ("key" = ["credit:read"])), params(Days), responses((status = 200, body = CreditCounts)),
    extensions(("x-problems" = json!(["request.bad_parameter", "credit.period", "limit.questions"]))))]
async fn monitor(State(app): State<App>, Args(days): Args<Days>, permit: Permit) -> Answer<Response> {
    let (actor, period) = (actor(&permit)?, Period { from: days.from, to: days.to });
    let reader = match permit.actor()?.kind {
        Kind::Operator => Reader::Operator,
        Kind::Regulator => Reader::Regulator,
        _ => Reader::Bank,
    };
    Ok(json(app.question(&permit.caller(), move |app| app.credit().monitor(&actor, reader, period)).await?))
}
