//! What a bank files beside plain loans, much of which no loan figure may count: discounts, entrusted loans, advances,
//! written-off and transferred notes; and what goes wrong: overdue notes; and M&A loans.

use super::life::Life;
use super::note::{Guarantee, Kind, Note, Renewal};
use super::terms::{self, Sketch, WAN};
use crate::calendar::{SNAPS, Snap};
use crate::dice::whole;
use crate::firms::{Class, Group};

/// Adds all of it to a firm whose plan is kept; the plan is kept still.
pub(super) fn add(life: &mut Life<'_>) {
    if life.relations.is_empty() {
        return;
    }
    mergers(life);
    trouble(life);
    transfers(life);
    // Only firms that are financed anyway: whether such paper alone makes a firm financed never matters.
    if life.plan.financed {
        paper(life);
    }
    let watched = life.dice.chance(0.012).then(|| life.day(Snap::YearAgo) + life.dice.day(-300, 300));
    if let Some(relation) = life.relations.first_mut() {
        relation.watched = watched;
    }
}

/// On every date from a day on, the firm has a loan by plan.
fn borrows_from(life: &Life<'_>, day: i32) -> bool {
    SNAPS.iter().all(|s| life.day(*s) < day || *life.plan.borrows.at(*s))
}

fn base(life: &mut Life<'_>, drawn: i32, months: i32, days: i32, amount: i64, product: &'static str) -> Note {
    let sketch = Sketch { relation: 0, drawn, months, days, amount, margin_bp: 0.0, product: Some(product) };
    let mut note = terms::note(life.world, life.firm, &sketch, &mut life.dice);
    note.currency = None;
    note.amount = terms::tidy(amount);
    note.kind = Kind::Loan;
    // IP marks stand only on notes that count as loans whatever happens: here shares are pledged in its place.
    if note.ip && note.guarantee == Guarantee::Pledge {
        note.mitigants |= terms::EQUITY_PLEDGE;
    }
    note.ip = false;
    note
}

/// M&A loans of larger technology firms; those of the pilot since March 2025.
fn mergers(life: &mut Life<'_>) {
    let large = matches!(life.firm.inputs.year_start.class, Class::Medium | Class::Large);
    if life.firm.group == Group::Other || !large {
        return;
    }
    let now = life.day(Snap::Now);
    let pilot_p = if life.firm.group == Group::Technology { 0.07 } else { 0.011 };
    if life.plan.borrows.now && life.dice.chance(pilot_p) {
        // The pilot began about seven months before the as-of date.
        let drawn = life.dice.day(now - 208, now - 1);
        let amount = whole(life.dice.lognormal(8_000.0, 0.7)) * WAN;
        let months = life.dice.weighted(&[(60, 0.3), (84, 0.35), (120, 0.35)]).unwrap_or(84);
        merger(life, drawn, months, amount, true);
    }
    let always = SNAPS.iter().all(|s| *life.plan.borrows.at(*s));
    if always && life.dice.chance(0.03) {
        let drawn = life.day(Snap::YearAgo) - life.dice.day(20, 600);
        let amount = whole(life.dice.lognormal(5_000.0, 0.7)) * WAN;
        // Eight years are more than the rule allows outside the pilot: a bank must explain them.
        let months = life.dice.weighted(&[(36, 0.3), (60, 0.4), (84, 0.26), (96, 0.04)]).unwrap_or(60);
        merger(life, drawn, months, amount, false);
    }
}

fn merger(life: &mut Life<'_>, drawn: i32, months: i32, amount: i64, pilot: bool) {
    let opened = life.relations.first().map_or(drawn, |r| r.opened);
    if drawn < opened {
        return;
    }
    let amount = amount.min(life.world.largest_debt);
    let mut note = base(life, drawn, months, 0, amount, "并购贷款");
    note.purpose = "merger";
    note.ma = true;
    note.ma_pilot = pilot;
    note.inclusive = false;
    if note.guarantee != Guarantee::Credit {
        note.guarantee = Guarantee::Pledge;
        note.mitigants |= terms::EQUITY_PLEDGE;
    }
    life.push(note);
}

/// A note that is not repaid when due: everything of that bank that falls due later stays too, and nothing new is drawn.
fn trouble(life: &mut Life<'_>) {
    let p = if life.firm.group == Group::Listed { 0.006 } else { 0.013 };
    if !life.dice.chance(p) {
        return;
    }
    let (from, to) = (life.day(Snap::YearAgo) - 300, life.day(Snap::Now) - 5);
    let plain = |n: &&Note| {
        n.kind == Kind::Loan
            && n.paid == n.maturity
            && n.extended.is_none()
            && n.shortened.is_none()
            && (from..=to).contains(&n.maturity)
    };
    let Some((relation, day)) = life.notes.iter().find(plain).map(|n| (n.relation, n.maturity)) else { return };
    if !borrows_from(life, day) {
        return;
    }
    life.notes.retain(|n| n.relation != relation || n.drawn < day);
    for note in life.notes.iter_mut().filter(|n| n.relation == relation && n.paid >= day) {
        note.paid = if note.current_maturity(to) <= to + 5 { i32::MAX } else { note.paid.max(note.maturity) };
    }
}

/// A note sold to another institution this year, of a firm that keeps another.
fn transfers(life: &mut Life<'_>) {
    let (start, now) = (life.day(Snap::YearStart), life.day(Snap::Now));
    if life.notes.iter().filter(|n| n.counts(now)).count() < 2 || !life.dice.chance(0.008) {
        return;
    }
    let day = life.dice.day(start + 1, now);
    if let Some(note) = life.notes.iter_mut().find(|n| n.counts(now) && n.drawn + 10 < day && !n.ip && !n.ma) {
        note.transferred = Some(day);
    }
}

/// Discounts, rediscounts, entrusted loans, advances, written-off notes.
fn paper(life: &mut Life<'_>) {
    let (ago, now) = (life.day(Snap::YearAgo), life.day(Snap::Now));
    let opened = life.relations.first().map_or(now, |r| r.opened);
    let other = life.firm.group == Group::Other;
    let size = terms::debt(life.firm, &mut life.dice).min(life.world.largest_debt) / 4;
    if life.dice.chance(if other { 0.02 } else { 0.09 }) {
        let count = 1 + life.dice.below(4);
        for _ in 0..count {
            let drawn = life.dice.day((ago - 270).max(opened), now);
            let days = life.dice.day(30, 180);
            let mut note = base(life, drawn, 0, days, size, "银行承兑汇票贴现");
            note.kind = Kind::Discount;
            plain_credit(&mut note);
            // Bills are far cheaper than loans: counting them would show in the rate.
            note.raw_spread -= 16_000.0;
            life.push(note);
        }
    }
    if life.firm.inputs.year_start.class == Class::Large && life.dice.chance(0.03) {
        let drawn = life.dice.day((now - 150).max(opened), now);
        let mut note = base(life, drawn, 0, 170, size, "票据转贴现");
        note.kind = Kind::Rediscount;
        plain_credit(&mut note);
        note.raw_spread -= 17_000.0;
        life.push(note);
    }
    // Long before last year: neither is ever part of a year's loans granted.
    let long_ago = ago - 400;
    if opened + 30 < long_ago && life.dice.chance(0.008) {
        let drawn = life.dice.day((long_ago - 300).max(opened), long_ago);
        let mut note = base(life, drawn, 60, 0, size, "委托贷款");
        note.kind = Kind::Entrusted;
        life.push(note);
    }
    if opened + 30 < long_ago && life.dice.chance(0.0015) {
        let mut note = base(life, long_ago, 0, 10, size / 3, "承兑垫款");
        note.kind = Kind::Advance;
        note.paid = i32::MAX;
        plain_credit(&mut note);
        life.push(note);
    }
    let always = SNAPS.iter().all(|s| *life.plan.borrows.at(*s));
    if opened + 900 < long_ago && life.dice.chance(0.004) {
        let drawn = long_ago - life.dice.day(380, 700);
        let mut note = base(life, drawn, 12, 0, size / 2, "流动资金贷款");
        note.paid = i32::MAX;
        // Until it is written off it is a loan, so only a firm with a loan on every date may see it happen in between.
        let day = if always { life.dice.day(ago - 200, now - 3) } else { ago - 30 };
        note.written_off = Some(day);
        note.renewal = Renewal::None;
        life.push(note);
    }
}

/// Bills and advances have no guarantee of their own.
fn plain_credit(note: &mut Note) {
    note.guarantee = Guarantee::Credit;
    note.mitigants = 0;
    note.instalment_months = 0;
    note.inclusive = false;
    note.floating = false;
    note.purpose = "trade";
}
