//! The credit engine over HTTP: one decision for one application, replayed after the policies moved on; tags without one raw
//! field; a bank's own that stays its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod corrected;
mod instant;
mod kept;
mod once;
mod own;
mod personal;
mod seen;
mod sliced;
mod told;
mod truth;

use common::{City, Server, config, fresh_key};
use huoshui_journal::Clock as _;
use huoshui_kernel::Date;
use huoshui_kernel::date::{add_months, days as date_days, from_days};
use serde_json::{Value, json};

/// The server that [`once::Process`] starts; ends when its parent does.
#[test]
#[ignore = "started by the other tests"]
fn child() {
    once::serve();
}

/// Days from 10 October 2025, when the departments' last batches are a day old, to the machine's day.
fn days() -> i64 {
    let then = huoshui_kernel::date::parse("2025-10-10").unwrap();
    let now = huoshui_exchange::clock::day(huoshui_journal::Clock::now_micros(&huoshui_journal::SystemClock));
    i64::from(huoshui_kernel::date::days(now) - huoshui_kernel::date::days(then))
}

/// The days that a consent lets through: as far back as lists of what is open are kept, and as long as it lives.
fn range(server: &Server) -> (Date, Date) {
    let today = huoshui_exchange::clock::day(server.clock.now_micros());
    let (from, to) = (add_months(today, -120), from_days(date_days(today) + 30));
    (from.unwrap(), to.unwrap())
}

fn consent(server: &Server, parties: (&str, &str), enterprise: &str, purpose: &str) -> String {
    consent_over(server, parties, enterprise, purpose, range(server))
}

fn consent_over(
    server: &Server,
    (bank, firm): (&str, &str),
    enterprise: &str,
    purpose: &str,
    (from, to): (Date, Date),
) -> String {
    let wanted = json!({
        "subject": enterprise, "purpose": purpose, "data_from": from, "data_to": to,
        "days": 30, "frequency": { "count": 3, "days": 30 }, "retention_days": 30,
    });
    let asked = server.post("/v1/exchange/consents", bank, &wanted).json();
    let id = asked["id"].as_str().unwrap_or_else(|| panic!("{asked}")).to_owned();
    let grant = json!({ "step": "grant", "authority": "legal_representative" });
    let granted = server.post(&format!("/v1/exchange/consents/{id}/steps"), firm, &grant).json();
    assert_eq!(granted["state"], "granted", "{granted}");
    id
}

fn application(consent: &str) -> Value {
    json!({
        "consent": consent, "purpose": "instant_loan",
        "request": { "product": "instant_loan", "amount_fen": 100_000_000, "months": 12, "purpose": "working_capital",
            "lpr_ppm": 30_000 },
        "bank_inputs": {
            "bank_credit_report": [{ "queried_on": "2025-10-09", "overdue_accounts": 0, "overdue_balance": 0,
                "overdue_months_24m": 0, "worst_class": "pass", "inquiries_6m": 1, "other_balance": "12.34万元",
                "guarantees": 0 }],
            "bank_group": [{ "group_limit": "5000万元", "group_exposure": "100万元" }],
            "bank_need": [{ "working_capital_need": "900万元", "own_loans": 0 }],
        },
    })
}

const DECISIONS: &str = "/v1/credit/decisions";

#[test]
fn an_application_is_decided_once_and_replays_after_the_policies_moved_on() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm, operator) =
        (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"), server.sign_in("demo-operator"));
    let consent = consent(&server, (&bank, &firm), &city.enterprise, "instant_loan");
    let asked = application(&consent);
    let first = server.write("POST", DECISIONS, &bank, "one-application", &asked);
    assert_eq!(first.status, 200, "{}", first.text());
    let made = first.json();
    let id = made["made"]["id"].as_str().unwrap().to_owned();

    // Again, and eight at once: the same decision with the same commitments, and one pull in the firm's log.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let again = server.write("POST", DECISIONS, &bank, "one-application", &asked).json();
                assert_eq!(again["made"]["record"], made["made"]["record"]);
                assert_eq!(again["decision"], made["decision"]);
            });
        }
    });
    let log = server.get(&format!("/v1/exchange/enterprises/{}/log", city.enterprise), Some(&firm)).json();
    let released = log["lines"].as_array().unwrap().iter().filter(|l| l["what"]["access"]["outcome"] == "released");
    assert_eq!(released.count(), 1, "{log}");
    let mut other = asked.clone();
    other["request"]["amount_fen"] = json!(200_000_000);
    assert_eq!(server.write("POST", DECISIONS, &bank, "one-application", &other).code(), "journal.key_reused");

    // What stands in the journal names no value: neither the bank's nor a department's.
    let listed = server.get(&format!("{DECISIONS}?limit=10"), Some(&operator)).text();
    assert!(listed.contains(&id) && !listed.contains("12340000") && !listed.contains("500000000"), "{listed}");

    // The tree names the product; the replay gives the same bytes, before and after another price is in force.
    let tree = server.get(&format!("{DECISIONS}/{id}/explanation"), Some(&bank)).json();
    assert_eq!(tree["title"]["zh"], "专精特新速贷");
    let replayed = |same: bool| {
        let said = server.get(&format!("{DECISIONS}/{id}/replay"), Some(&bank)).json();
        assert_eq!((&said["same"], &said["recorded"]), (&json!(same), &made["made"]["record"]["decision"]), "{said}");
        said
    };
    let before = replayed(true);
    assert_eq!(before["policies"], before["policies_now"]);
    let text = huoshui_credit::embedded::PRODUCTS[0].1.replace("AAA = \"0.10%\"", "AAA = \"0.15%\"");
    let workspace = huoshui_app::Workspace::open(
        &city.data(),
        huoshui_app::Mode::Existing,
        std::sync::Arc::new(huoshui_journal::SystemClock),
    )
    .unwrap();
    let kind = huoshui_app::policies::Kind::Products;
    huoshui_app::policies::publish(&workspace, "li.na", kind, "instant_loan.toml", &text).unwrap();
    let after = replayed(true);
    assert!(after["policies_now"].as_u64() > after["policies"].as_u64(), "{after}");

    // Erased: the record stays, and says what it can no longer do.
    let erased = server.write("DELETE", &format!("{DECISIONS}/{id}/inputs"), &bank, &fresh_key(), &Value::Null);
    assert_eq!(erased.status, 204, "{}", erased.text());
    assert_eq!(server.get(&format!("{DECISIONS}/{id}/replay"), Some(&bank)).code(), "credit.inputs_erased");
    let left = server.get(&format!("{DECISIONS}/{id}"), Some(&bank)).json();
    assert_eq!((&left["decision"], &left["made"]["record"]), (&Value::Null, &made["made"]["record"]));
    let counts = server.get("/v1/credit/monitor", Some(&bank)).json();
    assert_eq!(counts["decisions"], 1);
}

#[test]
fn tags_and_scores_leave_without_one_raw_field() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    let open = consent(&server, (&bank, &firm), &city.enterprise, "instant_loan");
    let order = json!({ "consent": open, "purpose": "instant_loan" });
    let whole = server.post("/v1/credit/profiles", &bank, &order).json();
    // Every value that says something by itself: four digits or more.
    let raw: Vec<String> = whole["values"]
        .as_object()
        .unwrap_or_else(|| panic!("{whole}"))
        .values()
        .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
        .filter(|v| v.chars().filter(char::is_ascii_digit).count() >= 4)
        .collect();
    assert!(raw.len() >= 5, "{raw:?}");

    let closed = consent(&server, (&bank, &firm), &city.enterprise, "tags_and_scores");
    let order = json!({ "consent": closed, "purpose": "tags_and_scores" });
    let derived = server.post("/v1/credit/profiles", &bank, &order);
    assert_eq!(derived.status, 200, "{}", derived.text());
    let (text, said) = (derived.text(), derived.json());
    let shipped = huoshui_credit::embedded::TAGS[0].1;
    assert!(said["tags"].as_array().unwrap().len() >= 30 && said["advice"]["score"].is_i64());
    // To the last key: a small number or a flag tells as much as a large one, and would stand under a key of its own.
    let keys = |value: &Value, names: &[&str]| {
        let mut found: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found, names, "{value}");
    };
    keys(&said, &["advice", "as_of", "id", "mode", "policies", "radar", "tags", "uscc"]);
    let advice = ["best", "card", "grade", "missing", "note", "pd_ppm", "score", "stage"];
    keys(&said["advice"], &advice);
    keys(&said["advice"]["card"], &["code", "hash", "kind", "version"]);
    keys(&said["advice"]["note"], &["en", "zh"]);
    for axis in said["radar"].as_array().unwrap() {
        keys(axis, &["features", "known", "name", "score", "theme"]);
        keys(&axis["name"], &["en", "zh"]);
    }
    for tag in said["tags"].as_array().unwrap() {
        keys(tag, &["answer", "code", "name", "reason", "theme", "version"]);
        keys(&tag["name"], &["en", "zh"]);
        keys(&tag["reason"], &["en", "zh"]);
        // Words of the policy, the same for every firm.
        assert!(shipped.contains(tag["reason"]["zh"].as_str().unwrap()), "{tag}");
    }
    for value in &raw {
        assert!(!text.contains(value.as_str()), "{value} leaves in {text}");
    }
    // The whole one is kept for the bank, and the derived consent does not open it.
    let kept = server.get(&format!("/v1/credit/profiles/{}", whole["id"].as_str().unwrap()), Some(&bank)).json();
    assert_eq!(kept, whole);
    let mut loan = application(&closed);
    loan["purpose"] = json!("tags_and_scores");
    assert_eq!(server.post("/v1/credit/decisions", &bank, &loan).code(), "credit.values_only");
    assert_eq!(
        server.post("/v1/credit/profiles", &bank, &json!({ "consent": closed, "purpose": "instant_loan" })).code(),
        "exchange.wrong_purpose"
    );
}
