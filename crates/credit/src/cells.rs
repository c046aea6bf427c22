//! Arrow cells as values of the language.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use huoshui_formula::Value;
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;
use crate::relations::{Relation, Source, USCC};

/// The place of a column in a relation's rows, `uscc` being 0.
pub(crate) fn position(relation: &Relation, name: &str) -> Option<usize> {
    relation.columns.iter().position(|c| c.name == name).map(|i| i + 1)
}

/// A batch's column of this name.
pub(crate) fn column<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b ArrayRef> {
    batch.schema_ref().fields().iter().position(|f| f.name().eq_ignore_ascii_case(name)).map(|i| batch.column(i))
}

/// A cell; NULL where there is none, or where its type is not of the language.
pub(crate) fn cell(array: &ArrayRef, row: usize) -> Value {
    if row >= array.len() || array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Int64 => Value::Num(array.as_primitive::<Int64Type>().value(row)),
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Date32 => Value::Date(array.as_primitive::<Date32Type>().value(row)),
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(row).into()),
        DataType::Dictionary(_, _) => match array.as_dictionary_opt::<Int32Type>() {
            Some(coded) => coded.key(row).map_or(Value::Null, |key| cell(coded.values(), key)),
            None => Value::Null,
        },
        _ => Value::Null,
    }
}

/// The rows of one firm in a relation's columns; columns that were not released are NULL.
pub(crate) fn firm_rows(relation: &Relation, source: &Source, uscc: &str) -> Result<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    for batch in &source.batches {
        let firms = column(batch, USCC).ok_or_else(|| {
            Fault::new(&faults::SOURCE).with("resource", &relation.resource).with("column", USCC).with("detail", "–")
        })?;
        let arrays: Vec<Option<&ArrayRef>> = relation.columns.iter().map(|c| column(batch, &c.name)).collect();
        for row in 0..batch.num_rows() {
            let firm = cell(firms, row);
            if matches!(&firm, Value::Text(t) if **t == *uscc) {
                let own = arrays.iter().map(|a| a.map_or(Value::Null, |a| cell(a, row)));
                rows.push(std::iter::once(firm).chain(own).collect());
            }
        }
    }
    Ok(rows)
}
