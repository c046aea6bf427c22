//! Arithmetic on numbers and dates. The loops run over all rows at full width; only when one of them may have left its
//! range are the rows looked at one by one.
#![allow(clippy::cast_possible_truncation, reason = "each cast to a narrower type is behind a range check")]

use huoshui_kernel::fault::Result;
use huoshui_kernel::round::div_half_even;

use super::bits;
use super::civil;
use super::eval::{Context, Slot};
use super::plan::Id;
use crate::ir::{Arith, DatePart, RoundMode};
use crate::mutants::{self, Mutant};
use crate::value::{RATE_ONE, RATIO_ONE};

/// What an operation makes of one row.
enum Step<T> {
    Is(T),
    Null,
    Error,
}

fn checked<T>(value: Option<T>) -> Step<T> {
    value.map_or(Step::Error, Step::Is)
}

/// Runs `f` over the rows; NULLs and errors of valid rows are recorded, those of NULL rows are not.
fn each<T: Copy + Default>(
    rows: impl Iterator<Item = Step<T>>,
    count: usize,
    to: &mut Vec<T>,
) -> Option<(Vec<u64>, Vec<u64>)> {
    let mut odd: Option<(Vec<u64>, Vec<u64>)> = None;
    to.clear();
    to.extend(rows.enumerate().map(|(row, step)| {
        let nulled = match step {
            Step::Is(value) => return value,
            Step::Null => true,
            Step::Error => false,
        };
        let (nulls, errors) = odd.get_or_insert_with(|| (vec![0; bits::words(count)], vec![0; bits::words(count)]));
        let words = if nulled { nulls } else { errors };
        if let Some(word) = words.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
        T::default()
    }));
    odd
}

/// Records what [`each`] found, after validity is known.
fn record(cx: &Context<'_>, odd: Option<(Vec<u64>, Vec<u64>)>, out: &mut Slot) {
    let Some((nulls, mut errors)) = odd else { return };
    if let Some(valid) = out.valid.get() {
        bits::and(&mut errors, valid);
    }
    if bits::count(&errors) > 0 {
        out.errors.unite(Some(&errors));
    }
    if bits::count(&nulls) > 0 {
        let mut valid = Vec::new();
        bits::fill_ones(&mut valid, cx.rows);
        bits::and_not(&mut valid, &nulls);
        out.valid.intersect(Some(&valid));
    }
}

fn map2(cx: &Context<'_>, a: Id, b: Id, out: &mut Slot, f: impl Fn(i64, i64) -> Step<i64>) -> Result<()> {
    let rows = cx.nums(a)?.iter().zip(cx.nums(b)?).map(|(x, y)| f(*x, *y));
    let odd = each(rows, cx.rows, &mut out.nums);
    cx.strict(&[a, b], out)?;
    record(cx, odd, out);
    Ok(())
}

pub(super) fn negate(cx: &Context<'_>, a: Id, out: &mut Slot) -> Result<()> {
    let odd = each(cx.nums(a)?.iter().map(|x| checked(x.checked_neg())), cx.rows, &mut out.nums);
    cx.strict(&[a], out)?;
    record(cx, odd, out);
    Ok(())
}

pub(super) fn abs(cx: &Context<'_>, a: Id, out: &mut Slot) -> Result<()> {
    let odd = each(cx.nums(a)?.iter().map(|x| checked(x.checked_abs())), cx.rows, &mut out.nums);
    cx.strict(&[a], out)?;
    record(cx, odd, out);
    Ok(())
}

pub(super) fn arith(cx: &Context<'_>, how: Arith, a: Id, b: Id, out: &mut Slot) -> Result<()> {
    match how {
        // The sign of `(a ^ r) & (b ^ r)` says that a sum wrapped; one word gathers it for the whole chunk.
        Arith::Add => quick(cx, a, b, out, |x, y, r| (x ^ r) & (y ^ r), i64::wrapping_add, i64::checked_add),
        Arith::Sub => quick(cx, a, b, out, |x, y, r| (x ^ y) & (x ^ r), i64::wrapping_sub, i64::checked_sub),
        Arith::Mul => map2(cx, a, b, out, |x, y| checked(x.checked_mul(y))),
        Arith::MulScaled(scale) if mutants::on(Mutant::ColumnsHalfUp) => {
            map2(cx, a, b, out, |x, y| checked(mutants::half_up(i128::from(x) * i128::from(y), i128::from(scale))))
        }
        Arith::MulScaled(RATE_ONE) => map2(cx, a, b, out, |x, y| checked(scaled_product::<RATE_ONE>(x, y))),
        Arith::MulScaled(RATIO_ONE) => map2(cx, a, b, out, |x, y| checked(scaled_product::<RATIO_ONE>(x, y))),
        Arith::MulScaled(scale) => {
            map2(cx, a, b, out, |x, y| checked(narrow(div_half_even(i128::from(x) * i128::from(y), i128::from(scale)))))
        }
        Arith::DivScaled(factor) => map2(cx, a, b, out, |x, y| match y {
            0 => Step::Null,
            y => checked(quotient(x, factor, y)),
        }),
        Arith::Rem => map2(cx, a, b, out, |x, y| match y {
            0 => Step::Null,
            y => Step::Is(x.wrapping_rem(y)),
        }),
    }
}

fn quick(
    cx: &Context<'_>,
    a: Id,
    b: Id,
    out: &mut Slot,
    wrapped: impl Fn(i64, i64, i64) -> i64,
    fast: impl Fn(i64, i64) -> i64,
    slow: impl Fn(i64, i64) -> Option<i64>,
) -> Result<()> {
    let mut sign = 0;
    out.nums.clear();
    out.nums.extend(cx.nums(a)?.iter().zip(cx.nums(b)?).map(|(x, y)| {
        let r = fast(*x, *y);
        sign |= wrapped(*x, *y, r);
        r
    }));
    if sign < 0 {
        return map2(cx, a, b, out, |x, y| checked(slow(x, y)));
    }
    cx.strict(&[a, b], out)
}

fn narrow(wide: Option<i128>) -> Option<i64> {
    wide.and_then(|value| i64::try_from(value).ok())
}

/// `n / d` half-even where nothing can leave `i64`: `d` is not zero, and not -1 with the least `n`.
fn divide_narrow(n: i64, d: i64) -> i64 {
    let (q, r) = (n / d, n % d);
    let (r, d_abs) = (r.unsigned_abs(), d.unsigned_abs());
    let away = r > d_abs - r || (r == d_abs - r && q & 1 != 0);
    q + i64::from(away) * if (n < 0) == (d < 0) { 1 } else { -1 }
}

/// `x · y / SCALE`. The scale is a constant so that the division becomes a multiplication.
fn scaled_product<const SCALE: i64>(x: i64, y: i64) -> Option<i64> {
    match x.checked_mul(y) {
        Some(product) => Some(divide_narrow(product, SCALE)),
        None => narrow(div_half_even(i128::from(x) * i128::from(y), i128::from(SCALE))),
    }
}

/// `x · factor / y`.
fn quotient(x: i64, factor: i64, y: i64) -> Option<i64> {
    match x.checked_mul(factor) {
        Some(scaled) if scaled != i64::MIN => Some(divide_narrow(scaled, y)),
        _ => narrow(div_half_even(i128::from(x) * i128::from(factor), i128::from(y))),
    }
}

pub(super) fn round(
    cx: &Context<'_>,
    a: Id,
    (unit, divide): (i64, i64),
    mode: RoundMode,
    out: &mut Slot,
) -> Result<()> {
    let rows = cx.nums(a)?.iter().map(|x| {
        let steps = match mode {
            RoundMode::HalfEven => divide_narrow_checked(*x, unit),
            RoundMode::Floor => x.div_euclid(unit),
            RoundMode::Ceil => x.div_euclid(unit) + i64::from(x.rem_euclid(unit) != 0),
        };
        checked(i64::try_from(i128::from(steps) * i128::from(unit) / i128::from(divide)).ok())
    });
    let odd = each(rows, cx.rows, &mut out.nums);
    cx.strict(&[a], out)?;
    record(cx, odd, out);
    Ok(())
}

/// The grid is positive, so the only dangerous divisor, -1, cannot come.
fn divide_narrow_checked(n: i64, unit: i64) -> i64 {
    if unit == 1 { n } else { divide_narrow(n, unit) }
}

pub(super) fn date_part(cx: &Context<'_>, part: DatePart, a: Id, out: &mut Slot) -> Result<()> {
    match part {
        DatePart::Year => part_of(cx, a, out, |d| civil::civil(d).0),
        DatePart::Quarter => part_of(cx, a, out, |d| (civil::civil(d).1 + 2) / 3),
        DatePart::Month => part_of(cx, a, out, |d| civil::civil(d).1),
        DatePart::Day => part_of(cx, a, out, |d| civil::civil(d).2),
        DatePart::IsoWeekday => part_of(cx, a, out, |d| (d + 3).rem_euclid(7) + 1),
        DatePart::DayOfYear => part_of(cx, a, out, |d| d - civil::days(civil::civil(d).0, 1, 1) + 1),
    }
}

fn part_of(cx: &Context<'_>, a: Id, out: &mut Slot, f: impl Fn(i32) -> i32) -> Result<()> {
    let part = |d: &i32| if civil::in_range(*d) { Step::Is(i64::from(f(*d))) } else { Step::Error };
    let odd = each(cx.dates(a)?.iter().map(part), cx.rows, &mut out.nums);
    cx.strict(&[a], out)?;
    record(cx, odd, out);
    Ok(())
}

pub(super) fn add_days(cx: &Context<'_>, a: Id, b: Id, out: &mut Slot) -> Result<()> {
    let rows = cx.dates(a)?.iter().zip(cx.nums(b)?).map(|(day, more)| {
        let sum = i64::from(*day).checked_add(*more).and_then(|d| i32::try_from(d).ok());
        checked(sum.filter(|d| civil::in_range(*d)))
    });
    let odd = each(rows, cx.rows, &mut out.dates);
    cx.strict(&[a, b], out)?;
    record(cx, odd, out);
    Ok(())
}

/// Days from 1970 on whose sums are remembered, to 2149. A portfolio has few different dates.
const MEMO: usize = 1 << 16;

pub(super) fn add_months(cx: &Context<'_>, a: Id, months: i64, out: &mut Slot) -> Result<()> {
    let Slot { dates: to, memo, .. } = out;
    // Zero stands for "not yet worked out"; a result of 1970-01-01 is worked out every time.
    memo.resize(MEMO, 0);
    let sum = |day: &i32| match usize::try_from(*day).ok().and_then(|at| memo.get_mut(at)) {
        Some(known) if *known != 0 => Step::Is(*known),
        Some(new) => {
            let sum = civil::add_months(*day, months);
            *new = sum.unwrap_or(0);
            checked(sum)
        }
        None => checked(civil::add_months(*day, months)),
    };
    let odd = each(cx.dates(a)?.iter().map(sum), cx.rows, to);
    cx.strict(&[a], out)?;
    record(cx, odd, out);
    Ok(())
}

pub(super) fn days_between(cx: &Context<'_>, a: Id, b: Id, out: &mut Slot) -> Result<()> {
    out.nums.clear();
    out.nums.extend(cx.dates(a)?.iter().zip(cx.dates(b)?).map(|(x, y)| i64::from(*x) - i64::from(*y)));
    cx.strict(&[a, b], out)
}
