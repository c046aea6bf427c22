//! The answers of the protocol, honest or drifting.

use huoshui_exchange::catalogue::{Absent, FieldKind, Resource};
use huoshui_kernel::{Date, Uscc, date};
use serde_json::{Value, json};

use crate::misbehaviour::{Drift, Misbehaviour};
use crate::stock::Held;

/// How far behind late data are, and how far ahead those of the future, days.
const LATE: i32 = 400;

/// A question.
pub(crate) struct Question {
    pub firm: Uscc,
    pub from: Option<Date>,
    pub to: Option<Date>,
    /// Places of the fields asked for, in the order asked.
    pub fields: Vec<usize>,
}

/// A field's kind by its name in the protocol.
fn kind(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Int => "int",
        FieldKind::Money => "money",
        FieldKind::Rate => "rate",
        FieldKind::Date => "date",
        FieldKind::Flag => "flag",
        FieldKind::Uscc => "uscc",
        FieldKind::Code => "code",
    }
}

fn columns(resource: &Resource, fields: impl Iterator<Item = usize>) -> Vec<Value> {
    let fields = fields.filter_map(|at| resource.fields.get(at));
    fields.map(|f| json!({"name": f.name, "kind": kind(f.kind)})).collect()
}

/// `schema`.
pub(crate) fn schema(held: &Held, misbehaviour: &Misbehaviour) -> Value {
    let resource = &held.resource;
    let mut answer = json!({
        "department": resource.department,
        "resource": resource.code,
        "schema": resource.schema,
        "columns": columns(resource, 0..resource.fields.len()),
    });
    drift(&mut answer, misbehaviour);
    answer
}

/// `records`.
pub(crate) fn records(held: &Held, question: &Question, misbehaviour: &Misbehaviour) -> Value {
    let resource = &held.resource;
    let all = held.of(&question.firm);
    let known = !all.is_empty() || resource.absent == Absent::Nothing;
    let as_of = match misbehaviour {
        Misbehaviour::LateData => shifted(held.as_of, -LATE),
        // Later than any caller's today, whatever the files' dates are.
        Misbehaviour::Future => date::from_days(200_000).unwrap_or(held.as_of),
        _ => held.as_of,
    };
    // Late data know nothing of what came after them.
    let to = Some(question.to.map_or(as_of, |to| to.min(as_of)));
    let period = resource.period.as_deref().and_then(|p| resource.columns().position(|c| c == p));
    let inside = |row: &Vec<Value>| {
        let day = period.and_then(|at| row.get(at)).and_then(Value::as_str).and_then(|d| d.parse::<Date>().ok());
        day.is_none_or(|day| question.from.is_none_or(|from| day >= from) && to.is_none_or(|to| day <= to))
    };
    let pick = |row: Vec<Value>| -> Value {
        question.fields.iter().map(|at| row.get(*at).cloned().unwrap_or(Value::Null)).collect()
    };
    let rows: Vec<Value> = all.into_iter().filter(inside).map(pick).collect();
    let mut answer = json!({
        "department": resource.department,
        "resource": resource.code,
        "schema": resource.schema,
        "uscc": firm(&question.firm, misbehaviour).as_str(),
        "as_of": as_of.to_string(),
        "covers_from": held.covers_from.min(as_of).to_string(),
        "columns": columns(resource, question.fields.iter().copied()),
        "rows": rows,
        "known": known,
    });
    drift(&mut answer, misbehaviour);
    answer
}

fn shifted(day: Date, by: i32) -> Date {
    date::from_days(date::days(day).saturating_add(by)).unwrap_or(day)
}

fn firm(asked: &Uscc, misbehaviour: &Misbehaviour) -> Uscc {
    if *misbehaviour != Misbehaviour::OtherFirm {
        return *asked;
    }
    let others = ["MA00000X", "MA00001X"].map(|o| Uscc::compose("91", "310000", o));
    others.into_iter().flatten().find(|o| o != asked).unwrap_or(*asked)
}

/// Changes an answer as a department's schema may drift.
fn drift(answer: &mut Value, misbehaviour: &Misbehaviour) {
    let Misbehaviour::Drift(drift) = misbehaviour else { return };
    if *drift == Drift::Version {
        if let Some(version) = answer.get_mut("schema") {
            *version = json!(version.as_u64().unwrap_or_default() + 1);
        }
        return;
    }
    let (mut dropped, mut added) = (false, false);
    if let Some(columns) = answer.get_mut("columns").and_then(Value::as_array_mut) {
        let last = columns.last_mut();
        match (drift, last) {
            (Drift::Renamed, Some(last)) => {
                let name = last.get("name").and_then(Value::as_str).unwrap_or_default();
                *last = json!({"name": format!("{name}_new"), "kind": last.get("kind")});
            }
            (Drift::Retyped, Some(last)) => {
                let other = if last.get("kind") == Some(&json!("text")) { "int" } else { "text" };
                *last = json!({"name": last.get("name"), "kind": other});
            }
            (Drift::Missing, _) => dropped = columns.pop().is_some(),
            (Drift::Extra, _) => {
                columns.push(json!({"name": "added_column", "kind": "int"}));
                added = true;
            }
            _ => {}
        }
    }
    for row in answer.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(cells) = row.as_array_mut() {
            if dropped {
                cells.pop();
            }
            if added {
                cells.push(json!(0));
            }
        }
    }
}
