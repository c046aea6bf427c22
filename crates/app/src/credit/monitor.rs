//! Counts over decisions of a period: by outcome, product and reason, and what people made of them. A bank counts its own; who
//! supervises counts outcomes of all, and nothing that tells of a firm or of what a bank knows.

use std::collections::BTreeMap;

use huoshui_credit::governance::{self, Override, OverrideReport};
use huoshui_exchange::clock;
use huoshui_journal::{Column, Page, Query, Test, Value};
use huoshui_kernel::Date;
use huoshui_kernel::date::{days, from_days};
use huoshui_kernel::fault::{Fault, Result};
use serde::Serialize;

use super::decisions::{COLLECTION, Stored};
use super::record::Listed;
use super::{Credit, faults};
use crate::exchange::actor::{Actor, Party};

/// Decisions counted at most, newest first.
const MOST: usize = 100_000;
const PAGE: usize = 1_000;
/// Days of a period at most, and of one that nobody names.
const LONGEST: i32 = 400;
const USUAL: i32 = 366;

/// The counts of the decisions made in a period. Overrides are those of these decisions, whenever they came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Monitor {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// Decisions counted.
    pub decisions: u64,
    /// Whether there are more, older ones of the period that were not counted.
    pub more: bool,
    /// By outcome.
    pub by_outcome: BTreeMap<String, u64>,
    /// By product and outcome.
    pub by_product: BTreeMap<String, BTreeMap<String, u64>>,
    /// By code of the first reason; for a bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_first_reason: Option<BTreeMap<String, u64>>,
    /// By code of any reason; for a bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_reason: Option<BTreeMap<String, u64>>,
    /// By grade; for a bank and for the regulator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_grade: Option<BTreeMap<String, u64>>,
    /// Overrides; for a bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overrides: Option<OverrideReport>,
}

/// Days from and to which decisions are counted; a year up to today where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// The first.
    pub from: Option<Date>,
    /// The last.
    pub to: Option<Date>,
}

impl Period {
    fn bounds(self, today: Date) -> Result<(Date, Date)> {
        let to = self.to.unwrap_or(today);
        let from = self.from.unwrap_or_else(|| from_days(days(to) - USUAL + 1).unwrap_or(to));
        if from > to || days(to) - days(from) >= LONGEST {
            return Err(Fault::new(&faults::PERIOD)
                .with("from", from)
                .with("to", to)
                .with("most", LONGEST)
                .field("from"));
        }
        Ok((from, to))
    }
}

/// Who asks for counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A bank, of its own decisions.
    Bank,
    /// The regulator, of everyone's: with grades.
    Regulator,
    /// Whoever runs the platform.
    Operator,
}

type Counts = BTreeMap<String, u64>;

fn one(counts: &mut Counts, key: &str) {
    *counts.entry(key.to_owned()).or_default() += 1;
}

impl Credit {
    /// The counts of an institution's decisions; of every institution's for whoever supervises.
    ///
    /// # Errors
    /// `credit.period`; those of the store.
    pub fn monitor(&self, actor: &Actor, reader: Reader, period: Period) -> Result<Monitor> {
        let (from, to) = period.bounds(clock::day(self.exchange.now()))?;
        let (mut decisions, mut by_outcome) = (0_u64, Counts::new());
        let mut by_product: BTreeMap<String, Counts> = BTreeMap::new();
        let (mut first, mut any, mut grades) = (Counts::new(), Counts::new(), Counts::new());
        let mut overrides: Vec<Override> = Vec::new();
        let mut cursor: Option<String> = None;
        let more = loop {
            let page = self.stored(actor, Some((from, to)), cursor.as_deref(), PAGE)?;
            for stored in page.items {
                let record = &stored.made.record;
                let outcome = serde_json::to_value(record.outcome).ok();
                let outcome = outcome.as_ref().and_then(|v| v.as_str()).unwrap_or_default();
                decisions += 1;
                one(&mut by_outcome, outcome);
                one(by_product.entry(record.product.clone()).or_default(), outcome);
                record.reasons.iter().take(1).for_each(|reason| one(&mut first, reason));
                record.reasons.iter().for_each(|reason| one(&mut any, reason));
                one(&mut grades, &record.grade);
                overrides.extend(stored.overrides);
            }
            cursor = page.next;
            if cursor.is_none() || decisions >= MOST as u64 {
                break cursor.is_some();
            }
        };
        let bank = reader == Reader::Bank;
        Ok(Monitor {
            from,
            to,
            decisions,
            more,
            by_outcome,
            by_product,
            by_first_reason: bank.then_some(first),
            by_reason: bank.then_some(any),
            by_grade: (reader != Reader::Operator).then_some(grades),
            overrides: bank.then(|| governance::report(decisions, &overrides)),
        })
    }

    /// Decisions, newest first: an institution's own without what they rest on; for whoever supervises everyone's, that they were
    /// made and how they ended.
    ///
    /// # Errors
    /// `journal.bad_cursor`; those of the store.
    pub fn page(&self, actor: &Actor, cursor: Option<&str>, limit: usize) -> Result<Page<Listed>> {
        let page = self.stored(actor, None, cursor, limit)?;
        let supervises = actor.party == Party::Operator;
        let item =
            |stored: Stored| if supervises { Listed::Seen(stored.into()) } else { Listed::Own(Box::new(stored)) };
        Ok(Page { items: page.items.into_iter().map(item).collect(), next: page.next })
    }

    fn stored(
        &self,
        actor: &Actor,
        period: Option<(Date, Date)>,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Page<Stored>> {
        let mut query = Query::default().sort(Column::Int(0), true);
        if let Some((from, to)) = period {
            let (begin, end) = (clock::start(from), clock::start(clock::days_after(to, 1)));
            query = query.filter(Column::Int(0), Test::AtLeast(Value::Int(begin)));
            query = query.filter(Column::Int(0), Test::Below(Value::Int(end)));
        }
        if actor.party != Party::Operator {
            let owner = super::institution(actor)?.to_owned();
            query = query.filter(Column::Text(0), Test::Is(Value::Text(owner)));
        }
        let page = self.exchange.workspace.journal.list(COLLECTION, &query, cursor, limit)?;
        Ok(Page { items: page.items.iter().map(Stored::read).collect::<Result<_>>()?, next: page.next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_in_order_and_no_longer_than_four_hundred_days() {
        let day = |text: &str| Some(huoshui_kernel::date::parse(text).unwrap());
        let today = day("2025-10-10").unwrap();
        let bounds = |from, to| Period { from, to }.bounds(today).map(|(a, b)| (a.to_string(), b.to_string()));
        let said = |from: &str, to: &str| Ok((from.to_owned(), to.to_owned()));
        assert_eq!(bounds(None, None), said("2024-10-10", "2025-10-10"));
        assert_eq!(bounds(day("2025-10-10"), None), said("2025-10-10", "2025-10-10"));
        // 400 days, the first and the last among them: 1 January 2024 (a leap year) to 3 February 2025.
        assert_eq!(bounds(day("2024-01-01"), day("2025-02-03")), said("2024-01-01", "2025-02-03"));
        for (from, to) in [("2024-01-01", "2025-02-04"), ("2025-10-11", "2025-10-10"), ("0001-01-01", "9999-12-31")] {
            assert_eq!(bounds(day(from), day(to)).unwrap_err().code(), "credit.period", "{from} {to}");
        }
    }
}
