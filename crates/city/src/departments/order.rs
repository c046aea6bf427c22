//! What firms did wrong: abnormal operation, penalties; and how clean they are.

use huoshui_kernel::fault::Result;

use super::subject::{Subject, Topic};
use crate::calendar::year;
use crate::dice::{Dice, whole};
use crate::output::{Cell, Rows};

/// A stay on the list of abnormal operation.
struct Stay {
    listed: i32,
    reason: &'static str,
    removed: Option<i32>,
}

/// Every stay of a firm; the same whoever asks.
fn stays(s: &Subject<'_>) -> Vec<Stay> {
    let mut dice = s.dice(Topic::Abnormal);
    let chance = s.by_health([0.003, 0.005, 0.02, 0.12]) * if s.on_list() { 0.5 } else { 1.0 };
    if !dice.chance(chance) {
        return Vec::new();
    }
    let reason =
        dice.weighted(&[("no_report", 0.55), ("no_contact", 0.38), ("false_report", 0.07)]).unwrap_or("no_report");
    let listed = s.day_since(s.trouble_from(), &mut dice);
    let back = dice.chance(if s.distressed() { 0.3 } else { 0.88 });
    let removed = back.then_some(listed + dice.day(15, 280)).filter(|day| *day <= s.now());
    vec![Stay { listed, reason, removed }]
}

fn stay_row(s: &Subject<'_>, rows: &mut Rows, stay: &Stay, removed: Option<i32>) -> Result<()> {
    rows.push(&[s.uscc(), Cell::Day(stay.listed), Cell::Text(stay.reason), Cell::day(removed)])
}

/// Stays on the list.
pub(super) fn abnormal_list(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    stays(s).iter().try_for_each(|stay| stay_row(s, rows, stay, stay.removed))
}

/// Stays that end in the days after the as-of date.
pub(super) fn abnormal_list_later(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Later);
    let day = s.now() + dice.day(1, super::LATER);
    let ends = dice.chance(0.12);
    let open = stays(s).into_iter().filter(|stay| ends && stay.removed.is_none());
    open.into_iter().try_for_each(|stay| stay_row(s, rows, &stay, Some(day)))
}

/// Penalties of a firm in the last three years, as days; the same whoever asks.
fn penalty_days(s: &Subject<'_>, dice: &mut Dice) -> Vec<i32> {
    let risky = matches!(s.industry().chars().next(), Some('C' | 'E' | 'H' | 'G' | 'N'));
    let chance = s.by_health([0.006, 0.008, 0.02, 0.1]) * if risky { 1.8 } else { 1.0 };
    if !dice.chance(chance) {
        return Vec::new();
    }
    let count = 1 + if s.distressed() { dice.below(3) } else { dice.below(5) / 4 };
    (0..count).map(|_| s.day_since(s.trouble_from(), dice)).collect()
}

/// Penalties.
pub(super) fn penalties(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Penalties);
    for (serial, day) in penalty_days(s, &mut dice).into_iter().enumerate() {
        let kind = dice
            .weighted(&[("warning", 0.3), ("fine", 0.6), ("confiscation", 0.07), ("suspension", 0.03)])
            .unwrap_or("fine");
        let serious = kind == "suspension" || dice.chance(if s.distressed() { 0.22 } else { 0.04 });
        let amount = whole(dice.lognormal(if serious { 90_000.0 } else { 8_000.0 }, 1.0) / 100.0) * 10_000;
        let amount = matches!(kind, "fine" | "confiscation").then_some(amount.max(10_000));
        let district = s.district().get(2..6).unwrap_or("0101");
        let number = format!("京市监罚〔{}〕{district}-{:07}{serial}", year(day), s.firm.id);
        rows.push(&[
            s.uscc(),
            Cell::Day(day),
            Cell::Text(&number),
            Cell::Text(kind),
            Cell::int(amount),
            Cell::Flag(serious),
        ])?;
    }
    Ok(())
}

/// Environmental ratings, of the manufacturers and builders that are watched.
pub(super) fn environment_rating(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Environment);
    let watched = match s.industry().chars().next() {
        Some('C') => 0.22,
        Some('E' | 'N') => 0.1,
        _ => 0.0,
    };
    if !dice.chance(watched) {
        return Ok(());
    }
    let punished = !penalty_days(s, &mut s.dice(Topic::Penalties)).is_empty();
    for end in s.years() {
        let rating = match dice.unit() - if punished { 0.12 } else { 0.0 } - s.by_health([0.0, 0.0, 0.02, 0.06]) {
            u if u < 0.0 => "red",
            u if u < 0.06 => "yellow",
            u if u < 0.62 => "blue",
            _ => "green",
        };
        rows.push(&[s.uscc(), Cell::Day(end), Cell::Text(rating)])?;
    }
    Ok(())
}
