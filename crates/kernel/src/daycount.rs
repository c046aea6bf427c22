//! Day counts: which fraction of a year a period is, exactly, and the interest over it, rounded once.

use serde::{Deserialize, Serialize};

use crate::date::{Date, days};
use crate::fault::{Fault, Result};
use crate::faults;
use crate::money::Fen;
use crate::rate::Ppm;
use crate::round::div_half_even;

/// A day-count convention. The first day counts, the last does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayCount {
    /// Days over 360: Chinese bank loans quoted by day.
    Actual360,
    /// Days over 365, leap years too ("Actual/365 (Fixed)").
    Actual365,
    /// Days in leap years over 366 plus the others over 365 (ISDA 2006 §4.16(b)).
    ActualActualIsda,
    /// Months of thirty days (ISDA 2006 §4.16(f), bond basis): a 31st starts as the 30th; it ends as the 30th only if the period
    /// starts on a 30th or 31st. February's end is not stretched.
    Thirty360,
}

/// A part of a year, exact and not reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct YearFraction {
    /// Numerator, not negative.
    pub num: i64,
    /// Denominator, positive.
    pub den: i64,
}

/// 365 · 366: the common denominator of ordinary and leap years.
const BOTH_YEARS: i64 = 133_590;

impl DayCount {
    /// The fraction of a year from `start` up to `end`. Fails if `end` is before `start`.
    pub fn fraction(self, start: Date, end: Date) -> Result<YearFraction> {
        if end < start {
            return Err(Fault::new(&faults::PERIOD_BACKWARDS).with("start", start).with("end", end));
        }
        let actual = i64::from(days(end) - days(start));
        Ok(match self {
            Self::Actual360 => YearFraction { num: actual, den: 360 },
            Self::Actual365 => YearFraction { num: actual, den: 365 },
            Self::ActualActualIsda => {
                let leap = i64::from(leap_days_before(end) - leap_days_before(start));
                YearFraction { num: (actual - leap) * 366 + leap * 365, den: BOTH_YEARS }
            }
            Self::Thirty360 => YearFraction { num: thirty_360(start, end), den: 360 },
        })
    }

    /// Simple interest on a principal at a yearly rate from `start` up to `end`: principal × rate × fraction, rounded
    /// half-even to a fen, once.
    pub fn interest(self, principal: Fen, rate: Ppm, start: Date, end: Date) -> Result<Fen> {
        self.fraction(start, end)?.interest(principal, rate)
    }
}

impl YearFraction {
    /// Simple interest over this part of a year, rounded half-even to a fen.
    pub fn interest(self, principal: Fen, rate: Ppm) -> Result<Fen> {
        let den = i128::from(self.den) * i128::from(Ppm::ONE.0);
        (i128::from(principal.0) * i128::from(rate.0))
            .checked_mul(i128::from(self.num))
            .and_then(|num| div_half_even(num, den))
            .and_then(|fen| i64::try_from(fen).ok())
            .map(Fen)
            .ok_or_else(|| Fault::new(&faults::INTEREST_OVERFLOW))
    }
}

/// Days of leap years that lie before a date, from year 1 on; differences of it count those within a period.
fn leap_days_before(date: Date) -> i32 {
    let year = i32::from(date.year());
    let past = year - 1;
    let leap_years = past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400);
    leap_years * 366 + if date.in_leap_year() { i32::from(date.day_of_year()) - 1 } else { 0 }
}

fn thirty_360(start: Date, end: Date) -> i64 {
    let first = i64::from(start.day()).min(30);
    let last = if first == 30 { i64::from(end.day()).min(30) } else { i64::from(end.day()) };
    let months =
        (i64::from(end.year()) - i64::from(start.year())) * 12 + i64::from(end.month()) - i64::from(start.month());
    // From the 30th to the 31st of one month is no day, never a negative one: `last` is cut whenever `first` was.
    months * 30 + last - first
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as d;

    use super::*;
    use DayCount::{Actual360, Actual365, ActualActualIsda, Thirty360};

    /// Worked by hand; ISDA numerators are (ordinary days × 366 + leap days × 365).
    #[test]
    fn fractions_of_known_periods() {
        for (convention, start, end, num, den) in [
            (Actual360, d(2025, 1, 1), d(2025, 4, 1), 90, 360),
            (Actual360, d(2024, 1, 1), d(2025, 1, 1), 366, 360),
            (Actual365, d(2024, 2, 28), d(2024, 3, 1), 2, 365),
            (Actual365, d(2025, 2, 28), d(2025, 3, 1), 1, 365),
            // A whole ordinary year and a whole leap year are each exactly one.
            (ActualActualIsda, d(2025, 1, 1), d(2026, 1, 1), BOTH_YEARS, BOTH_YEARS),
            (ActualActualIsda, d(2024, 1, 1), d(2025, 1, 1), BOTH_YEARS, BOTH_YEARS),
            // The ISDA memorandum's own case: 1 Nov 2003 to 1 May 2004 is 61/365 + 121/366.
            (ActualActualIsda, d(2003, 11, 1), d(2004, 5, 1), 61 * 366 + 121 * 365, BOTH_YEARS),
            // Out of a leap year: 17 days of 2024 (15–31 Dec) and 14 of 2025.
            (ActualActualIsda, d(2024, 12, 15), d(2025, 1, 15), 14 * 366 + 17 * 365, BOTH_YEARS),
            // Across a century that is no leap year.
            (ActualActualIsda, d(1899, 7, 1), d(1901, 7, 1), 730 * 366, BOTH_YEARS),
            (Thirty360, d(2025, 1, 31), d(2025, 2, 28), 28, 360),
            (Thirty360, d(2025, 1, 30), d(2025, 3, 31), 60, 360),
            (Thirty360, d(2025, 1, 29), d(2025, 3, 31), 62, 360),
            (Thirty360, d(2025, 2, 28), d(2025, 3, 31), 33, 360),
            (Thirty360, d(2024, 2, 29), d(2024, 3, 30), 31, 360),
            (Thirty360, d(2024, 8, 31), d(2025, 2, 28), 178, 360),
            (Thirty360, d(2025, 5, 30), d(2025, 5, 31), 0, 360),
            (Thirty360, d(2024, 3, 15), d(2025, 3, 15), 360, 360),
            (Actual360, d(2025, 9, 30), d(2025, 9, 30), 0, 360),
        ] {
            assert_eq!(
                convention.fraction(start, end).unwrap(),
                YearFraction { num, den },
                "{convention:?} {start} {end}"
            );
        }
    }

    #[test]
    fn interest_is_rounded_once_to_the_even_fen() {
        // 1,000,000.00 at 3.45 % for 90/360 is 8,625.00.
        let million = Fen(100_000_000);
        assert_eq!(Actual360.interest(million, Ppm(34_500), d(2025, 1, 1), d(2025, 4, 1)).unwrap(), Fen(862_500));
        // 1.00 at 180/360 of 1 % is half a fen: to even, nothing; 3.00 is one and a half: two.
        assert_eq!(Thirty360.interest(Fen(100), Ppm(10_000), d(2025, 1, 1), d(2025, 7, 1)).unwrap(), Fen(0));
        assert_eq!(Thirty360.interest(Fen(300), Ppm(10_000), d(2025, 1, 1), d(2025, 7, 1)).unwrap(), Fen(2));
        assert_eq!(Thirty360.interest(Fen(-300), Ppm(10_000), d(2025, 1, 1), d(2025, 7, 1)).unwrap(), Fen(-2));
    }

    #[test]
    fn backward_periods_and_overflow_are_faults() {
        let (start, end) = (d(2025, 1, 2), d(2025, 1, 1));
        assert_eq!(Actual365.fraction(start, end).unwrap_err().code(), "daycount.backwards");
        let huge = Actual360.interest(Fen(i64::MAX), Ppm(i64::MAX), d(1, 1, 1), d(9999, 1, 1));
        assert_eq!(huge.unwrap_err().code(), "daycount.overflow");
        let doubled = Thirty360.interest(Fen(i64::MAX), Ppm(2_000_000), d(2025, 1, 1), d(2026, 1, 1));
        assert_eq!(doubled.unwrap_err().code(), "daycount.overflow");
    }
}
