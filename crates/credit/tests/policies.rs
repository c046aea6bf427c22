//! The shipped policies load, are as many as promised, and their cases pass.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_credit::cases::run_cases;
use huoshui_credit::embedded::CASES;
use huoshui_credit::features::Theme;
use huoshui_credit::rules::Policies;
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
