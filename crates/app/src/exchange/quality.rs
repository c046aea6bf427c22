//! How good departments' data are over time, and who uses what.

use std::collections::BTreeMap;

use huoshui_exchange::catalogue::Catalogue;
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::Result;
use huoshui_kernel::round::div_half_even;
use serde::{Serialize, Serializer};

use crate::exchange::batches::ledger::Ledger;
use crate::exchange::batches::name::Extent;
use crate::folder::Workspace;
use huoshui_exchange::clock;

/// One part in a million of the whole: a million.
const ALL: i64 = 1_000_000;

/// What one batch was like when it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Its event's version in `resource/CODE`.
    pub version: u64,
    /// The date that its rows are as of.
    pub as_of: Date,
    /// Whole or change.
    pub extent: Extent,
    /// When it was recorded, microseconds since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// Rows that came.
    pub rows: u64,
    /// Firms that had any.
    pub firms: u64,
    /// Firms that the registry did not know.
    pub unknown_firms: u64,
    /// Cells that are filled, parts per million of the rows, by field in the schema's order. None without rows. As JSON
    /// a list of `{"field", "filled"}`.
    #[serde(serialize_with = "filled")]
    pub completeness: Vec<(String, Option<i64>)>,
    /// Rows that break no rule, parts per million. None without rows.
    pub validity: Option<i64>,
    /// Rows that break each rule that does not refuse.
    pub violations: BTreeMap<String, u64>,
    /// Days from the day that the rows are of until they came.
    pub age_days: i32,
    /// Days that this is over the department's lag; 0 when it came in time.
    pub late_days: i32,
}

fn filled<S: Serializer>(fields: &[(String, Option<i64>)], to: S) -> std::result::Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Filled<'a> {
        field: &'a str,
        filled: Option<i64>,
    }
    to.collect_seq(fields.iter().map(|(field, filled)| Filled { field, filled: *filled }))
}

fn share(part: u64, whole: u64) -> Option<i64> {
    let ppm = div_half_even(i128::from(part) * i128::from(ALL), i128::from(whole))?;
    i64::try_from(ppm).ok()
}

/// Every batch of a resource, oldest first. What was measured stays when the rows themselves are erased.
///
/// # Errors
/// Those of the store, `data.damaged`.
pub fn history(workspace: &Workspace, catalogue: &Catalogue, resource: &str) -> Result<Vec<Measured>> {
    let ledger = Ledger::load(workspace, resource)?;
    let measured = ledger.batches.iter().map(|batch| {
        let accepted = &batch.accepted;
        let (rows, counts) = (batch.came.0, &accepted.quality);
        let described = catalogue.version(resource, accepted.schema);
        let completeness = described.into_iter().flat_map(|d| &d.fields).map(|field| {
            let empty = counts.empty.get(&field.name).copied().unwrap_or(0);
            (field.name.clone(), share(rows.saturating_sub(empty), rows))
        });
        let age = date::days(clock::day(batch.recorded_at)) - date::days(accepted.as_of);
        Measured {
            version: batch.version,
            as_of: accepted.as_of,
            extent: accepted.extent,
            recorded_at: batch.recorded_at,
            rows,
            firms: batch.came.1,
            unknown_firms: counts.unknown_firms,
            completeness: completeness.collect(),
            validity: share(rows.saturating_sub(counts.invalid_rows), rows),
            violations: counts.violations.clone(),
            age_days: age,
            late_days: described.map_or(0, |d| (age - i32::from(d.lag_days)).max(0)),
        }
    });
    Ok(measured.collect())
}

/// How a resource stands today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The resource.
    pub resource: String,
    /// The department that publishes it.
    pub department: String,
    /// The date that its rows are as of; none when nothing is in force.
    pub as_of: Option<Date>,
    /// Whether they are older than cycle and lag allow; nothing in force counts as stale.
    pub stale: bool,
    /// Whether the public holidays that this rests on are known; otherwise only weekends were seen.
    pub holidays_known: bool,
    /// The last batch.
    pub last: Option<Measured>,
}

/// Every resource that applies on a day, by code.
///
/// # Errors
/// As [`history`].
pub fn standing(workspace: &Workspace, catalogue: &Catalogue, today: Date) -> Result<Vec<Standing>> {
    let one = |resource: &huoshui_exchange::catalogue::Resource| {
        let as_of = Ledger::load(workspace, &resource.code)?.newest().map(|f| f.as_of);
        Ok(Standing {
            resource: resource.code.clone(),
            department: resource.department.clone(),
            as_of,
            stale: as_of.is_none_or(|day| resource.is_stale(day, today)),
            holidays_known: as_of.is_some_and(|day| resource.holidays_known(day)),
            last: history(workspace, catalogue, &resource.code)?.pop(),
        })
    };
    catalogue.in_force(today).map(one).collect()
}

/// Pulls of one kind, as the access log counts them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Use {
    /// The resource.
    pub resource: String,
    /// For what purpose.
    pub purpose: String,
    /// Who received.
    pub recipient: String,
    /// Pulls.
    pub pulls: u64,
}

/// Who uses what: counts of one resource, purpose and recipient put together, by resource and then the most used first.
#[must_use]
pub fn usage(uses: impl IntoIterator<Item = Use>) -> Vec<Use> {
    let mut sums: BTreeMap<(String, String, String), u64> = BTreeMap::new();
    for used in uses {
        *sums.entry((used.resource, used.purpose, used.recipient)).or_default() += used.pulls;
    }
    let all =
        sums.into_iter().map(|((resource, purpose, recipient), pulls)| Use { resource, purpose, recipient, pulls });
    let mut all: Vec<Use> = all.collect();
    all.sort_by(|a, b| a.resource.cmp(&b.resource).then(b.pulls.cmp(&a.pulls)));
    all
}
