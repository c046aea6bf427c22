//! What is paid for people: social security, medical insurance, the housing fund.

use huoshui_kernel::fault::Result;

use super::FLAW;
use super::subject::{Subject, Topic};
use crate::dice::{float_i, whole};
use crate::output::{Cell, Rows};

/// Shares of the pay that go to each fund, employer and employee together: Beijing's, to a tenth of a percent.
const SOCIAL: f64 = 0.254;
const MEDICAL: f64 = 0.118;

/// The base that contributions are computed from rises every July by some four percent.
fn base(s: &Subject<'_>, end: i32) -> f64 {
    let years = f64::from((s.now() - end) / 365);
    s.portrait.pay * (-0.04 * years).exp()
}

/// Persons and contributions of each month.
pub(super) fn social_security(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if s.unknown(Topic::Social, 0.06, 0.02) {
        return Ok(());
    }
    let mut dice = s.dice(Topic::Social);
    let turnover = s.by_health([0.022, 0.014, 0.01, 0.004]);
    for (place, end) in s.months() {
        let people = s.people(place);
        let payable = whole(float_i(people) * base(s, end) * SOCIAL);
        let paid = whole(float_i(payable) * s.portrait.social.pays(place));
        let paid = if dice.chance(FLAW) { payable + payable / 50 + 100 } else { paid };
        let more = place.checked_sub(1).map_or(0, |before| (people - s.people(before)).max(0));
        let leaving = turnover * (0.5 + dice.unit());
        let new = more + dice.about(float_i(people) * leaving);
        rows.push(&[
            s.uscc(),
            Cell::Day(end),
            Cell::Int(people),
            Cell::Int(payable),
            Cell::Int(paid),
            Cell::int((!dice.chance(0.002)).then_some(new)),
        ])?;
    }
    Ok(())
}

/// Persons and contributions of each quarter.
pub(super) fn medical_insurance(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if s.unknown(Topic::Medical, 0.06, 0.02) {
        return Ok(());
    }
    for (place, end) in s.quarters() {
        let people = s.people(place);
        let due = 3.0 * float_i(people) * base(s, end) * MEDICAL;
        // Medical cover lapses with the first unpaid month: firms give it up last.
        let pays = (s.portrait.social.pays(place) + 0.35).min(1.0);
        rows.push(&[s.uscc(), Cell::Day(end), Cell::Int(people), Cell::Int(whole(due * pays))])?;
    }
    Ok(())
}

/// Persons and payments of each month. Smaller firms cover fewer of their people.
pub(super) fn housing_fund(s: &Subject<'_>, rows: &mut Rows) -> Result<()> {
    if s.unknown(Topic::Housing, 0.15, 0.12) {
        return Ok(());
    }
    let mut dice = s.dice(Topic::Housing);
    let covered = if s.technology() { 0.88 + 0.12 * dice.unit() } else { 0.55 + 0.4 * dice.unit() };
    let rate = dice.weighted(&[(0.24, 0.5), (0.20, 0.1), (0.16, 0.15), (0.10, 0.25)]).unwrap_or(0.24);
    let follows = dice.chance(0.8);
    for (place, end) in s.months() {
        let behind = follows && s.portrait.social.at(place);
        let people = whole(float_i(s.people(place)) * covered).max(1);
        let pays = if behind { s.portrait.social.keeps * 0.8 } else { 1.0 };
        let amount = whole(float_i(people) * base(s, end) * rate * pays);
        rows.push(&[s.uscc(), Cell::Day(end), Cell::Int(people), Cell::Int(amount), Cell::Flag(behind)])?;
    }
    Ok(())
}
