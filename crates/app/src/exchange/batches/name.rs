//! What a department's file is, by its name: `RESOURCE.AS_OF.whole.csv`, `RESOURCE.AS_OF.change.parquet`.

use std::path::Path;

use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::faults;

/// What a batch holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Everything that the department has: it takes the place of all before it.
    Whole,
    /// Rows that are new or changed: each takes the place of the row of its key, all others stay.
    Change,
}

impl Extent {
    /// Its word in a file's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Change => "change",
        }
    }
}

/// A batch's name, read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The resource.
    pub resource: String,
    /// The date that the rows are as of.
    pub as_of: Date,
    /// Whole or change.
    pub extent: Extent,
}

impl Name {
    /// Reads the name of a file; none when it is not named as a batch.
    ///
    /// # Errors
    /// `batch.file_name`, a date fault.
    pub fn of(path: &Path) -> Option<Result<Self>> {
        let file = path.file_name()?.to_str()?;
        let parts: Vec<&str> = file.split('.').collect();
        let malformed = || Some(Err(Fault::new(&faults::BATCH_NAME).with("file", file)));
        match parts.as_slice() {
            [resource, as_of, extent @ ("whole" | "change"), extension] => {
                if !matches!(extension.to_ascii_lowercase().as_str(), "csv" | "parquet") || resource.is_empty() {
                    return malformed();
                }
                let extent = if *extent == "whole" { Extent::Whole } else { Extent::Change };
                let read = date::parse(as_of).map_err(|fault| fault.field(file.to_owned()));
                Some(read.map(|as_of| Self { resource: (*resource).to_owned(), as_of, extent }))
            }
            parts if parts.iter().any(|p| matches!(*p, "whole" | "change")) => malformed(),
            _ => None,
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.resource, self.as_of, self.extent.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_batch_is() {
        let name = Name::of(Path::new("in/social_security.2025-09-30.whole.Parquet")).unwrap().unwrap();
        assert_eq!(name.to_string(), "social_security.2025-09-30.whole");
        assert_eq!(Name::of(Path::new("penalties.2025-10-08.change.csv")).unwrap().unwrap().extent, Extent::Change);
        for (file, code) in [
            ("penalties.2025-02-30.whole.csv", "date.invalid"),
            ("penalties.whole.csv", "batch.file_name"),
            ("penalties.2025-09-30.whole.xlsx", "batch.file_name"),
            ("penalties.B0001.2025-09-30.whole.csv", "batch.file_name"),
        ] {
            assert_eq!(Name::of(Path::new(file)).unwrap().unwrap_err().code(), code, "{file}");
        }
        assert!(Name::of(Path::new("notes.B0001.2025-09-30.csv")).is_none());
    }
}
