//! Filed tables as immutable Parquet files: written through a temporary file, read back by the columns that are needed.

use std::fs::File;

use arrow_array::RecordBatch;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::shape::TableShape;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::events::TableRef;
use crate::faults;
use crate::folder::Workspace;

/// Rows of one batch read back.
const BATCH: usize = 65_536;

/// Reads only these columns of a stored table. Our own file: its cells were checked when they were filed, and `verify`
/// reads its hash.
///
/// # Errors
/// `data.damaged` when the file is gone or not what it was.
pub fn columns(workspace: &Workspace, table: &TableRef, columns: &[&str]) -> Result<Vec<RecordBatch>> {
    let damaged = || Fault::new(&faults::DAMAGED).with("what", format_args!("{} ({})", table.file, table.blob));
    let path = workspace.blobs.path(&table.blob)?;
    let file = File::open(path).map_err(|_| damaged())?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|_| damaged())?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let reader = builder.with_projection(mask).with_batch_size(BATCH).build().map_err(|_| damaged())?;
    let batches: Vec<RecordBatch> = reader.collect::<std::result::Result<_, _>>().map_err(|_| damaged())?;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let whole = u64::try_from(rows).is_ok_and(|n| n == table.rows);
    let all_there = batches.iter().all(|b| b.num_columns() == columns.len());
    if whole && all_there { Ok(batches) } else { Err(damaged()) }
}

/// Stores batches of a shape; the name under which they are found.
///
/// # Errors
/// Those of the writer and of the files' store.
pub fn put(workspace: &Workspace, shape: &TableShape, batches: &[RecordBatch]) -> Result<String> {
    let temporary = workspace.blobs.scratch();
    let written = huoshui_formats::write::parquet(&temporary, shape, batches)
        .and_then(|()| File::open(&temporary).map_err(|e| crate::faults::folder(&temporary, &e)))
        .and_then(|file| workspace.blobs.put_reader(file));
    // Whether or not it was taken, the temporary file has done its work.
    let _ = std::fs::remove_file(&temporary);
    written
}
