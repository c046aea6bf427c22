//! The events of the exchange beside those of consents, as JSON. A field is never renamed; no value of a department ever
//! stands in one.

use huoshui_exchange::access::Entry;
use huoshui_exchange::consent::State;
use huoshui_exchange::correction::{Answered, Objection, Reliance};
use huoshui_kernel::{Date, Uscc};
use serde::{Deserialize, Serialize};

/// Event kinds.
pub mod kind {
    /// [`super::ConsentMark`].
    pub const CONSENT_MARK: &str = "access.consent";
    /// [`super::Logged`].
    pub const ACCESS: &str = "access.entry";
    /// [`super::Corrected`].
    pub const CORRECTED: &str = "access.corrected";
    /// [`huoshui_exchange::correction::Objection`].
    pub const OBJECTED: &str = "objection.raised";
    /// [`super::ObjectionAnswered`].
    pub const ANSWERED: &str = "objection.answered";
    /// [`crate::exchange::overdue::Overdue`].
    pub const OVERDUE: &str = "objection.overdue";
    /// [`super::LookedUp`].
    pub const LOOKED_UP: &str = "lookup.made";
    /// [`crate::exchange::notices::ReadUntil`].
    pub const NOTICE_READ: &str = "inbox.read";
}

/// `access/USCC`: a consent of the firm changed. Written with the consent's own event, so that whoever decided on the
/// state before decides anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentMark {
    /// The consent.
    pub consent: String,
    /// Version of its stream.
    pub version: u64,
    /// Where it stands now.
    pub state: State,
}

/// How a pull or a verification ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// An answer left the platform.
    Released,
    /// An answer left that holds no value, for no source was ready: not counted.
    Empty,
    /// Nothing left.
    Refused,
    /// A repeat: nothing left, nothing was counted.
    Replayed,
}

/// `access/USCC`, or `refusals/INSTITUTION` where there is no such consent: who asked for what, under which consent, for
/// which purpose, and how it ended. Hashes and names of fields; never a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logged {
    /// How it ended.
    pub outcome: Ended,
    /// The entry.
    pub entry: Entry,
    /// Of a repeat: the entry that it repeats, a version of this stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u64>,
    /// Of a release: how many under this consent to this recipient must be remembered to count the next one, which is
    /// the consent's frequency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<u32>,
    /// That the document of the firm's releases was brought up to this entry, which happens every so many.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub summed: bool,
}

/// `access/USCC`: a department corrected a value of the firm. Written with the answer, so that whoever remembers the old
/// value reads anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// The objection.
    pub objection: String,
    /// The resource.
    pub resource: String,
    /// The field.
    pub field: String,
}

/// `objection/ID`: the department answered, and who had relied on the value is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectionAnswered {
    /// The answer.
    pub answered: Answered,
    /// Who had the value and may still keep it; only of a correction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relied: Vec<Reliance>,
    /// What the answer is about, so that whoever is told of it is told that too; none in events of former releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
}

/// What an objection is about, as those may know it who had the value: neither row nor value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The firm.
    pub subject: Uscc,
    /// The department that answered.
    pub department: String,
    /// The resource.
    pub resource: String,
    /// The field.
    pub field: String,
}

impl About {
    /// What this objection is about.
    #[must_use]
    pub fn of(o: &Objection) -> Self {
        Self {
            subject: o.subject,
            department: o.department.clone(),
            resource: o.resource.clone(),
            field: o.field.clone(),
        }
    }
}

/// `lookup/PARTY`: someone looked firms up. What was looked for stands here as a digest only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookedUp {
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// The city's day, to which it counts.
    pub day: Date,
    /// Who.
    pub account: String,
    /// SHA-256 of what was looked for, hexadecimal.
    pub digest: String,
    /// What it counts as: the rows of a bulk look-up, else 1.
    pub rows: u64,
}
