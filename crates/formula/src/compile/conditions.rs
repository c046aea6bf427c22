//! The tests of the language: `IS NULL`, `IS TRUE`, `IN`, `BETWEEN`, `LIKE`.

use huoshui_kernel::fault::Result;
use sqlparser::ast;

use super::literal::Typed;
use super::parts::{at_most, cover, internal, known, two};
use super::typer::Typer;
use crate::ir::{Expr, LikePattern, Node, Span};
use crate::value::{Type, Value};

impl Typer<'_, '_, '_> {
    pub(super) fn is_null(&mut self, arg: &ast::Expr, negated: bool, d: usize) -> Result<Typed> {
        let typed = self.infer(arg, d)?;
        let arg = self.settle_one(typed, None)?;
        let span = self.source.grow_to_word(arg.span, &["null"]);
        Ok(known(Node::IsNull { arg: Box::new(arg), negated }, Type::Bool, span))
    }

    /// `x IS TRUE` is `COALESCE(x, FALSE)`, `x IS FALSE` is `COALESCE(NOT x, FALSE)`.
    pub(super) fn is_truth(&mut self, arg: &ast::Expr, truth: bool, negated: bool, d: usize) -> Result<Typed> {
        let typed = self.infer(arg, d)?;
        let arg = self.settle_one(typed, Some(Type::Bool))?;
        let span = self.source.grow_to_word(arg.span, &["true", "false"]);
        let boolean = |node| Expr { node, ty: Type::Bool, span };
        let arg = if truth { arg } else { boolean(Node::Not(Box::new(arg))) };
        let sure = boolean(Node::Coalesce(vec![arg, boolean(Node::Const(Value::Bool(false)))]));
        Ok(Typed::Known(if negated { boolean(Node::Not(Box::new(sure))) } else { sure }))
    }

    pub(super) fn in_list(&mut self, arg: &ast::Expr, list: &[ast::Expr], negated: bool, d: usize) -> Result<Expr> {
        at_most(list.len())?;
        let mut parts = vec![self.infer(arg, d)?];
        for item in list {
            parts.push(self.infer(item, d)?);
        }
        let mut items = self.settle(parts)?;
        let span = self.source.grow(cover(&items), 0, 1);
        let arg = Box::new(items.remove(0));
        Ok(Expr { node: Node::In { arg, items, negated }, ty: Type::Bool, span })
    }

    pub(super) fn between(&mut self, [arg, low, high]: [&ast::Expr; 3], negated: bool, d: usize) -> Result<Expr> {
        let parts = vec![self.infer(arg, d)?, self.infer(low, d)?, self.infer(high, d)?];
        let mut settled = self.settle(parts)?;
        let span = cover(&settled);
        if let Some(first) = settled.first() {
            self.ordered(first)?;
        }
        let high = Box::new(settled.pop().ok_or_else(internal)?);
        let (arg, low) = two(settled)?;
        let node = Node::Between { arg: Box::new(arg), low: Box::new(low), high, negated };
        Ok(Expr { node, ty: Type::Bool, span })
    }

    pub(super) fn like(&mut self, arg: &ast::Expr, pattern: &ast::Expr, negated: bool, d: usize) -> Result<Expr> {
        let typed = self.infer(arg, d)?;
        let arg = self.settle_one(typed, Some(Type::Text))?;
        let typed = self.infer(pattern, d)?;
        let pattern = self.settle_one(typed, Some(Type::Text))?;
        let span = Span { start: arg.span.start, end: pattern.span.end };
        let Node::Const(Value::Text(text)) = pattern.node else {
            let said =
                ("LIKE 的模式必须是文本常量".to_owned(), "the pattern of LIKE must be a constant text".to_owned());
            let hint = ("写成 LIKE '北京%'".to_owned(), "write LIKE 'Beijing%'".to_owned());
            return Err(self.source.type_fault(pattern.span, said, hint));
        };
        let node = Node::Like { arg: Box::new(arg), pattern: LikePattern { text }, negated };
        Ok(Expr { node, ty: Type::Bool, span })
    }
}
