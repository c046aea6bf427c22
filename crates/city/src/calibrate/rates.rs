//! Rates of loans granted: this year against last year's list, and against all small and micro enterprises. Last year's
//! rate is what the draws give; the other two are shifted to their distance from it. Contracts name whole basis points.

use huoshui_kernel::fault::Result;

use super::{City, ratio, unreachable};
use crate::calendar::Snap;
use crate::dice::whole;
use crate::firms::Firm;
use crate::lending::{Kind, Note};

/// The lowest rate anybody agrees to, parts per million.
const FLOOR: i64 = 5_000;

const fn granted(note: &Note) -> bool {
    !matches!(note.kind, Kind::Discount | Kind::Rediscount)
}

pub(super) fn run(city: &mut City<'_>) -> Result<()> {
    shift(city, 0.0, |_, _| true);
    let (start, now) = (city.world.dates.year_start, city.world.dates.now);
    let this_year = move |n: &Note| granted(n) && n.drawn_in_year_to(now);
    let listed = move |f: &Firm, n: &Note| f.listed.now && this_year(n);
    if let Some(change) = city.target("srdi_rate_change_bp") {
        let last_year = rate(city, |f, n| f.listed.year_start && granted(n) && n.drawn_in_year_to(start));
        let want = last_year.map(|r| r + crate::dice::float_i(change));
        meet(city, "srdi_rate_change_bp", want, listed, listed)?;
    }
    if let Some(gap) = city.target("srdi_rate_gap_sme_bp") {
        let want = rate(city, listed).map(|r| r - crate::dice::float_i(gap));
        let small = move |f: &Firm, n: &Note| f.small_or_micro(Snap::Now) && this_year(n);
        meet(city, "srdi_rate_gap_sme_bp", want, small, move |f, n| small(f, n) && !f.listed.now)?;
    }
    Ok(())
}

/// The weighted rate of some disbursements in parts per million; a float, since it only steers the shift. None if there
/// are none.
fn rate(city: &City<'_>, of: impl Fn(&Firm, &Note) -> bool + Sync) -> Option<f64> {
    let (dates, currencies) = (&city.world.dates, &city.world.targets.currencies);
    let amount = city.sum(|f, n| if of(f, n) { n.amount_cny(dates, currencies) } else { 0 });
    // Amount × rate leaves i64 on a single large note, so the product is summed in units of 10,000 yuan.
    let product =
        city.sum(|f, n| if of(f, n) { n.amount_cny(dates, currencies) / 1_000 * n.rate() / 1_000 } else { 0 });
    (amount > 0).then(|| ratio(product, amount) * 1e6)
}

/// Shifts the spreads of `movable` until the rate of `all` is as wanted.
fn meet(
    city: &mut City<'_>,
    code: &str,
    want: Option<f64>,
    all: impl Fn(&Firm, &Note) -> bool + Sync,
    movable: impl Fn(&Firm, &Note) -> bool + Sync + Send,
) -> Result<()> {
    let Some(want) = want else { return Err(unreachable(code, "nothing was granted in last year's window")) };
    let (dates, currencies) = (&city.world.dates, &city.world.targets.currencies);
    let weight = |city: &City<'_>, of: &(dyn Fn(&Firm, &Note) -> bool + Sync)| {
        city.sum(|f, n| if of(f, n) { n.amount_cny(dates, currencies) } else { 0 })
    };
    let share = ratio(weight(city, &movable), weight(city, &all));
    if share <= 0.0 {
        return Err(unreachable(code, "nothing was granted that could be priced otherwise"));
    }
    let mut delta = 0.0;
    // Each round corrects what rounding to whole basis points and the floor left over.
    for _ in 0..8 {
        let Some(have) = rate(city, &all) else { break };
        if (have - want).abs() < 1.0 {
            return Ok(());
        }
        delta += (want - have) / share;
        shift(city, delta, &movable);
    }
    let miss = rate(city, &all).map_or(f64::MAX, |have| (have - want).abs());
    if miss < 20.0 { Ok(()) } else { Err(unreachable(code, "rates would have to go below their floor")) }
}

/// Rounds drawn spreads, shifted by some parts per million, to whole basis points.
fn shift(city: &mut City<'_>, delta: f64, of: impl Fn(&Firm, &Note) -> bool + Sync + Send) {
    city.each(|firm, note| {
        if of(firm, note) {
            let spread = whole((note.raw_spread + delta) / 100.0);
            note.spread_bp = spread.max((FLOOR - note.lpr) / 100);
        }
    });
}
