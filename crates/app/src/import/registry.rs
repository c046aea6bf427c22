//! Importing the registry's tables: checked whole, stored as an immutable file, recorded as one event.

use std::collections::BTreeMap;

use huoshui_journal::{Command, Expected};
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::shape::TableShape;
use huoshui_registry::roster::{Plan, PlanOptions, plan};
use huoshui_registry::{Departments, Institutions};
use huoshui_registry::{Reference, Refusal, shapes};

use super::files::{Source, Table};
use super::report::{Item, Outcome};
use super::store::keep;
use super::table::{Loaded, load};
use crate::events::{RegistryRecorded, kind};
use crate::faults;
use crate::folder::Workspace;
use crate::library::{Library, stream};
use crate::rows;
use crate::streams::json;

/// What the caller wants of an import.
#[derive(Clone, Copy, Debug, Default)]
pub struct Choice {
    /// Show what would happen and change nothing.
    pub dry_run: bool,
    /// A list of a date that the library has already may be replaced.
    pub replace_list: bool,
}

/// Takes one registry file in, or says why not. A fault of the store itself is an error; everything else is the outcome.
///
/// # Errors
/// Those of the store.
pub fn take(workspace: &Workspace, library: &mut Library, source: &Source, choice: Choice) -> Result<Item> {
    let outcome = match prepare(workspace, library, source, choice) {
        Err(refused) => refused,
        Ok(ready) if ready.already_there => Outcome::AlreadyThere { rows: ready.loaded.rows },
        Ok(ready) if choice.dry_run => {
            Outcome::WouldApply { rows: ready.loaded.rows, changes: ready.changes, plan: ready.plan.map(Box::new) }
        }
        Ok(ready) => record(workspace, library, source, ready)?,
    };
    Ok(Item { path: source.path.clone(), table: source.table, institution: None, date: source.date, outcome })
}

struct Ready {
    loaded: Loaded,
    shape: &'static TableShape,
    stream: &'static str,
    changes: BTreeMap<String, u64>,
    plan: Option<Plan>,
    already_there: bool,
}

fn place(table: Table) -> (&'static TableShape, &'static str) {
    match table {
        Table::Institutions => (&shapes::INSTITUTIONS, stream::INSTITUTIONS),
        Table::Departments => (&shapes::DEPARTMENTS, stream::DEPARTMENTS),
        Table::Enterprises => (&shapes::ENTERPRISES, stream::ENTERPRISES),
        Table::Roster => (&shapes::ROSTER, stream::ROSTER),
        _ => (&huoshui_supervision::filings::TARGETS, stream::TARGETS),
    }
}

fn prepare(
    workspace: &Workspace,
    library: &Library,
    source: &Source,
    choice: Choice,
) -> std::result::Result<Ready, Outcome> {
    let (shape, stream) = place(source.table);
    let loaded = load(&source.path, shape).map_err(Outcome::refused)?;
    if loaded.problems_total > 0 {
        let faults = loaded.problems.iter().map(|p| p.fault(shape)).collect();
        return Err(Outcome::Refused { count: loaded.problems_total, faults, listing: None });
    }
    let recorded = library.recorded.get(stream).map(Vec::as_slice).unwrap_or_default();
    // The last word on a date counts: a table that was recorded, replaced and now comes back is a change again.
    let last = recorded.iter().rev().find(|r| r.date == source.date);
    let already_there = last.is_some_and(|r| r.table.source == loaded.source);
    let (changes, plan) = check(workspace, library, source, &loaded, choice)?;
    Ok(Ready { loaded, shape, stream, changes, plan, already_there })
}

type Checked = (BTreeMap<String, u64>, Option<Plan>);

fn check(
    workspace: &Workspace,
    library: &Library,
    source: &Source,
    loaded: &Loaded,
    choice: Choice,
) -> std::result::Result<Checked, Outcome> {
    let reference = Reference::built_in().map_err(Outcome::refused)?;
    let rows = |count: usize| BTreeMap::from([("rows".to_owned(), count as u64)]);
    let date = || source.date.unwrap_or(Date::MIN);
    match source.table {
        Table::Institutions => {
            let read = rows::institutions(&loaded.batches).map_err(Outcome::refused)?;
            let count = read.len();
            Institutions::from_rows(read).map_err(whole)?;
            Ok((rows(count), None))
        }
        Table::Departments => {
            let read = rows::departments(&loaded.batches).map_err(Outcome::refused)?;
            let count = read.len();
            Departments::from_rows(read).map_err(whole)?;
            Ok((rows(count), None))
        }
        Table::Enterprises => {
            let read = rows::enterprises(&loaded.batches).map_err(Outcome::refused)?;
            let checked = huoshui_registry::enterprise::check(&read, date(), reference).map_err(whole)?;
            let new = checked.iter().filter(|e| !library.enterprises.contains(&e.uscc)).count();
            let changes = [("new", new), ("changed", checked.len() - new)];
            Ok((changes.map(|(k, n)| (k.to_owned(), n as u64)).into(), None))
        }
        Table::Roster => {
            let read = rows::roster(&loaded.batches).map_err(Outcome::refused)?;
            let options = PlanOptions { replace: choice.replace_list };
            let plan = plan(&library.roster, &library.enterprises, &read, date(), reference, options);
            if let Some(refusal) = plan.refusal {
                return Err(whole(refusal));
            }
            let c = &plan.changes;
            let changes = [
                ("added", c.added.len() as u64),
                ("recertified", c.recertified.len() as u64),
                ("expired", c.expired.len() as u64),
                ("moved", c.moved.len() as u64),
                ("renamed", c.renamed.len() as u64),
                ("unchanged", c.unchanged),
            ];
            Ok((changes.map(|(k, n)| (k.to_owned(), n)).into(), Some(plan)))
        }
        _ => {
            let read = huoshui_supervision::targets::read(&loaded.batches).map_err(Outcome::refused)?;
            aimed(workspace, library, &read).map_err(Outcome::refused)?;
            Ok((rows(read.len()), None))
        }
    }
}

/// A target of a figure or a cell that does not exist would never be reached, and nobody would be told why.
fn aimed(workspace: &Workspace, library: &Library, targets: &[huoshui_supervision::targets::Target]) -> Result<()> {
    let catalogue = crate::policies::Set::load(workspace, None)?.catalogue()?;
    for (row, target) in (2..).zip(targets) {
        let indicator = catalogue.get(&target.code, target.by).map_err(|fault| fault.row(row).field("code"))?;
        for (dim, value) in &target.cell {
            let allowed = indicator.dimensions.contains(dim);
            let known = value.as_deref().is_none_or(|v| crate::names::is_known(library, *dim, v));
            if !(allowed && known) {
                let shown = format!("{}={}", dim.name(), value.as_deref().unwrap_or_default());
                let fault = Fault::new(&faults::TARGET_CELL).with("code", &target.code).with("cell", shown);
                return Err(fault.row(row).field("cell"));
            }
        }
    }
    Ok(())
}

fn whole(refusal: Refusal) -> Outcome {
    Outcome::Refused { count: refusal.count, faults: refusal.faults, listing: None }
}

fn record(workspace: &Workspace, library: &mut Library, source: &Source, ready: Ready) -> Result<Outcome> {
    let table = keep(workspace, ready.shape, &ready.loaded)?;
    let version = library.versions.get(ready.stream).copied().unwrap_or(0);
    let event = RegistryRecorded { date: source.date, table, changes: ready.changes.clone() };
    // The stream's version is part of the key: the same file may rightly be recorded again after another replaced it.
    let key = format!("{}@{version}", ready.loaded.source);
    let command = Command::new("operator", ready.stream, key, ready.loaded.source.as_bytes())
        .event(ready.stream, Expected::Version(version), kind::REGISTRY_RECORDED, 1, json(&event)?)
        .answer(json(&event)?);
    workspace.journal.append_blocking(command)?;
    library.add(workspace, ready.stream, event)?;
    Ok(Outcome::Applied { rows: ready.loaded.rows, changes: ready.changes, plan: ready.plan.map(Box::new) })
}

/// The date of a file must have come, or the city would be told of a day that nobody has seen.
///
/// # Errors
/// `import.in_future`.
pub fn not_in_future(source: &Source, today: Date) -> Result<()> {
    match source.date {
        Some(date) if date > today => Err(Fault::new(&faults::IN_FUTURE).with("date", date).field("date")),
        _ => Ok(()),
    }
}
