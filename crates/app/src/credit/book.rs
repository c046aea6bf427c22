//! Rules in force, compiled once for each version of the policies and day.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use huoshui_credit::rules::{Policies, Rules};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;
use crate::folder::Workspace;
use crate::policies::{STREAM, Set};

/// Rules kept: today's, and those of a few replays.
const KEPT: usize = 8;

/// The rules of a process; clones share them.
#[derive(Clone)]
pub struct Book {
    workspace: Workspace,
    policies: Arc<Mutex<Vec<(u64, Arc<Policies>)>>>,
    rules: Arc<Mutex<Vec<(u64, Date, Arc<Rules>)>>>,
    /// One compiles; the others wait for it rather than compiling the same beside it.
    compiling: Arc<Mutex<()>>,
    /// The newest version that this process has seen.
    newest: Arc<AtomicU64>,
}

/// Rules with the version of the stream of policies that they are of.
#[derive(Clone)]
pub struct InForce {
    /// The version.
    pub version: u64,
    /// The rules.
    pub rules: Arc<Rules>,
}

impl Book {
    /// The book of a data folder.
    #[must_use]
    pub fn new(workspace: Workspace) -> Self {
        Self {
            workspace,
            policies: Arc::default(),
            rules: Arc::default(),
            compiling: Arc::default(),
            newest: Arc::default(),
        }
    }

    /// The rules in force on a day, as published until now: by any process, from its next question on.
    ///
    /// # Errors
    /// Those of the store and of the policies.
    pub fn on(&self, date: Date) -> Result<InForce> {
        self.at(self.seen(self.workspace.journal.stream_version(STREAM)?), date)
    }

    /// Notes a version of the stream of policies that was read.
    pub(super) fn seen(&self, version: u64) -> u64 {
        self.newest.fetch_max(version, Ordering::AcqRel);
        version
    }

    /// The rules of a day as of the newest version that this process has seen, if they were compiled already: for a command
    /// that expects that version, and is made anew where it does not hold.
    pub(super) fn remembered(&self, date: Date) -> Option<InForce> {
        self.known(self.newest.load(Ordering::Acquire), date)
    }

    /// The rules of a day at a version of the stream of policies: those of a past decision.
    ///
    /// # Errors
    /// As [`Book::on`].
    pub fn at(&self, version: u64, date: Date) -> Result<InForce> {
        if let Some(known) = self.known(version, date) {
            return Ok(known);
        }
        let locked = || Fault::new(&faults::INTERNAL).with("what", "rules");
        let _one = self.compiling.lock().map_err(|_| locked())?;
        if let Some(known) = self.known(version, date) {
            return Ok(known);
        }
        let rules = Arc::new(self.policies(version)?.on(date)?);
        let mut known = self.rules.lock().map_err(|_| locked())?;
        if known.len() >= KEPT {
            known.remove(0);
        }
        known.push((version, date, Arc::clone(&rules)));
        Ok(InForce { version, rules })
    }

    /// The rules of a day at a version, if they were compiled already.
    #[must_use]
    pub fn known(&self, version: u64, date: Date) -> Option<InForce> {
        let known = self.rules.lock().ok()?;
        let found = known.iter().find(|(v, d, _)| (*v, *d) == (version, date));
        found.map(|(.., rules)| InForce { version, rules: Arc::clone(rules) })
    }

    /// All policies at a version of their stream.
    ///
    /// # Errors
    /// As [`Book::on`].
    pub fn policies(&self, version: u64) -> Result<Arc<Policies>> {
        let locked = || Fault::new(&faults::INTERNAL).with("what", "policies");
        let mut known = self.policies.lock().map_err(|_| locked())?;
        if let Some((_, policies)) = known.iter().find(|(v, _)| *v == version) {
            return Ok(Arc::clone(policies));
        }
        let policies = Arc::new(Set::at(&self.workspace, version)?.credit()?);
        if known.len() >= KEPT {
            known.remove(0);
        }
        known.push((version, Arc::clone(&policies)));
        Ok(policies)
    }
}
