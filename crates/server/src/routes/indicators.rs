//! Figures: every indicator, by up to two dimensions, as of a date and as known at a time.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use huoshui_app::export;
use huoshui_app::figures::City;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_supervision::indicators::{Dim, Figure, Selection, parse_dims};
use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, json, text};
use crate::authorize::Resource;
use crate::extract::{Args, Language, Permit, bad_parameter, date, known_at};
use crate::faults;
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get))
}

/// Figures of one answer.
const MOST: usize = 50_000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// As-of date: a quarter's last day.
    as_of: String,
    /// Codes, separated by commas; all when nothing is said.
    code: Option<String>,
    /// At most two of institution, district, industry, tier, size, guarantee.
    by: Option<String>,
    /// A further condition in the policy language.
    #[serde(rename = "where")]
    #[param(rename = "where")]
    filter: Option<String>,
    /// Only what was recorded until then is seen.
    known_at: Option<String>,
    /// Only the figures of this institution; a bank names itself.
    institution: Option<String>,
    /// `json` or `csv`.
    format: Option<String>,
}

/// Figures, and which could not be computed.
#[derive(Serialize, ToSchema)]
struct Figures {
    #[schema(format = Date)]
    as_of: String,
    /// The figures.
    #[schema(value_type = Vec<FigureShown>)]
    figures: Vec<serde_json::Value>,
    /// Codes that the data do not allow, by what they lack.
    not_computed: BTreeMap<String, Vec<String>>,
}

/// A figure in one cell.
#[derive(ToSchema)]
#[allow(dead_code, reason = "the contract's form of the domain's type")]
pub(super) struct FigureShown {
    /// Code of the indicator.
    code: String,
    /// Its name in the language asked for.
    name: String,
    /// Fen and counts are integers, ratios, basis points and days decimal strings; null where not applicable.
    #[schema(schema_with = value)]
    value: serde_json::Value,
    /// `fen`, `count`, `ratio`, `bp`, `days`.
    unit: String,
    /// The cell, by dimension: a code, or null where it is not known. Empty for the total.
    dims: BTreeMap<String, Option<String>>,
    #[schema(format = Date)]
    as_of: String,
}

fn value() -> Object {
    let kinds: SchemaType = [Type::Integer, Type::String, Type::Null].into_iter().collect();
    ObjectBuilder::new().schema_type(kinds).build()
}

/// What a figure lacks when the filings or the list of its base were never imported.
const MISSING: [&str; 2] = ["data.no_roster", "data.nothing_filed"];

fn every(
    city: &City,
    selection: &Selection<'_>,
    lang: huoshui_kernel::Lang,
) -> Result<(Vec<Figure>, BTreeMap<String, Vec<String>>)> {
    match city.figures(selection) {
        Ok(figures) => return Ok((figures, BTreeMap::new())),
        Err(fault) if selection.codes.is_some() || !MISSING.contains(&fault.code()) => return Err(fault),
        Err(_) => {}
    }
    city.filings.need(selection.as_of)?;
    let (mut figures, mut lacking) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
    for indicator in city.catalogue.on(selection.as_of) {
        let code = &*indicator.code;
        match city.figures(&Selection { codes: Some(&[code]), ..*selection }) {
            Ok(found) => figures.extend(found),
            Err(fault) if MISSING.contains(&fault.code()) => {
                lacking.entry(fault.message(lang)).or_default().push(code.to_owned());
            }
            Err(fault) if matches!(fault.code(), "indicator.dimension" | "indicator.where") => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok((figures, lacking))
}

/// Figures.
#[utoipa::path(get, path = "/v1/indicators", operation_id = "getIndicators", tag = "figures",
    security(("session" = []), ("key" = ["figures:read"])), params(Asked),
    responses((status = 200, content((Figures = "application/json"), (String = "text/csv; charset=utf-8")))),
    extensions(("x-resource" = json!("institution")),
        ("x-problems" = json!(["request.bad_parameter", "date.invalid", "data.nothing_filed", "data.no_roster", "indicator.unknown", "indicator.dimension", "indicator.where", "limit.questions", "request.too_large"]))))]
async fn get(
    State(app): State<App>,
    Args(asked): Args<Asked>,
    permit: Permit,
    Language(lang): Language,
) -> Answer<Response> {
    permit.on(&Resource::of(asked.institution.clone().unwrap_or_default()))?;
    let as_of = date("as_of", &asked.as_of)?;
    let known_at = known_at(asked.known_at.as_deref())?;
    let csv = match asked.format.as_deref() {
        None | Some("json") => false,
        Some("csv") => true,
        Some(other) => return Err(bad_parameter("format", other, "json, csv")),
    };
    let mut dims = asked.by.as_deref().map(parse_dims).transpose()?.unwrap_or_default();
    if asked.institution.is_some() && !dims.contains(&Dim::Institution) {
        if dims.len() >= 2 {
            return Err(bad_parameter("by", asked.by.unwrap_or_default(), "institution + 1"));
        }
        dims.insert(0, Dim::Institution);
    }
    let answer = app
        .question(&permit.caller(), move |app| {
            let city = app.city(known_at)?;
            let codes: Option<Vec<&str>> = asked.code.as_deref().map(|c| c.split(',').map(str::trim).collect());
            let filter = asked.filter.as_deref();
            let selection = Selection { codes: codes.as_deref(), as_of, dims: &dims, filter };
            let (mut figures, not_computed) = every(&city, &selection, lang)?;
            if let Some(own) = asked.institution.as_deref() {
                figures.retain(|f| f.dims.get(&Dim::Institution).and_then(Option::as_deref) == Some(own));
            }
            if figures.len() > MOST {
                return Err(Fault::new(&faults::TOO_LARGE).with("limit", MOST).field("by"));
            }
            if csv {
                let table = export::figures(&figures, &dims, &city.catalogue, &city.library, lang);
                return Ok(text("text/csv; charset=utf-8", table.to_csv(lang)));
            }
            let figures = figures.iter().map(|f| serde_json::to_value(f.json(lang)).unwrap_or_default()).collect();
            Ok(json(Figures { as_of: as_of.to_string(), figures, not_computed }))
        })
        .await?;
    Ok(answer)
}
