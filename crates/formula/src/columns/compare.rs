//! Comparisons, lists of constants, LEAST and GREATEST.

use huoshui_kernel::fault::Result;

use super::bits;
use super::eval::{Context, Lane, Slot, internal, lane};
use super::plan::{Id, holds};
use crate::ir::Cmp;
use crate::mutants::{self, Mutant};
use crate::value::{Type, Value};

/// A loop of its own for each comparison, so that each is compiled to vector code.
fn pairs<T: Copy + Ord>(cmp: Cmp, a: &[T], b: &[T], out: &mut Vec<u64>) {
    match cmp {
        Cmp::Eq => bits::test2(a, b, out, |x, y| x == y),
        Cmp::Ne => bits::test2(a, b, out, |x, y| x != y),
        Cmp::Lt => bits::test2(a, b, out, |x, y| x < y),
        Cmp::Le => bits::test2(a, b, out, |x, y| x <= y),
        Cmp::Gt => bits::test2(a, b, out, |x, y| x > y),
        Cmp::Ge => bits::test2(a, b, out, |x, y| x >= y),
    }
}

fn against<T: Copy + Ord>(cmp: Cmp, a: &[T], c: T, out: &mut Vec<u64>) {
    match cmp {
        Cmp::Eq => bits::test(a, out, |x| x == c),
        Cmp::Ne => bits::test(a, out, |x| x != c),
        Cmp::Lt => bits::test(a, out, |x| x < c),
        Cmp::Le => bits::test(a, out, |x| x <= c),
        Cmp::Gt => bits::test(a, out, |x| x > c),
        Cmp::Ge => bits::test(a, out, |x| x >= c),
    }
}

/// From the rows that hold to TRUE and FALSE among the valid ones.
fn settle(cx: &Context<'_>, out: &mut Slot) {
    bits::fill_ones(&mut out.no, cx.rows);
    if let Some(valid) = out.valid.get() {
        bits::and(&mut out.yes, valid);
        bits::and(&mut out.no, valid);
    }
    bits::and_not(&mut out.no, &out.yes);
    out.valid.clear();
}

pub(super) fn compare(cx: &Context<'_>, cmp: Cmp, a: Id, b: Id, out: &mut Slot) -> Result<()> {
    match (lane(cx.plan.node(a)?.ty), cx.constant(b)) {
        (Lane::Nums, Some(Value::Num(c))) => against(cmp, cx.nums(a)?, *c, &mut out.yes),
        (Lane::Nums, _) => pairs(cmp, cx.nums(a)?, cx.nums(b)?, &mut out.yes),
        (Lane::Dates, Some(Value::Date(c))) => against(cmp, cx.dates(a)?, *c, &mut out.yes),
        (Lane::Dates, _) => pairs(cmp, cx.dates(a)?, cx.dates(b)?, &mut out.yes),
        (Lane::Codes, _) => match cmp {
            Cmp::Eq | Cmp::Ne => pairs(cmp, cx.codes(a)?, cx.codes(b)?, &mut out.yes),
            _ => bits::test2(cx.codes(a)?, cx.codes(b)?, &mut out.yes, |x, y| {
                holds(cmp, cx.pool.text(x).cmp(cx.pool.text(y)))
            }),
        },
        (Lane::Bits, _) => {
            truths(cx, cmp, a, b, out)?;
            out.errors.unite(cx.slot(a)?.errors.get());
            out.errors.unite(cx.slot(b)?.errors.get());
            return Ok(());
        }
    }
    cx.strict(&[a, b], out)?;
    settle(cx, out);
    Ok(())
}

/// Truth values are equal or not; they have no order.
fn truths(cx: &Context<'_>, cmp: Cmp, a: Id, b: Id, out: &mut Slot) -> Result<()> {
    let (a, b) = (cx.slot(a)?, cx.slot(b)?);
    let flip = match cmp {
        Cmp::Eq => u64::MAX,
        Cmp::Ne => 0,
        _ => return Err(internal("truth values have no order")),
    };
    out.yes.clear();
    out.no.clear();
    for ((ay, an), (by, bn)) in a.yes.iter().zip(&a.no).zip(b.yes.iter().zip(&b.no)) {
        let known = (ay | an) & (by | bn);
        let holds = (ay ^ by ^ flip) & known;
        out.yes.push(holds);
        out.no.push(known & !holds);
    }
    Ok(())
}

/// Up to this many constants are compared one by one, which vector code does faster than a search.
const FEW: usize = 8;

pub(super) fn in_nums(cx: &Context<'_>, a: Id, nums: &[i64], null: bool, out: &mut Slot) -> Result<()> {
    let (few, mut one) = (nums.len() <= FEW, Vec::new());
    bits::fill_zeros(&mut out.yes, cx.rows);
    match lane(cx.plan.node(a)?.ty) {
        Lane::Dates if few => {
            for day in nums.iter().filter_map(|n| i32::try_from(*n).ok()) {
                bits::test(cx.dates(a)?, &mut one, |x| x == day);
                bits::or(&mut out.yes, &one);
            }
        }
        Lane::Dates => bits::test(cx.dates(a)?, &mut out.yes, |x| nums.binary_search(&i64::from(x)).is_ok()),
        _ if few => {
            for n in nums {
                bits::test(cx.nums(a)?, &mut one, |x| x == *n);
                bits::or(&mut out.yes, &one);
            }
        }
        _ => bits::test(cx.nums(a)?, &mut out.yes, |x| nums.binary_search(&x).is_ok()),
    }
    cx.strict(&[a], out)?;
    settle(cx, out);
    if null && !mutants::on(Mutant::ColumnsInNull) {
        bits::fill_zeros(&mut out.no, cx.rows);
    }
    Ok(())
}

fn fold<T: Copy>(out: &mut Vec<T>, with: &[T], first: bool, pick: impl Fn(T, T) -> T) {
    if first {
        out.clear();
        out.extend_from_slice(with);
    } else {
        out.iter_mut().zip(with).for_each(|(to, x)| *to = pick(*to, *x));
    }
}

/// The least of all (or the greatest), NULL if any is NULL.
pub(super) fn extreme(cx: &Context<'_>, args: &[Id], least: bool, ty: Type, out: &mut Slot) -> Result<()> {
    for (index, arg) in args.iter().enumerate() {
        let first = index == 0;
        match lane(ty) {
            Lane::Nums if least => fold(&mut out.nums, cx.nums(*arg)?, first, Ord::min),
            Lane::Nums => fold(&mut out.nums, cx.nums(*arg)?, first, Ord::max),
            Lane::Dates if least => fold(&mut out.dates, cx.dates(*arg)?, first, Ord::min),
            Lane::Dates => fold(&mut out.dates, cx.dates(*arg)?, first, Ord::max),
            Lane::Bits => return Err(internal("truth values have no order")),
            Lane::Codes => fold(&mut out.codes, cx.codes(*arg)?, first, |x, y| {
                let takes = (cx.pool.text(y) < cx.pool.text(x)) == least;
                if x != y && takes { y } else { x }
            }),
        }
    }
    let strict = if mutants::on(Mutant::ColumnsLeastNull) { args.get(..1).unwrap_or(args) } else { args };
    cx.strict(strict, out)
}
