//! Random draws. Every entity (a firm, an institution) has its own dice, so that a city does not depend on how many
//! threads make it, and so that one entity's draws do not move another's.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What the dice are for: the same entity throws other numbers for another purpose.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    Firm = 1,
    Presence = 2,
    Lending = 3,
    Institution = 4,
    Group = 5,
    Fault = 6,
    Department = 7,
}

/// A stream of draws of one entity.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of entity `id` in the city of `seed`.
    pub(crate) fn new(seed: u64, purpose: Purpose, id: u64) -> Self {
        let mut key = [0u8; 32];
        let parts = [seed, purpose as u64, id, 0x6875_6f73_6875_6931];
        for (chunk, part) in key.chunks_exact_mut(8).zip(parts) {
            chunk.copy_from_slice(&part.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in `[0, 1)`.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a double holds")]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in `0..n`; 0 for an empty range.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// Uniform in `low..=high`; `low` when the range is empty.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = u64::try_from(high.saturating_sub(low)).map_or(0, |s| s.saturating_add(1));
        low.saturating_add_unsigned(self.below(span))
    }

    /// The same over days.
    pub(crate) fn day(&mut self, low: i32, high: i32) -> i32 {
        i32::try_from(self.between(i64::from(low), i64::from(high))).unwrap_or(low)
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Near enough to a standard normal, from twelve uniforms: needs no mathematical library, ends at ±6.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Roughly a standard normal from three uniforms, ends at ±3: for the noise of long series.
    pub(crate) fn wobble(&mut self) -> f64 {
        2.0 * (self.unit() + self.unit() + self.unit() - 1.5)
    }

    /// A whole number near `mean`: the rest of a fraction is chance.
    pub(crate) fn about(&mut self, mean: f64) -> i64 {
        let least = mean.floor();
        whole(least) + i64::from(self.chance(mean - least))
    }

    /// Log-normal with this median.
    pub(crate) fn lognormal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }

    /// One of a list; None when it is empty.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        let place = self.below(list.len() as u64);
        usize::try_from(place).ok().and_then(|i| list.get(i))
    }

    /// One of a list of values with weights; the last one if rounding leaves a rest; None when the list is empty.
    pub(crate) fn weighted<T: Copy>(&mut self, list: &[(T, f64)]) -> Option<T> {
        let total: f64 = list.iter().map(|(_, w)| w).sum();
        let mut rest = self.unit() * total;
        for (value, weight) in list {
            rest -= weight;
            if rest < 0.0 {
                return Some(*value);
            }
        }
        list.last().map(|(value, _)| *value)
    }
}

/// A whole number from a draw of a size. Floats stand only in random draws: once here, money is integers.
#[expect(clippy::cast_possible_truncation, reason = "draws are far inside the range, and the cast saturates")]
pub(crate) fn whole(x: f64) -> i64 {
    x.round() as i64
}

/// A count times the scale of the city, at least `least`.
pub(crate) fn scaled(count: u64, scale: f64, least: u64) -> u64 {
    u64::try_from(whole(float(count) * scale)).unwrap_or(least).max(least)
}

/// A count as a float, for draws and shares.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// A whole number as a float, for draws and factors.
#[expect(clippy::cast_precision_loss, reason = "factors need no more than a double's digits")]
pub(crate) fn float_i(value: i64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_throw_their_own_numbers_and_always_the_same() {
        let first = |seed, purpose, id| Dice::new(seed, purpose, id).below(u64::MAX);
        assert_eq!(first(1, Purpose::Firm, 7), first(1, Purpose::Firm, 7));
        assert_ne!(first(1, Purpose::Firm, 7), first(2, Purpose::Firm, 7));
        assert_ne!(first(1, Purpose::Firm, 7), first(1, Purpose::Lending, 7));
        assert_ne!(first(1, Purpose::Firm, 7), first(1, Purpose::Firm, 8));
    }

    #[test]
    fn draws_stay_in_their_ranges() {
        let mut dice = Dice::new(1, Purpose::Firm, 1);
        let draws: Vec<i64> = (0..2_000).map(|_| dice.between(-2, 2)).collect();
        assert!((-2..=2).all(|v| draws.contains(&v)) && draws.iter().all(|d| (-2..=2).contains(d)));
        assert_eq!((dice.between(5, 4), dice.below(0)), (5, 0));
        let mean = (0..4_000).map(|_| dice.normal()).sum::<f64>() / 4_000.0;
        assert!(mean.abs() < 0.08, "{mean}");
        assert_eq!(dice.weighted(&[('a', 0.0), ('b', 1.0)]), Some('b'));
        assert_eq!(dice.weighted::<char>(&[]), None);
    }
}
