//! What leaves: an answer in canonical form, its salt, the commitment that stands in the log, and the platform's signature,
//! which several answers may share ([`super::together`]).

use huoshui_exchange::canonical;
use huoshui_journal::{Signer, Verifier, hash};
use huoshui_kernel::fault::{Fault, Result};
use serde::Serialize;

use super::together::{self, Batch, Signed, Together};
use crate::faults;

/// A sealed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The answer in canonical form.
    pub answer: Vec<u8>,
    /// 32 random bytes: without them the commitment in the log cannot be tried against guessed values.
    pub salt: [u8; 32],
    /// The commitment of salt and answer ([`canonical::commitment`]), hexadecimal.
    pub commitment: String,
}

fn internal(what: impl ToString) -> Fault {
    Fault::new(&faults::INTERNAL).with("what", what.to_string())
}

impl Envelope {
    /// Seals an answer.
    ///
    /// # Errors
    /// `app.internal` when the system has no randomness.
    pub fn seal(answer: &impl Serialize) -> Result<Self> {
        let answer = canonical::bytes(answer)?;
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(internal)?;
        let commitment = canonical::commitment(&salt, &answer);
        Ok(Self { answer, salt, commitment })
    }

    /// Signs it, together with others that wait.
    ///
    /// # Errors
    /// Those of the signer.
    pub async fn sign(&self, together: &Together, signer: &dyn Signer) -> Result<Signed> {
        let commitment = hash::unhex(&self.commitment).ok_or_else(|| internal("commitment"))?;
        together.sign(&commitment, signer).await
    }

    /// The JSON that leaves: the answer as it was signed, and beside it what its receiver needs to check it.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn json(&self, signed: &Signed, signer: &dyn Signer, entry: &str, version: u64) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(self.answer.len() + 768);
        out.extend_from_slice(b"{\"answer\":");
        out.extend_from_slice(&self.answer);
        let (salt, commitment) = (hash::hex(&self.salt), &self.commitment);
        let (signature, key, algorithm) = (hash::hex(&signed.signature), signer.key_id(), signer.algorithm());
        out.extend_from_slice(
            format!(
                ",\"salt\":\"{salt}\",\"commitment\":\"{commitment}\",\"signature\":\"{signature}\",\"key_id\":\"{key}\",\
                 \"algorithm\":\"{algorithm}\",\"entry\":{{\"stream\":\"{entry}\",\"version\":{version}}},\"batch\":"
            )
            .as_bytes(),
        );
        serde_json::to_writer(&mut out, &signed.batch).map_err(internal)?;
        out.push(b'}');
        Ok(out)
    }
}

/// Checks an answer offline, as its receiver would: the commitment is of this answer and salt, and the key signed a tree
/// of answers that it is in.
#[must_use]
pub fn holds(
    answer: &[u8],
    salt: &[u8; 32],
    signed: (&[u8], &Batch),
    named: (&str, &str),
    keys: &dyn Verifier,
) -> bool {
    let commitment = hash::unhex(&canonical::commitment(salt, answer));
    commitment.is_some_and(|commitment| together::holds(&commitment, signed, named, keys))
}

#[cfg(test)]
mod tests {
    use huoshui_journal::{Ed25519, TrustedKeys};

    use super::*;

    #[tokio::test]
    async fn an_answer_can_be_checked_from_what_leaves_and_a_changed_one_does_not_pass() {
        let key = Ed25519::from_seed(&[7; 32]);
        let envelope = Envelope::seal(&serde_json::json!({"b": 1, "a": "甲"})).unwrap();
        let signed = envelope.sign(&Together::default(), &key).await.unwrap();
        let json = envelope.json(&signed, &key, "access/X", 3).unwrap();
        let sent: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let answer = canonical::bytes(&sent["answer"]).unwrap();
        assert_eq!(answer, "{\"a\":\"甲\",\"b\":1}".as_bytes());
        let salt = hash::unhex::<32>(sent["salt"].as_str().unwrap()).unwrap();
        let signature = hash::unhex::<64>(sent["signature"].as_str().unwrap()).unwrap();
        let batch: Batch = serde_json::from_value(sent["batch"].clone()).unwrap();
        let signed = (signature.as_slice(), &batch);
        let named = (sent["algorithm"].as_str().unwrap(), sent["key_id"].as_str().unwrap());
        let keys = TrustedKeys::of(&key);
        assert!(holds(&answer, &salt, signed, named, &keys));
        assert!(!holds(b"{\"a\":\"x\",\"b\":1}", &salt, signed, named, &keys));
        assert_eq!(sent["commitment"], canonical::commitment(&salt, &answer));
        // The same answer again has another commitment: the log does not tell that two answers were alike.
        let again = Envelope::seal(&serde_json::json!({"b": 1, "a": "甲"})).unwrap();
        assert_ne!(again.commitment, envelope.commitment);
    }
}
