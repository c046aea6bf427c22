//! The market regulator: who a firm is, who stands for it, what changed.

use huoshui_kernel::fault::Result;

use super::FLAW;
use super::persons;
use super::subject::{Subject, Topic};
use crate::calendar::Snap;
use crate::dice::{Dice, float_i, whole};
use crate::firms::Group;
use crate::output::{Cell, Rows};

/// One firm in so many takes in a shareholder in the days after the as-of date.
const LATER_IN: u32 = 250;

/// Who owns the firm; the same whoever asks.
struct Owners {
    paid_in: i64,
    shareholders: i64,
    largest: i64,
    status: &'static str,
}

fn owners(s: &Subject<'_>) -> Owners {
    let mut dice = s.dice(Topic::Registration);
    let firm = s.firm;
    let paid = match firm.group {
        Group::Listed => 0.55 + 0.5 * dice.unit(),
        Group::Technology => 0.3 + 0.7 * dice.unit(),
        Group::Other => dice.unit() * 1.1,
    } * s.by_health([1.0, 1.0, 0.85, 0.6]);
    let paid_in = whole(float_i(firm.capital) * paid.min(1.0) / 1e6) * 1_000_000;
    let paid_in = if dice.chance(FLAW) { firm.capital + 10_000_000 } else { paid_in };
    let shareholders = match firm.group {
        Group::Listed => 2 + whole(dice.lognormal(4.0, 0.8)).min(180),
        Group::Technology => 1 + whole(dice.lognormal(1.8, 0.7)).min(60),
        Group::Other => 1 + i64::try_from(dice.below(3)).unwrap_or(0),
    };
    let shareholders = if joint_stock(s) { shareholders.max(2) } else { shareholders.min(49) };
    let least = 1.0 / float_i(shareholders.max(1));
    let largest = least + (1.0 - least) * (0.15 + 0.75 * dice.unit());
    let largest = if shareholders == 1 { 1.0 } else { largest };
    // A firm that owes a bank is still there to be sued.
    let borrows = s.book.notes.iter().any(|n| n.alive(s.now()));
    let ended = !borrows && !s.on_list() && s.distressed();
    let status = match () {
        () if ended && dice.chance(0.05) => "revoked",
        () if ended && dice.chance(0.03) => "liquidation",
        () => "open",
    };
    Owners { paid_in, shareholders, largest: whole(largest * 1e6), status }
}

fn joint_stock(s: &Subject<'_>) -> bool {
    s.firm.name_at(Snap::Now).ends_with("股份有限公司")
}

fn row(s: &Subject<'_>, rows: &mut Rows, more_shareholders: i64) -> Result<()> {
    let o = owners(s);
    let firm = s.firm;
    let largest = if more_shareholders > 0 { o.largest * 9 / 10 } else { o.largest };
    rows.push(&[
        s.uscc(),
        Cell::Text(firm.name_at(Snap::Now)),
        Cell::text(firm.renamed.as_ref().map(|_| firm.name.as_str())),
        Cell::Text(s.district()),
        Cell::Text(s.industry()),
        Cell::Day(firm.founded),
        Cell::Int(firm.capital),
        Cell::int((o.paid_in > 0).then_some(o.paid_in)),
        Cell::Text(o.status),
        Cell::Text(if joint_stock(s) { "joint_stock" } else { "limited" }),
        Cell::Int(o.shareholders + more_shareholders),
        Cell::Int(largest),
    ])
}

/// Every firm as it is registered at the as-of date: the same as in the enterprises' files.
pub(super) fn registration(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    row(s, rows, 0)
}

/// Firms that take in a shareholder in the days after.
fn changes_later(s: &Subject<'_>) -> bool {
    s.firm.id % LATER_IN == 7 && owners(s).status == "open"
}

/// Their new registration.
pub(super) fn registration_later(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if changes_later(s) { row(s, rows, 1) } else { Ok(()) }
}

/// And the change itself.
pub(super) fn changes_of_later(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if !changes_later(s) {
        return Ok(());
    }
    let before = owners(s).shareholders;
    let day = s.now() + s.dice(Topic::Later).day(1, super::LATER);
    let (before, after) = (format!("{before}名股东"), format!("{}名股东", before + 1));
    change(s, rows, &Change { day, item: "shareholders", serial: 1, before: &before, after: &after })
}

/// Who stands for the firm, and since when.
pub(super) fn legal_representative(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Representative);
    let person = persons::of(s);
    let others = dice.weighted(&[(0, 0.78), (1, 0.13), (2, 0.05), (3, 0.02), (6, 0.015), (15, 0.005)]).unwrap_or(0);
    let others = others + if s.distressed() && dice.chance(0.2) { 4 } else { 0 };
    rows.push(&[
        s.uscc(),
        Cell::Text(&person.name),
        Cell::Text(&person.digest),
        Cell::Day(person.since),
        Cell::int((!dice.chance(0.01)).then_some(others)),
    ])
}

/// The police's word on the representative's document.
pub(super) fn representative_identity(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if s.unknown(Topic::Identity, 0.02, 0.004) {
        return Ok(());
    }
    let mut dice = s.dice(Topic::Identity);
    let person = persons::of(s);
    rows.push(&[
        s.uscc(),
        Cell::Text(&person.digest),
        Cell::Flag(!dice.chance(if s.distressed() { 0.02 } else { 0.003 })),
    ])
}

struct Change<'a> {
    day: i32,
    item: &'a str,
    serial: i64,
    before: &'a str,
    after: &'a str,
}

fn change(s: &Subject<'_>, rows: &mut Rows, c: &Change<'_>) -> Result<()> {
    rows.push(&[
        s.uscc(),
        Cell::Day(c.day),
        Cell::Text(c.item),
        Cell::Int(c.serial),
        Cell::text((!c.before.is_empty()).then_some(c.before)),
        Cell::text((!c.after.is_empty()).then_some(c.after)),
    ])
}

/// A day between the date before a snapshot and the snapshot.
fn within(s: &Subject<'_>, since: Snap, dice: &mut Dice) -> i32 {
    let to = *s.world.dates.at(since);
    let from = since.before().map_or(to - 180, |before| *s.world.dates.at(before) + 1);
    dice.day(from.max(s.firm.founded + 1).min(to), to)
}

/// Every change since the firm was founded, at most ten years back.
pub(super) fn registration_changes(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Changes);
    let firm = s.firm;
    let mut serial = 0;
    let mut next = || {
        serial += 1;
        serial
    };
    if let Some((since, name)) = &firm.renamed {
        let day = within(s, *since, &mut dice);
        let c = Change { day, item: "name", serial: next(), before: &firm.name, after: name };
        change(s, rows, &c)?;
    }
    let district = |place: usize| s.world.targets.districts.get(place).map_or("", |d| d.name.as_str());
    if let Some((since, to)) = firm.moved {
        let day = within(s, since, &mut dice);
        let (before, after) = (district(firm.district), district(to));
        change(s, rows, &Change { day, item: "address", serial: next(), before, after })?;
    }
    let person = persons::of(s);
    if let Some(before) = &person.before {
        let c = Change { day: person.since, item: "legal_representative", serial: next(), before, after: &person.name };
        change(s, rows, &c)?;
    }
    let far = s.now() - 3_650;
    let raised = match s.firm.group {
        Group::Listed => 0.75,
        Group::Technology => 0.4,
        Group::Other => 0.12,
    };
    if dice.chance(raised) {
        let day = s.day_since(far, &mut dice);
        let before = (firm.capital / 1_000_000 / dice.between(2, 5)).max(1);
        let (before, after) = (format!("{before}万元"), format!("{}万元", firm.capital / 1_000_000));
        change(s, rows, &Change { day, item: "capital", serial: next(), before: &before, after: &after })?;
    }
    // New shareholders come with new money; in distress they leave.
    let rounds = match s.firm.group {
        Group::Listed => dice.below(4),
        Group::Technology => dice.below(3) / 2 + u64::from(s.distressed()),
        Group::Other => u64::from(dice.chance(if s.distressed() { 0.5 } else { 0.15 })),
    };
    for _ in 0..rounds {
        let day = s.day_since(if s.distressed() { s.trouble_from() } else { far }, &mut dice);
        change(s, rows, &Change { day, item: "shareholders", serial: next(), before: "", after: "" })?;
    }
    if dice.chance(0.3) {
        let day = s.day_since(far, &mut dice);
        change(s, rows, &Change { day, item: "scope", serial: next(), before: "", after: "" })?;
    }
    Ok(())
}
