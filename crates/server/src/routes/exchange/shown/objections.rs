//! Objections and their answers.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::{cell, key_fields};

/// Where an objection stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ObjectionState {
    /// Waiting for the department.
    Open,
    /// Waiting, and the deadline has passed.
    Overdue,
    /// Corrected.
    Accepted,
    /// Not corrected.
    Rejected,
}

/// An objection. Values stand beside it as long as they are kept; here are commitments to them.
#[derive(ToSchema)]
struct Objection {
    id: String,
    /// The enterprise's USCC.
    subject: String,
    /// The account that raised it.
    by: String,
    /// Code of the department that answers.
    department: String,
    resource: String,
    /// Version of the resource's schema.
    schema: u32,
    field: String,
    /// Commitment to the row's key, hexadecimal.
    row: String,
    /// Commitment to the claimed value, hexadecimal.
    claimed: String,
    /// Microseconds since 1970-01-01 UTC.
    raised_at: i64,
    /// The last day to answer.
    #[schema(format = Date)]
    due: String,
}

/// What a department says.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ObjectionVerdict {
    /// The value was wrong and is corrected.
    Accepted {
        /// Commitment to the corrected value, hexadecimal.
        corrected: String,
    },
    /// The value stands.
    Rejected {
        /// Why, as long as it is kept; absent in lists, and to whoever runs the platform.
        reason: Option<String>,
        /// Commitment to the reason, hexadecimal; none in answers of former releases.
        commitment: Option<String>,
    },
}

/// A department's answer.
#[derive(ToSchema)]
struct ObjectionAnswer {
    /// The objection's id.
    objection: String,
    /// The account that answered.
    by: String,
    verdict: ObjectionVerdict,
    /// Microseconds since 1970-01-01 UTC.
    at: i64,
}

/// An objection as its parties see it.
#[derive(ToSchema)]
pub(in super::super) struct ObjectionShown {
    /// The version that an answer names in `If-Match`.
    version: u64,
    state: ObjectionState,
    objection: Objection,
    answered: Option<ObjectionAnswer>,
    /// The row's key fields, as long as they are kept; absent in lists.
    #[schema(schema_with = key_fields, required = false)]
    row: Option<BTreeMap<String, serde_json::Value>>,
    /// What the firm says should be there, as long as it is kept; absent in lists.
    #[schema(schema_with = cell, required = false)]
    claimed: Option<serde_json::Value>,
}

/// A correction, as a recipient sees it that had received the wrong value: neither that nor the right one. The right one is
/// in what it pulls from then on.
#[derive(ToSchema)]
pub(in super::super) struct CorrectionShown {
    /// The objection's id.
    id: String,
    /// What the department answered: always accepted.
    state: ObjectionState,
    /// USCC of the firm.
    subject: String,
    /// Code of the department.
    department: String,
    resource: String,
    /// Version of the resource's schema.
    schema: u32,
    /// The field whose value was wrong.
    field: String,
    /// The date of the row, where rows have one, as long as it is kept.
    #[schema(format = Date)]
    period: Option<String>,
    /// When the department answered, microseconds since 1970-01-01 UTC.
    answered_at: i64,
    /// When the recipient last received the wrong value, microseconds since 1970-01-01 UTC.
    last_pulled_at: i64,
    /// The consents under which it received it: pull again under one that still stands.
    pull_again: Vec<String>,
}

/// An objection for the firm and the department; for a recipient that had received the value, the correction.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "the contract's form, which is never made")]
pub(in super::super) enum ObjectionSeen {
    Party(ObjectionShown),
    Relied(CorrectionShown),
}
