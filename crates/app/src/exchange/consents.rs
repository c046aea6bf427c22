//! Consents: a recipient asks, the enterprise's signer (or the natural person) answers. Each step is one command: the
//! event of the consent, a mark in the firm's access stream (so that no release can pass it by), the documents, and a
//! notice to the other side.

use huoshui_exchange::clock;
use huoshui_exchange::consent::{
    self, Ask, Authority, Consent, ConsentEvent, ConsentGranted, ConsentRequested, Recipient, Request, Step,
};
use huoshui_exchange::purpose::Frequency;
use huoshui_journal::{Column, Command, Expected, Page, Query, StateDoc, Test, Value};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Uscc};
use serde::{Deserialize, Serialize};

use super::Exchange;
use super::actor::{Actor, Party};
use super::events::{ConsentMark, kind};
use super::receipts;
use super::records::{self, Stored};
use crate::access::signers;
use crate::faults;
use crate::streams::json;

/// How often a step is decided anew when another one of the same consent comes between.
const TRIES: usize = 10;

/// What a recipient asks for. Its own code and kind come from whoever let it in, never from the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The enterprise.
    pub subject: Uscc,
    /// For a natural person's own consent: that person's account. Only one of the enterprise's is told; of any other the
    /// answer is the same, and nobody can sign.
    #[serde(default)]
    pub person: Option<String>,
    /// Other institutions that shall receive as well, by code.
    #[serde(default)]
    pub also: Vec<String>,
    /// Code of the purpose.
    pub purpose: String,
    /// Resources and fields; none for all that the purpose allows.
    #[serde(default)]
    pub asks: Vec<Ask>,
    /// Rows dated from here …
    pub data_from: Date,
    /// … to here.
    pub data_to: Date,
    /// Life once granted, days.
    pub days: u16,
    /// How often each recipient may pull.
    pub frequency: Frequency,
    /// How long a recipient may keep what it got, days.
    pub retention_days: u16,
}

/// By what right a signer acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// The right, which must be on record.
    pub authority: Authority,
    /// Number of the written authorisation, for an agent; where it is given it must be the one on record.
    #[serde(default)]
    pub authorisation: Option<String>,
}

/// A consent as its parties see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// Its id.
    pub id: String,
    /// Version of its stream: what `If-Match` compares.
    pub version: u64,
    /// Where it stands now, what the clock ended included.
    pub state: consent::State,
    /// The consent.
    pub consent: Consent,
}

impl View {
    fn of(stored: Stored, now: i64) -> Self {
        let state = stored.consent.state_at(now);
        Self { id: stored.consent.draft.id.clone(), version: stored.version, state, consent: stored.consent }
    }
}

/// Which consents to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// Only in this state, as the events say.
    pub state: Option<consent::State>,
    /// Only of this enterprise; for recipients, who see their own only.
    pub subject: Option<Uscc>,
}

impl Exchange {
    /// An institution asks for a consent. The same key again gives the first answer.
    ///
    /// # Errors
    /// `exchange.not_a_recipient` for who is no institution, `exchange.unknown_firm`, `exchange.unknown_institution`;
    /// those of [`consent::request`] and of the journal.
    pub fn request(&self, actor: &Actor, key: &str, wanted: &Wanted) -> Result<View> {
        let now = self.now();
        let Party::Institution(code, own_kind) = &actor.party else {
            return Err(Fault::new(&huoshui_exchange::faults::NOT_A_RECIPIENT).with("recipient", &actor.account));
        };
        let directory = self.directory()?;
        if directory.firm(&wanted.subject).is_none() {
            return Err(Fault::new(&faults::UNKNOWN_FIRM).with("uscc", wanted.subject).field("subject"));
        }
        let mut recipients = vec![Recipient { code: code.clone(), kind: *own_kind }];
        for also in &wanted.also {
            let kind = directory.institution(also);
            let kind = kind.ok_or_else(|| Fault::new(&faults::NO_INSTITUTION).with("code", also).field("also"))?;
            recipients.push(Recipient { code: also.clone(), kind });
        }
        let id = self.id_of("consent.request", actor, key);
        let request = Request {
            id: id.clone(),
            subject: wanted.subject,
            person: wanted.person.clone(),
            recipients,
            purpose: wanted.purpose.clone(),
            asks: wanted.asks.clone(),
            data_from: wanted.data_from,
            data_to: wanted.data_to,
            days: wanted.days,
            frequency: wanted.frequency,
            retention_days: wanted.retention_days,
        };
        // A repeat is answered as the first time, even if the purpose has ended since.
        if records::load(&self.workspace, &id)?.is_some() {
            let receipt = self.workspace.journal.append_blocking(self.asking(actor, key, &json(wanted)?))?;
            return self.asked(&receipt.response, actor, &id);
        }
        let rules = self.rules.now()?;
        let draft = consent::request(&request, &rules.catalogue, &rules.purposes, now)?;
        let unaddressed = match &draft.person {
            Some(login) => !signers::belongs(&self.workspace, login, &draft.subject)?,
            None => false,
        };
        let event =
            ConsentEvent::Requested(ConsentRequested { unaddressed, ..ConsentRequested::new(draft, code, now)? });
        let consent = Consent::apply(None, &event)?;
        let stored = Stored { consent, version: 1 };
        let mut command = self
            .asking(actor, key, &json(wanted)?)
            .event(&records::stream(&id), Expected::Version(0), event.kind(), 1, json(&event)?)
            .answer(json(&View::of(stored.clone(), now))?);
        for doc in stored.documents(&event)? {
            command = command.put(doc);
        }
        // Of two that come at once under one key, on two servers, one is written: both are told that one.
        let receipt = self.workspace.journal.append_blocking(command)?;
        self.asked(&receipt.response, actor, &id)
    }

    /// What was answered to a request; receipts of earlier releases hold its id alone.
    fn asked(&self, response: &[u8], actor: &Actor, id: &str) -> Result<View> {
        serde_json::from_slice(response).or_else(|_| self.consent(actor, id))
    }

    fn asking(&self, actor: &Actor, key: &str, request: &[u8]) -> Command {
        Command::new(&actor.account, "consent.request", key, request)
    }

    /// The signer grants, declines, pauses, resumes or revokes. `seen` is the version that the signer decided on, where
    /// it must not have moved since.
    ///
    /// # Errors
    /// `exchange.unknown_consent` (also for another firm's), those of [`Consent::grant`] and [`Consent::step`], so
    /// `exchange.not_the_signer` for an account that nobody appointed to sign so, `exchange.another_person` for a legal
    /// representative who is none any more,
    /// `exchange.moved_on` when `seen` is no longer the version; those of the journal.
    pub fn step(
        &self,
        actor: &Actor,
        key: &str,
        id: &str,
        step: Step,
        signing: &Signing,
        seen: Option<u64>,
    ) -> Result<View> {
        let now = self.now();
        let Party::Enterprise(subject) = &actor.party else { return Err(unknown(id)) };
        let request = json(&(id, step, signing))?;
        let receipt = self.workspace.journal.append_deciding(TRIES, |_| {
            let before = records::load(&self.workspace, id)?;
            let before = before.filter(|s| s.consent.draft.subject == *subject).ok_or_else(|| unknown(id))?;
            let command = Command::new(&actor.account, "consent.step", key, &request);
            if let Some(done) = self.workspace.journal.receipt(&actor.account, "consent.step", key)? {
                // Carried out before: the journal answers, or says that the key was another request's.
                return Ok(command.answer(done.response));
            }
            if seen.is_some_and(|v| v != before.version) {
                return Err(Fault::new(&faults::MOVED_ON).with("what", id).with("version", before.version));
            }
            // Read with the version of the record, so that an appointment that ends meanwhile ends this step as well.
            let (by, signer) = self.signed_by(actor, subject, signing)?;
            let event = match step {
                Step::Grant => {
                    let rules = self.rules.now()?;
                    let artefact = before.consent.grant(by, now, &rules.catalogue, &rules.purposes)?;
                    let signature = receipts::sign(&self.signer, &artefact.canonical()?)?;
                    ConsentEvent::Granted(ConsentGranted { artefact, signature })
                }
                other => before.consent.step(other, by, now)?,
            };
            let after = Stored { consent: Consent::apply(Some(before.consent), &event)?, version: before.version + 1 };
            let mark = ConsentMark { consent: id.to_owned(), version: after.version, state: after.consent.state };
            let mut command = command
                .event(&records::stream(id), Expected::Version(before.version), event.kind(), 1, json(&event)?)
                .event(&records::access(subject), Expected::Any, kind::CONSENT_MARK, 1, json(&mark)?)
                .answer(json(&View::of(after.clone(), now))?);
            if let Some((stream, version)) = signer {
                command = command.expect(&stream, version);
            }
            for doc in after.documents(&event)? {
                command = command.put(doc);
            }
            Ok(command)
        })?;
        serde_json::from_slice(&receipt.response).map_err(|_| Fault::new(&faults::DAMAGED).with("what", id))
    }

    /// A consent, for one of its parties.
    ///
    /// # Errors
    /// `exchange.unknown_consent`, also for who is no party to it.
    pub fn consent(&self, actor: &Actor, id: &str) -> Result<View> {
        let stored = records::load(&self.workspace, id)?.filter(|s| is_party(actor, &s.consent));
        stored.map(|s| View::of(s, self.now())).ok_or_else(|| unknown(id))
    }

    /// The consents to which the actor is a party, newest first.
    ///
    /// # Errors
    /// `journal.bad_cursor`; those of the store.
    pub fn consents(&self, actor: &Actor, which: &Which, cursor: Option<&str>, limit: usize) -> Result<Page<View>> {
        let is = |column, value: &str| (Column::Text(column), Test::Is(Value::Text(value.to_owned())));
        let (collection, first) = match &actor.party {
            Party::Institution(code, _) => (records::BY_RECIPIENT, is(0, code)),
            Party::Enterprise(uscc) => (records::COLLECTION, is(0, uscc.as_str())),
            _ => (records::COLLECTION, is(3, "consent")),
        };
        let mut query = Query::default().sort(Column::Int(1), true);
        query.tests.push(first);
        if let Some(state) = which.state {
            query.tests.push(is(1, records::state_name(state)));
        }
        if let (Some(subject), Party::Institution(..)) = (&which.subject, &actor.party) {
            query.tests.push(is(2, subject.as_str()));
        }
        let page = self.workspace.journal.list(collection, &query, cursor, limit.clamp(1, 200))?;
        let now = self.now();
        let read = |doc: &StateDoc| Stored::read(doc).map(|s| View::of(s, now));
        Ok(Page { items: page.items.iter().map(read).collect::<Result<_>>()?, next: page.next })
    }
}

fn is_party(actor: &Actor, consent: &Consent) -> bool {
    match &actor.party {
        Party::Enterprise(uscc) => consent.draft.subject == *uscc,
        Party::Institution(code, _) => consent.draft.recipients.contains(code),
        Party::Department(_) => false,
        Party::Operator => true,
    }
}

/// A consent that is not there, or that is none of the asker's: which of the two is not told.
pub(super) fn unknown(id: &str) -> Fault {
    // Ids of strangers are cut, so that a message stays short whatever was sent.
    let shown: String = id.chars().take(64).collect();
    Fault::new(&huoshui_exchange::faults::UNKNOWN_CONSENT).with("consent", shown)
}

/// From when a consent's releases count towards its frequency at a moment.
#[must_use]
pub fn window_start(frequency: Frequency, now: i64) -> i64 {
    now.saturating_sub(i64::from(frequency.days).saturating_mul(clock::DAY))
}
