//! Supervision: what banks file, how it is checked, and what each figure means.

pub mod filings;
