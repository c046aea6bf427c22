//! The terms of a note: product, purpose, guarantee, rate.

use super::note::{Guarantee, Kind, Note, Renewal};
use crate::World;
use crate::calendar::add_months;
use crate::dice::{Dice, float_i, whole};
use crate::firms::{Class, Firm, Group};

/// 10,000 yuan in fen.
pub(super) const WAN: i64 = 1_000_000;

/// What is known of a note before its terms are drawn.
pub(super) struct Sketch {
    pub(super) relation: usize,
    pub(super) drawn: i32,
    /// Months to the maturity; 0 for `days`.
    pub(super) months: i32,
    pub(super) days: i32,
    /// The amount in CNY fen.
    pub(super) amount: i64,
    pub(super) margin_bp: f64,
    pub(super) product: Option<&'static str>,
}

/// A plain loan with drawn terms. `k`, contract, line and renewal are set by the caller.
pub(super) fn note(world: &World<'_>, firm: &Firm, sketch: &Sketch, dice: &mut Dice) -> Note {
    let maturity =
        if sketch.months > 0 { add_months(sketch.drawn, sketch.months) } else { sketch.drawn + sketch.days.max(1) };
    let long = sketch.months > 12;
    let purpose = if long {
        dice.weighted(&[("research", 0.45), ("fixed_assets", 0.33), ("working_capital", 0.22)])
    } else {
        dice.weighted(&[("working_capital", 0.8), ("trade", 0.12), ("research", 0.05), ("other", 0.03)])
    }
    .unwrap_or("working_capital");
    let (guarantee, mitigants, ip) = guarantee(world, firm, sketch.drawn, dice);
    let manufacturing = world.targets.industries.get(firm.industry).is_some_and(|i| i.code.starts_with('C'));
    let amount = tidy(sketch.amount);
    let inclusive = firm.small_or_micro(crate::calendar::Snap::YearStart) && amount <= 1_000 * WAN;
    let currency = (purpose == "trade" && firm.group != Group::Other && dice.chance(0.15))
        .then(|| {
            let list: Vec<(usize, f64)> = world.targets.currencies.iter().map(|c| c.weight).enumerate().collect();
            dice.weighted(&list)
        })
        .flatten();
    let months = if sketch.months > 0 { sketch.months } else { sketch.days / 30 };
    Note {
        k: 0,
        relation: sketch.relation,
        contract: 0,
        on_line: false,
        kind: if long && amount > 5_000 * WAN && dice.chance(0.12) { Kind::Syndicated } else { Kind::Loan },
        product: sketch.product.unwrap_or_else(|| product(guarantee, ip, purpose, inclusive, firm, dice)),
        purpose,
        currency,
        drawn: sketch.drawn,
        maturity,
        extended: None,
        shortened: None,
        paid: maturity,
        amount: currency.map_or(amount, |c| in_currency(world, c, amount)),
        instalment_months: if long && dice.chance(0.55) {
            if dice.chance(0.6) { 3 } else { 6 }
        } else if !long && months >= 12 && dice.chance(0.08) {
            3
        } else {
            0
        },
        lpr: world.lpr(sketch.drawn, months),
        raw_spread: spread(firm, sketch, guarantee, long, world, dice) * 100.0,
        spread_bp: 0,
        floating: dice.chance(0.62),
        guarantee,
        mitigants,
        ip,
        ma: false,
        ma_pilot: false,
        inclusive,
        manufacturing,
        green: dice.chance(0.07),
        first_loan: false,
        renewal: Renewal::None,
        renews: None,
        transferred: None,
        written_off: None,
    }
}

/// Amounts as contracts have them: whole 10,000 yuan, and rounder when large.
pub(crate) fn tidy(fen: i64) -> i64 {
    let wan = (fen + WAN / 2) / WAN;
    let step = match wan {
        0..=99 => 1,
        100..=999 => 5,
        1_000..=9_999 => 10,
        _ => 100,
    };
    ((wan + step / 2) / step * step).max(10) * WAN
}

/// An amount of CNY in another currency, whole 10,000 units.
fn in_currency(world: &World<'_>, currency: usize, fen: i64) -> i64 {
    let Some(currency) = world.targets.currencies.get(currency) else { return fen };
    let units = i128::from(fen) * 1_000_000 / i128::from(currency.rates.year_start.max(1));
    i64::try_from(units / i128::from(WAN)).unwrap_or(1).max(1) * WAN
}

/// Where the bits of [`super::MITIGANTS`] stand.
mod bit {
    pub(super) const REAL_ESTATE: u16 = 1;
    pub(super) const EQUIPMENT: u16 = 1 << 1;
    pub(super) const RECEIVABLES: u16 = 1 << 2;
    pub(super) const DEPOSIT: u16 = 1 << 3;
    pub(super) const EQUITY: u16 = 1 << 4;
    pub(super) const GUARANTEE_COMPANY: u16 = 1 << 5;
    pub(super) const CORPORATE: u16 = 1 << 6;
    pub(super) const PERSONAL: u16 = 1 << 7;
    pub(super) const INSURANCE: u16 = 1 << 8;
    pub(super) const OTHER: u16 = 1 << 9;
}

/// The pledge of shares that secures most M&A loans.
pub(super) const EQUITY_PLEDGE: u16 = bit::EQUITY;

fn guarantee(world: &World<'_>, firm: &Firm, drawn: i32, dice: &mut Dice) -> (Guarantee, u16, bool) {
    let unsecured = match firm.group {
        Group::Listed => 0.56,
        Group::Technology => 0.42,
        Group::Other => 0.30,
    };
    if dice.chance(unsecured) {
        return (Guarantee::Credit, 0, false);
    }
    let main = [(Guarantee::Mortgage, 0.27), (Guarantee::Pledge, 0.20), (Guarantee::Guarantor, 0.53)];
    match dice.weighted(&main).unwrap_or(Guarantee::Guarantor) {
        Guarantee::Mortgage => {
            let mut set = if dice.chance(0.86) { bit::REAL_ESTATE } else { bit::EQUIPMENT };
            for (more, p) in [(bit::PERSONAL, 0.3), (bit::GUARANTEE_COMPANY, 0.06), (bit::OTHER, 0.01)] {
                set |= if dice.chance(p) { more } else { 0 };
            }
            (Guarantee::Mortgage, set, false)
        }
        Guarantee::Pledge => {
            // IP finance grows fast: of the pledges agreed in the last year, more are of IP.
            let share = match firm.group {
                Group::Other => 0.02,
                _ if drawn > world.dates.year_ago => 0.46,
                _ => 0.34,
            };
            let ip = dice.chance(share);
            let mut set = if ip && dice.chance(0.65) {
                0
            } else {
                dice.weighted(&[(bit::RECEIVABLES, 0.6), (bit::DEPOSIT, 0.2), (bit::EQUITY, 0.2)])
                    .unwrap_or(bit::RECEIVABLES)
            };
            for (more, p) in [(bit::GUARANTEE_COMPANY, 0.2), (bit::PERSONAL, 0.15)] {
                set |= if dice.chance(p) { more } else { 0 };
            }
            (Guarantee::Pledge, set, ip)
        }
        _ => {
            let first =
                [(bit::GUARANTEE_COMPANY, 0.5), (bit::CORPORATE, 0.2), (bit::PERSONAL, 0.25), (bit::INSURANCE, 0.05)];
            let mut set = dice.weighted(&first).unwrap_or(bit::GUARANTEE_COMPANY);
            for (more, p) in [(bit::PERSONAL, 0.3), (bit::RECEIVABLES, 0.05), (bit::INSURANCE, 0.02)] {
                set |= if dice.chance(p) { more } else { 0 };
            }
            // A pledge of IP on top of a guarantee company's promise is how many first IP loans begin.
            let ip =
                firm.group != Group::Other && dice.chance(if drawn > world.dates.year_ago { 0.035 } else { 0.025 });
            (Guarantee::Guarantor, set, ip)
        }
    }
}

fn product(
    guarantee: Guarantee,
    ip: bool,
    purpose: &str,
    inclusive: bool,
    firm: &Firm,
    dice: &mut Dice,
) -> &'static str {
    let listed = firm.group == Group::Listed;
    match (purpose, guarantee) {
        _ if ip => "知识产权质押融资贷款",
        ("research", _) => "科技研发贷款",
        ("fixed_assets", _) => "固定资产贷款",
        ("trade", _) => "订单融资",
        (_, Guarantee::Credit) if listed => {
            dice.pick(&["专精特新信用贷", "科创信用贷", "人才创业信用贷"]).copied().unwrap_or("科创信用贷")
        }
        (_, Guarantee::Credit) if inclusive => {
            dice.pick(&["普惠速贷", "税信贷", "云快贷"]).copied().unwrap_or("普惠速贷")
        }
        (_, Guarantee::Mortgage) => "抵押经营贷款",
        (_, Guarantee::Guarantor) if inclusive => "批量担保贷款",
        _ => "流动资金贷款",
    }
}

/// The spread over the loan prime rate in basis points, before calibration.
fn spread(firm: &Firm, sketch: &Sketch, guarantee: Guarantee, long: bool, world: &World<'_>, dice: &mut Dice) -> f64 {
    let group = match firm.group {
        Group::Listed => -22.0,
        Group::Technology => 38.0,
        Group::Other => 88.0,
    };
    let size = match firm.inputs.year_start.class {
        Class::Micro => 32.0,
        Class::Small => 10.0,
        Class::Medium => -6.0,
        Class::Large => -28.0,
    };
    let security = match guarantee {
        Guarantee::Credit => 8.0,
        Guarantee::Mortgage => -8.0,
        Guarantee::Pledge => -3.0,
        Guarantee::Guarantor => 5.0,
    };
    // Competition: margins have narrowed by some fifteen points a year.
    let years = f64::from(sketch.drawn - world.dates.year_start) / 365.0;
    let noise = 22.0 * dice.normal();
    let amount = if sketch.amount > 5_000 * WAN { -8.0 } else { 0.0 };
    group + size + security + amount + sketch.margin_bp + if long { 9.0 } else { 0.0 } - 13.0 * years + noise
}

/// What a firm of this kind owes in all when it borrows, fen.
pub(super) fn debt(firm: &Firm, dice: &mut Dice) -> i64 {
    let medians = match firm.group {
        Group::Listed => [420.0, 1_250.0, 3_200.0, 9_500.0],
        Group::Technology => [150.0, 480.0, 1_900.0, 6_500.0],
        Group::Other => [85.0, 260.0, 260.0, 260.0],
    };
    let [micro, small, medium, large] = medians;
    let median = match firm.inputs.year_start.class {
        Class::Micro => micro,
        Class::Small => small,
        Class::Medium => medium,
        Class::Large => large,
    };
    whole(dice.lognormal(median, 1.0)).max(10) * WAN
}

/// An amount times a factor.
pub(super) fn times(amount: i64, factor: f64) -> i64 {
    whole(float_i(amount) * factor)
}
