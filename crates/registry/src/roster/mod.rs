//! The list library (名单库): dated lists of recognised enterprises, and what was valid on any day.
//!
//! The library is nothing but its lists by list date, so the order in which they are imported leaves no trace. On a day,
//! the latest list of that day or before speaks, and of it the certificates whose term holds the day.

mod conflicts;
mod list;
mod plan;
mod row;

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Fault};

pub use list::{Entry, List, Listed};
pub use plan::{
    Added, Changes, Expired, ExpiredBecause, Moved, Plan, PlanOptions, Recertified, Recognition, Renamed, plan,
};
pub use row::RosterRow;

use crate::faults;
use crate::reference::Reference;
use crate::refusal::Refusal;

/// The lists, by list date. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    lists: BTreeMap<Date, Arc<List>>,
}

impl Roster {
    /// No list yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts back a list that was applied before, from its stored rows, without looking at the other lists. Fails if the
    /// rows are not a list by themselves.
    pub fn restore(
        &mut self,
        date: Date,
        rows: &[RosterRow],
        reference: &Reference,
    ) -> std::result::Result<(), Refusal> {
        let list = List::from_rows(date, rows, reference)?;
        self.lists.insert(date, Arc::new(list));
        Ok(())
    }

    /// The library with the planned list in it, whole; or the fault that keeps it out, and no change.
    pub fn apply(&self, plan: &Plan) -> Result<Self> {
        let list = plan.list().ok_or_else(|| {
            let count = plan.refusal.as_ref().map_or(0, |r| r.count);
            Fault::new(&faults::LIST_REFUSED).with("date", plan.list_date).with("count", count)
        })?;
        if !plan.still_fits(self) {
            return Err(Fault::new(&faults::PLAN_STALE).with("date", plan.list_date));
        }
        let mut lists = self.lists.clone();
        lists.insert(plan.list_date, Arc::clone(list));
        Ok(Self { lists })
    }

    /// The list that speaks on a day: the latest of that day or before.
    #[must_use]
    pub fn list_on(&self, date: Date) -> Option<&Arc<List>> {
        self.lists.range(..=date).next_back().map(|(_, list)| list)
    }

    /// The latest list before a day.
    #[must_use]
    pub fn list_before(&self, date: Date) -> Option<&Arc<List>> {
        self.lists.range(..date).next_back().map(|(_, list)| list)
    }

    /// The list of exactly this date.
    #[must_use]
    pub fn list_of(&self, date: Date) -> Option<&Arc<List>> {
        self.lists.get(&date)
    }

    /// The list after a day.
    #[must_use]
    pub fn list_after(&self, date: Date) -> Option<&Arc<List>> {
        use std::ops::Bound::{Excluded, Unbounded};
        self.lists.range((Excluded(date), Unbounded)).next().map(|(_, list)| list)
    }

    /// All lists, oldest first.
    pub fn lists(&self) -> impl Iterator<Item = &Arc<List>> {
        self.lists.values()
    }

    /// The recognised enterprises on a day, in the order of USCCs, each with its tiers valid that day. A firm whose
    /// certificates have all run out is not there.
    pub fn as_of(&self, date: Date) -> impl Iterator<Item = Listed<'_>> {
        self.list_on(date).into_iter().flat_map(move |list| list.valid_on(date))
    }

    /// SRDI(t): those of [`Roster::as_of`] that are SRDI SMEs or little giants.
    pub fn srdi_as_of(&self, date: Date) -> impl Iterator<Item = Listed<'_>> {
        self.as_of(date).filter(|firm| firm.tiers.is_srdi())
    }
}
