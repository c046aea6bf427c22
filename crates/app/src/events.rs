//! The events that the use cases write, as JSON. A field is never renamed; a new meaning gets a new schema number.

use std::collections::BTreeMap;

use huoshui_kernel::date::Date;
use serde::{Deserialize, Serialize};

/// A filed table: the immutable Parquet file that holds its rows, and the file that it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRef {
    /// Name of the Parquet file among the immutable files: SHA-256, hexadecimal.
    pub blob: String,
    /// Rows in it.
    pub rows: u64,
    /// Name of the file that came in.
    pub file: String,
    /// SHA-256 of the file that came in, hexadecimal.
    pub source: String,
}

/// `registry/*`: a table of the registry was recorded (`institutions`, `departments`, `enterprises`, `targets`) or a list
/// applied (`roster`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryRecorded {
    /// The date the table is of; none for undated tables.
    pub date: Option<Date>,
    /// Its rows.
    pub table: TableRef,
    /// What it changed, by kind of change.
    #[serde(default)]
    pub changes: BTreeMap<String, u64>,
}

/// `filing/INSTITUTION`: a filing passed its checks and is in force for its date until a later one replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingAccepted {
    /// Who filed.
    pub institution: String,
    /// As of when.
    pub as_of: Date,
    /// All tables in force, those carried over from the former filing included.
    pub tables: BTreeMap<String, TableRef>,
    /// Names of the tables carried over.
    #[serde(default)]
    pub carried: Vec<String>,
    /// How often each warning fired, by check code.
    #[serde(default)]
    pub warnings: BTreeMap<String, u64>,
    /// The bank's explanation of each warning, by check code.
    #[serde(default)]
    pub explanations: BTreeMap<String, String>,
    /// Digest of the checks that it passed.
    #[serde(default)]
    pub checks: String,
}

/// `query/ID`: banks contradict each other and both are asked; or an institution corrected an earlier filing, and the one
/// after it no longer follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryOpened {
    /// The check that found it.
    pub check: String,
    /// As of when.
    pub as_of: Date,
    /// The enterprise concerned; empty when an institution is asked about its own filings.
    pub borrower: String,
    /// Institution and note of each claim.
    pub claims: Vec<(String, String)>,
}

/// Event kinds.
pub mod kind {
    /// [`super::RegistryRecorded`].
    pub const REGISTRY_RECORDED: &str = "registry.recorded";
    /// [`super::FilingAccepted`].
    pub const FILING_ACCEPTED: &str = "filing.accepted";
    /// [`super::QueryOpened`].
    pub const QUERY_OPENED: &str = "query.opened";
}
