//! Kept bodies in the database.

use std::collections::HashMap;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::faults::{TOO_LARGE, storage};
use crate::hash::Hash;
use crate::limits;
use crate::postgres::rows;
use crate::postgres::session::Session;
use crate::vault::{Keep, Names};

/// The hashes of what is kept under the names of these bodies; the database hashes, so that the bodies stay there.
pub(crate) fn hashes(session: &mut Session, keeps: &[&Keep]) -> Result<HashMap<(String, String), Hash>> {
    let spaces: Vec<&str> = keeps.iter().map(|k| k.space.as_str()).collect();
    let keys: Vec<&str> = keeps.iter().map(|k| k.key.as_str()).collect();
    let sql = "SELECT v.space, v.key, sha256(v.body) FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) n(space, key)
         JOIN vault v ON v.space = n.space AND v.key = n.key";
    let query = sqlx::query(sql).bind(spaces).bind(keys);
    let found = session.wait(|conn| query.fetch_all(conn)).map_err(storage)?;
    found.iter().map(|row| Ok(((rows::get(row, 0)?, rows::get(row, 1)?), rows::fixed(row, 2)?))).collect()
}

/// The bodies of these names, none of them when together they are too many bytes.
pub(crate) fn kept(session: &mut Session, space: &str, keys: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
    let limit = i64::try_from(limits::COMMAND_BYTES).map_err(storage)?;
    let sql = "SELECT key, total, CASE WHEN total <= $3 THEN body END FROM
         (SELECT key, body, sum(octet_length(body)) OVER () AS total FROM vault WHERE space = $1 AND key = ANY($2)) x";
    let query = sqlx::query(sql).bind(space).bind(keys).bind(limit);
    let found = session.wait(|conn| query.fetch_all(conn)).map_err(storage)?;
    let mut bodies: HashMap<String, Vec<u8>> = HashMap::with_capacity(found.len());
    for row in &found {
        let Some(body) = rows::get::<Option<Vec<u8>>>(row, 2)? else {
            let size: i64 = rows::get(row, 1)?;
            let fault = Fault::new(&TOO_LARGE).with("what", "kept").with("size", size);
            return Err(fault.with("limit", limit).field("kept"));
        };
        bodies.insert(rows::get(row, 0)?, body);
    }
    Ok(keys.iter().map(|key| bodies.get(*key).cloned()).collect())
}

/// Removes the rows of these names. Their bytes stay in the database's pages until it cleans up: see the ADR.
pub(crate) fn erase(session: &mut Session, names: &Names) -> Result<u64> {
    let sql = "DELETE FROM vault WHERE space = $1 AND key >= $2 AND ($3::text IS NULL OR key < $3)";
    let query = sqlx::query(sql).bind(&names.space).bind(&names.first).bind(&names.end);
    let done = session.wait(|conn| query.execute(conn)).map_err(storage)?;
    Ok(done.rows_affected())
}
