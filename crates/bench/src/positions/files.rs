//! The same positions as Parquet files: only the columns that the figures need are read, a row group at a time.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use huoshui_formula::Query;
use huoshui_formula::columns::{Aggregator, Grouped, Options};
use huoshui_kernel::fault::Result;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use super::data;
use crate::faults::failed;

/// Rows read at a time by each thread.
const READ: usize = 1 << 18;

fn path(folder: &Path, number: usize) -> PathBuf {
    folder.join(format!("positions.{number:03}.parquet"))
}

/// A file for each batch, on all cores.
pub fn write(folder: &Path, batches: &[RecordBatch]) -> Result<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        // A borrower column's dictionary is larger than the default page; without it texts are written out row by row.
        .set_dictionary_page_size_limit(64 << 20)
        // Amounts hardly repeat.
        .set_column_dictionary_enabled(ColumnPath::from("balance_cny"), false)
        .set_column_dictionary_enabled(ColumnPath::from("original_amount"), false)
        .build();
    batches.par_iter().enumerate().try_for_each(|(number, batch)| {
        let file = File::create(path(folder, number)).map_err(failed)?;
        let mut writer =
            ArrowWriter::try_new(file, Arc::new(data::schema()), Some(properties.clone())).map_err(failed)?;
        writer.write(batch).map_err(failed)?;
        writer.close().map_err(failed)?;
        Ok(())
    })
}

fn open(path: &Path, query: &Query) -> Result<ParquetRecordBatchReader> {
    let file = File::open(path).map_err(failed)?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
    let names = query.schema.columns.iter().map(|column| &*column.name);
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    builder.with_projection(mask).with_batch_size(READ).build().map_err(failed)
}

/// Files are decoded side by side, one per core, and aggregated as they come.
pub fn aggregate(query: &Query, folder: &Path) -> Result<Grouped> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).map_err(failed)?.filter_map(|entry| entry.ok().map(|e| e.path())).collect();
    paths.sort();
    let mut aggregator = Aggregator::new(query, Options::default())?;
    for pair in paths.chunks(rayon::current_num_threads()) {
        let mut readers = pair.iter().map(|path| open(path, query)).collect::<Result<Vec<_>>>()?;
        loop {
            let read = |reader: &mut ParquetRecordBatchReader| reader.next().transpose().map_err(failed);
            let batches = readers.par_iter_mut().map(read).collect::<Result<Vec<_>>>()?;
            let batches: Vec<RecordBatch> = batches.into_iter().flatten().collect();
            if batches.is_empty() {
                break;
            }
            aggregator.push_all(&batches)?;
        }
    }
    aggregator.finish()
}
