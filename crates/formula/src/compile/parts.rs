//! Small things that every part of the type checker needs.

use std::sync::Arc;

use huoshui_kernel::fault::{Fault, Result};

use super::MAX_ITEMS;
use super::literal::Typed;
use super::source::too_large;
use crate::faults;
use crate::ir::{Expr, Node, Span};
use crate::value::Type;

pub(crate) fn known(node: Node, ty: Type, span: Span) -> Typed {
    Typed::Known(Expr { node, ty, span })
}

pub(crate) fn internal() -> Fault {
    Fault::new(&faults::INTERNAL).with("detail", "operands")
}

pub(crate) fn two(parts: Vec<Expr>) -> Result<(Expr, Expr)> {
    let mut parts = parts.into_iter();
    match (parts.next(), parts.next()) {
        (Some(a), Some(b)) => Ok((a, b)),
        _ => Err(internal()),
    }
}

pub(crate) fn at_most(items: usize) -> Result<()> {
    if items > MAX_ITEMS { Err(too_large("列表项数", "items in a list", MAX_ITEMS)) } else { Ok(()) }
}

pub(crate) fn cover(parts: &[Expr]) -> Span {
    Span {
        start: parts.iter().map(|p| p.span.start).min().unwrap_or(0),
        end: parts.iter().map(|p| p.span.end).max().unwrap_or(0),
    }
}

/// Whether a type takes arithmetic.
pub(crate) fn numeric(ty: Type) -> bool {
    matches!(ty, Type::Int | Type::Money | Type::Rate | Type::Ratio)
}

/// The name of a type for people, with an article in English.
pub(crate) fn name(ty: Type) -> (&'static str, &'static str) {
    match ty {
        Type::Int => ("整数", "a whole number"),
        Type::Money => ("金额", "money"),
        Type::Rate => ("利率", "a rate"),
        Type::Ratio => ("比率", "a ratio"),
        Type::Bool => ("真假值", "a truth value"),
        Type::Text => ("文本", "a text"),
        Type::Date => ("日期", "a date"),
    }
}

/// The candidate nearest to a misspelt name, if any is near enough to be meant.
pub(crate) fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> Option<Arc<str>> {
    let wrong: Vec<char> = wrong.to_ascii_lowercase().chars().take(64).collect();
    names
        .map(|n| (distance(&wrong, n), n))
        .filter(|(far, n)| *far <= 1 + n.chars().count().min(wrong.len()) / 3)
        .min_by_key(|(far, _)| *far)
        .map(|(_, n)| n.into())
}

/// How many letters must change to make one of the other.
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.to_ascii_lowercase().chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (y, above) in b.iter().zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(x != y)).min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
