//! Credit: features of an enterprise, its profile and tags, gates, scorecards, products and explained decisions.
//!
//! Pure functions over Arrow batches, profiles and dates. [`rules::Policies`] are all versions of all policies;
//! [`rules::Rules`] are those in force on a day, compiled. From [`relations::Supply`] they make a [`profile::Profile`] of
//! one firm or a [`table::Table`] of a city, the same values either way; from a profile tags, a radar and a score; from a
//! profile and an application a [`decide::Decision`] that says what would change it. What is missing is never approved.

pub mod cards;
pub mod cases;
mod cells;
pub mod decide;
pub mod embedded;
mod engine;
pub mod faults;
pub mod features;
pub mod gates;
pub mod governance;
mod needs;
pub mod policy;
pub mod product;
pub mod profile;
pub mod relations;
pub mod rules;
pub mod suspended;
pub mod table;
pub mod tags;
pub mod value;
pub mod whatif;

pub use engine::{Advice, Scores};
pub use needs::Need;
