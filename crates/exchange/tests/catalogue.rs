//! The catalogue and the purposes that ship with the program, and what loading refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_exchange::catalogue::{Catalogue, Release, Sensitivity};
use huoshui_exchange::purpose::{Mode, Purposes, RecipientKind};
use huoshui_kernel::shape::CellKind;
use huoshui_kernel::{Date, Lang, date};

fn day(text: &str) -> Date {
    date::parse(text).unwrap()
}

const GOOD: &str = r#"
department = "kw"
[[resource]]
code = "grants"
zh = "资助"
en = "Grants"
schema = 1
effective_from = "2023-01-01"
cycle = "monthly"
lag_days = 10
retention_months = 60
absent = "nothing"
period = "paid_on"
key = ["grant_no"]
fields = [
  { name = "grant_no", zh = "编号", en = "Number", kind = "text", required = true },
  { name = "paid_on", zh = "日期", en = "Paid on", kind = "date", required = true },
  { name = "amount", zh = "金额", en = "Amount", kind = "money", sensitivity = "confidential", required = true },
  { name = "programme", zh = "类别", en = "Programme", kind = "code", codes = [{ code = "a", zh = "甲", en = "A" }] },
]
[[resource.rule]]
code = "Q-GRA-01"
violated = "paid_on > :as_of"
zh = "{paid_on} 晚于批次"
en = "{paid_on} is after the batch"
"#;

#[test]
fn the_built_in_catalogue_covers_the_departments() {
    let catalogue = Catalogue::embedded().unwrap();
    let departments: std::collections::BTreeSet<_> = catalogue.iter().map(|r| r.department.clone()).collect();
    assert_eq!(departments.len(), 18);
    assert_eq!(catalogue.in_force(day("2025-09-30")).count(), 36);
    assert!(catalogue.get("tax_grade", day("2022-12-31")).is_none());
    let patents = catalogue.get("patents", day("2025-09-30")).unwrap();
    assert_eq!(patents.department, "zscqj");
    assert_eq!(
        patents.period, None,
        "a register of standing rights is a state: old patents must not fall out of a range"
    );
    let shape = patents.shape().unwrap();
    assert_eq!(shape.columns[0].name, "uscc");
    assert!(matches!(shape.columns[0].kind, CellKind::Uscc));
    assert_eq!(shape.key, ["uscc", "application_no"]);
    let (_, kind) = shape.column("类别").unwrap();
    assert!(matches!(kind.kind, CellKind::Code(codes) if codes[0].code == "invention" && codes[0].zh == "发明"));
    assert!(std::ptr::eq(shape, catalogue.clone().shape("patents", 1).unwrap()), "leaked once");
    let public: Vec<_> = catalogue.get("registration", day("2025-09-30")).unwrap().public_fields().collect();
    assert!(public.iter().all(|f| f.sensitivity == Sensitivity::Public));
    assert_eq!(public.len(), 8);
    assert_eq!(catalogue.find("nothing", day("2025-09-30")).unwrap_err().code(), "exchange.unknown_resource");
}

#[test]
fn a_second_version_applies_from_its_day_and_keeps_the_first() {
    let second = GOOD
        .replace("department = \"kw\"", "")
        .replace("schema = 1", "schema = 2")
        .replace("2023-01-01", "2025-07-01")
        .replace("kind = \"money\", sensitivity = \"confidential\"", "kind = \"money\"");
    let both = [("kw.toml", format!("{GOOD}\n{second}"))];
    let catalogue = Catalogue::load(&both).unwrap();
    assert_eq!(catalogue.get("grants", day("2025-06-30")).unwrap().schema, 1);
    assert_eq!(catalogue.get("grants", day("2025-07-01")).unwrap().schema, 2);
    let (one, two) = (catalogue.version("grants", 1).unwrap(), catalogue.version("grants", 2).unwrap());
    assert_ne!(one.digest().unwrap(), two.digest().unwrap());
    assert_eq!(
        one.digest().unwrap(),
        Catalogue::load(&[("x", GOOD)]).unwrap().version("grants", 1).unwrap().digest().unwrap()
    );
    // Neither may the two apply at once, nor one be there twice.
    for wrong in [both[0].1.replace("2025-07-01", "2023-01-01"), both[0].1.replace("schema = 2", "schema = 1")] {
        assert_eq!(Catalogue::load(&[("kw.toml", wrong)]).unwrap_err().code(), "exchange.policy_entry");
    }
}

#[test]
fn what_does_not_hold_together_is_refused_and_named() {
    assert!(Catalogue::load(&[("kw.toml", GOOD)]).is_ok());
    for (from, to, names) in [
        ("lag_days = 10", "lag_days = 10\ncolour = 1", "colour"),
        ("name = \"amount\"", "name = \"grant_no\"", "grants.grant_no"),
        ("name = \"amount\"", "name = \"uscc\"", "grants.uscc"),
        ("name = \"amount\"", "name = \"Amount\"", "grants.Amount"),
        ("period = \"paid_on\"", "period = \"amount\"", "period"),
        ("period = \"paid_on\"", "period = \"nowhere\"", "period"),
        ("key = [\"grant_no\"]", "key = [\"programme\"]", "key"),
        ("key = [\"grant_no\"]", "key = []", "key"),
        ("codes = [{ code = \"a\", zh = \"甲\", en = \"A\" }]", "codes = []", "grants.programme"),
        ("kind = \"code\"", "kind = \"text\"", "grants.programme"),
        ("paid_on > :as_of", "paid_on > :asof", "Q-GRA-01"),
        ("paid_on > :as_of", "paid_on", "Q-GRA-01"),
        ("paid_on > :as_of", "amount > 3%", "Q-GRA-01"),
        ("{paid_on} is", "{paid} is", "Q-GRA-01"),
        ("schema = 1", "schema = 0", "schema"),
        ("retention_months = 60", "retention_months = 0", "retention_months"),
        ("code = \"grants\"", "code = \"Grants\"", "Grants"),
        ("en = \"Grants\"", "en = \" \"", "grants"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let fault = Catalogue::load(&[("kw.toml", &text)]).expect_err(to);
        let message = fault.message(Lang::En);
        assert!(message.contains("kw.toml") && message.contains(names), "{to}: {message}");
    }
    let twice = Catalogue::load(&[("a.toml", GOOD), ("b.toml", GOOD)]).unwrap_err();
    assert!(twice.message(Lang::En).contains("b.toml"));
    let other = GOOD.replace("\"kw\"", "\"czj\"").replace("\"grants\"", "\"others\"");
    let fault = Catalogue::load(&[("a.toml", GOOD), ("b.toml", &other)]).unwrap_err();
    assert!(fault.message(Lang::En).contains("Q-GRA-01"), "a rule's code belongs to one resource");
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
    let good = r#"
[[purpose]]
code = "look"
version = 1
effective_from = "2024-01-01"
zh = "看"
en = "Look"
text_zh = "看一看"
text_en = "To look"
recipients = ["bank"]
mode = "values"
max_days = 30
max_lookback_months = 12
max_retention_days = 31
max_frequency = { count = 3, days = 30 }
allowed = [{ resource = "tax_grade", fields = ["period", "grade"] }]
"#;
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
        ("\"grade\"]", "\"grade\"], months = 13"),
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
        assert_ne!(text, good, "{from}");
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
