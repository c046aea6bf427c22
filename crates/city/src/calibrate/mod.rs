//! Brings the drawn detail to the targets: amounts are scaled in groups that each figure can tell apart, rates are
//! shifted, headroom is scaled. Integers from the first step: what rounding leaves over goes to a few large notes.
//!
//! Order matters. Stocks of the list come first (year's start, then now, where only notes drawn since may still move);
//! then notes of firms off the list, which those stocks do not contain (M&A pilot, IP); then rates, whose weights the
//! amounts are; then lines, which hold what is drawn under them.

mod lines;
mod marked;
mod rates;
mod stock;

use huoshui_kernel::fault::{Fault, Result};
use rayon::prelude::*;

use crate::World;
use crate::calendar::Snap;
use crate::dice::float_i;
use crate::faults;
use crate::firms::Firm;
use crate::lending::{Book, Note, tidy};

/// Calibrates a city in place. Without targets only the spreads are rounded.
pub(crate) fn run(world: &World<'_>, firms: &[Firm], books: &mut [Book]) -> Result<()> {
    let mut city = City { world, firms, books };
    stock::year_start(&mut city)?;
    stock::now(&mut city)?;
    marked::pilot(&mut city)?;
    marked::ip(&mut city)?;
    rates::run(&mut city)?;
    lines::run(&mut city)
}

/// A city under calibration.
struct City<'a> {
    world: &'a World<'a>,
    firms: &'a [Firm],
    books: &'a mut [Book],
}

impl City<'_> {
    /// The sum of something over notes; threads only add integers, so their number does not matter.
    fn sum(&self, value: impl Fn(&Firm, &Note) -> i64 + Sync) -> i128 {
        let firm_sum =
            |(firm, book): (&Firm, &Book)| book.notes.iter().map(|n| i128::from(value(firm, n))).sum::<i128>();
        self.firms.par_iter().zip(self.books.par_iter()).map(firm_sum).sum()
    }

    /// The balance of some of Loans(t).
    fn balance(&self, snap: Snap, of: impl Fn(&Firm, &Note) -> bool + Sync) -> i128 {
        let day = *self.world.dates.at(snap);
        let currencies = &self.world.targets.currencies;
        self.sum(|f, n| if n.counts(day) && of(f, n) { n.balance_cny(snap, day, currencies) } else { 0 })
    }

    fn each(&mut self, change: impl Fn(&Firm, &mut Note) + Sync + Send) {
        self.firms.par_iter().zip(self.books.par_iter_mut()).for_each(|(firm, book)| {
            for note in &mut book.notes {
                change(firm, note);
            }
        });
    }

    /// Multiplies the amounts of some notes.
    fn scale(&mut self, factor: f64, of: impl Fn(&Firm, &Note) -> bool + Sync + Send) {
        self.each(|firm, note| {
            if of(firm, note) {
                note.amount = tidy(crate::dice::whole(float_i(note.amount) * factor));
            }
        });
    }

    /// Brings the balance of some of Loans(t) to a sum, to the fen: its largest plain CNY notes take what is missing.
    fn settle(&mut self, snap: Snap, want: i128, code: &str, of: impl Fn(&Firm, &Note) -> bool + Sync) -> Result<()> {
        const WAN: i128 = 1_000_000;
        let day = *self.world.dates.at(snap);
        let plain = |f: &Firm, n: &Note| n.counts(day) && n.currency.is_none() && n.instalment_months == 0 && of(f, n);
        let mut missing = want - self.balance(snap, &of);
        let mut places: Vec<(i64, usize, usize)> = Vec::new();
        for (b, (firm, book)) in self.firms.iter().zip(self.books.iter()).enumerate() {
            places.extend(book.notes.iter().enumerate().filter(|(_, n)| plain(firm, n)).map(|(i, n)| (n.amount, b, i)));
        }
        places.sort_unstable_by_key(|(amount, b, i)| (std::cmp::Reverse(*amount), *b, *i));
        // No note changes by more than a fifth; only where a small city has too few notes, by more.
        for share in [5, 2, 1] {
            for &(amount, b, i) in &places {
                if missing == 0 {
                    break;
                }
                let most = (i128::from(amount) / share / WAN * WAN).max(WAN);
                let part = missing.clamp(-most, most);
                if let Some(note) = self.books.get_mut(b).and_then(|book| book.notes.get_mut(i))
                    && i128::from(note.amount) + part >= 10 * WAN
                {
                    note.amount += i64::try_from(part).unwrap_or(0);
                    missing -= part;
                }
            }
        }
        if missing == 0 { Ok(()) } else { Err(unreachable(code, "the notes that could take the rest are too few")) }
    }

    fn target(&self, code: &str) -> Option<i64> {
        self.world.figure(code).map(|t| t.value)
    }
}

/// A target that cannot be met.
fn unreachable(code: &str, reason: &str) -> Fault {
    Fault::new(&faults::TARGET_UNREACHABLE).with("code", code).with("reason", reason)
}

/// `base / (1 + growth)`, growth in parts per million.
fn before_growth(base: i128, growth_ppm: i64) -> i128 {
    let divisor = 1_000_000 + i128::from(growth_ppm);
    if divisor <= 0 { base } else { (base * 1_000_000 + divisor / 2) / divisor }
}

/// A quotient as a factor for scaling.
#[expect(clippy::cast_precision_loss, reason = "a factor needs no more than a double's digits")]
fn ratio(part: i128, whole: i128) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
