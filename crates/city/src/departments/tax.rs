//! The tax service: grades, payments, arrears, statements. Arrears are what payments fall short by.

use huoshui_kernel::fault::Result;

use super::FLAW;
use super::portrait::Stage;
use super::subject::{Subject, Topic};
use crate::calendar::{year, year_start};
use crate::dice::{float_i, whole};
use crate::firms::Class;
use crate::output::{Cell, Rows};

/// A quarter's taxes, fen.
pub(super) struct Quarter {
    place: usize,
    end: i32,
    sales: i64,
    vat: i64,
    income: i64,
    paid_vat: i64,
    paid_income: i64,
    on_time: bool,
}

impl Quarter {
    /// The last day to pay: the fifteenth of the month after.
    fn due(&self) -> i32 {
        self.end + 15
    }

    const fn short(&self) -> bool {
        self.paid_vat + self.paid_income < self.vat + self.income
    }
}

/// Every quarter's taxes of a firm; the same whoever asks.
fn quarters(s: &Subject<'_>) -> Vec<Quarter> {
    let mut dice = s.dice(Topic::TaxQuarters);
    let p = &s.portrait;
    let rate = match s.firm.inputs.now.class {
        Class::Micro | Class::Small => 0.05,
        _ if s.technology() => 0.15,
        _ => 0.25,
    };
    let burden = p.branch.vat * dice.lognormal(1.0, 0.25);
    s.quarters()
        .map(|(place, end)| {
            let sales = s.quarter_sales(place);
            let vat = whole(sales * burden * (1.0 + 0.12 * dice.wobble()).max(0.1));
            let losing = if place >= p.onset { 0.12 } else { 0.0 };
            let income = whole(sales * (p.margin - losing + 0.02 * dice.wobble()).max(0.0) * rate);
            let pays = p.tax.pays(place);
            let part = |due: i64| whole(float_i(due) * pays);
            let late = dice.chance(s.by_health([0.004, 0.006, 0.03, 0.12]));
            Quarter {
                place,
                end,
                sales: whole(sales),
                vat,
                income,
                paid_vat: part(vat),
                paid_income: part(income),
                on_time: pays >= 1.0 && !late,
            }
        })
        .collect()
}

/// What was declared and paid each quarter.
pub(super) fn tax_payments(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if s.unknown(Topic::TaxQuarters, 0.08, 0.01) {
        return Ok(());
    }
    let mut flaws = s.dice(Topic::Arrears);
    for q in quarters(s) {
        let mut sales = q.sales;
        let mut paid = q.paid_vat + q.paid_income;
        if flaws.chance(FLAW) {
            // A red-letter invoice booked twice, a payment booked to the wrong quarter.
            if flaws.chance(0.5) { sales = -(sales / 20) - 1 } else { paid = q.vat + q.income + 10_000 }
        }
        rows.push(&[
            s.uscc(),
            Cell::Day(q.end),
            Cell::Int(sales),
            Cell::Int(q.vat),
            Cell::Int(q.income),
            Cell::Int(paid),
            Cell::Flag(q.on_time),
        ])?;
    }
    Ok(())
}

/// What is owed at each month's end, by tax.
pub(super) fn tax_arrears(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    let slip = s.portrait.tax;
    if !slip.any() || s.unknown(Topic::TaxQuarters, 0.08, 0.01) {
        return Ok(());
    }
    let mut dice = s.dice(Topic::Arrears);
    let others = dice.chance(0.3).then(|| 0.12 + 0.1 * dice.unit());
    let all = quarters(s);
    // Who found money pays everything two months later.
    let cleared = if slip.to < s.span.months.len() { s.span.end(slip.to + 1) } else { i32::MAX };
    for (_, end) in s.months() {
        if end >= cleared {
            break;
        }
        let open: Vec<&Quarter> = all.iter().filter(|q| q.due() < end && q.short() && slip.at(q.place)).collect();
        let since = |owes: &dyn Fn(&Quarter) -> i64| {
            open.iter().filter(|q| owes(q) > 0).map(|q| q.due() + 1).min().unwrap_or(end)
        };
        let owed = |owes: &dyn Fn(&Quarter) -> i64| open.iter().map(|q| owes(q)).sum::<i64>();
        let vat = |q: &Quarter| q.vat - q.paid_vat;
        let income = |q: &Quarter| q.income - q.paid_income;
        let other = |q: &Quarter| others.map_or(0, |share| whole(float_i(q.vat - q.paid_vat) * share));
        // In the order of their codes: rows come in the order of their keys wherever they can.
        let kinds: [(&str, &dyn Fn(&Quarter) -> i64); 3] = [("income_tax", &income), ("other", &other), ("vat", &vat)];
        for (code, owes) in kinds {
            let amount = owed(owes);
            if amount <= 0 {
                continue;
            }
            let amount = if dice.chance(FLAW) { 0 } else { amount };
            let since = since(owes);
            rows.push(&[s.uscc(), Cell::Day(end), Cell::Text(code), Cell::Int(amount), Cell::Day(since)])?;
        }
    }
    Ok(())
}

/// The grade of each year: worse with every quarter not paid in full.
pub(super) fn tax_grade(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if s.unknown(Topic::TaxGrade, 0.08, 0.01) {
        return Ok(());
    }
    let mut dice = s.dice(Topic::TaxGrade);
    let all = quarters(s);
    // A habit more than a lot: who has an A mostly keeps it.
    let neat = dice.unit();
    for end in s.years() {
        let short = all.iter().filter(|q| year(q.end) == year(end) && q.short()).count();
        let in_trouble = s.distressed() && end >= s.trouble_from();
        let careful = neat + 0.08 * dice.wobble();
        let best = if s.on_list() { 0.48 } else { 0.27 } * s.by_health([1.15, 1.0, 0.7, 0.35]);
        let grade = match short {
            3.. => "D",
            2 => "C",
            1 if dice.chance(0.5) => "C",
            1 => "B",
            _ if s.firm.founded > year_start(end) => "M",
            _ if in_trouble && dice.chance(0.35) => "C",
            _ if careful < best => "A",
            _ if careful > 0.97 => "C",
            _ if s.portrait.stage == Stage::StartUp && careful > 0.85 => "M",
            _ => "B",
        };
        rows.push(&[s.uscc(), Cell::Day(end), Cell::Text(grade)])?;
    }
    Ok(())
}

/// Yearly statements: what a claimed figure is held against.
pub(super) fn tax_financials(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if s.unknown(Topic::Financials, 0.2, 0.05) {
        return Ok(());
    }
    let mut dice = s.dice(Topic::Financials);
    let debt: i64 =
        s.book.notes.iter().filter(|n| n.kind.is_loan() && n.currency.is_none()).map(|n| n.balance(s.now())).sum();
    // What banks lend stays under what a firm has, by more or less.
    let ceiling = 0.68 + 0.24 * dice.unit();
    let leverage = (s.by_health([0.46, 0.42, 0.55, 0.78]) + 0.13 * dice.wobble()).clamp(0.05, 1.25);
    let (before, after) = (float_i(s.firm.inputs.year_ago.assets), float_i(s.firm.inputs.now.assets));
    let years = s.span.years();
    for end in s.years() {
        let back = years.iter().rev().position(|y| *y == end).unwrap_or(0);
        let (assets, weight) = match back {
            0 => (after, 1.0),
            1 => (before, 0.6),
            _ => (before / 1.05, 0.3),
        };
        let sales = s.year_sales(end) * (1.0 + 0.01 * dice.wobble());
        let losing = if end >= s.trouble_from() && s.distressed() { 0.14 } else { 0.0 };
        let margin = s.portrait.margin - losing + 0.02 * dice.wobble();
        let borrowed = (float_i(debt) * weight * 1.15).min(assets * ceiling);
        let worse = s.by_health([-0.01, 0.0, 0.03, 0.08]) * (1.0 - float_i(i64::try_from(back).unwrap_or(0)));
        let liabilities = (assets * (leverage + worse).max(0.03)).max(borrowed);
        rows.push(&[
            s.uscc(),
            Cell::Day(end),
            Cell::Int(whole(sales)),
            Cell::Int(whole(sales * margin)),
            Cell::Int(whole(assets)),
            Cell::Int(whole(liabilities)),
        ])?;
    }
    Ok(())
}
