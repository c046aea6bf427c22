//! Writing tables as files. Every file appears under its name only when it is whole.

mod atomic;
pub(crate) mod csv;
pub mod marked;
mod parquet;
pub(crate) mod show;
pub(crate) mod xlsx;

use huoshui_kernel::Fault;
use huoshui_kernel::shape::{CodeName, TableShape};

pub(crate) use self::atomic::AtomicFile;
pub use self::csv::{CsvWriter, csv};
pub use self::parquet::{ParquetWriter, parquet};
pub use self::xlsx::xlsx;
use crate::faults;

/// How headers, codes and flags are written: all of them are read back alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeaderLang {
    /// Column names, codes, `Y` and `N`: for machines.
    #[default]
    Code,
    /// Chinese headers, Chinese names of codes, 是 and 否: for people.
    Zh,
}

impl HeaderLang {
    /// How a code is written.
    pub(crate) fn code_name(self, name: &CodeName) -> &'static str {
        match self {
            Self::Code => name.code,
            Self::Zh => name.zh,
        }
    }

    /// How a flag is written.
    pub(crate) fn flag(self, value: bool) -> &'static str {
        match (self, value) {
            (Self::Code, true) => "Y",
            (Self::Code, false) => "N",
            (Self::Zh, true) => "是",
            (Self::Zh, false) => "否",
        }
    }
}

/// The fault of data that are not of the shape.
pub(crate) fn mismatch(shape: &TableShape, column: &str) -> Fault {
    Fault::new(&faults::SHAPE_MISMATCH).with("table", shape.zh).with("column", column)
}
