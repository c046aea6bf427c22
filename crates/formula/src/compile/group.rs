//! Rewrites the results of a grouped selection over its keys and aggregates.

use std::collections::HashMap;

use huoshui_kernel::fault::Result;

use super::source::Source;
use crate::faults;
use crate::ir::{Aggregate, Expr, Node, Span};
use crate::walk::children_mut;

/// The aggregates of a selection, equal ones once.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) list: Vec<Aggregate>,
    seen: HashMap<Aggregate, usize>,
}

impl Gathered {
    /// The index of an aggregate, shared with an equal one.
    pub(crate) fn index(&mut self, wanted: Aggregate) -> usize {
        let key = Aggregate {
            args: wanted.args.iter().map(bare).collect(),
            filter: wanted.filter.as_ref().map(bare),
            ..wanted.clone()
        };
        *self.seen.entry(key).or_insert_with(|| {
            self.list.push(wanted);
            self.list.len() - 1
        })
    }
}

/// Puts group keys, given without places, where the expression repeats them, and refuses any column that is left.
pub(crate) fn regroup(expr: &mut Expr, keys: &[Expr], source: &Source<'_>) -> Result<()> {
    let alike = |k: &Expr| k.ty == expr.ty && std::mem::discriminant(&k.node) == std::mem::discriminant(&expr.node);
    if let Some(i) = keys.iter().position(|k| alike(k) && *k == bare(expr)) {
        expr.node = Node::GroupKey(i);
        return Ok(());
    }
    if let Node::Column(_) = expr.node {
        return Err(source
            .fault(&faults::AGGREGATE, expr.span)
            .with("zh", "该列不在分组键中，一组里可能有多个值")
            .with("en", "the column is not a group key, a group may hold many values of it"));
    }
    for child in children_mut(&mut expr.node) {
        regroup(child, keys, source)?;
    }
    Ok(())
}

/// The expression without its places in the text, so that equal ones compare equal.
pub(crate) fn bare(expr: &Expr) -> Expr {
    fn clear(e: &mut Expr) {
        e.span = Span::default();
        children_mut(&mut e.node).into_iter().for_each(clear);
    }
    let mut copy = expr.clone();
    clear(&mut copy);
    copy
}
