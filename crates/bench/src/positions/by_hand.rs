//! The limit: the same eleven figures by a loop written for exactly them, over plain slices and codes, with bitmaps of
//! its own, on both cores. Dates a year later come from a table.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use huoshui_kernel::date;

use super::data::{AS_OF, DISCOUNT, INSTITUTIONS, LOAN, SYNDICATED, YEAR_START};

/// What the figures of one institution are made of. Fields as in [`super::SELECT`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub balance: i128,
    pub notes: i128,
    pub srdi_borrowers: i128,
    pub borrowers: i128,
    pub srdi_product: i128,
    pub srdi_amount: i128,
    pub small_product: i128,
    pub small_amount: i128,
    pub credit: i128,
    pub medium_long: i128,
    pub ip: i128,
    pub ma: i128,
}

/// Slices of one batch. Flags are unpacked to a byte each: bits would slow a plain loop down.
pub struct Slices<'a> {
    institution: &'a [i32],
    borrower: &'a [i32],
    kind: &'a [i32],
    balance: &'a [i64],
    amount: &'a [i64],
    rate: &'a [i64],
    drawn: &'a [i32],
    maturity: &'a [i32],
    flags: Vec<Flags>,
}

/// The flags of a position.
#[derive(Clone, Copy)]
struct Flags {
    transferred: bool,
    written_off: bool,
    ip: bool,
    ma: bool,
    srdi: bool,
    small: bool,
    secured: bool,
}

impl<'a> Slices<'a> {
    /// Takes a batch apart.
    pub fn of(batch: &'a RecordBatch) -> Option<Self> {
        let codes =
            |name: &str| Some(batch.column_by_name(name)?.as_dictionary::<Int32Type>().keys().values().as_ref());
        let nums = |name: &str| Some(batch.column_by_name(name)?.as_primitive::<Int64Type>().values().as_ref());
        let dates = |name: &str| Some(batch.column_by_name(name)?.as_primitive::<Date32Type>().values().as_ref());
        let flag = |name: &str| Some(batch.column_by_name(name)?.as_boolean());
        let (transferred, written_off) = (flag("transferred")?, flag("written_off")?);
        let (ip, ma) = (flag("ip_pledge")?, flag("ma_pilot")?);
        let (srdi, small) = (flag("srdi")?, flag("small_micro")?);
        let mitigants = batch.column_by_name("mitigants")?;
        let flags = (0..batch.num_rows())
            .map(|row| Flags {
                transferred: transferred.value(row),
                written_off: written_off.value(row),
                ip: ip.value(row),
                ma: ma.value(row),
                srdi: srdi.value(row),
                small: small.value(row),
                secured: mitigants.is_valid(row),
            })
            .collect();
        Some(Self {
            institution: codes("institution")?,
            borrower: codes("borrower")?,
            kind: codes("business_kind")?,
            balance: nums("balance_cny")?,
            amount: nums("original_amount")?,
            rate: nums("rate_at_drawdown")?,
            drawn: dates("drawdown_date")?,
            maturity: dates("original_maturity")?,
            flags,
        })
    }
}

/// The first day of the table of dates a year later.
const FIRST: i32 = 10_957;

fn year_later() -> Vec<i32> {
    let later = |day| date::from_days(day).and_then(|d| date::add_months(d, 12)).map_or(i32::MAX, date::days);
    (FIRST..FIRST + 12_000).map(later).collect()
}

struct Part {
    totals: Vec<Totals>,
    srdi: Vec<u64>,
    all: Vec<u64>,
}

fn one(slices: &[Slices<'_>], words: usize, later: &[i32]) -> Option<Part> {
    let mut part = Part {
        totals: vec![Totals::default(); INSTITUTIONS],
        srdi: vec![0; INSTITUTIONS * words],
        all: vec![0; INSTITUTIONS * words],
    };
    for s in slices {
        let keys = s.institution.iter().zip(s.borrower).zip(s.kind);
        let nums = s.balance.iter().zip(s.amount).zip(s.rate);
        let dates = s.drawn.iter().zip(s.maturity);
        for ((((&institution, &borrower), &kind), ((&balance, &amount), &rate)), ((&drawn, &maturity), f)) in
            keys.zip(nums).zip(dates.zip(&s.flags))
        {
            let institution = institution.cast_unsigned() as usize;
            let total = part.totals.get_mut(institution)?;
            if balance > 0 && (kind == LOAN || kind == SYNDICATED) && !f.transferred && !f.written_off {
                let borrower = borrower.cast_unsigned() as usize;
                let (at, bit) = (institution * words + borrower / 64, 1u64 << (borrower % 64));
                *part.all.get_mut(at)? |= bit;
                if f.srdi {
                    total.balance += i128::from(balance);
                    total.notes += 1;
                    *part.srdi.get_mut(at)? |= bit;
                    if !f.secured && !f.ip {
                        total.credit += i128::from(balance);
                    }
                    if maturity > *later.get((drawn - FIRST).cast_unsigned() as usize)? {
                        total.medium_long += i128::from(balance);
                    }
                }
                if f.ip {
                    total.ip += i128::from(balance);
                }
                if f.ma {
                    total.ma += i128::from(balance);
                }
            }
            if kind != DISCOUNT && (YEAR_START..=AS_OF).contains(&drawn) {
                let product = i128::from(amount) * i128::from(rate);
                if f.srdi {
                    total.srdi_product += product;
                    total.srdi_amount += i128::from(amount);
                }
                if f.small {
                    total.small_product += product;
                    total.small_amount += i128::from(amount);
                }
            }
        }
    }
    Some(part)
}

/// The totals of each institution; None only if the data is not what `data` makes.
pub fn run(slices: &[Slices<'_>], borrowers: usize) -> Option<Vec<Totals>> {
    let (words, later) = (borrowers.div_ceil(64), year_later());
    let (left, right) = slices.split_at_checked(slices.len() / 2)?;
    let (a, b) = rayon::join(|| one(left, words, &later), || one(right, words, &later));
    let (mut a, b) = (a?, b?);
    for (x, y) in a.totals.iter_mut().zip(&b.totals) {
        x.balance += y.balance;
        x.notes += y.notes;
        x.srdi_product += y.srdi_product;
        x.srdi_amount += y.srdi_amount;
        x.small_product += y.small_product;
        x.small_amount += y.small_amount;
        x.credit += y.credit;
        x.medium_long += y.medium_long;
        x.ip += y.ip;
        x.ma += y.ma;
    }
    let count = |a: &[u64], b: &[u64]| a.iter().zip(b).map(|(x, y)| i128::from((x | y).count_ones())).sum::<i128>();
    let sets = a.srdi.chunks(words).zip(b.srdi.chunks(words)).zip(a.all.chunks(words).zip(b.all.chunks(words)));
    for (total, ((sa, sb), (aa, ab))) in a.totals.iter_mut().zip(sets) {
        total.srdi_borrowers = count(sa, sb);
        total.borrowers = count(aa, ab);
    }
    Some(a.totals)
}
