//! Two loads: as much as goes (each client sends when it was answered), and a steady rate (requests begin when they are
//! due, answered or not; a late one is counted from when it was due, so that a stall counts against all who met it).
//!
//! The clients run on one thread of their own, apart from the server's, as another process would; a second thread only
//! keeps the time, because an async runtime's timer counts whole milliseconds and would send in bursts.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use huoshui_kernel::fault::Result;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::faults::failed;
use crate::memory;

/// What a load found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// How long the load lasted.
    pub time: Duration,
    /// Times from due to answered, microseconds, ascending.
    pub micros: Vec<u64>,
    /// Requests that were not answered as they should.
    pub failed: u64,
    /// Processor time of this process meanwhile, the clients' with it, seconds.
    pub processor: f64,
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
        self.processor += other.processor;
        self.micros.extend(other.micros);
        self.micros.sort_unstable();
    }

    /// Processor time of an answer, microseconds.
    pub fn processor_micros(&self) -> f64 {
        self.processor * 1e6 / f64::from(u32::try_from(self.micros.len()).unwrap_or(u32::MAX)).max(1.0)
    }

    /// The time under which this share of answers came, in per mille, microseconds.
    pub fn at(&self, per_mille: usize) -> u64 {
        let place = (self.micros.len() * per_mille).div_ceil(1_000).saturating_sub(1);
        self.micros.get(place).copied().unwrap_or(0)
    }
}

/// One client: sends its next request; true when it was answered as it should be.
pub trait Request: 'static {
    /// The request.
    fn send(&mut self) -> impl Future<Output = bool>;
}

/// Every client as fast as it is answered.
pub async fn closed<S: Request>(clients: Vec<S>, length: Duration) -> Result<Found> {
    let begin = Instant::now();
    let tasks = clients.into_iter().map(|mut client| async move {
        let (mut micros, mut failed) = (Vec::new(), 0);
        while begin.elapsed() < length {
            let sent = Instant::now();
            if client.send().await { micros.push(micros_of(sent.elapsed())) } else { failed += 1 }
        }
        (micros, failed)
    });
    gather(tasks, begin).await
}

/// `rate` requests a second over all clients, evenly spaced.
pub async fn steady<S: Request>(clients: Vec<S>, rate: f64, length: Duration) -> Result<Found> {
    let (turns, due) = unbounded_channel();
    let due = Arc::new(Mutex::new(due));
    let begin = Instant::now();
    let pacer = std::thread::spawn(move || pace(&turns, begin, rate, length));
    let tasks = clients.into_iter().map(|mut client| {
        let due = Arc::clone(&due);
        async move {
            let (mut micros, mut failed) = (Vec::new(), 0);
            while let Some(due) = next(&due).await {
                if client.send().await { micros.push(micros_of(due.elapsed())) } else { failed += 1 }
            }
            (micros, failed)
        }
    });
    let found = gather(tasks, begin).await;
    pacer.join().map_err(|_| failed("the pacing thread ended"))?;
    found
}

async fn next(due: &Mutex<UnboundedReceiver<Instant>>) -> Option<Instant> {
    due.lock().await.recv().await
}

/// Says when each request is due, at that moment. Nobody is waited for: who is late finds the turns waiting.
fn pace(turns: &UnboundedSender<Instant>, begin: Instant, rate: f64, length: Duration) {
    for turn in 0_u32.. {
        let due = Duration::from_secs_f64(f64::from(turn) / rate.max(1.0));
        if due >= length {
            return;
        }
        let due = begin + due;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        if turns.send(due).is_err() {
            return;
        }
    }
}

fn micros_of(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

async fn gather<T>(tasks: impl Iterator<Item = T>, begin: Instant) -> Result<Found>
where
    T: Future<Output = (Vec<u64>, u64)> + 'static,
{
    let processor = || memory::processor_seconds().unwrap_or(0.0);
    let (local, before) = (tokio::task::LocalSet::new(), processor());
    let running: Vec<_> = tasks.map(|task| local.spawn_local(task)).collect();
    local
        .run_until(async {
            let mut found = Found::default();
            for task in running {
                let (micros, failed) = task.await.map_err(failed)?;
                found.micros.extend(micros);
                found.failed += failed;
            }
            found.time = begin.elapsed();
            found.processor = processor() - before;
            found.micros.sort_unstable();
            Ok(found)
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Slow {
        first: bool,
    }

    impl Request for Slow {
        /// The first answer takes a tenth of a second, the others none.
        async fn send(&mut self) -> bool {
            if std::mem::take(&mut self.first) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            true
        }
    }

    #[test]
    fn who_was_due_during_a_stall_is_counted_from_when_it_was_due() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let clients = vec![Slow { first: true }];
        let found = runtime.block_on(steady(clients, 100.0, Duration::from_millis(200))).unwrap();
        // Twenty were due, ten milliseconds apart; the first nine behind the stall waited 90, 80, … 10 ms for it.
        assert_eq!(found.micros.len(), 20);
        assert!(found.micros.iter().filter(|m| **m >= 9_000).count() >= 10, "{:?}", found.micros);
    }
}
