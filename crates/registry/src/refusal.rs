use std::fmt;

use huoshui_kernel::Fault;
use serde::Serialize;

/// At most this many faults of one table are kept; all are counted.
pub const MAX_FAULTS: usize = 10_000;
/// At most this many rows in one table of the registry: a country's enterprises come in parts.
pub const MAX_ROWS: usize = 2_000_000;

/// Why a whole table is refused: every fault counted, the first 10,000 kept in the order of their rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The faults, each with its row and field.
    pub faults: Vec<Fault>,
    /// How many there are.
    pub count: u64,
}

impl Refusal {
    /// Counts a fault and keeps it while there is room.
    pub fn push(&mut self, fault: Fault) {
        self.count += 1;
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    /// The value, if nothing was found; else this refusal, in the order of rows.
    pub fn or<T>(mut self, value: T) -> Result<T, Self> {
        if self.count == 0 {
            return Ok(value);
        }
        self.sort();
        Err(self)
    }

    pub(crate) fn sort(&mut self) {
        // Stable: faults of one row stay in the order in which they were found.
        self.faults.sort_by_key(Fault::row_number);
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault], count: 1 }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.faults {
            writeln!(f, "{fault}")?;
        }
        write!(f, "({})", self.count)
    }
}

/// The row of a record as a spreadsheet shows it: the header is row 1, so record 0 is row 2.
#[must_use]
pub fn row_number(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX).saturating_add(2)
}
