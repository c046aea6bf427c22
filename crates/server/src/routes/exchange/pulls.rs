//! Pulls and verifications: what leaves, or the refusal with its code.

use axum::extract::State;
use axum::response::Response;
use huoshui_app::exchange::pull::{Check, Order, Pulled};
use serde_json::{Value, json as value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{actor, raw, shown};
use crate::Problem;
use crate::answer::Answer;
use crate::extract::{Body, Key, Permit};
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(pull)).routes(routes!(claims))
}

/// Fields of one resource.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct Want {
    resource: String,
    /// None for all that were granted.
    #[schema(required = false)]
    fields: Vec<String>,
}

/// A pull.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct PullOrder {
    /// The consent's id.
    consent: String,
    /// Code of the purpose.
    purpose: String,
    /// None for all that was granted.
    #[schema(required = false)]
    wants: Vec<Want>,
    #[schema(format = Date)]
    data_from: Option<String>,
    #[schema(format = Date)]
    data_to: Option<String>,
    /// For personal fields: the id of the natural person's own consent.
    personal: Option<String>,
}

/// A claimed value.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct Claim {
    resource: String,
    /// The row's key fields with their values.
    #[schema(value_type = Object, required = false)]
    row: Value,
    field: String,
    /// Fen, parts per million, `2025-09-30`, a code, a text.
    value: Value,
}

/// Claims to be verified.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct ClaimCheck {
    consent: String,
    purpose: String,
    #[schema(min_items = 1, max_items = 40)]
    claims: Vec<Claim>,
    personal: Option<String>,
}

fn answer(pulled: Pulled) -> Answer<Response> {
    match pulled {
        Pulled::Answered(body, _) => Ok(raw(body)),
        Pulled::Refused(refusal) => {
            let outcome = value!({ "recorded": refusal.outcome, "first": refusal.first });
            Err(Problem::from(refusal.fault).outcome(outcome))
        }
    }
}

/// Pulls a firm's data under a consent. The answer is signed and its entry is in the firm's log before it leaves. A
/// repeat under the same idempotency key gets the first outcome, without data.
#[utoipa::path(post, path = "/v1/exchange/pulls", operation_id = "pull", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:pull"])), request_body = PullOrder,
    responses((status = 200, body = shown::SignedAnswer)),
    extensions(("x-problems" = json!(["exchange.not_a_recipient", "exchange.unknown_consent", "exchange.wrong_recipient",
        "exchange.wrong_purpose", "exchange.purpose_changed", "exchange.not_granted", "exchange.declined", "exchange.paused",
        "exchange.revoked", "exchange.expired", "exchange.wrong_mode", "exchange.personal_consent", "exchange.wrong_field",
        "exchange.wrong_range", "exchange.schema_moved", "exchange.frequency", "exchange.replayed"]))))]
async fn pull(State(app): State<App>, permit: Permit, key: Key, Body(order): Body<Order>) -> Answer<Response> {
    answer(app.exchange().pull(&actor(&permit)?, &key.0, &order).await?)
}

/// Verifies claimed values: match, no match or unknown leaves, and no value.
#[utoipa::path(post, path = "/v1/exchange/claims", operation_id = "verifyClaims", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:pull"])), request_body = ClaimCheck,
    responses((status = 200, body = shown::SignedAnswer)),
    extensions(("x-problems" = json!(["exchange.not_a_recipient", "exchange.unknown_consent", "exchange.wrong_recipient",
        "exchange.wrong_purpose", "exchange.purpose_changed", "exchange.not_granted", "exchange.declined", "exchange.paused",
        "exchange.revoked", "exchange.expired", "exchange.wrong_mode", "exchange.personal_consent", "exchange.wrong_field",
        "exchange.wrong_range", "exchange.schema_moved", "exchange.frequency", "exchange.replayed", "exchange.claim"]))))]
async fn claims(State(app): State<App>, permit: Permit, key: Key, Body(check): Body<Check>) -> Answer<Response> {
    answer(app.exchange().verify_claims(&actor(&permit)?, &key.0, &check).await?)
}
