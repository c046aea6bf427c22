//! Filings: what is in force, what was refused, and filing itself.

use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::response::Response;
use huoshui_app::events::{FilingAccepted, QueryOpened, kind};
use huoshui_app::filings::Filing as Kept;
use huoshui_journal::{Column, Event, Query, Test, Value};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::files::{Upload, import, take};
use super::jobs::Job;
use crate::answer::{Answer, json, text, versioned};
use crate::authorize::Resource;
use crate::config::Config;
use crate::extract::{Args, At, Cut, Key, Listed, Page, Permit, date, known_at};
use crate::faults;
use crate::inbox::{To, Told};
use crate::state::App;

/// The endpoints.
pub fn routes(config: &Config) -> OpenApiRouter<App> {
    let upload = OpenApiRouter::new().routes(routes!(upload)).layer(DefaultBodyLimit::max(config.limits.upload_bytes));
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(findings))
        .routes(routes!(queries))
        .merge(upload)
}

/// A filing in force.
#[derive(Serialize, ToSchema)]
struct Filing {
    institution: String,
    #[schema(format = Date)]
    as_of: String,
    /// When it was accepted, in Beijing.
    accepted_at: String,
    /// Its place among the institution's filings.
    version: u64,
    /// Filings of the same date that it replaced.
    replaced: u64,
    /// Its tables.
    tables: BTreeMap<String, FiledTable>,
    /// How often each warning fired, by check.
    warnings: BTreeMap<String, u64>,
    /// The bank's explanation of each warning.
    explanations: BTreeMap<String, String>,
}

/// A filed table.
#[derive(Serialize, ToSchema)]
struct FiledTable {
    rows: u64,
    /// Name of the file that came in.
    file: String,
    /// SHA-256 of the file that came in.
    sha256: String,
    /// Whether it stands as filed before.
    carried: bool,
}

/// A contradiction between banks, of which both are asked.
#[derive(Serialize, ToSchema)]
struct OpenQuery {
    id: String,
    /// The check that found it.
    check: String,
    #[schema(format = Date)]
    as_of: String,
    /// USCC of the enterprise.
    borrower: String,
    /// The claims; a bank sees its own and that there is another.
    claims: Vec<ClaimOfBank>,
}

/// What one bank claims.
#[derive(Serialize, ToSchema)]
struct ClaimOfBank {
    #[serde(skip_serializing_if = "Option::is_none")]
    institution: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note_no: Option<String>,
}

impl From<&Kept> for Filing {
    fn from(kept: &Kept) -> Self {
        let FilingAccepted { institution, as_of, tables, carried, warnings, explanations, .. } = kept.accepted.clone();
        let tables = tables.into_iter().map(|(name, table)| {
            let carried = carried.contains(&name);
            (name, FiledTable { rows: table.rows, file: table.file, sha256: table.source, carried })
        });
        Self {
            institution,
            as_of: as_of.to_string(),
            accepted_at: huoshui_app::beijing(kept.recorded_at),
            version: kept.version,
            replaced: kept.replaced,
            tables: tables.collect(),
            warnings,
            explanations,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only of this as-of date.
    as_of: Option<String>,
    /// Only of this institution; a bank names itself.
    institution: Option<String>,
    /// Only what was recorded until then is seen.
    known_at: Option<String>,
}

/// Filings in force, by date and institution.
#[utoipa::path(get, path = "/v1/filings", operation_id = "listFilings", tag = "filings",
    security(("session" = []), ("key" = ["filings:read"])), params(Which, Cut), responses((status = 200, body = Listed<Filing>)),
    extensions(("x-resource" = json!("institution")), ("x-problems" = json!(["request.bad_parameter", "date.invalid"]))))]
async fn list(State(app): State<App>, Args(which): Args<Which>, permit: Permit, page: Page) -> Answer<Response> {
    permit.on(&Resource::of(which.institution.clone().unwrap_or_default()))?;
    let as_of = which.as_of.as_deref().map(|text| date("as_of", text)).transpose()?;
    let known_at = known_at(which.known_at.as_deref())?;
    let listed = app
        .question(&permit.caller(), move |app| {
            let city = app.city(known_at)?;
            let dates = city.filings.dates().filter(|d| as_of.is_none_or(|wanted| wanted == *d));
            let of_dates = dates.filter_map(|d| city.filings.of(d)).flat_map(BTreeMap::values);
            let rows = of_dates.filter(|f| which.institution.as_ref().is_none_or(|i| *i == f.accepted.institution));
            Ok(page.cut(rows.map(Filing::from), |row| format!("{}/{}", row.as_of, row.institution)))
        })
        .await?;
    Ok(json(listed))
}

/// One filing in force.
#[utoipa::path(get, path = "/v1/institutions/{institution}/filings/{as_of}", operation_id = "getFiling", tag = "filings",
    security(("session" = []), ("key" = ["filings:read"])), params(("institution" = String, Path), ("as_of" = String, Path)),
    responses((status = 200, body = Filing, headers(("ETag" = String)))), extensions(("x-problems" = json!(["filing.not_found", "date.invalid"]))))]
async fn get(State(app): State<App>, At((institution, as_of)): At<(String, String)>) -> Answer<Response> {
    let as_of = date("as_of", &as_of)?;
    let found = app
        .store(move |app| {
            let city = app.city(None)?;
            let found = city.filings.get(&institution, as_of).map(Filing::from);
            let absent = || Fault::new(&faults::NO_FILING).with("institution", &institution).with("as_of", as_of);
            found.ok_or_else(absent)
        })
        .await?;
    Ok(versioned(found.version, found))
}

/// Files: notes, disbursements, relationships and explanations of one institution as of one date. Answers with a job.
#[utoipa::path(post, path = "/v1/institutions/{institution}/filings/{as_of}", operation_id = "uploadFiling", tag = "filings",
    security(("session" = []), ("key" = ["filings:write"])), params(("institution" = String, Path), ("as_of" = String, Path)),
    request_body(content = Upload, content_type = "multipart/form-data"), responses((status = 202, body = Job)),
    extensions(("x-problems" = json!(["upload.no_files", "upload.wrong_file", "import.unknown_file", "import.file_name", "date.invalid", "job.full"]))))]
async fn upload(
    State(app): State<App>,
    At((institution, as_of)): At<(String, String)>,
    permit: Permit,
    key: Key,
    parts: Multipart,
) -> Answer<Response> {
    let as_of = date("as_of", &as_of)?;
    let taken = take(&app, parts).await?;
    let own = |s: &&huoshui_app::import::files::Source| {
        s.institution.as_deref() == Some(institution.as_str()) && s.date == Some(as_of)
    };
    if let Some(wrong) = taken.sources.iter().find(|s| !own(s)) {
        let name = wrong.path.file_name().unwrap_or_default().to_string_lossy();
        let expected = format!("notes.{institution}.{as_of}.csv …");
        return Err(Fault::new(&faults::WRONG_FILE).with("file", name).with("expected", expected).field("file").into());
    }
    import(&app, permit, key, "filing.upload", Some(institution), taken).await
}

/// Every finding of the last refusal, as csv.
#[utoipa::path(get, path = "/v1/institutions/{institution}/findings/{as_of}", operation_id = "getFindings", tag = "filings",
    security(("session" = []), ("key" = ["filings:read"])), params(("institution" = String, Path), ("as_of" = String, Path)),
    responses((status = 200, body = String, content_type = "text/csv; charset=utf-8")),
    extensions(("x-problems" = json!(["filing.no_findings", "date.invalid"]))))]
async fn findings(State(app): State<App>, At((institution, as_of)): At<(String, String)>) -> Answer<Response> {
    let as_of = date("as_of", &as_of)?;
    let found = app
        .store(move |app| {
            let absent = || Fault::new(&faults::NO_FINDINGS).with("institution", &institution).with("as_of", as_of);
            // The code goes into a path: only that of a registered institution does.
            app.city(None)?.library.institutions.get(&institution).ok_or_else(absent)?;
            let path = app.workspace().path(&format!("refused/{institution}.{as_of}/findings.csv"));
            std::fs::read_to_string(path).map_err(|_| absent())
        })
        .await?;
    Ok(text("text/csv; charset=utf-8", found))
}

/// Which queries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WhichQueries {
    /// Only of this as-of date.
    as_of: Option<String>,
    /// Only of this institution; a bank names itself.
    institution: Option<String>,
}

/// Open queries between banks, by id.
#[utoipa::path(get, path = "/v1/queries", operation_id = "listQueries", tag = "filings",
    security(("session" = []), ("key" = ["filings:read"])), params(WhichQueries, Cut), responses((status = 200, body = Listed<OpenQuery>)),
    extensions(("x-resource" = json!("institution")), ("x-problems" = json!(["request.bad_parameter", "date.invalid", "journal.bad_cursor"]))))]
async fn queries(
    State(app): State<App>,
    Args(which): Args<WhichQueries>,
    permit: Permit,
    page: Page,
) -> Answer<Response> {
    permit.on(&Resource::of(which.institution.clone().unwrap_or_default()))?;
    let as_of = which.as_of.as_deref().map(|text| date("as_of", text)).transpose()?;
    let listed = app
        .store(move |app| {
            let mut query = Query::default();
            if let Some(as_of) = as_of {
                query = query.filter(Column::Text(1), Test::Is(Value::Text(as_of.to_string())));
            }
            let found = app.workspace().journal.list("query", &query, page.cursor.as_deref(), page.limit)?;
            let own = which.institution.as_deref();
            let rows = found.items.iter().map(|doc| opened(&doc.id, &doc.doc, own));
            let rows: Vec<Option<OpenQuery>> = rows.collect::<Result<_>>()?;
            Ok(page.listed(rows.into_iter().flatten().collect(), found.next))
        })
        .await?;
    Ok(json(listed))
}

/// A query as the institution may see it; none when it is not asked.
fn opened(id: &str, doc: &[u8], own: Option<&str>) -> Result<Option<OpenQuery>> {
    let damaged = |_| Fault::new(&huoshui_app::faults::DAMAGED).with("what", format_args!("query/{id}"));
    let query: QueryOpened = serde_json::from_slice(doc).map_err(damaged)?;
    if own.is_some_and(|own| !query.claims.iter().any(|(institution, _)| institution == own)) {
        return Ok(None);
    }
    let claims = query.claims.into_iter().map(|(institution, note)| {
        let seen = own.is_none_or(|own| own == institution);
        ClaimOfBank { institution: seen.then_some(institution), note_no: seen.then_some(note) }
    });
    let claims = claims.collect();
    let (check, as_of) = (query.check, query.as_of.to_string());
    Ok(Some(OpenQuery { id: id.to_owned(), check, as_of, borrower: query.borrower, claims }))
}

/// What the inbox says of filings.
#[must_use]
pub fn notices(event: &Event) -> Vec<(To, Told)> {
    match event.data.kind.as_str() {
        kind::FILING_ACCEPTED => match serde_json::from_slice::<FilingAccepted>(&event.data.body) {
            Ok(filed) => {
                let at = format!("/v1/institutions/{}/filings/{}", filed.institution, filed.as_of);
                let (institution, as_of) = (filed.institution.clone(), filed.as_of.to_string());
                vec![(To::Subject(filed.institution), Told::Filed { institution, as_of, at })]
            }
            Err(_) => Vec::new(),
        },
        kind::QUERY_OPENED => match serde_json::from_slice::<QueryOpened>(&event.data.body) {
            Ok(query) => {
                let told = |(institution, note_no): (String, String)| {
                    let (check, as_of) = (query.check.clone(), query.as_of.to_string());
                    (To::Subject(institution), Told::Asked { check, as_of, note_no })
                };
                query.claims.clone().into_iter().map(told).collect()
            }
            Err(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}
