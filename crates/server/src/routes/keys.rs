//! Keys of an organisation's machines.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::Response;
use huoshui_app::access::events::ApiKey as Kept;
use huoshui_app::access::keys::{self, Wanted};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, created, json, versioned};
use crate::extract::{At, Body, Cut, IfMatch, Key, Listed, Page, Permit};
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, issue)).routes(routes!(get, revoke))
}

/// A key.
#[derive(Serialize, ToSchema)]
struct ApiKey {
    id: String,
    organisation: String,
    /// What it is for.
    name: String,
    /// What it may be used for.
    scopes: BTreeSet<String>,
    /// Until when it holds, in Beijing.
    expires_at: String,
    revoked: bool,
}

/// A key just issued.
#[derive(Serialize, ToSchema)]
struct Issued {
    #[serde(flatten)]
    key: ApiKey,
    /// Send it as `Authorization: Bearer`; it is given in this answer only.
    token: String,
}

/// A key that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKey {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Scopes, as the operations of the contract name them.
    scopes: BTreeSet<String>,
    /// Its life in days.
    #[schema(minimum = 1, maximum = 400)]
    days: u32,
}

impl From<Kept> for ApiKey {
    fn from(kept: Kept) -> Self {
        let Kept { id, organisation, name, scopes, expires_at, revoked } = kept;
        Self { id, organisation, name, scopes, expires_at: huoshui_app::beijing(expires_at), revoked }
    }
}

fn of(app: &App, organisation: &str, id: &str) -> Result<(Kept, u64)> {
    let (key, version) = keys::versioned(app.workspace(), id)?;
    if key.organisation == organisation {
        return Ok((key, version));
    }
    Err(Fault::new(&huoshui_app::access::faults::NOT_FOUND).with("what", "key").with("id", id))
}

/// An organisation's keys, by id.
#[utoipa::path(get, path = "/v1/organisations/{organisation}/keys", operation_id = "listKeys", tag = "access",
    security(("session" = [])), params(("organisation" = String, Path), Cut),
    responses((status = 200, body = Listed<ApiKey>)), extensions(("x-problems" = json!(["journal.bad_cursor", "request.bad_parameter"]))))]
async fn list(State(app): State<App>, At(organisation): At<String>, page: Page) -> Answer<Response> {
    let (cursor, limit) = (page.cursor.clone(), page.limit);
    let found = app.store(move |app| keys::list(app.workspace(), &organisation, cursor.as_deref(), limit)).await?;
    Ok(json(page.listed(found.items.into_iter().map(ApiKey::from).collect(), found.next)))
}

/// Issues a key. A repeat under the same idempotency key gives the same key again.
#[utoipa::path(post, path = "/v1/organisations/{organisation}/keys", operation_id = "issueKey", tag = "access",
    security(("session" = [])), params(("organisation" = String, Path)), request_body = NewKey,
    responses((status = 201, body = Issued)),
    extensions(("x-problems" = json!(["access.bad_text", "access.bad_scope", "access.bad_life", "access.not_found"]))))]
async fn issue(
    State(app): State<App>,
    At(organisation): At<String>,
    permit: Permit,
    key: Key,
    Body(new): Body<NewKey>,
) -> Answer<Response> {
    let known = app.parts().contract.scopes().into_keys().collect();
    let (issued, token) = app
        .store(move |app| {
            let wanted = Wanted { organisation, name: new.name, scopes: new.scopes, days: new.days };
            let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
            keys::issue(app.workspace(), asker, &wanted, &known, &app.parts().seed, app.now())
        })
        .await?;
    let at = format!("/v1/organisations/{}/keys/{}", issued.organisation, issued.id);
    Ok(created(&at, Issued { key: ApiKey::from(issued), token }))
}

/// One key.
#[utoipa::path(get, path = "/v1/organisations/{organisation}/keys/{key}", operation_id = "getKey", tag = "access",
    security(("session" = [])), params(("organisation" = String, Path), ("key" = String, Path)),
    responses((status = 200, body = ApiKey, headers(("ETag" = String)))), extensions(("x-problems" = json!(["access.not_found"]))))]
async fn get(State(app): State<App>, At((organisation, id)): At<(String, String)>) -> Answer<Response> {
    let (key, version) = app.store(move |app| of(app, &organisation, &id)).await?;
    Ok(versioned(version, ApiKey::from(key)))
}

/// Revokes a key for good.
#[utoipa::path(delete, path = "/v1/organisations/{organisation}/keys/{key}", operation_id = "revokeKey", tag = "access",
    security(("session" = [])), params(("organisation" = String, Path), ("key" = String, Path)),
    responses((status = 200, body = ApiKey)),
    extensions(("x-if-match" = json!(true)), ("x-problems" = json!(["access.not_found"]))))]
async fn revoke(
    State(app): State<App>,
    At((organisation, id)): At<(String, String)>,
    permit: Permit,
    key: Key,
    IfMatch(version): IfMatch,
) -> Answer<Response> {
    let revoked = app
        .store(move |app| {
            of(app, &organisation, &id)?;
            let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
            let revoked = keys::revoke(app.workspace(), asker, &id, Some(version))?;
            app.forget(&format!("key:{id}"));
            Ok(revoked)
        })
        .await
        .map_err(|problem| IfMatch::failed(problem.fault))?;
    Ok(json(ApiKey::from(revoked)))
}
