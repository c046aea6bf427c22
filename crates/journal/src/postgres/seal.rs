//! Sealing over PostgreSQL: one transaction that holds the fencing row.

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use sqlx::postgres::PgRow;

use crate::faults::{FENCED, damaged, storage};
use crate::hash::Hash;
use crate::merkle;
use crate::postgres::rows::{self, unsigned};
use crate::postgres::session::Session;
use crate::seal::{Batch, MakeSeal, Seal, Tiles, grow, in_stream_order};
use crate::sqlite::as_i64;

struct Waiting {
    seq: i64,
    stream: String,
    version: u64,
    hash: Hash,
    /// Whether the event before it in its stream waits too.
    after_waiting: bool,
}

pub(crate) fn next_epoch(session: &mut Session) -> Result<i64> {
    let sql = "UPDATE sealer SET epoch = epoch + 1 RETURNING epoch";
    session.wait(|conn| sqlx::query_scalar(sql).fetch_one(conn)).map_err(storage)
}

pub(crate) fn seal_batch(
    session: &mut Session,
    epoch: i64,
    limit: usize,
    now: i64,
    make: MakeSeal,
) -> Result<Option<Seal>> {
    run(session, "BEGIN")?;
    let made = seal_inside(session, epoch, limit, now, make);
    run(session, if made.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    made
}

fn run(session: &mut Session, sql: &'static str) -> Result<()> {
    session.wait(|conn| sqlx::query(sql).execute(conn)).map(drop).map_err(storage)
}

fn seal_inside(session: &mut Session, epoch: i64, limit: usize, now: i64, make: MakeSeal) -> Result<Option<Seal>> {
    let sql = "SELECT epoch FROM sealer FOR UPDATE";
    let current: i64 = session.wait(|conn| sqlx::query_scalar(sql).fetch_one(conn)).map_err(storage)?;
    if current != epoch {
        return Err(Fault::new(&FENCED));
    }
    let waiting = waiting(session, limit)?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let sql = "SELECT coalesce(max(position) + 1, 0) FROM positions";
    let size: i64 = session.wait(|conn| sqlx::query_scalar(sql).fetch_one(conn)).map_err(storage)?;
    let size = u64::try_from(size).map_err(damaged)?;
    let events: Vec<i64> = waiting.iter().map(|w| w.seq).collect();
    let sql = "WITH d AS (DELETE FROM unsealed WHERE event = ANY($1))
         INSERT INTO positions SELECT $2 + n - 1, event FROM unnest($1::bigint[]) WITH ORDINALITY x(event, n)";
    let first = as_i64(size)?;
    session.wait(|conn| sqlx::query(sql).bind(&events).bind(first).execute(conn)).map_err(storage)?;
    // Tiles are read first and written last, so that the tree can be grown without waiting in between.
    let mut written: Vec<(u32, u64, Vec<u8>)> = Vec::new();
    let leaves = waiting.iter().map(|w| merkle::leaf(&w.hash));
    let mut store = |level: u32, tile: u64, bytes: &[u8]| {
        written.push((level, tile, bytes.to_vec()));
        Ok(())
    };
    grow(size, leaves, &mut |level, tile| self::tile(session, level, tile), &mut store)?;
    let levels: Vec<i64> = written.iter().map(|w| i64::from(w.0)).collect();
    let tiles: Vec<i64> = written.iter().map(|w| as_i64(w.1)).collect::<Result<_>>()?;
    let hashes: Vec<&[u8]> = written.iter().map(|w| w.2.as_slice()).collect();
    let sql = "INSERT INTO tiles SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])
         ON CONFLICT (level, tile) DO UPDATE SET hashes = excluded.hashes";
    session.wait(|conn| sqlx::query(sql).bind(&levels).bind(&tiles).bind(&hashes).execute(conn)).map_err(storage)?;
    let size = size + waiting.len() as u64;
    let root = merkle::root(&mut Tiles { load: &mut |level, tile| self::tile(session, level, tile) }, size)?;
    let seal = make(&Batch { size, root, sealed_at: now })?;
    let sql = "INSERT INTO seals (size, root, sealed_at, key_id, algorithm, signature) VALUES ($1, $2, $3, $4, $5, $6)";
    let query = sqlx::query(sql).bind(as_i64(size)?).bind(seal.root.as_slice()).bind(seal.sealed_at);
    let query = query.bind(&seal.key_id).bind(&seal.algorithm).bind(&seal.signature);
    session.wait(|conn| query.execute(conn)).map_err(storage)?;
    Ok(Some(seal))
}

/// The waiting events in their order. Whether an event's predecessor waits too is asked of the same snapshot: if it does
/// and fell outside the limit, the event waits for the next batch.
fn waiting(session: &mut Session, limit: usize) -> Result<Vec<Waiting>> {
    let sql = "SELECT e.seq, e.stream, e.version, e.hash, EXISTS (
           SELECT 1 FROM events b JOIN unsealed v ON v.event = b.seq WHERE b.stream = e.stream AND b.version = e.version - 1)
         FROM unsealed u LEFT JOIN events e ON e.seq = u.event ORDER BY u.event LIMIT $1";
    let mut limit = i64::try_from(limit).unwrap_or(i64::MAX);
    loop {
        let found = session.wait(|conn| sqlx::query(sql).bind(limit).fetch_all(conn)).map_err(storage)?;
        let all = i64::try_from(found.len()).is_ok_and(|n| n < limit);
        let mut waiting = found.iter().map(read).collect::<Result<Vec<_>>>()?;
        in_stream_order(&mut waiting, |w| &w.stream, |w| w.version);
        if !all {
            let mut inside: std::collections::HashSet<(String, u64)> = std::collections::HashSet::new();
            waiting.retain(|w| {
                let ready = !w.after_waiting || inside.contains(&(w.stream.clone(), w.version - 1));
                ready && inside.insert((w.stream.clone(), w.version))
            });
        }
        if all || !waiting.is_empty() {
            return Ok(waiting);
        }
        limit = limit.saturating_mul(2);
    }
}

fn read(row: &PgRow) -> Result<Waiting> {
    let gone = |_| damaged("an event waiting to be sealed is gone");
    Ok(Waiting {
        seq: rows::get(row, 0).map_err(gone)?,
        stream: rows::get(row, 1)?,
        version: unsigned(row, 2)?,
        hash: rows::fixed(row, 3)?,
        after_waiting: rows::get(row, 4)?,
    })
}

pub(crate) fn tile(session: &mut Session, level: u32, tile: u64) -> Result<Vec<u8>> {
    let sql = "SELECT hashes FROM tiles WHERE level = $1 AND tile = $2";
    let query = sqlx::query_scalar(sql).bind(i64::from(level)).bind(as_i64(tile)?);
    let found = session.wait(|conn| query.fetch_optional(conn)).map_err(storage)?;
    found.ok_or_else(|| damaged(format!("tile {level}/{tile}")))
}

pub(crate) fn seals(session: &mut Session, journal: [u8; 16], unpublished_only: bool) -> Result<Vec<Seal>> {
    let sql = "SELECT size, root, sealed_at, key_id, algorithm, signature FROM seals WHERE NOT ($1 AND published) ORDER BY size";
    let found = session.wait(|conn| sqlx::query(sql).bind(unpublished_only).fetch_all(conn)).map_err(storage)?;
    found.iter().map(|r| seal(r, journal)).collect()
}

fn seal(r: &PgRow, journal: [u8; 16]) -> Result<Seal> {
    Ok(Seal {
        journal,
        size: unsigned(r, 0)?,
        root: rows::fixed(r, 1)?,
        sealed_at: rows::get(r, 2)?,
        key_id: rows::get(r, 3)?,
        algorithm: rows::get(r, 4)?,
        signature: rows::get(r, 5)?,
    })
}

/// The seals over more than this many events, smallest first.
pub(crate) fn after(session: &mut Session, journal: [u8; 16], size: u64, limit: usize) -> Result<Vec<Seal>> {
    let sql =
        "SELECT size, root, sealed_at, key_id, algorithm, signature FROM seals WHERE size > $1 ORDER BY size LIMIT $2";
    let query = sqlx::query(sql).bind(as_i64(size)?).bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let found = session.wait(|conn| query.fetch_all(conn)).map_err(storage)?;
    found.iter().map(|r| seal(r, journal)).collect()
}

/// The first seal over more than this many events; without a number the last one.
pub(crate) fn one(session: &mut Session, journal: [u8; 16], over: Option<u64>) -> Result<Option<Seal>> {
    let rest = if over.is_some() { "WHERE size > $1 ORDER BY size" } else { "WHERE size > $1 ORDER BY size DESC" };
    let sql = format!("SELECT size, root, sealed_at, key_id, algorithm, signature FROM seals {rest} LIMIT 1");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(as_i64(over.unwrap_or(0))?);
    let found = session.wait(|conn| query.fetch_optional(conn)).map_err(storage)?;
    found.as_ref().map(|r| seal(r, journal)).transpose()
}

pub(crate) fn mark_published(session: &mut Session, size: u64) -> Result<()> {
    let query = sqlx::query("UPDATE seals SET published = true WHERE size = $1").bind(as_i64(size)?);
    session.wait(|conn| query.execute(conn)).map(drop).map_err(storage)
}
