//! Every bound of the journal, in one place.

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::faults::{BAD_NAME, TOO_LARGE};

/// Bytes of a stream's name, an actor, an idempotency key, a document's id, a kept body's key or a text index column.
pub const NAME_BYTES: usize = 200;
/// Bytes of an operation, an event kind, a collection or a space of kept bodies.
pub const SHORT_NAME_BYTES: usize = 100;
/// Bytes of one event body, one document, one kept body or one response.
pub const BODY_BYTES: usize = 1 << 20;
/// Streams in one command.
pub const STREAMS: usize = 1_000;
/// Events in one command.
pub const EVENTS: usize = 50_000;
/// Document changes in one command.
pub const STATES: usize = 100_000;
/// Bodies kept by one command, or read back at once.
pub const KEEPS: usize = 1_000;
/// Bytes of all bodies, kept bodies and documents of one command.
pub const COMMAND_BYTES: usize = 64 << 20;
/// Rows of one read or page.
pub const PAGE_ROWS: usize = 10_000;

/// Holds a name to its bound; `what` names it in messages.
pub(crate) fn name(what: &'static str, value: &str, limit: usize) -> Result<()> {
    if value.is_empty() || value.len() > limit || value.chars().any(char::is_control) {
        return Err(Fault::new(&BAD_NAME).with("what", what).with("limit", limit).field(what));
    }
    Ok(())
}

/// Holds a count or size to its bound.
pub(crate) fn size(what: &'static str, value: usize, limit: usize) -> Result<()> {
    if value > limit {
        return Err(Fault::new(&TOO_LARGE).with("what", what).with("size", value).with("limit", limit).field(what));
    }
    Ok(())
}
