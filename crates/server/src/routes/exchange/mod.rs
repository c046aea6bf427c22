//! Departments' data, shared only as the enterprise consents.

mod catalogue;
mod consents;
mod log;
mod lookup;
mod objections;
mod probe;
mod pulls;
mod shown;
mod sources;
pub(crate) mod upkeep;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use huoshui_app::exchange::actor::Actor;
use huoshui_app::exchange::consents::View;
use huoshui_app::exchange::events::{ObjectionAnswered, kind};
use huoshui_exchange::consent::ConsentEvent;
use huoshui_exchange::correction::Objection;
use huoshui_journal::Event;
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use crate::Problem;
use crate::config::Config;
use crate::extract::{Permit, bad_parameter};
use crate::inbox::{To, Told};
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
        .merge(sources::routes(config))
}

/// Who asks, as the exchange knows them.
fn actor(permit: &Permit) -> Result<Actor, Problem> {
    Ok(Actor::of(permit.actor()?)?)
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

/// What an organisation's inbox says of the exchange's events: requests for consent, to the subject; grants, to the
/// recipients; objections, to the department; answers, to those who relied on the value. All others stand in
/// `/v1/exchange/notices`, for their events alone do not say whom they concern.
#[must_use]
pub fn notices(event: &Event) -> Vec<(To, Told)> {
    let body = &event.data.body;
    match event.data.kind.as_str() {
        "consent.requested" => match serde_json::from_slice::<ConsentEvent>(body) {
            Ok(ConsentEvent::Requested(asked)) => {
                let draft = asked.draft;
                let told = Told::Requested { consent: draft.id, by: asked.by, purpose: draft.purpose.code };
                vec![(To::Subject(draft.subject.to_string()), told)]
            }
            _ => Vec::new(),
        },
        "consent.granted" => match serde_json::from_slice::<ConsentEvent>(body) {
            Ok(ConsentEvent::Granted(granted)) => {
                let artefact = granted.artefact;
                let told = Told::Granted { consent: artefact.id, subject: artefact.subject.to_string() };
                artefact.recipients.into_iter().map(|code| (To::Subject(code), told.clone())).collect()
            }
            _ => Vec::new(),
        },
        kind::OBJECTED => match serde_json::from_slice::<Objection>(body) {
            Ok(o) => vec![(To::Subject(o.department), Told::Objected { objection: o.id, resource: o.resource })],
            Err(_) => Vec::new(),
        },
        kind::ANSWERED => match serde_json::from_slice::<ObjectionAnswered>(body) {
            Ok(said) => {
                let told = Told::Answered { objection: said.answered.objection };
                said.relied.into_iter().map(|r| (To::Subject(r.recipient), told.clone())).collect()
            }
            Err(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// A consent as JSON.
fn consent(view: &View) -> Value {
    serde_json::to_value(view).unwrap_or(Value::Null)
}
