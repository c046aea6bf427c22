//! Reading a file against a table shape, batch by batch.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::TableShape;
use huoshui_kernel::{Fault, FaultSpec};

use crate::{Limits, column, csv, faults, parquet, schema, xlsx};

/// What is wrong with one cell, or with a row as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellProblem {
    /// The row as a spreadsheet numbers it: the header is row 1.
    pub row: u64,
    /// The column's position in the shape; none where the whole row is wrong.
    pub column: Option<usize>,
    /// What is wrong.
    pub code: &'static FaultSpec,
    /// At most forty characters of the cell, fit to be shown.
    pub value: String,
}

impl CellProblem {
    /// The problem as a fault with its row, field and every place of its text filled.
    #[must_use]
    pub fn fault(&self, shape: &TableShape) -> Fault {
        let column = self.column.and_then(|i| shape.columns.get(i));
        column::describe(self.code, column, &self.value).row(self.row)
    }
}

/// Consecutive rows of a file.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// The rows, typed as [`crate::schema::schema`] says. A cell that could not be read is null.
    pub batch: RecordBatch,
    /// The spreadsheet's number of the batch's first row; the i-th row of the batch is row `first_row + i`.
    pub first_row: u64,
    /// What is wrong with these rows, in order of row and of the file's columns.
    pub problems: Vec<CellProblem>,
}

/// What each format gives: chunk after chunk, then none.
pub(crate) trait Chunks: Send {
    fn next_chunk(&mut self) -> Result<Option<Chunk>>;
}

/// Reads a table file. Iterate for chunks; the first fault ends the iteration.
pub struct TableReader {
    chunks: Box<dyn Chunks>,
    schema: SchemaRef,
    ended: bool,
}

impl TableReader {
    /// The schema of every batch.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

impl Iterator for TableReader {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.chunks.next_chunk().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// A kind of file, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Comma-separated text.
    Csv,
    /// A workbook.
    Xlsx,
    /// Apache Parquet.
    Parquet,
}

impl FileKind {
    /// The kind that the file's extension states, in any case.
    ///
    /// # Errors
    /// `file.unknown_format`.
    pub fn of(path: &Path) -> Result<Self> {
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Ok(Self::Csv),
            "xlsx" => Ok(Self::Xlsx),
            "parquet" => Ok(Self::Parquet),
            _ => Err(Fault::new(&faults::UNKNOWN_FORMAT).with("path", show(path))),
        }
    }

    /// Its name in messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Parquet => "Parquet",
        }
    }
}

/// Opens a table file: its kind, size and encoding are checked, its header matched to the shape.
///
/// # Errors
/// Faults `file.*`, `csv.*`, `xlsx.*`, `parquet.*` where the file as a whole cannot be read, `table.*` where its columns
/// are not the shape's. Later rows may still bring such a fault while iterating.
pub fn open(path: &Path, shape: &TableShape, limits: &Limits) -> Result<TableReader> {
    let (kind, file) = admit(path, limits)?;
    let chunks: Box<dyn Chunks> = match kind {
        FileKind::Csv => Box::new(csv::read::CsvChunks::open(path, file, shape, limits)?),
        FileKind::Xlsx => Box::new(xlsx::read::XlsxChunks::open(path, file, shape, limits)?),
        FileKind::Parquet => Box::new(parquet::ParquetChunks::open(path, file, shape, limits)?),
    };
    Ok(TableReader { chunks, schema: schema::schema(shape), ended: false })
}

/// The names of a csv or Parquet file's columns as they stand, for senders who must keep to one order of columns; of a
/// workbook none.
///
/// # Errors
/// As [`open`], but for the columns themselves.
pub fn header(path: &Path, limits: &Limits) -> Result<Vec<String>> {
    let (kind, file) = admit(path, limits)?;
    match kind {
        FileKind::Csv => {
            let names = csv::read::header_row(&mut csv::source::Rows::open(path, file, limits)?, path)?;
            Ok(names.iter().map(|name| crate::cell::trim(name).to_owned()).collect())
        }
        FileKind::Parquet => {
            let builder = parquet::builder(path, file, limits)?;
            Ok(builder.schema().fields().iter().map(|f| f.name().clone()).collect())
        }
        FileKind::Xlsx => Ok(Vec::new()),
    }
}

/// Opens the file and holds its name against its size and first bytes.
pub(crate) fn admit(path: &Path, limits: &Limits) -> Result<(FileKind, File)> {
    let kind = FileKind::of(path)?;
    let unreadable = |why: std::io::Error| Fault::new(&faults::UNREADABLE).with("path", show(path)).with("why", why);
    let mut file = File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(Fault::new(&faults::UNREADABLE).with("path", show(path)).with("why", "not a file"));
    }
    let limit = if kind == FileKind::Xlsx { limits.max_xlsx_bytes } else { limits.max_bytes };
    if meta.len() > limit {
        let fault = Fault::new(&faults::TOO_LARGE).with("path", show(path));
        return Err(fault.with("bytes", meta.len()).with("limit", limit));
    }
    if meta.len() == 0 {
        return Err(Fault::new(&faults::EMPTY).with("path", show(path)));
    }
    let mut magic = [0_u8; 8];
    let mut filled = 0;
    while let Some(rest) = magic.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest).map_err(unreadable)? {
            0 => break,
            n => filled += n,
        }
    }
    std::io::Seek::rewind(&mut file).map_err(unreadable)?;
    if magic.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(Fault::new(&faults::OLD_EXCEL).with("path", show(path)));
    }
    let found = match &magic {
        [b'P', b'K', 3, 4, ..] => FileKind::Xlsx,
        [b'P', b'A', b'R', b'1', ..] => FileKind::Parquet,
        _ => FileKind::Csv,
    };
    if found != kind {
        return Err(Fault::new(&faults::WRONG_MAGIC).with("path", show(path)).with("expected", kind.name()));
    }
    Ok((kind, file))
}

/// A path in messages: the file's name alone, since the folder is the reader's own.
pub(crate) fn show(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
