//! The list library, as of any date and as known at any time.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use huoshui_kernel::Date;
use huoshui_kernel::fault::Fault;
use huoshui_registry::Tier;
use huoshui_registry::roster::{Listed as Row, Roster};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, json};
use crate::extract::{Args, Cut, Listed, Page, Permit, bad_parameter, date, known_at};
use crate::faults;
use crate::state::App;

/// The endpoints.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(dates)).routes(routes!(changes))
}

/// A recognised enterprise on a day.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
struct Enterprise {
    uscc: String,
    name: String,
    /// Code of the district.
    district: String,
    /// The tiers whose certificates are valid that day.
    tiers: Vec<String>,
    /// Whether it is an SRDI enterprise that day.
    srdi: bool,
}

impl From<Row<'_>> for Enterprise {
    fn from(row: Row<'_>) -> Self {
        Self {
            uscc: row.uscc.as_str().to_owned(),
            name: row.name.to_string(),
            district: row.district.as_str().to_owned(),
            tiers: row.tiers.iter().map(|t| t.code().to_owned()).collect(),
            srdi: row.tiers.is_srdi(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// The day; today when nothing is said.
    on: Option<String>,
    /// Only what was recorded until then is seen: a date, or an instant with its offset.
    known_at: Option<String>,
    /// Only this tier.
    tier: Option<String>,
    /// Only SRDI enterprises, or only others.
    srdi: Option<bool>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Between {
    /// The earlier day.
    from: String,
    /// The later day.
    to: String,
    /// Only what was recorded until then is seen.
    known_at: Option<String>,
}

/// A list of the library.
#[derive(Serialize, ToSchema)]
struct ListDate {
    /// The day that the list is of.
    date: String,
    /// Recognitions on it.
    recognitions: u64,
}

/// What changed for one enterprise between two days.
#[derive(Serialize, ToSchema)]
struct Change {
    uscc: String,
    /// `joined`, `left` or `changed`.
    change: String,
    /// As it was on the earlier day.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Enterprise>,
    /// As it was on the later day.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Enterprise>,
}

fn need(roster: &Roster, on: Date, field: &'static str) -> huoshui_kernel::fault::Result<()> {
    let absent = || Fault::new(&huoshui_app::faults::NO_ROSTER).with("date", on).field(field);
    roster.list_on(on).map(|_| ()).ok_or_else(absent)
}

/// Recognised enterprises on a day, by USCC.
#[utoipa::path(get, path = "/v1/list", operation_id = "listEnterprises", tag = "registry",
    security(("session" = []), ("key" = ["registry:read"])), params(Asked, Cut),
    responses((status = 200, body = Listed<Enterprise>)),
    extensions(("x-problems" = json!(["request.bad_parameter", "date.invalid", "data.no_roster"]))))]
async fn list(State(app): State<App>, Args(asked): Args<Asked>, permit: Permit, page: Page) -> Answer<Response> {
    let on = match &asked.on {
        Some(text) => date("on", text)?,
        None => app.today()?,
    };
    let known_at = known_at(asked.known_at.as_deref())?;
    let tier = match asked.tier.as_deref() {
        Some(code) => {
            let all: Vec<&str> = Tier::ALL.iter().map(|t| t.code()).collect();
            Some(Tier::from_code(code).ok_or_else(|| bad_parameter("tier", code, all.join(", ")))?)
        }
        None => None,
    };
    let listed = app
        .question(&permit.caller(), move |app| {
            let city = app.city(known_at)?;
            need(&city.library.roster, on, "on")?;
            let rows = city.library.roster.as_of(on);
            let rows = rows.filter(|row| tier.is_none_or(|t| row.tiers.contains(t)));
            let rows = rows.filter(|row| asked.srdi.is_none_or(|wanted| wanted == row.tiers.is_srdi()));
            Ok(page.cut(rows.map(Enterprise::from), |row| row.uscc.clone()))
        })
        .await?;
    Ok(json(listed))
}

/// The days of which there is a list, oldest first.
#[utoipa::path(get, path = "/v1/list/dates", operation_id = "listDates", tag = "registry",
    security(("session" = []), ("key" = ["registry:read"])), params(Cut),
    responses((status = 200, body = Listed<ListDate>)), extensions(("x-problems" = json!(["request.bad_parameter"]))))]
async fn dates(State(app): State<App>, page: Page) -> Answer<Response> {
    let listed = app
        .store(move |app| {
            let city = app.city(None)?;
            let rows = city
                .library
                .roster
                .lists()
                .map(|list| ListDate { date: list.date().to_string(), recognitions: list.entries().len() as u64 });
            Ok(page.cut(rows, |row| row.date.clone()))
        })
        .await?;
    Ok(json(listed))
}

/// What changed between two days, by USCC.
#[utoipa::path(get, path = "/v1/list/changes", operation_id = "listChanges", tag = "registry",
    security(("session" = []), ("key" = ["registry:read"])), params(Between, Cut),
    responses((status = 200, body = Listed<Change>)),
    extensions(("x-problems" = json!(["request.bad_parameter", "request.reversed", "date.invalid", "data.no_roster"]))))]
async fn changes(State(app): State<App>, Args(between): Args<Between>, permit: Permit, page: Page) -> Answer<Response> {
    let (from, to) = (date("from", &between.from)?, date("to", &between.to)?);
    if from > to {
        return Err(Fault::new(&faults::REVERSED).with("from", from).with("to", to).field("from").into());
    }
    let known_at = known_at(between.known_at.as_deref())?;
    let listed = app
        .question(&permit.caller(), move |app| {
            let city = app.city(known_at)?;
            let roster = &city.library.roster;
            need(roster, from, "from")?;
            let by = |on: Date| -> BTreeMap<String, Enterprise> {
                roster.as_of(on).map(|row| (row.uscc.as_str().to_owned(), Enterprise::from(row))).collect()
            };
            let (mut before, mut rows) = (by(from), Vec::new());
            for (uscc, after) in by(to) {
                match before.remove(&uscc) {
                    Some(was) if was == after => {}
                    was => {
                        let change = if was.is_some() { "changed" } else { "joined" };
                        rows.push(Change { uscc, change: change.to_owned(), before: was, after: Some(after) });
                    }
                }
            }
            rows.extend(before.into_iter().map(|(uscc, was)| Change {
                uscc,
                change: "left".to_owned(),
                before: Some(was),
                after: None,
            }));
            rows.sort_by(|a, b| a.uscc.cmp(&b.uscc));
            Ok(page.cut(rows.into_iter(), |row| row.uscc.clone()))
        })
        .await?;
    Ok(json(listed))
}
