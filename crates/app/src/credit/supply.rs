//! What departments know, as the relations of features want it: of one firm, of every firm, or of a pull's answer.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use huoshui_credit::relations::{Answer, Authority, Relation, Source, Supply, USCC};
use huoshui_credit::rules::Rules;
use huoshui_credit::value::Why;
use huoshui_exchange::answer::{Fetched, Part, Provenance, Rows, Status};
use huoshui_exchange::catalogue::Catalogue;
use huoshui_exchange::faults as exchange;
use huoshui_exchange::release::Inside;
use huoshui_kernel::Uscc;
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::{Fault, Result};

use crate::cells::text_at;
use crate::exchange::batches::ledger::Ledger;
use crate::exchange::batches::name::Extent;
use crate::exchange::corrections::{self, Corrected};
use crate::exchange::holdings::Holdings;
use crate::exchange::rulebook::Rulebook;
use crate::folder::Workspace;

/// Departments' data as held in the data folder, for whoever holds it: no consent is asked.
pub struct Held {
    workspace: Workspace,
    rules: Rulebook,
}

/// The same under one version of the policies, for as long as a question lasts.
struct Shelf<'a> {
    workspace: &'a Workspace,
    catalogue: Arc<Catalogue>,
    holdings: Arc<Holdings>,
}

/// What was in force of a resource on a day.
struct Dated {
    as_of: Date,
    covers_from: Date,
    schema: u32,
    reference: String,
    /// Whether nothing newer is in force.
    newest: bool,
}

impl Held {
    /// Over a data folder, with the catalogue in force there, and each that comes into force.
    ///
    /// # Errors
    /// Those of the policies.
    pub fn open(workspace: Workspace) -> Result<Self> {
        Ok(Self { rules: Rulebook::open(workspace.clone())?, workspace })
    }

    fn shelf(&self) -> Result<Shelf<'_>> {
        let rules = self.rules.now()?;
        let none = || Fault::new(&crate::faults::INTERNAL).with("what", "holdings");
        let holdings = rules.holdings.clone().ok_or_else(none)?;
        Ok(Shelf { workspace: &self.workspace, catalogue: Arc::clone(&rules.catalogue), holdings })
    }

    /// Every firm's rows on a date, for the relations of these rules that are departments', with departments' corrections
    /// laid over them.
    ///
    /// # Errors
    /// `data.damaged`; those of the store.
    pub fn city(&self, rules: &Rules, date: Date) -> Result<Vec<Supply>> {
        let corrected = corrections::everyones(&self.workspace)?;
        let shelf = self.shelf()?;
        each(rules, |relation| {
            let mut answer = shelf.whole(relation, date, None)?;
            if let Answer::Ready(source) = &mut answer {
                shelf.correct(relation, date, &corrected, source)?;
            }
            Ok(answer)
        })
    }

    /// One firm's rows on a date, with departments' corrections laid over them.
    ///
    /// # Errors
    /// As [`Held::city`].
    pub fn firm(&self, rules: &Rules, uscc: Uscc, date: Date) -> Result<Vec<Supply>> {
        let corrected = corrections::corrected(&self.workspace, &uscc)?;
        let shelf = self.shelf()?;
        each(rules, |relation| {
            let Some(dated) = shelf.dated(&relation.resource, date)? else { return Ok(Answer::Missing(Why::NotAsked)) };
            let described = shelf.catalogue.version(&relation.resource, dated.schema);
            let Some(described) = described.filter(|_| dated.newest) else {
                return shelf.whole(relation, date, Some(&uscc));
            };
            let got = shelf.holdings.firm(&relation.resource, uscc, Date::MIN, date, date)?;
            match corrections::overlay(described, got, &corrected) {
                Fetched::Found(rows, provenance) => {
                    ready(relation, &uscc, &rows, &provenance, (Date::MIN, Date::MAX), dated.reference)
                }
                Fetched::Missing => Ok(Answer::Missing(Why::NotCovered)),
                Fetched::Pending => Ok(Answer::Missing(Why::Pending)),
                Fetched::Timeout => Ok(Answer::Missing(Why::Timeout)),
                Fetched::Unusable(_) => Ok(Answer::Missing(Why::Unusable)),
            }
        })
    }
}

fn each(rules: &Rules, mut answer: impl FnMut(&Relation) -> Result<Answer>) -> Result<Vec<Supply>> {
    let own = rules.relations().iter().filter(|r| r.authority == Authority::Department);
    own.map(|r| Ok(Supply { resource: r.resource.clone(), answer: answer(r)? })).collect()
}

impl Shelf<'_> {
    /// The rows of a resource on a date: of every firm, or of one.
    fn whole(&self, relation: &Relation, date: Date, only: Option<&Uscc>) -> Result<Answer> {
        let code = relation.resource.as_str();
        let Some(dated) = self.dated(code, date)? else { return Ok(Answer::Missing(Why::NotAsked)) };
        let Some(described) = self.catalogue.version(code, dated.schema) else {
            return Ok(Answer::Missing(Why::Unusable));
        };
        let there = relation.columns.iter().filter(|c| described.field(&c.name).is_some());
        let released: Vec<String> = there.map(|c| c.name.clone()).collect();
        let mut columns = vec![USCC];
        columns.extend(released.iter().map(String::as_str));
        let mut batches = match self.holdings.table(code, &columns, dated.as_of) {
            Err(fault) if fault.code() == crate::faults::NOT_HELD.code => return Ok(Answer::Missing(Why::NotAsked)),
            done => done?,
        };
        if let Some(uscc) = only {
            let own = |firm: Option<&str>| firm == Some(uscc.as_str());
            batches = batches.iter().map(|batch| rows_of(batch, &own)).collect::<Result<_>>()?;
        }
        let kept_from = date::add_months(date, -i32::from(described.retention_months)).unwrap_or(Date::MIN);
        Ok(Answer::Ready(Source {
            batches,
            own: Vec::new(),
            released,
            as_of: dated.as_of,
            covers_from: dated.covers_from.max(kept_from),
            covers_to: Date::MAX,
            stale: described.is_stale(dated.as_of, date),
            reference: dated.reference,
        }))
    }

    /// Rows of firms with corrected values, read as for one firm in the place of those that the files have. Data of before
    /// the newest stay as they were: a correction is of what was in force when it was made.
    fn correct(
        &self,
        relation: &Relation,
        date: Date,
        corrected: &[(Uscc, Vec<Corrected>)],
        whole: &mut Source,
    ) -> Result<()> {
        let code = relation.resource.as_str();
        let of_it = |all: &[Corrected]| all.iter().any(|c| c.resource == code);
        let firms: Vec<&(Uscc, Vec<Corrected>)> = corrected.iter().filter(|(_, all)| of_it(all)).collect();
        if firms.is_empty() {
            return Ok(());
        }
        let Some(dated) = self.dated(code, date)?.filter(|dated| dated.newest) else { return Ok(()) };
        let Some(described) = self.catalogue.version(code, dated.schema) else { return Ok(()) };
        let mut anew: HashMap<&str, RecordBatch> = HashMap::new();
        for (uscc, all) in firms {
            let got = self.holdings.firm(code, *uscc, Date::MIN, date, date)?;
            if let Fetched::Found(rows, _) = corrections::overlay(described, got, all) {
                anew.insert(uscc.as_str(), relation.batch(uscc.as_str(), &rows.columns, &rows.rows)?);
            }
        }
        let others = |firm: Option<&str>| firm.is_none_or(|firm| !anew.contains_key(firm));
        whole.batches = whole.batches.iter().map(|batch| rows_of(batch, &others)).collect::<Result<_>>()?;
        whole.batches.extend(anew.into_values());
        Ok(())
    }

    /// What was in force of a resource on a day, by its stream.
    fn dated(&self, resource: &str, date: Date) -> Result<Option<Dated>> {
        if let Some(now) = self.holdings.in_force(resource)?.filter(|f| f.as_of <= date) {
            let reference = format!("resource/{resource}#{}", now.batch);
            let (as_of, covers_from, schema) = (now.as_of, now.covers_from, now.schema);
            return Ok(Some(Dated { as_of, covers_from, schema, reference, newest: true }));
        }
        let ledger = Ledger::load(self.workspace, resource)?;
        let until: Vec<_> = ledger.batches.iter().filter(|b| b.accepted.as_of <= date && !b.erased).collect();
        let whole = until.iter().rev().find(|b| b.accepted.extent == Extent::Whole);
        Ok(until.last().zip(whole).map(|(last, whole)| Dated {
            as_of: last.accepted.as_of,
            covers_from: whole.accepted.covers_from,
            schema: last.accepted.schema,
            reference: format!("resource/{resource}#{}", last.version),
            newest: false,
        }))
    }
}

/// The rows of the firms that `wanted` names.
fn rows_of(batch: &RecordBatch, wanted: &dyn Fn(Option<&str>) -> bool) -> Result<RecordBatch> {
    let damaged = || Fault::new(&crate::faults::DAMAGED).with("what", USCC);
    let firms = batch.column_by_name(USCC).ok_or_else(damaged)?;
    let kept: BooleanArray = (0..batch.num_rows()).map(|row| Some(wanted(text_at(firms, row)))).collect();
    filter_record_batch(batch, &kept).map_err(|_| damaged())
}

/// One firm's rows as a relation's answer. Rows outside of the range did not come: a consent's, or any.
fn ready(
    relation: &Relation,
    uscc: &Uscc,
    rows: &Rows,
    from: &Provenance,
    (first, last): (Date, Date),
    reference: String,
) -> Result<Answer> {
    let released = relation.columns.iter().map(|c| &c.name).filter(|c| rows.columns.contains(c)).cloned().collect();
    Ok(Answer::Ready(Source {
        batches: Vec::new(),
        own: relation.rows(uscc.as_str(), &rows.columns, &rows.rows)?,
        released,
        as_of: from.as_of,
        covers_from: from.covers_from.max(first),
        covers_to: last,
        reference,
        stale: from.stale,
    }))
}

/// What a pull released for use inside, as supplies: every department's relation that the pull did not ask for counts as
/// denied, for there is no consent for it.
///
/// # Errors
/// `credit.source_shape` where a department's cells are not of their kind.
pub fn of_pull(
    rules: &Rules,
    subject: &Uscc,
    parts: &[(Part, Inside, (Date, Date))],
    reference: &str,
) -> Result<Vec<Supply>> {
    let own = rules.relations().iter().filter(|r| r.authority == Authority::Department);
    own.map(|relation| {
        let found = parts.iter().find(|(part, ..)| part.resource == relation.resource);
        let answer = match found {
            None => Answer::Missing(Why::Denied),
            Some((part, inside, range)) => match (part.status, &part.provenance) {
                // A firm without rows: the relation says what that means, and its window whether the data reach so far.
                (Status::Ready, Some(provenance)) => {
                    ready(relation, subject, &inside.rows, provenance, *range, reference.to_owned())?
                }
                (Status::Pending, _) => Answer::Missing(Why::Pending),
                (Status::Timeout, _) => Answer::Missing(Why::Timeout),
                _ => Answer::Missing(reason(part.reason.as_deref())),
            },
        };
        Ok(Supply { resource: relation.resource.clone(), answer })
    })
    .collect()
}

fn reason(code: Option<&str>) -> Why {
    match code {
        Some(c) if c == exchange::NO_DATA.code => Why::NotCovered,
        Some(c) if c == exchange::STALE.code => Why::Stale,
        Some(c) if c == exchange::BEYOND_RANGE.code => Why::Window,
        Some(c) if c == exchange::BAD_ROWS.code => Why::Unusable,
        Some(_) => Why::Unusable,
        None => Why::Denied,
    }
}
