//! Supervision: what banks file, how it is checked, and what each figure means.
//!
//! Pure functions over Arrow batches and dates. A filing is checked by [`checks::run`]; the columns that figures read are
//! built by [`relations`]; figures come from [`indicators::evaluate`], and every one of them opens into its rows by
//! [`indicators::drill`]; [`brief::render`] makes a report of them. The rules themselves are files under `policies/`, embedded in [`embedded`].

mod arrow;
pub mod brief;
pub mod checks;
pub mod embedded;
pub mod faults;
pub mod filings;
pub mod indicators;
mod policy;
pub mod relations;
pub mod targets;
