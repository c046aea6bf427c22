//! What the report is made of. All of it is data: no city, regulator or figure is known to this module.

use std::collections::BTreeMap;

use huoshui_kernel::Date;
use huoshui_kernel::fault::Lang;

use crate::indicators::Dim;

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Words {
    /// Both texts.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The same text in both languages.
    pub fn same(text: impl Into<String>) -> Self {
        let zh = text.into();
        Self { en: zh.clone(), zh }
    }

    pub(super) fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// An exact value and how people see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// The value times 10^`scale`.
    pub value: i128,
    /// Decimals of `value`.
    pub scale: u32,
    /// The rounded value with its unit, signed: `1,234.56亿元`, `+12.34%`, `-25个基点`.
    pub text: Words,
}

/// A figure of one code over one population or cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    /// The value; None is *not applicable* (a zero denominator), which differs from a figure that is not there.
    pub measure: Option<Measure>,
    /// What is divided, or the whole figure if nothing is; exact, amounts in fen.
    pub numerator: Option<i128>,
    /// What it is divided by, exact.
    pub denominator: Option<i128>,
}

/// The policy entry of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The version in force on the as-of date.
    pub version: u32,
    /// In force from.
    pub effective_from: Date,
    /// Its name.
    pub name: Words,
    /// What it means.
    pub text: Words,
    /// Its formulas in the policy language, numerator first.
    pub formulas: Vec<String>,
}

/// One row of a table: a cell of the cut, and figures by code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The value of the dimension, as commands take it: `110108`; empty for what is not known.
    pub key: String,
    /// What readers see.
    pub name: Words,
    /// Figures of this cell by code.
    pub figures: BTreeMap<String, Figure>,
}

/// Whose report, about where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The city or area, with its kind in Chinese: 北京市, Beijing.
    pub city: Words,
    /// The regulator that reports.
    pub regulator: Words,
}

/// Where a target stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetState {
    /// Reached.
    Met,
    /// At least as much of the way as of the time is gone.
    OnSchedule,
    /// Less of the way than of the time is gone.
    Behind,
    /// Its date has passed without it.
    Missed,
    /// Its figure is not there.
    Unknown,
}

/// A policy goal with a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The indicator it is about.
    pub code: String,
    /// The cell it is about and its name; None for the whole population.
    pub cell: Option<(Dim, String, Words)>,
    /// The goal as people see it: `不低于85.00%`.
    pub goal: Words,
    /// The figure now.
    pub now: Option<Figure>,
    /// To be reached by.
    pub due: Date,
    /// How far it has come, in parts per million of the way; None if that cannot be said.
    pub progress_ppm: Option<i64>,
    /// Where it stands.
    pub state: TargetState,
}

/// An institution and its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Institution {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Words,
}

/// A filing that the figures rest on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filed {
    /// Who filed.
    pub institution: Institution,
    /// When it was accepted, as shown.
    pub accepted_at: String,
    /// Notes in it.
    pub notes: u64,
    /// Warnings that it passed with.
    pub warnings: u64,
    /// The hash of its stored rows.
    pub digest: String,
}

/// Which list a date used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListDate {
    /// The date that figures are of.
    pub on: Date,
    /// The date of the published list in force on it.
    pub list: Date,
}

/// A policy that the figures were worked out with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyDigest {
    /// Its file or name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The hash of its content.
    pub digest: String,
}

/// What the figures rest on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reporting {
    /// Filings of the as-of date, in any order.
    pub filed: Vec<Filed>,
    /// Lenders that should have filed and did not.
    pub missing: Vec<Institution>,
    /// Lists used.
    pub lists: Vec<ListDate>,
    /// Policies used.
    pub policies: Vec<PolicyDigest>,
    /// Conflicts between banks that no one has answered yet.
    pub open_queries: u64,
    /// Warnings that came with an explanation.
    pub warnings_explained: u64,
}

/// Everything a report is made of.
#[derive(Clone, Debug)]
pub struct BriefInput {
    /// Whose report, about where.
    pub place: Place,
    /// The date that the figures are of.
    pub as_of: Date,
    /// The moment whose knowledge the figures hold, as shown and as `--known-at` takes it; None for what is known now.
    pub known_at: Option<String>,
    /// When the report was made, as shown.
    pub generated: String,
    /// Figures of the whole population by code, `_same_list` twins among them.
    pub figures: BTreeMap<String, Figure>,
    /// Figures of 31 December before, with the list of that day.
    pub year_start: BTreeMap<String, Figure>,
    /// Definitions by code.
    pub definitions: BTreeMap<String, Definition>,
    /// Tables.
    pub breakdowns: BTreeMap<Dim, Vec<Row>>,
    /// Policy goals.
    pub targets: Vec<Target>,
    /// Filings, lists, policies.
    pub reporting: Reporting,
}

impl BriefInput {
    /// A report of nothing yet.
    #[must_use]
    pub fn new(place: Place, as_of: Date, generated: impl Into<String>) -> Self {
        Self {
            place,
            as_of,
            known_at: None,
            generated: generated.into(),
            figures: BTreeMap::new(),
            year_start: BTreeMap::new(),
            definitions: BTreeMap::new(),
            breakdowns: BTreeMap::new(),
            targets: Vec::new(),
            reporting: Reporting::default(),
        }
    }

    /// The rows of a table, none if it was not evaluated.
    pub(super) fn rows(&self, cut: Dim) -> &[Row] {
        self.breakdowns.get(&cut).map_or(&[], Vec::as_slice)
    }
}
