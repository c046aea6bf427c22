//! Exact numbers: fractions of 128-bit integers until the end, then one rounding, half to even.

use std::fmt;

use huoshui_kernel::round::div_half_even;

/// A fraction in lowest terms with a positive denominator. Every operation is checked: None is beyond 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    num: i128,
    den: i128,
}

const fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Fraction {
    /// A whole number.
    #[must_use]
    pub const fn whole(num: i128) -> Self {
        Self { num, den: 1 }
    }

    /// `num / den`; None where `den` is zero or the sign cannot be kept.
    #[must_use]
    pub fn new(num: i128, den: i128) -> Option<Self> {
        if den == 0 {
            return None;
        }
        let common = i128::try_from(gcd(num.unsigned_abs(), den.unsigned_abs())).ok()?;
        let (num, den) = (num.checked_div(common)?, den.checked_div(common)?);
        if den < 0 { Some(Self { num: num.checked_neg()?, den: den.checked_neg()? }) } else { Some(Self { num, den }) }
    }

    /// The numerator, in lowest terms.
    #[must_use]
    pub const fn numerator(self) -> i128 {
        self.num
    }

    /// The denominator, in lowest terms, positive.
    #[must_use]
    pub const fn denominator(self) -> i128 {
        self.den
    }

    /// Whether it is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.num == 0
    }

    /// `self * other`. Factors are cancelled crosswise first, so that large sums stay in range.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        let (a, d) = (Self::new(self.num, other.den)?, Self::new(other.num, self.den)?);
        Some(Self { num: a.num.checked_mul(d.num)?, den: a.den.checked_mul(d.den)? })
    }

    /// `self / other`; None where `other` is zero.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        self.times(Self::new(other.den, other.num)?)
    }

    /// `self - other`.
    #[must_use]
    pub fn less(self, other: Self) -> Option<Self> {
        let common = i128::try_from(gcd(self.den.unsigned_abs(), other.den.unsigned_abs())).ok()?;
        let (left, right) = (other.den.checked_div(common)?, self.den.checked_div(common)?);
        let num = self.num.checked_mul(left)?.checked_sub(other.num.checked_mul(right)?)?;
        Self::new(num, self.den.checked_mul(left)?)
    }

    /// Rounded to this many decimals, half to even.
    #[must_use]
    pub fn round(self, scale: u32) -> Option<Exact> {
        let factor = Self::whole(10_i128.checked_pow(scale)?);
        let scaled = self.times(factor)?;
        Some(Exact { scaled: div_half_even(scaled.num, scaled.den)?, scale })
    }
}

/// A decimal number: an integer and how many of its digits are decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exact {
    /// The digits.
    pub scaled: i128,
    /// Decimals.
    pub scale: u32,
}

impl Exact {
    /// Reads a plain decimal; None where it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(decimals) || (digits.contains('.') && decimals.is_empty()) {
            return None;
        }
        let scaled: i128 = format!("{whole}{decimals}").parse().ok()?;
        Some(Self { scaled: if negative { -scaled } else { scaled }, scale: u32::try_from(decimals.len()).ok()? })
    }

    /// The same as a fraction.
    #[must_use]
    pub fn fraction(self) -> Option<Fraction> {
        Fraction::new(self.scaled, 10_i128.checked_pow(self.scale)?)
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::try_from(self.scale).unwrap_or(0);
        let digits = format!("{:0>width$}", self.scaled.unsigned_abs(), width = scale + 1);
        let (whole, decimals) = digits.split_at(digits.len().saturating_sub(scale));
        let sign = if self.scaled < 0 { "-" } else { "" };
        if decimals.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{decimals}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(num: i128, den: i128) -> Fraction {
        Fraction::new(num, den).unwrap()
    }

    #[test]
    fn rounding_happens_once_and_half_to_even() {
        // 2.5 → 2, 3.5 → 4, −2.5 → −2; 1/3 at four decimals 0.3333; 2/3 at two 0.67; 0.125 at two 0.12.
        for (num, den, scale, want) in [
            (5, 2, 0, "2"),
            (7, 2, 0, "4"),
            (-5, 2, 0, "-2"),
            (1, 3, 4, "0.3333"),
            (2, 3, 2, "0.67"),
            (1, 8, 2, "0.12"),
            (-1, 200, 2, "0.00"),
            (-3, 200, 2, "-0.02"),
        ] {
            assert_eq!(half(num, den).round(scale).unwrap().to_string(), want, "{num}/{den}");
        }
    }

    #[test]
    fn arithmetic_is_exact_and_checked() {
        // 1/3 − 1/6 = 1/6; (2/3)/(4/9) = 3/2; a sum of a country's loans times its rate stays in range.
        assert_eq!(half(1, 3).less(half(1, 6)), Some(half(1, 6)));
        assert_eq!(half(2, 3).over(half(4, 9)), Some(half(3, 2)));
        assert_eq!(half(1, 3).over(Fraction::whole(0)), None);
        let big = half(i128::MAX, 3);
        assert_eq!(big.times(Fraction::whole(4)), None);
        assert_eq!(big.times(half(3, 1)), Some(Fraction::whole(i128::MAX)));
    }

    #[test]
    fn decimals_are_read_back() {
        for text in ["0", "-44.02", "0.304400", "26206500000000"] {
            assert_eq!(Exact::parse(text).unwrap().to_string(), text);
        }
        for bad in ["", ".5", "5.", "1e3", "+1", "--1", "12a"] {
            assert_eq!(Exact::parse(bad), None, "{bad}");
        }
    }
}
