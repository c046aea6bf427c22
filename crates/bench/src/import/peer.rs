//! The least that any import of csv must do: split the rows, and make the bytes durable.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use huoshui_kernel::fault::Result;
use rayon::prelude::*;

use crate::faults::failed;

/// Every csv file under a folder.
pub fn csv_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            found.extend(csv_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "csv") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Splits every file into records and writes its bytes to a new file, durably. Rows of tables (explanations come with
/// tables and are not counted), and the seconds.
pub fn split_and_copy(files: &Path, copy: &Path) -> Result<(u64, f64)> {
    let start = Instant::now();
    std::fs::create_dir(copy).map_err(failed)?;
    let rows = csv_files(files)?
        .into_par_iter()
        .enumerate()
        .map(|(number, path)| {
            let bytes = std::fs::read(&path).map_err(failed)?;
            let mut reader = csv::ReaderBuilder::new().from_reader(bytes.as_slice());
            let mut record = csv::ByteRecord::new();
            let mut rows = 0;
            while reader.read_byte_record(&mut record).map_err(failed)? {
                rows += 1;
            }
            let mut file = std::fs::File::create(copy.join(number.to_string())).map_err(failed)?;
            file.write_all(&bytes).and_then(|()| file.sync_data()).map_err(failed)?;
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            Ok(if name.starts_with("explanations.") { 0 } else { rows })
        })
        .sum::<Result<u64>>()?;
    Ok((rows, start.elapsed().as_secs_f64()))
}
