//! A profile that rests on a natural person's own consent besides the firm's serves no decision: an application names one
//! consent, and the person's may be gone by then.

use huoshui_journal::Clock as _;
use huoshui_kernel::date::add_months;
use serde_json::{Value, json};

use crate::common::{City, Server, config};
use crate::{DECISIONS, application, days};

const PURPOSE: &str = "legal_representative_check";
const PASSWORD: &str = "correct-horse-battery";

/// Opens the account of a natural person whose identity was checked, and signs in.
fn person(server: &Server, operator: &str, organisation: &str) -> String {
    let identity = json!({ "id_number": "000000199001010000", "checked": "at the counter" });
    let account = json!({ "login": "li.na", "password": PASSWORD, "identity": identity });
    let opened = server.post(&format!("/v1/organisations/{organisation}/accounts"), operator, &account);
    assert_eq!(opened.status, 201, "{}", opened.text());
    let enter = json!({ "login": "li.na", "password": PASSWORD }).to_string();
    let session = server.send("POST", "/v1/session", None, &[("Content-Type", "application/json")], enter.as_bytes());
    session.json()["token"].as_str().unwrap().to_owned()
}

#[test]
fn a_profile_that_also_rests_on_a_persons_consent_serves_no_decision() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    let own = person(&server, &server.sign_in("demo-operator"), "demo-enterprise");
    let today = huoshui_exchange::clock::day(server.clock.now_micros());
    let ask = |person: Value, signer: &str, authority: &str| {
        let wanted = json!({
            "subject": city.enterprise, "person": person, "purpose": PURPOSE,
            "asks": [{ "resource": "legal_representative", "fields": ["person_name", "since"] }],
            "data_from": add_months(today, -13).unwrap(), "data_to": today,
            "days": 20, "frequency": { "count": 2, "days": 30 }, "retention_days": 30,
        });
        let asked = server.post("/v1/exchange/consents", &bank, &wanted);
        assert_eq!(asked.status, 201, "{}", asked.text());
        let id = asked.json()["id"].as_str().unwrap().to_owned();
        let grant = json!({ "step": "grant", "authority": authority });
        let granted = server.post(&format!("/v1/exchange/consents/{id}/steps"), signer, &grant);
        assert_eq!(granted.status, 200, "{}", granted.text());
        id
    };
    let firms = ask(Value::Null, &firm, "legal_representative");
    let persons = ask(json!("li.na"), &own, "oneself");
    let order = json!({ "consent": firms, "purpose": PURPOSE, "personal": persons });
    let refreshed = server.post("/v1/credit/profiles", &bank, &order);
    assert_eq!(refreshed.status, 200, "{}", refreshed.text());

    let mut asked = application(&firms);
    asked["purpose"] = json!(PURPOSE);
    asked["profile"] = refreshed.json()["id"].clone();
    for _ in 0..2 {
        let refused = server.post(DECISIONS, &bank, &asked);
        assert_eq!((refused.status, refused.code().as_str()), (422, "credit.profile_consent"), "{}", refused.text());
        assert_eq!(refused.json()["field"], "profile", "{}", refused.text());
    }
    assert_eq!(server.get(DECISIONS, Some(&bank)).json()["items"], json!([]));
    // Neither consent stands in for both.
    asked["consent"] = json!(persons);
    assert_eq!(server.post(DECISIONS, &bank, &asked).code(), "credit.profile_consent");
}
