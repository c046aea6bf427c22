//! Durable events per second against a bare loop that groups the same way: append to a file, fdatasync, answer.
//!
//! Every round of ours runs next to a round of the bare loop, because the disk's mood changes by the minute.

use std::future::Future;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use huoshui_journal::{Columns, Command, Expected, Journal, Options, StateDoc, SystemClock, faults};
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use huoshui_testkit::Postgres;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::{Bench, Row};

/// Bytes of a body.
const BODY: usize = 400;
/// Streams of each client, taken in turn.
const STREAMS: u64 = 100;
/// The least part of the bare loop's rate that the embedded store should reach with 64 clients.
const AIM: f64 = 0.5;

/// The group `durable`.
pub const BENCH: Bench =
    Bench { name: "durable", what: ("每秒持久写入的事件数", "durable events per second"), run };

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().map_err(failed)?;
    let (rounds, length) = if small { (1, Duration::from_millis(100)) } else { (5, Duration::from_secs(1)) };
    let folder = tempfile::tempdir().map_err(failed)?;
    // Where PostgreSQL is not installed the embedded store is measured alone, and it is said.
    let server = Postgres::start_durable().inspect_err(|e| say(&e.to_string())).ok();
    let mut rows = Vec::new();
    for clients in [64u64, 512] {
        let mut contestants = Vec::new();
        for (what, with_state) in [("", false), ("_with_state", true)] {
            let path = folder.path().join(format!("{clients}{what}.db"));
            let journal = Journal::open_sqlite(path, Arc::new(SystemClock), Options::default())?;
            contestants.push((format!("durable_sqlite_{clients}{what}"), journal, with_state));
            if let Some(server) = &server {
                let url = server.fresh_database().map_err(failed)?;
                let journal = Journal::open_postgres_blocking(&url, Arc::new(SystemClock), Options::default())?;
                contestants.push((format!("durable_postgres_{clients}{what}"), journal, with_state));
            }
        }
        let raw = RawLog::start(&folder.path().join(format!("raw-{clients}")))?;
        let mut figures = vec![(Rate::default(), Rate::default()); contestants.len()];
        for round in 0..rounds {
            for ((name, journal, with_state), (figure, limit)) in contestants.iter().zip(&mut figures) {
                say(&format!("{name} {}/{rounds}", round + 1));
                let log = raw.clone();
                limit.add(drive(&runtime, clients, length, round, move |_, _| {
                    let log = log.clone();
                    async move { log.append(body()).await }
                })?);
                let (journal, with_state) = (journal.clone(), *with_state);
                figure.add(drive(&runtime, clients, length, round, move |client, n| {
                    let (journal, command) = (journal.clone(), command(client, n, with_state));
                    async move { journal.append(command).await.map(drop) }
                })?);
            }
        }
        for ((name, ..), (figure, limit)) in contestants.into_iter().zip(figures) {
            let aim = (name == "durable_sqlite_64").then_some(AIM);
            rows.push(row(name, &figure, &limit, aim));
        }
    }
    Ok(rows)
}

/// One event, and with it, if asked, the document that a real command would write too.
fn command(client: u64, n: u64, with_state: bool) -> Command {
    let stream = format!("enterprise/{client:04}-{:02}", n % STREAMS);
    let version = n / STREAMS;
    let command = Command::new("bench", "append", format!("{client}-{n}"), &n.to_be_bytes()).event(
        &stream,
        Expected::Version(version),
        "bench.appended",
        1,
        body(),
    );
    if !with_state {
        return command;
    }
    let mut columns = Columns::default();
    let ([text, ..], [int, ..]) = (&mut columns.text, &mut columns.int);
    (*text, *int) = (Some(format!("district-{}", client % 16)), i64::try_from(n).ok());
    command.put(StateDoc { collection: "enterprise".into(), id: stream, version: version + 1, doc: body(), columns })
}

fn body() -> Vec<u8> {
    let mut body = format!("{{\"text\":\"{}", "x".repeat(BODY - 11)).into_bytes();
    body.extend_from_slice(b"\"}");
    body
}

/// Events over time, summed over rounds.
#[derive(Clone, Debug, Default)]
struct Rate {
    events: u64,
    time: Duration,
}

impl Rate {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.time += other.time;
    }

    fn per_second(&self) -> f64 {
        let events = u32::try_from(self.events).unwrap_or(u32::MAX);
        f64::from(events) / self.time.as_secs_f64().max(1e-9)
    }
}

/// Keeps `clients` busy for a while, each with one command in flight, and counts what was acknowledged.
fn drive<F>(
    runtime: &Runtime,
    clients: u64,
    length: Duration,
    round: u64,
    call: impl Fn(u64, u64) -> F + Send + Sync + 'static,
) -> Result<Rate>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let (call, done) = (Arc::new(call), Arc::new(AtomicU64::new(0)));
    let begin = Instant::now();
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for client in 0..clients {
            let (call, done) = (Arc::clone(&call), Arc::clone(&done));
            // Each round goes on where no round has been: streams of its own for every client and round.
            let client = client + round * clients;
            tasks.spawn(async move {
                let mut n = 0;
                while begin.elapsed() < length {
                    call(client, n).await?;
                    n += 1;
                }
                done.fetch_add(n, Ordering::Relaxed);
                Ok::<(), Fault>(())
            });
        }
        while let Some(result) = tasks.join_next().await {
            result.map_err(failed)??;
        }
        Ok::<(), Fault>(())
    })?;
    Ok(Rate { events: done.load(Ordering::Relaxed), time: begin.elapsed() })
}

/// The bare loop: no versions, no keys, no hashes, no index, no way to read it again.
#[derive(Clone)]
struct RawLog {
    bodies: SyncSender<(Vec<u8>, oneshot::Sender<()>)>,
    /// Why the loop ended, if it did: a full disk must not show as a channel that is closed.
    ended: Arc<OnceLock<String>>,
}

impl RawLog {
    fn start(path: &std::path::Path) -> Result<Self> {
        let mut file = std::fs::File::create(path).map_err(failed)?;
        let (bodies, receiver): (_, Receiver<(Vec<u8>, oneshot::Sender<()>)>) = sync_channel(8_192);
        let ended = Arc::new(OnceLock::new());
        let cause = Arc::clone(&ended);
        std::thread::spawn(move || {
            let (mut buffer, mut waiting) = (Vec::new(), Vec::new());
            while let Ok(first) = receiver.recv() {
                let rest = std::iter::from_fn(|| receiver.try_recv().ok());
                for (body, reply) in std::iter::once(first).chain(rest).take(256) {
                    buffer.extend_from_slice(&body);
                    waiting.push(reply);
                }
                if let Err(e) = file.write_all(&buffer).and_then(|()| file.sync_data()) {
                    let _ = cause.set(e.to_string());
                    return;
                }
                buffer.clear();
                for reply in waiting.drain(..) {
                    // A client that is gone needs no answer.
                    let _ = reply.send(());
                }
            }
        });
        Ok(Self { bodies, ended })
    }

    async fn append(&self, body: Vec<u8>) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.bodies.try_send((body, reply)).map_err(|e| self.why(&e))?;
        answer.await.map_err(|e| self.why(&e))
    }

    fn why(&self, shown: &dyn std::fmt::Display) -> Fault {
        self.ended.get().map_or_else(|| failed(shown), failed)
    }
}

fn row(name: String, figure: &Rate, limit: &Rate, aim: Option<f64>) -> Row {
    let (figure, limit) = (figure.per_second(), limit.per_second());
    Row { name, figure, unit: "events/s", limit: Some(limit), ratio: Some(figure / limit), aim }
}

fn failed(cause: impl std::fmt::Display) -> Fault {
    Fault::new(&faults::STORAGE).with("detail", cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_measures_both_stores_against_the_bare_loop() {
        let rows = run(true, &|_| ()).unwrap();
        let names: Vec<_> = rows.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names.len(), 8, "{names:?}");
        assert!(rows.iter().all(|r| r.figure > 0.0 && r.limit.is_some_and(|l| l > 0.0)), "{rows:?}");
        assert_eq!(rows[0].aim, Some(AIM));
    }
}
