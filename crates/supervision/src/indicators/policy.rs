//! Indicators and populations as they stand in their files.

use std::sync::Arc;

use huoshui_kernel::Date;
use serde::Deserialize;

use super::dims::Dim;
use crate::policy::{self, Texts};
use crate::relations::Relation;

/// What sort of number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An amount or count at a date.
    Stock,
    /// An amount or count over the year to date.
    Flow,
    /// Different things, each once.
    DistinctCount,
    /// Numerator over denominator.
    Ratio,
    /// Σ weight·value over Σ weight.
    WeightedAverage,
    /// The largest borrowers' sums over the whole.
    Concentration,
    /// Another indicator now over the same at its base, less one.
    Growth,
    /// Another indicator now less the same at its base, or less another one.
    Difference,
}

/// What a comparison is against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// 31 December before.
    YearStart,
    /// The same date last year.
    YearAgo,
    /// The whole previous year: what was filed for its 31 December.
    PreviousYearWindow,
}

impl Base {
    /// The as-of date of the filings compared with.
    #[must_use]
    pub fn date(self, as_of: Date) -> Date {
        match self {
            Self::YearStart | Self::PreviousYearWindow => huoshui_kernel::date::prior_year_end(as_of),
            Self::YearAgo => huoshui_kernel::date::same_day_last_year(as_of),
        }
    }
}

/// The unit of the exact value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Unit {
    Fen,
    Count,
    Ratio,
    Bp,
    Days,
}

impl Unit {
    /// Its name in JSON and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fen => "fen",
            Self::Count => "count",
            Self::Ratio => "ratio",
            Self::Bp => "bp",
            Self::Days => "days",
        }
    }
}

/// How people see the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Fen as 亿元; in English as CNY billion.
    Yi,
    /// Fen as 万元; in English as CNY million.
    Wan,
    /// A ratio in percent.
    Percent,
    /// A ratio in percent with its sign.
    Change,
    /// Basis points.
    Bp,
    /// A number with its noun.
    Number,
}

/// How people see the value: form, decimals, noun.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Display {
    /// Form.
    pub form: Form,
    /// Decimals in the Chinese form.
    pub decimals: u32,
    /// Noun in Chinese, for `number`.
    #[serde(default)]
    pub zh: Arc<str>,
    /// Noun in English, for `number`.
    #[serde(default)]
    pub en: Arc<str>,
}

/// What to give where the denominator is zero or there is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroDenominator {
    /// Not applicable.
    #[default]
    Null,
    /// Zero.
    Zero,
}

/// One aggregate over a relation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// The relation.
    pub relation: Relation,
    /// Populations that all must hold.
    #[serde(default)]
    pub population: Vec<Arc<str>>,
    /// One aggregate in the policy language.
    pub formula: Arc<str>,
    /// Of the sums per borrower only this many largest.
    pub top: Option<usize>,
}

/// An indicator.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Stable code.
    pub code: Arc<str>,
    /// Version of its meaning.
    pub version: u32,
    /// First as-of date.
    #[serde(deserialize_with = "policy::day")]
    pub effective_from: Date,
    /// Last as-of date.
    #[serde(default, deserialize_with = "policy::maybe_day")]
    pub effective_to: Option<Date>,
    /// Names.
    pub name: Texts,
    /// What it means; a report links here.
    pub definition: Texts,
    /// Sort of number.
    pub kind: Kind,
    /// What is summed or counted.
    pub numerator: Option<Term>,
    /// What it is divided by.
    pub denominator: Option<Term>,
    /// The indicator that is compared.
    pub of: Option<Arc<str>>,
    /// The indicator that it is compared with, at the same date.
    pub minus: Option<Arc<str>>,
    /// The date that it is compared with.
    pub base: Option<Base>,
    /// Whether `CODE_same_list` exists too.
    #[serde(default)]
    pub same_list_twin: bool,
    /// Today's list at both dates: set on a twin, never in a file.
    #[serde(skip)]
    pub same_list: bool,
    /// Multiplies the exact result.
    #[serde(default = "one")]
    pub times: i64,
    /// Divides the exact result.
    #[serde(default = "one")]
    pub per: i64,
    /// Unit of the value.
    pub unit: Unit,
    /// Decimals of the value.
    pub scale: u32,
    /// How people see it.
    pub display: Display,
    /// For a zero denominator.
    #[serde(default)]
    pub zero_denominator: ZeroDenominator,
    /// What it may be cut by.
    pub dimensions: Vec<Dim>,
    /// Dimensions along which the denominator stays whole.
    #[serde(default)]
    pub denominator_lacks: Vec<Dim>,
    /// Whether the cells of a dimension add up to the total.
    pub additive: bool,
    /// The figure of the source document.
    pub source: Option<Arc<str>>,
}

const fn one() -> i64 {
    1
}

impl Indicator {
    /// Whether it applies on a date.
    #[must_use]
    pub fn applies(&self, as_of: Date) -> bool {
        policy::applies(self.effective_from, self.effective_to, as_of)
    }

    /// Its twin, with today's list at both dates.
    pub(super) fn twin(&self) -> Self {
        let mut twin = self.clone();
        twin.code = format!("{}_same_list", self.code).into();
        twin.name = Texts {
            zh: format!("{}（同一名单）", self.name.zh).into(),
            en: format!("{}, same list", self.name.en).into(),
        };
        twin.definition = Texts {
            zh: format!("{}本指标两个日期都用数据日期的名单。", self.definition.zh).into(),
            en: format!("{} Here both dates use the list of the as-of date.", self.definition.en).into(),
        };
        twin.same_list_twin = false;
        twin.same_list = true;
        twin
    }
}

/// Which rows a figure is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// Name in indicators.
    pub name: Arc<str>,
    /// Relations it may be used on.
    pub relations: Vec<Relation>,
    /// A condition.
    pub formula: Arc<str>,
    /// Definition in Chinese.
    pub zh: Arc<str>,
    /// Definition in English.
    pub en: Arc<str>,
}
