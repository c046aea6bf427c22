//! What of a firm's log an answer to an objection needs, kept beside the log and brought up to date in bounded steps: who
//! answers waits for what was logged since it was last looked at, not for the whole log.

use huoshui_exchange::correction::Objection;
use huoshui_exchange::reliance::Releases;
use huoshui_journal::{Columns, Command, StateDoc};
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use super::events::{Logged, kind};
use super::{Exchange, corrections, records};
use crate::folder::Workspace;
use crate::streams::{self, json};

/// Collection of condensed logs by `USCC/RESOURCE`; not folded: one that is gone is made anew from the log.
const COLLECTION: &str = "reliance";
/// Entries read at once.
const STEP: usize = 1_000;
/// Steps of one request at most.
const STEPS: usize = 20;

/// A firm's log as far as it was read, condensed to one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Condensed {
    /// Version of the last entry that was read.
    pub(super) read: u64,
    /// What was released.
    pub(super) releases: Releases,
}

impl Condensed {
    /// Its document.
    pub(super) fn document(&self, subject: &Uscc, resource: &str) -> Result<StateDoc> {
        Ok(StateDoc {
            collection: COLLECTION.to_owned(),
            id: format!("{subject}/{resource}"),
            version: self.read,
            doc: json(self)?,
            columns: Columns::default(),
        })
    }
}

/// The condensed log, at most [`STEPS`] steps further than it was; whether that is the whole.
pub(super) fn read(workspace: &Workspace, subject: &Uscc, resource: &str, now: i64) -> Result<(Condensed, bool)> {
    let kept = workspace.journal.state(COLLECTION, &format!("{subject}/{resource}"))?;
    // What cannot be read is made anew, as what is not there.
    let mut all: Condensed = kept.and_then(|doc| serde_json::from_slice(&doc.doc).ok()).unwrap_or_default();
    let log = records::access(subject);
    for _ in 0..STEPS {
        let page = workspace.journal.read_stream(&log, all.read + 1, STEP)?;
        for event in page.iter().filter(|e| e.data.kind == kind::ACCESS) {
            all.releases.add(resource, event.version, &streams::body::<Logged>(event)?.entry);
        }
        all.read = page.last().map_or(all.read, |last| last.version);
        all.releases.forget(now);
        if page.len() < STEP {
            return Ok((all, true));
        }
    }
    Ok((all, false))
}

/// Keeps how far the log was read.
pub(super) fn keep(workspace: &Workspace, subject: &Uscc, resource: &str, now: i64, read: &Condensed) -> Result<()> {
    let document = read.document(subject, resource)?;
    let key = format!("{}@{}/{now}", document.id, read.read);
    workspace.journal.append_blocking(Command::new("huoshui", "reliance.keep", key, &[]).put(document)).map(drop)
}

impl Exchange {
    /// Reads ahead for the answer to an objection that was raised: a bounded piece of the firm's log.
    ///
    /// # Errors
    /// Those of the store; `data.damaged`.
    pub fn read_ahead(&self, objection: &Objection) -> Result<()> {
        let answered = corrections::load(&self.workspace, &objection.id)?.is_none_or(|(o, _)| o.answered.is_some());
        if answered {
            return Ok(());
        }
        let (subject, resource, now) = (&objection.subject, &objection.resource, self.now());
        let (all, _) = read(&self.workspace, subject, resource, now)?;
        // What an answer reads in one step is not worth a write.
        let known =
            self.workspace.journal.state(COLLECTION, &format!("{subject}/{resource}"))?.map_or(0, |d| d.version);
        if all.read > known + STEP as u64 { keep(&self.workspace, subject, resource, now, &all) } else { Ok(()) }
    }
}
