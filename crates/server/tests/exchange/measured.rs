//! Quality over time and who uses what, over HTTP: batches of a hosted resource, answers of a remote one, releases with
//! refusals beside them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use huoshui_app::access::events::Account;
use huoshui_app::access::{Asker, Hasher, Kind, Seed, accounts, keys};
use huoshui_exchange::consent::{Ask, Step};
use serde_json::{Value, json};

use super::common::{Server, config};
use super::world::{self, PASSWORD, World, firm};
use super::{fresh_key, pull, session, sound};

/// The tax office's machine, which uploads and reads, and an operator.
fn people(world: &World) -> String {
    let asker = Asker { actor: "huoshui", key: "tax-office" };
    world::join(&world.workspace, asker, "tax-office", Kind::Department, "swj");
    let seed = Seed::open(&world.workspace).unwrap();
    let account = Account {
        login: "tax-clerk".into(),
        organisation: "tax-office".into(),
        admin: false,
        demo: false,
        closed: false,
    };
    accounts::open(&world.workspace, asker, &account, PASSWORD, (&Hasher::new(1, 0), &seed)).unwrap();
    let scopes = std::collections::BTreeSet::from(["exchange:upload".to_owned()]);
    let organisation = "tax-office".into();
    let wanted = keys::Wanted { organisation, name: "core".into(), scopes: scopes.clone(), days: 30 };
    keys::issue(&world.workspace, asker, &wanted, &scopes, &seed, world.exchange.now()).unwrap().1
}

/// Every row of a list, page by page.
fn all(server: &Server, path: &str, token: &str) -> Vec<Value> {
    let (mut rows, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = server.get(&path, Some(token));
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        rows.extend(page["items"].as_array().unwrap().iter().cloned());
        next = page["next"].as_str().map(str::to_owned);
        assert!(rows.len() < 1_000, "the pages do not end");
    }
    rows
}

#[test]
fn each_batch_of_a_resource_keeps_its_place_in_the_series_of_its_quality() {
    let world = World::new(None);
    let machine = people(&world);
    let server = Server::over(world.workspace.clone(), config());
    let clerk = session(&server, "tax-clerk");
    let today = huoshui_exchange::clock::day(world.exchange.now());
    // One row each time, of yesterday, of today: the third and fourth batches after the import's.
    for (n, grade) in ["B", "C", "D"].iter().enumerate() {
        let as_of = today.yesterday().unwrap();
        let file = format!("tax_grade.{as_of}.change.csv");
        let csv = format!("uscc,period,grade\n{},2024-12-31,{grade}\n", firm(u32::try_from(n).unwrap()));
        let key = fresh_key();
        let headers = [("Content-Type", "application/octet-stream"), ("Idempotency-Key", key.as_str())];
        let path = format!("/v1/exchange/departments/swj/batches/{file}");
        let taken = server.send("POST", &path, Some(&machine), &headers, csv.as_bytes());
        assert_eq!(taken.status, 200, "{}", taken.text());
    }
    let path = "/v1/exchange/resources/tax_grade/quality?limit=1";
    let series = all(&server, path, &clerk);
    let rows: Vec<u64> = series.iter().map(|b| b["rows"].as_u64().unwrap()).collect();
    assert_eq!(rows, [1, 1, 1, u64::from(world::FIRMS)], "the newest first, and the import's last: {series:?}");
    assert!(series.windows(2).all(|pair| pair[0]["version"].as_u64() > pair[1]["version"].as_u64()));
    for batch in &series {
        assert_eq!((&batch["filled"], &batch["validity"]), (&json!(1_000_000), &json!(1_000_000)), "{batch}");
    }
    // A day old when it came; the import's is as old as the year.
    assert_eq!((&series[0]["age_days"], &series[0]["late_days"]), (&json!(1), &json!(0)));
    let year_end = huoshui_kernel::date::prior_year_end(today);
    let age = huoshui_kernel::date::days(today) - huoshui_kernel::date::days(year_end);
    assert_eq!(series[3]["age_days"], json!(age));
    assert_eq!(series[3]["late_days"], json!((age - 130).max(0)), "the lag of tax grades is 130 days");
    assert_eq!(server.get("/v1/exchange/resources/none/quality", Some(&clerk)).code(), "exchange.unknown_resource");
    let wrong = server.get("/v1/exchange/resources/tax_grade/quality?cursor=x", Some(&clerk));
    assert_eq!(wrong.code(), "journal.bad_cursor");
    assert!(server.stop());
}

/// A customs office over HTTP: the first answer is good, the second of another schema, and then it says nothing.
fn customs(today: huoshui_kernel::Date) -> String {
    let (as_of, period) = (today.yesterday().unwrap(), huoshui_kernel::date::prior_year_end(today));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for (n, socket) in listener.incoming().enumerate() {
            let mut socket = socket.unwrap();
            let first = BufReader::new(socket.try_clone().unwrap()).lines().next();
            let asked = first.and_then(Result::ok).unwrap_or_default();
            if n >= 2 {
                silent.push(socket);
                continue;
            }
            let uscc: String = asked.split_once("uscc=").map_or("", |(_, rest)| rest).chars().take(18).collect();
            let name = if n == 0 { "rating" } else { "class" };
            let body = json!({
                "department": "hg", "resource": "customs_rating", "schema": 1, "uscc": uscc, "as_of": as_of,
                "covers_from": "2020-01-01", "known": true, "rows": [[period, "registered"]],
                "columns": [{ "name": "period", "kind": "date" }, { "name": name, "kind": "code" }],
            });
            let body = body.to_string();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ";
            let _ = socket.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn a_remote_sources_answers_are_measured_and_uses_count_releases_alone() {
    let world = World::new(None);
    people(&world);
    let today = huoshui_exchange::clock::day(world.exchange.now());
    let toml = format!(
        "deadline_ms = 3000\n[[department]]\ncode = \"hg\"\nurl = \"{}\"\nresources = [\"customs_rating\"]\n\
         [department.settings]\ndeadline_ms = 1500\nconnect_ms = 500\nattempts = 1\n\
         [department.settings.cache]\nmax_bytes = 0\nfresh_s = 0\n",
        customs(today)
    );
    std::fs::write(world.data().join("sources.toml"), toml).unwrap();
    let mut wanted = world.wanted(0, today);
    wanted.asks.push(Ask { resource: "customs_rating".into(), fields: vec!["rating".into()] });
    let consent = world.consent_by(&world.exchange, 0, &wanted, &[Step::Grant]);
    let server = Server::over(world.workspace.clone(), config());
    let clerk = session(&server, "tax-clerk");
    let mut statuses = Vec::new();
    for _ in 0..3 {
        let answer = server.post("/v1/exchange/pulls", &world.banks[0], &pull(&consent));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let parts = answer.json()["answer"]["parts"].as_array().unwrap().clone();
        let customs = parts.iter().find(|p| p["resource"] == "customs_rating").unwrap().clone();
        statuses.push(format!("{} {}", customs["status"].as_str().unwrap(), customs["reason"].as_str().unwrap_or("-")));
    }
    assert_eq!(statuses[1], "DENIED source.drift", "{statuses:?}");
    assert!(statuses[2].starts_with("TIMEOUT"), "{statuses:?}");
    // Refused beside them: too often, for another purpose, by another bank.
    let mut wrong = pull(&consent);
    wrong["purpose"] = json!("instant_loan");
    for (bank, body, code) in [
        (0, pull(&consent), "exchange.frequency"),
        (0, wrong, "exchange.wrong_purpose"),
        (1, pull(&consent), "exchange.wrong_recipient"),
    ] {
        assert_eq!(server.post("/v1/exchange/pulls", &world.banks[bank], &body).code(), code);
    }
    // Counted once they are sealed, which the server does by itself.
    let counted = || server.get("/v1/exchange/resources/customs_rating/answers", Some(&clerk)).json();
    for _ in 0..200 {
        if counted()["items"][0]["asked"] == json!(3) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let said = counted();
    let day = &said["items"][0];
    let ready = u64::from(statuses[0].starts_with("READY"));
    assert_eq!((&said["remote"], &day["asked"], &day["ready"]), (&json!(true), &json!(3), &json!(ready)), "{said}");
    assert_eq!(
        (ready, &day["drifted"], &day["denied"], &day["timeout"]),
        (1, &json!(1), &json!(1), &json!(1)),
        "{statuses:?} {said}"
    );
    assert_eq!(day["answered"], json!(333_333), "one of three");
    let latency = day["latency"].as_object().unwrap();
    assert_eq!(latency.values().map(|n| n.as_u64().unwrap()).sum::<u64>(), 3);
    assert_eq!(latency["to_3_s"], json!(1), "the silent one took the deadline of a second and a half: {said}");
    // Three pulls released tax grades, one of them the rating; nothing that was refused is a use.
    let mut uses: Vec<Value> = Vec::new();
    for _ in 0..200 {
        uses = all(&server, "/v1/exchange/uses?limit=1", &clerk);
        if uses.len() == 2 && uses[1]["pulls"] == json!(3) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let of = |resource: &str, pulls: u64| json!({ "resource": resource, "purpose": "credit_review", "recipient": "B1", "pulls": pulls });
    assert_eq!(uses, [of("customs_rating", 1), of("tax_grade", 3)]);
    assert_eq!(all(&server, "/v1/exchange/uses?resource=tax_grade", &clerk), [of("tax_grade", 3)]);
    let page = server.get("/v1/exchange/uses", Some(&clerk)).json();
    assert_eq!((&page["complete"], &page["left_out"]), (&json!(true), &json!(0)));
    assert_eq!(server.get("/v1/exchange/uses?cursor=x", Some(&clerk)).code(), "journal.bad_cursor");
    assert_eq!(server.get("/v1/exchange/uses", Some(&world.banks[0])).status, 403);
    let hosted = server.get("/v1/exchange/resources/tax_grade/answers", Some(&clerk)).json();
    assert_eq!((&hosted["remote"], &hosted["items"][0]["answered"]), (&json!(false), &json!(1_000_000)));
    assert!(server.stop());
    sound(&world);
}
