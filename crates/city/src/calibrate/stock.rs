//! Balances of firms on the list: in all, medium and long, unsecured; at the year's start and now.

use huoshui_kernel::fault::Result;

use super::{City, before_growth, ratio, unreachable};
use crate::calendar::Snap;
use crate::firms::{Firm, Group};
use crate::lending::Note;

/// The four kinds of notes that the figures tell apart: (medium or long, unsecured).
const CELLS: [(bool, bool); 4] = [(false, false), (false, true), (true, false), (true, true)];

fn cell(note: &Note) -> (bool, bool) {
    (note.medium_long(), note.unsecured())
}

/// The whole balance, and its medium and long part.
fn balances(city: &City<'_>) -> (Option<i128>, Option<i128>) {
    let value = |code: &str| city.target(code).map(i128::from);
    (value("srdi_loan_balance"), value("srdi_mlt_balance"))
}

/// The year's start, by growth backwards from today.
pub(super) fn year_start(city: &mut City<'_>) -> Result<()> {
    let (total, long) = balances(city);
    let back =
        |now: Option<i128>, code: &str| now.zip(city.target(code)).map(|(now, growth)| before_growth(now, growth));
    let (total, long) = (back(total, "srdi_loan_growth_ytd"), back(long, "srdi_mlt_growth_ytd"));
    let start = city.world.dates.year_start;
    let listed = |f: &Firm, n: &Note, long: bool| f.listed.year_start && n.medium_long() == long;
    let raw_long = city.balance(Snap::YearStart, |f, n| listed(f, n, true));
    let raw_short = city.balance(Snap::YearStart, |f, n| listed(f, n, false));
    let (want_long, want_short) = match (total, long) {
        (None, None) => return Ok(()),
        (Some(total), Some(long)) => (long, total - long),
        // One scaling for both, or the long part alone.
        (Some(total), None) => {
            let long = total * raw_long / (raw_long + raw_short).max(1);
            (long, total - long)
        }
        (None, Some(long)) => (long, raw_short),
    };
    for (want, raw, is_long) in [(want_long, raw_long, true), (want_short, raw_short, false)] {
        if want <= 0 || raw <= 0 {
            return Err(unreachable(
                "srdi_loan_growth_ytd",
                "one part of the stock at the year's start would be empty",
            ));
        }
        // Also what the list's firms had before, so that no note jumps in size between two neighbours.
        city.scale(ratio(want, raw), |f, n| f.group == Group::Listed && n.drawn <= start && n.medium_long() == is_long);
        city.settle(Snap::YearStart, want, "srdi_loan_growth_ytd", |f, n| listed(f, n, is_long) && n.drawn <= start)?;
    }
    Ok(())
}

/// Now: what was drawn before the year's start stands; what was drawn since makes up the rest.
pub(super) fn now(city: &mut City<'_>) -> Result<()> {
    let (total, long) = balances(city);
    let Some(total) = total else { return Ok(()) };
    let start = city.world.dates.year_start;
    let unsecured = city.target("srdi_credit_loan_share").map(|share| total * i128::from(share) / 1_000_000);
    let of =
        |c: (bool, bool), new: bool| move |f: &Firm, n: &Note| f.listed.now && cell(n) == c && (n.drawn > start) == new;
    let old = CELLS.map(|c| city.balance(Snap::Now, of(c, false)));
    let new = CELLS.map(|c| city.balance(Snap::Now, of(c, true)));
    let [s0, u0, ls0, lu0] = old;
    let [s1, u1, ls1, lu1] = new;
    let rest = total - (s0 + u0 + ls0 + lu0);
    let raw = s1 + u1 + ls1 + lu1;
    // Without a target of its own a margin keeps its share of what is drawn.
    let long_rest = long.map_or(rest * (ls1 + lu1) / raw.max(1), |long| long - ls0 - lu0);
    let unsecured_rest = unsecured.map_or(rest * (u1 + lu1) / raw.max(1), |u| u - u0 - lu0);
    if [rest, long_rest, rest - long_rest, unsecured_rest, rest - unsecured_rest].iter().any(|m| *m <= 0)
        || new.contains(&0)
    {
        return Err(unreachable(
            "srdi_loan_balance",
            "what was drawn before the year's start leaves no room for the rest",
        ));
    }
    let wanted = fit(new, [rest - long_rest, long_rest], [rest - unsecured_rest, unsecured_rest]);
    for ((c, raw), want) in CELLS.into_iter().zip(new).zip(wanted) {
        city.scale(ratio(want, raw), move |f, n| f.listed.now && cell(n) == c && n.drawn > start);
        city.settle(Snap::Now, want, "srdi_loan_balance", of(c, true))?;
    }
    Ok(())
}

/// Four cells with these margins, as near to `raw` as margins allow (iterative proportional fitting). `rows`: short,
/// long; `columns`: secured, unsecured. The last cell takes what rounding leaves, so that margins hold exactly.
fn fit(raw: [i128; 4], rows: [i128; 2], columns: [i128; 2]) -> [i128; 4] {
    let [mut a, mut b, mut c, mut d] = raw.map(|v| ratio(v, 1));
    let [short, long] = rows.map(|v| ratio(v, 1));
    let [secured, unsecured] = columns.map(|v| ratio(v, 1));
    for _ in 0..200 {
        let (r0, r1) = (short / (a + b), long / (c + d));
        (a, b, c, d) = (a * r0, b * r0, c * r1, d * r1);
        let (c0, c1) = (secured / (a + c), unsecured / (b + d));
        (a, b, c, d) = (a * c0, b * c1, c * c0, d * c1);
    }
    let [short, long] = rows;
    let [secured, _] = columns;
    let a = i128::from(crate::dice::whole(a)).clamp(0, short.min(secured));
    let c = secured - a;
    [a, short - a, c, long - c]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitted_cells_have_the_margins_and_keep_the_odds_ratio() {
        let cells = fit([100, 200, 300, 100], [600, 400], [450, 550]);
        let [a, b, c, d] = cells;
        assert_eq!((a + b, c + d, a + c, b + d), (600, 400, 450, 550));
        // Proportional fitting keeps (a·d)/(b·c) = 1/6: solved by hand, a = 172.2…, with the margins above.
        let odds = (a * d) as f64 / (b * c) as f64;
        assert!((odds - 1.0 / 6.0).abs() < 0.005, "{cells:?} {odds}");
    }
}
