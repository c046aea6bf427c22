//! One row at a time: a policy on one enterprise in about a microsecond, with an explanation of what decided.

mod build;
mod eval;
mod explain;
mod group;
mod program;

pub use explain::{Explanation, Part, explain};
pub use group::{Selection, run};
pub use program::Program;
