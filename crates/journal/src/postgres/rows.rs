//! From rows to records.

use huoshui_kernel::fault::Result;
use sqlx::postgres::PgRow;
use sqlx::{Row, Type};

use crate::command::{Columns, NewEvent, StateDoc};
use crate::event::{Event, StoredReceipt};
use crate::faults::damaged;

/// The order in which [`event`] reads.
pub(crate) const EVENT_COLUMNS: &str =
    "e.stream, e.version, e.kind, e.schema, e.body, e.actor, e.recorded_at, e.command, e.hash";
/// The order in which [`receipt`] reads.
pub(crate) const RECEIPT_COLUMNS: &str =
    "id, actor, operation, key, request_hash, response, versions, recorded_at, hash";

/// A column, or the damage that keeps it from being read.
pub(crate) fn get<'r, T: sqlx::Decode<'r, sqlx::Postgres> + Type<sqlx::Postgres>>(
    row: &'r PgRow,
    column: usize,
) -> Result<T> {
    row.try_get(column).map_err(damaged)
}

pub(crate) fn unsigned(row: &PgRow, column: usize) -> Result<u64> {
    u64::try_from(get::<i64>(row, column)?).map_err(damaged)
}

pub(crate) fn fixed<const N: usize>(row: &PgRow, column: usize) -> Result<[u8; N]> {
    get::<&[u8]>(row, column)?.try_into().map_err(damaged)
}

pub(crate) fn event(row: &PgRow) -> Result<Event> {
    let schema = u32::try_from(get::<i64>(row, 3)?).map_err(damaged)?;
    Ok(Event {
        stream: get(row, 0)?,
        version: unsigned(row, 1)?,
        data: NewEvent { kind: get(row, 2)?, schema, body: get(row, 4)? },
        actor: get(row, 5)?,
        recorded_at: get(row, 6)?,
        command: fixed(row, 7)?,
        hash: fixed(row, 8)?,
    })
}

pub(crate) fn receipt(row: &PgRow) -> Result<StoredReceipt> {
    Ok(StoredReceipt {
        id: fixed(row, 0)?,
        actor: get(row, 1)?,
        operation: get(row, 2)?,
        key: get(row, 3)?,
        request_hash: fixed(row, 4)?,
        response: get(row, 5)?,
        versions: serde_json::from_str(get(row, 6)?).map_err(damaged)?,
        recorded_at: get(row, 7)?,
        hash: fixed(row, 8)?,
    })
}

/// A document and its stored hash.
pub(crate) fn state(row: &PgRow) -> Result<(StateDoc, [u8; 32])> {
    let columns = Columns {
        text: [get(row, 4)?, get(row, 5)?, get(row, 6)?, get(row, 7)?],
        int: [get(row, 8)?, get(row, 9)?, get(row, 10)?, get(row, 11)?],
    };
    let (collection, id, version) = (get(row, 0)?, get(row, 1)?, unsigned(row, 2)?);
    Ok((StateDoc { collection, id, version, doc: get(row, 3)?, columns }, fixed(row, 12)?))
}
