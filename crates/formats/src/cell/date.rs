//! Dates: `2025-09-30`, `2025/9/30` and `20250930`, years 1 to 9999.

use super::Parsed;
use crate::faults::BAD_DATE;

/// Days since 1970-01-01.
pub(crate) fn parse(cell: &str) -> Parsed<i32> {
    let bytes = cell.as_bytes();
    let number = |digits: &[u8], lengths: std::ops::RangeInclusive<usize>| -> Option<i32> {
        if !lengths.contains(&digits.len()) {
            return None;
        }
        digits.iter().try_fold(0_i32, |n, b| b.is_ascii_digit().then(|| n * 10 + i32::from(b - b'0')))
    };
    let parts = match bytes {
        [y @ .., b'-', m1, m2, b'-', d1, d2] => {
            (number(y, 4..=4), number(&[*m1, *m2], 2..=2), number(&[*d1, *d2], 2..=2))
        }
        [y1, y2, y3, y4, m1, m2, d1, d2] if bytes.iter().all(u8::is_ascii_digit) => {
            (number(&[*y1, *y2, *y3, *y4], 4..=4), number(&[*m1, *m2], 2..=2), number(&[*d1, *d2], 2..=2))
        }
        [y1, y2, y3, y4, b'/', rest @ ..] => {
            let mut tail = rest.split(|b| *b == b'/');
            let (m, d) = (tail.next().unwrap_or_default(), tail.next().unwrap_or_default());
            if tail.next().is_some() {
                return Err(&BAD_DATE);
            }
            (number(&[*y1, *y2, *y3, *y4], 4..=4), number(m, 1..=2), number(d, 1..=2))
        }
        _ => return Err(&BAD_DATE),
    };
    match parts {
        (Some(y), Some(m), Some(d)) => days(y, m, d).ok_or(&BAD_DATE),
        _ => Err(&BAD_DATE),
    }
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar; none where the calendar lacks it.
pub(crate) fn days(year: i32, month: i32, day: i32) -> Option<i32> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=9999).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // Years counted from March, so that the leap day comes last: 146,097 days in 400 years.
    let y = if month <= 2 { year - 1 } else { year };
    let shifted = (month + 9) % 12;
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let (era, year_of_era) = (y.div_euclid(400), y.rem_euclid(400));
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The year, month and day that [`days`] counts.
pub(crate) fn civil(days: i32) -> (i32, i32, i32) {
    let z = days.saturating_add(719_468);
    let (era, day_of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_spellings() {
        // 2025-09-30 is day 20,361: 55 years of 365 days, 14 leap days, 272 days of 2025.
        assert_eq!(55 * 365 + 14 + 272, 20_361);
        for cell in ["2025-09-30", "2025/9/30", "2025/09/30", "20250930"] {
            assert_eq!(parse(cell), Ok(20_361), "{cell}");
        }
        assert_eq!(parse("1970-01-01"), Ok(0));
        assert_eq!(parse("0001-01-01"), Ok(-719_162));
        assert_eq!(parse("9999-12-31"), Ok(2_932_896));
    }

    #[test]
    fn what_no_calendar_has_is_refused() {
        for cell in [
            "2025-02-29",
            "1900-02-29",
            "2025-13-01",
            "2025-00-10",
            "2025-04-31",
            "2025-9-30",
            "25-09-30",
            "0000-01-01",
            "2025-09-30T00:00:00",
            "2025/9/30/1",
            "2025//30",
            "30/09/2025",
            "2025年9月30日",
            "2025093",
            "45930",
            "",
            "-",
            "--------",
            "2025-0a-01",
            "２０２５-09-30",
        ] {
            assert!(parse(cell).is_err(), "{cell}");
        }
        assert!(parse("2024-02-29").is_ok());
        assert!(parse("2000-02-29").is_ok());
    }

    #[test]
    fn every_day_of_eight_centuries_comes_back() {
        let (first, last) = (days(1600, 1, 1).unwrap(), days(2400, 12, 31).unwrap());
        // 801 years with 195 leap days (2100, 2200 and 2300 lack one, and so do 1700, 1800, 1900).
        assert_eq!(last - first + 1, 801 * 365 + 201 - 6);
        for n in first..=last {
            let (y, m, d) = civil(n);
            assert_eq!(days(y, m, d), Some(n));
        }
    }
}
