//! Consents: asked for by recipients, granted and ended by the enterprise.

use axum::extract::State;
use axum::response::Response;
use huoshui_app::exchange::consents::{Signing, Wanted, Which};
use huoshui_app::exchange::notices;
use huoshui_exchange::consent::{State as Stand, Step};
use huoshui_kernel::Uscc;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{actor, consent, shown};
use crate::answer::{Answer, created, json, versioned};
use crate::extract::{Args, At, Body, Cut, IfMatch, Key, Listed, Page, Permit, bad_parameter};
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, request))
        .routes(routes!(get))
        .routes(routes!(step))
        .routes(routes!(receipt))
        .routes(routes!(inbox))
}

/// Fields of one resource that are asked for.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct Ask {
    #[schema(max_length = 40)]
    resource: String,
    /// None for all that the purpose allows.
    #[schema(required = false)]
    fields: Vec<String>,
}

/// At most so many pulls in so many days.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct Frequency {
    #[schema(minimum = 1)]
    count: u32,
    #[schema(minimum = 1)]
    days: u32,
}

/// A consent that is wanted. The asker's own institution is always a recipient.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the use case's type")]
struct ConsentRequest {
    /// The enterprise's USCC.
    #[schema(min_length = 18, max_length = 18)]
    subject: String,
    /// For a natural person's own consent: that person's account.
    person: Option<String>,
    /// Other institutions that shall receive as well, by code.
    #[schema(required = false)]
    also: Vec<String>,
    /// Code of the purpose.
    purpose: String,
    /// None for everything that the purpose allows.
    #[schema(required = false)]
    asks: Vec<Ask>,
    #[schema(format = Date)]
    data_from: String,
    #[schema(format = Date)]
    data_to: String,
    /// Life once granted, days.
    #[schema(minimum = 1)]
    days: u16,
    frequency: Frequency,
    /// How long what was got may be kept, days.
    #[schema(minimum = 1)]
    retention_days: u16,
}

/// A step of the signer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConsentStep {
    /// grant, decline, pause, resume, revoke.
    #[schema(value_type = String)]
    step: Step,
    /// legal_representative, authorised_agent, oneself: what is on record of the account.
    #[schema(value_type = String)]
    authority: huoshui_exchange::consent::Authority,
    /// Number of the written authorisation, for an agent; where it is given it must be the one on record.
    authorisation: Option<String>,
    /// The version that was decided upon; refused when it has moved since.
    version: Option<u64>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// requested, declined, granted, paused, revoked: as the events say; what the clock ended is in each item's state, and
    /// cannot be asked for.
    state: Option<String>,
    /// Only of this enterprise.
    subject: Option<String>,
    #[serde(rename = "limit")]
    #[param(minimum = 1, maximum = 500)]
    _limit: Option<u32>,
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

/// The consents to which the caller is a party, the last changed first.
#[utoipa::path(get, path = "/v1/exchange/consents", operation_id = "listConsents", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(Filter), responses((status = 200, body = Listed<shown::ConsentShown>)),
    extensions(("x-problems" = json!(["journal.bad_cursor", "request.bad_parameter", "uscc.*"]))))]
async fn list(State(app): State<App>, permit: Permit, Args(filter): Args<Filter>, page: Page) -> Answer<Response> {
    let actor = actor(&permit)?;
    let state = match filter.state.as_deref().filter(|s| !s.is_empty()) {
        None => None,
        Some(text) => {
            let state = serde_json::from_value::<Stand>(Value::from(text)).ok();
            // No event says it: it would find nothing, whatever has expired.
            let state = state.filter(|state| *state != Stand::Expired);
            Some(state.ok_or_else(|| bad_parameter("state", text, "requested, declined, granted, paused, revoked"))?)
        }
    };
    let subject = filter.subject.as_deref().filter(|s| !s.is_empty()).map(Uscc::parse).transpose()?;
    let which = Which { state, subject };
    let (cursor, limit) = (page.cursor.clone(), page.limit);
    let found = app.store(move |app| app.exchange().consents(&actor, &which, cursor.as_deref(), limit)).await?;
    Ok(json(page.listed(found.items.iter().map(consent).collect(), found.next)))
}

/// Asks an enterprise for a consent.
#[utoipa::path(post, path = "/v1/exchange/consents", operation_id = "requestConsent", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:request"])), request_body = ConsentRequest,
    responses((status = 201, body = shown::ConsentShown)),
    extensions(("x-problems" = json!(["exchange.not_a_recipient", "exchange.unknown_firm", "exchange.unknown_institution",
        "exchange.unknown_purpose", "exchange.recipient_kind", "exchange.not_allowed", "exchange.over_cap",
        "exchange.consent_request", "exchange.unknown_resource"]))))]
async fn request(State(app): State<App>, permit: Permit, key: Key, Body(wanted): Body<Wanted>) -> Answer<Response> {
    let actor = actor(&permit)?;
    let view = app.store(move |app| app.exchange().request(&actor, &key.0, &wanted)).await?;
    Ok(created(&format!("/v1/exchange/consents/{}", view.id), consent(&view)))
}

/// A consent, for its parties.
#[utoipa::path(get, path = "/v1/exchange/consents/{consent}", operation_id = "getConsent", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(("consent" = String, Path)),
    responses((status = 200, body = shown::ConsentShown, headers(("ETag" = String)))),
    extensions(("x-problems" = json!(["exchange.unknown_consent"]))))]
async fn get(State(app): State<App>, permit: Permit, At(id): At<String>) -> Answer<Response> {
    let actor = actor(&permit)?;
    let view = app.store(move |app| app.exchange().consent(&actor, &id)).await?;
    Ok(versioned(view.version, consent(&view)))
}

/// The enterprise's signer, or the natural person, grants, declines, pauses, resumes or revokes. With `If-Match`, or with
/// `version`, only if the consent has not moved since it was read.
#[utoipa::path(post, path = "/v1/exchange/consents/{consent}/steps", operation_id = "stepConsent", tag = "exchange",
    security(("session" = [])), request_body = ConsentStep,
    params(("consent" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that was decided upon.")),
    responses((status = 200, body = shown::ConsentShown, headers(("ETag" = String)))),
    extensions(("x-problems" = json!(["exchange.unknown_consent", "exchange.consent_step", "exchange.not_the_signer",
        "exchange.not_identified", "exchange.authority_ended", "exchange.another_person",
        "exchange.unknown_purpose", "exchange.schema_moved", "exchange.moved_on", "request.if_match_failed"]))))]
async fn step(
    State(app): State<App>,
    permit: Permit,
    key: Key,
    At(id): At<String>,
    seen: Option<IfMatch>,
    Body(step): Body<ConsentStep>,
) -> Answer<Response> {
    let actor = actor(&permit)?;
    let seen = seen.map(|IfMatch(version)| version).or(step.version);
    let signing = Signing { authority: step.authority, authorisation: step.authorisation };
    let view = app.store(move |app| app.exchange().step(&actor, &key.0, &id, step.step, &signing, seen)).await?;
    Ok(versioned(view.version, consent(&view)))
}

/// The caller's receipt of a granted consent.
#[utoipa::path(get, path = "/v1/exchange/consents/{consent}/receipt", operation_id = "getConsentReceipt", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(("consent" = String, Path)),
    responses((status = 200, body = shown::ConsentReceipt)),
    extensions(("x-problems" = json!(["exchange.unknown_consent", "exchange.not_granted", "exchange.unknown_purpose"]))))]
async fn receipt(State(app): State<App>, permit: Permit, At(id): At<String>) -> Answer<Response> {
    let actor = actor(&permit)?;
    Ok(json(app.store(move |app| app.exchange().consent_receipt(&actor, &id)).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// `party`, when nothing is said, or `person`: those to the caller as a natural person, which nobody else reads.
    whose: Option<String>,
}

/// Notices of the exchange to the caller's party, or to the caller in person, newest first.
#[utoipa::path(get, path = "/v1/exchange/notices", operation_id = "listExchangeNotices", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(Whose, Cut), responses((status = 200, body = Listed<shown::ExchangeNotice>)),
    extensions(("x-problems" = json!(["journal.bad_cursor", "request.bad_parameter"]))))]
async fn inbox(State(app): State<App>, permit: Permit, Args(of): Args<Whose>, page: Page) -> Answer<Response> {
    let actor = actor(&permit)?;
    let address = match of.whose.as_deref() {
        None | Some("party") => actor.party.address(),
        // A machine's id is no account's, and nobody is asked as one.
        Some("person") => huoshui_app::exchange::actor::person(&actor.account),
        Some(other) => return Err(bad_parameter("whose", other, "party, person")),
    };
    let (cursor, limit) = (page.cursor.clone(), page.limit);
    let found = app.store(move |app| notices::page(app.workspace(), &address, cursor.as_deref(), limit)).await?;
    Ok(json(page.listed(found.items, found.next)))
}
