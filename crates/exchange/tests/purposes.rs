//! The purposes that ship with the program, what loading refuses, and what the end of a version means.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{NOW, World, day, granted, loan, pull, world};
use huoshui_exchange::catalogue::{Catalogue, Release, Sensitivity};
use huoshui_exchange::purpose::{Mode, Purposes, RecipientKind};
use huoshui_exchange::release::{Facts, Presented, Reason, decide};
use huoshui_kernel::Lang;

/// A purpose's file: 26 months back, three pulls in thirty days.
fn purpose_file(code: &str, allowed: &str) -> String {
    format!(
        r#"
[[purpose]]
code = "{code}"
version = 1
effective_from = "2024-01-01"
zh = "看"
en = "Look"
text_zh = "看一看"
text_en = "To look"
recipients = ["bank"]
mode = "values"
max_days = 30
max_lookback_months = 26
max_retention_days = 31
max_frequency = {{ count = 3, days = 30 }}
allowed = [{allowed}]
"#
    )
}

#[test]
fn the_built_in_purposes_hold_their_caps() {
    let catalogue = Catalogue::embedded().unwrap();
    let purposes = Purposes::embedded(&catalogue).unwrap();
    assert!(purposes.iter().count() >= 12);
    let on = day("2025-10-15");
    // One-time underwriting: at most a month; monitoring: five years and five pulls a month.
    let instant = purposes.get("instant_loan", on).unwrap();
    assert_eq!((instant.max_days, instant.max_retention_days), (30, 31));
    let monitoring = purposes.get("post_loan_monitoring", on).unwrap();
    assert!(monitoring.max_days <= 1_827 && monitoring.max_frequency.count <= 5 && monitoring.max_frequency.days >= 30);
    for purpose in purposes.iter() {
        for allowed in &purpose.allowed {
            let resource = catalogue.get(&allowed.resource, on).unwrap();
            let code = &purpose.code;
            assert!(resource.release == Release::Values || purpose.mode != Mode::Values, "{code} {}", resource.code);
            let personal = |f: &String| resource.field(f).unwrap().sensitivity == Sensitivity::Personal;
            assert!(purpose.personal || !allowed.fields.iter().any(personal), "{code} {}", resource.code);
        }
        assert_eq!(purposes.resolve(&purpose.reference().unwrap()), Some(purpose));
    }
    for kind in [
        RecipientKind::Bank,
        RecipientKind::Insurer,
        RecipientKind::Guarantor,
        RecipientKind::EquityInvestor,
        RecipientKind::EquityMarket,
    ] {
        assert!(purposes.iter().any(|p| p.recipients.contains(&kind)), "{kind:?}");
    }
    // Verification is the only way to what may not be handed out.
    let verify = purposes.get("verification_only", on).unwrap();
    assert!(["tax_financials", "customs_duties", "tax_payments"].iter().all(|r| verify.allows(r).is_some()));
}

#[test]
fn a_purpose_that_does_not_fit_the_catalogue_is_refused() {
    let catalogue = Catalogue::embedded().unwrap();
    let good = &purpose_file("look", "{ resource = \"tax_grade\", fields = [\"period\", \"grade\"] }");
    let purposes = Purposes::load(&[("a.toml", good)], &catalogue).unwrap();
    let hash = purposes.get("look", day("2025-01-01")).unwrap().hash().unwrap();
    assert!(purposes.get("look", day("2023-12-31")).is_none());
    for (from, to) in [
        ("\"tax_grade\"", "\"tax_grades\""),
        ("\"grade\"", "\"rank\""),
        ("[\"period\", \"grade\"]", "[]"),
        ("[\"period\", \"grade\"]", "[\"grade\", \"grade\"]"),
        (
            "resource = \"tax_grade\", fields = [\"period\", \"grade\"]",
            "resource = \"tax_financials\", fields = [\"revenue\"]",
        ),
        (
            "resource = \"tax_grade\", fields = [\"period\", \"grade\"]",
            "resource = \"legal_representative\", fields = [\"since\"]",
        ),
        ("\"grade\"]", "\"grade\"], months = 27"),
        ("\"grade\"]", "\"grade\"], months = 0"),
        (
            "resource = \"tax_grade\", fields = [\"period\", \"grade\"]",
            "resource = \"patents\", fields = [\"kind\"], months = 12",
        ),
        ("max_days = 30", "max_days = 0"),
        ("max_days = 30", "max_days = 4000"),
        ("count = 3", "count = 0"),
        ("max_retention_days = 31", "max_retention_days = 31\npersonal = true"),
        ("recipients = [\"bank\"]", "recipients = []"),
        ("mode = \"values\"", "mode = \"store\""),
        ("effective_from", "effective_to = \"2023-01-01\"\neffective_from"),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, *good, "{from}");
        let fault = Purposes::load(&[("a.toml", &text)], &catalogue).expect_err(to);
        assert!(fault.message(Lang::En).contains("a.toml"), "{to}: {fault}");
    }
    // Two versions may not be open on one day; once the first is ended they may follow one another.
    let second = good.replace("version = 1", "version = 2").replace("2024-01-01", "2025-01-01");
    assert!(Purposes::load(&[("a.toml", format!("{good}{second}"))], &catalogue).is_err());
    let ended = good.replace("effective_from", "effective_to = \"2024-12-31\"\neffective_from");
    let both = Purposes::load(&[("a.toml", format!("{ended}{second}"))], &catalogue).unwrap();
    assert_eq!(both.get("look", day("2024-12-31")).unwrap().version, 1);
    assert_eq!(both.get("look", day("2025-01-01")).unwrap().version, 2);
    // Consents made before the end stay under what they were signed for.
    assert_eq!(both.version("look", 1).unwrap().hash().unwrap(), hash);
    let moved = good.replace("max_days = 30", "max_days = 29");
    let moved = Purposes::load(&[("a.toml", moved)], &catalogue).unwrap();
    assert_ne!(moved.version("look", 1).unwrap().hash().unwrap(), hash);
}

/// That no new consent may be made under a version says nothing of those that were.
#[test]
fn a_consent_outlives_the_end_of_its_purposes_version() {
    let World { catalogue, .. } = world();
    let open = purpose_file("instant_loan", "{ resource = \"tax_payments\", fields = [\"period\"] }");
    let load = |text: String| Purposes::load(&[("p.toml", text)], &catalogue).unwrap();
    let mut r = loan();
    r.asks.clear();
    let consent = granted(&World { catalogue: catalogue.clone(), purposes: load(open.clone()) }, &r);
    let reason = |purposes: &Purposes| {
        let consent = Presented::of(Some(&consent), NOW);
        let facts =
            Facts { pull: &pull(), consent, personal: None, usage: &[], catalogue: &catalogue, purposes, now: NOW };
        decide(&facts).err().map(|denial| denial.reason)
    };
    let ended = load(open.replacen("effective_from", "effective_to = \"2025-10-14\"\neffective_from", 1));
    assert!(ended.get("instant_loan", day("2025-10-15")).is_none());
    assert_eq!((reason(&load(open.clone())), reason(&ended)), (None, None));
    let changed = load(open.replacen("max_days = 30", "max_days = 29", 1));
    assert_eq!(reason(&changed), Some(Reason::PurposeChanged), "any other change is another purpose");
}
