//! What may be released to whom: a decision from facts alone ([`decide`]), and the picking of what it allows from what
//! a source answered ([`pick`]).

mod decide;
mod pick;
mod plan;

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, FaultSpec};
use serde::{Deserialize, Serialize};

use crate::catalogue::Catalogue;
use crate::consent::{Artefact, State};
use crate::faults;
use crate::purpose::{Mode, Purposes};

pub use decide::{decide, recheck, stands};
pub(crate) use pick::fits as cell_fits;
pub use pick::{Inside, Mark, pick, pick_inside, pick_leaving, pick_marked};
pub use plan::{Dropped, Fetch, Plan, Usage};

/// The most resources that one pull may name.
pub const MAX_WANTED: usize = 60;

/// Fields of one resource that a pull wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Want {
    /// The resource.
    pub resource: String,
    /// The fields; none means all that were granted.
    #[serde(default)]
    pub fields: Vec<String>,
}

/// A pull: a recipient presents a consent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// The consent's id.
    pub consent: String,
    /// Code of the purpose that the recipient states.
    pub purpose: String,
    /// The institution that pulls, as it signed in.
    pub recipient: String,
    /// What it wants; none means all that was granted.
    #[serde(default)]
    pub wants: Vec<Want>,
    /// Rows from here; none means from where consent and purpose allow.
    #[serde(default)]
    pub data_from: Option<Date>,
    /// Rows to here, inclusive; none means to where the consent allows.
    #[serde(default)]
    pub data_to: Option<Date>,
    /// What it wants to leave.
    pub mode: Mode,
}

/// A consent with its state at the moment of the pull ([`crate::consent::Consent::state_at`]).
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    /// What was signed.
    pub artefact: &'a Artefact,
    /// Where it stands.
    pub state: State,
}

/// A consent as a pull finds it.
#[derive(Clone, Copy, Debug)]
pub enum Presented<'a> {
    /// There is none of this id.
    Unknown,
    /// Asked for and not granted: requested, declined or lapsed. Its recipients and purpose are the draft's.
    Unsigned {
        /// Who would receive.
        recipients: &'a [String],
        /// Code of the purpose.
        purpose: &'a str,
        /// Where it stands.
        state: State,
    },
    /// It was signed.
    Signed(Held<'a>),
}

impl<'a> Presented<'a> {
    /// A consent at a moment.
    #[must_use]
    pub fn of(consent: Option<&'a crate::consent::Consent>, now: i64) -> Self {
        let Some(consent) = consent else { return Self::Unknown };
        let state = consent.state_at(now);
        match &consent.artefact {
            Some(artefact) => Self::Signed(Held { artefact, state }),
            None => {
                Self::Unsigned { recipients: &consent.draft.recipients, purpose: &consent.draft.purpose.code, state }
            }
        }
    }
}

/// All that a decision hangs on.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The pull.
    pub pull: &'a Pull,
    /// The consent that it presents.
    pub consent: Presented<'a>,
    /// A natural person's own consent beside it, if there is one.
    pub personal: Option<Held<'a>>,
    /// When this recipient pulled under this consent before: releases that were counted, microseconds since 1970-01-01
    /// UTC, in any order. Older ones than the window do no harm.
    pub usage: &'a [i64],
    /// The catalogue.
    pub catalogue: &'a Catalogue,
    /// The purposes.
    pub purposes: &'a Purposes,
    /// Now, microseconds since 1970-01-01 UTC.
    pub now: i64,
}

/// Why nothing leaves, in order of precedence: the first that holds is the answer. First who and what for, so that a
/// stranger learns no more than that; then where the consent stands; then what is asked of it; last what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No consent of this id, or a natural person's own, which carries no pull by itself.
    UnknownConsent,
    /// The consent names other recipients.
    WrongRecipient,
    /// The consent is for another purpose.
    WrongPurpose,
    /// The purpose is not known any more as it was signed.
    PurposeChanged,
    /// Nobody has granted it yet.
    NotGranted,
    /// The enterprise said no.
    Declined,
    /// The enterprise paused it.
    Paused,
    /// The enterprise ended it.
    Revoked,
    /// Its time is over.
    Expired,
    /// The consent is for values, verification or tags, and the pull wants another of them.
    WrongMode,
    /// A natural person's data, and that person's own consent is not in force or does not cover it.
    PersonalConsentMissing,
    /// The consent does not name a field.
    WrongField,
    /// Rows are wanted that lie outside the consent's range or the purpose's look-back.
    WrongRange,
    /// A field is not any more what the signer saw.
    SchemaMoved,
    /// The recipient has pulled as often as it may for now.
    Frequency,
}

impl Reason {
    /// All, in order of precedence.
    pub const ALL: [Self; 15] = [
        Self::UnknownConsent,
        Self::WrongRecipient,
        Self::WrongPurpose,
        Self::PurposeChanged,
        Self::NotGranted,
        Self::Declined,
        Self::Paused,
        Self::Revoked,
        Self::Expired,
        Self::WrongMode,
        Self::PersonalConsentMissing,
        Self::WrongField,
        Self::WrongRange,
        Self::SchemaMoved,
        Self::Frequency,
    ];

    /// Its entry in the catalogue of errors.
    #[must_use]
    pub fn spec(self) -> &'static FaultSpec {
        match self {
            Self::UnknownConsent => &faults::UNKNOWN_CONSENT,
            Self::WrongRecipient => &faults::WRONG_RECIPIENT,
            Self::WrongPurpose => &faults::WRONG_PURPOSE,
            Self::PurposeChanged => &faults::PURPOSE_CHANGED,
            Self::NotGranted => &faults::NOT_GRANTED,
            Self::Declined => &faults::DECLINED,
            Self::Paused => &faults::PAUSED,
            Self::Revoked => &faults::REVOKED,
            Self::Expired => &faults::EXPIRED,
            Self::WrongMode => &faults::WRONG_MODE,
            Self::PersonalConsentMissing => &faults::PERSONAL_CONSENT,
            Self::WrongField => &faults::WRONG_FIELD,
            Self::WrongRange => &faults::WRONG_RANGE,
            Self::SchemaMoved => &faults::SCHEMA_MOVED,
            Self::Frequency => &faults::FREQUENCY,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.spec().code
    }
}

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Why.
    pub reason: Reason,
    /// The same for people, with what to do.
    pub fault: Fault,
}

impl Denial {
    fn new(reason: Reason, pull: &Pull) -> Self {
        Self { reason, fault: Fault::new(reason.spec()).with("consent", &pull.consent) }
    }

    fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.fault = self.fault.with(name, value);
        self
    }
}

impl From<Denial> for Fault {
    fn from(denial: Denial) -> Self {
        denial.fault
    }
}
