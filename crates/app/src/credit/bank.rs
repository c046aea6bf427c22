//! A bank's own inputs: rows of its relations as a file or a request has them, and the profile that they make. They stay
//! with that bank.

use std::collections::BTreeMap;

use huoshui_credit::profile::Profile;
use huoshui_credit::relations::{Answer, Authority, Column, ColumnKind, Freshness, Relation, Source, Supply};
use huoshui_credit::rules::Rules;
use huoshui_kernel::date::{days, parse};
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

/// What a bank knows of a firm on a date; only what it gave is in it. What is older than its relation allows is missing,
/// because it is out of date.
///
/// # Errors
/// `credit.bank_inputs` for a relation that is not the bank's, a cell of another kind, a number below zero where there can be
/// none, a day that has not come.
pub fn profile(rules: &Rules, uscc: &str, date: Date, rows: &Rows) -> Result<Profile> {
    rules.profile_of(uscc, date, &supplies(rules, uscc, date, rows)?)
}

/// That the rows can be used, before anything is pulled and counted for them.
///
/// # Errors
/// As [`profile`].
pub fn check(rules: &Rules, date: Date, rows: &Rows) -> Result<()> {
    supplies(rules, "", date, rows).map(drop)
}

fn supplies(rules: &Rules, uscc: &str, date: Date, rows: &Rows) -> Result<Vec<Supply>> {
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
    Ok(supplies)
}

fn source(relation: &Relation, uscc: &str, date: Date, rows: &[BTreeMap<String, Value>]) -> Result<Source> {
    let columns: Vec<String> = relation.columns.iter().map(|c| c.name.clone()).collect();
    let row = |row: &BTreeMap<String, Value>| -> Result<Vec<Value>> {
        if let Some(stray) = row.keys().find(|k| !columns.contains(k)) {
            let name = &relation.resource;
            return Err(wrong(format!("{name} 没有列 {stray}"), format!("{name} has no column {stray}")));
        }
        relation.columns.iter().map(|c| cell(relation, c, row.get(&c.name))).collect()
    };
    let cells = rows.iter().map(row).collect::<Result<Vec<_>>>()?;
    let own = relation.rows(uscc, &columns, &cells)?;
    let mut stale = false;
    if let Some(fresh) = &relation.fresh {
        for row in rows {
            stale |= stale_on(relation, fresh, date, row.get(&fresh.column))?;
        }
    }
    Ok(Source {
        batches: Vec::new(),
        own,
        released: columns,
        as_of: date,
        covers_from: Date::MIN,
        covers_to: date,
        reference: "bank".to_owned(),
        stale,
    })
}

/// Whether a row learned on this day is too old on that date. Without its day nothing can be told of it.
fn stale_on(relation: &Relation, fresh: &Freshness, date: Date, learned: Option<&Value>) -> Result<bool> {
    let (name, column) = (&relation.resource, &fresh.column);
    let place = |fault: Fault| fault.field(format!("bank_inputs.{name}.{column}"));
    let learned = learned.and_then(Value::as_str).and_then(|text| parse(text).ok()).ok_or_else(|| {
        place(wrong(format!("{name} 没有日期 {column}"), format!("a row of {name} has no date {column}")))
    })?;
    if learned > date {
        let zh = format!("{name} 的 {column} 为 {learned}，晚于决定日期 {date}");
        return Err(place(wrong(zh, format!("{column} of {name} is {learned}, later than the decision's day {date}"))));
    }
    Ok(days(date).saturating_sub(days(learned)) > i32::from(fresh.days))
}

fn cell(relation: &Relation, column: &Column, value: Option<&Value>) -> Result<Value> {
    let name = &column.name;
    let place = || format!("bank_inputs.{}.{name}", relation.resource);
    // What kind it should be, and never the cell.
    let unread = |zh: &str, en: &str| {
        let resource = &relation.resource;
        wrong(format!("{resource} 的 {name} 不是{zh}"), format!("{name} of {resource} is not {en}")).field(place())
    };
    let cell: Value = match (column.kind, value) {
        (_, None) => Value::Null,
        (ColumnKind::Money, Some(Value::String(text))) => {
            Fen::parse_yuan(text).map_err(|_| unread("金额", "an amount of money"))?.0.into()
        }
        (ColumnKind::Rate, Some(Value::String(text))) => {
            Ppm::parse_percent(text).map_err(|_| unread("利率", "a rate"))?.0.into()
        }
        (_, Some(value)) => value.clone(),
    };
    if !column.negative && cell.as_i64().is_some_and(|n| n < 0) {
        let resource = &relation.resource;
        let zh = format!("{resource} 的 {name} 为负数");
        return Err(wrong(zh, format!("{name} of {resource} is below zero")).field(place()));
    }
    Ok(cell)
}

fn wrong(zh: String, en: String) -> Fault {
    Fault::new(&faults::BANK).with("zh", zh).with("en", en).field("bank-inputs")
}
