//! The three tables of a filing (per institution and as-of date), field by field as `docs/formats/` prints them.

pub mod codes;
mod disbursements;
mod notes;
mod relationships;

pub use disbursements::DISBURSEMENTS;
pub use notes::NOTES;
pub use relationships::RELATIONSHIPS;
