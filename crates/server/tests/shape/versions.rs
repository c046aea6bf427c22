//! A change of what is there names the version that it was decided upon: 428 without, 412 when it has moved on.

use std::collections::{BTreeMap, BTreeSet};

use huoshui_exchange::catalogue::{Catalogue, FieldKind};
use serde_json::{Value, json};

use crate::common::{City, Server, config, fresh_key, held};

/// Writes that must name a version.
const NAMED: [&str; 8] = [
    "answerObjection",
    "closeAccount",
    "endSigner",
    "identifyAccount",
    "overrideDecision",
    "resetPassword",
    "revokeKey",
    "stepDraft",
];

/// Writes of things that are there, and why they need not.
const FREE: [(&str, &str); 11] = [
    ("appointSigner", "an account that never was a signer has no version; one that was must be named"),
    (
        "stepConsent",
        "it may name one; what was asked never changes, and a revocation must not be held up by who paused",
    ),
    ("changePassword", "it names the old password"),
    ("rotateSession", "its own token, which nobody else has"),
    ("signOut", "its own token"),
    ("eraseDecisionInputs", "erasing means the same at every version, and twice is as once"),
    ("uploadBatch", "a batch is the department's word of a date, which takes the place of what it said before"),
    ("uploadFiling", "so is a filing"),
    ("uploadRegistry", "so is a table of the registry"),
    ("whatIf", "it changes nothing"),
    ("beginWhatIf", "it begins a job and changes nothing"),
];

/// Writes that make something new, or change nothing.
const NEW: [&str; 15] = [
    "addOrganisation",
    "decide",
    "draftPolicy",
    "issueKey",
    "lookUpMany",
    "openAccount",
    "probe",
    "prove",
    "pull",
    "raiseObjection",
    "refreshProfile",
    "requestConsent",
    "signIn",
    "verify",
    "verifyClaims",
];

#[test]
fn every_write_names_a_version_or_says_why_not() {
    let mut found: BTreeMap<String, bool> = BTreeMap::new();
    for item in held::contract()["paths"].as_object().unwrap().values() {
        for (_, operation) in item.as_object().unwrap().iter().filter(|(method, _)| *method != "get") {
            let named = |p: &Value| p["name"] == "If-Match" && p["required"] == true;
            let named = operation["parameters"].as_array().is_some_and(|all| all.iter().any(named));
            found.insert(operation["operationId"].as_str().unwrap().to_owned(), named);
        }
    }
    let named: BTreeSet<&str> = found.iter().filter(|(_, named)| **named).map(|(id, _)| id.as_str()).collect();
    assert_eq!(named, NAMED.into());
    let known: BTreeSet<&str> = NAMED.into_iter().chain(FREE.map(|(id, _)| id)).chain(NEW).collect();
    let unknown: Vec<_> = found.keys().filter(|id| !known.contains(id.as_str())).collect();
    assert!(unknown.is_empty(), "does it change what is there? {unknown:?}");
}

struct Thing {
    /// Where it is read; none where that is not read by who changes it.
    at: String,
    method: &'static str,
    path: String,
    token: String,
    body: Value,
}

/// Without a version, at one that never was, at the one that is read, and again at that one, which is no more.
fn held_to_its_version(server: &Server, thing: &Thing, after: u16) {
    let Thing { at, method, path, token, body } = thing;
    let bare = server.write(method, path, token, &fresh_key(), body);
    assert_eq!((bare.status, bare.code().as_str()), (428, "request.if_match_missing"), "{method} {path}");
    let seen = server.version(at, token);
    for stale in [0, seen + 1, seen + 100] {
        let refused = server.change((method, path), token, stale, body);
        assert_eq!((refused.status, refused.code().as_str()), (412, "request.if_match_failed"), "{method} {path}");
    }
    assert_eq!(server.version(at, token), seen, "{path}: what was refused moved it");
    let key = fresh_key();
    let tag = format!("\"{seen}\"");
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key.as_str()), ("If-Match", &tag)];
    let done = server.send(method, path, Some(token), &headers, body.to_string().as_bytes());
    assert!(done.status < 300, "{method} {path}: {}", done.text());
    // A repeat under its key is the first one, though the version has moved since; another change at that version is late.
    let again = server.send(method, path, Some(token), &headers, body.to_string().as_bytes());
    assert_eq!(again.status, done.status, "{method} {path}: {}", again.text());
    let late = server.change((method, path), token, seen, body);
    assert_eq!(late.status, after, "{method} {path}: {}", late.text());
}

#[test]
fn a_change_that_was_decided_upon_another_version_is_refused_and_has_no_effect() {
    let city = City::with_departments(0);
    let server = Server::start(&city.data(), config());
    let [operator, enterprise, department] =
        ["operator", "enterprise", "department"].map(|role| server.sign_in(&format!("demo-{role}")));
    let accounts = "/v1/organisations/demo-enterprise/accounts";
    let open = |login: &str| {
        let opened =
            server.post(accounts, &enterprise, &json!({ "login": login, "password": "correct-horse-battery" }));
        assert_eq!(opened.status, 201, "{}", opened.text());
        format!("{accounts}/{login}")
    };
    let (clerk, person) = (open("clerk.one"), open("person.one"));
    let signer = "/v1/organisations/demo-enterprise/signers/clerk.one".to_owned();
    let agent =
        json!({ "authority": "authorised_agent", "authorisation": "7", "from": "2025-01-01", "until": "2030-12-31" });
    // An account that never was a signer has no version to name; afterwards it has.
    let appoint = || server.write("PUT", &signer, &enterprise, &fresh_key(), &agent);
    assert_eq!(server.change(("PUT", &signer), &enterprise, 1, &agent).code(), "request.if_match_failed");
    assert_eq!(appoint().status, 200);
    assert_eq!((appoint().status, appoint().code().as_str()), (428, "request.if_match_missing"));
    assert_eq!(server.change(("PUT", &signer), &enterprise, 1, &agent).status, 200);
    assert_eq!(server.change(("PUT", &signer), &enterprise, 1, &agent).status, 412);

    let body = json!({ "name": "core", "scopes": ["inbox:read"], "days": 1 });
    let key = server.post("/v1/organisations/demo-enterprise/keys", &enterprise, &body).json();
    let key = format!("/v1/organisations/demo-enterprise/keys/{}", key["id"].as_str().unwrap_or_default());
    let draft = json!({ "kind": "features", "file": "x.toml", "text": "" });
    let draft = server.post("/v1/credit/drafts", &operator, &draft).json();
    let draft = format!("/v1/credit/drafts/{}", draft["id"].as_str().unwrap());
    let own = Catalogue::embedded().unwrap();
    let today = huoshui_exchange::clock::day(huoshui_journal::Clock::now_micros(&server.clock));
    let resource = own.in_force(today).find(|r| r.department == city.department).unwrap();
    let some = |name: &str| {
        let field = resource.field(name).unwrap();
        match field.kind {
            FieldKind::Int | FieldKind::Money | FieldKind::Rate => json!(1),
            FieldKind::Flag => json!(true),
            FieldKind::Date => json!("2025-06-30"),
            FieldKind::Code => json!(field.codes[0].code),
            FieldKind::Text => json!("甲"),
            FieldKind::Uscc => json!(city.enterprise),
        }
    };
    let row: BTreeMap<&str, Value> = resource.key.iter().map(|name| (name.as_str(), some(name))).collect();
    let field = resource.fields.iter().find(|f| !resource.key.contains(&f.name)).unwrap().name.as_str();
    let raise = json!({ "resource": resource.code, "row": row, "field": field, "claimed": some(field) });
    let raised = server.post("/v1/exchange/objections", &enterprise, &raise);
    assert_eq!((raised.status, &raised.json()["version"]), (201, &json!(1)), "{}", raised.text());
    let objection = format!("/v1/exchange/objections/{}", raised.json()["objection"]["id"].as_str().unwrap());

    let identity =
        json!({ "id_number": "110101199001011234", "checked": "at the counter", "password": "her own long word" });
    let thing = |at: &str, (method, rest): (&'static str, &str), token: &str, body: Value| Thing {
        at: at.to_owned(),
        method,
        path: format!("{at}{rest}"),
        token: token.to_owned(),
        body,
    };
    let password = json!({ "password": "another long password" });
    for (thing, after) in [
        (thing(&clerk, ("PUT", "/password"), &enterprise, password), 412),
        // It is said before the version is looked at that an account is tied once.
        (thing(&person, ("PUT", "/identity"), &operator, identity), 409),
        (thing(&signer, ("DELETE", ""), &enterprise, Value::Null), 412),
        (thing(&clerk, ("DELETE", ""), &enterprise, Value::Null), 412),
        (thing(&key, ("DELETE", ""), &enterprise, Value::Null), 412),
        (thing(&draft, ("POST", "/steps"), &operator, json!({ "step": "withdraw", "reason": "anew" })), 412),
        (thing(&objection, ("POST", "/answer"), &department, json!({ "rejected": { "reason": "与申报一致" } })), 412),
    ] {
        held_to_its_version(&server, &thing, after);
    }
    // The person signs in with the own password, and what the firm knew lets nobody in any more.
    let sign_in = |password: &str| {
        let body = json!({ "login": "person.one", "password": password }).to_string();
        server.send("POST", "/v1/session", None, &[("Content-Type", "application/json")], body.as_bytes()).status
    };
    assert_eq!((sign_in("correct-horse-battery"), sign_in("her own long word")), (401, 201));
    // From now on its password is the operator's to set, and it may be appointed as legal representative.
    let reset = server.change(
        ("PUT", &format!("{person}/password")),
        &enterprise,
        2,
        &json!({ "password": "the firm's own word" }),
    );
    assert_eq!((reset.status, reset.code().as_str()), (403, "access.operator_only"));
    let representative = json!({ "authority": "legal_representative" });
    for (login, status) in [("person.one", 200), ("demo-department", 404)] {
        let path = format!("/v1/organisations/demo-enterprise/signers/{login}");
        assert_eq!(server.write("PUT", &path, &enterprise, &fresh_key(), &representative).status, status);
    }
}
