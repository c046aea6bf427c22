//! Parquet against a shape: the shape's Arrow types, and the same rules for each cell as in csv.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::{CellKind, TableShape};
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::cell::Parsed;
use crate::column::Column;
use crate::header::{self, excerpt};
use crate::read::{CellProblem, Chunk, Chunks, show};
use crate::{Limits, faults, schema};

/// The most bytes that one row group may state to unpack to.
const MAX_GROUP_BYTES: i64 = 4 << 30;

/// Runs the Parquet library, which panics on some damaged files: such a file must cost its sender an answer, not everyone
/// the program. Nothing that a panic leaves half done is used again, because a reader ends at its first fault.
fn contained<T>(path: &Path, run: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(damaged(path, &"structure")))
}

/// The batches of a file.
pub(crate) struct Batches {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
}

impl Batches {
    pub(crate) fn new(path: &Path, builder: ParquetRecordBatchReaderBuilder<File>) -> Result<Self> {
        let reader = contained(path, || builder.build().map_err(|why| damaged(path, &why)))?;
        Ok(Self { path: path.to_owned(), reader })
    }
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let Self { path, reader } = self;
        contained(path, || reader.next().transpose().map_err(|why| damaged(path, &why))).transpose()
    }
}

/// Opens the file and checks what its footer states.
pub(crate) fn builder(path: &Path, file: File, limits: &Limits) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    contained(path, || admit(path, file, limits))
}

fn admit(path: &Path, file: File, limits: &Limits) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    // Parquet's own types say all that is needed. The Arrow schema that some writers put beside them is a second, more
    // complex description, and the decoder of a damaged one panics.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder =
        ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(|why| damaged(path, &why))?;
    let metadata = builder.metadata();
    let rows = metadata.file_metadata().num_rows();
    if u64::try_from(rows).map_or(true, |rows| rows > limits.max_rows) {
        return Err(Fault::new(&faults::TOO_MANY_ROWS).with("limit", limits.max_rows));
    }
    if metadata.row_groups().iter().any(|g| !(0..=MAX_GROUP_BYTES).contains(&g.total_byte_size())) {
        return Err(damaged(path, &"row group size"));
    }
    Ok(builder.with_batch_size(limits.batch_rows.clamp(1, 1 << 16)))
}

pub(crate) fn damaged(path: &Path, why: &dyn std::fmt::Display) -> Fault {
    Fault::new(&faults::BAD_PARQUET).with("path", show(path)).with("why", why)
}

/// A Parquet file being read.
pub(crate) struct ParquetChunks {
    batches: Batches,
    columns: Vec<Column>,
    schema: SchemaRef,
    next_row: u64,
}

impl ParquetChunks {
    pub(crate) fn open(path: &Path, file: File, shape: &TableShape, limits: &Limits) -> Result<Self> {
        let builder = builder(path, file, limits)?;
        let fields = builder.schema().fields().clone();
        let order = header::map(fields.iter().map(|f| f.name().as_str()), shape, limits)?;
        let mut columns = Vec::with_capacity(order.len());
        for (field, index) in fields.iter().zip(&order) {
            let Some(column) = shape.columns.get(*index) else { continue };
            if !accepts(column.kind, field.data_type()) {
                return Err(Fault::new(&faults::PARQUET_TYPE)
                    .field(column.name)
                    .with("column", column.name)
                    .with("found", field.data_type())
                    .with("expected", schema::data_type(column.kind)));
            }
            columns.push(Column::new(*index, column, limits.max_cell_chars, limits.batch_rows.clamp(1, 1 << 16)));
        }
        Ok(Self { batches: Batches::new(path, builder)?, columns, schema: schema::schema(shape), next_row: 2 })
    }
}

/// Whether a column of this Arrow type can hold the kind without loss.
fn accepts(kind: CellKind, found: &DataType) -> bool {
    let texts = |t: &DataType| matches!(t, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    match kind {
        CellKind::Money => matches!(found, DataType::Int64) || matches!(found, DataType::Decimal128(_, 0..=2)),
        CellKind::Rate => matches!(found, DataType::Int64),
        CellKind::Int | CellKind::BasisPoints => found.is_integer() && *found != DataType::UInt64,
        CellKind::Date => matches!(found, DataType::Date32),
        CellKind::Flag => matches!(found, DataType::Boolean),
        CellKind::Text | CellKind::Uscc | CellKind::Code(_) | CellKind::CodeSet(_) => match found {
            DataType::Dictionary(key, value) => key.is_dictionary_key_type() && texts(value),
            other => texts(other),
        },
    }
}

impl Chunks for ParquetChunks {
    fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        let Some(batch) = self.batches.next().transpose()? else { return Ok(None) };
        let path = &self.batches.path;
        let mut problems = Vec::new();
        let mut arrays: Vec<(usize, ArrayRef)> = Vec::with_capacity(self.columns.len());
        for (column, array) in self.columns.iter_mut().zip(batch.columns()) {
            fill(column, array, self.next_row, &mut problems).ok_or_else(|| damaged(path, &column.shape.name))?;
            arrays.push((column.index, column.finish()?));
        }
        problems.sort_by_key(|p: &CellProblem| p.row);
        arrays.sort_by_key(|(index, _)| *index);
        let batch = RecordBatch::try_new(self.schema.clone(), arrays.into_iter().map(|(_, a)| a).collect())
            .map_err(|why| damaged(path, &why))?;
        let first_row = self.next_row;
        self.next_row += batch.num_rows() as u64;
        Ok(Some(Chunk { batch, first_row, problems }))
    }
}

/// Puts every value of the array into the column; none where the array is not of a type that was accepted.
fn fill(column: &mut Column, array: &ArrayRef, first_row: u64, problems: &mut Vec<CellProblem>) -> Option<()> {
    macro_rules! numbers {
        ($ty:ty) => {{
            let values = array.as_primitive_opt::<$ty>()?;
            each(column, array, first_row, problems, |c, i| {
                let n = i64::from(values.value(i));
                c.push_number(n).map_err(|code| (code, n.to_string()))
            });
        }};
    }
    match array.data_type() {
        DataType::Int64 => numbers!(Int64Type),
        DataType::Int32 => numbers!(Int32Type),
        DataType::Int16 => numbers!(Int16Type),
        DataType::Int8 => numbers!(Int8Type),
        DataType::UInt32 => numbers!(UInt32Type),
        DataType::UInt16 => numbers!(UInt16Type),
        DataType::UInt8 => numbers!(UInt8Type),
        DataType::Decimal128(_, scale) => {
            let factor = 10_i128.checked_pow(u32::try_from(2_i8.checked_sub(*scale)?).ok()?)?;
            let values = array.as_primitive_opt::<Decimal128Type>()?;
            each(column, array, first_row, problems, |c, i| {
                let n = values.value(i);
                let fen = n.checked_mul(factor).and_then(|n| i64::try_from(n).ok());
                let pushed = match fen {
                    Some(fen) => c.push_number(fen),
                    None => {
                        c.push_null();
                        Err(&faults::OUT_OF_RANGE)
                    }
                };
                pushed.map_err(|code| (code, n.to_string()))
            });
        }
        DataType::Date32 => {
            let values = array.as_primitive_opt::<Date32Type>()?;
            each(column, array, first_row, problems, |c, i| {
                let n = values.value(i);
                c.push_date(n).map_err(|code| (code, n.to_string()))
            });
        }
        DataType::Boolean => {
            let values = array.as_boolean_opt()?;
            each(column, array, first_row, problems, |c, i| {
                c.push_flag(values.value(i)).map_err(|code| (code, String::new()))
            });
        }
        DataType::Dictionary(..) => {
            let codes = array.as_any_dictionary_opt()?;
            let words = texts(codes.values())?;
            let keys = if words.is_empty() { Vec::new() } else { codes.normalized_keys() };
            each(column, array, first_row, problems, |c, i| {
                let word = keys.get(i).and_then(|key| words.get(*key)).copied().flatten().unwrap_or_default();
                c.push(word).map_err(|code| (code, word.to_owned()))
            });
        }
        _ => {
            let words = texts(array)?;
            each(column, array, first_row, problems, |c, i| {
                let word = words.get(i).copied().flatten().unwrap_or_default();
                c.push(word).map_err(|code| (code, word.to_owned()))
            });
        }
    }
    Some(())
}

type Outcome = std::result::Result<(), (&'static huoshui_kernel::FaultSpec, String)>;

fn each(
    column: &mut Column,
    array: &ArrayRef,
    first_row: u64,
    problems: &mut Vec<CellProblem>,
    mut push: impl FnMut(&mut Column, usize) -> Outcome,
) {
    for (i, row) in (0..array.len()).zip(first_row..) {
        let missing = |c: &mut Column| -> Parsed<()> { c.push("") };
        let outcome =
            if array.is_null(i) { missing(column).map_err(|code| (code, String::new())) } else { push(column, i) };
        if let Err((code, value)) = outcome {
            problems.push(CellProblem { row, column: Some(column.index), code, value: excerpt(&value) });
        }
    }
}

/// The texts of an array of any text type.
pub(crate) fn texts(array: &ArrayRef) -> Option<Vec<Option<&str>>> {
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string_opt::<i32>()?.iter().collect()),
        DataType::LargeUtf8 => Some(array.as_string_opt::<i64>()?.iter().collect()),
        DataType::Utf8View => Some(array.as_string_view_opt()?.iter().collect()),
        _ => None,
    }
}
