//! How good departments' data are over time.

use std::collections::BTreeMap;

use huoshui_exchange::catalogue::Catalogue;
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::Result;
use huoshui_kernel::round::div_half_even;
use serde::{Serialize, Serializer};

use crate::exchange::batches::events::{BatchAccepted, kind};
use crate::exchange::batches::ledger::{self, Ledger};
use crate::exchange::batches::name::Extent;
use crate::folder::Workspace;
use crate::streams;
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
    #[serde(serialize_with = "by_field")]
    pub completeness: Vec<(String, Option<i64>)>,
    /// Cells that are filled, of all cells of the rows, parts per million. None without rows.
    pub filled: Option<i64>,
    /// Rows that break no rule, parts per million. None without rows.
    pub validity: Option<i64>,
    /// Rows that break each rule that does not refuse.
    pub violations: BTreeMap<String, u64>,
    /// Days from the day that the rows are of until they came.
    pub age_days: i32,
    /// Days that this is over the department's lag; 0 when it came in time.
    pub late_days: i32,
}

fn by_field<S: Serializer>(fields: &[(String, Option<i64>)], to: S) -> std::result::Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Filled<'a> {
        field: &'a str,
        filled: Option<i64>,
    }
    to.collect_seq(fields.iter().map(|(field, filled)| Filled { field, filled: *filled }))
}

pub(super) fn share(part: u64, whole: u64) -> Option<i64> {
    let ppm = div_half_even(i128::from(part) * i128::from(ALL), i128::from(whole))?;
    i64::try_from(ppm).ok()
}

/// Versions of a resource's stream that are looked at for a page, for each line of it: batches stand among merges and
/// erasures, of which a batch has one or two.
const LOOKED_AT: u64 = 4;

/// A page of a resource's batches, the newest first: those before this version of its stream, or the last. What was
/// measured stays when the rows themselves are erased. Beside it where the next page begins: before that version. A page
/// may be short, or empty, and have a next one.
///
/// # Errors
/// Those of the store, `data.damaged`.
pub fn series(
    workspace: &Workspace,
    catalogue: &Catalogue,
    resource: &str,
    before: Option<u64>,
    limit: usize,
) -> Result<(Vec<Measured>, Option<u64>)> {
    let stream = ledger::stream(resource);
    let last = workspace.journal.stream_version(&stream)?;
    let end = before.map_or(last + 1, |b| b.min(last + 1));
    let first = end.saturating_sub((limit as u64).saturating_mul(LOOKED_AT)).max(1);
    let count = usize::try_from(end.saturating_sub(first)).unwrap_or(0);
    let events = if count == 0 { Vec::new() } else { workspace.journal.read_stream(&stream, first, count)? };
    let mut items = Vec::new();
    for event in events.iter().rev().filter(|e| e.data.kind == kind::BATCH_ACCEPTED) {
        if items.len() == limit {
            let next = items.last().map(|m: &Measured| m.version);
            return Ok((items, next));
        }
        let accepted: BatchAccepted = streams::body(event)?;
        let came = (accepted.rows, accepted.firms);
        items.push(measured(catalogue, &accepted, came, event.version, event.recorded_at));
    }
    Ok((items, (first > 1).then_some(first)))
}

fn measured(
    catalogue: &Catalogue,
    accepted: &BatchAccepted,
    (rows, firms): (u64, u64),
    version: u64,
    recorded_at: i64,
) -> Measured {
    let counts = &accepted.quality;
    let described = catalogue.version(&accepted.resource, accepted.schema);
    let fields: Vec<&str> = described.into_iter().flat_map(|d| &d.fields).map(|f| f.name.as_str()).collect();
    let filled = |name: &str| rows.saturating_sub(counts.empty.get(name).copied().unwrap_or(0));
    let cells = rows.saturating_mul(fields.len() as u64);
    let age = date::days(clock::day(recorded_at)) - date::days(accepted.as_of);
    Measured {
        version,
        as_of: accepted.as_of,
        extent: accepted.extent,
        recorded_at,
        rows,
        firms,
        unknown_firms: counts.unknown_firms,
        completeness: fields.iter().map(|name| ((*name).to_owned(), share(filled(name), rows))).collect(),
        filled: share(fields.iter().map(|name| filled(name)).sum(), cells),
        validity: share(rows.saturating_sub(counts.invalid_rows), rows),
        violations: counts.violations.clone(),
        age_days: age,
        late_days: described.map_or(0, |d| (age - i32::from(d.lag_days)).max(0)),
    }
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
    /// Whether a department answers for it over HTTP: then how it answers is measured ([`super::uses`]), and what is hosted
    /// is not what serves.
    pub remote: bool,
    /// Whether they are older than cycle and lag allow; nothing in force counts as stale, where nothing remote answers.
    pub stale: bool,
    /// Whether the public holidays that this rests on are known; otherwise only weekends were seen.
    pub holidays_known: bool,
    /// The last batch.
    pub last: Option<Measured>,
}

/// Every resource that applies on a day, by code.
///
/// # Errors
/// As [`series`].
pub fn standing(
    workspace: &Workspace,
    catalogue: &Catalogue,
    today: Date,
    is_remote: &dyn Fn(&str) -> bool,
) -> Result<Vec<Standing>> {
    let one = |resource: &huoshui_exchange::catalogue::Resource| {
        let ledger = Ledger::load(workspace, &resource.code)?;
        let as_of = ledger.newest().map(|f| f.as_of);
        let (last, remote) = (ledger.batches.last(), is_remote(&resource.code));
        Ok(Standing {
            resource: resource.code.clone(),
            department: resource.department.clone(),
            as_of,
            remote,
            stale: as_of.map_or(!remote, |day| resource.is_stale(day, today)),
            holidays_known: as_of.is_some_and(|day| resource.holidays_known(day)),
            last: last.map(|b| measured(catalogue, &b.accepted, b.came, b.version, b.recorded_at)),
        })
    };
    catalogue.in_force(today).map(one).collect()
}
