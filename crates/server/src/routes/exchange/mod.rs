//! Departments' data, shared only as the enterprise consents.

mod catalogue;
mod consents;
mod log;
mod lookup;
mod objections;
mod probe;
mod pulls;
mod quality;
mod shown;
mod sources;
mod told;
pub(crate) mod upkeep;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use huoshui_app::exchange::actor::Actor;
use huoshui_app::exchange::consents::View;
use serde_json::Value;
pub(crate) use told::{notices, prepare};
use utoipa_axum::router::OpenApiRouter;

use crate::Problem;
use crate::config::Config;
use crate::extract::{Permit, bad_parameter};
use crate::state::App;

/// The endpoints.
pub fn routes(config: &Config) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(catalogue::routes())
        .merge(consents::routes())
        .merge(pulls::routes())
        .merge(probe::routes())
        .merge(log::routes())
        .merge(lookup::routes())
        .merge(objections::routes())
        .merge(quality::routes())
        .merge(sources::routes(config))
}

/// Who asks, as the exchange knows them.
fn actor(permit: &Permit) -> Result<Actor, Problem> {
    Ok(Actor::of(permit.actor()?)?.by(permit.policy()))
}

/// A page's length: 1 to `most`.
fn within<N: Copy + PartialOrd + From<u8> + std::fmt::Display>(limit: N, most: N) -> Result<N, Problem> {
    let fits = limit >= N::from(1) && limit <= most;
    if fits { Ok(limit) } else { Err(bad_parameter("limit", limit, format_args!("1 – {most}"))) }
}

/// JSON that was made already.
fn raw(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response()
}

/// A consent as JSON.
fn consent(view: &View) -> Value {
    serde_json::to_value(view).unwrap_or(Value::Null)
}
