//! Departments' batches: read, checked against the schema, taken whole or refused whole.
//!
//! A *whole* batch takes the place of everything before it; a *change* batch adds rows, and replaces those of its keys
//! (a row is taken away by the next whole batch). Rows lie in immutable files, durable before the event in
//! `resource/CODE` that names them; the document `resource/CODE` says which files are in force. What is decided, and why:
//! - A batch older than the data in force is refused, because it would turn newer values back; one of the same date
//!   corrects it. The bytes of a batch that was the last word on its date change nothing, whenever they come again, so a
//!   folder can be imported twice.
//! - A firm that the registry does not know is counted, and its rows are kept: a department knows more firms than
//!   the registry, which may learn of them later. Nobody can ask for them until then, because a consent needs a firm.
//! - A change needs a whole batch of its own version of the schema to stand on.

pub mod events;
mod findings;
mod header;
pub mod keys;
mod layout;
pub mod ledger;
mod listing;
mod merge;
pub mod name;
pub mod orphans;
mod read;
pub mod retain;
mod scan;
mod spec;
mod upload;

use std::collections::BTreeMap;
use std::path::Path;

use huoshui_exchange::catalogue::{Catalogue, Resource};
use huoshui_journal::faults::CONFLICT;
use huoshui_journal::{Command, Expected};
use huoshui_kernel::Uscc;
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;
use crate::folder::Workspace;
use crate::import::report::Outcome;
use crate::import::table::digest;
use crate::library::Library;
use crate::streams::json;
use events::{BatchAccepted, kind};
use findings::Findings;
use huoshui_exchange::clock;
pub use layout::GROUP_ROWS;
use ledger::{Ledger, stream};
use name::{Extent, Name};
use read::{Job, Loaded, Trouble};
pub use scan::Known;
use spec::Spec;
pub use spec::key;
pub use upload::{Uploaded, upload};

/// How often a batch is recorded anew when others come between.
const TRIES: usize = 8;
/// Files in force at once; one more and they are merged.
pub const MAX_LAYERS: usize = 8;

/// What every batch of an import or of a server shares.
pub struct Desk<'a> {
    /// Where batches go.
    pub workspace: &'a Workspace,
    /// What they must be.
    pub catalogue: &'a Catalogue,
    /// Who is in the registry, by USCC.
    pub known: Known<'a>,
    /// The day, so that a batch cannot come from the future.
    pub today: Date,
    /// Show what would happen and change nothing.
    pub dry_run: bool,
}

/// Takes one file of a department, for callers that take few: the registry is read each time. `department` is who
/// uploads (none: the operator), `now` microseconds since 1970-01-01 UTC.
///
/// # Errors
/// Those of the store and `batch.file_name`; everything about the batch itself is the outcome.
pub fn take(
    workspace: &Workspace,
    catalogue: &Catalogue,
    department: Option<&str>,
    path: &Path,
    now: i64,
) -> Result<Outcome> {
    let library = Library::load(workspace, None)?;
    let known = |text: &str| Uscc::parse(text).is_ok_and(|uscc| library.enterprises.contains(&uscc));
    let name = Name::of(path).unwrap_or_else(|| {
        let file = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Err(Fault::new(&faults::BATCH_NAME).with("file", file))
    })?;
    Desk { workspace, catalogue, known: &known, today: clock::day(now), dry_run: false }.take(department, path, &name)
}

/// What a batch is to those that were taken.
enum Standing {
    New,
    AlreadyThere(u64),
}

impl Desk<'_> {
    /// Takes one batch in, or says why not.
    ///
    /// # Errors
    /// Those of the store; everything about the batch itself is the outcome.
    pub fn take(&self, department: Option<&str>, path: &Path, name: &Name) -> Result<Outcome> {
        match self.judge(department, path, name) {
            Ok(outcome) => Ok(outcome),
            Err(Trouble::Batch(fault)) => Ok(Outcome::refused(fault)),
            Err(Trouble::Store(fault)) => Err(fault),
        }
    }

    fn judge(&self, department: Option<&str>, path: &Path, name: &Name) -> std::result::Result<Outcome, Trouble> {
        let resource = self.admit(department, name).map_err(Trouble::Batch)?;
        let spec = Spec::new(resource, name.as_of)?;
        let source = digest(path).map_err(Trouble::Batch)?;
        let ledger = Ledger::load(self.workspace, &resource.code)?;
        if let Standing::AlreadyThere(rows) = standing(&ledger, name, &source, resource).map_err(Trouble::Batch)? {
            return Ok(Outcome::AlreadyThere { rows });
        }
        header::check(path, self.catalogue, resource, spec.shape).map_err(Trouble::Batch)?;
        let keep = !self.dry_run;
        let job =
            Job { workspace: self.workspace, spec: &spec, known: self.known, as_of: name.as_of, source: &source, keep };
        let loaded = job.run(path)?;
        if loaded.findings.total > 0 {
            return Ok(self.refused(path, name, &spec, &loaded.findings));
        }
        let changes = changes(&loaded);
        let rows = loaded.rows;
        let Some(blob) = loaded.blob.clone() else {
            return Ok(Outcome::WouldApply { rows, changes, plan: None });
        };
        let file = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let accepted = BatchAccepted {
            resource: resource.code.clone(),
            department: resource.department.clone(),
            schema: resource.schema,
            as_of: name.as_of,
            covers_from: loaded.covers_from,
            extent: name.extent,
            rows,
            firms: loaded.firms,
            blob,
            file,
            source,
            quality: loaded.counts,
        };
        let there = self.record(department, name, resource, &accepted)?;
        Ok(there.unwrap_or(Outcome::Applied { rows, changes, plan: None }))
    }

    fn admit(&self, department: Option<&str>, name: &Name) -> Result<&Resource> {
        let resource = self.catalogue.find(&name.resource, name.as_of)?;
        if let Some(department) = department.filter(|d| *d != resource.department) {
            return Err(Fault::new(&faults::BATCH_DEPARTMENT)
                .with("resource", &resource.code)
                .with("owner", &resource.department)
                .with("department", department));
        }
        if name.as_of > self.today {
            return Err(Fault::new(&faults::IN_FUTURE).with("date", name.as_of).field("as_of"));
        }
        Ok(resource)
    }

    fn refused(&self, path: &Path, name: &Name, spec: &Spec<'_>, findings: &Findings) -> Outcome {
        let listing = match self.dry_run {
            true => None,
            false => listing::write(self.workspace, name, path, spec.resource, findings).ok(),
        };
        let shown = listing.as_ref().map_or_else(|| "–".to_owned(), |p| p.display().to_string());
        let fault = Fault::new(&faults::BATCH_REFUSED).with("batch", name).with("errors", findings.total);
        let mut faults = vec![fault.with("report", shown)];
        faults.extend(findings.listed.iter().map(|f| f.fault.clone()));
        Outcome::Refused { count: findings.total, faults, listing }
    }

    /// Writes the event, its standing judged again at each try. An outcome when there was nothing to record after all.
    fn record(
        &self,
        department: Option<&str>,
        name: &Name,
        resource: &Resource,
        accepted: &BatchAccepted,
    ) -> std::result::Result<Option<Outcome>, Trouble> {
        let unused = |ledger: &Ledger| retain::remove(self.workspace, &accepted.blob, ledger);
        for _ in 0..TRIES {
            let mut ledger = Ledger::load(self.workspace, &resource.code)?;
            match standing(&ledger, name, &accepted.source, resource) {
                Ok(Standing::New) => {}
                Ok(Standing::AlreadyThere(rows)) => {
                    unused(&ledger);
                    return Ok(Some(Outcome::AlreadyThere { rows }));
                }
                Err(fault) => {
                    unused(&ledger);
                    return Err(Trouble::Batch(fault));
                }
            }
            let version = ledger.version;
            ledger.accept(accepted.clone(), version + 1, 0);
            let body = json(accepted)?;
            // With the resource: files of two of them may hold the same bytes, as those without a row do.
            let (code, extent) = (&resource.code, name.extent.name());
            let key = format!("{code}.{}.{extent}@{version}/{}", name.as_of, accepted.source);
            let mut command = Command::new(department.unwrap_or("operator"), "resource.batch", key, &body)
                .event(&stream(&resource.code), Expected::Version(version), kind::BATCH_ACCEPTED, 1, body.clone())
                .answer(body);
            if let Some(document) = ledger.document()? {
                command = command.put(document);
            }
            match self.workspace.journal.append_blocking(command) {
                Err(fault) if fault.code() == CONFLICT.code => {}
                Err(fault) => return Err(Trouble::Store(fault)),
                Ok(_) => {
                    retain::sweep(self.workspace, &ledger);
                    listing::clear(self.workspace, name);
                    if ledger.newest().is_some_and(|f| f.layers.len() > MAX_LAYERS) {
                        merge::run(self.workspace, self.catalogue, &resource.code)?;
                    }
                    return Ok(None);
                }
            }
        }
        unused(&Ledger::load(self.workspace, &resource.code)?);
        Err(Trouble::Batch(Fault::new(&faults::BATCH_BUSY).with("resource", &resource.code)))
    }
}

fn standing(ledger: &Ledger, name: &Name, source: &str, resource: &Resource) -> Result<Standing> {
    // The last word on a date counts: a batch that was replaced and now comes back is a correction again.
    let of_date = |b: &&ledger::Batch| b.accepted.as_of == name.as_of && b.accepted.extent == name.extent;
    let last = ledger.batches.iter().rev().find(of_date);
    if let Some(same) = last.filter(|b| b.accepted.source == source) {
        return Ok(Standing::AlreadyThere(same.accepted.rows));
    }
    let newest = ledger.newest();
    if let Some(newer) = newest.filter(|f| f.as_of > name.as_of) {
        return Err(Fault::new(&faults::BATCH_OLDER).with("batch", name).with("in_force", newer.as_of));
    }
    if name.extent == Extent::Change && newest.is_none_or(|f| f.schema != resource.schema) {
        return Err(Fault::new(&faults::BATCH_NO_WHOLE)
            .with("resource", &resource.code)
            .with("schema", resource.schema)
            .with("batch", name));
    }
    Ok(Standing::New)
}

fn changes(loaded: &Loaded) -> BTreeMap<String, u64> {
    let all = [
        ("firms", loaded.firms),
        ("unknown_firms", loaded.counts.unknown_firms),
        ("invalid_rows", loaded.counts.invalid_rows),
    ];
    all.into_iter().map(|(name, n)| (name.to_owned(), n)).collect()
}
