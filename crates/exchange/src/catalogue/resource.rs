//! What follows from a resource's description.

use huoshui_formula::{Schema, Type};
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, date};

use super::{Cycle, Field, FieldKind, Resource, Sensitivity};
use crate::calendar::Calendar;
use crate::canonical;

/// The field of a resource that says which natural person a row is about: SHA-256 of the identity number, its letters
/// upper-case, in lower-case hexadecimal. Personal fields of a resource without it are never released.
pub const PERSON: &str = "id_digest";

impl Cycle {
    /// The end of the first period that ends after a date. Daily: the next day on which departments work.
    #[must_use]
    pub fn next_end(self, after: Date) -> Option<Date> {
        let month_end = |d: Date| d.last_of_month();
        Some(match self {
            Self::Daily => Calendar::built_in().working_from(after.tomorrow().ok()?)?,
            Self::Monthly => month_end(after.tomorrow().ok()?),
            Self::Quarterly => date::quarter_end(after.tomorrow().ok()?),
            Self::Yearly => month_end(date::add_months(date::year_start(after.tomorrow().ok()?), 11)?),
        })
    }

    /// The name in files: `daily`, `monthly`, `quarterly`, `yearly`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Yearly => "yearly",
        }
    }
}

impl FieldKind {
    /// The type in formulas.
    #[must_use]
    pub const fn formula_type(self) -> Type {
        match self {
            Self::Text | Self::Uscc | Self::Code => Type::Text,
            Self::Int => Type::Int,
            Self::Money => Type::Money,
            Self::Rate => Type::Rate,
            Self::Date => Type::Date,
            Self::Flag => Type::Bool,
        }
    }
}

/// The last day on which data as of a date are fresh under a cycle and a lag: the end of the period after it, and the
/// lag; where nobody works on that day, the next working day, as with any term that the law sets.
#[must_use]
pub fn fresh_until(cycle: Cycle, lag_days: u16, as_of: Date) -> Date {
    let end = cycle.next_end(as_of).unwrap_or(Date::MAX);
    let due = date::from_days(date::days(end).saturating_add(i32::from(lag_days)));
    due.and_then(|due| Calendar::built_in().working_from(due)).unwrap_or(Date::MAX)
}

impl Resource {
    /// The field of this name; `uscc` is none.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }

    /// The names of the cells of [`crate::answer::Rows`]: the fields in the schema's order, without `uscc`.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|f| f.name.as_str())
    }

    /// The fields that anyone may see.
    pub fn public_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|f| f.sensitivity == Sensitivity::Public)
    }

    /// The last day on which data as of a date are fresh.
    #[must_use]
    pub fn fresh_until(&self, as_of: Date) -> Date {
        fresh_until(self.cycle, self.lag_days, as_of)
    }

    /// Whether data as of a date are older, today, than cycle and lag allow: the next period's data should be here.
    #[must_use]
    pub fn is_stale(&self, as_of: Date, today: Date) -> bool {
        today > self.fresh_until(as_of)
    }

    /// Whether the holidays between data as of a date and their freshness are known; otherwise only weekends were seen.
    #[must_use]
    pub fn holidays_known(&self, as_of: Date) -> bool {
        let calendar = Calendar::built_in();
        calendar.announced(as_of) && calendar.announced(self.fresh_until(as_of))
    }

    /// SHA-256 of this version's description, hexadecimal. A published version never changes, so neither does this.
    pub fn digest(&self) -> Result<String> {
        canonical::digest(self)
    }

    /// What rules of quality read: `uscc` and the fields.
    pub fn formula_schema(&self) -> Result<Schema> {
        let fields = self.fields.iter().map(|f| (f.name.as_str(), f.kind.formula_type()));
        Schema::new(std::iter::once(("uscc", Type::Text)).chain(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        date::parse(text).unwrap()
    }

    /// Worked out on a calendar with the notices of 2024, 2025 and 2026 beside it.
    #[test]
    fn data_are_stale_from_the_day_after_the_next_periods_lag() {
        for (cycle, lag, as_of, until) in [
            // Friday → Monday, and a day of lag.
            (Cycle::Daily, 1, "2025-09-19", "2025-09-23"),
            (Cycle::Daily, 0, "2025-09-20", "2025-09-22"),
            // Thursday → Friday, and Saturday's work is done on Monday.
            (Cycle::Daily, 1, "2025-09-18", "2025-09-22"),
            // The Sunday before National Day is worked.
            (Cycle::Daily, 1, "2025-09-26", "2025-09-29"),
            // 1 to 8 October are free: what is due on the first comes on the ninth.
            (Cycle::Daily, 1, "2025-09-29", "2025-10-09"),
            (Cycle::Daily, 0, "2025-09-30", "2025-10-09"),
            (Cycle::Daily, 1, "2025-09-30", "2025-10-10"),
            (Cycle::Daily, 1, "2025-10-08", "2025-10-10"),
            // Friday → the Saturday made up, and then a Sunday.
            (Cycle::Daily, 1, "2025-10-10", "2025-10-13"),
            // Spring Festival 2026: 15 to 23 February free, Saturday the 14th worked.
            (Cycle::Daily, 0, "2026-02-13", "2026-02-14"),
            (Cycle::Daily, 0, "2026-02-14", "2026-02-24"),
            // A year without data knows weekends alone: 1 October 2027 is a Friday.
            (Cycle::Daily, 0, "2027-09-30", "2027-10-01"),
            // 15 November 2025 is a Saturday, 10 May 2026 a Sunday.
            (Cycle::Monthly, 15, "2025-09-30", "2025-11-17"),
            (Cycle::Monthly, 15, "2025-10-15", "2025-11-17"),
            (Cycle::Monthly, 0, "2026-01-31", "2026-02-28"),
            (Cycle::Monthly, 0, "2024-01-31", "2024-02-29"),
            (Cycle::Quarterly, 20, "2025-09-30", "2026-01-20"),
            (Cycle::Quarterly, 20, "2025-08-15", "2025-10-20"),
            (Cycle::Yearly, 130, "2024-12-31", "2026-05-11"),
            (Cycle::Yearly, 0, "2025-06-30", "2025-12-31"),
        ] {
            assert_eq!(fresh_until(cycle, lag, day(as_of)), day(until), "{cycle:?} {lag} {as_of}");
        }
    }

    #[test]
    fn a_year_without_notice_is_said_to_have_none() {
        let catalogue = crate::catalogue::Catalogue::embedded().unwrap();
        let daily = catalogue.get("registration", day("2025-09-30")).unwrap();
        assert!(daily.holidays_known(day("2025-09-29")) && daily.holidays_known(day("2025-12-31")));
        assert!(!daily.holidays_known(day("2026-12-31")) && !daily.holidays_known(day("2023-06-30")));
    }
}
