//! Quality over time, resource by resource, and who uses what.

use axum::extract::State;
use axum::response::Response;
use huoshui_app::exchange::quality;
use huoshui_app::exchange::uses::Answers;
use huoshui_exchange::clock;
use huoshui_kernel::date;
use huoshui_kernel::fault::Fault;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shown;
use crate::answer::{Answer, json};
use crate::extract::{Args, At, Cut, Listed, Page, Permit};
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(batches)).routes(routes!(answers)).routes(routes!(uses))
}

fn bad_cursor() -> Fault {
    Fault::new(&huoshui_journal::faults::BAD_CURSOR).field("cursor")
}

/// A list with more to say than its rows.
#[derive(Serialize)]
struct With<T> {
    #[serde(flatten)]
    list: Listed<T>,
    #[serde(flatten)]
    beside: Value,
}

/// What each batch of a resource was like when it came: completeness, freshness, validity; the newest first. A page may be
/// shorter than asked for and have a next one.
#[utoipa::path(get, path = "/v1/exchange/resources/{resource}/quality", operation_id = "listBatchQuality", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(("resource" = String, Path), Cut),
    responses((status = 200, body = Listed<shown::BatchQuality>)),
    extensions(("x-problems" = json!(["exchange.unknown_resource", "journal.bad_cursor", "request.bad_parameter"]))))]
async fn batches(State(app): State<App>, permit: Permit, At(resource): At<String>, page: Page) -> Answer<Response> {
    let before: Option<u64> = page.cursor.as_deref().map(|c| c.parse().map_err(|_| bad_cursor())).transpose()?;
    let limit = page.limit;
    let (items, next) = app
        .question(&permit.caller(), move |app| {
            let rules = app.exchange().rules.now()?;
            let code = rules.catalogue.find(&resource, clock::day(app.now()))?.code.clone();
            quality::series(app.workspace(), &rules.catalogue, &code, before, limit)
        })
        .await?;
    Ok(json(page.listed(items, next.map(|version| version.to_string()))))
}

fn shown_day(a: &Answers) -> Value {
    let [to_100, to_300, to_1000, to_3000, longer] = a.latency;
    value!({
        "day": a.day, "asked": a.asked, "answered": a.answered(), "ready": a.ready, "no_data": a.no_data,
        "denied": a.denied, "pending": a.pending, "timeout": a.timeout, "stale": a.stale, "drifted": a.drifted,
        "latency": { "to_100_ms": to_100, "to_300_ms": to_300, "to_1_s": to_1000, "to_3_s": to_3000, "longer": longer },
    })
}

/// How the source of a resource answered, day by day, the newest first: counted in the access log's sealed entries of pulls
/// that went ahead, on whichever server; days without one are not there. For remote departments this is the quality that is
/// measured: the share of pulls answered, latency, schema drift. A hosted resource asked by itself takes 0 ms.
#[utoipa::path(get, path = "/v1/exchange/resources/{resource}/answers", operation_id = "listSourceAnswers", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(("resource" = String, Path), Cut),
    responses((status = 200, body = shown::SourceAnswers)),
    extensions(("x-problems" = json!(["exchange.unknown_resource", "journal.bad_cursor", "request.bad_parameter"]))))]
async fn answers(State(app): State<App>, permit: Permit, At(resource): At<String>, page: Page) -> Answer<Response> {
    let before = page.cursor.as_deref().map(|c| date::parse(c).map_err(|_| bad_cursor())).transpose()?;
    let limit = page.limit;
    let (found, remote) = app
        .question(&permit.caller(), move |app| {
            let (exchange, today) = (app.exchange(), clock::day(app.now()));
            let code = exchange.rules.now()?.catalogue.find(&resource, today)?.code.clone();
            Ok((exchange.answers(&code, before, limit)?, exchange.remotes.has(&code)))
        })
        .await?;
    let items: Vec<Value> = found.items.iter().map(shown_day).collect();
    let list = page.listed(items, found.next.map(|day| day.to_string()));
    Ok(json(With { list, beside: value!({ "remote": remote }) }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// Only of this resource.
    resource: Option<String>,
}

/// Who uses what: releases by resource, purpose and recipient, up to the last seal. Refused and repeated pulls are none.
#[utoipa::path(get, path = "/v1/exchange/uses", operation_id = "listUses", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:read"])), params(Of, Cut),
    responses((status = 200, body = shown::UseCounts)),
    extensions(("x-problems" = json!(["journal.bad_cursor", "request.bad_parameter"]))))]
async fn uses(State(app): State<App>, permit: Permit, Args(of): Args<Of>, page: Page) -> Answer<Response> {
    let after: Option<(String, String, String)> =
        page.cursor.as_deref().map(|c| serde_json::from_str(c).map_err(|_| bad_cursor())).transpose()?;
    let (resource, limit) = (of.resource.filter(|r| !r.is_empty()), page.limit);
    let used =
        app.question(&permit.caller(), move |app| app.exchange().uses(resource.as_deref(), after, limit)).await?;
    let next = used.next.map(|key| serde_json::to_string(&key).unwrap_or_default());
    let beside = value!({ "counted": used.counted, "complete": used.complete, "left_out": used.left_out });
    Ok(json(With { list: page.listed(used.items, next), beside }))
}
