//! Size classes of enterprises (中小企业划型标准规定, 工信部联企业〔2011〕300号), as dated data.

use std::collections::HashMap;

use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Fen};
use serde::{Deserialize, Serialize};

use crate::reference::{Industries, IndustryCode, unreadable};

/// 万元 in fen.
const WAN: i64 = 1_000_000;

/// How large an enterprise is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeClass {
    /// 大型.
    Large,
    /// 中型.
    Medium,
    /// 小型.
    Small,
    /// 微型.
    Micro,
    /// No rule sizes it: a financial institution (which has classes of its own), a body that is no enterprise, or a
    /// date before the rule. Never counted as small or micro.
    NotCovered,
}

impl SizeClass {
    /// All, from large to not covered.
    pub const ALL: [Self; 5] = [Self::Large, Self::Medium, Self::Small, Self::Micro, Self::NotCovered];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Medium => "medium",
            Self::Small => "small",
            Self::Micro => "micro",
            Self::NotCovered => "not_covered",
        }
    }

    /// Chinese and English names.
    #[must_use]
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Large => ("大型", "Large"),
            Self::Medium => ("中型", "Medium"),
            Self::Small => ("小型", "Small"),
            Self::Micro => ("微型", "Micro"),
            Self::NotCovered => ("不适用", "Not covered"),
        }
    }

    /// Whether it is a small or micro enterprise (小微企业).
    #[must_use]
    pub const fn is_small_micro(self) -> bool {
        matches!(self, Self::Small | Self::Micro)
    }
}

/// The least that a class asks for; every bound that is given must be reached. Money in 万元.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    employees: Option<i64>,
    revenue: Option<i64>,
    assets: Option<i64>,
}

impl Bounds {
    fn reached(self, employees: i64, revenue: Fen, assets: Fen) -> bool {
        // A bound in fen that would not fit is beyond every amount there is.
        let money = |bound: Option<i64>, amount: Fen| {
            bound.is_none_or(|wan| wan.checked_mul(WAN).is_some_and(|fen| amount.0 >= fen))
        };
        self.employees.is_none_or(|bound| employees >= bound)
            && money(self.revenue, revenue)
            && money(self.assets, assets)
    }

    /// Whether the same quantities are bounded, here at least as high as there.
    fn tops(self, lower: Self) -> bool {
        [(self.employees, lower.employees), (self.revenue, lower.revenue), (self.assets, lower.assets)]
            .into_iter()
            .all(|(upper, lower)| upper.is_some() == lower.is_some() && upper >= lower)
    }
}

/// The rule of one industry of the document.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizeIndustry {
    /// Stable code.
    pub code: String,
    /// Chinese name in the document.
    pub zh: String,
    /// English name.
    pub en: String,
    /// The sections, divisions, groups and classes that fall under it.
    pub covers: Vec<String>,
    /// Where the assignment is judgement, why.
    #[serde(default)]
    pub note: Option<String>,
    large: Bounds,
    medium: Bounds,
    small: Bounds,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    document: String,
    valid_from: Date,
    #[serde(default)]
    valid_to: Option<Date>,
    #[allow(dead_code, reason = "kept in the file for its reader")]
    industries: String,
    #[allow(dead_code, reason = "kept in the file for its reader")]
    source: String,
    not_covered: Vec<String>,
    industry: Vec<SizeIndustry>,
    /// From a code of any level to its rule; none where it is not covered.
    #[serde(skip)]
    by_code: HashMap<String, Option<usize>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    table: Vec<Table>,
}

/// The size rules through time.
#[derive(Debug)]
pub struct SizeRules {
    tables: Vec<Table>,
}

impl SizeRules {
    pub(crate) fn from_toml(text: &str, industries: &Industries) -> Result<Self> {
        let mut tables = toml::from_str::<File>(text).map_err(|e| unreadable("sizes", e.message()))?.table;
        tables.sort_by_key(|t| t.valid_from);
        for table in &mut tables {
            table.index(industries)?;
        }
        let overlap = tables.windows(2).any(|pair| match pair {
            [earlier, later] => earlier.in_force(later.valid_from),
            _ => false,
        });
        if overlap {
            return Err(unreadable("sizes", "two tables are in force at once"));
        }
        Ok(Self { tables })
    }

    /// The size class of an enterprise of this industry, by the rule in force on a day. `employees` are persons at the
    /// end of last year, `revenue` last year's, `assets` those at its end. Large, medium and small each need every bound
    /// of the industry's row; what misses one falls to the next class; the last is micro.
    #[must_use]
    pub fn class(&self, industry: IndustryCode, employees: i64, revenue: Fen, assets: Fen, on: Date) -> SizeClass {
        let Some(rule) = self.rule(industry, on) else { return SizeClass::NotCovered };
        if rule.large.reached(employees, revenue, assets) {
            SizeClass::Large
        } else if rule.medium.reached(employees, revenue, assets) {
            SizeClass::Medium
        } else if rule.small.reached(employees, revenue, assets) {
            SizeClass::Small
        } else {
            SizeClass::Micro
        }
    }

    /// The industry of the document under which a class falls on a day; none where it is not covered.
    #[must_use]
    pub fn rule(&self, industry: IndustryCode, on: Date) -> Option<&SizeIndustry> {
        let table = self.tables.iter().find(|t| t.in_force(on))?;
        let index = [industry.class(), industry.group(), industry.division(), industry.section()]
            .into_iter()
            .find_map(|code| table.by_code.get(code))?;
        index.and_then(|i| table.industry.get(i))
    }

    /// The document in force on a day.
    #[must_use]
    pub fn document(&self, on: Date) -> Option<&str> {
        self.tables.iter().find(|t| t.in_force(on)).map(|t| t.document.as_str())
    }
}

impl Table {
    fn in_force(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|end| on <= end)
    }

    /// Fills `by_code` and checks that no code stands twice, that classes are in order, and that every division and
    /// named group is either under a rule or said to be not covered.
    fn index(&mut self, industries: &Industries) -> Result<()> {
        let named = self.industry.iter().enumerate().flat_map(|(i, row)| row.covers.iter().map(move |c| (c, Some(i))));
        for (code, rule) in named.chain(self.not_covered.iter().map(|c| (c, None))) {
            if self.by_code.insert(code.clone(), rule).is_some() {
                return Err(unreadable("sizes", format!("{code} stands twice")));
            }
        }
        if let Some(row) = self.industry.iter().find(|r| !r.large.tops(r.medium) || !r.medium.tops(r.small)) {
            return Err(unreadable("sizes", format!("the classes of {} are out of order", row.code)));
        }
        for division in industries.divisions() {
            if !self.by_code.contains_key(&division.code) && !self.by_code.contains_key(&division.section) {
                return Err(unreadable("sizes", format!("division {} is under no rule", division.code)));
            }
        }
        Ok(())
    }
}
