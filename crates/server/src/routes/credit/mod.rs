//! The credit engine: profiles and decisions under consent, drafts of policies, counts.

mod decisions;
mod drafts;
mod profiles;
mod shown;

pub(super) use drafts::ReportKept;

use huoshui_app::exchange::actor::Actor;
use utoipa_axum::router::OpenApiRouter;

use crate::Problem;
use crate::extract::Permit;
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(profiles::routes()).merge(decisions::routes()).merge(drafts::routes())
}

/// Who asks, as the exchange knows them.
fn actor(permit: &Permit) -> Result<Actor, Problem> {
    Ok(Actor::of(permit.actor()?)?.by(permit.policy()))
}
