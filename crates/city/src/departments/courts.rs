//! Courts: enforcement, dishonest debtors, litigation. Rare, and where distress is.

use huoshui_kernel::fault::Result;

use super::subject::{Subject, Topic};
use crate::calendar::year;
use crate::dice::{Dice, float_i, whole};
use crate::lending::tidy;
use crate::output::{Cell, Rows};

/// A case of enforcement.
struct Case {
    number: String,
    filed: i32,
    amount: i64,
    closed: Option<i32>,
    published: Option<i32>,
    removed: Option<i32>,
}

/// The number of a case: the court is that of the firm's district.
fn number(s: &Subject<'_>, filed: i32, kind: &str, serial: u64) -> String {
    let court = s.district().get(2..6).unwrap_or("0101");
    format!("（{}）京{court}{kind}{}号", year(filed), u64::from(s.firm.id) * 10 + serial)
}

/// What the firm was sued for: a share of its yearly sales.
fn claim(s: &Subject<'_>, median: f64, dice: &mut Dice) -> i64 {
    let sold = float_i(s.firm.inputs.now.revenue);
    tidy(whole(sold * dice.lognormal(median, 0.9)).clamp(2_000_000, 50_000_000_000))
}

/// Every case of a firm; the same whoever asks.
fn cases(s: &Subject<'_>) -> Vec<Case> {
    let mut dice = s.dice(Topic::Enforcement);
    let now = s.now();
    let chance = if s.portrait.overdue.is_some() { 0.45 } else { s.by_health([0.0012, 0.002, 0.014, 0.13]) };
    if !dice.chance(chance) {
        return Vec::new();
    }
    let more = if s.distressed() { dice.below(3) } else { 0 };
    let mut all = Vec::new();
    for serial in 0..=more {
        let first = match s.portrait.overdue {
            // A bank sues when reminders have failed.
            Some(day) if serial == 0 => day + 60,
            _ => s.trouble_from() + 30,
        };
        if first > now {
            continue;
        }
        let filed = s.day_since(first, &mut dice);
        let owed: i64 = s.book.notes.iter().filter(|n| n.days_past_due(now) > 0).map(|n| n.balance(now)).sum();
        let amount = if serial == 0 && owed > 0 { owed } else { claim(s, 0.06, &mut dice) };
        let ends = filed + dice.day(40, 300);
        let closed = dice.chance(if s.distressed() { 0.22 } else { 0.92 }).then_some(ends).filter(|day| *day <= now);
        let published = filed + dice.day(45, 130);
        let blacklisted = s.distressed() && dice.chance(0.4);
        let published = blacklisted.then_some(published).filter(|day| *day <= now && closed.is_none_or(|c| *day < c));
        let removed = published.and(closed).map(|day| (day + 5).min(now));
        let number = number(s, filed, "执", serial);
        all.push(Case { number, filed, amount, closed, published, removed });
    }
    all
}

/// Cases of enforcement.
pub(super) fn enforcement(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    for c in cases(s) {
        rows.push(&[s.uscc(), Cell::Text(&c.number), Cell::Day(c.filed), Cell::Int(c.amount), Cell::day(c.closed)])?;
    }
    Ok(())
}

/// Cases whose debtor was published.
pub(super) fn dishonesty(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    for c in cases(s) {
        if let Some(published) = c.published {
            rows.push(&[s.uscc(), Cell::Text(&c.number), Cell::Day(published), Cell::day(c.removed)])?;
        }
    }
    Ok(())
}

/// Suits of the last three years.
pub(super) fn litigation(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Litigation);
    let size = 1.0 + 0.8 * f64::from(s.firm.inputs.now.class as u8);
    let owes = s.portrait.overdue.is_some();
    let sued = if owes { 0.6 } else { s.by_health([0.018, 0.02, 0.07, 0.32]) * size.min(1.8) };
    let sues = 0.022 * size;
    let mut serial = 0;
    for (role, chance, most) in [("defendant", sued, if s.distressed() { 4 } else { 2 }), ("plaintiff", sues, 2)] {
        if !dice.chance(chance) {
            continue;
        }
        for turn in 0..=dice.below(most) {
            let defendant = role == "defendant";
            let from = if defendant { s.trouble_from() } else { s.now() - 1_095 };
            let filed = s.day_since(from, &mut dice);
            let cause = match (defendant, s.technology()) {
                (true, _) if owes && turn == 0 => Some("loan"),
                (true, _) => {
                    dice.weighted(&[("contract", 0.5), ("labour", 0.32), ("loan", 0.06), ("ip", 0.03), ("other", 0.09)])
                }
                (false, true) => dice.weighted(&[("contract", 0.62), ("ip", 0.25), ("other", 0.13)]),
                (false, false) => dice.weighted(&[("contract", 0.85), ("other", 0.15)]),
            };
            let amount = claim(s, if cause == Some("labour") { 0.005 } else { 0.03 }, &mut dice);
            let amount = (!dice.chance(0.08)).then_some(amount);
            rows.push(&[
                s.uscc(),
                Cell::Text(&number(s, filed, "民初", serial)),
                Cell::Day(filed),
                Cell::Text(role),
                Cell::text(cause),
                Cell::int(amount),
            ])?;
            serial += 1;
        }
    }
    Ok(())
}

/// New cases in the days after the as-of date, of firms in distress.
pub(super) fn enforcement_later(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Later);
    if s.distressed() && dice.chance(0.02) {
        let filed = s.now() + dice.day(1, super::LATER);
        let amount = claim(s, 0.06, &mut dice);
        rows.push(&[
            s.uscc(),
            Cell::Text(&number(s, filed, "执", 9)),
            Cell::Day(filed),
            Cell::Int(amount),
            Cell::Empty,
        ])?;
    }
    Ok(())
}
