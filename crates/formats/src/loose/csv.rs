//! Loose csv, in two passes: the first infers what is not stated, the second reads.

use std::fs::File;
use std::io::Seek;
use std::path::Path;

use arrow_array::RecordBatch;
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use super::builder::Builder;
use super::infer::Candidates;
use super::{LooseTable, LooseType, columns, schema};
use crate::cell::trim;
use crate::csv::read::header_row;
use crate::csv::source::Rows;
use crate::header::excerpt;
use crate::read::show;
use crate::{Limits, faults};

pub(super) fn read(path: &Path, file: File, types: &[(String, LooseType)], limits: &Limits) -> Result<LooseTable> {
    let unreadable = |why: std::io::Error| Fault::new(&faults::UNREADABLE).with("path", show(path)).with("why", why);
    let mut again = file.try_clone().map_err(unreadable)?;
    let mut rows = Rows::open(path, file, limits)?;
    let header = header_row(&mut rows, path)?;
    let stated = columns(&header, types, limits)?;

    let mut candidates = vec![Candidates::default(); stated.len()];
    if stated.iter().any(|(_, ty)| ty.is_none()) {
        each_row(&mut rows, stated.len(), limits, |_, column, text| {
            if let (Some(seen), Some((_, None))) = (candidates.get_mut(column), stated.get(column)) {
                let cell = trim(text);
                if !cell.is_empty() {
                    seen.see(cell);
                }
            }
            Ok(())
        })?;
    }
    let mut chosen: Vec<(String, LooseType)> = Vec::with_capacity(stated.len());
    for ((name, ty), seen) in stated.into_iter().zip(&candidates) {
        let ty = ty.unwrap_or_else(|| seen.choose());
        chosen.push((name, ty));
    }

    again.rewind().map_err(unreadable)?;
    let mut rows = Rows::open(path, again, limits)?;
    header_row(&mut rows, path)?;
    let schema = schema(&chosen);
    let mut builders: Vec<Builder> = chosen.iter().map(|(_, ty)| Builder::new(*ty)).collect();
    let mut batches = Vec::new();
    let (mut pending, last_column) = (0_usize, chosen.len().saturating_sub(1));
    let mut flush = |builders: &mut Vec<Builder>| -> Result<()> {
        let arrays = builders.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(schema.clone(), arrays)
            .map_err(|why| Fault::new(&faults::CHANGED).with("path", show(path)).with("why", why))?;
        batches.push(batch);
        Ok(())
    };
    each_row(&mut rows, chosen.len(), limits, |row, column, text| {
        if let Some(builder) = builders.get_mut(column) {
            builder.push(text).map_err(|spec| {
                let name = chosen.get(column).map(|(name, _)| name.clone()).unwrap_or_default();
                let fault = Fault::new(spec).with("value", excerpt(text)).with("column", &name);
                fault.field(name).row(row)
            })?;
        }
        if column == last_column {
            pending += 1;
            if pending >= limits.batch_rows.max(1) {
                pending = 0;
                flush(&mut builders)?;
            }
        }
        Ok(())
    })?;
    if pending > 0 {
        flush(&mut builders)?;
    }
    Ok((chosen, batches))
}

/// Gives every cell of every row: row number, column, text. An empty line is a row only in a table of one column.
fn each_row(
    rows: &mut Rows,
    width: usize,
    limits: &Limits,
    mut take: impl FnMut(u64, usize, &str) -> Result<()>,
) -> Result<()> {
    let (mut cells, mut scratch) = (Vec::with_capacity(width), String::new());
    let mut count = 0_u64;
    loop {
        let number = rows.next_row;
        let Some(row) = rows.next(&mut cells)? else { return Ok(()) };
        if width > 1 && matches!(cells.as_slice(), [only] if only.start == only.end) {
            continue;
        }
        count += 1;
        if count > limits.max_rows {
            return Err(Fault::new(&faults::TOO_MANY_ROWS).with("limit", limits.max_rows).row(number));
        }
        if row.bad_quote.is_some() {
            return Err(Fault::new(&faults::BAD_QUOTE).with("value", "").row(number));
        }
        if cells.len() != width {
            return Err(Fault::new(&faults::CELL_COUNT).with("value", cells.len()).row(number));
        }
        for (column, cell) in cells.iter().enumerate() {
            let text = rows.cell(row, cell, &mut scratch);
            if text.len() > limits.max_cell_chars && text.chars().count() > limits.max_cell_chars {
                let fault = Fault::new(&faults::TOO_LONG).with("value", excerpt(text));
                return Err(fault.with("limit", limits.max_cell_chars).row(number));
            }
            take(number, column, text)?;
        }
    }
}
