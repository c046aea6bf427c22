//! Objections of firms to values, and the departments' answers.

use axum::extract::State;
use axum::response::Response;
use huoshui_app::exchange::actor::Party;
use huoshui_app::exchange::corrections::{Objecting, Saying};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{actor, shown};
use crate::answer::{Answer, created, json, versioned};
use crate::extract::{At, Body, Cut, IfMatch, Key, Listed, Page, Permit};
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, raise)).routes(routes!(get)).routes(routes!(reply))
}

/// An objection to a value.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct ObjectionRaised {
    resource: String,
    /// The row's key fields with their values.
    #[schema(value_type = Object, required = false)]
    row: Value,
    field: String,
    /// What should be there.
    claimed: Value,
}

/// The caller's objections, those due first; all of them, to whoever runs or supervises the platform: neither rows, values nor
/// reasons.
#[utoipa::path(get, path = "/v1/exchange/objections", operation_id = "listObjections", tag = "exchange",
    security(("session" = [])), params(Cut), responses((status = 200, body = Listed<shown::ObjectionShown>)),
    extensions(("x-problems" = json!(["journal.bad_cursor", "request.bad_parameter"]))))]
async fn list(State(app): State<App>, permit: Permit, page: Page) -> Answer<Response> {
    let actor = actor(&permit)?;
    let (cursor, limit) = (page.cursor.clone(), page.limit);
    let found = app.store(move |app| app.exchange().objections(&actor, cursor.as_deref(), limit)).await?;
    Ok(json(page.listed(found.items, found.next)))
}

/// A firm objects to a value.
#[utoipa::path(post, path = "/v1/exchange/objections", operation_id = "raiseObjection", tag = "exchange",
    security(("session" = [])), request_body = ObjectionRaised, responses((status = 201, body = shown::ObjectionShown)),
    extensions(("x-problems" = json!(["exchange.objection", "exchange.unknown_resource", "exchange.no_objection"]))))]
async fn raise(State(app): State<App>, permit: Permit, key: Key, Body(what): Body<Objecting>) -> Answer<Response> {
    let actor = actor(&permit)?;
    let view = app.store(move |app| app.exchange().object(&actor, &key.0, &what)).await?;
    Ok(created(&format!("/v1/exchange/objections/{}", view.stored.objection.id), view))
}

/// One objection, for the firm and the department; without row, value and reason for whoever runs or supervises the platform. A recipient that had received a value since corrected reads which one it
/// was, and neither the wrong nor the right one.
#[utoipa::path(get, path = "/v1/exchange/objections/{objection}", operation_id = "getObjection", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(("objection" = String, Path)),
    responses((status = 200, body = shown::ObjectionSeen, headers(("ETag" = String)))),
    extensions(("x-problems" = json!(["exchange.no_objection"]))))]
async fn get(State(app): State<App>, permit: Permit, At(id): At<String>) -> Answer<Response> {
    let actor = actor(&permit)?;
    if matches!(actor.party, Party::Institution(..)) {
        return Ok(json(app.store(move |app| app.exchange().correction(&actor, &id)).await?));
    }
    let view = app.store(move |app| app.exchange().objection(&actor, &id)).await?;
    Ok(versioned(view.version, view))
}

/// The department answers: `{"accepted": {"corrected": …}}` or `{"rejected": {"reason": …}}`.
#[utoipa::path(post, path = "/v1/exchange/objections/{objection}/answer", operation_id = "answerObjection", tag = "exchange",
    security(("session" = [])), params(("objection" = String, Path)), request_body = Object,
    responses((status = 200, body = shown::ObjectionShown, headers(("ETag" = String)))),
    extensions(("x-if-match" = json!(true)),
        ("x-problems" = json!([
            "exchange.no_objection", "exchange.objection", "exchange.objection_closed", "exchange.corrected_value",
            "exchange.unknown_resource"
        ]))))]
async fn reply(
    State(app): State<App>,
    permit: Permit,
    key: Key,
    IfMatch(version): IfMatch,
    At(id): At<String>,
    Body(saying): Body<Saying>,
) -> Answer<Response> {
    let actor = actor(&permit)?;
    let answered = move |app: &App| app.exchange().answer_objection(&actor, &key.0, &id, &saying, version);
    let view = app.store(answered).await.map_err(|problem| IfMatch::failed(problem.fault))?;
    let forgotten = view.stored.objection.subject;
    app.exchange().remotes.sources.forget(&forgotten);
    Ok(versioned(view.version, view))
}
