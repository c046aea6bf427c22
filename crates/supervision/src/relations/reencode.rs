//! Borrowers as rows of the roll.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int32Array, StringArray};
use hashbrown::HashMap;
use huoshui_kernel::fault::{Fault, Result};

use super::roll::{Roll, UNKNOWN};
use crate::arrow::{Texts, dictionary};
use crate::faults;

/// The borrowers of one batch: their rows in the roll, and the column itself with the roll's own codes, so that every
/// batch of every institution shares one dictionary.
pub(super) struct Borrowers {
    /// Row in the roll, or [`UNKNOWN`].
    pub rows: Vec<u32>,
    strangers: Vec<(usize, Box<str>)>,
    nulls: Vec<usize>,
}

impl Borrowers {
    pub fn of(texts: &Texts<'_>, roll: &Roll) -> Self {
        let mut found = Self { rows: Vec::with_capacity(texts.len()), strangers: Vec::new(), nulls: Vec::new() };
        // Banks file their notes sorted or clustered by borrower often enough for this to pay.
        let mut last: (Option<&str>, u32) = (None, UNKNOWN);
        for row in 0..texts.len() {
            let Some(uscc) = texts.get(row) else {
                found.nulls.push(row);
                found.rows.push(UNKNOWN);
                continue;
            };
            if last.0 != Some(uscc) {
                last = (Some(uscc), roll.row_of(uscc));
            }
            if last.1 == UNKNOWN {
                found.strangers.push((row, uscc.into()));
            }
            found.rows.push(last.1);
        }
        found
    }

    /// The column `borrower`. Enterprises that the roll does not know keep their codes behind the roll's.
    pub fn column(&self, roll: &Roll) -> Result<ArrayRef> {
        if self.strangers.is_empty() && self.nulls.is_empty() {
            let keys: Int32Array = self.rows.iter().map(|r| i32::try_from(*r).ok()).collect();
            return Ok(dictionary(keys, Arc::clone(roll.usccs())));
        }
        let too_many = |_| Fault::new(&faults::TOO_MANY_ROWS);
        let mut extra: HashMap<&str, i32> = HashMap::new();
        let mut texts: Vec<&str> = Vec::new();
        let mut keys: Vec<Option<i32>> =
            self.rows.iter().map(|r| if *r == UNKNOWN { None } else { i32::try_from(*r).ok() }).collect();
        for (row, uscc) in &self.strangers {
            let next = i32::try_from(roll.usccs().len() + texts.len()).map_err(too_many)?;
            let key = *extra.entry(uscc.as_ref()).or_insert_with(|| {
                texts.push(uscc);
                next
            });
            if let Some(slot) = keys.get_mut(*row) {
                *slot = Some(key);
            }
        }
        let values = if texts.is_empty() {
            Arc::clone(roll.usccs())
        } else {
            Arc::new(StringArray::from_iter_values(roll.usccs().iter().flatten().chain(texts)))
        };
        Ok(dictionary(keys.into_iter().collect(), values))
    }
}
