//! Holds an answer against the question: nothing is handed on that was not asked for or that the catalogue does not allow.

use std::cmp::Ordering;

use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Fault, Uscc, date};
use serde_json::Value;

use crate::ask::{Answer, Ask, Column, Kind, Resource, Served};
use crate::faults;
use crate::wire::{Records, Schema, WireColumn, is_code};

/// Who was asked, and how much may come.
pub(crate) struct Expected<'a> {
    pub department: &'a str,
    pub max_rows: usize,
}

/// Checks an answer and makes it ours.
pub(crate) fn records(expected: &Expected<'_>, ask: &Ask, got: Records, now: i64) -> Result<Answer> {
    let resource = &*ask.resource;
    identity(expected, resource, &got.department, &got.resource, got.schema, &got.columns.0)?;
    if got.uscc != ask.uscc.as_str() {
        return Err(Fault::new(&faults::OTHER_FIRM));
    }
    let as_of = plain_date(&got.as_of).filter(|d| *d <= ask.today).ok_or_else(|| dates("as_of"))?;
    let covers_from = plain_date(&got.covers_from).filter(|d| *d <= as_of).ok_or_else(|| dates("covers_from"))?;
    if got.rows.len() > expected.max_rows {
        return Err(Fault::new(&faults::TOO_MANY_ROWS).with("limit", expected.max_rows));
    }
    if !got.known && !got.rows.is_empty() {
        return Err(Fault::new(&faults::CONTRADICTION));
    }
    let mut rows: Vec<Vec<Value>> = Vec::with_capacity(got.rows.len());
    for (number, row) in (1..).zip(got.rows) {
        if row.0.len() != resource.columns.len() {
            return Err(Fault::new(&faults::NOT_PROTOCOL).with("line", 1).with("place", 1).row(number));
        }
        for (column, cell) in resource.columns.iter().zip(&row.0) {
            if !holds(column, cell) {
                let fault = Fault::new(&faults::CELL).with("column", &column.name);
                return Err(fault.field(column.name.clone()).row(number));
            }
        }
        in_range(ask, &row.0).map_err(|f| f.row(number))?;
        rows.push(row.0);
    }
    by_key(resource, &mut rows)?;
    Ok(Answer {
        department: got.department,
        schema: got.schema,
        as_of,
        covers_from,
        fetched_at: now,
        served: Served::Live,
        known: got.known,
        columns: resource.columns.iter().map(|c| c.name.clone()).collect(),
        rows,
    })
}

/// Checks a schema.
pub(crate) fn schema(expected: &Expected<'_>, resource: &Resource, got: &Schema) -> Result<()> {
    identity(expected, resource, &got.department, &got.resource, got.schema, &got.columns.0)
}

fn identity(
    expected: &Expected<'_>,
    resource: &Resource,
    department: &str,
    code: &str,
    schema: u32,
    columns: &[WireColumn],
) -> Result<()> {
    if department != expected.department {
        return Err(Fault::new(&faults::WRONG_DEPARTMENT));
    }
    if code != resource.code {
        return Err(Fault::new(&faults::WRONG_RESOURCE));
    }
    if schema != resource.schema {
        return Err(Fault::new(&faults::SCHEMA_VERSION).with("found", schema).with("expected", resource.schema));
    }
    drift(&resource.columns, columns)
}

/// The columns must be those asked for, in that order.
fn drift(expected: &[Column], got: &[WireColumn]) -> Result<()> {
    let same = |(e, g): (&Column, &WireColumn)| e.name == g.name && e.kind.name() == g.kind;
    if expected.len() == got.len() && expected.iter().zip(got).all(same) {
        return Ok(());
    }
    let twin = |e: &Column| got.iter().find(|g| g.name == e.name);
    let missing = list(expected.iter().filter(|e| twin(e).is_none()).map(|e| e.name.as_str()));
    let extra = list(
        got.iter()
            .filter(|g| !expected.iter().any(|e| e.name == g.name))
            // A name that is no code could be any text; it is counted, not repeated.
            .map(|g| if is_code(&g.name) { g.name.as_str() } else { "?" }),
    );
    let retyped =
        list(expected.iter().filter(|e| twin(e).is_some_and(|g| g.kind != e.kind.name())).map(|e| e.name.as_str()));
    let moved = expected.iter().zip(got).filter(|(e, g)| e.name != g.name && twin(e).is_some());
    let reordered = list(moved.map(|(e, _)| e.name.as_str()));
    let fault = Fault::new(&faults::DRIFT).with("missing", missing).with("extra", extra);
    Err(fault.with("retyped", retyped).with("reordered", reordered))
}

/// At most ten names, so that a message stays one.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.as_slice() {
        [] => "–".to_owned(),
        names if names.len() <= 10 => names.join(", "),
        names => format!("{}…（{}）", names.iter().take(10).copied().collect::<Vec<_>>().join(", "), names.len()),
    }
}

fn dates(field: &'static str) -> Fault {
    Fault::new(&faults::DATES).with("field", field).field(field)
}

/// A date in the one form that the protocol has.
fn plain_date(text: &str) -> Option<Date> {
    date::parse(text).ok().filter(|d| d.to_string() == text)
}

/// Whether a cell is what its column holds.
fn holds(column: &Column, cell: &Value) -> bool {
    match (column.kind, cell) {
        (_, Value::Null) => !column.required,
        (Kind::Int | Kind::Money | Kind::Rate, Value::Number(n)) => n.is_i64(),
        (Kind::Flag, Value::Bool(_)) => true,
        (Kind::Date, Value::String(text)) => plain_date(text).is_some(),
        (Kind::Uscc, Value::String(text)) => Uscc::parse(text).is_ok_and(|u| u.as_str() == text),
        (Kind::Code, Value::String(text)) => column.codes.contains(text),
        (Kind::Text, Value::String(text)) => {
            !text.is_empty() && !text.chars().any(char::is_control) && text.chars().count() <= column.max_len
        }
        _ => false,
    }
}

/// A dated row lies within the range asked for and not after today.
fn in_range(ask: &Ask, row: &[Value]) -> Result<()> {
    let Some(period) = &ask.resource.period else { return Ok(()) };
    let Some(at) = ask.resource.columns.iter().position(|c| c.name == *period) else { return Ok(()) };
    let Some(day) = row.get(at).and_then(Value::as_str).and_then(plain_date) else { return Ok(()) };
    if day > ask.today {
        return Err(Fault::new(&faults::DATES).with("field", period).field(period.clone()));
    }
    if ask.from.is_some_and(|from| day < from) || ask.to.is_some_and(|to| day > to) {
        return Err(Fault::new(&faults::OUTSIDE_RANGE));
    }
    Ok(())
}

/// Orders rows by their key; two of one key are refused. A key of which columns were not asked for cannot be judged.
fn by_key(resource: &Resource, rows: &mut [Vec<Value>]) -> Result<()> {
    let places: Option<Vec<usize>> =
        resource.key.iter().map(|k| resource.columns.iter().position(|c| c.name == *k)).collect();
    let Some(places) = places else { return Ok(()) };
    let compare = |a: &Vec<Value>, b: &Vec<Value>| {
        places.iter().map(|at| cells(a.get(*at), b.get(*at))).find(|o| *o != Ordering::Equal).unwrap_or(Ordering::Equal)
    };
    rows.sort_by(compare);
    let twice = rows.windows(2).any(|pair| matches!(pair, [a, b] if compare(a, b) == Ordering::Equal));
    if twice { Err(Fault::new(&faults::DUPLICATE_ROW)) } else { Ok(()) }
}

fn cells(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::String(a)), Some(Value::String(b))) => a.cmp(b),
        (Some(Value::Number(a)), Some(Value::Number(b))) => a.as_i64().cmp(&b.as_i64()),
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a.cmp(b),
        // Null first; other pairs do not meet in one checked column.
        (a, b) => a.is_some_and(|v| !v.is_null()).cmp(&b.is_some_and(|v| !v.is_null())),
    }
}
