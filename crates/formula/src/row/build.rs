//! Turns the typed form into three small machines, one for each representation: 64-bit numbers (dates too), truth, text.
//! Comparisons of a column with constants, which policies are mostly made of, get steps of their own.

use std::sync::Arc;

use huoshui_kernel::fault::{Fault, Result};

use crate::faults;
use crate::ir::{Arith, Cmp, DatePart, Expr, LikePattern, Node, RoundMode, Span};
use crate::value::{Type, Value};

/// A whole program.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) ty: Type,
    pub(super) step: Step,
}

#[derive(Debug)]
pub(super) enum Step {
    Num(Num),
    Truth(Truth),
    Text(Text),
}

/// What makes a number or a date.
#[derive(Debug)]
pub(super) enum Num {
    Const(Option<i64>),
    Column(usize),
    Neg(Box<Num>, Span),
    Arith(Arith, Box<(Num, Num)>, Span),
    Abs(Box<Num>, Span),
    Round { arg: Box<Num>, unit: i64, divide: i64, mode: RoundMode, span: Span },
    Part(DatePart, Box<Num>),
    AddDays(Box<(Num, Num)>, Span),
    AddMonths(Box<Num>, i64, Span),
    DaysBetween(Box<(Num, Num)>),
    Least(Vec<Num>),
    Greatest(Vec<Num>),
    Coalesce(Vec<Num>),
    NullIf(Box<(Num, Num)>),
    Case(Vec<(Truth, Num)>, Box<Num>),
}

/// What makes a text.
#[derive(Debug)]
pub(super) enum Text {
    Const(Option<Arc<str>>),
    Column(usize),
    Least(Vec<Text>),
    Greatest(Vec<Text>),
    Coalesce(Vec<Text>),
    NullIf(Box<(Text, Text)>),
    Case(Vec<(Truth, Text)>, Box<Text>),
}

/// What makes a truth value.
#[derive(Debug)]
#[allow(clippy::enum_variant_names)] // NumIsNull, TextIsNull, TruthIsNull name what they look at
pub(super) enum Truth {
    Const(Option<bool>),
    Column(usize),
    Not(Box<Truth>),
    And(Vec<Truth>),
    Or(Vec<Truth>),
    ColumnIsNull(usize, bool),
    NumIsNull(Box<Num>, bool),
    TextIsNull(Box<Text>, bool),
    TruthIsNull(Box<Truth>, bool),
    ColumnNum(Cmp, usize, i64),
    ColumnNumBetween { column: usize, low: i64, high: i64, negated: bool },
    ColumnNumIn { column: usize, items: Vec<i64>, negated: bool },
    ColumnText(Cmp, usize, Arc<str>),
    ColumnTextIn { column: usize, items: Vec<Arc<str>>, negated: bool },
    Num(Cmp, Box<(Num, Num)>),
    Text(Cmp, Box<(Text, Text)>),
    Truth(Cmp, Box<(Truth, Truth)>),
    NumIn { arg: Box<Num>, items: Vec<Num>, negated: bool },
    TextIn { arg: Box<Text>, items: Vec<Text>, negated: bool },
    TruthIn { arg: Box<Truth>, items: Vec<Truth>, negated: bool },
    NumBetween(Box<(Num, Num, Num)>, bool),
    TextBetween(Box<(Text, Text, Text)>, bool),
    Like { arg: Box<Text>, pattern: LikePattern, negated: bool },
    Coalesce(Vec<Truth>),
    NullIf(Box<(Truth, Truth)>),
    Case(Vec<(Truth, Truth)>, Box<Truth>),
}

pub(super) fn root(expr: &Expr, keys: usize) -> Result<Root> {
    let b = Builder { keys };
    let step = match kind(expr.ty) {
        Kind::Num => Step::Num(b.num(expr)?),
        Kind::Truth => Step::Truth(b.truth(expr)?),
        Kind::Text => Step::Text(b.text(expr)?),
    };
    Ok(Root { ty: expr.ty, step })
}

enum Kind {
    Num,
    Truth,
    Text,
}

fn kind(ty: Type) -> Kind {
    match ty {
        Type::Bool => Kind::Truth,
        Type::Text => Kind::Text,
        _ => Kind::Num,
    }
}

fn broken(what: &'static str) -> Fault {
    Fault::new(&faults::INTERNAL).with("detail", what)
}

struct Builder {
    /// How many group keys stand before the aggregates of a row.
    keys: usize,
}

impl Builder {
    fn cell(&self, node: &Node) -> Option<usize> {
        match node {
            Node::Column(i) | Node::GroupKey(i) => Some(*i),
            Node::AggregateRef(i) => Some(self.keys + i),
            _ => None,
        }
    }

    fn nums(&self, all: &[Expr]) -> Result<Vec<Num>> {
        all.iter().map(|e| self.num(e)).collect()
    }

    fn texts(&self, all: &[Expr]) -> Result<Vec<Text>> {
        all.iter().map(|e| self.text(e)).collect()
    }

    fn truths(&self, all: &[Expr]) -> Result<Vec<Truth>> {
        all.iter().map(|e| self.truth(e)).collect()
    }

    fn num(&self, e: &Expr) -> Result<Num> {
        if let Some(i) = self.cell(&e.node) {
            return Ok(Num::Column(i));
        }
        let one = |a: &Expr| self.num(a).map(Box::new);
        let pair = |a: &Expr, b: &Expr| Ok::<_, Fault>(Box::new((self.num(a)?, self.num(b)?)));
        Ok(match &e.node {
            Node::Const(v) => Num::Const(number(v)?),
            Node::Neg(a) => Num::Neg(one(a)?, e.span),
            Node::Arith(op, a, b) => Num::Arith(*op, pair(a, b)?, e.span),
            Node::Abs(a) => Num::Abs(one(a)?, e.span),
            Node::Round { arg, unit, divide, mode } => {
                Num::Round { arg: one(arg)?, unit: *unit, divide: *divide, mode: *mode, span: e.span }
            }
            Node::DatePart(part, a) => Num::Part(*part, one(a)?),
            Node::AddDays(a, b) => Num::AddDays(pair(a, b)?, e.span),
            Node::AddMonths(a, n) => Num::AddMonths(one(a)?, *n, e.span),
            Node::DaysBetween(a, b) => Num::DaysBetween(pair(a, b)?),
            Node::Least(all) => Num::Least(self.nums(all)?),
            Node::Greatest(all) => Num::Greatest(self.nums(all)?),
            Node::Coalesce(all) => Num::Coalesce(self.nums(all)?),
            Node::NullIf(a, b) => Num::NullIf(pair(a, b)?),
            Node::Case { whens, otherwise } => {
                let whens = whens.iter().map(|(c, v)| Ok((self.truth(c)?, self.num(v)?))).collect::<Result<_>>()?;
                Num::Case(whens, one(otherwise)?)
            }
            _ => return Err(broken("number")),
        })
    }

    fn text(&self, e: &Expr) -> Result<Text> {
        if let Some(i) = self.cell(&e.node) {
            return Ok(Text::Column(i));
        }
        Ok(match &e.node {
            Node::Const(Value::Null) => Text::Const(None),
            Node::Const(Value::Text(t)) => Text::Const(Some(t.clone())),
            Node::Least(all) => Text::Least(self.texts(all)?),
            Node::Greatest(all) => Text::Greatest(self.texts(all)?),
            Node::Coalesce(all) => Text::Coalesce(self.texts(all)?),
            Node::NullIf(a, b) => Text::NullIf(Box::new((self.text(a)?, self.text(b)?))),
            Node::Case { whens, otherwise } => {
                let whens = whens.iter().map(|(c, v)| Ok((self.truth(c)?, self.text(v)?))).collect::<Result<_>>()?;
                Text::Case(whens, Box::new(self.text(otherwise)?))
            }
            _ => return Err(broken("text")),
        })
    }

    fn truth(&self, e: &Expr) -> Result<Truth> {
        if let Some(i) = self.cell(&e.node) {
            return Ok(Truth::Column(i));
        }
        Ok(match &e.node {
            Node::Const(Value::Null) => Truth::Const(None),
            Node::Const(Value::Bool(b)) => Truth::Const(Some(*b)),
            Node::Not(a) => Truth::Not(Box::new(self.truth(a)?)),
            Node::And(all) => Truth::And(self.truths(all)?),
            Node::Or(all) => Truth::Or(self.truths(all)?),
            Node::IsNull { arg, negated } => match (self.cell(&arg.node), kind(arg.ty)) {
                (Some(i), _) => Truth::ColumnIsNull(i, *negated),
                (None, Kind::Num) => Truth::NumIsNull(Box::new(self.num(arg)?), *negated),
                (None, Kind::Text) => Truth::TextIsNull(Box::new(self.text(arg)?), *negated),
                (None, Kind::Truth) => Truth::TruthIsNull(Box::new(self.truth(arg)?), *negated),
            },
            Node::Compare(cmp, a, b) => self.compare(*cmp, a, b)?,
            Node::In { arg, items, negated } => self.within(arg, items, *negated)?,
            Node::Between { arg, low, high, negated } => self.between(arg, low, high, *negated)?,
            Node::Like { arg, pattern, negated } => {
                Truth::Like { arg: Box::new(self.text(arg)?), pattern: pattern.clone(), negated: *negated }
            }
            Node::Coalesce(all) => Truth::Coalesce(self.truths(all)?),
            Node::NullIf(a, b) => Truth::NullIf(Box::new((self.truth(a)?, self.truth(b)?))),
            Node::Case { whens, otherwise } => {
                let whens = whens.iter().map(|(c, v)| Ok((self.truth(c)?, self.truth(v)?))).collect::<Result<_>>()?;
                Truth::Case(whens, Box::new(self.truth(otherwise)?))
            }
            _ => return Err(broken("truth")),
        })
    }

    fn compare(&self, cmp: Cmp, a: &Expr, b: &Expr) -> Result<Truth> {
        match (self.cell(&a.node), &b.node) {
            (Some(i), Node::Const(Value::Num(n))) => return Ok(Truth::ColumnNum(cmp, i, *n)),
            (Some(i), Node::Const(Value::Date(n))) => return Ok(Truth::ColumnNum(cmp, i, i64::from(*n))),
            (Some(i), Node::Const(Value::Text(t))) => return Ok(Truth::ColumnText(cmp, i, t.clone())),
            _ => {}
        }
        Ok(match kind(a.ty) {
            Kind::Num => Truth::Num(cmp, Box::new((self.num(a)?, self.num(b)?))),
            Kind::Text => Truth::Text(cmp, Box::new((self.text(a)?, self.text(b)?))),
            Kind::Truth => Truth::Truth(cmp, Box::new((self.truth(a)?, self.truth(b)?))),
        })
    }

    fn within(&self, arg: &Expr, items: &[Expr], negated: bool) -> Result<Truth> {
        if let Some(column) = self.cell(&arg.node) {
            let numbers: Option<Vec<i64>> = items.iter().map(const_number).collect();
            if let Some(mut items) = numbers {
                items.sort_unstable();
                return Ok(Truth::ColumnNumIn { column, items, negated });
            }
            let texts: Option<Vec<Arc<str>>> = items.iter().map(const_text).collect();
            if let Some(mut items) = texts {
                items.sort_unstable();
                return Ok(Truth::ColumnTextIn { column, items, negated });
            }
        }
        Ok(match kind(arg.ty) {
            Kind::Num => Truth::NumIn { arg: Box::new(self.num(arg)?), items: self.nums(items)?, negated },
            Kind::Text => Truth::TextIn { arg: Box::new(self.text(arg)?), items: self.texts(items)?, negated },
            Kind::Truth => Truth::TruthIn { arg: Box::new(self.truth(arg)?), items: self.truths(items)?, negated },
        })
    }

    fn between(&self, arg: &Expr, low: &Expr, high: &Expr, negated: bool) -> Result<Truth> {
        if let (Some(column), Some(low), Some(high)) = (self.cell(&arg.node), const_number(low), const_number(high)) {
            return Ok(Truth::ColumnNumBetween { column, low, high, negated });
        }
        Ok(match kind(arg.ty) {
            Kind::Num => Truth::NumBetween(Box::new((self.num(arg)?, self.num(low)?, self.num(high)?)), negated),
            Kind::Text => Truth::TextBetween(Box::new((self.text(arg)?, self.text(low)?, self.text(high)?)), negated),
            Kind::Truth => return Err(broken("between")),
        })
    }
}

fn number(v: &Value) -> Result<Option<i64>> {
    match v {
        Value::Null => Ok(None),
        Value::Num(n) => Ok(Some(*n)),
        Value::Date(d) => Ok(Some(i64::from(*d))),
        _ => Err(broken("constant")),
    }
}

fn const_number(e: &Expr) -> Option<i64> {
    match &e.node {
        Node::Const(Value::Num(n)) => Some(*n),
        Node::Const(Value::Date(d)) => Some(i64::from(*d)),
        _ => None,
    }
}

fn const_text(e: &Expr) -> Option<Arc<str>> {
    match &e.node {
        Node::Const(Value::Text(t)) => Some(t.clone()),
        _ => None,
    }
}
