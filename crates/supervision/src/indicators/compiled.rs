//! Formulas of indicators, compiled against a relation for one data date.

use std::collections::BTreeSet;
use std::sync::Arc;

use huoshui_formula::compile::{self, Params};
use huoshui_formula::{Aggregate, Expr, Node, Schema, Span, Type, Value};
use huoshui_kernel::Date;
use huoshui_kernel::date::{days, year_start};
use huoshui_kernel::fault::{Fault, Lang, Result};

use super::catalogue::Catalogue;
use super::policy::{Indicator, Population, Term};
use crate::faults;
use crate::policy::{contradiction, formula};
use crate::relations::Relation;

/// The dates that formulas may name: `:as_of` is the data date, `:year_start` the first day of its year.
pub(super) fn parameters(data_date: Option<Date>) -> Params {
    let date = |d: Option<Date>| d.map_or(Value::Null, |d| Value::Date(days(d)));
    Params::new().with("as_of", Type::Date, date(data_date)).with(
        "year_start",
        Type::Date,
        date(data_date.map(year_start)),
    )
}

pub(super) fn population(population: &Population, relation: Relation) -> Result<Expr> {
    compile::condition(&population.formula, &relation.schema()?, &parameters(None))
        .map_err(|f| formula(&population.name, &f))
}

/// The one aggregate of a term, the conditions of its populations joined to its own filter.
pub(super) fn term(
    catalogue: &Catalogue,
    indicator: &Indicator,
    term: &Term,
    at: Option<(Date, Option<&str>)>,
) -> Result<Aggregate> {
    let schema = term.relation.schema()?;
    let params = parameters(at.map(|(date, _)| date));
    let refuse = |f: &Fault| formula(&indicator.code, f);
    let query = compile::query(&term.formula, &[], None, &schema, &params).map_err(|f| refuse(&f))?;
    let single = matches!(query.outputs.as_slice(), [one] if one.expr.node == Node::AggregateRef(0));
    let (true, [aggregate]) = (single, query.aggregates.as_slice()) else {
        return Err(contradiction(
            &indicator.code,
            "公式须恰好是一个聚合，除法由 denominator 表示",
            "its formula must be just one aggregate; division is what denominator is for",
        ));
    };
    let mut aggregate = aggregate.clone();
    let mut conditions = Vec::new();
    for name in &term.population {
        if let Some(population) = catalogue.population(name) {
            let condition = compile::condition(&population.formula, &schema, &params);
            conditions.push(condition.map_err(|f| formula(name, &f))?);
        }
    }
    if let Some((_, Some(text))) = at {
        conditions.push(condition(indicator, term.relation, text, &schema, &params)?);
    }
    conditions.extend(aggregate.filter.take());
    aggregate.filter = all(conditions);
    Ok(aggregate)
}

fn condition(indicator: &Indicator, relation: Relation, text: &str, schema: &Schema, params: &Params) -> Result<Expr> {
    compile::condition(text, schema, params).map_err(|f| {
        Fault::new(&faults::WHERE)
            .with("code", &indicator.code)
            .with("relation", relation.name())
            .with("zh", f.message(Lang::Zh))
            .with("en", f.message(Lang::En))
            .field("where")
    })
}

/// The conjunction of conditions; none where there are none.
pub(super) fn all(mut conditions: Vec<Expr>) -> Option<Expr> {
    match conditions.len() {
        0 | 1 => conditions.pop(),
        _ => Some(Expr { node: Node::And(conditions), ty: Type::Bool, span: Span::default() }),
    }
}

/// The names of the columns that an aggregate reads.
pub(super) fn columns(aggregate: &Aggregate, schema: &Schema, into: &mut BTreeSet<Arc<str>>) {
    for expr in aggregate.args.iter().chain(&aggregate.filter) {
        into.extend(expr.columns().into_iter().filter_map(|i| schema.columns.get(i)).map(|c| Arc::clone(&c.name)));
    }
}
