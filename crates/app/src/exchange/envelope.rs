//! What leaves: an answer in canonical form, its salt, the commitment that stands in the log, and the platform's signature.

use huoshui_exchange::canonical;
use huoshui_journal::{Signer, Verifier, hash};
use huoshui_kernel::fault::{Fault, Result};
use serde::Serialize;

use crate::faults;

/// What is signed begins with this, so that no signature of another kind can pass for one of an answer.
const DOMAIN: &[u8] = b"huoshui/answer/1\0";

/// A sealed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The answer in canonical form.
    pub answer: Vec<u8>,
    /// 32 random bytes: without them the commitment in the log cannot be tried against guessed values.
    pub salt: [u8; 32],
    /// The commitment of salt and answer ([`canonical::commitment`]), hexadecimal.
    pub commitment: String,
    /// The signature of domain and commitment.
    pub signature: Vec<u8>,
}

fn message(commitment: &str) -> Vec<u8> {
    [DOMAIN, commitment.as_bytes()].concat()
}

impl Envelope {
    /// Seals an answer.
    ///
    /// # Errors
    /// `app.internal` when the system has no randomness; those of the signer.
    pub fn seal(answer: &impl Serialize, signer: &dyn Signer) -> Result<Self> {
        let internal = |what: String| Fault::new(&faults::INTERNAL).with("what", what);
        let answer = canonical::bytes(answer)?;
        let mut salt = [0; 32];
        getrandom::fill(&mut salt).map_err(|e| internal(e.to_string()))?;
        let commitment = canonical::commitment(&salt, &answer);
        let signature = signer.sign(&message(&commitment))?;
        Ok(Self { answer, salt, commitment, signature })
    }

    /// The JSON that leaves: the answer as it was signed, and beside it what its receiver needs to check it.
    #[must_use]
    pub fn json(&self, signer: &dyn Signer, entry: &str, version: u64) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.answer.len() + 512);
        out.extend_from_slice(b"{\"answer\":");
        out.extend_from_slice(&self.answer);
        let (salt, commitment) = (hash::hex(&self.salt), &self.commitment);
        let (signature, key, algorithm) = (hash::hex(&self.signature), signer.key_id(), signer.algorithm());
        out.extend_from_slice(
            format!(
                ",\"salt\":\"{salt}\",\"commitment\":\"{commitment}\",\"signature\":\"{signature}\",\"key_id\":\"{key}\",\
                 \"algorithm\":\"{algorithm}\",\"entry\":{{\"stream\":\"{entry}\",\"version\":{version}}}}}"
            )
            .as_bytes(),
        );
        out
    }
}

/// Checks an answer offline, as its receiver would: the commitment is of this answer and salt, and the key signed it.
#[must_use]
pub fn holds(
    answer: &[u8],
    salt: &[u8; 32],
    signature: &[u8],
    (algorithm, key_id): (&str, &str),
    keys: &dyn Verifier,
) -> bool {
    keys.verify(algorithm, key_id, &message(&canonical::commitment(salt, answer)), signature) == Some(true)
}

#[cfg(test)]
mod tests {
    use huoshui_journal::{Ed25519, TrustedKeys};

    use super::*;

    #[test]
    fn an_answer_can_be_checked_from_what_leaves_and_a_changed_one_does_not_pass() {
        let key = Ed25519::from_seed(&[7; 32]);
        let envelope = Envelope::seal(&serde_json::json!({"b": 1, "a": "甲"}), &key).unwrap();
        let sent: serde_json::Value = serde_json::from_slice(&envelope.json(&key, "access/X", 3)).unwrap();
        let answer = canonical::bytes(&sent["answer"]).unwrap();
        assert_eq!(answer, "{\"a\":\"甲\",\"b\":1}".as_bytes());
        let salt = hash::unhex::<32>(sent["salt"].as_str().unwrap()).unwrap();
        let signature = hash::unhex::<64>(sent["signature"].as_str().unwrap()).unwrap();
        let named = (sent["algorithm"].as_str().unwrap(), sent["key_id"].as_str().unwrap());
        let keys = TrustedKeys::of(&key);
        assert!(holds(&answer, &salt, &signature, named, &keys));
        assert!(!holds(b"{\"a\":\"x\",\"b\":1}", &salt, &signature, named, &keys));
        assert_eq!(sent["commitment"], canonical::commitment(&salt, &answer));
        // The same answer again has another commitment: the log does not tell that two answers were alike.
        let again = Envelope::seal(&serde_json::json!({"b": 1, "a": "甲"}), &key).unwrap();
        assert_ne!(again.commitment, envelope.commitment);
    }
}
