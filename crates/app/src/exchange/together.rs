//! Answers signed together: one signature over the root of a Merkle tree whose leaves are the commitments of all the answers
//! that were waiting at that moment. Each answer carries its path, so that its receiver checks it alone and offline; one
//! that nobody waited beside is a tree of one leaf. A path holds hashes only: it tells nothing of the other answers.

use std::sync::{Mutex, PoisonError};

use huoshui_journal::hash::{self, Hash};
use huoshui_journal::merkle::{self, Nodes};
use huoshui_journal::{Signer, Verifier};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use crate::faults;

/// What is signed begins with this, so that no signature of another kind can pass for one of answers.
const DOMAIN: &[u8] = b"huoshui/answers/1\0";

/// A signature over several answers, as one of them carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Of domain, number of leaves (8 bytes, big-endian) and root.
    pub signature: Vec<u8>,
    /// Which leaf this answer is, and how it leads to the root.
    pub batch: Batch,
}

/// A place in a tree of answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// The leaf, from 0.
    pub place: u64,
    /// Leaves of the tree.
    pub size: u64,
    /// Siblings from the leaf to the root, hexadecimal, as in RFC 6962.
    pub path: Vec<String>,
}

type Waiting = (Hash, oneshot::Sender<Result<Signed>>);

/// Answers that wait for a signature.
#[derive(Default)]
pub struct Together {
    waiting: Mutex<Vec<Waiting>>,
}

fn message(size: u64, root: &Hash) -> Vec<u8> {
    [DOMAIN, &size.to_be_bytes(), root].concat()
}

fn internal(what: &str) -> Fault {
    Fault::new(&faults::INTERNAL).with("what", what)
}

impl Together {
    /// Signs a commitment, together with all that others want signed at this moment.
    ///
    /// # Errors
    /// Those of the signer.
    pub async fn sign(&self, commitment: &Hash, signer: &dyn Signer) -> Result<Signed> {
        let (done, mut signed) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((merkle::leaf(commitment), done));
        // Requests that are ready to run come as far as this first. Who then comes back first signs for all of them.
        tokio::task::yield_now().await;
        if let Ok(signed) = signed.try_recv() {
            return signed;
        }
        self.sign_all(signer);
        // Another thread may be signing this one at this moment.
        signed.await.unwrap_or_else(|_| Err(internal("signature")))
    }

    fn sign_all(&self, signer: &dyn Signer) {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if waiting.is_empty() {
            return;
        }
        let mut tree = Tree::of(waiting.iter().map(|(leaf, _)| *leaf).collect());
        let signature = tree.root().and_then(|root| signer.sign(&message(tree.size(), &root)));
        for (place, (_, done)) in (0..).zip(waiting) {
            let signed = signature.clone().and_then(|signature| Ok(Signed { signature, batch: tree.batch(place)? }));
            // Who has gone away needs none.
            let _ = done.send(signed);
        }
    }
}

/// Whether the key signed a tree that this commitment is in, at this place.
#[must_use]
pub fn holds(
    commitment: &Hash,
    (signature, batch): (&[u8], &Batch),
    (algorithm, key_id): (&str, &str),
    keys: &dyn Verifier,
) -> bool {
    let path: Option<Vec<Hash>> = batch.path.iter().map(|node| hash::unhex(node)).collect();
    let Some(path) = path else { return false };
    let Some(root) = merkle::root_of(&merkle::leaf(commitment), batch.place, batch.size, &path) else { return false };
    keys.verify(algorithm, key_id, &message(batch.size, &root), signature) == Some(true)
}

/// A small tree: its complete nodes by level.
struct Tree {
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    fn of(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let pairs = below.as_chunks::<2>().0;
            levels.push(pairs.iter().map(|[left, right]| merkle::node(left, right)).collect());
        }
        Self { levels }
    }

    fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    fn root(&mut self) -> Result<Hash> {
        let size = self.size();
        merkle::root(self, size)
    }

    fn batch(&mut self, place: u64) -> Result<Batch> {
        let size = self.size();
        let path = merkle::inclusion(self, place, size)?;
        Ok(Batch { place, size, path: path.iter().map(|node| hash::hex(node)).collect() })
    }
}

impl Nodes for Tree {
    fn complete(&mut self, level: u32, index: u64) -> Result<Hash> {
        let place = |n: u64| usize::try_from(n).ok();
        let level = place(level.into()).and_then(|level| self.levels.get(level));
        level.and_then(|level| level.get(place(index)?)).copied().ok_or_else(|| internal("no such node"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use huoshui_journal::{Ed25519, TrustedKeys};

    use super::*;

    #[tokio::test]
    async fn answers_that_wait_together_share_a_signature_and_each_is_checked_alone() {
        for size in [1_u64, 2, 3, 5, 8, 13] {
            let (together, key) = (Arc::new(Together::default()), Arc::new(Ed25519::from_seed(&[7; 32])));
            let tasks: Vec<_> = (0..size)
                .map(|n| {
                    let (together, key) = (Arc::clone(&together), Arc::clone(&key));
                    tokio::spawn(async move { together.sign(&[u8::try_from(n).unwrap(); 32], &*key).await.unwrap() })
                })
                .collect();
            let mut all = Vec::new();
            for task in tasks {
                all.push(task.await.unwrap());
            }
            let keys = TrustedKeys::of(&key);
            let id = key.key_id();
            let named = ("ed25519", id.as_str());
            for (n, signed) in all.iter().enumerate() {
                let own = [u8::try_from(n).unwrap(); 32];
                assert_eq!((signed.batch.size, &signed.signature), (size, &all[0].signature));
                let given = (signed.signature.as_slice(), &signed.batch);
                assert!(holds(&own, given, named, &keys));
                assert!(!holds(&[200; 32], given, named, &keys), "another answer");
                for wrong in [
                    Batch { place: signed.batch.place + 1, ..signed.batch.clone() },
                    Batch { size: size + 1, ..signed.batch.clone() },
                    Batch { path: [signed.batch.path.clone(), vec!["00".repeat(32)]].concat(), ..signed.batch.clone() },
                    Batch { path: vec!["no hash".into()], ..signed.batch.clone() },
                ] {
                    assert!(!holds(&own, (&signed.signature, &wrong), named, &keys), "{wrong:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn who_goes_away_while_it_waits_keeps_nobody_from_a_signature() {
        let (together, key) = (Arc::new(Together::default()), Ed25519::from_seed(&[7; 32]));
        let goes = Arc::clone(&together);
        let gone = tokio::spawn(async move { goes.sign(&[1; 32], &Ed25519::from_seed(&[7; 32])).await });
        // It waits its turn by now, and is dropped while it does.
        tokio::task::yield_now().await;
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        let signed = together.sign(&[2; 32], &key).await.unwrap();
        assert_eq!((signed.batch.place, signed.batch.size), (1, 2));
        let id = key.key_id();
        let keys = TrustedKeys::of(&key);
        assert!(holds(&[2; 32], (&signed.signature, &signed.batch), ("ed25519", &id), &keys));
    }
}
