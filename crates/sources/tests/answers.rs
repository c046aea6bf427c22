//! What is asked and what is taken for an answer: a good one as it is, every lie refused by its own code.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use std::sync::{Arc, Mutex};

use huoshui_kernel::Lang;
use huoshui_sources::{Outcome, Served, State};
use serde_json::{Value, json};
use support::{Department, FIRM, NOW, ask, day, good, http, json as ok, remote, resource, settings};

#[tokio::test]
async fn a_good_answer_comes_checked_ordered_and_with_its_provenance() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = heads.clone();
    let department = Department::answering(move |_, head| {
        seen.lock().unwrap().push(head.to_lowercase());
        ok(&good())
    });
    let remote = remote(department.port, settings());
    let outcome = remote.fetch(&ask()).await;
    let answer = outcome.answer().unwrap_or_else(|| panic!("{:?}", outcome.fault()));
    assert_eq!((answer.department.as_str(), answer.schema, answer.known), ("swj", 2, true));
    assert_eq!((answer.as_of, answer.covers_from), (day("2025-10-15"), day("2023-01-01")));
    assert_eq!((answer.fetched_at, answer.served), (NOW, Served::Live));
    assert_eq!(answer.columns, ["period", "paid", "grade"]);
    assert_eq!(json!(answer.rows), json!([["2025-08-31", -1, "A"], ["2025-09-30", 123_456, null]]), "by key");

    let head = heads.lock().unwrap()[0].clone();
    let line = format!(
        "get /v1/resources/tax_paid/records?uscc={}&from=2025-01-01&to=2025-10-20&fields=period,paid,grade http/1.1\r\n",
        FIRM.to_lowercase()
    );
    assert!(head.starts_with(&line), "{head}");
    assert!(head.contains("authorization: bearer k-e-y\r\n"), "{head}");
    assert!(head.contains("accept-encoding: identity\r\n"), "{head}");

    // A second question goes over the same connection.
    assert!(remote.fetch(&ask()).await.answer().is_some());
    assert_eq!((department.seen(), department.connections.load(std::sync::atomic::Ordering::SeqCst)), (2, 1));
    let health = remote.health();
    assert_eq!((health.state, health.counts.get("live"), health.last_success_at), (State::Closed, Some(&2), Some(NOW)));
    assert_eq!(health.latency.unwrap().samples, 2);
}

#[tokio::test]
async fn nothing_known_and_known_nothing_differ() {
    for known in [true, false] {
        let mut body = good();
        body["rows"] = json!([]);
        body["known"] = json!(known);
        let department = Department::answering(move |_, _| ok(&body));
        let outcome = remote(department.port, settings()).fetch(&ask()).await;
        let answer = outcome.answer().unwrap();
        assert_eq!((answer.known, answer.rows.len()), (known, 0));
    }
}

#[tokio::test]
async fn every_lie_is_refused_by_its_own_code_and_the_breaker_stays_closed() {
    let cases: Vec<(&str, Value, &str)> = vec![
        ("/schema", json!(3), "source.schema_version"),
        ("/resource", json!("vat"), "source.wrong_resource"),
        ("/uscc", json!("91310000MA1FL0000X"), "source.other_firm"),
        ("/as_of", json!("2025-10-21"), "source.dates"),
        ("/as_of", json!("15 Oct 2025"), "source.dates"),
        ("/covers_from", json!("2025-10-16"), "source.dates"),
        ("/rows/0/0", json!("2025-10-31"), "source.dates"),
        ("/rows/0/0", json!("2024-12-31"), "source.outside_range"),
        ("/rows/0/0", json!("2025-9-30"), "source.cell"),
        ("/rows/0/0", json!("2025-08-31"), "source.duplicate_row"),
        ("/rows/0/0", Value::Null, "source.cell"),
        ("/rows/0/1", json!("123"), "source.cell"),
        ("/rows/0/1", json!(true), "source.cell"),
        ("/rows/0/1", json!(12.5), "source.not_protocol"),
        ("/rows/0/1", json!(u64::MAX), "source.not_protocol"),
        ("/rows/0/1", json!([1]), "source.not_protocol"),
        ("/rows/0/2", json!("C"), "source.cell"),
        ("/rows/0", json!(["2025-09-30", 1]), "source.not_protocol"),
        ("/rows", json!("none"), "source.not_protocol"),
        ("/known", json!(false), "source.contradiction"),
        ("/known", json!("yes"), "source.not_protocol"),
        ("/columns/1/name", json!("paid_tax"), "source.drift"),
        ("/columns/1/kind", json!("int"), "source.drift"),
        ("/columns/2", json!({"name": "paid", "kind": "money"}), "source.drift"),
        ("/columns", json!([]), "source.drift"),
    ];
    for (place, value, code) in cases {
        let mut body = good();
        *body.pointer_mut(place).unwrap() = value.clone();
        let department = Department::answering(move |_, _| ok(&body));
        let mut often = settings();
        often.breaker.open_after = 1;
        let remote = remote(department.port, often);
        for _ in 0..2 {
            // Asked twice: a lie must not hide behind a breaker that it opened.
            let outcome = remote.fetch(&ask()).await;
            assert!(matches!(outcome, Outcome::Unusable(_)), "{place} {value}");
            assert_eq!(outcome.fault().unwrap().code(), code, "{place} {value}");
        }
        let health = remote.health();
        assert_eq!((health.state, health.counts.get(code)), (State::Closed, Some(&2)));
        assert_eq!(health.last_failure.unwrap().code, code);
    }
}

#[tokio::test]
async fn drift_names_columns_and_repeats_no_hostile_text() {
    let mut body = good();
    body["columns"] = json!([
        {"name": "period", "kind": "text"}, {"name": "<script>", "kind": "money"}, {"name": "bonus", "kind": "int"}
    ]);
    let department = Department::answering(move |_, _| ok(&body));
    let outcome = remote(department.port, settings()).fetch(&ask()).await;
    assert_eq!(
        outcome.fault().unwrap().message(Lang::En),
        "resource “tax_paid” of department “swj” differs from the catalogue: missing paid, grade; extra ?, bonus; \
         of another kind period; out of order –"
    );
}

#[tokio::test]
async fn no_fault_repeats_the_key_or_what_was_sent() {
    let answers: [fn() -> Vec<u8>; 4] = [
        || http("200 OK", "Content-Type: application/json\r\n", b"{\"department\": \"SECRET-VALUE\""),
        || http("500 SECRET-VALUE", "X-Note: SECRET-VALUE\r\n", b"SECRET-VALUE"),
        || http("302 Found", "Location: http://SECRET-VALUE/\r\n", b""),
        || {
            let mut body = good();
            body["rows"][0][2] = json!("SECRET-VALUE");
            ok(&body)
        },
    ];
    for answer in answers {
        let department = Department::answering(move |_, _| answer());
        let outcome = remote(department.port, settings()).fetch(&ask()).await;
        let fault = outcome.fault().unwrap();
        let text = format!("{fault} {} {}", fault.hint(Lang::Zh), serde_json::to_string(fault).unwrap());
        assert!(!text.contains("SECRET-VALUE") && !text.contains("k-e-y") && !text.contains(FIRM), "{text}");
        assert!(!text.contains('{') || text.matches('{').count() == 1, "an unfilled place: {text}");
    }
}

#[tokio::test]
async fn rows_are_bounded() {
    let department = Department::answering(|_, _| ok(&good()));
    let mut few = settings();
    few.max_rows = 1;
    let outcome = remote(department.port, few).fetch(&ask()).await;
    assert_eq!(outcome.fault().unwrap().code(), "source.too_many_rows");
}

#[tokio::test]
async fn the_schema_itself_can_be_held_against_the_catalogue() {
    let mut body = good();
    let schema = json!({"department": "swj", "resource": "tax_paid", "schema": 2, "columns": body["columns"].take(),
        "title": "more than is needed is no fault"});
    let department = Department::answering(move |_, head| {
        assert!(head.starts_with("GET /v1/resources/tax_paid/schema HTTP/1.1\r\n"), "{head}");
        ok(&schema)
    });
    let remote = remote(department.port, settings());
    remote.check_schema(&resource()).await.unwrap();
    let mut newer = resource();
    newer.schema = 3;
    assert_eq!(remote.check_schema(&newer).await.unwrap_err().code(), "source.schema_version");
    newer = resource();
    newer.columns.pop();
    assert_eq!(remote.check_schema(&newer).await.unwrap_err().code(), "source.drift");
}
