//! A decision as it is asked for, stored and shown: events and documents hold commitments, the vault holds values.

use huoshui_credit::decide::{Decision, Inputs, Outcome, Record, Request};
use huoshui_credit::governance::Override;
use huoshui_journal::{Columns, Journal, StateDoc, hash};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::bank::Rows;
use super::{faults, is_id};
use crate::streams::json;

/// The vault's space of what decisions rest on.
pub const SPACE: &str = "decision";
/// The collection of decisions: text columns bank, product, outcome, enterprise; integer columns when it was made, until
/// when its inputs may be kept, when they were erased.
pub const COLLECTION: &str = "decision";

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

/// What the vault keeps of a decision.
#[derive(Deserialize)]
pub(super) struct Kept {
    pub inputs: Inputs,
    pub decision: Decision,
}

/// The bytes of it.
pub(super) fn kept_bytes(inputs: &Inputs, decision: &Decision) -> Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Keeping<'a> {
        inputs: &'a Inputs,
        decision: &'a Decision,
    }
    json(&Keeping { inputs, decision })
}

/// A decision for its bank. Without the values where they were erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// What the journal holds.
    #[serde(flatten)]
    pub stored: Stored,
    /// The whole decision with its reasons in words; none once its inputs were erased.
    pub decision: Option<Decision>,
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
    /// The name of what the vault keeps of it.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{}", self.institution, self.id)
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
        let record = &self.made.record;
        let outcome = serde_json::to_value(record.outcome).ok().and_then(|v| v.as_str().map(str::to_owned));
        let text =
            [Some(self.made.institution.clone()), Some(record.product.clone()), outcome, Some(record.uscc.clone())];
        let gone = self.erased.as_ref().map(|e| e.at);
        let until = self.made.keep_until.filter(|_| gone.is_none());
        Ok(StateDoc {
            collection: COLLECTION.to_owned(),
            id: self.made.id.clone(),
            version: self.version,
            doc: json(self)?,
            columns: Columns { text, int: [Some(self.made.at), until, gone, None] },
        })
    }

    pub(super) fn read(doc: &StateDoc) -> Result<Self> {
        serde_json::from_slice(&doc.doc)
            .map_err(|_| Fault::new(&crate::faults::DAMAGED).with("what", format_args!("{COLLECTION}/{}", doc.id)))
    }
}

/// A decision of this bank; another bank's is not there for it.
pub(super) fn load(journal: &Journal, owner: &str, id: &str) -> Result<Stored> {
    let unknown = || Fault::new(&faults::NO_DECISION).with("id", id.chars().take(64).collect::<String>());
    if !is_id(id) {
        return Err(unknown());
    }
    let doc = journal.state(COLLECTION, id)?.ok_or_else(unknown)?;
    let stored = Stored::read(&doc)?;
    if stored.made.institution == owner { Ok(stored) } else { Err(unknown()) }
}

pub(super) fn kept(journal: &Journal, made: &Made) -> Result<Option<Kept>> {
    let damaged = |_| Fault::new(&crate::faults::DAMAGED).with("what", format_args!("vault {SPACE}/{}", made.id));
    let body = journal.kept(SPACE, &made.place())?;
    body.map(|b| serde_json::from_slice(&b).map_err(damaged)).transpose()
}

pub(super) fn need(journal: &Journal, made: &Made) -> Result<Kept> {
    kept(journal, made)?.ok_or_else(|| Fault::new(&faults::ERASED).with("id", &made.id))
}

pub(super) fn view(journal: &Journal, stored: Stored) -> Result<View> {
    let decision = kept(journal, &stored.made)?.map(|k| k.decision);
    Ok(View { stored, decision })
}
