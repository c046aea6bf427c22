//! Everything that verification reads, from one snapshot.

use std::collections::HashMap;

use huoshui_kernel::fault::Result;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::faults::{damaged, storage};
use crate::list::STATE_COLUMNS;
use crate::seal::Seal;
use crate::sqlite::places::{self, Marks};
use crate::sqlite::rows::{self, unsigned};
use crate::sqlite::writer::as_i64;
use crate::verify::{ScannedEvent, ScannedPosition, ScannedReceipt, ScannedState, Snapshot, accounts_for};

/// A reading transaction. Nothing here rests on what a running journal has in memory.
pub(crate) struct SqliteSnapshot<'c> {
    conn: &'c Connection,
    journal: [u8; 16],
    placed: Marks,
    /// Rows that the file's indexes do not cover, in the order of those: stream, version, row.
    events: Vec<(String, u64, i64)>,
    receipts: HashMap<[u8; 16], i64>,
}

impl<'c> SqliteSnapshot<'c> {
    /// Of the transaction that this connection is in.
    pub(crate) fn new(conn: &'c Connection, journal: [u8; 16]) -> Self {
        Self { conn, journal, placed: Marks::default(), events: Vec::new(), receipts: HashMap::new() }
    }

    fn each<T>(
        &self,
        sql: &str,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
        each: &mut dyn FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.conn.prepare(sql).map_err(storage)?;
        let mut rows = statement.query([]).map_err(storage)?;
        while let Some(row) = rows.next().map_err(storage)? {
            each(read(row).map_err(storage)?)?;
        }
        Ok(())
    }

    /// Reads which rows are recent. Their own names are taken, whatever they are: the scan says what is wrong with them.
    fn load(&mut self) -> Result<()> {
        self.placed = places::placed(self.conn)?;
        let (mut events, mut receipts) = (Vec::new(), HashMap::new());
        let sql = format!("SELECT stream, version, seq FROM events WHERE seq > {}", self.placed.events);
        let read = |r: &Row<'_>| Ok((lossy(r, 0), lossy(r, 1).parse().unwrap_or(0), r.get(2)?));
        self.each(&sql, read, &mut |entry| {
            events.push(entry);
            Ok(())
        })?;
        let sql = format!("SELECT id, seq FROM receipts WHERE seq > {}", self.placed.receipts);
        let read = |r: &Row<'_>| Ok((r.get::<_, [u8; 16]>(0).ok(), r.get(1)?));
        self.each(&sql, read, &mut |(id, seq)| {
            id.map(|id| receipts.insert(id, seq));
            Ok(())
        })?;
        events.sort_unstable();
        (self.events, self.receipts) = (events, receipts);
        Ok(())
    }

    /// Every place of an event, recent ones among the others, by stream and version.
    fn places(&self, each: &mut dyn FnMut(String, u64, i64) -> Result<()>) -> Result<()> {
        let mut recent = self.events.iter().peekable();
        let sql = format!(
            "SELECT stream, version, event FROM stream_places WHERE event <= {} ORDER BY stream, version",
            self.placed.events
        );
        let read = |r: &Row<'_>| Ok((lossy(r, 0), lossy(r, 1).parse().unwrap_or(0), r.get(2)?));
        self.each(&sql, read, &mut |(stream, version, seq): (String, u64, i64)| {
            while let Some((s, v, row)) = recent.next_if(|(s, v, _)| (s.as_str(), *v) < (stream.as_str(), version)) {
                each(s.clone(), *v, *row)?;
            }
            each(stream, version, seq)
        })?;
        recent.try_for_each(|(stream, version, seq)| each(stream.clone(), *version, *seq))
    }

    /// The row to which this command's id leads.
    fn receipt_row(&self, id: &[u8; 16]) -> Result<Option<i64>> {
        if let Some(seq) = self.receipts.get(id) {
            return Ok(Some(*seq));
        }
        let sql = "SELECT receipt FROM receipt_places WHERE id = ?1 AND receipt <= ?2";
        let mut statement = self.conn.prepare_cached(sql).map_err(storage)?;
        statement.query_row((id.as_slice(), self.placed.receipts), |r| r.get(0)).optional().map_err(storage)
    }

    /// The row at which this event should lie.
    fn event_row(&self, stream: &str, version: u64) -> Result<Option<i64>> {
        let recent = self.events.binary_search_by(|(s, v, _)| (s.as_str(), *v).cmp(&(stream, version)));
        if let Some((.., seq)) = recent.ok().and_then(|at| self.events.get(at)) {
            return Ok(Some(*seq));
        }
        let sql = "SELECT event FROM stream_places WHERE stream = ?1 AND version = ?2 AND event <= ?3";
        let mut statement = self.conn.prepare_cached(sql).map_err(storage)?;
        let found = statement.query_row((stream, as_i64(version)?, self.placed.events), |r| r.get(0));
        found.optional().map_err(storage)
    }

    /// What is at this place.
    fn scanned(&self, stream: String, version: u64, seq: i64) -> Result<ScannedEvent> {
        let sql =
            "SELECT e.seq, e.stream, e.version, e.kind, e.schema, e.body, e.actor, e.recorded_at, e.command, e.hash,
                (SELECT position FROM positions WHERE event = ?1),
                (SELECT first + count FROM unsealed WHERE first <= ?1 ORDER BY first DESC LIMIT 1) > ?1
             FROM (SELECT 1) LEFT JOIN events e ON e.seq = ?1";
        let mut statement = self.conn.prepare_cached(sql).map_err(storage)?;
        let mut found = statement.query([seq]).map_err(storage)?;
        let Some(row) = found.next().map_err(storage)? else { return Err(storage("a query without an answer")) };
        let agrees = lossy(row, 1) == stream && lossy(row, 2) == version.to_string();
        let event = if agrees { rows::event(row).ok() } else { None };
        let position: Option<i64> = row.get(10).map_err(storage)?;
        let unsealed = row.get::<_, Option<bool>>(11).map_err(storage)?.unwrap_or(false);
        let receipt = event.as_ref().map(|e| self.receipt_row(&e.command)).transpose()?.flatten();
        let answered = match receipt {
            Some(receipt) => {
                let sql = "SELECT versions FROM receipts WHERE seq = ?1";
                let mut statement = self.conn.prepare_cached(sql).map_err(storage)?;
                let versions: Option<String> = statement.query_row([receipt], |r| r.get(0)).ok();
                accounts_for(versions.as_deref(), &stream, version)
            }
            None => false,
        };
        Ok(ScannedEvent { stream, version, event, position: position.map(i64::unsigned_abs), unsealed, answered })
    }
}

/// Text as it is stored, whatever its bytes.
fn lossy(row: &Row<'_>, column: usize) -> String {
    match row.get_ref(column) {
        Ok(rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes)) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        Ok(rusqlite::types::ValueRef::Integer(int)) => int.to_string(),
        _ => String::new(),
    }
}

impl Snapshot for SqliteSnapshot<'_> {
    fn integrity(&mut self) -> Result<Vec<String>> {
        let mut statement = self.conn.prepare("PRAGMA integrity_check(20)").map_err(storage)?;
        let said = statement.query_map([], |r| Ok(lossy(r, 0))).map_err(storage)?;
        let said = said.collect::<rusqlite::Result<Vec<_>>>().map_err(storage)?;
        Ok(said.into_iter().filter(|s| s != "ok").collect())
    }

    fn events(&mut self, each: &mut dyn FnMut(ScannedEvent) -> Result<()>) -> Result<()> {
        self.load()?;
        // By the places, from the rows: a row must be where its place says, and say the same.
        self.places(&mut |stream, version, seq| each(self.scanned(stream, version, seq)?))
    }

    fn event_rows(&mut self) -> Result<u64> {
        self.conn.query_row("SELECT count(*) FROM events NOT INDEXED", [], |r| unsigned(r, 0)).map_err(storage)
    }

    fn unsealed(&mut self) -> Result<u64> {
        let sql = "SELECT coalesce(sum(count), 0) FROM unsealed";
        self.conn.query_row(sql, [], |r| unsigned(r, 0)).map_err(storage)
    }

    fn positions(&mut self, each: &mut dyn FnMut(ScannedPosition) -> Result<()>) -> Result<()> {
        let sql = "SELECT p.position, e.stream, e.version, e.hash FROM positions p
             LEFT JOIN events e ON e.seq = p.event ORDER BY p.position";
        let read = |r: &Row<'_>| {
            Ok(ScannedPosition {
                position: unsigned(r, 0)?,
                stream: lossy(r, 1),
                version: lossy(r, 2).parse().unwrap_or(0),
                hash: r.get(3).unwrap_or(None),
            })
        };
        self.each(sql, read, each)
    }

    fn receipts(&mut self, each: &mut dyn FnMut(ScannedReceipt) -> Result<()>) -> Result<()> {
        let sql = format!("SELECT {}, seq FROM receipts NOT INDEXED ORDER BY seq", rows::RECEIPT_COLUMNS);
        let read = |r: &Row<'_>| {
            let name = format!("{} {} {}", lossy(r, 1), lossy(r, 2), lossy(r, 3));
            Ok((name, rows::receipt_row(r).ok(), r.get(9)?))
        };
        let mut old = 0;
        self.each(&sql, read, &mut |(name, receipt, seq): (String, _, i64)| {
            old += u64::from(seq <= self.placed.receipts);
            // A receipt to which its key does not lead would let the command happen twice.
            let found = match &receipt {
                Some(receipt) => self.receipt_row(&receipt.id)? == Some(seq),
                None => false,
            };
            each(ScannedReceipt { name, receipt: receipt.filter(|_| found) })
        })?;
        let sql = "SELECT count(*) FROM receipt_places WHERE receipt <= ?1";
        let placed = self.conn.query_row(sql, [self.placed.receipts], |r| unsigned(r, 0)).map_err(storage)?;
        if placed == old { Ok(()) } else { Err(damaged(format!("{old} receipts, {placed} in the index"))) }
    }

    fn command_of(&mut self, stream: &str, version: u64) -> Result<Option<([u8; 16], i64)>> {
        let Some(seq) = self.event_row(stream, version)? else { return Ok(None) };
        let sql = "SELECT command, recorded_at FROM events WHERE seq = ?1";
        let mut statement = self.conn.prepare_cached(sql).map_err(storage)?;
        let found = statement.query_row([seq], |r| Ok((r.get(0)?, r.get(1)?)));
        // A row that cannot be read has been reported by the scan of events.
        Ok(found.optional().unwrap_or(None))
    }

    fn states(&mut self, each: &mut dyn FnMut(ScannedState) -> Result<()>) -> Result<()> {
        let sql = format!("SELECT {STATE_COLUMNS} FROM states NOT INDEXED ORDER BY seq");
        let read = |r: &Row<'_>| {
            let name = format!("{}/{}", lossy(r, 0), lossy(r, 1));
            Ok(ScannedState { name, state: rows::state(r).ok() })
        };
        self.each(&sql, read, each)
    }

    fn seals(&mut self) -> Result<Vec<Seal>> {
        super::seal::seals(self.conn, self.journal, false)
    }

    fn tile(&mut self, level: u32, tile: u64) -> Result<Vec<u8>> {
        super::seal::tile(self.conn, level, tile)
    }
}
