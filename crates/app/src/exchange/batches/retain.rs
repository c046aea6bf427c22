//! Erasing: what is past its retention, and what a firm wants gone. Files are immutable, so a file loses rows by giving
//! way to one without them; the old one is removed once the event that says so is durable. A file that outlives its event,
//! because the program ended in between, is removed by the next sweep.

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use huoshui_exchange::catalogue::{Catalogue, Resource};
use huoshui_journal::faults::CONFLICT;
use huoshui_journal::{Command, Expected};
use huoshui_kernel::Uscc;
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::{Fault, Result};

use super::TRIES;
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
/// Those of the store; `batch.busy` when batches keep coming in meanwhile.
pub fn expire(workspace: &Workspace, catalogue: &Catalogue, now: i64) -> Result<Vec<(String, Expired)>> {
    let codes: BTreeSet<&str> = catalogue.iter().map(|r| r.code.as_str()).collect();
    let mut done = Vec::new();
    for code in codes {
        let expired = again(code, || {
            let mut ledger = Ledger::load(workspace, code)?;
            sweep(workspace, &ledger);
            let described = ledger.in_force.as_ref().and_then(|f| catalogue.version(code, f.schema));
            let months = described.map(|r| -i32::from(r.retention_months));
            let Some(before) = months.and_then(|m| date::add_months(clock::day(now), m)) else { return Ok(None) };
            let expired = find(workspace, catalogue, &ledger, before)?;
            if expired.dropped.is_empty() && expired.rewritten.is_empty() {
                return Ok(None);
            }
            let body = json(&expired)?;
            ledger.expire(&expired);
            let key = format!("{code}/{before}@{}", ledger.version);
            let command = Command::new("operator", "resource.expire", key, &body);
            record(workspace, code, &mut ledger, (kind::EXPIRED, &expired.rewritten), command, body)?;
            Ok(Some(expired))
        })?;
        done.extend(expired.map(|expired| (code.to_owned(), expired)));
    }
    Ok(done)
}

/// Tries anew when a batch came in meanwhile.
fn again<T>(resource: &str, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 0..TRIES {
        match attempt() {
            Err(fault) if fault.code() == CONFLICT.code => {}
            done => return done,
        }
    }
    Err(Fault::new(&faults::BATCH_BUSY).with("resource", resource))
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
/// Those of the store; `journal.key_reused`; `batch.busy` when batches keep coming in meanwhile.
pub fn erase_firm(
    workspace: &Workspace,
    catalogue: &Catalogue,
    resource: &str,
    firm: Uscc,
    (actor, key): (&str, &str),
) -> Result<FirmErased> {
    let answer = again(resource, || {
        let mut ledger = Ledger::load(workspace, resource)?;
        let request = format!("{resource}/{firm}");
        let command = Command::new(actor, "resource.erase", key, request.as_bytes());
        let mut erased = FirmErased { rewritten: Vec::new(), rows: 0 };
        // A repeat has its answer already: nothing is to be written anew for it.
        let repeat = workspace.journal.receipt(actor, "resource.erase", key)?.is_some();
        for blob in if repeat { BTreeSet::new() } else { ledger.live() } {
            if Opened::open(workspace, &blob)?.groups_of(firm.as_str()).is_empty() {
                continue;
            }
            let schema = ledger.batches.iter().find(|b| b.accepted.blob == blob).map(|b| b.accepted.schema);
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
        record(workspace, resource, &mut ledger, (kind::FIRM_ERASED, &erased.rewritten), command, json(&erased)?)
    })?;
    serde_json::from_slice(&answer).map_err(|e| Fault::new(&faults::INTERNAL).with("what", e))
}

/// As [`erase_firm`] in every resource that the catalogue has; what was erased, by resource.
///
/// # Errors
/// As [`erase_firm`]; resources before the one that failed are done, and the same once more goes on.
pub fn erase_firm_everywhere(
    workspace: &Workspace,
    catalogue: &Catalogue,
    firm: Uscc,
    (actor, key): (&str, &str),
) -> Result<Vec<(String, FirmErased)>> {
    let codes: BTreeSet<&str> = catalogue.iter().map(|r| r.code.as_str()).collect();
    let mut done = Vec::new();
    for code in codes {
        if !Ledger::load(workspace, code)?.batches.is_empty() {
            let erased = erase_firm(workspace, catalogue, code, firm, (actor, &format!("{key}/{code}")))?;
            done.push((code.to_owned(), erased));
        }
    }
    Ok(done)
}

/// Writes the event and the document of a ledger that has taken it in; the answer. When that fails, what was written anew
/// goes away again.
fn record(
    workspace: &Workspace,
    resource: &str,
    ledger: &mut Ledger,
    (kind, rewritten): (&str, &[Rewritten]),
    command: Command,
    body: Vec<u8>,
) -> Result<Vec<u8>> {
    let version = ledger.version;
    ledger.version = version + 1;
    let mut command = command.event(&stream(resource), Expected::Version(version), kind, 1, body.clone()).answer(body);
    if let Some(document) = ledger.document()? {
        command = command.put(document);
    }
    match workspace.journal.append_blocking(command) {
        Ok(receipt) => {
            if receipt.first_time {
                sweep(workspace, ledger);
            }
            Ok(receipt.response)
        }
        Err(fault) => {
            let now = Ledger::load(workspace, resource)?;
            rewritten.iter().for_each(|r| remove(workspace, &r.new.blob, &now));
            Err(fault)
        }
    }
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
