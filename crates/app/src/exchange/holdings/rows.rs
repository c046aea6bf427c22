//! Cells of a stored row as an answer carries them.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch};
use huoshui_formats::table::Value;
use serde_json::Value as Json;

use crate::cells::text_at;

/// A column of which it is known what it holds.
enum Column<'a> {
    Numbers(&'a Int64Array),
    Days(&'a Date32Array),
    Flags(&'a BooleanArray),
    Others(&'a ArrayRef),
}

/// The rows of a batch: what each column holds is looked at once, not at every cell.
pub struct Cells<'a> {
    columns: Vec<Column<'a>>,
    dated: Option<&'a Date32Array>,
}

impl<'a> Cells<'a> {
    /// Of this batch, whose rows this column dates.
    #[must_use]
    pub fn of(batch: &'a RecordBatch, period: Option<&str>) -> Self {
        let columns = batch.columns().iter().skip(1).map(Column::of).collect();
        let dated = period.and_then(|name| batch.column_by_name(name)).and_then(|a| a.as_primitive_opt::<Date32Type>());
        Self { columns, dated }
    }

    /// The cells of a row after `uscc`, in the schema's order: whole numbers, fen and parts per million as numbers, dates
    /// as `2025-09-30`, flags as truths, the rest as text; null for empty.
    #[must_use]
    pub fn json(&self, row: usize) -> Vec<Json> {
        self.columns.iter().map(|column| column.cell(row)).collect()
    }

    /// Whether a row is dated within these days, both included; rows without the column always are.
    #[must_use]
    pub fn within(&self, row: usize, (from, to): (i32, i32)) -> bool {
        self.dated.is_none_or(|days| row < days.len() && days.is_valid(row) && (from..=to).contains(&days.value(row)))
    }
}

impl<'a> Column<'a> {
    fn of(array: &'a ArrayRef) -> Self {
        if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
            Self::Numbers(numbers)
        } else if let Some(days) = array.as_primitive_opt::<Date32Type>() {
            Self::Days(days)
        } else if let Some(flags) = array.as_boolean_opt() {
            Self::Flags(flags)
        } else {
            Self::Others(array)
        }
    }

    fn cell(&self, row: usize) -> Json {
        match self {
            Self::Numbers(numbers) if row < numbers.len() && numbers.is_valid(row) => numbers.value(row).into(),
            Self::Days(days) if row < days.len() && days.is_valid(row) => Value::Date(days.value(row)).text().into(),
            Self::Flags(flags) if row < flags.len() && flags.is_valid(row) => flags.value(row).into(),
            Self::Others(array) => text_at(array, row).map_or(Json::Null, Into::into),
            _ => Json::Null,
        }
    }
}
