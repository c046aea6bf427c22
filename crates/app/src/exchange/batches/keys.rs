//! The order of stored rows: by firm, then by the resource's key. A row's key is turned into bytes that compare as the
//! cells do, so that sorting, finding twins and laying changes over one another need not know what cells hold.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, BooleanArray, DictionaryArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_schema::DataType;
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;

/// The columns of a batch that make its rows' keys.
pub struct Keys<'a> {
    parts: Vec<Part<'a>>,
}

enum Part<'a> {
    Text(&'a StringArray),
    Code(&'a DictionaryArray<Int32Type>, &'a StringArray),
    Date(&'a PrimitiveArray<Date32Type>),
    Number(&'a PrimitiveArray<Int64Type>),
    Flag(&'a BooleanArray),
}

impl<'a> Keys<'a> {
    /// The keys of a batch, from these columns of it.
    ///
    /// # Errors
    /// `app.internal` for a column that cannot be a key, which schemas exclude.
    pub fn of(batch: &'a RecordBatch, columns: &[usize]) -> Result<Self> {
        let fault = || Fault::new(&faults::INTERNAL).with("what", "a key column of no known type");
        let parts = columns.iter().map(|index| {
            let array = batch.columns().get(*index).ok_or_else(fault)?;
            let part = match array.data_type() {
                DataType::Utf8 => array.as_string_opt().map(Part::Text),
                DataType::Dictionary(..) => array
                    .as_dictionary_opt::<Int32Type>()
                    .and_then(|d| Some(Part::Code(d, d.values().as_string_opt()?))),
                DataType::Date32 => array.as_primitive_opt().map(Part::Date),
                DataType::Int64 => array.as_primitive_opt().map(Part::Number),
                DataType::Boolean => array.as_boolean_opt().map(Part::Flag),
                _ => None,
            };
            part.ok_or_else(fault)
        });
        Ok(Self { parts: parts.collect::<Result<_>>()? })
    }

    /// Appends the key of a row. Empty sorts before everything else.
    pub fn put(&self, row: usize, out: &mut Vec<u8>) {
        for part in &self.parts {
            let valid = match part {
                Part::Text(a) => a.is_valid(row),
                Part::Code(a, _) => a.is_valid(row),
                Part::Date(a) => a.is_valid(row),
                Part::Number(a) => a.is_valid(row),
                Part::Flag(a) => a.is_valid(row),
            };
            out.push(u8::from(valid));
            if !valid {
                continue;
            }
            match part {
                Part::Text(a) => text(a.value(row), out),
                Part::Code(a, words) => {
                    let word = usize::try_from(a.keys().value(row)).ok().filter(|key| *key < words.len());
                    text(word.map_or("", |key| words.value(key)), out);
                }
                // The sign bit turned over makes big-endian bytes compare as the numbers do.
                Part::Date(a) => out.extend_from_slice(&(a.value(row).cast_unsigned() ^ (1 << 31)).to_be_bytes()),
                Part::Number(a) => out.extend_from_slice(&(a.value(row).cast_unsigned() ^ (1 << 63)).to_be_bytes()),
                Part::Flag(a) => out.push(u8::from(a.value(row))),
            }
        }
    }
}

/// Ends in a zero, which no cell holds: a text sorts before those that it begins.
fn text(word: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(word.as_bytes());
    out.push(0);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Date32Array, Int64Array};

    use super::*;

    #[test]
    fn bytes_compare_as_cells_do() {
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("name", Arc::new(StringArray::from(vec![None, Some("a"), Some("a"), Some("ab"), Some("b"), Some("b")]))),
            ("day", Arc::new(Date32Array::from(vec![5, -3, 7, -9, i32::MIN, i32::MIN]))),
            ("number", Arc::new(Int64Array::from(vec![Some(1), Some(1), None, Some(0), Some(i64::MIN), Some(0)]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let keys = Keys::of(&batch, &[0, 1, 2]).unwrap();
        let all: Vec<Vec<u8>> = (0..6)
            .map(|row| {
                let mut out = Vec::new();
                keys.put(row, &mut out);
                out
            })
            .collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
    }
}
