//! The quality of a batch: completeness, validity and freshness, as counts and parts per million.

use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use huoshui_formula::{Type, columns, compile};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::round::div_half_even;
use huoshui_kernel::{Date, Ppm, date};
use serde::{Deserialize, Serialize};

use crate::catalogue::{Resource, params};
use crate::faults;

/// How many rows a rule's finding names.
pub const FIRST_ROWS: usize = 10;

/// One field: how often it is filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldQuality {
    /// The field.
    pub field: String,
    /// Rows with a value.
    pub filled: u64,
    /// Their share of all rows, parts per million; none of an empty batch.
    pub share: Option<i64>,
}

/// One rule: how often it is violated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleQuality {
    /// The rule's code.
    pub rule: String,
    /// Rows that violate it.
    pub violations: u64,
    /// Whether one such row refuses the batch.
    pub refuse: bool,
    /// The first rows that violate it, counted from 1 through all batches, the header not counted.
    pub first_rows: Vec<u64>,
}

/// The quality of one resource's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The resource.
    pub resource: String,
    /// The version of its schema.
    pub schema: u32,
    /// The date that the data are of.
    pub as_of: Date,
    /// The day it was measured.
    pub measured_on: Date,
    /// Rows.
    pub rows: u64,
    /// The earliest and latest date of a row, for a resource with a period.
    pub dated: Option<(Date, Date)>,
    /// Each field, in the schema's order, `uscc` first.
    pub fields: Vec<FieldQuality>,
    /// Cells filled, of all cells, parts per million.
    pub completeness: Option<i64>,
    /// Each rule, in the catalogue's order.
    pub rules: Vec<RuleQuality>,
    /// Rows that violate no rule, of all rows, parts per million.
    pub validity: Option<i64>,
    /// The last day on which the data are fresh.
    pub fresh_until: Date,
    /// Whether that day has passed.
    pub stale: bool,
    /// Whether the public holidays until that day are known; otherwise it was worked out by weekends alone.
    pub holidays_known: bool,
}

impl Report {
    /// Whether a rule that refuses was violated: then the batch is not to be taken.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.rules.iter().any(|r| r.refuse && r.violations > 0)
    }
}

/// Measures batches in a resource's shape, as files are read: `uscc` and the fields, found by name. NULL and FALSE do
/// not violate a rule; a rule that overflows in a row is the fault of that row, and the batch is not to be taken.
///
/// Faults: `exchange.bad_batch` for a column that is missing or of another type; the formula's for a row in error.
pub fn measure(batches: &[RecordBatch], resource: &Resource, as_of: Date, today: Date) -> Result<Report> {
    let schema = resource.formula_schema()?;
    for batch in batches {
        for column in &schema.columns {
            check(batch, resource, &column.name, column.ty)?;
        }
    }
    let rows: u64 = batches.iter().map(|b| b.num_rows() as u64).sum();
    let filled = |name: &str| -> u64 {
        let of = |b: &RecordBatch| b.column_by_name(name).map_or(0, |a| a.len().saturating_sub(a.logical_null_count()));
        batches.iter().map(|b| of(b) as u64).sum()
    };
    let fields: Vec<FieldQuality> = std::iter::once("uscc")
        .chain(resource.columns())
        .map(|name| (name, filled(name)))
        .map(|(name, filled)| FieldQuality { field: name.to_owned(), filled, share: share(filled, rows) })
        .collect();
    let cells = rows.saturating_mul(fields.len() as u64);
    let params = params(as_of);
    let mut ready = Vec::with_capacity(resource.rules.len());
    for rule in &resource.rules {
        let condition = compile::condition(&rule.violated, &schema, &params)?;
        let quality = RuleQuality { rule: rule.code.clone(), violations: 0, refuse: rule.refuse, first_rows: vec![] };
        ready.push((condition, quality));
    }
    let (mut before, mut invalid) = (0_u64, 0_u64);
    for batch in batches {
        let mut any = vec![false; batch.num_rows()];
        for (condition, quality) in &mut ready {
            let found = columns::filter(condition, &schema, batch).map_err(|f| renumber(f, before))?;
            quality.violations += found.count_set_bits() as u64;
            for row in found.set_indices() {
                if quality.first_rows.len() < FIRST_ROWS {
                    quality.first_rows.push(before + row as u64 + 1);
                }
                if let Some(flag) = any.get_mut(row) {
                    *flag = true;
                }
            }
        }
        invalid += any.iter().filter(|flag| **flag).count() as u64;
        before += batch.num_rows() as u64;
    }
    Ok(Report {
        resource: resource.code.clone(),
        schema: resource.schema,
        as_of,
        measured_on: today,
        rows,
        dated: dated(batches, resource),
        completeness: share(fields.iter().map(|f| f.filled).sum(), cells),
        fields,
        rules: ready.into_iter().map(|(_, quality)| quality).collect(),
        validity: share(rows.saturating_sub(invalid), rows),
        fresh_until: resource.fresh_until(as_of),
        stale: resource.is_stale(as_of, today),
        holidays_known: resource.holidays_known(as_of),
    })
}

/// Rows count through all batches.
fn renumber(fault: Fault, before: u64) -> Fault {
    match fault.row_number() {
        Some(row) => fault.row(row.saturating_add(before)),
        None => fault,
    }
}

/// Rounded half-even, so that two programs agree.
fn share(part: u64, whole: u64) -> Option<i64> {
    let ppm = div_half_even(i128::from(part) * i128::from(Ppm::ONE.0), i128::from(whole))?;
    i64::try_from(ppm).ok()
}

fn check(batch: &RecordBatch, resource: &Resource, name: &str, ty: Type) -> Result<()> {
    let is_text = |t: &DataType| match t {
        DataType::Utf8 => true,
        DataType::Dictionary(key, value) => **key == DataType::Int32 && **value == DataType::Utf8,
        _ => false,
    };
    let fits = batch.column_by_name(name).is_some_and(|array| match ty {
        Type::Int | Type::Money | Type::Rate | Type::Ratio => *array.data_type() == DataType::Int64,
        Type::Bool => *array.data_type() == DataType::Boolean,
        Type::Date => *array.data_type() == DataType::Date32,
        Type::Text => is_text(array.data_type()),
    });
    if fits {
        return Ok(());
    }
    let fault = Fault::new(&faults::BAD_BATCH).with("resource", &resource.code).with("column", name);
    Err(fault.field(name.to_owned()))
}

/// The earliest and the latest date of the period.
fn dated(batches: &[RecordBatch], resource: &Resource) -> Option<(Date, Date)> {
    let period = resource.period.as_ref()?;
    let arrays = batches.iter().filter_map(|b| b.column_by_name(period)?.as_primitive_opt::<Date32Type>());
    let days: Vec<i32> = arrays.flat_map(|array| array.iter().flatten()).collect();
    Some((date::from_days(*days.iter().min()?)?, date::from_days(*days.iter().max()?)?))
}
