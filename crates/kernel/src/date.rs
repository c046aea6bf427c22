//! Calendar dates, and the dates that reports hang on. Nothing here knows what day it is.

pub use jiff::civil::Date;

use crate::fault::{Fault, Result};
use crate::faults;

/// Days of 0001-01-01 and 9999-12-31 since 1970-01-01: the range that [`from_days`] gives.
const FIRST_DAY: i32 = -719_162;
const LAST_DAY: i32 = 2_932_896;
/// Days in 400 Gregorian years.
const ERA: i32 = 146_097;

/// Days since 1970-01-01, negative before it: the `Date32` of columns.
#[must_use]
pub fn days(date: Date) -> i32 {
    // Years that start in March put the leap day last, so that a month's first day is a straight line of its number.
    let (month, day) = (i32::from(date.month()), i32::from(date.day()));
    let year = i32::from(date.year()) - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date that many days after 1970-01-01; None outside the years 1 to 9999.
#[must_use]
pub fn from_days(days: i32) -> Option<Date> {
    if !(FIRST_DAY..=LAST_DAY).contains(&days) {
        return None;
    }
    let shifted = days + 719_468;
    let era = shifted.div_euclid(ERA);
    let day_of_era = shifted.rem_euclid(ERA);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let year = era * 400 + year_of_era + i32::from(month <= 2);
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Reads `2025-09-30`, exactly so: ten characters, years 0001 to 9999, blanks around it ignored.
pub fn parse(text: &str) -> Result<Date> {
    read(text.trim()).ok_or_else(|| Fault::new(&faults::DATE_INVALID).with("value", text))
}

fn read(text: &str) -> Option<Date> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else { return None };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    let year = ((digit(y1)? * 10 + digit(y2)?) * 10 + digit(y3)?).checked_mul(10)? + digit(y4)?;
    let month = digit(m1)? * 10 + digit(m2)?;
    let day = digit(d1)? * 10 + digit(d2)?;
    if year == 0 {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The quarter, 1 to 4.
#[must_use]
pub fn quarter(date: Date) -> i8 {
    (date.month() + 2) / 3
}

/// The first day of the date's quarter.
#[must_use]
pub fn quarter_start(date: Date) -> Date {
    of(date, date.year(), quarter(date) * 3 - 2, 1)
}

/// The last day of the date's quarter.
#[must_use]
pub fn quarter_end(date: Date) -> Date {
    of(date, date.year(), quarter(date) * 3, 1).last_of_month()
}

/// Whether the date is a quarter's last day.
#[must_use]
pub fn is_quarter_end(date: Date) -> bool {
    date == quarter_end(date)
}

/// 1 January of the date's year.
#[must_use]
pub fn year_start(date: Date) -> Date {
    date.first_of_year()
}

/// 31 December of the year before: the base of growth within a year.
#[must_use]
pub fn prior_year_end(date: Date) -> Date {
    of(date, date.year().saturating_sub(1), 12, 31)
}

/// The same day a year earlier; 29 February becomes 28 February.
#[must_use]
pub fn same_day_last_year(date: Date) -> Date {
    add_months(date, -12).unwrap_or(date)
}

/// The same day `months` later (earlier if negative), no later than that month's end; None outside the years 1 to 9999.
#[must_use]
pub fn add_months(date: Date, months: i32) -> Option<Date> {
    let month = (i32::from(date.year()) * 12 + i32::from(date.month()) - 1).checked_add(months)?;
    let year = i16::try_from(month.div_euclid(12)).ok()?;
    if !(1..=9999).contains(&year) {
        return None;
    }
    let first = Date::new(year, i8::try_from(month.rem_euclid(12)).ok()? + 1, 1).ok()?;
    Date::new(year, first.month(), date.day().min(first.days_in_month())).ok()
}

/// A date that is known to exist within the years of the type; at the type's very edge it stays where it was.
fn of(fallback: Date, year: i16, month: i8, day: i8) -> Date {
    Date::new(year, month, day).unwrap_or(fallback)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date as d;

    use super::*;

    #[test]
    fn days_count_from_1970() {
        assert_eq!(days(d(1970, 1, 1)), 0);
        assert_eq!(days(d(1969, 12, 31)), -1);
        assert_eq!(days(d(2000, 2, 29)), 11_016);
        assert_eq!(days(d(2025, 9, 30)), 20_361);
        assert_eq!(days(d(1, 1, 1)), FIRST_DAY);
        assert_eq!(days(d(9999, 12, 31)), LAST_DAY);
        assert_eq!(from_days(20_361), Some(d(2025, 9, 30)));
        assert_eq!(from_days(FIRST_DAY - 1), None);
        assert_eq!(from_days(LAST_DAY + 1), None);
        assert_eq!(from_days(i32::MAX), None);
    }

    #[test]
    fn every_day_of_ten_thousand_years_comes_back() {
        let mut next = d(1, 1, 1);
        for day in FIRST_DAY..=LAST_DAY {
            assert_eq!((from_days(day), days(next)), (Some(next), day));
            next = next.tomorrow().unwrap_or(next);
        }
    }

    #[test]
    fn only_iso_dates_are_read() {
        assert_eq!(parse("2025-09-30").unwrap(), d(2025, 9, 30));
        assert_eq!(parse(" 2024-02-29 ").unwrap(), d(2024, 2, 29));
        for bad in ["2025-02-29", "2025-13-01", "2025-00-10", "2025-9-30", "20250930", "2025/09/30", "0000-01-01"] {
            assert_eq!(parse(bad).unwrap_err().code(), "date.invalid", "{bad}");
        }
        for bad in ["", "45930", "2025-09-30T00:00:00", "-025-09-30", "２０２５-09-30", "2025-09-3x"] {
            assert_eq!(parse(bad).unwrap_err().code(), "date.invalid", "{bad}");
        }
    }

    #[test]
    fn quarters_and_years() {
        let date = d(2025, 8, 15);
        assert_eq!(quarter(date), 3);
        assert_eq!(quarter_start(date), d(2025, 7, 1));
        assert_eq!(quarter_end(date), d(2025, 9, 30));
        assert_eq!(quarter_end(d(2025, 1, 1)), d(2025, 3, 31));
        assert_eq!(quarter_end(d(2025, 12, 31)), d(2025, 12, 31));
        assert!(is_quarter_end(d(2025, 6, 30)) && !is_quarter_end(d(2025, 6, 29)) && !is_quarter_end(d(2025, 7, 31)));
        assert_eq!(prior_year_end(date), d(2024, 12, 31));
        assert_eq!(year_start(date), d(2025, 1, 1));
        assert_eq!(same_day_last_year(date), d(2024, 8, 15));
        assert_eq!(same_day_last_year(d(2024, 2, 29)), d(2023, 2, 28));
    }

    #[test]
    fn months_clamp_to_their_end() {
        assert_eq!(add_months(d(2025, 1, 31), 1), Some(d(2025, 2, 28)));
        assert_eq!(add_months(d(2024, 1, 31), 1), Some(d(2024, 2, 29)));
        assert_eq!(add_months(d(2025, 3, 31), -13), Some(d(2024, 2, 29)));
        assert_eq!(add_months(d(2025, 11, 30), 3), Some(d(2026, 2, 28)));
        assert_eq!(add_months(d(2025, 12, 15), 12), Some(d(2026, 12, 15)));
        assert_eq!(add_months(d(9999, 12, 1), 1), None);
        assert_eq!(add_months(d(1, 1, 1), -1), None);
        assert_eq!(add_months(d(1, 1, 1), i32::MIN), None);
    }
}
