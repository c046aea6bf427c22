//! Conflicts between banks: found over all filings in force for a date, each opened once as a query to both.

use std::collections::BTreeSet;

use huoshui_journal::{Command, Expected};
use huoshui_kernel::date::{Date, from_days};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_supervision::checks::{Book, between_banks};
use sha2::{Digest as _, Sha256};

use crate::cells::Cells;
use crate::events::{QueryOpened, TableRef, kind};
use crate::faults;
use crate::filings::Filings;
use crate::folder::Workspace;
use crate::states;
use crate::streams::json;
use huoshui_kernel::hex;

const COLUMNS: [&str; 5] = ["institution", "borrower", "note_no", "drawdown_date", "first_loan"];

/// Opens the queries of a date that are not open yet; how many.
///
/// # Errors
/// Those of the store.
pub fn open(workspace: &Workspace, book: &Book, filings: &Filings, as_of: Date) -> Result<u64> {
    let mut claims: BTreeSet<(String, String, String, Date)> = BTreeSet::new();
    for filing in filings.need(as_of)?.values() {
        for name in ["notes", "disbursements"] {
            if let Some(table) = filing.accepted.tables.get(name) {
                read(workspace, table, &mut claims)?;
            }
        }
    }
    let borrowed = claims.iter().map(|(i, b, n, d)| (i.as_str(), b.as_str(), n.as_str(), *d));
    let mut opened = 0;
    for conflict in between_banks(book, as_of, borrowed) {
        let query = QueryOpened {
            check: conflict.code.to_string(),
            as_of,
            borrower: conflict.borrower,
            claims: conflict.claims.into_iter().map(|c| (c.institution, c.note_no)).collect(),
        };
        opened += u64::from(ask(workspace, &query)?);
    }
    Ok(opened)
}

fn read(workspace: &Workspace, table: &TableRef, claims: &mut BTreeSet<(String, String, String, Date)>) -> Result<()> {
    let damaged = || Fault::new(&faults::DAMAGED).with("what", format_args!("{} ({})", table.file, table.blob));
    for batch in crate::blobs::columns(workspace, table, &COLUMNS)? {
        let cells = Cells(&batch);
        for row in 0..batch.num_rows() {
            if cells.flag("first_loan", row) {
                let text = |column| cells.text(column, row).map(str::to_owned).ok_or_else(damaged);
                let drawn = cells.date("drawdown_date", row).or_else(|| from_days(0)).ok_or_else(damaged)?;
                claims.insert((text("institution")?, text("borrower")?, text("note_no")?, drawn));
            }
        }
    }
    Ok(())
}

/// Records the query unless one with exactly these claims is open; whether it did.
pub(super) fn ask(workspace: &Workspace, query: &QueryOpened) -> Result<bool> {
    // A question to one institution about its own filings names no borrower.
    let about = match query.claims.first() {
        Some((institution, _)) if query.borrower.is_empty() => institution,
        _ => &query.borrower,
    };
    let id = hex(&Sha256::digest(format!("{}/{}/{about}", query.check, query.as_of)));
    let body = json(query)?;
    let state = workspace.journal.state("query", &id)?;
    if state.as_ref().is_some_and(|s| s.doc == body) {
        return Ok(false);
    }
    let version = state.map_or(0, |s| s.version);
    let stream = format!("query/{id}");
    let doc = states::query(query, &id, version + 1, &body);
    let command = Command::new("operator", "query.open", format!("{id}@{version}"), &body)
        .event(&stream, Expected::Version(version), kind::QUERY_OPENED, 1, body.clone())
        .put(doc)
        .answer(body);
    workspace.journal.append_blocking(command)?;
    Ok(true)
}
