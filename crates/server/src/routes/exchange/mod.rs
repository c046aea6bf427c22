//! Departments' data, shared only as the enterprise consents.

use huoshui_journal::Event;
use utoipa_axum::router::OpenApiRouter;

use crate::inbox::To;
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
}

/// What an organisation's inbox says of the exchange's events.
#[must_use]
pub fn notices(_: &Event) -> Vec<(To, serde_json::Value)> {
    Vec::new()
}
