//! Walks over typed expressions.

use crate::ir::{Expr, Node};

impl Expr {
    /// The direct parts, in the order in which they run.
    #[must_use]
    pub fn children(&self) -> Vec<&Expr> {
        children(&self.node)
    }

    /// The direct parts, to be changed.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        children_mut(&mut self.node)
    }

    /// Whether this holds for the expression or any part of it.
    pub fn any(&self, test: &impl Fn(&Expr) -> bool) -> bool {
        test(self) || self.children().into_iter().any(|c| c.any(test))
    }

    /// The indices of the columns that it reads, ascending, each once.
    #[must_use]
    pub fn columns(&self) -> Vec<usize> {
        fn gather(e: &Expr, into: &mut Vec<usize>) {
            if let Node::Column(i) = e.node {
                into.push(i);
            }
            e.children().into_iter().for_each(|c| gather(c, into));
        }
        let mut all = Vec::new();
        gather(self, &mut all);
        all.sort_unstable();
        all.dedup();
        all
    }
}

fn children(node: &Node) -> Vec<&Expr> {
    match node {
        Node::Const(_) | Node::Column(_) | Node::GroupKey(_) | Node::AggregateRef(_) => Vec::new(),
        Node::Neg(a)
        | Node::Not(a)
        | Node::Abs(a)
        | Node::DatePart(_, a)
        | Node::AddMonths(a, _)
        | Node::IsNull { arg: a, .. }
        | Node::Like { arg: a, .. }
        | Node::Round { arg: a, .. } => vec![a],
        Node::Arith(_, a, b)
        | Node::Compare(_, a, b)
        | Node::NullIf(a, b)
        | Node::AddDays(a, b)
        | Node::DaysBetween(a, b) => vec![a, b],
        Node::And(all) | Node::Or(all) | Node::Coalesce(all) | Node::Least(all) | Node::Greatest(all) => {
            all.iter().collect()
        }
        Node::In { arg, items, .. } => std::iter::once(&**arg).chain(items).collect(),
        Node::Between { arg, low, high, .. } => vec![arg, low, high],
        Node::Case { whens, otherwise } => {
            whens.iter().flat_map(|(c, v)| [c, v]).chain(std::iter::once(&**otherwise)).collect()
        }
    }
}

/// The direct parts of a node, to be changed.
pub(crate) fn children_mut(node: &mut Node) -> Vec<&mut Expr> {
    match node {
        Node::Const(_) | Node::Column(_) | Node::GroupKey(_) | Node::AggregateRef(_) => Vec::new(),
        Node::Neg(a)
        | Node::Not(a)
        | Node::Abs(a)
        | Node::DatePart(_, a)
        | Node::AddMonths(a, _)
        | Node::IsNull { arg: a, .. }
        | Node::Like { arg: a, .. }
        | Node::Round { arg: a, .. } => vec![a],
        Node::Arith(_, a, b)
        | Node::Compare(_, a, b)
        | Node::NullIf(a, b)
        | Node::AddDays(a, b)
        | Node::DaysBetween(a, b) => vec![a, b],
        Node::And(all) | Node::Or(all) | Node::Coalesce(all) | Node::Least(all) | Node::Greatest(all) => {
            all.iter_mut().collect()
        }
        Node::In { arg, items, .. } => std::iter::once(&mut **arg).chain(items).collect(),
        Node::Between { arg, low, high, .. } => vec![arg, low, high],
        Node::Case { whens, otherwise } => {
            whens.iter_mut().flat_map(|(c, v)| [c, v]).chain(std::iter::once(&mut **otherwise)).collect()
        }
    }
}
