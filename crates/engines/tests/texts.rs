//! Formulas as people write them, on all four executors; and explanations against the plain result.
#![allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, clippy::cast_sign_loss)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::compare::Harness;
use common::operators::Case;
use common::random::expression;
use common::table::Table;
use common::{Dice, TYPES};
use huoshui_formula::row::{Explanation, Program, explain};
use huoshui_formula::{Params, Schema, Type, Value, compile};
use huoshui_testkit::Postgres;

const TEXTS: &[&str] = &[
    "money0 > 0 AND rate0 BETWEEN rate('3%') AND rate('4%')",
    "money0 / money1 > 0.5 OR ratio0 < -0.10",
    "money0 * rate0 + money1 * 0.5 - money('1.5万元')",
    "CASE WHEN money1 = 0 THEN 0 ELSE money0 / money1 END",
    "CASE text0 WHEN 'a' THEN 1 WHEN '中文' THEN 0.5 ELSE -ratio0 END",
    "(bool0 AND NOT bool1) IS TRUE OR (bool1 OR bool2) IS NOT FALSE",
    "text0 IN ('a', '中', '', NULL) OR text1 NOT LIKE '%\\%'",
    "int0 NOT IN (1, -1, 9223372036854775807, int1)",
    "date0 + INTERVAL '1' MONTH - INTERVAL '1' YEAR",
    "date0 - 30 <= :as_of AND date1 - date0 > 365",
    "EXTRACT(YEAR FROM date0) * 100 + MONTH(date0)",
    "COALESCE(NULLIF(int0, 0), int1, -1) % 7",
    "ROUND(ratio0, 2) * 100 = FLOOR(ratio1 * 100) * 1.0",
    "ROUND(money0, -4) + CEIL(money1) - FLOOR(money2, 1)",
    "LEAST(rate0, rate1, rate('4.35%')) - GREATEST(rate2, 0)",
    "ratio(int0) / ratio(int1) + ratio0",
    "fen(money0) - ppm(rate0) > int0",
    "ABS(money0 - money1) <= money('0.01')",
    "- - int0 = -(-int0)",
    "text0 || text1 IS NULL",
    "text0 < '中' AND text0 >= ''",
    "QUARTER(date0) = 3 AND ISODOW(date0) < 6 OR DOY(date1) = 366",
    "DATE '2024-01-31' + INTERVAL '1' MONTH = DATE '2024-02-29'",
    "1 - ratio0 / 3 <> 2.5",
    "money0 / 3 * 3 = money0",
    "(money0 + money1) / (money0 - money1)",
    "NOT (int0 > 3 AND (int1 IS NULL OR rate0 / rate1 > 1))",
    "CASE WHEN bool0 THEN 'x' WHEN text0 LIKE '_%' THEN text0 END",
    "NULL IS NULL AND COALESCE(NULL, bool0)",
    "0 < money0 AND 5 > ratio0 AND 0.5 < ratio1",
];

fn params() -> Params {
    Params::new().with("as_of", Type::Date, Value::Date(20_361))
}

#[test]
fn texts_mean_the_same_everywhere() {
    let table = Table::random(500, 21);
    let mut refused = Vec::new();
    let mut cases = Vec::new();
    for text in TEXTS {
        match compile::expr(text, &table.schema, &params()) {
            Ok(expr) => cases.push(Case { label: (*text).to_owned(), expr }),
            Err(fault) => refused.push((*text, fault.code())),
        }
    }
    // Edition 1 has no `||`; everything else compiles.
    assert_eq!(refused, [("text0 || text1 IS NULL", "formula.unsupported")]);
    let mut harness = Harness::new(&Postgres::shared().unwrap().fresh_database().unwrap());
    harness.enough = 0;
    harness.scalars(&table, &cases);
    assert_eq!(harness.differences, Vec::<String>::new());
    assert!(harness.compared > 10_000, "{}", harness.compared);
}

#[test]
fn an_explanation_gives_the_same_result_and_names_what_decided() {
    fn leaves<'a>(e: &'a Explanation, path: bool, decided: &mut Vec<&'a Explanation>) {
        if path && e.decided && e.parts.is_empty() {
            decided.push(e);
        }
        for part in &e.parts {
            leaves(part, path && e.decided, decided);
        }
    }
    let table = Table::random(60, 31);
    let mut dice = Dice::new(5);
    let mut explained = 0;
    for i in 0..150 {
        let e = expression(&mut dice, TYPES[i % TYPES.len()], 4);
        let program = Program::new(&e).unwrap();
        for row in &table.rows {
            let Ok(value) = program.eval(row) else { continue };
            let explanation = explain(&e, row, "", &table.schema).unwrap();
            assert_eq!(explanation.result, Some(value));
            let mut decided = Vec::new();
            leaves(&explanation, true, &mut decided);
            assert!(decided.iter().all(|d| d.result.is_some()), "a part that never ran cannot decide: {e:?}");
            explained += 1;
        }
    }
    assert!(explained > 5_000, "{explained}");
}

#[test]
fn what_decided_is_enough_to_decide() {
    // Columns that no deciding part reads may take any value: the result stays.
    let schema = Schema::new((0..6).map(|i| (format!("b{i}"), Type::Bool))).unwrap();
    let text = "(b0 AND (b1 OR b2)) OR (b3 AND b4 AND NOT b5)";
    let expr = compile::condition(text, &schema, &Params::new()).unwrap();
    let program = Program::new(&expr).unwrap();
    let values = [Value::Null, Value::Bool(false), Value::Bool(true)];
    let row_of = |mut n: usize| {
        let mut row = Vec::new();
        for _ in 0..6 {
            row.push(values[n % 3].clone());
            n /= 3;
        }
        row
    };
    for n in 0..729 {
        let row = row_of(n);
        let explanation = explain(&expr, &row, text, &schema).unwrap();
        let mut read = Vec::new();
        let mut open = vec![&explanation];
        while let Some(e) = open.pop() {
            if e.decided {
                read.extend(e.values.iter().map(|v| schema.find(&v.name).unwrap()));
                open.extend(&e.parts);
            }
        }
        for other in 0..729 {
            let mut changed = row_of(other);
            read.iter().for_each(|i| changed[*i] = row[*i].clone());
            let result = program.eval(&changed).unwrap();
            // A NULL may still be settled by what did not decide; TRUE and FALSE may not.
            if row != changed && explanation.result != Some(Value::Null) {
                assert_eq!(Some(result), explanation.result, "{row:?} {changed:?}");
            }
        }
    }
}
