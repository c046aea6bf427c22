//! What the vault keeps of decisions. Each has a body of its own: what the bank gave, what was asked, the salt and the decision
//! itself. A profile that several decisions rest on is kept once beside them, apart from the bank's own profile, which goes as
//! soon as the consent is revoked: it stays until the time of the decisions on it is over, or until none of them needs it.

use huoshui_credit::decide::{Decision, Inputs, Request};
use huoshui_credit::profile::{Packed, Profile};
use huoshui_exchange::clock;
use huoshui_journal::{Column, Journal, Query, Test, Value};
use huoshui_kernel::fault::{Fault, Result};
use serde::Deserialize;

use super::book::Book;
use super::faults;
use super::profiles::Made as Refreshed;
use super::record::{COLLECTION, Made, Stored, View};
use crate::streams::json;

/// The vault's space of what decisions rest on.
pub const SPACE: &str = "decision";
/// The vault's space of profiles that decisions rest on, each once.
pub const PROFILES: &str = "decision_profile";

/// What a decision was, and all that it rests on.
#[derive(Deserialize)]
pub struct Kept {
    /// What it was made of.
    pub inputs: Inputs,
    /// What it was.
    pub decision: Decision,
}

/// The form of bodies: 3 without the profile where it is kept once for several decisions, 2 with profiles packed; bodies of
/// earlier programs have none and hold [`Inputs`] as they are.
const FORM: u32 = 3;

#[derive(Deserialize)]
struct PackedInputs {
    #[serde(default)]
    profile: Option<Packed>,
    bank: Option<Packed>,
    request: Request,
    salt: String,
}

#[derive(Deserialize)]
struct Body {
    inputs: PackedInputs,
    decision: Decision,
}

impl Kept {
    /// What is kept of a decision; none once it was erased.
    ///
    /// # Errors
    /// `data.damaged`; those of the store.
    pub fn of(journal: &Journal, made: &Made) -> Result<Option<Self>> {
        let damaged = |_| Fault::new(&crate::faults::DAMAGED).with("what", format_args!("vault {SPACE}/{}", made.id));
        let Some(body) = journal.kept(SPACE, &made.place())? else { return Ok(None) };
        let shared = match made.shared() {
            Some(name) => match journal.kept(PROFILES, &name)? {
                Some(profile) => Some(profile),
                None => return Ok(None),
            },
            None => None,
        };
        Self::read(&body, shared.as_deref()).map(Some).map_err(damaged)
    }

    /// Reads a body of any form, and the profile that is kept apart from it.
    ///
    /// # Errors
    /// Those of JSON.
    pub fn read(body: &[u8], shared: Option<&[u8]>) -> std::result::Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Form {
            form: Option<u32>,
        }
        if serde_json::from_slice::<Form>(body)?.form.is_none() {
            return serde_json::from_slice(body);
        }
        let Body { inputs: PackedInputs { profile, bank, request, salt }, decision } = serde_json::from_slice(body)?;
        let missing = || serde::de::Error::missing_field("profile");
        let profile = match (profile, shared) {
            (Some(own), None) => own,
            (None, Some(shared)) => serde_json::from_slice(shared)?,
            _ => return Err(missing()),
        };
        let inputs = Inputs { profile: profile.into(), bank: bank.map(Profile::from), request, salt };
        Ok(Self { inputs, decision })
    }
}

/// What a decision was made of, for keeping.
pub(super) struct Parts<'a> {
    /// The packed profile, unless it is kept apart.
    pub profile: Option<&'a [u8]>,
    pub bank: Option<&'a Profile>,
    pub request: &'a Request,
    pub salt: &'a str,
}

impl Parts<'_> {
    /// The body with the decision whose canonical bytes are these.
    pub fn body(&self, decision: &[u8]) -> Result<Vec<u8>> {
        let mut body = Vec::with_capacity(self.profile.map_or(0, <[u8]>::len) + decision.len() + 2_048);
        body.extend_from_slice(format!("{{\"form\":{FORM},\"inputs\":{{").as_bytes());
        if let Some(profile) = self.profile {
            body.extend_from_slice(b"\"profile\":");
            body.extend_from_slice(profile);
            body.push(b',');
        }
        body.extend_from_slice(b"\"bank\":");
        body.extend_from_slice(&json(&self.bank.map(Packed::from))?);
        body.extend_from_slice(b",\"request\":");
        body.extend_from_slice(&json(self.request)?);
        body.extend_from_slice(b",\"salt\":");
        body.extend_from_slice(&json(&self.salt)?);
        body.extend_from_slice(b"},\"decision\":");
        body.extend_from_slice(decision);
        body.push(b'}');
        Ok(body)
    }
}

impl Made {
    /// The name of the profile that is kept once for this and other decisions; none where it is in the decision's own body.
    #[must_use]
    pub fn shared(&self) -> Option<String> {
        let profile = self.profile.as_ref().filter(|_| self.layout > 0)?;
        Some(shared(&self.institution, profile))
    }
}

/// The name of a profile of an institution that decisions rest on.
pub(super) fn shared(institution: &str, profile: &str) -> String {
    format!("{institution}/{profile}")
}

/// Whether a decision on this profile still has what else it rests on. Decisions rest on a profile only on the day on which it
/// was made.
pub(super) fn needed(journal: &Journal, profile: &Refreshed) -> Result<bool> {
    const PAGE: usize = 500;
    let (from, end) = (clock::start(profile.as_of), clock::start(clock::days_after(profile.as_of, 1)));
    let query = Query::default()
        .filter(Column::Int(0), Test::AtLeast(Value::Int(from)))
        .filter(Column::Int(0), Test::Below(Value::Int(end)))
        .filter(Column::Int(2), Test::Missing)
        .sort(Column::Int(0), false);
    let mut cursor: Option<String> = None;
    loop {
        let page = journal.list(COLLECTION, &query, cursor.as_deref(), PAGE)?;
        for doc in &page.items {
            let made = Stored::read(doc)?.made;
            let on_it = made.profile.as_ref() == Some(&profile.id) && made.institution == profile.institution;
            if on_it && made.layout > 0 {
                return Ok(true);
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(false);
        }
    }
}

pub(super) fn need(journal: &Journal, made: &Made) -> Result<Kept> {
    Kept::of(journal, made)?.ok_or_else(|| Fault::new(&faults::ERASED).with("id", &made.id))
}

pub(super) fn view(journal: &Journal, stored: Stored) -> Result<View> {
    let decision = Kept::of(journal, &stored.made)?.map(|k| k.decision);
    Ok(View::new(stored, decision))
}

/// The decision with the lists of its policies and, while they are kept, of its inputs.
pub(super) fn whole(journal: &Journal, book: &Book, stored: Stored) -> Result<View> {
    let (made, kept) = (&stored.made, Kept::of(journal, &stored.made)?);
    let policies = made.policies(book)?;
    let inputs = match &kept {
        _ if made.with_lists() => made.record.inputs.clone(),
        Some(kept) => book.at(made.policies, made.record.date)?.rules.inputs_of(&kept.inputs)?,
        None => Vec::new(),
    };
    Ok(View { policies, inputs, ..View::new(stored, kept.map(|k| k.decision)) })
}
