//! From score to probability of default, in integers only.
//!
//! The rule, exactly: odds good to bad are `base_odds · 2^((score − base_score) / double_odds)`, and the probability is
//! `1 / (1 + odds)` in parts per million, rounded half to even. The power of two is split into a whole exponent `k` and a
//! fraction `r / double_odds`; the fraction's first 40 binary digits each multiply a square root of the one before
//! (2^½, 2^¼ …), all held as integers scaled by 2⁶², each step rounded down. The error stays below 10⁻¹⁶ of the odds, far
//! less than a part per million can show, and every machine gets the same number. A card's table is worked out when it
//! is loaded, for every score that it can give, and must not rise with the score.

use huoshui_kernel::fault::Result;
use huoshui_kernel::round::div_half_even;

use super::Scorecard;
use crate::policy::entry_fault;

const BITS: u32 = 62;
const ONE: u128 = 1 << BITS;

/// The probability of default for each score of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odds {
    lowest: i32,
    table: Vec<i64>,
}

/// The probability of default in ppm by the rule above; None where `double_odds` or `base_odds` is 0.
#[must_use]
pub fn pd_ppm(score: i32, base_score: i32, base_odds: u32, double_odds: u32) -> Option<i64> {
    if base_odds == 0 || double_odds == 0 {
        return None;
    }
    let above = i64::from(score) - i64::from(base_score);
    let (k, r) = (above.div_euclid(double_odds.into()), above.rem_euclid(double_odds.into()));
    let mantissa = fraction(u128::try_from(r).ok()?, double_odds.into());
    let odds = mantissa.checked_mul(base_odds.into())?;
    // Beyond 2^±40 the probability is 0 or 1 to the last part per million, whatever the base.
    let million = 1_000_000_i128;
    let (num, den) = match k {
        40.. => return Some(0),
        ..=-72 => return Some(1_000_000),
        0.. => (to_i128(ONE)?, to_i128(odds.checked_shl(u32::try_from(k).ok()?)?)?),
        _ => (to_i128(ONE)?, to_i128(odds >> u32::try_from(-k).ok()?)?),
    };
    div_half_even(num.checked_mul(million)?, num.checked_add(den)?).and_then(|p| i64::try_from(p).ok())
}

fn to_i128(n: u128) -> Option<i128> {
    i128::try_from(n).ok()
}

/// 2^(r / d) scaled by 2^62, for 0 ≤ r < d.
fn fraction(r: u128, d: u128) -> u128 {
    let (mut rest, mut root, mut out) = (r, ONE * 2, ONE);
    for _ in 0..40 {
        root = (root << BITS).isqrt();
        rest *= 2;
        if rest >= d {
            rest -= d;
            out = (out * root) >> BITS;
        }
    }
    out
}

impl Odds {
    pub(super) fn new(card: &Scorecard, lowest: i32, highest: i32) -> Result<Self> {
        let wrong = || {
            entry_fault(
                &card.code,
                "base_odds、double_odds 须为 1 至 100000，分数跨度不超过 100000",
                "base_odds and double_odds must be 1 to 100000, and scores span at most 100000",
            )
        };
        let bounded = (1..=100_000).contains(&card.base_odds) && (1..=100_000).contains(&card.double_odds);
        if !bounded || i64::from(highest) - i64::from(lowest) > 100_000 {
            return Err(wrong());
        }
        let table = (lowest..=highest)
            .map(|score| pd_ppm(score, card.base_score, card.base_odds, card.double_odds).ok_or_else(wrong))
            .collect::<Result<Vec<_>>>()?;
        if table.windows(2).any(|w| matches!(w, [a, b] if a < b)) {
            return Err(entry_fault(
                &card.code,
                "违约概率随分数上升",
                "the probability of default rises with the score",
            ));
        }
        Ok(Self { lowest, table })
    }

    /// The probability of default of a score, ppm. Scores outside the card's own take the nearest.
    #[must_use]
    pub fn pd(&self, score: i32) -> i64 {
        let at = usize::try_from(score.saturating_sub(self.lowest)).unwrap_or(0);
        self.table.get(at).or(self.table.last()).copied().unwrap_or(1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At the base score the odds are the base odds; each step of `double_odds` doubles or halves them.
    #[test]
    fn odds_double_where_they_should() {
        for (score, odds) in [(600, 30), (640, 60), (680, 120), (560, 15), (760, 480)] {
            let expected = div_half_even(1_000_000, 1 + odds).unwrap();
            assert_eq!(i128::from(pd_ppm(score, 600, 30, 40).unwrap()), expected, "{score}");
        }
        assert_eq!(pd_ppm(600 + 40 * 45, 600, 30, 40), Some(0));
        assert_eq!(pd_ppm(600 - 40 * 80, 600, 30, 40), Some(1_000_000));
        assert_eq!(pd_ppm(600, 600, 0, 40), None);
    }

    /// Worked out with 50-digit decimals elsewhere: 10⁶ / (1 + 30 · 2^((score − 600) / 40)).
    #[test]
    fn fractions_of_a_doubling_are_exact_to_the_part_per_million() {
        for (score, pd) in [(620, 23_027), (601, 31_721), (563, 59_522), (477, 219_297), (811, 860)] {
            assert_eq!(pd_ppm(score, 600, 30, 40), Some(pd), "{score}");
        }
    }
}
