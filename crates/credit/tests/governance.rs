//! A policy's way into force, and overrides: tables of steps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_credit::decide::Outcome;
use huoshui_credit::governance::{Draft, Event, Override, Status, Terms, report};
use huoshui_credit::policy::PolicyRef;
use huoshui_credit::product::Level;
use huoshui_credit::value::CodeName;
use huoshui_kernel::Date;
use huoshui_kernel::Lang;

fn day(d: i8) -> Date {
    Date::constant(2025, 9, d)
}

fn draft(by: &str) -> Event {
    let policy = PolicyRef { kind: "product".into(), code: "instant_loan".into(), version: 2, hash: "ab".into() };
    Event::Drafted { policy, by: by.into(), on: day(1) }
}

fn validated(by: &str, on: i8) -> Event {
    Event::Validated { by: by.into(), on: day(on), cases: 21, what_if: "0a".repeat(32) }
}

fn approved(by: &str, on: i8, from: i8) -> Event {
    Event::Approved { by: by.into(), on: day(on), effective_from: day(from) }
}

fn published(on: i8) -> Event {
    Event::Published { by: "dev".into(), on: day(on) }
}

/// The state after the steps, or the word that the refusal of the last holds.
fn run(steps: &[Event]) -> Result<Status, String> {
    let mut state: Option<Draft> = None;
    for (i, step) in steps.iter().enumerate() {
        // An event is kept as JSON and read back.
        let step: Event = serde_json::from_str(&serde_json::to_string(step).unwrap()).unwrap();
        match Draft::apply(state.as_ref(), &step) {
            Ok(next) => state = Some(next),
            Err(fault) => {
                assert_eq!(i + 1, steps.len(), "refused too early: {fault}");
                assert_eq!(fault.code(), "credit.governance");
                return Err(format!("{} / {}", fault.message(Lang::En), fault.hint(Lang::En)));
            }
        }
    }
    Ok(state.unwrap().status)
}

#[test]
fn three_persons_in_order_with_a_what_if() {
    let withdrawn = |reason: &str| Event::Withdrawn { by: "dev".into(), on: day(3), reason: reason.into() };
    let bare = Event::Validated { by: "val".into(), on: day(2), cases: 21, what_if: String::new() };
    let untested = Event::Validated { by: "val".into(), on: day(2), cases: 0, what_if: "0a".repeat(32) };
    for (steps, expected) in [
        (vec![draft("dev")], Ok(Status::Draft)),
        (vec![draft("dev"), validated("val", 2), approved("app", 3, 10), published(4)], Ok(Status::Published)),
        (vec![draft("dev"), withdrawn("superseded")], Ok(Status::Withdrawn)),
        (vec![validated("val", 2)], Err("draft it first")),
        (vec![draft("dev"), draft("dev")], Err("order")),
        (vec![draft("dev"), validated("dev", 2)], Err("three persons")),
        (vec![draft("dev"), bare], Err("what-if")),
        (vec![draft("dev"), untested], Err("cases")),
        (vec![draft("dev"), approved("app", 3, 10)], Err("order")),
        (vec![draft("dev"), validated("val", 2), approved("val", 3, 10)], Err("three persons")),
        (vec![draft("dev"), validated("val", 2), approved("dev", 3, 10)], Err("three persons")),
        (vec![draft("dev"), validated("val", 2), approved("app", 3, 2)], Err("cannot begin")),
        (vec![draft("dev"), validated("val", 2), approved("app", 1, 10)], Err("dated back")),
        (vec![draft("dev"), validated("val", 2), published(4)], Err("order")),
        (vec![draft("dev"), validated("val", 2), approved("app", 3, 10), published(11)], Err("approved anew")),
        (vec![draft("dev"), withdrawn(" ")], Err("say why")),
        (vec![draft("dev"), withdrawn("superseded"), validated("val", 3)], Err("order")),
    ] {
        match (run(&steps), expected) {
            (Ok(got), Ok(want)) => assert_eq!(got, want),
            (Err(got), Err(want)) => assert!(got.contains(want), "{got} has no “{want}”"),
            (got, want) => panic!("{steps:?}: {got:?} and not {want:?}"),
        }
    }
}

#[test]
fn an_override_says_why_and_by_whom() {
    let good = Override {
        decision: "ff".repeat(32),
        product: "instant_loan".into(),
        from: Outcome::Refer,
        lend: true,
        by: "li".into(),
        level: Level::Branch,
        on: day(5),
        reason: "guarantor".into(),
        note: "母公司提供连带责任保证，已核实".into(),
    };
    let list = [("guarantor", "增加保证人", "a guarantor joins"), ("new_risk", "新的风险", "a new risk")];
    let list = list.map(|(code, zh, en)| CodeName { code: code.into(), zh: zh.into(), en: en.into() });
    let terms = |enough| Terms { reasons: &list, before: &[], enough };
    let branch = terms(Level::Branch);
    good.check(&branch).unwrap();
    let head = Override { level: Level::HeadOffice, ..good.clone() };
    Override { from: Outcome::Refuse, ..head.clone() }.check(&terms(Level::HeadOffice)).unwrap();
    head.check(&terms(Level::HeadOffice)).unwrap();
    for (bad, enough, word) in [
        (Override { level: Level::Automatic, ..good.clone() }, Level::Branch, "authority"),
        (Override { note: "可以".into(), ..good.clone() }, Level::Branch, "reason"),
        (Override { reason: "guarantor ".into(), ..good.clone() }, Level::Branch, "lists no such reason"),
        (Override { reason: "看过了".into(), ..good.clone() }, Level::Branch, "lists no such reason"),
        (Override { from: Outcome::Automatic, ..good.clone() }, Level::Branch, "nothing"),
        (Override { lend: false, ..good.clone() }, Level::Branch, "nothing"),
        (Override { from: Outcome::Refuse, ..good.clone() }, Level::Branch, "head office"),
        // A referral of more than a branch approves by itself.
        (good.clone(), Level::HeadOffice, "beyond what a branch"),
    ] {
        let fault = bad.check(&terms(enough)).unwrap_err();
        assert!(fault.message(Lang::En).contains(word), "{fault}");
    }
    let unknown = Override { reason: "visit".into(), ..good.clone() }.check(&branch).unwrap_err();
    assert_eq!((unknown.code(), unknown.field_name()), ("credit.override_reason", Some("reason")));
    assert!(unknown.hint(Lang::Zh).contains("guarantor 增加保证人; new_risk 新的风险"), "{}", unknown.hint(Lang::Zh));
    // Lent once it is lent; taken back, it may be lent again.
    let back = Override { lend: false, reason: "new_risk".into(), ..good.clone() };
    for (before, lend, fits) in [
        (vec![good.clone()], true, false),
        (vec![good.clone()], false, true),
        (vec![good.clone(), back.clone()], false, false),
        (vec![good.clone(), back], true, true),
    ] {
        let one = Override { lend, ..good.clone() };
        let terms = Terms { reasons: &list, before: &before, enough: Level::Branch };
        assert_eq!(one.check(&terms).is_ok(), fits, "{lend} after {}", before.len());
    }
    let told = report(100, &[good.clone(), Override { from: Outcome::Branch, lend: false, by: "wu".into(), ..good }]);
    assert_eq!((told.decisions, told.overrides, told.lent_against, told.not_lent_against), (100, 2, 1, 1));
    assert_eq!(told.by_reason.get("guarantor"), Some(&2));
    assert_eq!(told.by_person.len(), 2);
}
