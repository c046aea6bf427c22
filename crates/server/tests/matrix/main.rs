//! Who may do what: every endpoint for every role, over the real service. The table is the page to read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use huoshui_journal::Clock as _;
use serde_json::{Value, json};

use common::things::{Ids, Things};
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
const CONSENT: [&str; 8] = ["-", "none", "requested", "declined", "granted", "paused", "revoked", "expired"];

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
    let table = [include_str!("table.txt"), include_str!("tenants.txt")].concat();
    let rows = rows(&table);
    let contract = huoshui_server::routes::contract().unwrap();
    let operations = contract.operations().unwrap();
    let conditional = conditional(contract.document());
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
        let stated = held.iter().any(|s| *s != "-");
        let whole = !stated || CONSENT[1..].iter().all(|s| held.contains(s));
        assert!(whole, "{operation} has rows for the consent states {held:?} only");
    }

    let city = City::new();
    let server = Server::start(&city.data(), config());
    let tokens: Vec<Option<String>> =
        ROLES.iter().map(|role| (*role != "anonymous").then(|| server.sign_in(&format!("demo-{role}")))).collect();
    let papers = Papers::new(&city, &server);
    let of_role = |role: &str| tokens[ROLES.iter().position(|r| *r == role).unwrap()].clone().unwrap();
    let things = Things::new(&city, &server, &of_role);
    // Made before anything expires: for each row with a step one for the enterprise, one for everyone else.
    let own: Vec<[String; 2]> = rows.iter().map(|row| papers.of_row(row)).collect();
    let mut wrong = String::new();
    // What has expired comes last: the clock is put forward for it, and the sessions begin anew.
    let (last, first): (Vec<_>, Vec<_>) = rows.iter().zip(&own).partition(|(row, _)| row.consent == "expired");
    let mut tokens = tokens;
    for (row, [stepped, kept]) in first.into_iter().chain(last) {
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
                    .replace("{consent}", papers.values(row.consent))
                    .replace("{claimable}", papers.claims(row.consent))
                    .replace("{refreshed}", papers.refreshed(row.consent)[0])
                    .replace("{profile}", papers.refreshed(row.consent)[1])
                    .replace("{foreign}", &papers.foreign)
                    .replace("{stranger}", &city.stranger)
                    .replace("{steppable}", if *role == "enterprise" { stepped } else { kept })
            };
            let fill = |text: &str| named(named(fill(text), "own", &things.own), "foreign", &things.foreign);
            let key = fresh_key();
            let mut headers = vec![("Idempotency-Key", key.as_str())];
            if conditional.contains(row.operation) {
                headers.push(("If-Match", "\"1\""));
            }
            let body = match row.body {
                Some("multipart") => {
                    headers.push(("Content-Type", "multipart/form-data; boundary=frontier"));
                    "--frontier--\r\n".to_owned()
                }
                Some(json) => {
                    headers.push(("Content-Type", "application/json"));
                    let purpose = json.strip_prefix("{ask:").and_then(|rest| rest.strip_suffix('}'));
                    purpose.map_or_else(|| fill(json), |purpose| ask(&city.enterprise, purpose).to_string())
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
                // Whoever does not supervise is served nothing in which another tenant's thing is named.
                if reply.status < 300 && !["regulator", "operator"].contains(role) {
                    let said = reply.text();
                    for name in SECRET.iter().filter(|name| said.contains(things.foreign[**name].as_str())) {
                        let _ = writeln!(wrong, "{} {path} tells {role} another's {name}", row.operation);
                    }
                }
                reply.status
            };
            found.push(status);
        }
        if kept != "none-such" {
            // Whoever was refused moved nothing.
            let token = tokens[1].as_deref();
            let after = server.get(&format!("/v1/exchange/consents/{kept}"), token).json()["state"].clone();
            assert_eq!(after, row.consent, "{} {:?}: a step that was refused had an effect", row.path, row.body);
        }
        if found != row.expected {
            let _ = writeln!(
                wrong,
                "{} {} {} {}\n  expected {:?}\n  found    {found:?}",
                row.operation,
                row.consent,
                row.path,
                row.body.unwrap_or_default(),
                row.expected
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

/// What of another tenant's nobody is told who does not supervise.
const SECRET: [&str; 7] = ["consent", "profile", "decision", "draft", "job", "key", "objection"];

/// A text with `{set.name}` filled in.
fn named(mut text: String, set: &str, ids: &Ids) -> String {
    for (name, id) in ids {
        text = text.replace(&format!("{{{set}.{name}}}"), id);
    }
    text
}

/// The operations that must name the version which they were decided upon.
fn conditional(contract: &Value) -> BTreeSet<String> {
    let all = contract["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let named = |p: &Value| p["name"] == "If-Match" && p["required"] == true;
    let some = all.filter(|o| o["parameters"].as_array().is_some_and(|all| all.iter().any(named)));
    some.map(|o| o["operationId"].as_str().unwrap().to_owned()).collect()
}

/// A request for a consent that fits this purpose.
fn ask(subject: &str, purpose: &str) -> Value {
    let asks = match purpose {
        "verification_only" => json!([{ "resource": "tax_grade" }]),
        _ => json!([{ "resource": "registration" }]),
    };
    json!({
        "subject": subject, "purpose": purpose, "data_from": "2024-01-01", "data_to": "2025-09-30",
        "days": 1, "frequency": { "count": 3, "days": 30 }, "retention_days": 1, "asks": asks,
    })
}

/// Consents of the bank's in each state.
struct Papers<'a> {
    city: &'a City,
    server: &'a Server,
    bank: String,
    enterprise: String,
    values: BTreeMap<&'static str, String>,
    claims: BTreeMap<&'static str, String>,
    /// Consents under which a profile was refreshed while they were granted, each with that profile.
    refreshed: BTreeMap<&'static str, [String; 2]>,
    foreign: String,
}

/// The steps that lead to a state. What has expired was granted until the clock was put forward.
const STEPS: [(&str, &[&str]); 6] = [
    ("requested", &[]),
    ("declined", &["decline"]),
    ("granted", &["grant"]),
    ("paused", &["grant", "pause"]),
    ("revoked", &["grant", "revoke"]),
    ("expired", &["grant"]),
];

impl<'a> Papers<'a> {
    fn new(city: &'a City, server: &'a Server) -> Self {
        let (bank, enterprise) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
        let (values, claims, refreshed) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut papers = Self { city, server, bank, enterprise, values, claims, refreshed, foreign: String::new() };
        for (state, _) in STEPS {
            papers.values.insert(state, papers.made(PURPOSE, state));
            papers.claims.insert(state, papers.made("verification_only", state));
        }
        for (state, last) in
            [("granted", None), ("paused", Some("pause")), ("revoked", Some("revoke")), ("expired", None)]
        {
            let consent = papers.made(PURPOSE, "granted");
            let body = json!({ "consent": consent, "purpose": PURPOSE });
            let made = server.post("/v1/credit/profiles", &papers.bank, &body);
            assert_eq!(made.status, 200, "{}", made.text());
            last.iter().for_each(|step| papers.step(&consent, step));
            papers.refreshed.insert(state, [consent, made.json()["id"].as_str().unwrap().to_owned()]);
        }
        papers.foreign = papers.asked(&city.stranger, PURPOSE);
        papers
    }

    fn asked(&self, subject: &str, purpose: &str) -> String {
        let asked = self.server.post("/v1/exchange/consents", &self.bank, &ask(subject, purpose));
        assert_eq!(asked.status, 201, "{}", asked.text());
        asked.json()["id"].as_str().unwrap().to_owned()
    }

    /// A new one, led to this state.
    fn made(&self, purpose: &str, state: &str) -> String {
        let id = self.asked(&self.city.enterprise, purpose);
        let (_, steps) = STEPS.iter().find(|(name, _)| *name == state).unwrap();
        steps.iter().for_each(|step| self.step(&id, step));
        id
    }

    fn step(&self, id: &str, step: &str) {
        let body = json!({ "step": step, "authority": "legal_representative" });
        let done = self.server.post(&format!("/v1/exchange/consents/{id}/steps"), &self.enterprise, &body);
        assert_eq!(done.status, 200, "{step}: {}", done.text());
    }

    /// Two of a row's own, where it steps one.
    fn of_row(&self, row: &Row<'_>) -> [String; 2] {
        if !row.path.contains("{steppable}") || row.consent == "none" {
            return ["none-such", "none-such"].map(str::to_owned);
        }
        [(); 2].map(|()| self.made(PURPOSE, row.consent))
    }

    fn values(&self, state: &str) -> &str {
        self.values.get(state).map_or("none-such", String::as_str)
    }

    /// A consent in this state and the profile refreshed under it before.
    fn refreshed(&self, state: &str) -> [&str; 2] {
        self.refreshed.get(state).map_or(["none-such"; 2], |both| both.each_ref().map(String::as_str))
    }

    /// Where the state does not matter, one that is granted.
    fn claims(&self, state: &str) -> &str {
        let state = if state == "-" { "granted" } else { state };
        self.claims.get(state).map_or("none-such", String::as_str)
    }
}

/// A stream does not end by itself: its head tells.
fn stream_status(server: &Server, path: &str, token: Option<&str>) -> u16 {
    use std::io::Read as _;
    let mut socket = server.open("GET", path, token, &[], b"");
    let mut head = [0_u8; 12];
    socket.read_exact(&mut head).unwrap();
    std::str::from_utf8(&head[9..12]).unwrap().parse().unwrap()
}
