//! Decisions: what the rules of a product say of an application, why, and what would change it.

use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::policy::{PolicyRef, canonical, hex};
use crate::profile::{Origin, Profile};
use crate::rules::Policies;
use crate::value::Texts;

mod asked;
mod authority;
pub(crate) mod evaluate;
mod explain;
pub(crate) mod flips;
pub(crate) mod frame;
mod given;
pub(crate) mod layout;
mod promise;
mod reach;
mod reason;
mod reasons;
mod work;

pub use evaluate::Outcome;
pub use explain::Branch;
pub use flips::Effect;
pub use given::{Basis, Given};
pub use reason::{Flip, Reason, ReasonKind};

/// The edition of the form of decisions that are made now. In the first one a decision and its record held the list of
/// policies and the list of inputs with their hashes; since the second they hold one digest over each, from which the
/// lists made again ([`crate::rules::Rules::policies_of`], [`crate::rules::Rules::inputs_of`]) can be told to be the same.
/// And since the second reasons say percentages and whole units, and flips are looked for among what people would say.
/// What is decided is the same in both.
pub const EDITION: u32 = 2;
/// The edition whose decisions hold their lists, and whose reasons say values as they are stored.
pub(crate) const WITH_LISTS: u32 = 1;

/// What an enterprise asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Code of the product.
    pub product: String,
    /// The amount, fen.
    pub amount_fen: i64,
    /// The tenor.
    pub months: u16,
    /// The code of the purpose.
    pub purpose: String,
    /// The loan prime rate of the day and tenor, ppm.
    pub lpr_ppm: i64,
}

/// Everything that a decision is made of besides the policies. Kept apart from the journal, so that it can be erased;
/// the decision holds salted hashes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The platform's profile of the enterprise.
    pub profile: Profile,
    /// The bank's own inputs, computed from its own relations. They stay with the bank.
    pub bank: Option<Profile>,
    /// The application.
    pub request: Request,
    /// Salt of the hashes, in hex; 32 bytes drawn anew for each decision by whoever calls.
    pub salt: String,
}

/// A value that was read: its salted hash and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputRef {
    /// The field.
    pub field: String,
    /// SHA-256 over the salt, the field's name, a zero byte and the canonical cell, in hex.
    pub commitment: String,
    /// Its sources.
    pub origins: Vec<Origin>,
}

/// A decision. [`Decision::bytes`] is its canonical form: the same inputs and policies give the same bytes, always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The edition of this form.
    pub edition: u32,
    /// The enterprise.
    pub uscc: String,
    /// The business date.
    pub date: Date,
    /// The date of the profile.
    pub profile_as_of: Date,
    /// The application.
    pub request: Request,
    /// The product.
    pub product: PolicyRef,
    /// The outcome.
    pub outcome: Outcome,
    /// The stage that chose the card.
    pub stage: Option<String>,
    /// The card.
    pub card: PolicyRef,
    /// The score, missing values at their worst.
    pub score: i32,
    /// The score if every missing value were the best.
    pub best: i32,
    /// The grade of the score.
    pub grade: String,
    /// Its probability of default, ppm.
    pub pd_ppm: i64,
    /// The line, fen: only where the outcome approves.
    pub line_fen: Option<i64>,
    /// The rate, ppm: only where the outcome approves.
    pub rate_ppm: Option<i64>,
    /// Why, in order.
    pub reasons: Vec<Reason>,
    /// The outcome if every flip of a blocking reason were made, in order.
    pub together: Option<Outcome>,
    /// Every policy that took part; in the first edition only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyRef>,
    /// Every value that was read; in the first edition only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputRef>,
    /// SHA-256 over the canonical list of policies that took part, in hex; since the second edition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies_digest: Option<String>,
    /// SHA-256 over the salt, the sources and every value that was read, in hex; since the second edition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_digest: Option<String>,
    /// That the score is advice and the decision the bank's.
    pub note: Texts,
}

/// A decision without values, for a journal: nothing in it tells what a department knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Record {
    pub edition: u32,
    pub uscc: String,
    pub date: Date,
    pub product: String,
    pub outcome: Outcome,
    pub grade: String,
    pub score: i32,
    pub line_fen: Option<i64>,
    pub rate_ppm: Option<i64>,
    /// Codes of the reasons, in order.
    pub reasons: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyRef>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputRef>,
    /// Product and card, by which the list of policies is made again; since the second edition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub named: Vec<PolicyRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies_digest: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs_digest: Option<String>,
    /// SHA-256 over the salt and the decision's bytes, in hex.
    pub decision: String,
}

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// Whether the bytes are the same.
    pub same: bool,
    /// The decision made again.
    pub decision: Decision,
}

impl Decision {
    /// The canonical bytes.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        canonical(self)
    }

    /// The form for a journal.
    pub fn record(&self, salt: &str) -> Result<Record> {
        Ok(self.recorded(salt, &self.bytes()?))
    }

    /// The form for a journal of a decision whose canonical bytes are these.
    #[must_use]
    pub fn recorded(&self, salt: &str, bytes: &[u8]) -> Record {
        let mut hash = Sha256::new();
        hash.update(salt.as_bytes());
        hash.update(bytes);
        let with_lists = self.edition == WITH_LISTS;
        let named = if with_lists { Vec::new() } else { vec![self.product.clone(), self.card.clone()] };
        Record {
            edition: self.edition,
            uscc: self.uscc.clone(),
            date: self.date,
            product: self.product.code.clone(),
            outcome: self.outcome,
            grade: self.grade.clone(),
            score: self.score,
            line_fen: self.line_fen,
            rate_ppm: self.rate_ppm,
            reasons: self.reasons.iter().map(|r| r.code.clone()).collect(),
            policies: self.policies.clone(),
            inputs: self.inputs.clone(),
            named,
            policies_digest: self.policies_digest.clone(),
            inputs_digest: self.inputs_digest.clone(),
            decision: hex(&hash.finalize()),
        }
    }
}

/// Makes a past decision again, in its edition, under the policies of its day and compares the bytes.
pub fn replay(policies: &Policies, date: Date, inputs: &Inputs, stored: &[u8]) -> Result<Replay> {
    /// What of a decision tells its edition.
    #[derive(Deserialize)]
    struct Form {
        edition: u32,
    }
    let edition = serde_json::from_slice::<Form>(stored).map_or(EDITION, |form| form.edition);
    let decision = policies.on(date)?.decide_in(edition, inputs)?;
    Ok(Replay { same: decision.bytes()? == stored, decision })
}
