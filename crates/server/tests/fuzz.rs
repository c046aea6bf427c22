//! A fuzzer made of the service's own contract: no answer is a fault of ours, and none breaks the contract.
//!
//! `HUOSHUI_FUZZ_EXAMPLES=200` lets it search longer; the other variables stand in `scripts/fuzz`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::path::Path;
use std::process::Command;

use common::things::{self, Things};
use common::{AS_OF, City, Server, config};
use huoshui_kernel::{Date, Uscc};
use serde_json::{Map, Value, json};

/// Whose eyes it looks through; and those of somebody who did not sign in.
const ROLES: [&str; 9] = [
    "operator",
    "bank",
    "enterprise",
    "department",
    "regulator",
    "insurer",
    "guarantor",
    "equity_investor",
    "equity_market",
];

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

    // The city's data ends in autumn 2025; its clock stands a few days later, so that consents fit what there is.
    let then = huoshui_kernel::date::parse("2025-10-10").unwrap();
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
    config.sign_in.at_once = 8;
    config
}

/// A consent that a recipient asks for, taken through these steps.
fn consent(server: &Server, recipient: &str, firm: &str, ask: &Value, steps: &[&str]) -> String {
    let asked = server.post("/v1/exchange/consents", recipient, ask);
    assert_eq!(asked.status, 201, "{}", asked.text());
    let id = asked.json()["id"].as_str().unwrap().to_owned();
    for step in steps {
        let body = json!({ "step": step, "authority": "legal_representative" });
        let done = server.post(&format!("/v1/exchange/consents/{id}/steps"), firm, &body);
        assert_eq!(done.status, 200, "{}", done.text());
    }
    id
}

/// Good bodies by operation, for scenarios; `{fresh}` becomes something new.
fn bodies(city: &City, today: Date) -> Value {
    let loan = json!({
        "product": "instant_loan", "amount_fen": 100_000_000, "months": 12, "purpose": "working_capital", "lpr_ppm": 30_000,
    });
    let question = json!({ "request": loan, "effective_from": today, "as_of": today });
    let objection = json!({
        "resource": "subsidies", "row": { "grant_no": "{fresh}" }, "field": "programme", "claimed": "talent",
    });
    json!({
        "addOrganisation": { "id": "{fresh}", "kind": "guarantor", "name_zh": "甲", "name_en": "A" },
        "openAccount": { "login": "{fresh}", "password": things::PASSWORD },
        "issueKey": { "name": "core", "scopes": ["access:read"], "days": 30 },
        "requestConsent": things::wanted(&city.enterprise, today),
        "raiseObjection": objection,
        "refreshProfile": { "consent": "", "purpose": "instant_loan" },
        "decide": { "consent": "", "purpose": "instant_loan", "request": loan },
        "draftPolicy": things::product(&city.bank),
        "whatIf": question,
        "beginWhatIf": question,
        "overrideDecision": { "lend": true, "reason": "r1", "note": "与企业核实后认为风险可控" },
        "verify": {},
    })
}

/// Ids that exist, so that requests come past the door and past what looks them up.
fn world(city: &City, server: &Server) -> Value {
    let tokens: Map<String, Value> =
        ROLES.iter().map(|role| ((*role).to_owned(), json!(server.sign_in(&format!("demo-{role}"))))).collect();
    let token = |role: &str| tokens[role].as_str().unwrap().to_owned();
    let things = Things::new(city, server, &token);
    let (bank, firm) = (token("bank"), token("enterprise"));
    let today = huoshui_exchange::clock::day(huoshui_journal::Clock::now_micros(&server.clock));
    let mut consents = vec![things.own["consent"].clone()];
    for steps in [&[][..], &["grant"], &["grant"], &["grant", "pause"], &["grant", "revoke"]] {
        consents.push(consent(server, &bank, &firm, &things::wanted(&city.enterprise, today), steps));
    }
    // Every kind of recipient has one that answers claims and one that hands out tags.
    let mut own: Map<String, Value> = Map::new();
    for role in ROLES {
        let mut of_role = Vec::new();
        if !["operator", "enterprise", "department", "regulator"].contains(&role) {
            for (purpose, resource) in [("verification_only", Some("tax_grade")), ("tags_and_scores", None)] {
                let mut ask = things::wanted(&city.enterprise, today);
                ask["purpose"] = json!(purpose);
                ask["asks"] = resource.map_or_else(|| json!([]), |r| json!([{ "resource": r }]));
                of_role.push(consent(server, &token(role), &firm, &ask, &["grant"]));
            }
        }
        consents.extend(of_role.iter().cloned());
        // Accounts that it may close and whose passwords it may set, without ending its own session; and a spare key.
        let organisation = format!("/v1/organisations/demo-{role}");
        let account = json!({ "login": format!("spare-{role}"), "password": things::PASSWORD });
        assert_eq!(server.post(&format!("{organisation}/accounts"), &token(role), &account).status, 201);
        let key = json!({ "name": "spare", "scopes": ["access:read"], "days": 30 });
        let issued = server.post(&format!("{organisation}/keys"), &token(role), &key);
        assert_eq!(issued.status, 201, "{}", issued.text());
        let mut places = json!({
            "path.organisation": [format!("demo-{role}"), "rival-bank"],
            "path.account": [format!("spare-{role}"), things.foreign["account"]],
            "path.key": [issued.json()["id"], things.foreign["key"]],
        });
        if !of_role.is_empty() {
            of_role.push(things.own["consent"].clone());
            places["body.consent"] = json!(of_role);
        }
        own.insert(role.to_owned(), places);
    }
    let both = |name: &str| json!([things.own[name], things.foreign[name]]);
    let objection = |resource: &str, row: Value, field: &str, claimed: Value| {
        let body = json!({ "resource": resource, "row": row, "field": field, "claimed": claimed });
        let raised = server.post("/v1/exchange/objections", &firm, &body);
        assert_eq!(raised.status, 201, "{}", raised.text());
        raised.json()["objection"]["id"].clone()
    };
    let objections = json!([
        things.own["objection"],
        things.foreign["objection"],
        objection("subsidies", json!({ "grant_no": "2024-0002" }), "programme", json!("talent")),
        objection("procurement", json!({ "contract_no": "2024-0003" }), "finished", json!(true)),
        objection("tax_grade", json!({ "period": "2024-12-31" }), "grade", json!("A")),
    ]);
    let mut known = json!({
        "path.institution": [city.bank, city.other_bank, "demo-guarantor"],
        "path.enterprise": [city.enterprise, city.stranger],
        "path.department": [city.department],
        "path.firm": [city.enterprise],
        "path.consent": consents,
        "path.resource": ["registration", "tax_grade"],
        "path.as_of": [AS_OF, "2025-06-30"],
        "path.code": ["srdi_loan_balance"],
        "path.objection": objections,
        "path.version": [things.own["entry"], things.own["refusal"], "1"],
        "path.decision": both("decision"),
        "path.profile": both("profile"),
        "path.draft": both("draft"),
        "path.hash": both("what_if"),
        "path.job": both("job"),
        "path.file": ["subsidies.2025-10-09.change.csv", "procurement.2025-10-09.whole.csv"],
    });
    let said = json!({
        "query.as_of": [AS_OF],
        "query.on": [AS_OF],
        "query.code": ["srdi_loan_balance"],
        "query.institution": [city.bank],
        "query.subject": [city.enterprise],
        "query.stream": ["registry/institutions", format!("access/{}", city.enterprise)],
        "query.version": [1, 2],
        "body.consent": consents,
        "body.purpose": ["instant_loan", "verification_only", "tags_and_scores"],
        "body.subject": [city.enterprise],
        "body.resource": ["registration", "subsidies", "tax_grade"],
        "body.compared_with": ["instant_loan"],
        "body.effective_from": [today],
        "body.as_of": [today],
        "body.what_if": both("what_if"),
        "body.request.product": ["instant_loan", format!("{}.own_loan", city.bank)],
        "body.request.purpose": ["working_capital"],
        "body.request.months": [12],
    });
    // Whoever keeps to the contract sends codes whose check characters are right.
    let compose = |n: u32| Uscc::compose("91", "110108", &format!("MA{n:06}")).unwrap();
    let usccs: Vec<Uscc> = (0..20).map(compose).collect();
    known.as_object_mut().unwrap().extend(said.as_object().unwrap().clone());
    json!({
        "url": format!("http://{}", server.address), "password": huoshui_app::access::demo::PASSWORD,
        "roles": ROLES, "own": own, "known": known, "formats": { "uscc": usccs },
        "bodies": bodies(city, today), "alike": ["guarantor", "equity_investor", "equity_market"],
    })
}
