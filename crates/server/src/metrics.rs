//! Metrics in Prometheus' text format: requests by operation and status, times by operation, what is in flight.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the histogram, in microseconds; text for the label beside each.
const BOUNDS: [(u64, &str); 10] = [
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (500_000, "0.5"),
    (2_000_000, "2"),
    (10_000_000, "10"),
];

#[derive(Default)]
struct Series {
    statuses: [AtomicU64; 5],
    buckets: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    micros: AtomicU64,
}

/// All counters.
pub struct Metrics {
    operations: BTreeMap<String, Series>,
    other: Series,
    in_flight: AtomicI64,
    denied: AtomicU64,
    limited: AtomicU64,
}

/// A request being answered, until it is dropped.
pub struct InFlight<'a>(&'a AtomicI64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// For these operations: the labels are bounded by the contract, whatever is asked.
    pub fn new(operations: impl Iterator<Item = String>) -> Self {
        Self {
            operations: operations.map(|id| (id, Series::default())).collect(),
            other: Series::default(),
            in_flight: AtomicI64::new(0),
            denied: AtomicU64::new(0),
            limited: AtomicU64::new(0),
        }
    }

    /// A request begins.
    pub fn begin(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    /// A request is answered.
    pub fn end(&self, operation: Option<&str>, status: u16, took: Duration) {
        let series = operation.and_then(|id| self.operations.get(id)).unwrap_or(&self.other);
        let class = usize::from(status / 100).saturating_sub(1).min(4);
        if let Some(counter) = series.statuses.get(class) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        for ((bound, _), bucket) in BOUNDS.iter().zip(&series.buckets) {
            if micros <= *bound {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        series.count.fetch_add(1, Ordering::Relaxed);
        series.micros.fetch_add(micros, Ordering::Relaxed);
        match status {
            403 => self.denied.fetch_add(1, Ordering::Relaxed),
            429 => self.limited.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
    }

    /// The text.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::new();
        let all = || self.operations.iter().map(|(id, s)| (id.as_str(), s)).chain([("other", &self.other)]);
        let read = |n: &AtomicU64| n.load(Ordering::Relaxed);
        out.push_str("# HELP huoshui_requests_total Requests answered.\n# TYPE huoshui_requests_total counter\n");
        for (id, series) in all() {
            for (class, counter) in (1..).zip(&series.statuses).filter(|(_, c)| read(c) > 0) {
                let _ = writeln!(
                    out,
                    "huoshui_requests_total{{operation=\"{id}\",status=\"{class}xx\"}} {}",
                    read(counter)
                );
            }
        }
        out.push_str("# HELP huoshui_request_seconds Time to answer.\n# TYPE huoshui_request_seconds histogram\n");
        for (id, series) in all().filter(|(_, s)| read(&s.count) > 0) {
            for ((_, label), bucket) in BOUNDS.iter().zip(&series.buckets) {
                let _ = writeln!(
                    out,
                    "huoshui_request_seconds_bucket{{operation=\"{id}\",le=\"{label}\"}} {}",
                    read(bucket)
                );
            }
            let (count, micros) = (read(&series.count), read(&series.micros));
            let _ = writeln!(out, "huoshui_request_seconds_bucket{{operation=\"{id}\",le=\"+Inf\"}} {count}");
            let _ = writeln!(
                out,
                "huoshui_request_seconds_sum{{operation=\"{id}\"}} {}.{:06}",
                micros / 1_000_000,
                micros % 1_000_000
            );
            let _ = writeln!(out, "huoshui_request_seconds_count{{operation=\"{id}\"}} {count}");
        }
        let single = [
            ("huoshui_requests_in_flight", "gauge", self.in_flight.load(Ordering::Relaxed).to_string()),
            ("huoshui_denied_total", "counter", read(&self.denied).to_string()),
            ("huoshui_limited_total", "counter", read(&self.limited).to_string()),
        ];
        for (name, kind, value) in single {
            let _ = writeln!(out, "# TYPE {name} {kind}\n{name} {value}");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_operation_status_and_time() {
        let metrics = Metrics::new(["listThings".to_owned()].into_iter());
        metrics.end(Some("listThings"), 200, Duration::from_millis(3));
        metrics.end(Some("listThings"), 403, Duration::from_millis(30));
        metrics.end(Some("made-up"), 404, Duration::ZERO);
        let text = metrics.render();
        for line in [
            "huoshui_requests_total{operation=\"listThings\",status=\"2xx\"} 1",
            "huoshui_requests_total{operation=\"listThings\",status=\"4xx\"} 1",
            "huoshui_requests_total{operation=\"other\",status=\"4xx\"} 1",
            "huoshui_request_seconds_bucket{operation=\"listThings\",le=\"0.0025\"} 0",
            "huoshui_request_seconds_bucket{operation=\"listThings\",le=\"0.005\"} 1",
            "huoshui_request_seconds_sum{operation=\"listThings\"} 0.033000",
            "huoshui_denied_total 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
