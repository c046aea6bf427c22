//! Buildings and licences.

use huoshui_kernel::fault::Result;

use super::subject::{Subject, Topic};
use crate::calendar::add_months;
use crate::dice::whole;
use crate::firms::Class;
use crate::lending::MITIGANTS;
use crate::output::{Cell, Rows};

/// Whether a loan of today is secured by real estate.
fn mortgaged(s: &Subject<'_>) -> Option<i32> {
    let bit = MITIGANTS.iter().position(|m| *m == "real_estate").map_or(0, |place| 1_u16 << place);
    let notes = s.book.notes.iter().filter(|n| n.alive(s.now()) && n.mitigants & bit != 0);
    notes.map(|n| n.drawn).min()
}

/// Units that firms own.
pub(super) fn real_estate(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Estates);
    let loan = mortgaged(s);
    let owns = match s.firm.inputs.now.class {
        Class::Micro => 0.015,
        Class::Small => 0.05,
        Class::Medium => 0.2,
        Class::Large => 0.5,
    } * if s.industry().starts_with('C') { 1.6 } else { 1.0 };
    // Many loans are secured by what the owner has at home: that is not the firm's.
    let of_the_firm = loan.is_some() && dice.chance(0.55);
    if !of_the_firm && !dice.chance(owns) {
        return Ok(());
    }
    let uses = if s.industry().starts_with('C') {
        [("industrial", 0.75), ("office", 0.2), ("commercial", 0.02), ("other", 0.03)]
    } else {
        [("industrial", 0.03), ("office", 0.75), ("commercial", 0.17), ("other", 0.05)]
    };
    for serial in 0..=dice.below(3) {
        let before = if serial == 0 { loan.unwrap_or(s.now()) } else { s.now() };
        let low = s.firm.founded.max(s.now() - 5_400);
        let registered = dice.day(low.min(before - 1), before - 1);
        let size = if s.industry().starts_with('C') { 2_400.0 } else { 420.0 };
        let area = whole(dice.lognormal(size, 0.8)).max(20);
        let pledged = (of_the_firm && serial == 0) || dice.chance(0.06);
        let seized = s.distressed() && dice.chance(if s.portrait.overdue.is_some() { 0.35 } else { 0.12 });
        let district = s.district().get(0..6).unwrap_or("110101");
        let number = format!("{district}{:08}F{serial:04}", s.firm.id);
        rows.push(&[
            s.uscc(),
            Cell::Text(&number),
            Cell::Day(registered),
            Cell::text(dice.weighted(&uses)),
            Cell::Int(area),
            Cell::Flag(pledged),
            Cell::Flag(seized),
        ])?;
    }
    Ok(())
}

/// Licences of builders.
pub(super) fn construction_licence(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Licences);
    if !s.industry().starts_with('E') || !dice.chance(0.58) {
        return Ok(());
    }
    let grade = match s.firm.inputs.now.class {
        Class::Large if dice.chance(0.4) => "special",
        Class::Large | Class::Medium => "first",
        Class::Small if dice.chance(0.25) => "first",
        _ => "second",
    };
    let given = s.day_since(s.now() - 1_800, &mut dice);
    let number = format!("D111{:08}", s.firm.id);
    rows.push(&[s.uscc(), Cell::Text(&number), Cell::Text(grade), Cell::Day(add_months(given, 60) - 1)])
}
