//! Proofs that anyone can check without the database.

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::faults::BAD_PROOF;
use crate::hash::Hash;
use crate::merkle;
use crate::seal::Seal;
use crate::sign::Verifier;

/// Shows that an event stands at a position under a signed root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InclusionProof {
    /// The event's place in the journal-wide order.
    pub position: u64,
    /// The hash of the event before it in its stream (zeros for the first).
    pub previous: Hash,
    /// Sibling hashes from the leaf up.
    pub path: Vec<Hash>,
}

/// Shows that a later root only added to an earlier one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsistencyProof {
    /// The earlier tree's size.
    pub old: u64,
    /// The later tree's size.
    pub new: u64,
    /// The hashes.
    pub path: Vec<Hash>,
}

/// Checks offline that this very event, every field of it, is under the signed root.
///
/// # Errors
/// `journal.bad_proof`, saying what does not fit.
pub fn check_inclusion(event: &Event, proof: &InclusionProof, seal: &Seal, keys: &dyn Verifier) -> Result<()> {
    check_signature(seal, keys)?;
    if event.expected_hash(&proof.previous) != event.hash {
        return Err(bad("the event does not match its hash"));
    }
    let leaf = merkle::leaf(&event.hash);
    if merkle::holds_inclusion(&leaf, proof.position, seal.size, &proof.path, &seal.root) {
        Ok(())
    } else {
        Err(bad("the path does not lead to the root"))
    }
}

/// Checks offline that the later seal's tree begins with the earlier one's: nothing was changed or removed between them.
///
/// # Errors
/// `journal.bad_proof`, saying what does not fit.
pub fn check_consistency(old: &Seal, new: &Seal, proof: &ConsistencyProof, keys: &dyn Verifier) -> Result<()> {
    check_signature(old, keys)?;
    check_signature(new, keys)?;
    if old.journal != new.journal {
        return Err(bad("the seals are of two journals"));
    }
    if (proof.old, proof.new) != (old.size, new.size) {
        return Err(bad("the proof is of other seals"));
    }
    if merkle::holds_consistency(old.size, new.size, &old.root, &new.root, &proof.path) {
        Ok(())
    } else {
        Err(bad("the later tree does not begin with the earlier one"))
    }
}

fn check_signature(seal: &Seal, keys: &dyn Verifier) -> Result<()> {
    match seal.signed_by(keys) {
        Some(true) => Ok(()),
        Some(false) => Err(bad("the signature is not the key's")),
        None => Err(bad("the signing key is not a trusted one")),
    }
}

fn bad(what: &'static str) -> Fault {
    Fault::new(&BAD_PROOF).with("what", what)
}
