//! What an aggregate remembers of each group. Sums run in 64 bits while the values seen so far cannot overflow them, and
//! are then carried over into 128 bits and a carry word: the result is exact whatever the order of rows and threads.

use super::bits;
use super::distinct::{Distinct, over, over2};
use super::text::Pool;

/// An exact integer: `value + carry · 2¹²⁸`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wide {
    value: i128,
    carry: i64,
}

impl Wide {
    fn add(&mut self, more: i128) {
        let (sum, wrapped) = self.value.overflowing_add(more);
        self.value = sum;
        if wrapped {
            self.carry += if more < 0 { -1 } else { 1 };
        }
    }

    /// None if 128 bits do not hold it.
    pub fn get(self) -> Option<i128> {
        (self.carry == 0).then_some(self.value)
    }
}

/// A sum with the number of rows in it.
#[derive(Clone, Copy, Debug, Default)]
struct Narrow {
    sum: i64,
    rows: u64,
}

/// Sums of all groups.
#[derive(Debug, Default)]
pub(super) struct Sums {
    narrow: Vec<Narrow>,
    wide: Vec<Wide>,
    /// How large any narrow sum may have become.
    used: u128,
}

/// No value's magnitude is above this; a power of two less one.
fn bound(values: &[i64]) -> u128 {
    let folded = values.iter().fold(0, |bits, v| bits | (v ^ (v >> 63)));
    (u128::from(folded.cast_unsigned()) + 1).next_power_of_two()
}

impl Sums {
    fn reserve(&mut self, groups: usize) {
        if self.narrow.len() < groups {
            self.narrow.resize(groups, Narrow::default());
            self.wide.resize(groups, Wide::default());
        }
    }

    /// Makes room for sums of magnitude `need`; false if 64 bits cannot hold even those.
    fn fits(&mut self, need: u128) -> bool {
        let limit = i64::MAX.cast_unsigned().into();
        if self.used.saturating_add(need) > limit {
            self.carry_over();
        }
        if need > limit {
            return false;
        }
        self.used += need;
        true
    }

    fn carry_over(&mut self) {
        for (narrow, wide) in self.narrow.iter_mut().zip(&mut self.wide) {
            wide.add(narrow.sum.into());
            narrow.sum = 0;
        }
        self.used = 0;
    }

    fn add_narrow(&mut self, group: u32, sum: i64, rows: u64) {
        if let Some(cell) = self.narrow.get_mut(group as usize) {
            cell.sum += sum;
            cell.rows += rows;
        }
    }

    fn add_wide(&mut self, group: u32, value: i128) {
        if let (Some(wide), Some(narrow)) = (self.wide.get_mut(group as usize), self.narrow.get_mut(group as usize)) {
            wide.add(value);
            narrow.rows += 1;
        }
    }

    fn add(&mut self, values: &[i64], groups: Groups<'_>, selected: &[u64]) {
        if !self.fits(bound(values) * values.len() as u128) {
            match groups {
                Groups::One(group) => over(values, selected, |v| self.add_wide(group, v.into())),
                Groups::Each(groups) => over2(groups, values, selected, |g, v| self.add_wide(g, v.into())),
            }
            return;
        }
        match groups {
            Groups::One(group) => {
                let mut sum = 0;
                over(values, selected, |v| sum += v);
                self.add_narrow(group, sum, bits::count(selected) as u64);
            }
            Groups::Each(groups) => {
                let narrow = self.narrow.as_mut_slice();
                over2(groups, values, selected, |group, v| {
                    if let Some(cell) = narrow.get_mut(group as usize) {
                        cell.sum += v;
                        cell.rows += 1;
                    }
                });
            }
        }
    }

    fn add_products(&mut self, a: &[i64], b: &[i64], groups: Groups<'_>, selected: &[u64]) {
        let need = bound(a).saturating_mul(bound(b)).saturating_mul(a.len() as u128);
        if self.fits(need) {
            match groups {
                Groups::One(group) => {
                    let mut sum = 0;
                    over2(a, b, selected, |x, y| sum += x * y);
                    self.add_narrow(group, sum, bits::count(selected) as u64);
                }
                Groups::Each(groups) => {
                    let narrow = self.narrow.as_mut_slice();
                    over3(groups, a, b, selected, |group, x, y| {
                        if let Some(cell) = narrow.get_mut(group as usize) {
                            cell.sum += x * y;
                            cell.rows += 1;
                        }
                    });
                }
            }
            return;
        }
        let product = |x: i64, y: i64| i128::from(x) * i128::from(y);
        match groups {
            Groups::One(group) => over2(a, b, selected, |x, y| self.add_wide(group, product(x, y))),
            Groups::Each(groups) => over3(groups, a, b, selected, |g, x, y| self.add_wide(g, product(x, y))),
        }
    }

    /// The exact sum of a group and its rows.
    pub fn result(&self, group: usize) -> (Option<i128>, u64) {
        match (self.wide.get(group), self.narrow.get(group)) {
            (Some(wide), Some(narrow)) => {
                let mut total = *wide;
                total.add(narrow.sum.into());
                (total.get(), narrow.rows)
            }
            _ => (Some(0), 0),
        }
    }
}

#[inline]
fn over3(groups: &[u32], a: &[i64], b: &[i64], selected: &[u64], mut f: impl FnMut(u32, i64, i64)) {
    let blocks = groups.chunks(64).zip(a.chunks(64).zip(b.chunks(64))).zip(selected);
    for ((gs, (xs, ys)), word) in blocks {
        let mut word = *word;
        while word != 0 {
            let at = word.trailing_zeros() as usize;
            if let (Some(g), Some(x), Some(y)) = (gs.get(at), xs.get(at), ys.get(at)) {
                f(*g, *x, *y);
            }
            word &= word - 1;
        }
    }
}

/// The groups of a chunk's rows. Filings come sorted by institution, so that one group for a whole chunk is common.
#[derive(Clone, Copy, Debug)]
pub(super) enum Groups<'a> {
    One(u32),
    Each(&'a [u32]),
}

/// Smallest or largest values of all groups.
#[derive(Debug)]
pub(super) struct Extremes {
    least: bool,
    values: Vec<Option<i64>>,
}

impl Extremes {
    fn add(&mut self, values: &[i64], groups: Groups<'_>, selected: &[u64], less: impl Fn(i64, i64) -> bool) {
        let least = self.least;
        let mut put = |group: u32, v: i64| {
            if let Some(best) = self.values.get_mut(group as usize)
                && best.is_none_or(|old| if least { less(v, old) } else { less(old, v) })
            {
                *best = Some(v);
            }
        };
        match groups {
            Groups::One(group) => over(values, selected, |v| put(group, v)),
            Groups::Each(groups) => over2(groups, values, selected, put),
        }
    }

    pub fn result(&self, group: usize) -> Option<i64> {
        self.values.get(group).copied().flatten()
    }
}

/// The memory of one aggregate.
#[derive(Debug)]
pub(super) enum State {
    Count(Vec<u64>),
    Sums(Sums),
    Distinct(Distinct),
    /// Numbers, days, truths; or codes of the common pool.
    Extremes {
        of: Extremes,
        texts: bool,
    },
}

/// The argument of an aggregate over a chunk.
#[derive(Clone, Copy, Debug)]
pub(super) enum Argument<'a> {
    None,
    One(&'a [i64]),
    Two(&'a [i64], &'a [i64]),
    /// Texts by code.
    Codes(&'a [u32]),
}

impl State {
    pub fn extremes(least: bool, texts: bool) -> Self {
        Self::Extremes { of: Extremes { least, values: Vec::new() }, texts }
    }

    /// Room for so many groups, and for so many codes where codes are counted.
    pub fn reserve(&mut self, groups: usize, codes: usize) {
        match self {
            Self::Count(counts) if counts.len() < groups => counts.resize(groups, 0),
            Self::Count(_) => {}
            Self::Sums(sums) => sums.reserve(groups),
            Self::Distinct(set) => set.reserve(groups, codes),
            Self::Extremes { of, .. } if of.values.len() < groups => of.values.resize(groups, None),
            Self::Extremes { .. } => {}
        }
    }

    /// Takes in the selected rows.
    pub fn add(&mut self, argument: Argument<'_>, groups: Groups<'_>, selected: &[u64], pool: &Pool) {
        match (self, argument) {
            (Self::Count(counts), _) => match groups {
                Groups::One(group) => {
                    if let Some(count) = counts.get_mut(group as usize) {
                        *count += bits::count(selected) as u64;
                    }
                }
                Groups::Each(groups) => over(groups, selected, |group| {
                    if let Some(count) = counts.get_mut(group as usize) {
                        *count += 1;
                    }
                }),
            },
            (Self::Sums(sums), Argument::One(values)) => sums.add(values, groups, selected),
            (Self::Sums(sums), Argument::Two(a, b)) => sums.add_products(a, b, groups, selected),
            (Self::Distinct(set), Argument::Codes(codes)) => set.add_codes(codes, groups, selected),
            (Self::Distinct(set), Argument::One(values)) => set.add_values(values, groups, selected),
            (Self::Extremes { of, texts: true }, Argument::One(values)) => {
                let text = |code: i64| u32::try_from(code).map_or("", |code| pool.text(code));
                of.add(values, groups, selected, |a, b| a != b && text(a) < text(b));
            }
            (Self::Extremes { of, .. }, Argument::One(values)) => of.add(values, groups, selected, |a, b| a < b),
            _ => {}
        }
    }

    /// Takes in another thread's state; `map` gives our group for each of theirs.
    pub fn merge(&mut self, other: Self, map: &[u32], groups: usize, pool: &Pool) {
        self.reserve(groups, 0);
        match (self, other) {
            (Self::Count(counts), Self::Count(theirs)) => {
                for (more, group) in theirs.iter().zip(map) {
                    if let Some(count) = counts.get_mut(*group as usize) {
                        *count += more;
                    }
                }
            }
            (Self::Sums(sums), Self::Sums(mut theirs)) => {
                sums.carry_over();
                theirs.carry_over();
                for ((wide, narrow), group) in theirs.wide.iter().zip(&theirs.narrow).zip(map) {
                    if let Some(cell) = sums.wide.get_mut(*group as usize) {
                        cell.add(wide.value);
                        cell.carry += wide.carry;
                    }
                    sums.add_narrow(*group, 0, narrow.rows);
                }
            }
            (Self::Distinct(set), Self::Distinct(theirs)) => set.merge(&theirs, map, groups),
            (mine @ Self::Extremes { .. }, Self::Extremes { of: theirs, .. }) => {
                for (value, group) in theirs.values.iter().zip(map) {
                    if let Some(value) = value {
                        mine.add(Argument::One(&[*value]), Groups::One(*group), &[1], pool);
                    }
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_beyond_64_bits_and_come_back() {
        let mut state = State::Sums(Sums::default());
        state.reserve(2, 0);
        let pool = Pool::default();
        let values = [i64::MAX, i64::MAX, i64::MIN, 5];
        state.add(Argument::One(&values), Groups::Each(&[0, 0, 1, 1]), &[0b1111], &pool);
        state.add(Argument::One(&values), Groups::One(0), &[0b0001], &pool);
        let State::Sums(sums) = &state else { unreachable!() };
        assert_eq!(sums.result(0), (Some(3 * i128::from(i64::MAX)), 3));
        assert_eq!(sums.result(1), (Some(i128::from(i64::MIN) + 5), 2));
    }

    #[test]
    fn products_beyond_128_bits_are_noticed_and_may_come_back() {
        let mut sums = Sums::default();
        sums.reserve(1);
        let least = [i64::MIN; 2];
        sums.add_products(&least, &least, Groups::One(0), &[0b11]);
        assert_eq!(sums.result(0), (None, 2));
        sums.add_products(&least, &[i64::MAX; 2], Groups::One(0), &[0b01]);
        assert_eq!(sums.result(0), (Some((1i128 << 126) + (1i128 << 63)), 3));
    }

    #[test]
    fn many_small_chunks_are_carried_over_in_time() {
        let mut sums = Sums::default();
        sums.reserve(1);
        let values = vec![1i64 << 55; 64];
        for _ in 0..100 {
            sums.add(&values, Groups::One(0), &[u64::MAX]);
        }
        assert_eq!(sums.result(0), (Some(6400i128 << 55), 6400));
    }
}
