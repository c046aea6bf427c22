//! What a caller asks the journal to do, and its checks before it queues.

use std::collections::HashSet;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::faults::{CONTRADICTORY, NOT_JSON};
use crate::hash::{self, Hash};
use crate::limits;
use crate::vault::Keep;
use crate::watch::Seen;

/// At which version a stream must be for the command to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Exactly this one; 0 for a stream that must not exist yet.
    Version(u64),
    /// Whatever it is: for logs where order does not matter.
    Any,
}

/// An event to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// What happened, `area.verb`; at most 100 bytes.
    pub kind: String,
    /// The schema of this kind's body, from 1; old ones are read through upcasters.
    pub schema: u32,
    /// JSON, stored byte for byte; at most 1 MiB.
    pub body: Vec<u8>,
}

/// Events for one stream. Without events it is an expectation only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The stream's name, 1 to 200 bytes.
    pub stream: String,
    /// Its version before the events.
    pub expected: Expected,
    /// The events, in order.
    pub events: Vec<NewEvent>,
}

/// The columns by which lists filter and sort: up to four texts (200 bytes each) and four integers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Texts, compared by UTF-8 bytes.
    pub text: [Option<String>; 4],
    /// Integers.
    pub int: [Option<i64>; 4],
}

/// The current state of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateDoc {
    /// The kind of entity, at most 100 bytes.
    pub collection: String,
    /// The entity, at most 200 bytes.
    pub id: String,
    /// The version of the entity's stream that the document reflects.
    pub version: u64,
    /// JSON, stored byte for byte; at most 1 MiB.
    pub doc: Vec<u8>,
    /// What lists can use.
    pub columns: Columns,
}

/// A change of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateChange {
    /// Writes it, new or over the old one.
    Put(StateDoc),
    /// Removes it; no fault when it is not there.
    Delete {
        /// The kind of entity.
        collection: String,
        /// The entity.
        id: String,
    },
}

/// Everything that one request changes, written whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Who asks.
    pub actor: String,
    /// What for; together with the actor the scope of the idempotency key.
    pub operation: String,
    /// The caller's key: the same key and request has one effect and one answer. 1 to 200 bytes.
    pub idempotency_key: String,
    /// The hash of the request that the key is bound to.
    pub request_hash: Hash,
    /// Events and expectations, each stream once.
    pub streams: Vec<Append>,
    /// Document changes, each document once.
    pub states: Vec<StateChange>,
    /// Bodies to keep where they can be erased, each name once.
    pub keeps: Vec<Keep>,
    /// Collections that must not have changed since the command was made.
    pub unchanged: Vec<Seen>,
    /// The answer, given again to a repeat.
    pub response: Vec<u8>,
}

impl Command {
    /// A command without effects yet; `request` is hashed into what the key is bound to.
    #[must_use]
    pub fn new(actor: impl Into<String>, operation: impl Into<String>, key: impl Into<String>, request: &[u8]) -> Self {
        Self {
            actor: actor.into(),
            operation: operation.into(),
            idempotency_key: key.into(),
            request_hash: hash::bytes(request),
            streams: Vec::new(),
            states: Vec::new(),
            keeps: Vec::new(),
            unchanged: Vec::new(),
            response: Vec::new(),
        }
    }

    /// Adds an event of a stream (after those already added to it).
    #[must_use]
    pub fn event(
        mut self,
        stream: &str,
        expected: Expected,
        kind: &str,
        schema: u32,
        body: impl Into<Vec<u8>>,
    ) -> Self {
        let event = NewEvent { kind: kind.to_owned(), schema, body: body.into() };
        match self.streams.iter_mut().find(|a| a.stream == stream) {
            Some(append) => append.events.push(event),
            None => self.streams.push(Append { stream: stream.to_owned(), expected, events: vec![event] }),
        }
        self
    }

    /// Adds an expectation about a stream that the command only read.
    #[must_use]
    pub fn expect(mut self, stream: &str, version: u64) -> Self {
        let expected = Expected::Version(version);
        self.streams.push(Append { stream: stream.to_owned(), expected, events: Vec::new() });
        self
    }

    /// Adds the expectation that no document of a collection has changed since. See [`crate::Journal::watch`].
    #[must_use]
    pub fn unchanged(mut self, seen: Seen) -> Self {
        self.unchanged.push(seen);
        self
    }

    /// Adds a document.
    #[must_use]
    pub fn put(mut self, doc: StateDoc) -> Self {
        self.states.push(StateChange::Put(doc));
        self
    }

    /// Removes a document.
    #[must_use]
    pub fn delete(mut self, collection: &str, id: &str) -> Self {
        self.states.push(StateChange::Delete { collection: collection.to_owned(), id: id.to_owned() });
        self
    }

    /// Keeps a body beside the events, outside every hash, where [`crate::Journal::erase`] can erase it. See [`Keep`].
    #[must_use]
    pub fn keep(mut self, space: &str, key: &str, body: impl Into<Vec<u8>>) -> Self {
        self.keeps.push(Keep { space: space.to_owned(), key: key.to_owned(), body: body.into() });
        self
    }

    /// Sets the answer.
    #[must_use]
    pub fn answer(mut self, response: impl Into<Vec<u8>>) -> Self {
        self.response = response.into();
        self
    }
}

/// A checked command with every hash that needs no knowledge of the store, made in the caller's thread.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub id: [u8; 16],
    pub command: Command,
    /// One content hash per event, streams in order.
    pub contents: Vec<Hash>,
    /// One hash per document change; zeros for a removal.
    pub states: Vec<Hash>,
    pub receipt: Hash,
    /// Bytes of bodies, kept bodies and documents.
    pub weight: usize,
}

impl Prepared {
    pub(crate) fn new(command: Command) -> Result<Self> {
        limits::name("actor", &command.actor, limits::NAME_BYTES)?;
        limits::name("operation", &command.operation, limits::SHORT_NAME_BYTES)?;
        limits::name("idempotency_key", &command.idempotency_key, limits::NAME_BYTES)?;
        limits::size("streams", command.streams.len(), limits::STREAMS)?;
        limits::size("states", command.states.len(), limits::STATES)?;
        limits::size("keeps", command.keeps.len(), limits::KEEPS)?;
        limits::size("response", command.response.len(), limits::BODY_BYTES)?;
        limits::size("events", command.streams.iter().map(|a| a.events.len()).sum(), limits::EVENTS)?;
        let id = hash::command_id(&command.actor, &command.operation, &command.idempotency_key);
        let mut prepared = Self {
            id,
            receipt: hash::receipt(&command),
            contents: Vec::new(),
            states: Vec::new(),
            weight: command.response.len(),
            command,
        };
        prepared.check_streams()?;
        prepared.check_states()?;
        prepared.check_keeps()?;
        limits::size("command", prepared.weight, limits::COMMAND_BYTES)?;
        Ok(prepared)
    }

    /// A body to keep. Its hash is made only where its name is found to be taken.
    pub(crate) fn kept(&self, place: usize) -> Option<&Keep> {
        self.command.keeps.get(place)
    }

    fn check_streams(&mut self) -> Result<()> {
        let command = &self.command;
        let mut seen = HashSet::new();
        for append in &command.streams {
            limits::name("stream", &append.stream, limits::NAME_BYTES)?;
            if command.streams.len() > 1 && !seen.insert(append.stream.as_str()) {
                return Err(Fault::new(&CONTRADICTORY).with("name", &append.stream).field("stream"));
            }
            for event in &append.events {
                limits::name("kind", &event.kind, limits::SHORT_NAME_BYTES)?;
                json("body", &event.body)?;
                if event.schema == 0 {
                    return Err(Fault::new(&CONTRADICTORY).with("name", &event.kind).field("schema"));
                }
                self.weight += event.body.len();
                self.contents.push(hash::event_content(&append.stream, event, &command.actor, &self.id));
            }
        }
        Ok(())
    }

    fn check_states(&mut self) -> Result<()> {
        let command = &self.command;
        let mut seen = HashSet::new();
        for change in &command.states {
            let (collection, id) = change.key();
            limits::name("collection", collection, limits::SHORT_NAME_BYTES)?;
            limits::name("id", id, limits::NAME_BYTES)?;
            if command.states.len() > 1 && !seen.insert((collection, id)) {
                return Err(Fault::new(&CONTRADICTORY).with("name", id).field("id"));
            }
            let StateChange::Put(doc) = change else {
                self.states.push([0; 32]);
                continue;
            };
            json("doc", &doc.doc)?;
            for text in doc.columns.text.iter().flatten() {
                limits::size("index column", text.len(), limits::NAME_BYTES)?;
                if text.contains('\0') {
                    return Err(Fault::new(&CONTRADICTORY).with("name", id).field("index column"));
                }
            }
            self.weight += doc.doc.len();
            self.states.push(hash::state(doc));
        }
        Ok(())
    }

    fn check_keeps(&mut self) -> Result<()> {
        let mut seen = HashSet::new();
        for keep in &self.command.keeps {
            limits::name("space", &keep.space, limits::SHORT_NAME_BYTES)?;
            limits::name("key", &keep.key, limits::NAME_BYTES)?;
            limits::size("kept", keep.body.len(), limits::BODY_BYTES)?;
            if !seen.insert((keep.space.as_str(), keep.key.as_str())) {
                return Err(Fault::new(&CONTRADICTORY).with("name", &keep.key).field("key"));
            }
            self.weight += keep.body.len();
        }
        Ok(())
    }
}

impl StateChange {
    /// Collection and id.
    #[must_use]
    pub fn key(&self) -> (&str, &str) {
        match self {
            Self::Put(doc) => (&doc.collection, &doc.id),
            Self::Delete { collection, id } => (collection, id),
        }
    }
}

/// Holds bytes to their bound and to being one JSON value, so that whoever reads them later can.
fn json(what: &'static str, bytes: &[u8]) -> Result<()> {
    limits::size(what, bytes.len(), limits::BODY_BYTES)?;
    match serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        Ok(_) => Ok(()),
        Err(_) => Err(Fault::new(&NOT_JSON).with("what", what).field(what)),
    }
}
