//! What kind of store this is: real, or a demonstration, as its first event says.

use huoshui_journal::{Command, Expected};
use huoshui_kernel::fault::{Fault, Result};

use super::events::{Store, kind};
use super::{collection, faults, fold};
use crate::folder::Workspace;
use crate::library;
use crate::streams::json;

/// The stream.
const STREAM: &str = "store";

/// Whether the journal says that it is a demonstration.
///
/// # Errors
/// Those of the store, `data.damaged`.
pub fn is_demo(workspace: &Workspace) -> Result<bool> {
    Ok(read(workspace)?.is_some_and(|store| store.demo))
}

/// How far the store's clock is ahead of the machine's, microseconds; 0 for any store that is not a demonstration.
///
/// # Errors
/// Those of the store, `data.damaged`.
pub fn shift(workspace: &Workspace) -> Result<i64> {
    Ok(read(workspace)?.filter(|store| store.demo).map_or(0, |store| store.shift))
}

fn read(workspace: &Workspace) -> Result<Option<Store>> {
    let Some(doc) = workspace.journal.state(collection::STORE, "this")? else { return Ok(None) };
    serde_json::from_slice(&doc.doc)
        .map(Some)
        .map_err(|_| Fault::new(&crate::faults::DAMAGED).with("what", "store/this"))
}

/// Marks a fresh store as a demonstration: before anything else is in it, and for good.
///
/// # Errors
/// `access.not_empty` when it holds data; those of the store.
pub fn mark_demo(workspace: &Workspace) -> Result<()> {
    mark_demo_at(workspace, 0)
}

/// The same, with a clock that far ahead of the machine's, microseconds.
///
/// # Errors
/// As [`mark_demo`].
pub fn mark_demo_at(workspace: &Workspace, shift: i64) -> Result<()> {
    let store = Store { demo: true, shift };
    let body = json(&store)?;
    let mut command = Command::new("huoshui", "store.mark", "demo", &body)
        .event(STREAM, Expected::Version(0), kind::STORE_MARKED, 1, body.clone())
        .put(fold::store(&store, 1)?)
        .answer(body);
    for stream in [
        library::stream::INSTITUTIONS,
        library::stream::ENTERPRISES,
        library::stream::ROSTER,
        library::stream::DEPARTMENTS,
        FIRST_OPERATOR,
    ] {
        command = command.expect(stream, 0);
    }
    match workspace.journal.append_blocking(command) {
        Err(fault) if fault.code() == "journal.conflict" => Err(Fault::new(&faults::NOT_EMPTY)),
        other => other.map(|_| ()),
    }
}

/// The stream of the first operator of a real store: a store that was ever run for real never becomes a demonstration.
pub const FIRST_OPERATOR: &str = "organisation/operator";
