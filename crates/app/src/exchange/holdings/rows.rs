//! Cells of a stored row as an answer carries them.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use huoshui_formats::table::Value;
use serde_json::Value as Json;

use crate::cells::text_at;

/// The cells of a row after `uscc`, in the schema's order: whole numbers, fen and parts per million as numbers, dates
/// as `2025-09-30`, flags as truths, the rest as text; null for empty.
#[must_use]
pub fn json(batch: &RecordBatch, row: usize) -> Vec<Json> {
    batch.columns().iter().skip(1).map(|array| cell(array, row)).collect()
}

fn cell(array: &ArrayRef, row: usize) -> Json {
    if row >= array.len() || array.is_null(row) {
        return Json::Null;
    }
    if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
        numbers.value(row).into()
    } else if let Some(days) = array.as_primitive_opt::<Date32Type>() {
        Value::Date(days.value(row)).text().into()
    } else if let Some(flags) = array.as_boolean_opt() {
        flags.value(row).into()
    } else {
        text_at(array, row).map_or(Json::Null, Into::into)
    }
}

/// Whether a row is dated within these days, both included; rows without the column always are.
#[must_use]
pub fn within(batch: &RecordBatch, period: Option<&str>, row: usize, (from, to): (i32, i32)) -> bool {
    let days = period.and_then(|name| batch.column_by_name(name)).and_then(|a| a.as_primitive_opt::<Date32Type>());
    days.is_none_or(|days| row < days.len() && days.is_valid(row) && (from..=to).contains(&days.value(row)))
}
