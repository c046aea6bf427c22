//! The shipped policies load, are as many as promised, and their cases pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_credit::cases::run_cases;
use huoshui_credit::embedded::CASES;
use huoshui_credit::features::{Feature, Theme};
use huoshui_credit::rules::Policies;
use huoshui_credit::value::Kind;
use huoshui_kernel::Date;

#[test]
fn enough_of_everything_is_in_force() {
    let policies = Policies::embedded().unwrap();
    let rules = policies.on(Date::constant(2025, 9, 30)).unwrap();
    let bank: Vec<_> = policies.features.iter().filter(|f| f.code.starts_with("bank_")).collect();
    assert!(rules.features().count() - bank.len() >= 40);
    assert!(policies.tags.len() >= 30);
    assert!(rules.products().count() >= 3);
    for theme in Theme::ALL {
        assert!(rules.features().filter(|f| f.theme == theme && f.radar.is_some()).count() >= 4, "{theme:?}");
    }
}

/// The greatest of codes is the last by the alphabet: `pass` after `loss`. Only of one row does it mean anything.
#[test]
fn no_feature_takes_the_greatest_code_of_several_rows() {
    let policies = Policies::embedded().unwrap();
    let by_letters = |f: &&Feature| f.kind == Kind::Code && (f.formula.contains("MAX(") || f.formula.contains("MIN("));
    let found: Vec<&Feature> = policies.features.iter().filter(by_letters).collect();
    assert!(found.len() >= 3, "{}", found.len());
    for feature in found {
        let one = feature.enough.as_deref().is_some_and(|e| e.ends_with(" = 1") || e.ends_with(" <= 1"));
        assert!(one, "{} may compare codes of several rows", feature.code);
    }
}

#[test]
fn every_case_passes() {
    let policies = Policies::embedded().unwrap();
    let mut failed = Vec::new();
    for (file, text) in CASES {
        let results = run_cases(&policies, file, text).unwrap();
        failed
            .extend(results.into_iter().filter(|r| !r.pass).map(|r| format!("{file} “{}”: {:?}", r.name, r.failures)));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
