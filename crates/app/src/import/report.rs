//! What an import did with each file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use huoshui_kernel::date::Date;
use huoshui_kernel::fault::Fault;
use huoshui_registry::roster::Plan;

use super::files::Table;

/// One file, or one filing of several files.
#[derive(Debug)]
pub struct Item {
    /// The file; of a filing its folder's first file.
    pub path: PathBuf,
    /// What it is; of a filing [`Table::Notes`].
    pub table: Table,
    /// Who filed.
    pub institution: Option<String>,
    /// Of what date.
    pub date: Option<Date>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a file or filing.
#[derive(Debug)]
pub enum Outcome {
    /// Taken whole.
    Applied {
        /// Rows taken.
        rows: u64,
        /// Changes by kind.
        changes: BTreeMap<String, u64>,
        /// What a list changed.
        plan: Option<Box<Plan>>,
    },
    /// Would be taken; nothing was changed.
    WouldApply {
        /// Rows.
        rows: u64,
        /// Changes by kind.
        changes: BTreeMap<String, u64>,
        /// What a list would change.
        plan: Option<Box<Plan>>,
    },
    /// Exactly this is in force already.
    AlreadyThere {
        /// Rows.
        rows: u64,
    },
    /// Refused whole; nothing was changed.
    Refused {
        /// How many errors there are.
        count: u64,
        /// The first of them.
        faults: Vec<Fault>,
        /// The spreadsheet that marks them.
        listing: Option<PathBuf>,
    },
}

impl Outcome {
    /// Refused for one reason.
    #[must_use]
    pub fn refused(fault: Fault) -> Self {
        Self::Refused { count: 1, faults: vec![fault], listing: None }
    }

    /// Whether it was refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Rows taken or there.
    #[must_use]
    pub fn rows(&self) -> u64 {
        match self {
            Self::Applied { rows, .. } | Self::WouldApply { rows, .. } | Self::AlreadyThere { rows } => *rows,
            Self::Refused { .. } => 0,
        }
    }
}

/// A whole import.
#[derive(Debug, Default)]
pub struct Report {
    /// Each file or filing, in the order in which they were taken.
    pub items: Vec<Item>,
    /// Queries opened between banks.
    pub queries: u64,
}

impl Report {
    /// Whether anything was refused.
    #[must_use]
    pub fn any_refused(&self) -> bool {
        self.items.iter().any(|i| i.outcome.is_refused())
    }
}
