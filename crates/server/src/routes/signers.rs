//! Who may sign consents for a firm.

use axum::extract::State;
use axum::response::Response;
use huoshui_app::access::events::{Right, Signer as Kept};
use huoshui_app::access::faults;
use huoshui_app::access::signers::{self, Appointment};
use huoshui_exchange::consent::Authority;
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, json, versioned};
use crate::extract::{At, Body, Cut, IfMatch, Key, Listed, Page, Permit};
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get, appoint, end))
}

/// An account that may sign for its firm.
#[derive(Serialize, ToSchema)]
struct Signer {
    login: String,
    organisation: String,
    /// USCC of the firm.
    firm: String,
    /// legal_representative, authorised_agent.
    authority: &'static str,
    /// Of an agent: number of the written authorisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    authorisation: Option<String>,
    /// Of an agent: the day of the authorisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    from: Option<String>,
    /// Of an agent: the last day on which the agent may sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    until: Option<String>,
    /// Whether it ended.
    ended: bool,
}

/// By what right an account is to sign.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignerWanted {
    /// legal_representative, for an account whose holder's identity was checked; authorised_agent.
    #[schema(value_type = String)]
    authority: Authority,
    /// Of an agent: number of the written authorisation.
    #[schema(min_length = 1, max_length = 60)]
    authorisation: Option<String>,
    /// Of an agent: the day of the authorisation.
    #[schema(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Of an agent: the last day on which the agent may sign.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
}

impl From<Kept> for Signer {
    fn from(kept: Kept) -> Self {
        let Kept { login, organisation, firm, right, ended } = kept;
        let (authority, authorisation, from, until) = match right {
            Right::LegalRepresentative { .. } => ("legal_representative", None, None, None),
            Right::AuthorisedAgent { authorisation, from, until } => {
                ("authorised_agent", Some(authorisation), Some(from.to_string()), Some(until.to_string()))
            }
        };
        Self { login, organisation, firm: firm.to_string(), authority, authorisation, from, until, ended }
    }
}

impl SignerWanted {
    fn appointment(self) -> Result<Appointment> {
        match (self.authority, self.authorisation, self.from, self.until) {
            (Authority::LegalRepresentative, None, None, None) => Ok(Appointment::LegalRepresentative),
            (Authority::AuthorisedAgent, Some(authorisation), Some(from), Some(until)) => {
                Ok(Appointment::AuthorisedAgent { authorisation, from, until })
            }
            _ => Err(Fault::new(&faults::BAD_AUTHORISATION).field("authority")),
        }
    }
}

/// A firm's signers, by login, those that ended with them.
#[utoipa::path(get, path = "/v1/organisations/{organisation}/signers", operation_id = "listSigners", tag = "access",
    security(("session" = [])), params(("organisation" = String, Path), Cut),
    responses((status = 200, body = Listed<Signer>)), extensions(("x-problems" = json!(["journal.bad_cursor", "request.bad_parameter"]))))]
async fn list(State(app): State<App>, At(organisation): At<String>, page: Page) -> Answer<Response> {
    let (cursor, limit) = (page.cursor.clone(), page.limit);
    let found = app.store(move |app| signers::list(app.workspace(), &organisation, cursor.as_deref(), limit)).await?;
    Ok(json(page.listed(found.items.into_iter().map(Signer::from).collect(), found.next)))
}

/// One signer, one that ended as well.
#[utoipa::path(get, path = "/v1/organisations/{organisation}/signers/{account}", operation_id = "getSigner", tag = "access",
    security(("session" = [])), params(("organisation" = String, Path), ("account" = String, Path)),
    responses((status = 200, body = Signer, headers(("ETag" = String)))), extensions(("x-problems" = json!(["access.not_found"]))))]
async fn get(State(app): State<App>, At((organisation, login)): At<(String, String)>) -> Answer<Response> {
    let (signer, version) = app.store(move |app| signers::versioned(app.workspace(), &organisation, &login)).await?;
    Ok(versioned(version, Signer::from(signer)))
}

/// Puts on record that an account may sign for its firm, in place of what it could before: an account that is a signer, or was
/// one, is named with the `ETag` under which it was read.
#[utoipa::path(put, path = "/v1/organisations/{organisation}/signers/{account}", operation_id = "appointSigner",
    tag = "access", security(("session" = [])), request_body = SignerWanted,
    params(("organisation" = String, Path), ("account" = String, Path),
        ("If-Match" = Option<String>, Header, description = "The ETag of the signer; none for an account that never was one.")),
    responses((status = 200, body = Signer)),
    extensions(("x-problems" = json!(["access.not_found", "access.bad_subject", "access.not_identified",
        "access.bad_authorisation", "request.if_match_missing", "request.if_match_failed"]))))]
async fn appoint(
    State(app): State<App>,
    At((organisation, login)): At<(String, String)>,
    permit: Permit,
    key: Key,
    seen: Option<IfMatch>,
    Body(wanted): Body<SignerWanted>,
) -> Answer<Response> {
    let expected = seen.map_or(0, |IfMatch(version)| version);
    let appointed = app.store(move |app| {
        let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
        let who = (organisation.as_str(), login.as_str());
        signers::appoint(app.workspace(), asker, who, &wanted.appointment()?, Some(expected))
    });
    let appointed = appointed.await.map_err(|problem| match seen {
        None if problem.fault.code() == huoshui_journal::faults::CONFLICT.code => {
            Fault::new(&crate::faults::IF_MATCH_MISSING).field("If-Match").into()
        }
        _ => IfMatch::failed(problem.fault),
    })?;
    Ok(json(Signer::from(appointed)))
}

/// Ends it: the account signs nothing for the firm any more.
#[utoipa::path(delete, path = "/v1/organisations/{organisation}/signers/{account}", operation_id = "endSigner",
    tag = "access", security(("session" = [])), params(("organisation" = String, Path), ("account" = String, Path)),
    responses((status = 200, body = Signer)),
    extensions(("x-if-match" = json!(true)), ("x-problems" = json!(["access.not_found"]))))]
async fn end(
    State(app): State<App>,
    At((organisation, login)): At<(String, String)>,
    permit: Permit,
    key: Key,
    IfMatch(version): IfMatch,
) -> Answer<Response> {
    let ended = app
        .store(move |app| {
            let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
            signers::end(app.workspace(), asker, (&organisation, &login), Some(version))
        })
        .await
        .map_err(|problem| IfMatch::failed(problem.fault))?;
    Ok(json(Signer::from(ended)))
}
