//! Checked scalar arithmetic of edition 1 on plain integers. None is the fault `formula.overflow`.

use huoshui_kernel::date;
use huoshui_kernel::round::div_half_even;

use crate::ir::{DatePart, RoundMode};

/// 0001-01-01 and 9999-12-31, in days since 1970-01-01.
pub const DATE_RANGE: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;

/// `a * b / scale`, half-even.
#[must_use]
pub fn mul_scaled(a: i64, b: i64, scale: i64) -> Option<i64> {
    let product = i128::from(a) * i128::from(b);
    match (i64::try_from(product), scale) {
        // The product of everyday amounts fits 64 bits, and a 64-bit division is several times faster.
        (Ok(small), 1..) => Some(div64(small, scale)),
        _ => narrow(div_half_even(product, i128::from(scale))),
    }
}

/// `a * factor / b`, half-even; the inner None is a division by zero.
#[must_use]
#[allow(clippy::option_option)]
pub fn div_scaled(a: i64, b: i64, factor: i64) -> Option<Option<i64>> {
    if b == 0 {
        return Some(None);
    }
    match a.checked_mul(factor) {
        // All but the largest amounts: a 64-bit division is several times faster. The least number over −1 is not in it.
        Some(small) if small != i64::MIN => Some(Some(div64(small, b))),
        _ => narrow(div_half_even(i128::from(a) * i128::from(factor), i128::from(b))).map(Some),
    }
}

fn div64(num: i64, den: i64) -> i64 {
    let (q, r) = (num / den, (num % den).unsigned_abs());
    let rest = den.unsigned_abs() - r;
    let away = if (num < 0) == (den < 0) { 1 } else { -1 };
    if r > rest || (r == rest && q % 2 != 0) { q + away } else { q }
}

/// The remainder with the sign of `a`; None is a division by zero.
#[must_use]
pub fn rem(a: i64, b: i64) -> Option<i64> {
    if b == 0 { None } else { Some(a.wrapping_rem(b)) }
}

/// To a multiple of `unit`, then divided by `divide`.
#[must_use]
pub fn round(value: i64, unit: i64, divide: i64, mode: RoundMode) -> Option<i64> {
    let steps = match mode {
        RoundMode::HalfEven => narrow(div_half_even(i128::from(value), i128::from(unit)))?,
        RoundMode::Floor => value.checked_div_euclid(unit)?,
        RoundMode::Ceil => value.checked_div_euclid(unit)? + i64::from(value.checked_rem_euclid(unit)? != 0),
    };
    if divide == unit { Some(steps) } else { steps.checked_mul(unit)?.checked_div(divide) }
}

/// The part of a date.
#[must_use]
pub fn date_part(part: DatePart, days: i64) -> Option<i64> {
    let d = date::from_days(i32::try_from(days).ok()?)?;
    Some(match part {
        DatePart::Year => i64::from(d.year()),
        DatePart::Quarter => i64::from(date::quarter(d)),
        DatePart::Month => i64::from(d.month()),
        DatePart::Day => i64::from(d.day()),
        DatePart::IsoWeekday => i64::from(d.weekday().to_monday_one_offset()),
        DatePart::DayOfYear => i64::from(d.day_of_year()),
    })
}

/// `days` later; None outside the years 1 to 9999.
#[must_use]
pub fn add_days(date: i64, days: i64) -> Option<i64> {
    date.checked_add(days).filter(|d| DATE_RANGE.contains(d))
}

/// `months` later, clamped to the month's end; None outside the years 1 to 9999.
#[must_use]
pub fn add_months(days: i64, months: i64) -> Option<i64> {
    let from = date::from_days(i32::try_from(days).ok()?)?;
    Some(i64::from(date::days(date::add_months(from, i32::try_from(months).ok()?)?)))
}

fn narrow(wide: Option<i128>) -> Option<i64> {
    i64::try_from(wide?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_half_even_and_checked() {
        for (a, b, scale, want) in [
            (5, 1, 2, Some(2)),
            (7, 1, 2, Some(4)),
            (-5, 1, 2, Some(-2)),
            (-7, 1, 2, Some(-4)),
            (-1, 1, 3, Some(0)),
            (i64::MAX, i64::MAX, 1_000_000_000_000, None),
            (i64::MAX, 1_000_000, 1_000_000, Some(i64::MAX)),
            (i64::MIN, 1_000_000, 1_000_000, Some(i64::MIN)),
        ] {
            assert_eq!(mul_scaled(a, b, scale), want, "{a}*{b}/{scale}");
        }
        assert_eq!(div_scaled(1, 3, 1_000_000_000_000), Some(Some(333_333_333_333)));
        assert_eq!(div_scaled(1, 0, 1), Some(None));
        assert_eq!(div_scaled(i64::MIN, -1, 1), None);
        assert_eq!(round(25, 10, 1, RoundMode::HalfEven), Some(20));
        assert_eq!(round(-25, 10, 10, RoundMode::Floor), Some(-3));
        assert_eq!(round(-25, 10, 1, RoundMode::Ceil), Some(-20));
        assert_eq!(round(i64::MAX, 10, 1, RoundMode::Ceil), None);
        assert_eq!(round(i64::MIN, 10, 1, RoundMode::Floor), None);
    }
}
