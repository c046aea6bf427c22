//! Documents of the credit engine, folded anew from events for `verify`.

use std::collections::BTreeMap;

use huoshui_journal::{Event, StateDoc};
use huoshui_kernel::fault::Result;

use super::decisions::{self, Stored};
use super::drafts::{self, Drafting};
use super::profiles;
use crate::streams;

/// The collections that are folded in full.
pub const COLLECTIONS: [&str; 3] = [decisions::COLLECTION, profiles::COLLECTION, drafts::COLLECTION];

/// What the events of the current streams add up to so far.
#[derive(Default)]
pub struct Folding {
    decisions: BTreeMap<String, Stored>,
    drafts: BTreeMap<String, Drafting>,
}

impl Folding {
    /// The document that an event leaves.
    ///
    /// # Errors
    /// `data.damaged`, `credit.governance`.
    pub fn apply(&mut self, event: &Event) -> Result<Option<StateDoc>> {
        match event.data.kind.as_str() {
            decisions::kind::MADE => {
                let stored = Stored { made: streams::body(event)?, overrides: Vec::new(), version: event.version };
                let document = stored.document()?;
                self.decisions.insert(event.stream.clone(), stored);
                Ok(Some(document))
            }
            decisions::kind::OVERRIDDEN => {
                let Some(stored) = self.decisions.get_mut(&event.stream) else { return Ok(None) };
                stored.overrides.push(streams::body(event)?);
                stored.version = event.version;
                stored.document().map(Some)
            }
            profiles::MADE => profiles::folded(event).map(Some),
            drafts::STEPPED => {
                let before = self.drafts.remove(&event.stream);
                let after = Drafting::apply(before, &streams::body(event)?, event.version)?;
                let document = after.document()?;
                self.drafts.insert(event.stream.clone(), after);
                Ok(Some(document))
            }
            _ => Ok(None),
        }
    }
}
