//! Benchmarks of the hot paths. Machines are noisy, so an absolute time proves nothing: every row carries the figure, the
//! limit (a stated peer or a bare loop, measured in the same run) and their ratio.

use huoshui_kernel::fault::Result;

mod authorize;
mod batches;
mod decisions;
pub mod durable;
pub mod faults;
mod features;
mod import;
mod lookup;
pub mod memory;
mod policy_columns;
mod policy_row;
mod positions;
mod pulls;
mod scoring;
mod service;

pub use service::settle;

/// One printed row of `huoshui bench`.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Row {
    /// Stable name, `area_what`.
    pub name: String,
    /// What was measured.
    pub figure: f64,
    /// Its unit (`events/s`, `rows/s`, `µs`, `s`).
    pub unit: &'static str,
    /// The same of the limit or peer, measured in this run; none where there is no peer.
    pub limit: Option<f64>,
    /// How near the figure comes to the limit: 1 is as good as it; for times it is limit ÷ figure.
    pub ratio: Option<f64>,
    /// The ratio (or, where there is no limit, the figure) aimed at.
    pub aim: Option<f64>,
}

/// A group of benchmarks under one name on the command line.
pub struct Bench {
    /// The name.
    pub name: &'static str,
    /// What it measures, in Chinese and in English.
    pub what: (&'static str, &'static str),
    /// Runs it; `say` shows progress. `small` is a smoke run for tests, its figures worthless.
    pub run: fn(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>>,
}

/// All groups, in the order in which they run.
#[must_use]
pub fn all() -> Vec<Bench> {
    vec![
        durable::BENCH,
        positions::BENCH,
        policy_columns::BENCH,
        policy_row::BENCH,
        import::BENCH,
        import::many::BENCH,
        batches::BENCH,
        lookup::BENCH,
        authorize::BENCH,
        pulls::BENCH,
        scoring::BENCH,
        features::BENCH,
        decisions::BENCH,
    ]
}
