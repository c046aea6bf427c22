//! Many layers made one: a read looks into every file in force, so their number is bounded.

use huoshui_exchange::catalogue::Catalogue;
use huoshui_journal::faults::CONFLICT;
use huoshui_journal::{Command, Expected};
use huoshui_kernel::fault::{Fault, Result};

use super::events::{Layer, LayersMerged, kind};
use super::layout::{Gathered, Writer};
use super::ledger::{Ledger, stream};
use super::scan::Walk;
use super::{retain, spec};
use crate::exchange::holdings::blob::Opened;
use crate::faults;
use crate::folder::Workspace;
use crate::streams::json;

/// Lays every change over the whole batch, the latest row of a key on top, and keeps the result as one file. When others
/// change the resource meanwhile nothing happens; the next batch tries again.
///
/// # Errors
/// Those of the store.
pub fn run(workspace: &Workspace, catalogue: &Catalogue, resource: &str) -> Result<()> {
    let mut ledger = Ledger::load(workspace, resource)?;
    let Some(in_force) = ledger.newest().filter(|f| f.layers.len() > 1) else { return Ok(()) };
    let described = catalogue.version(resource, in_force.schema);
    let described = described.ok_or_else(|| Fault::new(&faults::INTERNAL).with("what", resource))?;
    let shape = described.shape()?;
    let key = spec::key(described, shape)?;
    let mut gathered = Gathered::default();
    for layer in &in_force.layers {
        for batch in Opened::open(workspace, &layer.blob)?.all(None)? {
            gathered.add(&batch?, &key)?;
        }
    }
    let order = gathered.latest(&gathered.order()?);
    let mut walk = Walk::new(&|_| true);
    for index in &order {
        let _ = walk.step(gathered.key(*index));
    }
    let mut writer = Writer::create(workspace, described, shape, &format!("merged@{}", ledger.version))?;
    gathered.each(&order, |batch| writer.write(batch))?;
    let layer = Layer { blob: writer.finish()?, rows: order.len() as u64, firms: walk.firms };
    let merged = LayersMerged { merged: in_force.layers.len() as u64, layer };
    let version = ledger.version;
    let body = json(&merged)?;
    ledger.merge(merged.clone());
    ledger.version = version + 1;
    let mut command = Command::new("operator", "resource.merge", format!("{resource}@{version}"), &body).event(
        &stream(resource),
        Expected::Version(version),
        kind::LAYERS_MERGED,
        1,
        body,
    );
    if let Some(document) = ledger.document()? {
        command = command.put(document);
    }
    match workspace.journal.append_blocking(command) {
        Ok(_) => {
            retain::sweep(workspace, &ledger);
            Ok(())
        }
        Err(fault) => {
            retain::remove(workspace, &merged.layer.blob, &Ledger::load(workspace, resource)?);
            if fault.code() == CONFLICT.code { Ok(()) } else { Err(fault) }
        }
    }
}
