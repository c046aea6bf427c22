//! Files to Arrow and back: csv, xlsx and Parquet read and written against a [`TableShape`](huoshui_kernel::shape::TableShape).
//!
//! Reading streams typed batches with bounded memory. A cell that cannot be read becomes null and is reported with its
//! row, its column and a stable code; a file that cannot be read is a [`Fault`](huoshui_kernel::Fault). Nothing here
//! knows what a row means.

mod assemble;
mod cell;
mod column;
mod csv;
pub mod docs;
pub mod faults;
mod header;
mod limits;
pub mod loose;
mod parquet;
mod raw;
pub mod read;
pub mod rows;
pub mod schema;
pub mod table;
pub mod write;
mod xlsx;

pub use limits::Limits;
pub use read::{CellProblem, Chunk, TableReader};
