use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_kernel::{Date, Uscc};

use super::Enterprise;

/// Every enterprise's history, by USCC. A record holds from its date until the next; the order in which files come in
/// does not matter, and a record of the same date replaces the former.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enterprises {
    records: BTreeMap<Uscc, Vec<(Date, Arc<Enterprise>)>>,
}

impl Enterprises {
    /// Nobody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in the checked rows of a file; firms that it does not name keep what they had.
    pub fn put(&mut self, date: Date, rows: impl IntoIterator<Item = Enterprise>) {
        for row in rows {
            let history = self.records.entry(row.uscc).or_default();
            let row = Arc::new(row);
            match history.binary_search_by_key(&date, |(d, _)| *d) {
                Ok(same) => {
                    if let Some(record) = history.get_mut(same) {
                        record.1 = row;
                    }
                }
                Err(place) => history.insert(place, (date, row)),
            }
        }
    }

    /// What was registered of a firm on a day; none before its first record.
    #[must_use]
    pub fn as_of(&self, uscc: &Uscc, date: Date) -> Option<&Arc<Enterprise>> {
        latest(self.records.get(uscc)?, date)
    }

    /// Every firm that was registered on a day, in the order of USCCs.
    pub fn all_as_of(&self, date: Date) -> impl Iterator<Item = &Arc<Enterprise>> {
        self.records.values().filter_map(move |history| latest(history, date))
    }

    /// A firm's records with the days from which they hold, oldest first.
    #[must_use]
    pub fn history(&self, uscc: &Uscc) -> &[(Date, Arc<Enterprise>)] {
        self.records.get(uscc).map_or(&[], Vec::as_slice)
    }

    /// Whether any record of the firm exists, of whatever date.
    #[must_use]
    pub fn contains(&self, uscc: &Uscc) -> bool {
        self.records.contains_key(uscc)
    }

    /// How many firms have a record.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

fn latest(history: &[(Date, Arc<Enterprise>)], date: Date) -> Option<&Arc<Enterprise>> {
    let after = history.partition_point(|(from, _)| *from <= date);
    after.checked_sub(1).and_then(|i| history.get(i)).map(|(_, record)| record)
}
