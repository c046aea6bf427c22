//! Work that blocks: on its own threads, so many at once, so many of one caller, each with a deadline.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use huoshui_kernel::fault::{Fault, Result};
use tokio::sync::Semaphore;

use crate::{Problem, faults};

/// Threads for work that blocks.
pub struct Pool {
    /// Short reads and writes of the store.
    short: Arc<Semaphore>,
    /// Questions that take processor time.
    long: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    deadline: Duration,
    each: usize,
    callers: Arc<Mutex<HashMap<String, usize>>>,
}

/// A caller's question, counted until it is dropped: at the end of the work, not of the waiting.
struct Counted {
    caller: String,
    callers: Arc<Mutex<HashMap<String, usize>>>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Ok(mut callers) = self.callers.lock() {
            let left = callers.get(&self.caller).map_or(0, |n| n.saturating_sub(1));
            if left == 0 {
                callers.remove(&self.caller);
            } else {
                callers.insert(self.caller.clone(), left);
            }
        }
    }
}

impl Pool {
    /// `short` and `long` at once, `waiting` questions that may wait, `each` at once of one caller.
    #[must_use]
    pub fn new(short: usize, long: usize, waiting: usize, each: usize, deadline: Duration) -> Self {
        Self {
            short: Arc::new(Semaphore::new(short)),
            long: Arc::new(Semaphore::new(long)),
            waiting: Arc::new(Semaphore::new(long + waiting)),
            deadline,
            each,
            callers: Arc::default(),
        }
    }

    /// Reads or writes the store.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn short<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        let place = Arc::clone(&self.short).acquire_owned().await;
        let place = place.map_err(|_| Fault::new(&faults::STOPPING))?;
        let done = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        Ok(done.await.map_err(|_| Fault::new(&faults::INTERNAL))??)
    }

    /// Answers a question that takes processor time. When the deadline passes the caller is told; the work goes on to its
    /// end and keeps its place until then, so that impatience does not pile up work.
    ///
    /// # Errors
    /// `limit.questions`, `server.overloaded`, `server.deadline`; those of the work.
    pub async fn long<T: Send + 'static>(
        &self,
        caller: &str,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        let counted = self.count(caller)?;
        let queued = Arc::clone(&self.waiting).try_acquire_owned();
        let queued = queued.map_err(|_| Fault::new(&faults::OVERLOADED))?;
        let long = Arc::clone(&self.long);
        let work = async move {
            let place = long.acquire_owned().await.map_err(|_| Fault::new(&faults::STOPPING))?;
            let done = tokio::task::spawn_blocking(move || {
                let _held = (place, queued, counted);
                work()
            });
            done.await.map_err(|_| Fault::new(&faults::INTERNAL))?
        };
        match tokio::time::timeout(self.deadline, work).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(Fault::new(&faults::DEADLINE).with("seconds", self.deadline.as_secs()).into()),
        }
    }

    fn count(&self, caller: &str) -> Result<Counted> {
        let mut callers = self.callers.lock().map_err(|_| Fault::new(&faults::INTERNAL))?;
        let running = callers.entry(caller.to_owned()).or_insert(0);
        if *running >= self.each {
            return Err(Fault::new(&faults::QUESTIONS).with("limit", self.each));
        }
        *running += 1;
        Ok(Counted { caller: caller.to_owned(), callers: Arc::clone(&self.callers) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_caller_cannot_take_every_place_and_impatience_keeps_its_place() {
        let pool = Pool::new(1, 2, 0, 1, Duration::from_millis(50));
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let late = pool.long("a", move || {
            let _ = wait.recv();
            Ok(())
        });
        assert_eq!(late.await.unwrap_err().code(), "server.deadline");
        assert_eq!(pool.long("a", || Ok(())).await.unwrap_err().code(), "limit.questions");
        assert!(pool.long("b", || Ok(())).await.is_ok());
        go.send(()).unwrap();
    }
}
