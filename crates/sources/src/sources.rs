//! All remote departments, asked at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_kernel::fault::Result;
use huoshui_kernel::{Fault, Uscc};
use tokio::task::JoinSet;

use crate::ask::{Ask, Outcome};
use crate::faults;
use crate::health::Health;
use crate::remote::Remote;

/// The remote departments by their codes.
#[derive(Clone, Default)]
pub struct Sources {
    remotes: BTreeMap<String, Arc<Remote>>,
}

impl Sources {
    /// These departments.
    ///
    /// # Errors
    /// `source.two_remotes`.
    pub fn new(remotes: impl IntoIterator<Item = Remote>) -> Result<Self> {
        let mut all = BTreeMap::new();
        for remote in remotes {
            let department = remote.department().to_owned();
            if all.insert(department.clone(), Arc::new(remote)).is_some() {
                return Err(Fault::new(&faults::TWO_REMOTES).with("department", department));
            }
        }
        Ok(Self { remotes: all })
    }

    /// The department's remote, when it has one.
    #[must_use]
    pub fn remote(&self, department: &str) -> Option<&Arc<Remote>> {
        self.remotes.get(department)
    }

    /// Asks one department. Returns by its deadline.
    pub async fn fetch(&self, department: &str, ask: &Ask) -> Outcome {
        match self.remote(department) {
            Some(remote) => remote.fetch(ask).await,
            None => Outcome::Unusable(Fault::new(&faults::NO_REMOTE).with("department", department)),
        }
    }

    /// Asks several at once and gives the outcomes in the questions' order: by the longest deadline among them, each
    /// untouched by the others. Dropped before, everything under way ends.
    pub async fn gather(&self, asks: Vec<(String, Ask)>) -> Vec<Outcome> {
        let mut running = JoinSet::new();
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(asks.len());
        for (index, (department, ask)) in asks.into_iter().enumerate() {
            // Stands only if its task ends without an outcome, which a panic alone could do.
            outcomes.push(Outcome::Unusable(Fault::new(&faults::NO_REMOTE).with("department", &department)));
            if let Some(remote) = self.remote(&department).cloned() {
                running.spawn(async move { (index, remote.fetch(&ask).await) });
            }
        }
        while let Some(ended) = running.join_next().await {
            if let Ok((index, outcome)) = ended
                && let Some(place) = outcomes.get_mut(index)
            {
                *place = outcome;
            }
        }
        outcomes
    }

    /// How each department does, by code.
    #[must_use]
    pub fn health(&self) -> Vec<Health> {
        self.remotes.values().map(|r| r.health()).collect()
    }

    /// Drops what is kept of a firm everywhere: after a correction or an erasure.
    pub fn forget(&self, uscc: &Uscc) {
        self.remotes.values().for_each(|r| r.forget(uscc));
    }
}
