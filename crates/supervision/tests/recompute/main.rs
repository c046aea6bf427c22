//! The engine against a plain recomputation that shares nothing with it, and what deleting a loan changes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod plain;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use common::day;
use huoshui_supervision::indicators::{Catalogue, Dim, Figure, Selection, evaluate, parse_dims};
use plain::{Cell, Plain};
use proptest::prelude::*;
use world::{BANKS, DATES, DISTRICTS, GUARANTEES, INDUSTRIES, SIZES, TERMS, TIERS, World, is_srdi, shelf, world};

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
