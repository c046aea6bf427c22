//! What a department may answer to an objection over HTTP: a value that the field can hold, or a clear refusal.

use serde_json::{Value, json};

use super::common::{Server, config};
use super::inboxes::{object, people, reply};
use super::world::World;
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
