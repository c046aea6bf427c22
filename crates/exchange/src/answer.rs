//! What a pull gives back, part by part, and where each part comes from.

use huoshui_kernel::Date;
use serde::{Deserialize, Serialize};

/// How one source answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Here are the rows; none may be what the department knows ([`Part::known_empty`]).
    Ready,
    /// Nothing leaves: the reason says why.
    Denied,
    /// The department is at work, or rests after failures; ask again later.
    Pending,
    /// The department did not answer before the deadline.
    Timeout,
}

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Code of the department.
    pub department: String,
    /// Version of the resource's schema.
    pub schema: u32,
    /// The date that the department's data are of.
    pub as_of: Date,
    /// The first date that the data cover.
    pub covers_from: Date,
    /// When the platform got them, microseconds since 1970-01-01 UTC.
    pub fetched_at: i64,
    /// Whether they are older than the resource's cycle and lag allow.
    pub stale: bool,
}

/// The rows of one firm in one resource: cells in the schema's order (`uscc` left out), as JSON: money in fen, rates in
/// parts per million, dates as `2025-09-30`, null for empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows {
    /// Names of the cells.
    pub columns: Vec<String>,
    /// The rows, by key.
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// What a source said, before the consent's fields are picked from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// All fields of the firm's rows. No rows from a resource with [`crate::catalogue::Absent::Nothing`] is knowledge.
    Found(Rows, Provenance),
    /// The department's data are not there, or do not cover the firm.
    Missing,
    /// The source is at work or resting.
    Pending,
    /// No answer before the deadline.
    Timeout,
    /// The source answered something that cannot be used: another schema, another firm, no data. The stable code of the
    /// fault; details are in the source's health, not here.
    Unusable(String),
}

/// One resource's part of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The resource.
    pub resource: String,
    /// How it went.
    pub status: Status,
    /// Stable code of the reason, when it is not READY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the rows come from, when it is READY.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// READY without rows: whether the department knows that there is nothing (`true`) or does not know the firm (`false`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_empty: Option<bool>,
    /// The fields that the consent names, no others.
    #[serde(default)]
    pub data: Rows,
}
