//! Rewrites the results of a grouped selection over its keys and aggregates.

use huoshui_kernel::fault::Result;

use super::source::Source;
use crate::faults;
use crate::ir::{Aggregate, Expr, Node, Span};
use crate::walk::children_mut;

/// Puts group keys where the expression repeats them, and refuses any column that is left.
pub(crate) fn regroup(expr: &mut Expr, keys: &[Expr], source: &Source<'_>) -> Result<()> {
    if let Some(i) = keys.iter().position(|k| same(k, expr)) {
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

/// Whether two expressions are the same but for their places in the text.
pub(crate) fn same(a: &Expr, b: &Expr) -> bool {
    a.ty == b.ty && (a.node == b.node || bare(a) == bare(b))
}

/// The same of two aggregates.
pub(crate) fn same_aggregate(a: &Aggregate, b: &Aggregate) -> bool {
    let filters = match (&a.filter, &b.filter) {
        (None, None) => true,
        (Some(x), Some(y)) => same(x, y),
        _ => false,
    };
    a.func == b.func && a.ty == b.ty && filters && a.args.len() == b.args.len() && {
        a.args.iter().zip(&b.args).all(|(x, y)| same(x, y))
    }
}

fn bare(expr: &Expr) -> Expr {
    fn clear(e: &mut Expr) {
        e.span = Span::default();
        children_mut(&mut e.node).into_iter().for_each(clear);
    }
    let mut copy = expr.clone();
    clear(&mut copy);
    copy
}
