//! What a department answers when it behaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod support;

use huoshui_department::{Misbehaviour, Stock, serve};
use huoshui_exchange::catalogue::Catalogue;
use serde_json::{Value, json};
use support::{Running, ask, control, day, files, firm, get, http, options, resource};

#[tokio::test]
async fn a_firm_is_found_its_changes_applied_and_money_is_fen() {
    let folder = files();
    let running = Running::start(options(folder.path())).await;
    assert_eq!(running.ready.resources, ["tax_arrears", "tax_payments"], "other departments' files are left alone");
    assert_eq!(running.ready.rows, 5);
    let remote = running.remote(|_| {});
    let outcome = remote.fetch(&ask("tax_payments", firm(1))).await;
    let answer = outcome.answer().unwrap_or_else(|| panic!("{:?}", outcome.fault()));
    // 1234.56 yuan are 123,456 fen. The change of 5 October takes the place of the second quarter's row.
    assert_eq!(
        json!(answer.rows),
        json!([["2025-06-30", 100_000, 9_000, 1_000, 10_000, false], ["2025-09-30", 123_456, 10_001, 0, 10_001, true]])
    );
    // The earliest row is of the second quarter, which begins on 1 April.
    assert_eq!((answer.as_of, answer.covers_from, answer.known), (day("2025-10-05"), day("2025-04-01"), true));

    let mut narrow = ask("tax_payments", firm(1));
    narrow.from = Some(day("2025-07-01"));
    assert_eq!(remote.fetch(&narrow).await.answer().unwrap().rows.len(), 1);

    // No arrears is knowledge; no payments means that the office does not know the firm.
    for (code, known) in [("tax_arrears", true), ("tax_payments", false)] {
        let outcome = remote.fetch(&ask(code, firm(9))).await;
        let answer = outcome.answer().unwrap();
        assert_eq!((answer.known, answer.rows.len()), (known, 0), "{code}");
    }
    remote.check_schema(&resource("tax_arrears")).await.unwrap();
    let other = remote.fetch(&ask("social_security", firm(1))).await;
    assert_eq!(other.fault().unwrap().code(), "source.no_resource");
    running.stop().await;
}

#[tokio::test]
async fn requests_are_read_strictly() {
    let folder = files();
    let running = Running::start(options(folder.path())).await;
    let one = firm(1);
    let uscc = one.as_str();
    let records = "/v1/resources/tax_arrears/records";
    let (status, body) = get(&running, &format!("{records}?uscc={uscc}&fields=amount,tax_type")).await;
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200);
    assert_eq!(answer["rows"], json!([[500, "vat"]]));
    assert_eq!(answer["columns"], json!([{"name": "amount", "kind": "money"}, {"name": "tax_type", "kind": "code"}]));
    for (path, status, code) in [
        (format!("{records}?uscc=91110000600037341X"), 400, "department.bad_request"),
        (records.to_owned(), 400, "department.bad_request"),
        (format!("{records}?uscc={uscc}&from=2025-13-01"), 400, "department.bad_request"),
        (format!("{records}?uscc={uscc}&from=2025-02-01&to=2025-01-01"), 400, "department.bad_request"),
        (format!("{records}?uscc={uscc}&fields=amount,amount"), 400, "department.bad_request"),
        (format!("{records}?uscc={uscc}&fields=secret"), 400, "department.bad_request"),
        (format!("{records}?uscc={uscc}&limit=5"), 400, "department.bad_request"),
        (format!("/v1/resources/none/records?uscc={uscc}"), 404, "department.no_resource"),
        ("/v1/resources/none/schema".to_owned(), 404, "department.no_resource"),
        ("/elsewhere".to_owned(), 404, "department.no_resource"),
    ] {
        let (found, body) = get(&running, &path).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((found, body["code"].as_str()), (status, Some(code)), "{path}");
    }
    let (status, list) = get(&running, "/v1/resources").await;
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!((status, list["resources"][1]["rows"].as_u64()), (200, Some(4)));
    running.stop().await;
}

#[tokio::test]
async fn the_key_is_asked_for_everywhere_but_at_health() {
    let folder = files();
    let running = Running::start(options(folder.path())).await;
    for key in ["", "Authorization: Bearer wrong\r\n", "Authorization: k-e-y\r\n", "Authorization: Bearer k-e-y2\r\n"] {
        for path in ["/v1/resources", "/v1/resources/tax_arrears/schema", "/v1/resources/tax_arrears/records?uscc=x"] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{key}\r\n");
            let (status, body) = http(&running, &request).await;
            assert_eq!(status, 401, "{key} {path}");
            assert!(body.contains("department.unauthorised") && !body.contains("k-e-y"), "{body}");
        }
    }
    assert_eq!(http(&running, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.0, 200);
    running.stop().await;
}

#[tokio::test]
async fn control_is_there_only_when_asked_for_and_takes_json_alone() {
    let folder = files();
    let running = Running::start(options(folder.path())).await;
    assert_eq!(control(&running, "slow=5ms").await.0, 200);
    let (_, state) = get(&running, "/control").await;
    assert_eq!(serde_json::from_str::<Value>(&state).unwrap()["misbehave"], "slow=5ms");
    assert_eq!(control(&running, "dance").await.0, 400);
    let form = "POST /control HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n\r\n\
                {\"misbehave\":\"hang\"}";
    assert_eq!(http(&running, form).await.0, 400);
    let (_, state) = get(&running, "/control").await;
    assert_eq!(serde_json::from_str::<Value>(&state).unwrap()["misbehave"], "slow=5ms");
    running.stop().await;

    let mut without = options(folder.path());
    without.control = false;
    let running = Running::start(without).await;
    assert_eq!(control(&running, "fail").await.0, 404);
    running.stop().await;

    let mut exposed = options(folder.path());
    exposed.listen = ([0, 0, 0, 0], 0).into();
    let fault = serve(exposed, |_| panic!("it started"), async {}).await.unwrap_err();
    assert_eq!((fault.code(), fault.field_name()), ("department.control_exposed", Some("control")));
}

#[tokio::test]
async fn a_hanging_department_still_ends_within_its_grace() {
    let folder = files();
    let mut hanging = options(folder.path());
    hanging.misbehaviour = Misbehaviour::Hang;
    let running = Running::start(hanging).await;
    let remote = running.remote(|s| s.deadline_ms = 60_000);
    let waiting = tokio::spawn(async move { remote.fetch(&ask("tax_arrears", firm(1))).await });
    while !get(&running, "/control").await.1.contains("\"in_flight\":1") {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    // Does not return unless the endpoint gives up on the request under way.
    running.stop().await;
    waiting.abort();
}

#[test]
fn files_that_cannot_be_answered_from_are_refused_at_the_start() {
    let catalogue = Catalogue::embedded().unwrap();
    let folder = files();
    let code = |named: &[&str]| {
        let named: Vec<String> = named.iter().map(|n| (*n).to_owned()).collect();
        Stock::load(&catalogue, "swj", folder.path(), &named).err().map(|f| f.code())
    };
    assert_eq!(code(&["tax_arrears"]), None);
    assert_eq!(code(&["tax_grade"]), Some("department.no_files"));
    assert_eq!(code(&["social_security"]), Some("department.not_published"));
    assert_eq!(Stock::load(&catalogue, "hg", folder.path(), &[]).err().unwrap().code(), "department.no_files");
    let bad = format!("uscc,period,tax_type,amount,since\n{},2025-09-30,beer,5.00,2025-05-01\n", firm(1).as_str());
    std::fs::write(folder.path().join("tax_arrears.2025-10-31.whole.csv"), bad).unwrap();
    let fault = Stock::load(&catalogue, "swj", folder.path(), &[]).err().unwrap();
    assert_eq!(fault.code(), "department.bad_cells");
    assert!(fault.to_string().contains("2: "), "the row is named: {fault}");
}
