//! A whole resource at once, for those who compute over every firm.

use std::collections::HashSet;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use huoshui_exchange::faults::BAD_BATCH;
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};

use super::Holdings;
use super::blob::Opened;
use crate::exchange::batches::key;
use crate::exchange::batches::keys::Keys;
use crate::exchange::batches::ledger::Ledger;
use crate::exchange::batches::name::Extent;
use crate::faults;

impl Holdings {
    /// These columns (`uscc` and fields, in any order) of every row that was in force as of a date: the last whole batch
    /// of that day or before, with the changes after it up to that day laid over it. One batch follows another; rows of a
    /// firm follow one another only where no change lies over the whole batch.
    ///
    /// # Errors
    /// `resource.not_held` when there is none of that date or it is past its retention; `exchange.bad_batch` for a column that
    /// the rows' version of the schema does not have; `data.damaged`; those of the store.
    pub fn table(&self, resource: &str, columns: &[&str], as_of: Date) -> Result<Vec<RecordBatch>> {
        let ledger = Ledger::load(&self.workspace, resource)?;
        let not_held = || Fault::new(&faults::NOT_HELD).with("resource", resource).with("date", as_of);
        let (schema, blobs): (u32, Vec<String>) = match ledger.newest().filter(|f| f.as_of <= as_of) {
            Some(in_force) => (in_force.schema, in_force.layers.iter().map(|l| l.blob.clone()).collect()),
            None => {
                let until: Vec<_> = ledger.batches.iter().filter(|b| b.accepted.as_of <= as_of).collect();
                let whole = until.iter().rposition(|b| b.accepted.extent == Extent::Whole).ok_or_else(not_held)?;
                let stack = until.get(whole..).unwrap_or_default();
                if stack.iter().any(|b| b.erased) {
                    return Err(not_held());
                }
                let schema = stack.first().map(|b| b.accepted.schema).ok_or_else(not_held)?;
                (schema, stack.iter().map(|b| b.accepted.blob.clone()).collect())
            }
        };
        let layers = blobs.iter().map(|b| Opened::open(&self.workspace, b)).collect::<Result<Vec<_>>>()?;
        let described = self.catalogue.version(resource, schema).ok_or_else(not_held)?;
        let shape = described.shape()?;
        if let Some(unknown) = columns.iter().find(|c| !shape.columns.iter().any(|s| s.name == **c)) {
            return Err(Fault::new(&BAD_BATCH).with("resource", resource).with("column", unknown));
        }
        let keys: Vec<&str> =
            key(described, shape)?.iter().filter_map(|i| shape.columns.get(*i)).map(|c| c.name).collect();
        let mut wanted: Vec<&str> = columns.to_vec();
        if layers.len() > 1 {
            wanted.extend(keys.iter().filter(|k| !columns.contains(k)));
        }
        // From the top: a row counts unless a later layer has its key.
        let mut over: HashSet<Vec<u8>> = HashSet::new();
        let mut parts = Vec::with_capacity(layers.len());
        for (depth, layer) in layers.iter().enumerate().rev() {
            let mut part = Vec::new();
            for batch in layer.all(Some(&wanted))? {
                let batch = batch?;
                let kept = match layers.len() {
                    1 => batch,
                    _ => uncovered(&batch, &keys, &mut over, depth > 0)?,
                };
                part.push(project(&kept, columns).ok_or_else(not_held)?);
            }
            parts.push(part);
        }
        Ok(parts.into_iter().rev().flatten().collect())
    }
}

/// The rows that nothing above has; their keys are remembered where something lies below.
fn uncovered(batch: &RecordBatch, keys: &[&str], over: &mut HashSet<Vec<u8>>, below: bool) -> Result<RecordBatch> {
    let damaged = |what: &str| Fault::new(&faults::DAMAGED).with("what", what);
    let schema = batch.schema();
    let places: Vec<usize> = keys.iter().map(|k| schema.index_of(k).map_err(|_| damaged(k))).collect::<Result<_>>()?;
    let reader = Keys::of(batch, &places)?;
    let mut bytes = Vec::new();
    let kept: BooleanArray = (0..batch.num_rows())
        .map(|row| {
            bytes.clear();
            reader.put(row, &mut bytes);
            let covered = over.contains(bytes.as_slice());
            if below && !covered {
                over.insert(bytes.clone());
            }
            Some(!covered)
        })
        .collect();
    filter_record_batch(batch, &kept).map_err(|_| damaged("filter"))
}

/// The columns as they were asked for.
fn project(batch: &RecordBatch, columns: &[&str]) -> Option<RecordBatch> {
    let schema = batch.schema();
    let places: Option<Vec<usize>> = columns.iter().map(|c| schema.index_of(c).ok()).collect();
    batch.project(&places?).ok()
}
