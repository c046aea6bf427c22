//! What a pull or a verification answers.

use utoipa::ToSchema;

use super::{Origin, PurposeNamed, ReleaseMode, ReleasedRows, SourceStatus};

/// One resource's part of an answer.
#[derive(ToSchema)]
struct PullPart {
    resource: String,
    status: SourceStatus,
    /// Code of the reason, when it is not READY.
    reason: Option<String>,
    provenance: Option<Origin>,
    /// READY without rows: whether the department knows that there is nothing.
    known_empty: Option<bool>,
    data: ReleasedRows,
}

/// Fields that left the schema since they were signed for.
#[derive(ToSchema)]
struct DroppedFields {
    resource: String,
    fields: Vec<String>,
}

/// What the department's value says to a claim.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Verdict {
    /// It is the same.
    Match,
    /// It is another, or the department knows that there is no such row.
    NoMatch,
    /// The department does not say: no answer, no such row, an empty cell.
    Unknown,
}

/// Whether a claim holds; without any value.
#[derive(ToSchema)]
struct ClaimVerdict {
    resource: String,
    field: String,
    verdict: Verdict,
}

/// What the platform signed.
#[derive(ToSchema)]
struct PullAnswer {
    consent: String,
    /// The enterprise's USCC.
    subject: String,
    /// Code of the institution.
    recipient: String,
    purpose: PurposeNamed,
    mode: ReleaseMode,
    /// Microseconds since 1970-01-01 UTC.
    pulled_at: i64,
    /// How long it may be kept, days.
    retention_days: u16,
    /// Pulls that are left in the consent's window.
    remaining: u32,
    /// One for each resource; of a verification the sources that were asked, without rows.
    parts: Vec<PullPart>,
    dropped: Vec<DroppedFields>,
    /// Of a verification, in the order of the claims.
    verdicts: Option<Vec<ClaimVerdict>>,
}

/// The entry of the enterprise's log that tells of an answer.
#[derive(ToSchema)]
struct LogPlace {
    stream: String,
    version: u64,
}

/// Where an answer's commitment stands in the Merkle tree that was signed: answers that were ready at one moment share a
/// signature. Leaves and nodes are hashed as in RFC 6962.
#[derive(ToSchema)]
struct SignedBatch {
    /// The leaf, from 0.
    place: u64,
    /// Leaves of the tree.
    size: u64,
    /// Siblings from the leaf to the root, hexadecimal.
    path: Vec<String>,
}

/// A signed answer, with all that its receiver needs to check it offline.
#[derive(ToSchema)]
pub(in super::super) struct SignedAnswer {
    answer: PullAnswer,
    /// Random bytes that the commitment was made with, hexadecimal.
    salt: String,
    /// What stands in the log: SHA-256 over salt and answer, hexadecimal.
    commitment: String,
    /// Over the bytes `huoshui/answers/1`, a zero byte, the batch's size (8 bytes, big-endian) and the root that the
    /// commitment leads to, hexadecimal.
    signature: String,
    key_id: String,
    /// `ed25519`, `sm2`.
    algorithm: String,
    entry: LogPlace,
    batch: SignedBatch,
}

/// That the service could sign in, decide and write.
#[derive(ToSchema)]
pub(in super::super) struct Probed {
    /// False for a repeat under the same key.
    first_time: bool,
}
