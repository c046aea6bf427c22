//! Erasing what was kept: when the time is over that the consent gave, when the consent was revoked, when the bank asks.
//!
//! A body goes first and the event that says so comes after it: when the program ends in between, the next round finds the
//! document still due and writes the event. What a decision rests on stays until its time is over even if the consent is
//! revoked: it shows that a decision already made was right. A profile is read again and again, so it goes at once.

use std::collections::HashMap;

use huoshui_exchange::clock;
use huoshui_exchange::consent::State;
use huoshui_journal::{Column, Command, Expected, Journal, Query, StateDoc, Test, Value};
use huoshui_kernel::fault::Result;

use super::profiles::{self, Stored as Profile};
use super::record::{self, Erased, Reason, Stored, kind};
use super::{Credit, institution, kept, reports};
use crate::exchange::actor::Actor;
use crate::exchange::records;
use crate::folder::Workspace;
use crate::streams::json;

/// Documents looked at or erased in one round at most; the next round goes on.
const MOST: usize = 100_000;
const PAGE: usize = 500;
/// How often it is tried when something else happens to the same decision.
const TRIES: usize = 5;
/// Who is said to have erased what nobody asked for.
const PLATFORM: &str = "huoshui";

/// What a round erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Decisions without their inputs from now on.
    pub decisions: u64,
    /// Profiles.
    pub profiles: u64,
    /// Reports of what-if.
    pub reports: u64,
}

/// Until when what a decision or profile of an earlier program rests on may be kept: its consent tells.
fn until(workspace: &Workspace, consent: &str, at: i64) -> Result<i64> {
    let artefact = records::load(workspace, consent)?.and_then(|s| s.consent.artefact);
    Ok(clock::after(at, artefact.map_or(0, |a| u32::from(a.retention_days))))
}

/// The documents of a collection that meet these conditions, read before any of them changes.
fn all(journal: &Journal, collection: &str, query: &Query) -> Result<Vec<StateDoc>> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = journal.list(collection, query, cursor.as_deref(), PAGE)?;
        found.extend(page.items);
        cursor = page.next;
        if cursor.is_none() || found.len() >= MOST {
            return Ok(found);
        }
    }
}

/// Those whose time is over, and those of earlier programs, which do not say when it is.
fn due(now: i64) -> [Query; 2] {
    let over = Query::default().filter(Column::Int(1), Test::Below(Value::Int(now.saturating_add(1))));
    let untold = Query::default().filter(Column::Int(1), Test::Missing).filter(Column::Int(2), Test::Missing);
    [over, untold]
}

impl Credit {
    /// Erases what may no longer be kept at this moment, microseconds since 1970-01-01 UTC. The records stay. Running it
    /// again at once erases nothing; of several processes each may do it.
    ///
    /// # Errors
    /// Those of the store; what was done until then is done, and the next round goes on.
    pub fn expire(&self, now: i64) -> Result<Swept> {
        let workspace = &self.exchange.workspace;
        // Nothing that goes now stays in memory.
        self.snapshots.forget();
        let mut swept = Swept::default();
        for query in due(now) {
            let docs = all(&workspace.journal, record::COLLECTION, &query)?;
            let mut over = Vec::new();
            for doc in &docs {
                let made = Stored::read(doc)?.made;
                let end = made.keep_until.map_or_else(|| until(workspace, &made.consent, made.at), Ok)?;
                if end <= now {
                    over.push(made);
                }
            }
            for portion in over.chunks(PAGE) {
                let places: Vec<String> = portion.iter().map(record::Made::place).collect();
                workspace.journal.erase_many(kept::SPACE, &places)?;
                // The time of every decision on a profile is over when the profile's is.
                let mut shared: Vec<String> = portion.iter().filter_map(record::Made::shared).collect();
                shared.sort_unstable();
                shared.dedup();
                workspace.journal.erase_many(kept::PROFILES, &shared)?;
                for made in portion {
                    let erased = Erased { at: now, why: Reason::Retention };
                    swept.decisions +=
                        u64::from(self.erased(&made.institution, &made.id, PLATFORM, &made.id, &erased)?);
                }
            }
            let docs = all(&workspace.journal, profiles::COLLECTION, &query)?;
            swept.profiles += self.erase_profiles(&docs, now, |made| {
                let end = made.keep_until.map_or_else(|| until(workspace, &made.consent, made.at), Ok)?;
                Ok((end <= now).then_some(Reason::Retention))
            })?;
        }
        let live = Query::default().filter(Column::Int(2), Test::Missing);
        let docs = all(&workspace.journal, profiles::COLLECTION, &live)?;
        let mut known: HashMap<String, bool> = HashMap::new();
        swept.profiles += self.erase_profiles(&docs, now, |made| {
            let is = match known.get(&made.consent) {
                Some(is) => *is,
                None => revoked(workspace, &made.consent, now)?,
            };
            known.insert(made.consent.clone(), is);
            Ok(is.then_some(Reason::Revoked))
        })?;
        let over = Query::default().filter(Column::Int(1), Test::Below(Value::Int(now.saturating_add(1))));
        let docs = all(&workspace.journal, reports::COLLECTION, &over)?;
        for portion in docs.chunks(PAGE) {
            let kept = portion.iter().filter_map(|doc| serde_json::from_slice::<reports::Kept>(&doc.doc).ok());
            let places: Vec<String> = kept.map(|kept| kept.place()).collect();
            workspace.journal.erase_many(reports::SPACE, &places)?;
            for doc in portion {
                let key = format!("{}@{now}", doc.id);
                let command = Command::new(PLATFORM, "credit.what_if.erase", key, b"");
                workspace.journal.append_blocking(command.delete(&doc.collection, &doc.id))?;
                swept.reports += 1;
            }
        }
        Ok(swept)
    }

    fn erase_profiles(
        &self,
        docs: &[StateDoc],
        now: i64,
        mut why: impl FnMut(&profiles::Made) -> Result<Option<Reason>>,
    ) -> Result<u64> {
        let journal = &self.exchange.workspace.journal;
        let mut over: Vec<(Profile, u64, Reason)> = Vec::new();
        for doc in docs {
            let stored = Profile::read(doc)?;
            if let Some(why) = why(&stored.made)? {
                over.push((stored, doc.version, why));
            }
        }
        for portion in over.chunks(PAGE) {
            let places: Vec<String> = portion.iter().map(|(p, ..)| p.made.place()).collect();
            journal.erase_many(profiles::SPACE, &places)?;
            release(journal, portion.iter().map(|(p, _, why)| (&p.made, *why)))?;
            for (stored, version, why) in portion {
                let erased = Erased { at: now, why: *why };
                let after = Profile { made: stored.made.clone(), erased: Some(erased.clone()) };
                let id = &stored.made.id;
                let command = Command::new(PLATFORM, "credit.profile.erase", id, b"")
                    .event(&profiles::stream(id), Expected::Version(*version), profiles::ERASED, 1, json(&erased)?)
                    .put(after.document(version + 1)?);
                match journal.append_blocking(command) {
                    // Another process was at it at the same time.
                    Err(fault) if fault.code() == huoshui_journal::faults::CONFLICT.code => {}
                    done => drop(done?),
                }
            }
            // Again, for what a bank erased of the last decision meanwhile, when the profile was still its own.
            release(journal, portion.iter().map(|(p, _, why)| (&p.made, *why)))?;
        }
        Ok(over.len() as u64)
    }

    /// Records that what a decision rests on is gone; whether that was new.
    fn erased(&self, owner: &str, id: &str, actor: &str, key: &str, erased: &Erased) -> Result<bool> {
        let mut new = false;
        let journal = &self.exchange.workspace.journal;
        journal.append_deciding(TRIES, |journal| {
            let mut stored = record::load(journal, owner, id)?;
            let command = Command::new(actor, "credit.erase", key, id.as_bytes());
            new = stored.erased.is_none();
            if !new {
                return Ok(command);
            }
            let before = stored.version;
            stored.version += 1;
            stored.erased = Some(erased.clone());
            Ok(command
                .event(&record::stream(id), Expected::Version(before), kind::ERASED, 1, json(erased)?)
                .put(stored.document()?))
        })?;
        Ok(new)
    }

    /// Erases what a decision of the actor's bank rests on, because the bank wants it. The record stays.
    ///
    /// # Errors
    /// `credit.no_decision`, `journal.key_reused`, `journal.copy_left`; those of the store.
    pub fn erase_inputs(&self, actor: &Actor, key: &str, id: &str) -> Result<()> {
        let (journal, owner) = (&self.exchange.workspace.journal, institution(actor)?);
        let made = record::load(journal, owner, id)?.made;
        // Gone from its table while a copy waits in the log for a reader to end: that it is gone is recorded all the same, and
        // whoever asks again under the key empties the log.
        let left = match journal.erase(kept::SPACE, &made.place()) {
            Err(fault) if fault.code() == huoshui_journal::faults::COPY_LEFT.code => Some(fault),
            done => done.map(|_| None)?,
        };
        let erased = Erased { at: self.exchange.now(), why: Reason::Asked };
        self.erased(owner, id, &actor.account, key, &erased)?;
        // A profile that it shared goes with the last decision that needs it, unless the bank still has it as its own.
        if let Some(profile) = made.profile.as_ref().filter(|_| made.layout > 0) {
            let doc = journal.state(profiles::COLLECTION, profile)?;
            let stored = doc.as_ref().map(Profile::read).transpose()?;
            release(journal, stored.iter().filter_map(|p| Some((&p.made, p.erased.as_ref()?.why))))?;
        }
        left.map_or(Ok(()), Err)
    }
}

impl profiles::Made {
    /// The name of what the vault keeps of it.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{}", self.institution, self.id)
    }
}

/// Erases what decisions shared of these profiles, which went for these reasons: when their time is over, and otherwise where
/// no decision needs it.
fn release<'a>(journal: &Journal, gone: impl Iterator<Item = (&'a profiles::Made, Reason)>) -> Result<()> {
    let mut over = Vec::new();
    for (made, why) in gone {
        let name = kept::shared(&made.institution, &made.id);
        let is_there = journal.kept(kept::PROFILES, &name)?.is_some();
        if is_there && (why == Reason::Retention || !kept::needed(journal, made)?) {
            over.push(name);
        }
    }
    journal.erase_many(kept::PROFILES, &over).map(drop)
}

/// Whether a consent was revoked.
pub(super) fn revoked(workspace: &Workspace, consent: &str, now: i64) -> Result<bool> {
    let stored = records::load(workspace, consent)?;
    Ok(stored.is_some_and(|s| s.consent.state_at(now) == State::Revoked))
}
