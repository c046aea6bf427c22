//! How a firm fares, drawn once: every department's figures of it follow from this.

use super::branch::{self, Branch};
use super::series;
use super::span::{MONTHS, Span};
use super::subject::Topic;
use crate::World;
use crate::dice::{Dice, float_i};
use crate::firms::{Firm, Group};
use crate::lending::Book;

/// Where a firm is heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Growing,
    Stable,
    Declining,
    Distressed,
}

/// How far a firm has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    StartUp,
    Growth,
    Maturity,
}

/// Months in which a firm pays only a part of what it owes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slip {
    /// Places of months: the first, and the first after it.
    pub(super) from: usize,
    pub(super) to: usize,
    /// The part that it still pays.
    pub(super) keeps: f64,
}

impl Slip {
    /// Never.
    const NONE: Self = Self { from: MONTHS, to: MONTHS, keeps: 1.0 };

    /// The month at a place is one of them.
    pub(super) const fn at(&self, place: usize) -> bool {
        self.from <= place && place < self.to
    }

    /// The part of what is owed in a month that is paid.
    pub(super) const fn pays(&self, place: usize) -> f64 {
        if self.at(place) { self.keeps } else { 1.0 }
    }

    /// Some month is one of them.
    pub(super) const fn any(&self) -> bool {
        self.from < self.to
    }
}

/// A firm's course.
pub(super) struct Portrait {
    pub(super) health: Health,
    pub(super) stage: Stage,
    pub(super) branch: &'static Branch,
    /// The place of the month since which it has been in distress; beyond the last for the others.
    pub(super) onset: usize,
    /// The day since which a loan has been overdue.
    pub(super) overdue: Option<i32>,
    /// Sales of each month, fen.
    pub(super) sales: Vec<f64>,
    /// Insured persons at each month's end.
    pub(super) people: Vec<i64>,
    /// Profit before tax as a share of sales, in good years; what distress does to it comes on top.
    pub(super) margin: f64,
    /// Monthly pay of one person at the as-of date, fen.
    pub(super) pay: f64,
    /// How inventive it is; 1 is usual for its kind.
    pub(super) spirit: f64,
    pub(super) social: Slip,
    pub(super) tax: Slip,
    pub(super) utilities: Slip,
    /// Exports and imports as shares of sales.
    pub(super) exports: f64,
    pub(super) imports: f64,
}

impl Portrait {
    pub(super) fn draw(world: &World<'_>, span: &Span, firm: &Firm, book: &Book) -> Self {
        let mut dice = Topic::Portrait.dice(world.seed, firm.id);
        let branch = branch::of(world.targets.industries.get(firm.industry));
        let overdue = overdue_since(book, span.now);
        let stage = stage(firm, span.now, &mut dice);
        let health = health(firm, book, span.now, overdue, stage, &mut dice);
        let onset = onset(span, health, overdue, &mut dice);
        let sales = series::sales(span, firm, branch, (health, stage), onset, &mut dice);
        let people = series::people(span, firm, health, onset, &mut dice);
        let technology = firm.group != Group::Other;
        let margin = branch.margin
            + 0.03 * dice.normal()
            + match health {
                Health::Growing => 0.03,
                Health::Stable => 0.0,
                Health::Declining => -0.03,
                Health::Distressed => -0.05,
            }
            - if technology && stage == Stage::StartUp { 0.1 } else { 0.0 };
        // Wages are what the trade pays, unless the firm's sales could never carry them.
        let sold = float_i(firm.inputs.now.revenue) / 12.0 / float_i(firm.inputs.now.employees.max(1));
        let pay = (branch.pay * 100.0 * dice.lognormal(1.0, 0.22)).min(sold * 0.6).max(350_000.0);
        let spirit = dice.lognormal(1.0, 0.7);
        let social = slip(health, overdue, onset, 0.78, &mut dice);
        let tax = slip(health, overdue, onset, 0.55, &mut dice);
        let utilities = slip(health, overdue, onset, 0.5, &mut dice);
        let large = 1.0 + 0.5 * f64::from(firm.inputs.now.class as u8);
        let share = |p: f64, dice: &mut Dice| {
            let share = dice.lognormal(0.18, 0.8).min(0.85);
            if dice.chance(p * large) { share } else { 0.0 }
        };
        let exports = share(branch.exports, &mut dice);
        // Who sells abroad often buys there too.
        let imports = share(branch.imports * if exports > 0.0 { 2.5 } else { 0.8 }, &mut dice) * 0.6;
        Self {
            health,
            stage,
            branch,
            onset,
            overdue,
            sales,
            people,
            margin,
            pay,
            spirit,
            social,
            tax,
            utilities,
            exports,
            imports,
        }
    }

    /// Sales in a calendar year, fen; None where the course does not cover it.
    pub(super) fn sold_in(&self, span: &Span, year: i32) -> Option<f64> {
        let months: Vec<f64> =
            span.months.iter().zip(&self.sales).filter(|(m, _)| m.year == year).map(|(_, s)| *s).collect();
        (months.len() == 12).then(|| months.iter().sum())
    }
}

/// The first day that a note of the firm, still on the books, was not repaid when due.
fn overdue_since(book: &Book, now: i32) -> Option<i32> {
    let late = book.notes.iter().filter(|n| !n.is_written_off(now) && n.days_past_due(now) > 0);
    late.map(|n| n.current_maturity(now)).min()
}

fn stage(firm: &Firm, now: i32, dice: &mut Dice) -> Stage {
    let years = f64::from(now - firm.founded) / 365.25;
    match years {
        y if y < 3.0 => Stage::StartUp,
        y if y < 8.0 && dice.chance(0.75) => Stage::Growth,
        y if y >= 8.0 && dice.chance(0.18) => Stage::Growth,
        _ => Stage::Maturity,
    }
}

fn health(firm: &Firm, book: &Book, now: i32, overdue: Option<i32>, stage: Stage, dice: &mut Dice) -> Health {
    let watched = book.relations.iter().any(|r| r.watched.is_some_and(|since| since <= now));
    let lost = book.notes.iter().any(|n| n.is_written_off(now));
    let mut weights = match firm.group {
        _ if overdue.is_some() || lost => [0.0, 0.05, 0.22, 0.73],
        _ if watched => [0.05, 0.3, 0.45, 0.2],
        Group::Listed => [0.42, 0.45, 0.115, 0.015],
        Group::Technology => [0.34, 0.46, 0.165, 0.035],
        Group::Other => [0.22, 0.52, 0.21, 0.05],
    };
    // What the register says of its sales is how it fares, too.
    let (before, after) = (float_i(firm.inputs.year_ago.revenue.max(1)), float_i(firm.inputs.now.revenue));
    let [growing, _, declining, distressed] = &mut weights;
    match after / before - 1.0 {
        g if g > 0.12 => *growing *= 1.8,
        g if g < -0.1 => {
            *growing *= 0.3;
            *declining *= 2.2;
            *distressed *= 1.6;
        }
        _ => {}
    }
    if stage == Stage::StartUp {
        *distressed *= 1.3;
        *growing *= 1.3;
    }
    let [growing, stable, declining, distressed] = weights;
    let list = [
        (Health::Growing, growing),
        (Health::Stable, stable),
        (Health::Declining, declining),
        (Health::Distressed, distressed),
    ];
    dice.weighted(&list).unwrap_or(Health::Stable)
}

/// Distress begins months before a loan is missed, and has lasted for months where nothing is owed to a bank.
fn onset(span: &Span, health: Health, overdue: Option<i32>, dice: &mut Dice) -> usize {
    if health != Health::Distressed {
        return MONTHS;
    }
    let back = usize::try_from(dice.between(4, 20)).unwrap_or(4);
    match overdue {
        Some(day) => {
            let missed = span.months.iter().position(|m| m.end >= day).unwrap_or(MONTHS - 1);
            missed.saturating_sub(usize::try_from(dice.between(2, 7)).unwrap_or(2))
        }
        None => MONTHS - back,
    }
}

/// When it does not pay in full: for months in distress, for a month or two by oversight.
fn slip(health: Health, overdue: Option<i32>, onset: usize, in_distress: f64, dice: &mut Dice) -> Slip {
    let start = usize::try_from(dice.below(MONTHS as u64 - 2)).unwrap_or(0);
    let length = usize::try_from(1 + dice.below(3)).unwrap_or(1);
    let keeps = 0.75 * dice.unit();
    let late = usize::try_from(dice.below(4)).unwrap_or(0);
    match health {
        Health::Distressed if dice.chance(in_distress + if overdue.is_some() { 0.15 } else { 0.0 }) => {
            let from = (onset + late).min(MONTHS - 1);
            // A few have found money and are even again.
            let ends = overdue.is_none() && dice.chance(0.12);
            let to = if ends { (from + 3 + length).min(MONTHS) } else { MONTHS };
            Slip { from, to, keeps }
        }
        Health::Declining if dice.chance(0.06) => Slip { from: start, to: (start + length + 1).min(MONTHS), keeps },
        Health::Growing | Health::Stable if dice.chance(0.006) => {
            Slip { from: start, to: (start + length).min(MONTHS), keeps: 0.4 + keeps / 2.0 }
        }
        _ => Slip::NONE,
    }
}
