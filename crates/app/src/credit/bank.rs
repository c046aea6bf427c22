//! A bank's own inputs: rows of its relations as a file or a request has them, and the profile that they make. They stay
//! with that bank.

use std::collections::BTreeMap;

use huoshui_credit::profile::Profile;
use huoshui_credit::relations::{Answer, Authority, ColumnKind, Relation, Source, Supply};
use huoshui_credit::rules::Rules;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Fen, Ppm};
use serde_json::Value;

use super::faults;

/// Rows by relation; cells by column: money as fen or as text such as `100万元`, rates as ppm or as `3.45%`, dates as
/// `2025-09-30`, codes as text. A column that is left out is empty.
pub type Rows = BTreeMap<String, Vec<BTreeMap<String, Value>>>;

/// Rows of one relation at most.
const MOST: usize = 200;

/// Reads rows from a TOML file with a table for each row: `[[bank_need]]`.
///
/// # Errors
/// `credit.bank_inputs`.
pub fn read(text: &str) -> Result<Rows> {
    toml::from_str(text).map_err(|e| {
        let detail = e.to_string();
        Fault::new(&faults::BANK).with("zh", &detail).with("en", &detail).field("bank-inputs")
    })
}

/// What a bank knows of a firm on a date; only what it gave is in it.
///
/// # Errors
/// `credit.bank_inputs` for a relation that is not the bank's, or a cell of another kind.
pub fn profile(rules: &Rules, uscc: &str, date: Date, rows: &Rows) -> Result<Profile> {
    let mut supplies = Vec::new();
    for (name, rows) in rows {
        let known = || rules.relations().iter().filter(|r| r.authority == Authority::Bank);
        let relation = known().find(|r| r.resource == *name).ok_or_else(|| {
            let all: Vec<&str> = known().map(|r| r.resource.as_str()).collect();
            let all = all.join(", ");
            wrong(format!("没有银行数据 {name}，可用：{all}"), format!("there is no {name} among {all}"))
        })?;
        if rows.len() > MOST {
            return Err(wrong(format!("{name} 超过 {MOST} 行"), format!("over {MOST} rows of {name}")));
        }
        supplies.push(Supply { resource: name.clone(), answer: Answer::Ready(source(relation, uscc, date, rows)?) });
    }
    rules.profile_of(uscc, date, &supplies)
}

fn source(relation: &Relation, uscc: &str, date: Date, rows: &[BTreeMap<String, Value>]) -> Result<Source> {
    let columns: Vec<String> = relation.columns.iter().map(|c| c.name.clone()).collect();
    let row = |row: &BTreeMap<String, Value>| -> Result<Vec<Value>> {
        if let Some(stray) = row.keys().find(|k| !columns.contains(k)) {
            let name = &relation.resource;
            return Err(wrong(format!("{name} 没有列 {stray}"), format!("{name} has no column {stray}")));
        }
        relation.columns.iter().map(|c| cell(&c.name, c.kind, row.get(&c.name))).collect()
    };
    let rows = rows.iter().map(row).collect::<Result<Vec<_>>>()?;
    Ok(Source {
        batches: Vec::new(),
        own: relation.rows(uscc, &columns, &rows)?,
        released: columns,
        as_of: date,
        covers_from: Date::MIN,
        covers_to: date,
        reference: "bank".to_owned(),
        stale: false,
    })
}

fn cell(name: &str, kind: ColumnKind, value: Option<&Value>) -> Result<Value> {
    Ok(match (kind, value) {
        (_, None) => Value::Null,
        (ColumnKind::Money, Some(Value::String(text))) => {
            Fen::parse_yuan(text).map_err(|fault| fault.field(name.to_owned()))?.0.into()
        }
        (ColumnKind::Rate, Some(Value::String(text))) => {
            Ppm::parse_percent(text).map_err(|fault| fault.field(name.to_owned()))?.0.into()
        }
        (_, Some(value)) => value.clone(),
    })
}

fn wrong(zh: String, en: String) -> Fault {
    Fault::new(&faults::BANK).with("zh", zh).with("en", en).field("bank-inputs")
}
