//! Every endpoint, one module a resource. The contract is made from what stands here.

pub mod accounts;
pub mod catalogue;
pub mod credit;
pub mod drill;
pub mod exchange;
pub mod files;
pub mod filings;
pub mod health;
pub mod inbox;
pub mod indicators;
pub mod institutions;
pub mod jobs;
pub mod keys;
pub mod list;
pub mod organisations;
pub mod reports;
pub mod seals;
pub mod session;
pub mod signers;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use huoshui_kernel::fault::Result;
use utoipa_axum::router::OpenApiRouter;

use crate::config::Config;
use crate::front::door;
use crate::openapi::Contract;
use crate::state::App;

/// All endpoints, before the door is put in front of them, and the contract.
///
/// # Errors
/// `server.internal` when the contract cannot be made.
pub fn router(config: &Config) -> Result<(Router<App>, Contract)> {
    let all = OpenApiRouter::new()
        .merge(health::routes())
        .merge(session::routes())
        .merge(organisations::routes())
        .merge(accounts::routes())
        .merge(signers::routes())
        .merge(keys::routes())
        .merge(inbox::routes())
        .merge(institutions::routes())
        .merge(list::routes())
        .merge(filings::routes(config))
        .merge(files::routes(config))
        .merge(jobs::routes())
        .merge(indicators::routes())
        .merge(drill::routes())
        .merge(reports::routes())
        .merge(seals::routes())
        .merge(catalogue::routes())
        .merge(exchange::routes(config))
        .merge(credit::routes());
    let (router, generated) = all.split_for_parts();
    let contract = Contract::new(&generated)?;
    Ok((router.layer(DefaultBodyLimit::max(config.limits.body_bytes)), contract))
}

/// The contract as it is committed.
///
/// # Errors
/// As [`router`].
pub fn contract() -> Result<Contract> {
    router(&Config::default()).map(|(_, contract)| contract)
}

/// The endpoints behind the door.
pub(crate) fn with_door(router: Router<App>, app: &App) -> Router {
    router
        .fallback(|| async { StatusCode::NOT_FOUND })
        .layer(from_fn_with_state(app.clone(), door))
        .with_state(app.clone())
}

/// Metrics on a listener of their own.
pub(crate) fn metrics_alone(app: &App) -> Router {
    let text = |State(app): State<App>| async move { app.parts().metrics.render() };
    Router::new().route("/metrics", get(text)).with_state(app.clone())
}
