//! Literals, which have no unit of their own: they take the type of what stands beside them.

use huoshui_kernel::date;
use huoshui_kernel::fault::Result;
use huoshui_kernel::money::Fen;
use huoshui_kernel::rate::Ppm;

use super::source::Source;
use crate::faults;
use crate::ir::{Expr, Node, Span};
use crate::value::{RATIO_ONE, Type, Value};

/// What the type checker knows of a part of the text.
pub(crate) enum Typed {
    /// An expression with a type.
    Known(Expr),
    /// A number without a unit.
    Number(Number),
    /// The literal NULL.
    Null(Span),
}

/// A number as written.
#[derive(Clone, Copy)]
pub(crate) struct Number {
    /// As a whole number, where it is one that fits.
    pub(crate) whole: Option<i64>,
    /// As a ratio, where it fits.
    pub(crate) ratio: Option<i64>,
    pub(crate) span: Span,
}

impl Typed {
    pub(crate) fn span(&self) -> Span {
        match self {
            Self::Known(e) => e.span,
            Self::Number(n) => n.span,
            Self::Null(s) => *s,
        }
    }

    /// The same, standing in a wider place of the text.
    pub(crate) fn at(mut self, wider: Span) -> Self {
        match &mut self {
            Self::Known(e) => e.span = wider,
            Self::Number(n) => n.span = wider,
            Self::Null(s) => *s = wider,
        }
        self
    }

    /// The type it has, or takes when nothing beside it says otherwise. None for NULL.
    pub(crate) fn own_type(&self) -> Option<Type> {
        match self {
            Self::Known(e) => Some(e.ty),
            Self::Number(n) => Some(if n.whole.is_some() { Type::Int } else { Type::Ratio }),
            Self::Null(_) => None,
        }
    }
}

/// Reads a number. The sign is part of it, so that the smallest value can be written.
pub(crate) fn number(source: &Source<'_>, digits: &str, negative: bool, span: Span) -> Result<Number> {
    let (int, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let out_of_range = |zh: &str, en: &str| {
        source
            .fault(&faults::LITERAL, span)
            .with("zh", "数字")
            .with("en", "a number")
            .with("hint_zh", zh)
            .with("hint_en", en)
    };
    if !plain {
        return Err(out_of_range("写成普通的小数，如 0.05，不用科学计数法", "write a plain decimal such as 0.05"));
    }
    if fraction.len() > 12 {
        return Err(out_of_range("小数最多十二位", "use at most twelve decimals"));
    }
    let sign: i128 = if negative { -1 } else { 1 };
    let int: i128 = if int.is_empty() { Some(0) } else { int.parse().ok() }
        .filter(|i: &i128| *i <= 1 << 64)
        .ok_or_else(|| out_of_range("数字须在 64 位整数以内", "keep it within 64 bits"))?;
    let scaled: i128 = format!("{fraction:0<12}").parse().unwrap_or(0);
    let number = Number {
        whole: if digits.contains('.') { None } else { i64::try_from(sign * int).ok() },
        ratio: i64::try_from(sign * (int * i128::from(RATIO_ONE) + scaled)).ok(),
        span,
    };
    if number.whole.is_none() && number.ratio.is_none() {
        return Err(out_of_range(
            "整数须在 64 位以内，小数须在 ±9223372 以内",
            "keep whole numbers within 64 bits and decimals within ±9223372",
        ));
    }
    Ok(number)
}

/// The typed constant that a number is as this type, or None where it has no such meaning.
pub(crate) fn as_type(number: Number, ty: Type) -> Option<Expr> {
    let value = match ty {
        Type::Int => number.whole?,
        Type::Ratio => number.ratio?,
        // Zero is zero in every unit; any other amount or rate must say which.
        Type::Money | Type::Rate if number.whole == Some(0) => 0,
        _ => return None,
    };
    Some(Expr { node: Node::Const(Value::Num(value)), ty, span: number.span })
}

/// `money('…')`: yuan, or with 万元, 亿元 written behind the number.
pub(crate) fn money(source: &Source<'_>, text: &str, span: Span) -> Result<Expr> {
    let fen = Fen::parse_yuan(text).map_err(|_| {
        bad(
            source,
            span,
            ("金额", "money"),
            ("写成 money('1234.56') 或 money('500万元')", "write money('1234.56') or money('500万元')"),
        )
    })?;
    Ok(Expr { node: Node::Const(Value::Num(fen.0)), ty: Type::Money, span })
}

/// `rate('3.45%')`.
pub(crate) fn rate(source: &Source<'_>, text: &str, span: Span) -> Result<Expr> {
    let ppm = text.trim().strip_suffix('%').and_then(|t| Ppm::parse_percent(t).ok()).ok_or_else(|| {
        bad(
            source,
            span,
            ("利率", "a rate"),
            ("写成 rate('3.45%')，最多四位小数", "write rate('3.45%') with at most four decimals"),
        )
    })?;
    Ok(Expr { node: Node::Const(Value::Num(ppm.0)), ty: Type::Rate, span })
}

/// `DATE '2025-09-30'`.
pub(crate) fn date(source: &Source<'_>, text: &str, span: Span) -> Result<Expr> {
    let day = date::parse(text)
        .map_err(|_| bad(source, span, ("日期", "a date"), ("写成 DATE '2025-09-30'", "write DATE '2025-09-30'")))?;
    Ok(Expr { node: Node::Const(Value::Date(date::days(day))), ty: Type::Date, span })
}

fn bad(source: &Source<'_>, span: Span, what: (&str, &str), hint: (&str, &str)) -> huoshui_kernel::Fault {
    source
        .fault(&faults::LITERAL, span)
        .with("zh", what.0)
        .with("en", what.1)
        .with("hint_zh", hint.0)
        .with("hint_en", hint.1)
}

/// A NULL of this type.
pub(crate) fn null(ty: Type, span: Span) -> Expr {
    Expr { node: Node::Const(Value::Null), ty, span }
}
