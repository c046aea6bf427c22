//! Everything that verification reads, from one snapshot (`REPEATABLE READ`), in portions.

use huoshui_kernel::fault::Result;
use sqlx::postgres::PgRow;

use crate::faults::storage;
use crate::list::STATE_COLUMNS;
use crate::postgres::rows::{self, unsigned};
use crate::postgres::session::Session;
use crate::seal::Seal;
use crate::sqlite::as_i64;
use crate::verify::{ScannedEvent, ScannedPosition, ScannedReceipt, ScannedState, Snapshot, accounts_for};

/// Rows fetched at a time.
const PORTION: usize = 5_000;

/// A reading transaction.
pub(crate) struct PgSnapshot<'s> {
    pub session: &'s mut Session,
    pub journal: [u8; 16],
}

impl PgSnapshot<'_> {
    pub(crate) fn begin(&mut self) -> Result<()> {
        self.run("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY".into())
    }

    fn run(&mut self, sql: String) -> Result<()> {
        self.session.wait(|conn| sqlx::query(sqlx::AssertSqlSafe(sql)).execute(conn)).map(drop).map_err(storage)
    }

    /// Through a cursor of the database, so that a long table never sits in memory whole.
    fn each(&mut self, sql: &str, each: &mut dyn FnMut(&PgRow) -> Result<()>) -> Result<()> {
        self.run(format!("DECLARE scan NO SCROLL CURSOR FOR {sql}"))?;
        let fetch = format!("FETCH {PORTION} FROM scan");
        loop {
            let query = sqlx::query(sqlx::AssertSqlSafe(fetch.clone())).persistent(false);
            let rows = self.session.wait(|conn| query.fetch_all(conn)).map_err(storage)?;
            if rows.is_empty() {
                return self.run("CLOSE scan".into());
            }
            rows.iter().try_for_each(&mut *each)?;
        }
    }

    fn count(&mut self, sql: &'static str) -> Result<u64> {
        let count: i64 = self.session.wait(|conn| sqlx::query_scalar(sql).fetch_one(conn)).map_err(storage)?;
        u64::try_from(count).map_err(storage)
    }
}

impl Snapshot for PgSnapshot<'_> {
    fn integrity(&mut self) -> Result<Vec<String>> {
        // The server checks its own pages when its data checksums are on; every row is read below.
        Ok(Vec::new())
    }

    fn events(&mut self, each: &mut dyn FnMut(ScannedEvent) -> Result<()>) -> Result<()> {
        let sql = format!(
            "SELECT {}, p.position, EXISTS (SELECT 1 FROM unsealed u WHERE u.event = e.seq), r.versions
             FROM events e LEFT JOIN positions p ON p.event = e.seq LEFT JOIN receipts r ON r.id = e.command
             ORDER BY e.stream, e.version",
            rows::EVENT_COLUMNS
        );
        self.each(&sql, &mut |row| {
            let (stream, version): (String, _) = (rows::get(row, 0).unwrap_or_default(), unsigned(row, 1).unwrap_or(0));
            let answered = accounts_for(rows::get(row, 11)?, &stream, version);
            each(ScannedEvent {
                event: rows::event(row).ok(),
                position: rows::get::<Option<i64>>(row, 9)?.map(i64::unsigned_abs),
                unsealed: rows::get(row, 10)?,
                answered,
                stream,
                version,
            })
        })
    }

    fn event_rows(&mut self) -> Result<u64> {
        self.count("SELECT count(*) FROM events")
    }

    fn unsealed(&mut self) -> Result<u64> {
        self.count("SELECT count(*) FROM unsealed")
    }

    fn positions(&mut self, each: &mut dyn FnMut(ScannedPosition) -> Result<()>) -> Result<()> {
        let sql = "SELECT p.position, e.stream, e.version, e.hash FROM positions p LEFT JOIN events e ON e.seq = p.event ORDER BY p.position";
        self.each(sql, &mut |row| {
            each(ScannedPosition {
                position: unsigned(row, 0)?,
                stream: rows::get(row, 1).unwrap_or_default(),
                version: unsigned(row, 2).unwrap_or(0),
                hash: rows::fixed(row, 3).ok(),
            })
        })
    }

    fn receipts(&mut self, each: &mut dyn FnMut(ScannedReceipt) -> Result<()>) -> Result<()> {
        let sql = format!("SELECT {} FROM receipts", rows::RECEIPT_COLUMNS);
        self.each(&sql, &mut |row| {
            let part = |n| rows::get::<String>(row, n).unwrap_or_default();
            let name = format!("{} {} {}", part(1), part(2), part(3));
            each(ScannedReceipt { name, receipt: rows::receipt(row).ok() })
        })
    }

    fn command_of(&mut self, stream: &str, version: u64) -> Result<Option<([u8; 16], i64)>> {
        let sql = "SELECT command, recorded_at FROM events WHERE stream = $1 AND version = $2";
        let query = sqlx::query(sql).bind(stream).bind(as_i64(version)?);
        let found = self.session.wait(|conn| query.fetch_optional(conn)).map_err(storage)?;
        Ok(found.and_then(|row| Some((rows::fixed(&row, 0).ok()?, rows::get(&row, 1).ok()?))))
    }

    fn states(&mut self, each: &mut dyn FnMut(ScannedState) -> Result<()>) -> Result<()> {
        self.each(&format!("SELECT {STATE_COLUMNS} FROM states"), &mut |row| {
            let part = |n| rows::get::<String>(row, n).unwrap_or_default();
            each(ScannedState { name: format!("{}/{}", part(0), part(1)), state: rows::state(row).ok() })
        })
    }

    fn seals(&mut self) -> Result<Vec<Seal>> {
        super::seal::seals(self.session, self.journal, false)
    }

    fn tile(&mut self, level: u32, tile: u64) -> Result<Vec<u8>> {
        super::seal::tile(self.session, level, tile)
    }
}
