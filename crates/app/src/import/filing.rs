//! Importing a filing: its files read, checked with what is in force, then taken whole or refused whole.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use huoshui_journal::{Command, Expected};
use huoshui_kernel::date::{Date, is_quarter_end};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_supervision::checks::{
    Book, CellProblem, Context, Package, Part, Previous, Verdict, explained, run, verdict,
};
use huoshui_supervision::filings::EXPLANATIONS;
use huoshui_supervision::relations::{Filed, RawTable};

use super::files::{Source, Table};
use super::listing;
use super::report::{Item, Outcome};
use super::store::keep;
use super::table::{Loaded, load};
use crate::cells::Cells;
use crate::events::{FilingAccepted, TableRef, kind};
use crate::faults;
use crate::filings::{Filings, stream};
use crate::folder::Workspace;
use crate::library::{Library, stored};
use crate::states;
use crate::streams::json;

/// What every filing of an import shares.
pub struct Desk<'a> {
    /// Where it goes.
    pub workspace: &'a Workspace,
    /// Who is who.
    pub library: &'a Library,
    /// What is in force.
    pub filings: &'a Filings,
    /// The rules.
    pub book: &'a Book,
    /// Their digest.
    pub checks: &'a str,
    /// Show what would happen and change nothing.
    pub dry_run: bool,
    /// The day, so that a filing cannot come from the future.
    pub today: Date,
}

/// A filing taken, for the caller to add to [`Filings`].
pub struct Taken {
    /// What was recorded.
    pub accepted: FilingAccepted,
    /// Its version in the institution's stream.
    pub version: u64,
}

struct Read {
    tables: BTreeMap<RawTable, Loaded>,
    explanations: Vec<RecordBatch>,
    rows: u64,
}

impl Desk<'_> {
    /// Takes one filing in, or says why not.
    ///
    /// # Errors
    /// Those of the store; everything about the filing itself is the outcome.
    pub fn take(&self, institution: &str, as_of: Date, files: &[Source]) -> Result<(Item, Option<Taken>)> {
        let (outcome, taken) = match self.judge(institution, as_of, files) {
            Ok(done) => done,
            Err(Trouble::Filing(outcome)) => (outcome, None),
            Err(Trouble::Store(fault)) => return Err(fault),
        };
        let path = files.first().map(|f| f.path.clone()).unwrap_or_default();
        let item =
            Item { path, table: Table::Notes, institution: Some(institution.to_owned()), date: Some(as_of), outcome };
        Ok((item, taken))
    }

    fn judge(
        &self,
        institution: &str,
        as_of: Date,
        files: &[Source],
    ) -> std::result::Result<(Outcome, Option<Taken>), Trouble> {
        self.admit(institution, as_of)?;
        let read = read(files)?;
        let former = self.filings.get(institution, as_of);
        let unchanged = |(raw, loaded): (&RawTable, &Loaded)| {
            former.and_then(|f| f.accepted.tables.get(raw.shape().name)).is_some_and(|t| t.source == loaded.source)
        };
        // The bank may say anew why a warning stands without filing the table again.
        let said_anew = former.is_some_and(|f| {
            let open: BTreeSet<String> = f.accepted.warnings.keys().cloned().collect();
            !read.explanations.is_empty() && explanations(&read.explanations, &open) != f.accepted.explanations
        });
        if former.is_some() && !said_anew && read.tables.iter().all(unchanged) {
            return Ok((Outcome::AlreadyThere { rows: read.rows }, None));
        }
        let mut package = package(institution, as_of, &read.tables);
        let mut carried = BTreeMap::new();
        if let Some(former) = former {
            for (name, table) in &former.accepted.tables {
                let raw = RawTable::ALL.into_iter().find(|r| r.shape().name == name);
                if let Some(raw) = raw.filter(|r| !read.tables.contains_key(r)) {
                    let batches = stored(self.workspace, table, raw.shape())?;
                    package = with_table(package, raw, parts(&batches));
                    carried.insert(name.clone(), table.clone());
                }
            }
        }
        let missing: Vec<&str> = RawTable::ALL
            .into_iter()
            .filter(|raw| package.parts(*raw).is_empty() && !read.tables.contains_key(raw))
            .map(|raw| raw.shape().zh)
            .collect();
        if !missing.is_empty() {
            let fault = Fault::new(&faults::INCOMPLETE_FILING).with("institution", institution).with("as_of", as_of);
            return Err(Trouble::Filing(Outcome::refused(fault.with("tables", missing.join("、")))));
        }
        let checked = self.check(institution, as_of, files, &package, &read)?;
        if self.dry_run {
            let changes = checked.warnings.clone();
            return Ok((Outcome::WouldApply { rows: read.rows, changes, plan: None }, None));
        }
        let taken = self.record(institution, as_of, &read, carried, checked)?;
        let changes = taken.accepted.warnings.clone();
        Ok((Outcome::Applied { rows: read.rows, changes, plan: None }, Some(taken)))
    }

    fn admit(&self, institution: &str, as_of: Date) -> std::result::Result<(), Trouble> {
        let refuse = |fault: Fault| Err(Trouble::Filing(Outcome::refused(fault)));
        if !is_quarter_end(as_of) {
            return refuse(Fault::new(&faults::NOT_QUARTER_END).with("date", as_of).field("as_of"));
        }
        if as_of > self.today {
            return refuse(Fault::new(&faults::IN_FUTURE).with("date", as_of).field("as_of"));
        }
        if !self.library.institutions.get(institution).is_some_and(|i| i.files_loans) {
            return refuse(
                Fault::new(&faults::UNKNOWN_INSTITUTION).with("institution", institution).field("institution"),
            );
        }
        Ok(())
    }

    fn check(
        &self,
        institution: &str,
        as_of: Date,
        files: &[Source],
        package: &Package,
        read: &Read,
    ) -> std::result::Result<Checked, Trouble> {
        let previous = self.previous(institution, as_of)?;
        let roll = self.library.roll(as_of)?;
        let known = |uscc: &str| roll.knows(uscc);
        let problems = cell_problems(&read.tables);
        let context = Context {
            previous: previous.as_ref(),
            borrower_known: &known,
            institution_known: true,
            cell_problems: &problems,
        };
        let report = run(self.book, package, &context)?;
        let codes: BTreeSet<String> = explained(&read.explanations, institution, as_of)?;
        let refused = |fault: Fault, count: u64| -> Trouble {
            let listing = listing::write(self.workspace, institution, as_of, files, &read.tables, &report).ok();
            let shown = listing.as_ref().map_or_else(|| "–".to_owned(), |p| p.display().to_string());
            let fault = fault.with("institution", institution).with("as_of", as_of).with("report", shown);
            let mut all = vec![fault];
            all.extend(report.findings.iter().map(listing::fault));
            Trouble::Filing(Outcome::Refused { count, faults: all, listing })
        };
        match verdict(self.book, as_of, &report, &codes) {
            Verdict::Accepted => {}
            Verdict::Refused => {
                let fault = Fault::new(&faults::FILING_REFUSED).with("errors", report.errors_total);
                return Err(refused(fault, report.errors_total));
            }
            Verdict::Unexplained(open) => {
                let fault = Fault::new(&faults::UNEXPLAINED).with("warnings", report.warnings_total);
                return Err(refused(fault.with("checks", open.join(", ")), report.warnings_total));
            }
        }
        let warnings = report.counts.iter().map(|(code, n)| (code.to_string(), *n)).collect();
        Ok(Checked { warnings, explanations: explanations(&read.explanations, &codes) })
    }

    pub(super) fn previous(&self, institution: &str, as_of: Date) -> Result<Option<Previous>> {
        let Some(filing) = self.filings.previous(institution, as_of) else { return Ok(None) };
        let mut filed = Filed::default();
        for raw in RawTable::ALL {
            let Some(table) = filing.accepted.tables.get(raw.shape().name) else { continue };
            let batches = stored(self.workspace, table, raw.shape())?;
            match raw {
                RawTable::Notes => filed.notes = batches,
                RawTable::Disbursements => filed.disbursements = batches,
                RawTable::Relationships => filed.relationships = batches,
            }
        }
        Ok(Some(Previous { as_of: filing.accepted.as_of, filed }))
    }

    fn record(
        &self,
        institution: &str,
        as_of: Date,
        read: &Read,
        carried: BTreeMap<String, TableRef>,
        checked: Checked,
    ) -> Result<Taken> {
        let names: Vec<String> = carried.keys().cloned().collect();
        let mut tables = carried;
        for (raw, loaded) in &read.tables {
            tables.insert(raw.shape().name.to_owned(), keep(self.workspace, raw.shape(), loaded)?);
        }
        let accepted = FilingAccepted {
            institution: institution.to_owned(),
            as_of,
            tables,
            carried: names,
            warnings: checked.warnings,
            explanations: checked.explanations,
            checks: self.checks.to_owned(),
        };
        let version = self.filings.version(institution);
        let stream = stream(institution);
        let body = json(&accepted)?;
        let doc = states::filing(&accepted, version + 1, &body);
        // The stream's version is part of the key: an earlier filing may rightly be filed again after a later one.
        let key = format!("{as_of}@{version}/{}", huoshui_kernel::hex(&sources(read)));
        let command = Command::new(institution, "filing.file", key, &body)
            .event(&stream, Expected::Version(version), kind::FILING_ACCEPTED, 1, body.clone())
            .put(doc)
            .answer(body);
        self.workspace.journal.append_blocking(command)?;
        Ok(Taken { accepted, version: version + 1 })
    }
}

/// A filing that is refused, or a store that fails.
enum Trouble {
    Filing(Outcome),
    Store(Fault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Store(fault)
    }
}

struct Checked {
    warnings: BTreeMap<String, u64>,
    explanations: BTreeMap<String, String>,
}

fn raw(table: Table) -> Option<RawTable> {
    match table {
        Table::Notes => Some(RawTable::Notes),
        Table::Disbursements => Some(RawTable::Disbursements),
        Table::Relationships => Some(RawTable::Relationships),
        _ => None,
    }
}

fn read(files: &[Source]) -> std::result::Result<Read, Trouble> {
    let mut read = Read { tables: BTreeMap::new(), explanations: Vec::new(), rows: 0 };
    for source in files {
        let shape = raw(source.table).map_or(&EXPLANATIONS, |raw| raw.shape());
        let loaded = load(&source.path, shape).map_err(|fault| {
            let name = source.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let fault = if fault.field_name().is_none() { fault.field(name) } else { fault };
            Trouble::Filing(Outcome::refused(fault))
        })?;
        match raw(source.table) {
            Some(raw) => {
                read.rows += loaded.rows;
                read.tables.insert(raw, loaded);
            }
            None if loaded.problems_total > 0 => {
                let faults = loaded.problems.iter().map(|p| p.fault(shape)).collect();
                let count = loaded.problems_total;
                return Err(Trouble::Filing(Outcome::Refused { count, faults, listing: None }));
            }
            None => read.explanations.extend(loaded.batches),
        }
    }
    Ok(read)
}

pub(super) fn parts(batches: &[RecordBatch]) -> Vec<Part> {
    let mut first_row = 2;
    let part = |batch: &RecordBatch| {
        let part = Part { batch: batch.clone(), first_row };
        first_row += batch.num_rows() as u64;
        part
    };
    batches.iter().map(part).collect()
}

fn package(institution: &str, as_of: Date, tables: &BTreeMap<RawTable, Loaded>) -> Package {
    let empty =
        Package { institution: institution.to_owned(), as_of, notes: None, disbursements: None, relationships: None };
    tables.iter().fold(empty, |package, (raw, loaded)| with_table(package, *raw, parts(&loaded.batches)))
}

pub(super) fn with_table(mut package: Package, raw: RawTable, parts: Vec<Part>) -> Package {
    match raw {
        RawTable::Notes => package.notes = Some(parts),
        RawTable::Disbursements => package.disbursements = Some(parts),
        RawTable::Relationships => package.relationships = Some(parts),
    }
    package
}

fn cell_problems(tables: &BTreeMap<RawTable, Loaded>) -> Vec<CellProblem> {
    let mut all = Vec::new();
    for (raw, loaded) in tables {
        let shape = raw.shape();
        all.extend(loaded.problems.iter().map(|p| CellProblem {
            table: *raw,
            row: p.row,
            column: p.column.and_then(|i| shape.columns.get(i)).map(|c| c.name),
            fault: p.fault(shape),
        }));
    }
    all
}

fn explanations(batches: &[RecordBatch], codes: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    for batch in batches {
        let cells = Cells(batch);
        for row in 0..batch.num_rows() {
            if let (Some(code), Some(text)) = (cells.text("check_code", row), cells.text("explanation", row))
                && codes.contains(code)
            {
                said.insert(code.to_owned(), text.to_owned());
            }
        }
    }
    said
}

fn sources(read: &Read) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    let mut hasher = Sha256::new();
    for (raw, loaded) in &read.tables {
        hasher.update(raw.shape().name);
        hasher.update(&loaded.source);
    }
    hasher.finalize().to_vec()
}
