//! The access log as its readers see it: a firm its own, an institution its own refusals, newest first.

use huoshui_journal::Event;
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::Exchange;
use super::actor::{Actor, Party};
use super::events::{ConsentMark, Corrected, Logged, kind};
use super::{proofs, records};
use crate::faults;
use crate::streams;

/// Lines of a page at most.
const MOST: u64 = 200;

/// What a line is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Somebody asked for data.
    Access(Box<Logged>),
    /// A consent of the firm changed.
    Consent(ConsentMark),
    /// A department corrected a value.
    Corrected(Corrected),
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its place in the stream: names it for a proof.
    pub version: u64,
    /// When it was recorded, by the store's clock, microseconds since 1970-01-01 UTC.
    pub recorded_at: i64,
    /// The account behind it.
    pub by: String,
    /// What happened.
    pub what: What,
}

/// A page of the log, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lines {
    /// The stream.
    pub stream: String,
    /// All entries there are.
    pub total: u64,
    /// The lines.
    pub lines: Vec<Line>,
    /// Where the next page begins: lines before this version; none at the end.
    pub next: Option<u64>,
}

impl Exchange {
    /// A page of a firm's log: lines before this version, or the newest.
    ///
    /// # Errors
    /// `data.damaged`; those of the store.
    pub fn log(&self, subject: &Uscc, before: Option<u64>, limit: u64) -> Result<Lines> {
        self.lines(records::access(subject), before, limit)
    }

    /// A page of the refusals of an institution that stand in no firm's log.
    ///
    /// # Errors
    /// As [`Exchange::log`].
    pub fn refusals(&self, institution: &str, before: Option<u64>, limit: u64) -> Result<Lines> {
        self.lines(format!("refusals/{institution}"), before, limit)
    }

    fn lines(&self, stream: String, before: Option<u64>, limit: u64) -> Result<Lines> {
        let journal = &self.workspace.journal;
        let total = journal.stream_version(&stream)?;
        let end = before.map_or(total + 1, |b| b.min(total + 1));
        let first = end.saturating_sub(limit.clamp(1, MOST)).max(1);
        let count = usize::try_from(end.saturating_sub(first)).unwrap_or(0);
        let events = if count == 0 { Vec::new() } else { journal.read_stream(&stream, first, count)? };
        let mut lines: Vec<Line> = events.iter().map(line).collect::<Result<_>>()?;
        lines.reverse();
        Ok(Lines { stream, total, lines, next: (first > 1).then_some(first) })
    }

    /// The proof of a line of a firm's log, for the firm; of its own refusals, for an institution.
    ///
    /// # Errors
    /// `exchange.no_entry` for who has no log; `journal.not_sealed`; those of the store.
    pub fn proof(&self, actor: &Actor, version: u64) -> Result<proofs::Bundle> {
        let stream = match &actor.party {
            Party::Enterprise(uscc) => records::access(uscc),
            Party::Institution(code, _) => format!("refusals/{code}"),
            _ => return Err(Fault::new(&faults::NO_ENTRY).with("version", version)),
        };
        if version == 0 || version > self.workspace.journal.stream_version(&stream)? {
            return Err(Fault::new(&faults::NO_ENTRY).with("version", version));
        }
        proofs::make(&self.workspace, &stream, version)
    }
}

fn line(event: &Event) -> Result<Line> {
    let what = match event.data.kind.as_str() {
        kind::CONSENT_MARK => What::Consent(streams::body(event)?),
        kind::CORRECTED => What::Corrected(streams::body(event)?),
        _ => What::Access(Box::new(streams::body(event)?)),
    };
    Ok(Line { version: event.version, recorded_at: event.recorded_at, by: event.actor.clone(), what })
}
