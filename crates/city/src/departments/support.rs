//! What the city gives and buys: recognition, contracts, grants, benefits.

use huoshui_kernel::fault::Result;

use super::portrait::Stage;
use super::subject::{Subject, Topic};
use crate::calendar::{add_months, year};
use crate::dice::{float_i, whole};
use crate::firms::Class;
use crate::lending::tidy;
use crate::output::{Cell, Rows};

/// 10,000 yuan in fen.
const WAN: f64 = 1e6;

/// The certificates of the list library, as far as the economy bureau gives them.
pub(super) fn srdi_recognition(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let given = |tier: &str| matches!(tier, "little_giant" | "srdi_sme" | "innovative_sme");
    for c in s.firm.certificates.iter().filter(|c| given(c.tier) && c.from <= s.now()) {
        rows.push(&[s.uscc(), Cell::Text(c.tier), Cell::Text(&c.number), Cell::Day(c.from), Cell::Day(c.to)])?;
    }
    Ok(())
}

/// High-tech certificates, three years each; who fades does not renew.
pub(super) fn high_tech(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::HighTech);
    let chance = match () {
        () if s.on_list() => 0.86,
        () if s.technology() => 0.52,
        () => 0.012,
    };
    if !dice.chance(chance) || s.now() - s.firm.founded < 500 {
        return Ok(());
    }
    let gone = dice.chance(s.by_health([0.01, 0.03, 0.12, 0.35]));
    let mut from = s.now() - dice.day(10, 1_080) - if gone { 1_100 } else { 0 };
    let mut turn = 0;
    while turn < 3 && from > s.firm.founded + 365 {
        let number = format!("GR{}11{:07}{turn}", year(from), s.firm.id);
        rows.push(&[s.uscc(), Cell::Text(&number), Cell::Day(from), Cell::Day(add_months(from, 36) - 1)])?;
        from = add_months(from, -36);
        turn += 1;
    }
    Ok(())
}

/// Technology sold and bought in three years.
pub(super) fn technology_contracts(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Contracts);
    let knows = matches!(s.industry().chars().next(), Some('I' | 'M'));
    let sells = match (s.technology(), knows) {
        (true, true) => 0.42,
        (true, false) => 0.14,
        (false, true) => 0.05,
        _ => 0.0,
    };
    let sold = float_i(s.firm.inputs.now.revenue);
    let mut serial = 0_u64;
    for (role, chance, typical, share) in
        [("seller", sells, 3.0, 0.05), ("buyer", if s.technology() { 0.1 } else { 0.004 }, 1.2, 0.02)]
    {
        if !dice.chance(chance) {
            continue;
        }
        for _ in 0..whole(dice.lognormal(typical, 0.7)).clamp(1, 40) {
            let day = s.day_since(s.now() - 1_095, &mut dice);
            // Fewer contracts of late for those who fade.
            if s.now() - day < 365 && dice.chance(s.by_health([0.0, 0.05, 0.35, 0.7])) {
                continue;
            }
            let amount = tidy(whole(sold * dice.lognormal(share, 0.8)));
            let number = format!("{}11{:07}{serial:03}", year(day), s.firm.id);
            serial += 1;
            rows.push(&[s.uscc(), Cell::Text(&number), Cell::Day(day), Cell::Int(amount), Cell::Text(role)])?;
        }
    }
    Ok(())
}

/// Contracts won from the city in three years.
pub(super) fn procurement(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Procurement);
    let chance = match () {
        () if s.on_list() => 0.13,
        () if s.technology() => 0.08,
        () => 0.03,
    };
    if !dice.chance(chance * s.by_health([1.2, 1.0, 0.7, 0.3])) {
        return Ok(());
    }
    let sold = float_i(s.firm.inputs.now.revenue);
    for serial in 0..=dice.below(4) {
        let day = s.day_since(s.now() - 1_095, &mut dice);
        let amount = tidy(whole(sold * dice.lognormal(0.05, 0.8)));
        let finished = s.now() - day > 120 && dice.chance(if s.now() - day > 450 { 0.97 } else { 0.6 });
        let number = format!("BJZC{}{:07}{serial:02}", year(day), s.firm.id);
        rows.push(&[s.uscc(), Cell::Text(&number), Cell::Day(day), Cell::Int(amount), Cell::Flag(finished)])?;
    }
    Ok(())
}

/// Grants of three years.
pub(super) fn subsidies(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Subsidies);
    let (chance, median, most) = match () {
        () if s.little_giant() => (0.92, 90.0, 5),
        () if s.on_list() => (0.5, 35.0, 3),
        () if s.technology() => (0.2, 15.0, 2),
        () => (0.012, 5.0, 1),
    };
    if !dice.chance(chance) {
        return Ok(());
    }
    let borrows = s.book.notes.iter().any(|n| n.counts(s.now()));
    for serial in 0..=dice.below(most) {
        let day = s.day_since(s.now() - 1_095, &mut dice);
        let kinds = [
            ("research", 0.45),
            ("talent", 0.15),
            ("equipment", if s.industry().starts_with('C') { 0.25 } else { 0.03 }),
            ("interest", if borrows { 0.2 } else { 0.0 }),
            ("other", 0.12),
        ];
        let amount = whole(dice.lognormal(median, 0.6).max(1.0)) * 1_000_000;
        let programme = dice.weighted(&kinds);
        let number = format!("CZ{}{:07}{serial:02}", year(day), s.firm.id);
        rows.push(&[s.uscc(), Cell::Text(&number), Cell::Day(day), Cell::Int(amount), Cell::text(programme)])?;
    }
    Ok(())
}

/// Policies redeemed in three years.
pub(super) fn policy_benefits(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let mut dice = s.dice(Topic::Benefits);
    let young = s.portrait.stage == Stage::StartUp;
    let chance = if s.technology() { 0.16 } else { 0.03 } * if young { 1.8 } else { 1.0 };
    if !dice.chance(chance) {
        return Ok(());
    }
    for serial in 0..=dice.below(2) {
        let day = s.day_since(s.now() - 1_095, &mut dice);
        let large = matches!(s.firm.inputs.now.class, Class::Medium | Class::Large);
        let kinds = [
            ("rent", if young { 0.5 } else { 0.15 }),
            ("talent", 0.25),
            ("listing", if s.on_list() && large { 0.06 } else { 0.0 }),
            ("research", if s.technology() { 0.3 } else { 0.02 }),
            ("other", 0.2),
        ];
        let policy = dice.weighted(&kinds);
        let median = if policy == Some("listing") { 300.0 } else { 8.0 };
        let amount = whole(dice.lognormal(median, 0.6).max(0.2) * 10.0) * whole(WAN / 10.0);
        let number = format!("ZW{}{:07}{serial:02}", year(day), s.firm.id);
        rows.push(&[s.uscc(), Cell::Text(&number), Cell::Day(day), Cell::text(policy), Cell::Int(amount)])?;
    }
    Ok(())
}
