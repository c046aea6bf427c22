//! Profiles: computed anew under a consent, or read while they are kept; and what a firm sees of itself.

use axum::extract::State;
use axum::response::Response;
use huoshui_app::credit::city;
use huoshui_app::exchange::pull::Order;
use huoshui_kernel::Uscc;
use serde_json::json as value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actor;
use super::shown::{OwnProfile, ProfileGiven, ProfileListed};
use crate::answer::{Answer, json};
use crate::extract::{At, Body, Cut, Key, Listed, Page, Permit};
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(refresh, list)).routes(routes!(get)).routes(routes!(own))
}

/// For what a profile is computed.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct ProfileOrder {
    /// The consent's id.
    consent: String,
    /// Code of the purpose.
    purpose: String,
}

/// Computes a profile anew from what a pull under the consent releases: values, tags, radar and score where the purpose
/// hands out values; tags, radar and score, and not one raw field, under a purpose of tags and scores. The pull is counted
/// and stands in the firm's log.
#[utoipa::path(post, path = "/v1/credit/profiles", operation_id = "refreshProfile", tag = "credit",
    security(("session" = []), ("key" = ["credit:profile"])), request_body = ProfileOrder,
    responses((status = 200, body = ProfileGiven)),
    extensions(("x-problems" = json!(["exchange.not_a_recipient", "exchange.unknown_consent", "exchange.wrong_recipient",
        "exchange.wrong_purpose", "exchange.purpose_changed", "exchange.not_granted", "exchange.declined", "exchange.paused",
        "exchange.revoked", "exchange.expired", "exchange.wrong_mode", "exchange.personal_consent", "exchange.wrong_field",
        "exchange.wrong_range", "exchange.schema_moved", "exchange.frequency", "exchange.replayed", "credit.in_progress",
        "credit.profile_erased", "credit.source_shape", "journal.busy"]))))]
async fn refresh(State(app): State<App>, permit: Permit, key: Key, Body(order): Body<Order>) -> Answer<Response> {
    Ok(json(app.credit().refresh(&actor(&permit)?, &key.0, &order).await?))
}

/// The profiles that the institution had computed, newest first, without values.
#[utoipa::path(get, path = "/v1/credit/profiles", operation_id = "listProfiles", tag = "credit",
    security(("session" = []), ("key" = ["credit:profile"])), params(Cut), responses((status = 200, body = Listed<ProfileListed>)),
    extensions(("x-problems" = json!(["journal.bad_cursor", "exchange.not_a_recipient"]))))]
async fn list(State(app): State<App>, permit: Permit, page: Page) -> Answer<Response> {
    let actor = actor(&permit)?;
    let (limit, cursor) = (page.limit, page.cursor.clone());
    let found = app.store(move |app| app.credit().profiles(&actor, cursor.as_deref(), limit)).await?;
    Ok(json(page.listed(found.items, found.next)))
}

/// A profile that the institution had computed, while the consent lets it be kept.
#[utoipa::path(get, path = "/v1/credit/profiles/{profile}", operation_id = "getProfile", tag = "credit",
    security(("session" = []), ("key" = ["credit:profile"])), params(("profile" = String, Path)),
    responses((status = 200, body = ProfileGiven)),
    extensions(("x-problems" = json!(["credit.no_profile", "credit.profile_erased", "exchange.revoked", "exchange.not_a_recipient"]))))]
async fn get(State(app): State<App>, permit: Permit, At(id): At<String>) -> Answer<Response> {
    Ok(json(app.credit().profile(&actor(&permit)?, &id).await?))
}

/// The enterprise's own profile today, from what departments gave the platform.
#[utoipa::path(get, path = "/v1/credit/enterprises/{enterprise}/profile", operation_id = "getOwnProfile", tag = "credit",
    security(("session" = []), ("key" = ["credit:profile"])), params(("enterprise" = String, Path)),
    responses((status = 200, body = OwnProfile)),
    extensions(("x-problems" = json!(["credit.no_data", "credit.unknown_firm", "uscc.*", "limit.questions"]))))]
async fn own(State(app): State<App>, permit: Permit, At(uscc): At<String>) -> Answer<Response> {
    let uscc = Uscc::parse(&uscc)?;
    let today = app.today()?;
    let shown = move |app: &App| {
        let rules = app.credit().book.on(today)?.rules;
        let profile = city::profile(&app.credit().held, &rules, uscc, today)?;
        let (tags, radar) = (rules.tags(&profile), rules.radar(&profile));
        Ok(value!({ "uscc": profile.uscc, "as_of": today, "tags": tags, "radar": radar, "profile": profile }))
    };
    Ok(json(app.question(&permit.caller(), shown).await?))
}
