//! Single rows of a batch as values: to name the fault of a row that the columns found to be in error, and to hand
//! results on.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;
use crate::ir::{Expr, Query, Schema};
use crate::row::Program;
use crate::value::Value;

/// A cell; NULL where there is none or where its type is not of the language.
pub(super) fn cell(array: &ArrayRef, row: usize) -> Value {
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

/// A row of the schema's columns.
fn values(schema: &Schema, batch: &RecordBatch, row: usize) -> Vec<Value> {
    let fields = batch.schema_ref().fields();
    let find = |name: &str| fields.iter().position(|field| field.name().eq_ignore_ascii_case(name));
    let array = |name: &str| find(name).and_then(|at| batch.columns().get(at));
    schema.columns.iter().map(|column| array(&column.name).map_or(Value::Null, |array| cell(array, row))).collect()
}

/// The fault of a row whose evaluation is an error, worded by the row executor. `number` counts from 1.
pub(super) fn fault<'a>(
    exprs: impl IntoIterator<Item = &'a Expr>,
    schema: &Schema,
    batch: &RecordBatch,
    row: usize,
    number: u64,
) -> Fault {
    let values = values(schema, batch, row);
    let said = exprs.into_iter().find_map(|expr| Program::new(expr).and_then(|program| program.eval(&values)).err());
    said.unwrap_or_else(|| Fault::new(&faults::OVERFLOW).with("text", "")).row(number)
}

/// The same for a row that an aggregation takes in: what it evaluates, in its order.
pub(super) fn query_fault(query: &Query, batch: &RecordBatch, row: usize, number: u64) -> Fault {
    let values = values(&query.schema, batch, row);
    let holds = |filter: &Option<Expr>| -> Result<bool> {
        match filter {
            Some(filter) => Ok(Program::new(filter)?.eval_bool(&values)? == Some(true)),
            None => Ok(true),
        }
    };
    let run = || -> Result<()> {
        if !holds(&query.filter)? {
            return Ok(());
        }
        for key in &query.keys {
            Program::new(key)?.eval(&values)?;
        }
        for aggregate in &query.aggregates {
            if holds(&aggregate.filter)? {
                for arg in &aggregate.args {
                    Program::new(arg)?.eval(&values)?;
                }
            }
        }
        Ok(())
    };
    run().err().unwrap_or_else(|| Fault::new(&faults::OVERFLOW).with("text", "")).row(number)
}
