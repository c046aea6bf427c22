//! How often one caller may ask: a token bucket each, in a bounded table.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

/// So many in a second for long, so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second.
    pub per_second: u32,
    /// Requests at once.
    pub burst: u32,
}

/// Callers that are remembered. When there are more, those with a full bucket are forgotten, who lose nothing by it.
const CALLERS: usize = 65_536;

struct Bucket {
    /// Thousandths of a request.
    left: u64,
    at: Instant,
}

/// Buckets by caller.
pub struct Buckets {
    rate: Rate,
    held: Mutex<HashMap<String, Bucket>>,
}

impl Buckets {
    /// All callers at this rate.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { rate, held: Mutex::default() }
    }

    /// Takes one; or says in how many seconds there is one again.
    ///
    /// # Errors
    /// Seconds to wait, at least one.
    pub fn take(&self, caller: &str, now: Instant) -> Result<(), u64> {
        let full = u64::from(self.rate.burst.max(1)) * 1_000;
        let per_second = u64::from(self.rate.per_second.max(1)) * 1_000;
        let Ok(mut held) = self.held.lock() else { return Err(1) };
        if held.len() >= CALLERS && !held.contains_key(caller) {
            held.retain(|_, bucket| refilled(bucket, per_second, full, now) < full);
            if held.len() >= CALLERS {
                return Err(1);
            }
        }
        let bucket = held.entry(caller.to_owned()).or_insert(Bucket { left: full, at: now });
        bucket.left = refilled(bucket, per_second, full, now);
        bucket.at = now;
        if bucket.left >= 1_000 {
            bucket.left -= 1_000;
            return Ok(());
        }
        Err(((1_000 - bucket.left).div_ceil(per_second)).max(1))
    }
}

fn refilled(bucket: &Bucket, per_second: u64, full: u64, now: Instant) -> u64 {
    let micros = now.saturating_duration_since(bucket.at).as_micros().min(3_600_000_000);
    let gained = u64::try_from(micros).unwrap_or(0).saturating_mul(per_second) / 1_000_000;
    (bucket.left + gained).min(full)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let buckets = Buckets::new(Rate { per_second: 2, burst: 3 });
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let taken: Vec<bool> =
            [0, 0, 0, 0, 499, 500, 600, 1_000].iter().map(|ms| buckets.take("a", at(*ms)).is_ok()).collect();
        // Three at once; the fourth waits; half a second brings one. What was refused at 499 ms had brought 998 of the
        // 1000 thousandths, which are kept.
        assert_eq!(taken, [true, true, true, false, false, true, false, true]);
        assert!(buckets.take("b", at(0)).is_ok(), "another caller has a bucket of its own");
    }
}
