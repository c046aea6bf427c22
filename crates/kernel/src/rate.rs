//! Yearly rates and other shares: a whole number of parts per million.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::decimal::{self, DecimalError};
use crate::fault::{Fault, Result};
use crate::faults;
use crate::round::div_half_even;

/// A rate in parts per million: 3.45 % is `Ppm(34_500)`, one basis point is `Ppm(100)`. Written to JSON as the
/// integer. `Display` is the percent number with four decimals (`3.4500`), which [`Ppm::parse_percent`] reads back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ppm(pub i64);

/// Parts per million in one basis point.
const PER_BP: i64 = 100;

impl Ppm {
    /// Zero percent.
    pub const ZERO: Self = Self(0);
    /// One hundred percent.
    pub const ONE: Self = Self(1_000_000);

    /// Reads a percent: `3.45`, `3.45%`, `-0.5`, at most four decimals, exactly.
    pub fn parse_percent(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let number = trimmed.strip_suffix(['%', '％']).map_or(trimmed, str::trim_end);
        decimal::parse(number, 4).map(Self).map_err(|error| {
            let spec = match error {
                DecimalError::Invalid => &faults::RATE_INVALID,
                DecimalError::TooPrecise => &faults::RATE_TOO_PRECISE,
                DecimalError::Overflow => &faults::RATE_OVERFLOW,
            };
            Fault::new(spec).with("value", text)
        })
    }

    /// Whole basis points; None beyond the range.
    #[must_use]
    pub const fn from_bp(bp: i64) -> Option<Self> {
        match bp.checked_mul(PER_BP) {
            Some(ppm) => Some(Self(ppm)),
            None => None,
        }
    }

    /// Basis points rounded half-even.
    #[must_use]
    pub fn to_bp(self) -> i64 {
        rounded(self.0, PER_BP)
    }

    /// The percent number rounded half-even to `decimals` (at most four): `3.45`.
    #[must_use]
    pub fn percent(self, decimals: u32) -> String {
        let decimals = decimals.min(4);
        decimal::show(i128::from(rounded(self.0, 10i64.pow(4 - decimals))), decimals, true)
    }

    /// The number of basis points rounded half-even to `decimals` (at most two): `-40`, `12.5`.
    #[must_use]
    pub fn basis_points(self, decimals: u32) -> String {
        let decimals = decimals.min(2);
        decimal::show(i128::from(rounded(self.0, 10i64.pow(2 - decimals))), decimals, true)
    }

    /// The sum; None beyond the range.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(ppm) => Some(Self(ppm)),
            None => None,
        }
    }

    /// The difference; None beyond the range.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(ppm) => Some(Self(ppm)),
            None => None,
        }
    }
}

/// Reads a whole number of basis points: `-40`, `35`.
pub fn parse_basis_points(text: &str) -> Result<i64> {
    decimal::parse(text.trim(), 0).map_err(|_| Fault::new(&faults::BASIS_POINTS_INVALID).with("value", text))
}

/// `value / unit`, half-even. The divisor is positive and the quotient no larger than the dividend, so it always fits.
fn rounded(value: i64, unit: i64) -> i64 {
    div_half_even(i128::from(value), i128::from(unit)).and_then(|v| i64::try_from(v).ok()).unwrap_or(value)
}

impl fmt::Display for Ppm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&decimal::show(i128::from(self.0), 4, false))
    }
}

impl std::str::FromStr for Ppm {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self> {
        Self::parse_percent(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_read_exactly_and_shown_rounded() {
        assert_eq!(Ppm::parse_percent("3.45").unwrap(), Ppm(34_500));
        assert_eq!(Ppm::parse_percent(" 3.4500 % ").unwrap(), Ppm(34_500));
        assert_eq!(Ppm::parse_percent("-0.0001％").unwrap(), Ppm(-1));
        assert_eq!(Ppm::parse_percent("100").unwrap(), Ppm::ONE);
        assert_eq!(Ppm(34_500).to_string(), "3.4500");
        assert_eq!(Ppm(34_550).percent(2), "3.46");
        assert_eq!(Ppm(34_450).percent(2), "3.44");
        assert_eq!(Ppm(-5_000).percent(0), "0");
        assert_eq!(Ppm(12_345_678).percent(4), "1,234.5678");
    }

    #[test]
    fn what_is_no_rate_is_refused_for_its_reason() {
        for (text, code) in [
            ("", "rate.invalid"),
            ("%", "rate.invalid"),
            ("3.45%%", "rate.invalid"),
            ("LPR+40", "rate.invalid"),
            ("3.45001", "rate.too_precise"),
            ("9223372036854776", "rate.overflow"),
        ] {
            assert_eq!(Ppm::parse_percent(text).unwrap_err().code(), code, "{text}");
        }
        assert_eq!(parse_basis_points("1.5").unwrap_err().code(), "rate.basis_points_invalid");
    }

    #[test]
    fn basis_points_are_hundredths_of_a_percent() {
        assert_eq!(Ppm::from_bp(-40), Some(Ppm(-4_000)));
        assert_eq!(Ppm::from_bp(i64::MAX), None);
        assert_eq!(Ppm(-4_050).to_bp(), -40);
        assert_eq!(Ppm(4_150).to_bp(), 42);
        assert_eq!(Ppm(-1_260).basis_points(1), "-12.6");
        assert_eq!(parse_basis_points("-40").unwrap(), -40);
        assert_eq!(Ppm(34_500).checked_sub(Ppm(35_000)), Some(Ppm(-500)));
        assert_eq!(Ppm(i64::MAX).checked_add(Ppm(1)), None);
    }
}
