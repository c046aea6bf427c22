//! What becomes of a filing once it is checked.

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use huoshui_kernel::Date;
use huoshui_kernel::date::days;
use huoshui_kernel::fault::Result;

use super::book::{Book, Severity};
use super::findings::Report;
use crate::arrow::{at, dates, texts};

/// The outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken.
    Accepted,
    /// It has errors.
    Refused,
    /// Its warnings want explaining: these codes have no explanation.
    Unexplained(Vec<String>),
}

/// Decides: errors refuse, warnings need the bank's explanation of each code, queries pass.
#[must_use]
pub fn verdict(book: &Book, as_of: Date, report: &Report, explained: &BTreeSet<String>) -> Verdict {
    if report.errors_total > 0 {
        return Verdict::Refused;
    }
    let open: Vec<String> = report
        .counts
        .keys()
        .filter(|code| book.get(code, as_of).is_some_and(|c| c.severity == Severity::Warning))
        .filter(|code| !explained.contains(code.as_ref()))
        .map(ToString::to_string)
        .collect();
    if open.is_empty() { Verdict::Accepted } else { Verdict::Unexplained(open) }
}

/// The check codes that a file of explanations ([`crate::filings::EXPLANATIONS`]) explains for this filing. Blank
/// explanations do not count.
pub fn explained(batches: &[RecordBatch], institution: &str, as_of: Date) -> Result<BTreeSet<String>> {
    let mut codes = BTreeSet::new();
    for batch in batches {
        let who = texts("explanations", batch, "institution")?;
        let when = dates("explanations", batch, "as_of")?;
        let code = texts("explanations", batch, "check_code")?;
        let text = texts("explanations", batch, "explanation")?;
        for i in 0..batch.num_rows() {
            let of_filing = who.get(i) == Some(institution) && at(when, i) == Some(days(as_of));
            let said = text.get(i).is_some_and(|t| !t.trim().is_empty());
            if let (true, Some(code)) = (of_filing && said, code.get(i)) {
                codes.insert(code.to_owned());
            }
        }
    }
    Ok(codes)
}
