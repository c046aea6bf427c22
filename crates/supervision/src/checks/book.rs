//! The book of checks: the policies of one folder, checked as they are loaded.

use std::sync::Arc;

use huoshui_formula::compile;
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Lang, Result};
use serde::{Deserialize, Serialize};

use super::schema;
use crate::{embedded, policy};

/// What kind of rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Family {
    Format,
    Completeness,
    Consistency,
    Referential,
    Continuity,
    WithinBank,
    BetweenBanks,
}

/// What a finding does to the filing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Refuses it.
    Error,
    /// Passes with the bank's explanation.
    Warning,
    /// Passes, and opens a question.
    Query,
}

/// Which rows a check is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum CheckTable {
    /// Cells of any table, by the file reader.
    Any,
    /// The filing as a whole.
    Filing,
    Notes,
    Disbursements,
    Relationships,
    /// The notes of the last filing.
    PreviousNotes,
    /// The disbursements of the last filing.
    PreviousDisbursements,
    /// All banks' filings together.
    BetweenBanks,
}

impl CheckTable {
    /// Its name in policies and findings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Filing => "filing",
            Self::Notes => "notes",
            Self::Disbursements => "disbursements",
            Self::Relationships => "relationships",
            Self::PreviousNotes => "previous_notes",
            Self::PreviousDisbursements => "previous_disbursements",
            Self::BetweenBanks => "between_banks",
        }
    }
}

/// One check.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Stable code.
    pub code: Arc<str>,
    /// Kind of rule.
    pub family: Family,
    /// Weight.
    pub severity: Severity,
    /// First as-of date.
    #[serde(deserialize_with = "policy::day")]
    pub effective_from: Date,
    /// Last as-of date.
    #[serde(default, deserialize_with = "policy::maybe_day")]
    pub effective_to: Option<Date>,
    /// Rows it is asked of.
    pub table: CheckTable,
    /// Column that a finding points at.
    pub field: Option<Arc<str>>,
    /// TRUE is a finding.
    pub violated: Option<Arc<str>>,
    /// The file reader's fault codes that it stands for.
    #[serde(default)]
    pub faults: Vec<Arc<str>>,
    /// Message in Chinese.
    pub zh: Arc<str>,
    /// Message in English.
    pub en: Arc<str>,
    /// The rule of the field behind it.
    pub source: Option<Arc<str>>,
}

impl Check {
    /// The message, its places unfilled.
    #[must_use]
    pub fn message(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }

    /// Whether it applies to filings of this date.
    #[must_use]
    pub fn applies(&self, as_of: Date) -> bool {
        policy::applies(self.effective_from, self.effective_to, as_of)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    check: Vec<Check>,
}

/// All checks.
#[derive(Clone, Debug)]
pub struct Book {
    checks: Vec<Check>,
}

impl Book {
    /// The checks that ship with the program.
    pub fn embedded() -> Result<Self> {
        Self::load(embedded::CHECKS)
    }

    /// Loads checks from texts, each with the name of its file. A formula that does not fit its table, a place in a
    /// message that no column fills, or two versions of a code on one date refuse the whole book.
    pub fn load(texts: &[(&str, &str)]) -> Result<Self> {
        let mut checks = Vec::new();
        for (file, text) in texts {
            checks.extend(policy::read::<File>(file, text)?.check);
        }
        for check in &checks {
            verify(check)?;
        }
        let versions = checks.iter().map(|c| (c.code.as_ref(), c.effective_from, c.effective_to));
        if let Some(code) = policy::overlap(versions) {
            return Err(huoshui_kernel::Fault::new(&crate::faults::POLICY_TWICE).with("code", code));
        }
        checks.sort_by(|a, b| (a.table, &a.code).cmp(&(b.table, &b.code)));
        Ok(Self { checks })
    }

    /// Every check, by table and code.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The checks of a table that apply on a date.
    pub fn of(&self, table: CheckTable, as_of: Date) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |c| c.table == table && c.applies(as_of))
    }

    /// A check by its code, as it applies on a date.
    #[must_use]
    pub fn get(&self, code: &str, as_of: Date) -> Option<&Check> {
        self.checks.iter().find(|c| *c.code == *code && c.applies(as_of))
    }
}

fn verify(check: &Check) -> Result<()> {
    let code = &check.code;
    let by_formula = !matches!(check.table, CheckTable::Any | CheckTable::BetweenBanks);
    if by_formula != check.violated.is_some() || (check.table == CheckTable::Any) == check.faults.is_empty() {
        return Err(policy::contradiction(
            code,
            "单元格检查写 faults，其他检查写 violated，二者只取其一",
            "checks of cells have faults, others have violated, never both",
        ));
    }
    let Some(text) = &check.violated else { return Ok(()) };
    let schema = schema::of(check.table)?;
    compile::condition(text, &schema, &schema::parameters(None)).map_err(|f| policy::formula(code, &f))?;
    for template in [&check.zh, &check.en] {
        for place in places(template) {
            if schema.find(place).is_none() && !schema::PLACES.contains(&place) {
                return Err(policy::contradiction(
                    code,
                    &format!("消息中的 {{{place}}} 不是该表的列"),
                    &format!("{{{place}}} in its message is not a column of its table"),
                ));
            }
        }
    }
    Ok(())
}

/// The names between braces.
pub(super) fn places(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}
