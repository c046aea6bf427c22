//! Made-up enterprises with the features that a gate policy reads.

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::{ArrowError, Field, Schema};
use huoshui_formula::Type;

use crate::positions::data::Draw;

/// The features. Amounts are integers, in fen.
pub const COLUMNS: [(&str, Type); 22] = [
    ("tax_grade", Type::Text),
    ("industry", Type::Text),
    ("guarantee_type", Type::Text),
    ("tax_paid", Type::Int),
    ("years_filed", Type::Int),
    ("tax_growth", Type::Ratio),
    ("revenue", Type::Int),
    ("r_and_d", Type::Int),
    ("assets", Type::Int),
    ("liabilities", Type::Int),
    ("patents", Type::Int),
    ("employees", Type::Int),
    ("insured", Type::Int),
    ("lawsuits", Type::Int),
    ("penalties", Type::Int),
    ("debt_banks", Type::Int),
    ("overdue", Type::Int),
    ("founded_on", Type::Date),
    ("certificate_to", Type::Date),
    ("last_loan_on", Type::Date),
    ("executed", Type::Bool),
    ("abnormal", Type::Bool),
];

/// Tax grades, industries and kinds of guarantee, by code.
pub const GRADES: [&str; 5] = ["A", "B", "M", "C", "D"];
pub const INDUSTRIES: [&str; 8] = ["C35", "C39", "I65", "M73", "F51", "K70", "C26", "N77"];
pub const GUARANTEES: [&str; 4] = ["none", "mortgage", "pledge", "guarantor"];

/// One batch; its number is its seed.
pub fn batch(number: usize, rows: usize) -> Result<RecordBatch, ArrowError> {
    let mut draw = Draw(number as u64 * 1_000_003 + 11);
    let mut columns: Vec<(&str, ArrayRef)> = Vec::new();
    for (name, values) in [("tax_grade", &GRADES[..]), ("industry", &INDUSTRIES), ("guarantee_type", &GUARANTEES)] {
        let keys: Int32Array = (0..rows).map(|_| i32::try_from(draw.below(values.len())).ok()).collect();
        let entries = Arc::new(StringArray::from_iter_values(values));
        columns.push((name, Arc::new(DictionaryArray::<Int32Type>::try_new(keys, entries)?)));
    }
    let sizes = [
        ("tax_paid", 30_000_000),
        ("years_filed", 15),
        ("tax_growth", 1_000_000_000_000),
        ("revenue", 400_000_000),
        ("r_and_d", 20_000_000),
        ("assets", 400_000_000),
        ("liabilities", 250_000_000),
        ("patents", 12),
        ("employees", 4_000),
        ("insured", 3_000),
        ("lawsuits", 6),
        ("penalties", 5),
        ("debt_banks", 8),
        ("overdue", 5_000_000),
    ];
    for (name, size) in sizes {
        let less = if name == "tax_growth" { size / 4 } else { 0 };
        let value = |draw: &mut Draw| i64::try_from(draw.below(size)).unwrap_or(0) - i64::try_from(less).unwrap_or(0);
        let clean = matches!(name, "overdue" | "penalties" | "lawsuits");
        let values = (0..rows).map(|_| if clean && draw.chance(700) { 0 } else { value(&mut draw) });
        columns.push((name, Arc::new(Int64Array::from(values.collect::<Vec<_>>()))));
    }
    for (name, first, span) in
        [("founded_on", 12_000, 8_300), ("certificate_to", 20_000, 1_200), ("last_loan_on", 18_000, 2_300)]
    {
        let missing = if name == "last_loan_on" { 300 } else { 0 };
        let day = |draw: &mut Draw| first + i32::try_from(draw.below(span)).unwrap_or(0);
        let days: Date32Array = (0..rows).map(|_| (!draw.chance(missing)).then(|| day(&mut draw))).collect();
        columns.push((name, Arc::new(days)));
    }
    for (name, often) in [("executed", 30), ("abnormal", 30)] {
        let flags: Vec<bool> = (0..rows).map(|_| draw.chance(often)).collect();
        columns.push((name, Arc::new(BooleanArray::from(flags))));
    }
    let field = |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, array)| array).collect())
}
