//! Corrections: a firm objects to a value, the department answers, a corrected value serves from the next pull, and those
//! who relied on the old one are told. Values stand in documents apart, which can be erased; events hold commitments.

use std::collections::BTreeMap;

use huoshui_exchange::calendar::Calendar;
use huoshui_exchange::correction::{self, Answered, Apart, Objection, Raise, State, Verdict};
use huoshui_exchange::{canonical, clock};
use huoshui_journal::faults::{BUSY, CONFLICT};
use huoshui_journal::{Column, Columns, Command, Expected, Page, Query, StateDoc, Test, Value as Indexed};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, date};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Exchange;
use super::actor::{self, Actor, Party};
use super::events::{About, Corrected as Mark, ObjectionAnswered, kind};
use super::notices::Notice;
pub use super::overlays::{Corrected, corrected, everyones, overlay};
use super::{overlays, records, reliance, relied};
use crate::faults;
use crate::folder::Workspace;
use crate::streams::json;

/// Collection of objections: text columns subject, department, open or answered, the word `objection`; integer columns
/// the last day to answer (days since 1970-01-01), when it was raised.
pub const COLLECTION: &str = "objection";
/// Collection of what is kept apart from objections' events; not folded, so that it can be erased.
const APART: &str = "objection.apart";

/// What a firm objects to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objecting {
    /// The resource.
    pub resource: String,
    /// The row's key fields; none for a resource with one row a firm.
    #[serde(default)]
    pub row: BTreeMap<String, Value>,
    /// The field.
    pub field: String,
    /// What should be there.
    pub claimed: Value,
}

/// What a department says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Saying {
    /// The value was wrong; this is right.
    Accepted {
        /// The right value.
        corrected: Value,
    },
    /// The value stands.
    Rejected {
        /// Why, without the value.
        reason: String,
    },
}

/// An objection as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The objection.
    pub objection: Objection,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Answered>,
}

/// An objection as its parties see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The version that an answer must name.
    pub version: u64,
    /// Where it stands.
    pub state: State,
    /// The objection and its answer.
    #[serde(flatten)]
    pub stored: Stored,
    /// The row and the claimed value, as long as they are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<BTreeMap<String, Value>>,
    /// The claimed value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Value>,
}

/// The stream of an objection.
pub(super) fn stream(id: &str) -> String {
    format!("objection/{id}")
}

impl Stored {
    /// The document after an event at this version.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn document(&self, version: u64) -> Result<StateDoc> {
        let o = &self.objection;
        let text = |value: &str| Some(value.to_owned());
        let state = if self.answered.is_some() { "answered" } else { "open" };
        Ok(StateDoc {
            collection: COLLECTION.to_owned(),
            id: o.id.clone(),
            version,
            doc: json(self)?,
            columns: Columns {
                text: [text(o.subject.as_str()), text(&o.department), text(state), text("objection")],
                int: [Some(i64::from(date::days(o.due))), Some(o.raised_at), None, None],
            },
        })
    }

    /// The notices of its last event.
    ///
    /// # Errors
    /// As [`Stored::document`].
    pub fn notices(&self, version: u64, said: Option<&ObjectionAnswered>) -> Result<Vec<StateDoc>> {
        let o = &self.objection;
        let (name, at, mut to) = match &self.answered {
            None => (kind::OBJECTED, o.raised_at, vec![actor::department(&o.department)]),
            Some(answered) => (kind::ANSWERED, answered.at, vec![actor::enterprise(&o.subject)]),
        };
        to.extend(said.iter().flat_map(|s| &s.relied).map(|r| actor::institution(&r.recipient)));
        let of = said.and_then(|s| s.about.as_ref());
        let notice = |to: String| {
            let (about, subject) = (stream(&o.id), Some(o.subject.as_str().to_owned()));
            let (resource, field) = (of.map(|a| a.resource.clone()), of.map(|a| a.field.clone()));
            Notice { to, kind: name.to_owned(), about, version, subject, resource, field, at }.document()
        };
        to.into_iter().map(notice).collect()
    }
}

/// Whether departments work on a day, as the State Council announced it; of a year not announced yet weekends are all that
/// is known, so a deadline that reaches into it may come a few days early for the department.
fn is_working(day: Date) -> bool {
    Calendar::built_in().works(day)
}

/// An objection with its version, if there is one of this id.
///
/// # Errors
/// Those of the store; `data.damaged`.
pub fn load(workspace: &Workspace, id: &str) -> Result<Option<(Stored, u64)>> {
    if id.is_empty() || id.len() > 64 || id.chars().any(char::is_control) {
        return Ok(None);
    }
    let Some(doc) = workspace.journal.state(COLLECTION, id)? else { return Ok(None) };
    let stored = serde_json::from_slice(&doc.doc).map_err(|_| damaged(COLLECTION, id))?;
    Ok(Some((stored, doc.version)))
}

pub(super) fn damaged(collection: &str, id: &str) -> Fault {
    Fault::new(&faults::DAMAGED).with("what", format_args!("{collection}/{id}"))
}

pub(super) fn apart(workspace: &Workspace, id: &str) -> Result<Option<Apart>> {
    let doc = workspace.journal.state(APART, id)?;
    doc.map(|d| serde_json::from_slice(&d.doc).map_err(|_| damaged(APART, id))).transpose()
}

fn apart_document(id: &str, version: u64, apart: &Apart) -> Result<StateDoc> {
    let (collection, id) = (APART.to_owned(), id.to_owned());
    Ok(StateDoc { collection, id, version, doc: json(apart)?, columns: Columns::default() })
}

impl View {
    /// What is shown of an objection with what is kept of it. The words of a rejection are kept apart; those that stand in an
    /// event of a former release are shown to whoever is shown the rest.
    fn of(mut stored: Stored, version: u64, now: i64, kept: Option<Apart>) -> Self {
        let state = correction::state_at(&stored.objection, stored.answered.as_ref(), now);
        if let Some(Verdict::Rejected { reason, .. }) = stored.answered.as_mut().map(|a| &mut a.verdict) {
            *reason = kept.as_ref().and_then(|k| k.reason.clone().or_else(|| reason.take()));
        }
        let (row, claimed) = kept.map_or((None, None), |a| (Some(a.row), Some(a.claimed)));
        Self { version, state, stored, row, claimed }
    }
}

impl Exchange {
    /// A firm objects.
    ///
    /// # Errors
    /// `exchange.objection`, `exchange.unknown_resource`; those of the journal.
    pub fn object(&self, actor: &Actor, key: &str, what: &Objecting) -> Result<View> {
        let Party::Enterprise(subject) = &actor.party else { return Err(no_objection("")) };
        let mut salt = vec![0; 32];
        getrandom::fill(&mut salt).map_err(|e| Fault::new(&faults::INTERNAL).with("what", e))?;
        let id = self.id_of("objection.raise", actor, key);
        let raise = Raise {
            id: id.clone(),
            subject: *subject,
            by: actor.account.clone(),
            resource: what.resource.clone(),
            row: what.row.clone(),
            field: what.field.clone(),
            claimed: what.claimed.clone(),
            salt,
            at: self.now(),
        };
        let (objection, apart) = correction::raise(raise, &self.rules.now()?.catalogue, &self.deadlines, &is_working)?;
        let stored = Stored { objection, answered: None };
        let mut command = Command::new(&actor.account, "objection.raise", key, &canonical::bytes(what)?)
            .event(&stream(&id), Expected::Version(0), kind::OBJECTED, 1, json(&stored.objection)?)
            .put(stored.document(1)?)
            .put(apart_document(&id, 1, &apart)?);
        for notice in stored.notices(1, None)? {
            command = command.put(notice);
        }
        self.workspace.journal.append_blocking(command)?;
        self.objection(actor, &id)
    }

    /// The department answers what it read at this version. A corrected value serves from the next pull, and those who relied
    /// on the old one are told.
    ///
    /// # Errors
    /// `exchange.no_objection` (also for another department's), `journal.conflict` when the objection is at another version,
    /// `exchange.objection_closed`, `exchange.objection`, `exchange.corrected_value` for one that the field cannot hold;
    /// `journal.busy` while more of the firm's log must be read than fits
    /// one request: each try reads on; those of the journal.
    pub fn answer_objection(&self, actor: &Actor, key: &str, id: &str, saying: &Saying, seen: u64) -> Result<View> {
        let Party::Department(department) = &actor.party else { return Err(no_objection(id)) };
        let now = self.now();
        self.workspace.journal.append_deciding(10, |journal| {
            let found = load(&self.workspace, id)?.filter(|(s, _)| s.objection.department == *department);
            let (stored, version) = found.ok_or_else(|| no_objection(id))?;
            // With the objection, so that the same words under the same key about another one are another request.
            let request = canonical::bytes(&(id, saying))?;
            let command = Command::new(&actor.account, "objection.answer", key, &request);
            if journal.receipt(&actor.account, "objection.answer", key)?.is_some() {
                return Ok(command);
            }
            if version != seen {
                let moved = Fault::new(&CONFLICT).with("stream", stream(id));
                return Err(moved.with("actual", version).with("expected", seen));
            }
            self.answering(command, stored, version, actor, saying, now)
        })?;
        self.objection(actor, id)
    }

    fn answering(
        &self,
        command: Command,
        before: Stored,
        version: u64,
        actor: &Actor,
        saying: &Saying,
        now: i64,
    ) -> Result<Command> {
        let o = &before.objection;
        let mut kept = apart(&self.workspace, &o.id)?.ok_or_else(|| no_objection(&o.id))?;
        let verdict = match saying {
            Saying::Rejected { reason } => {
                kept.reason = Some(reason.clone());
                Verdict::rejected(reason, &kept.salt)?
            }
            Saying::Accepted { corrected } => {
                correction::check_corrected(o, corrected, &self.rules.now()?.catalogue, clock::day(now))?;
                Verdict::Accepted { corrected: canonical::commitment(&kept.salt, &canonical::bytes(corrected)?) }
            }
        };
        let answered = correction::answer(o, before.answered.as_ref(), verdict, &actor.account, now)?;
        let access = records::access(&o.subject);
        let mut relied = Vec::new();
        let mut command = command;
        if let Saying::Rejected { .. } = saying {
            command = command.put(apart_document(&o.id, version + 1, &kept)?);
        }
        if let Saying::Accepted { corrected: value } = saying {
            let (log, whole) = reliance::read(&self.workspace, &o.subject, &o.resource, now)?;
            if !whole {
                reliance::keep(&self.workspace, &o.subject, &o.resource, now, &log)?;
                return Err(Fault::new(&BUSY));
            }
            let period = relied::period(&self.rules.now()?.catalogue, o, &kept.row);
            relied = log.releases.relied_on(o, period, now);
            command = command.put(log.document(&o.subject, &o.resource)?);
            let right = Corrected {
                objection: o.id.clone(),
                resource: o.resource.clone(),
                row: kept.row,
                field: o.field.clone(),
                value: value.clone(),
                at: now,
            };
            let overlay = overlays::with(&self.workspace, &o.subject, right, version + 1)?;
            let mark = Mark { objection: o.id.clone(), resource: o.resource.clone(), field: o.field.clone() };
            // Nothing was released that is not in what was read: a pull in between makes this be decided anew.
            command =
                command.event(&access, Expected::Version(log.read), kind::CORRECTED, 1, json(&mark)?).put(overlay);
        }
        let about = Some(About::of(o));
        let body = ObjectionAnswered { answered: answered.clone(), relied, about };
        let after = Stored { objection: before.objection, answered: Some(answered) };
        command = command
            .event(&stream(&after.objection.id), Expected::Version(version), kind::ANSWERED, 1, json(&body)?)
            .put(after.document(version + 1)?);
        for notice in after.notices(version + 1, Some(&body))? {
            command = command.put(notice);
        }
        Ok(command)
    }

    /// An objection, for the firm, the department and the operator; others are told that there is none.
    ///
    /// # Errors
    /// `exchange.no_objection`.
    pub fn objection(&self, actor: &Actor, id: &str) -> Result<View> {
        let found = load(&self.workspace, id)?;
        let own = |(s, _): &(Stored, u64)| match &actor.party {
            Party::Enterprise(uscc) => s.objection.subject == *uscc,
            Party::Department(code) => s.objection.department == *code,
            Party::Operator => true,
            Party::Institution(..) => false,
        };
        let (stored, version) = found.filter(own).ok_or_else(|| no_objection(id))?;
        // Who runs the platform sees that there is an objection, not what it is about.
        let kept = match actor.party {
            Party::Operator => None,
            _ => apart(&self.workspace, id)?,
        };
        Ok(View::of(stored, version, self.now(), kept))
    }

    /// The actor's objections, those due first.
    ///
    /// # Errors
    /// `journal.bad_cursor`; those of the store.
    pub fn objections(&self, actor: &Actor, cursor: Option<&str>, limit: usize) -> Result<Page<View>> {
        let is = |column, value: &str| (Column::Text(column), Test::Is(Indexed::Text(value.to_owned())));
        let mut query = Query::default().sort(Column::Int(0), false);
        query.tests.push(match &actor.party {
            Party::Enterprise(uscc) => is(0, uscc.as_str()),
            Party::Department(code) => is(1, code),
            Party::Operator => is(3, "objection"),
            Party::Institution(code, _) => is(0, code),
        });
        let page = self.workspace.journal.list(COLLECTION, &query, cursor, limit.clamp(1, 200))?;
        let now = self.now();
        let read = |doc: &StateDoc| {
            let stored: Stored = serde_json::from_slice(&doc.doc).map_err(|_| damaged(COLLECTION, &doc.id))?;
            Ok(View::of(stored, doc.version, now, None))
        };
        Ok(Page { items: page.items.iter().map(read).collect::<Result<_>>()?, next: page.next })
    }
}

pub(super) fn no_objection(id: &str) -> Fault {
    let shown: String = id.chars().take(64).collect();
    Fault::new(&faults::NO_OBJECTION).with("id", shown)
}
