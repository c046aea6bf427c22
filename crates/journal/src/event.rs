//! What the journal gives back.

use serde::{Deserialize, Serialize};

use crate::command::NewEvent;
use crate::hash::{self, Hash};

/// A stored event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The stream.
    pub stream: String,
    /// Its place in the stream, from 1.
    pub version: u64,
    /// What happened, its schema and its body as stored.
    pub data: NewEvent,
    /// Who asked.
    pub actor: String,
    /// Microseconds since 1970-01-01 UTC, by the store's clock.
    pub recorded_at: i64,
    /// The command that wrote it ([`hash::command_id`]).
    pub command: [u8; 16],
    /// Its hash, which covers the event before it.
    pub hash: Hash,
}

impl Event {
    /// What its hash should be after `previous`.
    #[must_use]
    pub fn expected_hash(&self, previous: &Hash) -> Hash {
        let content = hash::event_content(&self.stream, &self.data, &self.actor, &self.command);
        hash::event_link(previous, &content, self.version, self.recorded_at)
    }
}

/// A sealed event with its place in the journal-wide order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positioned {
    /// From 0, without gaps.
    pub position: u64,
    /// The event.
    pub event: Event,
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The answer given the first time.
    pub response: Vec<u8>,
    /// Whether this was the first time; a repeat changed nothing.
    pub first_time: bool,
    /// The version of each stream after the command, for streams that got events.
    pub versions: Vec<StreamVersion>,
}

/// A stream at a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamVersion {
    /// The stream.
    pub stream: String,
    /// The version.
    pub version: u64,
}

/// A receipt as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    /// The command's id.
    pub id: [u8; 16],
    /// Who asked.
    pub actor: String,
    /// What for.
    pub operation: String,
    /// Under which key.
    pub key: String,
    /// Which request the key is bound to.
    pub request_hash: Hash,
    /// The answer.
    pub response: Vec<u8>,
    /// What it wrote.
    pub versions: Vec<StreamVersion>,
    /// When, microseconds since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// The hash of actor, operation, key, request and answer.
    pub hash: Hash,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
}
