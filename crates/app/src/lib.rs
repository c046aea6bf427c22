//! Use cases: load, join by date, decide, commit; import and export. No rule of the business stands here: rules are
//! policies, run by the domain crates on what this crate brings them.

pub mod access;
mod blobs;
pub mod brief;
mod cells;
pub mod credit;
pub mod events;
pub mod exchange;
pub mod export;
pub mod faults;
pub mod figures;
pub mod filings;
pub mod folder;
pub mod import;
pub mod jobs;
pub mod library;
pub mod names;
pub mod people;
pub mod policies;
pub mod progress;
mod relations;
mod rows;
pub mod seal;
mod states;
mod streams;
pub mod verify;

pub use folder::{Mode, Workspace};
pub use relations::Stored;
pub use streams::{KnownAt, beijing};
