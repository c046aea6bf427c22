//! Laws of the kernel, on random values and against arithmetic that cannot overflow.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_kernel::daycount::DayCount;
use huoshui_kernel::money::Unit;
use huoshui_kernel::round::div_half_even;
use huoshui_kernel::{Date, Fen, Ppm, Uscc, date};
use num_bigint::BigInt;
use num_integer::Integer;
use proptest::prelude::*;

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Half-even by another road: round half up by a floor, then step back from an odd tie.
fn half_even_reference(num: i128, den: i128) -> BigInt {
    let (mut num, mut den) = (BigInt::from(num), BigInt::from(den));
    if den < BigInt::ZERO {
        num = -num;
        den = -den;
    }
    let doubled: BigInt = num * 2 + &den;
    let (rounded, rest) = doubled.div_mod_floor(&(den * 2));
    if rest == BigInt::ZERO && rounded.is_odd() { rounded - 1 } else { rounded }
}

/// Small numbers make ties, large ones make overflow: both must come up.
fn wide() -> impl Strategy<Value = i128> {
    prop_oneof![
        -20i128..20,
        any::<i64>().prop_map(i128::from),
        any::<i128>(),
        Just(i128::MIN),
        Just(i128::MAX),
        any::<i64>().prop_map(|v| i128::from(v) * 1_000_000_000_000 + 500_000_000_000),
    ]
}

fn amounts() -> impl Strategy<Value = Fen> {
    prop_oneof![any::<i64>(), -1000i64..1000, Just(i64::MIN), Just(i64::MAX)].prop_map(Fen)
}

fn dates() -> impl Strategy<Value = Date> {
    (-25_567i32..73_049).prop_map(|days| date::from_days(days).unwrap())
}

fn codes() -> impl Strategy<Value = Uscc> {
    ("[0-9A-HJ-NP-RTUWXY][0-9A-HJ-NP-RTUWXY]", "[0-9]{6}", "[0-9A-HJ-NP-RTUWXY]{8}")
        .prop_map(|(prefix, region, body)| Uscc::compose(&prefix, &region, &body).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn half_even_agrees_with_unbounded_integers(num in wide(), den in wide()) {
        match div_half_even(num, den) {
            Some(got) => prop_assert_eq!(BigInt::from(got), half_even_reference(num, den)),
            None => prop_assert!(den == 0 || half_even_reference(num, den) > BigInt::from(i128::MAX)),
        }
    }

    #[test]
    fn a_shown_amount_is_read_back(fen in amounts()) {
        prop_assert_eq!(Fen::parse_yuan(&fen.to_string()).unwrap(), fen);
        prop_assert_eq!(Fen::parse_yuan(&fen.number_in(Unit::Yuan, 2)).unwrap(), fen);
        prop_assert_eq!(Fen::parse_yuan(&(fen.number_in(Unit::Wan, 6) + "万元")).unwrap(), fen);
        prop_assert_eq!(Fen::parse_yuan(&(fen.number_in(Unit::Yi, 10) + "亿元")).unwrap(), fen);
    }

    #[test]
    fn a_rounded_amount_is_off_by_half_a_unit_at_most(fen in amounts(), decimals in 0u32..10) {
        let shown = Fen::parse_yuan(&(fen.number_in(Unit::Yi, decimals) + "亿元"));
        if let Ok(shown) = shown {
            let step = 10i128.pow(10 - decimals);
            prop_assert!((i128::from(shown.0) - i128::from(fen.0)).abs() * 2 <= step);
        }
    }

    #[test]
    fn a_shown_rate_is_read_back(ppm in any::<i64>().prop_map(Ppm)) {
        prop_assert_eq!(Ppm::parse_percent(&ppm.to_string()).unwrap(), ppm);
        prop_assert_eq!(Ppm::parse_percent(&(ppm.percent(4) + "%")).unwrap(), ppm);
    }

    #[test]
    fn a_split_loses_no_fen_and_no_share_is_a_fen_off(
        fen in amounts(),
        weights in prop::collection::vec(prop_oneof![any::<u64>(), 0u64..10], 1..12),
    ) {
        let total: u128 = weights.iter().map(|w| u128::from(*w)).sum();
        prop_assume!(total > 0);
        let shares = fen.split(&weights).unwrap();
        prop_assert_eq!(shares.iter().map(|s| i128::from(s.0)).sum::<i128>(), i128::from(fen.0));
        for (share, weight) in shares.iter().zip(&weights) {
            let off = BigInt::from(share.0) * BigInt::from(total) - BigInt::from(fen.0) * BigInt::from(*weight);
            prop_assert!(off.magnitude() < BigInt::from(total).magnitude(), "{share:?} of {fen:?} by {weight}");
        }
        let opposite = fen.checked_neg().map(|f| f.split(&weights).unwrap());
        if let Some(opposite) = opposite {
            prop_assert_eq!(opposite, shares.iter().map(|s| Fen(-s.0)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn one_wrong_character_of_a_uscc_is_always_found(code in codes()) {
        for place in 0..18 {
            for replacement in ALPHABET.bytes().filter(|b| *b != code.as_bytes()[place]) {
                let mut text = *code.as_bytes();
                text[place] = replacement;
                prop_assert!(Uscc::parse(std::str::from_utf8(&text).unwrap()).is_err());
            }
        }
    }

    #[test]
    fn two_neighbours_swapped_in_a_uscc_are_always_found(code in codes(), place in 0usize..17) {
        let mut text = code.as_str().as_bytes().to_vec();
        prop_assume!(text[place] != text[place + 1]);
        text.swap(place, place + 1);
        prop_assert!(Uscc::parse(std::str::from_utf8(&text).unwrap()).is_err());
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "\\PC{0,24}") {
        let _ = (Uscc::parse(&text), Fen::parse_yuan(&text), Ppm::parse_percent(&text), date::parse(&text));
    }

    #[test]
    fn actual_fractions_of_two_halves_add_up(mut three in [dates(), dates(), dates()]) {
        three.sort();
        let [start, middle, end] = three;
        for convention in [DayCount::Actual360, DayCount::Actual365, DayCount::ActualActualIsda] {
            let whole = convention.fraction(start, end).unwrap();
            let first = convention.fraction(start, middle).unwrap();
            let second = convention.fraction(middle, end).unwrap();
            prop_assert_eq!((first.num + second.num, first.den), (whole.num, whole.den));
        }
    }

    #[test]
    fn isda_counts_day_by_day(start in dates(), length in 0i32..3000) {
        let end = date::from_days(date::days(start) + length).unwrap();
        let mut num = 0;
        let mut day = start;
        while day < end {
            num += if day.in_leap_year() { 365 } else { 366 };
            day = day.tomorrow().unwrap();
        }
        prop_assert_eq!(DayCount::ActualActualIsda.fraction(start, end).unwrap().num, num);
    }

    #[test]
    fn interest_agrees_with_unbounded_integers(
        fen in -1_000_000_000_000_000i64..1_000_000_000_000_000,
        ppm in -1_000_000i64..1_000_000,
        start in dates(),
        length in 0i32..20_000,
    ) {
        let end = date::from_days(date::days(start) + length).unwrap();
        for convention in [DayCount::Actual360, DayCount::Actual365, DayCount::ActualActualIsda, DayCount::Thirty360] {
            let fraction = convention.fraction(start, end).unwrap();
            let got = convention.interest(Fen(fen), Ppm(ppm), start, end).unwrap();
            let num = i128::from(fen) * i128::from(ppm) * i128::from(fraction.num);
            prop_assert_eq!(BigInt::from(got.0), half_even_reference(num, i128::from(fraction.den) * 1_000_000));
        }
    }

    #[test]
    fn months_there_and_back_land_on_the_day_or_a_month_end(start in dates(), months in -600i32..600) {
        let there = date::add_months(start, months).unwrap();
        prop_assert!(there.day() == start.day() || there == there.last_of_month());
        let back = date::add_months(there, -months).unwrap();
        prop_assert_eq!((back.year(), back.month()), (start.year(), start.month()));
    }

    #[test]
    fn json_round_trips(fen in amounts(), code in codes(), ppm in any::<i64>()) {
        let text = serde_json::to_string(&(fen, code, Ppm(ppm))).unwrap();
        prop_assert_eq!(&text, &format!("[{},\"{}\",{}]", fen.0, code, ppm));
        prop_assert_eq!(serde_json::from_str::<(Fen, Uscc, Ppm)>(&text).unwrap(), (fen, code, Ppm(ppm)));
    }
}
