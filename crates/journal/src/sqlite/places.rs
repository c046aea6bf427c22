//! Where events and receipts lie.
//!
//! Rows are appended in their order of commit and nothing else is written for them: an index entry for each would touch
//! a page at a random place, and pages are what a durable commit costs. So the indexes in the file (`stream_places`,
//! `receipt_places`) cover rows only up to the marks in `placed`. The rows after them — the recent ones, some ten
//! thousand — are indexed in memory by whoever has the file open, read within the same snapshot as everything else, so
//! that several processes see the same. The writer moves them into the file in sorted portions ([`super::merge`]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use huoshui_kernel::fault::Result;
use rusqlite::{Connection, OptionalExtension};

use crate::faults::{damaged, storage};
use crate::sqlite::rows::unsigned;
use crate::sqlite::writer::as_i64;

/// A row number of each of the two tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    pub events: i64,
    pub receipts: i64,
}

/// Up to which rows the indexes in the file are complete. Entries for later rows may lie there, of a portion not yet
/// finished; they do not count.
pub(crate) fn placed(conn: &Connection) -> Result<Marks> {
    let mut statement = conn.prepare_cached("SELECT events, receipts FROM placed").map_err(storage)?;
    let marks = statement.query_row([], |r| Ok(Marks { events: r.get(0)?, receipts: r.get(1)? }));
    marks.map_err(|e| damaged(format!("placed: {e}")))
}

/// The last rows.
pub(crate) fn newest(conn: &Connection) -> Result<Marks> {
    let sql = "SELECT coalesce((SELECT max(seq) FROM events), 0), coalesce((SELECT max(seq) FROM receipts), 0)";
    let mut statement = conn.prepare_cached(sql).map_err(storage)?;
    statement.query_row([], |r| Ok(Marks { events: r.get(0)?, receipts: r.get(1)? })).map_err(storage)
}

/// The recent rows: every committed row after `placed` up to `upto`. It may know more than an older snapshot sees.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    pub placed: Marks,
    pub upto: Marks,
    /// Versions and rows of each stream, ascending.
    streams: HashMap<Arc<str>, Vec<(u64, i64)>>,
    receipts: HashMap<[u8; 16], i64>,
    /// Event rows held.
    events: usize,
}

impl Recent {
    /// Takes in what this snapshot has and is not known yet. False when the snapshot is older than what was forgotten
    /// here because a newer one has it in the file: then look again in a new snapshot.
    pub(crate) fn refresh(&mut self, conn: &Connection, placed: Marks, newest: Marks) -> Result<bool> {
        if placed.events < self.placed.events || placed.receipts < self.placed.receipts {
            return Ok(false);
        }
        self.forget(placed);
        if newest.events > self.upto.events {
            let sql = "SELECT seq, stream, version FROM events WHERE seq > ?1 ORDER BY seq";
            let mut statement = conn.prepare_cached(sql).map_err(storage)?;
            let mut rows = statement.query([self.upto.events]).map_err(storage)?;
            while let Some(row) = rows.next().map_err(storage)? {
                let stream = row.get_ref(1).map_err(storage)?.as_str().map_err(damaged)?;
                self.add_event(stream, unsigned(row, 2).map_err(damaged)?, row.get(0).map_err(damaged)?);
            }
        }
        if newest.receipts > self.upto.receipts {
            let sql = "SELECT seq, id FROM receipts WHERE seq > ?1 ORDER BY seq";
            let mut statement = conn.prepare_cached(sql).map_err(storage)?;
            let mut rows = statement.query([self.upto.receipts]).map_err(storage)?;
            while let Some(row) = rows.next().map_err(storage)? {
                self.add_receipt(row.get(1).map_err(damaged)?, row.get(0).map_err(damaged)?);
            }
        }
        Ok(true)
    }

    /// Drops what the file's indexes have by now.
    pub(crate) fn forget(&mut self, placed: Marks) {
        if placed.events > self.placed.events {
            self.events = 0;
            self.streams.retain(|_, held| {
                held.retain(|(_, seq)| *seq > placed.events);
                self.events += held.len();
                !held.is_empty()
            });
        }
        if placed.receipts > self.placed.receipts {
            self.receipts.retain(|_, seq| *seq > placed.receipts);
        }
        self.placed = placed;
        self.upto.events = self.upto.events.max(placed.events);
        self.upto.receipts = self.upto.receipts.max(placed.receipts);
    }

    /// Adds a committed event, unless a reader was quicker.
    pub(crate) fn add_event(&mut self, stream: &str, version: u64, seq: i64) {
        if seq <= self.upto.events {
            return;
        }
        self.upto.events = seq;
        self.events += 1;
        match self.streams.get_mut(stream) {
            Some(held) => held.push((version, seq)),
            None => drop(self.streams.insert(stream.into(), vec![(version, seq)])),
        }
    }

    /// Adds a committed receipt, unless a reader was quicker.
    pub(crate) fn add_receipt(&mut self, id: [u8; 16], seq: i64) {
        if seq > self.upto.receipts {
            self.upto.receipts = seq;
            self.receipts.insert(id, seq);
        }
    }

    /// Rows held of the fuller table.
    pub(crate) fn len(&self) -> usize {
        self.events.max(self.receipts.len())
    }

    /// Everything held, in the order of the indexes.
    pub(crate) fn sorted(&self) -> Sorted {
        // Streams are compared, not events: names are long and begin alike.
        let mut streams: Vec<_> = self.streams.iter().collect();
        streams.sort_unstable_by(|a, b| a.0.cmp(b.0));
        let mut events = Vec::with_capacity(self.events);
        for (stream, held) in streams {
            events.extend(held.iter().map(|(version, seq)| (Arc::clone(stream), *version, *seq)));
        }
        let mut receipts: Vec<_> = self.receipts.iter().map(|(id, seq)| (*id, *seq)).collect();
        receipts.sort_unstable();
        Sorted { events, receipts }
    }
}

/// Entries in the order of the indexes.
pub(crate) struct Sorted {
    /// Stream, version, row.
    pub events: Vec<(Arc<str>, u64, i64)>,
    /// Command, row.
    pub receipts: Vec<([u8; 16], i64)>,
}

/// The places as one snapshot has them: the file's indexes, and after them the recent rows.
pub(crate) struct Places<'a> {
    pub conn: &'a Connection,
    pub recent: &'a Mutex<Recent>,
    pub placed: Marks,
    pub newest: Marks,
}

impl Places<'_> {
    /// The row of this command's receipt.
    pub(crate) fn receipt(&self, id: &[u8; 16]) -> Result<Option<i64>> {
        let recent = self.recent.lock().map_err(storage)?.receipts.get(id).copied();
        if let Some(seq) = recent.filter(|seq| *seq > self.placed.receipts && *seq <= self.newest.receipts) {
            return Ok(Some(seq));
        }
        let sql = "SELECT receipt FROM receipt_places WHERE id = ?1 AND receipt <= ?2";
        let mut statement = self.conn.prepare_cached(sql).map_err(storage)?;
        statement.query_row((id.as_slice(), self.placed.receipts), |r| r.get(0)).optional().map_err(storage)
    }

    /// Version and row of a stream's last event.
    pub(crate) fn head(&self, stream: &str) -> Result<Option<(u64, i64)>> {
        if let Some(last) = self.recent_of(stream, |_| true)?.last() {
            return Ok(Some(*last));
        }
        let sql =
            "SELECT version, event FROM stream_places WHERE stream = ?1 AND event <= ?2 ORDER BY version DESC LIMIT 1";
        let mut statement = self.conn.prepare_cached(sql).map_err(storage)?;
        let found = statement.query_row((stream, self.placed.events), |r| Ok((unsigned(r, 0)?, r.get(1)?)));
        found.optional().map_err(super::rows::explain)
    }

    /// Versions and rows of a stream's events from this version on, at most `limit`.
    pub(crate) fn events(&self, stream: &str, from: u64, limit: usize) -> Result<Vec<(u64, i64)>> {
        let sql = "SELECT version, event FROM stream_places
             WHERE stream = ?1 AND version >= ?2 AND event <= ?3 ORDER BY version LIMIT ?4";
        let mut statement = self.conn.prepare_cached(sql).map_err(storage)?;
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let found = statement
            .query_map((stream, as_i64(from)?, self.placed.events, most), |r| Ok((unsigned(r, 0)?, r.get(1)?)))
            .map_err(storage)?;
        let mut found = found.collect::<rusqlite::Result<Vec<_>>>().map_err(super::rows::explain)?;
        // A stream's versions ascend with its rows, so the recent ones come after all others.
        found.extend(self.recent_of(stream, |version| version >= from)?);
        found.truncate(limit);
        Ok(found)
    }

    fn recent_of(&self, stream: &str, wanted: impl Fn(u64) -> bool) -> Result<Vec<(u64, i64)>> {
        let recent = self.recent.lock().map_err(storage)?;
        let held = recent.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let seen = |seq: i64| seq > self.placed.events && seq <= self.newest.events;
        Ok(held.iter().filter(|(version, seq)| seen(*seq) && wanted(*version)).copied().collect())
    }
}
