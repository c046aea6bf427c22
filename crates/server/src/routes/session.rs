//! Signing in and out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huoshui_app::access::sessions::{self, Opened};
use huoshui_app::access::{Actor, accounts};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, created, json};
use crate::extract::{Body, Key, Permit};
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, who_am_i, sign_out))
        .routes(routes!(rotate))
        .routes(routes!(change_password))
}

/// A login and its password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignIn {
    #[schema(max_length = 64, example = "demo-bank")]
    login: String,
    #[schema(max_length = 128, format = Password)]
    password: String,
}

/// A session just begun.
#[derive(Serialize, ToSchema)]
struct Session {
    /// Send it as `Authorization: Bearer`; it is shown once and kept nowhere.
    token: String,
    /// Until when it holds, in Beijing.
    expires_at: String,
}

/// Who asks.
#[derive(Serialize, ToSchema)]
struct Me {
    /// The account.
    account: String,
    /// Its organisation.
    organisation: String,
    /// The kind of organisation.
    kind: String,
    /// The organisation's entry in the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Whether it manages the organisation's accounts and keys.
    admin: bool,
    /// Whether it exists for a demonstration only.
    demo: bool,
}

/// A new password in place of the old.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    #[schema(max_length = 128, format = Password)]
    old: String,
    #[schema(min_length = 10, max_length = 128, format = Password)]
    new: String,
}

fn opened(opened: Opened) -> Response {
    let expires_at = huoshui_app::beijing(opened.session.expires_at);
    created("/v1/session", Session { token: opened.token, expires_at })
}

/// Signs in.
#[utoipa::path(post, path = "/v1/session", operation_id = "signIn", tag = "session", security(()),
    request_body = SignIn, responses((status = 201, body = Session)),
    extensions(("x-no-key" = json!(true)), ("x-problems" = json!(["access.refused", "access.locked", "access.busy", "access.demo_only"]))))]
async fn sign_in(State(app): State<App>, Body(given): Body<SignIn>) -> Answer<Response> {
    let work = move |app: &App| {
        sessions::sign_in(app.workspace(), &app.parts().hasher, &given.login, &given.password, app.now())
    };
    app.store(work).await.map(opened)
}

/// Who I am.
#[utoipa::path(get, path = "/v1/session", operation_id = "whoAmI", tag = "session", security(("session" = [])),
    responses((status = 200, body = Me)))]
async fn who_am_i(permit: Permit) -> Answer<Response> {
    let Actor { id, organisation, kind, subject, admin, demo, .. } = permit.actor()?.as_ref().clone();
    Ok(json(Me { account: id, organisation, kind: kind.code().to_owned(), subject, admin, demo }))
}

/// Signs out: the token is worth nothing from now on.
#[utoipa::path(delete, path = "/v1/session", operation_id = "signOut", tag = "session", security(("session" = [])),
    responses((status = 204)), extensions(("x-no-key" = json!(true))))]
async fn sign_out(State(app): State<App>, permit: Permit) -> Answer<Response> {
    let (login, token) = (permit.actor()?.id.clone(), permit.token().unwrap_or_default().to_owned());
    app.store(move |app| {
        sessions::sign_out(app.workspace(), &login, &token)?;
        app.forget(&login);
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A fresh token in place of this one.
#[utoipa::path(post, path = "/v1/session/rotation", operation_id = "rotateSession", tag = "session",
    security(("session" = [])), responses((status = 201, body = Session)), extensions(("x-no-key" = json!(true))))]
async fn rotate(State(app): State<App>, permit: Permit) -> Answer<Response> {
    let (login, token) = (permit.actor()?.id.clone(), permit.token().unwrap_or_default().to_owned());
    let work = move |app: &App| {
        let fresh = sessions::rotate(app.workspace(), &token, app.now())?;
        app.forget(&login);
        Ok(fresh)
    };
    app.store(work).await.map(opened)
}

/// Changes one's own password; every session ends, this one too.
#[utoipa::path(put, path = "/v1/session/password", operation_id = "changePassword", tag = "session",
    security(("session" = [])), request_body = Change, responses((status = 204)),
    extensions(("x-problems" = json!(["access.refused", "access.locked", "access.weak_password", "access.busy", "journal.conflict"]))))]
async fn change_password(
    State(app): State<App>,
    permit: Permit,
    key: Key,
    Body(change): Body<Change>,
) -> Answer<Response> {
    let work = move |app: &App| {
        let tools = (&app.parts().hasher, &app.parts().seed);
        let asker = permit.asker(&key).map_err(|problem| problem.fault)?;
        // The old password is tried as a sign-in is: failures count, and lock.
        sessions::sign_in(app.workspace(), tools.0, asker.actor, &change.old, app.now())?;
        accounts::set_password(app.workspace(), asker, (asker.actor, None), &change.new, tools)?;
        app.forget(asker.actor);
        Ok(())
    };
    app.store(work).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
