//! Every edge of 工信部联企业〔2011〕300号, from a table written here by hand and not read from the data files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_kernel::{Date, Fen, date};
use huoshui_registry::SizeClass::{self, Large, Medium, Micro, NotCovered, Small};
use huoshui_registry::{IndustryCode, Reference};
use proptest::prelude::*;

/// A bound on one quantity for large, medium and small, in persons or 万元.
type Bound = Option<[i64; 3]>;

struct Rule {
    code: &'static str,
    /// Classes that fall under it.
    classes: &'static [&'static str],
    employees: Bound,
    revenue: Bound,
    assets: Bound,
}

#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule { code: "agriculture", classes: &["A0111", "A0530"], employees: None, revenue: Some([20_000, 500, 50]), assets: None },
    Rule { code: "industry", classes: &["B0610", "C1310", "C3911", "C4390", "D4411", "D4690"], employees: Some([1_000, 300, 20]), revenue: Some([40_000, 2_000, 300]), assets: None },
    Rule { code: "construction", classes: &["E4710", "E5090"], employees: None, revenue: Some([80_000, 6_000, 300]), assets: Some([80_000, 5_000, 300]) },
    Rule { code: "wholesale", classes: &["F5111", "F5199"], employees: Some([200, 20, 5]), revenue: Some([40_000, 5_000, 1_000]), assets: None },
    Rule { code: "retail", classes: &["F5211", "F5299"], employees: Some([300, 50, 10]), revenue: Some([20_000, 500, 100]), assets: None },
    Rule { code: "transport", classes: &["G5411", "G5511", "G5611", "G5710", "G5810", "G5910"], employees: Some([1_000, 300, 20]), revenue: Some([30_000, 3_000, 200]), assets: None },
    Rule { code: "storage", classes: &["G5920", "G5930", "G5941", "G5951", "G5960", "G5990"], employees: Some([200, 100, 20]), revenue: Some([30_000, 1_000, 100]), assets: None },
    Rule { code: "post", classes: &["G6010", "G6020"], employees: Some([1_000, 300, 20]), revenue: Some([30_000, 2_000, 100]), assets: None },
    Rule { code: "accommodation", classes: &["H6110"], employees: Some([300, 100, 10]), revenue: Some([10_000, 2_000, 100]), assets: None },
    Rule { code: "catering", classes: &["H6210"], employees: Some([300, 100, 10]), revenue: Some([10_000, 2_000, 100]), assets: None },
    Rule { code: "information", classes: &["I6311", "I6410"], employees: Some([2_000, 100, 10]), revenue: Some([100_000, 1_000, 100]), assets: None },
    Rule { code: "software", classes: &["I6510", "I6599"], employees: Some([300, 100, 10]), revenue: Some([10_000, 1_000, 50]), assets: None },
    Rule { code: "real_estate", classes: &["K7010"], employees: None, revenue: Some([200_000, 1_000, 100]), assets: Some([10_000, 5_000, 2_000]) },
    Rule { code: "property", classes: &["K7020"], employees: Some([1_000, 300, 100]), revenue: Some([5_000, 1_000, 500]), assets: None },
    Rule { code: "business", classes: &["L7111", "L7299"], employees: Some([300, 100, 10]), revenue: None, assets: Some([120_000, 8_000, 100]) },
    Rule { code: "other", classes: &["M7310", "M7512", "N7710", "O8010", "Q8511", "R8610", "K7030", "K7090", "G5310", "K7040", "P8391", "Q8411"], employees: Some([300, 100, 10]), revenue: None, assets: None },
];
const ORDER: [SizeClass; 4] = [Large, Medium, Small, Micro];
const WAN: i64 = 1_000_000;

fn on() -> Date {
    date::parse("2025-09-30").unwrap()
}

fn class_of(industry: &str, employees: i64, revenue_fen: i64, assets_fen: i64) -> SizeClass {
    let reference = Reference::built_in().unwrap();
    let industry = reference.industries.find(industry).unwrap();
    reference.sizes.class(industry, employees, Fen(revenue_fen), Fen(assets_fen), on())
}

impl Rule {
    /// Exactly at the bounds of large (0), medium (1) or small (2); quantities without a bound are zero.
    fn at(&self, class: usize) -> [i64; 3] {
        let at = |bound: Bound, unit: i64| bound.map_or(0, |b| b[class] * unit);
        [at(self.employees, 1), at(self.revenue, WAN), at(self.assets, WAN)]
    }

    fn bounds(&self) -> [Bound; 3] {
        [self.employees, self.revenue, self.assets]
    }

    /// The document's other wording: each quantity has a band, and the firm is in the lowest of its bands.
    fn by_bands(&self, firm: [i64; 3]) -> SizeClass {
        let band = |value: i64, bound: Bound, unit: i64| {
            bound.map_or(0, |b| b.iter().position(|least| value >= least * unit).unwrap_or(3))
        };
        let [x, y, z] = self.bounds();
        ORDER[band(firm[0], x, 1).max(band(firm[1], y, WAN)).max(band(firm[2], z, WAN))]
    }
}

#[test]
fn a_firm_exactly_at_the_bounds_is_in_the_class_and_one_person_or_fen_less_drops_it() {
    let mut edges = 0;
    for rule in RULES {
        for industry in rule.classes {
            for (class, here) in ORDER.into_iter().take(3).enumerate() {
                let below = ORDER[class + 1];
                let firm @ [x, y, z] = rule.at(class);
                assert_eq!(class_of(industry, x, y, z), here, "{} {industry} at {firm:?}", rule.code);
                for quantity in (0..3).filter(|q| rule.bounds()[*q].is_some()) {
                    let mut less = firm;
                    less[quantity] -= 1;
                    let got = class_of(industry, less[0], less[1], less[2]);
                    assert_eq!(got, below, "{} {industry} at {less:?}", rule.code);
                    // However large the others are.
                    let mut huge = [i64::MAX; 3];
                    huge[quantity] = less[quantity];
                    let got = class_of(industry, huge[0], huge[1], huge[2]);
                    assert_eq!(got, below, "{} {industry} at {huge:?}", rule.code);
                    edges += 1;
                }
            }
            assert_eq!(class_of(industry, 0, 0, 0), Micro, "{industry}");
        }
    }
    // Sixteen industries, of which two bound one quantity and fourteen two: 30 bounds, three classes each; industries
    // count once a listed class.
    let want: usize = RULES.iter().map(|r| r.classes.len() * r.bounds().iter().flatten().count() * 3).sum();
    assert_eq!((edges, RULES.len()), (want, 16));
    assert_eq!(RULES.iter().map(|r| r.bounds().iter().flatten().count()).sum::<usize>(), 30);
}

#[test]
fn each_class_falls_under_the_rule_of_its_industry() {
    let reference = Reference::built_in().unwrap();
    for rule in RULES {
        for class in rule.classes {
            let code = reference.industries.find(class).unwrap();
            assert_eq!(code.as_str(), *class);
            assert_eq!(reference.sizes.rule(code, on()).map(|r| r.code.as_str()), Some(rule.code), "{class}");
        }
    }
}

#[test]
fn cases_worked_by_hand() {
    for (industry, employees, revenue_wan, assets_wan, want) in [
        // Many people but little revenue: not large, not medium (2000 万 missed), small.
        ("C3911", 2_000, 1_500, 0, Small),
        // Revenue of a large firm with nineteen people: micro.
        ("C3911", 19, 50_000, 0, Micro),
        // The digit that a commercial feed lost: 2000 万 of revenue is a medium farm, not a large one.
        ("A0111", 5, 2_000, 0, Medium),
        ("A0111", 5, 20_000, 0, Large),
        // A developer with land worth 1 亿 and 999 万 of sales is small; with 1000 万, medium.
        ("K7010", 0, 999, 10_000, Small),
        ("K7010", 0, 1_000, 10_000, Medium),
        // A holding company of nine people: micro, whatever it owns.
        ("L7212", 9, 0, 900_000, Micro),
        // A laboratory is sized by people alone.
        ("M7320", 99, 90_000, 90_000, Small),
    ] {
        assert_eq!(class_of(industry, employees, revenue_wan * WAN, assets_wan * WAN), want, "{industry} {employees}");
    }
}

#[test]
fn what_no_rule_sizes_says_so_and_is_not_small() {
    for industry in ["J6621", "J6711", "J6810", "J6999", "S9210", "S9511", "T9700"] {
        assert_eq!(class_of(industry, 1, 0, 0), NotCovered, "{industry}");
    }
    assert!(
        !NotCovered.is_small_micro() && !Medium.is_small_micro() && Small.is_small_micro() && Micro.is_small_micro()
    );
    let sizes = &Reference::built_in().unwrap().sizes;
    let code = IndustryCode::parse("I6510").unwrap();
    let day = |text| date::parse(text).unwrap();
    assert_eq!(sizes.class(code, 1, Fen(0), Fen(0), day("2011-06-17")), NotCovered);
    assert_eq!(sizes.class(code, 1, Fen(0), Fen(0), day("2011-06-18")), Micro);
    assert_eq!(sizes.document(on()), Some("工信部联企业〔2011〕300号"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_lowest_band_decides(
        rule in 0..RULES.len(),
        class in 0usize..3,
        near in [-2i64..=2, -2i64..=2, -2i64..=2],
        far in [0i64..3_000, 0i64..300_000 * WAN, 0i64..200_000 * WAN],
        use_far in any::<[bool; 3]>(),
    ) {
        let rule = &RULES[rule];
        let mut firm = rule.at(class);
        for i in 0..3 {
            firm[i] = if use_far[i] { far[i] } else { (firm[i] + near[i]).max(0) };
        }
        prop_assert_eq!(class_of(rule.classes[0], firm[0], firm[1], firm[2]), rule.by_bands(firm));
    }
}
