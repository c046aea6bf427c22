//! The one thread that writes: it takes a group of commands, commits them with one sync, and only then answers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use crate::clock::Clock;
use crate::command::{Prepared, StateChange};
use crate::event::{Receipt, StoredReceipt};
use crate::faults::{BUSY, storage};
use crate::group::{Decision, Head, Lookup, decide, repeat, versions_text};
use crate::journal::Options;
use crate::queue::{Item, Job, Taken};
use crate::sqlite::durable::{Log, Syncer, pair};
use crate::sqlite::rows;

/// How many streams' heads are kept in memory before they are forgotten and read again.
const HEADS_KEPT: usize = 200_000;

pub(crate) struct Writer {
    conn: Connection,
    clock: Arc<dyn Clock>,
    options: Options,
    heads: HashMap<String, Head>,
    /// Changes when another process commits: then the heads kept here are no longer known to be current.
    data_version: i64,
}

impl Writer {
    pub(crate) fn new(conn: Connection, clock: Arc<dyn Clock>, options: Options) -> Self {
        conn.set_prepared_statement_cache_capacity(64);
        Self { conn, clock, options, heads: HashMap::new(), data_version: -1 }
    }

    /// Runs until every caller is gone, or the disk fails.
    pub(crate) fn run(mut self, queue: &Receiver<Item>, syncer: &Syncer, log: &Log) {
        let mut taken = Taken::default();
        let room = self.options.room();
        while taken.gather(queue, room) {
            // While the disk is busy with the group before, this one stays open: more commands share its sync, and the
            // pages that they have in common are written once.
            let more = |taken: &mut Taken| taken.gather_more(queue, room, || syncer.is_busy());
            if !taken.jobs.is_empty() && !self.answer(&mut taken, more, syncer) {
                return;
            }
            if let Some(work) = taken.work.take() {
                work(&self.conn, log);
            }
        }
    }

    fn answer(&mut self, taken: &mut Taken, more: impl Fn(&mut Taken) -> bool, syncer: &Syncer) -> bool {
        match self.commit(taken, more) {
            Ok(answers) => syncer.answer(pair(&mut taken.jobs, answers)),
            Err(fault) => {
                self.heads.clear();
                // Without a transaction open this fails, and nothing is left to undo.
                let _ = self.conn.execute_batch("ROLLBACK");
                taken.jobs.drain(..).for_each(|job| job.reply.send(Err(fault.clone())));
                true
            }
        }
    }

    /// One answer per job, all committed; or a failure of the store, with nothing written.
    fn commit(&mut self, taken: &mut Taken, more: impl Fn(&mut Taken) -> bool) -> Result<Vec<Result<Receipt>>> {
        let Self { conn, heads, .. } = self;
        let mut statements = Statements::new(conn)?;
        run(&mut statements.begin)?;
        let seen: i64 = statements.data_version.query_row([], |r| r.get(0)).map_err(storage)?;
        if seen != self.data_version || heads.len() > HEADS_KEPT {
            heads.clear();
            self.data_version = seen;
        }
        let now = self.clock.now_micros();
        let mut answers = Vec::with_capacity(taken.jobs.len());
        let mut appended: Option<(i64, i64)> = None;
        loop {
            for job in taken.jobs.iter().skip(answers.len()) {
                answers.push(statements.carry_out(job, now, heads, &mut appended)?);
            }
            if !more(taken) {
                break;
            }
        }
        if let Some((first, last)) = appended {
            statements.insert_unsealed.execute((first, last - first + 1)).map_err(storage)?;
        }
        run(&mut statements.commit)?;
        Ok(answers)
    }
}

fn run(statement: &mut CachedStatement<'_>) -> Result<()> {
    statement.raw_execute().map(drop).map_err(|e| match e.sqlite_error_code() {
        // Another process has held the file for longer than the time-out; nothing was written.
        Some(rusqlite::ErrorCode::DatabaseBusy) => Fault::new(&BUSY),
        _ => storage(e),
    })
}

struct Statements<'c> {
    begin: CachedStatement<'c>,
    commit: CachedStatement<'c>,
    data_version: CachedStatement<'c>,
    head: CachedStatement<'c>,
    receipt: CachedStatement<'c>,
    insert_event: CachedStatement<'c>,
    insert_receipt: CachedStatement<'c>,
    insert_unsealed: CachedStatement<'c>,
    put_state: CachedStatement<'c>,
    delete_state: CachedStatement<'c>,
    conn: &'c Connection,
}

impl<'c> Statements<'c> {
    fn new(conn: &'c Connection) -> Result<Self> {
        let prepare = |sql: &str| conn.prepare_cached(sql).map_err(storage);
        Ok(Self {
            begin: prepare("BEGIN IMMEDIATE")?,
            commit: prepare("COMMIT")?,
            data_version: prepare("PRAGMA data_version")?,
            head: prepare("SELECT version, hash FROM events WHERE stream = ?1 ORDER BY version DESC LIMIT 1")?,
            receipt: prepare(&format!("SELECT {} FROM receipts WHERE id = ?1", rows::RECEIPT_COLUMNS))?,
            insert_event: prepare(
                "INSERT INTO events (stream, version, kind, schema, body, actor, recorded_at, command, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?,
            insert_receipt: prepare(
                "INSERT INTO receipts (id, actor, operation, key, request_hash, response, versions, recorded_at, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING",
            )?,
            insert_unsealed: prepare("INSERT INTO unsealed VALUES (?1, ?2)")?,
            put_state: prepare(
                "INSERT INTO states (collection, id, version, doc, t1, t2, t3, t4, i1, i2, i3, i4, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                 ON CONFLICT (collection, id) DO UPDATE SET version = ?3, doc = ?4,
                 t1 = ?5, t2 = ?6, t3 = ?7, t4 = ?8, i1 = ?9, i2 = ?10, i3 = ?11, i4 = ?12, hash = ?13",
            )?,
            delete_state: prepare("DELETE FROM states WHERE collection = ?1 AND id = ?2")?,
            conn,
        })
    }

    /// Writes one command, or answers it without writing. `appended` grows by the numbers of its events.
    fn carry_out(
        &mut self,
        job: &Job,
        now: i64,
        heads: &mut HashMap<String, Head>,
        appended: &mut Option<(i64, i64)>,
    ) -> Result<Result<Receipt>> {
        let prepared = &job.prepared;
        let (events, new_heads, versions) = match decide(prepared, now, &mut Seen { statements: self, heads })? {
            Decision::Answer(answer) => return Ok(answer),
            Decision::Write { events, heads, versions } => (events, heads, versions),
        };
        // The key decides before anything else is written; looking it up first would cost every new command a search.
        if !self.insert_receipt(prepared, &versions_text(&versions)?, now)? {
            let stored = rows::receipt(&mut self.receipt, &prepared.id)?;
            let stored = stored.ok_or_else(|| storage("a receipt that is and is not there"))?;
            return Ok(repeat(prepared, stored));
        }
        for placed in &events {
            let seq = self.insert_event(prepared, placed, now)?;
            *appended = Some((appended.map_or(seq, |(first, _)| first), seq));
        }
        for (change, hash) in prepared.command.states.iter().zip(&prepared.states) {
            self.change_state(change, hash)?;
        }
        for (stream, head) in new_heads {
            if let Some(append) = prepared.command.streams.get(stream) {
                heads.insert(append.stream.clone(), head);
            }
        }
        Ok(Ok(Receipt { response: prepared.command.response.clone(), first_time: true, versions }))
    }

    fn insert_event(&mut self, prepared: &Prepared, placed: &crate::group::Placed, now: i64) -> Result<i64> {
        let append = prepared.command.streams.get(placed.stream);
        let Some((append, event)) = append.and_then(|a| Some((a, a.events.get(placed.event)?))) else {
            return Err(storage("an event without a stream"));
        };
        let data = params![
            append.stream,
            as_i64(placed.version)?,
            event.kind,
            event.schema,
            event.body,
            prepared.command.actor,
            now,
            prepared.id.as_slice(),
            placed.hash.as_slice()
        ];
        self.insert_event.execute(data).map_err(storage)?;
        Ok(self.conn.last_insert_rowid())
    }

    /// False when the command has its receipt already.
    fn insert_receipt(&mut self, prepared: &Prepared, versions: &str, now: i64) -> Result<bool> {
        let command = &prepared.command;
        let data = params![
            prepared.id.as_slice(),
            command.actor,
            command.operation,
            command.idempotency_key,
            command.request_hash.as_slice(),
            command.response,
            versions,
            now,
            prepared.receipt.as_slice()
        ];
        self.insert_receipt.execute(data).map(|rows| rows == 1).map_err(storage)
    }

    fn change_state(&mut self, change: &StateChange, hash: &[u8; 32]) -> Result<()> {
        match change {
            StateChange::Put(doc) => {
                let ([t1, t2, t3, t4], [i1, i2, i3, i4]) = (&doc.columns.text, &doc.columns.int);
                let (id, version) = (&doc.id, as_i64(doc.version)?);
                let hash = hash.as_slice();
                self.put_state.execute(params![
                    doc.collection,
                    id,
                    version,
                    doc.doc,
                    t1,
                    t2,
                    t3,
                    t4,
                    i1,
                    i2,
                    i3,
                    i4,
                    hash
                ])
            }
            StateChange::Delete { collection, id } => self.delete_state.execute(params![collection, id]),
        }
        .map(drop)
        .map_err(storage)
    }
}

pub(crate) fn as_i64(version: u64) -> Result<i64> {
    i64::try_from(version).map_err(storage)
}

struct Seen<'a, 'c> {
    statements: &'a mut Statements<'c>,
    heads: &'a HashMap<String, Head>,
}

impl Lookup for Seen<'_, '_> {
    fn receipt(&mut self, id: &[u8; 16]) -> Result<Option<StoredReceipt>> {
        rows::receipt(&mut self.statements.receipt, id)
    }

    fn head(&mut self, stream: &str) -> Result<Head> {
        if let Some(head) = self.heads.get(stream) {
            return Ok(*head);
        }
        let found = self
            .statements
            .head
            .query_row([stream], |r| Ok(Head { version: r.get::<_, i64>(0)?.unsigned_abs(), hash: r.get(1)? }));
        Ok(found.optional().map_err(storage)?.unwrap_or(Head::EMPTY))
    }
}
