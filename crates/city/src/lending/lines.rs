//! Credit lines: reviewed and prolonged every year, lapsed, revocable, or merely offered.

use super::life::Life;
use super::note::Note;
use super::relation::{Book, Commitment, Line};
use super::terms::{self, WAN, times};
use crate::World;
use crate::calendar::{PerSnap, Snap, add_months};
use crate::firms::Group;

/// Gives lines to a firm's relations as its plan wants, and puts notes under them.
pub(super) fn add(life: &mut Life<'_>, lenders: usize) {
    let borrower = life.notes.iter().any(|n| n.kind.is_loan());
    let chance = match life.firm.group {
        Group::Listed => 0.78,
        Group::Technology => 0.55,
        Group::Other => 0.3,
    };
    for place in 0..life.relations.len() {
        if place >= lenders {
            break;
        }
        // A firm that is financed by a line alone must have it; one that is not financed must have none in force.
        let must = place == 0 && life.plan.financed && !life.plan.borrows.now;
        let lapsed = !life.plan.financed || (life.plan.borrows.now && life.dice.chance(0.05));
        let wanted = must || if borrower { life.dice.chance(chance) } else { life.dice.chance(0.3) };
        if wanted {
            committed(life, place, lapsed && !must);
        }
    }
    if !life.relations.is_empty() && life.firm.group != Group::Other && life.dice.chance(0.13) {
        offer(life);
    }
}

fn committed(life: &mut Life<'_>, place: usize, lapsed: bool) {
    let (start, now) = (life.day(Snap::YearStart), life.day(Snap::Now));
    let Some(opened) = life.relations.get(place).map(|r| r.opened) else { return };
    let first_note = life.notes.iter().filter(|n| n.relation == place && n.kind.is_loan()).map(|n| n.drawn).min();
    // Granted before the first note, if notes there are: some weeks, or long before.
    let before = life.dice.day(0, 90);
    let latest = first_note.unwrap_or_else(|| life.dice.day(start - 500, now - 20));
    let from = (latest - before).max(opened);
    let ended = life.dice.day(start + 1, now - 1).max(from + 30);
    if lapsed && ended >= now {
        return;
    }
    let to = PerSnap::from_fn(|snap| if lapsed { ended } else { next_review(from, life.day(snap)) });
    let headroom = headroom(life);
    let off_balance = if life.dice.chance(0.4) { life.dice.between(20, 450) } else { 0 };
    let line = Line { commitment: Commitment::Committed, from, to, headroom, off_balance, group: None };
    for note in life.notes.iter_mut().filter(|n| n.relation == place) {
        let within = note.drawn >= from && (!lapsed || note.drawn <= ended);
        note.on_line = within && drawn_under_lines(note) && life.dice.chance(0.85);
    }
    if let Some(relation) = life.relations.get_mut(place) {
        relation.lines.push(line);
    }
}

/// M&A loans and old losses stand outside the line of daily business.
const fn drawn_under_lines(note: &Note) -> bool {
    note.kind.is_loan() && !note.ma && note.written_off.is_none()
}

/// The first anniversary of a line after a day.
fn next_review(from: i32, day: i32) -> i32 {
    let mut months = 12;
    while add_months(from, months) <= day && months < 600 {
        months += 12;
    }
    add_months(from, months)
}

/// What is left to draw, on the three dates; it grows a little.
fn headroom(life: &mut Life<'_>) -> PerSnap<i64> {
    let share = match life.firm.group {
        Group::Listed => 1.5,
        Group::Technology => 0.8,
        Group::Other => 0.3,
    };
    let debt = terms::debt(life.firm, &mut life.dice).min(life.world.largest_debt);
    let now = terms::tidy(times(debt, share * (0.4 + 1.2 * life.dice.unit())));
    let mut earlier = |low: f64| terms::tidy(times(now, low + (1.0 - low) * life.dice.unit()));
    PerSnap { year_ago: earlier(0.55), year_start: earlier(0.7), now }
}

/// A line that the bank may withdraw, or an offer that nobody has taken: never a credit line in the figures.
fn offer(life: &mut Life<'_>) {
    let (ago, now) = (life.day(Snap::YearAgo), life.day(Snap::Now));
    let commitment = if life.dice.chance(0.55) { Commitment::Revocable } else { Commitment::PreOffer };
    let place = usize::try_from(life.dice.below(life.relations.len() as u64)).unwrap_or(0);
    let Some((opened, closed)) = life.relations.get(place).map(|r| (r.opened, r.closed)) else { return };
    if closed.is_some() {
        return;
    }
    let from = life.dice.day(ago - 200, now - 10).max(opened);
    let amount = (headroom(life).now / 2).max(10 * WAN);
    let to = PerSnap::from_fn(|snap| next_review(from, life.day(snap)));
    let headroom = PerSnap { year_ago: amount, year_start: amount, now: amount };
    if let Some(relation) = life.relations.get_mut(place) {
        relation.lines.push(Line { commitment, from, to, headroom, off_balance: 0, group: None });
    }
}

/// What is drawn under a line on a date, CNY fen: the balances of its notes, without those written off or transferred.
pub(crate) fn drawn(world: &World<'_>, book: &Book, place: usize, index: usize, snap: Snap) -> i64 {
    // Notes are drawn under a relation's first committed line only.
    if index != 0 {
        return 0;
    }
    let day = *world.dates.at(snap);
    book.notes
        .iter()
        .filter(|n| n.relation == place && n.on_line && n.alive(day) && !n.is_transferred(day))
        .map(|n| n.balance_cny(snap, day, &world.targets.currencies))
        .sum()
}

/// The limit of a line on each date: what is drawn, rounded up, and the headroom.
pub(crate) fn limits(world: &World<'_>, book: &Book, place: usize, index: usize) -> PerSnap<i64> {
    let Some(line) = book.relations.get(place).and_then(|r| r.lines.get(index)) else { return PerSnap::default() };
    let own = |snap: Snap| (drawn(world, book, place, index, snap) + WAN - 1) / WAN * WAN + line.headroom.at(snap);
    let now = own(Snap::Now);
    // A limit grows with what is drawn, yet not tenfold at once.
    let year_start = own(Snap::YearStart).max(now / 8 / WAN * WAN);
    let year_ago = own(Snap::YearAgo).max(year_start / 8 / WAN * WAN);
    PerSnap { year_ago, year_start, now }
}

/// What is used of a line on a date: what is drawn, and acceptances and guarantees within the headroom.
pub(crate) fn used(world: &World<'_>, book: &Book, place: usize, index: usize, snap: Snap) -> i64 {
    let off = book.relations.get(place).and_then(|r| r.lines.get(index)).map_or(0, |line| {
        // A line that has lapsed takes no new acceptances.
        let live = *world.dates.at(snap) <= *line.to.at(snap);
        if live { line.headroom.at(snap) / 1_000 * line.off_balance } else { 0 }
    });
    drawn(world, book, place, index, snap) + off
}
