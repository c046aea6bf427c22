//! From what a source answered to what may leave.

use huoshui_kernel::{Date, Uscc, date};
use serde_json::Value;

use super::{Fetch, Plan};
use crate::answer::{Fetched, Part, Provenance, Rows, Status};
use crate::catalogue::{Absent, Field, FieldKind, PERSON};
use crate::faults;
use crate::purpose::Mode;

/// Rows for use inside the platform, in verification or for tags and scores: the consent's fields in the consent's
/// range. On purpose it can not be serialised: what is in it never leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// The rows.
    pub rows: Rows,
}

/// The part of the answer that leaves: under [`Mode::Values`] the plan's fields of the rows in its range, under the
/// other modes the part without any data.
#[must_use]
pub fn pick(plan: &Plan, fetch: &Fetch, got: Fetched) -> Part {
    pick_leaving(plan, fetch, got, &|_| None)
}

/// The part that leaves, and the rows for use inside.
///
/// Not READY: `exchange.no_data` (the department has nothing of the firm, or nothing at all), `exchange.stale` (older
/// than the purpose allows), `exchange.beyond_range` (a state later than the consent's range), `exchange.bad_rows` (rows
/// of another shape: another schema or department, other columns, a cell of another kind), the source's own code.
///
/// READY without rows is *known-empty* only if the department says so ([`Absent::Nothing`]) and its data cover the range
/// from its beginning up to the date that they are of.
///
/// A natural person's rows need [`pick_marked`]; here they are denied as another's.
#[must_use]
pub fn pick_inside(plan: &Plan, fetch: &Fetch, got: Fetched) -> (Part, Inside) {
    pick_marked(plan, fetch, got, &|_| None)
}

/// The mark of the person whose digest a department holds, made as the signer's was; none where none can be made.
pub type Mark<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The same, where rows may be a natural person's: only those of the person who consented are taken, and a source that has
/// rows of others alone is DENIED with `exchange.another_person`. So a consent ends with its signer's office.
#[must_use]
pub fn pick_marked(plan: &Plan, fetch: &Fetch, got: Fetched, mark: Mark<'_>) -> (Part, Inside) {
    let (mut part, rows) = picked(plan, fetch, got, mark);
    if plan.mode == Mode::Values {
        part.data.clone_from(&rows);
    }
    (part, Inside { rows })
}

/// As [`pick_marked`], only the part that leaves: where nothing is used inside, no row is copied.
#[must_use]
pub fn pick_leaving(plan: &Plan, fetch: &Fetch, got: Fetched, mark: Mark<'_>) -> Part {
    let (mut part, rows) = picked(plan, fetch, got, mark);
    if plan.mode == Mode::Values {
        part.data = rows;
    }
    part
}

/// The part without its data, and the data.
fn picked(plan: &Plan, fetch: &Fetch, got: Fetched, mark: Mark<'_>) -> (Part, Rows) {
    let (rows, provenance) = match got {
        Fetched::Found(rows, provenance) => (rows, provenance),
        Fetched::Missing => return denied(fetch, faults::NO_DATA.code),
        Fetched::Unusable(code) => return denied(fetch, &code),
        Fetched::Pending => return (part(fetch, Status::Pending), Rows::default()),
        Fetched::Timeout => return (part(fetch, Status::Timeout), Rows::default()),
    };
    let resource = &fetch.resource;
    let strange = provenance.schema != resource.schema || provenance.department != resource.department;
    // Data from the future would stay fresh for as long as their date says.
    if strange || provenance.as_of > plan.today {
        return denied(fetch, faults::BAD_ROWS.code);
    }
    let Some(provenance) = fresh_enough(plan, fetch, provenance) else { return denied(fetch, faults::STALE.code) };
    if resource.period.is_none() && provenance.as_of > fetch.to {
        return denied(fetch, faults::BEYOND_RANGE.code);
    }
    let rows = match choose(fetch, rows, mark) {
        Ok(rows) => rows,
        Err(why) => return denied(fetch, why),
    };
    let mut out = part(fetch, Status::Ready);
    if rows.rows.is_empty() {
        let reaches = provenance.covers_from <= fetch.from && fetch.from <= provenance.as_of;
        let covered = resource.period.is_none() || reaches;
        out.known_empty = Some(resource.absent == Absent::Nothing && covered);
    }
    out.provenance = Some(provenance);
    (out, rows)
}

fn part(fetch: &Fetch, status: Status) -> Part {
    let resource = fetch.resource.code.clone();
    Part { resource, status, reason: None, provenance: None, known_empty: None, data: Rows::default() }
}

fn denied(fetch: &Fetch, code: &str) -> (Part, Rows) {
    (Part { reason: Some(code.to_owned()), ..part(fetch, Status::Denied) }, Rows::default())
}

/// The provenance with its own judgement of staleness, unless it is older than the purpose allows.
fn fresh_enough(plan: &Plan, fetch: &Fetch, mut provenance: Provenance) -> Option<Provenance> {
    let until = fetch.resource.fresh_until(provenance.as_of);
    let late = date::days(plan.today).saturating_sub(date::days(until)).max(0);
    provenance.stale |= late > 0;
    (!provenance.stale || (plan.stale_days > 0 && late <= i32::from(plan.stale_days))).then_some(provenance)
}

/// The plan's fields of the rows in its range; the code of the refusal if the rows are not of the resource's shape, or of
/// other persons than the one who consented. A row's date comes from the resource's period; a resource without one is a
/// state, which the caller has dated. Cells are moved, not copied.
fn choose(fetch: &Fetch, mut rows: Rows, mark: Mark<'_>) -> Result<Rows, &'static str> {
    let resource = &fetch.resource;
    let bad = faults::BAD_ROWS.code;
    if !rows.columns.iter().map(String::as_str).eq(resource.columns()) {
        return Err(bad);
    }
    let of_shape = |row: &Vec<Value>| {
        row.len() == resource.fields.len() && resource.fields.iter().zip(row).all(|(f, cell)| fits(f, cell))
    };
    if !rows.rows.iter().all(of_shape) {
        return Err(bad);
    }
    let dated = match &resource.period {
        Some(period) => Some(resource.columns().position(|c| c == period).ok_or(bad)?),
        None => None,
    };
    let day = |row: &Vec<Value>| dated.and_then(|at| row.get(at)).and_then(as_date);
    if dated.is_some() && rows.rows.iter().any(|row| day(row).is_none()) {
        return Err(bad);
    }
    if let Some(person) = &fetch.person {
        rows = own_rows(rows, person, mark).ok_or(faults::ANOTHER_PERSON.code)?;
    }
    if dated.is_some() {
        rows.rows.retain(|row| day(row).is_some_and(|day| fetch.from <= day && day <= fetch.to));
    }
    let wanted: Vec<bool> = resource.fields.iter().map(|f| names(fetch, f)).collect();
    if !wanted.iter().all(|wanted| *wanted) {
        keep(&mut rows.columns, &wanted);
        rows.rows.iter_mut().for_each(|row| keep(row, &wanted));
    }
    Ok(rows)
}

/// Keeps what is wanted, place by place.
fn keep<T>(all: &mut Vec<T>, wanted: &[bool]) {
    let mut wanted = wanted.iter();
    all.retain(|_| wanted.next().copied().unwrap_or(false));
}

/// The rows of this person; none where there are rows and all are others', or where they do not say whose they are.
fn own_rows(mut rows: Rows, person: &str, mark: Mark<'_>) -> Option<Rows> {
    if rows.rows.is_empty() {
        return Some(rows);
    }
    let at = rows.columns.iter().position(|c| c == PERSON)?;
    let is_own = |row: &Vec<Value>| {
        let whose = row.get(at).and_then(Value::as_str).and_then(mark);
        whose.is_some_and(|whose| !person.is_empty() && whose == person)
    };
    rows.rows.retain(is_own);
    (!rows.rows.is_empty()).then_some(rows)
}

fn names(fetch: &Fetch, field: &Field) -> bool {
    fetch.fields.contains(&field.name)
}

fn as_date(cell: &Value) -> Option<Date> {
    date::parse(cell.as_str()?).ok()
}

/// Whether a cell holds what its field says.
pub(crate) fn fits(field: &Field, cell: &Value) -> bool {
    match (cell, field.kind) {
        (Value::Null, _) => !field.required,
        (Value::Number(n), FieldKind::Int | FieldKind::Money | FieldKind::Rate) => n.is_i64(),
        (Value::Bool(_), FieldKind::Flag) => true,
        (Value::String(_), FieldKind::Date) => as_date(cell).is_some(),
        (Value::String(text), FieldKind::Text) => {
            let most = usize::from(field.max_len);
            // No text has more characters than bytes.
            text.len() <= most || text.chars().count() <= most
        }
        (Value::String(text), FieldKind::Uscc) => Uscc::parse(text).is_ok_and(|code| code.as_str() == text),
        (Value::String(text), FieldKind::Code) => field.codes.iter().any(|c| c.code == *text),
        _ => false,
    }
}
