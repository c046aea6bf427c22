//! The rows behind a figure.

use axum::extract::State;
use axum::response::Response;
use huoshui_app::{export, names};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_supervision::indicators::{Dim, Part, Role, parse_cell};
use huoshui_supervision::relations::Relation;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::indicators::FigureShown;
use crate::answer::{Answer, json};
use crate::authorize::Resource;
use crate::extract::{Args, At, Cut, Language, Page, Permit, date, known_at};
use crate::faults;
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get))
}

/// How far down a part one can page: what a spreadsheet holds.
const DEEPEST: usize = 1_000_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// As-of date.
    as_of: String,
    /// The cell: `district=110108,size=small`.
    cell: Option<String>,
    /// A further condition in the policy language.
    #[serde(rename = "where")]
    #[param(rename = "where")]
    filter: Option<String>,
    /// Only what was recorded until then is seen. Give it to all pages, so that a new filing does not move them.
    known_at: Option<String>,
    /// numerator (when nothing is said), denominator, base_numerator, base_denominator, other_numerator, other_denominator.
    part: Option<String>,
}

/// A page of the rows behind a figure.
#[derive(Serialize, ToSchema)]
#[schema(as = FigureRows)]
struct Rows {
    /// The figure.
    #[schema(value_type = FigureShown)]
    figure: serde_json::Value,
    /// The parts that it has.
    parts: Vec<String>,
    /// Which part this is.
    part: String,
    /// The relation that the rows are of.
    relation: String,
    /// The as-of date of the filings.
    #[schema(format = Date)]
    data_date: String,
    /// The day whose list says who is on it.
    #[schema(format = Date)]
    list_date: String,
    /// Rows in all.
    count: u64,
    /// What they add up to, exactly.
    total: String,
    /// The rows, by column, each with what it contributes: money in fen, rates in parts per million, dates as
    /// `2025-09-30`, null for empty.
    #[schema(value_type = Vec<BTreeMap<String, FigureCell>>)]
    items: Vec<serde_json::Value>,
    /// The address of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A cell of a row.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "the contract's form of a table's cell")]
enum FigureCell {
    Text(Option<String>),
    Whole(i64),
    Flag(bool),
}

const fn name(role: Role) -> &'static str {
    match role {
        Role::Numerator => "numerator",
        Role::Denominator => "denominator",
        Role::BaseNumerator => "base_numerator",
        Role::BaseDenominator => "base_denominator",
        Role::OtherNumerator => "other_numerator",
        Role::OtherDenominator => "other_denominator",
    }
}

/// A bank's cell may have a denominator over the whole city: its loans are not the bank's to see, though listed firms are.
fn own(part: &Part) -> bool {
    matches!(part.role, Role::Numerator | Role::BaseNumerator) || part.relation == Relation::Enterprises
}

/// The rows behind one cell of a figure, in pages.
#[utoipa::path(get, path = "/v1/indicators/{code}/rows", operation_id = "getRows", tag = "figures",
    security(("session" = []), ("key" = ["figures:read"])), params(("code" = String, Path), Asked, Cut),
    responses((status = 200, body = Rows)),
    extensions(("x-resource" = json!("institution")),
        ("x-problems" = json!(["request.bad_parameter", "date.invalid", "data.nothing_filed", "data.no_roster", "indicator.unknown", "indicator.unknown_dimension", "indicator.where", "limit.questions"]))))]
async fn get(
    State(app): State<App>,
    At(code): At<String>,
    Args(asked): Args<Asked>,
    permit: Permit,
    page: Page,
    Language(lang): Language,
) -> Answer<Response> {
    let cell = asked.cell.as_deref().map(parse_cell).transpose()?.unwrap_or_default();
    let institution = cell.get(&Dim::Institution).and_then(Option::as_deref).unwrap_or_default();
    permit.on(&Resource::of(institution))?;
    let all = permit.actor()?.kind == huoshui_app::access::Kind::Regulator;
    let as_of = date("as_of", &asked.as_of)?;
    let known_at = known_at(asked.known_at.as_deref())?;
    let start = match page.cursor.as_deref() {
        None => 0,
        Some(text) => match text.parse::<usize>() {
            Ok(n) if n < DEEPEST => n,
            _ => return Err(Fault::new(&huoshui_journal::faults::BAD_CURSOR).field("cursor").into()),
        },
    };
    let rows = app
        .question(&permit.caller(), move |app| {
            let city = app.city(known_at)?;
            for (dim, value) in &cell {
                if let Some(value) = value.as_deref().filter(|v| !names::is_known(&city.library, *dim, v)) {
                    let expected = names::known(&city.library, *dim, lang);
                    let fault = Fault::new(&faults::BAD_PARAMETER).with("name", "cell").with("value", value);
                    return Err(fault.with("expected", expected).field("cell"));
                }
            }
            let drill = city.drill(&code, as_of, &cell, asked.filter.as_deref(), start + page.limit)?;
            let parts: Vec<&Part> = drill.parts.iter().filter(|p| all || own(p)).collect();
            let wanted = asked.part.as_deref().unwrap_or("numerator");
            let known: Vec<String> = parts.iter().map(|p| name(p.role).to_owned()).collect();
            let Some(part) = parts.iter().find(|p| name(p.role) == wanted) else {
                let fault = Fault::new(&faults::BAD_PARAMETER).with("name", "part").with("value", wanted);
                return Err(fault.with("expected", known.join(", ")).field("part"));
            };
            let figure = serde_json::to_value(drill.figure.json(lang)).unwrap_or_default();
            rows(part, figure, known, start, &page)
        })
        .await?;
    Ok(json(rows))
}

fn rows(part: &Part, figure: serde_json::Value, parts: Vec<String>, start: usize, page: &Page) -> Result<Rows> {
    let table = export::part(part)?;
    let items: Vec<serde_json::Value> = table
        .rows
        .iter()
        .skip(start)
        .take(page.limit)
        .map(|row| {
            let cells = table.columns.iter().zip(row).map(|(c, v)| (c.name.clone(), v.json()));
            serde_json::Value::Object(cells.collect())
        })
        .collect();
    let end = start + items.len();
    let more = (end as u64) < part.count && end < DEEPEST && !items.is_empty();
    let listed = page.listed(items, more.then(|| end.to_string()));
    Ok(Rows {
        figure,
        parts,
        part: name(part.role).to_owned(),
        relation: part.relation.name().to_owned(),
        data_date: part.data_date.to_string(),
        list_date: part.list_date.to_string(),
        count: part.count,
        total: part.total.to_string(),
        items: listed.items,
        next: listed.next,
    })
}
