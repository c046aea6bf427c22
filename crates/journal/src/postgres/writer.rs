//! The one thread of this process that writes. Other processes write too: the database's unique keys decide between
//! them, and a group that lost is decided anew from fresh reads, command by command.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use sqlx::postgres::PgConnectOptions;

use crate::clock::Clock;
use crate::event::{Receipt, StoredReceipt};
use crate::faults::{BUSY, storage};
use crate::group::{Decision, Head, Lookup, decide, repeat, versions_text};
use crate::hash::{self, Hash};
use crate::journal::Options;
use crate::postgres::group::Rows;
use crate::postgres::rows;
use crate::postgres::session::Session;
use crate::postgres::vault;
use crate::queue::{Item, Job, Taken};

/// How often a group is decided anew before its commands are told to come back.
const ATTEMPTS: usize = 30;
/// How many streams' heads are kept in memory before they are forgotten and read again.
const HEADS_KEPT: usize = 200_000;

pub(crate) struct Writer {
    pub connect: PgConnectOptions,
    pub clock: Arc<dyn Clock>,
    pub options: Options,
    pub session: Option<Session>,
    /// What this process last saw; another may have moved on, so a refusal is never based on it alone.
    pub heads: HashMap<String, Head>,
}

impl Writer {
    /// Runs until every caller is gone.
    pub(crate) fn run(mut self, queue: &Receiver<Item>) {
        let mut taken = Taken::default();
        while taken.gather(queue, self.options.room()) {
            match self.commit(&taken.jobs) {
                Ok(answers) => taken.jobs.drain(..).zip(answers).for_each(|(job, answer)| job.reply.send(answer)),
                Err(fault) => {
                    // The connection may be gone, and with it the news of a commit: the key tells.
                    self.session = None;
                    self.heads.clear();
                    taken.jobs.drain(..).for_each(|job| job.reply.send(Err(fault.clone())));
                }
            }
        }
    }

    fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Result<Receipt>>> {
        let mut session = match self.session.take() {
            Some(session) => session,
            None => Session::connect(&self.connect, self.options.durable)?,
        };
        if self.heads.len() > HEADS_KEPT {
            self.heads.clear();
        }
        for attempt in 0..ATTEMPTS {
            let answers = self.attempt(&mut session, jobs, attempt > 0)?;
            if let Some(answers) = answers {
                self.session = Some(session);
                return Ok(answers);
            }
        }
        self.session = Some(session);
        Ok(jobs.iter().map(|_| Err(Fault::new(&BUSY))).collect())
    }

    /// One try. `None` when another process came first, or when a refusal needs a fresh look.
    fn attempt(&mut self, session: &mut Session, jobs: &[Job], fresh: bool) -> Result<Option<Vec<Result<Receipt>>>> {
        let mut seen =
            Seen { heads: HashMap::new(), receipts: HashMap::new(), kept: HashMap::new(), doubtful: false, fresh };
        seen.load(session, jobs, if fresh { None } else { Some(&self.heads) })?;
        // A repeat within the group: the first one's answer holds only if the group is written, as it is for both.
        let now = self.clock.now_micros();
        let (mut rows, mut answers) = (Rows::default(), Vec::with_capacity(jobs.len()));
        for job in jobs {
            let prepared = &job.prepared;
            if let Some(stored) = seen.receipts.get(&prepared.id) {
                answers.push(repeat(prepared, stored.clone()));
                continue;
            }
            match decide(prepared, now, &mut seen)? {
                Decision::Answer(answer) => answers.push(answer),
                Decision::Write { events, heads, versions, keeps } => {
                    rows.add(prepared, &events, versions_text(&versions)?, now)?;
                    for keep in keeps.iter().filter_map(|p| prepared.kept(*p)) {
                        seen.kept.insert((keep.space.clone(), keep.key.clone()), hash::bytes(&keep.body));
                        rows.keep(keep);
                    }
                    for (stream, head) in heads {
                        if let Some(append) = prepared.command.streams.get(stream) {
                            seen.heads.insert(append.stream.clone(), head);
                        }
                    }
                    let response = prepared.command.response.clone();
                    seen.receipts.insert(prepared.id, stored(prepared, &response, &versions, now));
                    answers.push(Ok(Receipt { response, first_time: true, versions }));
                }
            }
        }
        if seen.doubtful {
            return Ok(None);
        }
        if !rows.is_empty() {
            match session.wait(|conn| rows.write(conn)) {
                Ok(()) => {}
                Err(error) if lost_the_race(&error) => {
                    self.heads.clear();
                    return Ok(None);
                }
                Err(error) => return Err(storage(error)),
            }
        }
        self.heads.extend(seen.heads);
        Ok(Some(answers))
    }
}

fn stored(
    prepared: &crate::command::Prepared,
    response: &[u8],
    versions: &[crate::event::StreamVersion],
    now: i64,
) -> StoredReceipt {
    StoredReceipt {
        id: prepared.id,
        actor: prepared.command.actor.clone(),
        operation: prepared.command.operation.clone(),
        key: prepared.command.idempotency_key.clone(),
        request_hash: prepared.command.request_hash,
        response: response.to_vec(),
        versions: versions.to_vec(),
        recorded_at: now,
        hash: prepared.receipt,
    }
}

/// A unique key taken by another process, a deadlock with it, or a serialization failure.
fn lost_the_race(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|e| e.code());
    matches!(code.as_deref(), Some("23505" | "40P01" | "40001"))
}

/// What a try knows: heads as far as needed, and receipts once a first try has failed.
struct Seen {
    heads: HashMap<String, Head>,
    receipts: HashMap<[u8; 16], StoredReceipt>,
    /// Hashes of what is kept under the names that the group asks for, likewise.
    kept: HashMap<(String, String), Hash>,
    /// A refusal came up that rests on what was kept from before.
    doubtful: bool,
    fresh: bool,
}

impl Seen {
    fn load(&mut self, session: &mut Session, jobs: &[Job], kept: Option<&HashMap<String, Head>>) -> Result<()> {
        let mut unknown = Vec::new();
        for append in jobs.iter().flat_map(|job| &job.prepared.command.streams) {
            match kept.and_then(|kept| kept.get(&append.stream)) {
                Some(head) => drop(self.heads.insert(append.stream.clone(), *head)),
                None => unknown.push(append.stream.as_str()),
            }
        }
        if !unknown.is_empty() {
            let sql = "SELECT h.stream, h.version, h.hash FROM (SELECT DISTINCT unnest($1::text[]) COLLATE \"C\" AS name) n
                 CROSS JOIN LATERAL (SELECT stream, version, hash FROM events WHERE stream = n.name ORDER BY version DESC LIMIT 1) h";
            let found = session.wait(|conn| sqlx::query(sql).bind(&unknown).fetch_all(conn)).map_err(storage)?;
            for row in found {
                let head = Head { version: rows::unsigned(&row, 1)?, hash: rows::fixed(&row, 2)? };
                self.heads.insert(rows::get(&row, 0)?, head);
            }
        }
        if self.fresh {
            let ids: Vec<&[u8]> = jobs.iter().map(|job| job.prepared.id.as_slice()).collect();
            let sql = format!("SELECT {} FROM receipts WHERE id = ANY($1)", rows::RECEIPT_COLUMNS);
            let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&ids);
            for row in session.wait(|conn| query.fetch_all(conn)).map_err(storage)? {
                let receipt = rows::receipt(&row)?;
                self.receipts.insert(receipt.id, receipt);
            }
            let keeps: Vec<_> = jobs.iter().flat_map(|job| &job.prepared.command.keeps).collect();
            if !keeps.is_empty() {
                self.kept = vault::hashes(session, &keeps)?;
            }
        }
        Ok(())
    }
}

impl Lookup for Seen {
    fn receipt(&mut self, id: &[u8; 16]) -> Result<Option<StoredReceipt>> {
        self.doubtful |= !self.fresh;
        Ok(self.receipts.get(id).cloned())
    }

    fn head(&mut self, stream: &str) -> Result<Head> {
        Ok(self.heads.get(stream).copied().unwrap_or(Head::EMPTY))
    }

    /// In a first try every name is taken to be free: the database refuses the group if one is not.
    fn kept(&mut self, space: &str, key: &str) -> Result<Option<Hash>> {
        Ok(self.kept.get(&(space.to_owned(), key.to_owned())).copied())
    }
}
