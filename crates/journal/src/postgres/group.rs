//! One group as arrays: a single statement, and so a single round trip, writes it.

use std::collections::{BTreeSet, HashMap};

use huoshui_kernel::fault::Result;
use sqlx::{Connection as _, PgConnection};

use crate::command::{Expected, Prepared, StateChange};
use crate::group::Placed;
use crate::sqlite::as_i64;
use crate::vault::Keep;

/// Events, receipts and the queue of waiting events; document changes are added when there are any.
const APPEND: &str = "WITH e AS (
  INSERT INTO events (stream, version, kind, schema, body, actor, recorded_at, command, hash)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::bytea[], $6::text[], $7::bigint[], $8::bytea[], $9::bytea[])
  RETURNING seq),
u AS (INSERT INTO unsealed SELECT seq FROM e)";
const RECEIPTS: &str = "INSERT INTO receipts (id, actor, operation, key, request_hash, response, versions, recorded_at, hash)
  SELECT * FROM unnest($10::bytea[], $11::text[], $12::text[], $13::text[], $14::bytea[], $15::bytea[], $16::text[], $17::bigint[], $18::bytea[])";
const STATES: &str = "
d AS (DELETE FROM states s USING unnest($19::text[], $20::text[]) x(collection, id) WHERE s.collection = x.collection AND s.id = x.id),
p AS (INSERT INTO states (collection, id, version, doc, t1, t2, t3, t4, i1, i2, i3, i4, hash)
  SELECT * FROM unnest($21::text[], $22::text[], $23::bigint[], $24::bytea[], $25::text[], $26::text[], $27::text[], $28::text[],
    $29::bigint[], $30::bigint[], $31::bigint[], $32::bigint[], $33::bytea[])
  ON CONFLICT (collection, id) DO UPDATE SET version = excluded.version, doc = excluded.doc,
    t1 = excluded.t1, t2 = excluded.t2, t3 = excluded.t3, t4 = excluded.t4,
    i1 = excluded.i1, i2 = excluded.i2, i3 = excluded.i3, i4 = excluded.i4, hash = excluded.hash)";

/// Kept bodies, when there are any; their numbers follow those of whatever else there is.
fn vault(after: usize) -> String {
    let [space, key, recorded_at, body] = [1, 2, 3, 4].map(|n| after + n);
    format!(
        ",
v AS (INSERT INTO vault (space, key, recorded_at, body)
  SELECT * FROM unnest(${space}::text[], ${key}::text[], ${recorded_at}::bigint[], ${body}::bytea[]))"
    )
}

/// Takes the places after the versions that commands expect, and gives them back within the transaction: a writer that is
/// about to fill one waits for the outcome, and one that has filled it makes this fail. In one order for all processes.
const HOLD: &str = "INSERT INTO events (stream, version, kind, schema, body, actor, recorded_at, command, hash)
  SELECT stream, version, 'held', 1, '', '', 0, '', '' FROM unnest($1::text[], $2::bigint[]) h(stream, version)
  ORDER BY stream COLLATE \"C\", version";
const LET_GO: &str = "DELETE FROM events e USING unnest($1::text[], $2::bigint[]) h(stream, version)
  WHERE e.stream = h.stream COLLATE \"C\" AND e.version = h.version";

/// Event rows, column by column.
#[derive(Default)]
struct EventRows<'a> {
    stream: Vec<&'a str>,
    version: Vec<i64>,
    kind: Vec<&'a str>,
    schema: Vec<i64>,
    body: Vec<&'a [u8]>,
    actor: Vec<&'a str>,
    recorded_at: Vec<i64>,
    command: Vec<&'a [u8]>,
    hash: Vec<Vec<u8>>,
}

/// Receipt rows, column by column.
#[derive(Default)]
struct ReceiptRows<'a> {
    id: Vec<&'a [u8]>,
    actor: Vec<&'a str>,
    operation: Vec<&'a str>,
    key: Vec<&'a str>,
    request_hash: Vec<&'a [u8]>,
    response: Vec<&'a [u8]>,
    versions: Vec<String>,
    recorded_at: Vec<i64>,
    hash: Vec<&'a [u8]>,
}

/// The group's rows.
#[derive(Default)]
pub(crate) struct Rows<'a> {
    events: EventRows<'a>,
    receipts: ReceiptRows<'a>,
    /// The last change of each document: within one statement a row may change once.
    states: HashMap<(&'a str, &'a str), (&'a StateChange, &'a [u8; 32])>,
    keeps: Vec<&'a Keep>,
    recorded_at: i64,
    /// Streams that a command only read, with the version that must not be there yet.
    read: BTreeSet<(&'a str, i64)>,
}

impl<'a> Rows<'a> {
    pub(crate) fn add(&mut self, prepared: &'a Prepared, events: &[Placed], versions: String, now: i64) -> Result<()> {
        self.recorded_at = now;
        let command = &prepared.command;
        let rows = &mut self.events;
        for placed in events {
            let append = command.streams.get(placed.stream);
            let Some((append, event)) = append.and_then(|a| Some((a, a.events.get(placed.event)?))) else {
                return Err(crate::faults::storage("an event without a stream"));
            };
            rows.stream.push(&append.stream);
            rows.version.push(as_i64(placed.version)?);
            rows.kind.push(&event.kind);
            rows.schema.push(i64::from(event.schema));
            rows.body.push(&event.body);
            rows.actor.push(&command.actor);
            rows.recorded_at.push(now);
            rows.command.push(&prepared.id);
            rows.hash.push(placed.hash.to_vec());
        }
        for append in command.streams.iter().filter(|a| a.events.is_empty()) {
            if let Expected::Version(version) = append.expected {
                self.read.insert((&append.stream, as_i64(version.saturating_add(1))?));
            }
        }
        let rows = &mut self.receipts;
        rows.id.push(&prepared.id);
        rows.actor.push(&command.actor);
        rows.operation.push(&command.operation);
        rows.key.push(&command.idempotency_key);
        rows.request_hash.push(&command.request_hash);
        rows.response.push(&command.response);
        rows.versions.push(versions);
        rows.recorded_at.push(now);
        rows.hash.push(&prepared.receipt);
        for (change, hash) in command.states.iter().zip(&prepared.states) {
            self.states.insert(change.key(), (change, hash));
        }
        Ok(())
    }

    /// A body under a name that is free.
    pub(crate) fn keep(&mut self, keep: &'a Keep) {
        self.keeps.push(keep);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.receipts.id.is_empty()
    }

    /// Writes and commits everything, or nothing.
    pub(crate) async fn write(&self, conn: &mut PgConnection) -> std::result::Result<(), sqlx::Error> {
        let states = if self.states.is_empty() { String::new() } else { format!(",{STATES}") };
        let numbered = if self.states.is_empty() { 18 } else { 33 };
        let vault = if self.keeps.is_empty() { String::new() } else { vault(numbered) };
        let sql = format!("{APPEND}{states}{vault} {RECEIPTS}");
        let (e, r) = (&self.events, &self.receipts);
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        query = query.bind(&e.stream).bind(&e.version).bind(&e.kind).bind(&e.schema).bind(&e.body);
        query = query.bind(&e.actor).bind(&e.recorded_at).bind(&e.command).bind(&e.hash);
        query = query.bind(&r.id).bind(&r.actor).bind(&r.operation).bind(&r.key).bind(&r.request_hash);
        query = query.bind(&r.response).bind(&r.versions).bind(&r.recorded_at).bind(&r.hash);
        if !self.states.is_empty() {
            let mut gone: (Vec<&str>, Vec<&str>) = Default::default();
            let mut docs = Vec::new();
            // In one order for all processes, so that two of them cannot wait for each other.
            let mut changes: Vec<_> = self.states.iter().collect();
            changes.sort_unstable_by_key(|(key, _)| **key);
            for ((collection, id), (change, hash)) in changes {
                match change {
                    StateChange::Delete { .. } => {
                        gone.0.push(collection);
                        gone.1.push(id);
                    }
                    StateChange::Put(doc) => docs.push((doc, hash)),
                }
            }
            let text = |n: usize| {
                docs.iter().map(|(d, _)| d.columns.text.get(n).and_then(Option::as_deref)).collect::<Vec<_>>()
            };
            let int = |n: usize| docs.iter().map(|(d, _)| d.columns.int.get(n).copied().flatten()).collect::<Vec<_>>();
            let versions: Vec<i64> = docs.iter().map(|(d, _)| i64::try_from(d.version).unwrap_or(i64::MAX)).collect();
            query = query.bind(gone.0).bind(gone.1);
            query = query.bind(docs.iter().map(|(d, _)| d.collection.as_str()).collect::<Vec<_>>());
            query = query.bind(docs.iter().map(|(d, _)| d.id.as_str()).collect::<Vec<_>>()).bind(versions);
            query = query.bind(docs.iter().map(|(d, _)| d.doc.as_slice()).collect::<Vec<_>>());
            query = query.bind(text(0)).bind(text(1)).bind(text(2)).bind(text(3));
            query = query.bind(int(0)).bind(int(1)).bind(int(2)).bind(int(3));
            query = query.bind(docs.iter().map(|(_, hash)| hash.as_slice()).collect::<Vec<_>>());
        }
        if !self.keeps.is_empty() {
            // In one order, as above.
            let mut keeps = self.keeps.clone();
            keeps.sort_unstable_by_key(|k| (&k.space, &k.key));
            query = query.bind(keeps.iter().map(|k| k.space.as_str()).collect::<Vec<_>>());
            query = query.bind(keeps.iter().map(|k| k.key.as_str()).collect::<Vec<_>>());
            query = query.bind(vec![self.recorded_at; keeps.len()]);
            query = query.bind(keeps.iter().map(|k| k.body.as_slice()).collect::<Vec<_>>());
        }
        if self.read.is_empty() {
            return query.execute(conn).await.map(drop);
        }
        // What is written is held with what was read, so that two groups that read what the other writes queue up.
        let written = e.stream.iter().copied().zip(e.version.iter().copied());
        let held: BTreeSet<(&str, i64)> = self.read.iter().copied().chain(written).collect();
        let (streams, versions): (Vec<&str>, Vec<i64>) = held.into_iter().unzip();
        let mut transaction = conn.begin().await?;
        for sql in [HOLD, LET_GO] {
            sqlx::query(sql).bind(&streams).bind(&versions).execute(&mut *transaction).await?;
        }
        query.execute(&mut *transaction).await?;
        transaction.commit().await
    }
}
