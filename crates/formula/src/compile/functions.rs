//! Function calls, aggregates, date arithmetic.

use huoshui_kernel::fault::{Fault, Result};
use sqlparser::ast::{self, DateTimeField as Field, FunctionArg, FunctionArgExpr, FunctionArguments, Value as V};

use super::literal::{self, Typed};
use super::parts::{at_most, internal, known, nearest, numeric, two};
use super::typer::{Aggregates, Typer};
use crate::faults;
use crate::ir::{Aggregate, AggregateFn, Arith, DatePart, Expr, Node, RoundMode, Span};
use crate::value::{RATIO_ONE, Type, Value};

/// The functions of edition 1, for “did you mean”.
const NAMES: &[&str] = &[
    "abs",
    "least",
    "greatest",
    "round",
    "floor",
    "ceil",
    "ceiling",
    "coalesce",
    "nullif",
    "extract",
    "year",
    "quarter",
    "month",
    "day",
    "isodow",
    "doy",
    "money",
    "rate",
    "fen",
    "ppm",
    "ratio",
    "sum",
    "count",
    "min",
    "max",
    "avg",
    "sum_product",
];
/// The longest shift of a date: the whole calendar.
const MAX_SHIFT: i64 = 4_000_000;

/// A call with its arguments already split.
struct Call<'a> {
    name: String,
    args: Vec<&'a ast::Expr>,
    /// `COUNT(*)`.
    star: bool,
    distinct: bool,
    filter: Option<&'a ast::Expr>,
    span: Span,
}

impl Typer<'_, '_, '_> {
    pub(crate) fn function(&mut self, parsed: &ast::Function, d: usize) -> Result<Typed> {
        let call = self.split(parsed)?;
        if let Some(func) = aggregate(&call.name) {
            return self.aggregate(func, &call, d).map(Typed::Known);
        }
        if call.star || call.distinct || call.filter.is_some() {
            return Err(self.source.unsupported(call.span, "“*”, DISTINCT or FILTER outside an aggregate"));
        }
        self.scalar(&call, d)
    }

    fn split<'a>(&self, f: &'a ast::Function) -> Result<Call<'a>> {
        let [ast::ObjectNamePart::Identifier(ident)] = f.name.0.as_slice() else {
            return Err(self
                .source
                .unsupported(self.source.bytes(ast::Spanned::span(&f.name)), "qualified names (a.b)"));
        };
        let at = self.source.bytes(ident.span);
        let span = self.source.call(at);
        let FunctionArguments::List(list) = &f.args else {
            return Err(self.source.unsupported(span, "calls without brackets"));
        };
        let odd =
            f.over.is_some() || f.null_treatment.is_some() || !f.within_group.is_empty() || !list.clauses.is_empty();
        if odd || !matches!(f.parameters, FunctionArguments::None) {
            return Err(self.source.unsupported(span, "window functions, WITHIN GROUP or ORDER BY inside a call"));
        }
        at_most(list.args.len())?;
        let mut call = Call {
            name: ident.value.to_ascii_lowercase(),
            args: Vec::with_capacity(list.args.len()),
            star: false,
            distinct: matches!(list.duplicate_treatment, Some(ast::DuplicateTreatment::Distinct)),
            filter: f.filter.as_deref(),
            span,
        };
        for arg in &list.args {
            match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) => call.args.push(e),
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => call.star = true,
                _ => return Err(self.source.unsupported(span, "named arguments")),
            }
        }
        Ok(call)
    }

    fn scalar(&mut self, call: &Call<'_>, d: usize) -> Result<Typed> {
        let span = call.span;
        match (call.name.as_str(), call.args.as_slice()) {
            ("money", [arg]) => literal::money(self.source, self.text_literal(arg, call)?, span).map(Typed::Known),
            ("rate", [arg]) => literal::rate(self.source, self.text_literal(arg, call)?, span).map(Typed::Known),
            ("abs", [arg]) => {
                let arg = self.number(arg, d)?;
                let ty = arg.ty;
                Ok(known(Node::Abs(Box::new(arg)), ty, span))
            }
            ("fen", [arg]) => self.bare(arg, Type::Money, span, d),
            ("ppm", [arg]) => self.bare(arg, Type::Rate, span, d),
            ("ratio", [arg]) => {
                let typed = self.infer(arg, d)?;
                let arg = self.settle_one(typed, Some(Type::Int))?;
                let one = Expr { node: Node::Const(Value::Num(RATIO_ONE)), ty: Type::Int, span };
                Ok(known(Node::Arith(Arith::Mul, Box::new(arg), Box::new(one)), Type::Ratio, span))
            }
            ("coalesce", [_, ..]) => self.several(call, d, false, Node::Coalesce),
            ("least", [_, ..]) => self.several(call, d, true, Node::Least),
            ("greatest", [_, ..]) => self.several(call, d, true, Node::Greatest),
            ("nullif", [a, b]) => {
                let parts = vec![self.infer(a, d)?, self.infer(b, d)?];
                let (a, b) = two(self.settle(parts)?)?;
                let ty = a.ty;
                Ok(known(Node::NullIf(Box::new(a), Box::new(b)), ty, span))
            }
            ("round" | "floor" | "ceil" | "ceiling", [arg]) => self.round(call, arg, None, d),
            ("round" | "floor" | "ceil" | "ceiling", [arg, digits]) => {
                let digits = self.small_int(digits, call)?;
                self.round(call, arg, Some(digits), d)
            }
            ("year" | "quarter" | "month" | "day" | "isodow" | "doy", [arg]) => {
                let part = part_named(&call.name).ok_or_else(internal)?;
                let arg = self.date(arg, d)?;
                Ok(known(Node::DatePart(part, Box::new(arg)), Type::Int, span))
            }
            (name, _) => Err(self.wrong_call(name, call)),
        }
    }

    fn wrong_call(&self, name: &str, call: &Call<'_>) -> Fault {
        let wanted = match name {
            "money" => ("money('1234.56')", "money('1234.56')"),
            "rate" => ("rate('3.45%')", "rate('3.45%')"),
            "abs" | "fen" | "ppm" | "ratio" | "year" | "quarter" | "month" | "day" | "isodow" | "doy" => {
                ("一个参数", "one argument")
            }
            "nullif" => ("两个参数", "two arguments"),
            "coalesce" | "least" | "greatest" => ("至少一个参数", "one argument or more"),
            "round" | "floor" | "ceil" | "ceiling" => {
                ("一个数，或一个数和小数位数", "a number, or a number and a count of decimals")
            }
            _ => return self.unknown(name, call),
        };
        self.source.fault(&faults::ARGUMENTS, call.span).with("zh", wanted.0).with("en", wanted.1)
    }

    fn unknown(&self, name: &str, call: &Call<'_>) -> Fault {
        let (zh, en) = match (name, nearest(name, NAMES.iter().copied())) {
            ("now" | "current_date" | "today", _) => (
                "日期要作为参数传入，如 :as_of".to_owned(),
                "dates are passed in as a parameter such as :as_of".to_owned(),
            ),
            ("if" | "iif", _) => ("用 CASE WHEN".to_owned(), "use CASE WHEN".to_owned()),
            (_, Some(n)) => (format!("是否想写 {n}？"), format!("did you mean {n}?")),
            (_, None) => ("可用函数见语言手册".to_owned(), "the language reference lists the functions".to_owned()),
        };
        let at = Span { start: call.span.start, end: call.span.start + u32::try_from(name.len()).unwrap_or(0) };
        self.source.fault(&faults::UNKNOWN_FUNCTION, at).with("hint_zh", zh).with("hint_en", en)
    }

    /// The same number without its unit: fen of money, parts per million of a rate.
    fn bare(&mut self, arg: &ast::Expr, unit: Type, span: Span, d: usize) -> Result<Typed> {
        let typed = self.infer(arg, d)?;
        let arg = Box::new(self.settle_one(typed, Some(unit))?);
        Ok(known(Node::Round { arg, unit: 1, divide: 1, mode: RoundMode::HalfEven }, Type::Int, span))
    }

    fn number(&mut self, arg: &ast::Expr, d: usize) -> Result<Expr> {
        let typed = self.infer(arg, d)?;
        let arg = self.settle_one(typed, None)?;
        if numeric(arg.ty) { Ok(arg) } else { Err(self.mismatch(arg.span, arg.ty, Type::Int)) }
    }

    fn several(&mut self, call: &Call<'_>, d: usize, ordered: bool, node: fn(Vec<Expr>) -> Node) -> Result<Typed> {
        let mut parts = Vec::with_capacity(call.args.len());
        for arg in &call.args {
            parts.push(self.infer(arg, d)?);
        }
        let parts = self.settle(parts)?;
        let first = parts.first().ok_or_else(internal)?;
        if ordered {
            self.ordered(first)?;
        }
        let ty = first.ty;
        Ok(known(node(parts), ty, call.span))
    }

    fn text_literal<'a>(&self, arg: &'a ast::Expr, call: &Call<'_>) -> Result<&'a str> {
        match arg {
            ast::Expr::Value(v) => match &v.value {
                V::SingleQuotedString(text) => Ok(text),
                _ => Err(self.wrong_call(&call.name, call)),
            },
            _ => Err(self.wrong_call(&call.name, call)),
        }
    }

    fn small_int(&self, arg: &ast::Expr, call: &Call<'_>) -> Result<i32> {
        let (negative, value) = match arg {
            ast::Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr } => (true, &**expr),
            other => (false, other),
        };
        let digits = match value {
            ast::Expr::Value(v) => match &v.value {
                V::Number(digits, false) => digits.parse::<i32>().ok(),
                _ => None,
            },
            _ => None,
        };
        digits.map(|n| if negative { -n } else { n }).ok_or_else(|| self.wrong_call(&call.name, call))
    }

    fn round(&mut self, call: &Call<'_>, arg: &ast::Expr, digits: Option<i32>, d: usize) -> Result<Typed> {
        let mode = match call.name.as_str() {
            "round" => RoundMode::HalfEven,
            "floor" => RoundMode::Floor,
            _ => RoundMode::Ceil,
        };
        let arg = self.number(arg, d)?;
        // How many digits each type has behind its point, and how far before it one may round.
        let (stored, coarsest) = match arg.ty {
            Type::Money => (2, -8),
            Type::Rate => (4, -4),
            Type::Ratio => (12, -6),
            _ => (0, -18),
        };
        let wanted = digits.unwrap_or(0);
        if wanted < coarsest {
            return Err(self
                .source
                .fault(&faults::ARGUMENTS, call.span)
                .with("zh", format!("小数位数不小于 {coarsest}"))
                .with("en", format!("a count of decimals not under {coarsest}")));
        }
        let unit = 10_i64.pow(u32::try_from((stored - wanted).max(0)).unwrap_or(0));
        let to_int = arg.ty == Type::Ratio && digits.is_none();
        let (ty, divide) = if to_int { (Type::Int, unit) } else { (arg.ty, 1) };
        Ok(known(Node::Round { arg: Box::new(arg), unit, divide, mode }, ty, call.span))
    }

    pub(crate) fn extract(&mut self, field: &Field, arg: &ast::Expr, d: usize) -> Result<Expr> {
        let arg = self.date(arg, d)?;
        let span = self.source.grow(arg.span, 4, 1);
        let part = part_named(&field.to_string().to_ascii_lowercase())
            .ok_or_else(|| self.source.unsupported(span, format!("EXTRACT({field} …)")))?;
        Ok(Expr { node: Node::DatePart(part, Box::new(arg)), ty: Type::Int, span })
    }

    /// `date ± INTERVAL 'n' UNIT`.
    pub(crate) fn shift(&mut self, left: &ast::Expr, by: &ast::Interval, back: bool, d: usize) -> Result<Expr> {
        let date = self.date(left, d)?;
        let value_span = self.source.bytes(ast::Spanned::span(&*by.value));
        let count = match &*by.value {
            ast::Expr::Value(v) => match &v.value {
                V::SingleQuotedString(text) | V::Number(text, false) => text.trim().parse::<i64>().ok(),
                _ => None,
            },
            _ => None,
        };
        let at = Span { start: date.span.start, end: self.source.grow(value_span, 0, 1).end };
        let count = count.filter(|n| n.abs() <= MAX_SHIFT).ok_or_else(|| {
            self.source
                .fault(&faults::LITERAL, value_span)
                .with("zh", "时间间隔")
                .with("en", "an interval")
                .with("hint_zh", "写成 INTERVAL '12' MONTH")
                .with("hint_en", "write INTERVAL '12' MONTH")
        })?;
        let count = if back { -count } else { count };
        let months = match &by.leading_field {
            Some(Field::Month | Field::Months) => count,
            Some(Field::Quarter) => count * 3,
            Some(Field::Year | Field::Years) => count * 12,
            Some(Field::Day | Field::Days | Field::Week(None) | Field::Weeks) => {
                let weeks = matches!(by.leading_field, Some(Field::Week(None) | Field::Weeks));
                let days = Expr {
                    node: Node::Const(Value::Num(if weeks { count * 7 } else { count })),
                    ty: Type::Int,
                    span: value_span,
                };
                return Ok(Expr { node: Node::AddDays(Box::new(date), Box::new(days)), ty: Type::Date, span: at });
            }
            _ => {
                return Err(self
                    .source
                    .unsupported(value_span, "intervals other than DAY, WEEK, MONTH, QUARTER, YEAR"));
            }
        };
        Ok(Expr { node: Node::AddMonths(Box::new(date), months), ty: Type::Date, span: at })
    }

    fn aggregate(&mut self, func: AggregateFn, call: &Call<'_>, d: usize) -> Result<Expr> {
        let refuse =
            |zh: &str, en: &str| Err(self.source.fault(&faults::AGGREGATE, call.span).with("zh", zh).with("en", en));
        if matches!(self.aggregates, Aggregates::Refused) {
            return refuse("此处不能用汇总函数", "no aggregate may stand here");
        }
        if self.inside {
            return refuse("汇总函数里不能再有汇总函数", "an aggregate may not stand inside another");
        }
        self.inside = true;
        let built = self.aggregate_parts(func, call, d);
        self.inside = false;
        let built = built?;
        let ty = built.ty;
        let Aggregates::Collected(all) = &mut self.aggregates else { return Err(internal()) };
        let index = all.index(built);
        Ok(Expr { node: Node::AggregateRef(index), ty, span: call.span })
    }

    fn aggregate_parts(&mut self, func: AggregateFn, call: &Call<'_>, d: usize) -> Result<Aggregate> {
        let mut args = Vec::with_capacity(call.args.len());
        for arg in &call.args {
            let typed = self.infer(arg, d)?;
            args.push(self.settle_one(typed, None)?);
        }
        let filter = call.filter.map(|f| self.infer_bool(f, d)).transpose()?;
        let wrong =
            |zh: &str, en: &str| Err(self.source.fault(&faults::ARGUMENTS, call.span).with("zh", zh).with("en", en));
        let (func, ty) = match (func, args.as_slice(), call.star, call.distinct) {
            (AggregateFn::Count, [], true, false) => (AggregateFn::Count, Type::Int),
            (AggregateFn::Count, [_], false, false) => (AggregateFn::Count, Type::Int),
            (AggregateFn::Count, [_], false, true) => (AggregateFn::CountDistinct, Type::Int),
            (AggregateFn::Count, ..) => {
                return wrong("COUNT(*)、COUNT(x) 或 COUNT(DISTINCT x)", "COUNT(*), COUNT(x) or COUNT(DISTINCT x)");
            }
            (_, _, true, _) | (_, _, _, true) => {
                return wrong("不带 * 和 DISTINCT 的表达式", "an expression, without * or DISTINCT");
            }
            (AggregateFn::SumProduct, [a, b], ..) => {
                for side in [a, b] {
                    if !numeric(side.ty) {
                        return Err(self.mismatch(side.span, side.ty, Type::Int));
                    }
                }
                (func, Type::Int)
            }
            (AggregateFn::SumProduct, ..) => {
                return wrong("两个数：SUM_PRODUCT(a, b)", "two numbers: SUM_PRODUCT(a, b)");
            }
            (AggregateFn::Min | AggregateFn::Max, [a], ..) => {
                self.ordered(a)?;
                (func, a.ty)
            }
            (_, [a], ..) if !numeric(a.ty) => return Err(self.mismatch(a.span, a.ty, Type::Int)),
            (AggregateFn::Avg, [a], ..) if a.ty == Type::Int => (func, Type::Ratio),
            (_, [a], ..) => (func, a.ty),
            _ => return wrong("一个表达式", "one expression"),
        };
        Ok(Aggregate { func, args, filter, ty })
    }
}

fn aggregate(name: &str) -> Option<AggregateFn> {
    Some(match name {
        "sum" => AggregateFn::Sum,
        "count" => AggregateFn::Count,
        "min" => AggregateFn::Min,
        "max" => AggregateFn::Max,
        "avg" => AggregateFn::Avg,
        "sum_product" => AggregateFn::SumProduct,
        _ => return None,
    })
}

fn part_named(name: &str) -> Option<DatePart> {
    Some(match name {
        "year" | "years" => DatePart::Year,
        "quarter" => DatePart::Quarter,
        "month" | "months" => DatePart::Month,
        "day" | "days" => DatePart::Day,
        "isodow" => DatePart::IsoWeekday,
        "doy" => DatePart::DayOfYear,
        _ => return None,
    })
}
