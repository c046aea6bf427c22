//! Documents of the credit engine, folded anew from events for `verify`.

use std::collections::BTreeMap;

use huoshui_journal::{Event, StateDoc};
use huoshui_kernel::fault::Result;

use super::decisions::{self, Stored};
use super::drafts::{self, Drafting};
use super::profiles::{self, Stored as Profile};
use crate::streams;

/// The collections that are folded in full.
pub const COLLECTIONS: [&str; 3] = [decisions::COLLECTION, profiles::COLLECTION, drafts::COLLECTION];

/// What the events of the current streams add up to so far.
#[derive(Default)]
pub struct Folding {
    decisions: BTreeMap<String, Stored>,
    profiles: BTreeMap<String, Profile>,
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
                let stored = Stored { version: event.version, ..Stored::new(streams::body(event)?) };
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
            decisions::kind::ERASED => {
                let Some(stored) = self.decisions.get_mut(&event.stream) else { return Ok(None) };
                stored.erased = Some(streams::body(event)?);
                stored.version = event.version;
                stored.document().map(Some)
            }
            profiles::MADE => {
                let stored = Profile { made: streams::body(event)?, erased: None };
                let document = stored.document(event.version)?;
                self.profiles.insert(event.stream.clone(), stored);
                Ok(Some(document))
            }
            profiles::ERASED => {
                let Some(stored) = self.profiles.get_mut(&event.stream) else { return Ok(None) };
                stored.erased = Some(streams::body(event)?);
                stored.document(event.version).map(Some)
            }
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
