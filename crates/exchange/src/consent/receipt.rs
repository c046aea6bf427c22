//! Receipts: what each side can show later.

use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Uscc};
use serde::{Deserialize, Serialize};

use super::{Consent, Grant, PurposeRef, Signature, SignedBy};
use crate::purpose::{Frequency, Mode, Purposes};
use crate::{canonical, faults};

/// Whose receipt it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The enterprise's, or the natural person's.
    Subject,
    /// This institution's.
    Recipient(String),
}

/// A receipt: who may have what, for what, until when, with the artefact's hash and signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The consent's id.
    pub consent: String,
    /// Whose receipt it is.
    pub side: Side,
    /// The enterprise.
    pub subject: Uscc,
    /// Who signed.
    pub signed_by: SignedBy,
    /// Who may pull: all recipients on the subject's receipt, the institution itself on its own.
    pub recipients: Vec<String>,
    /// What for.
    pub purpose: PurposeRef,
    /// What the signer read, Chinese.
    pub text_zh: String,
    /// The same in English.
    pub text_en: String,
    /// What leaves.
    pub mode: Mode,
    /// Which fields.
    pub grants: Vec<Grant>,
    /// Rows dated from here …
    pub data_from: Date,
    /// … to here.
    pub data_to: Date,
    /// When it was signed, microseconds since 1970-01-01 UTC.
    pub granted_at: i64,
    /// From this moment on nothing leaves.
    pub expires_at: i64,
    /// How often each recipient may pull.
    pub frequency: Frequency,
    /// How long what was got may be kept, days.
    pub retention_days: u16,
    /// SHA-256 of what was signed, hexadecimal.
    pub hash: String,
    /// The signature over it, which whoever holds the artefact checks.
    pub signature: Signature,
    /// The platform's signature over [`Receipt::message`], which whoever holds the receipt checks with the public key alone:
    /// an institution's receipt does not tell of the others, and so does not hold all that the artefact's signature is over.
    /// None before it was signed, and in receipts of former releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attested: Option<Signature>,
}

/// What is signed begins with this, so that no signature of another kind can pass for one of a receipt.
const DOMAIN: &[u8] = b"huoshui/receipt/1\0";

impl Receipt {
    /// What [`Receipt::attested`] is over: everything else of the receipt, in canonical form.
    ///
    /// # Errors
    /// `exchange.not_canonical`, which the types exclude.
    pub fn message(&self) -> Result<Vec<u8>> {
        let bare = Self { attested: None, ..self.clone() };
        Ok([DOMAIN, &canonical::bytes(&bare)?].concat())
    }
}

/// The receipts of a granted consent: the subject's first, then one for each recipient. Before it was granted there are
/// none: `exchange.not_granted`.
pub fn receipts(consent: &Consent, purposes: &Purposes) -> Result<Vec<Receipt>> {
    let (Some(a), Some(signature)) = (&consent.artefact, &consent.signature) else {
        return Err(Fault::new(&faults::NOT_GRANTED).with("consent", &consent.draft.id));
    };
    let Some(purpose) = purposes.resolve(&a.purpose) else {
        return Err(Fault::new(&faults::UNKNOWN_PURPOSE).with("purpose", &a.purpose.code));
    };
    let hash = a.digest()?;
    let one = |side: Side, recipients: Vec<String>| Receipt {
        consent: a.id.clone(),
        side,
        subject: a.subject,
        signed_by: a.signed_by.clone(),
        recipients,
        purpose: a.purpose.clone(),
        text_zh: purpose.text_zh.clone(),
        text_en: purpose.text_en.clone(),
        mode: a.mode,
        grants: a.grants.clone(),
        data_from: a.data_from,
        data_to: a.data_to,
        granted_at: a.granted_at,
        expires_at: a.expires_at,
        frequency: a.frequency,
        retention_days: a.retention_days,
        hash: hash.clone(),
        signature: signature.clone(),
        attested: None,
    };
    let mut all = vec![one(Side::Subject, a.recipients.clone())];
    all.extend(a.recipients.iter().map(|r| one(Side::Recipient(r.clone()), vec![r.clone()])));
    Ok(all)
}
