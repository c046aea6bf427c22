//! What stands in a firm's own log of a pull, over HTTP: which policy of authorization let the asker ask, and with which key.

use huoshui_app::access::keys;
use huoshui_exchange::consent::Step;
use serde_json::{Value, json};

use super::common::{Server, config};
use super::inboxes::people;
use super::world::{World, firm};
use super::{pull, session, sound};

#[test]
fn the_firms_log_names_the_policy_and_the_key_of_a_release_and_of_a_refusal() {
    let world = World::new(None);
    people(&world);
    let server = Server::over(world.workspace.clone(), config());
    let [owner, wang] = ["owner-zero", "wang"].map(|login| session(&server, login));
    let consent = world.consent(0, &[Step::Grant]);
    let machine = &world.banks[0];
    let (actor, _) = keys::actor(&world.workspace, machine, world.exchange.now()).unwrap();
    let key = actor.id.strip_prefix("key:").unwrap().to_owned();
    let wrong = json!({ "consent": consent, "purpose": "instant_loan" });
    for (token, body, status) in
        [(machine, &pull(&consent), 200), (machine, &wrong, 403), (&wang, &pull(&consent), 200), (&wang, &wrong, 403)]
    {
        let answer = server.post("/v1/exchange/pulls", token, body);
        // The policy that the log names is the one that the answer names.
        assert_eq!((answer.status, answer.header("x-policy")), (status, "exchange.recipients"));
    }
    let log = server.get(&format!("/v1/exchange/enterprises/{}/log", firm(0)), Some(&owner)).json();
    let told = |line: &Value| -> Option<[Value; 4]> {
        let access = line["what"].get("access")?;
        let entry = &access["entry"];
        Some([&access["outcome"], &entry["refused"], &entry["policy"], &entry["who"]["key"]].map(Value::clone))
    };
    let mut lines: Vec<[Value; 4]> = log["lines"].as_array().unwrap().iter().filter_map(told).collect();
    lines.reverse();
    let (policy, none) = (json!("exchange.recipients"), Value::Null);
    let released = |key: Value| [json!("released"), none.clone(), policy.clone(), key];
    let refused = |key: Value| [json!("refused"), json!("exchange.wrong_purpose"), policy.clone(), key];
    // A person signs in without a key.
    let (key, person) = (json!(key), none.clone());
    assert_eq!(lines, [released(key.clone()), refused(key), released(person.clone()), refused(person)]);
    assert!(server.stop());
    sound(&world);
}
