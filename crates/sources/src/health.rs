//! How a department does: what operators and callers may read. No firm, no value, no key stands here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::breaker::State;

/// How many last calls the latencies are of.
const SAMPLES: usize = 256;

/// The last fault of a department.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Its stable code.
    pub code: &'static str,
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
}

/// Latencies of the last calls that went out (at most 256), failed ones and time-outs included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// How many calls.
    pub samples: usize,
    /// Half of them took at most this, microseconds.
    pub p50_us: u64,
    /// Ninety-nine in a hundred took at most this, microseconds.
    pub p99_us: u64,
}

/// What is kept of its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CacheUse {
    /// Answers.
    pub entries: usize,
    /// Bytes, about.
    pub bytes: usize,
}

/// How a department does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// The department's code.
    pub department: String,
    /// Whether it is asked at all.
    pub state: State,
    /// How long it is still left alone, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resting_ms: Option<u64>,
    /// Requests under way.
    pub in_flight: usize,
    /// Requests waiting for a place.
    pub waiting: usize,
    /// When it last gave a good answer, microseconds since 1970-01-01 UTC.
    pub last_success_at: Option<i64>,
    /// Its last fault.
    pub last_failure: Option<Failure>,
    /// How long it takes.
    pub latency: Option<Latency>,
    /// How many questions ended how: `live`, `cached`, `stale`, the code of the fault, or `left` where the caller went
    /// away within half the deadline.
    pub counts: BTreeMap<&'static str, u64>,
    /// What is kept of its answers.
    pub cache: CacheUse,
}

#[derive(Default)]
pub(crate) struct Counters {
    pub last_success_at: Option<i64>,
    pub last_failure: Option<Failure>,
    pub counts: BTreeMap<&'static str, u64>,
    latencies: VecDeque<u64>,
}

#[derive(Default)]
pub(crate) struct Journal(Mutex<Counters>);

impl Journal {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Counters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counters {
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub(crate) fn took(&mut self, time: Duration) {
        if self.latencies.len() == SAMPLES {
            self.latencies.pop_front();
        }
        self.latencies.push_back(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// Nearest rank: the smallest latency that at least that share of the calls does not exceed.
    pub(crate) fn latency(&self) -> Option<Latency> {
        let mut sorted: Vec<u64> = self.latencies.iter().copied().collect();
        sorted.sort_unstable();
        let rank = |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied();
        Some(Latency { samples: sorted.len(), p50_us: rank(50)?, p99_us: rank(99)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks_of_the_last_calls() {
        let mut counters = Counters::default();
        assert_eq!(counters.latency(), None);
        counters.took(Duration::from_micros(7));
        assert_eq!(counters.latency(), Some(Latency { samples: 1, p50_us: 7, p99_us: 7 }));
        for us in (1..=1_000).rev() {
            counters.took(Duration::from_micros(us));
        }
        // The last 256 are 256, 255, … 1: the 128th smallest, and the 254th (253.44 rounded up).
        assert_eq!(counters.latency(), Some(Latency { samples: 256, p50_us: 128, p99_us: 254 }));
    }
}
