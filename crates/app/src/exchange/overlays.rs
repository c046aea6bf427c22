//! Corrected values of firms: they lie over what departments' older data say. They stand in documents apart, which can be
//! erased.

use std::collections::BTreeMap;

use huoshui_exchange::answer::Fetched;
use huoshui_exchange::catalogue::Resource;
use huoshui_journal::{Columns, Query, StateDoc};
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::corrections::damaged;
use crate::folder::Workspace;
use crate::streams::json;

/// Collection of corrected values by firm; not folded, so that they can be erased.
const OVERLAYS: &str = "overlay";
/// Corrected values of one firm at most.
const MOST: usize = 500;
/// Firms read at a time.
const PAGE: usize = 500;

/// A corrected value: lies over what the department's older data say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// The objection.
    pub objection: String,
    /// The resource.
    pub resource: String,
    /// The row's key.
    pub row: BTreeMap<String, Value>,
    /// The field.
    pub field: String,
    /// The right value.
    pub value: Value,
    /// When it was answered: data fetched later already have it. Microseconds since 1970-01-01 UTC.
    pub at: i64,
}

/// The corrected values of a firm.
///
/// # Errors
/// Those of the store; `data.damaged`.
pub fn corrected(workspace: &Workspace, subject: &Uscc) -> Result<Vec<Corrected>> {
    let doc = workspace.journal.state(OVERLAYS, subject.as_str())?;
    let read = |d: StateDoc| serde_json::from_slice(&d.doc).map_err(|_| damaged(OVERLAYS, subject.as_str()));
    doc.map_or_else(|| Ok(Vec::new()), read)
}

/// The corrected values of every firm that has some, by USCC.
///
/// # Errors
/// Those of the store; `data.damaged`.
pub fn everyones(workspace: &Workspace) -> Result<Vec<(Uscc, Vec<Corrected>)>> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = workspace.journal.list(OVERLAYS, &Query::default(), cursor.as_deref(), PAGE)?;
        for doc in &page.items {
            let uscc = Uscc::parse(&doc.id).map_err(|_| damaged(OVERLAYS, &doc.id))?;
            all.push((uscc, serde_json::from_slice(&doc.doc).map_err(|_| damaged(OVERLAYS, &doc.id))?));
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(all);
        }
    }
}

/// Lays corrected values over what a source answered, where its data are older than the correction.
#[must_use]
pub fn overlay(resource: &Resource, got: Fetched, corrected: &[Corrected]) -> Fetched {
    let Fetched::Found(mut rows, provenance) = got else { return got };
    for c in corrected.iter().filter(|c| c.resource == resource.code && c.at > provenance.fetched_at) {
        let Some(at) = rows.columns.iter().position(|name| *name == c.field) else { continue };
        let places: Vec<(usize, &Value)> =
            c.row.iter().filter_map(|(k, v)| Some((rows.columns.iter().position(|n| n == k)?, v))).collect();
        for row in rows.rows.iter_mut().filter(|row| places.iter().all(|(i, v)| row.get(*i) == Some(v))) {
            if let Some(cell) = row.get_mut(at) {
                *cell = c.value.clone();
            }
        }
    }
    Fetched::Found(rows, provenance)
}

/// The document of a firm's corrected values with one more, in the place of an earlier one of the same cell.
pub(super) fn with(workspace: &Workspace, subject: &Uscc, right: Corrected, version: u64) -> Result<StateDoc> {
    let mut all = corrected(workspace, subject)?;
    all.retain(|c| (&c.resource, &c.row, &c.field) != (&right.resource, &right.row, &right.field));
    all.push(right);
    let gone = all.len().saturating_sub(MOST);
    all.drain(..gone);
    let (collection, id) = (OVERLAYS.to_owned(), subject.as_str().to_owned());
    Ok(StateDoc { collection, id, version, doc: json(&all)?, columns: Columns::default() })
}
