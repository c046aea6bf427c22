//! A city of five firms and two banks, every figure worked out by hand in the comments.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{DISBURSEMENT, NOTE, RELATIONSHIP, batch, day, row};
use huoshui_kernel::Lang;
use huoshui_supervision::filings::{DISBURSEMENTS, NOTES, RELATIONSHIPS};
use huoshui_supervision::indicators::{
    Catalogue, Dim, Figure, Role, Selection, display, drill, evaluate, parse_cell, parse_dims,
};
use huoshui_supervision::relations::{Bank, Filed, Firm, Roll, Shelf};

/// uscc, tier, district, section, size.
type Listed = (&'static str, Option<&'static str>, &'static str, &'static str, &'static str);

/// Today A, B and D are SRDI; C's certificate has expired; E is an innovative SME only.
const TODAY: [Listed; 5] = [
    ("A", Some("srdi_sme"), "110108", "I", "small"),
    ("B", Some("little_giant"), "110105", "C", "medium"),
    ("C", None, "110108", "C", "small"),
    ("D", Some("srdi_sme"), "110105", "I", "micro"),
    ("E", Some("innovative_sme"), "110105", "I", "small"),
];

/// At the year's start A, B and C were SRDI; D was not yet.
const YEAR_START: [Listed; 5] = [
    ("A", Some("srdi_sme"), "110108", "I", "small"),
    ("B", Some("srdi_sme"), "110105", "C", "medium"),
    ("C", Some("srdi_sme"), "110108", "C", "small"),
    ("D", None, "110105", "I", "micro"),
    ("E", Some("innovative_sme"), "110105", "I", "small"),
];

fn roll(date: &str, list: &[Listed]) -> Roll {
    let firms = list.iter().map(|(uscc, tier, district, industry, size)| Firm {
        uscc,
        name: uscc,
        tier: *tier,
        srdi: matches!(tier, Some("srdi_sme" | "little_giant")),
        little_giant: *tier == Some("little_giant"),
        innovative: *tier == Some("innovative_sme"),
        technology: false,
        district: Some(district),
        industry: Some(industry),
        division: Some(industry),
        size: Some(size),
        founded_on: None,
    });
    let banks = [
        Bank { code: "X", kind: "city_bank", funding: "chinese" },
        Bank { code: "Y", kind: "foreign_bank", funding: "foreign" },
    ];
    Roll::new(day(date), firms, banks)
}

fn city() -> Shelf {
    let note = |changes: &str| row(NOTE, changes);
    let now = [
        // Exactly twelve months is short.
        note("note_no=n1 balance_cny=100 drawdown_date=2025-03-01 original_maturity=2026-03-01"),
        // Twelve months and a day is medium term.
        note(
            "institution=Y note_no=n2 balance_cny=50 drawdown_date=2025-01-10 original_maturity=2026-01-11 main_guarantee=mortgage mitigants=real_estate",
        ),
        note(
            "note_no=n3 borrower=B balance_cny=300 business_kind=syndicated_share drawdown_date=2024-06-01 original_maturity=2027-06-01 main_guarantee=pledge ip_pledge=Y five_tier=doubtful",
        ),
        note(
            "note_no=n4 borrower=C balance_cny=80 main_guarantee=guarantor mitigants=corporate_guarantor ma_loan=Y ma_pilot=Y purpose=merger",
        ),
        // None of these is in Loans(t).
        note("note_no=x1 balance_cny=1000 business_kind=entrusted"),
        note("note_no=x2 balance_cny=1000 business_kind=discount"),
        note("note_no=x3 balance_cny=1000 business_kind=rediscount"),
        note("note_no=x4 balance_cny=1000 business_kind=advance"),
        note("note_no=x5 balance_cny=1000 transferred=Y"),
        note("note_no=x6 balance_cny=1000 written_off=Y"),
        note("note_no=x7 balance_cny=0"),
    ];
    let before = [
        note(
            "note_no=n3 borrower=B balance_cny=250 business_kind=syndicated_share drawdown_date=2024-06-01 original_maturity=2027-06-01 main_guarantee=pledge ip_pledge=Y",
        ),
        note("note_no=c1 borrower=C balance_cny=200"),
        note("institution=Y note_no=a0 borrower=A balance_cny=40"),
    ];
    let year_ago = [note("note_no=n3 borrower=B balance_cny=200 ip_pledge=Y")];
    let drawn = |changes: &str| row(DISBURSEMENT, changes);
    let this_year = [
        drawn("note_no=n1 amount=100 rate_at_drawdown=3 first_loan=Y"),
        drawn("institution=Y note_no=n2 amount=60 rate_at_drawdown=4"),
        // Repaid since, so in no snapshot.
        drawn("note_no=r1 amount=40 rate_at_drawdown=5 renewal_kind=renewal"),
        drawn("note_no=r2 amount=1000 rate_at_drawdown=1 business_kind=discount"),
        drawn("note_no=n4 borrower=C amount=100 rate_at_drawdown=6"),
    ];
    let last_year = [
        drawn("note_no=a0 amount=100 rate_at_drawdown=4"),
        drawn("note_no=n3 borrower=B amount=100 rate_at_drawdown=4.5"),
        drawn("note_no=c1 borrower=C amount=200 rate_at_drawdown=5"),
    ];
    let tie = |changes: &str| row(RELATIONSHIP, changes);
    let ties = [
        tie("line_no=L1 credit_limit=500 commitment=committed valid_from=2025-01-01 valid_to=2025-12-31 used=150"),
        // One group line, stated by both members: it counts once, with A.
        tie(
            "borrower=B line_no=L2 credit_limit=1000 commitment=committed valid_from=2025-01-01 valid_to=2025-12-31 group_line=G1 used=300 account_closed_on=2025-09-30",
        ),
        tie(
            "line_no=L3 credit_limit=1000 commitment=committed valid_from=2025-01-01 valid_to=2025-12-31 group_line=G1 used=0",
        ),
        tie(
            "institution=Y borrower=B line_no=L4 credit_limit=700 commitment=revocable valid_from=2025-01-01 valid_to=2025-12-31 account_opened_on=2025-10-01",
        ),
        tie("institution=Y line_no=L5 credit_limit=300 commitment=pre_offer valid_from=2025-01-01 valid_to=2025-12-31"),
        tie("institution=Y line_no=L6 credit_limit=200 commitment=committed valid_from=2024-01-01 valid_to=2025-09-29"),
        // In force on its last day.
        tie("borrower=D line_no=L7 credit_limit=90 commitment=committed valid_from=2025-01-01 valid_to=2025-09-30"),
        tie(
            "institution=Y borrower=C line_no=L8 credit_limit=400 commitment=committed valid_from=2025-01-01 valid_to=2025-12-31",
        ),
    ];
    let mut shelf = Shelf::default();
    shelf.file(
        day("2025-09-30"),
        Filed {
            notes: vec![batch(&NOTES, &now[..3]), batch(&NOTES, &now[3..])],
            disbursements: vec![batch(&DISBURSEMENTS, &this_year)],
            relationships: vec![batch(&RELATIONSHIPS, &ties)],
        },
    );
    shelf.file(
        day("2024-12-31"),
        Filed {
            notes: vec![batch(&NOTES, &before)],
            disbursements: vec![batch(&DISBURSEMENTS, &last_year)],
            ..Filed::default()
        },
    );
    shelf.file(day("2024-09-30"), Filed { notes: vec![batch(&NOTES, &year_ago)], ..Filed::default() });
    shelf.roll(roll("2024-09-30", &YEAR_START));
    shelf.roll(roll("2025-09-30", &TODAY));
    shelf
}

fn figures(codes: Option<&[&str]>, dims: &[Dim], filter: Option<&str>) -> Vec<Figure> {
    let selection = Selection { codes, as_of: day("2025-09-30"), dims, filter };
    evaluate(&Catalogue::embedded().unwrap(), &selection, &city()).unwrap()
}

fn total(code: &str) -> Option<String> {
    figures(Some(&[code]), &[], None)[0].value_text()
}

#[test]
fn every_figure_of_the_report_is_as_worked_out_by_hand() {
    let all = figures(None, &[], None);
    for (code, want) in [
        ("srdi_count", "3"), // A, B, D
        // n1 100 + n2 50 + n3 300 = 450 yuan.
        ("srdi_loan_balance", "45000"),
        // A has loans at two banks and is one borrower: 450 / 2 = 225 yuan.
        ("srdi_borrowers", "2"),
        ("srdi_avg_balance", "22500"),
        // Year start, list of the day (A, B, C): 250 + 200 + 40 = 490; 450/490 − 1 = −40/490 = −0.0816326…
        ("srdi_loan_growth_ytd", "-0.081633"),
        // Today's list (A, B, D) at both dates: 250 + 40 = 290; 160/290 = 0.5517241…
        ("srdi_loan_growth_ytd_same_list", "0.551724"),
        // 225 / (490/3) − 1 = 675/490 − 1 = 185/490 = 0.3775510…; same list 225 / (290/2) − 1 = 80/145 = 0.5517241…
        ("srdi_avg_balance_growth_ytd", "0.377551"),
        ("srdi_avg_balance_growth_ytd_same_list", "0.551724"),
        // A and B of three.
        ("srdi_loan_coverage", "0.666667"),
        // L1 500 + group line once 1000 + L7 90; not revocable, pre-offer, expired, or C's.
        ("srdi_credit_line", "159000"),
        ("credit_line", "199000"),
        // A and D have an open account; B's was closed on the day itself and its other opens tomorrow.
        ("srdi_account_coverage", "0.666667"),
        // A by line, B by its note, D by its line.
        ("srdi_financing_coverage", "1.000000"),
        // (100·3 + 60·4 + 40·5) / 200 = 740/200 = 3.7 %, the discount left out.
        ("srdi_loan_rate", "0.03700000"),
        // 2024, list of its end (A, B, C): (100·4 + 100·4.5 + 200·5) / 400 = 4.625 %; 3.7 − 4.625 = −92.5 bp.
        ("srdi_rate_change_bp", "-92.50"),
        // Today's list in 2024: (100·4 + 100·4.5) / 200 = 4.25 %; −55 bp.
        ("srdi_rate_change_bp_same_list", "-55.00"),
        // Small and micro, SRDI included: A's 200 at 3.7 % and C's 100 at 6 %: 1340/300 = 4.46667 %; −76.67 bp.
        ("sme_loan_rate", "0.04466667"),
        ("srdi_rate_gap_sme_bp", "-76.67"),
        // n1 only: 100/450.
        ("srdi_credit_loan_share", "0.222222"),
        // n2 50 + n3 300; n1 is exactly twelve months.
        ("srdi_mlt_balance", "35000"),
        // Year start: n3 250; c1 and a0 ran from March 2024 to December 2025, so all 490: 350/490 − 1 = −0.2857142…
        ("srdi_mlt_growth_ytd", "-0.285714"),
        // 300 / 200 − 1.
        ("ip_pledge_growth_yoy", "0.500000"),
        ("ma_pilot_balance", "8000"),
        ("loan_balance", "53000"),
        ("srdi_npl_ratio", "0.666667"),              // 300/450
        ("srdi_largest_borrower_share", "0.666667"), // B 300/450
        ("srdi_top10_share", "1.000000"),
        // A at X and at Y, B at X: 3 pairs over 2 borrowers.
        ("srdi_banks_per_borrower", "1.500000"),
        // The group line is left out: L1 150/500 and L7 0/90.
        ("srdi_line_utilisation", "0.254237"), // 150/590
        ("srdi_undrawn_line", "44000"),        // 350 + 90
        ("srdi_first_loan_count", "1"),
        ("srdi_renewal_amount", "4000"),
        ("little_giant_loan_balance", "30000"),
        ("innovative_sme_count", "1"),
        ("small_micro_loan_balance", "23000"), // A 150 + C 80
    ] {
        let figure = all.iter().find(|f| *f.code == *code).unwrap();
        assert_eq!(figure.value_text().as_deref(), Some(want), "{code}");
    }
}

#[test]
fn a_zero_denominator_is_not_applicable_and_a_sum_over_nothing_is_zero() {
    // No little giant at the year's start: nothing to grow from.
    assert_eq!(total("little_giant_loan_growth_ytd"), None);
    assert_eq!(total("technology_sme_loan_coverage"), None);
    assert_eq!(total("technology_sme_loan_balance").as_deref(), Some("0"));
    let catalogue = Catalogue::embedded().unwrap();
    let figure = &figures(Some(&["technology_sme_loan_coverage"]), &[], None)[0];
    let indicator = catalogue.get("technology_sme_loan_coverage", day("2025-09-30")).unwrap();
    assert_eq!(display(figure, indicator, Lang::Zh), "不适用");
    assert_eq!(serde_json::to_value(figure.json(Lang::En)).unwrap()["value"], serde_json::Value::Null);
}

fn cells(code: &str, dims: &str) -> Vec<(String, String)> {
    figures(Some(&[code]), &parse_dims(dims).unwrap(), None)
        .into_iter()
        .map(|f| {
            let dims: Vec<&str> = f.dims.values().map(|v| v.as_deref().unwrap_or("-")).collect();
            (dims.join(" "), f.value_text().unwrap_or_default())
        })
        .collect()
}

fn want(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn cells_hold_what_belongs_to_them() {
    assert_eq!(cells("srdi_loan_balance", "institution"), want(&[("X", "40000"), ("Y", "5000")]));
    assert_eq!(cells("srdi_loan_balance", "district"), want(&[("110105", "30000"), ("110108", "15000")]));
    assert_eq!(cells("loan_balance", "tier"), want(&[("little_giant", "30000"), ("srdi_sme", "15000"), ("-", "8000")]));
    assert_eq!(
        cells("srdi_loan_balance", "institution,guarantee"),
        want(&[("X credit", "10000"), ("X pledge", "30000"), ("Y mortgage", "5000")])
    );
    // A is a borrower at each bank, and one in the city: cells do not add up.
    assert_eq!(cells("srdi_borrowers", "institution"), want(&[("X", "2"), ("Y", "1")]));
    // All three SRDI firms stay in the denominator of each bank's coverage; by district it is that district's firms.
    assert_eq!(cells("srdi_loan_coverage", "institution"), want(&[("X", "0.666667"), ("Y", "0.333333")]));
    assert_eq!(cells("srdi_loan_coverage", "district"), want(&[("110105", "0.500000"), ("110108", "1.000000")]));
    // The group line stands with A, in A's district.
    assert_eq!(cells("srdi_credit_line", "district"), want(&[("110105", "9000"), ("110108", "150000")]));
    // B left the SRDI SMEs for the little giants: at its base the cell of its new tier was empty.
    assert_eq!(
        cells("srdi_loan_growth_ytd", "tier"),
        // little giants: none at the base; SRDI SMEs: 150/490 − 1 = −340/490 = −0.693877…
        want(&[("little_giant", ""), ("srdi_sme", "-0.693878")])
    );
}

#[test]
fn a_filter_narrows_every_relation_or_is_refused() {
    let small = |code: &str| figures(Some(&[code]), &[], Some("size IN ('small', 'micro')"))[0].value_text();
    assert_eq!(small("srdi_loan_balance").as_deref(), Some("15000"));
    assert_eq!(small("srdi_loan_coverage").as_deref(), Some("0.500000")); // A of A and D
    let catalogue = Catalogue::embedded().unwrap();
    let refuse = |codes: Option<&'static [&'static str]>, dims: &[Dim], filter| {
        let selection = Selection { codes, as_of: day("2025-09-30"), dims, filter };
        evaluate(&catalogue, &selection, &city()).map(|f| f.len()).map_err(|f| f.code())
    };
    // Enterprises have no branch, so coverage cannot be narrowed by one; without codes it is left out.
    assert_eq!(refuse(Some(&["srdi_loan_coverage"]), &[], Some("branch = 'main'")), Err("indicator.where"));
    assert!(refuse(None, &[], Some("branch = 'main'")).unwrap() > 40);
    assert_eq!(refuse(None, &[], Some("no_such_column > 0")), Err("indicator.where"));
    assert_eq!(refuse(Some(&["srdi_count"]), &[Dim::Institution], None), Err("indicator.dimension"));
    assert_eq!(refuse(Some(&["srdi_count"]), &[Dim::Tier, Dim::Tier], None), Err("indicator.dimensions"));
    assert_eq!(refuse(Some(&["no_such"]), &[], None), Err("indicator.unknown"));
}

#[test]
fn every_figure_opens_into_rows_that_add_up_to_it() {
    let catalogue = Catalogue::embedded().unwrap();
    let as_of = day("2025-09-30");
    for dims in ["", "institution", "district,tier"] {
        let dims = parse_dims(dims).unwrap();
        for figure in figures(None, &dims, None) {
            let opened = drill(&catalogue, &figure.code, as_of, &figure.dims, None, 100, &city()).unwrap();
            assert_eq!(opened.figure, figure);
            for part in &opened.parts {
                assert_eq!(part.contributions.iter().sum::<i128>(), part.total, "{}", figure.code);
                assert_eq!(part.batches.iter().map(|b| b.num_rows()).sum::<usize>() as u64, part.count);
            }
            let of = |role| opened.parts.iter().find(|p| p.role == role).map(|p| p.total);
            if let Some(numerator) = figure.numerator {
                assert_eq!(of(Role::Numerator), Some(numerator), "{} {:?}", figure.code, figure.dims);
            }
            if let Some(denominator) = figure.denominator {
                assert_eq!(of(Role::Denominator), Some(denominator), "{} {:?}", figure.code, figure.dims);
            }
        }
    }
}

#[test]
fn the_policy_decides_what_a_figure_is() {
    use huoshui_supervision::embedded::{INDICATORS, POPULATIONS};
    let value = |from: &str, to: &str| {
        let changed: Vec<(&str, String)> = POPULATIONS.iter().map(|(f, t)| (*f, t.replace(from, to))).collect();
        let populations: Vec<(&str, &str)> = changed.iter().map(|(f, t)| (*f, t.as_str())).collect();
        let catalogue = Catalogue::load(INDICATORS, &populations).unwrap();
        let codes = ["srdi_mlt_balance"];
        let selection = Selection { codes: Some(&codes), as_of: day("2025-09-30"), dims: &[], filter: None };
        evaluate(&catalogue, &selection, &city()).unwrap()[0].value_text().unwrap()
    };
    assert_eq!(value("", ""), "35000");
    assert_eq!(value("original_maturity > drawdown", "original_maturity >= drawdown"), "45000"); // and n1 of just twelve months
    assert_eq!(value("INTERVAL '12' MONTH", "INTERVAL '13' MONTH"), "30000"); // n2 of twelve months and a day is out
    assert_eq!(value("'loan', 'syndicated_share'", "'loan'"), "5000"); // n3 is a share of a syndicated loan
}

#[test]
fn a_drill_names_the_notes() {
    let catalogue = Catalogue::embedded().unwrap();
    let cell = parse_cell("institution=X").unwrap();
    let opened = drill(&catalogue, "srdi_loan_growth_ytd", day("2025-09-30"), &cell, None, 1, &city()).unwrap();
    let numbers: Vec<(Role, String, i128, u64)> = opened
        .parts
        .iter()
        .map(|p| {
            let notes = texts(&p.batches[0], "note_no");
            (p.role, notes.join(" "), p.total, p.count)
        })
        .collect();
    // Two rows each now and at the base; the limit shows one of them, the totals are of both.
    assert_eq!(
        numbers,
        [(Role::Numerator, "n1".to_owned(), 40_000, 2), (Role::BaseNumerator, "n3".to_owned(), 45_000, 2),]
    );
}

fn texts(batch: &arrow_array::RecordBatch, name: &str) -> Vec<String> {
    use arrow_array::cast::AsArray;
    batch.column_by_name(name).unwrap().as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}

#[test]
fn figures_are_written_for_machines_and_for_people() {
    let json = |code: &str, dims: &[Dim]| {
        serde_json::to_string(&figures(Some(&[code]), dims, None)[0].json(Lang::Zh)).unwrap()
    };
    assert_eq!(
        json("srdi_loan_balance", &[Dim::Institution]),
        r#"{"code":"srdi_loan_balance","name":"专精特新企业贷款余额","value":40000,"unit":"fen","dims":{"institution":"X"},"as_of":"2025-09-30"}"#
    );
    assert_eq!(
        json("srdi_rate_change_bp", &[]),
        r#"{"code":"srdi_rate_change_bp","name":"专精特新企业累放贷款利率较上年全年变动","value":"-92.50","unit":"bp","dims":{},"as_of":"2025-09-30"}"#
    );
    let catalogue = Catalogue::embedded().unwrap();
    let shown = |code: &str, lang| {
        let indicator = catalogue.get(code, day("2025-09-30")).unwrap();
        display(&figures(Some(&[code]), &[], None)[0], indicator, lang)
    };
    // −92.5 shown without decimals goes to the even neighbour, from the exact value.
    assert_eq!(shown("srdi_rate_change_bp", Lang::Zh), "−92个基点");
    assert_eq!(shown("srdi_rate_change_bp", Lang::En), "−92 bp");
    assert_eq!(shown("srdi_loan_growth_ytd", Lang::Zh), "−8.16%");
    assert_eq!(shown("srdi_loan_growth_ytd_same_list", Lang::Zh), "+55.17%");
    assert_eq!(shown("srdi_count", Lang::Zh), "3家");
    assert_eq!(shown("srdi_avg_balance", Lang::Zh), "0.02万元");
    assert_eq!(shown("srdi_loan_rate", Lang::En), "3.70%");
}
