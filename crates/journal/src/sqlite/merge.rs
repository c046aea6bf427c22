//! Moves recent rows into the file's indexes, in the order of those, a portion with each commit.
//!
//! In sorted order neighbours share pages, so many entries cost one page, where each alone would cost its own. The marks
//! move in the transaction that writes the last portion; until then the entries written do not count, and a process that
//! begins the same work again after a kill writes the same entries over them.

use std::sync::Arc;

use huoshui_kernel::fault::Result;
use rusqlite::Connection;

use crate::faults::storage;
use crate::sqlite::places::{Marks, Recent, Sorted};
use crate::sqlite::writer::as_i64;

/// Entries written with one commit at least, while a merge is under way: a few milliseconds of work.
const PORTION: usize = 1_024;
/// Portions of a merge at least, so that small ones are not done at once either.
const PORTIONS: usize = 32;

/// A merge under way.
pub(crate) struct Merge {
    events: std::vec::IntoIter<(Arc<str>, u64, i64)>,
    receipts: std::vec::IntoIter<([u8; 16], i64)>,
    /// Where the marks will stand.
    end: Marks,
    portion: usize,
}

impl Merge {
    /// Of everything recent.
    pub(crate) fn of(recent: &Recent) -> Self {
        let Sorted { events, receipts } = recent.sorted();
        let portion = (recent.len() / PORTIONS).min(PORTION);
        Self { events: events.into_iter(), receipts: receipts.into_iter(), end: recent.upto, portion }
    }

    /// Whether another process has done this work already.
    pub(crate) fn is_stale(&self, placed: Marks) -> bool {
        placed.events >= self.end.events && placed.receipts >= self.end.receipts
    }

    /// Writes the next portion, at least four entries for each row that the group adds, so that the recent rows cannot
    /// grow faster than they are moved. The new marks when it was the last one.
    pub(crate) fn advance(&mut self, conn: &Connection, added: usize) -> Result<Option<Marks>> {
        let portion = self.portion.max(added.saturating_mul(4));
        let left = portion.saturating_sub(self.events.len());
        let mut place =
            conn.prepare_cached("INSERT OR REPLACE INTO stream_places VALUES (?1, ?2, ?3)").map_err(storage)?;
        for (stream, version, seq) in self.events.by_ref().take(portion) {
            place.execute((&*stream, as_i64(version)?, seq)).map_err(storage)?;
        }
        let mut place =
            conn.prepare_cached("INSERT OR REPLACE INTO receipt_places VALUES (?1, ?2)").map_err(storage)?;
        for (id, seq) in self.receipts.by_ref().take(left) {
            place.execute((id.as_slice(), seq)).map_err(storage)?;
        }
        if self.events.len() > 0 || self.receipts.len() > 0 {
            return Ok(None);
        }
        let sql = "UPDATE placed SET events = max(events, ?1), receipts = max(receipts, ?2)";
        conn.execute(sql, (self.end.events, self.end.receipts)).map_err(storage)?;
        Ok(Some(self.end))
    }
}
