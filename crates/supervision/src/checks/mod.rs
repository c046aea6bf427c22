//! Filing checks: every rule that a filing must meet is a policy under `policies/checks/`.
//!
//! [`run`] judges one filing; [`between_banks`] asks over the whole city. One mistake gives one finding: how, is said in
//! `policies/checks/README.md`.

mod between;
mod book;
mod filing;
mod findings;
mod joins;
mod keys;
mod package;
mod run;
mod schema;
mod show;
mod taints;
mod verdict;

pub use between::{Claim, Conflict, between_banks};
pub use book::{Book, Check, CheckTable, Family, Severity};
pub use findings::{Finding, MAX_FINDINGS, Report};
pub use package::{CellProblem, Context, Package, Part, Previous};
pub use run::run;
pub use verdict::{Verdict, explained, verdict};
