//! Who uses what, and how sources answered, counted from the sealed journal: each step goes on where the last one ended and
//! is bounded, whoever asks reads what is counted so far, and nobody waits for another's step. Held in memory, and kept beside
//! the journal every so many events: a process that starts counts on from there.

mod kept;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, RwLock};

use huoshui_exchange::answer::Status;
use huoshui_exchange::clock;
use huoshui_exchange::faults::NO_DATA;
use huoshui_journal::Positioned;
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_sources::faults::{DRIFT, SCHEMA_VERSION};
use serde::{Deserialize, Serialize};

use super::Exchange;
use super::events::{Ended, kind};
use crate::faults;
use crate::streams;

/// Events of a step at most.
pub const STEP: usize = 5_000;
/// Steps that a question takes before it is answered, with what is counted by then.
const STEPS: usize = 4;
/// Kinds of use remembered; what goes beyond is counted as left out.
const USES: usize = 200_000;
/// Days remembered of a resource; older ones are forgotten.
const DAYS: usize = 400;
/// Latency classes: up to so many milliseconds, each; the last class is of everything above.
pub const CLASSES_MS: [u32; 4] = [100, 300, 1_000, 3_000];

/// Releases of a resource for a purpose to a recipient.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Use {
    /// The resource.
    pub resource: String,
    /// For what purpose.
    pub purpose: String,
    /// Who received.
    pub recipient: String,
    /// Releases: refused and repeated pulls are none.
    pub pulls: u64,
}

/// How a resource's source answered the pulls of a day that went ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The city's day.
    pub day: Date,
    /// Pulls that asked it.
    pub asked: u64,
    /// It gave rows, or said that there are none.
    pub ready: u64,
    /// It said that it has nothing of the firm.
    pub no_data: u64,
    /// Nothing left for another reason.
    pub denied: u64,
    /// It rested after failures.
    pub pending: u64,
    /// It did not answer in time.
    pub timeout: u64,
    /// Among those ready: data older than cycle and lag allow, or an earlier answer in the place of one.
    pub stale: u64,
    /// Among those denied: its schema was not the catalogue's.
    pub drifted: u64,
    /// Answers by latency, in the classes of [`CLASSES_MS`].
    pub latency: [u64; CLASSES_MS.len() + 1],
}

impl Answers {
    fn of(day: Date) -> Self {
        let latency = [0; CLASSES_MS.len() + 1];
        Self { day, asked: 0, ready: 0, no_data: 0, denied: 0, pending: 0, timeout: 0, stale: 0, drifted: 0, latency }
    }

    fn add(&mut self, source: &Source<'_>) {
        let reason = source.reason.as_deref().unwrap_or_default();
        self.asked += 1;
        match source.status {
            Status::Ready => self.ready += 1,
            Status::Pending => self.pending += 1,
            Status::Timeout => self.timeout += 1,
            Status::Denied if reason == NO_DATA.code => self.no_data += 1,
            Status::Denied => self.denied += 1,
        }
        self.stale += u64::from(source.status == Status::Ready && source.stale);
        self.drifted += u64::from(reason == DRIFT.code || reason == SCHEMA_VERSION.code);
        let class = CLASSES_MS.iter().filter(|most| source.latency_ms > **most).count();
        if let Some(count) = self.latency.get_mut(class) {
            *count += 1;
        }
    }

    /// Pulls that the source answered, be it that it has nothing of the firm; parts per million of those that asked it.
    #[must_use]
    pub fn answered(&self) -> Option<i64> {
        super::quality::share(self.ready + self.no_data, self.asked)
    }
}

type Key = (String, String, String);

/// What is counted of a [`Logged`](super::events::Logged), read where it stands: every pull is counted, so this is not to
/// cost more than it must.
#[derive(Deserialize)]
struct Line<'a> {
    outcome: Ended,
    #[serde(borrow)]
    entry: Entry<'a>,
}

/// Of its entry.
#[derive(Deserialize)]
struct Entry<'a> {
    at: i64,
    #[serde(borrow)]
    who: Who<'a>,
    #[serde(borrow)]
    stated_purpose: Cow<'a, str>,
    #[serde(default, borrow)]
    sources: Vec<Source<'a>>,
}

/// Of who asked.
#[derive(Deserialize)]
struct Who<'a> {
    #[serde(borrow)]
    institution: Cow<'a, str>,
}

/// Of each source.
#[derive(Deserialize)]
struct Source<'a> {
    #[serde(borrow)]
    resource: Cow<'a, str>,
    status: Status,
    #[serde(default, borrow)]
    reason: Option<Cow<'a, str>>,
    #[serde(default)]
    stale: bool,
    latency_ms: u32,
}

/// What is counted.
#[derive(Clone, Debug, Default)]
struct Tally {
    /// The next position to read: everything before is counted.
    next: u64,
    /// Whether everything sealed was counted at the last step.
    level: bool,
    uses: BTreeMap<Key, u64>,
    left_out: u64,
    days: BTreeMap<String, BTreeMap<Date, Answers>>,
}

impl Tally {
    fn take(&mut self, lines: &[Line<'_>]) {
        let mut used: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
        for Line { outcome, entry } in lines {
            if !matches!(outcome, Ended::Released | Ended::Empty) {
                continue;
            }
            let day = clock::day(entry.at);
            for source in &entry.sources {
                self.answered(source, day);
                if *outcome == Ended::Released && source.status == Status::Ready {
                    *used.entry((&*source.resource, &*entry.stated_purpose, &*entry.who.institution)).or_default() += 1;
                }
            }
        }
        for ((resource, purpose, recipient), pulls) in used {
            let key = (resource.to_owned(), purpose.to_owned(), recipient.to_owned());
            let room = self.uses.len() < USES;
            match self.uses.get_mut(&key) {
                Some(count) => *count += pulls,
                None if room => drop(self.uses.insert(key, pulls)),
                None => self.left_out += pulls,
            }
        }
    }

    fn answered(&mut self, source: &Source<'_>, day: Date) {
        if !self.days.contains_key(&*source.resource) {
            self.days.insert(source.resource.clone().into_owned(), BTreeMap::new());
        }
        let Some(days) = self.days.get_mut(&*source.resource) else { return };
        days.entry(day).or_insert_with(|| Answers::of(day)).add(source);
        while days.len() > DAYS {
            days.pop_first();
        }
    }
}

/// The counts of one process.
#[derive(Default)]
pub struct Uses {
    tally: RwLock<Arc<Tally>>,
    stepping: Mutex<()>,
    kept: kept::Kept,
}

/// A page of uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Used {
    /// The uses, by resource, purpose and recipient.
    pub items: Vec<Use>,
    /// Where the next page begins: after this one.
    pub next: Option<(String, String, String)>,
    /// Sealed events that are counted.
    pub counted: u64,
    /// Whether these were all when it was last looked.
    pub complete: bool,
    /// Releases of further kinds than are remembered.
    pub left_out: u64,
}

/// A page of days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The newest first.
    pub items: Vec<Answers>,
    /// Where the next page begins: before this day.
    pub next: Option<Date>,
}

fn broken<T>(_: T) -> Fault {
    Fault::new(&faults::INTERNAL).with("what", "uses")
}

impl Exchange {
    /// Counts on, by one step; whether everything that is sealed is counted. While another thread is at it there is
    /// nothing to do.
    ///
    /// # Errors
    /// Those of the store; `data.damaged`.
    pub fn count_uses(&self) -> Result<bool> {
        let Ok(_step) = self.uses.stepping.try_lock() else { return Ok(false) };
        self.begin_counting()?;
        let next = self.uses.tally.read().map_err(broken)?.next;
        let page = self.workspace.journal.events_after(next.checked_sub(1), STEP)?;
        self.count_page(next, &page, page.len() < STEP)?;
        Ok(page.len() < STEP)
    }

    /// Counts sealed events that somebody has read anyway, where they are the next ones to be counted.
    ///
    /// # Errors
    /// `data.damaged`.
    pub fn count_read(&self, page: &[Positioned]) -> Result<()> {
        let Ok(_step) = self.uses.stepping.try_lock() else { return Ok(()) };
        self.begin_counting()?;
        let next = self.uses.tally.read().map_err(broken)?.next;
        if page.first().is_none_or(|first| first.position != next) {
            return Ok(());
        }
        self.count_page(next, page, false)
    }

    fn count_page(&self, next: u64, page: &[Positioned], level: bool) -> Result<()> {
        let entries = page.iter().filter(|p| p.event.data.kind == kind::ACCESS);
        let lines = entries.map(|p| streams::body::<Line<'_>>(&p.event)).collect::<Result<Vec<_>>>()?;
        let mut held = self.uses.tally.write().map_err(broken)?;
        let tally = Arc::make_mut(&mut held);
        tally.take(&lines);
        tally.next = page.last().map_or(next, |last| last.position + 1);
        tally.level = level;
        drop(held);
        self.keep_counts()
    }

    fn counted(&self) -> Result<Arc<Tally>> {
        for _ in 0..STEPS {
            if self.count_uses()? {
                break;
            }
        }
        self.uses.tally.read().map(|t| Arc::clone(&t)).map_err(broken)
    }

    /// A page of who uses what, up to the last seal: releases only. Of one resource, where one is named.
    ///
    /// # Errors
    /// Those of the store; `data.damaged`.
    pub fn uses(&self, resource: Option<&str>, after: Option<Key>, limit: usize) -> Result<Used> {
        let tally = self.counted()?;
        let first = (resource.unwrap_or_default().to_owned(), String::new(), String::new());
        let from = match after {
            Some(after) if after >= first => Bound::Excluded(after),
            _ => Bound::Included(first),
        };
        let mut found = tally.uses.range((from, Bound::Unbounded));
        let mut items: Vec<Use> = Vec::new();
        let mut next = None;
        while let Some((key, pulls)) = found.next().filter(|(key, _)| resource.is_none_or(|r| key.0 == r)) {
            if items.len() == limit {
                next = items.last().map(|u| (u.resource.clone(), u.purpose.clone(), u.recipient.clone()));
                break;
            }
            let (resource, purpose, recipient) = key.clone();
            items.push(Use { resource, purpose, recipient, pulls: *pulls });
        }
        Ok(Used { items, next, counted: tally.next, complete: tally.level, left_out: tally.left_out })
    }

    /// How a resource's source answered, day by day, the newest first; days without a pull are not there.
    ///
    /// # Errors
    /// As [`Exchange::uses`].
    pub fn answers(&self, resource: &str, before: Option<Date>, limit: usize) -> Result<Answered> {
        let tally = self.counted()?;
        let Some(days) = tally.days.get(resource) else { return Ok(Answered { items: Vec::new(), next: None }) };
        let until = before.map_or(Bound::Unbounded, Bound::Excluded);
        let mut found = days.range((Bound::Unbounded, until)).rev().map(|(_, answers)| answers.clone());
        let items: Vec<Answers> = found.by_ref().take(limit).collect();
        let next = items.last().map(|a| a.day).filter(|_| found.next().is_some());
        Ok(Answered { items, next })
    }
}
