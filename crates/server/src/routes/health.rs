//! Whether the service lives and can work; metrics; the contract itself.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, json, text};
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(ready))
        .routes(routes!(metrics))
        .routes(routes!(contract))
}

/// How the service is.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`.
    status: String,
    /// The program's version.
    version: String,
}

fn well() -> Response {
    json(Health { status: "ok".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() })
}

/// The process lives.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "service", security(()),
    responses((status = 200, body = Health)))]
async fn health() -> Response {
    well()
}

/// The store answers: requests may be sent here.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "service", security(()),
    responses((status = 200, body = Health)))]
async fn ready(State(app): State<App>) -> Answer<Response> {
    app.store(|app| app.workspace().journal.state("store", "this").map(|_| ())).await?;
    Ok(well())
}

/// Metrics in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "service",
    security(("session" = []), ("key" = ["metrics:read"])),
    responses((status = 200, body = String, content_type = "text/plain; version=0.0.4")))]
async fn metrics(State(app): State<App>) -> Response {
    text("text/plain; version=0.0.4", app.parts().metrics.render())
}

/// This contract.
#[utoipa::path(get, path = "/v1/openapi.json", operation_id = "contract", tag = "service", security(()),
    responses((status = 200, body = Object)))]
async fn contract(State(app): State<App>) -> Response {
    text("application/json", app.parts().contract.text())
}
