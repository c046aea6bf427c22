//! From rows to records. A row that is not what it should be is a fault that names it, never a panic.

use huoshui_kernel::fault::Result;
use rusqlite::{Connection, OptionalExtension, Row};

use crate::command::{Columns, NewEvent, StateDoc};
use crate::event::{Event, StoredReceipt};
use crate::faults::{damaged, storage};

/// The order in which [`event`] reads, after `seq`.
pub(crate) const EVENT_COLUMNS: &str = "seq, stream, version, kind, schema, body, actor, recorded_at, command, hash";
/// The order in which [`receipt_row`] reads.
pub(crate) const RECEIPT_COLUMNS: &str =
    "id, actor, operation, key, request_hash, response, versions, recorded_at, hash";

type Sql<T> = rusqlite::Result<T>;

/// A version or a position: never negative.
pub(crate) fn unsigned(row: &Row<'_>, column: usize) -> Sql<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

pub(crate) fn event(row: &Row<'_>) -> Sql<Event> {
    Ok(Event {
        stream: row.get(1)?,
        version: unsigned(row, 2)?,
        data: NewEvent { kind: row.get(3)?, schema: row.get(4)?, body: row.get(5)? },
        actor: row.get(6)?,
        recorded_at: row.get(7)?,
        command: row.get(8)?,
        hash: row.get(9)?,
    })
}

pub(crate) fn receipt_row(row: &Row<'_>) -> Sql<StoredReceipt> {
    let versions: String = row.get(6)?;
    let versions = serde_json::from_str(&versions)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(6, rusqlite::types::Type::Text, Box::new(e)))?;
    Ok(StoredReceipt {
        id: row.get(0)?,
        actor: row.get(1)?,
        operation: row.get(2)?,
        key: row.get(3)?,
        request_hash: row.get(4)?,
        response: row.get(5)?,
        versions,
        recorded_at: row.get(7)?,
        hash: row.get(8)?,
    })
}

/// The receipt in this row, which must be the one with this id.
pub(crate) fn receipt(conn: &Connection, seq: i64, id: &[u8; 16]) -> Result<StoredReceipt> {
    let sql = format!("SELECT {RECEIPT_COLUMNS} FROM receipts WHERE seq = ?1");
    let mut statement = conn.prepare_cached(&sql).map_err(storage)?;
    let found = statement.query_row([seq], receipt_row).optional().map_err(explain)?;
    found.filter(|receipt| receipt.id == *id).ok_or_else(|| damaged(format!("receipt {seq}")))
}

/// A document and its stored hash.
pub(crate) fn state(row: &Row<'_>) -> Sql<(StateDoc, [u8; 32])> {
    let columns = Columns {
        text: [row.get(4)?, row.get(5)?, row.get(6)?, row.get(7)?],
        int: [row.get(8)?, row.get(9)?, row.get(10)?, row.get(11)?],
    };
    let doc =
        StateDoc { collection: row.get(0)?, id: row.get(1)?, version: unsigned(row, 2)?, doc: row.get(3)?, columns };
    Ok((doc, row.get(12)?))
}

/// A value of the wrong type is damage to a row; everything else is the store's failure.
pub(crate) fn explain(error: rusqlite::Error) -> huoshui_kernel::Fault {
    match &error {
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => damaged(error),
        _ => storage(error),
    }
}
