use std::cmp::Ordering;
use std::sync::Arc;

use huoshui_kernel::{Date, Fault, Uscc};
use serde::Serialize;

use super::{Entry, List, Roster, RosterRow, conflicts};
use crate::enterprise::Enterprises;
use crate::faults;
use crate::reference::{DistrictCode, Reference};
use crate::refusal::Refusal;
use crate::tier::Tier;

/// How to take a list in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanOptions {
    /// Whether a list that the library already has of that date may be replaced by a different one: a correction.
    pub replace: bool,
}

/// A recognition as a change shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recognition {
    /// The certificate's number.
    pub certificate_no: Arc<str>,
    /// First day.
    pub valid_from: Date,
    /// Last day, inclusive.
    pub valid_to: Date,
}

impl From<&Entry> for Recognition {
    fn from(entry: &Entry) -> Self {
        Self {
            certificate_no: Arc::clone(&entry.certificate_no),
            valid_from: entry.valid_from,
            valid_to: entry.valid_to,
        }
    }
}

/// A recognition that the list before did not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Added {
    pub uscc: Uscc,
    pub name: Arc<str>,
    pub tier: Tier,
    pub recognition: Recognition,
}

/// The same firm and tier with another certificate or term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Recertified {
    pub uscc: Uscc,
    pub name: Arc<str>,
    pub tier: Tier,
    pub before: Recognition,
    pub after: Recognition,
}

/// Why a recognition is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiredBecause {
    /// Its term ended before the list's day.
    TermEnded,
    /// The list no longer has it, though its term runs: withdrawn.
    Dropped,
}

/// A recognition of the list before that is no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Expired {
    pub uscc: Uscc,
    pub name: Arc<str>,
    pub tier: Tier,
    pub recognition: Recognition,
    pub because: ExpiredBecause,
}

/// A firm in another district than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Moved {
    pub uscc: Uscc,
    pub name: Arc<str>,
    pub from: DistrictCode,
    pub to: DistrictCode,
}

/// A firm under another name than before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Renamed {
    pub uscc: Uscc,
    pub from: Arc<str>,
    pub to: Arc<str>,
}

/// What a list changes against the one before it, each part in the order of USCCs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// New recognitions.
    pub added: Vec<Added>,
    /// Renewed ones.
    pub recertified: Vec<Recertified>,
    /// Ended or withdrawn ones.
    pub expired: Vec<Expired>,
    /// Firms that moved.
    pub moved: Vec<Moved>,
    /// Firms that changed their name.
    pub renamed: Vec<Renamed>,
    /// Recognitions that are as they were, down to the firm's name and district.
    pub unchanged: u64,
    /// Recognitions on the list.
    pub rows: u64,
    /// Firms on the list.
    pub firms: u64,
}

/// What an import would do. Nothing has happened yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The day of the list.
    pub list_date: Date,
    /// The list against which the changes are shown: the one to be replaced, else the latest before.
    pub base_date: Option<Date>,
    /// The next list that the library already has: from its day on this import changes nothing.
    pub next_date: Option<Date>,
    /// Whether the library has a list of this date that this one would replace.
    pub replaces: bool,
    /// Whether the library has exactly this list already.
    pub already_there: bool,
    /// What would change.
    pub changes: Changes,
    /// Why the list cannot be applied, if it cannot.
    pub refusal: Option<Refusal>,
    #[serde(skip)]
    list: Option<Arc<List>>,
    #[serde(skip)]
    base: Option<Arc<List>>,
    #[serde(skip)]
    earlier: Option<Arc<List>>,
}

impl Plan {
    /// Whether [`Roster::apply`] will take it.
    #[must_use]
    pub fn can_apply(&self) -> bool {
        self.list.is_some()
    }

    /// The list, unless it is refused.
    #[must_use]
    pub fn list(&self) -> Option<&Arc<List>> {
        self.list.as_ref()
    }

    /// Whether the part of the library that the plan rests on is as it was.
    pub(super) fn still_fits(&self, roster: &Roster) -> bool {
        let same = |then: &Option<Arc<List>>, now: Option<&Arc<List>>| match (then, now) {
            (None, None) => true,
            (Some(then), Some(now)) => Arc::ptr_eq(then, now) || then == now,
            _ => false,
        };
        same(&self.base, roster.list_on(self.list_date)) && same(&self.earlier, roster.list_before(self.list_date))
    }
}

/// Shows what importing a list would change, and every conflict that keeps it out: rows against one another, against the
/// list before, against the register of enterprises as of the list's day. An older list may come late: it is compared
/// with the one before it, and speaks until the next.
#[must_use]
pub fn plan(
    roster: &Roster,
    enterprises: &Enterprises,
    rows: &[RosterRow],
    list_date: Date,
    reference: &Reference,
    options: PlanOptions,
) -> Plan {
    let base = roster.list_on(list_date);
    // A list that is being corrected must not stand in the way of its own correction.
    let earlier = roster.list_before(list_date);
    let same_day = base.filter(|b| b.date() == list_date);
    let (list, mut refusal) = List::read(list_date, rows, reference);
    let already_there = refusal.count == 0 && same_day.is_some_and(|b| Some(b.as_ref()) == list.as_ref());
    let mut changes = Changes::default();
    if let Some(list) = &list {
        conflicts::with_library(rows, list, earlier.map(AsRef::as_ref), enterprises, list_date, &mut refusal);
        changes = compare(base.map(AsRef::as_ref), list);
    }
    if same_day.is_some() && !already_there && !options.replace {
        refusal.push(Fault::new(&faults::LIST_DATE_TAKEN).with("date", list_date));
    }
    refusal.sort();
    let clean = refusal.count == 0;
    Plan {
        list_date,
        base_date: base.map(|b| b.date()),
        next_date: roster.list_after(list_date).map(|l| l.date()),
        replaces: same_day.is_some() && !already_there,
        already_there,
        changes,
        refusal: (!clean).then_some(refusal),
        list: list.filter(|_| clean).map(Arc::new),
        base: base.cloned(),
        earlier: earlier.cloned(),
    }
}

fn compare(base: Option<&List>, list: &List) -> Changes {
    let mut changes = Changes {
        rows: u64::try_from(list.entries().len()).unwrap_or(u64::MAX),
        firms: u64::try_from(list.firms().count()).unwrap_or(u64::MAX),
        ..Changes::default()
    };
    let before_date = base.map(List::date);
    let mut old = base.map_or(&[][..], List::entries).iter().peekable();
    let mut new = list.entries().iter().peekable();
    let mut last_firm = None;
    loop {
        let order = match (old.peek(), new.peek()) {
            (Some(before), Some(after)) => before.key().cmp(&after.key()),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return changes,
        };
        match order {
            Ordering::Less => changes.expired.extend(old.next().map(|e| dropped(e, list.date()))),
            Ordering::Greater => changes.added.extend(new.next().map(|entry| Added {
                uscc: entry.uscc,
                name: Arc::clone(&entry.name),
                tier: entry.tier,
                recognition: entry.into(),
            })),
            Ordering::Equal => {
                if let (Some(before), Some(after)) = (old.next(), new.next()) {
                    let touched = firm_changed(before, after, last_firm != Some(after.uscc), &mut changes);
                    kept(before, after, before_date, list.date(), touched, &mut changes);
                    last_firm = Some(after.uscc);
                }
            }
        }
    }
}

fn dropped(entry: &Entry, list_date: Date) -> Expired {
    let because = if entry.valid_to < list_date { ExpiredBecause::TermEnded } else { ExpiredBecause::Dropped };
    Expired { uscc: entry.uscc, name: Arc::clone(&entry.name), tier: entry.tier, recognition: entry.into(), because }
}

/// Notes a move or a new name once a firm; true if the firm's row differs in either.
fn firm_changed(before: &Entry, after: &Entry, first_row: bool, changes: &mut Changes) -> bool {
    let moved = before.district != after.district;
    let renamed = conflicts::fold_name(&before.name) != conflicts::fold_name(&after.name);
    if moved && first_row {
        let (from, to) = (before.district, after.district);
        changes.moved.push(Moved { uscc: after.uscc, name: Arc::clone(&after.name), from, to });
    }
    if renamed && first_row {
        let (from, to) = (Arc::clone(&before.name), Arc::clone(&after.name));
        changes.renamed.push(Renamed { uscc: after.uscc, from, to });
    }
    moved || renamed
}

/// A recognition that both lists have.
fn kept(
    before: &Entry,
    after: &Entry,
    before_date: Option<Date>,
    list_date: Date,
    firm_changed: bool,
    changes: &mut Changes,
) {
    let (old, new) = (Recognition::from(before), Recognition::from(after));
    let recertified = old != new;
    let ran_out = after.valid_to < list_date && before_date.is_some_and(|date| before.valid_to >= date);
    if ran_out {
        let because = ExpiredBecause::TermEnded;
        let name = Arc::clone(&after.name);
        changes.expired.push(Expired { uscc: after.uscc, name, tier: after.tier, recognition: new.clone(), because });
    }
    if recertified {
        let name = Arc::clone(&after.name);
        changes.recertified.push(Recertified { uscc: after.uscc, name, tier: after.tier, before: old, after: new });
    }
    if !recertified && !ran_out && !firm_changed {
        changes.unchanged += 1;
    }
}
