//! Every document of the exchange's consents, releases, look-ups and notices, folded anew from events for `verify`.

use std::collections::BTreeMap;

use huoshui_exchange::consent::{Consent, ConsentEvent};
use huoshui_exchange::correction::Objection;
use huoshui_journal::{Event, StateDoc};
use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;

use super::corrections;
use super::events::{Logged, LookedUp, ObjectionAnswered, kind};
use super::notices::{self, ReadUntil};
use super::overdue::Overdue;
use super::quotas::{self, Counted};
use super::records::{self, Stored};
use super::releases::{self, Releases};
use crate::streams;

/// The collections that are folded in full.
pub const COLLECTIONS: [&str; 7] = [
    records::COLLECTION,
    records::BY_RECIPIENT,
    releases::COLLECTION,
    quotas::COLLECTION,
    corrections::COLLECTION,
    notices::COLLECTION,
    notices::READ,
];

/// What the events of the current streams add up to so far.
#[derive(Default)]
pub struct Folding {
    consents: BTreeMap<String, Consent>,
    releases: BTreeMap<String, Releases>,
    lookups: BTreeMap<(String, Date), Counted>,
    objections: BTreeMap<String, Objection>,
}

impl Folding {
    /// The documents that an event leaves; later ones replace earlier ones of the same id.
    ///
    /// # Errors
    /// `data.damaged`, `exchange.consent_history`.
    pub fn apply(&mut self, event: &Event) -> Result<Vec<StateDoc>> {
        match event.data.kind.as_str() {
            name if name.starts_with("consent.") => self.consent(event),
            kind::ACCESS => self.access(event),
            kind::LOOKED_UP => {
                let looked_up: LookedUp = streams::body(event)?;
                let counted = self.lookups.entry((event.stream.clone(), looked_up.day)).or_default();
                counted.add(&looked_up);
                Ok(vec![counted.document(&event.stream, looked_up.day, event.version)?])
            }
            kind::OBJECTED => {
                let objection: Objection = streams::body(event)?;
                self.objections.insert(event.stream.clone(), objection.clone());
                let stored = corrections::Stored { objection, answered: None };
                let mut documents = stored.notices(event.version, None)?;
                documents.push(stored.document(event.version)?);
                Ok(documents)
            }
            kind::ANSWERED => {
                let body: ObjectionAnswered = streams::body(event)?;
                let Some(objection) = self.objections.remove(&event.stream) else { return Ok(Vec::new()) };
                let stored = corrections::Stored { objection, answered: Some(body.answered.clone()) };
                let mut documents = stored.notices(event.version, Some(&body))?;
                documents.push(stored.document(event.version)?);
                Ok(documents)
            }
            kind::OVERDUE => streams::body::<Overdue>(event)?.notices(event.version),
            kind::NOTICE_READ => {
                let read: ReadUntil = streams::body(event)?;
                let address = event.stream.strip_prefix("inbox/").unwrap_or(&event.stream);
                Ok(vec![notices::read_document(address, read, event.version)?])
            }
            _ => Ok(Vec::new()),
        }
    }

    fn consent(&mut self, event: &Event) -> Result<Vec<StateDoc>> {
        let body: ConsentEvent = streams::body(event)?;
        let before = self.consents.remove(&event.stream);
        let stored = Stored { consent: Consent::apply(before, &body)?, version: event.version };
        let documents = stored.documents(&body)?;
        self.consents.insert(event.stream.clone(), stored.consent);
        Ok(documents)
    }

    fn access(&mut self, event: &Event) -> Result<Vec<StateDoc>> {
        // Refusals that stand in no firm's log count nothing.
        let Some(subject) = event.stream.strip_prefix("access/") else { return Ok(Vec::new()) };
        let logged: Logged = streams::body(event)?;
        let releases = self.releases.entry(event.stream.clone()).or_default();
        releases.enter(&logged, event.version);
        if logged.summed { Ok(vec![releases.document(subject, event.version)?]) } else { Ok(Vec::new()) }
    }
}
