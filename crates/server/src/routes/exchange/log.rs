//! The access log, and proofs of its lines.

use axum::extract::State;
use axum::response::Response;
use huoshui_kernel::Uscc;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{actor, shown};
use crate::answer::{Answer, json};
use crate::extract::{Args, At, Permit};
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(log))
        .routes(routes!(proof))
        .routes(routes!(refusals))
        .routes(routes!(refusal_proof))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Before {
    /// Lines before this version, from `next` of the page before.
    before: Option<u64>,
    /// Lines at most, 50 when nothing is said.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
}

/// An enterprise's own log: who asked for its data, under which consent, and how it ended. Newest first.
#[utoipa::path(get, path = "/v1/exchange/enterprises/{enterprise}/log", operation_id = "readAccessLog", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(("enterprise" = String, Path), Before),
    responses((status = 200, body = shown::AccessLines)), extensions(("x-problems" = json!(["uscc.*", "request.bad_parameter"]))))]
async fn log(State(app): State<App>, At(enterprise): At<String>, Args(page): Args<Before>) -> Answer<Response> {
    let uscc = Uscc::parse(&enterprise)?;
    let limit = super::within(page.limit.unwrap_or(50), 200)?;
    Ok(json(app.store(move |app| app.exchange().log(&uscc, page.before, limit)).await?))
}

/// The proof of a line: `huoshui verify --proof FILE --key PUBLIC.pem` checks it offline.
#[utoipa::path(get, path = "/v1/exchange/enterprises/{enterprise}/log/{version}/proof", operation_id = "getAccessProof",
    tag = "exchange", security(("session" = []), ("key" = ["exchange:read"])),
    params(("enterprise" = String, Path), ("version" = u64, Path)), responses((status = 200, body = shown::EntryProof)),
    extensions(("x-problems" = json!(["exchange.no_entry", "journal.not_sealed"]))))]
async fn proof(
    State(app): State<App>,
    permit: Permit,
    At((_enterprise, version)): At<(String, u64)>,
) -> Answer<Response> {
    let actor = actor(&permit)?;
    Ok(json(app.store(move |app| app.exchange().proof(&actor, version)).await?))
}

/// An institution's refusals that stand in no enterprise's log, newest first.
#[utoipa::path(get, path = "/v1/exchange/institutions/{institution}/refusals", operation_id = "readRefusals", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(("institution" = String, Path), Before),
    responses((status = 200, body = shown::AccessLines)), extensions(("x-problems" = json!(["exchange.no_entry", "request.bad_parameter"]))))]
async fn refusals(State(app): State<App>, At(institution): At<String>, Args(page): Args<Before>) -> Answer<Response> {
    let limit = super::within(page.limit.unwrap_or(50), 200)?;
    Ok(json(app.store(move |app| app.exchange().refusals(&institution, page.before, limit)).await?))
}

/// The proof of a refusal.
#[utoipa::path(get, path = "/v1/exchange/institutions/{institution}/refusals/{version}/proof",
    operation_id = "getRefusalProof", tag = "exchange", security(("session" = []), ("key" = ["exchange:read"])),
    params(("institution" = String, Path), ("version" = u64, Path)), responses((status = 200, body = shown::EntryProof)),
    extensions(("x-problems" = json!(["exchange.no_entry", "journal.not_sealed"]))))]
async fn refusal_proof(
    State(app): State<App>,
    permit: Permit,
    At((_institution, version)): At<(String, u64)>,
) -> Answer<Response> {
    let actor = actor(&permit)?;
    Ok(json(app.store(move |app| app.exchange().proof(&actor, version)).await?))
}
