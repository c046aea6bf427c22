//! The counts as they are kept beside the journal every so many events: a process that starts goes on from there, and need not
//! count the whole journal again. They are made of nothing but sealed events: gone, or of another form, they are counted anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use huoshui_journal::{Columns, Command, Query, StateDoc};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::{Answers, Tally, broken};
use crate::exchange::Exchange;
use crate::faults;
use crate::folder::Workspace;
use crate::streams::json;

/// The collection; not folded.
const COLLECTION: &str = "uses";
/// The document that says how far was counted.
const HEAD: &str = "counted";
/// The form of the documents: others are not read.
const FORM: u32 = 1;
/// Events after which the counts are kept again: fewer than a question counts before it is answered.
const EVERY: u64 = 10_000;
/// The same while there is much to catch up with.
const EVERY_BEHIND: u64 = 100_000;
/// Documents read at a time.
const PAGE: usize = 500;

/// How far a process has come with what is kept.
#[derive(Default)]
pub(super) struct Kept {
    begun: AtomicBool,
    until: AtomicU64,
}

#[derive(Serialize, Deserialize)]
struct Head {
    form: u32,
    /// Everything before this position is counted.
    next: u64,
    left_out: u64,
}

/// The counts of one resource: of one purpose, or of its days. Whole counts are written at once, so that parts of another
/// position than the head's are what another process had counted further.
#[derive(Serialize, Deserialize)]
struct Part {
    next: u64,
    resource: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    /// Releases by recipient.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    uses: Vec<(String, u64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    days: Vec<Answers>,
}

impl Part {
    fn document(&self) -> Result<StateDoc> {
        let id = match &self.purpose {
            Some(purpose) => format!("{}/use/{purpose}", self.resource),
            None => format!("{}/days", self.resource),
        };
        document(id, self.next, json(self)?)
    }
}

fn document(id: String, next: u64, doc: Vec<u8>) -> Result<StateDoc> {
    Ok(StateDoc { collection: COLLECTION.to_owned(), id, version: next, doc, columns: Columns::default() })
}

fn documents(tally: &Tally) -> Result<Vec<StateDoc>> {
    let next = tally.next;
    let head = Head { form: FORM, next, left_out: tally.left_out };
    let mut all = vec![document(HEAD.to_owned(), next, json(&head)?)?];
    for (resource, days) in &tally.days {
        let (resource, days) = (resource.clone(), days.values().cloned().collect());
        all.push(Part { next, resource, purpose: None, uses: Vec::new(), days }.document()?);
    }
    let mut part: Option<Part> = None;
    for ((resource, purpose, recipient), pulls) in &tally.uses {
        let same = |p: &Part| p.resource == *resource && p.purpose.as_ref() == Some(purpose);
        if !part.as_ref().is_some_and(same) {
            let (resource, purpose) = (resource.clone(), Some(purpose.clone()));
            let fresh = Part { next, resource, purpose, uses: Vec::new(), days: Vec::new() };
            if let Some(done) = part.replace(fresh) {
                all.push(done.document()?);
            }
        }
        if let Some(part) = &mut part {
            part.uses.push((recipient.clone(), *pulls));
        }
    }
    if let Some(last) = part {
        all.push(last.document()?);
    }
    Ok(all)
}

/// The counts as kept; none where there are none that can be read.
fn load(workspace: &Workspace) -> Result<Option<Tally>> {
    let Some(head) = workspace.journal.state(COLLECTION, HEAD)? else { return Ok(None) };
    let head: Option<Head> = serde_json::from_slice(&head.doc).ok();
    let Some(head) = head.filter(|head| head.form == FORM) else { return Ok(None) };
    let mut tally = Tally { next: head.next, left_out: head.left_out, ..Tally::default() };
    let mut cursor = None;
    loop {
        let page = workspace.journal.list(COLLECTION, &Query::default(), cursor.as_deref(), PAGE)?;
        for doc in page.items.iter().filter(|doc| doc.id != HEAD && doc.version == head.next) {
            let Ok(part) = serde_json::from_slice::<Part>(&doc.doc) else { return Ok(None) };
            match part.purpose {
                None => {
                    let days = part.days.into_iter().map(|answers| (answers.day, answers)).collect();
                    tally.days.insert(part.resource, days);
                }
                Some(purpose) => {
                    let key = |recipient| (part.resource.clone(), purpose.clone(), recipient);
                    tally.uses.extend(part.uses.into_iter().map(|(recipient, pulls)| (key(recipient), pulls)));
                }
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(Some(tally));
        }
    }
}

impl Exchange {
    /// Begins with what is kept, once. Whoever calls it holds the step.
    pub(super) fn begin_counting(&self) -> Result<()> {
        let kept = &self.uses.kept;
        if kept.begun.load(Ordering::Acquire) {
            return Ok(());
        }
        if let Some(tally) = load(&self.workspace)? {
            kept.until.store(tally.next, Ordering::Release);
            *self.uses.tally.write().map_err(broken)? = Arc::new(tally);
        }
        kept.begun.store(true, Ordering::Release);
        Ok(())
    }

    /// Keeps the counts, where enough was counted since. Whoever calls it holds the step.
    pub(super) fn keep_counts(&self) -> Result<()> {
        let kept = &self.uses.kept;
        let tally = self.uses.tally.read().map(|t| Arc::clone(&t)).map_err(broken)?;
        let every = if tally.level { EVERY } else { EVERY_BEHIND };
        if tally.next < kept.until.load(Ordering::Acquire).saturating_add(every) {
            return Ok(());
        }
        kept.until.store(tally.next, Ordering::Release);
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|e| Fault::new(&faults::INTERNAL).with("what", e))?;
        let key = format!("{}-{}", tally.next, huoshui_journal::hash::hex(&nonce));
        let mut command = Command::new("huoshui", "uses.keep", key, &[]);
        for document in documents(&tally)? {
            command = command.put(document);
        }
        // Not kept is counted again: a full disk is no reason to answer nothing.
        drop(self.workspace.journal.append_blocking(command));
        Ok(())
    }
}
