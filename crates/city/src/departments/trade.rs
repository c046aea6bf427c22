//! Customs and the commerce bureau: who trades with the world, how much, and how well known.

use huoshui_kernel::fault::Result;

use super::subject::{Subject, Topic};
use crate::dice::{float_i, whole};
use crate::firms::Class;
use crate::output::{Cell, Rows};

/// A month's trade, fen; the same whoever asks.
struct Trade {
    place: usize,
    end: i32,
    exports: i64,
    imports: i64,
    declarations: i64,
}

fn trades(s: &Subject<'_>) -> bool {
    s.portrait.exports > 0.0 || s.portrait.imports > 0.0
}

fn months(s: &Subject<'_>) -> Vec<Trade> {
    let mut dice = s.dice(Topic::Customs);
    if !trades(s) {
        return Vec::new();
    }
    // Small shipments come seldom, large ones every month.
    let often = match s.firm.inputs.now.class {
        Class::Micro => 0.35,
        Class::Small => 0.6,
        Class::Medium => 0.9,
        Class::Large => 0.98,
    };
    let abroad = s.by_health([0.006, 0.0, -0.008, -0.02]);
    let mut all = Vec::new();
    for (place, end) in s.span.months.iter().enumerate().map(|(p, m)| (p, m.end)) {
        if end < s.firm.founded {
            continue;
        }
        let turn = (abroad * float_i(i64::try_from(place).unwrap_or(0) - 12)).exp();
        let lumpy = |share: f64, dice: &mut crate::dice::Dice| {
            let moves = dice.chance(often);
            let amount = s.sales(place) * share / often * turn * (0.3 * dice.wobble()).exp();
            if share > 0.0 && moves { whole(amount.min(s.sales(place) * 3.0)) } else { 0 }
        };
        let exports = lumpy(s.portrait.exports, &mut dice);
        let imports = lumpy(s.portrait.imports, &mut dice);
        if exports + imports > 0 {
            // A declaration carries some 400,000 yuan.
            let declarations = 1 + dice.about(float_i(exports + imports) / 4e7);
            all.push(Trade { place, end, exports, imports, declarations });
        }
    }
    all
}

/// Exports and imports of each month with any.
pub(super) fn customs_trade(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let first = s.span.recent().next().map_or(0, |(place, _)| place);
    for t in months(s).iter().filter(|t| t.place >= first) {
        rows.push(&[
            s.uscc(),
            Cell::Day(t.end),
            Cell::Int(t.exports),
            Cell::Int(t.imports),
            Cell::Int(t.declarations),
        ])?;
    }
    Ok(())
}

/// The rating of each year, for those who trade.
pub(super) fn customs_rating(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if !trades(s) {
        return Ok(());
    }
    let mut dice = s.dice(Topic::CustomsRating);
    let large = matches!(s.firm.inputs.now.class, Class::Medium | Class::Large);
    let known = dice.chance(if large { 0.16 } else { 0.02 });
    for end in s.years() {
        let failed = dice.chance(if s.distressed() { 0.06 } else { 0.0015 });
        let rating = match () {
            () if failed => "dishonest",
            () if known => "advanced",
            () => "registered",
        };
        rows.push(&[s.uscc(), Cell::Day(end), Cell::Text(rating)])?;
    }
    Ok(())
}

/// Duties and import taxes of each quarter with imports.
pub(super) fn customs_duties(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Duties);
    let trade = months(s);
    let rate = 0.13 + 0.05 * dice.unit();
    for (place, end) in s.quarters() {
        let imports: i64 = trade.iter().filter(|t| t.place <= place && t.place + 3 > place).map(|t| t.imports).sum();
        if imports == 0 {
            continue;
        }
        let payable = whole(float_i(imports) * rate);
        // Goods wait at the border until duties are paid: hardly anyone is behind.
        let behind = s.portrait.tax.at(place) && dice.chance(0.3);
        let paid = if behind { whole(float_i(payable) * s.portrait.tax.keeps) } else { payable };
        rows.push(&[s.uscc(), Cell::Day(end), Cell::Int(payable), Cell::Int(paid)])?;
    }
    Ok(())
}

/// Foreign investment and subsidiaries abroad, for those on record.
pub(super) fn foreign_trade(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::ForeignTrade);
    let foreign = dice.chance(if s.technology() { 0.035 } else { 0.008 });
    let abroad = dice.chance(if s.portrait.exports > 0.1 { 0.12 } else { 0.003 });
    if !(foreign || abroad || s.portrait.exports > 0.0) {
        return Ok(());
    }
    let subsidiaries = if abroad { 1 + i64::try_from(dice.below(4)).unwrap_or(0) } else { 0 };
    for end in s.years() {
        rows.push(&[s.uscc(), Cell::Day(end), Cell::Flag(foreign), Cell::Int(subsidiaries)])?;
    }
    Ok(())
}
