//! Look-up: firms by code or part of a name, public fields without consent, many by file.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use huoshui_app::exchange::lookup::Card;
use huoshui_exchange::lookup::After;
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::Fault;
use serde::Deserialize;
use serde_json::{Value, json as value};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{actor, shown};
use crate::answer::{Answer, json, text};
use crate::extract::{Args, At, Key, Page, Permit};
use crate::faults;
use crate::state::App;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find, bulk)).routes(routes!(card))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// A USCC from its fourth character on, or a part of a name: Chinese, pinyin, initials.
    #[param(min_length = 1, max_length = 60)]
    q: String,
    /// Firms at most, 20 when nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// Where the page begins, from `next` of the page before.
    #[param(max_length = 1000)]
    cursor: Option<String>,
}

/// A key of its own for each look-up: each counts.
fn fresh() -> Result<String, crate::Problem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Fault::new(&faults::INTERNAL))?;
    Ok(huoshui_journal::hash::hex(&bytes))
}

/// Finds firms, the best first. Each page counts against the day's quota.
#[utoipa::path(get, path = "/v1/exchange/lookup", operation_id = "lookUp", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:lookup"])), params(Asked), responses((status = 200, body = shown::FirmsFound)),
    extensions(("x-problems" = json!(["exchange.query", "exchange.quota_spent", "journal.busy", "request.bad_parameter"]))))]
async fn find(State(app): State<App>, permit: Permit, Args(asked): Args<Asked>, page: Page) -> Answer<Response> {
    let (actor, key) = (actor(&permit)?, fresh()?);
    let limit = super::within(asked.limit.unwrap_or(20), 100)?;
    let bad = |_| Fault::new(&huoshui_journal::faults::BAD_CURSOR).field("cursor");
    let cursor = asked.cursor.as_deref().filter(|c| !c.is_empty());
    let after: Option<After> = cursor.map(|c| serde_json::from_str(c).map_err(bad)).transpose()?;
    let found = app.store(move |app| app.exchange().look_up(&actor, &key, &asked.q, limit, after.as_ref())).await?;
    let next = found.next.and_then(|after| serde_json::to_string(&after).ok());
    let next = page.listed(Vec::<Value>::new(), next).next;
    let mut shown = value!({ "columns": found.columns, "hits": found.hits, "left": found.left });
    if let (Some(next), Some(members)) = (next, shown.as_object_mut()) {
        members.insert("next".to_owned(), next.into());
    }
    Ok(json(shown))
}

/// Finds many firms by a csv, UTF-8 or GBK, whose first column is a code or a name; gives a csv in UTF-8 with a line for
/// each. Each line counts.
#[utoipa::path(post, path = "/v1/exchange/lookup", operation_id = "lookUpMany", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:lookup"])),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = String, content_type = "text/csv")),
    extensions(("x-problems" = json!(["exchange.bulk", "exchange.quota_spent", "csv.bad_encoding",
        "csv.bad_utf8", "csv.binary", "csv.open_quote", "csv.row_too_long", "csv.utf16", "row.bad_quote", "file.wrong_content",
        "file.old_or_encrypted_excel"]))))]
async fn bulk(State(app): State<App>, permit: Permit, key: Key, body: Bytes) -> Answer<Response> {
    let actor = actor(&permit)?;
    let caller = permit.caller();
    let csv = app.question(&caller, move |app| app.exchange().look_up_many(&actor, &key.0, &body)).await?;
    Ok(text("text/csv; charset=utf-8", csv))
}

fn public(card: Card) -> Value {
    let firm = card.firm;
    value!({
        "uscc": firm.uscc, "name": &*firm.name, "former_name": firm.former_name.as_deref(), "district": firm.district,
        "industry": firm.industry, "tier": firm.tier, "size": firm.size, "resources": card.resources,
    })
}

/// A firm's public fields, without consent. Counted against the day's quota.
#[utoipa::path(get, path = "/v1/exchange/firms/{firm}", operation_id = "getPublicFirm", tag = "exchange",
    security(("session" = []), ("key" = ["exchange:lookup"])), params(("firm" = String, Path)),
    responses((status = 200, body = shown::FirmCard)),
    extensions(("x-problems" = json!(["exchange.unknown_firm", "exchange.quota_spent", "journal.busy", "uscc.*"]))))]
async fn card(State(app): State<App>, permit: Permit, At(firm): At<String>) -> Answer<Response> {
    let (actor, key, uscc) = (actor(&permit)?, fresh()?, Uscc::parse(&firm)?);
    let card = app.store(move |app| app.exchange().card(&actor, &key, uscc)).await?;
    Ok(json(public(card)))
}
