//! Everything that verification reads, from one snapshot.

use huoshui_kernel::fault::Result;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::faults::storage;
use crate::list::STATE_COLUMNS;
use crate::seal::Seal;
use crate::sqlite::rows::{self, unsigned};
use crate::sqlite::writer::as_i64;
use crate::verify::{ScannedEvent, ScannedPosition, ScannedReceipt, ScannedState, Snapshot, accounts_for};

/// A reading transaction.
pub(crate) struct SqliteSnapshot<'c> {
    pub conn: &'c Connection,
    pub journal: [u8; 16],
}

impl SqliteSnapshot<'_> {
    fn each<T>(
        &mut self,
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
        // Ordered by the index, read from the table: SQLite would otherwise take stream and version from the index and
        // never look at the row's own.
        let sql =
            "SELECT e.seq, e.stream, e.version, e.kind, e.schema, e.body, e.actor, e.recorded_at, e.command, e.hash,
                i.stream, i.version, p.position, r.versions,
                (SELECT u.first + u.count FROM unsealed u WHERE u.first <= i.seq ORDER BY u.first DESC LIMIT 1) > i.seq
             FROM events i INDEXED BY events_stream
             LEFT JOIN events e ON e.seq = i.seq
             LEFT JOIN positions p ON p.event = i.seq
             LEFT JOIN receipts r ON r.id = e.command
             ORDER BY i.stream, i.version";
        let read = |r: &Row<'_>| {
            let agrees = r.get_ref(1)? == r.get_ref(10)? && r.get_ref(2)? == r.get_ref(11)?;
            let (stream, version) = (lossy(r, 10), lossy(r, 11).parse().unwrap_or(0));
            let answered = accounts_for(r.get_ref(13)?.as_str().ok(), &stream, version);
            Ok(ScannedEvent {
                event: if agrees { rows::event(r).ok() } else { None },
                position: r.get::<_, Option<i64>>(12)?.map(i64::unsigned_abs),
                unsealed: r.get::<_, Option<bool>>(14)?.unwrap_or(false),
                answered,
                stream,
                version,
            })
        };
        self.each(sql, read, each)
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
        let sql = format!("SELECT {} FROM receipts NOT INDEXED ORDER BY seq", rows::RECEIPT_COLUMNS);
        let read = |r: &Row<'_>| {
            let name = format!("{} {} {}", lossy(r, 1), lossy(r, 2), lossy(r, 3));
            Ok(ScannedReceipt { name, receipt: rows::receipt_row(r).ok() })
        };
        self.each(&sql, read, each)
    }

    fn command_of(&mut self, stream: &str, version: u64) -> Result<Option<([u8; 16], i64)>> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT command, recorded_at FROM events WHERE stream = ?1 AND version = ?2")
            .map_err(storage)?;
        let found = statement.query_row((stream, as_i64(version)?), |r| Ok((r.get(0)?, r.get(1)?)));
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
