//! Institutions and departments of the registry.

use axum::extract::State;
use axum::response::Response;
use huoshui_kernel::fault::Fault;
use huoshui_registry::institution::{DepartmentRow, InstitutionRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, json};
use crate::extract::{Args, At, Cut, Listed, Page};
use crate::faults;
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(get)).routes(routes!(departments))
}

/// An institution.
#[derive(Serialize, ToSchema)]
struct Institution {
    code: String,
    name_zh: String,
    name_en: String,
    /// Kind of institution, as `institutions.csv` codes it.
    kind: String,
    /// `foreign` or `domestic` funding, as the file codes it.
    funding: String,
    /// Whether it files loans.
    files_loans: bool,
}

/// A department.
#[derive(Serialize, ToSchema)]
struct Department {
    code: String,
    name_zh: String,
    name_en: String,
}

impl From<&InstitutionRow> for Institution {
    fn from(row: &InstitutionRow) -> Self {
        Self {
            code: row.code.as_str().to_owned(),
            name_zh: row.name_zh.clone(),
            name_en: row.name_en.clone(),
            kind: row.kind.code().to_owned(),
            funding: row.funding.code().to_owned(),
            files_loans: row.files_loans,
        }
    }
}

impl From<&DepartmentRow> for Department {
    fn from(row: &DepartmentRow) -> Self {
        Self { code: row.code.as_str().to_owned(), name_zh: row.name_zh.clone(), name_en: row.name_en.clone() }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only those that file loans, or that do not.
    files_loans: Option<bool>,
}

/// Institutions, by code.
#[utoipa::path(get, path = "/v1/institutions", operation_id = "listInstitutions", tag = "registry",
    security(("session" = []), ("key" = ["registry:read"])), params(Which, Cut),
    responses((status = 200, body = Listed<Institution>)), extensions(("x-problems" = json!(["request.bad_parameter"]))))]
async fn list(State(app): State<App>, Args(which): Args<Which>, page: Page) -> Answer<Response> {
    let listed = app
        .store(move |app| {
            let city = app.city(None)?;
            let mut rows: Vec<&InstitutionRow> = city.library.institutions.iter().collect();
            rows.retain(|row| which.files_loans.is_none_or(|wanted| wanted == row.files_loans));
            rows.sort_by(|a, b| a.code.as_str().cmp(b.code.as_str()));
            Ok(page.cut(rows.into_iter().map(Institution::from), |row| row.code.clone()))
        })
        .await?;
    Ok(json(listed))
}

/// One institution.
#[utoipa::path(get, path = "/v1/institutions/{institution}", operation_id = "getInstitution", tag = "registry",
    security(("session" = []), ("key" = ["registry:read"])), params(("institution" = String, Path)),
    responses((status = 200, body = Institution)), extensions(("x-problems" = json!(["registry.not_found"]))))]
async fn get(State(app): State<App>, At(code): At<String>) -> Answer<Response> {
    let found = app
        .store(move |app| {
            let city = app.city(None)?;
            let found = city.library.institutions.get(&code).map(Institution::from);
            found.ok_or_else(|| Fault::new(&faults::UNKNOWN).with("id", code))
        })
        .await?;
    Ok(json(found))
}

/// Departments, by code.
#[utoipa::path(get, path = "/v1/departments", operation_id = "listDepartments", tag = "registry",
    security(("session" = []), ("key" = ["registry:read"])), params(Cut),
    responses((status = 200, body = Listed<Department>)), extensions(("x-problems" = json!(["request.bad_parameter"]))))]
async fn departments(State(app): State<App>, page: Page) -> Answer<Response> {
    let listed = app
        .store(move |app| {
            let city = app.city(None)?;
            let mut rows: Vec<&DepartmentRow> = city.library.departments.iter().collect();
            rows.sort_by(|a, b| a.code.as_str().cmp(b.code.as_str()));
            Ok(page.cut(rows.into_iter().map(Department::from), |row| row.code.clone()))
        })
        .await?;
    Ok(json(listed))
}
