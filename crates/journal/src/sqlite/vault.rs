//! Kept bodies in the file, so that an erased one is nowhere in it.
//!
//! When SQLite moves a row to another page, which it does when rows are removed around it, the bytes that were there may
//! stay behind in free space, where nothing will overwrite them when the row is erased later. So rows of `vault_bodies`
//! are only ever added at the end, where no other row moves, and erased by writing zeros of the same length over them,
//! which is done in place. The row stays, and nothing names it any more. The log is emptied afterwards.

use std::time::Duration;

use huoshui_kernel::fault::Result;
use rusqlite::{Connection, OptionalExtension, params};

use crate::faults::{damaged, storage};
use crate::hash::{self, Hash};
use crate::limits;
use crate::sqlite::{WAIT, execute};
use crate::vault::{Keep, Names};

/// Bodies erased in one transaction at most, and bytes after which it ends: commands wait meanwhile.
const PORTION_ROWS: usize = 256;
const PORTION_BYTES: i64 = 8 << 20;
/// How long the writer waits, with everyone behind it, for readers to leave the log.
const GLANCE: Duration = Duration::from_millis(20);

/// Whether SQLite overwrites what it frees, from now on: without it the first page of a table keeps a copy of its rows
/// when the second is added. Only where the vault is written, because it costs pages elsewhere.
pub(crate) fn overwrite(conn: &Connection, on: bool) -> Result<()> {
    conn.execute_batch(if on { "PRAGMA secure_delete=ON" } else { "PRAGMA secure_delete=OFF" }).map_err(storage)
}

/// The hash of what is kept under this name.
pub(crate) fn kept_hash(conn: &Connection, space: &str, key: &str) -> Result<Option<Hash>> {
    Ok(one(conn, space, key)?.map(|body| hash::bytes(&body)))
}

/// Keeps a body under a name that is free, within the group's transaction.
pub(crate) fn keep(conn: &Connection, keep: &Keep, now: i64) -> Result<()> {
    let prepare = |sql| conn.prepare_cached(sql).map_err(storage);
    let body = prepare("INSERT INTO vault_bodies (body) VALUES (?1)")?.insert([&keep.body]).map_err(storage)?;
    let mut name = prepare("INSERT INTO vault (space, key, recorded_at, body) VALUES (?1, ?2, ?3, ?4)")?;
    name.execute(params![keep.space, keep.key, now, body]).map(drop).map_err(storage)
}

/// The bodies of these names, from one snapshot.
pub(crate) fn kept(conn: &Connection, space: &str, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
    execute(conn, "BEGIN")?;
    let found = kept_inside(conn, space, keys);
    execute(conn, "COMMIT")?;
    found
}

fn kept_inside(conn: &Connection, space: &str, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'vault'";
    let there = conn.prepare_cached(sql).map_err(storage)?.exists([]).map_err(storage)?;
    if !there {
        // A file of an earlier release that may only be read: nothing was ever kept in it.
        return Ok(vec![None; keys.len()]);
    }
    let (mut found, mut size) = (Vec::with_capacity(keys.len()), 0);
    for key in keys {
        let body = one(conn, space, key)?;
        size += body.as_ref().map_or(0, Vec::len);
        limits::size("kept", size, limits::COMMAND_BYTES)?;
        found.push(body);
    }
    Ok(found)
}

fn one(conn: &Connection, space: &str, key: &str) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT b.body FROM vault v LEFT JOIN vault_bodies b ON b.seq = v.body WHERE v.space = ?1 AND v.key = ?2";
    let mut statement = conn.prepare_cached(sql).map_err(storage)?;
    let found = statement.query_row((space, key), |r| r.get::<_, Option<Vec<u8>>>(0)).optional();
    // A name without its row cannot be told from an erased body unless it is said.
    let absent = || damaged(format!("kept {space}/{key}"));
    found.map_err(super::rows::explain)?.map(|body| body.ok_or_else(absent)).transpose()
}

/// Erases some of these names' bodies, and says how many: none when none is left.
pub(crate) fn erase_portion(conn: &Connection, names: &Names) -> Result<u64> {
    overwrite(conn, true)?;
    conn.execute_batch("BEGIN IMMEDIATE").map_err(storage)?;
    let erased = erase_inside(conn, names);
    conn.execute_batch(if erased.is_ok() { "COMMIT" } else { "ROLLBACK" }).map_err(storage)?;
    overwrite(conn, false)?;
    erased
}

fn erase_inside(conn: &Connection, names: &Names) -> Result<u64> {
    let below = if names.end.is_some() { "v.key < ?3" } else { "?3 IS NULL" };
    let sql = format!(
        "SELECT v.key, v.body, coalesce(length(b.body), 0) FROM vault v LEFT JOIN vault_bodies b ON b.seq = v.body
         WHERE v.space = ?1 AND v.key >= ?2 AND {below} ORDER BY v.key LIMIT {PORTION_ROWS}"
    );
    let mut find = conn.prepare_cached(&sql).map_err(storage)?;
    let read = |r: &rusqlite::Row<'_>| Ok((r.get(0)?, r.get(1)?, r.get(2)?));
    let found = find.query_map((&names.space, &names.first, &names.end), read).map_err(storage)?;
    let found: Vec<(String, i64, i64)> = found.collect::<rusqlite::Result<_>>().map_err(super::rows::explain)?;
    let sql = "UPDATE vault_bodies SET body = zeroblob(length(body)) WHERE seq = ?1";
    let mut wipe = conn.prepare_cached(sql).map_err(storage)?;
    let sql = "DELETE FROM vault WHERE space = ?1 AND key = ?2";
    let mut unname = conn.prepare_cached(sql).map_err(storage)?;
    let (mut erased, mut bytes) = (0, 0);
    for (key, body, length) in found {
        wipe.execute([body]).map_err(storage)?;
        unname.execute((&names.space, &key)).map_err(storage)?;
        (erased, bytes) = (erased + 1, bytes + length);
        if bytes >= PORTION_BYTES {
            break;
        }
    }
    Ok(erased)
}

/// Copies the log back into the file and cuts it to nothing, unless somebody is still reading from it. The one who asked
/// for this syncs the log afterwards, without which a crash could bring its old length back.
pub(crate) fn empty_log(conn: &Connection) -> Result<bool> {
    conn.busy_timeout(GLANCE).map_err(storage)?;
    let done = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |r| r.get::<_, i64>(0));
    conn.busy_timeout(WAIT).map_err(storage)?;
    let emptied = match done {
        Ok(busy) => busy == 0,
        Err(e) if e.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => false,
        Err(e) => return Err(storage(e)),
    };
    if emptied {
        // Who may only read takes a file with an empty log for one at rest.
        conn.execute_batch("UPDATE sealer SET epoch = epoch").map_err(storage)?;
    }
    Ok(emptied)
}
