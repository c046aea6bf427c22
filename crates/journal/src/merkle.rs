//! An append-only Merkle tree as in RFC 6962 (section 2.1), over event hashes in their sealed order. Pure functions.
//!
//! Nodes are named by level (0: leaves) and index; node (l, i) covers leaves i·2^l to (i+1)·2^l − 1. Only complete nodes
//! are ever asked for: they never change once there.

use huoshui_kernel::fault::Result;
use sha2::{Digest, Sha256};

use crate::hash::Hash;

/// The hash of a leaf.
#[must_use]
pub fn leaf(event: &Hash) -> Hash {
    Sha256::new().chain_update([0]).chain_update(event).finalize().into()
}

/// The hash of an inner node.
#[must_use]
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of a tree without leaves.
#[must_use]
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// Where complete nodes are found.
pub trait Nodes {
    /// The complete node at this level and index.
    ///
    /// # Errors
    /// When it cannot be read.
    fn complete(&mut self, level: u32, index: u64) -> Result<Hash>;
}

/// The hash of leaves `begin..end`, where `begin` is a multiple of the greatest power of two below the length.
fn range(nodes: &mut dyn Nodes, begin: u64, end: u64) -> Result<Hash> {
    let length = end - begin;
    if length.is_power_of_two() {
        return nodes.complete(length.trailing_zeros(), begin / length);
    }
    let split = begin + split(length);
    let left = range(nodes, begin, split)?;
    Ok(node(&left, &range(nodes, split, end)?))
}

/// The greatest power of two below `length` (2 or more).
fn split(length: u64) -> u64 {
    length.next_power_of_two() / 2
}

/// The root of the first `size` leaves.
///
/// # Errors
/// Those of `nodes`.
pub fn root(nodes: &mut dyn Nodes, size: u64) -> Result<Hash> {
    if size == 0 { Ok(empty_root()) } else { range(nodes, 0, size) }
}

/// The path that proves leaf `index` to be among the first `size` (index below size), nearest sibling first.
///
/// # Errors
/// Those of `nodes`.
pub fn inclusion(nodes: &mut dyn Nodes, index: u64, size: u64) -> Result<Vec<Hash>> {
    let (mut begin, mut end, mut path) = (0, size, Vec::new());
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            path.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(range(nodes, begin, middle)?);
            begin = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The path that proves the first `old` leaves (1 or more) to be a beginning of the first `new`.
///
/// # Errors
/// Those of `nodes`.
pub fn consistency(nodes: &mut dyn Nodes, old: u64, new: u64) -> Result<Vec<Hash>> {
    let (mut begin, mut end, mut path) = (0, new, Vec::new());
    while end != old {
        let middle = begin + split(end - begin);
        if old <= middle {
            path.push(range(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(range(nodes, begin, middle)?);
            begin = middle;
        }
    }
    if begin > 0 {
        path.push(range(nodes, begin, end)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether the path leads from the leaf at `index` to the root of `size` leaves.
#[must_use]
pub fn holds_inclusion(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    root_of(leaf, index, size, path).is_some_and(|found| found == *root)
}

/// The root of `size` leaves to which the path leads from the leaf at `index`; none where no such path can be.
#[must_use]
pub fn root_of(leaf: &Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            hash = node(sibling, &hash);
            while at.is_multiple_of(2) && at != 0 {
                (at, last) = (at / 2, last / 2);
            }
        } else {
            hash = node(&hash, sibling);
        }
        (at, last) = (at / 2, last / 2);
    }
    (last == 0).then_some(hash)
}

/// Whether the path shows that the tree with `new` leaves and `new_root` begins with that of `old` and `old_root`.
#[must_use]
pub fn holds_consistency(old: u64, new: u64, old_root: &Hash, new_root: &Hash, path: &[Hash]) -> bool {
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 || old > new {
        return false;
    }
    // A complete old tree is itself the first node of the path.
    let (mut rest, first) = if old.is_power_of_two() {
        (path.iter(), *old_root)
    } else {
        let mut rest = path.iter();
        let Some(first) = rest.next() else { return false };
        (rest, *first)
    };
    let (mut at, mut last) = (old - 1, new - 1);
    while at % 2 == 1 {
        (at, last) = (at / 2, last / 2);
    }
    let (mut from_old, mut from_new) = (first, first);
    for sibling in rest.by_ref() {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            from_old = node(sibling, &from_old);
            from_new = node(sibling, &from_new);
            while at.is_multiple_of(2) && at != 0 {
                (at, last) = (at / 2, last / 2);
            }
        } else {
            from_new = node(&from_new, sibling);
        }
        (at, last) = (at / 2, last / 2);
    }
    last == 0 && from_old == *old_root && from_new == *new_root
}

/// Computes roots while leaves arrive in order, holding one hash per level.
#[derive(Clone, Debug, Default)]
pub struct Frontier {
    size: u64,
    /// Complete subtrees from the largest down, each with its level.
    peaks: Vec<(u32, Hash)>,
}

impl Frontier {
    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        let (mut level, mut hash) = (0, leaf);
        while let Some((_, left)) = self.peaks.pop_if(|(l, _)| *l == level) {
            hash = node(&left, &hash);
            level += 1;
        }
        self.peaks.push((level, hash));
        self.size += 1;
    }

    /// Leaves so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the leaves so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some((_, last)) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, (_, left)| node(left, &right))
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation, reason = "small trees")]
mod tests {
    use super::*;
    use crate::hash::{hex, unhex};

    /// All nodes from all leaves, the slow way.
    struct Plain(Vec<Hash>);

    impl Nodes for Plain {
        fn complete(&mut self, level: u32, index: u64) -> Result<Hash> {
            let width = 1usize << level;
            let begin = usize::try_from(index).unwrap() * width;
            Ok(slow(&self.0[begin..begin + width]))
        }
    }

    /// The definition of RFC 6962, word for word.
    fn slow(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [one] => *one,
            _ => {
                let k = leaves.len().next_power_of_two() / 2;
                node(&slow(&leaves[..k]), &slow(&leaves[k..]))
            }
        }
    }

    #[test]
    fn known_roots_of_the_certificate_transparency_test_data() {
        // The reference implementation's test inputs: "", 00, 10, 2021, 3031, 40414243, … as leaves.
        let inputs: [&[u8]; 4] = [&[], &[0], &[0x10], &[0x20, 0x21]];
        let leaves: Vec<Hash> =
            inputs.iter().map(|i| Sha256::new().chain_update([0]).chain_update(i).finalize().into()).collect();
        assert_eq!(hex(&slow(&leaves[..1])), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assert_eq!(hex(&slow(&leaves[..2])), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        assert_eq!(hex(&slow(&leaves[..3])), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
        assert_eq!(hex(&slow(&leaves)), "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
        assert_eq!(unhex::<32>(&hex(&leaves[0])), Some(leaves[0]));
    }

    #[test]
    fn every_proof_of_every_small_tree_holds_and_every_wrong_one_does_not() {
        let leaves: Vec<Hash> = (0..40u8).map(|n| leaf(&[n; 32])).collect();
        let mut nodes = Plain(leaves.clone());
        let mut frontier = Frontier::default();
        for size in 1..=40u64 {
            frontier.push(leaves[size as usize - 1]);
            let new_root = root(&mut nodes, size).unwrap();
            assert_eq!(new_root, slow(&leaves[..size as usize]));
            assert_eq!((frontier.root(), frontier.size()), (new_root, size));
            for index in 0..size {
                let path = inclusion(&mut nodes, index, size).unwrap();
                let at = |leaf: &Hash, index, size, path: &[Hash]| holds_inclusion(leaf, index, size, path, &new_root);
                let mine = &leaves[index as usize];
                assert!(at(mine, index, size, &path));
                assert!(!at(&leaves[(index as usize + 1) % 40], index, size, &path));
                assert!(!at(mine, index + 1, size, &path));
                assert!(size == 1 || !at(mine, index, size, &path[1..]));
                assert!(!at(mine, index, size, &[path.clone(), vec![*mine]].concat()));
            }
            for old in 1..=size {
                let (path, old_root) = (consistency(&mut nodes, old, size).unwrap(), slow(&leaves[..old as usize]));
                assert!(holds_consistency(old, size, &old_root, &new_root, &path), "{old} of {size}");
                assert!(!holds_consistency(old, size, &leaf(&old_root), &new_root, &path));
                assert!(!holds_consistency(old, size, &old_root, &leaf(&new_root), &path));
                assert!(old == size || !holds_consistency(old, size, &old_root, &new_root, &path[1..]));
            }
        }
    }
}
