//! What a recipient that relied on a corrected value may know of the correction: where to pull again, and nothing more.
//! The right value reaches it by a pull under a consent, as every value does.

use std::collections::BTreeMap;

use huoshui_exchange::catalogue::Catalogue;
use huoshui_exchange::clock;
use huoshui_exchange::correction::{Objection, State, Verdict};
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Uscc, date};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Exchange;
use super::actor::{Actor, Party};
use super::corrections;
use super::events::{ObjectionAnswered, kind};
use crate::streams;

/// A correction, as a recipient that had the value sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The objection that led to it.
    pub id: String,
    /// What the department answered.
    pub state: State,
    /// The firm.
    pub subject: Uscc,
    /// The department.
    pub department: String,
    /// The resource.
    pub resource: String,
    /// The version of its schema.
    pub schema: u32,
    /// The field whose value was wrong.
    pub field: String,
    /// The date of the row, where rows have one, as long as it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<Date>,
    /// When the department answered, microseconds since 1970-01-01 UTC: a pull from then on has the right value.
    pub answered_at: i64,
    /// When the recipient last got the wrong value, microseconds since 1970-01-01 UTC.
    pub last_pulled_at: i64,
    /// The consents under which it got it: pull again under one that still stands.
    pub pull_again: Vec<String>,
}

/// The date of an objection's row, where the resource's rows have one.
#[must_use]
pub fn period(catalogue: &Catalogue, objection: &Objection, row: &BTreeMap<String, Value>) -> Option<Date> {
    let described = catalogue.version(&objection.resource, objection.schema);
    let described = described.or_else(|| catalogue.get(&objection.resource, clock::day(objection.raised_at)))?;
    date::parse(row.get(described.period.as_ref()?)?.as_str()?).ok()
}

impl Exchange {
    /// A correction, for a recipient that relied on the value; all others are told that there is no such objection.
    ///
    /// # Errors
    /// `exchange.no_objection`; those of the store.
    pub fn correction(&self, actor: &Actor, id: &str) -> Result<Correction> {
        let absent = || corrections::no_objection(id);
        let Party::Institution(code, _) = &actor.party else { return Err(absent()) };
        let (stored, _) = corrections::load(&self.workspace, id)?.ok_or_else(absent)?;
        let accepted = stored.answered.filter(|a| matches!(a.verdict, Verdict::Accepted { .. })).ok_or_else(absent)?;
        // Raised and answered: two events, and never more.
        let events = self.workspace.journal.read_stream(&corrections::stream(id), 1, 2)?;
        let said = events.iter().find(|e| e.data.kind == kind::ANSWERED).ok_or_else(absent)?;
        let said: ObjectionAnswered = streams::body(said)?;
        let own = said.relied.into_iter().find(|r| r.recipient == *code).ok_or_else(absent)?;
        let o = stored.objection;
        let kept = corrections::apart(&self.workspace, id)?;
        let period = kept.map(|a| self.rules.now().map(|rules| period(&rules.catalogue, &o, &a.row))).transpose()?;
        Ok(Correction {
            id: o.id,
            state: State::Accepted,
            subject: o.subject,
            department: o.department,
            resource: o.resource,
            schema: o.schema,
            field: o.field,
            period: period.flatten(),
            answered_at: accepted.at,
            last_pulled_at: own.last_at,
            pull_again: own.consents,
        })
    }
}
