//! Rows to Arrow and back.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Date32Builder, Int64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field};
use huoshui_formula::{Schema, Type, Value};
use huoshui_kernel::fault::{Fault, Result};

use crate::{check, faults};

/// Rows of the schema's columns as one batch: numbers `Int64`, truth `Boolean`, text `Utf8`, dates `Date32`.
pub fn from_rows(schema: &Schema, rows: &[Vec<Value>]) -> Result<RecordBatch> {
    check(schema, rows)?;
    let mut fields = Vec::with_capacity(schema.columns.len());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(schema.columns.len());
    for (i, column) in schema.columns.iter().enumerate() {
        let cells = rows.iter().filter_map(|row| row.get(i));
        let array: ArrayRef = match column.ty {
            Type::Bool => {
                let mut b = BooleanBuilder::new();
                cells.for_each(|v| b.append_option(if let Value::Bool(x) = v { Some(*x) } else { None }));
                Arc::new(b.finish())
            }
            Type::Text => {
                let mut b = StringBuilder::new();
                cells.for_each(|v| b.append_option(if let Value::Text(x) = v { Some(x) } else { None }));
                Arc::new(b.finish())
            }
            Type::Date => {
                let mut b = Date32Builder::new();
                cells.for_each(|v| b.append_option(if let Value::Date(x) = v { Some(*x) } else { None }));
                Arc::new(b.finish())
            }
            _ => {
                let mut b = Int64Builder::new();
                cells.for_each(|v| b.append_option(if let Value::Num(x) = v { Some(*x) } else { None }));
                Arc::new(b.finish())
            }
        };
        fields.push(Field::new(&*column.name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(Arc::new(arrow_schema::Schema::new(fields)), arrays, &options)
        .map_err(|e| bad(0, &e.to_string()))
}

/// The rows of batches, the schema's columns picked by name.
pub fn to_rows(schema: &Schema, batches: &[RecordBatch]) -> Result<Vec<Vec<Value>>> {
    let mut rows = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for batch in batches {
        let mut arrays = Vec::with_capacity(schema.columns.len());
        for column in &schema.columns {
            let array = batch.column_by_name(&column.name).ok_or_else(|| bad(rows.len(), &column.name))?;
            arrays.push((array, column.ty));
        }
        for i in 0..batch.num_rows() {
            let row = arrays.iter().map(|(a, ty)| cell(a, *ty, i).ok_or_else(|| bad(rows.len(), ty.name())));
            rows.push(row.collect::<Result<_>>()?);
        }
    }
    Ok(rows)
}

/// One cell, or None where the array is not of the type.
fn cell(array: &ArrayRef, ty: Type, i: usize) -> Option<Value> {
    if array.is_null(i) {
        return Some(Value::Null);
    }
    Some(match (ty, array.data_type()) {
        (Type::Bool, DataType::Boolean) => Value::Bool(array.as_boolean().value(i)),
        (Type::Date, DataType::Date32) => Value::Date(array.as_primitive::<Date32Type>().value(i)),
        (Type::Text, DataType::Utf8) => Value::Text(array.as_string::<i32>().value(i).into()),
        (Type::Text, DataType::Dictionary(key, _)) if **key == DataType::Int32 => {
            let dictionary = array.as_dictionary::<Int32Type>();
            let texts = dictionary.values().as_string_opt::<i32>()?;
            Value::Text(texts.value(dictionary.key(i)?).into())
        }
        (Type::Int | Type::Money | Type::Rate | Type::Ratio, DataType::Int64) => {
            Value::Num(array.as_primitive::<Int64Type>().value(i))
        }
        _ => return None,
    })
}

fn bad(row: usize, detail: &str) -> Fault {
    Fault::new(&faults::BAD_ROWS).with("row", row + 1).with("zh", detail).with("en", detail)
}
