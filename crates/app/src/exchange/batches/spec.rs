//! A resource made ready to read batches of one date: where its key and its date stand, its rules compiled.

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use huoshui_exchange::catalogue::{Absent, Cycle, Resource, Rule};
use huoshui_formula::columns::Program;
use huoshui_formula::compile::{self, Params};
use huoshui_formula::{Type, Value};
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::shape::TableShape;

use crate::faults;

/// A resource with what reading its batches needs.
#[derive(Debug)]
pub struct Spec<'a> {
    /// The resource.
    pub resource: &'a Resource,
    /// Its columns, `uscc` first.
    pub shape: &'static TableShape,
    /// Places of `uscc` and the key's fields.
    pub key: Vec<usize>,
    /// Place of the field that dates a row.
    pub period: Option<usize>,
    rules: Vec<Ready<'a>>,
}

#[derive(Debug)]
struct Ready<'a> {
    rule: &'a Rule,
    program: Program,
}

/// Places of `uscc` and the key's fields in a shape.
///
/// # Errors
/// `app.internal` for a key that is no field, which loading the catalogue has excluded.
pub fn key(resource: &Resource, shape: &TableShape) -> Result<Vec<usize>> {
    let place = |name: &str| {
        let found = shape.columns.iter().position(|c| c.name == name);
        found.ok_or_else(|| Fault::new(&faults::INTERNAL).with("what", format_args!("{}.{name}", resource.code)))
    };
    std::iter::once("uscc").chain(resource.key.iter().map(String::as_str)).map(place).collect()
}

impl<'a> Spec<'a> {
    /// Compiles the rules for batches as of a date.
    ///
    /// # Errors
    /// A formula that does not compile, which loading the catalogue has excluded.
    pub fn new(resource: &'a Resource, as_of: Date) -> Result<Self> {
        let shape = resource.shape()?;
        let schema = resource.formula_schema()?;
        let params = Params::new().with("as_of", Type::Date, Value::Date(date::days(as_of)));
        let ready = |rule: &'a Rule| {
            let expr = compile::condition(&rule.violated, &schema, &params)?;
            Ok(Ready { rule, program: Program::new(&expr, &schema)? })
        };
        let period = resource.period.as_deref();
        Ok(Self {
            resource,
            shape,
            key: key(resource, shape)?,
            period: period.and_then(|name| shape.columns.iter().position(|c| c.name == name)),
            rules: resource.rules.iter().map(ready).collect::<Result<_>>()?,
        })
    }

    /// For each rule, the rows of a batch that break it. A row whose formula fails breaks the rule.
    ///
    /// # Errors
    /// Faults of the executor that are of no row.
    pub fn broken(&self, batch: &RecordBatch, mut each: impl FnMut(&'a Rule, usize)) -> Result<()> {
        for Ready { rule, program } in &self.rules {
            let mut rest = batch.clone();
            let mut first = 0;
            loop {
                match program.eval(&rest) {
                    Ok(truths) => {
                        if let Some(truths) = truths.as_boolean_opt().filter(|t| t.true_count() > 0) {
                            (0..)
                                .zip(truths)
                                .filter(|(_, t)| *t == Some(true))
                                .for_each(|(i, _)| each(rule, first + i));
                        }
                        break;
                    }
                    Err(fault) => {
                        let row = fault.row_number().and_then(|r| usize::try_from(r).ok());
                        let Some(bad) = row.and_then(|r| r.checked_sub(1)).filter(|r| *r < rest.num_rows()) else {
                            return Err(fault);
                        };
                        let good = program.eval(&rest.slice(0, bad))?;
                        if let Some(truths) = good.as_boolean_opt() {
                            (0..)
                                .zip(truths)
                                .filter(|(_, t)| *t == Some(true))
                                .for_each(|(i, _)| each(rule, first + i));
                        }
                        each(rule, first + bad);
                        rest = rest.slice(bad + 1, rest.num_rows() - bad - 1);
                        first += bad + 1;
                    }
                }
            }
        }
        Ok(())
    }

    /// The first date that a whole batch covers, from its earliest row. Of a resource with a row for each month, quarter
    /// or year the first day of that row's period: where the series begins. Of a list of events that says “nothing” by
    /// having no row (penalties, judgements) as far back as it is kept, because its earliest event says nothing about the
    /// quiet days before it; of any other list the earliest event's day. Of a state the batch's own date.
    #[must_use]
    pub fn covers_from(&self, earliest: Option<Date>, as_of: Date) -> Date {
        let resource = self.resource;
        if self.period.is_none() {
            return as_of;
        }
        let day = earliest.unwrap_or(as_of);
        let of_periods = resource.key.first() == resource.period.as_ref();
        match resource.cycle {
            Cycle::Monthly if of_periods => day.first_of_month(),
            Cycle::Quarterly if of_periods => date::quarter_start(day),
            Cycle::Yearly if of_periods => date::year_start(day),
            _ if resource.absent == Absent::Nothing => {
                date::add_months(as_of, -i32::from(resource.retention_months)).unwrap_or(day)
            }
            _ => day,
        }
    }
}

#[cfg(test)]
mod tests {
    use huoshui_exchange::catalogue::Catalogue;

    use super::*;

    /// Worked out on a calendar from each resource's cycle, key and retention.
    #[test]
    fn what_a_batch_covers_follows_from_the_kind_of_its_rows() {
        let catalogue = Catalogue::embedded().unwrap();
        let day = |text: &str| date::parse(text).unwrap();
        let as_of = day("2025-09-30");
        for (code, earliest, from) in [
            ("social_security", Some("2023-10-31"), "2023-10-01"),
            ("tax_payments", Some("2022-12-31"), "2022-10-01"),
            ("tax_grade", Some("2022-12-31"), "2022-01-01"),
            ("customs_trade", None, "2025-09-01"),
            // Kept for sixty months; the one event of last year is not where knowledge begins.
            ("penalties", Some("2024-11-09"), "2020-09-30"),
            ("penalties", None, "2020-09-30"),
            ("registration", None, "2025-09-30"),
        ] {
            let spec = Spec::new(catalogue.find(code, as_of).unwrap(), as_of).unwrap();
            assert_eq!(spec.covers_from(earliest.map(day), as_of), day(from), "{code}");
        }
    }
}
