//! Loose Parquet: the file's own types.

use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use super::builder::Builder;
use super::{LooseTable, LooseType, columns, schema};
use crate::header::excerpt;
use crate::parquet::{Batches, builder, damaged, texts};
use crate::{Limits, faults};

pub(super) fn read(path: &Path, file: File, types: &[(String, LooseType)], limits: &Limits) -> Result<LooseTable> {
    let builder = builder(path, file, limits)?;
    let fields = builder.schema().fields().clone();
    let header: Vec<String> = fields.iter().map(|f| f.name().clone()).collect();
    let mut chosen = Vec::with_capacity(header.len());
    for ((name, stated), field) in columns(&header, types, limits)?.into_iter().zip(&fields) {
        let own = own_type(field.data_type());
        let Some(ty) = own.and_then(|own| combine(own, stated, field.data_type())) else {
            return Err(Fault::new(&faults::PARQUET_TYPE)
                .with("column", &name)
                .with("found", field.data_type())
                .with("expected", "int money rate ratio bool text date")
                .field(name));
        };
        chosen.push((name, ty));
    }
    let schema = schema(&chosen);
    let mut batches = Vec::new();
    let mut first_row = 2_u64;
    for batch in Batches::new(path, builder)? {
        let batch = batch?;
        let mut arrays = Vec::with_capacity(chosen.len());
        for ((name, ty), array) in chosen.iter().zip(batch.columns()) {
            arrays.push(convert(array, *ty, name, first_row)?.ok_or_else(|| damaged(path, name))?);
        }
        first_row += batch.num_rows() as u64;
        batches.push(RecordBatch::try_new(schema.clone(), arrays).map_err(|why| damaged(path, &why))?);
    }
    Ok((chosen, batches))
}

/// What a column of this Arrow type is when nothing is stated.
fn own_type(found: &DataType) -> Option<LooseType> {
    Some(match found {
        DataType::UInt64 => return None,
        t if t.is_integer() => LooseType::Int,
        DataType::Decimal128(..) | DataType::Float32 | DataType::Float64 => LooseType::Ratio,
        DataType::Boolean => LooseType::Bool,
        DataType::Date32 => LooseType::Date,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => LooseType::Text,
        DataType::Dictionary(_, value) => match own_type(value)? {
            LooseType::Text => LooseType::Text,
            _ => return None,
        },
        _ => return None,
    })
}

/// The stated type, where the column can be of it: integers in that type's own unit (fen, parts per million), decimals
/// and doubles by their value, texts as they are written in csv.
fn combine(own: LooseType, stated: Option<LooseType>, found: &DataType) -> Option<LooseType> {
    let Some(stated) = stated else { return Some(own) };
    let numeric = !matches!(stated, LooseType::Bool | LooseType::Text | LooseType::Date);
    match own {
        _ if own == stated => Some(stated),
        LooseType::Text => Some(stated),
        LooseType::Int if numeric => Some(stated),
        // Whether a fractional rate means percent or parts of one cannot be told.
        LooseType::Ratio if numeric && stated != LooseType::Rate && !found.is_integer() => Some(stated),
        _ => None,
    }
}

/// None where the array is of a type that was not accepted.
fn convert(array: &ArrayRef, ty: LooseType, name: &str, first_row: u64) -> Result<Option<ArrayRef>> {
    let mut out = Builder::new(ty);
    let fault = |spec, at: usize, value: &str| {
        let fault = Fault::new(spec).with("value", excerpt(value)).with("column", name);
        fault.field(name.to_owned()).row(first_row + at as u64)
    };
    macro_rules! each {
        ($values:expr, |$at:ident, $value:ident| $body:expr) => {{
            let Some(values) = $values else { return Ok(None) };
            for $at in 0..array.len() {
                if array.is_null($at) {
                    out.push_null();
                } else {
                    let $value = values.value($at);
                    $body
                }
            }
        }};
    }
    macro_rules! numbers {
        ($ty:ty) => {
            each!(array.as_primitive_opt::<$ty>(), |at, value| out.push_number(i64::from(value)))
        };
    }
    match array.data_type() {
        DataType::Boolean | DataType::Date32 | DataType::Utf8 if *array.data_type() == ty.data_type() => {
            return Ok(Some(array.clone()));
        }
        DataType::Int64 => numbers!(Int64Type),
        DataType::Int32 => numbers!(Int32Type),
        DataType::Int16 => numbers!(Int16Type),
        DataType::Int8 => numbers!(Int8Type),
        DataType::UInt32 => numbers!(UInt32Type),
        DataType::UInt16 => numbers!(UInt16Type),
        DataType::UInt8 => numbers!(UInt8Type),
        DataType::Date32 => {
            each!(array.as_primitive_opt::<Date32Type>(), |at, value| out.push_number(i64::from(value)))
        }
        DataType::Float32 => {
            each!(array.as_primitive_opt::<Float32Type>(), |at, value| {
                let text = value.to_string();
                out.push(&text).map_err(|spec| fault(spec, at, &text))?;
            });
        }
        DataType::Float64 => {
            each!(array.as_primitive_opt::<Float64Type>(), |at, value| {
                let text = value.to_string();
                out.push(&text).map_err(|spec| fault(spec, at, &text))?;
            });
        }
        DataType::Decimal128(_, scale) => {
            let (from, to) = (i32::from(*scale), i32::try_from(out.scale().unwrap_or(0)).unwrap_or(0));
            each!(array.as_primitive_opt::<Decimal128Type>(), |at, value| {
                let scaled = rescale(value, to - from);
                out.push_number(scaled.ok_or_else(|| fault(&faults::RATIO_RANGE, at, &format!("{value}e-{from}")))?);
            });
        }
        DataType::Dictionary(..) => {
            let Some(codes) = array.as_any_dictionary_opt() else { return Ok(None) };
            let Some(words) = texts(codes.values()) else { return Ok(None) };
            let keys = if words.is_empty() { Vec::new() } else { codes.normalized_keys() };
            for at in 0..array.len() {
                let word = keys.get(at).and_then(|key| words.get(*key)).copied().flatten();
                match word.filter(|_| !array.is_null(at)) {
                    Some(word) => out.push(word).map_err(|spec| fault(spec, at, word))?,
                    None => out.push_null(),
                }
            }
        }
        _ => {
            let Some(words) = texts(array) else { return Ok(None) };
            for (at, word) in words.into_iter().enumerate() {
                match word {
                    Some(word) => out.push(word).map_err(|spec| fault(spec, at, word))?,
                    None => out.push_null(),
                }
            }
        }
    }
    Ok(Some(out.finish()))
}

/// Times ten to the power, exactly or not at all.
fn rescale(value: i128, power: i32) -> Option<i64> {
    let factor = 10_i128.checked_pow(power.unsigned_abs())?;
    let scaled = if power >= 0 {
        value.checked_mul(factor)?
    } else if value % factor == 0 {
        value / factor
    } else {
        return None;
    };
    i64::try_from(scaled).ok()
}
