//! The store's clock, passed in so that tests and replays choose the time.

use std::sync::atomic::{AtomicI64, Ordering};

/// Tells the time at which events are recorded.
pub trait Clock: Send + Sync {
    /// Microseconds since 1970-01-01 UTC.
    fn now_micros(&self) -> i64;
}

/// The machine's clock, for the edges of the system only.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one clock that is passed in everywhere else")]
    fn now_micros(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.ok().and_then(|d| i64::try_from(d.as_micros()).ok()).unwrap_or(0)
    }
}

/// The machine's clock moved by a fixed span: a demonstration plays in the days of its data. Zero until it is moved.
#[derive(Debug, Default)]
pub struct ShiftedClock {
    shift: AtomicI64,
}

impl ShiftedClock {
    /// Moves it this many microseconds ahead of the machine's clock, or behind it when negative.
    pub fn shift(&self, micros: i64) {
        self.shift.store(micros, Ordering::Relaxed);
    }
}

impl Clock for ShiftedClock {
    fn now_micros(&self) -> i64 {
        SystemClock.now_micros().saturating_add(self.shift.load(Ordering::Relaxed))
    }
}

/// A clock that starts at a given time and advances by a fixed step at each look: the same run gives the same bytes.
#[derive(Debug)]
pub struct StepClock {
    next: AtomicI64,
    step: i64,
}

impl StepClock {
    /// First look: `start`; each later one `step` microseconds on.
    #[must_use]
    pub fn new(start: i64, step: i64) -> Self {
        Self { next: AtomicI64::new(start), step }
    }
}

impl Clock for StepClock {
    fn now_micros(&self) -> i64 {
        self.next.fetch_add(self.step, Ordering::Relaxed)
    }
}
