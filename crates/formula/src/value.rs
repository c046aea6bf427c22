//! Types and values of the language.

use std::sync::Arc;

/// The type of an expression. There is no implicit cast between any two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// A whole number, `i64`.
    Int,
    /// CNY in fen, `i64`.
    Money,
    /// A yearly rate in parts per million, `i64`.
    Rate,
    /// A fixed-point number of twelve decimals: `i64` scaled by [`RATIO_ONE`].
    Ratio,
    /// Three-valued with NULL.
    Bool,
    /// UTF-8 text, compared by bytes.
    Text,
    /// A calendar date: days since 1970-01-01, proleptic Gregorian, years 1 to 9999.
    Date,
}

/// One, as a [`Type::Ratio`]: ten to the twelfth.
pub const RATIO_ONE: i64 = 1_000_000_000_000;
/// One hundred percent, as a [`Type::Rate`]: ten to the sixth.
pub const RATE_ONE: i64 = 1_000_000;

/// A value of one row. `Int`, `Money`, `Rate` and `Ratio` share the representation [`Value::Num`]; their type is the
/// expression's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// NULL of any type.
    Null,
    /// `Int`, `Money` (fen), `Rate` (ppm) or `Ratio` (10⁻¹²).
    Num(i64),
    /// Truth.
    Bool(bool),
    /// Text.
    Text(Arc<str>),
    /// Days since 1970-01-01.
    Date(i32),
}

impl Type {
    /// The name in files and messages: `int`, `money`, `rate`, `ratio`, `bool`, `text`, `date`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Money => "money",
            Self::Rate => "rate",
            Self::Ratio => "ratio",
            Self::Bool => "bool",
            Self::Text => "text",
            Self::Date => "date",
        }
    }

    /// The type of this name, without regard to ASCII case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        use Type::{Bool, Date, Int, Money, Rate, Ratio, Text};
        [Int, Money, Rate, Ratio, Bool, Text, Date].into_iter().find(|t| t.name().eq_ignore_ascii_case(name))
    }
}
