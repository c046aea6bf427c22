//! What figures, checks and errors mean.

use axum::extract::State;
use axum::response::Response;
use huoshui_kernel::FaultSpec;
use huoshui_supervision::checks::Book;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, json};
use crate::extract::{Cut, Listed, Page};
use crate::state::App;
use crate::status;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(indicators)).routes(routes!(checks)).routes(routes!(errors))
}

/// An indicator.
#[derive(Serialize, ToSchema)]
struct Indicator {
    code: String,
    version: u32,
    name_zh: String,
    name_en: String,
    definition_zh: String,
    definition_en: String,
    unit: String,
    /// What it may be cut by.
    dimensions: Vec<String>,
    effective_from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_to: Option<String>,
}

/// A check of filings.
#[derive(Serialize, ToSchema)]
struct Check {
    code: String,
    /// The table whose rows it is asked of.
    table: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// error, warning or query.
    severity: String,
    zh: String,
    en: String,
    effective_from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_to: Option<String>,
}

/// An error.
#[derive(Serialize, ToSchema)]
struct Error {
    code: String,
    /// The HTTP status it has.
    status: u16,
    zh: String,
    en: String,
    hint_zh: String,
    hint_en: String,
}

/// Indicators, by code and version.
#[utoipa::path(get, path = "/v1/catalogue/indicators", operation_id = "listIndicators", tag = "catalogue",
    security(("session" = []), ("key" = ["registry:read"])), params(Cut), responses((status = 200, body = Listed<Indicator>)),
    extensions(("x-problems" = json!(["request.bad_parameter"]))))]
async fn indicators(State(app): State<App>, page: Page) -> Answer<Response> {
    let listed = app
        .store(move |app| {
            let city = app.city(None)?;
            let mut rows: Vec<Indicator> =
                city.catalogue.entries().iter().map(|entry| indicator(&entry.indicator)).collect();
            let key = |row: &Indicator| format!("{}/{:010}", row.code, row.version);
            rows.sort_by_key(key);
            Ok(page.cut(rows.into_iter(), key))
        })
        .await?;
    Ok(json(listed))
}

fn indicator(of: &huoshui_supervision::indicators::Indicator) -> Indicator {
    use huoshui_kernel::Lang::{En, Zh};
    Indicator {
        code: of.code.to_string(),
        version: of.version,
        name_zh: of.name.get(Zh).to_owned(),
        name_en: of.name.get(En).to_owned(),
        definition_zh: of.definition.get(Zh).to_owned(),
        definition_en: of.definition.get(En).to_owned(),
        unit: of.unit.name().to_owned(),
        dimensions: of.dimensions.iter().map(|d| d.name().to_owned()).collect(),
        effective_from: of.effective_from.to_string(),
        effective_to: of.effective_to.map(|d| d.to_string()),
    }
}

/// Checks, by code.
#[utoipa::path(get, path = "/v1/catalogue/checks", operation_id = "listChecks", tag = "catalogue",
    security(("session" = []), ("key" = ["registry:read"])), params(Cut), responses((status = 200, body = Listed<Check>)),
    extensions(("x-problems" = json!(["request.bad_parameter"]))))]
async fn checks(State(app): State<App>, page: Page) -> Answer<Response> {
    let listed = app
        .store(move |_| {
            let book = Book::embedded()?;
            let mut rows: Vec<Check> = book.checks().iter().map(check).collect();
            let key = |row: &Check| format!("{}/{}", row.code, row.effective_from);
            rows.sort_by_key(key);
            Ok(page.cut(rows.into_iter(), key))
        })
        .await?;
    Ok(json(listed))
}

fn check(of: &huoshui_supervision::checks::Check) -> Check {
    use huoshui_supervision::checks::Severity;
    let severity = match of.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Query => "query",
    };
    Check {
        code: of.code.to_string(),
        table: of.table.name().to_owned(),
        field: of.field.as_ref().map(ToString::to_string),
        severity: severity.to_owned(),
        zh: of.zh.to_string(),
        en: of.en.to_string(),
        effective_from: of.effective_from.to_string(),
        effective_to: of.effective_to.map(|d| d.to_string()),
    }
}

/// Every error that an answer can name, by code.
#[utoipa::path(get, path = "/v1/catalogue/errors", operation_id = "listErrors", tag = "catalogue", security(()),
    params(Cut), responses((status = 200, body = Listed<Error>)), extensions(("x-problems" = json!(["request.bad_parameter"]))))]
async fn errors(page: Page) -> Answer<Response> {
    let mut all: Vec<&FaultSpec> = status::catalogues();
    all.sort_by_key(|spec| spec.code);
    let rows = all.into_iter().map(|spec| Error {
        code: spec.code.to_owned(),
        status: status::of(spec.code).as_u16(),
        zh: spec.zh.to_owned(),
        en: spec.en.to_owned(),
        hint_zh: spec.hint_zh.to_owned(),
        hint_en: spec.hint_en.to_owned(),
    });
    Ok(json(page.cut(rows, |row| row.code.clone())))
}
