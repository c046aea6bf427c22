//! A note from its drawdown to its end, and what a snapshot of it shows.

use huoshui_kernel::round::div_half_even;

use crate::calendar::{PerSnap, SNAPS, Snap, add_months, year};
use crate::targets::Currency;

/// Kinds of business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Loan,
    Syndicated,
    Discount,
    Rediscount,
    Advance,
    Entrusted,
}

impl Kind {
    /// The code in files.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Loan => "loan",
            Self::Syndicated => "syndicated_share",
            Self::Discount => "discount",
            Self::Rediscount => "rediscount",
            Self::Advance => "advance",
            Self::Entrusted => "entrusted",
        }
    }

    /// Counted among loans.
    pub(crate) const fn is_loan(self) -> bool {
        matches!(self, Self::Loan | Self::Syndicated)
    }
}

/// The main guarantee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guarantee {
    Credit,
    Mortgage,
    Pledge,
    Guarantor,
}

impl Guarantee {
    /// The code in files.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Credit => "credit",
            Self::Mortgage => "mortgage",
            Self::Pledge => "pledge",
            Self::Guarantor => "guarantor",
        }
    }
}

/// Mitigants in the order of the code set; a note holds them as bits.
pub(crate) const MITIGANTS: [&str; 10] = [
    "real_estate",
    "equipment",
    "receivables",
    "deposit",
    "equity",
    "guarantee_company",
    "corporate_guarantor",
    "personal_guarantor",
    "insurance",
    "other",
];

/// Whether and how a note renews another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    None,
    WithoutRepayment,
    Restructuring,
    Refinancing,
}

/// A note (借据).
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// Its number within its firm; never reused.
    pub(crate) k: u32,
    /// Its relation's place in the firm's book.
    pub(crate) relation: usize,
    /// Notes of one contract share it.
    pub(crate) contract: u32,
    pub(crate) on_line: bool,
    pub(crate) kind: Kind,
    pub(crate) product: &'static str,
    pub(crate) purpose: &'static str,
    /// Place in the targets' currencies; None is CNY.
    pub(crate) currency: Option<usize>,
    pub(crate) drawn: i32,
    pub(crate) maturity: i32,
    /// The extended maturity and the day it was agreed.
    pub(crate) extended: Option<(i32, i32)>,
    /// The maturity agreed anew for an earlier repayment, and the day of it.
    pub(crate) shortened: Option<(i32, i32)>,
    /// The first day without a balance.
    pub(crate) paid: i32,
    /// The amount drawn, in fen of its currency.
    pub(crate) amount: i64,
    /// Months between equal instalments; 0 repays all at the end.
    pub(crate) instalment_months: i32,
    /// The loan prime rate at drawdown, parts per million.
    pub(crate) lpr: i64,
    /// The spread before calibration, parts per million.
    pub(crate) raw_spread: f64,
    /// The spread agreed, basis points.
    pub(crate) spread_bp: i64,
    /// Follows the loan prime rate.
    pub(crate) floating: bool,
    pub(crate) guarantee: Guarantee,
    /// Bits over [`MITIGANTS`].
    pub(crate) mitigants: u16,
    pub(crate) ip: bool,
    pub(crate) ma: bool,
    pub(crate) ma_pilot: bool,
    pub(crate) inclusive: bool,
    pub(crate) manufacturing: bool,
    pub(crate) green: bool,
    pub(crate) first_loan: bool,
    pub(crate) renewal: Renewal,
    /// `k` of the note that it renews.
    pub(crate) renews: Option<u32>,
    /// The day since which it has been transferred.
    pub(crate) transferred: Option<i32>,
    /// The day since which it has been written off: its balance is gone from the books.
    pub(crate) written_off: Option<i32>,
}

impl Note {
    /// Whether the bank files it on a day.
    pub(crate) const fn alive(&self, day: i32) -> bool {
        self.drawn <= day && day < self.paid
    }

    /// Flagged as transferred on a day.
    pub(crate) fn is_transferred(&self, day: i32) -> bool {
        self.transferred.is_some_and(|since| since <= day)
    }

    /// Flagged as written off on a day.
    pub(crate) fn is_written_off(&self, day: i32) -> bool {
        self.written_off.is_some_and(|since| since <= day)
    }

    /// One of Loans(t): a loan or syndicated share with a balance, neither transferred nor written off.
    pub(crate) fn counts(&self, day: i32) -> bool {
        self.kind.is_loan() && self.alive(day) && !self.is_transferred(day) && !self.is_written_off(day)
    }

    /// Medium or long: the original maturity lies beyond the drawdown plus twelve months.
    pub(crate) fn medium_long(&self) -> bool {
        self.maturity > add_months(self.drawn, 12)
    }

    /// Unsecured: no mitigant at all and no IP pledge.
    pub(crate) const fn unsecured(&self) -> bool {
        self.mitigants == 0 && !self.ip
    }

    /// The balance on a day in fen of its currency.
    pub(crate) fn balance(&self, day: i32) -> i64 {
        if !self.alive(day) || self.is_written_off(day) {
            return 0;
        }
        if self.instalment_months <= 0 {
            return self.amount;
        }
        let total = months_between(self.drawn, self.maturity) / self.instalment_months;
        let due = (months_between(self.drawn, day) / self.instalment_months).min(total - 1).max(0);
        let left = i128::from(self.amount) * i128::from(total - due) / i128::from(total.max(1));
        i64::try_from(left).unwrap_or(self.amount).max(1)
    }

    /// The balance on a date in CNY fen, at that date's rate.
    pub(crate) fn balance_cny(&self, snap: Snap, day: i32, currencies: &[Currency]) -> i64 {
        to_cny(self.balance(day), self.currency, snap, currencies)
    }

    /// The amount drawn in CNY fen, at the rate of the first date on or after the drawdown.
    pub(crate) fn amount_cny(&self, dates: &PerSnap<i32>, currencies: &[Currency]) -> i64 {
        let snap = SNAPS.into_iter().find(|s| self.drawn <= *dates.at(*s)).unwrap_or(Snap::Now);
        to_cny(self.amount, self.currency, snap, currencies)
    }

    /// The rate at drawdown, parts per million.
    pub(crate) const fn rate(&self) -> i64 {
        self.lpr + self.spread_bp * 100
    }

    /// The maturity as it stands on a day.
    pub(crate) fn current_maturity(&self, day: i32) -> i32 {
        let agreed = |change: Option<(i32, i32)>| change.filter(|(_, on)| *on <= day).map(|(to, _)| to);
        agreed(self.extended).or_else(|| agreed(self.shortened)).unwrap_or(self.maturity)
    }

    /// Days since the maturity that passed unpaid; 0 if none did.
    pub(crate) fn days_past_due(&self, day: i32) -> i32 {
        if self.alive(day) { (day - self.current_maturity(day)).max(0) } else { 0 }
    }

    /// The renewal code that a snapshot shows.
    pub(crate) fn renewal_code(&self, day: i32) -> &'static str {
        match self.renewal {
            Renewal::WithoutRepayment => "renewal",
            Renewal::Restructuring => "restructuring",
            Renewal::Refinancing => "refinancing",
            Renewal::None if self.extended.is_some_and(|(_, on)| on <= day) => "extension",
            Renewal::None => "none",
        }
    }

    /// Drawn in the calendar year of a day, on or before it.
    pub(crate) fn drawn_in_year_to(&self, day: i32) -> bool {
        self.drawn <= day && year(self.drawn) == year(day)
    }
}

fn months_between(from: i32, to: i32) -> i32 {
    let parts = |day: i32| {
        huoshui_kernel::date::from_days(day)
            .map_or((0, 0), |d| (i32::from(d.year()) * 12 + i32::from(d.month()), d.day()))
    };
    let ((first, start), (last, end)) = (parts(from), parts(to));
    last - first - i32::from(end < start)
}

fn to_cny(amount: i64, currency: Option<usize>, snap: Snap, currencies: &[Currency]) -> i64 {
    let Some(currency) = currency.and_then(|i| currencies.get(i)) else { return amount };
    let product = i128::from(amount) * i128::from(*currency.rates.at(snap));
    div_half_even(product, 1_000_000).and_then(|v| i64::try_from(v).ok()).unwrap_or(amount)
}
