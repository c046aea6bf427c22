//! The HTTP service of the platform: a contract made from code, sign-in, authorization by policy, limits, metrics.
//!
//! Every request passes one door ([`front`]): limits, who asks, whether Cedar permits it. A handler then asks `app`, and
//! turns its answer or its fault into HTTP. How to add an endpoint stands in this crate's README.

pub mod answer;
pub mod authorize;
pub mod city;
pub mod config;
pub mod extract;
pub mod faults;
mod forms;
mod front;
pub mod inbox;
pub mod jobs;
pub mod limits;
mod links;
pub mod log;
mod metrics;
pub mod openapi;
pub mod pool;
pub mod problem;
pub mod routes;
mod serve;
pub mod sse;
mod state;
pub mod status;

pub use problem::Problem;
pub use serve::{Running, asked_to_stop, start};
pub use state::App;
