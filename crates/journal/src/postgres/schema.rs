//! The tables, made once by whichever process comes first.

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use sqlx::Row;

use crate::faults::{FORMAT, damaged, storage};
use crate::postgres::session::Session;

/// The format of the tables, counted apart from SQLite's.
const FORMAT_NUMBER: i64 = 1;

/// Text compares by bytes whatever the database's own collation; the rest as in the embedded store. Events waiting to be
/// sealed are listed one by one, because the numbers of several processes interleave.
const TABLES: &str = r#"
CREATE TABLE events (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stream text COLLATE "C" NOT NULL, version bigint NOT NULL,
  kind text NOT NULL, schema bigint NOT NULL, body bytea NOT NULL, actor text NOT NULL, recorded_at bigint NOT NULL,
  command bytea NOT NULL, hash bytea NOT NULL);
CREATE UNIQUE INDEX events_stream ON events (stream, version);
CREATE TABLE receipts (
  id bytea NOT NULL, actor text NOT NULL, operation text NOT NULL, key text NOT NULL, request_hash bytea NOT NULL,
  response bytea NOT NULL, versions text NOT NULL, recorded_at bigint NOT NULL, hash bytea NOT NULL);
CREATE UNIQUE INDEX receipts_id ON receipts (id);
CREATE TABLE states (
  collection text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, version bigint NOT NULL, doc bytea NOT NULL,
  t1 text COLLATE "C", t2 text COLLATE "C", t3 text COLLATE "C", t4 text COLLATE "C", i1 bigint, i2 bigint, i3 bigint, i4 bigint,
  hash bytea NOT NULL, PRIMARY KEY (collection, id));
CREATE INDEX states_t1 ON states (collection, t1, id) WHERE t1 IS NOT NULL;
CREATE INDEX states_t2 ON states (collection, t2, id) WHERE t2 IS NOT NULL;
CREATE INDEX states_t3 ON states (collection, t3, id) WHERE t3 IS NOT NULL;
CREATE INDEX states_t4 ON states (collection, t4, id) WHERE t4 IS NOT NULL;
CREATE INDEX states_i1 ON states (collection, i1, id) WHERE i1 IS NOT NULL;
CREATE INDEX states_i2 ON states (collection, i2, id) WHERE i2 IS NOT NULL;
CREATE INDEX states_i3 ON states (collection, i3, id) WHERE i3 IS NOT NULL;
CREATE INDEX states_i4 ON states (collection, i4, id) WHERE i4 IS NOT NULL;
CREATE TABLE unsealed (event bigint PRIMARY KEY);
CREATE TABLE positions (position bigint PRIMARY KEY, event bigint NOT NULL UNIQUE);
CREATE TABLE tiles (level bigint NOT NULL, tile bigint NOT NULL, hashes bytea NOT NULL, PRIMARY KEY (level, tile));
CREATE TABLE seals (
  size bigint PRIMARY KEY, root bytea NOT NULL, sealed_at bigint NOT NULL, key_id text NOT NULL, algorithm text NOT NULL,
  signature bytea NOT NULL, published boolean NOT NULL DEFAULT false);
CREATE TABLE sealer (one integer PRIMARY KEY CHECK (one = 1), epoch bigint NOT NULL);
INSERT INTO sealer VALUES (1, 0);
CREATE TABLE meta (one integer PRIMARY KEY CHECK (one = 1), format bigint NOT NULL, journal bytea NOT NULL);
INSERT INTO meta VALUES (1, 1, decode(replace(gen_random_uuid()::text, '-', ''), 'hex'));
"#;

/// Kept bodies. Not part of the format's number: a program that does not know them can do without, and a database of an
/// earlier release gets them when it is opened.
const VAULT: &str = r#"
CREATE TABLE vault (
  space text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, recorded_at bigint NOT NULL, body bytea NOT NULL, PRIMARY KEY (space, key));
"#;

/// Makes the tables unless they are there. Returns the journal's id.
pub(crate) fn prepare(session: &mut Session) -> Result<[u8; 16]> {
    session.wait(async |conn| {
        use sqlx::Connection;
        let mut tx = conn.begin().await.map_err(storage)?;
        sqlx::query("SELECT pg_advisory_xact_lock(8461027935)").execute(&mut *tx).await.map_err(storage)?;
        for (named, tables) in [("meta", TABLES), ("vault", VAULT)] {
            let there = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(named);
            if !there.fetch_one(&mut *tx).await.map_err(storage)? {
                sqlx::raw_sql(tables).execute(&mut *tx).await.map_err(storage)?;
            }
        }
        tx.commit().await.map_err(storage)?;
        let row = sqlx::query("SELECT format, journal FROM meta").fetch_one(conn).await.map_err(storage)?;
        let (format, id): (i64, Vec<u8>) = (row.get(0), row.get(1));
        if format != FORMAT_NUMBER {
            return Err(Fault::new(&FORMAT).with("found", format).with("known", FORMAT_NUMBER));
        }
        id.try_into().map_err(|_| damaged("meta"))
    })
}
