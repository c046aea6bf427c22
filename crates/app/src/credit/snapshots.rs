//! Profiles that an institution refreshed, as decisions read them: kept in memory for the next decision, within bounds.
//! What is remembered is never trusted to be allowed: each decision looks at the consent and at the clock anew.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use huoshui_credit::decide::Basis;
use huoshui_credit::profile::{Packed, Profile};
use huoshui_journal::Journal;
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::{Fault, Result};
use serde::Deserialize;

use super::book::{Book, InForce};
use super::profiles::{COLLECTION, Made, SPACE, Stored};
use super::{faults, is_id};
use crate::streams::json;

/// Profiles remembered, and their bytes, at most; beyond either all are forgotten and read again as they are asked for.
const MOST: usize = 20_000;
const MOST_BYTES: usize = 128 << 20;
/// What a feature of a profile takes in memory besides its text, about.
const ITEM: usize = 120;

/// A profile for decisions.
pub struct Snapshot {
    /// What was made.
    pub made: Made,
    /// The enterprise.
    pub subject: Uscc,
    /// The values.
    pub profile: Profile,
    /// The same, as it is kept for the decisions on it.
    pub packed: Vec<u8>,
    /// Whether it is known to be kept for them.
    kept_once: AtomicBool,
    /// What it gives under the newest rules that were asked for, by the version of the stream of policies.
    basis: Mutex<Option<(u64, Arc<Basis>)>>,
}

/// What is in the body that the vault keeps of a profile, as far as decisions read it.
#[derive(Deserialize)]
struct Body {
    profile: Option<Profile>,
}

fn unknown(id: &str) -> Fault {
    Fault::new(&faults::NO_PROFILE).with("id", id.chars().take(64).collect::<String>()).field("profile")
}

impl Snapshot {
    /// Reads it. None where its values are gone.
    fn load(journal: &Journal, id: &str) -> Result<Option<Self>> {
        let damaged = || Fault::new(&crate::faults::DAMAGED).with("what", format_args!("{COLLECTION}/{id}"));
        let stored = Stored::read(&journal.state(COLLECTION, id)?.ok_or_else(|| unknown(id))?)?;
        if stored.erased.is_some() {
            return Ok(None);
        }
        let made = stored.made;
        let Some(body) = journal.kept(SPACE, &made.place())? else { return Ok(None) };
        let body: Body = serde_json::from_slice(&body).map_err(|_| damaged())?;
        // Under a purpose of tags and scores there are no values; whoever asks is told so by the mode.
        let profile = body.profile.unwrap_or_else(|| Profile::new(&made.uscc, made.as_of));
        Self::new(made, profile).map(Some)
    }

    fn new(made: Made, profile: Profile) -> Result<Self> {
        let damaged = |_| Fault::new(&crate::faults::DAMAGED).with("what", format_args!("{COLLECTION}/{}", made.id));
        let (subject, packed) = (Uscc::parse(&made.uscc).map_err(damaged)?, json(&Packed::from(&profile))?);
        Ok(Self { made, subject, profile, packed, kept_once: AtomicBool::new(false), basis: Mutex::default() })
    }

    /// Whether a decision of this process has had it kept.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.kept_once.load(Ordering::Relaxed)
    }

    /// A decision that had it kept is committed, or one that found it so.
    pub fn now_kept(&self) {
        self.kept_once.store(true, Ordering::Relaxed);
    }

    fn weight(&self) -> usize {
        let items = self.profile.items.keys().map(|code| code.len() + ITEM);
        // The sources once as they are and once packed, and what the profile gives under rules.
        items.sum::<usize>() * 2 + self.packed.len() * 2
    }

    /// What the profile gives under the rules in force; none where its features are not in force any more as they were.
    ///
    /// # Errors
    /// Those of the policies.
    pub fn basis(&self, book: &Book, in_force: &InForce) -> Result<Option<Arc<Basis>>> {
        if let Some(ready) = self.ready(in_force.version) {
            return Ok(Some(ready));
        }
        let rules = &in_force.rules;
        if self.made.policies != in_force.version {
            let before = book.at(self.made.policies, self.made.as_of)?.rules;
            let features = |rules: &huoshui_credit::rules::Rules| -> Vec<_> {
                rules.refs().iter().filter(|r| r.kind == "feature").cloned().collect()
            };
            if features(&before) != features(rules) || before.relations() != rules.relations() {
                return Ok(None);
            }
        }
        let basis = Arc::new(rules.basis(&self.profile)?);
        *self.kept() = Some((in_force.version, Arc::clone(&basis)));
        Ok(Some(basis))
    }

    /// The same, if it was worked out already for this version of the stream of policies.
    #[must_use]
    pub fn ready(&self, version: u64) -> Option<Arc<Basis>> {
        self.kept().as_ref().filter(|(of, _)| *of == version).map(|(_, basis)| Arc::clone(basis))
    }

    fn kept(&self) -> MutexGuard<'_, Option<(u64, Arc<Basis>)>> {
        self.basis.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The profiles that a process remembers; clones share them.
#[derive(Clone, Default)]
pub struct Snapshots(Arc<Mutex<Shelf>>);

#[derive(Default)]
struct Shelf {
    all: HashMap<String, Arc<Snapshot>>,
    bytes: usize,
}

impl Snapshots {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A profile of this institution, if it is remembered.
    #[must_use]
    pub fn known(&self, owner: &str, id: &str) -> Option<Arc<Snapshot>> {
        self.shelf().all.get(id).filter(|s| s.made.institution == owner).map(Arc::clone)
    }

    /// A profile of this institution.
    ///
    /// # Errors
    /// `credit.no_profile`, also for another institution's; `credit.profile_erased`; those of the store.
    pub fn get(&self, journal: &Journal, owner: &str, id: &str) -> Result<Arc<Snapshot>> {
        if !is_id(id) {
            return Err(unknown(id));
        }
        let found = Snapshot::load(journal, id);
        let mine = |made: &Made| made.institution == owner;
        let Some(found) = found? else {
            // Whose it was still tells whether the asker may know that it was there.
            let stored = journal.state(COLLECTION, id)?.map(|doc| Stored::read(&doc)).transpose()?;
            stored.filter(|s| mine(&s.made)).ok_or_else(|| unknown(id))?;
            return Err(Fault::new(&faults::PROFILE_ERASED).with("id", id).field("profile"));
        };
        let found = Arc::new(Some(found).filter(|s| mine(&s.made)).ok_or_else(|| unknown(id))?);
        self.put(Arc::clone(&found));
        Ok(found)
    }

    /// Remembers a profile that was just refreshed: decisions on it come next.
    ///
    /// # Errors
    /// `data.damaged`, which what was just made excludes.
    pub fn add(&self, made: Made, profile: Profile) -> Result<()> {
        self.put(Arc::new(Snapshot::new(made, profile)?));
        Ok(())
    }

    fn put(&self, found: Arc<Snapshot>) {
        let (mut shelf, weight) = (self.shelf(), found.weight());
        if shelf.all.len() >= MOST || shelf.bytes + weight > MOST_BYTES {
            *shelf = Shelf::default();
        }
        if shelf.all.insert(found.made.id.clone(), found).is_none() {
            shelf.bytes += weight;
        }
    }

    /// Forgets all of them.
    pub fn forget(&self) {
        *self.shelf() = Shelf::default();
    }
}
