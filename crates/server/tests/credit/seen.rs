//! What those who run and supervise the platform see of the banks' decisions: that they were made and how they ended.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::common::{City, Server, config};
use crate::{DECISIONS, application, consent, days};

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap_or_else(|| panic!("{value}")).keys().map(String::as_str).collect()
}

#[test]
fn who_supervises_sees_outcomes_and_nothing_of_why_or_how_much() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    let granted = consent(&server, (&bank, &firm), &city.enterprise, "instant_loan");
    // The bank's own report says that a fen is overdue: that is nobody else's to know. Nor that the need is 123 万元.
    let mut overdue = application(&granted);
    overdue["bank_inputs"]["bank_credit_report"][0]["overdue_balance"] = json!("0.01元");
    let mut needs = application(&granted);
    needs["bank_inputs"]["bank_need"] = json!([{ "working_capital_need": "123万元", "own_loans": 0 }]);
    needs["request"]["amount_fen"] = json!(300_000_000);
    let mut made = Vec::new();
    for asked in [&overdue, &needs] {
        let reply = server.post(DECISIONS, &bank, asked);
        assert_eq!(reply.status, 200, "{}", reply.text());
        made.push(reply.json());
    }
    let reasons = made[0]["made"]["record"]["reasons"].to_string();
    assert!(reasons.contains("gate.overdue_now"), "{reasons}");
    // A person says no more to the first, in words that stay with the bank.
    let place = format!("{DECISIONS}/{}", made[0]["made"]["id"].as_str().unwrap());
    let said = json!({ "lend": true, "reason": "explained", "note": "一分钱系四舍五入误差，已向他行书面核实。" });
    let lifted = server.change(("POST", &format!("{place}/overrides")), &bank, server.version(&place, &bank), &said);
    assert_eq!(lifted.status, 200, "{}", lifted.text());

    let own = server.get(DECISIONS, Some(&bank)).json();
    assert_eq!(keys(&own["items"][0]), BTreeSet::from(["made", "overrides", "version"]));
    let names = BTreeSet::from(["date", "id", "institution", "outcome", "product"]);
    for who in ["demo-operator", "demo-regulator"] {
        let token = server.sign_in(who);
        let listed = server.get(DECISIONS, Some(&token));
        assert_eq!(listed.status, 200, "{}", listed.text());
        let items = listed.json()["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), 2);
        for item in &items {
            assert_eq!(keys(item), names, "{who}: {item}");
            let of = made.iter().find(|m| m["made"]["id"] == item["id"]).unwrap();
            let record = &of["made"]["record"];
            assert_eq!(
                (&item["institution"], &item["product"], &item["outcome"], &item["date"]),
                (&json!(city.bank), &record["product"], &record["outcome"], &record["date"])
            );
        }
        let counts = server.get("/v1/credit/monitor", Some(&token)).json();
        let mut names = BTreeSet::from(["by_outcome", "by_product", "decisions", "from", "more", "to"]);
        if who == "demo-regulator" {
            names.insert("by_grade");
        }
        assert_eq!(keys(&counts), names, "{who}: {counts}");
        assert_eq!(counts["decisions"], 2);
        for text in [listed.text(), counts.to_string()] {
            for secret in ["overdue", &city.enterprise, "line", "explained", "四舍五入", "gate."] {
                assert!(!text.contains(secret), "{who} is told {secret}: {text}");
            }
        }
        for path in ["", "/explanation", "/replay"] {
            assert_eq!(server.get(&format!("{place}{path}"), Some(&token)).status, 403, "{who} {path}");
        }
    }
}
