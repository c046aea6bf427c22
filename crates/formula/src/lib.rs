//! The policy language of Huoshui, edition 1: standard SQL expressions, type-checked, run by three executors with one
//! meaning: [`row`] (one row, with an explanation), [`columns`] (Arrow arrays, both cores) and [`sql`] (text for SQLite
//! and PostgreSQL). This crate never knows what a loan is, and does no input or output.

pub mod ir;
pub mod value;

pub use ir::{Aggregate, AggregateFn, Column, Expr, Node, Output, Query, Schema, Span};
pub use value::{Type, Value};
