//! Which figure opens into which file of loans, and where its definition stands.

use std::collections::{BTreeMap, BTreeSet};

use super::LOAN_FILES_MAX;
use super::escape::{shell_word, slug};
use super::input::BriefInput;
use super::tables::sorted;
use super::wanted::{CUTS, ROW_CODE, codes};
use crate::indicators::Dim;

/// A file of loans that the report links to. The caller writes the rows behind the figure into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoanFile {
    /// The figure.
    pub code: String,
    /// The cell; empty for the whole population.
    pub cell: Vec<(Dim, String)>,
    /// Where the report looks for it, relative to itself: `loans/CODE.csv`. Safe as a file name.
    pub path: String,
}

/// The plan of all links of one report.
pub(super) struct Links {
    pub(super) files: Vec<LoanFile>,
    rows: BTreeMap<(Dim, String), String>,
    command: String,
}

/// Where a code's definition stands.
pub(super) fn definition(code: &str) -> String {
    format!("def-{}", slug(code))
}

/// Where a row's way to its loans stands.
pub(super) fn row(cut: Dim, key: &str) -> String {
    format!("row-{}-{}", cut.name(), key_slug(key))
}

/// What is not known has no key.
fn key_slug(key: &str) -> String {
    if key.is_empty() { "~".to_owned() } else { slug(key) }
}

/// The file of a figure of the whole population.
pub(super) fn whole_file(code: &str) -> String {
    format!("loans/{}.csv", slug(code))
}

/// The codes that appendix A defines, in its order: those of the text and of the targets that a figure or a policy is
/// there for. Only these may be linked to.
pub(super) fn listed(input: &BriefInput) -> Vec<&str> {
    let mut all: Vec<&str> = codes().collect();
    all.extend(input.targets.iter().map(|t| t.code.as_str()));
    let mut seen = BTreeSet::new();
    all.retain(|code| {
        (input.figures.contains_key(*code) || input.definitions.contains_key(*code)) && seen.insert(*code)
    });
    all
}

/// The anchor of a code's definition, if appendix A has it.
pub(super) fn defined(input: &BriefInput, code: &str) -> Option<String> {
    listed(input).contains(&code).then(|| format!("#{}", definition(code)))
}

impl Links {
    /// Files for every figure of the whole first, then for rows while they last, the largest of each cut first.
    pub(super) fn plan(input: &BriefInput) -> Self {
        let mut files: Vec<LoanFile> = listed(input)
            .into_iter()
            .filter(|code| input.figures.contains_key(*code))
            .map(|code| LoanFile { code: code.to_owned(), cell: Vec::new(), path: whole_file(code) })
            .collect();
        let mut rows = BTreeMap::new();
        for cut in CUTS {
            for row in sorted(input.rows(cut)).into_iter().filter(|r| r.figures.contains_key(ROW_CODE)) {
                if files.len() >= LOAN_FILES_MAX {
                    break;
                }
                let path = format!("loans/{ROW_CODE}.{}.{}.csv", cut.name(), key_slug(&row.key));
                if rows.insert((cut, row.key.clone()), path.clone()).is_none() {
                    files.push(LoanFile { code: ROW_CODE.to_owned(), cell: vec![(cut, row.key.clone())], path });
                }
            }
        }
        let mut command = format!("--as-of {}", input.as_of);
        if let Some(known) = &input.known_at {
            command.push_str(" --known-at ");
            command.push_str(&shell_word(known));
        }
        Self { files, rows, command }
    }

    /// The file of a row's loans, if it has one.
    pub(super) fn row_file(&self, cut: Dim, key: &str) -> Option<&str> {
        self.rows.get(&(cut, key.to_owned())).map(String::as_str)
    }

    /// The command that opens a cell; without a key, any cell of the whole.
    pub(super) fn drill(&self, code: &str, cell: Option<(Dim, &str)>) -> String {
        let base = format!("huoshui drill {} {}", shell_word(code), self.command);
        match cell {
            Some((cut, key)) => format!("{base} --cell {}", shell_word(&format!("{}={key}", cut.name()))),
            None => base,
        }
    }
}
