//! The typed form of a formula, which all three executors read. It is built only by the type checker, so an executor may
//! rely on what is said here; one that meets anything else reports the fault `formula.internal`, it never panics.

use std::sync::Arc;

use crate::value::{Type, Value};

/// A place in the formula's text, in bytes: `start..end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// A column that a formula may name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Column {
    /// Its name; names compare without regard to ASCII case.
    pub name: Arc<str>,
    /// Its type.
    pub ty: Type,
}

/// The columns of the table that a formula reads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Schema {
    /// In the order of [`Node::Column`].
    pub columns: Vec<Column>,
}

/// A typed expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Expr {
    /// What it does.
    pub node: Node,
    /// The type of its result.
    pub ty: Type,
    /// Where it stands in the text.
    pub span: Span,
}

/// How two numbers make a third. Every result is checked into `i64`; outside it is the fault `formula.overflow`.
/// Intermediates are `i128`. A division by zero is NULL. Rounding is half-even.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arith {
    /// `a + b`.
    Add,
    /// `a - b`.
    Sub,
    /// `a * b`.
    Mul,
    /// `a * b / scale`, rounded: one side is a ratio (scale 10¹²) or a rate (scale 10⁶).
    MulScaled(i64),
    /// `a * factor / b`, rounded: factor 10¹² where the result is a ratio, 1 where an amount is shared out.
    DivScaled(i64),
    /// The remainder with the sign of `a`.
    Rem,
}

/// A comparison; the two sides have one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Cmp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// What part of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum DatePart {
    Year,
    Quarter,
    Month,
    Day,
    /// Monday 1 to Sunday 7.
    IsoWeekday,
    DayOfYear,
}

/// How a number is brought to a coarser grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum RoundMode {
    HalfEven,
    Floor,
    Ceil,
}

/// A `LIKE` pattern, read once: `%` any run, `_` any one character, no escape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LikePattern {
    /// As written.
    pub text: Arc<str>,
}

/// The operations. Except where said, a NULL operand makes a NULL result, and operands are evaluated left to right.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A literal, or a parameter bound when the formula was compiled.
    Const(Value),
    /// The i-th column of the [`Schema`].
    Column(usize),
    /// The i-th group key of the [`Query`]; only in [`Output`] expressions of a grouped query.
    GroupKey(usize),
    /// The i-th aggregate of the [`Query`]; only in [`Output`] expressions.
    AggregateRef(usize),
    /// `-a`.
    Neg(Box<Expr>),
    /// Arithmetic.
    Arith(Arith, Box<Expr>, Box<Expr>),
    /// Comparison.
    Compare(Cmp, Box<Expr>, Box<Expr>),
    /// Three-valued AND, two or more sides. Stops at the first FALSE: later sides are not evaluated in that row.
    And(Vec<Expr>),
    /// Three-valued OR, two or more sides. Stops at the first TRUE.
    Or(Vec<Expr>),
    /// Three-valued NOT.
    Not(Box<Expr>),
    /// `a IS NULL`, or `a IS NOT NULL` when `negated`. Never NULL.
    IsNull {
        /// The operand.
        arg: Box<Expr>,
        /// IS NOT NULL.
        negated: bool,
    },
    /// `a IN (…)`: TRUE on a match, else NULL if `a` or any item is NULL, else FALSE. Stops at the first match.
    In {
        /// The operand.
        arg: Box<Expr>,
        /// Of the operand's type; any expressions.
        items: Vec<Expr>,
        /// NOT IN.
        negated: bool,
    },
    /// `a BETWEEN low AND high`, the same as `a >= low AND a <= high` with `a` evaluated once.
    Between {
        /// The operand.
        arg: Box<Expr>,
        /// Inclusive.
        low: Box<Expr>,
        /// Inclusive.
        high: Box<Expr>,
        /// NOT BETWEEN.
        negated: bool,
    },
    /// `a LIKE 'pattern'`.
    Like {
        /// The operand, text.
        arg: Box<Expr>,
        /// Constant.
        pattern: LikePattern,
        /// NOT LIKE.
        negated: bool,
    },
    /// `CASE WHEN c THEN v … ELSE e END`; `CASE x WHEN …` is rewritten to it. Only the chosen branch is evaluated. A
    /// missing ELSE is a NULL constant.
    Case {
        /// Conditions with their values.
        whens: Vec<(Expr, Expr)>,
        /// The ELSE.
        otherwise: Box<Expr>,
    },
    /// The first that is not NULL; later ones are not evaluated.
    Coalesce(Vec<Expr>),
    /// NULL if the two are equal, else the first.
    NullIf(Box<Expr>, Box<Expr>),
    /// `ABS(a)`.
    Abs(Box<Expr>),
    /// `LEAST(…)`: NULL if any is NULL.
    Least(Vec<Expr>),
    /// `GREATEST(…)`: NULL if any is NULL.
    Greatest(Vec<Expr>),
    /// To a multiple of `unit` (of the argument's representation, > 0), then divided by `divide` exactly (1, or `unit`
    /// where a ratio becomes an integer).
    Round {
        /// The operand.
        arg: Box<Expr>,
        /// The grid.
        unit: i64,
        /// 1 or `unit`.
        divide: i64,
        /// The direction.
        mode: RoundMode,
    },
    /// `EXTRACT(part FROM d)`, also written `YEAR(d)` …; an integer.
    DatePart(DatePart, Box<Expr>),
    /// `d + INTERVAL 'n' DAY`, or date + integer; the second operand is an integer. Outside years 1–9999 is overflow.
    AddDays(Box<Expr>, Box<Expr>),
    /// `d ± INTERVAL 'n' MONTH|QUARTER|YEAR`: month arithmetic, clamped to the month's end.
    AddMonths(Box<Expr>, i64),
    /// `a - b` of dates, in days; an integer.
    DaysBetween(Box<Expr>, Box<Expr>),
}

/// What an aggregate computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AggregateFn {
    /// Rows where the argument is not NULL; without an argument, rows.
    Count,
    /// Distinct values that are not NULL.
    CountDistinct,
    /// Exact sum; NULL over nothing.
    Sum,
    /// Exact Σ a·b over rows where neither is NULL; NULL over nothing. The Huoshui extension `SUM_PRODUCT(a, b)`.
    SumProduct,
    /// Smallest; NULL over nothing.
    Min,
    /// Largest; NULL over nothing.
    Max,
    /// Σ a / count a, rounded half-even: of integers a ratio, of money, rate and ratio the same type.
    Avg,
}

/// An aggregate over the rows of a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Aggregate {
    /// What is computed.
    pub func: AggregateFn,
    /// None for `COUNT(*)`, two for `SUM_PRODUCT`, else one. No aggregates inside.
    pub args: Vec<Expr>,
    /// `FILTER (WHERE …)`: rows where it is TRUE.
    pub filter: Option<Expr>,
    /// The type of the result.
    pub ty: Type,
}

/// A named result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Output {
    /// `AS name`, or the text itself.
    pub name: Arc<str>,
    /// Over columns where the query has neither keys nor aggregates; else over group keys and aggregates.
    pub expr: Expr,
}

/// A whole selection. With `grouped` false it gives one row for each row; with it true, one for each group (one group
/// of all rows, even of none, when there are no keys). Groups come in ascending order of their keys, NULLs last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What the expressions read.
    pub schema: Schema,
    /// Whether the query aggregates.
    pub grouped: bool,
    /// Group keys, over columns.
    pub keys: Vec<Expr>,
    /// Rows to keep before anything else, a Bool.
    pub filter: Option<Expr>,
    /// Distinct aggregates; outputs refer to them by index.
    pub aggregates: Vec<Aggregate>,
    /// The results.
    pub outputs: Vec<Output>,
}
