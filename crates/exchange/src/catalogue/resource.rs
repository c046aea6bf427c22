//! What follows from a resource's description.

use huoshui_formula::{Schema, Type};
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, date};

use super::{Cycle, Field, FieldKind, Resource, Sensitivity};
use crate::canonical;

impl Cycle {
    /// The end of the first period that ends after a date. Daily: the next day that is not a Saturday or Sunday; public
    /// holidays are not known here, so daily data count as stale during long ones.
    #[must_use]
    pub fn next_end(self, after: Date) -> Option<Date> {
        let month_end = |d: Date| d.last_of_month();
        Some(match self {
            Self::Daily => {
                let mut next = after.tomorrow().ok()?;
                // 1 is Monday.
                while next.weekday().to_monday_one_offset() > 5 {
                    next = next.tomorrow().ok()?;
                }
                next
            }
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
/// lag.
#[must_use]
pub fn fresh_until(cycle: Cycle, lag_days: u16, as_of: Date) -> Date {
    let end = cycle.next_end(as_of).unwrap_or(Date::MAX);
    date::from_days(date::days(end).saturating_add(i32::from(lag_days))).unwrap_or(Date::MAX)
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

    /// Worked out on a calendar.
    #[test]
    fn data_are_stale_from_the_day_after_the_next_periods_lag() {
        for (cycle, lag, as_of, until) in [
            // Friday → Monday, and a day of lag.
            (Cycle::Daily, 1, "2025-09-26", "2025-09-30"),
            (Cycle::Daily, 0, "2025-09-27", "2025-09-29"),
            (Cycle::Monthly, 15, "2025-09-30", "2025-11-15"),
            (Cycle::Monthly, 15, "2025-10-15", "2025-11-15"),
            (Cycle::Monthly, 0, "2024-01-31", "2024-02-29"),
            (Cycle::Quarterly, 20, "2025-09-30", "2026-01-20"),
            (Cycle::Quarterly, 20, "2025-08-15", "2025-10-20"),
            (Cycle::Yearly, 130, "2024-12-31", "2026-05-10"),
            (Cycle::Yearly, 0, "2025-06-30", "2025-12-31"),
        ] {
            assert_eq!(fresh_until(cycle, lag, day(as_of)), day(until), "{cycle:?} {lag} {as_of}");
        }
    }
}
