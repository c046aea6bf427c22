//! The bounds that every read obeys.

/// Bounds on what one file may hold. A file beyond any of them is refused before it can exhaust the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The file's size in bytes; for csv and Parquet.
    pub max_bytes: u64,
    /// Rows below the header.
    pub max_rows: u64,
    /// Columns in the header.
    pub max_columns: usize,
    /// Characters in one cell, whatever its column allows.
    pub max_cell_chars: usize,
    /// Rows in one batch.
    pub batch_rows: usize,
    /// An xlsx file's size in bytes.
    pub max_xlsx_bytes: u64,
    /// What all parts of an xlsx file may unpack to, in bytes.
    pub max_xlsx_inflated: u64,
}

impl Default for Limits {
    /// 2 GiB, 5 million rows, 256 columns, 4,000 characters a cell, batches of 16,384 rows; xlsx 64 MiB that unpack to 512 MiB.
    fn default() -> Self {
        Self {
            max_bytes: 2 << 30,
            max_rows: 5_000_000,
            max_columns: 256,
            max_cell_chars: 4_000,
            batch_rows: 16_384,
            max_xlsx_bytes: 64 << 20,
            max_xlsx_inflated: 512 << 20,
        }
    }
}

impl Limits {
    /// The longest row in bytes: every column at its longest, quoted.
    pub(crate) fn max_row_bytes(&self) -> usize {
        self.max_columns.saturating_mul(self.max_cell_chars).saturating_mul(4).clamp(4 << 10, 16 << 20)
    }
}
