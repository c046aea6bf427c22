//! Seals: the signed roots, and proofs that an event stands under one.

use axum::extract::State;
use axum::response::Response;
use huoshui_journal::{Seal as Kept, hash::hex};
use huoshui_kernel::fault::Fault;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, json, text};
use crate::extract::{Args, Cut, Listed, Page};
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(latest)).routes(routes!(key)).routes(routes!(prove))
}

/// A signed root; keep copies elsewhere. Field by field what `seals.jsonl` holds.
#[derive(Serialize, ToSchema)]
struct Seal {
    journal: String,
    /// Events covered.
    size: u64,
    root: String,
    /// Microseconds since 1970-01-01 UTC.
    sealed_at: i64,
    key_id: String,
    algorithm: String,
    signature: String,
}

impl From<&Kept> for Seal {
    fn from(kept: &Kept) -> Self {
        Self {
            journal: hex(&kept.journal),
            size: kept.size,
            root: hex(&kept.root),
            sealed_at: kept.sealed_at,
            key_id: kept.key_id.clone(),
            algorithm: kept.algorithm.clone(),
            signature: hex(&kept.signature),
        }
    }
}

/// A proof that an event stands under a seal.
#[derive(Serialize, ToSchema)]
struct Proof {
    stream: String,
    version: u64,
    /// The event's own hash.
    event_hash: String,
    /// The hash of the event before it in its stream.
    previous: String,
    /// Its place in the journal-wide order.
    position: u64,
    /// Sibling hashes from the leaf up (RFC 6962).
    path: Vec<String>,
    seal: Seal,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// The stream.
    stream: String,
    /// The version in it.
    version: u64,
}

/// Seals, smallest first.
#[utoipa::path(get, path = "/v1/seals", operation_id = "listSeals", tag = "seals",
    security(("session" = []), ("key" = ["seals:read"])), params(Cut), responses((status = 200, body = Listed<Seal>)),
    extensions(("x-problems" = json!(["request.bad_parameter"]))))]
async fn list(State(app): State<App>, page: Page) -> Answer<Response> {
    let listed = app
        .store(move |app| {
            let unknown = |_| Fault::new(&huoshui_journal::faults::BAD_CURSOR).field("cursor");
            let after: u64 = page.cursor.as_deref().map_or(Ok(0), str::parse).map_err(unknown)?;
            let mut seals = app.workspace().journal.seals_after(after, page.limit + 1)?;
            let more = seals.len() > page.limit;
            seals.truncate(page.limit);
            let next = seals.last().filter(|_| more).map(|seal| seal.size.to_string());
            Ok(page.listed(seals.iter().map(Seal::from).collect(), next))
        })
        .await?;
    Ok(json(listed))
}

/// The last seal.
#[utoipa::path(get, path = "/v1/seals/latest", operation_id = "latestSeal", tag = "seals",
    security(("session" = []), ("key" = ["seals:read"])), responses((status = 200, body = Seal)),
    extensions(("x-problems" = json!(["journal.not_sealed"]))))]
async fn latest(State(app): State<App>) -> Answer<Response> {
    let seal = app
        .store(|app| {
            let none = || Fault::new(&huoshui_journal::faults::NOT_SEALED).with("what", "–");
            app.workspace().journal.last_seal()?.as_ref().map(Seal::from).ok_or_else(none)
        })
        .await?;
    Ok(json(seal))
}

/// The public half of the key that signs seals, as PEM.
#[utoipa::path(get, path = "/v1/seals/key", operation_id = "publicKey", tag = "seals",
    security(("session" = []), ("key" = ["seals:read"])),
    responses((status = 200, body = String, content_type = "application/x-pem-file")))]
async fn key(State(app): State<App>) -> Answer<Response> {
    let pem = app.store(|app| huoshui_app::seal::public_pem(app.workspace())).await?;
    Ok(text("application/x-pem-file", pem))
}

/// Proves that an event stands under the last seal.
#[utoipa::path(get, path = "/v1/proofs", operation_id = "prove", tag = "seals",
    security(("session" = []), ("key" = ["seals:read"])), params(Which), responses((status = 200, body = Proof)),
    extensions(("x-problems" = json!(["journal.not_sealed"]))))]
async fn prove(State(app): State<App>, Args(which): Args<Which>) -> Answer<Response> {
    let proof = app
        .store(move |app| {
            let journal = &app.workspace().journal;
            let absent = || {
                let what = format!("{} #{}", which.stream.chars().take(200).collect::<String>(), which.version);
                Fault::new(&huoshui_journal::faults::NOT_SEALED).with("what", what)
            };
            let version = i64::try_from(which.version).ok().filter(|v| *v > 0).ok_or_else(absent)?;
            let plain = !which.stream.is_empty() && !which.stream.chars().any(char::is_control);
            let seal = if plain { journal.last_seal()? } else { None }.ok_or_else(absent)?;
            let (event, proof) = journal.prove(&which.stream, version.unsigned_abs(), &seal)?;
            Ok(Proof {
                stream: event.stream,
                version: event.version,
                event_hash: hex(&event.hash),
                previous: hex(&proof.previous),
                position: proof.position,
                path: proof.path.iter().map(|h| hex(h)).collect(),
                seal: Seal::from(&seal),
            })
        })
        .await?;
    Ok(json(proof))
}
