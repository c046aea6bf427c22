//! Moments and days. Moments are microseconds since 1970-01-01 UTC and are always passed in; days are Beijing's.

use huoshui_kernel::{Date, date};

/// Microseconds in a day.
pub const DAY: i64 = 86_400_000_000;
/// Beijing is eight hours ahead of UTC, without summer time since 1991.
const BEIJING: i64 = 8 * 3_600_000_000;

/// The day in Beijing at a moment.
#[must_use]
pub fn day(at: i64) -> Date {
    let days = at.saturating_add(BEIJING).div_euclid(DAY);
    i32::try_from(days).ok().and_then(date::from_days).unwrap_or(if at < 0 { Date::MIN } else { Date::MAX })
}

/// The moment at which a day begins.
#[must_use]
pub fn start(day: Date) -> i64 {
    i64::from(date::days(day)).saturating_mul(DAY).saturating_sub(BEIJING)
}

/// The moment that many days later.
#[must_use]
pub fn after(at: i64, days: u32) -> i64 {
    at.saturating_add(i64::from(days).saturating_mul(DAY))
}

/// The day that many days later; the calendar's last day beyond it.
#[must_use]
pub fn days_after(day: Date, days: u32) -> Date {
    let later = date::days(day).saturating_add(i32::try_from(days).unwrap_or(i32::MAX));
    date::from_days(later).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_beijing() {
        // date -u -d '2025-09-30 15:59:59' +%s, and a second later.
        assert_eq!(day(1_759_247_999_000_000).to_string(), "2025-09-30");
        assert_eq!(day(1_759_248_000_000_000).to_string(), "2025-10-01");
        assert_eq!(day(-BEIJING - 1).to_string(), "1969-12-31");
        assert_eq!(start(Date::constant(2025, 10, 1)), 1_759_248_000_000_000);
    }
}
