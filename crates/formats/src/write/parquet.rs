//! Tables as Parquet: the same batches give the same bytes.

use std::borrow::Borrow;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::TableShape;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::atomic::unwritable;
use super::{AtomicFile, mismatch};
use crate::schema::schema;

/// Rows in one row group.
const GROUP_ROWS: usize = 128 << 10;

/// Writes a Parquet file batch by batch (Snappy, dictionaries, row groups of at most 131,072 rows); the file appears when
/// [`ParquetWriter::finish`] is called, written through to the disk.
pub struct ParquetWriter {
    writer: ArrowWriter<AtomicFile>,
    shape: TableShape,
    path: PathBuf,
}

/// Writes a whole Parquet file. Batches are of [`crate::schema::schema`]; money stays fen, rates parts per million.
///
/// # Errors
/// `file.unwritable`; `write.shape_mismatch` where a batch is not of the shape.
pub fn parquet<B: Borrow<RecordBatch>>(
    path: &Path,
    shape: &TableShape,
    batches: impl IntoIterator<Item = B>,
) -> Result<()> {
    let mut writer = ParquetWriter::create(path, shape)?;
    for batch in batches {
        writer.write(batch.borrow())?;
    }
    writer.finish()
}

impl ParquetWriter {
    /// Starts the file.
    ///
    /// # Errors
    /// `file.unwritable`.
    pub fn create(path: &Path, shape: &TableShape) -> Result<Self> {
        let file = AtomicFile::create(path)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_dictionary_enabled(true)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by("huoshui".to_owned())
            .build();
        let writer = ArrowWriter::try_new(file, schema(shape), Some(properties))
            .map_err(|why| mismatch(shape, &why.to_string()))?;
        Ok(Self { writer, shape: *shape, path: path.to_owned() })
    }

    /// Appends the rows of a batch.
    ///
    /// # Errors
    /// `file.unwritable`; `write.shape_mismatch`.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let expected = schema(&self.shape);
        let (have, want) = (batch.schema(), expected.fields());
        if have.fields().len() != want.len() {
            return Err(mismatch(&self.shape, "columns"));
        }
        if let Some((field, _)) =
            want.iter().zip(have.fields()).find(|(w, h)| w.name() != h.name() || w.data_type() != h.data_type())
        {
            return Err(mismatch(&self.shape, field.name()));
        }
        // Nullability may differ; the file's schema is always the shape's.
        let batch = RecordBatch::try_new(expected, batch.columns().to_vec())
            .map_err(|why| mismatch(&self.shape, &why.to_string()))?;
        self.writer.write(&batch).map_err(|why| unwritable(&self.path, &why))
    }

    /// Writes the footer, writes the file through to the disk and gives it its name.
    ///
    /// # Errors
    /// `file.unwritable`.
    pub fn finish(self) -> Result<()> {
        self.writer.into_inner().map_err(|why| unwritable(&self.path, &why))?.finish()
    }
}
