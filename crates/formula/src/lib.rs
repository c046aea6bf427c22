//! The policy language of Huoshui, edition 1: standard SQL expressions, type-checked, run by three executors with one
//! meaning: [`row`] (one row, with an explanation), [`columns`] (Arrow arrays, both cores) and [`sql`] (text for SQLite
//! and PostgreSQL). This crate never knows what a loan is, and does no input or output.

pub mod columns;
pub mod compile;
pub mod faults;
pub mod format;
pub mod ir;
mod like;
#[doc(hidden)]
pub mod mutants;
pub mod num;
mod order;
pub mod row;
pub mod sql;
pub mod value;
mod walk;

pub use compile::Params;
pub use ir::{Aggregate, AggregateFn, Column, Expr, Node, Output, Query, Schema, Span};
pub use value::{Type, Value};
