//! What a department may answer to an objection over HTTP: a value that the field can hold, or a clear refusal.

use serde_json::{Value, json};

use super::common::{Server, config};
use super::inboxes::{object, people, reply};
use super::world::{World, firm};
use super::{pull, session, sound};
use huoshui_exchange::consent::Step;

#[test]
fn a_corrected_value_that_the_field_cannot_hold_is_refused_and_the_objection_stays_open() {
    let world = World::new(None);
    people(&world);
    let server = Server::over(world.workspace.clone(), config());
    let [owner, clerk] = ["owner-zero", "tax-clerk"].map(|login| session(&server, login));
    let consent = world.consent(0, &[Step::Grant]);
    let period = huoshui_kernel::date::prior_year_end(huoshui_exchange::clock::day(world.exchange.now()));
    let objection = object(&server, &owner, period);
    let path = format!("/v1/exchange/objections/{objection}/answer");
    // The grade is one of A, B, M, C, D, and no row is without one.
    for wrong in [json!({ "x": [1, 2] }), json!("Z"), json!("b"), json!(7), json!(["B"]), json!(true), Value::Null] {
        let said = json!({ "accepted": { "corrected": wrong } });
        let answer = server.change(("POST", &path), &clerk, 1, &said);
        assert_eq!((answer.status, answer.code().as_str()), (422, "exchange.corrected_value"), "{wrong}");
        let problem = answer.json();
        assert_eq!(problem["field"], "accepted.corrected", "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains("grade"), "{problem}");
    }
    let open = server.get(&format!("/v1/exchange/objections/{objection}"), Some(&owner)).json();
    assert_eq!((&open["state"], &open["version"]), (&json!("open"), &json!(1)));
    let rows = || {
        let pulled = server.post("/v1/exchange/pulls", &world.banks[0], &pull(&consent)).json();
        (pulled["answer"]["parts"][0]["status"].clone(), pulled["answer"]["parts"][0]["data"]["rows"].clone())
    };
    assert_eq!(rows(), (json!("READY"), json!([["A"]])));
    reply(&server, &clerk, &objection, &json!({ "accepted": { "corrected": "B" } }));
    assert_eq!(rows(), (json!("READY"), json!([["B"]])));
    assert!(server.stop());
    sound(&world);
}

#[test]
fn the_reason_of_a_rejection_is_told_to_its_parties_and_stands_in_no_event() {
    let world = World::new(None);
    people(&world);
    let server = Server::over(world.workspace.clone(), config());
    let [owner, clerk, counter] = ["owner-zero", "tax-clerk", "counter"].map(|login| session(&server, login));
    let period = huoshui_kernel::date::prior_year_end(huoshui_exchange::clock::day(world.exchange.now()));
    let objection = object(&server, &owner, period);
    let path = format!("/v1/exchange/objections/{objection}");
    let words = "经办人张某核对，与申报一致";
    let empty = json!({ "rejected": { "reason": " " } });
    let refused = server.change(("POST", &format!("{path}/answer")), &clerk, 1, &empty);
    assert_eq!((refused.status, refused.code().as_str()), (422, "exchange.objection"));
    assert_eq!(refused.json()["field"], "rejected.reason");
    reply(&server, &clerk, &objection, &json!({ "rejected": { "reason": words } }));
    for party in [&owner, &clerk] {
        let read = server.get(&path, Some(party)).json();
        assert_eq!(
            (&read["state"], &read["answered"]["verdict"]["rejected"]["reason"]),
            (&json!("rejected"), &json!(words))
        );
    }
    // Whoever runs the platform sees that it was rejected, and neither why nor what was claimed; nor do lists say it.
    let read = server.get(&path, Some(&counter));
    assert_eq!((read.status, &read.json()["state"]), (200, &json!("rejected")), "{}", read.text());
    let listed = server.get("/v1/exchange/objections", Some(&counter));
    assert_eq!(listed.json()["items"].as_array().map(Vec::len), Some(1), "{}", listed.text());
    let of_firm = server.get("/v1/exchange/objections", Some(&owner));
    for text in [read.text(), listed.text(), of_firm.text()] {
        assert!(!text.contains("张某") && !text.contains("\"row\":{") && !text.contains("\"claimed\":\"B\""), "{text}");
    }
    // Events are for ever: none has a word of it, and `verify` makes the same documents of them.
    let mut at = 1;
    loop {
        let events = world.workspace.journal.read_stream(&format!("objection/{objection}"), at, 10).unwrap();
        let Some(last) = events.last() else { break };
        at = last.version + 1;
        assert!(events.iter().all(|e| !String::from_utf8_lossy(&e.data.body).contains("张某")));
    }
    assert_eq!(at, 3, "raised and answered");
    assert!(server.stop());
    sound(&world);
}

#[test]
fn an_overdue_objection_is_told_once_to_the_firm_the_department_and_those_who_watch() {
    use huoshui_app::exchange::Exchange;
    use huoshui_app::exchange::actor::{Actor, Party};
    use huoshui_app::exchange::corrections::Objecting;
    use huoshui_journal::{Clock as _, StepClock, SystemClock};
    let world = World::new(None);
    people(&world);
    // Raised forty days ago, which are more than ten working days in any year; and one today.
    let then = SystemClock.now_micros() - 40 * 86_400_000_000;
    let past = Exchange::open(world.workspace.clone(), std::sync::Arc::new(StepClock::new(then, 1))).unwrap();
    let period = huoshui_kernel::date::prior_year_end(huoshui_exchange::clock::day(world.exchange.now()));
    let what = Objecting {
        resource: "tax_grade".into(),
        row: [("period".to_owned(), json!(period))].into(),
        field: "grade".into(),
        claimed: json!("B"),
    };
    let owner = Actor::new("owner-zero".into(), Party::Enterprise(firm(0)));
    let late = past.object(&owner, "late-0001", &what).unwrap().stored.objection;
    world.exchange.object(&owner, "today-001", &what).unwrap();
    let server = Server::over(world.workspace.clone(), config());
    let told = |login: &str, organisation: &str| {
        let token = session(&server, login);
        let mut found = [Vec::new(), Vec::new()];
        for (path, name, into) in [
            ("/v1/exchange/notices".to_owned(), "kind", 0),
            (format!("/v1/organisations/{organisation}/inbox?limit=500"), "what", 1),
        ] {
            let page = server.get(&path, Some(&token));
            assert_eq!(page.status, 200, "{}", page.text());
            let items = page.json()["items"].as_array().unwrap().clone();
            found[into].extend(items.into_iter().filter(|n| n[name] == "objection.overdue"));
        }
        found
    };
    // The service looks at once, and seals within a second.
    for _ in 0..200 {
        if told("counter", "operator")[1].len() == 1 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let data = json!({
        "objection": late.id, "subject": firm(0), "department": "swj", "resource": "tax_grade", "due": late.due,
        "at": format!("/v1/exchange/objections/{}", late.id),
    });
    for (login, organisation) in [("counter", "operator"), ("owner-zero", "firm-zero"), ("tax-clerk", "tax-office")] {
        let [notices, inbox] = told(login, organisation);
        assert_eq!((notices.len(), inbox.len()), (1, 1), "{login}");
        assert_eq!(notices[0]["about"], json!(format!("objection/{}", late.id)), "{login}");
        assert_eq!(inbox[0]["data"], data, "{login}");
    }
    assert_eq!(told("wang", "bank-b1").map(|all| all.len()), [0, 0], "it is none of a bank's business");
    // The list says so to whoever watches, those due first; a bank has none.
    let listed = server.get("/v1/exchange/objections", Some(&session(&server, "counter"))).json();
    let states: Vec<&Value> = listed["items"].as_array().unwrap().iter().map(|o| &o["state"]).collect();
    assert_eq!(states, [&json!("overdue"), &json!("open")]);
    // Once, however often it is looked at; and the department may still answer what it read.
    assert_eq!(world.exchange.tell_overdue().unwrap(), 0);
    reply(&server, &session(&server, "tax-clerk"), &late.id, &json!({ "rejected": { "reason": "与申报一致" } }));
    assert!(server.stop());
    sound(&world);
}
