//! The contract's forms of what the exchange answers: the use cases' own types, as callers read them.
#![allow(dead_code, reason = "the contract's forms of the use cases' types")]

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::ToSchema;

/// Where rows come from.
#[derive(ToSchema)]
pub(super) struct Origin {
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

/// Rows: money in fen, rates in parts per million, dates as `2025-09-30`, null for empty.
#[derive(ToSchema)]
pub(super) struct Rows {
    columns: Vec<String>,
    #[schema(schema_with = cells)]
    rows: Vec<Vec<Value>>,
}

fn cells() -> utoipa::openapi::schema::Array {
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, SchemaType};
    let cell = ObjectBuilder::new().schema_type(SchemaType::AnyValue).build();
    ArrayBuilder::new().items(ArrayBuilder::new().items(cell)).build()
}

/// One resource's part of an answer.
#[derive(ToSchema)]
pub(super) struct PullPart {
    resource: String,
    /// READY, DENIED, PENDING, TIMEOUT.
    status: String,
    /// Code of the reason, when it is not READY.
    reason: Option<String>,
    provenance: Option<Origin>,
    /// READY without rows: whether the department knows that there is nothing.
    known_empty: Option<bool>,
    data: Rows,
}

/// A purpose as the consent names it.
#[derive(ToSchema)]
pub(super) struct PurposeNamed {
    code: String,
    version: u32,
    /// SHA-256 of its canonical form.
    hash: String,
}

/// Fields that left the schema since they were signed for.
#[derive(ToSchema)]
pub(super) struct DroppedFields {
    resource: String,
    fields: Vec<String>,
}

/// Whether a claim holds.
#[derive(ToSchema)]
pub(super) struct ClaimVerdict {
    resource: String,
    field: String,
    /// match, no_match, unknown.
    verdict: String,
}

/// What the platform signed.
#[derive(ToSchema)]
pub(super) struct PullAnswer {
    consent: String,
    /// The enterprise's USCC.
    subject: String,
    recipient: String,
    purpose: PurposeNamed,
    /// values, verify, derived.
    mode: String,
    /// Microseconds since 1970-01-01 UTC.
    pulled_at: i64,
    /// How long it may be kept, days.
    retention_days: u16,
    /// Pulls that are left in the consent's window.
    remaining: u32,
    parts: Vec<PullPart>,
    dropped: Vec<DroppedFields>,
    verdicts: Option<Vec<ClaimVerdict>>,
}

/// The entry of the enterprise's log that tells of an answer.
#[derive(ToSchema)]
pub(super) struct LogPlace {
    stream: String,
    version: u64,
}

/// A signed answer, with all that its receiver needs to check it offline.
#[derive(ToSchema)]
pub(super) struct SignedAnswer {
    answer: PullAnswer,
    salt: String,
    commitment: String,
    signature: String,
    key_id: String,
    algorithm: String,
    entry: LogPlace,
}

/// A consent as its parties see it.
#[derive(ToSchema)]
pub(super) struct ConsentShown {
    id: String,
    /// What `version` of a step compares.
    version: u64,
    /// requested, declined, granted, paused, revoked, expired.
    state: String,
    /// The draft, the artefact that was signed, its signature.
    #[schema(value_type = Object)]
    consent: Value,
}

/// A line of an access log.
#[derive(ToSchema)]
pub(super) struct AccessLine {
    version: u64,
    /// Microseconds since 1970-01-01 UTC.
    recorded_at: i64,
    /// The account behind it.
    by: String,
    /// `access`, `consent` or `corrected`, with what happened.
    #[schema(value_type = Object)]
    what: Value,
}

/// A page of an access log, newest first.
#[derive(ToSchema)]
pub(super) struct AccessLines {
    stream: String,
    /// All lines that there are.
    total: u64,
    lines: Vec<AccessLine>,
    /// `before` of the next page.
    next: Option<u64>,
}

/// The last fault of a department.
#[derive(ToSchema)]
pub(super) struct SourceFailure {
    code: String,
    at: i64,
}

/// Latencies of a department's last calls.
#[derive(ToSchema)]
pub(super) struct SourceLatency {
    samples: u64,
    p50_us: u64,
    p99_us: u64,
}

/// What is kept of a department's answers.
#[derive(ToSchema)]
pub(super) struct SourceCache {
    entries: u64,
    bytes: u64,
}

/// How a remote department does.
#[derive(ToSchema)]
pub(super) struct SourceHealth {
    department: String,
    /// Whether it is asked at all.
    state: String,
    /// How long it is still left alone, milliseconds.
    resting_ms: Option<u64>,
    in_flight: u64,
    waiting: u64,
    /// Microseconds since 1970-01-01 UTC.
    last_success_at: Option<i64>,
    last_failure: Option<SourceFailure>,
    latency: Option<SourceLatency>,
    /// How many questions ended how.
    counts: BTreeMap<String, u64>,
    cache: SourceCache,
}

/// All remote departments.
#[derive(ToSchema)]
pub(super) struct SourceHealths {
    items: Vec<SourceHealth>,
}

/// Releases of a resource for a purpose to a recipient.
#[derive(ToSchema)]
pub(super) struct UseCount {
    resource: String,
    purpose: String,
    recipient: String,
    pulls: u64,
}

/// Who uses what.
#[derive(ToSchema)]
pub(super) struct UseCounts {
    items: Vec<UseCount>,
}

/// A resource in a list.
#[derive(ToSchema)]
pub(super) struct ResourceLine {
    code: String,
    zh: String,
    en: String,
    department: String,
    schema: u32,
    /// How often it is renewed.
    cycle: String,
    /// What may be handed out of it.
    release: String,
    /// How many fields it has.
    fields: u64,
    /// Whether its department answers itself.
    remote: bool,
}

/// The resources that apply.
#[derive(ToSchema)]
pub(super) struct ResourceLines {
    items: Vec<ResourceLine>,
}

/// A public key.
#[derive(ToSchema)]
pub(super) struct PublicPem {
    pem: String,
}

/// That the service could sign in, decide and write.
#[derive(ToSchema)]
pub(super) struct Probed {
    /// False for a repeat under the same key.
    first_time: bool,
}
