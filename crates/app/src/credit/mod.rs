//! The credit engine over what the platform holds: rules in force on a day, what departments know of a firm or of all of
//! them, decisions as events, what-if, and how a policy comes into force.
//!
//! Whoever holds the data folder computes over it freely; through the service an institution gets only what an enterprise
//! consented to ([`crate::exchange`]).

pub mod bank;
pub mod book;
pub mod city;
pub mod decisions;
pub mod faults;
pub mod supply;

pub use book::Book;
