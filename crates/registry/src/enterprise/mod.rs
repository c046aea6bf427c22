//! Enterprises: what is registered of each on a date, kept as a history.

mod history;
mod row;

pub use history::Enterprises;
pub use row::{Enterprise, EnterpriseRow, check};
