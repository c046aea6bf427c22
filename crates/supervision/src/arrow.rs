//! Reading Arrow columns, whichever of the two text encodings a file came in.

use std::sync::Arc;

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::{ArrowError, DataType};
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;

/// A text column, plain or dictionary-encoded.
pub(crate) enum Texts<'a> {
    Plain(&'a StringArray),
    Dict(&'a Int32Array, &'a StringArray),
}

impl<'a> Texts<'a> {
    pub(crate) fn of(array: &'a dyn Array) -> Option<Self> {
        match array.data_type() {
            DataType::Utf8 => array.as_string_opt::<i32>().map(Self::Plain),
            DataType::Dictionary(key, value) if **key == DataType::Int32 && **value == DataType::Utf8 => {
                let dict = array.as_dictionary_opt::<Int32Type>()?;
                Some(Self::Dict(dict.keys(), dict.values().as_string_opt::<i32>()?))
            }
            _ => None,
        }
    }

    /// The text of a row; None where it is NULL or beyond the end.
    pub(crate) fn get(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Plain(a) => (row < a.len() && a.is_valid(row)).then(|| a.value(row)),
            Self::Dict(keys, values) => {
                if row >= keys.len() || keys.is_null(row) {
                    return None;
                }
                let key = usize::try_from(keys.value(row)).ok()?;
                (key < values.len() && values.is_valid(key)).then(|| values.value(key))
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Plain(a) => a.len(),
            Self::Dict(keys, _) => keys.len(),
        }
    }

    /// The same as a dictionary with small codes, for grouping.
    pub(crate) fn encoded(&self) -> ArrayRef {
        match self {
            Self::Plain(a) => {
                let mut builder = StringDictionaryBuilder::<Int32Type>::new();
                for value in a.iter() {
                    builder.append_option(value);
                }
                Arc::new(builder.finish())
            }
            Self::Dict(keys, values) => dictionary((*keys).clone(), Arc::new((*values).clone())),
        }
    }
}

/// A dictionary array of keys that were made for these values.
pub(crate) fn dictionary(keys: Int32Array, values: Arc<StringArray>) -> ArrayRef {
    let nulls = keys.len();
    match DictionaryArray::<Int32Type>::try_new(keys, values) {
        Ok(array) => Arc::new(array),
        // Keys are made beside their values; should they ever disagree, unknown is the only honest answer.
        Err(_) => arrow_array::new_null_array(
            &DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            nulls,
        ),
    }
}

pub(crate) fn column<'a>(table: &str, batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    batch
        .column_by_name(name)
        .ok_or_else(|| Fault::new(&faults::COLUMN_MISSING).with("table", table).with("column", name))
}

fn wrong(table: &str, name: &str) -> Fault {
    Fault::new(&faults::COLUMN_TYPE).with("table", table).with("column", name)
}

pub(crate) fn texts<'a>(table: &str, batch: &'a RecordBatch, name: &str) -> Result<Texts<'a>> {
    Texts::of(column(table, batch, name)?.as_ref()).ok_or_else(|| wrong(table, name))
}

pub(crate) fn ints<'a>(table: &str, batch: &'a RecordBatch, name: &str) -> Result<&'a Int64Array> {
    column(table, batch, name)?.as_primitive_opt::<Int64Type>().ok_or_else(|| wrong(table, name))
}

pub(crate) fn dates<'a>(table: &str, batch: &'a RecordBatch, name: &str) -> Result<&'a Date32Array> {
    column(table, batch, name)?.as_primitive_opt::<Date32Type>().ok_or_else(|| wrong(table, name))
}

pub(crate) fn flags<'a>(table: &str, batch: &'a RecordBatch, name: &str) -> Result<&'a BooleanArray> {
    column(table, batch, name)?.as_boolean_opt().ok_or_else(|| wrong(table, name))
}

/// The value of a nullable primitive, bounds included.
pub(crate) fn at<T: arrow_array::types::ArrowPrimitiveType>(
    array: &arrow_array::PrimitiveArray<T>,
    row: usize,
) -> Option<T::Native> {
    (row < array.len() && array.is_valid(row)).then(|| array.value(row))
}

/// Whether a flag is set; NULL is not.
pub(crate) fn is_set(array: &BooleanArray, row: usize) -> bool {
    row < array.len() && array.is_valid(row) && array.value(row)
}

pub(crate) fn internal(error: &ArrowError) -> Fault {
    Fault::new(&faults::INTERNAL).with("detail", error)
}

/// A batch of named columns; the lengths must agree. Columns may hold NULL.
pub(crate) fn batch(columns: Vec<(Arc<str>, ArrayRef)>, rows: usize) -> Result<RecordBatch> {
    let fields: Vec<arrow_schema::Field> = columns
        .iter()
        .map(|(name, array)| arrow_schema::Field::new(name.as_ref(), array.data_type().clone(), true))
        .collect();
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(
        Arc::new(arrow_schema::Schema::new(fields)),
        columns.into_iter().map(|(_, array)| array).collect(),
        &options,
    )
    .map_err(|e| internal(&e))
}
