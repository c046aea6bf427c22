//! Two loads: as much as goes (each client sends when it was answered), and a steady rate (requests begin when they are
//! due, answered or not; a late one is counted from when it was due).

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a load found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// How long the load lasted.
    pub time: Duration,
    /// Times from due to answered, microseconds, ascending.
    pub micros: Vec<u64>,
    /// Requests that were not answered as they should.
    pub failed: u64,
}

impl Found {
    /// Answers a second.
    pub fn rate(&self) -> f64 {
        let answered = u32::try_from(self.micros.len()).unwrap_or(u32::MAX);
        f64::from(answered) / self.time.as_secs_f64().max(1e-9)
    }

    /// Another round of the same load.
    pub fn add(&mut self, other: Self) {
        self.time += other.time;
        self.failed += other.failed;
        self.micros.extend(other.micros);
        self.micros.sort_unstable();
    }

    /// The time under which this share of answers came, in per mille, microseconds.
    pub fn at(&self, per_mille: usize) -> u64 {
        let place = (self.micros.len() * per_mille).div_ceil(1_000).saturating_sub(1);
        self.micros.get(place).copied().unwrap_or(0)
    }
}

/// Sends number `n` of client `c`; true when it was answered as it should be.
pub trait Request: Send + 'static {
    /// The request.
    fn send(&mut self, n: u64) -> impl Future<Output = bool> + Send;
}

/// Every client as fast as it is answered.
pub async fn closed<S: Request>(clients: Vec<S>, length: Duration) -> Found {
    let begin = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for mut client in clients {
        tasks.spawn(async move {
            let (mut micros, mut failed, mut n) = (Vec::new(), 0, 0);
            while begin.elapsed() < length {
                let sent = Instant::now();
                if client.send(n).await {
                    micros.push(micros_of(sent.elapsed()));
                } else {
                    failed += 1;
                }
                n += 1;
            }
            (micros, failed)
        });
    }
    gather(tasks, begin).await
}

/// `rate` requests a second over all clients.
pub async fn steady<S: Request>(clients: Vec<S>, rate: f64, length: Duration) -> Found {
    let begin = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for mut client in clients {
        let next = Arc::clone(&next);
        tasks.spawn(async move {
            let (mut micros, mut failed, mut n) = (Vec::new(), 0, 0);
            loop {
                let turn = u32::try_from(next.fetch_add(1, Ordering::Relaxed)).unwrap_or(u32::MAX);
                let due = Duration::from_secs_f64(f64::from(turn) / rate.max(1.0));
                if due >= length {
                    break;
                }
                let due = begin + due;
                tokio::time::sleep_until(due.into()).await;
                if client.send(n).await {
                    micros.push(micros_of(due.elapsed()));
                } else {
                    failed += 1;
                }
                n += 1;
            }
            (micros, failed)
        });
    }
    gather(tasks, begin).await
}

fn micros_of(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

async fn gather(mut tasks: tokio::task::JoinSet<(Vec<u64>, u64)>, begin: Instant) -> Found {
    let mut found = Found::default();
    while let Some(done) = tasks.join_next().await {
        if let Ok((micros, failed)) = done {
            found.micros.extend(micros);
            found.failed += failed;
        }
    }
    found.time = begin.elapsed();
    found.micros.sort_unstable();
    found
}
