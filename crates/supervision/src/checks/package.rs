//! What is checked: the tables of one institution for one as-of date, and what they are compared with.

use arrow_array::RecordBatch;
use huoshui_kernel::{Date, Fault};

use crate::relations::{Filed, RawTable};

/// Consecutive rows of a filed table.
#[derive(Clone, Debug)]
pub struct Part {
    /// The rows, in the table's shape. A cell that could not be read is NULL.
    pub batch: RecordBatch,
    /// The number of the first row in its file, as a spreadsheet shows it.
    pub first_row: u64,
}

/// A filing: the tables of one institution for one as-of date.
#[derive(Clone, Debug)]
pub struct Package {
    /// The institution that files, by the file's name.
    pub institution: String,
    /// The as-of date, by the file's name.
    pub as_of: Date,
    /// Each table, or none where it was never filed for this date.
    pub notes: Option<Vec<Part>>,
    /// Year to date.
    pub disbursements: Option<Vec<Part>>,
    /// Accounts and lines.
    pub relationships: Option<Vec<Part>>,
}

impl Package {
    /// This filing with the tables that it does not give anew carried over from the former one of the same date.
    #[must_use]
    pub fn over(mut self, former: Self) -> Self {
        self.notes = self.notes.or(former.notes);
        self.disbursements = self.disbursements.or(former.disbursements);
        self.relationships = self.relationships.or(former.relationships);
        self
    }

    /// The parts of a table; empty where it was not filed.
    #[must_use]
    pub fn parts(&self, table: RawTable) -> &[Part] {
        self.table(table).unwrap_or_default()
    }

    pub(crate) fn table(&self, table: RawTable) -> Option<&[Part]> {
        match table {
            RawTable::Notes => self.notes.as_deref(),
            RawTable::Disbursements => self.disbursements.as_deref(),
            RawTable::Relationships => self.relationships.as_deref(),
        }
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> u64 {
        RawTable::ALL.iter().flat_map(|t| self.parts(*t)).map(|p| p.batch.num_rows() as u64).sum()
    }
}

/// A cell that the file reader refused.
#[derive(Clone, Debug)]
pub struct CellProblem {
    /// Its table.
    pub table: RawTable,
    /// Its row, as a spreadsheet shows it.
    pub row: u64,
    /// Its column; none where the whole row is at fault.
    pub column: Option<&'static str>,
    /// What is wrong.
    pub fault: Fault,
}

/// The institution's last earlier filing.
#[derive(Clone, Debug)]
pub struct Previous {
    /// Its as-of date.
    pub as_of: Date,
    /// Its tables. They are taken as they are: they passed when they were filed.
    pub filed: Filed,
}

/// What a filing is compared with.
pub struct Context<'a> {
    /// The last earlier filing, if there is one.
    pub previous: Option<&'a Previous>,
    /// Whether the registry knows an enterprise of this USCC.
    pub borrower_known: &'a (dyn Fn(&str) -> bool + Sync),
    /// Whether the institution is registered as one that files loans.
    pub institution_known: bool,
    /// What the file reader refused.
    pub cell_problems: &'a [CellProblem],
}
