//! Electricity and water: what a firm uses follows what it makes and who works there, rather than what it declares.

use huoshui_kernel::fault::Result;

use super::subject::{Subject, Topic};
use crate::dice::{float_i, whole};
use crate::output::{Cell, Rows};

/// Cooling in summer, heating in winter; January first.
const WEATHER: [f64; 12] = [1.12, 1.06, 0.96, 0.9, 0.92, 1.06, 1.2, 1.2, 1.0, 0.88, 0.92, 1.08];
/// Yuan for a kWh, in fen.
const PRICE: f64 = 79.0;

/// Whether a bill of the month at a place is unpaid.
fn overdue(s: &Subject<'_>, place: usize, chance: f64, by_oversight: f64) -> bool {
    if s.portrait.utilities.at(place) { chance < 0.62 } else { chance < by_oversight }
}

/// Use and charge of each month.
pub(super) fn electricity_use(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    // Tenants whose landlord has the meter are not known by name.
    if s.unknown(Topic::Electricity, 0.15, 0.12) {
        return Ok(());
    }
    let mut dice = s.dice(Topic::Electricity);
    let thirst = s.portrait.branch.energy * dice.lognormal(1.0, 0.45);
    let usual = s.portrait.sales.iter().rev().take(12).sum::<f64>() / 12.0;
    let price = PRICE * (1.0 + 0.08 * dice.wobble());
    for (place, end) in s.months() {
        let sales = s.sales(place);
        let season = s.span.months.get(place).map_or(0, |m| m.number);
        // A part runs whatever is sold; invoices are written later than goods are made.
        let base = if place >= s.portrait.onset { sales } else { usual };
        let made = 0.35 * base.min(sales * 2.5) + 0.65 * (sales + s.quarter_sales(place)) / 4.0;
        let weather = WEATHER.get(season).copied().unwrap_or(1.0);
        let kwh = whole(made / 1e6 * thirst * weather * (1.0 + 0.05 * dice.wobble())).max(20);
        let late = overdue(s, place, dice.unit(), 0.003);
        let charge = whole(float_i(kwh) * price);
        rows.push(&[s.uscc(), Cell::Day(end), Cell::Int(kwh), Cell::Int(charge), Cell::Flag(late)])?;
    }
    Ok(())
}

/// Use of each month.
pub(super) fn water_use(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if s.unknown(Topic::Water, 0.2, 0.15) {
        return Ok(());
    }
    let mut dice = s.dice(Topic::Water);
    let thirst = s.portrait.branch.water * dice.lognormal(1.0, 0.4);
    for (place, end) in s.months() {
        let metres = whole(float_i(s.people(place)) * thirst * (1.0 + 0.08 * dice.wobble())).max(1);
        let late = overdue(s, place, dice.unit(), 0.004);
        rows.push(&[s.uscc(), Cell::Day(end), Cell::Int(metres), Cell::Flag(late)])?;
    }
    Ok(())
}
