//! Grouped selections: `r` computes the keys and arguments of each row, `s` aggregates them, `f` finishes each aggregate
//! into a 64-bit value or an error, and the outer query computes the results.

use std::fmt::Write as _;

use huoshui_kernel::fault::Result;

use super::expr::{Renderer, Rows, internal};
use super::number::half_even_numeric;
use crate::ir::{Aggregate, AggregateFn, Query};
use crate::value::{RATIO_ONE, Type};

pub(super) fn grouped(r: &mut Renderer<'_>, query: &Query, from: &str) -> Result<String> {
    let mut row_columns = Vec::new();
    for (i, key) in query.keys.iter().enumerate() {
        row_columns.push(format!("{} AS g{i}", r.expr(key)?));
    }
    for (i, aggregate) in query.aggregates.iter().enumerate() {
        arguments(r, i, aggregate, &mut row_columns)?;
    }
    let filter = match &query.filter {
        Some(f) => format!(" WHERE {}", r.expr(f)?),
        None => String::new(),
    };
    let keys: Vec<String> = (0..query.keys.len()).map(|i| format!("g{i}")).collect();
    let mut sums = keys.clone();
    let mut finished = keys.clone();
    for (i, aggregate) in query.aggregates.iter().enumerate() {
        sums.extend(collect(r, i, aggregate.func));
        let value = finish(r, i, aggregate)?;
        finished.push(format!("{value} AS s{i}"));
    }
    r.rows = Rows::Groups;
    let mut outputs = Vec::new();
    for (i, output) in query.outputs.iter().enumerate() {
        outputs.push(format!("{} AS o{i}", r.output(&output.expr)?));
    }
    let group = if keys.is_empty() { String::new() } else { format!(" GROUP BY {}", keys.join(", ")) };
    let mut sql = format!(
        ", r AS MATERIALIZED (SELECT {} FROM {from}{filter}), \
         s AS MATERIALIZED (SELECT {} FROM r{group}), f AS MATERIALIZED (SELECT {} FROM s CROSS JOIN k) \
         SELECT {} FROM f CROSS JOIN k",
        row_columns.join(", "),
        sums.join(", "),
        finished.join(", "),
        outputs.join(", "),
    );
    for (i, key) in keys.iter().enumerate() {
        let _ = write!(sql, "{} f.{key} NULLS LAST", if i == 0 { " ORDER BY" } else { "," });
    }
    Ok(sql)
}

/// The arguments of an aggregate for each row, NULL where the filter is not true.
fn arguments(r: &mut Renderer<'_>, i: usize, aggregate: &Aggregate, columns: &mut Vec<String>) -> Result<()> {
    let mut args = r.exprs(&aggregate.args)?;
    if args.is_empty() {
        args.push("1".to_owned());
    }
    let filter = aggregate.filter.as_ref().map(|f| r.expr(f)).transpose()?;
    for (j, arg) in args.into_iter().enumerate() {
        let arg = match &filter {
            Some(f) => format!("CASE WHEN {f} THEN {arg} END"),
            None => arg,
        };
        columns.push(format!("{arg} AS a{i}_{j}"));
    }
    Ok(())
}

/// What the engine itself must sum up.
fn collect(r: &Renderer<'_>, i: usize, func: AggregateFn) -> Vec<String> {
    let a = format!("a{i}_0");
    let b = format!("a{i}_1");
    let one = |sql: String| vec![format!("{sql} AS x{i}")];
    match func {
        AggregateFn::Count => one(format!("COUNT({a})")),
        AggregateFn::CountDistinct => one(format!("COUNT(DISTINCT {a})")),
        AggregateFn::Min => one(format!("MIN({a})")),
        AggregateFn::Max => one(format!("MAX({a})")),
        AggregateFn::Sum if r.postgres() => one(format!("SUM({a})")),
        AggregateFn::SumProduct if r.postgres() => one(format!("SUM({a}::numeric * {b}::numeric)")),
        AggregateFn::Avg if r.postgres() => vec![format!("SUM({a}) AS x{i}"), format!("COUNT({a}) AS n{i}")],
        // SQLite's SUM stops when a running total leaves 64 bits, though a later row may bring it back: sum halves.
        AggregateFn::Sum | AggregateFn::Avg => vec![
            format!("SUM({a} >> 32) AS h{i}"),
            format!("SUM({a} & 4294967295) AS l{i}"),
            format!("COUNT({a}) AS n{i}"),
        ],
        // Products in base 2^16: a place is at most four products under 2^32, so 2^29 rows cannot overflow a sum.
        AggregateFn::SumProduct => {
            let digit = |x: &str, k: usize| match k {
                3 => format!("({x} >> 48)"),
                k => format!("(({x} >> {}) & 65535)", 16 * k),
            };
            (0..7)
                .map(|place: usize| {
                    let products: Vec<String> = (0..4)
                        .filter(|j| place >= *j && place - j < 4)
                        .map(|j| format!("{} * {}", digit(&a, j), digit(&b, place - j)))
                        .collect();
                    format!("SUM({}) AS p{i}_{place}", products.join(" + "))
                })
                .collect()
        }
    }
}

fn finish(r: &mut Renderer<'_>, i: usize, aggregate: &Aggregate) -> Result<String> {
    let factor = if aggregate.args.first().is_some_and(|a| a.ty == Type::Int) { RATIO_ONE } else { 1 };
    Ok(match aggregate.func {
        AggregateFn::Count | AggregateFn::CountDistinct | AggregateFn::Min | AggregateFn::Max => format!("s.x{i}"),
        AggregateFn::Sum | AggregateFn::SumProduct if r.postgres() => format!("s.x{i}::bigint"),
        AggregateFn::Avg if r.postgres() => {
            half_even_numeric(r, format!("s.x{i} * {factor}"), format!("s.n{i}::numeric"))
        }
        AggregateFn::Sum => {
            let halves = [format!("s.h{i} + (s.l{i} >> 32)"), format!("s.l{i} & 4294967295")];
            r.bind(&halves, |_, n| {
                let [high, low] = n else { return String::new() };
                format!(
                    "CASE WHEN {high} IS NULL THEN NULL WHEN {high} BETWEEN -2147483648 AND 2147483647 \
                     THEN {high} * 4294967296 + {low} ELSE abs(k.m) END"
                )
            })
        }
        AggregateFn::Avg => average(r, i, factor),
        AggregateFn::SumProduct => carry(r, i),
    }
    .trim()
    .to_owned())
    .and_then(|sql: String| if sql.is_empty() { Err(internal()) } else { Ok(sql) })
}

/// SQLite: the sum, in halves, over the count, by floor division; then six decimals twice where a ratio is wanted.
fn average(r: &mut Renderer<'_>, i: usize, factor: i64) -> String {
    let halves = [format!("s.h{i} + (s.l{i} >> 32)"), format!("s.l{i} & 4294967295"), format!("s.n{i}")];
    r.bind(&halves, |r, n| {
        let [high, low, count] = n else { return String::new() };
        let (high, low, count) = (high.clone(), low.clone(), count.clone());
        // Floor division: a remainder below zero borrows one.
        let top = [
            format!("{high} / {count} - ({high} % {count} < 0)"),
            format!("({high} % {count} + CASE WHEN {high} % {count} < 0 THEN {count} ELSE 0 END) * 4294967296 + {low}"),
        ];
        let value = r.bind(&top, |r, n| {
            let [top, rest] = n else { return String::new() };
            let whole = [format!("{top} * 4294967296 + {rest} / {count}"), format!("{rest} % {count}")];
            r.bind(&whole, |r, n| {
                let [q, rest] = n else { return String::new() };
                if factor == 1 {
                    return rounded(r, q, rest, &count);
                }
                let q = q.clone();
                let decimals = [
                    format!("{rest} * 1000000 / {count} * 1000000 + {rest} * 1000000 % {count} * 1000000 / {count}"),
                    format!("{rest} * 1000000 % {count} * 1000000 % {count}"),
                ];
                r.bind(&decimals, |r, n| {
                    let [decimals, rest] = n else { return String::new() };
                    // Below zero the floor may lie outside 64 bits though the value does not.
                    let all = format!(
                        "CASE WHEN {q} < 0 THEN ({q} + 1) * {RATIO_ONE} + ({decimals} - {RATIO_ONE}) \
                         ELSE {q} * {RATIO_ONE} + {decimals} END"
                    );
                    r.bind(&[all, rest.clone()], |r, n| {
                        let [v, rest] = n else { return String::new() };
                        rounded(r, v, rest, &count)
                    })
                })
            })
        });
        format!("CASE WHEN {count} = 0 THEN NULL ELSE {value} END")
    })
}

/// A floor and its remainder, half-even.
fn rounded(r: &mut Renderer<'_>, floor: &str, rest: &str, count: &str) -> String {
    let up = format!("({rest} * 2 > {count} OR ({rest} * 2 = {count} AND {floor} % 2 <> 0))");
    super::number::checked(r, &[format!("{floor} + {up}")], |n| n.join(""))
}

/// SQLite: carries the seven places of a sum of products into 64 bits, or an error.
fn carry(r: &mut Renderer<'_>, i: usize) -> String {
    fn place(r: &mut Renderer<'_>, i: usize, k: usize, carried: String, mut digits: Vec<String>) -> String {
        let total = format!("s.p{i}_{k} + {carried}");
        r.bind(&[total], |r, n| {
            let t = n.join("");
            if k < 6 {
                digits.push(format!("({t} & 65535)"));
                return place(r, i, k + 1, format!("({t} >> 16)"), digits);
            }
            let [d0, d1, d2, d3, d4, d5] = digits.as_slice() else { return String::new() };
            format!(
                "CASE WHEN {t} IS NULL THEN NULL \
                 WHEN {t} = 0 AND {d5} = 0 AND {d4} = 0 AND {d3} < 32768 \
                 THEN {d3} * 281474976710656 + {d2} * 4294967296 + {d1} * 65536 + {d0} \
                 WHEN {t} = -1 AND {d5} = 65535 AND {d4} = 65535 AND {d3} >= 32768 \
                 THEN ({d3} - 65536) * 281474976710656 + {d2} * 4294967296 + {d1} * 65536 + {d0} \
                 ELSE abs(k.m) END"
            )
        })
    }
    place(r, i, 0, "0".to_owned(), Vec::with_capacity(6))
}
