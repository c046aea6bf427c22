//! The least that loading must do: take a file apart, and make its bytes durable.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use huoshui_kernel::fault::Result;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rayon::prelude::*;

use crate::faults::failed;

/// Reads every file and writes its bytes to a new file, durably. Rows and seconds.
pub fn read_and_copy(files: &Path, copy: &Path) -> Result<(u64, f64)> {
    let start = Instant::now();
    std::fs::create_dir(copy).map_err(failed)?;
    let found: Vec<PathBuf> =
        std::fs::read_dir(files).and_then(|entries| entries.map(|e| e.map(|e| e.path())).collect()).map_err(failed)?;
    let rows = found
        .into_par_iter()
        .enumerate()
        .map(|(number, path)| {
            let bytes = std::fs::read(&path).map_err(failed)?;
            let rows = if path.extension().is_some_and(|e| e == "csv") { split(&bytes)? } else { decode(&path, &[])? };
            let mut file = std::fs::File::create(copy.join(number.to_string())).map_err(failed)?;
            file.write_all(&bytes).and_then(|()| file.sync_data()).map_err(failed)?;
            Ok(rows)
        })
        .sum::<Result<u64>>()?;
    Ok((rows, start.elapsed().as_secs_f64()))
}

fn split(bytes: &[u8]) -> Result<u64> {
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    while reader.read_byte_record(&mut record).map_err(failed)? {
        rows += 1;
    }
    Ok(rows)
}

/// Decodes these columns of a file (none named: all); its rows.
pub fn decode(path: &Path, columns: &[&str]) -> Result<u64> {
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
    if !columns.is_empty() {
        let mask = ProjectionMask::columns(reader.parquet_schema(), columns.iter().copied());
        reader = reader.with_projection(mask);
    }
    let mut rows = 0;
    for batch in reader.with_batch_size(16_384).build().map_err(failed)? {
        rows += batch.map_err(failed)?.num_rows() as u64;
    }
    Ok(rows)
}
