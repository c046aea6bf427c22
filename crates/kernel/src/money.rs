//! Money: a whole number of fen (CNY 0.01).

use std::fmt;
use std::iter::Sum;

use serde::{Deserialize, Serialize};

use crate::decimal::{self, DecimalError};
use crate::fault::{Fault, Lang, Result};
use crate::round::div_half_even;
use crate::{faults, split};

/// An amount in fen. Written to JSON as the integer. `Display` is plain yuan (`-1234.56`), which [`Fen::parse_yuan`]
/// reads back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(pub i64);

/// The unit in which an amount is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// 元.
    Yuan,
    /// 万元, CNY 10 thousand; in English shown as millions.
    Wan,
    /// 亿元, CNY 100 million; in English shown as billions.
    Yi,
}

impl Unit {
    /// How many decimal digits of fen one unit has: 2, 6 or 10.
    const fn scale(self) -> u32 {
        match self {
            Self::Yuan => 2,
            Self::Wan => 6,
            Self::Yi => 10,
        }
    }
}

impl Fen {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whole yuan; None beyond the range.
    #[must_use]
    pub const fn from_yuan(yuan: i64) -> Option<Self> {
        match yuan.checked_mul(100) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The sum; None beyond the range.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The difference; None beyond the range.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The amount `times` over; None beyond the range.
    #[must_use]
    pub const fn checked_mul_int(self, times: i64) -> Option<Self> {
        match self.0.checked_mul(times) {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// The amount with the other sign; None for the one amount that has none.
    #[must_use]
    pub const fn checked_neg(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(fen) => Some(Self(fen)),
            None => None,
        }
    }

    /// Reads an amount in yuan, exactly: `1234.56`, `-1,234.5`, `1234.56亿元`, `300万元`, `12元`. Blanks around it are
    /// ignored. Anything finer than a fen is an error, never rounded.
    pub fn parse_yuan(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let (number, unit) = if let Some(number) = trimmed.strip_suffix("亿元") {
            (number, Unit::Yi)
        } else if let Some(number) = trimmed.strip_suffix("万元") {
            (number, Unit::Wan)
        } else {
            (trimmed.strip_suffix('元').unwrap_or(trimmed), Unit::Yuan)
        };
        decimal::parse(number.trim_end(), unit.scale()).map(Self).map_err(|error| {
            let spec = match error {
                DecimalError::Invalid => &faults::MONEY_INVALID,
                DecimalError::TooPrecise => &faults::MONEY_TOO_PRECISE,
                DecimalError::Overflow => &faults::MONEY_OVERFLOW,
            };
            Fault::new(spec).with("value", text)
        })
    }

    /// The number alone in this unit, rounded half-even to at most ten decimals, thousands parted by commas:
    /// `1,234.56`.
    #[must_use]
    pub fn number_in(self, unit: Unit, decimals: u32) -> String {
        number(self.0, unit.scale(), decimals)
    }

    /// The amount for people. Chinese: `1,234.56亿元`. English shows 亿元 as billions and 万元 as millions at the same
    /// precision, so one more and two more decimals: `CNY 123.456 billion`.
    #[must_use]
    pub fn show(self, unit: Unit, decimals: u32, lang: Lang) -> String {
        match (lang, unit) {
            (Lang::Zh, Unit::Yuan) => self.number_in(unit, decimals) + "元",
            (Lang::Zh, Unit::Wan) => self.number_in(unit, decimals) + "万元",
            (Lang::Zh, Unit::Yi) => self.number_in(unit, decimals) + "亿元",
            (Lang::En, Unit::Yuan) => format!("CNY {}", self.number_in(unit, decimals)),
            (Lang::En, Unit::Wan) => format!("CNY {} million", number(self.0, 8, decimals.saturating_add(2))),
            (Lang::En, Unit::Yi) => format!("CNY {} billion", number(self.0, 11, decimals.saturating_add(1))),
        }
    }

    /// Shared out over integer weights without losing a fen; see [`split::split`].
    pub fn split(self, weights: &[u64]) -> Result<Vec<Self>> {
        split::split(self, weights)
    }
}

/// `fen` over ten to the `scale`, at `decimals` decimals (cut to what the unit can hold).
fn number(fen: i64, scale: u32, decimals: u32) -> String {
    let decimals = decimals.min(scale);
    let unit = 10i128.pow(scale - decimals);
    // The divisor is at least one and the quotient no larger than the dividend, so the fallback is never taken.
    decimal::show(div_half_even(i128::from(fen), unit).unwrap_or(0), decimals, true)
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal::show(i128::from(self.0), 2, false))
    }
}

impl std::str::FromStr for Fen {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self> {
        Self::parse_yuan(text)
    }
}

impl Sum<Fen> for Option<Fen> {
    fn sum<I: Iterator<Item = Fen>>(mut amounts: I) -> Self {
        amounts.try_fold(Fen::ZERO, Fen::checked_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_files_and_people_are_read_exactly() {
        for (text, want) in [
            ("0", 0),
            ("-0.01", -1),
            ("1234.5", 123_450),
            (" 1,234.56 ", 123_456),
            ("12元", 1_200),
            ("300万元", 300_000_000),
            ("0.000001万元", 1),
            ("2620.65亿元", 26_206_500_000_000),
            ("2,620.65 亿元", 26_206_500_000_000),
            ("92233720368547758.07", i64::MAX),
            ("-92233720368547758.08", i64::MIN),
            ("007", 700),
        ] {
            assert_eq!(Fen::parse_yuan(text).unwrap(), Fen(want), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_for_its_reason() {
        for (text, code) in [
            ("", "money.invalid"),
            ("-", "money.invalid"),
            ("元", "money.invalid"),
            (".5", "money.invalid"),
            ("5.", "money.invalid"),
            ("+5", "money.invalid"),
            ("--5", "money.invalid"),
            ("1e3", "money.invalid"),
            ("12,34", "money.invalid"),
            ("1,2345", "money.invalid"),
            (",123", "money.invalid"),
            ("1.2.3", "money.invalid"),
            ("１２", "money.invalid"),
            ("=1+1", "money.invalid"),
            ("12亿", "money.invalid"),
            ("1.234", "money.too_precise"),
            ("1.230", "money.too_precise"),
            ("0.0000001万元", "money.too_precise"),
            ("92233720368547758.08", "money.overflow"),
            ("-92233720368547758.09", "money.overflow"),
            ("99999999999999999999", "money.overflow"),
        ] {
            assert_eq!(Fen::parse_yuan(text).unwrap_err().code(), code, "{text}");
        }
    }

    #[test]
    fn amounts_are_shown_as_reports_print_them() {
        let fen = Fen(26_206_500_000_000);
        assert_eq!(fen.show(Unit::Yi, 2, Lang::Zh), "2,620.65亿元");
        assert_eq!(fen.show(Unit::Yi, 2, Lang::En), "CNY 262.065 billion");
        assert_eq!(fen.show(Unit::Wan, 0, Lang::Zh), "26,206,500万元");
        assert_eq!(fen.show(Unit::Wan, 0, Lang::En), "CNY 262,065.00 million");
        assert_eq!(Fen(-123_456_789).show(Unit::Yuan, 2, Lang::Zh), "-1,234,567.89元");
        assert_eq!(Fen(-123_456_789).show(Unit::Yuan, 1, Lang::En), "CNY -1,234,567.9");
        assert_eq!(Fen(250).number_in(Unit::Yuan, 0), "2");
        assert_eq!(Fen(350).number_in(Unit::Yuan, 0), "4");
        assert_eq!(Fen(-50).number_in(Unit::Yuan, 0), "0");
        assert_eq!(Fen(-51).number_in(Unit::Yuan, 0), "-1");
        assert_eq!(Fen(5).to_string(), "0.05");
        assert_eq!(Fen(i64::MIN).to_string(), "-92233720368547758.08");
        assert_eq!(Fen(99_999_999_999).number_in(Unit::Yi, 2), "10.00");
    }

    #[test]
    fn arithmetic_says_when_it_leaves_the_range() {
        assert_eq!(Fen(1).checked_add(Fen(2)), Some(Fen(3)));
        assert_eq!(Fen(i64::MAX).checked_add(Fen(1)), None);
        assert_eq!(Fen(i64::MIN).checked_sub(Fen(1)), None);
        assert_eq!(Fen(i64::MIN).checked_neg(), None);
        assert_eq!(Fen(3).checked_mul_int(-4), Some(Fen(-12)));
        assert_eq!(Fen(i64::MAX).checked_mul_int(2), None);
        assert_eq!(Fen::from_yuan(7), Some(Fen(700)));
        assert_eq!([Fen(1), Fen(2)].into_iter().sum::<Option<Fen>>(), Some(Fen(3)));
        assert_eq!([Fen(i64::MAX), Fen(2)].into_iter().sum::<Option<Fen>>(), None);
    }
}
