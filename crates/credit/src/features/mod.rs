//! Features: numbers about one enterprise. A first-level feature is an aggregate over one relation, grouped by
//! enterprise; a second-level one is a formula over the first level. One that reads a missing value is missing: no
//! construct of a formula sees a missing value, so none can hide it.

use std::sync::{Arc, Mutex, PoisonError};

use huoshui_formula::row::Selection;
use huoshui_formula::{Aggregate, Expr, Node, Query, Schema, compile};
use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use crate::policy::{entry, entry_fault, formula, formula_fault};
use crate::relations::{Relation, USCC};
use crate::value::{CodeName, Field, Kind, Texts};

mod city;
mod derived;
mod one;
mod plan;

pub(crate) use city::city;
pub(crate) use derived::Derived;
pub(crate) use one::one;

/// The five themes of a profile, in the order of the radar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// What the firm is: age, capital, premises, standing.
    Basis,
    /// What it does: revenue, energy, wages, trade.
    Operation,
    /// What it invents.
    Innovation,
    /// How it keeps the rules and its word.
    Compliance,
    /// Where it is going.
    Growth,
}

impl Theme {
    /// All, in order.
    pub const ALL: [Self; 5] = [Self::Basis, Self::Operation, Self::Innovation, Self::Compliance, Self::Growth];

    /// Its names.
    #[must_use]
    pub fn name(self) -> Texts {
        let (zh, en) = match self {
            Self::Basis => ("基础", "Basis"),
            Self::Operation => ("经营", "Operation"),
            Self::Innovation => ("创新", "Innovation"),
            Self::Compliance => ("合规", "Compliance"),
            Self::Growth => ("成长", "Growth"),
        };
        Texts { zh: zh.to_owned(), en: en.to_owned() }
    }
}

/// A feature as its file has it; `policies/features/README.md` explains the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Feature {
    pub code: String,
    pub version: u32,
    pub effective_from: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    pub zh: String,
    pub en: String,
    pub theme: Theme,
    /// The relation of a first-level feature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    pub formula: String,
    /// Over the same relation: where it is not TRUE, periods are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enough: Option<String>,
    pub kind: Kind,
    #[serde(default)]
    pub unit: Texts,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<CodeName>,
    /// Months before the last period that the data must cover.
    #[serde(default)]
    pub window: u16,
    /// Whether values below zero make sense: a growth rate, a balance that may be overdrawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub negative: bool,
    /// The most that a firm can have, a literal of the kind: a count of months out of twelve, a share of a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<String>,
    /// The value where known rows give NULL; without it that is missing too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty: Option<String>,
    /// What it means that it is missing.
    pub missing: Texts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radar: Option<Radar>,
}
entry!(Feature, "feature");

/// How a feature counts in its theme: `scores[i]` for values from `at[i-1]` up to below `at[i]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Radar {
    /// Ascending edges, literals of the feature's kind.
    pub at: Vec<String>,
    /// One more than edges, 0 to 100.
    pub scores: Vec<u8>,
}

/// A feature checked and compiled as far as no date is needed.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The entry.
    pub feature: Feature,
    /// As formulas see it.
    pub field: Field,
    /// The relation's place, for the first level.
    pub(crate) relation: Option<usize>,
    /// Columns that it reads, `uscc` left out.
    pub(crate) reads: Vec<String>,
    /// Those of them that must be filled.
    pub(crate) filled: Vec<String>,
    /// For the second level: the features that it reads and its formula over all first-level fields.
    pub(crate) second: Option<(Vec<usize>, Expr)>,
    pub(crate) empty: Option<i64>,
    /// Edges as lanes.
    pub(crate) radar: Option<(Vec<i64>, Vec<u8>)>,
    ready: Ready,
}

/// Queries made ready already, by the two dates that their parameters hang on: to compile one costs far more than to run it
/// over a firm's rows, and the profiles of a day share it.
#[derive(Clone, Debug, Default)]
struct Ready(Arc<Mutex<Vec<(Dates, Arc<Selection>)>>>);

/// The date of a profile, and that of the source's rows.
type Dates = (Date, Date);

/// Pairs of dates for which a query is kept.
const READY: usize = 8;

impl Compiled {
    /// The feature's own query ([`query`]) for these dates, ready to run.
    pub(crate) fn query(&self, relation: &Relation, as_of: Date, known_to: Date) -> Result<Arc<Selection>> {
        let dates = (as_of, known_to);
        let kept = || self.ready.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().iter().find(|(of, _)| *of == dates).map(|(_, query)| Arc::clone(query));
        if let Some(known) = known {
            return Ok(known);
        }
        let made = Arc::new(Selection::new(&query(self, relation, as_of, known_to)?)?);
        let mut kept = kept();
        if kept.len() >= READY {
            kept.remove(0);
        }
        kept.push((dates, Arc::clone(&made)));
        Ok(made)
    }
}

/// Checks features against their relations.
pub(crate) fn compiled(features: &[Feature], relations: &[Relation]) -> Result<Vec<Compiled>> {
    let fields = features.iter().map(field).collect::<Result<Vec<Field>>>()?;
    let schema = Schema::new(fields.iter().map(|f| (&*f.code, f.kind.ty())))?;
    let mut all = Vec::with_capacity(features.len());
    for (feature, field) in features.iter().zip(&fields) {
        let mut one = Compiled {
            feature: feature.clone(),
            field: field.clone(),
            relation: None,
            reads: Vec::new(),
            filled: Vec::new(),
            second: None,
            empty: feature.empty.as_deref().map(|t| field.parse(t)).transpose()?,
            radar: feature.radar.as_ref().map(|r| radar(&feature.code, r, field)).transpose()?,
            ready: Ready::default(),
        };
        if (field.kind == Kind::Code) == field.codes.is_empty() {
            return Err(entry_fault(&feature.code, "codes 与 kind 不符", "codes and kind do not fit"));
        }
        match &feature.relation {
            Some(name) => first(&mut one, name, relations)?,
            None => {
                if feature.enough.is_some() || feature.window != 0 {
                    return Err(entry_fault(
                        &feature.code,
                        "没有 relation 的特征不能有 enough 或 window",
                        "a feature without a relation takes neither enough nor window",
                    ));
                }
                let expr = formula(&feature.code, &feature.formula, field.kind.ty(), &schema)?;
                let reads = expr.columns();
                let second = |i: &usize| features.get(*i).is_none_or(|f| f.relation.is_none());
                if reads.is_empty() || reads.iter().any(second) {
                    return Err(entry_fault(
                        &feature.code,
                        "第二级特征只能读第一级特征",
                        "a second-level feature reads first-level ones, and only them",
                    ));
                }
                one.second = Some((reads, expr));
            }
        }
        all.push(one);
    }
    Ok(all)
}

fn field(feature: &Feature) -> Result<Field> {
    let field = Field {
        code: feature.code.as_str().into(),
        name: Texts { zh: feature.zh.clone(), en: feature.en.clone() },
        kind: feature.kind,
        unit: feature.unit.clone(),
        codes: feature.codes.clone(),
        negative: feature.negative,
        most: None,
    };
    let most = feature.most.as_deref().map(|text| field.parse(text)).transpose()?;
    if most.is_some_and(|most| most < 0 || matches!(field.kind, Kind::Flag | Kind::Code)) {
        return Err(entry_fault(
            &feature.code,
            "most 只用于数值，且不小于零",
            "most is for numbers, and not less than nothing",
        ));
    }
    Ok(Field { most, ..field })
}

fn radar(code: &str, radar: &Radar, field: &Field) -> Result<(Vec<i64>, Vec<u8>)> {
    let at = radar.at.iter().map(|t| field.parse(t)).collect::<Result<Vec<_>>>()?;
    let ascending = at.windows(2).all(|w| matches!(w, [a, b] if a < b));
    if !ascending || radar.scores.len() != at.len() + 1 || radar.scores.iter().any(|s| *s > 100) {
        return Err(entry_fault(
            code,
            "radar 的分界须递增，分数比分界多一个，且在 0 至 100",
            "radar needs ascending edges and one more score than edges, each from 0 to 100",
        ));
    }
    Ok((at, radar.scores.clone()))
}

fn first(one: &mut Compiled, name: &str, relations: &[Relation]) -> Result<()> {
    let code = one.feature.code.clone();
    let found = relations.iter().enumerate().find(|(_, r)| r.resource == name);
    let Some((at, relation)) = found else {
        return Err(entry_fault(&code, format!("没有关系 {name}"), format!("there is no relation {name}")));
    };
    one.relation = Some(at);
    // Any date will do: only types are looked at here.
    let query = query(one, relation, Date::constant(2025, 9, 30), Date::constant(2025, 9, 30))?;
    let [value, enough @ ..] = query.outputs.as_slice() else { return Ok(()) };
    if value.expr.ty != one.field.kind.ty() || enough.iter().any(|e| e.expr.ty != huoshui_formula::Type::Bool) {
        return Err(entry_fault(
            &code,
            format!("公式给出 {}，与 kind 不符", value.expr.ty.name()),
            format!("the formula gives a {}, which is not its kind", value.expr.ty.name()),
        ));
    }
    let mut reads = Vec::new();
    for aggregate in &query.aggregates {
        let args = aggregate.args.iter().flat_map(Expr::columns);
        if args.clone().any(|i| optional(relation, i)) {
            return Err(entry_fault(
                &code,
                "聚合的列须为必填列：空值会被悄悄略去",
                "an aggregate must be over columns that are always filled: empty cells would be left out silently",
            ));
        }
        if risky(aggregate) {
            return Err(entry_fault(
                &code,
                "聚合内部不能对列做算术，请在聚合之外计算",
                "no arithmetic on columns inside an aggregate: compute outside of it",
            ));
        }
        reads.extend(args.chain(aggregate.filter.iter().flat_map(Expr::columns)));
    }
    reads.sort_unstable();
    reads.dedup();
    let columns = |i: &usize| i.checked_sub(1).and_then(|i| relation.columns.get(i));
    one.reads = reads.iter().filter_map(columns).map(|c| c.name.clone()).collect();
    one.filled = reads.iter().filter_map(columns).filter(|c| !c.optional).map(|c| c.name.clone()).collect();
    Ok(())
}

fn optional(relation: &Relation, column: usize) -> bool {
    column.checked_sub(1).and_then(|i| relation.columns.get(i)).is_some_and(|c| c.optional)
}

/// Whether a row could make the aggregate fail: one absurd cell of one firm must never stop the whole city.
fn risky(aggregate: &Aggregate) -> bool {
    let moves = |e: &Expr| {
        let arithmetic = matches!(
            e.node,
            Node::Neg(_)
                | Node::Arith(..)
                | Node::Abs(_)
                | Node::Round { .. }
                | Node::AddDays(..)
                | Node::AddMonths(..)
        );
        arithmetic && !e.columns().is_empty()
    };
    aggregate.args.iter().chain(&aggregate.filter).any(|e| e.any(&moves))
}

/// The feature's own query without keys: its value, then `enough` if it has one.
pub(crate) fn query(one: &Compiled, relation: &Relation, as_of: Date, known_to: Date) -> Result<Query> {
    let mut select = format!("({}) AS value", one.feature.formula);
    if let Some(enough) = &one.feature.enough {
        select = format!("{select}, ({enough}) AS enough");
    }
    let schema = relation.schema()?;
    let params = relation.params(as_of, known_to);
    let query =
        compile::query(&select, &[], None, &schema, &params).map_err(|f| formula_fault(&one.feature.code, &f))?;
    if query.grouped {
        return Ok(query);
    }
    Err(entry_fault(&one.feature.code, "第一级特征须为聚合", "a first-level feature must be an aggregate"))
}

/// The key of a grouped pass.
pub(crate) fn by_firm() -> [String; 1] {
    [USCC.to_owned()]
}

/// What a value of a formula is as a cell.
pub(crate) fn cell(one: &Compiled, value: &huoshui_formula::Value) -> crate::value::Cell {
    use crate::value::{Cell, Why};
    match (value, one.empty) {
        (huoshui_formula::Value::Null, Some(empty)) => Cell::Known(empty),
        (huoshui_formula::Value::Null, None) => Cell::Missing(Why::Undefined),
        (value, _) => one.field.lane(value).map_or(Cell::Missing(Why::Unusable), Cell::Known),
    }
}
