//! One firm at a time. Everything that decides about a firm's data — its consents, what was released under them — is
//! written to the stream `access/USCC` too, so that one version stands for all of it: what is remembered of a firm holds
//! exactly as long as that version does, and a command that expects it cannot miss a revocation or a release.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use huoshui_kernel::Uscc;
use huoshui_kernel::fault::{Fault, Result};
use tokio::sync::{Mutex as Turns, MutexGuard};

use super::corrections::Corrected;
use super::events::Logged;
use super::records::Stored;
use super::releases::Releases;
use crate::faults;

/// Requests that may wait for one firm's turn; one more is told to come back.
const WAITING: u32 = 512;
/// Firms remembered; beyond it those that nobody holds are forgotten.
const FIRMS: usize = 100_000;
const SHARDS: usize = 16;

/// What is remembered of a firm, as of one version of its stream.
#[derive(Debug, Default)]
pub struct Known {
    /// The version of `access/USCC`.
    pub version: u64,
    /// Its consents, as far as they were asked for; none for an id that is no consent of this firm.
    pub consents: HashMap<String, Arc<Stored>>,
    /// What was released.
    pub releases: Releases,
    /// Values that departments corrected for the firm.
    pub corrected: Vec<Corrected>,
}

impl Known {
    /// Takes the entry that was written with this version.
    pub fn enter(&mut self, logged: &Logged, version: u64) {
        self.version = version;
        self.releases.enter(logged, version);
    }
}

/// A firm's gate: requests pass one after another, in their order.
#[derive(Debug, Default)]
pub struct Gate {
    known: Turns<Option<Known>>,
    waiting: AtomicU32,
}

impl Gate {
    /// Waits for a turn.
    ///
    /// # Errors
    /// `journal.busy` when too many wait already.
    pub async fn enter(&self) -> Result<MutexGuard<'_, Option<Known>>> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Fault::new(&huoshui_journal::faults::BUSY));
        }
        let turn = Waiting(&self.waiting);
        let known = self.known.lock().await;
        drop(turn);
        Ok(known)
    }
}

/// Counts down even when the caller goes away while it waits.
struct Waiting<'a>(&'a AtomicU32);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The gates of all firms.
pub struct Gates {
    shards: [Mutex<HashMap<Uscc, Arc<Gate>>>; SHARDS],
}

impl Default for Gates {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::new(HashMap::new())) }
    }
}

impl Gates {
    /// The gate of a firm.
    ///
    /// # Errors
    /// `app.internal` after a panic elsewhere.
    pub fn of(&self, uscc: &Uscc) -> Result<Arc<Gate>> {
        let poisoned = || Fault::new(&faults::INTERNAL).with("what", "gates");
        let place = usize::from(uscc.as_bytes().iter().fold(0u8, |sum, b| sum.wrapping_mul(31).wrapping_add(*b)));
        let mut shard = self.shards.get(place % SHARDS).ok_or_else(poisoned)?.lock().map_err(|_| poisoned())?;
        if let Some(gate) = shard.get(uscc) {
            return Ok(Arc::clone(gate));
        }
        if shard.len() >= FIRMS / SHARDS {
            shard.retain(|_, gate| Arc::strong_count(gate) > 1);
        }
        let gate = Arc::new(Gate::default());
        shard.insert(*uscc, Arc::clone(&gate));
        Ok(gate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_caller_that_goes_away_leaves_no_place_taken_in_the_queue() {
        let gate = Gate::default();
        let held = gate.enter().await.unwrap();
        for _ in 0..2 * WAITING {
            // Waits, and is dropped while it waits.
            let gone = tokio::time::timeout(std::time::Duration::ZERO, gate.enter()).await;
            assert!(gone.is_err());
        }
        drop(held);
        assert!(gate.enter().await.is_ok());
        assert_eq!(gate.waiting.load(Ordering::Relaxed), 0);
    }
}
