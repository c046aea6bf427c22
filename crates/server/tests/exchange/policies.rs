//! A purpose that is published while servers run: every one of them uses it from the next request on.

use std::sync::Arc;

use huoshui_app::policies::{Kind, publish};
use huoshui_app::{Mode, Workspace};
use huoshui_journal::SystemClock;
use serde_json::{Value, json};

use super::common::{Server, config};
use super::world::{World, firm, post};
use super::{fresh_key, session, sound};

/// A file with one purpose.
fn purpose(code: &str) -> String {
    format!(
        "[[purpose]]\ncode = \"{code}\"\nversion = 1\neffective_from = \"2020-01-01\"\nzh = \"试点\"\nen = \"Trial\"\n\
         text_zh = \"银行为试点查看纳税信用等级。\"\ntext_en = \"A bank looks at the tax grade for a trial.\"\n\
         recipients = [\"bank\"]\nmode = \"values\"\nmax_days = 30\nmax_lookback_months = 36\nmax_retention_days = 31\n\
         max_frequency = {{ count = 3, days = 30 }}\nstale_days = 3\n\
         allowed = [{{ resource = \"tax_grade\", fields = [\"period\", \"grade\"] }}]\n"
    )
}

fn offered(server: &Server, token: &str, code: &str) -> bool {
    let listed = server.get("/v1/exchange/purposes", Some(token)).json();
    listed["items"].as_array().unwrap().iter().any(|p| p["code"] == code)
}

/// Asks at one server, signs there, and pulls at another one; the pull's status and answer.
fn pulled(world: &World, asked: &Server, other: &Server, code: &str) -> (u16, Value) {
    let today = huoshui_exchange::clock::day(world.exchange.now());
    let body = json!({
        "subject": firm(0), "purpose": code, "asks": [{ "resource": "tax_grade", "fields": ["grade"] }],
        "data_from": huoshui_kernel::date::add_months(today, -24).unwrap(), "data_to": today,
        "days": 20, "frequency": { "count": 2, "days": 30 }, "retention_days": 30,
    });
    let consent = asked.post("/v1/exchange/consents", &world.banks[0], &body);
    assert_eq!(consent.status, 201, "{}", consent.text());
    let id = consent.json()["id"].as_str().unwrap().to_owned();
    let step = json!({ "step": "grant", "authority": "legal_representative" });
    let owner = session(asked, "owner-zero");
    // Signed on the version that was read, and on no other.
    let path = format!("/v1/exchange/consents/{id}");
    let tag = asked.get(&path, Some(&owner)).header("etag").to_owned();
    assert_eq!(tag, "\"1\"");
    let sign = |tag: &str| {
        let key = fresh_key();
        let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key.as_str()), ("If-Match", tag)];
        asked.send("POST", &format!("{path}/steps"), Some(&owner), &headers, step.to_string().as_bytes())
    };
    let moved = sign("\"7\"");
    assert_eq!((moved.status, moved.code().as_str()), (412, "exchange.moved_on"));
    let signed = sign(&tag);
    assert_eq!((signed.status, signed.header("etag")), (200, "\"2\""), "{}", signed.text());
    let order = json!({ "consent": id, "purpose": code });
    post(other.address, "/v1/exchange/pulls", &world.banks[0], &fresh_key(), &order).unwrap()
}

#[test]
fn a_purpose_published_by_another_process_serves_at_every_server_at_once() {
    let postgres = huoshui_testkit::Postgres::start().expect("PostgreSQL's programs are installed");
    let url = postgres.fresh_database().unwrap();
    let world = World::new(Some(&url));
    let server = || {
        let workspace = Workspace::open_on(&world.data(), Some(&url), Mode::Existing, Arc::new(SystemClock)).unwrap();
        let mut config = config();
        config.database = Some(url.clone());
        // The journal is followed at leisure: what a server sees, it sees by being asked.
        config.seal.every_millis = 5_000;
        Server::over(workspace, config)
    };
    let (one, two) = (server(), server());
    let token = &world.banks[0];
    for server in [&one, &two] {
        assert!(offered(server, token, "credit_review") && !offered(server, token, "trial_review"));
    }
    publish(&world.workspace, "operator", Kind::Purposes, "trial.toml", &purpose("trial_review")).unwrap();
    assert!(offered(&one, token, "trial_review") && offered(&two, token, "trial_review"));
    // The other server meets the purpose for the first time in a pull.
    publish(&world.workspace, "operator", Kind::Purposes, "trial_two.toml", &purpose("second_review")).unwrap();
    let (status, said) = pulled(&world, &one, &two, "second_review");
    assert_eq!((status, said["answer"]["parts"][0]["data"]["rows"].clone()), (200, json!([["A"]])), "{said}");
    // What is no longer offered ends for new consents, and both say so.
    let ended = purpose("trial_review").replace("zh = \"试点\"", "effective_to = \"2020-12-31\"\nzh = \"试点\"");
    publish(&world.workspace, "operator", Kind::Purposes, "trial.toml", &ended).unwrap();
    assert!(!offered(&one, token, "trial_review") && !offered(&two, token, "trial_review"));
    // A file that would not load is refused, and changes nothing anywhere.
    let broken = purpose("trial_review").replace("tax_grade", "no_such_resource");
    let refused = publish(&world.workspace, "operator", Kind::Purposes, "trial.toml", &broken).unwrap_err();
    assert_eq!(refused.code(), "exchange.policy_entry", "{refused}");
    assert!(offered(&one, token, "second_review") && offered(&two, token, "credit_review"));
    assert!(one.stop() && two.stop());
    sound(&world);
}
