//! A fuzzer made of the service's own contract: no answer is a fault of ours, and none breaks the contract.
//!
//! `HUOSHUI_FUZZ_EXAMPLES=200` lets it search longer; the other variables stand in `scripts/fuzz`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::path::Path;
use std::process::Command;

use common::{AS_OF, City, Server, config};
use serde_json::{Value, json};

/// Whose eyes it looks through.
const ROLES: [&str; 5] = ["operator", "bank", "enterprise", "department", "regulator"];

#[test]
fn a_fuzzer_finds_no_fault_of_ours_and_no_breach_of_the_contract() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/fuzz");
    let python = Command::new("python3").arg("--version").output();
    assert!(
        python.is_ok_and(|o| o.status.success()),
        "python3 is missing; the fuzzer needs it: run scripts/setup test"
    );
    let made = Command::new(&script).arg("install").output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));

    // The city's data ends in autumn 2025; its clock stands a fortnight later, so that consents fit what there is.
    let then = huoshui_kernel::date::parse("2025-10-15").unwrap();
    let now = huoshui_exchange::clock::day(huoshui_journal::Clock::now_micros(&huoshui_journal::SystemClock));
    let days = i64::from(huoshui_kernel::date::days(now) - huoshui_kernel::date::days(then));
    let city = City::with_departments(days);
    let server = Server::start_before(&city.data(), days, generous());
    let world = world(&city, &server);
    let file = city.data().with_file_name("world.json");
    std::fs::write(&file, world.to_string()).unwrap();
    if std::env::var_os("HUOSHUI_FUZZ_HOLD").is_some() {
        println!("{}", file.display());
        std::thread::sleep(std::time::Duration::from_secs(3_600));
    }
    let ran = Command::new(&script).arg("run").arg(&file).status().unwrap();
    assert!(ran.success(), "see above");
}

/// What is bounded by rate is not what is looked for here, and refusals for rate would hide the rest. Streams that nothing
/// ends are ended soon.
fn generous() -> huoshui_server::config::Config {
    let mut config = config();
    config.limits.stream_seconds = 1;
    config.limits.questions_waiting = 1_000;
    config.limits.questions_each = 8;
    config.jobs.waiting = 100_000;
    config.sign_in.waiting = 1_000;
    config
}

/// Tokens, and ids that exist, so that requests come past the door.
fn world(city: &City, server: &Server) -> Value {
    let tokens: serde_json::Map<String, Value> =
        ROLES.iter().map(|role| ((*role).to_owned(), json!(server.sign_in(&format!("demo-{role}"))))).collect();
    let (bank, enterprise) = (tokens["bank"].as_str().unwrap(), tokens["enterprise"].as_str().unwrap());
    let mut consents = Vec::new();
    for steps in [&[][..], &["grant"], &["grant", "pause"], &["grant", "revoke"]] {
        let ask = json!({
            "subject": city.enterprise, "purpose": "instant_loan", "data_from": "2025-01-01", "data_to": AS_OF,
            "days": 20, "frequency": { "count": 3, "days": 30 }, "retention_days": 1,
            "asks": [{ "resource": "registration" }],
        });
        let asked = server.post("/v1/exchange/consents", bank, &ask);
        assert_eq!(asked.status, 201, "{}", asked.text());
        let id = asked.json()["id"].as_str().unwrap().to_owned();
        for step in steps {
            let body = json!({ "step": step, "authority": "legal_representative" });
            let done = server.post(&format!("/v1/exchange/consents/{id}/steps"), enterprise, &body);
            assert_eq!(done.status, 200, "{}", done.text());
        }
        consents.push(json!(id));
    }
    // Accounts that it may close and whose passwords it may set, without ending its own sessions.
    let spare = |role: &str| {
        let body = json!({ "login": format!("spare-{role}"), "password": "correct-horse-battery" });
        let path = format!("/v1/organisations/demo-{role}/accounts");
        let opened = server.post(&path, tokens[role].as_str().unwrap(), &body);
        assert_eq!(opened.status, 201, "{}", opened.text());
        opened.json()["login"].clone()
    };
    let accounts: Vec<Value> = ROLES.iter().map(|role| spare(role)).collect();
    let organisations: Vec<String> = ROLES.iter().map(|role| format!("demo-{role}")).collect();
    json!({
        "url": format!("http://{}", server.address),
        "password": huoshui_app::access::demo::PASSWORD,
        "roles": ROLES,
        "known": {
            "path.organisation": organisations,
            "path.account": accounts,
            "path.institution": [city.bank, city.other_bank],
            "path.enterprise": [city.enterprise],
            "path.department": [city.department],
            "path.firm": [city.enterprise],
            "path.consent": consents,
            "path.resource": ["registration", "tax_grade"],
            "path.as_of": [AS_OF, "2025-06-30"],
            "path.code": ["srdi_loan_balance"],
            "query.as_of": [AS_OF],
            "query.on": [AS_OF],
            "query.code": ["srdi_loan_balance"],
            "query.institution": [city.bank],
            "query.stream": ["registry/institutions"],
            "body.consent": consents,
            "body.purpose": ["instant_loan", "verification_only"],
            "body.subject": [city.enterprise],
            "body.resource": ["registration"],
            "body.step": ["grant", "pause", "resume", "revoke"],
            "body.authority": ["legal_representative"],
        },
    })
}
