//! The process that gets killed: many clients writing as fast as they can, each acknowledgement told at once.
//!
//! It is this test binary itself, run again with its orders in the environment.

use std::io::Write;
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;

use huoshui_journal::{Columns, Command, Event, Expected, Fold, Journal, Options, StateDoc, SystemClock};
use huoshui_kernel::fault::Result;

const ORDERS: &str = "HUOSHUI_JOURNAL_VICTIM";

/// Opens the journal at a path (SQLite) or a URL (PostgreSQL).
pub fn open(place: &str) -> Result<Journal> {
    // Few recent rows, so that kills come in the middle of moving them into the file's indexes.
    let (clock, options) = (Arc::new(SystemClock), Options { recent: 300, ..Options::default() });
    if place.starts_with("postgres:") {
        Journal::open_postgres_blocking(place, clock, options)
    } else {
        Journal::open_sqlite(place, clock, options)
    }
}

/// Starts a victim: `clients` clients, each giving `commands` commands (0: without end) whose keys begin with `run`.
/// `around` may wrap it in another program.
pub fn start(around: &[&str], place: &str, run: usize, clients: usize, commands: usize) -> Child {
    let me = std::env::current_exe().unwrap();
    let mut words: Vec<std::ffi::OsString> = around.iter().map(std::ffi::OsString::from).collect();
    words.push(me.into());
    let mut process = Process::new(&words[0]);
    process.args(&words[1..]).args(["victim", "--exact", "--ignored", "--nocapture", "--test-threads=1"]);
    process.env(ORDERS, format!("{run} {clients} {commands} {place}"));
    process.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// What the victim's process does; nothing in an ordinary test run.
pub fn obey() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let words: Vec<&str> = orders.splitn(4, ' ').collect();
    let [run, clients, commands] = [0, 1, 2].map(|n| words[n].parse::<usize>().unwrap());
    let journal = open(words[3]).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for client in 0..clients {
            let journal = journal.clone();
            tasks.spawn(async move {
                for n in 0..if commands == 0 { usize::MAX } else { commands } {
                    let work = Work { run, client, n };
                    // A server that died answers with a fault; the parent knows what was acknowledged before.
                    if journal.append(work.command()).await.is_err() {
                        return;
                    }
                    // One write per line, so that what the parent reads was said, and whole.
                    let line = format!("ack {}\n", work.key());
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            });
        }
        while tasks.join_next().await.is_some() {}
    });
}

/// One command: an event of the client's own stream, one or two of a stream shared by all, a document and a kept body.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    pub run: usize,
    pub client: usize,
    pub n: usize,
}

impl Work {
    pub fn parse(key: &str) -> Option<Self> {
        let mut parts = key.split('-').map(str::parse);
        let (run, client, n) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        Some(Self { run, client, n })
    }

    pub fn key(self) -> String {
        format!("{}-{}-{}", self.run, self.client, self.n)
    }

    pub fn own_stream(self) -> String {
        format!("own-{}-{}", self.run, self.client)
    }

    pub fn shared_stream(self) -> String {
        format!("shared-{}", (self.client + self.n) % 5)
    }

    pub fn shared_events(self) -> usize {
        1 + self.n % 2
    }

    /// Of many lengths, some over several pages.
    pub fn kept(self) -> Vec<u8> {
        let length = if self.n % 7 == 6 { 6_000 } else { 20 * (self.n % 30) };
        self.key().bytes().cycle().take(length).collect()
    }

    pub fn command(self) -> Command {
        let body = format!("{{\"key\":\"{}\",\"pad\":\"{}\"}}", self.key(), "x".repeat(300));
        let at = Expected::Version(self.n as u64);
        let mut command = Command::new("victim", "write", self.key(), self.key().as_bytes());
        command = command.event(&self.own_stream(), at, "victim.wrote", 1, body.clone());
        for _ in 0..self.shared_events() {
            command = command.event(&self.shared_stream(), Expected::Any, "victim.wrote", 1, body.clone());
        }
        let command = command.keep("victim", &self.key(), self.kept());
        command.put(document(&self.own_stream(), self.n as u64 + 1)).answer(self.key())
    }
}

fn document(stream: &str, version: u64) -> StateDoc {
    let doc = format!("{{\"events\":{version}}}").into_bytes();
    StateDoc { collection: "victim".into(), id: stream.into(), version, doc, columns: Columns::default() }
}

/// What documents must be there: one per client, telling its stream's length. Counts every command's events too.
#[derive(Default)]
pub struct Expectation {
    own: std::collections::BTreeMap<String, u64>,
    /// Events per key.
    pub events: std::collections::HashMap<String, usize>,
}

impl Fold for Expectation {
    fn collections(&self) -> Vec<String> {
        vec!["victim".into()]
    }

    fn apply(&mut self, event: &Event) -> Result<()> {
        if event.stream.starts_with("own-") {
            self.own.insert(event.stream.clone(), event.version);
        }
        let body: serde_json::Value = serde_json::from_slice(&event.data.body).unwrap();
        *self.events.entry(body["key"].as_str().unwrap().to_owned()).or_default() += 1;
        Ok(())
    }

    fn documents(&mut self) -> Result<Vec<StateDoc>> {
        Ok(self.own.iter().map(|(stream, version)| document(stream, *version)).collect())
    }
}
