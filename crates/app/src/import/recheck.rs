//! A corrected earlier filing: the one after it was judged against what is replaced now, so it is judged again.
//!
//! It stays in force, for it was accepted in good order; what no longer follows is opened as a query to the institution,
//! which then corrects one of the two.

use std::collections::{BTreeMap, BTreeSet};

use huoshui_kernel::date::Date;
use huoshui_kernel::fault::Result;
use huoshui_supervision::checks::{Context, Family, Package, run};
use huoshui_supervision::relations::RawTable;

use super::filing::{Desk, parts, with_table};
use super::queries;
use crate::events::QueryOpened;
use crate::library::stored;

/// Notes that one query names at most; the check itself counts them all when the filing is corrected.
const MAX_CLAIMS: usize = 100;

/// Judges the institution's next filing after `as_of` again and opens a query for each check of continuity that it does
/// not pass now; how many were opened.
///
/// # Errors
/// Those of the store.
pub(super) fn following(desk: &Desk<'_>, institution: &str, as_of: Date) -> Result<u64> {
    let Some(next) = desk.filings.next(institution, as_of) else { return Ok(0) };
    let date = next.accepted.as_of;
    let mut package = Package {
        institution: institution.to_owned(),
        as_of: date,
        notes: None,
        disbursements: None,
        relationships: None,
    };
    for raw in RawTable::ALL {
        if let Some(table) = next.accepted.tables.get(raw.shape().name) {
            package = with_table(package, raw, parts(&stored(desk.workspace, table, raw.shape())?));
        }
    }
    let previous = desk.previous(institution, date)?;
    let roll = desk.library.roll(date)?;
    let known = |uscc: &str| roll.knows(uscc);
    let context =
        Context { previous: previous.as_ref(), borrower_known: &known, institution_known: true, cell_problems: &[] };
    let report = run(desk.book, &package, &context)?;
    let mut broken: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for finding in report.findings.iter().filter(|f| f.family == Family::Continuity) {
        // What the bank has explained already needs no second question.
        if !next.accepted.explanations.contains_key(&*finding.code) {
            broken.entry(&finding.code).or_default().insert(&finding.key);
        }
    }
    let mut opened = 0;
    for (check, notes) in broken {
        let claims = notes.into_iter().take(MAX_CLAIMS).map(|note| (institution.to_owned(), note.to_owned())).collect();
        let query = QueryOpened { check: check.to_owned(), as_of: date, borrower: String::new(), claims };
        opened += u64::from(queries::ask(desk.workspace, &query)?);
    }
    Ok(opened)
}
