//! Filings and rolls held in memory: for tests, for small cities, and as the plainest implementation of [`Relations`].

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};

use super::{RelationRequest, Relations, Roll, build};
use crate::faults;

/// The filed batches of every institution for one as-of date, in the shapes of [`crate::filings`].
#[derive(Clone, Debug, Default)]
pub struct Filed {
    /// Notes.
    pub notes: Vec<RecordBatch>,
    /// Disbursements.
    pub disbursements: Vec<RecordBatch>,
    /// Relationships.
    pub relationships: Vec<RecordBatch>,
}

/// Filings by as-of date and rolls by list date.
#[derive(Default)]
pub struct Shelf {
    filed: BTreeMap<Date, Filed>,
    rolls: BTreeMap<Date, Arc<Roll>>,
}

impl Shelf {
    /// Adds the filings of a date; they replace what it had.
    pub fn file(&mut self, as_of: Date, filed: Filed) {
        self.filed.insert(as_of, filed);
    }

    /// Adds a roll; it is in force from its list date until the next.
    pub fn roll(&mut self, roll: Roll) {
        self.rolls.insert(roll.list_date(), Arc::new(roll));
    }
}

impl Relations for Shelf {
    fn each(&self, request: &RelationRequest, sink: &mut dyn FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        let roll = self.rolls.range(..=request.list_date).next_back().map(|(_, roll)| roll);
        let roll = roll.ok_or_else(|| Fault::new(&faults::NO_LIST).with("date", request.list_date))?;
        let empty = Filed::default();
        build(request, self.filed.get(&request.data_date).unwrap_or(&empty), roll, sink)
    }
}
