//! The plain recomputation, row by row, written from the definitions of the figures.

use std::collections::{BTreeMap, BTreeSet};

use huoshui_supervision::indicators::Dim;

use crate::world::{BANKS, DISTRICTS, GUARANTEES, INDUSTRIES, KINDS, N, R, SIZES, TERMS, TIERS, World, is_srdi};

pub type Cell = BTreeMap<Dim, Option<String>>;
pub type Value = Option<(i128, i128)>;

/// The plain recomputation.
pub struct Plain<'a> {
    pub w: &'a World,
    pub cell: &'a Cell,
}

impl Plain<'_> {
    pub fn fits(&self, bank: Option<usize>, firm: usize, guarantee: Option<usize>, list: usize) -> bool {
        let (tier, district, industry, size) = self.w.lists[list][firm];
        self.cell.iter().all(|(dim, want)| {
            let is = match dim {
                // What a relation lacks, it is not cut by.
                Dim::Institution => bank.map_or(want.clone(), |b| Some(BANKS[b].to_owned())),
                Dim::Guarantee => guarantee.map_or(want.clone(), |g| Some(GUARANTEES[g].to_owned())),
                Dim::Tier => Some(TIERS[tier].to_owned()).filter(|t| !t.is_empty()),
                Dim::District => Some(DISTRICTS[district].to_owned()),
                Dim::Industry => Some(INDUSTRIES[industry].to_owned()),
                Dim::Size => Some(SIZES[size].to_owned()),
            };
            is == *want
        })
    }

    pub fn srdi(&self, firm: usize, list: usize) -> bool {
        is_srdi(self.w.lists[list][firm].0)
    }

    pub fn loans(&self, at: usize, list: usize, only_srdi: bool) -> Vec<&N> {
        let keep = |n: &&N| {
            n.is_loan()
                && (!only_srdi || self.srdi(n.firm, list))
                && self.fits(Some(n.bank), n.firm, Some(n.guarantee), list)
        };
        self.w.notes[at].iter().filter(keep).collect()
    }

    pub fn sum(rows: &[&N], keep: impl Fn(&N) -> bool) -> i128 {
        rows.iter().filter(|n| keep(n)).map(|n| i128::from(n.fen)).sum()
    }

    pub fn firms(rows: &[&N]) -> i128 {
        rows.iter().map(|n| n.firm).collect::<BTreeSet<_>>().len() as i128
    }

    pub fn listed(&self) -> i128 {
        (0..8).filter(|f| self.srdi(*f, 0) && self.fits(None, *f, None, 0)).count() as i128
    }

    pub fn rate(&self, at: usize, list: usize, of: impl Fn(usize) -> bool) -> Value {
        let (mut weighted, mut amount) = (0_i128, 0_i128);
        for d in &self.w.drawn[at] {
            let discount = matches!(KINDS[d.kind], "discount" | "rediscount");
            if !discount && of(d.firm) && self.fits(Some(d.bank), d.firm, Some(d.guarantee), list) {
                weighted += i128::from(d.fen) * i128::from(d.ppm);
                amount += i128::from(d.fen);
            }
        }
        (amount != 0).then_some((weighted, amount * 1_000_000))
    }

    pub fn small(&self, firm: usize) -> bool {
        self.w.lists[0][firm].3 >= 2
    }

    pub fn credit_line(&self) -> i128 {
        let mut sum = 0;
        for (i, r) in self.w.ties.iter().enumerate() {
            if !r.in_force() || !self.srdi(r.firm, 0) || !self.fits(Some(r.bank), r.firm, None, 0) {
                continue;
            }
            let earlier = self.w.ties.iter().enumerate().any(|(j, o)| {
                o.in_force()
                    && self.srdi(o.firm, 0)
                    && o.bank == r.bank
                    && o.group == r.group
                    && (o.firm, j) < (r.firm, i)
            });
            if r.group == 0 || !earlier {
                sum += i128::from(r.limit()) * 100;
            }
        }
        sum
    }

    pub fn contacts(&self, keep: impl Fn(&R) -> bool, with_notes: bool) -> i128 {
        let mut firms: BTreeSet<usize> = self
            .w
            .ties
            .iter()
            .filter(|r| keep(r) && self.srdi(r.firm, 0) && self.fits(Some(r.bank), r.firm, None, 0))
            .map(|r| r.firm)
            .collect();
        if with_notes {
            firms.extend(
                self.w.notes[0]
                    .iter()
                    .filter(|n| {
                        let gone = (n.flag(0) && n.flag(1)) || (n.flag(2) && n.flag(3));
                        let own = !matches!(KINDS[n.kind], "entrusted" | "rediscount") && !gone;
                        n.fen > 0 && own && self.srdi(n.firm, 0) && self.fits(Some(n.bank), n.firm, None, 0)
                    })
                    .map(|n| n.firm),
            );
        }
        firms.len() as i128
    }

    pub fn value(&self, code: &str) -> Value {
        let over = |num: i128, den: i128| (den != 0).then_some((num, den));
        let growth = |now: Value, base: Value| {
            let ((a, b), (c, d)) = (now?, base?);
            over(a * d - c * b, b * c)
        };
        let now = self.loans(0, 0, true);
        let (own, same) = (self.loans(1, 1, true), self.loans(1, 0, true));
        let all = |_: &N| true;
        let average = |rows: &[&N]| over(Self::sum(rows, all), Self::firms(rows));
        let long = |n: &N| TERMS[n.term].2;
        let ip = |at, list| Some((Self::sum(&self.loans(at, list, false), |n| n.flag(5)), 1));
        let difference = |a: Value, b: Value| {
            let ((a, b), (c, d)) = (a?, b?);
            Some(((a * d - c * b) * 10_000, b * d))
        };
        match code {
            "srdi_count" => Some((self.listed(), 1)),
            "srdi_loan_balance" => Some((Self::sum(&now, all), 1)),
            "srdi_loan_growth_ytd" => growth(Some((Self::sum(&now, all), 1)), Some((Self::sum(&own, all), 1))),
            "srdi_loan_growth_ytd_same_list" => {
                growth(Some((Self::sum(&now, all), 1)), Some((Self::sum(&same, all), 1)))
            }
            "srdi_borrowers" => Some((Self::firms(&now), 1)),
            "srdi_avg_balance" => average(&now),
            "srdi_avg_balance_growth_ytd" => growth(average(&now), average(&own)),
            "srdi_avg_balance_growth_ytd_same_list" => growth(average(&now), average(&same)),
            "srdi_loan_coverage" => over(Self::firms(&now), self.listed()),
            "srdi_credit_line" => Some((self.credit_line(), 1)),
            "srdi_account_coverage" => over(self.contacts(|r| matches!(r.account, 1 | 4), false), self.listed()),
            "srdi_financing_coverage" => {
                over(self.contacts(|r| r.in_force() || (r.line && r.used > 0), true), self.listed())
            }
            "srdi_loan_rate" => self.rate(0, 0, |f| self.srdi(f, 0)),
            "srdi_rate_change_bp" => {
                difference(self.rate(0, 0, |f| self.srdi(f, 0)), self.rate(1, 1, |f| self.srdi(f, 1)))
            }
            "srdi_rate_change_bp_same_list" => {
                difference(self.rate(0, 0, |f| self.srdi(f, 0)), self.rate(1, 0, |f| self.srdi(f, 0)))
            }
            "srdi_rate_gap_sme_bp" => {
                difference(self.rate(0, 0, |f| self.srdi(f, 0)), self.rate(0, 0, |f| self.small(f)))
            }
            "srdi_credit_loan_share" => over(Self::sum(&now, |n| !n.flag(4) && !n.flag(5)), Self::sum(&now, all)),
            "srdi_mlt_balance" => Some((Self::sum(&now, long), 1)),
            "srdi_mlt_growth_ytd" => growth(Some((Self::sum(&now, long), 1)), Some((Self::sum(&own, long), 1))),
            "ip_pledge_growth_yoy" => growth(ip(0, 0), ip(2, 2)),
            "ip_pledge_growth_yoy_same_list" => growth(ip(0, 0), ip(2, 0)),
            "ma_pilot_balance" => Some((Self::sum(&self.loans(0, 0, false), |n| n.flag(6)), 1)),
            "srdi_top10_share" | "srdi_largest_borrower_share" => {
                let mut sums: BTreeMap<usize, i128> = BTreeMap::new();
                now.iter().for_each(|n| *sums.entry(n.firm).or_default() += i128::from(n.fen));
                let mut sums: Vec<i128> = sums.into_values().collect();
                sums.sort_unstable_by(|a, b| b.cmp(a));
                let most = if code == "srdi_top10_share" { 10 } else { 1 };
                over(sums.iter().take(most).sum(), Self::sum(&now, all))
            }
            "srdi_banks_per_borrower" => {
                over(now.iter().map(|n| (n.bank, n.firm)).collect::<BTreeSet<_>>().len() as i128, Self::firms(&now))
            }
            other => panic!("no recomputation of {other}"),
        }
    }
}
