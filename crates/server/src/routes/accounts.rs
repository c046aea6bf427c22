//! Accounts of an organisation's people.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huoshui_app::access::events::Account as Kept;
use huoshui_app::access::{accounts, signers};
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
    OpenApiRouter::new()
        .routes(routes!(list, open))
        .routes(routes!(get, close))
        .routes(routes!(reset))
        .routes(routes!(identify))
}

/// An account.
#[derive(Serialize, ToSchema)]
struct Account {
    login: String,
    organisation: String,
    /// Whether it manages the organisation's accounts and keys.
    admin: bool,
    /// Whether it was closed.
    closed: bool,
}

/// An account to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccount {
    /// 3 to 64 of a-z 0-9 . _ -; it stands in the record for ever, so not a person's name.
    #[schema(min_length = 3, max_length = 64)]
    login: String,
    #[schema(min_length = 10, max_length = 128, format = Password)]
    password: String,
    #[serde(default)]
    admin: bool,
    /// Of a natural person who is to consent to the use of own data: the check of that person's identity. Only the operator
    /// opens such an account, and only the operator sets its password.
    identity: Option<IdentityChecked>,
}

/// A check of a person's identity.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct IdentityChecked {
    /// The document's number, 6 to 40 letters and digits. It is kept nowhere: only a keyed hash of its digest is.
    #[schema(min_length = 6, max_length = 40, pattern = "^[0-9A-Za-z]+$", format = Password)]
    id_number: String,
    /// How it was checked; no number and no name.
    #[schema(min_length = 1, max_length = 100)]
    checked: String,
}

/// Who holds an account from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HolderIdentified {
    /// The document's number, 6 to 40 letters and digits. It is kept nowhere: only a keyed hash of its digest is.
    #[schema(min_length = 6, max_length = 40, pattern = "^[0-9A-Za-z]+$", format = Password)]
    id_number: String,
    /// How it was checked; no number and no name.
    #[schema(min_length = 1, max_length = 100)]
    checked: String,
    /// The person's own from now on: nobody of the firm may know it.
    #[schema(min_length = 10, max_length = 128, format = Password)]
    password: String,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Password {
    #[schema(min_length = 10, max_length = 128, format = Password)]
    password: String,
}

impl From<Kept> for Account {
    fn from(kept: Kept) -> Self {
        let Kept { login, organisation, admin, closed, .. } = kept;
        Self { login, organisation, admin, closed }
    }
}

/// An account of this organisation; one of another is not there, as far as this address goes.
fn of(app: &App, organisation: &str, login: &str) -> Result<(Kept, u64)> {
    let (account, version) = accounts::versioned(app.workspace(), login)?;
    if account.organisation == organisation {
        return Ok((account, version));
    }
    Err(Fault::new(&huoshui_app::access::faults::NOT_FOUND).with("what", "account").with("id", login))
}

/// An organisation's accounts, by login.
#[utoipa::path(get, path = "/v1/organisations/{organisation}/accounts", operation_id = "listAccounts", tag = "access",
    security(("session" = [])), params(("organisation" = String, Path), Cut),
    responses((status = 200, body = Listed<Account>)), extensions(("x-problems" = json!(["journal.bad_cursor", "request.bad_parameter"]))))]
async fn list(State(app): State<App>, At(organisation): At<String>, page: Page) -> Answer<Response> {
    let (cursor, limit) = (page.cursor.clone(), page.limit);
    let found = app.store(move |app| accounts::list(app.workspace(), &organisation, cursor.as_deref(), limit)).await?;
    Ok(json(page.listed(found.items.into_iter().map(Account::from).collect(), found.next)))
}

/// Opens an account.
#[utoipa::path(post, path = "/v1/organisations/{organisation}/accounts", operation_id = "openAccount", tag = "access",
    security(("session" = [])), params(("organisation" = String, Path)), request_body = NewAccount,
    responses((status = 201, body = Account)),
    extensions(("x-problems" = json!(["access.bad_name", "access.weak_password", "access.exists", "access.not_found", "access.busy",
        "access.operator_only", "access.bad_identity", "access.bad_text", "access.bad_subject"]))))]
async fn open(
    State(app): State<App>,
    At(organisation): At<String>,
    permit: Permit,
    key: Key,
    Body(new): Body<NewAccount>,
) -> Answer<Response> {
    let NewAccount { login, password, admin, identity } = new;
    let opened = app
        .store(move |app| {
            let account = Kept { login, organisation, admin, demo: false, closed: false };
            let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
            let tools = (&app.parts().hasher, &app.parts().seed);
            let Some(identity) = identity else {
                return accounts::open(app.workspace(), asker, &account, &password, tools);
            };
            let who = permit.actor().map_err(|problem| problem.fault)?;
            let digest = signers::digest(&identity.id_number)?;
            let checked = signers::Checked { digest: &digest, how: &identity.checked };
            signers::open_person(app.workspace(), (who, asker), &account, checked, &password, tools)
        })
        .await?;
    let at = format!("/v1/organisations/{}/accounts/{}", opened.organisation, opened.login);
    Ok(created(&at, Account::from(opened)))
}

/// One account.
#[utoipa::path(get, path = "/v1/organisations/{organisation}/accounts/{account}", operation_id = "getAccount",
    tag = "access", security(("session" = [])), params(("organisation" = String, Path), ("account" = String, Path)),
    responses((status = 200, body = Account, headers(("ETag" = String)))), extensions(("x-problems" = json!(["access.not_found"]))))]
async fn get(State(app): State<App>, At((organisation, login)): At<(String, String)>) -> Answer<Response> {
    let (account, version) = app.store(move |app| of(app, &organisation, &login)).await?;
    Ok(versioned(version, Account::from(account)))
}

/// Closes an account for good; its sessions end.
#[utoipa::path(delete, path = "/v1/organisations/{organisation}/accounts/{account}", operation_id = "closeAccount",
    tag = "access", security(("session" = [])), params(("organisation" = String, Path), ("account" = String, Path)),
    responses((status = 200, body = Account)),
    extensions(("x-if-match" = json!(true)), ("x-problems" = json!(["access.not_found", "access.last_admin"]))))]
async fn close(
    State(app): State<App>,
    At((organisation, login)): At<(String, String)>,
    permit: Permit,
    key: Key,
    IfMatch(version): IfMatch,
) -> Answer<Response> {
    let closed = app
        .store(move |app| {
            of(app, &organisation, &login)?;
            let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
            let closed = accounts::close(app.workspace(), asker, &login, Some(version))?;
            app.forget(&login);
            Ok(closed)
        })
        .await
        .map_err(|problem| IfMatch::failed(problem.fault))?;
    Ok(json(Account::from(closed)))
}

/// Sets a new password for an account, whose sessions end.
#[utoipa::path(put, path = "/v1/organisations/{organisation}/accounts/{account}/password", operation_id = "resetPassword",
    tag = "access", security(("session" = [])), params(("organisation" = String, Path), ("account" = String, Path)),
    request_body = Password, responses((status = 204)), extensions(("x-if-match" = json!(true)),
        ("x-problems" = json!(["access.not_found", "access.weak_password", "access.busy", "access.operator_only"]))))]
async fn reset(
    State(app): State<App>,
    At((organisation, login)): At<(String, String)>,
    permit: Permit,
    key: Key,
    IfMatch(version): IfMatch,
    Body(given): Body<Password>,
) -> Answer<Response> {
    app.store(move |app| {
        of(app, &organisation, &login)?;
        let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
        signers::guard(app.workspace(), permit.actor().map_err(|problem| problem.fault)?, &login)?;
        let tools = (&app.parts().hasher, &app.parts().seed);
        accounts::set_password(app.workspace(), asker, (&login, Some(version)), &given.password, tools)?;
        app.forget(&login);
        Ok(())
    })
    .await
    .map_err(|problem| IfMatch::failed(problem.fault))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Ties an account of an enterprise to the natural person who holds it, whose identity was checked: from then on that person may
/// consent to the use of own data, and be appointed as legal representative. The account gets a new password, for whoever opened
/// it knew the old one; its sessions end. An account is tied once: where the check was wrong, it is closed and another opened.
#[utoipa::path(put, path = "/v1/organisations/{organisation}/accounts/{account}/identity", operation_id = "identifyAccount",
    tag = "access", security(("session" = [])), params(("organisation" = String, Path), ("account" = String, Path)),
    request_body = HolderIdentified, responses((status = 200, body = Account)), extensions(("x-if-match" = json!(true)),
        ("x-problems" = json!(["access.not_found", "access.weak_password", "access.busy", "access.bad_identity",
            "access.bad_text", "access.bad_subject", "access.exists"]))))]
async fn identify(
    State(app): State<App>,
    At((organisation, login)): At<(String, String)>,
    permit: Permit,
    key: Key,
    IfMatch(version): IfMatch,
    Body(given): Body<HolderIdentified>,
) -> Answer<Response> {
    let identified = app.store(move |app| {
        let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
        let digest = signers::digest(&given.id_number)?;
        let checked = signers::Checked { digest: &digest, how: &given.checked };
        let secret = (given.password.as_str(), (&app.parts().hasher, &app.parts().seed));
        let whose = (organisation.as_str(), login.as_str());
        let account = signers::identify(app.workspace(), asker, whose, Some(version), checked, secret)?;
        app.forget(&login);
        Ok(account)
    });
    let account = identified.await.map_err(|problem| IfMatch::failed(problem.fault))?;
    Ok(json(Account::from(account)))
}
