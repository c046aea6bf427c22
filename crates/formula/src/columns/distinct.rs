//! Sets of distinct values for each group: bitmaps over group × code while they are small enough, hash sets beyond.

use hashbrown::HashSet;

use super::bits;
use super::state::Groups;

/// The distinct values of every group of one aggregate.
#[derive(Debug)]
pub(super) enum Distinct {
    /// `stride` words a group, a bit for each code.
    Bits { stride: usize, words: Vec<u64>, limit: usize },
    /// Values that are not codes, or codes too many for a bitmap.
    Pairs(HashSet<(u32, i64)>),
}

impl Distinct {
    /// For codes; the bitmap takes up to `limit` words.
    pub fn codes(limit: usize) -> Self {
        Self::Bits { stride: 0, words: Vec::new(), limit }
    }

    /// For any numbers.
    pub fn values() -> Self {
        Self::Pairs(HashSet::new())
    }

    /// Makes room for so many groups and codes.
    pub fn reserve(&mut self, groups: usize, codes: usize) {
        let Self::Bits { stride, words, limit } = self else { return };
        let needed = bits::words(codes);
        if needed <= *stride {
            let want = groups * *stride;
            if want <= words.len() {
                return;
            }
            if want <= *limit {
                words.resize(want, 0);
                return;
            }
        }
        let wider = if needed <= *stride { *stride } else { needed + if *stride == 0 { 0 } else { needed / 2 } };
        if groups.saturating_mul(wider) > *limit {
            *self = Self::Pairs(self.pairs());
            return;
        }
        let mut wide = vec![0; groups * wider];
        if *stride > 0 {
            for (to, from) in wide.chunks_exact_mut(wider).zip(words.chunks_exact(*stride)) {
                to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            }
        }
        *words = wide;
        *stride = wider;
    }

    fn pairs(&self) -> HashSet<(u32, i64)> {
        match self {
            Self::Pairs(pairs) => pairs.clone(),
            Self::Bits { stride, words, .. } => {
                let mut pairs = HashSet::new();
                if *stride > 0 {
                    for (group, row) in (0u32..).zip(words.chunks_exact(*stride)) {
                        bits::for_each(row, |code| {
                            pairs.insert((group, i64::try_from(code).unwrap_or(i64::MAX)));
                        });
                    }
                }
                pairs
            }
        }
    }

    /// Adds the selected rows' codes.
    pub fn add_codes(&mut self, codes: &[u32], groups: Groups<'_>, selected: &[u64]) {
        match self {
            Self::Bits { stride, words, .. } => {
                let mut add = |group: u32, code: u32| {
                    if let Some(word) = words.get_mut(group as usize * *stride + (code / 64) as usize) {
                        *word |= 1 << (code % 64);
                    }
                };
                match groups {
                    Groups::One(group) => over(codes, selected, |code| add(group, code)),
                    Groups::Each(groups) => over2(groups, codes, selected, add),
                }
            }
            Self::Pairs(pairs) => {
                let mut add = |group: u32, code: u32| {
                    pairs.insert((group, i64::from(code)));
                };
                match groups {
                    Groups::One(group) => over(codes, selected, |code| add(group, code)),
                    Groups::Each(groups) => over2(groups, codes, selected, add),
                }
            }
        }
    }

    /// Adds the selected rows' values.
    pub fn add_values(&mut self, values: &[i64], groups: Groups<'_>, selected: &[u64]) {
        if matches!(self, Self::Bits { .. }) {
            *self = Self::Pairs(self.pairs());
        }
        let Self::Pairs(pairs) = self else { return };
        match groups {
            Groups::One(group) => over(values, selected, |value| {
                pairs.insert((group, value));
            }),
            Groups::Each(groups) => over2(groups, values, selected, |group, value| {
                pairs.insert((group, value));
            }),
        }
    }

    /// Takes in another thread's sets; `map` gives our group for each of theirs.
    pub fn merge(&mut self, other: &Self, map: &[u32], groups: usize) {
        if let Self::Bits { stride: theirs, .. } = other {
            self.reserve(groups, theirs * 64);
        }
        match (&mut *self, other) {
            (Self::Bits { stride, words, .. }, Self::Bits { stride: theirs, words: from, .. }) if *theirs > 0 => {
                for (row, group) in from.chunks_exact(*theirs).zip(map) {
                    let start = *group as usize * *stride;
                    if let Some(to) = words.get_mut(start..start + *theirs) {
                        bits::or(to, row);
                    }
                }
            }
            (Self::Bits { .. }, Self::Bits { .. }) => {}
            (_, other) => {
                let mut pairs = match std::mem::replace(self, Self::values()) {
                    Self::Pairs(pairs) => pairs,
                    bits @ Self::Bits { .. } => bits.pairs(),
                };
                let add = |(group, value): (u32, i64)| map.get(group as usize).map(|ours| (*ours, value));
                match other {
                    Self::Pairs(theirs) => pairs.extend(theirs.iter().copied().filter_map(add)),
                    bits @ Self::Bits { .. } => pairs.extend(bits.pairs().into_iter().filter_map(add)),
                }
                *self = Self::Pairs(pairs);
            }
        }
    }

    /// How many each group has.
    pub fn counts(&self, groups: usize) -> Vec<u64> {
        let mut counts = vec![0u64; groups];
        match self {
            Self::Bits { stride, words, .. } if *stride > 0 => {
                for (count, row) in counts.iter_mut().zip(words.chunks_exact(*stride)) {
                    *count = bits::count(row) as u64;
                }
            }
            Self::Bits { .. } => {}
            Self::Pairs(pairs) => {
                for (group, _) in pairs {
                    if let Some(count) = counts.get_mut(*group as usize) {
                        *count += 1;
                    }
                }
            }
        }
        counts
    }
}

/// Calls `f` for each selected row. Words that are full run as a plain loop, the others bit by bit.
#[inline]
pub(super) fn over<T: Copy>(values: &[T], selected: &[u64], mut f: impl FnMut(T)) {
    for (block, word) in values.chunks(64).zip(selected) {
        if *word == u64::MAX {
            block.iter().for_each(|value| f(*value));
            continue;
        }
        let mut word = *word;
        while word != 0 {
            if let Some(value) = block.get(word.trailing_zeros() as usize) {
                f(*value);
            }
            word &= word - 1;
        }
    }
}

/// The same over two columns.
#[inline]
pub(super) fn over2<A: Copy, B: Copy>(a: &[A], b: &[B], selected: &[u64], mut f: impl FnMut(A, B)) {
    for ((xs, ys), word) in a.chunks(64).zip(b.chunks(64)).zip(selected) {
        if *word == u64::MAX {
            xs.iter().zip(ys).for_each(|(x, y)| f(*x, *y));
            continue;
        }
        let mut word = *word;
        while word != 0 {
            let at = word.trailing_zeros() as usize;
            if let (Some(x), Some(y)) = (xs.get(at), ys.get(at)) {
                f(*x, *y);
            }
            word &= word - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_grow_convert_and_merge_without_losing_anyone() {
        for limit in [1 << 20, 8, 0] {
            let mut a = Distinct::codes(limit);
            a.reserve(1, 10);
            a.add_codes(&[1, 2, 2, 9], Groups::One(0), &[0b1111]);
            a.reserve(3, 300);
            a.add_codes(&[1, 299, 299, 5], Groups::Each(&[2, 2, 2, 1]), &[0b0111]);
            assert_eq!(a.counts(3), [3, 0, 2], "limit {limit}");
            let mut b = Distinct::codes(limit);
            b.reserve(2, 600);
            b.add_codes(&[599, 1], Groups::Each(&[0, 1]), &[0b11]);
            // Their group 0 is our 2, their 1 our 0.
            a.merge(&b, &[2, 0], 3);
            assert_eq!(a.counts(3), [3, 0, 3], "limit {limit}");
        }
    }

    #[test]
    fn values_are_told_apart_by_group() {
        let mut set = Distinct::values();
        set.add_values(&[7, 7, -1, 7], Groups::Each(&[0, 0, 0, 1]), &[0b1111]);
        assert_eq!(set.counts(2), [2, 1]);
    }
}
