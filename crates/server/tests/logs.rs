//! What the logs tell, at their most talkative, of a whole course: sign-ins, consents, pulls, claims, decisions, objections,
//! look-ups, uploads, and requests that are refused. One process, for a process has one subscriber.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use common::{City, Server, config, fresh_key};
use serde_json::{Value, json};

/// What someone types where it does not belong, or where it does: an identity card's number, a telephone's, a name.
const CARD: &str = "11010819900307765X";
const PHONE: &str = "13912345678";
const PERSON: &str = "欧阳慕白";
/// A bank's own figure of a firm, as it is typed and in fen.
const YUAN: &str = "98765432.17";
const FEN: &str = "9876543217";
const PASSWORD: &str = "a planted pass-phrase";

#[derive(Clone, Default)]
struct Held(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Held {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The day on which the departments' last batches are a day old.
fn days() -> i64 {
    let then = huoshui_kernel::date::parse("2025-10-10").unwrap();
    let now = huoshui_exchange::clock::day(huoshui_journal::Clock::now_micros(&huoshui_journal::SystemClock));
    i64::from(huoshui_kernel::date::days(now) - huoshui_kernel::date::days(then))
}

/// Every cell of a firm's rows in the departments' files that could tell something: texts in Chinese, and numbers and codes
/// of eight characters at least, each money both in yuan and in fen. Dates stand in every line of a log.
fn cells(city: &City) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for department in std::fs::read_dir(city.files().join("departments")).unwrap() {
        for file in std::fs::read_dir(department.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|e| e != "csv") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for line in text.lines().filter(|l| l.starts_with(&city.enterprise)) {
                for cell in line.split(',').map(|c| c.trim_matches('"')) {
                    let chinese = !cell.is_ascii() && cell.chars().count() >= 2;
                    let dated = huoshui_kernel::date::parse(cell).is_ok();
                    if chinese || cell.len() >= 8 && !dated {
                        found.insert(cell.to_owned());
                        let fen = cell.replace('.', "");
                        if fen.len() >= 8 && fen.bytes().all(|b| b.is_ascii_digit()) {
                            found.insert(fen.trim_start_matches('0').to_owned());
                        }
                    }
                }
            }
        }
    }
    found
}

/// A course and the tokens that it used.
struct Course<'a> {
    server: &'a Server,
    city: &'a City,
    /// One of the department's own.
    resource: String,
    bank: String,
    firm: String,
    tokens: Vec<String>,
}

impl Course<'_> {
    fn consent(&self, purpose: &str, person: Value, (signer, step): (&str, Value)) -> String {
        let ask = json!({
            "subject": self.city.enterprise, "person": person, "purpose": purpose, "data_from": "2024-09-30",
            "data_to": "2025-10-10", "days": 20, "frequency": { "count": 2, "days": 30 }, "retention_days": 30,
        });
        let asked = self.server.post("/v1/exchange/consents", &self.bank, &ask);
        assert_eq!(asked.status, 201, "{}", asked.text());
        let id = asked.json()["id"].as_str().unwrap().to_owned();
        let done = self.server.post(&format!("/v1/exchange/consents/{id}/steps"), signer, &step);
        assert_eq!(done.status, 200, "{}", done.text());
        id
    }

    /// Sends, and checks that it was answered with this status.
    fn sent(&self, token: &str, path: &str, body: &Value, status: u16) -> Value {
        let reply = self.server.post(path, token, body);
        assert_eq!(reply.status, status, "{path}: {}", reply.text());
        reply.json()
    }

    /// Consent → pull → decision → override, with what is typed on the way.
    fn lending(&self) {
        let number = format!("授权{CARD}");
        let agent = json!({ "step": "grant", "authority": "authorised_agent", "authorisation": number });
        self.appointed(&json!({ "authority": "authorised_agent", "authorisation": number,
            "from": "2025-10-01", "until": "2025-12-31" }));
        let consent = self.consent("instant_loan", Value::Null, (&self.firm, agent));
        self.appointed(&json!({ "authority": "legal_representative" }));
        let order = json!({ "consent": consent, "purpose": "instant_loan" });
        let pulled = self.sent(&self.bank, "/v1/exchange/pulls", &order, 200);
        let ready = pulled["answer"]["parts"].as_array().unwrap().iter().filter(|p| p["status"] == "READY");
        assert!(ready.count() > 5, "{pulled}");
        let application = json!({
            "consent": consent, "purpose": "instant_loan",
            "request": { "product": "instant_loan", "amount_fen": 9_876_543_217_i64, "months": 12,
                "purpose": "working_capital", "lpr_ppm": 30_000 },
            "bank_inputs": { "bank_credit_report": [{ "queried_on": "2025-10-09", "overdue_accounts": 0,
                "overdue_balance": 0, "overdue_months_24m": 0, "worst_class": "pass", "inquiries_6m": 1,
                "other_balance": YUAN, "guarantees": 0 }] },
        });
        let decided = self.sent(&self.bank, "/v1/credit/decisions", &application, 200);
        let id = decided["made"]["id"].as_str().unwrap();
        let said = json!({ "lend": true, "reason": PERSON, "note": format!("{PERSON}，电话{PHONE}，身份证{CARD}") });
        let _ = self.server.change(("POST", &format!("/v1/credit/decisions/{id}/overrides")), &self.bank, 1, &said);
        let explained = self.server.get(&format!("/v1/credit/decisions/{id}/explanation"), Some(&self.bank));
        assert_eq!(explained.status, 200, "{}", explained.text());
        // Refused at once: revoked, and a sum that cannot be read.
        let revoke = json!({ "step": "revoke", "authority": "legal_representative" });
        self.sent(&self.firm, &format!("/v1/exchange/consents/{consent}/steps"), &revoke, 200);
        self.sent(&self.bank, "/v1/exchange/pulls", &order, 403);
        let mut wrong = application;
        wrong["bank_inputs"]["bank_credit_report"][0]["other_balance"] = json!(format!("{YUAN}{PHONE}"));
        assert!(self.server.post("/v1/credit/decisions", &self.bank, &wrong).status >= 400);
    }

    /// What the firm's account signs as.
    fn appointed(&self, right: &Value) {
        let path = "/v1/organisations/demo-enterprise/signers/demo-enterprise";
        let version = self.server.version(path, &self.firm);
        let reply = self.server.change(("PUT", path), &self.firm, version, right);
        assert_eq!(reply.status, 200, "{}", reply.text());
    }

    /// The identity number of the legal representative; the generated city makes it of its seed and the firm's number.
    fn number(&self) -> String {
        let firm = huoshui_kernel::Uscc::parse(&self.city.enterprise).unwrap();
        let held = huoshui_app::access::demo::on_file(&self.server.workspace, &firm).unwrap().unwrap();
        let number = |id: u64| format!("000000{:012}", id * 1_000_003 + 1);
        let is_held = |n: &String| huoshui_app::access::signers::digest(n).unwrap() == held;
        (0..1_000_000).map(number).find(is_held).unwrap()
    }

    /// A natural person's data, with that person's own consent; and claims.
    fn personal(&mut self) {
        let accounts = "/v1/organisations/demo-enterprise/accounts";
        let number = self.number();
        let identity = json!({ "id_number": number, "checked": "at the counter" });
        let person = json!({ "login": "ouyang.mubai", "password": PASSWORD, "identity": identity });
        self.sent(&self.firm, accounts, &person, 403);
        self.sent(&self.tokens[3], accounts, &person, 201);
        self.tokens.push(number);
        let login = json!({ "login": "ouyang.mubai", "password": PASSWORD }).to_string();
        let plain = [("Content-Type", "application/json")];
        let session = self.server.send("POST", "/v1/session", None, &plain, login.as_bytes()).json();
        let person = session["token"].as_str().unwrap().to_owned();
        let purpose = "legal_representative_check";
        let grant = |authority: &str| json!({ "step": "grant", "authority": authority });
        let firms = self.consent(purpose, Value::Null, (&self.firm, grant("legal_representative")));
        let own = self.consent(purpose, json!("ouyang.mubai"), (&person, grant("oneself")));
        let order = json!({ "consent": firms, "purpose": purpose, "personal": own });
        let pulled = self.sent(&self.bank, "/v1/exchange/pulls", &order, 200);
        assert!(pulled["answer"]["parts"].as_array().unwrap().iter().any(|p| p["status"] == "READY"), "{pulled}");
        self.tokens.push(person);
        let checked = self.consent("verification_only", Value::Null, (&self.firm, grant("legal_representative")));
        let claim = json!({ "consent": checked, "purpose": "verification_only", "claims": [
            { "resource": "registration", "field": "name", "value": PERSON },
            { "resource": "registration", "field": "capital", "value": 9_876_543_217_i64 },
        ] });
        self.sent(&self.bank, "/v1/exchange/claims", &claim, 200);
    }

    /// An objection and its answer, look-ups, an upload that is refused.
    fn others(&self, department: &str) {
        let raised = json!({ "resource": "registration", "field": "name", "claimed": format!("{PERSON}公司") });
        let raised = self.sent(&self.firm, "/v1/exchange/objections", &raised, 201);
        let id = raised["objection"]["id"].as_str().unwrap();
        let said = json!({ "rejected": { "reason": format!("已电话{PHONE}与{PERSON}核实") } });
        let _ = self.server.change(("POST", &format!("/v1/exchange/objections/{id}/answer")), department, 1, &said);
        for query in [PHONE, CARD, "%E6%AC%A7%E9%98%B3"] {
            self.server.get(&format!("/v1/exchange/lookup?q={query}"), Some(&self.bank));
            self.server.get(&format!("/v1/exchange/firms/{query}"), Some(&self.bank));
            self.server.get(&format!("/v1/{query}"), Some(&self.bank));
        }
        let key = fresh_key();
        let csv = [("Content-Type", "text/csv"), ("Idempotency-Key", key.as_str())];
        let many = format!("{PERSON}\n{CARD}\n{PHONE}\n");
        self.server.send("POST", "/v1/exchange/lookup", Some(&self.bank), &csv, many.as_bytes());
        let key = fresh_key();
        let bytes = [("Content-Type", "application/octet-stream"), ("Idempotency-Key", key.as_str())];
        let drifted = format!("uscc,{PERSON}\n{},{PHONE}\n", self.city.enterprise);
        for (file, status) in [(PHONE, 404), (self.resource.as_str(), 422)] {
            let department_path = format!("/v1/exchange/departments/{}/batches", self.city.department);
            let path = format!("{department_path}/{file}.2025-10-09.whole.csv");
            let refused = self.server.send("POST", &path, Some(department), &bytes, drifted.as_bytes());
            assert_eq!(refused.status, status, "{}", refused.text());
        }
        // Bodies that cannot be read, and a sign-in with the wrong things in the wrong places.
        let typed = [("Content-Type", "application/json")];
        let broken = format!("{{\"login\":\"{CARD}\",\"password\":\"{PASSWORD}\",\"{PHONE}\":");
        assert_eq!(self.server.send("POST", "/v1/session", None, &typed, broken.as_bytes()).status, 400);
        let wrong = json!({ "login": CARD, "password": PHONE }).to_string();
        assert_eq!(self.server.send("POST", "/v1/session", None, &typed, wrong.as_bytes()).status, 401);
        self.server.get("/v1/session", Some(PHONE));
    }
}

#[test]
fn logs_tell_nothing_personal_or_secret_of_a_whole_course() {
    let held = Held::default();
    let sink = held.clone();
    huoshui_server::log::install_to(huoshui_server::log::Level::TRACE, move || sink.clone());
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let roles = ["bank", "enterprise", "department", "operator"];
    let tokens: Vec<String> = roles.iter().map(|role| server.sign_in(&format!("demo-{role}"))).collect();
    let (bank, firm) = (tokens[0].clone(), tokens[1].clone());
    let resources = server.get("/v1/exchange/resources", Some(&bank)).json();
    let own = resources["items"].as_array().unwrap().iter().find(|r| r["department"] == city.department.as_str());
    let resource = own.unwrap()["code"].as_str().unwrap().to_owned();
    let mut course = Course { server: &server, city: &city, resource, bank, firm, tokens: tokens.clone() };
    course.lending();
    course.personal();
    course.others(&tokens[2]);
    let key = json!({ "name": PERSON, "scopes": ["metrics:read"], "days": 1 });
    let key = course.sent(&tokens[3], "/v1/organisations/demo-operator/keys", &key, 201);
    let key = key["token"].as_str().unwrap().to_owned();
    assert_eq!(server.get("/metrics", Some(&key)).status, 200);
    let used = [course.tokens.as_slice(), &[key]].concat();
    assert!(server.stop());

    let text = String::from_utf8(held.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<Value> =
        text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect();
    let operations: BTreeSet<&str> = lines.iter().filter_map(|l| l["operation"].as_str()).collect();
    for expected in
        ["signIn", "stepConsent", "pull", "verifyClaims", "decide", "raiseObjection", "lookUp", "uploadBatch"]
    {
        assert!(operations.contains(expected), "{expected} is not in the log: {operations:?}");
    }
    let password = huoshui_app::access::demo::PASSWORD;
    let planted =
        [CARD, PHONE, PERSON, YUAN, FEN, PASSWORD, password, "ouyang", "127.0.0.1", "Bearer", "%E6", "hss_", "hsk_"];
    for secret in planted.into_iter().chain(used.iter().map(String::as_str)) {
        assert!(!text.contains(secret), "the log tells {secret}");
    }
    // Nothing of what departments know of the firm: names of persons and addresses among it.
    let cells = cells(&city);
    assert!(cells.len() > 100 && cells.contains(&city.enterprise), "{} cells", cells.len());
    let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '-').collect();
    for cell in &cells {
        let told = if cell.is_ascii() { words.contains(cell.as_str()) } else { text.contains(cell.as_str()) };
        assert!(!told, "the log tells {cell}");
    }
}
