//! Balances of marked notes of all borrowers: the M&A pilot, and IP pledges against a year ago. Only firms off the list
//! are moved: the list's stocks stand already.

use huoshui_kernel::fault::Result;

use super::{City, ratio, unreachable};
use crate::calendar::Snap;
use crate::firms::{Firm, Group};
use crate::lending::{Guarantee, Note};

const fn off_list(firm: &Firm) -> bool {
    !firm.listed.now && !firm.listed.year_start
}

/// The balance of the M&A pilot.
pub(super) fn pilot(city: &mut City<'_>) -> Result<()> {
    const CODE: &str = "ma_pilot_balance";
    let Some(want) = city.target(CODE).map(i128::from) else { return Ok(()) };
    let start = city.world.dates.year_start;
    let free = |f: &Firm, n: &Note| n.ma_pilot && off_list(f) && n.drawn > start;
    // In a small city every such loan may be repaid in instalments or in dollars; one repaid at its end can take the rest.
    let plain = |n: &Note| n.currency.is_none() && n.instalment_months == 0;
    if city.balance(Snap::Now, |f, n| free(f, n) && plain(n)) * 5 < city.balance(Snap::Now, free) {
        city.each(|firm, note| {
            if free(firm, note) {
                (note.currency, note.instalment_months) = (None, 0);
            }
        });
    }
    let fixed = city.balance(Snap::Now, |f, n| n.ma_pilot && !free(f, n));
    let raw = city.balance(Snap::Now, free);
    if want <= fixed || raw == 0 {
        return Err(unreachable(
            CODE,
            "pilot loans of firms on the list alone are more than the target, or none are off it",
        ));
    }
    city.scale(ratio(want - fixed, raw), free);
    city.settle(Snap::Now, want - fixed, CODE, free)
}

/// The growth of IP-pledged loans over a year.
pub(super) fn ip(city: &mut City<'_>) -> Result<()> {
    const CODE: &str = "ip_pledge_growth_yoy";
    let Some(growth) = city.target(CODE) else { return Ok(()) };
    let (ago, now) = (city.world.dates.year_ago, city.world.dates.now);
    let newer = |f: &Firm, n: &Note| n.ip && off_list(f) && n.drawn > ago;
    let wanted = |base: i128| base * (1_000_000 + i128::from(growth)) / 1_000_000;
    let base = city.balance(Snap::YearAgo, |_, n| n.ip);
    let fixed = city.balance(Snap::Now, |f, n| n.ip && !newer(f, n));
    let need = wanted(base) - fixed;
    // In a small city chance may leave too few new pledges: then more of the pledges of firms off the list are of IP.
    if need > city.balance(Snap::Now, newer) * 2 {
        mark_more(city, need * 2 / 3, ago, now);
    }
    // Or too many: then the stock a year ago was larger, in notes that have been repaid since.
    let need = need.max(city.balance(Snap::Now, newer) / 2);
    let base_wanted = (need + fixed) * 1_000_000 / (1_000_000 + i128::from(growth));
    if base_wanted > base {
        let gone = |f: &Firm, n: &Note| n.ip && f.group == Group::Technology && n.drawn <= ago && !n.counts(now);
        let raw = city.balance(Snap::YearAgo, gone);
        if raw == 0 {
            return Err(unreachable(CODE, "no IP-pledged loan of a year ago has been repaid since"));
        }
        city.scale(ratio(raw + base_wanted - base, raw), gone);
    }
    let need = wanted(city.balance(Snap::YearAgo, |_, n| n.ip)) - fixed;
    let raw = city.balance(Snap::Now, newer);
    if need <= 0 || raw == 0 {
        return Err(unreachable(CODE, "no IP-pledged loan was drawn by a firm off the list within the year"));
    }
    city.scale(ratio(need, raw), newer);
    city.settle(Snap::Now, need, CODE, newer)
}

/// Marks pledges as of IP, firm by firm, until new ones come to a sum.
fn mark_more(city: &mut City<'_>, sum: i128, ago: i32, now: i32) {
    let currencies = &city.world.targets.currencies;
    let mut have = city.balance(Snap::Now, |f, n| n.ip && off_list(f) && n.drawn > ago);
    for (firm, book) in city.firms.iter().zip(city.books.iter_mut()) {
        for note in book.notes.iter_mut().filter(|n| {
            firm.group == Group::Technology
                && off_list(firm)
                && n.guarantee == Guarantee::Pledge
                && !n.ip
                && !n.ma
                && n.drawn > ago
                && n.counts(now)
        }) {
            if have >= sum {
                return;
            }
            note.ip = true;
            have += i128::from(note.balance_cny(Snap::Now, now, currencies));
        }
    }
}
