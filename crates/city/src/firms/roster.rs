//! Certificates: valid three years (technology SMEs: the calendar year), renewed without a gap while a firm stays.

use super::{Firm, Group};
use crate::World;
use crate::calendar::{SNAPS, Snap, add_months, year};
use crate::dice::Dice;

/// A certificate of one tier.
pub(crate) struct Certificate {
    /// The tier's code.
    pub(crate) tier: &'static str,
    pub(crate) number: String,
    pub(crate) from: i32,
    /// Inclusive.
    pub(crate) to: i32,
    pub(crate) batch: String,
}

impl Certificate {
    fn new(tier: &'static str, id: u32, from: i32, to: i32) -> Self {
        let letters = match tier {
            "little_giant" => "XJR",
            "srdi_sme" => "ZJTX",
            "innovative_sme" => "CXX",
            _ => "KJX",
        };
        let month = huoshui_kernel::date::from_days(from).map_or(1, |d| i32::from(d.month()));
        let batch = match (month - 1) / 3 {
            0 => "第一批",
            1 => "第二批",
            2 => "第三批",
            _ => "第四批",
        };
        Self {
            tier,
            number: format!("BJ{letters}{}{id:07}", year(from)),
            from,
            to,
            batch: format!("{}年{batch}", year(from)),
        }
    }

    /// Whether it is valid on a day.
    pub(crate) const fn valid_on(&self, day: i32) -> bool {
        self.from <= day && day <= self.to
    }
}

/// The last day of a certificate of three years.
fn three_years(from: i32) -> i32 {
    add_months(from, 36) - 1
}

/// A run of certificates that covers `on` and nothing of `off`: whatever a firm's stay on the list is.
fn run(
    world: &World<'_>,
    firm: &Firm,
    tier: &'static str,
    on: impl Fn(Snap) -> bool,
    dice: &mut Dice,
) -> Vec<Certificate> {
    let day = |snap: Snap| *world.dates.at(snap);
    let Some(first) = SNAPS.into_iter().find(|s| on(*s)) else { return Vec::new() };
    let Some(last) = SNAPS.into_iter().rev().find(|s| on(*s)) else { return Vec::new() };
    let end = last.after().map(|next| dice.day(day(last), day(next) - 1));
    let start = match first.before() {
        Some(before) => dice.day(day(before) + 1, day(first)),
        // Within the three years before: valid then, whatever comes after.
        None => dice.day(add_months(day(first), -36) + 1, day(first)),
    };
    let mut list = Vec::new();
    let mut from = match end {
        // It ran out: its last day is known, and so are the three years before it.
        Some(end) if first == Snap::YearAgo => add_months(end + 1, -36).min(day(first)),
        _ => start,
    };
    loop {
        let mut to = three_years(from);
        // A firm that came and went within three years had its certificate withdrawn.
        if let Some(end) = end {
            to = to.min(end);
        }
        list.push(Certificate::new(tier, firm.id, from, to));
        if to >= day(last) {
            return list;
        }
        from = to + 1;
    }
}

/// Every certificate of a firm that is valid on at least one of the dates.
pub(super) fn certificates(world: &World<'_>, firm: &Firm, dice: &mut Dice) -> Vec<Certificate> {
    let mut list = Vec::new();
    match firm.group {
        Group::Other => return list,
        Group::Listed => {
            let listed = |s: Snap| *firm.listed.at(s);
            if firm.little_giant {
                list.extend(run(world, firm, "little_giant", listed, dice));
            }
            // Nearly every little giant still holds the certificate that it started from.
            if !firm.little_giant || !dice.chance(0.05) {
                list.extend(run(world, firm, "srdi_sme", listed, dice));
            }
            // Before it came and after it left, a firm is an innovative SME; many stay one all along.
            let always = dice.chance(0.4);
            list.extend(stretches(world, firm, |s| always || !listed(s), dice));
        }
        Group::Technology => {
            let innovative = dice.chance(0.45);
            let known = |s: Snap| s >= firm.first;
            if innovative {
                list.extend(run(world, firm, "innovative_sme", known, dice));
            }
            if !innovative || dice.chance(0.5) {
                list.extend(technology(world, &known, firm.id));
            }
        }
    }
    list.retain(|c| SNAPS.iter().any(|s| c.valid_on(*world.dates.at(*s))));
    list
}

/// Innovative-SME certificates over each unbroken stretch of dates.
fn stretches(world: &World<'_>, firm: &Firm, on: impl Fn(Snap) -> bool, dice: &mut Dice) -> Vec<Certificate> {
    let mut list = Vec::new();
    let mut rest = SNAPS.as_slice();
    while let Some(start) = rest.iter().position(|s| on(*s)) {
        let (_, tail) = rest.split_at(start);
        let length = tail.iter().take_while(|s| on(**s)).count();
        let (stretch, after) = tail.split_at(length);
        list.extend(run(world, firm, "innovative_sme", |s| stretch.contains(&s), dice));
        rest = after;
    }
    list
}

/// Technology SMEs register anew every calendar year.
fn technology(world: &World<'_>, on: &impl Fn(Snap) -> bool, id: u32) -> Vec<Certificate> {
    let mut list: Vec<Certificate> = Vec::new();
    for snap in SNAPS.into_iter().filter(|s| on(*s)) {
        let day = *world.dates.at(snap);
        let from = huoshui_kernel::date::from_days(day).map_or(day, |d| huoshui_kernel::date::days(d.first_of_year()));
        if list.last().is_none_or(|c| !c.valid_on(day)) {
            list.push(Certificate::new("technology_sme", id, from, add_months(from, 12) - 1));
        }
    }
    list
}
