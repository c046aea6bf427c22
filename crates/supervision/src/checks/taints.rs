//! Which cells are already known to be wrong, so that one mistake is not reported twice.

use hashbrown::HashMap;

use super::keys::Place;

/// Wrong cells of a table: columns by row. `*` stands for the whole row.
#[derive(Default)]
pub(super) struct Taints {
    rows: HashMap<Place, Vec<Box<str>>>,
}

impl Taints {
    pub fn add(&mut self, place: Place, column: &str) {
        let columns = self.rows.entry(place).or_default();
        if !columns.iter().any(|c| **c == *column) {
            columns.push(column.into());
        }
    }

    pub fn has(&self, place: Place, column: &str) -> bool {
        self.rows.get(&place).is_some_and(|columns| columns.iter().any(|c| **c == *column || **c == *"*"))
    }

    pub fn any(&self, place: Place, columns: &[&str]) -> bool {
        !self.rows.is_empty() && columns.iter().any(|c| self.has(place, c))
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
