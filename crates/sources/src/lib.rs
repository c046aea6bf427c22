//! Outbound HTTP to remote departments.
//!
//! A department that keeps its own data answers for one firm and one resource over the protocol of
//! `docs/formats/remote-departments.md`. [`Sources`] asks several at once; each [`Remote`] has its own deadline, retries,
//! circuit breaker, bulkhead, cache and health, so that a slow, dead or lying department costs its own part of an answer
//! and nothing else. Whatever a department sends is bounded in bytes, rows and time, and checked cell by cell before it
//! is handed on. What an answer means, and what of it may leave, is not said here.

mod ask;
mod breaker;
mod cache;
mod check;
mod connect;
pub mod faults;
mod health;
mod remote;
mod request;
mod settings;
mod sources;
mod tls;
mod wire;

pub use ask::{Answer, Ask, Column, Kind, Outcome, Resource, Served};
pub use breaker::State;
pub use health::{CacheUse, Failure, Health, Latency};
pub use remote::{Clock, Endpoint, Jitter, Remote, SeededJitter};
pub use settings::{BreakerSettings, CacheSettings, Secret, Settings};
pub use sources::Sources;
