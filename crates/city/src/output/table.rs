//! Rows into Arrow columns of a shape, and batches into files.

use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Date32Builder, Int64Builder, StringBuilder, StringDictionaryBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch};
use huoshui_formats::schema::schema;
use huoshui_formats::write::{self, HeaderLang};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::shape::{CellKind, TableShape};

use crate::faults;

/// One cell of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cell<'a> {
    Text(&'a str),
    Int(i64),
    Day(i32),
    Flag(bool),
    Empty,
}

impl<'a> Cell<'a> {
    /// A number or nothing.
    pub(crate) fn int(value: Option<i64>) -> Self {
        value.map_or(Cell::Empty, Cell::Int)
    }

    /// A date or nothing.
    pub(crate) fn day(value: Option<i32>) -> Self {
        value.map_or(Cell::Empty, Cell::Day)
    }

    /// A text or nothing.
    pub(crate) fn text(value: Option<&'a str>) -> Self {
        value.map_or(Cell::Empty, Cell::Text)
    }
}

enum Column {
    Text(StringBuilder),
    Code(StringDictionaryBuilder<Int32Type>),
    Int(Int64Builder),
    Day(Date32Builder),
    Flag(BooleanBuilder),
}

/// Collects the rows of a table.
pub(crate) struct Rows {
    shape: &'static TableShape,
    columns: Vec<Column>,
    rows: usize,
}

impl Rows {
    pub(crate) fn new(shape: &'static TableShape) -> Self {
        let column = |kind: CellKind| match kind {
            CellKind::Text | CellKind::Uscc | CellKind::CodeSet(_) => Column::Text(StringBuilder::new()),
            CellKind::Code(_) => Column::Code(StringDictionaryBuilder::new()),
            CellKind::Int | CellKind::Money | CellKind::Rate | CellKind::BasisPoints => {
                Column::Int(Int64Builder::new())
            }
            CellKind::Date => Column::Day(Date32Builder::new()),
            CellKind::Flag => Column::Flag(BooleanBuilder::new()),
        };
        Self { shape, columns: shape.columns.iter().map(|c| column(c.kind)).collect(), rows: 0 }
    }

    /// Adds a row: a cell for every column, in the shape's order.
    pub(crate) fn push(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        if cells.len() != self.columns.len() {
            return Err(self.wrong("cells"));
        }
        for ((column, cell), shape) in self.columns.iter_mut().zip(cells).zip(self.shape.columns) {
            match (column, cell) {
                (Column::Text(b), Cell::Text(v)) => b.append_value(v),
                (Column::Text(b), Cell::Empty) => b.append_null(),
                (Column::Code(b), Cell::Text(v)) => b.append_value(v),
                (Column::Code(b), Cell::Empty) => b.append_null(),
                (Column::Int(b), Cell::Int(v)) => b.append_value(*v),
                (Column::Int(b), Cell::Empty) => b.append_null(),
                (Column::Day(b), Cell::Day(v)) => b.append_value(*v),
                (Column::Day(b), Cell::Empty) => b.append_null(),
                (Column::Flag(b), Cell::Flag(v)) => b.append_value(*v),
                (Column::Flag(b), Cell::Empty) => b.append_null(),
                _ => return Err(Fault::new(&faults::INTERNAL).with("reason", shape.name)),
            }
        }
        self.rows += 1;
        Ok(())
    }

    pub(crate) const fn len(&self) -> usize {
        self.rows
    }

    fn wrong(&self, what: &str) -> Fault {
        Fault::new(&faults::INTERNAL).with("reason", format!("{} {what}", self.shape.name))
    }

    pub(super) fn batch(mut self) -> Result<RecordBatch> {
        let arrays: Vec<ArrayRef> = self
            .columns
            .iter_mut()
            .map(|column| -> ArrayRef {
                match column {
                    Column::Text(b) => Arc::new(b.finish()),
                    Column::Code(b) => Arc::new(b.finish()),
                    Column::Int(b) => Arc::new(b.finish()),
                    Column::Day(b) => Arc::new(b.finish()),
                    Column::Flag(b) => Arc::new(b.finish()),
                }
            })
            .collect();
        RecordBatch::try_new(schema(self.shape), arrays).map_err(|_| self.wrong("arrays"))
    }

    /// Writes the rows to `DIR/STEM.EXTENSION`; gives how many there were.
    pub(super) fn write(self, dir: &Path, stem: &str, format: Format) -> Result<u64> {
        let (shape, rows) = (self.shape, self.rows as u64);
        let batch = self.batch()?;
        let path = dir.join(format!("{stem}.{}", format.extension()));
        match format {
            Format::Csv => write::csv(&path, shape, [batch], HeaderLang::Code)?,
            Format::Xlsx => write::xlsx(&path, shape, [batch], HeaderLang::Zh)?,
            Format::Parquet => write::parquet(&path, shape, [batch])?,
        }
        Ok(rows)
    }
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For most.
    Csv,
    /// With Chinese headers, as people keep lists.
    Xlsx,
    /// For banks with large books.
    Parquet,
}

impl Format {
    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }
}

/// Makes a folder and those above it.
pub(crate) fn folder(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path)
        .map_err(|error| Fault::new(&faults::WRITE).with("path", path.display()).with("reason", error))
}
