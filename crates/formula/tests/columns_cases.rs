//! The columns executor on cases worked out by hand: each operator with its NULLs, errors in what is not selected, groups
//! in order, sums beyond 64 bits, dictionaries that differ, tables that do not fit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int64Array, RecordBatch, StringArray};
use huoshui_formula::Value::{Bool, Date, Null, Num};
use huoshui_formula::columns::{self, Aggregator, Options};
use huoshui_formula::{Params, Query, Schema, Type, Value, compile};

const ONE: i64 = 1_000_000_000_000;
const MAX: i64 = i64::MAX;

fn schema() -> Schema {
    Schema::new([
        ("a", Type::Int),
        ("m", Type::Money),
        ("r", Type::Rate),
        ("b", Type::Bool),
        ("t", Type::Text),
        ("d", Type::Date),
    ])
    .unwrap()
}

/// Days of 2024-01-31, 2024-02-29 and 2025-12-31.
const DAYS: [i32; 3] = [19_753, 19_782, 20_453];

fn table() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a", Arc::new(Int64Array::from(vec![Some(1), None, Some(-5), Some(7)]))),
        ("m", Arc::new(Int64Array::from(vec![Some(250), None, Some(-250), Some(100)]))),
        ("r", Arc::new(Int64Array::from(vec![Some(35_000), Some(50_000), None, Some(500_000)]))),
        ("b", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]))),
        ("t", Arc::new(StringArray::from(vec![Some("a"), None, Some("ab"), Some("链")]))),
        ("d", Arc::new(Date32Array::from(vec![Some(DAYS[0]), None, Some(DAYS[1]), Some(DAYS[2])]))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn select(text: &str, group_by: &[&str], filter: Option<&str>) -> Query {
    let keys: Vec<String> = group_by.iter().map(ToString::to_string).collect();
    compile::query(text, &keys, filter, &schema(), &Params::new()).unwrap()
}

fn text(value: &str) -> Value {
    Value::Text(value.into())
}

#[test]
fn every_operator_over_four_rows() {
    let (t, f, n) = (Bool(true), Bool(false), Null);
    let cases: Vec<(&str, [Value; 4])> = vec![
        ("a + 1", [Num(2), Null, Num(-4), Num(8)]),
        ("3 - a", [Num(2), Null, Num(8), Num(-4)]),
        ("a * a", [Num(1), Null, Num(25), Num(49)]),
        ("-a", [Num(-1), Null, Num(5), Num(-7)]),
        ("a / 2", [Num(ONE / 2), Null, Num(-5 * ONE / 2), Num(7 * ONE / 2)]),
        ("a / 3", [Num(333_333_333_333), Null, Num(-1_666_666_666_667), Num(2_333_333_333_333)]),
        ("a / 0", [Null, Null, Null, Null]),
        // 250 fen at 3.5 % is 8.75 fen; 100 fen at 50 % is 50.
        ("m * r", [Num(9), Null, Null, Num(50)]),
        // Half a fen goes to the even one: 125 stays, -125, 50.
        ("m / 2", [Num(125), Null, Num(-125), Num(50)]),
        // 62.5 to 62, -62.5 to -62.
        ("m / 4", [Num(62), Null, Num(-62), Num(25)]),
        ("m >= money('1')", [t.clone(), n.clone(), f.clone(), t.clone()]),
        ("a <> 7", [t.clone(), n.clone(), t.clone(), f.clone()]),
        ("b AND a > 1", [f.clone(), n.clone(), f.clone(), t.clone()]),
        ("b OR a / 0 > 1", [t.clone(), n.clone(), n.clone(), t.clone()]),
        ("b AND a / 0 > 1", [n.clone(), n.clone(), f.clone(), n.clone()]),
        ("NOT b", [f.clone(), n.clone(), t.clone(), f.clone()]),
        ("a IS NULL", [f.clone(), t.clone(), f.clone(), f.clone()]),
        ("b IS NOT NULL", [t.clone(), f.clone(), t.clone(), t.clone()]),
        ("t IS NULL", [f.clone(), t.clone(), f.clone(), f.clone()]),
        ("t IN ('a', NULL)", [t.clone(), n.clone(), n.clone(), n.clone()]),
        ("t NOT IN ('a', 'b')", [f.clone(), n.clone(), t.clone(), t.clone()]),
        ("a IN (7, NULL)", [n.clone(), n.clone(), n.clone(), t.clone()]),
        ("a IN (1, a + 0)", [t.clone(), n.clone(), t.clone(), t.clone()]),
        ("a BETWEEN -5 AND 1", [t.clone(), n.clone(), t.clone(), f.clone()]),
        ("a NOT BETWEEN NULL AND 1", [n.clone(), n.clone(), n.clone(), t.clone()]),
        ("t LIKE '_'", [t.clone(), n.clone(), f.clone(), t.clone()]),
        ("t < 'ab'", [t.clone(), n.clone(), f.clone(), f.clone()]),
        ("'ab' < t", [f.clone(), n.clone(), f.clone(), t.clone()]),
        ("COALESCE(t, '') = ''", [f.clone(), t.clone(), f.clone(), f.clone()]),
        ("CASE WHEN b THEN a ELSE 0 END", [Num(1), Num(0), Num(0), Num(7)]),
        ("CASE WHEN b THEN t END", [text("a"), Null, Null, text("链")]),
        ("COALESCE(a, 9)", [Num(1), Num(9), Num(-5), Num(7)]),
        ("COALESCE(t, 'none')", [text("a"), text("none"), text("ab"), text("链")]),
        ("NULLIF(a, 7)", [Num(1), Null, Num(-5), Null]),
        ("NULLIF(t, 'ab')", [text("a"), Null, Null, text("链")]),
        ("ABS(a)", [Num(1), Null, Num(5), Num(7)]),
        ("LEAST(a, 0)", [Num(0), Null, Num(-5), Num(0)]),
        ("GREATEST(a, 0, 2)", [Num(2), Null, Num(2), Num(7)]),
        ("LEAST(t, 'aa')", [text("a"), Null, text("aa"), text("aa")]),
        ("YEAR(d)", [Num(2024), Null, Num(2024), Num(2025)]),
        ("d + INTERVAL '1' MONTH", [Date(DAYS[1]), Null, Date(19_811), Date(20_484)]),
        ("d + INTERVAL '1' YEAR", [Date(20_119), Null, Date(20_147), Date(20_818)]),
        ("d + 1", [Date(19_754), Null, Date(19_783), Date(20_454)]),
        ("d - DATE '2024-01-01'", [Num(30), Null, Num(59), Num(730)]),
    ];
    for (formula, want) in cases {
        let query = select(formula, &[], None);
        let got = columns::run(&query, &[table()]).unwrap_or_else(|f| panic!("{formula}: {f}"));
        let got: Vec<Value> = got.into_iter().map(|row| row[0].clone()).collect();
        assert_eq!(got, want, "{formula}");
    }
}

#[test]
fn errors_count_only_where_they_are_selected() {
    let run = |formula: &str| columns::run(&select(formula, &[], None), &[table()]);
    let column = |formula: &str| run(formula).unwrap().into_iter().map(|row| row[0].clone()).collect::<Vec<_>>();
    let big = "a + 9223372036854775807";
    assert_eq!(column(&format!("CASE WHEN a > 0 THEN 0 ELSE {big} END")), [Num(0), Null, Num(MAX - 5), Num(0)],);
    assert_eq!(column(&format!("a > 0 OR {big} > 0")), [Bool(true), Null, Bool(true), Bool(true)]);
    assert_eq!(column(&format!("a < 0 AND {big} > 0")), [Bool(false), Null, Bool(true), Bool(false)]);
    assert_eq!(column(&format!("COALESCE(a, {big})")), [Num(1), Null, Num(-5), Num(7)]);
    assert_eq!(column(&format!("a IN (1, 7, {big})")), [Bool(true), Null, Bool(false), Bool(true)]);
    for (formula, row) in [
        (big.to_owned(), 1),
        (format!("a > 1 AND {big} > 0"), 4),
        (format!("NOT b AND {big} > 0 OR a = 7 AND {big} > 0"), 4),
    ] {
        let fault = run(&formula).unwrap_err();
        assert_eq!((fault.code(), fault.row_number()), ("formula.overflow", Some(row)), "{formula}");
    }
    // A row that the query's filter drops is not selected either.
    let query = select(&format!("SUM({big}), COUNT(*) FILTER (WHERE a > 0)"), &[], Some("a < 0"));
    assert_eq!(columns::run(&query, &[table()]).unwrap(), [[Num(MAX - 5), Num(0)]]);
}

#[test]
fn groups_come_in_order_with_null_last() {
    let query = select("b, t, COUNT(*), SUM(a), AVG(a), MIN(t), MAX(d), COUNT(DISTINCT r)", &["b", "t"], None);
    let rows = columns::run(&query, &[table(), table()]).unwrap();
    let avg = |n: i64| Num(n * ONE);
    assert_eq!(
        rows,
        [
            vec![Bool(false), text("ab"), Num(2), Num(-10), avg(-5), text("ab"), Date(DAYS[1]), Num(0)],
            vec![Bool(true), text("a"), Num(2), Num(2), avg(1), text("a"), Date(DAYS[0]), Num(1)],
            vec![Bool(true), text("链"), Num(2), Num(14), avg(7), text("链"), Date(DAYS[2]), Num(1)],
            vec![Null, Null, Num(2), Null, Null, Null, Null, Num(1)],
        ]
    );
}

#[test]
fn nothing_gives_one_group_without_keys_and_none_with_them() {
    let empty = table().slice(0, 0);
    for batches in [vec![], vec![empty]] {
        let all = select("COUNT(*), SUM(a), COUNT(DISTINCT t), AVG(m), MIN(d)", &[], None);
        assert_eq!(columns::run(&all, &batches).unwrap(), [[Num(0), Null, Num(0), Null, Null]]);
        let by = select("t, COUNT(*)", &["t"], None);
        assert_eq!(columns::run(&by, &batches).unwrap(), Vec::<Vec<Value>>::new());
    }
    // A group whose rows no aggregate takes is still a group; one whose rows the filter drops is not.
    let query = select("t, SUM(a) FILTER (WHERE a > 100)", &["t"], Some("a > 0"));
    assert_eq!(columns::run(&query, &[table()]).unwrap(), [[text("a"), Null], [text("链"), Null]]);
}

#[test]
fn sums_are_exact_beyond_64_bits() {
    let big = RecordBatch::try_from_iter([
        ("m", Arc::new(Int64Array::from(vec![MAX, MAX, MAX])) as ArrayRef),
        ("r", Arc::new(Int64Array::from(vec![1_000_000, 2, -1])) as ArrayRef),
    ])
    .unwrap();
    let query = select("SUM(m), SUM_PRODUCT(m, r), AVG(m)", &[], None);
    let mut aggregator = Aggregator::new(&query, Options::default()).unwrap();
    aggregator.push(&big).unwrap();
    aggregator.push(&big).unwrap();
    let grouped = aggregator.finish().unwrap();
    let wide = i128::from(MAX);
    assert_eq!(grouped.aggregates[0][0].exact(), Some(6 * wide));
    assert_eq!(grouped.aggregates[1][0].exact(), Some(2 * 1_000_001 * wide));
    assert_eq!(grouped.aggregates[2][0].average(), Some((6 * wide, 6)));
    assert_eq!(grouped.aggregates[2][0].value().unwrap(), Num(MAX));
    assert_eq!(grouped.outputs(&query).unwrap_err().code(), "formula.overflow");
}

#[test]
fn dictionaries_that_differ_are_brought_together() {
    let coded = |texts: &[Option<&str>]| {
        let array: DictionaryArray<Int32Type> = texts.iter().copied().collect();
        RecordBatch::try_from_iter([("t", Arc::new(array) as ArrayRef)]).unwrap()
    };
    let batches =
        [coded(&[Some("a"), Some("b"), None]), coded(&[Some("c"), Some("b"), Some("c")]), coded(&[Some("b")])];
    let query = select("COUNT(DISTINCT t), COUNT(t), COUNT(*)", &[], None);
    assert_eq!(columns::run(&query, &batches).unwrap(), [[Num(3), Num(6), Num(7)]]);
    let query = select("t, COUNT(*)", &["t"], None);
    let want = [[text("a"), Num(1)], [text("b"), Num(3)], [text("c"), Num(2)], [Null, Num(1)]];
    assert_eq!(columns::run(&query, &batches).unwrap(), want);
}

#[test]
fn a_table_that_does_not_fit_is_refused_by_name() {
    let query = select("SUM(a)", &[], None);
    let without = RecordBatch::try_from_iter([("x", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).unwrap();
    let other = RecordBatch::try_from_iter([("a", Arc::new(StringArray::from(vec!["1"])) as ArrayRef)]).unwrap();
    for batch in [without, other] {
        let fault = columns::run(&query, &[batch]).unwrap_err();
        assert_eq!((fault.code(), fault.field_name()), ("formula.bad_table", Some("a")));
    }
}

#[test]
fn the_first_row_in_error_is_named_through_all_batches() {
    let numbers =
        |values: Vec<i64>| RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(values)) as ArrayRef)]).unwrap();
    let mut long = vec![1; 200_000];
    long[150_000] = MAX;
    long[199_999] = MAX;
    let query = select("SUM(a + 1)", &[], None);
    for threads in [1, 2, 5] {
        let mut aggregator = Aggregator::new(&query, Options { threads }).unwrap();
        aggregator.push(&numbers(vec![0; 10])).unwrap();
        let fault = aggregator.push(&numbers(long.clone())).unwrap_err();
        assert_eq!((fault.code(), fault.row_number()), ("formula.overflow", Some(150_011)), "{threads} threads");
        assert!(aggregator.finish().is_err(), "a failed aggregation gives no figures");
    }
}

#[test]
fn conditions_select_rows() {
    let condition = compile::condition("a > 0 OR t = 'ab'", &schema(), &Params::new()).unwrap();
    let kept = columns::filter(&condition, &schema(), &table()).unwrap();
    assert_eq!(kept.iter().collect::<Vec<_>>(), [true, false, true, true]);
}

#[test]
fn millions_of_possible_groups_are_kept_apart() {
    // 3,001 × 2,999 possible pairs are past any table; row i is the pair (i mod 3001, i mod 2999), each of which comes once
    // in 60,000 rows, and twice when the rows go in twice.
    let rows = 60_000i64;
    let batch = RecordBatch::try_from_iter([
        ("a", Arc::new(Int64Array::from_iter_values((0..rows).map(|i| i % 3_001))) as ArrayRef),
        ("m", Arc::new(Int64Array::from_iter_values((0..rows).map(|i| i % 2_999))) as ArrayRef),
    ])
    .unwrap();
    let query = select("a, m, COUNT(*), COUNT(DISTINCT a), SUM(m)", &["a", "m"], None);
    let got = columns::run(&query, &[batch.clone(), batch]).unwrap();
    let mut want: Vec<(i64, i64)> = (0..rows).map(|i| (i % 3_001, i % 2_999)).collect();
    want.sort_unstable();
    assert_eq!(got.len(), want.len());
    for (row, (a, m)) in got.iter().zip(want) {
        assert_eq!(*row, [Num(a), Num(m), Num(2), Num(1), Num(2 * m)]);
    }
}
