//! The proof of a line of a log, as `huoshui verify --proof` reads it.

use utoipa::ToSchema;

/// A signed root: field by field what `seals.jsonl` holds.
#[derive(ToSchema)]
struct ProofSeal {
    /// Id of the journal, hexadecimal.
    journal: String,
    /// Events covered.
    size: u64,
    /// The root of the tree over them, hexadecimal.
    root: String,
    /// Microseconds since 1970-01-01 UTC.
    sealed_at: i64,
    key_id: String,
    /// `ed25519`, `sm2`.
    algorithm: String,
    /// Hexadecimal.
    signature: String,
}

/// An event as it was stored. Hashes are in hexadecimal.
#[derive(ToSchema)]
struct ProofEvent {
    stream: String,
    /// Its place in the stream, from 1.
    version: u64,
    /// What happened.
    kind: String,
    /// Schema of the body.
    schema: u32,
    /// The body, byte for byte.
    body: String,
    /// The account behind it.
    actor: String,
    /// Microseconds since 1970-01-01 UTC.
    recorded_at: i64,
    /// The command that wrote it.
    command: String,
    hash: String,
}

/// How the event's hash leads to a signed root.
#[derive(ToSchema)]
struct ProofInclusion {
    /// The event's place in the journal-wide order.
    position: u64,
    /// Hash of the event before it in its stream.
    previous: String,
    /// Sibling hashes from the leaf up (RFC 6962).
    path: Vec<String>,
}

/// How an earlier root leads to a later one.
#[derive(ToSchema)]
struct ProofConsistency {
    /// The later root.
    seal: ProofSeal,
    path: Vec<String>,
}

/// A proof that an entry stands in the sealed journal, to be checked offline.
#[derive(ToSchema)]
pub(in super::super) struct EntryProof {
    /// Always `huoshui-proof/1`.
    format: String,
    event: ProofEvent,
    inclusion: ProofInclusion,
    /// The first root that covers the entry.
    seal: ProofSeal,
    /// That the latest root only added to it; none when it is the latest.
    consistency: Option<ProofConsistency>,
    /// For convenience, as PEM: a check trusts the key that was kept elsewhere, never this one.
    public_key: String,
}
