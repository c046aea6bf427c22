//! The access log.

use utoipa::ToSchema;

use super::{ConsentState, PurposeNamed, ReleaseMode, SourceStatus};

/// Who asked.
#[derive(ToSchema)]
struct AccessWho {
    /// Code of the institution.
    institution: String,
    /// The account, of a person or a machine.
    account: String,
    /// Id of the key that a machine used.
    key: Option<String>,
}

/// How one source went.
#[derive(ToSchema)]
struct AccessSource {
    resource: String,
    status: SourceStatus,
    /// Code of the reason, when it is not READY.
    reason: Option<String>,
    /// Names of the fields that were released, verified or used; never a value.
    #[schema(required = false)]
    fields: Vec<String>,
    /// Rows dated from here …
    #[schema(format = Date)]
    from: Option<String>,
    /// … to here were asked for, when it is READY.
    #[schema(format = Date)]
    to: Option<String>,
    /// Whether what it answered was stale.
    stale: bool,
    /// Milliseconds.
    latency_ms: u32,
}

/// Who asked for what, under which consent, for which purpose.
#[derive(ToSchema)]
struct AccessEntry {
    id: String,
    /// Microseconds since 1970-01-01 UTC.
    at: i64,
    who: AccessWho,
    /// The consent presented.
    consent: String,
    /// USCC of the enterprise; none where the consent is not known.
    subject: Option<String>,
    /// Code of the purpose that was stated.
    stated_purpose: String,
    /// The policy of authorization that let the asker ask; none in entries of former releases.
    policy: Option<String>,
    /// As signed; none of a refusal.
    purpose: Option<PurposeNamed>,
    mode: ReleaseMode,
    /// SHA-256 of the request, hexadecimal.
    request: String,
    /// Code of the refusal; none where the pull went ahead.
    refused: Option<String>,
    /// Source by source, where it went ahead.
    #[schema(required = false)]
    sources: Vec<AccessSource>,
    /// How long the whole took, milliseconds.
    latency_ms: u32,
    /// How long the recipient may keep what it got, days.
    retention_days: u16,
    /// Commitment to the answer that left, hexadecimal; none where none did.
    commitment: Option<String>,
}

/// How a pull or a verification ended.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum AccessOutcome {
    /// An answer left the platform.
    Released,
    /// An answer left that holds no value, for no source was ready: not counted.
    Empty,
    /// Nothing left.
    Refused,
    /// A repeat: nothing left, nothing was counted.
    Replayed,
}

/// Somebody asked for data.
#[derive(ToSchema)]
struct AccessLogged {
    outcome: AccessOutcome,
    entry: AccessEntry,
    /// Of a repeat: the version of the entry that it repeats.
    repeats: Option<u64>,
    /// Of a release: how many under this consent to this recipient must be remembered to count the next one.
    keep: Option<u32>,
    /// That the count of the firm's releases was brought up to this entry.
    summed: Option<bool>,
}

/// A consent of the firm changed.
#[derive(ToSchema)]
struct AccessConsent {
    consent: String,
    /// Version of its stream.
    version: u64,
    state: ConsentState,
}

/// A department corrected a value of the firm.
#[derive(ToSchema)]
struct AccessCorrected {
    objection: String,
    resource: String,
    field: String,
}

/// What a line tells.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "never made: a form of the contract")]
enum AccessWhat {
    Access(AccessLogged),
    Consent(AccessConsent),
    Corrected(AccessCorrected),
}

/// A line of an access log.
#[derive(ToSchema)]
struct AccessLine {
    /// Its place in the stream: names it for a proof.
    version: u64,
    /// Microseconds since 1970-01-01 UTC.
    recorded_at: i64,
    /// The account behind it.
    by: String,
    what: AccessWhat,
}

/// A page of an access log, newest first.
#[derive(ToSchema)]
pub(in super::super) struct AccessLines {
    stream: String,
    /// All lines that there are.
    total: u64,
    lines: Vec<AccessLine>,
    /// `before` of the next page; null on the last.
    next: Option<u64>,
}
