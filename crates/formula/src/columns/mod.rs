//! The columns executor: every row of a table at once, over Arrow arrays, near the speed of memory.
//!
//! Rows are taken in chunks that fit the first caches. Every node of the formulas' common graph is computed for all rows
//! of a chunk, without branches; an error only sets a bit, which counts if its row and branch turn out to be selected.
//! Texts are codes: constants are compared with a dictionary's entries and not with rows. Sums are exact, and results
//! never depend on the number of threads or on how rows are cut into batches.
//!
//! Columns are found by name: integers, money, rates and ratios as `Int64`, truths as `Boolean`, texts as `Utf8` or
//! `Dictionary(Int32, Utf8)`, dates as `Date32`.

mod aggregate;
mod arith;
mod bits;
mod civil;
mod compare;
mod distinct;
mod eval;
mod group;
mod grouped;
mod input;
mod logic;
mod plan;
mod program;
mod rows;
mod state;
mod text;
mod worker;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::BooleanBuffer;
use huoshui_kernel::fault::{Fault, Result};

pub use aggregate::{Aggregator, Options};
pub use grouped::{AggregateValue, Grouped};
pub use program::Program;

use crate::ir::{Expr, Query, Schema};
use crate::value::Value;

/// The rows of a batch where a condition is TRUE.
pub fn filter(condition: &Expr, schema: &Schema, batch: &RecordBatch) -> Result<BooleanBuffer> {
    let array = Program::new(condition, schema)?.eval(batch)?;
    let truths = array.as_boolean_opt().ok_or_else(|| eval::internal("a condition was expected"))?;
    Ok(match truths.nulls() {
        Some(nulls) => truths.values() & nulls.inner(),
        None => truths.values().clone(),
    })
}

/// Runs a whole query: a row of results for each row that its filter keeps, or for each group in order.
pub fn run(query: &Query, batches: &[RecordBatch]) -> Result<Vec<Vec<Value>>> {
    if query.grouped {
        let mut aggregator = Aggregator::new(query, Options::default())?;
        aggregator.push_all(batches)?;
        return aggregator.finish()?.outputs(query);
    }
    let schema = &query.schema;
    let programs = query.outputs.iter().map(|o| Program::new(&o.expr, schema)).collect::<Result<Vec<_>>>()?;
    let mut results = Vec::new();
    let mut before = 0;
    for batch in batches {
        rows_of(query, &programs, batch, &mut results).map_err(|fault| renumber(fault, before))?;
        before += batch.num_rows() as u64;
    }
    Ok(results)
}

/// Rows count through all batches.
fn renumber(fault: Fault, before: u64) -> Fault {
    match fault.row_number() {
        Some(row) => fault.row(row + before),
        None => fault,
    }
}

fn rows_of(query: &Query, programs: &[Program], batch: &RecordBatch, results: &mut Vec<Vec<Value>>) -> Result<()> {
    let rows = batch.num_rows();
    // A row whose filter is an error comes after a row whose result is one: the first row in error is the one to name.
    let (kept, failed) = match &query.filter {
        None => (BooleanBuffer::new_set(rows), None),
        Some(condition) => match filter(condition, &query.schema, batch) {
            Ok(kept) => (kept, None),
            Err(fault) => match fault.row_number() {
                Some(row) => {
                    let good = usize::try_from(row).unwrap_or(rows).saturating_sub(1);
                    let head = batch.slice(0, good);
                    rows_of(query, programs, &head, &mut Vec::new())?;
                    (BooleanBuffer::new_unset(rows), Some(fault))
                }
                None => return Err(fault),
            },
        },
    };
    if let Some(fault) = failed {
        return Err(fault);
    }
    let mut first: Option<Fault> = None;
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(programs.len());
    for program in programs {
        match program.eval_within(batch, &kept) {
            Ok(column) => columns.push(column),
            Err(fault) if fault.row_number().is_none() => return Err(fault),
            Err(fault) => {
                if first.as_ref().is_none_or(|known| fault.row_number() < known.row_number()) {
                    first = Some(fault);
                }
            }
        }
    }
    if let Some(fault) = first {
        return Err(fault);
    }
    for row in kept.set_indices() {
        results.push(columns.iter().map(|column| rows::cell(column, row)).collect());
    }
    Ok(())
}
