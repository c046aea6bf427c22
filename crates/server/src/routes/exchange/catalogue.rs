//! What departments publish, and what for it may be asked for.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use huoshui_app::exchange::rulebook::InForce;
use huoshui_exchange::catalogue::Resource;
use huoshui_exchange::clock;
use huoshui_exchange::purpose::Purpose;
use serde_json::{Value, json as value};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shown;
use crate::answer::{Answer, json};
use crate::extract::{At, Cut, Listed, Page};
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(resources))
        .routes(routes!(resource))
        .routes(routes!(purposes))
        .routes(routes!(key))
}

/// What is in force, whichever process published it.
async fn in_force(app: &App) -> Answer<Arc<InForce>> {
    Ok(app.exchange().in_force().await?)
}

/// The data resources that apply today, by code.
#[utoipa::path(get, path = "/v1/exchange/resources", operation_id = "listResources", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(Cut),
    responses((status = 200, body = Listed<shown::ResourceLine>)), extensions(("x-problems" = json!(["request.bad_parameter"]))))]
async fn resources(State(app): State<App>, page: Page) -> Answer<Response> {
    let today = clock::day(app.now());
    let rules = in_force(&app).await?;
    let mut sorted: Vec<_> = rules.catalogue.in_force(today).collect();
    sorted.sort_by(|a, b| a.code.cmp(&b.code));
    let cut = page.cut(sorted.into_iter(), |r| r.code.clone());
    let remotes = &app.exchange().remotes;
    let line = |r: &Resource| {
        value!({ "code": r.code, "zh": r.zh, "en": r.en, "department": r.department, "schema": r.schema,
            "cycle": r.cycle, "release": r.release, "fields": r.fields.len(), "remote": remotes.has(&r.code) })
    };
    Ok(json(Listed { items: cut.items.into_iter().map(line).collect::<Vec<Value>>(), next: cut.next }))
}

/// One resource: its fields, cycle, retention and rules of quality.
#[utoipa::path(get, path = "/v1/exchange/resources/{resource}", operation_id = "getResource", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(("resource" = String, Path)),
    responses((status = 200, body = shown::ResourceDetail)), extensions(("x-problems" = json!(["exchange.unknown_resource"]))))]
async fn resource(State(app): State<App>, At(code): At<String>) -> Answer<Response> {
    let today = clock::day(app.now());
    Ok(json(in_force(&app).await?.catalogue.find(&code, today)?))
}

/// The purposes under which consents can be asked for, with their caps; by code and version.
#[utoipa::path(get, path = "/v1/exchange/purposes", operation_id = "listPurposes", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(Cut),
    responses((status = 200, body = Listed<shown::PurposeLine>)), extensions(("x-problems" = json!(["request.bad_parameter"]))))]
async fn purposes(State(app): State<App>, page: Page) -> Answer<Response> {
    let today = clock::day(app.now());
    let rules = in_force(&app).await?;
    let key = |p: &&Purpose| format!("{} {:010}", p.code, p.version);
    let mut sorted: Vec<_> = rules.purposes.iter().filter(|p| p.applies(today)).collect();
    sorted.sort_by_key(key);
    Ok(json(page.cut(sorted.into_iter(), key)))
}

/// The platform's public key, which checks answers, consents and proofs.
#[utoipa::path(get, path = "/v1/exchange/key", operation_id = "getPublicKey", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), responses((status = 200, body = shown::PublicPem)))]
async fn key(State(app): State<App>) -> Answer<Response> {
    let pem = app.store(|app| huoshui_app::seal::public_pem(app.workspace())).await?;
    Ok(json(value!({ "pem": pem })))
}
