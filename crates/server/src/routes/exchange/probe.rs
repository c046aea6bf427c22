//! A probe for whoever watches the service: sign-in, authorization and one durable write, and nothing else.

use axum::extract::State;
use axum::response::Response;
use huoshui_journal::{Command, Expected};
use serde_json::json as value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{actor, shown};
use crate::answer::{Answer, json};
use crate::extract::{Key, Permit};
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(probe))
}

/// Writes one durable event that says that the caller was here: tells whether the service can sign in, decide and write,
/// and how long that takes.
#[utoipa::path(post, path = "/v1/exchange/probe", operation_id = "probe", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:pull"])), responses((status = 200, body = shown::Probed)))]
async fn probe(State(app): State<App>, permit: Permit, key: Key) -> Answer<Response> {
    let account = actor(&permit)?.account;
    let command = Command::new(&account, "probe", &key.0, b"")
        .event(&format!("probe/{account}"), Expected::Any, "probe.made", 1, *b"{}")
        .answer(*b"{}");
    let receipt = app.workspace().journal.append(command).await?;
    Ok(json(value!({ "first_time": receipt.first_time })))
}
