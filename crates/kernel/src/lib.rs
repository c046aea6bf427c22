//! The words every other crate speaks: money, rates, dates, identifiers, table shapes and faults.
//!
//! No business rule and no input or output lives here. Money is integer fen, rates are integer parts per million;
//! every operation that can overflow says so in its type.

pub mod fault;
pub mod shape;

pub use fault::{Fault, FaultSpec, Lang};
