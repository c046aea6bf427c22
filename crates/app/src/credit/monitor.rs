//! Counts over decisions: by outcome, product and reason, and what people made of them.

use std::collections::BTreeMap;

use huoshui_credit::governance::{self, Override, OverrideReport};
use huoshui_journal::{Column, Page, Query, Test, Value};
use huoshui_kernel::fault::Result;
use serde::Serialize;

use super::Credit;
use super::decisions::{COLLECTION, Stored};
use crate::exchange::actor::{Actor, Party};

/// Decisions counted at most, newest first.
const MOST: usize = 100_000;
const PAGE: usize = 1_000;

/// The counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Monitor {
    /// Decisions counted.
    pub decisions: u64,
    /// Whether there are more, older ones that were not counted.
    pub more: bool,
    /// By outcome.
    pub by_outcome: BTreeMap<String, u64>,
    /// By product and outcome.
    pub by_product: BTreeMap<String, BTreeMap<String, u64>>,
    /// By code of the first reason.
    pub by_first_reason: BTreeMap<String, u64>,
    /// By code of any reason.
    pub by_reason: BTreeMap<String, u64>,
    /// By grade.
    pub by_grade: BTreeMap<String, u64>,
    /// Overrides.
    pub overrides: OverrideReport,
}

impl Credit {
    /// The counts of an institution's decisions; of every institution's for whoever supervises.
    ///
    /// # Errors
    /// Those of the store.
    pub fn monitor(&self, actor: &Actor) -> Result<Monitor> {
        let mut found = Monitor::default();
        let mut overrides: Vec<Override> = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = self.page(actor, cursor.as_deref(), PAGE)?;
            for stored in page.items {
                let record = &stored.made.record;
                let outcome = serde_json::to_value(record.outcome).ok();
                let outcome = outcome.as_ref().and_then(|v| v.as_str()).unwrap_or_default().to_owned();
                found.decisions += 1;
                *found.by_outcome.entry(outcome.clone()).or_default() += 1;
                *found.by_product.entry(record.product.clone()).or_default().entry(outcome).or_default() += 1;
                if let Some(first) = record.reasons.first() {
                    *found.by_first_reason.entry(first.clone()).or_default() += 1;
                }
                for reason in &record.reasons {
                    *found.by_reason.entry(reason.clone()).or_default() += 1;
                }
                *found.by_grade.entry(record.grade.clone()).or_default() += 1;
                overrides.extend(stored.overrides);
            }
            cursor = page.next;
            found.more = cursor.is_some();
            if cursor.is_none() || found.decisions >= MOST as u64 {
                break;
            }
        }
        found.overrides = governance::report(found.decisions, &overrides);
        Ok(found)
    }

    /// Decisions, newest first: an institution's own, everyone's for whoever supervises; no values in them.
    ///
    /// # Errors
    /// `journal.bad_cursor`; those of the store.
    pub fn page(&self, actor: &Actor, cursor: Option<&str>, limit: usize) -> Result<Page<Stored>> {
        let mut query = Query::default().sort(Column::Int(0), true);
        if let Party::Operator = actor.party {
        } else {
            let owner = super::institution(actor)?.to_owned();
            query = query.filter(Column::Text(0), Test::Is(Value::Text(owner)));
        }
        let page = self.exchange.workspace.journal.list(COLLECTION, &query, cursor, limit)?;
        Ok(Page { items: page.items.iter().map(Stored::read).collect::<Result<_>>()?, next: page.next })
    }
}
