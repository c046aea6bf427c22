//! The type checker: walks the parsed text and builds the typed form.

use huoshui_kernel::fault::{Fault, Result};
use sqlparser::ast::{self, BinaryOperator as B, UnaryOperator as U, Value as V};

use super::arith::{self, Sign};
use super::group::Gathered;
use super::literal::{self, Typed};
use super::parts::{at_most, cover, internal, known, name, nearest, numeric, two};
use super::source::{MAX_DEPTH, Source, too_large};
use super::words::construct;
use super::{MAX_PARTS, Params};
use crate::faults;
use crate::ir::{Cmp, Expr, Node, Schema, Span};
use crate::value::{Type, Value};

/// What to do with an aggregate.
pub(crate) enum Aggregates<'q> {
    /// A condition or a group key: none may stand here.
    Refused,
    /// A result: keep them, results refer to them.
    Collected(&'q mut Gathered),
}

pub(crate) struct Typer<'s, 't, 'q> {
    pub(crate) source: &'s Source<'t>,
    schema: &'s Schema,
    params: &'s Params,
    pub(crate) aggregates: Aggregates<'q>,
    /// Inside the brackets of an aggregate.
    pub(crate) inside: bool,
    parts: usize,
}

impl<'s, 't, 'q> Typer<'s, 't, 'q> {
    pub(crate) fn new(
        source: &'s Source<'t>,
        schema: &'s Schema,
        params: &'s Params,
        aggregates: Aggregates<'q>,
    ) -> Self {
        Self { source, schema, params, aggregates, inside: false, parts: 0 }
    }

    /// The type and meaning of a parsed part, literals still free.
    pub(crate) fn infer(&mut self, parsed: &ast::Expr, depth: usize) -> Result<Typed> {
        use ast::Expr as E;
        if depth > MAX_DEPTH {
            return Err(too_large("嵌套层数", "levels of nesting", MAX_DEPTH));
        }
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return Err(too_large("组成部分", "parts", MAX_PARTS));
        }
        let d = depth + 1;
        match parsed {
            E::Nested(inner) => {
                let typed = self.infer(inner, d)?;
                let span = self.source.grow(typed.span(), 1, 1);
                Ok(typed.at(span))
            }
            E::Identifier(ident) => self.column(ident).map(Typed::Known),
            E::Value(value) => self.value(value),
            E::TypedString(t) => self.typed_string(t).map(Typed::Known),
            E::UnaryOp { op, expr } => self.unary(*op, expr, d),
            E::BinaryOp { op: B::And | B::Or, .. } => self.chain(parsed, d).map(Typed::Known),
            E::BinaryOp { left, op, right } => self.binary(left, op, right, d).map(Typed::Known),
            E::IsNull(arg) => self.is_null(arg, false, d),
            E::IsNotNull(arg) => self.is_null(arg, true, d),
            E::IsTrue(arg) => self.is_truth(arg, true, false, d),
            E::IsNotTrue(arg) => self.is_truth(arg, true, true, d),
            E::IsFalse(arg) => self.is_truth(arg, false, false, d),
            E::IsNotFalse(arg) => self.is_truth(arg, false, true, d),
            E::InList { expr, list, negated } => self.in_list(expr, list, *negated, d).map(Typed::Known),
            E::Between { expr, negated, low, high } => self.between([expr, low, high], *negated, d).map(Typed::Known),
            E::Like { negated, any: false, expr, pattern, escape_char: None } => {
                self.like(expr, pattern, *negated, d).map(Typed::Known)
            }
            E::Case { operand, conditions, else_result, case_token, end_token } => {
                let (start, end) = (self.source.bytes(case_token.0.span), self.source.bytes(end_token.0.span));
                let span = Span { start: start.start, end: end.end };
                self.case(operand.as_deref(), conditions, else_result.as_deref(), span, d)
            }
            E::Function(call) => self.function(call, d),
            E::Extract { field, expr, .. } => self.extract(field, expr, d).map(Typed::Known),
            other => Err(self.source.unsupported(self.rough_span(other), construct(other))),
        }
    }

    /// One expression, of this type if one is asked for.
    pub(crate) fn settle_one(&self, typed: Typed, want: Option<Type>) -> Result<Expr> {
        let ty = want.or_else(|| typed.own_type()).unwrap_or(Type::Int);
        self.give(typed, ty)
    }

    /// Brings siblings to one type: that of the first with a type of its own, else ratio if any literal has decimals.
    pub(crate) fn settle(&self, parts: Vec<Typed>) -> Result<Vec<Expr>> {
        // A column says more about what was meant than a constant: in `'2025-01-01' < opened` the text is at fault.
        let of = |constant: bool| {
            parts.iter().find_map(|p| match p {
                Typed::Known(e) if matches!(e.node, Node::Const(_)) == constant => Some(e.ty),
                _ => None,
            })
        };
        let known = of(false).or_else(|| of(true));
        let numbers = || parts.iter().filter_map(Typed::own_type);
        let ty = known.unwrap_or_else(|| {
            if numbers().any(|t| t == Type::Ratio) { Type::Ratio } else { numbers().next().unwrap_or(Type::Int) }
        });
        parts.into_iter().map(|p| self.give(p, ty)).collect()
    }

    fn give(&self, typed: Typed, ty: Type) -> Result<Expr> {
        let span = typed.span();
        let found = typed.own_type();
        match typed {
            Typed::Known(e) if e.ty == ty => return Ok(e),
            Typed::Null(_) => return Ok(literal::null(ty, span)),
            Typed::Number(n) => {
                if let Some(e) = literal::as_type(n, ty) {
                    return Ok(e);
                }
            }
            Typed::Known(_) => {}
        }
        Err(self.mismatch(span, found.unwrap_or(ty), ty))
    }

    pub(crate) fn mismatch(&self, span: Span, found: Type, wanted: Type) -> Fault {
        let ((f_zh, f_en), (w_zh, w_en)) = (name(found), name(wanted));
        let hint = arith::unit_hint(self.source.text_of(span), wanted).unwrap_or_else(|| {
            if matches!((found, wanted), (Type::Int, Type::Ratio) | (Type::Ratio, Type::Int)) {
                let zh = "ratio(…) 把整数换成比率，ROUND(…) 把比率换成整数";
                let en = "ratio(…) makes a ratio of a whole number, ROUND(…) a whole number of a ratio";
                return (zh.to_owned(), en.to_owned());
            }
            (
                format!("此处需要{w_zh}；不同类型之间没有自动转换"),
                format!("{w_en} is needed here; types never convert by themselves"),
            )
        });
        let said = (format!("这里是{f_zh}，需要{w_zh}"), format!("it is {f_en}, {w_en} is needed"));
        self.source.type_fault(span, said, hint)
    }

    fn column(&self, ident: &ast::Ident) -> Result<Expr> {
        let span = self.source.bytes(ident.span);
        if let Some((i, column)) =
            self.schema.columns.iter().enumerate().find(|(_, c)| c.name.eq_ignore_ascii_case(&ident.value))
        {
            return Ok(Expr { node: Node::Column(i), ty: column.ty, span });
        }
        let near = nearest(&ident.value, self.schema.columns.iter().map(|c| &*c.name));
        let (zh, en) = match near {
            Some(n) => (format!("是否想写 {n}？"), format!("did you mean {n}?")),
            None => (
                "用表中的列名；文本要用单引号".to_owned(),
                "use a column of the table; a text takes single quotes".to_owned(),
            ),
        };
        Err(self.source.fault(&faults::UNKNOWN_COLUMN, span).with("hint_zh", zh).with("hint_en", en))
    }

    fn value(&self, value: &ast::ValueWithSpan) -> Result<Typed> {
        let span = self.source.bytes(value.span);
        let constant = |v, ty| Ok(Typed::Known(Expr { node: Node::Const(v), ty, span }));
        match &value.value {
            V::Number(digits, false) => literal::number(self.source, digits, false, span).map(Typed::Number),
            V::SingleQuotedString(text) if !text.contains('\0') => {
                constant(Value::Text(text.as_str().into()), Type::Text)
            }
            V::Boolean(b) => constant(Value::Bool(*b), Type::Bool),
            V::Null => Ok(Typed::Null(span)),
            V::Placeholder(p) => {
                let name = p.trim_start_matches(':');
                match self.params.get(name) {
                    Some((ty, v)) if p.starts_with(':') => constant(v.clone(), ty),
                    _ => Err(self.source.fault(&faults::UNKNOWN_PARAMETER, span)),
                }
            }
            _ => Err(self.source.unsupported(span, "literals of this kind")),
        }
    }

    fn typed_string(&self, typed: &ast::TypedString) -> Result<Expr> {
        let span = self.source.grow(self.source.bytes(typed.value.span), 1, 0);
        match (&typed.data_type, &typed.value.value) {
            (ast::DataType::Date, V::SingleQuotedString(text)) => literal::date(self.source, text, span),
            _ => Err(self.source.unsupported(span, "literals of this kind")),
        }
    }

    fn unary(&mut self, op: U, arg: &ast::Expr, d: usize) -> Result<Typed> {
        if let (U::Minus, ast::Expr::Value(v)) = (op, arg)
            && let V::Number(digits, false) = &v.value
        {
            let span = self.source.grow(self.source.bytes(v.span), 1, 0);
            return literal::number(self.source, digits, true, span).map(Typed::Number);
        }
        let typed = self.infer(arg, d)?;
        let span = self.source.grow(typed.span(), 1, 0);
        match op {
            U::Not => {
                let arg = self.settle_one(typed, Some(Type::Bool))?;
                Ok(known(Node::Not(Box::new(arg)), Type::Bool, span))
            }
            U::Plus | U::Minus => {
                let arg = self.settle_one(typed, None)?;
                if !numeric(arg.ty) {
                    return Err(self.mismatch(arg.span, arg.ty, Type::Int));
                }
                let ty = arg.ty;
                Ok(if op == U::Plus { Typed::Known(arg).at(span) } else { known(Node::Neg(Box::new(arg)), ty, span) })
            }
            _ => Err(self.source.unsupported(span, format!("operator {op}"))),
        }
    }

    /// A chain of ANDs or of ORs becomes one flat node, walked without recursion however long it is.
    fn chain(&mut self, parsed: &ast::Expr, d: usize) -> Result<Expr> {
        let ast::Expr::BinaryOp { op, .. } = parsed else {
            return Err(Fault::new(&faults::INTERNAL).with("detail", "chain"));
        };
        let mut sides = Vec::new();
        let mut left = parsed;
        loop {
            match left {
                ast::Expr::BinaryOp { left: l, op: o, right: r } if o == op => {
                    sides.push(&**r);
                    left = l;
                }
                last => {
                    sides.push(last);
                    break;
                }
            }
        }
        let mut parts = Vec::with_capacity(sides.len());
        for side in sides.into_iter().rev() {
            let typed = self.infer(side, d)?;
            parts.push(self.settle_one(typed, Some(Type::Bool))?);
        }
        let span = cover(&parts);
        let node = if *op == B::And { Node::And(parts) } else { Node::Or(parts) };
        Ok(Expr { node, ty: Type::Bool, span })
    }

    fn binary(&mut self, left: &ast::Expr, op: &B, right: &ast::Expr, d: usize) -> Result<Expr> {
        let sign = match op {
            B::Plus => Sign::Plus,
            B::Minus => Sign::Minus,
            B::Multiply => Sign::Times,
            B::Divide => Sign::Over,
            B::Modulo => Sign::Percent,
            _ => return self.compare(left, op, right, d),
        };
        if let (Sign::Plus | Sign::Minus, ast::Expr::Interval(interval)) = (sign, right) {
            return self.shift(left, interval, sign == Sign::Minus, d);
        }
        let (a, b) = (self.infer(left, d)?, self.infer(right, d)?);
        let span = Span { start: a.span().start, end: b.span().end };
        arith::binary(self.source, sign, a, b, span)
    }

    fn compare(&mut self, left: &ast::Expr, op: &B, right: &ast::Expr, d: usize) -> Result<Expr> {
        let cmp = match op {
            B::Eq => Cmp::Eq,
            B::NotEq => Cmp::Ne,
            B::Lt => Cmp::Lt,
            B::LtEq => Cmp::Le,
            B::Gt => Cmp::Gt,
            B::GtEq => Cmp::Ge,
            other => {
                let at = self.infer(left, d)?.span();
                return Err(self.source.unsupported(self.source.grow(at, 0, 1), format!("operator {other}")));
            }
        };
        let parts = vec![self.infer(left, d)?, self.infer(right, d)?];
        let (a, b) = two(self.settle(parts)?)?;
        if !matches!(cmp, Cmp::Eq | Cmp::Ne) {
            self.ordered(&a)?;
        }
        let span = Span { start: a.span.start, end: b.span.end };
        Ok(Expr { node: Node::Compare(cmp, Box::new(a), Box::new(b)), ty: Type::Bool, span })
    }

    /// Truth values have no order.
    pub(crate) fn ordered(&self, e: &Expr) -> Result<()> {
        if e.ty != Type::Bool {
            return Ok(());
        }
        let said = ("真假值没有大小".to_owned(), "truth values have no order".to_owned());
        let hint = ("用 =、<>、AND、OR、NOT".to_owned(), "use =, <>, AND, OR, NOT".to_owned());
        Err(self.source.type_fault(e.span, said, hint))
    }

    fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        span: Span,
        d: usize,
    ) -> Result<Typed> {
        at_most(conditions.len())?;
        let mut tests = Vec::with_capacity(conditions.len());
        let mut values = Vec::with_capacity(conditions.len() + 1);
        for when in conditions {
            tests.push(match operand {
                Some(operand) => self.compare(operand, &B::Eq, &when.condition, d)?,
                None => {
                    let typed = self.infer(&when.condition, d)?;
                    self.settle_one(typed, Some(Type::Bool))?
                }
            });
            values.push(self.infer(&when.result, d)?);
        }
        values.push(match otherwise {
            Some(e) => self.infer(e, d)?,
            None => Typed::Null(span),
        });
        let mut values = self.settle(values)?;
        let otherwise = Box::new(values.pop().ok_or_else(internal)?);
        let ty = otherwise.ty;
        let whens = tests.into_iter().zip(values).collect();
        Ok(known(Node::Case { whens, otherwise }, ty, span))
    }

    /// The place of a construct that is about to be refused, as far as the parser knows it.
    fn rough_span(&self, parsed: &ast::Expr) -> Span {
        self.source.bytes(ast::Spanned::span(parsed))
    }

    pub(crate) fn infer_bool(&mut self, parsed: &ast::Expr, d: usize) -> Result<Expr> {
        let typed = self.infer(parsed, d)?;
        self.settle_one(typed, Some(Type::Bool))
    }

    pub(crate) fn date(&mut self, parsed: &ast::Expr, d: usize) -> Result<Expr> {
        let typed = self.infer(parsed, d)?;
        self.settle_one(typed, Some(Type::Date))
    }
}
