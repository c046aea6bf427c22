//! Files: everything leaves the generator here, in the shapes that the import reads.

mod explanations;
mod filings;
mod groups;
mod notes;
mod registry;
mod relationships;
mod stream;
mod table;

pub(crate) use filings::{Shelf, write as write_filings};
pub(crate) use groups::form as form_groups;
pub(crate) use registry::write as write_registry;
pub(crate) use stream::Stream;
pub(crate) use table::{Cell, Format, Rows, folder};
