//! Departments' batches: what is refused and changes nothing, how batches lie over one another, who sees them when, what is
//! erased, and the figures of their quality.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod drift;
mod erasing;
mod importing;
mod measured;
mod model;
mod overlay;
mod samples;
mod versions;
mod world;
