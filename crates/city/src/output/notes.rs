//! Rows of notes and of disbursements.

use huoshui_kernel::fault::Result;
use huoshui_kernel::round::div_half_even;

use super::relationships::line_number;
use super::table::{Cell, Rows};
use crate::World;
use crate::calendar::{Snap, add_months, iso, year};
use crate::firms::Firm;
use crate::institutions::Institution;
use crate::lending::{Book, Kind, MITIGANTS, Note};

/// Names of branches; a bank's own name goes before.
const BRANCHES: [&str; 8] = [
    "中关村科技支行",
    "上地支行",
    "亦庄支行",
    "望京支行",
    "丰台科技园支行",
    "金融街支行",
    "昌平未来城支行",
    "通州支行",
];

/// The number of a note: within its bank unique, for life the same.
fn note_number(bank: &Institution, firm: &Firm, drawn: i32, k: u32) -> String {
    format!("JJ{}{}{:07}{k:03}", bank.code, iso(drawn).replace('-', ""), firm.id)
}

/// The classes from best to worst.
const CLASSES: [&str; 5] = ["normal", "special_mention", "substandard", "doubtful", "loss"];

/// The class that days past due ask for, as a place in [`CLASSES`].
const fn class(days: i32) -> usize {
    match days {
        ..=0 => 0,
        1..=90 => 1,
        91..=270 => 2,
        271..=360 => 3,
        _ => 4,
    }
}

/// A bank treats a firm as one: its notes have the class of the worst of them.
fn worst(book: &Book, place: usize, day: i32) -> usize {
    let overdue = book.notes.iter().filter(|n| n.relation == place && !n.is_written_off(day) && n.kind.is_loan());
    let by_days = overdue.map(|n| class(n.days_past_due(day))).max().unwrap_or(0);
    let watched = book.relations.get(place).and_then(|r| r.watched).is_some_and(|since| since <= day);
    by_days.max(usize::from(watched))
}

/// The rows of one firm at one bank on a date.
pub(super) fn push(
    rows: &mut Rows,
    world: &World<'_>,
    (firm, book, place): (&Firm, &Book, usize),
    bank: &Institution,
    snap: Snap,
) -> Result<()> {
    let day = *world.dates.at(snap);
    let worst = worst(book, place, day);
    let branch = book.relations.get(place).map_or(0, |r| r.branch);
    let branch = usize::try_from(branch).ok().and_then(|b| BRANCHES.get(b)).copied().unwrap_or("营业部");
    for note in book.notes.iter().filter(|n| n.relation == place && n.alive(day)) {
        let line = note.on_line.then(|| line_number(bank, firm, 0));
        let overdue = note.days_past_due(day);
        let balance_cny = note.balance_cny(snap, day, &world.targets.currencies);
        let grade = worst.max(class(overdue)).max(if note.is_written_off(day) { 4 } else { 0 });
        let renewed =
            note.renews.and_then(|k| predecessor(book, k)).map(|(k, drawn)| note_number(bank, firm, drawn, k));
        let interest = i128::from(balance_cny) * i128::from(note.rate()) * i128::from(overdue);
        let interest = div_half_even(interest, 360_000_000).and_then(|v| i64::try_from(v).ok()).unwrap_or(0);
        let current = if note.floating {
            world.lpr(reset_day(note, day), months(note)) + note.spread_bp * 100
        } else {
            note.rate()
        };
        rows.push(&[
            Cell::Text(&bank.code),
            Cell::Day(day),
            Cell::Text(&note_number(bank, firm, note.drawn, note.k)),
            Cell::Text(&format!("HT{}{:07}{:03}", bank.code, firm.id, note.contract)),
            Cell::text(line.as_deref()),
            Cell::Text(branch),
            Cell::Text(firm.uscc.as_str()),
            Cell::Text(currency(world, note)),
            Cell::Int(note.balance(day)),
            Cell::Int(balance_cny),
            Cell::Text(note.kind.code()),
            Cell::Text(note.product),
            Cell::Text(note.purpose),
            Cell::Day(note.drawn),
            Cell::Day(note.maturity),
            Cell::Day(note.current_maturity(day)),
            Cell::Int(note.amount),
            Cell::Int(note.rate()),
            Cell::Int(current.max(0)),
            Cell::Text(if note.floating { "lpr" } else { "fixed" }),
            Cell::int(note.floating.then_some(note.spread_bp)),
            Cell::Text(note.guarantee.code()),
            Cell::text(mitigants(note).as_deref()),
            Cell::Flag(note.ip),
            Cell::Flag(note.ma),
            Cell::Flag(note.ma_pilot),
            Cell::Flag(note.inclusive),
            Cell::Flag(note.manufacturing),
            Cell::Flag(note.green),
            Cell::text(CLASSES.get(grade).copied()),
            Cell::Int(i64::from(overdue)),
            Cell::Int(interest),
            Cell::Flag(note.first_loan),
            Cell::Text(note.renewal_code(day)),
            Cell::text(renewed.as_deref()),
            Cell::Flag(note.is_transferred(day)),
            Cell::Flag(note.is_written_off(day)),
        ])?;
    }
    Ok(())
}

/// The rows of disbursements of one firm at one bank for the year to a date.
pub(super) fn push_disbursements(
    rows: &mut Rows,
    world: &World<'_>,
    (firm, book, place): (&Firm, &Book, usize),
    bank: &Institution,
    snap: Snap,
) -> Result<()> {
    let day = *world.dates.at(snap);
    // A rediscounted bill was drawn at another bank.
    let granted = |n: &&Note| n.relation == place && n.drawn_in_year_to(day) && n.kind != Kind::Rediscount;
    for note in book.notes.iter().filter(granted) {
        rows.push(&[
            Cell::Text(&bank.code),
            Cell::Day(day),
            Cell::Text(&note_number(bank, firm, note.drawn, note.k)),
            Cell::Text(firm.uscc.as_str()),
            Cell::Day(note.drawn),
            Cell::Int(note.amount_cny(&world.dates, &world.targets.currencies)),
            Cell::Int(note.rate()),
            Cell::Text(note.kind.code()),
            Cell::Day(note.maturity),
            Cell::Text(note.guarantee.code()),
            Cell::Flag(note.first_loan),
            // As it was at the drawdown: a later extension is no part of it.
            Cell::Text(note.renewal_code(note.drawn)),
        ])?;
    }
    Ok(())
}

/// The warnings that the notes of one firm at one bank raise, by check code.
pub(super) fn warnings(book: &Book, place: usize, day: i32) -> impl Iterator<Item = &'static str> {
    book.notes.iter().filter(move |n| n.relation == place && n.alive(day)).flat_map(move |n| {
        let early = n.current_maturity(day) < n.maturity;
        let long = n.ma && !n.ma_pilot && n.maturity > add_months(n.drawn, 84);
        [early.then_some("N-C-006"), long.then_some("N-C-034")].into_iter().flatten()
    })
}

fn currency<'a>(world: &'a World<'_>, note: &Note) -> &'a str {
    note.currency.and_then(|c| world.targets.currencies.get(c)).map_or("CNY", |c| c.code.as_str())
}

fn mitigants(note: &Note) -> Option<String> {
    let set: Vec<&str> = MITIGANTS
        .iter()
        .enumerate()
        .filter(|(bit, _)| note.mitigants & (1 << bit) != 0)
        .map(|(_, code)| *code)
        .collect();
    (!set.is_empty()).then(|| set.join("+"))
}

/// The note with number `k` and its drawdown, which its own number names.
fn predecessor(book: &Book, k: u32) -> Option<(u32, i32)> {
    book.ends.iter().find(|(number, _)| *number == k).copied()
}

fn months(note: &Note) -> i32 {
    (note.maturity - note.drawn) / 30
}

/// Floating rates follow the loan prime rate of the last 1 January, or of the drawdown.
fn reset_day(note: &Note, day: i32) -> i32 {
    if year(note.drawn) == year(day) { note.drawn } else { crate::calendar::year_start(day) }
}
