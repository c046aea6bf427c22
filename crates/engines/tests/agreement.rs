//! Four executors, one meaning: row, columns, SQLite and PostgreSQL give the same values and the same errors.
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::compare::Harness;
use common::operators::{Case, aggregate_cases, col, scalar_cases};
use common::random::expression;
use common::table::{Table, classes};
use common::{Dice, TYPES, expr};
use huoshui_formula::ir::{Aggregate, AggregateFn, Output};
use huoshui_formula::{Expr, Node, Query, Type};
use huoshui_testkit::Postgres;

fn harness() -> Harness {
    Harness::new(&Postgres::shared().unwrap().fresh_database().unwrap())
}

fn agreed(harness: &Harness) {
    let some: Vec<_> = harness.differences.iter().take(12).cloned().collect();
    assert!(some.is_empty(), "{} differences:\n{}", harness.differences.len(), some.join("\n"));
}

/// Every class of every operand came up beside the operator at least as often as asked.
fn covered(harness: &Harness, table: &Table, label: &str, operands: &[usize]) {
    for column in operands {
        for class in classes(table.schema.columns[*column].ty) {
            let times = harness.coverage.0.get(&(label.to_owned(), *column, *class)).copied().unwrap_or(0);
            assert!(times >= harness.enough, "{label}: operand {column} was {class} only {times} times");
        }
    }
}

#[test]
fn every_operator_on_every_type_with_nulls_and_boundaries() {
    let table = Table::random(1_400, 1);
    let cases = scalar_cases();
    let mut harness = harness();
    harness.scalars(&table, &cases);
    agreed(&harness);
    for case in &cases {
        covered(&harness, &table, &case.label, &case.expr.columns());
    }
    eprintln!("{} operators, {} comparisons, {} refusals", cases.len(), harness.compared, harness.refused);
}

#[test]
fn every_aggregate_on_every_type_with_nulls_and_boundaries() {
    let table = Table::random(1_600, 2);
    let cases = aggregate_cases();
    let mut harness = harness();
    harness.aggregates(&table, &cases);
    agreed(&harness);
    for (label, aggregate) in &cases {
        let operands: Vec<usize> = aggregate.args.iter().chain(&aggregate.filter).flat_map(Expr::columns).collect();
        covered(&harness, &table, label, &operands);
    }
    eprintln!("{} aggregates, {} comparisons, {} refusals", cases.len(), harness.compared, harness.refused);
}

#[test]
fn groups_come_in_order_with_nulls_last() {
    let table = Table::random(300, 3);
    let count = Aggregate { func: AggregateFn::Count, args: Vec::new(), filter: None, ty: Type::Int };
    let key = |i: usize, ty| Output { name: format!("k{i}").into(), expr: expr(Node::GroupKey(i), ty) };
    let mut queries = Vec::new();
    for a in TYPES {
        for b in TYPES {
            let query = Query {
                schema: table.schema.clone(),
                grouped: true,
                keys: vec![col(a, 0), col(b, 1)],
                filter: Some(col(Type::Bool, 2)),
                aggregates: vec![count.clone()],
                outputs: vec![
                    key(0, a),
                    key(1, b),
                    Output { name: "n".into(), expr: expr(Node::AggregateRef(0), Type::Int) },
                ],
            };
            queries.push((format!("by {} and {}", a.name(), b.name()), query));
        }
    }
    let nothing = Query {
        schema: table.schema.clone(),
        grouped: true,
        filter: Some(expr(Node::Const(huoshui_formula::Value::Bool(false)), Type::Bool)),
        aggregates: aggregate_cases().into_iter().map(|(_, a)| a).collect(),
        outputs: aggregate_cases()
            .iter()
            .enumerate()
            .map(|(i, (n, a))| Output { name: n.as_str().into(), expr: expr(Node::AggregateRef(i), a.ty) })
            .collect(),
        ..Query::default()
    };
    queries.push(("over no rows".to_owned(), nothing));
    let mut harness = harness();
    harness.queries(&table, &queries);
    agreed(&harness);
}

/// An expression over columns turned into one over the group's key and aggregates: a column of a type becomes the key,
/// or an aggregate of that type.
fn over_groups(e: &Expr, aggregates: &[Aggregate], dice: &mut Dice) -> Expr {
    let mut e = e.clone();
    if let Node::Column(_) = e.node {
        let fitting: Vec<usize> = (0..aggregates.len()).filter(|i| aggregates[*i].ty == e.ty).collect();
        e.node = match (e.ty, fitting.as_slice()) {
            (Type::Int, _) if dice.below(3) == 0 => Node::GroupKey(0),
            (_, []) => Node::Const(huoshui_formula::Value::Null),
            (_, some) => Node::AggregateRef(*dice.pick(some)),
        };
        return e;
    }
    for child in e.children_mut() {
        *child = over_groups(child, aggregates, dice);
    }
    e
}

#[test]
fn random_results_over_aggregates_agree() {
    let table = Table::random(240, 5);
    let mut dice = Dice::new(99);
    let aggregates: Vec<Aggregate> = aggregate_cases().into_iter().map(|(_, a)| a).collect();
    let queries: Vec<(String, Query)> = (0..40)
        .map(|i| {
            let used: Vec<Aggregate> = (0..6).map(|_| dice.pick(&aggregates).clone()).collect();
            let outputs = (0..3)
                .map(|o| {
                    let drawn = expression(&mut dice, TYPES[(i + o) % TYPES.len()], 3);
                    Output { name: format!("o{o}").into(), expr: over_groups(&drawn, &used, &mut dice) }
                })
                .collect();
            let (schema, keys) = (table.schema.clone(), vec![common::operators::group_key()]);
            (format!("query {i}"), Query { schema, grouped: true, keys, aggregates: used, outputs, filter: None })
        })
        .collect();
    let mut harness = harness();
    harness.grouped(&table, &queries);
    agreed(&harness);
    assert!(harness.compared > 1_000 && harness.refused > 50, "{} {}", harness.compared, harness.refused);
}

#[test]
fn a_whole_policy_is_pushed_down() {
    // Sixty conditions that can overflow, so that each is computed apart: the deepest text that policies make.
    let gates: Vec<String> = (0..60)
        .map(|i| {
            format!("(int{} + {i} > int{} OR money0 * 0.{:02} <= money1 OR rate0 IS NULL)", i % 3, (i + 1) % 3, i + 1)
        })
        .collect();
    let table = Table::random(200, 11);
    let text = gates.join(" AND ");
    let policy = huoshui_formula::compile::condition(&text, &table.schema, &huoshui_formula::Params::new()).unwrap();
    let mut harness = harness();
    harness.enough = 0;
    harness.scalars(&table, &[Case { label: "policy".to_owned(), expr: policy }]);
    agreed(&harness);
}

#[test]
fn random_expressions_agree() {
    random(20_250_930, 6);
}

/// `cargo test -p huoshui-engines --test agreement -- --ignored`: some minutes of other expressions.
#[test]
#[ignore = "takes minutes"]
fn random_expressions_agree_for_long() {
    random(7, 120);
}

fn random(seed: u64, rounds: u64) {
    let mut harness = harness();
    let mut dice = Dice::new(seed);
    for round in 0..rounds {
        let table = Table::random(250, seed + round);
        let cases: Vec<Case> = (0..120)
            .map(|i| {
                let ty = TYPES[i % TYPES.len()];
                let depth = 2 + dice.below(3);
                Case { label: format!("round {round} expression {i}"), expr: expression(&mut dice, ty, depth) }
            })
            .collect();
        harness.enough = 0;
        harness.scalars(&table, &cases);
    }
    agreed(&harness);
    assert!(harness.compared > 100_000 && harness.refused > 300, "{} {}", harness.compared, harness.refused);
    eprintln!("{} comparisons, {} refusals", harness.compared, harness.refused);
}
