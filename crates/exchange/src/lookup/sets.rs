//! Sets of names by the pairs of characters that they have.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// One set: ranks of names, ascending.
#[derive(Clone, Copy, Debug)]
pub(super) enum Set<'a> {
    List(&'a [u32]),
    /// A bit for each name; how many are set.
    Bits(&'a [u64], usize),
}

impl Set<'_> {
    pub fn len(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Bits(_, count) => *count,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Place {
    List { start: u32, len: u32 },
    Bits { map: u32, count: u32 },
}

/// The sets of all pairs.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    /// Names in all.
    names: usize,
    keys: Vec<u32>,
    places: Vec<Place>,
    lists: Vec<u32>,
    maps: Vec<Vec<u64>>,
}

fn key(first: u16, second: u16) -> u32 {
    u32::from(first) << 16 | u32::from(second)
}

/// Words of a map over so many names.
fn words(names: usize) -> usize {
    names.div_ceil(64)
}

/// Collects pairs, name by name.
#[derive(Debug, Default)]
pub(super) struct Collect {
    /// By the number of the first character, which are few and dense; by the second.
    lists: Vec<BTreeMap<u16, Vec<u32>>>,
}

impl Collect {
    /// The name of this rank has the pair. Ranks ascend.
    pub fn add(&mut self, first: u16, second: u16, rank: u32) {
        let at = usize::from(first);
        if self.lists.len() <= at {
            self.lists.resize_with(at + 1, BTreeMap::new);
        }
        let Some(seconds) = self.lists.get_mut(at) else { return };
        let list = seconds.entry(second).or_default();
        if list.last() != Some(&rank) {
            list.push(rank);
        }
    }

    /// A set of more than a thirty-second of all names is smaller as a map than as a list, and faster to intersect.
    pub fn finish(self, names: usize) -> Option<Pairs> {
        let mut pairs = Pairs { names, ..Pairs::default() };
        for (first, seconds) in self.lists.into_iter().enumerate() {
            let first = u16::try_from(first).ok()?;
            for (second, list) in seconds {
                let len = u32::try_from(list.len()).ok()?;
                pairs.keys.push(key(first, second));
                if list.len() > names / 32 {
                    let mut map = vec![0_u64; words(names)];
                    list.iter().for_each(|rank| set(&mut map, *rank));
                    pairs.places.push(Place::Bits { map: u32::try_from(pairs.maps.len()).ok()?, count: len });
                    pairs.maps.push(map);
                } else {
                    let start = u32::try_from(pairs.lists.len()).ok()?;
                    pairs.places.push(Place::List { start, len });
                    pairs.lists.extend_from_slice(&list);
                }
            }
        }
        pairs.lists.shrink_to_fit();
        pairs.keys.shrink_to_fit();
        pairs.places.shrink_to_fit();
        Some(pairs)
    }
}

fn set(map: &mut [u64], rank: u32) {
    if let Some(word) = map.get_mut(rank as usize / 64) {
        *word |= 1 << (rank % 64);
    }
}

fn has(map: &[u64], rank: u32) -> bool {
    map.get(rank as usize / 64).is_some_and(|word| word >> (rank % 64) & 1 == 1)
}

impl Pairs {
    pub fn bytes(&self) -> usize {
        let maps: usize = self.maps.iter().map(|m| m.capacity() * size_of::<u64>()).sum();
        let keys = self.keys.capacity() * (size_of::<u32>() + size_of::<Place>());
        maps + keys + self.lists.capacity() * size_of::<u32>()
    }

    fn at(&self, place: Place) -> Set<'_> {
        match place {
            Place::List { start, len } => {
                let start = start as usize;
                Set::List(self.lists.get(start..start + len as usize).unwrap_or_default())
            }
            Place::Bits { map, count } => {
                Set::Bits(self.maps.get(map as usize).map_or(&[], Vec::as_slice), count as usize)
            }
        }
    }

    /// The names that have a pair.
    pub fn get(&self, first: u16, second: u16) -> Option<Set<'_>> {
        let at = self.keys.binary_search(&key(first, second)).ok()?;
        self.places.get(at).map(|place| self.at(*place))
    }

    /// Every pair that begins with a character: its second character and the names.
    pub fn after(&self, first: u16) -> impl Iterator<Item = (u16, Set<'_>)> {
        let from = self.keys.partition_point(|k| *k < key(first, 0));
        let to = self.keys.partition_point(|k| *k <= key(first, u16::MAX));
        let keys = self.keys.get(from..to).unwrap_or_default();
        let places = self.places.get(from..to).unwrap_or_default();
        keys.iter().zip(places).map(|(k, place)| (u16::try_from(k & 0xFFFF).unwrap_or(0), self.at(*place)))
    }

    /// A map of the names in any of these sets.
    pub fn union<'a>(&self, sets: impl IntoIterator<Item = Set<'a>>) -> Vec<u64> {
        let mut map = vec![0_u64; words(self.names)];
        for one in sets {
            match one {
                Set::List(list) => list.iter().for_each(|rank| set(&mut map, *rank)),
                Set::Bits(bits, _) => map.iter_mut().zip(bits).for_each(|(a, b)| *a |= b),
            }
        }
        map
    }

    /// Visits the names that are in every map and in the shortest list, and maybe not in the other lists, ascending. The
    /// visitor looks at each name anyway, which costs no more than to search another list.
    pub fn common(sets: &[Set<'_>], mut visit: impl FnMut(u32) -> ControlFlow<()>) {
        let maps: Vec<&[u64]> =
            sets.iter().filter_map(|s| if let Set::Bits(b, _) = s { Some(*b) } else { None }).collect();
        let lists = sets.iter().filter_map(|s| if let Set::List(l) = s { Some(*l) } else { None });
        if let Some(shortest) = lists.min_by_key(|l| l.len()) {
            let wanted = shortest.iter().filter(|rank| maps.iter().all(|map| has(map, **rank)));
            for rank in wanted {
                if visit(*rank).is_break() {
                    return;
                }
            }
            return;
        }
        let Some((first, rest)) = maps.split_first() else { return };
        for (i, word) in first.iter().enumerate() {
            let mut left = rest.iter().fold(*word, |w, map| w & map.get(i).copied().unwrap_or(0));
            while left != 0 {
                let rank = u32::try_from(i * 64).unwrap_or(u32::MAX).saturating_add(left.trailing_zeros());
                if visit(rank).is_break() {
                    return;
                }
                left &= left - 1;
            }
        }
    }
}
