//! Erasing: what is past its retention, and what a firm wants gone. Files are immutable, so a file loses rows by giving
//! way to one without them; the old one is removed once the event that says so is durable. A file that outlives its event,
//! because the program ended in between, is removed by the next sweep.

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use huoshui_exchange::catalogue::{Catalogue, Resource};
use huoshui_journal::{Command, Expected};
use huoshui_kernel::Uscc;
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::{Fault, Result};

use super::events::{Expired, FirmErased, Layer, Rewritten, kind};
use super::keys::Keys;
use super::layout::Writer;
use super::ledger::{Ledger, stream};
use super::scan::Walk;
use super::spec;
use crate::exchange::holdings::blob::Opened;
use crate::faults;
use crate::folder::Workspace;
use crate::streams::json;
use huoshui_exchange::clock;

/// Removes a file unless the resource still needs it.
pub(super) fn remove(workspace: &Workspace, blob: &str, ledger: &Ledger) {
    if !ledger.live().contains(blob)
        && let Ok(path) = workspace.blobs.path(blob)
    {
        let _ = std::fs::remove_file(path);
    }
}

/// Removes every file that events say is gone.
pub(super) fn sweep(workspace: &Workspace, ledger: &Ledger) {
    let live = ledger.live();
    for path in ledger.gone.difference(&live).filter_map(|blob| workspace.blobs.path(blob).ok()) {
        let _ = std::fs::remove_file(path);
    }
}

/// Erases what is past its retention, in every resource: whole files as of a date too long ago, and rows dated too long
/// ago in the others. `now` is microseconds since 1970-01-01 UTC. What was erased, by resource; running it again at once
/// erases nothing.
///
/// # Errors
/// Those of the store; `journal.conflict` when a batch comes in meanwhile: run it again.
pub fn expire(workspace: &Workspace, catalogue: &Catalogue, now: i64) -> Result<Vec<(String, Expired)>> {
    let codes: BTreeSet<&str> = catalogue.iter().map(|r| r.code.as_str()).collect();
    let mut done = Vec::new();
    for code in codes {
        let mut ledger = Ledger::load(workspace, code)?;
        sweep(workspace, &ledger);
        let Some(in_force) = &ledger.in_force else { continue };
        let Some(resource) = catalogue.version(code, in_force.schema) else { continue };
        let months = i32::from(resource.retention_months);
        let Some(before) = date::add_months(clock::day(now), -months) else { continue };
        let expired = find(workspace, catalogue, &ledger, before)?;
        if expired.dropped.is_empty() && expired.rewritten.is_empty() {
            continue;
        }
        let body = json(&expired)?;
        ledger.expire(&expired);
        record(
            workspace,
            code,
            &mut ledger,
            kind::EXPIRED,
            ("operator", format!("{code}/{before}")),
            body.clone(),
            &body,
        )?;
        done.push((code.to_owned(), expired));
    }
    Ok(done)
}

fn find(workspace: &Workspace, catalogue: &Catalogue, ledger: &Ledger, before: Date) -> Result<Expired> {
    let mut expired = Expired { before, dropped: Vec::new(), rewritten: Vec::new(), rows: 0 };
    for blob in ledger.live() {
        let owners: Vec<_> = ledger.batches.iter().filter(|b| !b.erased && b.accepted.blob == blob).collect();
        let layer = ledger.in_force.as_ref().filter(|f| f.layers.iter().any(|l| l.blob == blob));
        let newest = owners.iter().map(|b| b.accepted.as_of).chain(layer.map(|f| f.as_of)).max();
        let earliest = owners.iter().map(|b| b.accepted.covers_from).chain(layer.map(|f| f.covers_from)).min();
        let schema = owners.iter().map(|b| b.accepted.schema).chain(layer.map(|f| f.schema)).next();
        let code = owners.iter().map(|b| &b.accepted.resource).chain(layer.map(|f| &f.resource)).next();
        let Some((code, schema)) = code.zip(schema) else { continue };
        let Some(resource) = catalogue.version(code, schema) else { continue };
        if newest.is_some_and(|day| day < before) {
            expired.rows += Opened::open(workspace, &blob)?.rows;
            expired.dropped.push(blob);
        } else if let Some(period) = resource.period.as_deref().filter(|_| earliest.is_some_and(|day| day < before)) {
            let limit = date::days(before);
            let rewritten = rewrite(workspace, resource, &blob, &format!("{before}"), |batch| {
                let days = batch.column_by_name(period).and_then(|a| a.as_primitive_opt::<Date32Type>());
                days.map(|days| days.iter().map(|day| Some(day.is_none_or(|d| d >= limit))).collect())
            })?;
            if let Some((rewritten, rows)) = rewritten {
                expired.rows += rows;
                expired.rewritten.push(rewritten);
            }
        }
    }
    Ok(expired)
}

/// Erases every row of one firm in a resource, in the batches kept as well as in what is in force. `actor` and `key` as for
/// every command: the same once more erases nothing again and gives the first answer. A department that sends the firm's
/// rows again brings them back.
///
/// # Errors
/// Those of the store; `journal.conflict` when a batch comes in meanwhile: run it again.
pub fn erase_firm(
    workspace: &Workspace,
    catalogue: &Catalogue,
    resource: &str,
    firm: Uscc,
    (actor, key): (&str, &str),
) -> Result<FirmErased> {
    let mut ledger = Ledger::load(workspace, resource)?;
    let mut erased = FirmErased { rewritten: Vec::new(), rows: 0 };
    let first = workspace.journal.receipt(actor, ERASE, key)?;
    let blobs = if first.is_none() { ledger.live() } else { BTreeSet::new() };
    for blob in blobs {
        if Opened::open(workspace, &blob)?.groups_of(firm.as_str()).is_empty() {
            continue;
        }
        let schema = ledger.batches.iter().filter(|b| b.accepted.blob == blob).map(|b| b.accepted.schema).next();
        let schema = schema.or_else(|| ledger.in_force.as_ref().map(|f| f.schema));
        let Some(described) = schema.and_then(|s| catalogue.version(resource, s)) else { continue };
        let rewritten = rewrite(workspace, described, &blob, key, |batch| {
            let firms = batch.column_by_name("uscc").and_then(|a| a.as_string_opt::<i32>());
            firms.map(|firms| firms.iter().map(|f| Some(f != Some(firm.as_str()))).collect())
        })?;
        if let Some((rewritten, rows)) = rewritten {
            erased.rows += rows;
            erased.rewritten.push(rewritten);
        }
    }
    ledger.erase(&erased);
    let request = format!("{resource}/{firm}");
    let answer = record(
        workspace,
        resource,
        &mut ledger,
        kind::FIRM_ERASED,
        (actor, key.to_owned()),
        json(&erased)?,
        request.as_bytes(),
    )?;
    serde_json::from_slice(&answer).map_err(|e| Fault::new(&faults::INTERNAL).with("what", e))
}

const ERASE: &str = "resource.erase";

fn record(
    workspace: &Workspace,
    resource: &str,
    ledger: &mut Ledger,
    kind: &str,
    (actor, key): (&str, String),
    body: Vec<u8>,
    request: &[u8],
) -> Result<Vec<u8>> {
    let version = ledger.version;
    ledger.version = version + 1;
    let (operation, key) = match kind {
        kind::FIRM_ERASED => (ERASE, key),
        _ => ("resource.expire", format!("{key}@{version}")),
    };
    let mut command = Command::new(actor, operation, key, request)
        .event(&stream(resource), Expected::Version(version), kind, 1, body.clone())
        .answer(body);
    if let Some(document) = ledger.document()? {
        command = command.put(document);
    }
    let receipt = workspace.journal.append_blocking(command)?;
    if receipt.first_time {
        sweep(workspace, ledger);
    }
    Ok(receipt.response)
}

/// Writes a file anew with the rows that `keep` says; none when it keeps all. Also how many it left out.
fn rewrite(
    workspace: &Workspace,
    resource: &Resource,
    blob: &str,
    why: &str,
    keep: impl Fn(&RecordBatch) -> Option<BooleanArray>,
) -> Result<Option<(Rewritten, u64)>> {
    let damaged = || Fault::new(&faults::DAMAGED).with("what", blob);
    let shape = resource.shape()?;
    let key = spec::key(resource, shape)?;
    let opened = Opened::open(workspace, blob)?;
    // The label keeps apart files that were written anew for different reasons.
    let mut writer = Writer::create(workspace, resource, shape, &format!("{blob}/{why}"))?;
    let mut walk = Walk::new(&|_| true);
    let (mut rows, mut bytes) = (0, Vec::new());
    for batch in opened.all(None)? {
        let batch = batch?;
        let kept = filter_record_batch(&batch, &keep(&batch).ok_or_else(damaged)?).map_err(|_| damaged())?;
        let keys = Keys::of(&kept, &key)?;
        for row in 0..kept.num_rows() {
            bytes.clear();
            keys.put(row, &mut bytes);
            let _ = walk.step(&bytes);
        }
        rows += kept.num_rows() as u64;
        writer.write(&kept)?;
    }
    let gone = opened.rows.saturating_sub(rows);
    if gone == 0 {
        return Ok(None);
    }
    let new = Layer { blob: writer.finish()?, rows, firms: walk.firms };
    Ok(Some((Rewritten { old: blob.to_owned(), new }, gone)))
}
