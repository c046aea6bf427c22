//! Who may do what: every endpoint for every role, over the real service. The table is the page to read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use huoshui_journal::Clock as _;

use common::{AS_OF, City, Server, config, fresh_key};

/// The columns of the table.
const ROLES: [&str; 10] = [
    "anonymous",
    "enterprise",
    "bank",
    "insurer",
    "guarantor",
    "equity_investor",
    "equity_market",
    "department",
    "regulator",
    "operator",
];
/// The purpose that consents are asked for.
const PURPOSE: &str = "instant_loan";
/// States of a consent; `-` where the endpoint does not depend on one.
const CONSENT: [&str; 7] = ["-", "none", "requested", "granted", "paused", "revoked", "expired"];

struct Row<'a> {
    operation: &'a str,
    consent: &'a str,
    method: &'a str,
    path: &'a str,
    body: Option<&'a str>,
    expected: Vec<u16>,
}

/// `operation consent METHOD path [body] | status for each role`; a body holds no spaces.
fn rows(text: &str) -> Vec<Row<'_>> {
    let lines = text.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#'));
    lines
        .map(|line| {
            let (asked, expected) = line.split_once('|').unwrap_or_else(|| panic!("{line}"));
            let mut words = asked.split_whitespace();
            let mut next = || words.next().unwrap_or_else(|| panic!("{line}"));
            let (operation, consent, method, path) = (next(), next(), next(), next());
            let body = words.next();
            let expected: Vec<u16> = expected.split_whitespace().map(|s| s.parse().unwrap()).collect();
            assert_eq!(expected.len(), ROLES.len(), "{line}");
            assert!(CONSENT.contains(&consent), "{line}");
            Row { operation, consent, method, path, body, expected }
        })
        .collect()
}

#[test]
fn every_endpoint_answers_every_role_as_the_table_says() {
    let table = include_str!("table.txt");
    let rows = rows(table);
    let contract = huoshui_server::routes::contract().unwrap();
    let operations = contract.operations().unwrap();
    let known: BTreeSet<&str> = operations.values().map(|o| o.id.as_str()).collect();
    let tabled: BTreeSet<&str> = rows.iter().map(|r| r.operation).collect();
    let missing: Vec<_> = known.difference(&tabled).collect();
    let gone: Vec<_> = tabled.difference(&known).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in the table: {missing:?}; not in the contract: {gone:?}");
    // An endpoint that depends on consent has a row for each of its states.
    let mut states: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &rows {
        states.entry(row.operation).or_default().insert(row.consent);
    }
    for (operation, held) in states {
        let whole = held.contains("-") || CONSENT[1..].iter().all(|s| held.contains(s));
        assert!(whole, "{operation} has rows for the consent states {held:?} only");
    }

    let city = City::new();
    let server = Server::start(&city.data(), config());
    let tokens: Vec<Option<String>> =
        ROLES.iter().map(|role| (*role != "anonymous").then(|| server.sign_in(&format!("demo-{role}")))).collect();
    let consents = consents(&city, &server);
    let mut wrong = String::new();
    // What has expired comes last: the clock is put forward for it, and the sessions begin anew.
    let (last, first): (Vec<&Row<'_>>, Vec<&Row<'_>>) = rows.iter().partition(|r| r.consent == "expired");
    let mut tokens = tokens;
    for row in first.into_iter().chain(last) {
        if row.consent == "expired" && server.clock.now_micros() < huoshui_journal::SystemClock.now_micros() + 1_000_000
        {
            server.clock.days(3);
            for (role, token) in ROLES.iter().zip(&mut tokens) {
                *token = (*role != "anonymous").then(|| server.sign_in(&format!("demo-{role}")));
            }
        }
        let mut found = Vec::new();
        for (role, token) in ROLES.iter().zip(&tokens) {
            // What ends a session ends one of its own.
            let own = matches!(row.operation, "signOut" | "rotateSession")
                .then(|| token.as_ref().map(|_| server.sign_in(&format!("demo-{role}"))));
            let token = own.flatten().or_else(|| token.clone());
            let fill = |text: &str| {
                text.replace("{role}", role)
                    .replace("{bank}", &city.bank)
                    .replace("{other}", &city.other_bank)
                    .replace("{as_of}", AS_OF)
                    .replace("{fresh}", &fresh_key())
                    .replace("{enterprise}", &city.enterprise)
                    .replace("{purpose}", PURPOSE)
                    .replace("{department}", &city.department)
                    .replace("{insurer}", &city.insurer)
                    .replace("{consent}", consents.get(row.consent).map_or("none-such", String::as_str))
            };
            let key = fresh_key();
            let mut headers = vec![("Idempotency-Key", key.as_str()), ("If-Match", "\"1\"")];
            let body = match row.body {
                Some("multipart") => {
                    headers.push(("Content-Type", "multipart/form-data; boundary=frontier"));
                    "--frontier--\r\n".to_owned()
                }
                Some(json) => {
                    headers.push(("Content-Type", "application/json"));
                    fill(json)
                }
                None => String::new(),
            };
            let path = fill(row.path);
            let status = if row.operation.starts_with("watch") {
                stream_status(&server, &path, token.as_deref())
            } else {
                let reply = server.send(row.method, &path, token.as_deref(), &headers, body.as_bytes());
                if reply.status == 403 {
                    assert!(!reply.header("x-policy").is_empty(), "{} refuses without naming a policy", row.operation);
                }
                reply.status
            };
            found.push(status);
        }
        if found != row.expected {
            let _ = writeln!(
                wrong,
                "{} {} {}\n  expected {:?}\n  found    {found:?}",
                row.operation, row.method, row.path, row.expected
            );
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");

    // A machine's key without the scope does nothing, whoever it belongs to.
    let operator = server.sign_in("demo-operator");
    let body = serde_json::json!({ "name": "matrix", "scopes": ["inbox:read"], "days": 1 });
    let key = server.post("/v1/organisations/demo-operator/keys", &operator, &body).json()["token"]
        .as_str()
        .unwrap()
        .to_owned();
    for row in rows.iter().filter(|r| r.expected[0] == 401 && !r.operation.contains("Inbox")) {
        let path = row
            .path
            .replace("{role}", "operator")
            .replace("{bank}", &city.bank)
            .replace("{as_of}", AS_OF)
            .replace("{other}", &city.other_bank);
        let deferred = operations.values().any(|o| o.id == row.operation && o.deferred);
        let fresh = fresh_key();
        let headers =
            [("Idempotency-Key", fresh.as_str()), ("If-Match", "\"1\""), ("Content-Type", "application/json")];
        let reply = server.send(row.method, &path, Some(&key), &headers, b"{}");
        assert!(reply.status == 403 || deferred && reply.status >= 400, "{} {}", row.operation, reply.status);
    }
}

/// A consent of the bank's in each state, by state.
fn consents(city: &City, server: &Server) -> BTreeMap<&'static str, String> {
    let (bank, enterprise) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    let ask = serde_json::json!({
        "subject": city.enterprise, "purpose": PURPOSE, "data_from": "2025-01-01", "data_to": "2025-09-30",
        "days": 1, "frequency": { "count": 3, "days": 30 }, "retention_days": 1,
        "asks": [{ "resource": "registration" }],
    });
    let mut all = BTreeMap::new();
    for (state, steps) in [
        ("requested", &[][..]),
        ("granted", &["grant"][..]),
        ("paused", &["grant", "pause"][..]),
        ("revoked", &["grant", "revoke"][..]),
        ("expired", &["grant"][..]),
    ] {
        let asked = server.post("/v1/exchange/consents", &bank, &ask);
        assert!(asked.status < 300, "{}", asked.text());
        let found = asked.json();
        let id = found["id"]
            .as_str()
            .or_else(|| found["draft"]["id"].as_str())
            .unwrap_or_else(|| panic!("{found}"))
            .to_owned();
        for step in steps {
            let body = serde_json::json!({ "step": step, "authority": "legal_representative" });
            let done = server.post(&format!("/v1/exchange/consents/{id}/steps"), &enterprise, &body);
            assert!(done.status < 300, "{step}: {}", done.text());
        }
        all.insert(state, id);
    }
    all
}

/// A stream does not end by itself: its head tells.
fn stream_status(server: &Server, path: &str, token: Option<&str>) -> u16 {
    use std::io::Read as _;
    let mut socket = server.open("GET", path, token, &[], b"");
    let mut head = [0_u8; 12];
    socket.read_exact(&mut head).unwrap();
    std::str::from_utf8(&head[9..12]).unwrap().parse().unwrap()
}
