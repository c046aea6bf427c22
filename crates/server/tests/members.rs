//! Members who are no administrators: what they may not do, of every kind of organisation; and who appoints signers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::sync::Arc;

use common::{Server, config, fresh_key};
use huoshui_app::access::events::{Account, Organisation};
use huoshui_app::access::{Asker, Hasher, Kind, Seed, accounts, organisations};
use huoshui_app::{Mode, Workspace};
use huoshui_journal::SystemClock;
use huoshui_kernel::Uscc;
use serde_json::{Value, json};

const PASSWORD: &str = "a planted secret-word";

/// Kinds whose administrators are asked as well; of the others the matrix tells. Every password costs a slow hash.
const ADMINS: [Kind; 3] = [Kind::Enterprise, Kind::Bank, Kind::Operator];

/// An organisation of each of these kinds with a member `KIND.member`, and `KIND.admin` where one is asked.
fn world(kinds: &[Kind]) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::open(&folder.path().join("data"), Mode::Create, Arc::new(SystemClock)).unwrap();
    let seed = Seed::open(&workspace).unwrap();
    for kind in kinds.iter().copied() {
        let id = kind.code().replace('_', "-");
        let asker = Asker { actor: "huoshui", key: &format!("join-{id}") };
        let uscc = Uscc::compose("91", "110108", "MA000001").unwrap();
        let subject = match kind {
            Kind::Enterprise => Some(uscc.as_str().to_owned()),
            kind => kind.has_subject().then(|| "X1".to_owned()),
        };
        let (name_zh, name_en) = (id.clone(), id.clone());
        let organisation = Organisation { id: id.clone(), kind, subject, name_zh, name_en, demo: false };
        organisations::join(&workspace, asker, &organisation).unwrap();
        for (role, admin) in [("member", false), ("admin", true)] {
            if admin && !ADMINS.contains(&kind) {
                continue;
            }
            let login = format!("{id}.{role}");
            let account = Account { login: login.clone(), organisation: id.clone(), admin, demo: false, closed: false };
            let asker = Asker { actor: "huoshui", key: &login };
            accounts::open(&workspace, asker, &account, PASSWORD, (&Hasher::new(1, 0), &seed)).unwrap();
        }
    }
    (folder, Server::over(workspace, config()))
}

fn session(server: &Server, login: &str) -> String {
    let body = json!({ "login": login, "password": PASSWORD }).to_string();
    let reply = server.send("POST", "/v1/session", None, &[("Content-Type", "application/json")], body.as_bytes());
    reply.json()["token"].as_str().unwrap_or_else(|| panic!("{login}: {}", reply.text())).to_owned()
}

/// Everything that manages accounts, keys and signers of an organisation: method, path, body, what an administrator gets.
fn managing(id: &str) -> Vec<(&'static str, String, Value, u16)> {
    let at = |rest: &str| format!("/v1/organisations/{id}/{rest}");
    let password = json!({ "password": "another planted word" });
    let new = json!({ "login": format!("{id}.new"), "password": PASSWORD });
    let key = json!({ "name": "core", "scopes": ["inbox:read"], "days": 1 });
    // Only an enterprise has signers.
    let appointed = if id == "enterprise" { 200 } else { 422 };
    let ended = if id == "enterprise" { 200 } else { 404 };
    let agent =
        json!({ "authority": "authorised_agent", "authorisation": "7", "from": "2025-01-01", "until": "2025-12-31" });
    vec![
        ("GET", at("accounts"), Value::Null, 200),
        ("GET", at(&format!("accounts/{id}.member")), Value::Null, 200),
        ("POST", at("accounts"), new, 201),
        ("PUT", at(&format!("accounts/{id}.member/password")), password, 204),
        ("GET", at("keys"), Value::Null, 200),
        ("GET", at("keys/none"), Value::Null, 404),
        ("POST", at("keys"), key, 201),
        ("DELETE", at("keys/none"), Value::Null, 404),
        ("GET", at("signers"), Value::Null, 200),
        ("PUT", at(&format!("signers/{id}.member")), agent, appointed),
        ("DELETE", at(&format!("signers/{id}.member")), Value::Null, ended),
        // The last: the account is gone then. Its second version has the new password.
        ("DELETE", at(&format!("accounts/{id}.member")), Value::Null, 200),
    ]
}

fn ask(server: &Server, token: &str, (method, path, body): (&str, &str, &Value)) -> common::Reply {
    let key = fresh_key();
    let mut headers = vec![("Content-Type", "application/json"), ("Idempotency-Key", key.as_str())];
    // What a password was set for is at its second version, a signer that was appointed at its first.
    match (method, path.contains("/signers/") || path.ends_with("/password")) {
        ("DELETE", false) => headers.push(("If-Match", "\"2\"")),
        ("DELETE", true) => headers.push(("If-Match", "\"1\"")),
        ("PUT", _) if path.ends_with("/password") => headers.push(("If-Match", "\"1\"")),
        _ => {}
    }
    let body = if body.is_null() { String::new() } else { body.to_string() };
    server.send(method, path, Some(token), &headers, body.as_bytes())
}

#[test]
fn a_plain_member_of_any_organisation_manages_nobodys_account_key_or_signature() {
    let (_folder, server) = world(&Kind::ALL);
    for kind in Kind::ALL {
        let id = kind.code().replace('_', "-");
        let member = session(&server, &format!("{id}.member"));
        let asked = managing(&id);
        let new = json!({ "id": "another", "kind": "guarantor", "name_zh": "甲", "name_en": "A" });
        let admit = ("POST", "/v1/organisations".to_owned(), new, 201);
        for (method, path, body, _) in asked.iter().chain([&admit]) {
            let reply = ask(&server, &member, (method, path, body));
            assert_eq!((reply.status, reply.code().as_str()), (403, "auth.denied"), "{method} {path}");
            assert_eq!(reply.header("x-policy"), "default-deny", "{method} {path}");
        }
        if !ADMINS.contains(&kind) {
            continue;
        }
        // It was the role that was refused, not the request.
        let admin = session(&server, &format!("{id}.admin"));
        for (method, path, body, status) in &asked {
            let reply = ask(&server, &admin, (method, path, body));
            assert_eq!(reply.status, *status, "{method} {path}: {}", reply.text());
        }
    }
    // No firm's administrator reaches into another's.
    let bank = session(&server, "bank.admin");
    for (method, path, body, _) in &managing("enterprise") {
        assert_eq!(ask(&server, &bank, (method, path, body)).status, 403, "{method} {path}");
    }
}

#[test]
fn a_signer_is_recorded_shown_and_ended() {
    let (_folder, server) = world(&ADMINS);
    let (admin, operator) = (session(&server, "enterprise.admin"), session(&server, "operator.admin"));
    let signers = "/v1/organisations/enterprise/signers";
    let put = |token: &str, login: &str, body: &Value| {
        server.write("PUT", &format!("{signers}/{login}"), token, &fresh_key(), body)
    };
    let legal = json!({ "authority": "legal_representative" });
    let refused = put(&admin, "enterprise.member", &legal);
    assert_eq!((refused.status, refused.code().as_str()), (422, "access.not_identified"));
    assert_eq!(put(&admin, "bank.member", &legal).status, 404, "another organisation's account");
    for body in [
        json!({ "authority": "authorised_agent" }),
        json!({ "authority": "oneself" }),
        json!({ "authority": "authorised_agent", "authorisation": "7", "from": "2025-12-31", "until": "2025-01-01" }),
        json!({ "authority": "legal_representative", "authorisation": "7" }),
    ] {
        let refused = put(&admin, "enterprise.member", &body);
        assert_eq!((refused.status, refused.code().as_str()), (422, "access.bad_authorisation"), "{body}");
    }
    let identity = json!({ "id_number": "00000019900101123x", "checked": "at the counter" });
    let person = json!({ "login": "enterprise.person", "password": PASSWORD, "identity": identity });
    assert_eq!(server.post("/v1/organisations/enterprise/accounts", &operator, &person).status, 201);
    let appointed = put(&admin, "enterprise.person", &legal);
    assert_eq!(appointed.status, 200, "{}", appointed.text());
    assert_eq!(appointed.json()["authority"], "legal_representative");
    let agent =
        json!({ "authority": "authorised_agent", "authorisation": "7", "from": "2025-01-01", "until": "2025-12-31" });
    assert_eq!(put(&operator, "enterprise.member", &agent).status, 200, "the operator appoints as well");
    let member = format!("{signers}/enterprise.member");
    let seen = server.version(&member, &admin);
    let ended = server.change(("DELETE", &member), &admin, seen, &Value::Null);
    assert_eq!((ended.status, ended.json()["ended"].as_bool()), (200, Some(true)), "{}", ended.text());
    let listed = server.get(signers, Some(&admin)).json();
    let of = |n: usize, name: &str| listed["items"][n][name].clone();
    assert_eq!(
        (of(0, "login"), of(0, "until"), of(0, "ended")),
        (json!("enterprise.member"), json!("2025-12-31"), json!(true))
    );
    assert_eq!((of(1, "login"), of(1, "ended")), (json!("enterprise.person"), json!(false)));
    assert!(!server.get(signers, Some(&admin)).text().contains("identity"), "no mark of a person is shown");
}
