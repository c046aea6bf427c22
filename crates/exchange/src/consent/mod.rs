//! The enterprise's consent: an immutable signed artefact, and its state beside it.

mod events;
mod receipt;
mod request;
mod steps;

use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Uscc};
use serde::{Deserialize, Serialize};

use crate::canonical;
use crate::purpose::{Frequency, Mode};

pub use events::{
    Consent, ConsentDeclined, ConsentEvent, ConsentGranted, ConsentPaused, ConsentRequested, ConsentResumed,
    ConsentRevoked,
};
pub use receipt::{Receipt, Side, receipts};
pub use request::{Ask, Draft, Recipient, Request, request};
pub use steps::{REQUEST_DAYS, Step, is_authorisation, may, next, state_at};

/// A signature over [`Artefact::canonical`]. Who made it, and whether it holds, is checked where keys are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Such as `ed25519` or `sm2`.
    pub algorithm: String,
    /// The id of the key.
    pub key: String,
    /// The signature, hexadecimal.
    pub value: String,
}

/// By what right the signer speaks for the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// The firm's legal representative.
    LegalRepresentative,
    /// Someone whom the firm authorised; the authorisation's number is kept.
    AuthorisedAgent,
    /// The natural person whose data it is.
    Oneself,
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedBy {
    /// The account that signed.
    pub account: String,
    /// By what right.
    pub authority: Authority,
    /// Number of the written authorisation, for an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorisation: Option<String>,
    /// The day of that authorisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorised_on: Option<Date>,
    /// The last day on which the agent may sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorised_until: Option<Date>,
    /// For a legal representative and for a natural person: the mark of the identity that was checked, a keyed hash over
    /// the firm and the digest that departments hold. None in artefacts that are older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
}

/// A purpose as it stood when the consent was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurposeRef {
    /// Its code.
    pub code: String,
    /// Its version.
    pub version: u32,
    /// SHA-256 of its canonical form, hexadecimal.
    pub hash: String,
}

/// Fields of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The resource.
    pub resource: String,
    /// The version of its schema that the signer saw.
    pub schema: u32,
    /// The fields, in the schema's order.
    pub fields: Vec<String>,
}

/// What a bank asks an enterprise to sign, and what it signs: the artefact without the signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artefact {
    /// The consent's id.
    pub id: String,
    /// The enterprise.
    pub subject: Uscc,
    /// For a natural person's own consent: the account of that person; then `subject` is the firm that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Who signed.
    pub signed_by: SignedBy,
    /// Institutions that may pull, by code, in order.
    pub recipients: Vec<String>,
    /// What for.
    pub purpose: PurposeRef,
    /// What leaves.
    pub mode: Mode,
    /// Which fields.
    pub grants: Vec<Grant>,
    /// Rows dated from here …
    pub data_from: Date,
    /// … to here, inclusive; later rows stay away.
    pub data_to: Date,
    /// When it was signed, microseconds since 1970-01-01 UTC.
    pub granted_at: i64,
    /// From this moment on nothing leaves, microseconds since 1970-01-01 UTC.
    pub expires_at: i64,
    /// How often each recipient may pull.
    pub frequency: Frequency,
    /// How long a recipient may keep what it got, days.
    pub retention_days: u16,
}

impl Artefact {
    /// What is signed: the canonical JSON, the same bytes wherever it is made.
    pub fn canonical(&self) -> Result<Vec<u8>> {
        canonical::bytes(self)
    }

    /// SHA-256 of [`Artefact::canonical`], hexadecimal.
    pub fn digest(&self) -> Result<String> {
        canonical::digest(self)
    }
}

/// Where a consent stands. The artefact itself never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A recipient asked for it.
    Requested,
    /// The enterprise said no.
    Declined,
    /// In force.
    Granted,
    /// Stopped for a while by the enterprise.
    Paused,
    /// Ended by the enterprise, for good.
    Revoked,
    /// Its time is over. Follows from the clock: no event is needed.
    Expired,
}
