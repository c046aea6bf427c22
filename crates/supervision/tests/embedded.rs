//! The policies that ship load, and are the ones that the documents promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_kernel::Lang;
use huoshui_kernel::date::parse;
use huoshui_supervision::checks::{Book, CheckTable, Severity};
use huoshui_supervision::indicators::Catalogue;

/// The figures that the report cannot do without, by code, with their twins.
const REQUIRED: [&str; 24] = [
    "srdi_count",
    "srdi_loan_balance",
    "srdi_loan_growth_ytd",
    "srdi_loan_growth_ytd_same_list",
    "srdi_avg_balance",
    "srdi_avg_balance_growth_ytd",
    "srdi_avg_balance_growth_ytd_same_list",
    "srdi_loan_coverage",
    "srdi_credit_line",
    "srdi_account_coverage",
    "srdi_financing_coverage",
    "srdi_rate_change_bp",
    "srdi_rate_change_bp_same_list",
    "srdi_rate_gap_sme_bp",
    "srdi_credit_loan_share",
    "srdi_mlt_balance",
    "srdi_mlt_growth_ytd",
    "srdi_mlt_growth_ytd_same_list",
    "ip_pledge_growth_yoy",
    "ip_pledge_growth_yoy_same_list",
    "ma_pilot_balance",
    "srdi_npl_ratio",
    "srdi_top10_share",
    "little_giant_loan_balance",
];

#[test]
fn the_catalogue_loads_and_has_every_figure_of_the_report() {
    let catalogue = Catalogue::embedded().unwrap();
    let as_of = parse("2025-09-30").unwrap();
    for code in REQUIRED {
        assert!(catalogue.get(code, as_of).is_ok(), "{code}");
    }
    assert!(catalogue.on(as_of).count() >= 40);
    assert_eq!(catalogue.get("srdi_count", parse("2023-12-31").unwrap()).unwrap_err().code(), "indicator.unknown");
    for entry in catalogue.entries() {
        let i = &entry.indicator;
        for lang in [Lang::Zh, Lang::En] {
            assert!(!i.name.get(lang).is_empty() && i.definition.get(lang).chars().count() >= 10, "{}", i.code);
        }
        assert_eq!(
            i.base.is_some() && !i.same_list,
            i.same_list_twin,
            "{} compares with a base: it has a twin",
            i.code
        );
    }
}

#[test]
fn names_are_told_apart() {
    let catalogue = Catalogue::embedded().unwrap();
    for lang in [Lang::Zh, Lang::En] {
        let mut names: Vec<&str> = catalogue.entries().iter().map(|e| e.indicator.name.get(lang)).collect();
        names.sort_unstable();
        let before = names.len();
        names.dedup();
        assert_eq!(names.len(), before, "two indicators share a name");
    }
}

#[test]
fn the_book_loads_with_its_families() {
    let book = Book::embedded().unwrap();
    assert!(book.checks().len() >= 45);
    let as_of = parse("2025-09-30").unwrap();
    for table in [
        CheckTable::Any,
        CheckTable::Filing,
        CheckTable::Notes,
        CheckTable::Disbursements,
        CheckTable::Relationships,
        CheckTable::PreviousNotes,
        CheckTable::PreviousDisbursements,
        CheckTable::BetweenBanks,
    ] {
        assert!(book.of(table, as_of).next().is_some(), "{}", table.name());
    }
    for severity in [Severity::Error, Severity::Warning, Severity::Query] {
        assert!(book.checks().iter().any(|c| c.severity == severity));
    }
    // The limit on M&A terms changed on 31 December 2025: the later check does not judge an earlier filing.
    assert!(book.get("N-C-035", as_of).is_none());
    assert!(book.get("N-C-035", parse("2025-12-31").unwrap()).is_some());
}

#[test]
fn what_does_not_fit_refuses_the_whole_file() {
    let check = |violated: &str| {
        format!(
            "[[check]]\ncode = \"N-C-999\"\nfamily = \"consistency\"\nseverity = \"error\"\neffective_from = \"2024-01-01\"\n\
             table = \"notes\"\nfield = \"balance\"\nviolated = \"{violated}\"\nzh = \"余额 {{balance}}\"\nen = \"{{balance}}\"\n"
        )
    };
    let good = check("balance < 0");
    assert!(Book::load(&[("a.toml", &good)]).is_ok());
    let refused = |text: &str| Book::load(&[("a.toml", text)]).unwrap_err().code();
    assert_eq!(refused(&check("balance < 'x'")), "policy.formula");
    assert_eq!(refused(&check("balanse < 0")), "policy.formula");
    assert_eq!(refused(&good.replace("{balance}", "{ballance}")), "policy.contradiction");
    assert_eq!(refused(&good.replace("violated", "violates")), "policy.unreadable");
    assert_eq!(refused(&format!("{good}\n{good}")), "policy.duplicate");
    let indicator = |body: &str| {
        format!(
            "[[indicator]]\ncode = \"x\"\nversion = 1\neffective_from = \"2024-01-01\"\nname = {{ zh = \"甲\", en = \"x\" }}\n\
             definition = {{ zh = \"甲\", en = \"x\" }}\nunit = \"fen\"\nscale = 0\ndisplay = {{ form = \"yi\", decimals = 2 }}\n\
             additive = true\n{body}"
        )
    };
    let load = |body: &str| Catalogue::load(&[("x.toml", &indicator(body))], &[]).map(|_| ()).map_err(|f| f.code());
    let stock = "kind = \"stock\"\ndimensions = [\"institution\"]\n";
    let term = |formula: &str| format!("numerator = {{ relation = \"notes\", formula = \"{formula}\" }}\n");
    assert_eq!(load(&format!("{stock}{}", term("SUM(balance_cny)"))), Ok(()));
    assert_eq!(load(&format!("{stock}{}", term("SUM(balance_cny) / COUNT(*)"))), Err("policy.contradiction"));
    assert_eq!(load(&format!("{stock}{}", term("SUM(branch)"))), Err("policy.formula"));
    assert_eq!(load(&format!("{stock}base = \"year_ago\"\n{}", term("COUNT(*)"))), Err("policy.contradiction"));
    let enterprises = "numerator = { relation = \"enterprises\", formula = \"COUNT(*)\" }\n";
    assert_eq!(load(&format!("{stock}{enterprises}")), Err("policy.contradiction"), "no institution there");
    let growth = "kind = \"growth\"\ndimensions = []\nof = \"y\"\nbase = \"year_start\"\n";
    assert_eq!(load(growth), Err("policy.contradiction"), "nothing of that name to compare");
    assert_eq!(load(&growth.replace("\"y\"", "\"x\"")), Err("policy.contradiction"), "it compares itself");
}
