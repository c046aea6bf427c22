//! Working days of mainland China, as dated data: which days departments work, and so by when their data are due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, date};
use serde::Deserialize;

use crate::catalogue::wrong;
use crate::faults;

const FILE: &str = "holidays.toml";
/// The longest run of days off that is believed, in days: a longer one is a slip of the pen.
const LONGEST: usize = 15;

static BUILT_IN: LazyLock<Calendar> = LazyLock::new(|| {
    // That the file is sound is held by a test; without it, weekends are all that is known.
    Calendar::read(include_str!("../data/holidays.toml")).unwrap_or_default()
});

/// Days off and working weekends, by year.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i16, Year>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Year {
    off: BTreeSet<Date>,
    made_up: BTreeSet<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    year: Vec<Announced>,
}

/// One year's notice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Announced {
    year: i16,
    notice: String,
    dated: Date,
    off: Vec<Off>,
    made_up: Vec<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Off {
    from: Date,
    to: Date,
    zh: String,
    en: String,
}

fn weekend(day: Date) -> bool {
    // 1 is Monday.
    day.weekday().to_monday_one_offset() > 5
}

impl Calendar {
    /// The calendar that ships with the program.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads notices. A day of another year, a free day that is made up as well, one made up on a weekday, or a run of
    /// days off that is no run refuses all of it with `exchange.policy_entry`.
    pub fn read(text: &str) -> Result<Self> {
        let file: File =
            toml::from_str(text).map_err(|e| Fault::new(&faults::POLICY_FILE).with("file", FILE).with("detail", e))?;
        let mut years = BTreeMap::new();
        for announced in file.year {
            let entry = announced.year.to_string();
            let year = announced.read(&entry)?;
            if years.insert(announced.year, year).is_some() {
                return Err(wrong(FILE, &entry, "同一年出现两次", "the year is there twice"));
            }
        }
        Ok(Self { years })
    }

    /// Whether the year of a day was announced; otherwise weekends are all that is known of it.
    #[must_use]
    pub fn announced(&self, day: Date) -> bool {
        self.years.contains_key(&day.year())
    }

    /// The years announced, in order.
    pub fn years(&self) -> impl Iterator<Item = i16> {
        self.years.keys().copied()
    }

    /// Whether departments work on a day.
    #[must_use]
    pub fn works(&self, day: Date) -> bool {
        match self.years.get(&day.year()) {
            Some(year) => year.made_up.contains(&day) || !weekend(day) && !year.off.contains(&day),
            None => !weekend(day),
        }
    }

    /// The day itself, or the first after it on which departments work.
    #[must_use]
    pub fn working_from(&self, day: Date) -> Option<Date> {
        let mut next = day;
        // No run of days off is longer than the longest holiday with a weekend on either side.
        for _ in 0..LONGEST + 5 {
            if self.works(next) {
                return Some(next);
            }
            next = next.tomorrow().ok()?;
        }
        None
    }
}

impl Announced {
    fn read(&self, entry: &str) -> Result<Year> {
        let refuse = |zh: &str, en: &str| Err(wrong(FILE, entry, zh, en));
        if self.notice.is_empty() || self.dated.year() >= self.year {
            return refuse("缺少文号，或通知不在上一年发布", "it lacks its number, or is not of the year before");
        }
        let mut year = Year::default();
        for run in &self.off {
            let numbers = (date::days(run.from)..=date::days(run.to)).take(LONGEST + 1);
            let days: Vec<Date> = numbers.filter_map(date::from_days).collect();
            if days.is_empty() || days.len() > LONGEST || run.zh.is_empty() || run.en.is_empty() {
                return refuse("假期颠倒、过长或没有名称", "a holiday is back to front, too long or without a name");
            }
            year.off.extend(days);
        }
        year.made_up.extend(&self.made_up);
        if year.off.iter().chain(&year.made_up).any(|d| d.year() != self.year) {
            return refuse("含有其他年份的日期", "it holds a day of another year");
        }
        if year.made_up.iter().any(|d| !weekend(*d) || year.off.contains(d)) {
            return refuse("补班日应为周末且不在假期内", "work is made up on a Saturday or Sunday that is not free");
        }
        Ok(year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        date::parse(text).unwrap()
    }

    #[test]
    fn the_built_in_notices_are_sound_and_have_the_days_announced() {
        let read = Calendar::read(include_str!("../data/holidays.toml")).unwrap();
        assert_eq!(&read, Calendar::built_in());
        assert_eq!(read.years().collect::<Vec<_>>(), [2024, 2025, 2026]);
        // Days off counted in the notices. Weekdays off less weekends made up are the days that the law gives: 11, and 13
        // from 2025 on (the State Council's order on holidays, as amended in November 2024).
        for (year, off, law) in [(2024, 28, 11), (2025, 28, 13), (2026, 33, 13)] {
            let of = &read.years[&year];
            assert_eq!(of.off.len(), off, "{year}");
            let weekdays = of.off.iter().filter(|d| !weekend(**d)).count();
            assert_eq!(weekdays - of.made_up.len(), law, "{year}");
        }
    }

    #[test]
    fn holidays_are_free_made_up_weekends_are_worked_and_other_years_know_weekends_only() {
        let calendar = Calendar::built_in();
        for (text, works) in [
            ("2025-09-28", true), // a Sunday, made up
            ("2025-09-30", true),
            ("2025-10-01", false),
            ("2025-10-08", false),
            ("2025-10-09", true),
            ("2025-10-11", true),  // a Saturday, made up
            ("2025-10-12", false), // a Sunday
            ("2026-02-14", true),  // a Saturday, made up
            ("2026-02-23", false),
            ("2024-02-09", true),  // the eve: leave is encouraged, not given
            ("2023-10-02", true),  // a Monday in National Day's week of a year without data
            ("2027-10-02", false), // a Saturday
        ] {
            assert_eq!(calendar.works(day(text)), works, "{text}");
        }
        assert!(calendar.announced(day("2026-12-31")) && !calendar.announced(day("2027-01-01")));
        assert_eq!(calendar.working_from(day("2025-10-01")), Some(day("2025-10-09")));
        assert_eq!(calendar.working_from(day("2025-10-11")), Some(day("2025-10-11")));
        assert_eq!(calendar.working_from(day("2026-02-15")), Some(day("2026-02-24")));
    }

    #[test]
    fn a_notice_with_a_slip_of_the_pen_is_refused() {
        let good = "[[year]]\nyear = 2025\nnotice = \"x\"\ndated = \"2024-11-12\"\n\
            off = [{ from = \"2025-10-01\", to = \"2025-10-08\", zh = \"节\", en = \"Day\" }]\nmade_up = [\"2025-10-11\"]\n";
        assert!(Calendar::read(good).is_ok());
        for (from, to) in [
            ("to = \"2025-10-08\"", "to = \"2025-09-30\""),
            ("to = \"2025-10-08\"", "to = \"2025-11-08\""),
            ("to = \"2025-10-08\"", "to = \"2026-10-08\""),
            ("[\"2025-10-11\"]", "[\"2025-10-10\"]"),
            ("[\"2025-10-11\"]", "[\"2025-10-05\"]"),
            ("[\"2025-10-11\"]", "[\"2026-10-10\"]"),
            ("\"2024-11-12\"", "\"2025-11-12\""),
            ("notice = \"x\"", "notice = \"\""),
        ] {
            let text = good.replacen(from, to, 1);
            assert_ne!(text, good, "{from}");
            assert_eq!(Calendar::read(&text).unwrap_err().code(), "exchange.policy_entry", "{to}");
        }
        let twice = format!("{good}{good}");
        assert_eq!(Calendar::read(&twice).unwrap_err().code(), "exchange.policy_entry");
    }
}
