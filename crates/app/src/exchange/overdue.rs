//! Objections that a department let lie: told once, in a stream of their own, so that the objection's version stays the one
//! that the department read.

use huoshui_exchange::clock;
use huoshui_journal::faults::CONFLICT;
use huoshui_journal::{Column, Command, Expected, Query, StateDoc, Test, Value};
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Uscc, date};
use serde::{Deserialize, Serialize};

use super::actor::{self, Party};
use super::events::kind;
use super::notices::Notice;
use super::{Exchange, corrections};
use crate::streams::json;

/// Objections looked at in one go.
const PAGE: usize = 200;
/// Pages of one round at most; what lies beyond is for the next one, once these are answered.
const PAGES: usize = 50;

/// `overdue/ID`: the day by which an objection had to be answered has passed. Neither row nor value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overdue {
    /// The objection.
    pub objection: String,
    /// The firm.
    pub subject: Uscc,
    /// The department that has not answered.
    pub department: String,
    /// The resource.
    pub resource: String,
    /// The field.
    pub field: String,
    /// The last day to answer.
    pub due: Date,
    /// When it was noticed, microseconds since 1970-01-01 UTC.
    pub at: i64,
}

/// The stream that says of an objection that it is overdue.
#[must_use]
pub fn stream(objection: &str) -> String {
    format!("overdue/{objection}")
}

impl Overdue {
    /// Who is told: the department that is late, the firm that waits, and those who run and supervise the platform.
    #[must_use]
    pub fn to(&self) -> [String; 3] {
        [actor::department(&self.department), actor::enterprise(&self.subject), Party::Operator.address()]
    }

    /// The notices.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn notices(&self, version: u64) -> Result<Vec<StateDoc>> {
        let notice = |to: String| {
            let (kind, about) = (kind::OVERDUE.to_owned(), corrections::stream(&self.objection));
            let (subject, resource) = (Some(self.subject.to_string()), Some(self.resource.clone()));
            Notice { to, kind, about, version, subject, resource, field: Some(self.field.clone()), at: self.at }
                .document()
        };
        self.to().into_iter().map(notice).collect()
    }
}

impl Exchange {
    /// Tells of every objection that became overdue since the last look; how many there were. Of several servers one tells.
    ///
    /// # Errors
    /// Those of the store; `data.damaged`.
    pub fn tell_overdue(&self) -> Result<u64> {
        let now = self.now();
        let today = i64::from(date::days(clock::day(now)));
        let mut query = Query::default().sort(Column::Int(0), false);
        query.tests.push((Column::Text(2), Test::Is(Value::Text("open".to_owned()))));
        query.tests.push((Column::Int(0), Test::Below(Value::Int(today))));
        let (mut told, mut cursor) = (0, None);
        for _ in 0..PAGES {
            let journal = &self.workspace.journal;
            let page = journal.list(corrections::COLLECTION, &query, cursor.as_deref(), PAGE)?;
            for doc in &page.items {
                if journal.stream_version(&stream(&doc.id))? == 0 && self.tell(&doc.id, now)? {
                    told += 1;
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        Ok(told)
    }

    fn tell(&self, id: &str, now: i64) -> Result<bool> {
        let Some((stored, version)) = corrections::load(&self.workspace, id)? else { return Ok(false) };
        if stored.answered.is_some() {
            return Ok(false);
        }
        let o = stored.objection;
        let overdue = Overdue {
            objection: o.id,
            subject: o.subject,
            department: o.department,
            resource: o.resource,
            field: o.field,
            due: o.due,
            at: now,
        };
        // The request is the objection alone: two servers at one moment ask for the same.
        let mut command = Command::new("huoshui", kind::OVERDUE, id, id.as_bytes())
            .event(&stream(id), Expected::Version(0), kind::OVERDUE, 1, json(&overdue)?)
            .expect(&corrections::stream(id), version);
        for notice in overdue.notices(1)? {
            command = command.put(notice);
        }
        match self.workspace.journal.append_blocking(command) {
            Ok(receipt) => Ok(receipt.first_time),
            // Another server told of it, or the department answered just now.
            Err(fault) if fault.code() == CONFLICT.code => Ok(false),
            Err(fault) => Err(fault),
        }
    }
}
