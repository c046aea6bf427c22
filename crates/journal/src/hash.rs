//! The canonical encoding of what is stored, and its hash.
//!
//! Every variable field is preceded by its length (u64, big-endian), so no two different records encode alike. An
//! event's hash is taken in two steps: the *content* in the caller's thread, where there are many; the *link* to the
//! event before it in the writer's, where there is one.

pub use huoshui_kernel::hex;
use sha2::{Digest, Sha256};

use crate::command::{Columns, Command, NewEvent, StateDoc};

/// A SHA-256 hash.
pub type Hash = [u8; 32];
/// What a stream's first event follows.
pub const GENESIS: Hash = [0; 32];

/// Collects fields in their canonical form.
struct Encoder(Sha256);

impl Encoder {
    /// `domain` keeps the hashes of different kinds of records apart.
    fn new(domain: &[u8]) -> Self {
        Self(Sha256::new()).bytes(domain)
    }

    fn bytes(mut self, value: &[u8]) -> Self {
        self.0.update((value.len() as u64).to_be_bytes());
        self.0.update(value);
        self
    }

    fn int(mut self, value: i64) -> Self {
        self.0.update(value.to_be_bytes());
        self
    }

    fn uint(mut self, value: u64) -> Self {
        self.0.update(value.to_be_bytes());
        self
    }

    /// Absent differs from empty and from zero.
    fn maybe(self, value: Option<&[u8]>) -> Self {
        match value {
            None => self.uint(0),
            Some(value) => self.uint(1).bytes(value),
        }
    }

    fn finish(self) -> Hash {
        self.0.finalize().into()
    }
}

/// Which command this is: its actor, operation and idempotency key.
#[must_use]
pub fn command_id(actor: &str, operation: &str, key: &str) -> [u8; 16] {
    let hash = Encoder::new(b"huoshui/command/1")
        .bytes(actor.as_bytes())
        .bytes(operation.as_bytes())
        .bytes(key.as_bytes())
        .finish();
    let mut id = [0; 16];
    id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    id
}

/// The hash of what an event says, without its place in the stream.
#[must_use]
pub fn event_content(stream: &str, event: &NewEvent, actor: &str, command: &[u8; 16]) -> Hash {
    Encoder::new(b"huoshui/event/1")
        .bytes(stream.as_bytes())
        .bytes(event.kind.as_bytes())
        .uint(u64::from(event.schema))
        .bytes(&event.body)
        .bytes(actor.as_bytes())
        .bytes(command)
        .finish()
}

/// An event's hash: its content and its place after the event before it.
#[must_use]
pub fn event_link(previous: &Hash, content: &Hash, version: u64, recorded_at: i64) -> Hash {
    // One block and a half: this runs in the single writer's thread. Every part has a fixed size.
    let mut sha = Sha256::new();
    sha.update(b"huoshui/chain/1\0");
    sha.update(previous);
    sha.update(content);
    sha.update(version.to_be_bytes());
    sha.update(recorded_at.to_be_bytes());
    sha.finalize().into()
}

/// The hash of a document as stored.
#[must_use]
pub fn state(doc: &StateDoc) -> Hash {
    let Columns { text, int } = &doc.columns;
    let mut encoder = Encoder::new(b"huoshui/state/1")
        .bytes(doc.collection.as_bytes())
        .bytes(doc.id.as_bytes())
        .uint(doc.version)
        .bytes(&doc.doc);
    for value in text {
        encoder = encoder.maybe(value.as_deref().map(str::as_bytes));
    }
    for value in int {
        encoder = encoder.maybe(value.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
    }
    encoder.finish()
}

/// The hash of a command's answer and of what it is bound to.
#[must_use]
pub fn receipt(command: &Command) -> Hash {
    receipt_parts(
        &command.actor,
        &command.operation,
        &command.idempotency_key,
        &command.request_hash,
        &command.response,
    )
}

/// As [`receipt`], from the stored parts.
#[must_use]
pub fn receipt_parts(actor: &str, operation: &str, key: &str, request: &Hash, response: &[u8]) -> Hash {
    Encoder::new(b"huoshui/receipt/1")
        .bytes(actor.as_bytes())
        .bytes(operation.as_bytes())
        .bytes(key.as_bytes())
        .bytes(request)
        .bytes(response)
        .finish()
}

/// What a seal signs.
#[must_use]
pub fn seal(journal: &[u8; 16], size: u64, root: &Hash, sealed_at: i64, key_id: &str) -> Hash {
    Encoder::new(b"huoshui/seal/1")
        .bytes(journal)
        .uint(size)
        .bytes(root)
        .int(sealed_at)
        .bytes(key_id.as_bytes())
        .finish()
}

/// The plain SHA-256 of some bytes, as for a request.
#[must_use]
pub fn bytes(value: &[u8]) -> Hash {
    Sha256::digest(value).into()
}

/// The reverse of [`hex`], for exactly `N` bytes.
#[must_use]
pub fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N * 2 {
        return None;
    }
    let mut out = [0; N];
    let mut digits = text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok()));
    for byte in &mut out {
        *byte = (digits.next()?? << 4) | digits.next()??;
    }
    Some(out)
}
