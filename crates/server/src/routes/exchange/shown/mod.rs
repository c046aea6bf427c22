//! The contract's forms of what the exchange answers: the use cases' own types, as callers read them. Every answer of the
//! service's tests is held against them (`tests/common/held.rs`), so that one that drifts from its type fails.
#![allow(dead_code, reason = "the contract's forms of the use cases' types")]

mod catalogue;
mod consents;
mod log;
mod lookup;
mod objections;
mod proof;
mod pulls;
mod sources;

pub(super) use catalogue::{PublicPem, PurposeLine, ResourceDetail, ResourceLine};
pub(super) use consents::{ConsentReceipt, ConsentShown, ExchangeNotice};
pub(super) use log::AccessLines;
pub(super) use lookup::{FirmCard, FirmsFound};
pub(super) use objections::{ObjectionSeen, ObjectionShown};
pub(super) use proof::EntryProof;
pub(super) use pulls::{Probed, SignedAnswer};
pub(super) use sources::{BatchQuality, SourceAnswers, SourceHealth, SourceQuality, UseCounts};

use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType, Type};

/// A value of the exchange: which of these a field has, its resource says. Money in fen, rates in parts per million, dates
/// as `2025-09-30`, null for empty.
fn cell() -> ObjectBuilder {
    let kinds = [Type::String, Type::Integer, Type::Boolean, Type::Null];
    let types: SchemaType = kinds.into_iter().collect();
    ObjectBuilder::new().schema_type(types)
}

fn row() -> ArrayBuilder {
    ArrayBuilder::new().items(cell())
}

fn cells() -> ArrayBuilder {
    ArrayBuilder::new().items(row())
}

/// The key fields of a row, by name.
fn key_fields() -> ObjectBuilder {
    let types = SchemaType::from_iter([Type::Object, Type::Null]);
    ObjectBuilder::new().schema_type(types).additional_properties(Some(cell()))
}

/// At most so many pulls in so many days, counted back from the pull.
#[derive(ToSchema)]
struct PullFrequency {
    count: u32,
    days: u32,
}

/// A purpose as the consent names it.
#[derive(ToSchema)]
struct PurposeNamed {
    code: String,
    version: u32,
    /// SHA-256 of its canonical form, hexadecimal.
    hash: String,
}

/// What leaves under a purpose.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ReleaseMode {
    /// The values themselves.
    Values,
    /// Match, no match or unknown for a claimed value.
    Verify,
    /// Tags and scores only; no field.
    Derived,
}

/// Where a consent stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ConsentState {
    Requested,
    Declined,
    Granted,
    Paused,
    Revoked,
    Expired,
}

/// How a source answered.
#[derive(ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
enum SourceStatus {
    /// Here are the rows; none may be what the department knows.
    Ready,
    /// Nothing leaves: the reason says why.
    Denied,
    /// The department is at work, or rests after failures; ask again later.
    Pending,
    /// The department did not answer before the deadline.
    Timeout,
}

/// Where rows come from.
#[derive(ToSchema)]
struct Origin {
    /// Code of the department.
    department: String,
    /// Version of the resource's schema.
    schema: u32,
    /// The date that the department's data are of.
    #[schema(format = Date)]
    as_of: String,
    /// The first date that they cover.
    #[schema(format = Date)]
    covers_from: String,
    /// When the platform got them, microseconds since 1970-01-01 UTC.
    fetched_at: i64,
    /// Whether they are older than the resource's cycle and lag allow.
    stale: bool,
}

/// Rows of one firm: money in fen, rates in parts per million, dates as `2025-09-30`, null for empty.
#[derive(ToSchema)]
struct ReleasedRows {
    /// Names of the cells.
    columns: Vec<String>,
    /// The rows, each with a cell for each column.
    #[schema(schema_with = cells)]
    rows: Vec<Vec<serde_json::Value>>,
}
