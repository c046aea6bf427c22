//! Workbooks, read as a stream of rows.

pub(crate) mod guard;
pub(crate) mod read;
pub(crate) mod rows;
