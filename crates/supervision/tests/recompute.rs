//! The engine against a plain recomputation, row by row, written from the definitions of the figures and sharing nothing
//! with it: random filings of three banks and eight firms at three dates, with lists that change between them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use common::{DISBURSEMENT, NOTE, RELATIONSHIP, batch, day, row};
use huoshui_supervision::filings::{DISBURSEMENTS, NOTES, RELATIONSHIPS};
use huoshui_supervision::indicators::{Catalogue, Dim, Figure, Selection, evaluate, parse_dims};
use huoshui_supervision::relations::{Filed, Firm, Roll, Shelf};
use proptest::prelude::*;

const DATES: [&str; 3] = ["2025-09-30", "2024-12-31", "2024-09-30"];
const BANKS: [&str; 3] = ["X", "Y", "Z"];
const FIRMS: [&str; 8] = ["F0", "F1", "F2", "F3", "F4", "F5", "F6", "F7"];
const TIERS: [&str; 5] = ["", "srdi_sme", "little_giant", "innovative_sme", "srdi_sme"];
const DISTRICTS: [&str; 3] = ["110105", "110108", "110114"];
const INDUSTRIES: [&str; 2] = ["C", "I"];
const SIZES: [&str; 4] = ["large", "medium", "small", "micro"];
const KINDS: [&str; 8] = ["loan", "loan", "loan", "syndicated_share", "discount", "rediscount", "advance", "entrusted"];
const GUARANTEES: [&str; 4] = ["credit", "mortgage", "pledge", "guarantor"];
/// Drawdown, original maturity, and whether the term is longer than twelve months.
const TERMS: [(&str, &str, bool); 6] = [
    ("2024-03-01", "2025-03-01", false),
    ("2024-03-01", "2025-03-02", true),
    ("2024-02-29", "2025-02-28", false), // twelve months after 29 February end with February
    ("2024-02-29", "2025-03-01", true),
    ("2025-08-15", "2026-02-15", false),
    ("2023-06-30", "2028-06-30", true),
];
const COMMITMENTS: [&str; 4] = ["committed", "committed", "revocable", "pre_offer"];
const VALID_TO: [&str; 3] = ["2025-12-31", "2025-09-30", "2025-09-29"];

#[derive(Clone, Debug)]
struct N {
    bank: usize,
    firm: usize,
    fen: i64,
    kind: usize,
    term: usize,
    guarantee: usize,
    flags: u8,
}

impl N {
    fn flag(&self, bit: u8) -> bool {
        self.flags & (1 << bit) != 0
    }
    /// Loans(t).
    fn is_loan(&self) -> bool {
        // Transferred and written off are rare: two bits each must be set.
        let transferred = self.flag(0) && self.flag(1);
        let written_off = self.flag(2) && self.flag(3);
        self.fen > 0 && self.kind <= 3 && !transferred && !written_off
    }
    fn text(&self, no: usize) -> String {
        let yes = |b: bool| if b { "Y" } else { "N" };
        let (drawn, matures, _) = TERMS[self.term];
        format!(
            "note_no=n{no} institution={} borrower={} balance_cny={}.{:02} business_kind={} drawdown_date={drawn} \
             original_maturity={matures} main_guarantee={} mitigants={} ip_pledge={} ma_pilot={} transferred={} written_off={}",
            BANKS[self.bank],
            FIRMS[self.firm],
            self.fen / 100,
            self.fen % 100,
            KINDS[self.kind],
            GUARANTEES[self.guarantee],
            if self.flag(4) { "equipment" } else { "" },
            yes(self.flag(5)),
            yes(self.flag(6)),
            yes(self.flag(0) && self.flag(1)),
            yes(self.flag(2) && self.flag(3)),
        )
    }
}

#[derive(Clone, Debug)]
struct D {
    bank: usize,
    firm: usize,
    fen: i64,
    ppm: i64,
    kind: usize,
    guarantee: usize,
}

#[derive(Clone, Debug)]
struct R {
    bank: usize,
    firm: usize,
    account: usize, // none, open, closed before, closed today, closed tomorrow, opens tomorrow
    line: bool,
    group: usize, // 0 none, 1 or 2
    yuan: i64,
    commitment: usize,
    valid_to: usize,
    used: i64,
}

impl R {
    fn in_force(&self) -> bool {
        self.line && self.commitment <= 1 && self.valid_to <= 1
    }
    fn limit(&self) -> i64 {
        if self.group == 0 { self.yuan } else { 1000 * i64::try_from(self.group).unwrap() }
    }
    fn text(&self, no: usize) -> String {
        let (opened, closed) = [
            ("", ""),
            ("2020-01-01", ""),
            ("2020-01-01", "2025-09-29"),
            ("2020-01-01", "2025-09-30"),
            ("2025-09-30", "2025-10-01"),
            ("2025-10-01", ""),
        ][self.account];
        let mut text = format!(
            "institution={} borrower={} account_opened_on={opened} account_closed_on={closed}",
            BANKS[self.bank], FIRMS[self.firm]
        );
        if self.line {
            let group = ["", "G1", "G2"][self.group];
            text += &format!(
                " line_no=l{no:03} credit_limit={} commitment={} valid_from=2025-01-01 valid_to={} group_line={group} used={}",
                self.limit(),
                COMMITMENTS[self.commitment],
                VALID_TO[self.valid_to],
                self.used
            );
        }
        text
    }
}

/// tier, district, industry, size of each firm.
type List = Vec<(usize, usize, usize, usize)>;

#[derive(Clone, Debug)]
struct World {
    notes: Vec<Vec<N>>,
    drawn: Vec<Vec<D>>,
    ties: Vec<R>,
    lists: Vec<List>,
}

fn world() -> impl Strategy<Value = World> {
    let note = (0..3_usize, 0..8_usize, 0..5_000_000_i64, 0..8_usize, 0..6_usize, 0..4_usize, any::<u8>()).prop_map(
        |(bank, firm, fen, kind, term, guarantee, flags)| N { bank, firm, fen, kind, term, guarantee, flags },
    );
    let drawn = (0..3_usize, 0..8_usize, 1..5_000_000_i64, 0..100_000_i64, 0..8_usize, 0..4_usize)
        .prop_map(|(bank, firm, fen, ppm, kind, guarantee)| D { bank, firm, fen, ppm, kind, guarantee });
    let tie =
        (0..3_usize, 0..8_usize, 0..6_usize, any::<bool>(), 0..3_usize, 1..9000_i64, 0..4_usize, 0..3_usize, 0..3_i64)
            .prop_map(|(bank, firm, account, line, group, yuan, commitment, valid_to, used)| R {
                bank,
                firm,
                account,
                line,
                group,
                yuan,
                commitment,
                valid_to,
                used,
            });
    let list = prop::collection::vec((0..5_usize, 0..3_usize, 0..2_usize, 0..4_usize), 8);
    (
        prop::collection::vec(prop::collection::vec(note, 0..30), 3),
        prop::collection::vec(prop::collection::vec(drawn, 0..30), 2),
        prop::collection::vec(tie, 0..25),
        prop::collection::vec(list, 3),
    )
        .prop_map(|(notes, drawn, ties, lists)| World { notes, drawn, ties, lists })
}

fn shelf(w: &World) -> Shelf {
    let mut shelf = Shelf::default();
    for (at, date) in DATES.iter().enumerate() {
        let of = |base: &str, text: String| row(base, &format!("{text} as_of={date}"));
        let notes: Vec<_> = w.notes[at].iter().enumerate().map(|(i, n)| of(NOTE, n.text(i))).collect();
        let drawn: Vec<_> = w.drawn.get(at).into_iter().flatten().enumerate().map(|(i, d)| {
            of(DISBURSEMENT, format!(
                "note_no=d{i} institution={} borrower={} amount={}.{:02} rate_at_drawdown={}.{:04} business_kind={} main_guarantee={}",
                BANKS[d.bank], FIRMS[d.firm], d.fen / 100, d.fen % 100, d.ppm / 10_000, d.ppm % 10_000, KINDS[d.kind], GUARANTEES[d.guarantee],
            ))
        }).collect();
        let ties: Vec<_> =
            w.ties.iter().filter(|_| at == 0).enumerate().map(|(i, r)| of(RELATIONSHIP, r.text(i))).collect();
        let (a, b) = notes.split_at(notes.len() / 2);
        shelf.file(
            day(date),
            Filed {
                notes: vec![batch(&NOTES, a), batch(&NOTES, b)],
                disbursements: vec![batch(&DISBURSEMENTS, &drawn)],
                relationships: vec![batch(&RELATIONSHIPS, &ties)],
            },
        );
        let firms = FIRMS.iter().zip(&w.lists[at]).map(|(uscc, (tier, district, industry, size))| Firm {
            uscc,
            name: uscc,
            tier: Some(TIERS[*tier]).filter(|t| !t.is_empty()),
            srdi: is_srdi(*tier),
            little_giant: *tier == 2,
            innovative: *tier == 3,
            technology: false,
            district: Some(DISTRICTS[*district]),
            industry: Some(INDUSTRIES[*industry]),
            division: None,
            size: Some(SIZES[*size]),
            founded_on: None,
        });
        shelf.roll(Roll::new(day(date), firms, []));
    }
    shelf
}

fn is_srdi(tier: usize) -> bool {
    matches!(tier, 1 | 2 | 4)
}

type Cell = BTreeMap<Dim, Option<String>>;
type Value = Option<(i128, i128)>;

/// The plain recomputation.
struct Plain<'a> {
    w: &'a World,
    cell: &'a Cell,
}

impl Plain<'_> {
    fn fits(&self, bank: Option<usize>, firm: usize, guarantee: Option<usize>, list: usize) -> bool {
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

    fn srdi(&self, firm: usize, list: usize) -> bool {
        is_srdi(self.w.lists[list][firm].0)
    }

    fn loans(&self, at: usize, list: usize, only_srdi: bool) -> Vec<&N> {
        let keep = |n: &&N| {
            n.is_loan()
                && (!only_srdi || self.srdi(n.firm, list))
                && self.fits(Some(n.bank), n.firm, Some(n.guarantee), list)
        };
        self.w.notes[at].iter().filter(keep).collect()
    }

    fn sum(rows: &[&N], keep: impl Fn(&N) -> bool) -> i128 {
        rows.iter().filter(|n| keep(n)).map(|n| i128::from(n.fen)).sum()
    }

    fn firms(rows: &[&N]) -> i128 {
        rows.iter().map(|n| n.firm).collect::<BTreeSet<_>>().len() as i128
    }

    fn listed(&self) -> i128 {
        (0..8).filter(|f| self.srdi(*f, 0) && self.fits(None, *f, None, 0)).count() as i128
    }

    fn rate(&self, at: usize, list: usize, of: impl Fn(usize) -> bool) -> Value {
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

    fn small(&self, firm: usize) -> bool {
        self.w.lists[0][firm].3 >= 2
    }

    fn credit_line(&self) -> i128 {
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

    fn contacts(&self, keep: impl Fn(&R) -> bool, with_notes: bool) -> i128 {
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

    fn value(&self, code: &str) -> Value {
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

const CODES: [&str; 25] = [
    "srdi_count",
    "srdi_loan_balance",
    "srdi_loan_growth_ytd",
    "srdi_loan_growth_ytd_same_list",
    "srdi_borrowers",
    "srdi_avg_balance",
    "srdi_avg_balance_growth_ytd",
    "srdi_avg_balance_growth_ytd_same_list",
    "srdi_loan_coverage",
    "srdi_credit_line",
    "srdi_account_coverage",
    "srdi_financing_coverage",
    "srdi_loan_rate",
    "srdi_rate_change_bp",
    "srdi_rate_change_bp_same_list",
    "srdi_rate_gap_sme_bp",
    "srdi_credit_loan_share",
    "srdi_mlt_balance",
    "srdi_mlt_growth_ytd",
    "ip_pledge_growth_yoy",
    "ip_pledge_growth_yoy_same_list",
    "ma_pilot_balance",
    "srdi_top10_share",
    "srdi_largest_borrower_share",
    "srdi_banks_per_borrower",
];

/// Long division by hand to this many decimals, half to even.
fn decimal((num, den): (i128, i128), scale: usize) -> String {
    let negative = (num < 0) != (den < 0);
    let (num, den) = (num.unsigned_abs(), den.unsigned_abs());
    let (mut digits, mut rest) = (num / den, num % den);
    for _ in 0..scale {
        digits = digits * 10 + rest * 10 / den;
        rest = rest * 10 % den;
    }
    if rest * 2 > den || (rest * 2 == den && digits % 2 == 1) {
        digits += 1;
    }
    let text = format!("{digits:0>width$}", width = scale + 1);
    let (whole, decimals) = text.split_at(text.len() - scale);
    let sign = if negative && digits > 0 { "-" } else { "" };
    if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{decimals}") }
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::embedded().unwrap());

fn figures(w: &World, dims: &[Dim]) -> Vec<Figure> {
    let as_of = day(DATES[0]);
    let allowed = |code: &&str| {
        let indicator = CATALOGUE.get(code, as_of).unwrap();
        dims.iter().all(|d| indicator.dimensions.contains(d))
    };
    let codes: Vec<&str> = CODES.into_iter().filter(allowed).collect();
    evaluate(&CATALOGUE, &Selection { codes: Some(&codes), as_of, dims, filter: None }, &shelf(w)).unwrap()
}

/// Every cell that the dimensions could have.
fn universe(dims: &[Dim]) -> Vec<Cell> {
    let mut cells = vec![Cell::new()];
    for dim in dims {
        let values: Vec<&str> = match dim {
            Dim::Institution => BANKS.to_vec(),
            Dim::District => DISTRICTS.to_vec(),
            Dim::Industry => INDUSTRIES.to_vec(),
            Dim::Tier => vec!["", "srdi_sme", "little_giant", "innovative_sme"],
            Dim::Size => SIZES.to_vec(),
            Dim::Guarantee => GUARANTEES.to_vec(),
        };
        let with = |cell: &Cell, value: &str| {
            let mut cell = cell.clone();
            cell.insert(*dim, Some(value.to_owned()).filter(|v| !v.is_empty()));
            cell
        };
        cells = cells.iter().flat_map(|c| values.iter().map(|v| with(c, v)).collect::<Vec<_>>()).collect();
    }
    cells
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_equals_the_plain_recomputation(w in world(), pick in 0..8_usize) {
        let dims = ["", "institution", "district", "tier", "guarantee", "institution,size", "industry,tier", "district,guarantee"][pick];
        let dims = parse_dims(dims).unwrap();
        let figures = figures(&w, &dims);
        for cell in universe(&dims) {
            let plain = Plain { w: &w, cell: &cell };
            for code in CODES {
                let indicator = CATALOGUE.get(code, day(DATES[0])).unwrap();
                if !dims.iter().all(|d| indicator.dimensions.contains(d)) {
                    continue;
                }
                let scale = usize::try_from(indicator.scale).unwrap();
                let want = plain.value(code).map(|v| decimal(v, scale));
                let in_cell = |f: &&Figure| {
                    *f.code == *code && f.dims.iter().all(|(d, v)| cell[d].as_deref() == v.as_deref())
                };
                match figures.iter().find(in_cell) {
                    Some(figure) => prop_assert_eq!(figure.value_text(), want, "{} {:?}", code, cell),
                    // A cell without rows is not listed.
                    None => prop_assert!(want.is_none_or(|v| v.bytes().all(|b| matches!(b, b'0' | b'.'))), "{} {:?}", code, cell),
                }
            }
        }
    }

    #[test]
    fn deleting_a_loan_changes_just_the_cells_that_it_is_in(w in world(), which in any::<prop::sample::Index>(), pair in 0..3_usize) {
        prop_assume!(!w.notes[0].is_empty());
        let at = which.index(w.notes[0].len());
        let gone = w.notes[0][at].clone();
        let mut without = w.clone();
        without.notes[0].remove(at);
        let dims = parse_dims(["institution,district", "tier,guarantee", "industry,size"][pair]).unwrap();
        let as_of = day(DATES[0]);
        let all = |w: &World| -> BTreeMap<(String, Vec<String>), Option<String>> {
            let selection = Selection { codes: None, as_of, dims: &dims, filter: None };
            let shown = |v: &Option<std::sync::Arc<str>>| v.as_deref().unwrap_or("").to_owned();
            let figures = evaluate(&CATALOGUE, &selection, &shelf(w)).unwrap();
            figures.into_iter().map(|f| ((f.code.to_string(), f.dims.values().map(shown).collect()), f.value_text())).collect()
        };
        let (before, after) = (all(&w), all(&without));
        let (tier, district, industry, size) = w.lists[0][gone.firm];
        let own: Vec<String> = dims.iter().map(|d| match d {
            Dim::Institution => BANKS[gone.bank],
            Dim::District => DISTRICTS[district],
            Dim::Industry => INDUSTRIES[industry],
            Dim::Tier => TIERS[tier],
            Dim::Size => SIZES[size],
            Dim::Guarantee => GUARANTEES[gone.guarantee],
        }.to_owned()).collect();
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let (a, b) = (before.get(key).cloned().flatten(), after.get(key).cloned().flatten());
            prop_assert!(a == b || key.1 == own, "{:?} changed from {:?} to {:?}", key, a, b);
        }
        // In its own cell the balances fall by just its own.
        let fen = |all: &BTreeMap<(String, Vec<String>), Option<String>>, code: &str| -> i64 {
            let value = all.get(&(code.to_owned(), own.clone())).cloned().flatten();
            value.map_or(0, |v| v.parse().unwrap())
        };
        let counted = if gone.is_loan() { gone.fen } else { 0 };
        let fell = |code: &str| fen(&before, code) - fen(&after, code);
        prop_assert_eq!(fell("loan_balance"), counted);
        prop_assert_eq!(fell("srdi_loan_balance"), if is_srdi(tier) { counted } else { 0 });
        prop_assert_eq!(fell("srdi_mlt_balance"), if is_srdi(tier) && TERMS[gone.term].2 { counted } else { 0 });
        prop_assert_eq!(fell("ma_pilot_balance"), if gone.flag(6) { counted } else { 0 });
        prop_assert_eq!(fell("granted_amount"), 0);
    }
}
