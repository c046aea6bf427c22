//! A decision as it is asked for, stored and shown: events and documents hold commitments, the vault holds values.

use huoshui_credit::decide::{Decision, InputRef, Outcome, Record, Request};
use huoshui_credit::governance::Override;
use huoshui_credit::policy::PolicyRef;
use huoshui_exchange::clock;
use huoshui_journal::{Columns, Journal, StateDoc, hash};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::bank::Rows;
use super::book::Book;
use super::{faults, is_id};
use crate::streams::{self, json};

/// The collection of decisions: text column bank; integer columns when it was made, until when its inputs may be kept, when
/// they were erased. Decisions of the first edition also have text columns product, outcome, enterprise.
pub const COLLECTION: &str = "decision";
/// How decisions are laid out in the store. Since 1, documents are named in the order of time, so that new ones lie beside one
/// another and not each on a page of its own, and what decisions on one profile share is kept once.
pub const LAYOUT: u8 = 1;

/// Event kinds.
pub mod kind {
    /// [`super::Made`].
    pub const MADE: &str = "decision.made";
    /// [`huoshui_credit::governance::Override`].
    pub const OVERRIDDEN: &str = "decision.overridden";
    /// [`super::Erased`].
    pub const ERASED: &str = "decision.erased";
}

/// An application, as the bank brings it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The consent under which the firm's data are pulled.
    pub consent: String,
    /// Code of the consent's purpose.
    pub purpose: String,
    /// What the firm asks for.
    pub request: Request,
    /// The bank's own inputs, by relation.
    #[serde(default)]
    pub bank_inputs: Rows,
    /// The bank's own number of the application, 1 to 64 characters: under it a bank gets one decision, whatever the key,
    /// the account and the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The id of a profile that this bank refreshed today under this consent and purpose: the decision rests on it, and
    /// nothing is pulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

/// `decision/ID`: a decision was made. What the departments and the bank know stands here as commitments only. What the decision
/// says is here in full, for its bank: score, grade, line, rate and codes of reasons tell of the firm and of what the bank gave (a
/// line may be the very need, `gate.overdue_now` is the bank's own reading of a report); to others it is shown as [`Seen`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// The bank.
    pub institution: String,
    /// Who asked.
    pub account: String,
    /// The consent.
    pub consent: String,
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// The version of the stream of policies that it was made under.
    pub policies: u64,
    /// The decision without values.
    pub record: Record,
    /// The bank's number of the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// [`asked`]: what was asked, under the salt that lies in the vault. None in decisions of earlier programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<String>,
    /// Until when what it rests on may be kept, by the consent: microseconds since 1970-01-01 UTC. None in decisions of
    /// earlier programs; their consent tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<i64>,
    /// The profile that it rests on; none where the decision pulled by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// [`LAYOUT`]; 0 in decisions of earlier programs.
    #[serde(default, skip_serializing_if = "is_first")]
    pub layout: u8,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_first(layout: &u8) -> bool {
    *layout == 0
}

/// Why values went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Their time was over.
    Retention,
    /// The enterprise revoked the consent.
    Revoked,
    /// The institution wanted it.
    Asked,
}

/// `decision/ID`, `profile/ID`: what it rests on was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Why.
    pub why: Reason,
}

/// A decision with what people made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The decision.
    pub made: Made,
    /// Overrides, in order.
    pub overrides: Vec<Override>,
    /// That what it rests on is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Erased>,
    /// Version of its stream.
    pub version: u64,
}

/// A decision for its bank. Without the values where they were erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// What the journal holds.
    #[serde(flatten)]
    pub stored: Stored,
    /// Every policy that took part, where the decision is read and not just made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyRef>,
    /// Every value that was read, with its salted hash and its sources, where the decision is read and its inputs are kept.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputRef>,
    /// The whole decision with its reasons in words; none once its inputs were erased.
    pub decision: Option<Decision>,
    /// All of this as JSON, where it is there already.
    #[serde(skip)]
    pub bytes: Option<Vec<u8>>,
}

impl View {
    /// Without its lists.
    pub(super) fn new(stored: Stored, decision: Option<Decision>) -> Self {
        Self { stored, policies: Vec::new(), inputs: Vec::new(), decision, bytes: None }
    }

    /// As JSON.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn into_json(mut self) -> Result<Vec<u8>> {
        self.bytes.take().map_or_else(|| json(&self), Ok)
    }
}

/// A decision for whoever supervises: that it was made, on what product, and how it ended. Nothing of why, or of how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// The bank.
    pub institution: String,
    /// The product.
    pub product: String,
    /// The outcome by the rules.
    pub outcome: Outcome,
    /// The business date.
    pub date: Date,
}

impl From<Stored> for Seen {
    fn from(stored: Stored) -> Self {
        let Made { id, institution, record, .. } = stored.made;
        Self { id, institution, product: record.product, outcome: record.outcome, date: record.date }
    }
}

/// A decision in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Listed {
    /// The bank's own.
    Own(Box<Stored>),
    /// Another's, for whoever supervises.
    Seen(Seen),
}

/// What was asked, as a commitment: the bank's own inputs can be guessed from a plain hash, and not from one under a salt
/// that is kept, and erased, with them.
///
/// # Errors
/// `app.internal`, which the types exclude.
pub fn asked(salt: &str, application: &Application) -> Result<String> {
    let mut bytes = b"huoshui/application/1\0".to_vec();
    bytes.extend_from_slice(salt.as_bytes());
    bytes.extend_from_slice(&json(application)?);
    Ok(hash::hex(&hash::bytes(&bytes)))
}

/// The stream of a decision.
#[must_use]
pub fn stream(id: &str) -> String {
    format!("decision/{id}")
}

impl Made {
    /// Whether it is of the first edition, whose record holds the lists.
    pub(super) fn with_lists(&self) -> bool {
        self.record.edition < 2
    }

    /// The name of its document.
    #[must_use]
    pub fn document(&self) -> String {
        if self.layout == 0 { self.id.clone() } else { format!("{:016x}-{}", self.at, self.id) }
    }

    /// The name of what the vault keeps of it: since the second edition in the order of time, as it is written.
    #[must_use]
    pub fn place(&self) -> String {
        if self.with_lists() {
            format!("{}/{}", self.institution, self.id)
        } else {
            format!("{}/{:016x}-{}", self.institution, self.at, self.id)
        }
    }

    /// Every policy that took part: as the record has them, or made again from the policies of that time, by product and card,
    /// and held against the record's digest.
    ///
    /// # Errors
    /// Those of the policies; `data.damaged` where they are not what the record commits to.
    pub fn policies(&self, book: &Book) -> Result<Vec<PolicyRef>> {
        let [product, card] = self.record.named.as_slice() else { return Ok(self.record.policies.clone()) };
        let rules = book.at(self.policies, self.record.date)?.rules;
        let list = rules.policies_of(&product.code, &card.code)?.to_vec();
        if Some(huoshui_credit::policy::hash(&list)?) == self.record.policies_digest {
            return Ok(list);
        }
        Err(Fault::new(&crate::faults::DAMAGED).with("what", format_args!("{COLLECTION}/{}", self.id)))
    }
}

impl Stored {
    /// A decision just made.
    #[must_use]
    pub fn new(made: Made) -> Self {
        Self { made, overrides: Vec::new(), erased: None, version: 1 }
    }

    /// Its document.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn document(&self) -> Result<StateDoc> {
        self.document_of(json(self)?)
    }

    /// Its document, whose bytes are these.
    pub(super) fn document_of(&self, doc: Vec<u8>) -> Result<StateDoc> {
        let record = &self.made.record;
        let mut text = [Some(self.made.institution.clone()), None, None, None];
        if self.made.with_lists() {
            let outcome = serde_json::to_value(record.outcome).ok().and_then(|v| v.as_str().map(str::to_owned));
            let [bank, ..] = text;
            text = [bank, Some(record.product.clone()), outcome, Some(record.uscc.clone())];
        }
        let gone = self.erased.as_ref().map(|e| e.at);
        let until = self.made.keep_until.filter(|_| gone.is_none());
        // By the hour, for neighbours in the index; what is due is looked at to the microsecond.
        let until = until.map(|at| if self.made.layout == 0 { at } else { at - at.rem_euclid(clock::DAY / 24) });
        Ok(StateDoc {
            collection: COLLECTION.to_owned(),
            id: self.made.document(),
            version: self.version,
            doc,
            columns: Columns { text, int: [Some(self.made.at), until, gone, None] },
        })
    }

    pub(super) fn read(doc: &StateDoc) -> Result<Self> {
        serde_json::from_slice(&doc.doc)
            .map_err(|_| Fault::new(&crate::faults::DAMAGED).with("what", format_args!("{COLLECTION}/{}", doc.id)))
    }
}

/// A decision, whosever it is. Its first event tells the name of its document.
pub(super) fn find(journal: &Journal, id: &str) -> Result<Option<Stored>> {
    let first = journal.read_stream(&stream(id), 1, 1)?;
    let Some(made) = first.first().map(streams::body::<Made>).transpose()? else { return Ok(None) };
    journal.state(COLLECTION, &made.document())?.as_ref().map(Stored::read).transpose()
}

/// A decision of this bank; another bank's is not there for it.
pub(super) fn load(journal: &Journal, owner: &str, id: &str) -> Result<Stored> {
    let unknown = || Fault::new(&faults::NO_DECISION).with("id", id.chars().take(64).collect::<String>());
    if !is_id(id) {
        return Err(unknown());
    }
    let stored = find(journal, id)?.ok_or_else(unknown)?;
    if stored.made.institution == owner { Ok(stored) } else { Err(unknown()) }
}
