//! What a group commit decides about each of its commands. Pure: the stores look things up and write.

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::command::{Expected, Prepared};
use crate::event::{Receipt, StoredReceipt, StreamVersion};
use crate::faults::{CONFLICT, KEPT_DIFFERS, KEY_REUSED};
use crate::hash::{self, Hash};

/// The last event of a stream; version 0 before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub version: u64,
    pub hash: Hash,
}

impl Head {
    pub(crate) const EMPTY: Self = Self { version: 0, hash: hash::GENESIS };
}

/// What deciding needs to know of the store, seen within the group's transaction.
pub(crate) trait Lookup {
    fn receipt(&mut self, id: &[u8; 16]) -> Result<Option<StoredReceipt>>;
    fn head(&mut self, stream: &str) -> Result<Head>;
    /// The hash of the body that is kept under this name.
    fn kept(&mut self, space: &str, key: &str) -> Result<Option<Hash>>;
}

/// A place given to an event: the one at `event` of the streams at `stream`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub stream: usize,
    pub event: usize,
    pub version: u64,
    pub hash: Hash,
}

/// What becomes of a command.
pub(crate) enum Decision {
    /// Nothing to write: a repeat's answer, or a refusal that concerns this command alone.
    Answer(Result<Receipt>),
    /// To be written with the group.
    Write {
        events: Vec<Placed>,
        heads: Vec<(usize, Head)>,
        versions: Vec<StreamVersion>,
        /// Which bodies to keep: those that are not there already.
        keeps: Vec<usize>,
    },
}

/// Decides; faults of the store itself come back as `Err` and end the group. A key that is taken shows in a refusal here
/// and otherwise when the store writes the receipt: the store then answers with [`repeat`].
pub(crate) fn decide(prepared: &Prepared, now: i64, store: &mut impl Lookup) -> Result<Decision> {
    let command = &prepared.command;
    let mut events = Vec::with_capacity(prepared.contents.len());
    let mut heads = Vec::with_capacity(command.streams.len());
    let mut versions = Vec::with_capacity(command.streams.len());
    let mut contents = prepared.contents.iter();
    for (stream, append) in command.streams.iter().enumerate() {
        let mut head = store.head(&append.stream)?;
        if let Expected::Version(expected) = append.expected
            && expected != head.version
        {
            if let Some(stored) = store.receipt(&prepared.id)? {
                return Ok(Decision::Answer(repeat(prepared, stored)));
            }
            let fault = Fault::new(&CONFLICT).with("stream", &append.stream).with("actual", head.version);
            return Ok(Decision::Answer(Err(fault.with("expected", expected))));
        }
        if append.events.is_empty() {
            continue;
        }
        for (event, content) in (0..append.events.len()).zip(contents.by_ref()) {
            let version = head.version + 1;
            head = Head { version, hash: hash::event_link(&head.hash, content, version, now) };
            events.push(Placed { stream, event, version, hash: head.hash });
        }
        heads.push((stream, head));
        versions.push(StreamVersion { stream: append.stream.clone(), version: head.version });
    }
    let mut keeps = Vec::new();
    for (place, keep) in command.keeps.iter().enumerate() {
        match store.kept(&keep.space, &keep.key)? {
            None => keeps.push(place),
            Some(kept) if kept == hash::bytes(&keep.body) => {}
            Some(_) => {
                if let Some(stored) = store.receipt(&prepared.id)? {
                    return Ok(Decision::Answer(repeat(prepared, stored)));
                }
                let fault = Fault::new(&KEPT_DIFFERS).with("space", &keep.space).with("key", &keep.key);
                return Ok(Decision::Answer(Err(fault.field("key"))));
            }
        }
    }
    Ok(Decision::Write { events, heads, versions, keeps })
}

/// The answer to a command whose key is taken: the first one's answer, or a refusal if the request was another.
pub(crate) fn repeat(prepared: &Prepared, stored: StoredReceipt) -> Result<Receipt> {
    if stored.request_hash != prepared.command.request_hash {
        return Err(Fault::new(&KEY_REUSED).with("key", &prepared.command.idempotency_key).field("idempotency_key"));
    }
    Ok(Receipt { response: stored.response, first_time: false, versions: stored.versions })
}

/// The stored form of a receipt's versions.
pub(crate) fn versions_text(versions: &[StreamVersion]) -> Result<String> {
    serde_json::to_string(versions).map_err(crate::faults::storage)
}
