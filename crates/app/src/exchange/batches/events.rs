//! The events of a resource, in the stream `resource/CODE`. They name files, count rows and say when: never a value that
//! a department keeps, and never whose rows were erased.

use std::collections::BTreeMap;

use huoshui_kernel::Date;
use serde::{Deserialize, Serialize};

use super::name::Extent;

/// What was counted in a batch while it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Empty cells, by field.
    #[serde(default)]
    pub empty: BTreeMap<String, u64>,
    /// Rows that break a rule which does not refuse the batch, by the rule's code.
    #[serde(default)]
    pub violations: BTreeMap<String, u64>,
    /// Rows that break any such rule.
    #[serde(default)]
    pub invalid_rows: u64,
    /// Firms that the registry does not know.
    #[serde(default)]
    pub unknown_firms: u64,
}

/// A batch passed its checks and is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchAccepted {
    /// The resource.
    pub resource: String,
    /// The department that publishes it.
    pub department: String,
    /// Version of the schema that it was checked against.
    pub schema: u32,
    /// The date that its rows are as of.
    pub as_of: Date,
    /// The first date that its rows cover.
    pub covers_from: Date,
    /// Whole or change.
    pub extent: Extent,
    /// Its rows.
    pub rows: u64,
    /// Firms that have any.
    pub firms: u64,
    /// Name of the immutable file that holds them: SHA-256, hexadecimal.
    pub blob: String,
    /// Name of the file that came in.
    pub file: String,
    /// SHA-256 of the file that came in, hexadecimal.
    pub source: String,
    /// What was counted.
    pub quality: Counts,
}

/// A whole batch and the changes above it became one file, so that reading stays fast. Nothing else changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayersMerged {
    /// How many files there were.
    pub merged: u64,
    /// The one that there is.
    pub layer: Layer,
}

/// An immutable file whose rows are in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its name: SHA-256, hexadecimal.
    pub blob: String,
    /// Its rows.
    pub rows: u64,
    /// Firms that have any.
    pub firms: u64,
}

/// A file took the place of another, with some rows left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewritten {
    /// The file that is gone.
    pub old: String,
    /// The file that took its place.
    pub new: Layer,
}

/// Values past the resource's retention were erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// Nothing dated before this is kept.
    pub before: Date,
    /// Files erased whole.
    pub dropped: Vec<String>,
    /// Files that lost some of their rows.
    pub rewritten: Vec<Rewritten>,
    /// Rows erased.
    pub rows: u64,
}

/// The rows of one firm were erased from every file. Whose they were is not said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirmErased {
    /// Files that lost the firm's rows.
    pub rewritten: Vec<Rewritten>,
    /// Rows erased.
    pub rows: u64,
}

/// Event kinds.
pub mod kind {
    /// [`super::BatchAccepted`].
    pub const BATCH_ACCEPTED: &str = "resource.batch_accepted";
    /// [`super::LayersMerged`].
    pub const LAYERS_MERGED: &str = "resource.layers_merged";
    /// [`super::Expired`].
    pub const EXPIRED: &str = "resource.expired";
    /// [`super::FirmErased`].
    pub const FIRM_ERASED: &str = "resource.firm_erased";
    /// All of them.
    pub const ALL: [&str; 4] = [BATCH_ACCEPTED, LAYERS_MERGED, EXPIRED, FIRM_ERASED];
}
