//! What checks found.

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_kernel::Lang;
use serde::Serialize;

use super::book::{Check, Family, Severity};

/// The most findings that a report lists; all are counted.
pub const MAX_FINDINGS: usize = 10_000;

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Code of the check.
    pub code: Arc<str>,
    /// Weight.
    pub severity: Severity,
    /// Kind of rule.
    pub family: Family,
    /// `notes`, `disbursements`, `relationships`, `filing`, `previous_notes`, `previous_disbursements`.
    pub table: &'static str,
    /// Row as a spreadsheet shows it; none for the filing as a whole and for rows of the last filing.
    pub row: Option<u64>,
    /// Column.
    pub field: Option<Arc<str>>,
    /// The row's key (`note_no`, or borrower and line).
    pub key: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
}

impl Finding {
    /// The message in a language.
    #[must_use]
    pub fn message(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// The outcome of all checks of a filing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Errors in all.
    pub errors_total: u64,
    /// Warnings in all.
    pub warnings_total: u64,
    /// Queries in all.
    pub queries_total: u64,
    /// How often each check found something.
    pub counts: BTreeMap<Arc<str>, u64>,
    /// The first [`MAX_FINDINGS`], by table and row.
    pub findings: Vec<Finding>,
    /// Rows checked.
    pub rows: u64,
}

impl Report {
    /// Counts a finding; says whether there is room to list it.
    pub(super) fn count(&mut self, check: &Check) -> bool {
        match check.severity {
            Severity::Error => self.errors_total += 1,
            Severity::Warning => self.warnings_total += 1,
            Severity::Query => self.queries_total += 1,
        }
        *self.counts.entry(Arc::clone(&check.code)).or_insert(0) += 1;
        self.findings.len() < MAX_FINDINGS
    }

    /// Whether nothing at all was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.counts.is_empty()
    }
}
