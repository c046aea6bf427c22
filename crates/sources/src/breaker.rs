//! The circuit breaker: after too many failures a department is left alone, then tried by one call at a time.
//!
//! A pure state machine over instants that it is given. A ticket belongs to the phase in which it was drawn: what an old
//! call brings home after the phase has changed says nothing about the new one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::settings::BreakerSettings;

/// The phase, as health shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Calls go through.
    Closed,
    /// The department is left alone.
    Open,
    /// One call at a time tries whether it is well again.
    HalfOpen,
}

enum Phase {
    Closed,
    Open { until: Instant },
    HalfOpen { probing: bool, successes: u32 },
}

struct Inner {
    phase: Phase,
    /// Changes with every phase.
    era: u64,
    /// The last calls, newest in the lowest bit; a set bit is a failure.
    failures: u64,
    rest: Duration,
}

pub(crate) struct Breaker {
    settings: BreakerSettings,
    /// How long a caller waits before its leaving is held against the department.
    patience: Duration,
    inner: Mutex<Inner>,
}

/// Leave to make one call. Dropped unsettled, the caller went away: if it had been patient, that is a failure, since
/// callers with a shorter deadline than ours would otherwise never open the breaker; if not, it counts for nothing.
pub(crate) struct Ticket {
    breaker: Arc<Breaker>,
    era: u64,
    probe: bool,
    began: Instant,
    settled: bool,
}

impl Breaker {
    pub(crate) fn new(settings: BreakerSettings, patience: Duration) -> Self {
        let rest = Duration::from_millis(settings.rest_ms.into());
        Self { settings, patience, inner: Mutex::new(Inner { phase: Phase::Closed, era: 0, failures: 0, rest }) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn state(&self, now: Instant) -> State {
        match self.lock().phase {
            Phase::Closed => State::Closed,
            Phase::Open { until } if now < until => State::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }

    /// How long the department is still left alone, when it is.
    pub(crate) fn resting(&self, now: Instant) -> Option<Duration> {
        match self.lock().phase {
            Phase::Open { until } if now < until => Some(until - now),
            _ => None,
        }
    }

    /// Leave to call, or how long to wait before asking again.
    pub(crate) fn admit(self: &Arc<Self>, now: Instant) -> Result<Ticket, Duration> {
        let mut inner = self.lock();
        if let Phase::Open { until } = inner.phase {
            if now < until {
                return Err(until - now);
            }
            inner.phase = Phase::HalfOpen { probing: false, successes: 0 };
            inner.era += 1;
        }
        let probe = match &mut inner.phase {
            Phase::HalfOpen { probing: true, .. } => return Err(Duration::ZERO),
            Phase::HalfOpen { probing, .. } => {
                *probing = true;
                true
            }
            _ => false,
        };
        Ok(Ticket { breaker: Arc::clone(self), era: inner.era, probe, began: now, settled: false })
    }

    fn open(&self, inner: &mut Inner, now: Instant) {
        inner.phase = Phase::Open { until: now + inner.rest };
        inner.era += 1;
        inner.failures = 0;
        inner.rest = (inner.rest * 2).min(Duration::from_millis(self.settings.rest_max_ms.into()));
    }
}

impl Ticket {
    /// Says how the call went.
    pub(crate) fn settle(mut self, ok: bool, now: Instant) {
        self.settled = true;
        self.count(ok, now);
    }

    fn count(&self, ok: bool, now: Instant) {
        let breaker = &self.breaker;
        let mut inner = breaker.lock();
        if inner.era != self.era {
            return;
        }
        let settings = &breaker.settings;
        match &mut inner.phase {
            Phase::Closed => {
                let window = u64::MAX >> (64 - settings.window.clamp(1, 64));
                inner.failures = ((inner.failures << 1) | u64::from(!ok)) & window;
                if inner.failures.count_ones() >= settings.open_after {
                    breaker.open(&mut inner, now);
                }
            }
            Phase::HalfOpen { successes, .. } if ok => {
                *successes += 1;
                if *successes >= settings.close_after {
                    inner.phase = Phase::Closed;
                    inner.era += 1;
                    inner.failures = 0;
                    inner.rest = Duration::from_millis(settings.rest_ms.into());
                }
            }
            Phase::HalfOpen { .. } => breaker.open(&mut inner, now),
            Phase::Open { .. } => {}
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let now = Instant::now();
        if !self.settled && now.saturating_duration_since(self.began) >= self.breaker.patience {
            self.count(false, now);
        }
        let mut inner = self.breaker.lock();
        if self.probe
            && inner.era == self.era
            && let Phase::HalfOpen { probing, .. } = &mut inner.phase
        {
            *probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn breaker(window: u32, open_after: u32, close_after: u32) -> Arc<Breaker> {
        let settings = BreakerSettings { window, open_after, rest_ms: 100, rest_max_ms: 300, close_after };
        Arc::new(Breaker::new(settings, Duration::from_secs(3_600)))
    }

    fn call(breaker: &Arc<Breaker>, now: Instant, ok: bool) {
        breaker.admit(now).ok().unwrap().settle(ok, now);
    }

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn it_opens_rests_probes_and_closes() {
        let b = breaker(5, 3, 2);
        let t = Instant::now();
        for ok in [false, true, false, true, true, true, false] {
            // Two failures lie in the last five at most.
            call(&b, t, ok);
            assert_eq!(b.state(t), State::Closed);
        }
        call(&b, t, false);
        call(&b, t, false);
        assert_eq!(b.state(t), State::Open);
        assert_eq!(b.admit(t).err(), Some(100 * MS));
        assert_eq!(b.resting(t + 40 * MS), Some(60 * MS));

        let t = t + 100 * MS;
        let probe = b.admit(t).ok().unwrap();
        assert!(b.admit(t).is_err(), "one probe at a time");
        probe.settle(true, t);
        assert_eq!(b.state(t), State::HalfOpen);
        call(&b, t, true);
        assert_eq!(b.state(t), State::Closed);
    }

    #[test]
    fn each_failed_probe_doubles_the_rest_up_to_the_bound() {
        let b = breaker(1, 1, 1);
        let mut t = Instant::now();
        for rest in [100, 200, 300, 300] {
            call(&b, t, false);
            assert_eq!(b.resting(t), Some(rest * MS));
            t += rest * MS;
        }
        call(&b, t, true);
        call(&b, t, false);
        assert_eq!(b.resting(t), Some(100 * MS), "a recovery starts the rests anew");
    }

    #[test]
    fn a_probe_whose_caller_left_frees_its_place_and_an_old_call_counts_for_nothing() {
        let b = breaker(2, 1, 1);
        let t = Instant::now();
        let old = b.admit(t).ok().unwrap();
        call(&b, t, false);
        let t = t + 100 * MS;
        drop(b.admit(t).ok().unwrap());
        assert_eq!(b.state(t), State::HalfOpen);
        old.settle(true, t);
        assert_eq!(b.state(t), State::HalfOpen, "a call from before the rest closes nothing");
        call(&b, t, true);
        assert_eq!(b.state(t), State::Closed);
    }

    #[test]
    fn a_caller_that_was_patient_and_left_counts_against_the_department() {
        let settings = BreakerSettings { window: 2, open_after: 1, rest_ms: 100, rest_max_ms: 300, close_after: 1 };
        let b = Arc::new(Breaker::new(settings, Duration::ZERO));
        drop(b.admit(Instant::now()).ok().unwrap());
        assert_eq!(b.state(Instant::now()), State::Open);
    }

    proptest! {
        /// However calls overlap, end and are dropped: when the last rest is over, one call that succeeds gets through.
        #[test]
        fn it_never_stays_shut(steps in prop::collection::vec((0_u8..4, 0_u64..150), 1..200)) {
            let b = breaker(8, 3, 1);
            let mut t = Instant::now();
            let mut held = Vec::new();
            for (what, ms) in steps {
                t += Duration::from_millis(ms);
                match what {
                    0 => held.extend(b.admit(t).ok()),
                    1 | 2 => if let Some(ticket) = held.pop() { ticket.settle(what == 1, t) },
                    _ => held.clear(),
                }
            }
            held.clear();
            t += Duration::from_millis(300);
            call(&b, t, true);
            prop_assert_eq!(b.state(t), State::Closed);
        }
    }
}
