//! A bank's own inputs as rows: what is doubtful refers, what cannot be is refused, and nothing of it approves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_app::credit::bank::{self, Rows};
use huoshui_credit::cases::case_inputs;
use huoshui_credit::decide::{Decision, Inputs, Outcome};
use huoshui_credit::embedded::CASES;
use huoshui_credit::rules::{Policies, Rules};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde_json::{Value, json};

const TODAY: Date = Date::constant(2025, 9, 30);

/// A firm that the instant loan approves for 300万元 at once, without what the bank knows of it.
fn firm(rules: &Policies) -> Inputs {
    let (file, text) = CASES.iter().find(|(file, _)| *file == "products/instant_loan.cases.toml").unwrap();
    let mut good = case_inputs(rules, file, text).unwrap().remove(0);
    assert_eq!((good.outcome, good.date), (Some(Outcome::Automatic), TODAY));
    good.inputs.profile.items.retain(|code, _| !code.starts_with("bank_"));
    good.inputs
}

fn report(queried_on: &str, class: &str) -> Value {
    json!({ "queried_on": queried_on, "overdue_accounts": 0, "overdue_balance": 0, "overdue_months_24m": 0,
        "worst_class": class, "inquiries_6m": 1, "other_balance": "300万元", "guarantees": 0 })
}

fn rows() -> Value {
    json!({
        "bank_credit_report": [report("2025-09-29", "pass")],
        "bank_group": [{ "group_limit": "5000万元", "group_exposure": "500万元" }],
        "bank_need": [{ "working_capital_need": "800万元", "own_loans": 0 }],
    })
}

struct Bank {
    rules: Rules,
    firm: Inputs,
}

impl Bank {
    fn new() -> Self {
        let policies = Policies::embedded().unwrap();
        Self { rules: policies.on(TODAY).unwrap(), firm: firm(&policies) }
    }

    fn decide(&self, rows: &Value) -> Result<Decision> {
        let rows: Rows = serde_json::from_value(rows.clone()).unwrap();
        bank::check(&self.rules, TODAY, &rows)?;
        let own = bank::profile(&self.rules, &self.firm.profile.uscc, TODAY, &rows)?;
        self.rules.decide(&Inputs { bank: Some(own), ..self.firm.clone() })
    }

    fn refused(&self, rows: &Value) -> Fault {
        self.decide(rows).expect_err("an impossible input was taken")
    }
}

#[test]
fn two_rows_where_one_can_hold_refer_and_name_the_field() {
    let bank = Bank::new();
    let good = bank.decide(&rows()).unwrap();
    assert_eq!((good.outcome, good.line_fen), (Outcome::Automatic, Some(300_000_000)));
    // A loan in order and one that is lost: by the alphabet the first would be the worst.
    let mut two = rows();
    two["bank_credit_report"] = json!([report("2025-09-29", "pass"), report("2025-09-29", "loss")]);
    // The same room twice is not twice the room; nor is the same need.
    let mut room = rows();
    room["bank_group"] = json!([rows()["bank_group"][0], rows()["bank_group"][0]]);
    let mut need = rows();
    need["bank_need"] = json!([rows()["bank_need"][0], rows()["bank_need"][0]]);
    let table =
        [(two, "missing.bank_worst_class"), (room, "missing.bank_group_headroom"), (need, "missing.bank_own_loans")];
    for (rows, reason) in table {
        let made = bank.decide(&rows).unwrap();
        assert_eq!(made.outcome, Outcome::Refer, "{reason}");
        assert!(made.reasons.iter().any(|r| r.code == reason), "{reason}: {:?}", made.reasons);
        assert_eq!(made.line_fen, None);
    }
}

#[test]
fn an_old_report_refers_and_one_of_tomorrow_is_refused() {
    let bank = Bank::new();
    let of = |day: &str| {
        let mut rows = rows();
        rows["bank_credit_report"] = json!([report(day, "pass")]);
        rows
    };
    // Thirty days before 30 September is 31 August.
    for day in ["2025-09-30", "2025-08-31"] {
        assert_eq!(bank.decide(&of(day)).unwrap().outcome, Outcome::Automatic, "{day}");
    }
    for day in ["2025-08-30", "2019-01-01"] {
        let made = bank.decide(&of(day)).unwrap();
        assert_eq!(made.outcome, Outcome::Refer, "{day}");
        let named = made.reasons.iter().find(|r| r.code == "missing.bank_overdue_balance").unwrap();
        assert!(named.text.zh.contains("过期") && named.text.en.contains("out of date"), "{named:?}");
    }
    for day in ["2025-10-01", "2030-01-01"] {
        let fault = bank.refused(&of(day));
        assert_eq!(fault.code(), "credit.bank_inputs");
        assert_eq!(fault.field_name(), Some("bank_inputs.bank_credit_report.queried_on"));
    }
    let mut undated = rows();
    undated["bank_credit_report"][0].as_object_mut().unwrap().remove("queried_on");
    assert_eq!(bank.refused(&undated).code(), "credit.bank_inputs");
}

#[test]
fn what_cannot_be_below_zero_is_refused_by_its_name() {
    let bank = Bank::new();
    let table = [
        ("bank_need", "own_loans", json!("-500万元")),
        ("bank_need", "working_capital_need", json!(-1)),
        ("bank_group", "group_exposure", json!("-0.01元")),
        ("bank_credit_report", "overdue_balance", json!("-1元")),
        ("bank_credit_report", "overdue_accounts", json!(-1)),
        ("bank_credit_report", "overdue_months_24m", json!(-3)),
    ];
    for (relation, column, value) in table {
        let mut rows = rows();
        rows[relation][0][column] = value;
        let fault = bank.refused(&rows);
        assert_eq!(fault.code(), "credit.bank_inputs", "{column}");
        assert_eq!(fault.field_name(), Some(format!("bank_inputs.{relation}.{column}").as_str()));
    }
    // A loss of the year is below zero, and may be.
    let mut loss = rows();
    loss["bank_statements"] = json!([{ "period": "2024-12-31", "revenue": "10元", "net_profit": "-5元", "assets": "10元",
        "liabilities": "5元", "current_assets": "1元", "current_liabilities": "1元" }]);
    assert_eq!(bank.decide(&loss).unwrap().outcome, Outcome::Automatic);
    // What is no money is named by its place.
    let mut lots = rows();
    lots["bank_group"][0]["group_limit"] = json!("110101.123元");
    let fault = bank.refused(&lots);
    assert_eq!((fault.code(), fault.field_name()), ("credit.bank_inputs", Some("bank_inputs.bank_group.group_limit")));
    assert!(!fault.message(huoshui_kernel::Lang::En).contains("110101"));
    // Nobody is told the value.
    let mut secret = rows();
    secret["bank_need"][0]["own_loans"] = json!("-123456万元");
    assert!(!bank.refused(&secret).message(huoshui_kernel::Lang::Zh).contains("123456"));
}

/// What kind of cell is wrong is said; the cell itself, whatever it is, is not repeated.
#[test]
fn a_cell_of_another_kind_is_named_by_its_kind() {
    let bank = Bank::new();
    let secret = "身份证110101199001011234";
    let table = [
        (
            "bank_credit_report",
            "overdue_accounts",
            json!(secret),
            ("应为整数，收到文字", "takes a whole number, and text came"),
        ),
        ("bank_credit_report", "overdue_accounts", json!(110_101.5), ("收到小数", "a fraction")),
        (
            "bank_credit_report",
            "worst_class",
            json!(110_101),
            ("应为代码，收到整数", "takes a code, and a whole number came"),
        ),
        (
            "bank_need",
            "own_loans",
            json!([secret]),
            ("应为金额（整数，分），收到多个值", "money in whole fen, and several values came"),
        ),
        ("bank_group", "group_limit", json!({ "x": secret }), ("收到多个值", "several values")),
    ];
    for (relation, column, value, (zh, en)) in table {
        let mut rows = rows();
        rows[relation][0][column] = value;
        let fault = bank.refused(&rows);
        assert_eq!(fault.code(), "credit.source_shape", "{column}");
        for (lang, words) in [(huoshui_kernel::Lang::Zh, zh), (huoshui_kernel::Lang::En, en)] {
            let said = format!("{} {}", fault.message(lang), fault.hint(lang));
            assert!(said.contains(words) && said.contains(column) && said.contains(relation), "{said}");
            assert!(!said.contains("110"), "{said}");
        }
    }
}
