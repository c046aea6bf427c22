//! Tables without a shape: any csv or Parquet with a header, its types stated or inferred. For trying formulas on a file.

mod builder;
mod csv;
mod infer;
mod parquet;

use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::cell::trim;
use crate::header::excerpt;
use crate::read::{FileKind, admit, show};
use crate::{Limits, faults};

/// The type of a column, as the policy language knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LooseType {
    /// A whole number. Arrow `Int64`.
    Int,
    /// CNY: yuan in csv, `Int64` fen in Arrow.
    Money,
    /// A yearly rate: percent in csv, `Int64` parts per million in Arrow.
    Rate,
    /// A number of twelve decimals, `Int64` scaled by 10¹² in Arrow.
    Ratio,
    /// Arrow `Boolean`.
    Bool,
    /// Arrow `Utf8`.
    Text,
    /// Arrow `Date32`.
    Date,
}

impl LooseType {
    /// The type of this name.
    ///
    /// # Errors
    /// `table.unknown_type`.
    pub fn parse(name: &str) -> Result<Self> {
        Ok(match name.trim().to_ascii_lowercase().as_str() {
            "int" => Self::Int,
            "money" => Self::Money,
            "rate" => Self::Rate,
            "ratio" => Self::Ratio,
            "bool" => Self::Bool,
            "text" => Self::Text,
            "date" => Self::Date,
            _ => return Err(Fault::new(&faults::UNKNOWN_TYPE).with("value", excerpt(name))),
        })
    }

    /// The Arrow type of its columns.
    #[must_use]
    pub fn data_type(self) -> DataType {
        match self {
            Self::Int | Self::Money | Self::Rate | Self::Ratio => DataType::Int64,
            Self::Bool => DataType::Boolean,
            Self::Text => DataType::Utf8,
            Self::Date => DataType::Date32,
        }
    }
}

/// Names and types of the columns, and the rows.
pub type LooseTable = (Vec<(String, LooseType)>, Vec<RecordBatch>);

/// Reads a csv or Parquet file. An empty cell is NULL. The types of columns that `types` does not name are inferred over
/// the whole file: whole numbers, `true`/`false`, `2025-09-30`, decimals as ratios; anything else, and numbers with
/// leading zeros or beyond a ratio's nine million, is text. In Parquet the types are the file's: integers, decimals and doubles as ratios, and so on.
///
/// # Errors
/// `file.*`, `csv.*`, `parquet.*`; `table.*` for its columns; `row.*` and `cell.*` with row and field for the first cell that
/// is not of its type.
pub fn read(path: &Path, types: &[(String, LooseType)], limits: &Limits) -> Result<LooseTable> {
    let (kind, file) = admit(path, limits)?;
    match kind {
        FileKind::Csv => csv::read(path, file, types, limits),
        FileKind::Parquet => parquet::read(path, file, types, limits),
        FileKind::Xlsx => Err(Fault::new(&faults::UNKNOWN_FORMAT).with("path", show(path))),
    }
}

/// The columns' names, each with its stated type. Names compare without regard to ASCII case, as in formulas.
fn columns(
    header: &[String],
    types: &[(String, LooseType)],
    limits: &Limits,
) -> Result<Vec<(String, Option<LooseType>)>> {
    if header.len() > limits.max_columns {
        let fault = Fault::new(&faults::TOO_MANY_COLUMNS).with("count", header.len());
        return Err(fault.with("limit", limits.max_columns).row(1));
    }
    let mut found: Vec<(String, Option<LooseType>)> = Vec::with_capacity(header.len());
    for (position, raw) in header.iter().enumerate() {
        let name = trim(raw);
        if name.is_empty() {
            return Err(Fault::new(&faults::UNNAMED_COLUMN).with("position", position + 1).row(1));
        }
        if found.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)) {
            return Err(Fault::new(&faults::DUPLICATE_COLUMN).with("column", excerpt(name)).row(1));
        }
        let stated = types.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, ty)| *ty);
        found.push((name.to_owned(), stated));
    }
    if let Some((name, _)) = types.iter().find(|(name, _)| !found.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))) {
        let names: Vec<&str> = found.iter().map(|(n, _)| n.as_str()).collect();
        return Err(Fault::new(&faults::NO_SUCH_COLUMN).with("column", excerpt(name)).with("columns", names.join(" ")));
    }
    Ok(found)
}

fn schema(columns: &[(String, LooseType)]) -> SchemaRef {
    let fields: Vec<Field> = columns.iter().map(|(name, ty)| Field::new(name, ty.data_type(), true)).collect();
    Arc::new(Schema::new(fields))
}
