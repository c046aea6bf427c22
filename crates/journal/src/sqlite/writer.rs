//! The one thread that writes: it takes a group of commands, commits them with one sync, and only then answers.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use crate::clock::Clock;
use crate::command::{Columns, Prepared, StateChange};
use crate::event::{Receipt, StoredReceipt};
use crate::faults::{BUSY, damaged, storage};
use crate::group::{Decision, Head, Lookup, decide, repeat, versions_text};
use crate::hash::Hash;
use crate::journal::Options;
use crate::queue::{Item, Taken};
use crate::sqlite::durable::{Group, Syncer};
use crate::sqlite::merge::Merge;
use crate::sqlite::places::{Places, Recent};
use crate::sqlite::{places_of, rows, vault};
use crate::watch::Watches;

/// How many streams' heads are kept in memory before they are forgotten and read again.
const HEADS_KEPT: usize = 200_000;

pub(crate) struct Writer {
    conn: Connection,
    clock: Arc<dyn Clock>,
    options: Options,
    heads: HashMap<String, Head>,
    /// Changes when another process commits: then what is kept here of the file is no longer known to be current.
    data_version: i64,
    recent: Arc<Mutex<Recent>>,
    watches: Watches,
    merge: Option<Merge>,
}

impl Writer {
    pub(crate) fn new(
        conn: Connection,
        clock: Arc<dyn Clock>,
        options: Options,
        recent: Arc<Mutex<Recent>>,
        watches: Watches,
    ) -> Self {
        conn.set_prepared_statement_cache_capacity(64);
        Self { conn, clock, options, heads: HashMap::new(), data_version: -1, recent, watches, merge: None }
    }

    /// Runs until every caller is gone, or the disk fails.
    pub(crate) fn run(mut self, queue: &Receiver<Item>, syncer: &Syncer) {
        let mut taken = Taken::default();
        let room = self.options.room();
        while taken.gather(queue, room) {
            // While the disk is busy with more commands than these, this group stays open: the pages that they have in
            // common are written once. With as many it is committed, to be ready when the disk is.
            let more = |taken: &mut Taken| taken.gather_more(queue, room, |held| held < syncer.at_sync());
            if !taken.jobs.is_empty() && !self.answer(&mut taken, more, syncer) {
                return;
            }
            if let Some(work) = taken.work.take()
                && !syncer.answer(Group::work(work(&self.conn)))
            {
                return;
            }
        }
    }

    fn answer(&mut self, taken: &mut Taken, more: impl Fn(&mut Taken) -> bool, syncer: &Syncer) -> bool {
        match self.commit(taken, more) {
            Ok(answers) => syncer.answer(Group::of(std::mem::take(&mut taken.jobs), answers)),
            Err(fault) => {
                self.heads.clear();
                (self.data_version, self.merge) = (-1, None);
                // Without a transaction open this fails, and nothing is left to undo.
                let _ = self.conn.execute_batch("ROLLBACK");
                taken.jobs.drain(..).for_each(|job| job.reply.send(Err(fault.clone())));
                true
            }
        }
    }

    /// One answer per job, all committed; or a failure of the store, with nothing written.
    fn commit(&mut self, taken: &mut Taken, more: impl Fn(&mut Taken) -> bool) -> Result<Vec<Result<Receipt>>> {
        let Self { conn, heads, merge, watches, .. } = self;
        let recent = &*self.recent;
        let mut statements = Statements::new(conn)?;
        run(&mut statements.begin)?;
        let seen: i64 = statements.data_version.query_row([], |r| r.get(0)).map_err(storage)?;
        if seen != self.data_version || heads.len() > HEADS_KEPT {
            heads.clear();
        }
        if seen != self.data_version {
            watches.all_moved();
        }
        let places = if seen == self.data_version {
            let recent_now = recent.lock().map_err(storage)?;
            Places { conn, recent, placed: recent_now.placed, newest: recent_now.upto }
        } else {
            places_of(conn, recent)?.ok_or_else(|| storage("the file went back in time"))?
        };
        self.data_version = seen;
        let now = self.clock.now_micros();
        let mut group = Writing { statements, places: &places, heads, now, added: Added::default() };
        let mut answers = Vec::with_capacity(taken.jobs.len());
        loop {
            for (place, job) in taken.jobs.iter().enumerate().skip(answers.len()) {
                answers.push(group.carry_out(place, &job.prepared)?);
            }
            if !more(taken) {
                break;
            }
        }
        let Writing { mut statements, added, .. } = group;
        if let (Some(first), Some(last)) = (added.events.first(), added.events.last()) {
            statements.insert_unsealed.execute((first.seq, last.seq - first.seq + 1)).map_err(storage)?;
        }
        let mut moved = None;
        let rows = added.events.len() + added.receipts.len();
        if rows > 0 {
            if merge.as_ref().is_some_and(|m| m.is_stale(places.placed)) {
                *merge = None;
            }
            if merge.is_none() {
                let recent = recent.lock().map_err(storage)?;
                *merge = (recent.len() >= self.options.recent).then(|| Merge::of(&recent));
            }
            moved = merge.as_mut().map(|m| m.advance(conn, rows)).transpose()?.flatten();
        }
        run(&mut statements.commit)?;
        if added.keeps {
            vault::overwrite(conn, false)?;
        }
        let mut recent = recent.lock().map_err(storage)?;
        if let Some(marks) = moved {
            recent.forget(marks);
            *merge = None;
        }
        for event in &added.events {
            let append = taken.jobs.get(event.job).and_then(|j| j.prepared.command.streams.get(event.stream));
            append.into_iter().for_each(|append| recent.add_event(&append.stream, event.version, event.seq));
        }
        added.receipts.iter().for_each(|(id, seq)| recent.add_receipt(*id, *seq));
        drop(recent);
        // After the commit: whoever sees that something moved must see what.
        watches.moved(taken.jobs.iter().flat_map(|job| &job.prepared.command.states).map(|change| change.key().0));
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
    insert_event: CachedStatement<'c>,
    insert_receipt: CachedStatement<'c>,
    insert_unsealed: CachedStatement<'c>,
    /// Over a document that is in no list, as many are, and stays in none: no index has to be looked at.
    put_unlisted: CachedStatement<'c>,
    put_state: CachedStatement<'c>,
    delete_state: CachedStatement<'c>,
}

impl<'c> Statements<'c> {
    fn new(conn: &'c Connection) -> Result<Self> {
        let prepare = |sql: &str| conn.prepare_cached(sql).map_err(storage);
        Ok(Self {
            begin: prepare("BEGIN IMMEDIATE")?,
            commit: prepare("COMMIT")?,
            data_version: prepare("PRAGMA data_version")?,
            head: prepare("SELECT stream, version, hash FROM events WHERE seq = ?1")?,
            insert_event: prepare(
                "INSERT INTO events (stream, version, kind, schema, body, actor, recorded_at, command, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?,
            insert_receipt: prepare(
                "INSERT INTO receipts (id, actor, operation, key, request_hash, response, versions, recorded_at, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?,
            insert_unsealed: prepare("INSERT INTO unsealed VALUES (?1, ?2)")?,
            put_unlisted: prepare(
                "UPDATE states SET version = ?3, doc = ?4, hash = ?5 WHERE collection = ?1 AND id = ?2
                 AND t1 IS NULL AND t2 IS NULL AND t3 IS NULL AND t4 IS NULL
                 AND i1 IS NULL AND i2 IS NULL AND i3 IS NULL AND i4 IS NULL",
            )?,
            put_state: prepare(
                "INSERT INTO states (collection, id, version, doc, t1, t2, t3, t4, i1, i2, i3, i4, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                 ON CONFLICT (collection, id) DO UPDATE SET version = ?3, doc = ?4,
                 t1 = ?5, t2 = ?6, t3 = ?7, t4 = ?8, i1 = ?9, i2 = ?10, i3 = ?11, i4 = ?12, hash = ?13",
            )?,
            delete_state: prepare("DELETE FROM states WHERE collection = ?1 AND id = ?2")?,
        })
    }
}

/// A row written by the group: which job, which of its streams, at which version.
struct AddedEvent {
    job: usize,
    stream: usize,
    version: u64,
    seq: i64,
}

/// What the group has written so far. It becomes recent once it is committed.
#[derive(Default)]
struct Added {
    events: Vec<AddedEvent>,
    receipts: Vec<([u8; 16], i64)>,
    /// The same receipts, to be found by the jobs that follow.
    keys: HashMap<[u8; 16], i64>,
    /// Whether any body was kept.
    keeps: bool,
}

/// A group being written.
struct Writing<'a, 'c> {
    statements: Statements<'c>,
    places: &'a Places<'c>,
    heads: &'a mut HashMap<String, Head>,
    now: i64,
    added: Added,
}

impl Writing<'_, '_> {
    /// Writes one command, or answers it without writing.
    fn carry_out(&mut self, job: usize, prepared: &Prepared) -> Result<Result<Receipt>> {
        // The key decides before anything else.
        let taken = match self.added.keys.get(&prepared.id) {
            Some(seq) => Some(*seq),
            None => self.places.receipt(&prepared.id)?,
        };
        if let Some(seq) = taken {
            return Ok(repeat(prepared, rows::receipt(self.places.conn, seq, &prepared.id)?));
        }
        if let Some(moved) = prepared.command.unchanged.iter().find(|seen| !seen.holds()) {
            return Ok(Err(moved.fault()));
        }
        let (events, new_heads, versions, keeps) = match decide(prepared, self.now, self)? {
            Decision::Answer(answer) => return Ok(answer),
            Decision::Write { events, heads, versions, keeps } => (events, heads, versions, keeps),
        };
        let receipt = self.insert_receipt(prepared, &versions_text(&versions)?)?;
        self.added.keys.insert(prepared.id, receipt);
        self.added.receipts.push((prepared.id, receipt));
        for placed in &events {
            let seq = self.insert_event(prepared, placed)?;
            self.added.events.push(AddedEvent { job, stream: placed.stream, version: placed.version, seq });
        }
        for (change, hash) in prepared.command.states.iter().zip(&prepared.states) {
            self.change_state(change, hash)?;
        }
        self.keep(prepared, &keeps)?;
        for (stream, head) in new_heads {
            let Some(append) = prepared.command.streams.get(stream) else { continue };
            match self.heads.get_mut(&append.stream) {
                Some(known) => *known = head,
                None => drop(self.heads.insert(append.stream.clone(), head)),
            }
        }
        Ok(Ok(Receipt { response: prepared.command.response.clone(), first_time: true, versions }))
    }

    fn insert_event(&mut self, prepared: &Prepared, placed: &crate::group::Placed) -> Result<i64> {
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
            self.now,
            prepared.id.as_slice(),
            placed.hash.as_slice()
        ];
        self.statements.insert_event.insert(data).map_err(storage)
    }

    fn insert_receipt(&mut self, prepared: &Prepared, versions: &str) -> Result<i64> {
        let command = &prepared.command;
        let data = params![
            prepared.id.as_slice(),
            command.actor,
            command.operation,
            command.idempotency_key,
            command.request_hash.as_slice(),
            command.response,
            versions,
            self.now,
            prepared.receipt.as_slice()
        ];
        self.statements.insert_receipt.insert(data).map_err(storage)
    }

    fn keep(&mut self, prepared: &Prepared, keeps: &[usize]) -> Result<()> {
        if !keeps.is_empty() && !self.added.keeps {
            vault::overwrite(self.places.conn, true)?;
            self.added.keeps = true;
        }
        let mut bodies = keeps.iter().filter_map(|place| prepared.kept(*place));
        bodies.try_for_each(|keep| vault::keep(self.places.conn, keep, self.now))
    }

    fn change_state(&mut self, change: &StateChange, hash: &[u8; 32]) -> Result<()> {
        match change {
            StateChange::Put(doc) => {
                let ([t1, t2, t3, t4], [i1, i2, i3, i4]) = (&doc.columns.text, &doc.columns.int);
                let (id, version) = (&doc.id, as_i64(doc.version)?);
                let (collection, body, hash) = (&doc.collection, &doc.doc, hash.as_slice());
                if doc.columns == Columns::default() {
                    let data = params![collection, id, version, body, hash];
                    if self.statements.put_unlisted.execute(data).map_err(storage)? == 1 {
                        return Ok(());
                    }
                }
                let data = params![collection, id, version, body, t1, t2, t3, t4, i1, i2, i3, i4, hash];
                self.statements.put_state.execute(data)
            }
            StateChange::Delete { collection, id } => self.statements.delete_state.execute(params![collection, id]),
        }
        .map(drop)
        .map_err(storage)
    }
}

pub(crate) fn as_i64(version: u64) -> Result<i64> {
    i64::try_from(version).map_err(storage)
}

impl Lookup for Writing<'_, '_> {
    /// The key was looked up before anything else: had it been taken, nothing would be decided.
    fn receipt(&mut self, _: &[u8; 16]) -> Result<Option<StoredReceipt>> {
        Ok(None)
    }

    fn head(&mut self, stream: &str) -> Result<Head> {
        if let Some(head) = self.heads.get(stream) {
            return Ok(*head);
        }
        let Some((version, seq)) = self.places.head(stream)? else { return Ok(Head::EMPTY) };
        let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, String>(0)?, rows::unsigned(r, 1)?, r.get(2)?));
        let found = self.statements.head.query_row([seq], read).optional().map_err(rows::explain)?;
        match found {
            Some((name, at, hash)) if name == stream && at == version => Ok(Head { version, hash }),
            _ => Err(damaged(format!("{stream} #{version}"))),
        }
    }

    fn kept(&mut self, space: &str, key: &str) -> Result<Option<Hash>> {
        vault::kept_hash(self.places.conn, space, key)
    }
}
