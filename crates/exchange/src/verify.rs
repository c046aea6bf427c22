//! Verification: a claimed value is held against the department's, and only match, no match or unknown leaves.
//!
//! Numbers, dates, flags and codes match exactly. Texts match after both are normalised: full-width characters become
//! half-width (so `（` is `(` and `Ａ` is `A`), Latin letters lose their case, all blanks go. Nothing else is forgiven: a
//! name with another character is another name.

use std::collections::{BTreeMap, BTreeSet};

use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, date};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::answer::{Part, Rows, Status};
use crate::catalogue::{Absent, FieldKind};
use crate::faults;
use crate::release::{Fetch, Inside, Plan, cell_fits};

/// The most claims of one pull: a bank verifies what it was given, it does not search.
pub const MAX_CLAIMS: usize = 40;

/// A claim: in the row of this key, the field has this value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The resource.
    pub resource: String,
    /// The row's key fields with their values, all of them; none for a resource with one row a firm.
    #[serde(default)]
    pub row: BTreeMap<String, Value>,
    /// The field.
    pub field: String,
    /// The claimed value: fen, parts per million, `2025-09-30`, a code, a text.
    pub value: Value,
}

/// What the department's value says to a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is the same.
    Match,
    /// It is another, or the department knows that there is no such row.
    NoMatch,
    /// The department does not say: no answer, no such row, an empty cell.
    Unknown,
}

/// A claim's verdict, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The resource.
    pub resource: String,
    /// The field.
    pub field: String,
    /// The verdict.
    pub verdict: Verdict,
}

/// Checks that claims can be verified under a plan, before anything is fetched: known fields that the consent names, a
/// whole key, values of the field's kind, and no row's field claimed twice, or a few guesses would tell a value. The
/// fault is `exchange.claim` with the claim's number as its row.
pub fn check(plan: &Plan, claims: &[Claim]) -> Result<()> {
    let refuse = |row: usize, zh: &str, en: &str| {
        Err(Fault::new(&faults::CLAIM).with("zh", zh).with("en", en).row(row as u64 + 1).field("claims"))
    };
    if claims.is_empty() || claims.len() > MAX_CLAIMS {
        return refuse(0, &format!("应有1至{MAX_CLAIMS}项"), &format!("give 1 to {MAX_CLAIMS} claims"));
    }
    let mut seen = BTreeSet::new();
    for (i, claim) in claims.iter().enumerate() {
        let Some(fetch) = plan.fetch(&claim.resource) else {
            return refuse(i, "授权不包括该资源", "the consent does not name the resource");
        };
        let resource = &fetch.resource;
        let named = fetch.fields.contains(&claim.field);
        let Some(field) = resource.field(&claim.field).filter(|_| named) else {
            return refuse(i, "授权不包括该字段", "the consent does not name the field");
        };
        // A key that the consent does not name cannot be asked after either.
        let whole = claim.row.len() == resource.key.len()
            && resource.key.iter().all(|key| {
                let cell = claim.row.get(key).filter(|_| fetch.fields.contains(key));
                resource.field(key).zip(cell).is_some_and(|(f, cell)| cell_fits(f, cell))
            });
        if !whole {
            return refuse(
                i,
                "应给出该资源的全部主键字段，且须在授权之内",
                "give every key field, each named by the consent",
            );
        }
        if claim.value.is_null() || !cell_fits(field, &claim.value) {
            return refuse(i, "数值类型与字段不符", "the value is not of the field's kind");
        }
        let key: Vec<String> = claim.row.values().map(Value::to_string).collect();
        if !seen.insert((&claim.resource, key, &claim.field)) {
            return refuse(i, "同一数据只能核验一次", "one value is claimed once");
        }
    }
    Ok(())
}

/// The verdicts, in the order of the claims. `answers` holds, by resource, what
/// [`pick_inside`](crate::release::pick_inside) made of each source's answer.
#[must_use]
pub fn verdicts(plan: &Plan, claims: &[Claim], answers: &BTreeMap<String, (Part, Inside)>) -> Vec<Outcome> {
    let verdict = |claim: &Claim| {
        let fetch = plan.fetch(&claim.resource)?;
        let (part, inside) = answers.get(&claim.resource)?;
        (part.status == Status::Ready).then(|| one(fetch, claim, part, &inside.rows))
    };
    let outcome = |claim: &Claim| Outcome {
        resource: claim.resource.clone(),
        field: claim.field.clone(),
        verdict: verdict(claim).unwrap_or(Verdict::Unknown),
    };
    claims.iter().map(outcome).collect()
}

fn one(fetch: &Fetch, claim: &Claim, part: &Part, rows: &Rows) -> Verdict {
    let resource = &fetch.resource;
    let cell = |row: &[Value], name: &str| {
        let at = rows.columns.iter().position(|c| c == name);
        at.and_then(|i| row.get(i).cloned()).unwrap_or(Value::Null)
    };
    let same = |name: &str, a: &Value, b: &Value| match resource.field(name).map(|f| f.kind) {
        Some(FieldKind::Text) => a.as_str().map(normal) == b.as_str().map(normal),
        _ => a == b,
    };
    let is_row = |row: &&Vec<Value>| {
        resource.key.iter().all(|key| claim.row.get(key).is_some_and(|value| same(key, value, &cell(row, key))))
    };
    match rows.rows.iter().find(is_row).map(|row| cell(row, &claim.field)) {
        Some(Value::Null) => Verdict::Unknown,
        Some(value) if same(&claim.field, &claim.value, &value) => Verdict::Match,
        Some(_) => Verdict::NoMatch,
        None if knows_of_none(fetch, claim, part) => Verdict::NoMatch,
        None => Verdict::Unknown,
    }
}

/// Whether a row that was not found is known not to be there: the department knows every row of a covered firm, and the
/// row's date lies in what was fetched and in what the department's data cover. Where the key does not date the row, it
/// may lie outside the range, and nothing is known.
fn knows_of_none(fetch: &Fetch, claim: &Claim, part: &Part) -> bool {
    let covered = |day: Date| {
        let by_data = part.provenance.as_ref().is_some_and(|p| p.covers_from <= day && day <= p.as_of);
        by_data && fetch.from <= day && day <= fetch.to
    };
    let dated = |period: &String| {
        let day = claim.row.get(period).and_then(Value::as_str).and_then(|text| date::parse(text).ok());
        day.is_some_and(covered)
    };
    fetch.resource.absent == Absent::Nothing && fetch.resource.period.as_ref().is_none_or(dated)
}

/// A text as it is compared.
#[must_use]
pub fn normal(text: &str) -> String {
    text.chars().map(half_width).filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// Full-width forms of ASCII, and the full-width blank, as their half-width ones.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c),
        _ => c,
    }
}
