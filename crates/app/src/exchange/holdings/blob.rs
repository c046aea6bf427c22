//! A stored file opened: its footer read once, so that finding a firm costs a binary search and one small read.

use std::fs::File;
use std::ops::Range;
use std::path::PathBuf;

use arrow_array::RecordBatch;
use huoshui_kernel::fault::{Fault, Result};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::statistics::Statistics;

use crate::exchange::batches::GROUP_ROWS;
use crate::faults;
use crate::folder::Workspace;

/// A file of sorted rows.
#[derive(Debug)]
pub struct Opened {
    /// Its name.
    pub blob: String,
    /// Its rows.
    pub rows: u64,
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    /// The first and the last firm of each row group, in order.
    spans: Vec<(Box<str>, Box<str>)>,
}

/// Batches of a file.
pub type Batches = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

fn damaged(blob: &str) -> Fault {
    Fault::new(&faults::DAMAGED).with("what", blob)
}

impl Opened {
    /// Reads the footer of a file.
    ///
    /// # Errors
    /// `data.damaged` when the file is gone or is not what was written.
    pub fn open(workspace: &Workspace, blob: &str) -> Result<Self> {
        let fault = || damaged(blob);
        let path = workspace.blobs.path(blob)?;
        let file = File::open(&path).map_err(|_| fault())?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default()).map_err(|_| fault())?;
        let text = |bytes: Option<&[u8]>| bytes.and_then(|b| std::str::from_utf8(b).ok()).map(Box::<str>::from);
        let spans = metadata.metadata().row_groups().iter().map(|group| {
            let statistics = group.columns().first().and_then(|c| c.statistics()).ok_or_else(fault)?;
            let Statistics::ByteArray(_) = statistics else { return Err(fault()) };
            text(statistics.min_bytes_opt()).zip(text(statistics.max_bytes_opt())).ok_or_else(fault)
        });
        let spans = spans.collect::<Result<Vec<_>>>()?;
        let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).map_err(|_| fault())?;
        Ok(Self { blob: blob.to_owned(), rows, path, metadata, spans })
    }

    /// The row groups that may hold rows of a firm.
    #[must_use]
    pub fn groups_of(&self, firm: &str) -> Range<usize> {
        let start = self.spans.partition_point(|(_, last)| **last < *firm);
        let rest = self.spans.get(start..).unwrap_or_default();
        start..start + rest.partition_point(|(first, _)| **first <= *firm)
    }

    /// One row group, decoded.
    ///
    /// # Errors
    /// `data.damaged`.
    pub fn group(&self, index: usize) -> Result<RecordBatch> {
        let fault = || damaged(&self.blob);
        let file = File::open(&self.path).map_err(|_| fault())?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        let mut reader =
            builder.with_row_groups(vec![index]).with_batch_size(GROUP_ROWS).build().map_err(|_| fault())?;
        reader.next().ok_or_else(fault)?.map_err(|_| fault())
    }

    /// All rows in order, or these columns of them (in the file's order).
    ///
    /// # Errors
    /// `data.damaged`, here or while iterating.
    pub fn all(&self, columns: Option<&[&str]>) -> Result<Batches> {
        let blob = self.blob.clone();
        let file = File::open(&self.path).map_err(|_| damaged(&blob))?;
        let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone());
        if let Some(columns) = columns {
            let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
            builder = builder.with_projection(mask);
        }
        let reader = builder.with_batch_size(4 * GROUP_ROWS).build().map_err(|_| damaged(&blob))?;
        Ok(Box::new(reader.map(move |batch| batch.map_err(|_| damaged(&blob)))))
    }

    /// Names of its columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.metadata.schema().fields().iter().map(|f| f.name().as_str())
    }
}
