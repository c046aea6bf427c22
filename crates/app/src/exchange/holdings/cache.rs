//! Decoded row groups in memory, within a bound of bytes. Split into parts by hash, so that readers seldom wait for one
//! another; the group used longest ago goes first.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch, StringArray};
use huoshui_kernel::fault::Result;

/// Parts of the cache.
const PARTS: usize = 16;

/// A decoded row group.
#[derive(Debug)]
pub struct Group {
    /// Its rows.
    pub batch: RecordBatch,
    /// The firm of each, sorted.
    firms: StringArray,
    bytes: usize,
}

impl Group {
    /// A row group whose first column is `uscc`; none when it is not.
    #[must_use]
    pub fn new(batch: RecordBatch) -> Option<Self> {
        let firms = batch.columns().first()?.as_string_opt::<i32>()?.clone();
        let bytes = batch.get_array_memory_size();
        Some(Self { batch, firms, bytes })
    }

    /// The rows of a firm.
    #[must_use]
    pub fn rows_of(&self, firm: &str) -> std::ops::Range<usize> {
        let (mut low, mut high) = (0, self.firms.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.firms.value(middle) < firm { low = middle + 1 } else { high = middle }
        }
        // They stand side by side and are few: to walk them touches less memory than to search for their end.
        let own = (low..self.firms.len()).take_while(|row| self.firms.value(*row) == firm).count();
        low..low + own
    }
}

type Place = (Arc<str>, usize);

#[derive(Default)]
struct Part {
    groups: HashMap<Place, (Arc<Group>, u64)>,
    bytes: usize,
    uses: u64,
}

/// The cache.
pub struct Cache {
    parts: Vec<Mutex<Part>>,
    /// Bytes of one part.
    room: usize,
    hasher: RandomState,
}

impl Cache {
    /// An empty cache of so many bytes.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let parts = std::iter::repeat_with(Mutex::default).take(PARTS).collect();
        Self { parts, room: bytes / PARTS, hasher: RandomState::new() }
    }

    /// A group, decoded by `load` when it is not there. Readers that miss at once each decode it: waiting for one another
    /// would cost more.
    ///
    /// # Errors
    /// Those of `load`.
    pub fn get(&self, blob: &Arc<str>, index: usize, load: impl FnOnce() -> Result<Group>) -> Result<Arc<Group>> {
        let place = (Arc::clone(blob), index);
        let slot = usize::try_from(self.hasher.hash_one(&place) % PARTS as u64).unwrap_or(0);
        let Some(part) = self.parts.get(slot) else { return load().map(Arc::new) };
        {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            part.uses += 1;
            let now = part.uses;
            if let Some((group, used)) = part.groups.get_mut(&place) {
                *used = now;
                return Ok(Arc::clone(group));
            }
        }
        let group = Arc::new(load()?);
        let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
        part.uses += 1;
        let now = part.uses;
        if group.bytes <= self.room && part.groups.insert(place, (Arc::clone(&group), now)).is_none() {
            part.bytes += group.bytes;
        }
        while part.bytes > self.room {
            let oldest = part.groups.iter().min_by_key(|(_, (_, used))| *used).map(|(place, _)| place.clone());
            let Some((gone, _)) = oldest.and_then(|place| part.groups.remove(&place)) else { break };
            part.bytes -= gone.bytes;
        }
        Ok(group)
    }

    /// Forgets the groups of a file: its rows may have been erased.
    pub fn forget(&self, blob: &str) {
        for part in &self.parts {
            let mut part = part.lock().unwrap_or_else(PoisonError::into_inner);
            part.groups.retain(|(b, _), _| **b != *blob);
            part.bytes = part.groups.values().map(|(group, _)| group.bytes).sum();
        }
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.parts.iter().map(|p| p.lock().unwrap_or_else(PoisonError::into_inner).bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(firms: &[&str]) -> Group {
        let firms: StringArray = firms.iter().copied().map(Some).collect();
        Group::new(RecordBatch::try_from_iter([("uscc", Arc::new(firms) as _)]).unwrap()).unwrap()
    }

    #[test]
    fn a_firms_rows_are_found_wherever_they_stand() {
        let group = group(&["A", "A", "C", "C", "C", "E"]);
        for (firm, rows) in [("A", 0..2), ("B", 2..2), ("C", 2..5), ("E", 5..6), ("F", 6..6), ("0", 0..0)] {
            assert_eq!(group.rows_of(firm), rows, "{firm}");
        }
    }

    #[test]
    fn the_cache_keeps_to_its_bound_and_forgets_what_it_must() {
        let one = group(&["A"]).bytes;
        let cache = Cache::new(one * PARTS * 2);
        let names: Vec<Arc<str>> = (0..200).map(|n| Arc::from(format!("{n}"))).collect();
        for name in &names {
            cache.get(name, 0, || Ok(group(&["A"]))).unwrap();
            assert!(cache.bytes() <= one * PARTS * 2);
        }
        let last = names.last().unwrap();
        let not_again = || panic!("it was there");
        cache.get(last, 0, not_again).unwrap();
        cache.forget(last);
        let mut again = false;
        cache
            .get(last, 0, || {
                again = true;
                Ok(group(&["A"]))
            })
            .unwrap();
        assert!(again);
    }
}
