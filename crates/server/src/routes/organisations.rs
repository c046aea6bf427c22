//! Organisations that take part.

use axum::extract::State;
use axum::response::Response;
use huoshui_app::access::events::Organisation as Kept;
use huoshui_app::access::{Kind, organisations};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, created, json};
use crate::extract::{Args, At, Body, Cut, Key, Listed, Page, Permit, bad_parameter};
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(get))
}

/// An organisation.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Organisation {
    /// 3 to 64 of a-z 0-9 . _ -
    #[schema(min_length = 3, max_length = 64)]
    id: String,
    /// enterprise, bank, insurer, guarantor, equity_investor, equity_market, department, regulator, operator.
    kind: String,
    /// A USCC, or an institution's or department's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    name_zh: String,
    name_en: String,
}

impl From<Kept> for Organisation {
    fn from(kept: Kept) -> Self {
        let Kept { id, kind, subject, name_zh, name_en, .. } = kept;
        Self { id, kind: kind.code().to_owned(), subject, name_zh, name_en }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only of this kind.
    kind: Option<String>,
}

fn kind(code: &str) -> Answer<Kind> {
    let all: Vec<&str> = Kind::ALL.iter().map(|k| k.code()).collect();
    Kind::from_code(code).ok_or_else(|| bad_parameter("kind", code, all.join(", ")))
}

/// Organisations, by id.
#[utoipa::path(get, path = "/v1/organisations", operation_id = "listOrganisations", tag = "access",
    security(("session" = []), ("key" = ["access:read"])), params(Which, Cut),
    responses((status = 200, body = Listed<Organisation>)),
    extensions(("x-problems" = json!(["request.bad_parameter", "journal.bad_cursor"]))))]
async fn list(State(app): State<App>, Args(which): Args<Which>, page: Page) -> Answer<Response> {
    let wanted = which.kind.as_deref().map(kind).transpose()?;
    let (cursor, limit) = (page.cursor.clone(), page.limit);
    let found = app.store(move |app| organisations::list(app.workspace(), wanted, cursor.as_deref(), limit)).await?;
    Ok(json(page.listed(found.items.into_iter().map(Organisation::from).collect(), found.next)))
}

/// Admits an organisation.
#[utoipa::path(post, path = "/v1/organisations", operation_id = "addOrganisation", tag = "access",
    security(("session" = [])), request_body = Organisation, responses((status = 201, body = Organisation)),
    extensions(("x-problems" = json!(["request.bad_parameter", "access.bad_name", "access.bad_text", "access.bad_subject", "access.exists"]))))]
async fn add(State(app): State<App>, permit: Permit, key: Key, Body(new): Body<Organisation>) -> Answer<Response> {
    let kind = kind(&new.kind)?;
    let Organisation { id, subject, name_zh, name_en, .. } = new;
    let kept = Kept { id, kind, subject, name_zh, name_en, demo: false };
    let added = app
        .store(move |app| {
            let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
            organisations::join(app.workspace(), asker, &kept)
        })
        .await?;
    Ok(created(&format!("/v1/organisations/{}", added.id), Organisation::from(added)))
}

/// One organisation.
#[utoipa::path(get, path = "/v1/organisations/{organisation}", operation_id = "getOrganisation", tag = "access",
    security(("session" = []), ("key" = ["access:read"])), params(("organisation" = String, Path)),
    responses((status = 200, body = Organisation)), extensions(("x-problems" = json!(["access.not_found"]))))]
async fn get(State(app): State<App>, At(id): At<String>) -> Answer<Response> {
    let found = app.store(move |app| organisations::get(app.workspace(), &id)).await?;
    Ok(json(Organisation::from(found)))
}
