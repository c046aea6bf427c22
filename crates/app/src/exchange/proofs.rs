//! A proof that an entry stands in the sealed journal, as one file that anyone can check without the platform.

use huoshui_journal::{
    ConsistencyProof, Event, InclusionProof, NewEvent, Seal, TrustedKeys, check_consistency, check_inclusion, hash,
};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::faults;
use crate::folder::Workspace;

/// The only format there is.
const FORMAT: &str = "huoshui-proof/1";
/// Bytes of a proof's file at most: one event and a few hundred hashes.
pub const MAX_BYTES: usize = 4 << 20;

/// An event as it was stored. Hashes are in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The stream.
    pub stream: String,
    /// Its place in it, from 1.
    pub version: u64,
    /// What happened.
    pub kind: String,
    /// Schema of the body.
    pub schema: u32,
    /// The body, byte for byte.
    pub body: String,
    /// The account behind it.
    pub actor: String,
    /// When, microseconds since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// The command that wrote it.
    pub command: String,
    /// Its hash.
    pub hash: String,
}

/// How the event's hash leads to a signed root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    /// The event's place in the journal-wide order.
    pub position: u64,
    /// Hash of the event before it in its stream.
    pub previous: String,
    /// Sibling hashes from the leaf up.
    pub path: Vec<String>,
}

/// How an earlier root leads to a later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consistency {
    /// The later root.
    pub seal: Seal,
    /// The hashes.
    pub path: Vec<String>,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// Always `huoshui-proof/1`.
    pub format: String,
    /// The entry.
    pub event: Entry,
    /// Its place under `seal`.
    pub inclusion: Inclusion,
    /// The first root that covers the entry.
    pub seal: Seal,
    /// That the latest root only added to it; none when it is the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Consistency>,
    /// The platform's public key, for convenience: a check trusts the key that was kept elsewhere, never this one.
    pub public_key: String,
}

/// What a sound proof shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The entry.
    pub event: Entry,
    /// Entries under the latest root of the proof.
    pub size: u64,
    /// When that root was signed, microseconds since 1970-01-01 UTC.
    pub sealed_at: i64,
}

/// The proof of an event.
///
/// # Errors
/// `journal.not_sealed` for an event that is not there or waits to be sealed; those of the store.
pub fn make(workspace: &Workspace, stream: &str, version: u64) -> Result<Bundle> {
    let absent = || {
        let what = format!("{stream} #{version}");
        Fault::new(&huoshui_journal::faults::NOT_SEALED).with("what", what)
    };
    let first = workspace.journal.first_seal_of(stream, version)?.ok_or_else(absent)?;
    // Read after the first one: never before it.
    let latest = workspace.journal.last_seal()?.ok_or_else(absent)?;
    let (event, inclusion) = workspace.journal.prove(stream, version, &first)?;
    let consistency = if first.size < latest.size {
        let proof = workspace.journal.prove_consistency(&first, &latest)?;
        Some(Consistency { seal: latest, path: hexes(&proof.path) })
    } else {
        None
    };
    let damaged = || Fault::new(&faults::DAMAGED).with("what", format_args!("{stream}@{version}"));
    let body = String::from_utf8(event.data.body).map_err(|_| damaged())?;
    Ok(Bundle {
        format: FORMAT.to_owned(),
        event: Entry {
            stream: event.stream,
            version: event.version,
            kind: event.data.kind,
            schema: event.data.schema,
            body,
            actor: event.actor,
            recorded_at: event.recorded_at,
            command: hash::hex(&event.command),
            hash: hash::hex(&event.hash),
        },
        inclusion: Inclusion {
            position: inclusion.position,
            previous: hash::hex(&inclusion.previous),
            path: hexes(&inclusion.path),
        },
        seal: first,
        consistency,
        public_key: crate::seal::public_pem(workspace)?,
    })
}

fn hexes(path: &[hash::Hash]) -> Vec<String> {
    path.iter().map(|h| hash::hex(h)).collect()
}

fn bad(what: &'static str) -> Fault {
    Fault::new(&huoshui_journal::faults::BAD_PROOF).with("what", what)
}

fn unhexes(path: &[String]) -> Result<Vec<hash::Hash>> {
    path.iter().map(|h| hash::unhex::<32>(h).ok_or_else(|| bad("a hash is not hexadecimal"))).collect()
}

/// Checks a proof's file against keys that were kept elsewhere. Needs no data, no network.
///
/// # Errors
/// `journal.bad_proof`, saying what does not fit.
pub fn check(file: &[u8], keys: &TrustedKeys) -> Result<Shown> {
    if file.len() > MAX_BYTES {
        return Err(bad("the file is too large"));
    }
    let bundle: Bundle = serde_json::from_slice(file).map_err(|_| bad("the file is not a proof"))?;
    if bundle.format != FORMAT {
        return Err(bad("the file is of another format"));
    }
    let entry = &bundle.event;
    let event = Event {
        stream: entry.stream.clone(),
        version: entry.version,
        data: NewEvent { kind: entry.kind.clone(), schema: entry.schema, body: entry.body.clone().into_bytes() },
        actor: entry.actor.clone(),
        recorded_at: entry.recorded_at,
        command: hash::unhex(&entry.command).ok_or_else(|| bad("a hash is not hexadecimal"))?,
        hash: hash::unhex(&entry.hash).ok_or_else(|| bad("a hash is not hexadecimal"))?,
    };
    let inclusion = InclusionProof {
        position: bundle.inclusion.position,
        previous: hash::unhex(&bundle.inclusion.previous).ok_or_else(|| bad("a hash is not hexadecimal"))?,
        path: unhexes(&bundle.inclusion.path)?,
    };
    check_inclusion(&event, &inclusion, &bundle.seal, keys)?;
    let (mut size, mut sealed_at) = (bundle.seal.size, bundle.seal.sealed_at);
    if let Some(later) = &bundle.consistency {
        let proof = ConsistencyProof { old: bundle.seal.size, new: later.seal.size, path: unhexes(&later.path)? };
        check_consistency(&bundle.seal, &later.seal, &proof, keys)?;
        (size, sealed_at) = (later.seal.size, later.seal.sealed_at);
    }
    Ok(Shown { event: bundle.event, size, sealed_at })
}
