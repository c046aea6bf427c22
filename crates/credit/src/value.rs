//! Fields and their values. Every value is one 64-bit number in a lane: money in fen, rates in ppm, ratios scaled by
//! 10¹², flags as 0 and 1, codes by their place in the field's list. Missing is a state beside the number and never NULL
//! in disguise, so no formula can mistake “nobody told us” for “there is none”.

use std::sync::Arc;

use huoshui_formula::value::{RATIO_ONE, Type, Value};
use huoshui_formula::{Params, Schema, compile, format};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::money::Unit;
use huoshui_kernel::round::div_half_even;
use huoshui_kernel::{Fen, Lang};
use serde::{Deserialize, Serialize};

use crate::faults;

/// Why a value is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Why {
    /// Nobody asked the source, or nobody gave the value.
    NotAsked = 1,
    /// The department does not know the firm.
    NotCovered,
    /// The source does not reach back as far as the window.
    Window,
    /// Periods inside the window are missing, or a cell that must be filled is empty.
    Incomplete,
    /// No consent for the resource or for a field of it.
    Denied,
    /// Older than the resource's cycle and lag allow.
    Stale,
    /// The department is at work.
    Pending,
    /// The department did not answer in time.
    Timeout,
    /// The answer cannot be used: an overflow, an unknown code.
    Unusable,
    /// Known rows that define no value, such as a ratio to nothing.
    Undefined,
    /// The profile was computed by another version of the feature.
    OtherVersion,
    /// The consent's range ends before the last period that the source has.
    Ended,
}

impl Why {
    const ALL: [Self; 12] = [
        Self::NotAsked,
        Self::NotCovered,
        Self::Window,
        Self::Incomplete,
        Self::Denied,
        Self::Stale,
        Self::Pending,
        Self::Timeout,
        Self::Unusable,
        Self::Undefined,
        Self::OtherVersion,
        Self::Ended,
    ];

    /// From the byte of a [`crate::table::Lane`]; 0 is known, anything else unknown to us is [`Why::Unusable`].
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0 => None,
            b => Some(Self::ALL.get(usize::from(b) - 1).copied().unwrap_or(Self::Unusable)),
        }
    }

    /// The byte of a lane.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// In words.
    #[must_use]
    pub const fn text(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Self::NotAsked => ("未取得", "not obtained"),
            Self::NotCovered => ("部门没有该企业的记录", "the department does not know the firm"),
            Self::Window => ("数据不够早", "the data do not reach back far enough"),
            Self::Incomplete => ("期间数据不全", "periods are missing"),
            Self::Denied => ("未获授权", "no consent"),
            Self::Stale => ("数据过期", "out of date"),
            Self::Pending => ("部门处理中", "the department is at work"),
            Self::Timeout => ("部门未及时答复", "the department did not answer in time"),
            Self::Unusable => ("数据不可用", "unusable"),
            Self::Undefined => ("无法计算", "not defined"),
            Self::OtherVersion => ("由其他版本的特征计算", "computed by another version of the feature"),
            Self::Ended => ("授权的数据范围截止过早", "the consent's range ends too early"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

/// A value or the reason why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// In the field's lane.
    Known(i64),
    /// Why not.
    Missing(Why),
}

impl Cell {
    /// The lane's number.
    #[must_use]
    pub const fn known(self) -> Option<i64> {
        match self {
            Self::Known(n) => Some(n),
            Self::Missing(_) => None,
        }
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A whole number.
    Int,
    /// CNY, fen.
    Money,
    /// A yearly rate, ppm.
    Rate,
    /// A fixed-point number of twelve decimals.
    Ratio,
    /// Yes or no.
    Flag,
    /// One of a closed list.
    Code,
}

impl Kind {
    /// The type in formulas.
    #[must_use]
    pub const fn ty(self) -> Type {
        match self {
            Self::Int => Type::Int,
            Self::Money => Type::Money,
            Self::Rate => Type::Rate,
            Self::Ratio => Type::Ratio,
            Self::Flag => Type::Bool,
            Self::Code => Type::Text,
        }
    }

    /// The least change that a person would speak of: 1, one yuan, one basis point, 0.0001.
    #[must_use]
    pub const fn step(self) -> i64 {
        match self {
            Self::Int | Self::Flag | Self::Code => 1,
            Self::Money | Self::Rate => 100,
            Self::Ratio => RATIO_ONE / 10_000,
        }
    }
}

/// A text in the two languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Texts {
    /// In a language.
    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// A code of a closed list with its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeName {
    /// Stable code.
    pub code: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A field that formulas may name: a feature, or part of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in formulas.
    pub code: Arc<str>,
    /// Its names for people.
    pub name: Texts,
    /// What it holds.
    pub kind: Kind,
    /// The unit behind a number.
    pub unit: Texts,
    /// The list of a [`Kind::Code`].
    pub codes: Vec<CodeName>,
    /// Whether values below zero make sense.
    pub negative: bool,
    /// The most that a value can be; none where nothing bounds it.
    pub most: Option<i64>,
}

impl Field {
    /// The value for a formula; NULL where it is missing.
    #[must_use]
    pub fn value(&self, cell: Cell) -> Value {
        let Cell::Known(n) = cell else { return Value::Null };
        match self.kind {
            Kind::Flag => Value::Bool(n != 0),
            Kind::Code => usize::try_from(n)
                .ok()
                .and_then(|i| self.codes.get(i))
                .map_or(Value::Null, |c| Value::Text(c.code.as_str().into())),
            _ => Value::Num(n),
        }
    }

    /// The lane's number of a formula's value; None for NULL, for a code outside the list, for another type.
    #[must_use]
    pub fn lane(&self, value: &Value) -> Option<i64> {
        match (self.kind, value) {
            (Kind::Flag, Value::Bool(b)) => Some(i64::from(*b)),
            (Kind::Code, Value::Text(t)) => self.code_lane(t),
            (Kind::Int | Kind::Money | Kind::Rate | Kind::Ratio, Value::Num(n)) => Some(*n),
            _ => None,
        }
    }

    /// The place of a code in the list.
    #[must_use]
    pub fn code_lane(&self, code: &str) -> Option<i64> {
        self.codes.iter().position(|c| c.code == code).and_then(|i| i64::try_from(i).ok())
    }

    /// Reads a literal of the policy language: `money('100万元')`, `0.15`, `'A'`, `true`.
    pub fn parse(&self, text: &str) -> Result<i64> {
        let refuse = || Fault::new(&faults::VALUE).with("field", &self.code).with("value", text);
        let expr = compile::expr_of(text, self.kind.ty(), &Schema::default(), &Params::new()).map_err(|_| refuse())?;
        let value = huoshui_formula::row::Program::new(&expr).and_then(|p| p.eval(&[])).map_err(|_| refuse())?;
        self.lane(&value).ok_or_else(refuse)
    }

    /// For machines, exact.
    #[must_use]
    pub fn json(&self, cell: Cell) -> serde_json::Value {
        format::to_json(&self.value(cell), self.kind.ty())
    }

    /// For people, with the unit: money in 万元 where it is whole ones, a ratio in percent.
    #[must_use]
    pub fn show(&self, cell: Cell, lang: Lang) -> String {
        self.shown(cell, lang, 2)
    }

    /// The same with so many decimals of a percentage at most; where they do not hold all of it, it says “about”.
    #[must_use]
    pub fn shown(&self, cell: Cell, lang: Lang, decimals: u32) -> String {
        match (self.kind, cell) {
            (Kind::Ratio, Cell::Known(n)) => percent(n, decimals, lang),
            (Kind::Money, Cell::Known(n)) if n != 0 && n % WAN == 0 => Fen(n).show(Unit::Wan, 0, lang),
            (Kind::Money, Cell::Known(n)) => Fen(n).show(Unit::Yuan, if n % 100 == 0 { 0 } else { 2 }, lang),
            _ => self.stored(cell, lang),
        }
    }

    /// With the unit, every digit as it is stored: so the first edition of decisions says it.
    pub(crate) fn stored(&self, cell: Cell, lang: Lang) -> String {
        let n = match cell {
            Cell::Missing(why) => {
                return match lang {
                    Lang::Zh => format!("缺失（{}）", why.text(lang)),
                    Lang::En => format!("missing ({})", why.text(lang)),
                };
            }
            Cell::Known(n) => n,
        };
        match (self.kind, lang) {
            (Kind::Flag, Lang::Zh) => if n != 0 { "是" } else { "否" }.to_owned(),
            (Kind::Flag, Lang::En) => if n != 0 { "yes" } else { "no" }.to_owned(),
            (Kind::Code, _) => usize::try_from(n)
                .ok()
                .and_then(|i| self.codes.get(i))
                .map_or_else(|| n.to_string(), |c| if lang == Lang::Zh { c.zh.clone() } else { c.en.clone() }),
            (Kind::Ratio, _) => format::ratio(n),
            (_, lang) => {
                let text = format::to_text(&Value::Num(n), self.kind.ty());
                match self.unit.get(lang) {
                    "" => text,
                    unit => format!("{text} {unit}"),
                }
            }
        }
    }
}

/// Fen in 万元.
pub(crate) const WAN: i64 = 1_000_000;

/// A ratio in percent, rounded half to even, without trailing zeros.
fn percent(ratio: i64, decimals: u32, lang: Lang) -> String {
    // Of twelve decimals a percentage leaves ten.
    let decimals = decimals.min(10);
    let unit = 10_i128.pow(10 - decimals);
    let rounded = div_half_even(ratio.into(), unit).unwrap_or_default();
    let (size, one) = (rounded.unsigned_abs(), 10_u128.pow(decimals));
    let mut text = format!("{}{}", if rounded < 0 { "-" } else { "" }, size / one);
    if size % one != 0 {
        let digits = format!("{:0width$}", size % one, width = decimals as usize);
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
    let about = match lang {
        _ if rounded.saturating_mul(unit) == i128::from(ratio) => "",
        Lang::Zh => "约",
        Lang::En => "about ",
    };
    format!("{about}{text}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_percentages_and_whole_units() {
        let field = |kind| Field {
            code: "f".into(),
            name: Texts::default(),
            kind,
            unit: Texts { zh: "元".to_owned(), en: "CNY".to_owned() },
            codes: Vec::new(),
            negative: true,
            most: None,
        };
        for (kind, n, decimals, zh, en) in [
            (Kind::Ratio, -4_059_952_445, 2, "约-0.41%", "about -0.41%"),
            (Kind::Ratio, -4_059_952_445, 10, "-0.4059952445%", "-0.4059952445%"),
            (Kind::Ratio, 150_000_000_000, 2, "15%", "15%"),
            (Kind::Ratio, 1_200_100_000_000, 2, "120.01%", "120.01%"),
            (Kind::Ratio, 0, 2, "0%", "0%"),
            (Kind::Ratio, 1, 2, "约0%", "about 0%"),
            (Kind::Money, 300_000_000, 2, "300万元", "CNY 3.00 million"),
            (Kind::Money, 300_000_100, 2, "3,000,001元", "CNY 3,000,001"),
            (Kind::Money, -1, 2, "-0.01元", "CNY -0.01"),
            (Kind::Money, 0, 2, "0元", "CNY 0"),
        ] {
            let said = |lang| field(kind).shown(Cell::Known(n), lang, decimals);
            assert_eq!((said(Lang::Zh), said(Lang::En)), (zh.to_owned(), en.to_owned()));
        }
    }
}
