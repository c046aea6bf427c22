//! Which types `+ - * / %` take, and what they make.

use huoshui_kernel::fault::{Fault, Result};

use super::literal::{self, Typed};
use super::parts::name;
use super::source::Source;
use crate::ir::{Arith, Expr, Node, Span};
use crate::value::{RATE_ONE, RATIO_ONE, Type};

/// An arithmetic operator as written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Plus,
    Minus,
    Times,
    Over,
    Percent,
}

/// Types `left sign right`, both sides still free to be literals.
pub(crate) fn binary(source: &Source<'_>, sign: Sign, left: Typed, right: Typed, span: Span) -> Result<Expr> {
    let (left, right) = take_units(sign, left, right);
    let (a, b) = (left.ty, right.ty);
    let whole =
        |node: fn(Box<Expr>, Box<Expr>) -> Node, ty, l, r| Ok(Expr { node: node(Box::new(l), Box::new(r)), ty, span });
    use Type::{Date, Int, Money, Rate, Ratio};
    let (op, ty) = match (sign, a, b) {
        (Sign::Plus, Int | Money | Rate | Ratio, _) if a == b => (Arith::Add, a),
        (Sign::Minus, Int | Money | Rate | Ratio, _) if a == b => (Arith::Sub, a),
        (Sign::Plus, Date, Int) => return whole(Node::AddDays, Date, left, right),
        (Sign::Plus, Int, Date) => return whole(Node::AddDays, Date, right, left),
        (Sign::Minus, Date, Int) => {
            let back = Expr { span: right.span, ty: Int, node: Node::Neg(Box::new(right)) };
            return whole(Node::AddDays, Date, left, back);
        }
        (Sign::Minus, Date, Date) => return whole(Node::DaysBetween, Int, left, right),
        (Sign::Times, Int, Int | Money | Rate | Ratio) => (Arith::Mul, b),
        (Sign::Times, Money | Rate | Ratio, Int) => (Arith::Mul, a),
        (Sign::Times, Ratio, Money | Rate | Ratio) => (Arith::MulScaled(RATIO_ONE), b),
        (Sign::Times, Money | Rate, Ratio) => (Arith::MulScaled(RATIO_ONE), a),
        (Sign::Times, Money, Rate) | (Sign::Times, Rate, Money) => (Arith::MulScaled(RATE_ONE), Money),
        (Sign::Over, Int | Money | Rate | Ratio, _) if a == b => (Arith::DivScaled(RATIO_ONE), Ratio),
        (Sign::Over, Money | Rate | Ratio, Int) => (Arith::DivScaled(1), a),
        (Sign::Over, Money | Rate, Ratio) => (Arith::DivScaled(RATIO_ONE), a),
        (Sign::Over, Money, Rate) => (Arith::DivScaled(RATE_ONE), Money),
        (Sign::Percent, Int, Int) => (Arith::Rem, Int),
        _ => return Err(refuse(source, sign, &left, &right, span)),
    };
    Ok(Expr { node: Node::Arith(op, Box::new(left), Box::new(right)), ty, span })
}

/// Gives literals and NULL the type that the other side asks for.
fn take_units(sign: Sign, left: Typed, right: Typed) -> (Expr, Expr) {
    let (a, b) = (left.own_type(), right.own_type());
    let for_left = wanted(sign, &left, b, a);
    let for_right = wanted(sign, &right, a, b);
    (give(left, for_left), give(right, for_right))
}

/// The type for one side, given the other's.
fn wanted(sign: Sign, this: &Typed, other: Option<Type>, own: Option<Type>) -> Type {
    let fallback = own.unwrap_or(Type::Int);
    let Some(other) = other else { return fallback };
    match (sign, this) {
        (_, Typed::Known(e)) => e.ty,
        (Sign::Plus | Sign::Minus | Sign::Over, Typed::Number(_)) if other == Type::Ratio => Type::Ratio,
        (Sign::Plus | Sign::Minus, _) if other != Type::Date => other,
        _ => fallback,
    }
}

fn give(typed: Typed, ty: Type) -> Expr {
    match typed {
        Typed::Known(e) => e,
        Typed::Null(span) => literal::null(ty, span),
        Typed::Number(n) => literal::as_type(n, ty)
            .or_else(|| literal::as_type(n, if n.whole.is_some() { Type::Int } else { Type::Ratio }))
            .unwrap_or_else(|| literal::null(ty, n.span)),
    }
}

fn refuse(source: &Source<'_>, sign: Sign, left: &Expr, right: &Expr, span: Span) -> Fault {
    let sign_text = match sign {
        Sign::Plus => "+",
        Sign::Minus => "-",
        Sign::Times => "*",
        Sign::Over => "/",
        Sign::Percent => "%",
    };
    let ((a_zh, a_en), (b_zh, b_en)) = (name(left.ty), name(right.ty));
    source.type_fault(
        span,
        (format!("{a_zh} {sign_text} {b_zh} 没有意义"), format!("{a_en} {sign_text} {b_en} has no meaning")),
        hint(source, sign, left, right),
    )
}

fn hint(source: &Source<'_>, sign: Sign, left: &Expr, right: &Expr) -> (String, String) {
    let literal_of = |e: &Expr| matches!(e.node, Node::Const(_)).then(|| source.text_of(e.span).to_owned());
    for (this, other) in [(left, right), (right, left)] {
        if matches!(sign, Sign::Plus | Sign::Minus)
            && let Some(text) = literal_of(this)
            && let Some(both) = unit_hint(&text, other.ty)
        {
            return both;
        }
    }
    let (zh, en) = match (sign, left.ty, right.ty) {
        (Sign::Times, Type::Rate, Type::Rate) | (Sign::Times, Type::Money, Type::Money) => {
            ("两者之一应为比率或整数", "one of the two must be a ratio or a whole number")
        }
        (Sign::Over, Type::Int, Type::Money | Type::Rate) => (
            "先用 fen(金额)、ppm(利率) 化为整数再相除，如 SUM_PRODUCT(a, r) / fen(SUM(a))",
            "turn the divisor into a whole number first with fen(…) or ppm(…), as in SUM_PRODUCT(a, r) / fen(SUM(a))",
        ),
        (_, Type::Text | Type::Bool, _) | (_, _, Type::Text | Type::Bool) => {
            ("文本和真假值不能做算术", "texts and truth values take no arithmetic")
        }
        _ => (
            "两边用同一类型；整数换成比率用 ratio(…)，金额写 money('…')，利率写 rate('…%')",
            "use one type on both sides: ratio(…) makes a ratio of a whole number, money is written money('…'), a rate rate('…%')",
        ),
    };
    (zh.to_owned(), en.to_owned())
}

/// How a bare literal should be written to be of this type.
pub(crate) fn unit_hint(text: &str, ty: Type) -> Option<(String, String)> {
    let written = match ty {
        Type::Money => format!("money('{text}')"),
        Type::Rate => format!("rate('{text}%')"),
        Type::Date => format!("DATE '{}'", text.trim_matches('\'')),
        Type::Ratio if text.bytes().all(|b| b.is_ascii_digit()) => format!("{text}.0"),
        Type::Text => format!("'{text}'"),
        _ => return None,
    };
    let bare = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    if !bare && !matches!(ty, Type::Date) {
        return None;
    }
    Some((format!("写成 {written}"), format!("write {written}")))
}
