//! Reading whole streams, and what was known at a time.

use huoshui_journal::Event;
use huoshui_kernel::fault::{Fault, Result};
use serde::Deserialize;

use crate::faults;
use crate::folder::Workspace;

/// Events read at once.
const PAGE: usize = 1_000;
/// Events of one stream that are read at most: a table recorded every day for centuries.
const MAX_EVENTS: usize = 200_000;

/// A point in time, microseconds since 1970-01-01 UTC: only what was recorded until then is seen. `None` is now.
pub type KnownAt = Option<i64>;

/// Every event of a stream that was recorded by then, in order.
///
/// # Errors
/// Those of the store.
pub fn read(workspace: &Workspace, stream: &str, known_at: KnownAt) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    let mut from = 1;
    while events.len() < MAX_EVENTS {
        let page = workspace.journal.read_stream(stream, from, PAGE)?;
        let full = page.len() == PAGE;
        from += page.len() as u64;
        events.extend(page);
        if !full {
            break;
        }
    }
    if let Some(limit) = known_at {
        events.retain(|e| e.recorded_at <= limit);
    }
    Ok(events)
}

/// The body of an event.
///
/// # Errors
/// `data.damaged` when it is not what its kind promises.
pub fn body<'a, T: Deserialize<'a>>(event: &'a Event) -> Result<T> {
    serde_json::from_slice(&event.data.body).map_err(|_| {
        Fault::new(&faults::DAMAGED)
            .with("what", format_args!("{}@{} ({})", event.stream, event.version, event.data.kind))
    })
}

/// The bytes of a body.
///
/// # Errors
/// `app.internal`, which the types exclude.
pub fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| Fault::new(&faults::INTERNAL).with("what", e))
}

/// A recorded time as people in the city read it: `2025-10-20 09:30:00`. China has had one offset, +08:00, since 1991.
#[must_use]
pub fn beijing(micros: i64) -> String {
    let offset = jiff::tz::Offset::constant(8);
    match jiff::Timestamp::from_microsecond(micros) {
        Ok(instant) => offset.to_datetime(instant).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => "–".to_owned(),
    }
}
