//! How fast one file takes events when it holds many already: the figures at scale of ADR 4.
//!
//! `cargo run --release -p huoshui-journal --example rate -- FOLDER EVENTS [SECONDS] [CLIENTS]` fills a journal in FOLDER
//! up to EVENTS (what is there counts), then measures rounds of a bare append-and-sync loop and of the journal in turn,
//! and what opening costs. `NO_SYNC=1` leaves the disk out; `BODY` is a body's length.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::future::Future;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use huoshui_journal::{Command, Expected, Journal, Options, SystemClock};
use tokio::sync::oneshot;

fn command(run: u64, client: u64, n: u64) -> Command {
    let stream = format!("enterprise/{run:04}-{client:04}-{:02}", n % 100);
    let key = format!("{run}-{client}-{n}");
    let length = std::env::var("BODY").ok().and_then(|b| b.parse().ok()).unwrap_or(400usize);
    let body = format!("{{\"text\":\"{}\"}}", "x".repeat(length - 11));
    let at = Expected::Version(n / 100);
    Command::new("bench", "append", key, &n.to_be_bytes()).event(&stream, at, "bench.appended", 1, body)
}

fn drive<F: Future<Output = ()> + Send + 'static>(
    runtime: &tokio::runtime::Runtime,
    clients: u64,
    length: Duration,
    call: impl Fn(u64, u64) -> F + Send + Sync + 'static,
) -> (f64, u64) {
    let (call, done) = (Arc::new(call), Arc::new(AtomicU64::new(0)));
    let begin = Instant::now();
    runtime.block_on(async {
        let mut tasks = tokio::task::JoinSet::new();
        for client in 0..clients {
            let (call, done) = (Arc::clone(&call), Arc::clone(&done));
            tasks.spawn(async move {
                let mut n = 0;
                while begin.elapsed() < length {
                    call(client, n).await;
                    n += 1;
                }
                done.fetch_add(n, Ordering::Relaxed);
            });
        }
        while tasks.join_next().await.is_some() {}
    });
    let events = done.load(Ordering::Relaxed);
    (events as f64 / begin.elapsed().as_secs_f64(), events)
}

type Bare = SyncSender<(Vec<u8>, oneshot::Sender<()>)>;

fn bare(path: &Path, sync: bool) -> Bare {
    let mut file = std::fs::File::create(path).unwrap();
    let (sender, receiver): (Bare, Receiver<_>) = sync_channel(8_192);
    let work = move || {
        let (mut buffer, mut waiting) = (Vec::new(), Vec::new());
        while let Ok(first) = receiver.recv() {
            let rest = std::iter::from_fn(|| receiver.try_recv().ok());
            for (body, reply) in std::iter::once(first).chain(rest).take(256) {
                buffer.extend_from_slice(&body);
                waiting.push(reply);
            }
            file.write_all(&buffer).unwrap();
            if sync {
                file.sync_data().unwrap();
            }
            buffer.clear();
            for reply in waiting.drain(..) {
                let _: Result<(), ()> = reply.send(());
            }
        }
    };
    std::thread::Builder::new().name("bare".into()).spawn(work).unwrap();
    sender
}

/// CPU milliseconds of each thread so far, by name (Linux; elsewhere empty).
fn cpu() -> std::collections::BTreeMap<String, f64> {
    let mut all = std::collections::BTreeMap::new();
    for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let Ok(name) = std::fs::read_to_string(task.path().join("comm")) else { continue };
        let Ok(stat) = std::fs::read_to_string(task.path().join("schedstat")) else { continue };
        let ran: f64 = stat.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0.0);
        *all.entry(name.trim().to_owned()).or_default() += ran / 1e6;
    }
    all
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let folder = Path::new(&words[1]);
    let target: u64 = words[2].parse().unwrap();
    let seconds: f64 = words.get(3).map_or(1.0, |w| w.parse().unwrap());
    let clients: u64 = words.get(4).map_or(64, |w| w.parse().unwrap());
    let durable = std::env::var_os("NO_SYNC").is_none();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let path = folder.join("journal.db");
    let options = Options { durable: false, ..Options::default() };
    let mut stored = std::fs::read_to_string(folder.join("count")).ok().and_then(|t| t.parse().ok()).unwrap_or(0u64);
    let mut run = stored;
    if stored < target {
        let journal = Journal::open_sqlite(&path, Arc::new(SystemClock), options).unwrap();
        while stored < target {
            run += 1;
            let j = journal.clone();
            let each = (target - stored).div_ceil(512).min(500);
            let begin = Instant::now();
            runtime.block_on(async {
                let mut tasks = tokio::task::JoinSet::new();
                for client in 0..512 {
                    let j = j.clone();
                    tasks.spawn(async move {
                        for n in 0..each {
                            j.append(command(run, client, n)).await.unwrap();
                        }
                    });
                }
                while tasks.join_next().await.is_some() {}
            });
            stored += each * 512;
            println!("filled {stored} at {:.0}/s without sync", (each * 512) as f64 / begin.elapsed().as_secs_f64());
        }
    }
    let begin = Instant::now();
    let journal = Journal::open_sqlite(&path, Arc::new(SystemClock), Options { durable, ..options }).unwrap();
    let opened = begin.elapsed();
    let receipt = journal.receipt("bench", "append", "1-1-1").unwrap().is_some();
    println!("opened in {opened:.1?}, first look-up ({receipt}) after {:.1?}", begin.elapsed());
    let log = bare(&folder.join("bare"), durable);
    let (mut figures, mut limits) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let bare = log.clone();
        let limit = drive(&runtime, clients, Duration::from_secs_f64(seconds), move |_, _| {
            let bare = bare.clone();
            async move {
                let (reply, answer) = oneshot::channel();
                bare.try_send((vec![b'x'; 400], reply)).unwrap();
                answer.await.unwrap();
            }
        });
        run += 1;
        let (before, j, r) = (cpu(), journal.clone(), run);
        let figure = drive(&runtime, clients, Duration::from_secs_f64(seconds), move |client, n| {
            let j = j.clone();
            async move { drop(j.append(command(r, client, n)).await.unwrap()) }
        });
        stored += figure.1;
        limits.push(limit.0);
        figures.push(figure.0);
        let spent: Vec<String> = cpu()
            .into_iter()
            .map(|(name, ms)| (ms - before.get(&name).copied().unwrap_or(0.0), name))
            .filter(|(ms, _)| *ms > 5.0)
            .map(|(ms, name)| format!("{name} {:.1} µs", ms * 1e3 / figure.1 as f64))
            .collect();
        println!(
            "bare {:.0}/s, journal {:.0}/s ({:.2}); of each event: {}",
            limit.0,
            figure.0,
            figure.0 / limit.0,
            spent.join(", ")
        );
    }
    let (f, l): (f64, f64) = (figures.iter().sum(), limits.iter().sum());
    println!("{stored} events stored: bare {:.0}/s, journal {:.0}/s, ratio {:.3}", l / 5.0, f / 5.0, f / l);
    drop(journal);
    std::fs::write(folder.join("count"), stored.to_string()).unwrap();
}
