//! Calendar arithmetic on bare day numbers. The kernel's goes through its date type, with checks at every step; this one
//! runs over millions of rows, and tests hold it against the kernel's day by day.

/// 0001-01-01.
pub(super) const FIRST_DAY: i32 = -719_162;
/// 9999-12-31.
pub(super) const LAST_DAY: i32 = 2_932_896;

/// Whether a day is of years 1 to 9999.
pub(super) fn in_range(day: i32) -> bool {
    (FIRST_DAY..=LAST_DAY).contains(&day)
}

/// Days from 0000-03-01, where the year of this arithmetic begins, to 1970-01-01.
const SHIFT: i32 = 719_468;

/// Year, month and day of a day number within `FIRST_DAY..=LAST_DAY`. Counting years from March puts the leap day last,
/// and a month's first day is then a linear function: (153·m + 2) / 5.
pub(super) fn civil(days: i32) -> (i32, i32, i32) {
    let from_march = days.wrapping_add(SHIFT).max(0).cast_unsigned();
    let era = from_march / 146_097;
    let of_era = from_march % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let january = u32::from(month_from_march >= 10);
    let month = month_from_march + 3 - 12 * january;
    let year = year_of_era + era * 400 + january;
    (year.cast_signed(), month.cast_signed(), day.cast_signed())
}

/// The day number of a date of years 0 to 10000.
pub(super) fn days(year: i32, month: i32, day: i32) -> i32 {
    let before_march = i32::from(month <= 2);
    let year = year - before_march;
    let month_from_march = month - 3 + 12 * before_march;
    let of_year = (153 * month_from_march + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - SHIFT
}

/// How many days a month has.
pub(super) fn month_length(year: i32, month: i32) -> i32 {
    let leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0));
    if month == 2 { 28 + i32::from(leap) } else { 30 + ((month + month / 8) & 1) }
}

/// The same day of another month, or that month's last day. None outside years 1 to 9999.
pub(super) fn add_months(from: i32, months: i64) -> Option<i32> {
    if !in_range(from) {
        return None;
    }
    let (year, month, day) = civil(from);
    let index = i64::from(year) * 12 + i64::from(month - 1);
    let index = i32::try_from(index.checked_add(months)?).ok().filter(|i| (12..120_000).contains(i))?;
    let (year, month) = (index / 12, index % 12 + 1);
    Some(days(year, month, day.min(month_length(year, month))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use huoshui_kernel::date;

    #[test]
    fn every_day_of_ten_thousand_years_agrees_with_the_calendar() {
        let mut day = date::from_days(FIRST_DAY).unwrap();
        for number in FIRST_DAY..=LAST_DAY {
            let ymd = (i32::from(day.year()), i32::from(day.month()), i32::from(day.day()));
            assert_eq!(civil(number), ymd);
            assert_eq!(days(ymd.0, ymd.1, ymd.2), number);
            assert_eq!(month_length(ymd.0, ymd.1), i32::from(day.days_in_month()));
            if number < LAST_DAY {
                day = day.tomorrow().unwrap();
            }
        }
    }

    #[test]
    fn months_clamp_to_the_end_and_stop_at_the_calendars_ends() {
        let day = |text: &str| date::days(date::parse(text).unwrap());
        for (from, months, to) in [
            ("2024-01-31", 1, "2024-02-29"),
            ("2023-01-31", 1, "2023-02-28"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2024-03-31", -1, "2024-02-29"),
            ("2024-12-15", 1, "2025-01-15"),
            ("2025-01-15", -13, "2023-12-15"),
            ("0001-01-31", 1, "0001-02-28"),
            ("9999-11-30", 1, "9999-12-30"),
        ] {
            assert_eq!(add_months(day(from), months), Some(day(to)), "{from} {months}");
        }
        assert_eq!(add_months(day("9999-12-01"), 1), None);
        assert_eq!(add_months(day("0001-01-31"), -1), None);
        assert_eq!(add_months(day("2025-01-31"), i64::MAX), None);
    }
}
