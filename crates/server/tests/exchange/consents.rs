//! Requests for consents over HTTP: what a recipient learns of a person that it names, and what it may list.

use huoshui_exchange::consent::Step;
use serde_json::{Value, json};

use super::common::{Server, config};
use super::inboxes::people;
use super::world::{PASSWORD, World, firm, number};
use super::{session, sound};

#[test]
fn whom_a_person_s_consent_names_is_told_only_if_the_firms_and_the_answer_tells_nothing() {
    let world = World::new(None);
    people(&world);
    let server = Server::over(world.workspace.clone(), config());
    let identity = json!({ "id_number": number(0), "checked": "at the counter" });
    let account = json!({ "login": "li.na", "password": PASSWORD, "identity": identity });
    let opened = server.post("/v1/organisations/firm-zero/accounts", &session(&server, "counter"), &account);
    assert_eq!(opened.status, 201, "{}", opened.text());
    let today = huoshui_exchange::clock::day(world.exchange.now());
    let ask = |person: &str| {
        let body = json!({
            "subject": firm(0), "person": person, "purpose": "legal_representative_check",
            "asks": [{ "resource": "legal_representative", "fields": ["person_name", "since"] }],
            "data_from": huoshui_kernel::date::add_months(today, -13).unwrap(), "data_to": today,
            "days": 20, "frequency": { "count": 2, "days": 30 }, "retention_days": 30,
        });
        server.post("/v1/exchange/consents", &world.banks[0], &body)
    };
    // The firm's person, nobody, a department's clerk, an officer of the bank itself.
    let names = ["li.na", "nobody-at-all", "tax-clerk", "wang"];
    let mut answers = Vec::new();
    for name in names {
        let asked = ask(name);
        assert_eq!(asked.status, 201, "{name}: {}", asked.text());
        let read = server
            .get(&format!("/v1/exchange/consents/{}", asked.json()["id"].as_str().unwrap()), Some(&world.banks[0]));
        assert_eq!(read.status, 200);
        // All but what differs by itself: the id, the moment, the name that was sent.
        let plain = |text: String, said: &Value| {
            let at = said["consent"]["requested_at"].to_string();
            text.replace(said["id"].as_str().unwrap(), "ID").replace(&at, "AT").replace(&format!("\"{name}\""), "NAME")
        };
        let (asked_text, said) = (asked.text(), asked.json());
        answers.push((plain(asked_text, &said), plain(read.text(), &said)));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    let told = |login: &str, organisation: &str| {
        let token = session(&server, login);
        let count = |path: &str, wanted: &dyn Fn(&Value) -> bool| {
            let found = server.get(path, Some(&token));
            assert_eq!(found.status, 200, "{}", found.text());
            found.json()["items"].as_array().unwrap().iter().filter(|n| wanted(n)).count()
        };
        let notices = count("/v1/exchange/notices?whose=person", &|_| true);
        (
            notices,
            count(&format!("/v1/organisations/{organisation}/inbox?limit=500"), &|n| n["what"] == "consent.requested"),
        )
    };
    // The inbox follows the sealed order: what came last is there before it is read.
    for _ in 0..200 {
        if told("li.na", "firm-zero").1 == 1 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let last = ask("li.na").json()["id"].as_str().unwrap().to_owned();
    for _ in 0..200 {
        if told("li.na", "firm-zero").1 == 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(told("li.na", "firm-zero"), (2, 2), "{last}");
    assert_eq!((told("tax-clerk", "tax-office"), told("wang", "bank-b1")), ((0, 0), (0, 0)));
    assert!(server.stop());
    sound(&world);
}

#[test]
fn consents_that_the_clock_ended_are_shown_so_and_cannot_be_asked_for_by_that() {
    let world = World::new(None);
    world.expired(4);
    world.consent(5, &[Step::Grant]);
    let server = Server::over(world.workspace.clone(), config());
    let list = |query: &str| server.get(&format!("/v1/exchange/consents{query}"), Some(&world.banks[0]));
    let states = |query: &str| -> Vec<Value> {
        list(query).json()["items"].as_array().unwrap().iter().map(|c| c["state"].clone()).collect()
    };
    assert_eq!(states(""), [json!("granted"), json!("expired")], "the last changed first");
    assert_eq!(states("?state=granted"), [json!("granted"), json!("expired")], "as the events say");
    for wrong in ["expired", "over"] {
        let refused = list(&format!("?state={wrong}"));
        assert_eq!((refused.status, refused.code().as_str()), (400, "request.bad_parameter"), "{wrong}");
        let said = refused.json();
        assert_eq!(said["field"], "state");
        assert!(said["detail"].as_str().unwrap().contains("requested, declined, granted, paused, revoked"), "{said}");
    }
    assert!(server.stop());
}
