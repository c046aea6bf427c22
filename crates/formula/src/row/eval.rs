//! Runs the small machines. Operands go left to right; what is not selected is not run.

use std::cmp::Ordering;
use std::sync::Arc;

use super::build::{Num, Root, Step, Text, Truth};
use super::program::Stop;
use crate::ir::{Arith, Cmp, Span};
use crate::mutants::{self, Mutant};
use crate::num;
use crate::value::{Type, Value};

type Answer<T> = Result<Option<T>, Stop>;

impl Root {
    pub(super) fn eval(&self, row: &[Value]) -> Result<Value, Stop> {
        Ok(match &self.step {
            Step::Num(n) => match (n.eval(row)?, self.ty) {
                (None, _) => Value::Null,
                (Some(v), Type::Date) => Value::Date(i32::try_from(v).map_err(|_| Stop::Internal)?),
                (Some(v), _) => Value::Num(v),
            },
            Step::Truth(t) => t.eval(row)?.map_or(Value::Null, Value::Bool),
            Step::Text(t) => t.eval(row)?.map_or(Value::Null, |t| Value::Text(t.clone())),
        })
    }

    pub(super) fn eval_bool(&self, row: &[Value]) -> Answer<bool> {
        match &self.step {
            Step::Truth(t) => t.eval(row),
            _ => Err(Stop::Internal),
        }
    }
}

#[inline]
fn number(row: &[Value], i: usize) -> Answer<i64> {
    match row.get(i) {
        Some(Value::Num(n)) => Ok(Some(*n)),
        Some(Value::Null) => Ok(None),
        Some(Value::Date(d)) => Ok(Some(i64::from(*d))),
        _ => Err(Stop::Cell(i)),
    }
}

#[inline]
fn text(row: &[Value], i: usize) -> Answer<&Arc<str>> {
    match row.get(i) {
        Some(Value::Text(t)) => Ok(Some(t)),
        Some(Value::Null) => Ok(None),
        _ => Err(Stop::Cell(i)),
    }
}

fn checked(value: Option<i64>, span: Span) -> Answer<i64> {
    value.map(Some).ok_or(Stop::Overflow(span))
}

/// What NULL does to two operands, both already run.
fn both<A, B>(a: Option<A>, b: Option<B>) -> Option<(A, B)> {
    a.zip(b)
}

#[inline]
fn holds(cmp: Cmp, order: Ordering) -> bool {
    match cmp {
        Cmp::Eq => order.is_eq(),
        Cmp::Ne => order.is_ne(),
        Cmp::Lt => order.is_lt(),
        Cmp::Le => order.is_le(),
        Cmp::Gt => order.is_gt(),
        Cmp::Ge => order.is_ge(),
    }
}

impl Num {
    fn eval(&self, row: &[Value]) -> Answer<i64> {
        match self {
            Self::Const(v) => Ok(*v),
            Self::Column(i) => number(row, *i),
            Self::Neg(a, span) => match a.eval(row)? {
                Some(v) => checked(v.checked_neg(), *span),
                None => Ok(None),
            },
            Self::Arith(op, ab, span) => {
                let (a, b) = (ab.0.eval(row)?, ab.1.eval(row)?);
                match both(a, b) {
                    Some((a, b)) => arith(*op, a, b, *span),
                    None => Ok(None),
                }
            }
            Self::Abs(a, span) => match a.eval(row)? {
                Some(v) => checked(v.checked_abs(), *span),
                None => Ok(None),
            },
            Self::Round { arg, unit, divide, mode, span } => match arg.eval(row)? {
                Some(v) => checked(num::round(v, *unit, *divide, *mode), *span),
                None => Ok(None),
            },
            Self::Part(part, a) => match a.eval(row)? {
                Some(v) => num::date_part(*part, v).map(Some).ok_or(Stop::Internal),
                None => Ok(None),
            },
            Self::AddDays(ab, span) => match both(ab.0.eval(row)?, ab.1.eval(row)?) {
                Some((a, b)) => checked(num::add_days(a, b), *span),
                None => Ok(None),
            },
            Self::AddMonths(a, months, span) => match a.eval(row)? {
                Some(v) => checked(num::add_months(v, *months), *span),
                None => Ok(None),
            },
            Self::DaysBetween(ab) => Ok(both(ab.0.eval(row)?, ab.1.eval(row)?).map(|(a, b)| a - b)),
            Self::Least(all) => extreme(all, |n| n.eval(row), Ordering::Less),
            Self::Greatest(all) => extreme(all, |n| n.eval(row), Ordering::Greater),
            Self::Coalesce(all) => first(all, |n| n.eval(row)),
            Self::NullIf(ab) => Ok(null_if(ab.0.eval(row)?, ab.1.eval(row)?)),
            Self::Case(whens, otherwise) => match chosen(whens, row)? {
                Some(v) => v.eval(row),
                None => otherwise.eval(row),
            },
        }
    }
}

fn arith(op: Arith, a: i64, b: i64, span: Span) -> Answer<i64> {
    checked(
        match op {
            Arith::Add => a.checked_add(b),
            Arith::Sub => a.checked_sub(b),
            Arith::Mul => a.checked_mul(b),
            Arith::MulScaled(scale) => {
                if mutants::on(Mutant::RowHalfUp) {
                    return checked(mutants::half_up(i128::from(a) * i128::from(b), i128::from(scale)), span);
                }
                num::mul_scaled(a, b, scale)
            }
            Arith::DivScaled(factor) => match num::div_scaled(a, b, factor) {
                Some(None) => return Ok(None),
                Some(v) => v,
                None => None,
            },
            Arith::Rem => return Ok(num::rem(a, b)),
        },
        span,
    )
}

impl Text {
    fn eval<'a>(&'a self, row: &'a [Value]) -> Answer<&'a Arc<str>> {
        match self {
            Self::Const(v) => Ok(v.as_ref()),
            Self::Column(i) => text(row, *i),
            Self::Least(all) => extreme(all, |t| t.eval(row), Ordering::Less),
            Self::Greatest(all) => extreme(all, |t| t.eval(row), Ordering::Greater),
            Self::Coalesce(all) => first(all, |t| t.eval(row)),
            Self::NullIf(ab) => Ok(null_if(ab.0.eval(row)?, ab.1.eval(row)?)),
            Self::Case(whens, otherwise) => match chosen(whens, row)? {
                Some(v) => v.eval(row),
                None => otherwise.eval(row),
            },
        }
    }
}

impl Truth {
    fn eval(&self, row: &[Value]) -> Answer<bool> {
        match self {
            Self::Const(v) => Ok(*v),
            Self::Column(i) => match row.get(*i) {
                Some(Value::Bool(b)) => Ok(Some(*b)),
                Some(Value::Null) => Ok(None),
                _ => Err(Stop::Cell(*i)),
            },
            Self::Not(a) => Ok(a.eval(row)?.map(|v| !v)),
            Self::And(all) => until(all, row, false),
            Self::Or(all) => until(all, row, true),
            Self::ColumnIsNull(i, negated) => match row.get(*i) {
                Some(v) => Ok(Some(matches!(v, Value::Null) != *negated)),
                None => Err(Stop::Cell(*i)),
            },
            Self::NumIsNull(a, negated) => Ok(Some(a.eval(row)?.is_none() != *negated)),
            Self::TextIsNull(a, negated) => Ok(Some(a.eval(row)?.is_none() != *negated)),
            Self::TruthIsNull(a, negated) => Ok(Some(a.eval(row)?.is_none() != *negated)),
            Self::ColumnNum(cmp, i, n) => Ok(number(row, *i)?.map(|v| holds(*cmp, v.cmp(n)))),
            Self::ColumnNumBetween { column, low, high, negated } => {
                Ok(number(row, *column)?.map(|v| (*low <= v && v <= *high) != *negated))
            }
            Self::ColumnNumIn { column, items, negated } => {
                Ok(number(row, *column)?.map(|v| items.binary_search(&v).is_ok() != *negated))
            }
            Self::ColumnText(cmp, i, t) => Ok(text(row, *i)?.map(|v| holds(*cmp, v.as_bytes().cmp(t.as_bytes())))),
            Self::ColumnTextIn { column, items, negated } => {
                Ok(text(row, *column)?.map(|v| items.binary_search(v).is_ok() != *negated))
            }
            Self::Num(cmp, ab) => Ok(both(ab.0.eval(row)?, ab.1.eval(row)?).map(|(a, b)| holds(*cmp, a.cmp(&b)))),
            Self::Text(cmp, ab) => Ok(both(ab.0.eval(row)?, ab.1.eval(row)?).map(|(a, b)| holds(*cmp, a.cmp(b)))),
            Self::Truth(cmp, ab) => Ok(both(ab.0.eval(row)?, ab.1.eval(row)?).map(|(a, b)| holds(*cmp, a.cmp(&b)))),
            Self::NumIn { arg, items, negated } => within(arg.eval(row)?, items, |n| n.eval(row), *negated),
            Self::TextIn { arg, items, negated } => within(arg.eval(row)?, items, |t| t.eval(row), *negated),
            Self::TruthIn { arg, items, negated } => within(arg.eval(row)?, items, |t| t.eval(row), *negated),
            Self::NumBetween(abc, negated) => {
                between(abc.0.eval(row)?, || abc.1.eval(row), || abc.2.eval(row), *negated)
            }
            Self::TextBetween(abc, negated) => {
                between(abc.0.eval(row)?, || abc.1.eval(row), || abc.2.eval(row), *negated)
            }
            Self::Like { arg, pattern, negated } => Ok(arg.eval(row)?.map(|v| pattern.matches(v) != *negated)),
            Self::Coalesce(all) => first(all, |t| t.eval(row)),
            Self::NullIf(ab) => Ok(null_if(ab.0.eval(row)?, ab.1.eval(row)?)),
            Self::Case(whens, otherwise) => match chosen(whens, row)? {
                Some(v) => v.eval(row),
                None => otherwise.eval(row),
            },
        }
    }
}

/// AND (stops at FALSE) and OR (stops at TRUE): one rule seen from two sides.
fn until(all: &[Truth], row: &[Value], stop: bool) -> Answer<bool> {
    let mut unknown = false;
    for part in all {
        match part.eval(row)? {
            Some(v) if v == stop => return Ok(Some(stop)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { None } else { Some(!stop) })
}

fn first<'a, N, T>(all: &'a [N], eval: impl Fn(&'a N) -> Answer<T>) -> Answer<T> {
    for part in all {
        if let Some(v) = eval(part)? {
            return Ok(Some(v));
        }
    }
    Ok(None)
}

fn null_if<T: PartialEq>(a: Option<T>, b: Option<T>) -> Option<T> {
    if a == b { None } else { a }
}

fn chosen<'a, N>(whens: &'a [(Truth, N)], row: &[Value]) -> Answer<&'a N> {
    for (test, value) in whens {
        if test.eval(row)? == Some(true) {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

/// LEAST and GREATEST: every operand runs, and one NULL makes the result NULL.
fn extreme<'a, N, T: Ord>(all: &'a [N], eval: impl Fn(&'a N) -> Answer<T>, wanted: Ordering) -> Answer<T> {
    let mut best = None;
    let mut unknown = false;
    for part in all {
        match eval(part)? {
            None => unknown = true,
            Some(v) => {
                if best.as_ref().is_none_or(|b| v.cmp(b) == wanted) {
                    best = Some(v);
                }
            }
        }
    }
    if unknown && !mutants::on(Mutant::RowLeastNull) { Ok(None) } else { Ok(best) }
}

fn within<'a, N, T: PartialEq>(
    arg: Option<T>,
    items: &'a [N],
    eval: impl Fn(&'a N) -> Answer<T>,
    negated: bool,
) -> Answer<bool> {
    let mut unknown = arg.is_none();
    for item in items {
        match (&arg, eval(item)?) {
            (Some(a), Some(v)) if *a == v => return Ok(Some(!negated)),
            (_, Some(_)) => {}
            (_, None) => unknown = true,
        }
    }
    if unknown && !mutants::on(Mutant::RowInNull) { Ok(None) } else { Ok(Some(negated)) }
}

/// `low <= arg AND arg <= high`: `high` runs only if the first half is not FALSE.
fn between<T: PartialOrd>(
    arg: Option<T>,
    low: impl FnOnce() -> Answer<T>,
    high: impl FnOnce() -> Answer<T>,
    negated: bool,
) -> Answer<bool> {
    let low = low()?;
    let above = arg.as_ref().zip(low.as_ref()).map(|(a, l)| a >= l);
    if above == Some(false) {
        return Ok(Some(negated));
    }
    let high = high()?;
    let below = arg.as_ref().zip(high.as_ref()).map(|(a, h)| a <= h);
    Ok(match (above, below) {
        (_, Some(false)) => Some(negated),
        (Some(true), Some(true)) => Some(!negated),
        _ => None,
    })
}
