//! Who signs the roots. Ed25519 by default; another signature (SM2 over SM3) is another [`Signer`] and [`Verifier`].

use std::collections::BTreeMap;

use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePublicKey, spki::der::pem::LineEnding};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::faults::BAD_KEY;
use crate::hash;

/// Signs.
pub trait Signer: Send + Sync {
    /// The algorithm, `ed25519`.
    fn algorithm(&self) -> &'static str;
    /// Names the key; verifiers find the public half by it.
    fn key_id(&self) -> String;
    /// The signature of a message.
    ///
    /// # Errors
    /// When the key (a device, say) does not answer.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>>;
}

/// Verifies what keys of one algorithm signed.
pub trait Verifier: Send + Sync {
    /// Whether this is the key's signature of the message; `None` for a key that it does not know.
    fn verify(&self, algorithm: &str, key_id: &str, message: &[u8], signature: &[u8]) -> Option<bool>;
}

/// An Ed25519 key.
pub struct Ed25519 {
    key: SigningKey,
    /// Made once: it goes with every signature.
    id: String,
}

impl Ed25519 {
    /// From 32 secret bytes.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self::of(SigningKey::from_bytes(seed))
    }

    fn of(key: SigningKey) -> Self {
        let id = key_id(&key.verifying_key());
        Self { key, id }
    }

    /// From PKCS#8 PEM, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    /// `journal.bad_key`.
    pub fn from_pem(pem: &str) -> Result<Self> {
        SigningKey::from_pkcs8_pem(pem).map(Self::of).map_err(|e| Fault::new(&BAD_KEY).with("detail", e))
    }

    /// The public half as PEM, to be given to whoever verifies.
    ///
    /// # Errors
    /// `journal.bad_key`.
    pub fn public_pem(&self) -> Result<String> {
        self.key.verifying_key().to_public_key_pem(LineEnding::LF).map_err(|e| Fault::new(&BAD_KEY).with("detail", e))
    }
}

impl Signer for Ed25519 {
    fn algorithm(&self) -> &'static str {
        "ed25519"
    }

    fn key_id(&self) -> String {
        self.id.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        Ok(self.key.sign(message).to_bytes().to_vec())
    }
}

/// The first half of the SHA-256 of the public key, in hexadecimal.
fn key_id(key: &VerifyingKey) -> String {
    hash::hex(&hash::bytes(key.as_bytes())).chars().take(32).collect()
}

/// Public keys that a verifier trusts.
#[derive(Clone, Debug, Default)]
pub struct TrustedKeys(BTreeMap<String, VerifyingKey>);

impl TrustedKeys {
    /// Adds a public key given as PEM.
    ///
    /// # Errors
    /// `journal.bad_key`.
    pub fn trust_pem(&mut self, pem: &str) -> Result<()> {
        let key = VerifyingKey::from_public_key_pem(pem).map_err(|e| Fault::new(&BAD_KEY).with("detail", e))?;
        self.0.insert(key_id(&key), key);
        Ok(())
    }

    /// Only this key.
    #[must_use]
    pub fn of(key: &Ed25519) -> Self {
        Self(BTreeMap::from([(key.id.clone(), key.key.verifying_key())]))
    }
}

impl Verifier for TrustedKeys {
    fn verify(&self, algorithm: &str, key_id: &str, message: &[u8], signature: &[u8]) -> Option<bool> {
        let key = self.0.get(key_id).filter(|_| algorithm == "ed25519")?;
        Some(Signature::from_slice(signature).is_ok_and(|s| key.verify_strict(message, &s).is_ok()))
    }
}
