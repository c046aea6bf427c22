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
        /// Why, without the value.
        reason: String,
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
