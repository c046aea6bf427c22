//! The registry in memory, as known at a time: institutions, departments, enterprises with their histories, the lists.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::shape::TableShape;
use huoshui_registry::shapes;
use huoshui_registry::{Departments, Enterprises, Institutions, Reference, Refusal, Roster, Snapshot};
use huoshui_supervision::relations::{Bank, Firm, Roll};

use crate::blobs;
use crate::events::{RegistryRecorded, TableRef};
use crate::faults;
use crate::folder::Workspace;
use crate::rows;
use crate::streams::{self, KnownAt};

/// The registry's streams.
pub mod stream {
    /// Institutions: each event the whole table.
    pub const INSTITUTIONS: &str = "registry/institutions";
    /// Departments: each event the whole table.
    pub const DEPARTMENTS: &str = "registry/departments";
    /// Enterprises: each event the firms that are new or changed as of a date.
    pub const ENTERPRISES: &str = "registry/enterprises";
    /// The list library: each event the whole list of a date.
    pub const ROSTER: &str = "registry/roster";
    /// Targets: each event the whole table.
    pub const TARGETS: &str = "registry/targets";
}

/// Everything the registry knows.
pub struct Library {
    /// Institutions by code.
    pub institutions: Institutions,
    /// Departments by code.
    pub departments: Departments,
    /// Enterprises with their histories.
    pub enterprises: Enterprises,
    /// The dated lists.
    pub roster: Roster,
    /// The tables of the last event of `registry/targets`.
    pub targets: Vec<RecordBatch>,
    /// Versions of the streams read, for optimistic appends.
    pub versions: BTreeMap<&'static str, u64>,
    /// What each event recorded, by stream, for "already there".
    pub recorded: BTreeMap<&'static str, Vec<RegistryRecorded>>,
    rolls: Mutex<BTreeMap<Date, Arc<Roll>>>,
}

/// Reads a stored table back, whole. Its cells were checked when it came in; here its hash is.
///
/// # Errors
/// `data.damaged` when the file is gone, changed or not what it was.
pub fn stored(workspace: &Workspace, table: &TableRef, shape: &TableShape) -> Result<Vec<RecordBatch>> {
    workspace.blobs.verified_path(&table.blob).map_err(|_| damaged(table))?;
    let names: Vec<&str> = shape.columns.iter().map(|c| c.name).collect();
    blobs::columns(workspace, table, &names)
}

fn damaged(table: &TableRef) -> Fault {
    Fault::new(&faults::DAMAGED).with("what", format_args!("{} ({})", table.file, table.blob))
}

/// A stored table that its own rules refuse now was changed, or the rules were: either way it cannot be used.
fn refused(table: &TableRef, refusal: &Refusal) -> Fault {
    refusal.faults.first().cloned().unwrap_or_else(|| damaged(table))
}

impl Library {
    /// Reads the registry as it was known then.
    ///
    /// # Errors
    /// Those of the store, `data.damaged`.
    pub fn load(workspace: &Workspace, known_at: KnownAt) -> Result<Self> {
        let reference = Reference::built_in()?;
        let mut library = Self {
            institutions: Institutions::default(),
            departments: Departments::default(),
            enterprises: Enterprises::new(),
            roster: Roster::new(),
            targets: Vec::new(),
            versions: BTreeMap::new(),
            recorded: BTreeMap::new(),
            rolls: Mutex::new(BTreeMap::new()),
        };
        for name in [stream::INSTITUTIONS, stream::DEPARTMENTS, stream::ENTERPRISES, stream::ROSTER, stream::TARGETS] {
            let events = streams::read(workspace, name, known_at)?;
            library.versions.insert(name, events.last().map_or(0, |e| e.version));
            let recorded: Vec<RegistryRecorded> = events.iter().map(streams::body).collect::<Result<_>>()?;
            library.restore(workspace, name, &recorded, reference)?;
            library.recorded.insert(name, recorded);
        }
        Ok(library)
    }

    /// Takes in an event that was just recorded, as reading it back would.
    ///
    /// # Errors
    /// As [`Library::load`].
    pub fn add(&mut self, workspace: &Workspace, name: &'static str, event: RegistryRecorded) -> Result<()> {
        self.restore(workspace, name, std::slice::from_ref(&event), Reference::built_in()?)?;
        *self.versions.entry(name).or_insert(0) += 1;
        self.recorded.entry(name).or_default().push(event);
        if let Ok(mut rolls) = self.rolls.lock() {
            rolls.clear();
        }
        Ok(())
    }

    fn restore(
        &mut self,
        workspace: &Workspace,
        name: &str,
        recorded: &[RegistryRecorded],
        reference: &Reference,
    ) -> Result<()> {
        let last = recorded.last();
        match name {
            stream::INSTITUTIONS => {
                if let Some(event) = last {
                    let rows = rows::institutions(&stored(workspace, &event.table, &shapes::INSTITUTIONS)?)?;
                    self.institutions = Institutions::from_rows(rows).map_err(|r| refused(&event.table, &r))?;
                }
            }
            stream::DEPARTMENTS => {
                if let Some(event) = last {
                    let rows = rows::departments(&stored(workspace, &event.table, &shapes::DEPARTMENTS)?)?;
                    self.departments = Departments::from_rows(rows).map_err(|r| refused(&event.table, &r))?;
                }
            }
            stream::TARGETS => {
                if let Some(event) = last {
                    self.targets = stored(workspace, &event.table, &huoshui_supervision::filings::TARGETS)?;
                }
            }
            stream::ENTERPRISES => {
                for (event, date) in recorded.iter().filter_map(|e| Some((e, e.date?))) {
                    let rows = rows::enterprises(&stored(workspace, &event.table, &shapes::ENTERPRISES)?)?;
                    let checked = huoshui_registry::enterprise::check(&rows, date, reference);
                    self.enterprises.put(date, checked.map_err(|r| refused(&event.table, &r))?);
                }
            }
            _ => {
                for (event, date) in recorded.iter().filter_map(|e| Some((e, e.date?))) {
                    let rows = rows::roster(&stored(workspace, &event.table, &shapes::ROSTER)?)?;
                    self.roster.restore(date, &rows, reference).map_err(|r| refused(&event.table, &r))?;
                }
            }
        }
        Ok(())
    }

    /// Who everyone is on a list date; built once a date.
    ///
    /// # Errors
    /// `data.no_roster` when there is no list of that day or before; those of the reference tables.
    pub fn roll(&self, list_date: Date) -> Result<Arc<Roll>> {
        if self.roster.list_on(list_date).is_none() {
            return Err(Fault::new(&faults::NO_ROSTER).with("date", list_date).field("as_of"));
        }
        let mut rolls = self.rolls.lock().map_err(|_| Fault::new(&faults::INTERNAL).with("what", "rolls"))?;
        if let Some(roll) = rolls.get(&list_date) {
            return Ok(Arc::clone(roll));
        }
        let roll = Arc::new(self.build_roll(list_date)?);
        rolls.insert(list_date, Arc::clone(&roll));
        Ok(roll)
    }

    fn build_roll(&self, list_date: Date) -> Result<Roll> {
        let reference = Reference::built_in()?;
        let snapshot = Snapshot::build(&self.enterprises, &self.roster, list_date, list_date, reference);
        let firms = snapshot.firms().iter().map(|firm| {
            let has = |tier| firm.tiers.contains(tier);
            Firm {
                uscc: firm.uscc.as_str(),
                name: &firm.name,
                tier: firm.tier.map(huoshui_registry::Tier::code),
                srdi: firm.srdi,
                little_giant: has(huoshui_registry::Tier::LittleGiant),
                innovative: has(huoshui_registry::Tier::InnovativeSme),
                technology: has(huoshui_registry::Tier::TechnologySme),
                district: Some(firm.district.as_str()),
                industry: firm.section(),
                division: firm.division(),
                size: firm.size_code(),
                founded_on: firm.founded_on,
            }
        });
        let banks = self.institutions.iter().map(|bank| Bank {
            code: bank.code.as_str(),
            kind: bank.kind.code(),
            funding: bank.funding.code(),
        });
        Ok(Roll::new(list_date, firms, banks))
    }
}
