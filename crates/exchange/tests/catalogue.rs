//! The catalogue that ships with the program, and what loading refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::day;
use huoshui_exchange::catalogue::{Catalogue, Sensitivity};
use huoshui_kernel::Lang;
use huoshui_kernel::shape::CellKind;

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
