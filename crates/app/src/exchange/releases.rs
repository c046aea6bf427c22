//! When a firm's data were released, by consent and recipient: what frequency is counted from. It is remembered beside the
//! version of the firm's stream, and brought to its document only every so many entries, so that a pull need not write one:
//! whoever starts reads the document and the few entries after it.

use std::collections::BTreeMap;

use huoshui_exchange::clock;
use huoshui_exchange::purpose::MAX_WINDOW;
use huoshui_journal::{Columns, StateDoc};
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::events::{Ended, Logged, kind};
use super::records;
use crate::faults;
use crate::folder::Workspace;
use crate::streams;

/// Collection of releases by firm.
pub const COLLECTION: &str = "releases";
/// Releases remembered of one consent and recipient: more than any purpose lets through in its window.
const MOST: usize = 1_000;
/// Entries after which the document is brought up to date: so many are read again at most, besides changes of consents.
const EVERY: u64 = 16;
/// Entries read at once.
const PAGE: usize = 500;

/// The releases of one firm, as of a version of its stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Releases {
    /// By consent and recipient the moments, microseconds since 1970-01-01 UTC, the latest last.
    by: BTreeMap<String, Vec<i64>>,
    /// The version up to which the document goes; 0 without one.
    #[serde(skip)]
    summed: u64,
}

fn id(consent: &str, recipient: &str) -> String {
    format!("{consent}.{recipient}")
}

impl Releases {
    /// When a recipient's pulls under a consent were released.
    #[must_use]
    pub fn of(&self, consent: &str, recipient: &str) -> &[i64] {
        self.by.get(&id(consent, recipient)).map_or(&[], Vec::as_slice)
    }

    /// Whether the entry of this version must bring the document up to date.
    #[must_use]
    pub const fn is_due(&self, version: u64) -> bool {
        version.saturating_sub(self.summed) >= EVERY
    }

    /// Takes an entry of the firm's stream.
    pub fn enter(&mut self, logged: &Logged, version: u64) {
        let Logged { outcome, entry, keep, .. } = logged;
        if let (Ended::Released, Some(keep)) = (outcome, keep) {
            let times = self.by.entry(id(&entry.consent, &entry.who.institution)).or_default();
            times.push(entry.at);
            let keep = usize::try_from(*keep).unwrap_or(MOST).min(MOST);
            times.drain(..times.len().saturating_sub(keep));
        }
        if logged.summed {
            // No purpose counts further back: consents long gone leave the document.
            let from = entry.at.saturating_sub(i64::from(MAX_WINDOW).saturating_mul(clock::DAY));
            self.by.retain(|_, times| times.last().is_some_and(|last| *last > from));
            self.summed = version;
        }
    }

    /// The document, brought up to this version.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn document(&self, subject: &str, version: u64) -> Result<StateDoc> {
        let (collection, doc) = (COLLECTION.to_owned(), streams::json(self)?);
        Ok(StateDoc { collection, id: subject.to_owned(), version, doc, columns: Columns::default() })
    }

    /// The releases of a firm as of this version of its stream.
    ///
    /// # Errors
    /// Those of the store; `data.damaged`.
    pub fn load(workspace: &Workspace, subject: &Uscc, version: u64) -> Result<Self> {
        let (stream, journal) = (records::access(subject), &workspace.journal);
        let damaged = |_| Fault::new(&faults::DAMAGED).with("what", format_args!("{COLLECTION}/{subject}"));
        let mut all = match journal.state(COLLECTION, subject.as_str())? {
            Some(doc) => Self { summed: doc.version, ..serde_json::from_slice(&doc.doc).map_err(damaged)? },
            None => Self::default(),
        };
        let mut from = all.summed + 1;
        while from <= version {
            let events = journal.read_stream(&stream, from, PAGE)?;
            let Some(last) = events.last().map(|event| event.version) else { break };
            for event in events.iter().filter(|e| e.data.kind == kind::ACCESS && e.version <= version) {
                all.enter(&streams::body(event)?, event.version);
            }
            from = last + 1;
        }
        Ok(all)
    }
}
