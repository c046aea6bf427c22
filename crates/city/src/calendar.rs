//! The three dates of a city, and what is kept for each.

use huoshui_kernel::date;

/// A date that filings, lists and enterprises are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Snap {
    /// A year before now.
    YearAgo,
    /// 31 December of last year.
    YearStart,
    /// The as-of date.
    Now,
}

/// The three dates in order.
pub(crate) const SNAPS: [Snap; 3] = [Snap::YearAgo, Snap::YearStart, Snap::Now];

impl Snap {
    /// The date before this one.
    pub(crate) const fn before(self) -> Option<Self> {
        match self {
            Self::YearAgo => None,
            Self::YearStart => Some(Self::YearAgo),
            Self::Now => Some(Self::YearStart),
        }
    }

    /// The date after this one.
    pub(crate) const fn after(self) -> Option<Self> {
        match self {
            Self::YearAgo => Some(Self::YearStart),
            Self::YearStart => Some(Self::Now),
            Self::Now => None,
        }
    }
}

/// One value for each of the three dates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PerSnap<T> {
    pub(crate) year_ago: T,
    pub(crate) year_start: T,
    pub(crate) now: T,
}

impl<T> PerSnap<T> {
    /// Made by a function of the date.
    pub(crate) fn from_fn(mut make: impl FnMut(Snap) -> T) -> Self {
        Self { year_ago: make(Snap::YearAgo), year_start: make(Snap::YearStart), now: make(Snap::Now) }
    }

    /// The value of one date.
    pub(crate) const fn at(&self, snap: Snap) -> &T {
        match snap {
            Snap::YearAgo => &self.year_ago,
            Snap::YearStart => &self.year_start,
            Snap::Now => &self.now,
        }
    }

    /// The value of one date, to change.
    pub(crate) const fn at_mut(&mut self, snap: Snap) -> &mut T {
        match snap {
            Snap::YearAgo => &mut self.year_ago,
            Snap::YearStart => &mut self.year_start,
            Snap::Now => &mut self.now,
        }
    }
}

/// `day` (since 1970) some months later, clamped to the month's end; the day itself beyond the calendar.
pub(crate) fn add_months(day: i32, months: i32) -> i32 {
    date::from_days(day).and_then(|d| date::add_months(d, months)).map_or(day, date::days)
}

/// The calendar year of a day.
pub(crate) fn year(day: i32) -> i32 {
    date::from_days(day).map_or(0, |d| i32::from(d.year()))
}

/// 1 January of a day's year.
pub(crate) fn year_start(day: i32) -> i32 {
    date::from_days(day).map_or(day, |d| date::days(date::year_start(d)))
}

/// `2025-09-30` of a day.
pub(crate) fn iso(day: i32) -> String {
    date::from_days(day).map_or_else(String::new, |d| d.to_string())
}
