//! Answers to objections reach who must be told, those of former releases as well.

use std::time::Duration;

use huoshui_journal::{Command, Expected};
use serde_json::{Value, json};

use crate::common::{City, Server, config};

fn told(server: &Server, role: &str) -> Vec<Value> {
    let token = server.sign_in(&format!("demo-{role}"));
    let path = format!("/v1/organisations/demo-{role}/inbox?limit=500");
    let items = server.get(&path, Some(&token)).json()["items"].as_array().unwrap().clone();
    items.into_iter().filter(|n| n["what"] == "objection.answered").map(|n| n["data"].clone()).collect()
}

#[test]
fn an_answer_that_does_not_say_what_it_is_about_reaches_the_firm_and_who_relied_on_the_value() {
    let city = City::with_departments(0);
    let server = Server::start(&city.data(), config());
    let owner = server.sign_in("demo-enterprise");
    let raise = json!({ "resource": "registration", "field": "name", "claimed": "甲公司" });
    let raised = server.post("/v1/exchange/objections", &owner, &raise).json();
    let o = &raised["objection"];
    let id = o["id"].as_str().unwrap();
    // As releases wrote it that told nobody what it was about.
    let verdict = json!({ "accepted": { "corrected": "a".repeat(64) } });
    let answered = json!({ "objection": id, "by": "clerk", "verdict": verdict, "at": o["raised_at"] });
    let relied = json!([{ "recipient": city.bank, "entries": ["e"], "last_at": o["raised_at"] }]);
    let event = json!({ "answered": answered, "relied": relied });
    let stored = huoshui_app::exchange::corrections::Stored {
        objection: serde_json::from_value(o.clone()).unwrap(),
        answered: Some(serde_json::from_value(answered).unwrap()),
    };
    let command = Command::new("clerk", "objection.answer", "of-before", b"{}")
        .event(
            &format!("objection/{id}"),
            Expected::Version(1),
            "objection.answered",
            1,
            event.to_string().into_bytes(),
        )
        .put(stored.document(2).unwrap());
    server.workspace.journal.append_blocking(command).unwrap();
    for _ in 0..100 {
        if !told(&server, "bank").is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let firm = json!([{ "objection": id, "resource": "registration", "field": "name", "answer": "accepted" }]);
    assert_eq!(json!(told(&server, "enterprise")), firm);
    let bank = json!([{
        "objection": id, "subject": city.enterprise, "department": o["department"], "resource": "registration",
        "field": "name", "pull_again": [], "at": format!("/v1/exchange/objections/{id}"),
    }]);
    assert_eq!(json!(told(&server, "bank")), bank);
    for stranger in ["insurer", "regulator", "guarantor"] {
        assert!(told(&server, stranger).is_empty(), "{stranger}");
    }
}
