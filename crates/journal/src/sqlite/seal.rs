//! Sealing, run by the writer's thread between two groups so that it never waits for the file's lock.

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::faults::{FENCED, damaged, storage};
use crate::hash::Hash;
use crate::merkle;
use crate::seal::{Batch, MakeSeal, Seal, Tiles, grow};
use crate::sqlite::rows::unsigned;
use crate::sqlite::writer::as_i64;

/// The next fencing number; all lower ones are refused from now on.
pub(crate) fn next_epoch(conn: &Connection) -> Result<i64> {
    conn.query_row("UPDATE sealer SET epoch = epoch + 1 RETURNING epoch", [], |r| r.get(0)).map_err(storage)
}

/// Seals whole batches until about `limit` events are taken.
pub(crate) fn seal_batch(
    conn: &Connection,
    epoch: i64,
    limit: usize,
    now: i64,
    make: MakeSeal,
) -> Result<Option<Seal>> {
    conn.execute_batch("BEGIN IMMEDIATE").map_err(storage)?;
    let made = seal_inside(conn, epoch, limit, now, make);
    let end = if made.is_ok() { "COMMIT" } else { "ROLLBACK" };
    conn.execute_batch(end).map_err(storage)?;
    made
}

fn seal_inside(conn: &Connection, epoch: i64, limit: usize, now: i64, make: MakeSeal) -> Result<Option<Seal>> {
    let current: i64 = conn.query_row("SELECT epoch FROM sealer", [], |r| r.get(0)).map_err(storage)?;
    if current != epoch {
        return Err(Fault::new(&FENCED));
    }
    let waiting = waiting(conn, limit)?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let size: u64 = conn
        .query_row("SELECT coalesce(max(position) + 1, 0) FROM positions", [], |r| unsigned(r, 0))
        .map_err(storage)?;
    let mut insert = conn.prepare_cached("INSERT INTO positions VALUES (?1, ?2)").map_err(storage)?;
    for (position, (seq, _)) in (size..).zip(&waiting) {
        insert.execute((as_i64(position)?, seq)).map_err(storage)?;
    }
    let leaves = waiting.iter().map(|(_, hash)| merkle::leaf(hash));
    let mut store = |level: u32, tile: u64, bytes: &[u8]| {
        let sql = "INSERT INTO tiles VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET hashes = ?3";
        let data = params![level, as_i64(tile)?, bytes];
        conn.prepare_cached(sql).map_err(storage)?.execute(data).map(drop).map_err(storage)
    };
    grow(size, leaves, &mut |level, tile| self::tile(conn, level, tile), &mut store)?;
    let (first, last) = (waiting.first().map_or(0, |w| w.0), waiting.last().map_or(0, |w| w.0));
    conn.execute("DELETE FROM unsealed WHERE first BETWEEN ?1 AND ?2", (first, last)).map_err(storage)?;
    let size = size + waiting.len() as u64;
    let root = merkle::root(&mut Tiles { load: &mut |level, tile| self::tile(conn, level, tile) }, size)?;
    let seal = make(&Batch { size, root, sealed_at: now })?;
    conn.execute(
        "INSERT INTO seals (size, root, sealed_at, key_id, algorithm, signature) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![as_i64(size)?, seal.root.as_slice(), seal.sealed_at, seal.key_id, seal.algorithm, seal.signature],
    )
    .map_err(storage)?;
    Ok(Some(seal))
}

/// The waiting events in the order of their commits: numbers and hashes.
fn waiting(conn: &Connection, limit: usize) -> Result<Vec<(i64, Hash)>> {
    let mut ranges = conn.prepare_cached("SELECT first, count FROM unsealed ORDER BY first").map_err(storage)?;
    let mut events = conn
        .prepare_cached("SELECT seq, hash FROM events WHERE seq >= ?1 AND seq < ?1 + ?2 ORDER BY seq")
        .map_err(storage)?;
    let mut taken = Vec::new();
    let mut ranges = ranges.query([]).map_err(storage)?;
    while let Some(range) = ranges.next().map_err(storage)? {
        let (first, count): (i64, i64) = (range.get(0).map_err(storage)?, range.get(1).map_err(storage)?);
        let before = taken.len();
        let found = events.query_map((first, count), |r| Ok((r.get(0)?, r.get(1)?))).map_err(storage)?;
        for event in found {
            taken.push(event.map_err(storage)?);
        }
        if i64::try_from(taken.len() - before) != Ok(count) {
            return Err(damaged(format!("an event waiting to be sealed is gone, near {first}")));
        }
        if taken.len() >= limit {
            break;
        }
    }
    Ok(taken)
}

pub(crate) fn tile(conn: &Connection, level: u32, tile: u64) -> Result<Vec<u8>> {
    let mut statement =
        conn.prepare_cached("SELECT hashes FROM tiles WHERE level = ?1 AND tile = ?2").map_err(storage)?;
    let found = statement.query_row((level, as_i64(tile)?), |r| r.get(0)).optional().map_err(storage)?;
    found.ok_or_else(|| damaged(format!("tile {level}/{tile}")))
}

/// Seals, those not published yet or all, smallest first.
pub(crate) fn seals(conn: &Connection, journal: [u8; 16], unpublished_only: bool) -> Result<Vec<Seal>> {
    let mut statement = conn
        .prepare_cached(
            "SELECT size, root, sealed_at, key_id, algorithm, signature FROM seals WHERE published < ?1 ORDER BY size",
        )
        .map_err(storage)?;
    let read = |r: &Row<'_>| seal(r, journal);
    let found = statement.query_map([if unpublished_only { 1 } else { 2 }], read).map_err(storage)?;
    found.collect::<rusqlite::Result<_>>().map_err(super::rows::explain)
}

fn seal(r: &Row<'_>, journal: [u8; 16]) -> rusqlite::Result<Seal> {
    Ok(Seal {
        journal,
        size: unsigned(r, 0)?,
        root: r.get(1)?,
        sealed_at: r.get(2)?,
        key_id: r.get(3)?,
        algorithm: r.get(4)?,
        signature: r.get(5)?,
    })
}

/// The seals over more than this many events, smallest first.
pub(crate) fn after(conn: &Connection, journal: [u8; 16], size: u64, limit: usize) -> Result<Vec<Seal>> {
    let sql =
        "SELECT size, root, sealed_at, key_id, algorithm, signature FROM seals WHERE size > ?1 ORDER BY size LIMIT ?2";
    let mut statement = conn.prepare_cached(sql).map_err(storage)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = statement.query_map((as_i64(size)?, limit), |r| seal(r, journal)).map_err(storage)?;
    found.collect::<rusqlite::Result<_>>().map_err(super::rows::explain)
}

/// The first seal over more than this many events; without a number the last one.
pub(crate) fn one(conn: &Connection, journal: [u8; 16], over: Option<u64>) -> Result<Option<Seal>> {
    let rest = if over.is_some() { "WHERE size > ?1 ORDER BY size" } else { "WHERE size > ?1 ORDER BY size DESC" };
    let sql = format!("SELECT size, root, sealed_at, key_id, algorithm, signature FROM seals {rest} LIMIT 1");
    let mut statement = conn.prepare_cached(&sql).map_err(storage)?;
    let found = statement.query_row([as_i64(over.unwrap_or(0))?], |r| seal(r, journal)).optional();
    found.map_err(super::rows::explain)
}

pub(crate) fn mark_published(conn: &Connection, size: u64) -> Result<()> {
    conn.execute("UPDATE seals SET published = 1 WHERE size = ?1", [as_i64(size)?]).map(drop).map_err(storage)
}
