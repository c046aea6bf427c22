//! Receipts of consents: signed when they are handed out, checked with the public key alone; and the signatures of what was
//! granted, which `verify` checks.

use huoshui_exchange::consent::{self, ConsentGranted, Receipt, Side, Signature};
use huoshui_journal::faults::BAD_PROOF;
use huoshui_journal::{Ed25519, Signer, Verifier, hash};
use huoshui_kernel::fault::{Fault, Result};

use super::Exchange;
use super::actor::{Actor, Party};
use super::consents::unknown;

/// Bytes of a receipt's file at most.
pub const MAX_BYTES: usize = 1 << 20;

/// A signature in the form in which consents and receipts carry it.
///
/// # Errors
/// Those of the signer.
pub(super) fn sign(signer: &Ed25519, message: &[u8]) -> Result<Signature> {
    let (algorithm, key) = (signer.algorithm().to_owned(), signer.key_id());
    Ok(Signature { algorithm, key, value: hash::hex(&signer.sign(message)?) })
}

/// Whether a signature is that of a trusted key over this message.
#[must_use]
pub fn holds(signature: &Signature, message: &[u8], keys: &dyn Verifier) -> bool {
    let value = hash::unhex::<64>(&signature.value);
    value.is_some_and(|value| keys.verify(&signature.algorithm, &signature.key, message, &value) == Some(true))
}

/// Whether what was granted bears the signature of a trusted key.
///
/// # Errors
/// `exchange.not_canonical`, which the types exclude.
pub fn is_signed(granted: &ConsentGranted, keys: &dyn Verifier) -> Result<bool> {
    Ok(holds(&granted.signature, &granted.artefact.canonical()?, keys))
}

/// Checks a receipt's file against keys that were kept elsewhere. Needs no data, no network.
///
/// # Errors
/// `journal.bad_proof`, saying what does not fit.
pub fn check(file: &[u8], keys: &dyn Verifier) -> Result<Receipt> {
    let bad = |what: &'static str| Fault::new(&BAD_PROOF).with("what", what);
    if file.len() > MAX_BYTES {
        return Err(bad("the file is too large"));
    }
    let receipt: Receipt = serde_json::from_slice(file).map_err(|_| bad("the file is not a receipt"))?;
    let attested = receipt.attested.as_ref().ok_or_else(|| bad("the receipt is not signed: fetch it anew"))?;
    if holds(attested, &receipt.message()?, keys) {
        Ok(receipt)
    } else {
        Err(bad("the receipt was changed, or another key signed it"))
    }
}

impl Exchange {
    /// The actor's receipt of a granted consent, signed so that it can be checked alone.
    ///
    /// # Errors
    /// `exchange.unknown_consent`, `exchange.not_granted`.
    pub fn consent_receipt(&self, actor: &Actor, id: &str) -> Result<Receipt> {
        let view = self.consent(actor, id)?;
        let side = match &actor.party {
            Party::Institution(code, _) => Side::Recipient(code.clone()),
            _ => Side::Subject,
        };
        let receipts = consent::receipts(&view.consent, &self.rules.now()?.purposes)?;
        let mut receipt = receipts.into_iter().find(|r| r.side == side).ok_or_else(|| unknown(id))?;
        receipt.attested = Some(sign(&self.signer, &receipt.message()?)?);
        Ok(receipt)
    }
}
