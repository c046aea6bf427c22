//! The Arrow schema of a table shape.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use huoshui_kernel::shape::{CellKind, TableShape};

/// The Arrow type of a kind: `Int64` for whole numbers, fen, parts per million and basis points; `Date32`; `Boolean`;
/// `Dictionary(Int32, Utf8)` for codes; else `Utf8`.
#[must_use]
pub fn data_type(kind: CellKind) -> DataType {
    match kind {
        CellKind::Int | CellKind::Money | CellKind::Rate | CellKind::BasisPoints => DataType::Int64,
        CellKind::Date => DataType::Date32,
        CellKind::Flag => DataType::Boolean,
        CellKind::Code(_) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        CellKind::Text | CellKind::Uscc | CellKind::CodeSet(_) => DataType::Utf8,
    }
}

/// The schema of the batches that are read and written: the shape's columns in their order. Every field is nullable,
/// because a cell that could not be read is null even where the shape requires one.
#[must_use]
pub fn schema(shape: &TableShape) -> SchemaRef {
    let fields: Vec<Field> = shape.columns.iter().map(|c| Field::new(c.name, data_type(c.kind), true)).collect();
    Arc::new(Schema::new(fields))
}
