//! How departments do: health, quality, use.

use std::collections::BTreeMap;

use utoipa::ToSchema;

/// The last fault of a department.
#[derive(ToSchema)]
struct SourceFailure {
    code: String,
    /// Microseconds since 1970-01-01 UTC.
    at: i64,
}

/// Latencies of a department's last calls, microseconds.
#[derive(ToSchema)]
struct SourceLatency {
    /// How many calls.
    samples: u64,
    p50_us: u64,
    p99_us: u64,
}

/// What is kept of a department's answers.
#[derive(ToSchema)]
struct SourceCache {
    /// Answers.
    entries: u64,
    /// Bytes, about.
    bytes: u64,
}

/// Whether a department is asked at all.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum SourceState {
    /// Calls go through.
    Closed,
    /// It is left alone.
    Open,
    /// One call at a time tries whether it is well again.
    HalfOpen,
}

/// How a remote department does.
#[derive(ToSchema)]
pub(in super::super) struct SourceHealth {
    department: String,
    state: SourceState,
    /// How long it is still left alone, milliseconds.
    resting_ms: Option<u64>,
    /// Requests under way.
    in_flight: u64,
    /// Requests waiting for a place.
    waiting: u64,
    /// Microseconds since 1970-01-01 UTC.
    #[schema(required = true)]
    last_success_at: Option<i64>,
    #[schema(required = true)]
    last_failure: Option<SourceFailure>,
    #[schema(required = true)]
    latency: Option<SourceLatency>,
    /// How many questions ended how: `live`, `cached`, `stale`, `left`, or a code of a fault.
    counts: BTreeMap<String, u64>,
    cache: SourceCache,
}

/// Whole, or change.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum BatchExtent {
    /// Everything that the department has.
    Whole,
    /// Rows that are new or changed.
    Change,
}

/// How often a field is filled.
#[derive(ToSchema)]
struct FieldFilled {
    field: String,
    /// Of the rows, parts per million; null without rows.
    #[schema(required = true)]
    filled: Option<i64>,
}

/// What one batch was like when it came.
#[derive(ToSchema)]
pub(in super::super) struct BatchQuality {
    /// Its event's version in `resource/CODE`.
    version: u64,
    /// The date that its rows are as of.
    #[schema(format = Date)]
    as_of: String,
    extent: BatchExtent,
    /// Microseconds since 1970-01-01 UTC.
    recorded_at: i64,
    /// Rows that came.
    rows: u64,
    /// Firms that had any.
    firms: u64,
    /// Firms that the registry did not know.
    unknown_firms: u64,
    /// In the schema's order.
    completeness: Vec<FieldFilled>,
    /// Cells that are filled, of all cells of the rows, parts per million; null without rows.
    #[schema(required = true)]
    filled: Option<i64>,
    /// Rows that break no rule, parts per million; null without rows.
    #[schema(required = true)]
    validity: Option<i64>,
    /// Rows that break each rule that does not refuse, by the rule's code.
    violations: BTreeMap<String, u64>,
    /// Days from the day that the rows are of until they came.
    age_days: i32,
    /// Days that this is over the department's lag; 0 when it came in time.
    late_days: i32,
}

/// How a resource stands today.
#[derive(ToSchema)]
pub(in super::super) struct SourceQuality {
    resource: String,
    /// Code of the department that publishes it.
    department: String,
    /// The date that its rows are as of; null when nothing is in force.
    #[schema(required = true, format = Date)]
    as_of: Option<String>,
    /// Whether a department answers for it over HTTP: how it answers says `/v1/exchange/resources/{resource}/answers`.
    remote: bool,
    /// Whether they are older than cycle and lag allow; nothing in force counts as stale, where nothing remote answers.
    stale: bool,
    /// Whether the public holidays that this rests on are known; otherwise only weekends were seen.
    holidays_known: bool,
    /// The last batch.
    #[schema(required = true)]
    last: Option<BatchQuality>,
}

/// Releases of a resource for a purpose to a recipient.
#[derive(ToSchema)]
struct UseCount {
    resource: String,
    /// Code of the purpose.
    purpose: String,
    /// Code of the institution.
    recipient: String,
    pulls: u64,
}

/// Who uses what.
#[derive(ToSchema)]
pub(in super::super) struct UseCounts {
    /// By resource, purpose and recipient.
    items: Vec<UseCount>,
    /// The address of the next page; absent on the last.
    #[schema(nullable = false)]
    next: Option<String>,
    /// Sealed events that are counted.
    counted: u64,
    /// Whether these are all: a server that has just started counts on.
    complete: bool,
    /// Releases of further kinds than are remembered.
    left_out: u64,
}

/// Answers by how long they took.
#[derive(ToSchema)]
struct AnswerLatency {
    /// Up to 100 ms.
    to_100_ms: u64,
    /// Longer, up to 300 ms.
    to_300_ms: u64,
    /// Longer, up to a second.
    to_1_s: u64,
    /// Longer, up to three seconds.
    to_3_s: u64,
    longer: u64,
}

/// How a source answered the pulls of a day that went ahead.
#[derive(ToSchema)]
struct DayAnswers {
    /// The city's day.
    #[schema(format = Date)]
    day: String,
    /// Pulls that asked it.
    asked: u64,
    /// Those that it answered, be it that it has nothing of the firm; parts per million of those that asked.
    #[schema(required = true)]
    answered: Option<i64>,
    /// It gave rows, or said that there are none.
    ready: u64,
    /// It has nothing of the firm.
    no_data: u64,
    /// Nothing left for another reason.
    denied: u64,
    /// It rested after failures.
    pending: u64,
    /// It did not answer in time.
    timeout: u64,
    /// Among those ready: older than cycle and lag allow, or an earlier answer in the place of one.
    stale: u64,
    /// Among those denied: its schema was not the catalogue's.
    drifted: u64,
    latency: AnswerLatency,
}

/// How the source of a resource answered, the newest day first.
#[derive(ToSchema)]
pub(in super::super) struct SourceAnswers {
    items: Vec<DayAnswers>,
    /// The address of the next page; absent on the last.
    #[schema(nullable = false)]
    next: Option<String>,
    /// Whether a department answers for it over HTTP.
    remote: bool,
}
