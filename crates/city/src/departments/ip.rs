//! Patents, trademarks, copyrights, and pledges of them: as the banks' notes say.

use huoshui_kernel::fault::Result;

use super::portrait::Stage;
use super::subject::{Subject, Topic};
use crate::calendar::{add_months, year};
use crate::dice::{Dice, float_i, whole};
use crate::output::{Cell, Rows};

/// The most that one firm holds of a kind.
const MOST: i64 = 400;

/// A pledge registered for a note.
struct Pledge {
    number: String,
    registered: i32,
    released: Option<i32>,
    secured: i64,
    items: i64,
}

/// A pledge for every note that IP secures.
fn pledges(s: &Subject<'_>) -> Vec<Pledge> {
    let mut dice = s.dice(Topic::Pledges);
    let notes = s.book.notes.iter().filter(|n| n.ip && n.drawn <= s.now());
    notes
        .map(|note| {
            let secured = note.amount_cny(&s.world.dates, &s.world.targets.currencies);
            let released = Some(note.paid).filter(|paid| *paid < s.now() - 5).map(|paid| paid + 5);
            let items = 1 + i64::try_from(dice.below(4)).unwrap_or(0);
            Pledge {
                number: format!("Y{}98{:07}{:03}", year(note.drawn), s.firm.id, note.k),
                registered: note.drawn,
                released,
                secured,
                items,
            }
        })
        .collect()
}

/// Items pledged today.
fn pledged_now(s: &Subject<'_>) -> i64 {
    pledges(s).iter().filter(|p| p.released.is_none()).map(|p| p.items).sum()
}

/// How many a firm holds: by tier, trade, spirit and age.
fn count(s: &Subject<'_>, factor: f64, dice: &mut Dice) -> i64 {
    let tier = match () {
        () if s.little_giant() => 25.0,
        () if s.on_list() => 9.5,
        () if s.technology() => 3.0,
        () => 0.12,
    };
    let age = match s.portrait.stage {
        Stage::StartUp => 0.5,
        Stage::Growth => 0.9,
        Stage::Maturity => 1.15,
    };
    let mean = tier * factor * age * s.portrait.spirit * dice.lognormal(1.0, 0.35);
    dice.about(mean).min(MOST)
}

/// A day of its past: recent for who grows, long ago for who fades.
fn past_day(s: &Subject<'_>, dice: &mut Dice) -> i32 {
    let age = f64::from(s.now() - s.firm.founded).min(5_500.0) + 200.0;
    let lean = s.by_health([1.5, 1.15, 0.75, 0.6]);
    s.now() - 1 - i32::try_from(whole(age * dice.unit().powf(lean))).unwrap_or(0)
}

/// Whether a right that has been kept for some days has been let go.
fn let_go(s: &Subject<'_>, days: i32, dice: &mut Dice) -> bool {
    let yearly = s.by_health([0.012, 0.022, 0.05, 0.11]);
    dice.chance(1.0 - (-yearly * f64::from(days.max(0)) / 365.25).exp())
}

/// Of rights that have run out, the share that the register still calls valid.
const STILL_VALID: f64 = 0.3;

/// Patents.
pub(super) fn patents(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Patents);
    let now = s.now();
    let pledged = pledged_now(s);
    let held = count(s, s.portrait.branch.patents, &mut dice).max(pledged);
    let inventive = if s.on_list() { 0.42 } else { 0.3 };
    for serial in 0..held {
        let pawn = serial < pledged;
        let (kind, digit, wait, years) = match dice.unit() {
            u if u < inventive => ("invention", 1, dice.day(420, 1_150), 20),
            u if u < 0.9 => ("utility", 2, dice.day(150, 330), 10),
            _ => ("design", 3, dice.day(120, 260), 15),
        };
        // What is pledged is in force: granted well before.
        let applied = if pawn { now - dice.day(1_600, 2_400) } else { past_day(s, &mut dice) };
        let granted = Some(applied + wait).filter(|day| *day <= now);
        let rejected = !pawn && kind == "invention" && granted.is_some() && dice.chance(0.14);
        let granted = granted.filter(|_| !rejected);
        let expires = granted.map(|_| add_months(applied, years * 12) - 1);
        let lapsed = granted.is_some_and(|day| let_go(s, now - day, &mut dice));
        let sold = dice.chance(s.by_health([0.006, 0.01, 0.025, 0.05]));
        let status = match granted {
            _ if rejected => "lapsed",
            None => "pending",
            Some(_) if pawn => "valid",
            Some(_) if lapsed => "lapsed",
            // The register is slow to close what has run out.
            Some(_) if expires.is_some_and(|day| day < now) && !dice.chance(STILL_VALID) => "lapsed",
            Some(_) if sold => "transferred",
            Some(_) => "valid",
        };
        let years_known = f64::from(now - applied) / 365.25;
        let cited = if kind == "invention" { 0.7 } else { 0.12 };
        let noticed = cited * s.portrait.spirit.min(3.0) * dice.unit() * 2.0;
        let citations = dice.about(noticed * years_known);
        let number = format!("CN{}{digit}{:08}", year(applied), u64::from(s.firm.id) * 1_000 + serial.unsigned_abs());
        rows.push(&[
            s.uscc(),
            Cell::Text(&number),
            Cell::Text(kind),
            Cell::Day(applied),
            Cell::day(granted),
            Cell::day(expires),
            Cell::Text(status),
            Cell::int((!dice.chance(0.03)).then_some(citations)),
            Cell::Flag(pawn),
        ])?;
    }
    Ok(())
}

/// Trademarks: for who sells under a name.
pub(super) fn trademarks(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Trademarks);
    let usual = if s.technology() { 1.6 } else { 0.4 };
    let mean = usual * s.portrait.branch.brands * dice.lognormal(1.0, 0.7);
    for serial in 0..dice.about(mean).min(60) {
        let registered = past_day(s, &mut dice);
        let expires = add_months(registered, 120) - 1;
        let gone = expires < s.now() && (s.distressed() || dice.chance(0.5));
        // Who stays in business renews for ten years more.
        let expires = if expires < s.now() && !gone { add_months(expires + 1, 120) - 1 } else { expires };
        let status = match () {
            () if gone && !dice.chance(STILL_VALID) => "lapsed",
            () if dice.chance(0.02) => "transferred",
            () => "valid",
        };
        let number = u64::from(s.firm.id) * 100 + serial.unsigned_abs();
        rows.push(&[
            s.uscc(),
            Cell::Text(&format!("{number:08}")),
            Cell::Day(registered),
            Cell::Day(expires),
            Cell::Text(status),
            Cell::Flag(false),
        ])?;
    }
    Ok(())
}

/// Software copyrights.
pub(super) fn copyrights(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Copyrights);
    for serial in 0..count(s, s.portrait.branch.software, &mut dice) {
        let registered = past_day(s, &mut dice);
        let status = if dice.chance(0.012) { "transferred" } else { "valid" };
        let number = format!("{}SR{:08}", year(registered), u64::from(s.firm.id) * 1_000 + serial.unsigned_abs());
        rows.push(&[s.uscc(), Cell::Text(&number), Cell::Day(registered), Cell::Text(status), Cell::Flag(false)])?;
    }
    Ok(())
}

/// Pledges.
pub(super) fn ip_pledges(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    for p in pledges(s) {
        rows.push(&[
            s.uscc(),
            Cell::Text(&p.number),
            Cell::Day(p.registered),
            Cell::day(p.released),
            Cell::Int(p.secured),
            Cell::Int(p.items),
        ])?;
    }
    Ok(())
}

/// The R&D expense and staff of each year.
pub(super) fn rd_expense(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if s.unknown(Topic::Research, 0.2, 0.05) {
        return Ok(());
    }
    let mut dice = s.dice(Topic::Research);
    let intensity = match () {
        // Recognition asks for three percent of sales.
        () if s.on_list() => 0.031 + dice.lognormal(0.035, 0.7) * s.portrait.spirit.clamp(0.5, 2.0),
        () if s.technology() => dice.lognormal(0.035, 0.7) * s.portrait.spirit.clamp(0.5, 2.0),
        () if dice.chance(0.06) => 0.01 + 0.02 * dice.unit(),
        () => 0.0,
    };
    let early = s.technology() && s.portrait.stage == Stage::StartUp;
    let intensity = (intensity * if early { 1.8 } else { 1.0 }).min(0.6);
    let share = (intensity * 3.2 + 0.06 * dice.unit()).clamp(0.0, 0.75);
    for end in s.years() {
        let sales = s.year_sales(end);
        let expense = whole(sales * intensity * (1.0 + 0.08 * dice.wobble()).max(0.3));
        let place = s.span.months.iter().position(|m| m.end == end).unwrap_or(2);
        let people = s.people(place);
        let staff = if expense > 0 { whole(float_i(people) * share).max(1) } else { 0 };
        let deducted =
            (expense > 0 && !dice.chance(0.04)).then(|| whole(float_i(expense) * (0.75 + 0.25 * dice.unit())));
        rows.push(&[s.uscc(), Cell::Day(end), Cell::Int(expense), Cell::int(deducted), Cell::Int(staff)])?;
    }
    Ok(())
}
