//! Batches as departments send them: every firm, every month, amounts that hardly repeat.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray};
use huoshui_exchange::catalogue::Catalogue;
use huoshui_formats::write::{CsvWriter, HeaderLang, ParquetWriter};
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::{CellKind, TableShape};
use huoshui_kernel::{Fault, Uscc};
use rayon::prelude::*;

use crate::faults::{self, failed};

/// Resources with a row for each firm and month.
pub const RESOURCES: [&str; 4] = ["social_security", "customs_trade", "housing_fund", "electricity_use"];
/// Rows written at once.
const ROWS: usize = 1 << 16;

/// A kind of file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Comma-separated text.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl Kind {
    /// The benchmark's name.
    pub fn name(self, mixed: bool) -> &'static str {
        match (self, mixed) {
            (Self::Csv, _) => "batches_csv",
            (Self::Parquet, false) => "batches_parquet",
            (Self::Parquet, true) => "batches_parquet_unsorted",
        }
    }
}

/// The date that the batches are as of.
pub fn as_of() -> Result<Date> {
    date::parse("2025-09-30")
}

/// The firm of this number.
pub fn firm(number: usize) -> Result<Uscc> {
    Uscc::compose("91", "110108", &format!("MA{number:06}"))
}

/// Writes each resource as one whole batch; `mixed` puts rows in no order.
pub fn write(
    folder: &Path,
    catalogue: &Catalogue,
    kind: Kind,
    mixed: bool,
    (firms, months): (usize, usize),
) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(failed)?;
    let codes: Vec<Uscc> = (0..firms).map(firm).collect::<Result<_>>()?;
    let as_of = as_of()?;
    let back = |m: usize| {
        i32::try_from(m).ok().and_then(|m| date::add_months(as_of, -m)).map(|d| date::days(d.last_of_month()))
    };
    let days: Option<Vec<i32>> = (0..months).rev().map(back).collect();
    let days = days.ok_or_else(|| failed("months"))?;
    RESOURCES.par_iter().try_for_each(|code| {
        let shape = catalogue.find(code, as_of)?.shape()?;
        let total = firms * months;
        let part = |start: usize| {
            let place = |i: usize| if mixed { i * 7_919 % total } else { i };
            let rows: Vec<usize> = (start..total.min(start + ROWS)).map(place).collect();
            batch(shape, &codes, &days, &rows)
        };
        let path = folder.join(format!("{code}.{as_of}.whole.{}", if kind == Kind::Csv { "csv" } else { "parquet" }));
        match kind {
            Kind::Csv => {
                let mut out = CsvWriter::create(&path, shape, HeaderLang::Code)?;
                (0..total).step_by(ROWS).try_for_each(|start| out.write(&part(start)?))?;
                out.finish()
            }
            Kind::Parquet => {
                let mut out = ParquetWriter::create(&path, shape)?;
                (0..total).step_by(ROWS).try_for_each(|start| out.write(&part(start)?))?;
                out.finish()
            }
        }
    })
}

fn batch(shape: &TableShape, firms: &[Uscc], days: &[i32], rows: &[usize]) -> Result<RecordBatch> {
    let months = days.len();
    let number = |row: usize, salt: usize, range: usize| {
        // Multiplying by an odd constant and taking the middle bits scatters well enough for amounts.
        let scattered =
            (row + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(salt.wrapping_mul(0x5851_F42D)) >> 20;
        i64::try_from(scattered % range).unwrap_or(0)
    };
    let column = |place: usize, kind: CellKind| -> Result<ArrayRef> {
        let numbers = |range: usize| -> ArrayRef {
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| number(*row, place, range))))
        };
        Ok(match kind {
            CellKind::Uscc => {
                Arc::new(rows.iter().map(|r| firms.get(r / months).map(Uscc::as_str)).collect::<StringArray>())
            }
            CellKind::Date => Arc::new(rows.iter().map(|r| days.get(r % months).copied()).collect::<Date32Array>()),
            CellKind::Flag => Arc::new(rows.iter().map(|r| Some(number(*r, place, 20) == 0)).collect::<BooleanArray>()),
            CellKind::Money => numbers(100_000_000),
            CellKind::Rate => numbers(1_000_000),
            CellKind::Int => numbers(2_000),
            _ => return Err(Fault::new(&faults::FAILED).with("detail", shape.name)),
        })
    };
    let arrays = shape.columns.iter().enumerate().map(|(place, c)| column(place, c.kind)).collect::<Result<_>>()?;
    RecordBatch::try_new(huoshui_formats::schema::schema(shape), arrays).map_err(failed)
}
