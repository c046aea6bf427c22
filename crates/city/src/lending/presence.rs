//! Who has a loan, and who at least a line, on which date: decided for the whole city before any note is drawn, so that
//! numbers of borrowers can be met exactly.

use crate::World;
use crate::calendar::{PerSnap, SNAPS, Snap};
use crate::dice::{Dice, Purpose, float, float_i, whole};
use crate::firms::{Class, Firm, Group};

/// What a firm is to have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// A loan with a balance.
    pub(crate) borrows: PerSnap<bool>,
    /// A committed line in force or a loan, now.
    pub(crate) financed: bool,
    /// May have an account with a bank.
    pub(crate) banked: bool,
}

/// Numbers of firms to meet, when targets give them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbers {
    borrowers_now: Option<u64>,
    borrowers_year_start: Option<u64>,
    financed: Option<u64>,
    banked: Option<u64>,
}

impl Numbers {
    /// Borrowers follow from the balance and its average, financed firms from their share.
    fn new(world: &World<'_>, listed_now: u64) -> Self {
        let value = |code: &str| world.figure(code).map(|t| float_i(t.value));
        let average = value("srdi_avg_balance");
        let balance = value("srdi_loan_balance");
        let borrowers = average.zip(balance).map(|(average, balance)| balance / average);
        let ratio = value("srdi_loan_growth_ytd")
            .zip(value("srdi_avg_balance_growth_ytd"))
            .map(|(total, average)| (1.0 + total / 1e6) / (1.0 + average / 1e6));
        let count = |x: f64| u64::try_from(whole(x)).unwrap_or(1).max(1);
        Self {
            borrowers_now: borrowers.map(count),
            // From the rounded number of today, so that the ratio is as near as whole firms allow.
            borrowers_year_start: borrowers.zip(ratio).map(|(now, ratio)| count(now.round() / ratio)),
            financed: value("srdi_financing_coverage").map(|share| count(share / 1e6 * float(listed_now))),
            banked: value("srdi_account_coverage").map(|share| count(share / 1e6 * float(listed_now))),
        }
    }
}

/// How the plan of each firm is made: a standing inclination to borrow, and chance from date to date.
pub(crate) fn plan(world: &World<'_>, firms: &[Firm]) -> Vec<Plan> {
    let p = &world.targets.population;
    let scores: Vec<PerSnap<f64>> = firms.iter().map(|firm| score(world, firm)).collect();
    let listed_now = firms.iter().filter(|f| f.listed.now).count() as u64;
    let numbers = Numbers::new(world, listed_now);
    let mut plans = vec![Plan { borrows: PerSnap::default(), financed: false, banked: true }; firms.len()];
    for snap in SNAPS {
        for (firm, (plan, score)) in firms.iter().zip(plans.iter_mut().zip(&scores)) {
            // A uniform score: below the share that borrows means yes.
            let borrowing = match firm.group {
                Group::Listed => p.srdi_borrowing,
                Group::Technology => p.technology_borrowing,
                Group::Other => p.other_borrowing,
            };
            let growth = if snap == Snap::Now { 1.0 } else { 0.96 };
            *plan.borrows.at_mut(snap) = firm.first <= snap && *score.at(snap) < borrowing * growth;
        }
        let wanted = match snap {
            Snap::YearAgo => None,
            Snap::YearStart => numbers.borrowers_year_start,
            Snap::Now => numbers.borrowers_now,
        };
        if let Some(count) = wanted {
            let choose = lowest(firms, &scores, snap, count, |f| *f.listed.at(snap));
            for (firm, (plan, chosen)) in firms.iter().zip(plans.iter_mut().zip(choose)) {
                if *firm.listed.at(snap) {
                    *plan.borrows.at_mut(snap) = chosen;
                }
            }
        }
    }
    let borrowers = firms.iter().zip(&plans).filter(|(f, p)| f.listed.now && p.borrows.now).count() as u64;
    let by_line = numbers
        .financed
        .unwrap_or_else(|| u64::try_from(whole(p.srdi_financed * float(listed_now))).unwrap_or(borrowers));
    let idle: Vec<bool> = firms.iter().zip(&plans).map(|(f, p)| f.listed.now && !p.borrows.now).collect();
    let mut idle_firms = idle.iter();
    let financed = lowest(firms, &scores, Snap::Now, by_line.saturating_sub(borrowers), |_| {
        idle_firms.next().copied().unwrap_or(false)
    });
    for (plan, (financed, firm)) in plans.iter_mut().zip(financed.into_iter().zip(firms)) {
        plan.financed = plan.borrows.now || financed || (!firm.listed.now && firm.id % 4 == 0);
    }
    if let Some(count) = numbers.banked {
        keep_accounts(firms, &scores, &mut plans, count);
    }
    plans
}

/// Leaves this many listed firms with accounts: all that borrow or have a line ever, and of the others the likeliest.
fn keep_accounts(firms: &[Firm], scores: &[PerSnap<f64>], plans: &mut [Plan], count: u64) {
    let needs = |p: &Plan| p.financed || SNAPS.iter().any(|s| *p.borrows.at(*s));
    let free: Vec<bool> = firms.iter().zip(&*plans).map(|(f, p)| f.listed.now && !needs(p)).collect();
    let fixed = firms.iter().zip(&*plans).filter(|(f, p)| f.listed.now && needs(p)).count() as u64;
    let mut eligible = free.iter();
    let kept =
        lowest(firms, scores, Snap::Now, count.saturating_sub(fixed), |_| eligible.next().copied().unwrap_or(false));
    for (plan, (free, kept)) in plans.iter_mut().zip(free.into_iter().zip(kept)) {
        plan.banked = !free || kept;
    }
}

/// A flag for each firm: the `count` eligible ones with the lowest scores on a date.
fn lowest(
    firms: &[Firm],
    scores: &[PerSnap<f64>],
    snap: Snap,
    count: u64,
    mut eligible: impl FnMut(&Firm) -> bool,
) -> Vec<bool> {
    let mut order: Vec<(f64, usize)> = firms
        .iter()
        .enumerate()
        .filter(|(_, f)| eligible(f))
        .filter_map(|(i, _)| scores.get(i).map(|s| (*s.at(snap), i)))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut flags = vec![false; firms.len()];
    for (_, place) in order.into_iter().take(usize::try_from(count).unwrap_or(usize::MAX)) {
        if let Some(flag) = flags.get_mut(place) {
            *flag = true;
        }
    }
    flags
}

/// Between 0 and 1, near enough to uniform; low means a borrower. It keeps most of itself from date to date, is lower
/// for larger firms, and sinks a little over time (coverage rises).
fn score(world: &World<'_>, firm: &Firm) -> PerSnap<f64> {
    let mut dice = Dice::new(world.seed, Purpose::Presence, u64::from(firm.id));
    let size = match firm.inputs.now.class {
        Class::Micro => 0.08,
        Class::Small => 0.0,
        Class::Medium => -0.05,
        Class::Large => -0.12,
    };
    let standing = dice.unit();
    PerSnap::from_fn(|_| {
        // Now and then a firm pays everything back, or begins.
        let today = if dice.chance(0.06) { dice.unit() } else { standing };
        today + size
    })
}
