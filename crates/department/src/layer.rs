//! One batch in memory: Arrow columns, and an index of firms to find a firm's rows by binary search.
//!
//! Firms' codes stand in the index alone (18 bytes and a row number each), so two million rows take about 50 MB and
//! their other columns.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use huoshui_exchange::catalogue::Resource;
use huoshui_formats::{Limits, read};
use huoshui_kernel::fault::{Lang, Result};
use huoshui_kernel::{Date, Fault, Uscc, date};
use serde_json::Value;

use crate::faults;

/// Most rows of a layer: row numbers are kept in 32 bits, and a process has to hold them.
const MAX_ROWS: usize = 50_000_000;

pub(crate) struct Layer {
    /// The rows without `uscc`.
    batches: Vec<RecordBatch>,
    /// The number of each batch's first row.
    starts: Vec<usize>,
    /// Firm and row, in order.
    index: Vec<([u8; 18], u32)>,
}

impl Layer {
    /// Reads a file. One bad cell refuses it: a department does not answer with what it could not read.
    pub(crate) fn load(path: &Path, resource: &Resource) -> Result<Self> {
        let shape = resource.shape()?;
        let limits = Limits { max_rows: MAX_ROWS as u64, ..Limits::default() };
        let mut layer = Self { batches: Vec::new(), starts: Vec::new(), index: Vec::new() };
        let (mut problems, mut first) = (0_usize, None);
        for chunk in read::open(path, shape, &limits)? {
            let chunk = chunk?;
            problems += chunk.problems.len();
            first = first.or_else(|| chunk.problems.first().map(|p| p.fault(shape)));
            if first.is_none() {
                layer.push(&chunk.batch, resource)?;
            }
        }
        if let Some(first) = first {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let place = first.row_number().map(|row| format!("{row}: ")).unwrap_or_default();
            let fault = Fault::new(&faults::BAD_CELLS).with("file", file).with("count", problems);
            return Err(fault.with("first", format_args!("{place}{}", first.message(Lang::Zh))));
        }
        if !layer.index.is_sorted() {
            layer.index.sort_unstable();
        }
        layer.index.shrink_to_fit();
        Ok(layer)
    }

    fn push(&mut self, batch: &RecordBatch, resource: &Resource) -> Result<()> {
        let start = self.index.len();
        let too_many = || Fault::new(&faults::TOO_MANY_ROWS).with("resource", &resource.code).with("limit", MAX_ROWS);
        if start + batch.num_rows() > MAX_ROWS {
            return Err(too_many());
        }
        let firms = batch.columns().first().and_then(|c| c.as_string_opt::<i32>()).ok_or_else(too_many)?;
        self.index.reserve(batch.num_rows());
        for (firm, row) in firms.iter().zip(start..) {
            let firm = firm.and_then(|f| <[u8; 18]>::try_from(f.as_bytes()).ok()).ok_or_else(too_many)?;
            self.index.push((firm, u32::try_from(row).map_err(|_| too_many())?));
        }
        let others: Vec<usize> = (1..batch.num_columns()).collect();
        self.batches.push(batch.project(&others).map_err(|_| too_many())?);
        self.starts.push(start);
        Ok(())
    }

    pub(crate) fn rows(&self) -> usize {
        self.index.len()
    }

    /// The rows of a firm in the file's order, each with all cells but `uscc`.
    pub(crate) fn of(&self, firm: &Uscc) -> Vec<Vec<Value>> {
        let code = firm.as_bytes();
        let from = self.index.partition_point(|(c, _)| c < code);
        let here = self.index.get(from..).unwrap_or_default();
        here.iter().take_while(|(c, _)| c == code).filter_map(|(_, row)| self.row(*row)).collect()
    }

    fn row(&self, row: u32) -> Option<Vec<Value>> {
        let row = usize::try_from(row).ok()?;
        let batch = self.starts.partition_point(|start| *start <= row).checked_sub(1)?;
        let at = row - self.starts.get(batch)?;
        Some(self.batches.get(batch)?.columns().iter().map(|column| cell(column, at)).collect())
    }

    /// The earliest date in a column (counted without `uscc`).
    pub(crate) fn earliest(&self, column: usize) -> Option<Date> {
        let columns = self.batches.iter().filter_map(|b| b.columns().get(column)?.as_primitive_opt::<Date32Type>());
        columns.flat_map(|days| days.iter().flatten()).min().and_then(date::from_days)
    }
}

/// A cell as the protocol writes it.
fn cell(column: &ArrayRef, at: usize) -> Value {
    if at >= column.len() || column.is_null(at) {
        return Value::Null;
    }
    if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        numbers.value(at).into()
    } else if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        date::from_days(days.value(at)).map_or(Value::Null, |day| day.to_string().into())
    } else if let Some(flags) = column.as_boolean_opt() {
        flags.value(at).into()
    } else if let Some(texts) = column.as_string_opt::<i32>() {
        texts.value(at).into()
    } else if let Some(codes) = column.as_dictionary_opt::<Int32Type>() {
        let words = codes.values().as_string_opt::<i32>();
        let word = codes.key(at).zip(words).filter(|(key, words)| *key < words.len()).map(|(key, w)| w.value(key));
        word.map_or(Value::Null, Into::into)
    } else {
        Value::Null
    }
}
