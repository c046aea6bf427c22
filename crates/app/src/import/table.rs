//! One file read whole against its shape: rows as Arrow batches, problems as the reader found them.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use arrow_array::RecordBatch;
use huoshui_formats::read::{self, CellProblem};
use huoshui_formats::{Limits, read::Chunk};
use huoshui_kernel::fault::Result;
use huoshui_kernel::hex;
use huoshui_kernel::shape::TableShape;
use sha2::{Digest as _, Sha256};

use crate::faults;

/// Problems of one file that are kept; all are counted.
pub const MAX_PROBLEMS: usize = 10_000;

/// A file in memory.
#[derive(Debug)]
pub struct Loaded {
    /// The rows, in the shape's column order.
    pub batches: Vec<RecordBatch>,
    /// Rows as the file counts them.
    pub rows: u64,
    /// The first problems, in the order of the rows.
    pub problems: Vec<CellProblem>,
    /// How many there are.
    pub problems_total: u64,
    /// SHA-256 of the file, hexadecimal.
    pub source: String,
    /// The file's name.
    pub file: String,
}

/// Reads a file whole. Bad cells are problems of the result, not a fault.
///
/// # Errors
/// Those of [`read::open`]: the file as such cannot be read.
pub fn load(path: &Path, shape: &TableShape) -> Result<Loaded> {
    let mut loaded = Loaded {
        batches: Vec::new(),
        rows: 0,
        problems: Vec::new(),
        problems_total: 0,
        source: digest(path)?,
        file: path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
    };
    for chunk in read::open(path, shape, &Limits::default())? {
        let Chunk { batch, problems, .. } = chunk?;
        loaded.rows += batch.num_rows() as u64;
        loaded.problems_total += problems.len() as u64;
        let room = MAX_PROBLEMS.saturating_sub(loaded.problems.len());
        loaded.problems.extend(problems.into_iter().take(room));
        loaded.batches.push(batch);
    }
    Ok(loaded)
}

/// SHA-256 of a file's bytes, hexadecimal.
///
/// # Errors
/// `import.unreadable`.
pub fn digest(path: &Path) -> Result<String> {
    let unreadable = |e: std::io::Error| faults::unreadable(path, &e);
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(unreadable)? {
            0 => break,
            n => hasher.update(buffer.get(..n).unwrap_or_default()),
        }
    }
    Ok(hex(&hasher.finalize()))
}
