//! The three tables of a filing (per institution and as-of date), field by field as `docs/formats/` prints them, and the
//! two small tables beside them: explanations of warnings, and targets.

pub mod codes;
mod disbursements;
mod explanations;
mod notes;
mod relationships;
mod targets;

pub use disbursements::DISBURSEMENTS;
pub use explanations::EXPLANATIONS;
pub use notes::NOTES;
pub use relationships::RELATIONSHIPS;
pub use targets::{DIRECTION, TARGETS};
