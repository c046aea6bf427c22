//! A firm's months: sales and people, consistent with what the register says of it at the ends of two years.

use super::branch::Branch;
use super::portrait::{Health, Stage};
use super::span::Span;
use crate::calendar::year;
use crate::dice::{Dice, float_i, whole};
use crate::firms::{Class, Firm};

/// What is left of a firm's trade some months into its distress.
fn decay(place: usize, onset: usize, monthly: f64, floor: f64) -> f64 {
    let months = place.saturating_sub(onset);
    (-monthly * float_i(i64::try_from(months).unwrap_or(0))).exp().max(floor)
}

/// Months since the firm was founded, as a share of how long it takes to get going.
fn ramp(end: i32, founded: i32, start: f64, months: f64) -> f64 {
    (start + f64::from(end - founded) / 30.4 / months).clamp(0.0, 1.0)
}

/// Sales of every month, fen: the register's yearly revenue, its season, its trend, its noise. The register knows the
/// revenue of the two years before the as-of date's: `year_ago` of the first, `now` of the second.
pub(super) fn sales(
    span: &Span,
    firm: &Firm,
    branch: &Branch,
    (health, stage): (Health, Stage),
    onset: usize,
    dice: &mut Dice,
) -> Vec<f64> {
    let (trend, spread) = match health {
        Health::Growing => (0.19, 0.09),
        Health::Stable => (0.03, 0.045),
        Health::Declining => (-0.12, 0.05),
        Health::Distressed => (-0.06, 0.05),
    };
    let declared = 1.0 + 0.025 * dice.normal();
    let first = float_i(firm.inputs.year_ago.revenue.max(1)) * declared;
    let mut second = float_i(firm.inputs.now.revenue.max(1)) * declared;
    if firm.inputs.now.revenue == firm.inputs.year_ago.revenue {
        // The register was not told anew: sales went on their way all the same.
        second *= 1.0 + trend / 3.0;
    }
    let third = second * (1.0 + trend + spread * dice.normal()).max(0.4);
    let before = first / (1.02 + (second / first - 1.0) / 2.0).clamp(0.6, 1.8);
    // A firm's trend runs through its years, so that they join without a step.
    let drift = (third / before).ln() / 3.0;
    let noise = match health {
        Health::Growing => 0.075,
        Health::Stable => 0.055,
        Health::Declining => 0.09,
        Health::Distressed => 0.16,
    } * if stage == Stage::StartUp { 1.5 } else { 1.0 }
        * if firm.inputs.now.class == Class::Micro { 1.4 } else { 1.0 };
    let this_year = year(span.now);
    let months = span.months.iter().enumerate();
    months
        .map(|(place, month)| {
            let yearly = match this_year - month.year {
                ..=0 => third,
                1 => second,
                2 => first,
                _ => before,
            };
            let within = (drift * (float_i(i64::try_from(month.number).unwrap_or(0)) - 5.5) / 12.0).exp();
            let season = branch.seasons.get(month.number).copied().unwrap_or(1.0);
            let chance = (noise * dice.wobble()).exp();
            let young = ramp(month.end, firm.founded, 0.15, 14.0);
            let alive = if month.end < firm.founded { 0.0 } else { young };
            yearly / 12.0 * within * season * chance * alive * decay(place, onset, 0.05, 0.2)
        })
        .collect()
}

/// Insured persons at the end of every month: the register's employees at the ends of two years, and the trend since.
pub(super) fn people(span: &Span, firm: &Firm, health: Health, onset: usize, dice: &mut Dice) -> Vec<i64> {
    let [_, first_day, second_day] = span.years();
    let first = float_i(firm.inputs.year_ago.employees.max(1)).ln();
    let second = float_i(firm.inputs.now.employees.max(1)).ln();
    let trend = match health {
        Health::Growing => 0.13,
        Health::Stable => 0.015,
        Health::Declining => -0.11,
        Health::Distressed => -0.05,
    } + 0.03 * dice.normal();
    let insured = 0.93 + 0.07 * dice.unit();
    let months = span.months.iter().enumerate();
    months
        .map(|(place, month)| {
            let years = f64::from(month.end - first_day) / f64::from((second_day - first_day).max(1));
            let log = match years {
                y if y < 0.0 => first + y * ((second - first) / 2.0 + 0.01),
                y if y < 1.0 => first + y * (second - first),
                y => second + (y - 1.0) * trend,
            };
            let count = log.exp() * insured * (1.0 + 0.008 * dice.wobble());
            let young = ramp(month.end, firm.founded, 0.4, 12.0);
            whole(count * young * decay(place, onset, 0.035, 0.3)).max(1)
        })
        .collect()
}
