//! A resource whose values nobody gets: over HTTP a claim learns match, no match or unknown, and a pull of values is refused.

use huoshui_app::access::events::Account;
use huoshui_app::access::{Asker, Hasher, Kind, Seed, accounts};
use serde_json::{Value, json};

use super::common::{Server, config, fresh_key};
use super::world::{self, PASSWORD, World, firm};
use super::{session, sound};

/// The last quarter's end at least a month ago: its batch is fresh.
fn quarter(today: huoshui_kernel::Date) -> huoshui_kernel::Date {
    let before = huoshui_kernel::date::add_months(today, -1).unwrap();
    let ends = ["03-31", "06-30", "09-30", "12-31"];
    let years = [before.year() - 1, before.year()];
    let all =
        years.iter().flat_map(|y| ends.iter().map(move |e| huoshui_kernel::date::parse(&format!("{y}-{e}")).unwrap()));
    all.filter(|end| *end <= before).max().unwrap()
}

#[test]
fn duties_answer_claims_over_http_and_no_value_leaves() {
    let world = World::new(None);
    world::join(&world.workspace, Asker { actor: "huoshui", key: "customs" }, "customs", Kind::Department, "hg");
    let account = Account {
        login: "duty-clerk".into(),
        organisation: "customs".into(),
        admin: false,
        demo: false,
        closed: false,
    };
    let tools = (&Hasher::new(1, 0), &Seed::open(&world.workspace).unwrap());
    let asker = Asker { actor: "huoshui", key: "duty-clerk" };
    accounts::open(&world.workspace, asker, &account, PASSWORD, tools).unwrap();
    let server = Server::over(world.workspace.clone(), config());
    let [owner, clerk] = ["owner-zero", "duty-clerk"].map(|login| session(&server, login));
    let today = huoshui_exchange::clock::day(world.exchange.now());
    let period = quarter(today);
    // Yuan in the file, fen in claims: 1,234.56 yuan are 123,456 fen.
    let batch = format!("uscc,period,payable,paid\n{},{period},1234.56,1000.00\n", firm(0));
    let path = format!("/v1/exchange/departments/hg/batches/customs_duties.{period}.whole.csv");
    let sent = server.send("POST", &path, Some(&clerk), &[("Idempotency-Key", "duties-0001")], batch.as_bytes());
    assert_eq!(sent.status, 200, "{}", sent.text());
    let ask = |purpose: &str, months: i32| {
        json!({
            "subject": firm(0), "purpose": purpose, "asks": [{ "resource": "customs_duties" }],
            "data_from": huoshui_kernel::date::add_months(today, -months).unwrap(), "data_to": today,
            "days": 20, "frequency": { "count": 5, "days": 30 }, "retention_days": 30,
        })
    };
    let bank = &world.banks[0];
    let asked = server.post("/v1/exchange/consents", bank, &ask("verification_only", 30));
    assert_eq!(asked.status, 201, "{}", asked.text());
    let consent = asked.json()["id"].as_str().unwrap().to_owned();
    let step = json!({ "step": "grant", "authority": "legal_representative" });
    assert_eq!(server.post(&format!("/v1/exchange/consents/{consent}/steps"), &owner, &step).status, 200);
    let claim = |period: huoshui_kernel::Date, field: &str, value: Value| json!({ "resource": "customs_duties", "row": { "period": period }, "field": field, "value": value });
    let earlier = quarter(period);
    let claims = [
        claim(period, "payable", json!(123_456)),
        claim(period, "paid", json!(100_001)),
        // Of this quarter the department has said nothing.
        claim(earlier, "paid", json!(100_000)),
    ];
    let check = json!({ "consent": consent, "purpose": "verification_only", "claims": claims });
    let verified = server.write("POST", "/v1/exchange/claims", bank, &fresh_key(), &check);
    assert_eq!(verified.status, 200, "{}", verified.text());
    let said = verified.json();
    let verdicts: Vec<&str> =
        said["answer"]["verdicts"].as_array().unwrap().iter().map(|v| v["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["match", "no_match", "unknown"], "{said}");
    let part = &said["answer"]["parts"][0];
    assert_eq!((&part["status"], &part["data"]["rows"]), (&json!("READY"), &json!([])), "{part}");
    // Neither the values nor what differs from them is anywhere in the answer but where the claim itself said it.
    assert!(!said["answer"]["parts"].to_string().contains("100000"), "{said}");
    // A pull of values under the same consent.
    let pull = json!({ "consent": consent, "purpose": "verification_only" });
    let refused = server.post("/v1/exchange/pulls", bank, &pull);
    assert_eq!((refused.status, refused.code().as_str()), (403, "exchange.wrong_mode"), "{}", refused.text());
    // No purpose that gives values has the resource at all.
    let asked = server.post("/v1/exchange/consents", bank, &ask("credit_review", 20));
    assert_eq!((asked.status, asked.code().as_str()), (422, "exchange.not_allowed"), "{}", asked.text());
    // The log tells of both; the refusal counts as none of the five.
    let log = server.get(&format!("/v1/exchange/enterprises/{}/log", firm(0)), Some(&owner)).json();
    let ends: Vec<Value> = log["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["what"]["access"]["outcome"].clone())
        .filter(|o| !o.is_null())
        .collect();
    assert_eq!(ends, [json!("refused"), json!("released")]);
    assert!(server.stop());
    sound(&world);
}
