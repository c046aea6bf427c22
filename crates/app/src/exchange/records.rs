//! Documents of consents: pure functions of events, so that `verify` folds them anew.

use huoshui_exchange::consent::{Consent, ConsentEvent, State};
use huoshui_journal::{Columns, StateDoc};
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::actor;
use super::notices::Notice;
use crate::faults;
use crate::folder::Workspace;
use crate::streams::json;

/// Collection of consents by id: text columns subject, state, purpose, the word `consent`; integer columns expiry, last
/// change.
pub const COLLECTION: &str = "consent";
/// The same by recipient: text columns recipient, state, subject, purpose.
pub const BY_RECIPIENT: &str = "consent.recipient";
/// The longest id of a consent.
const MAX_ID: usize = 64;

/// The stream of a consent.
#[must_use]
pub fn stream(id: &str) -> String {
    format!("consent/{id}")
}

/// The stream of everything that decides about a firm's data.
#[must_use]
pub fn access(subject: &Uscc) -> String {
    format!("access/{subject}")
}

/// The stored name of a state.
#[must_use]
pub const fn state_name(state: State) -> &'static str {
    match state {
        State::Requested => "requested",
        State::Declined => "declined",
        State::Granted => "granted",
        State::Paused => "paused",
        State::Revoked => "revoked",
        State::Expired => "expired",
    }
}

/// A consent as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The consent.
    pub consent: Consent,
    /// Version of its stream.
    pub version: u64,
}

/// When an event of a consent happened.
#[must_use]
pub fn when(event: &ConsentEvent) -> i64 {
    match event {
        ConsentEvent::Requested(e) => e.at,
        ConsentEvent::Granted(e) => e.artefact.granted_at,
        ConsentEvent::Declined(e) => e.at,
        ConsentEvent::Paused(e) => e.at,
        ConsentEvent::Resumed(e) => e.at,
        ConsentEvent::Revoked(e) => e.at,
    }
}

impl Stored {
    /// Reads a document.
    ///
    /// # Errors
    /// `data.damaged`.
    pub fn read(doc: &StateDoc) -> Result<Self> {
        serde_json::from_slice(&doc.doc)
            .map_err(|_| Fault::new(&faults::DAMAGED).with("what", format_args!("{}/{}", doc.collection, doc.id)))
    }

    /// Every document of a consent after its last event: itself, one for each recipient's list, and the notices.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn documents(&self, last: &ConsentEvent) -> Result<Vec<StateDoc>> {
        let draft = &self.consent.draft;
        let body = json(self)?;
        let text = |value: &str| Some(value.to_owned());
        let (state, at) = (state_name(self.consent.state), when(last));
        let expires = self.consent.artefact.as_ref().map(|a| a.expires_at);
        let document = |collection: &str, id: String, text| StateDoc {
            collection: collection.to_owned(),
            id,
            version: self.version,
            doc: body.clone(),
            columns: Columns { text, int: [expires, Some(at), None, None] },
        };
        let subject = draft.subject.as_str();
        let own = [text(subject), text(state), text(&draft.purpose.code), text("consent")];
        let mut documents = vec![document(COLLECTION, draft.id.clone(), own)];
        for recipient in &draft.recipients {
            let listed = [text(recipient), text(state), text(subject), text(&draft.purpose.code)];
            documents.push(document(BY_RECIPIENT, format!("{recipient}/{}", draft.id), listed));
        }
        for to in self.told(last) {
            let notice = Notice {
                to,
                kind: last.kind().to_owned(),
                about: stream(&draft.id),
                version: self.version,
                subject: Some(subject.to_owned()),
                resource: None,
                field: None,
                at,
            };
            documents.push(notice.document()?);
        }
        Ok(documents)
    }

    /// Who is told of an event: the subject of a request, the recipients of everything else; a person of the own consent.
    fn told(&self, last: &ConsentEvent) -> Vec<String> {
        let draft = &self.consent.draft;
        match (last, &draft.person) {
            (ConsentEvent::Requested(asked), Some(_)) if asked.unaddressed => Vec::new(),
            (ConsentEvent::Requested(_), Some(person)) => vec![actor::person(person)],
            (ConsentEvent::Requested(_), None) => vec![actor::enterprise(&draft.subject)],
            _ => draft.recipients.iter().map(|r| actor::institution(r)).collect(),
        }
    }
}

/// A consent, if there is one of this id.
///
/// # Errors
/// Those of the store.
pub fn load(workspace: &Workspace, id: &str) -> Result<Option<Stored>> {
    // An id that no consent can have is not there; the store would call it a bad name.
    if id.is_empty() || id.len() > MAX_ID || id.chars().any(char::is_control) {
        return Ok(None);
    }
    workspace.journal.state(COLLECTION, id)?.as_ref().map(Stored::read).transpose()
}
