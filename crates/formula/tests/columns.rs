//! The columns executor held against the row executor: random typed formulas over random tables with NULLs, boundary
//! values, plain and dictionary texts, cut into batches anyhow.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "numbers here are small")]

use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow_schema::{DataType, Field};
use huoshui_formula::columns::{self, Aggregator, Options};
use huoshui_formula::ir::{Arith, Cmp, DatePart, LikePattern, RoundMode};
use huoshui_formula::{Aggregate, AggregateFn, Column, Expr, Node, Output, Query, Schema, Span, Type, Value, row};
use proptest::prelude::*;

/// A small generator of its own, so that one seed names one case.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.roll(of.len())].clone()
    }

    fn num(&mut self) -> i64 {
        let edges =
            [0, 1, -1, 2, 5, -5, 10, 1_000_000, -1_500_000, 1_000_000_000_000, i64::MAX, i64::MIN, i64::MAX / 2];
        if self.roll(6) == 0 { self.pick(&edges) } else { self.roll(40) as i64 - 12 }
    }

    fn value(&mut self, ty: Type) -> Value {
        if self.roll(7) == 0 {
            return Value::Null;
        }
        match ty {
            Type::Bool => Value::Bool(self.roll(2) == 0),
            Type::Text => Value::Text(self.pick(&["", "a", "b", "ab", "aab", "链", "a链b", "Z"]).into()),
            Type::Date => {
                let edges = [-719_162, 2_932_896, 0, 11_016, 19_782];
                Value::Date(if self.roll(3) == 0 { self.pick(&edges) } else { 19_000 + self.roll(900) as i32 })
            }
            _ => Value::Num(self.num()),
        }
    }
}

const TYPES: [Type; 7] = [Type::Int, Type::Money, Type::Rate, Type::Ratio, Type::Bool, Type::Text, Type::Date];

fn schema() -> Schema {
    let column = |i: usize| Column { name: format!("c{i}").into(), ty: TYPES[i % 7] };
    Schema { columns: (0..14).map(column).collect() }
}

fn at(node: Node, ty: Type) -> Expr {
    Expr { node, ty, span: Span::default() }
}

/// Random expressions of a type.
fn expr(d: &mut Dice, ty: Type, depth: usize) -> Expr {
    if depth == 0 || d.roll(8) == 0 {
        if d.roll(3) == 0 {
            return at(Node::Const(d.value(ty)), ty);
        }
        let index = TYPES.iter().position(|t| *t == ty).unwrap() + 7 * d.roll(2);
        return at(Node::Column(index), ty);
    }
    let depth = depth - 1;
    let boxed = |d: &mut Dice, ty| Box::new(expr(d, ty, depth));
    let many = |d: &mut Dice, ty| (0..2 + d.roll(3)).map(|_| expr(d, ty, depth)).collect::<Vec<_>>();
    let sides = if ty == Type::Text { 5 } else { 12 };
    let node = match d.roll(sides) {
        0 => {
            let whens = (0..1 + d.roll(2)).map(|_| (expr(d, Type::Bool, depth), expr(d, ty, depth))).collect();
            Node::Case { whens, otherwise: boxed(d, ty) }
        }
        1 => Node::Coalesce(many(d, ty)),
        2 => Node::NullIf(boxed(d, ty), boxed(d, ty)),
        3 if ty != Type::Bool => Node::Least(many(d, ty)),
        4 if ty != Type::Bool => Node::Greatest(many(d, ty)),
        other => match ty {
            Type::Bool => truth(d, other, depth),
            Type::Date if other % 2 == 0 => Node::AddDays(boxed(d, Type::Date), boxed(d, Type::Int)),
            Type::Date => Node::AddMonths(boxed(d, Type::Date), d.pick(&[0, 1, -1, 12, -12, 3, 100_000, i64::MIN])),
            _ => number(d, ty, other, depth),
        },
    };
    at(node, ty)
}

fn truth(d: &mut Dice, which: usize, depth: usize) -> Node {
    let boxed = |d: &mut Dice, ty| Box::new(expr(d, ty, depth));
    let any = d.pick(&TYPES);
    let ordered = d.pick(&[Type::Int, Type::Money, Type::Text, Type::Date]);
    match which {
        5 => Node::And((0..2 + d.roll(3)).map(|_| expr(d, Type::Bool, depth)).collect()),
        6 => Node::Or((0..2 + d.roll(3)).map(|_| expr(d, Type::Bool, depth)).collect()),
        7 => Node::Not(boxed(d, Type::Bool)),
        8 => Node::IsNull { arg: boxed(d, any), negated: d.roll(2) == 0 },
        9 => {
            let constant = d.roll(2) == 0;
            let item = |d: &mut Dice| if constant { at(Node::Const(d.value(any)), any) } else { expr(d, any, depth) };
            let items = (0..1 + d.roll(12)).map(|_| item(d)).collect();
            Node::In { arg: boxed(d, any), items, negated: d.roll(2) == 0 }
        }
        10 => {
            if d.roll(2) == 0 {
                let absent = at(Node::Const(d.value(Type::Text)), Type::Text);
                let text = at(Node::Coalesce(vec![at(Node::Column(5), Type::Text), absent]), Type::Text);
                let item = at(Node::Const(d.value(Type::Text)), Type::Text);
                return Node::Compare(d.pick(&[Cmp::Eq, Cmp::Ne, Cmp::Ge]), Box::new(text), Box::new(item));
            }
            let pattern = LikePattern { text: d.pick(&["%", "a%", "%b", "_", "a_", "%a%b%", "", "链"]).into() };
            Node::Like { arg: boxed(d, Type::Text), pattern, negated: d.roll(2) == 0 }
        }
        _ if d.roll(3) == 0 => Node::Between {
            arg: boxed(d, ordered),
            low: boxed(d, ordered),
            high: boxed(d, ordered),
            negated: d.roll(2) == 0,
        },
        _ => {
            let cmp = d.pick(&[Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge]);
            let of = if matches!(cmp, Cmp::Eq | Cmp::Ne) { any } else { ordered };
            Node::Compare(cmp, boxed(d, of), boxed(d, of))
        }
    }
}

fn number(d: &mut Dice, ty: Type, which: usize, depth: usize) -> Node {
    let boxed = |d: &mut Dice, ty| Box::new(expr(d, ty, depth));
    match which {
        5 => Node::Neg(boxed(d, ty)),
        6 => Node::Abs(boxed(d, ty)),
        7 => {
            let unit = d.pick(&[1, 2, 10, 1_000_000, 1_000_000_000_000]);
            let divide = if d.roll(2) == 0 { unit } else { 1 };
            let mode = d.pick(&[RoundMode::HalfEven, RoundMode::Floor, RoundMode::Ceil]);
            Node::Round { arg: boxed(d, ty), unit, divide, mode }
        }
        8 if ty == Type::Int && d.roll(2) == 0 => Node::DaysBetween(boxed(d, Type::Date), boxed(d, Type::Date)),
        8 if ty == Type::Int => {
            let part = d.pick(&[
                DatePart::Year,
                DatePart::Quarter,
                DatePart::Month,
                DatePart::Day,
                DatePart::IsoWeekday,
                DatePart::DayOfYear,
            ]);
            Node::DatePart(part, boxed(d, Type::Date))
        }
        _ => {
            let how = d.pick(&[
                Arith::Add,
                Arith::Sub,
                Arith::Mul,
                Arith::MulScaled(1_000_000),
                Arith::MulScaled(1_000_000_000_000),
                Arith::DivScaled(1),
                Arith::DivScaled(1_000_000_000_000),
                Arith::Rem,
            ]);
            Node::Arith(how, boxed(d, ty), boxed(d, ty))
        }
    }
}

fn table(d: &mut Dice, schema: &Schema, rows: usize) -> Vec<Vec<Value>> {
    (0..rows).map(|_| schema.columns.iter().map(|c| d.value(c.ty)).collect()).collect()
}

/// Texts as plain strings or as a dictionary, its entries in any order, some twice, one of them NULL.
fn texts(d: &mut Dice, values: &[Option<&str>]) -> ArrayRef {
    if d.roll(2) == 0 {
        return Arc::new(StringArray::from(values.to_vec()));
    }
    let mut entries: Vec<Option<&str>> = vec![Some("unused"), None];
    let keys: Vec<Option<i32>> = values
        .iter()
        .map(|value| {
            let known = entries.iter().position(|e| e == value).filter(|_| value.is_some() && d.roll(20) > 0);
            match (value, known) {
                (None, _) => (d.roll(2) == 0).then_some(1),
                (_, Some(key)) => Some(key as i32),
                (_, None) => {
                    entries.push(*value);
                    Some(entries.len() as i32 - 1)
                }
            }
        })
        .collect();
    Arc::new(DictionaryArray::<Int32Type>::new(Int32Array::from(keys), Arc::new(StringArray::from(entries))))
}

fn batch(d: &mut Dice, schema: &Schema, rows: &[Vec<Value>]) -> RecordBatch {
    let mut columns: Vec<(Field, ArrayRef)> = Vec::new();
    for (i, column) in schema.columns.iter().enumerate() {
        let cells: Vec<&Value> = rows.iter().map(|row| &row[i]).collect();
        let nums = || cells.iter().map(|v| if let Value::Num(n) = v { Some(*n) } else { None });
        let array: ArrayRef = match column.ty {
            Type::Bool => Arc::new(
                cells.iter().map(|v| if let Value::Bool(b) = v { Some(*b) } else { None }).collect::<BooleanArray>(),
            ),
            Type::Date => Arc::new(
                cells.iter().map(|v| if let Value::Date(n) = v { Some(*n) } else { None }).collect::<Date32Array>(),
            ),
            Type::Text => {
                let cells: Vec<Option<&str>> =
                    cells.iter().map(|v| if let Value::Text(t) = v { Some(&**t) } else { None }).collect();
                texts(d, &cells)
            }
            _ => Arc::new(nums().collect::<Int64Array>()),
        };
        columns.push((Field::new(column.name.to_uppercase(), array.data_type().clone(), true), array));
    }
    columns.rotate_left(d.roll(14));
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(arrow_schema::Schema::new(fields)), arrays).unwrap()
}

fn batches(d: &mut Dice, schema: &Schema, rows: &[Vec<Value>]) -> Vec<RecordBatch> {
    let mut rest = rows;
    let mut out = Vec::new();
    while !rest.is_empty() {
        let (head, tail) = rest.split_at(1 + d.roll(rest.len()));
        // A batch may also be a slice of a longer one: its bitmaps then start inside a byte.
        let skip = d.roll(3).min(head.len() - 1);
        let longer: Vec<_> = rows[..skip].iter().chain(head).cloned().collect();
        out.push(batch(d, schema, &longer).slice(skip, head.len()));
        rest = tail;
    }
    out
}

fn cell(array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    let any = array.as_any();
    match array.data_type() {
        DataType::Int64 => Value::Num(any.downcast_ref::<Int64Array>().unwrap().value(row)),
        DataType::Boolean => Value::Bool(any.downcast_ref::<BooleanArray>().unwrap().value(row)),
        DataType::Date32 => Value::Date(any.downcast_ref::<Date32Array>().unwrap().value(row)),
        _ => Value::Text(any.downcast_ref::<StringArray>().unwrap().value(row).into()),
    }
}

fn one_expression(seed: u64) {
    let d = &mut Dice(seed);
    let schema = schema();
    let ty = d.pick(&TYPES);
    let formula = expr(d, ty, 4);
    let count = d.pick(&[0, 1, 63, 64, 65, 200, 2_047, 2_049]);
    let rows = table(d, &schema, count);
    let batch = batch(d, &schema, &rows);
    let program = row::Program::new(&formula).unwrap();
    let want: Vec<_> = rows.iter().map(|r| program.eval(r)).collect();
    let got = columns::Program::new(&formula, &schema).unwrap().eval(&batch);
    match want.iter().position(Result::is_err) {
        Some(bad) => {
            let fault = got.expect_err(&format!("seed {seed}: row {bad} is an error: {formula:?} {:?}", rows[bad]));
            assert_eq!(fault.row_number(), Some(bad as u64 + 1), "seed {seed}: {formula:?}");
            assert_eq!(fault.code(), want[bad].as_ref().unwrap_err().code());
        }
        None => {
            let got = got.unwrap_or_else(|f| panic!("seed {seed}: {f} of {formula:?}"));
            for (i, want) in want.iter().enumerate() {
                assert_eq!(cell(&got, i), *want.as_ref().unwrap(), "seed {seed}: {formula:?} of {:?}", rows[i]);
            }
        }
    }
}

/// A random grouped query. Shallow arguments, so that most of them are not errors.
fn query(d: &mut Dice) -> Query {
    let schema = schema();
    let mut keys = Vec::new();
    for _ in 0..d.roll(4) {
        let (ty, depth) = (d.pick(&TYPES), d.roll(4) / 3);
        keys.push(expr(d, ty, depth));
    }
    let nums = [Type::Int, Type::Money, Type::Rate, Type::Ratio];
    let mut aggregates = Vec::new();
    for _ in 0..1 + d.roll(6) {
        let func = d.pick(&[
            AggregateFn::Count,
            AggregateFn::CountDistinct,
            AggregateFn::Sum,
            AggregateFn::SumProduct,
            AggregateFn::Min,
            AggregateFn::Max,
            AggregateFn::Avg,
        ]);
        let depth = d.roll(2);
        let (args, ty) = match func {
            AggregateFn::Count if d.roll(2) == 0 => (Vec::new(), Type::Int),
            AggregateFn::Count | AggregateFn::CountDistinct => {
                let of = d.pick(&TYPES);
                (vec![expr(d, of, depth)], Type::Int)
            }
            AggregateFn::Min | AggregateFn::Max => {
                let of = d.pick(&[Type::Int, Type::Ratio, Type::Text, Type::Date]);
                (vec![expr(d, of, depth)], of)
            }
            AggregateFn::SumProduct => (vec![expr(d, Type::Money, 0), expr(d, Type::Rate, 0)], Type::Int),
            _ => {
                let of = d.pick(&nums);
                let ty = if func == AggregateFn::Avg && of == Type::Int { Type::Ratio } else { of };
                (vec![expr(d, of, depth)], ty)
            }
        };
        let filter = (d.roll(2) == 0).then(|| expr(d, Type::Bool, 2));
        aggregates.push(Aggregate { func, args, filter, ty });
    }
    let filter = (d.roll(3) == 0).then(|| expr(d, Type::Bool, 2));
    let output = |node, ty| Output { name: "x".into(), expr: at(node, ty) };
    let mut outputs: Vec<Output> = keys.iter().enumerate().map(|(i, k)| output(Node::GroupKey(i), k.ty)).collect();
    outputs.extend(aggregates.iter().enumerate().map(|(i, a)| output(Node::AggregateRef(i), a.ty)));
    Query { schema, grouped: true, keys, filter, aggregates, outputs }
}

fn one_query(seed: u64, errors: &std::cell::Cell<usize>) {
    let d = &mut Dice(seed);
    let query = query(d);
    let count = d.pick(&[0, 1, 64, 300, 300, 2_500, 5_000]);
    let rows = table(d, &query.schema, count);
    let batches = batches(d, &query.schema, &rows);
    let want = row::run(&query, rows.iter().map(Vec::as_slice));
    let got = columns::run(&query, &batches);
    match (want, got) {
        (Ok(want), Ok(got)) => assert_eq!(got, want, "seed {seed}: {query:?}"),
        (Err(want), Err(got)) => {
            errors.set(errors.get() + 1);
            assert_eq!(got.code(), want.code(), "seed {seed}");
        }
        (want, got) => panic!("seed {seed}: want {want:?} got {got:?} for {query:?}"),
    }
    // The same however it is cut and on however many threads.
    let finish = |threads, one_by_one: bool| {
        let mut aggregator = Aggregator::new(&query, Options { threads })?;
        if one_by_one {
            batches.iter().try_for_each(|batch| aggregator.push(batch))?;
        } else {
            aggregator.push_all(&batches)?;
        }
        aggregator.finish()
    };
    let (single, double) = (finish(1, false), finish(2, true));
    match (single, double) {
        (Ok(a), Ok(b)) => assert_eq!(a, b, "seed {seed}"),
        (Err(a), Err(b)) => assert_eq!((a.code(), a.row_number()), (b.code(), b.row_number()), "seed {seed}"),
        (a, b) => panic!("seed {seed}: {a:?} and {b:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_expression_means_the_same_in_columns_as_row_by_row(seed: u64) {
        one_expression(seed);
    }
}

#[test]
fn a_query_means_the_same_in_columns_as_row_by_row() {
    let errors = std::cell::Cell::new(0);
    let cases = 1_000;
    for seed in 0..cases {
        one_query(seed * 7_919 + 13, &errors);
    }
    let errors = errors.get();
    assert!((50..700).contains(&errors), "of {cases} queries {errors} are errors: the generator is off");
}
