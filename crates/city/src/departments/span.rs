//! The periods that departments report on: months, quarters and years up to the as-of date.

use huoshui_kernel::date;

use crate::calendar::{add_months, year, year_start};

/// How many months a firm's course is drawn for: twelve quarters.
pub(super) const MONTHS: usize = 36;
/// How many of them monthly resources show: two years before the last month that lags let anyone ask for.
const SHOWN: usize = 26;

/// A month.
#[derive(Clone, Copy, Debug)]
pub(super) struct Month {
    /// Its last day.
    pub(super) end: i32,
    /// Its calendar year.
    pub(super) year: i32,
    /// 0 is January.
    pub(super) number: usize,
}

/// The months up to a date, oldest first.
pub(super) struct Span {
    pub(super) now: i32,
    pub(super) months: Vec<Month>,
}

impl Span {
    /// The months whose last day is not after `now`.
    pub(super) fn new(now: i32) -> Self {
        let first = date::from_days(now + 1).map_or(now, |d| date::days(d.first_of_month()));
        let count = i32::try_from(MONTHS).unwrap_or(0);
        let months = (0..count)
            .map(|place| {
                let end = add_months(first, place + 1 - count) - 1;
                let number = date::from_days(end).map_or(0, |d| usize::try_from(d.month() - 1).unwrap_or(0));
                Month { end, year: year(end), number }
            })
            .collect();
        Self { now, months }
    }

    /// The months that monthly resources show, with their places.
    pub(super) fn recent(&self) -> impl Iterator<Item = (usize, &Month)> {
        self.months.iter().enumerate().skip(MONTHS - SHOWN)
    }

    /// The last months of whole quarters, with their places.
    pub(super) fn quarters(&self) -> impl Iterator<Item = (usize, &Month)> {
        self.months.iter().enumerate().filter(|(place, m)| *place >= 2 && m.number % 3 == 2)
    }

    /// The last days of the three years before the as-of date's.
    pub(super) fn years(&self) -> [i32; 3] {
        let start = year_start(self.now);
        [-24, -12, 0].map(|months| add_months(start, months) - 1)
    }

    /// The last day of the month at a place; the as-of date beyond them.
    pub(super) fn end(&self, place: usize) -> i32 {
        self.months.get(place).map_or(self.now, |m| m.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::iso;

    #[test]
    fn periods_end_at_the_as_of_date_or_before_it() {
        let day = |text: &str| date::days(date::parse(text).unwrap());
        let span = Span::new(day("2025-09-30"));
        let months: Vec<String> = span.recent().map(|(_, m)| iso(m.end)).collect();
        assert_eq!(
            (months.len(), months[0].as_str(), months[6].as_str(), months[25].as_str()),
            (26, "2023-08-31", "2024-02-29", "2025-09-30")
        );
        let quarters: Vec<String> = span.quarters().map(|(_, m)| iso(m.end)).collect();
        assert_eq!((quarters.len(), quarters[0].as_str(), quarters[11].as_str()), (12, "2022-12-31", "2025-09-30"));
        assert_eq!(span.years().map(iso), ["2022-12-31", "2023-12-31", "2024-12-31"]);
        assert_eq!(iso(Span::new(day("2025-09-15")).end(MONTHS - 1)), "2025-08-31");
    }
}
