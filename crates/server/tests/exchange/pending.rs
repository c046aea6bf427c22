//! A department that says nothing, then is left alone, then is back: TIMEOUT, PENDING and READY as a bank meets them over HTTP,
//! while everything else is READY throughout.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use huoshui_exchange::consent::{Ask, Step};
use serde_json::{Value, json};

use crate::common::{Server, config, fresh_key};
use crate::world::{World, post};
use crate::{pull, sound};

/// Banks' clients at once.
const AT_ONCE: usize = 8;

/// A customs office that takes every question, and answers those that come once it is awake.
fn customs(today: huoshui_kernel::Date, awake: Arc<AtomicBool>) -> String {
    let (as_of, period) = (today.yesterday().unwrap(), huoshui_kernel::date::prior_year_end(today));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            if !awake.load(Ordering::SeqCst) {
                silent.push(socket);
                continue;
            }
            let first = BufReader::new(socket.try_clone().unwrap()).lines().next();
            let asked = first.and_then(Result::ok).unwrap_or_default();
            let uscc: String = asked.split_once("uscc=").map_or("", |(_, rest)| rest).chars().take(18).collect();
            let body = json!({
                "department": "hg", "resource": "customs_rating", "schema": 1, "uscc": uscc, "as_of": as_of,
                "covers_from": "2020-01-01", "known": true, "rows": [[period, "registered"]],
                "columns": [{ "name": "period", "kind": "date" }, { "name": "rating", "kind": "code" }],
            });
            let body = body.to_string();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ";
            let _ = socket.write_all(format!("{head}{}\r\n\r\n{body}", body.len()).as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn a_silent_department_times_out_is_pending_while_it_rests_and_comes_back_and_delays_nobody() {
    let world = World::new(None);
    let (awake, today) = (Arc::new(AtomicBool::new(false)), huoshui_exchange::clock::day(world.exchange.now()));
    // It is left alone after two failures, and tried again by one question at a time.
    let toml = format!(
        "deadline_ms = 3000\n[[department]]\ncode = \"hg\"\nurl = \"{}\"\nresources = [\"customs_rating\"]\n\
         [department.settings]\ndeadline_ms = 500\nconnect_ms = 400\nattempts = 1\nmax_in_flight = 2\nmax_waiting = 4\n\
         [department.settings.breaker]\nwindow = 4\nopen_after = 2\nrest_ms = 1000\nrest_max_ms = 2000\nclose_after = 1\n",
        customs(today, Arc::clone(&awake))
    );
    std::fs::write(world.data().join("sources.toml"), toml).unwrap();
    let server = Server::over(world.workspace.clone(), config());
    let consent = |n: u32| {
        let mut wanted = world.wanted(n, today);
        wanted.asks.push(Ask { resource: "customs_rating".into(), fields: vec!["rating".into()] });
        world.consent_by(&world.exchange, n, &wanted, &[Step::Grant])
    };
    let asked = |consent: &str| {
        let answer = post(server.address, "/v1/exchange/pulls", &world.banks[0], &fresh_key(), &pull(consent));
        let (status, said) = answer.unwrap();
        assert_eq!(status, 200, "{said}");
        let parts = said["answer"]["parts"].as_array().unwrap().clone();
        let of = |name: &str| parts.iter().find(|p| p["resource"] == name).unwrap().clone();
        // Whatever the other one does.
        let grade = of("tax_grade");
        assert_eq!((&grade["status"], &grade["data"]["rows"]), (&json!("READY"), &json!([["A"]])), "{said}");
        of("customs_rating")
    };
    let health = || server.get("/v1/exchange/sources", Some(&world.banks[0])).json()["items"][0].clone();
    let mut met: BTreeMap<String, u32> = BTreeMap::new();
    let mut next = 0;
    for _ in 0..3 {
        let consents: Vec<String> = (next..).take(AT_ONCE).map(consent).collect();
        next += u32::try_from(AT_ONCE).unwrap();
        let parts: Vec<Value> = std::thread::scope(|scope| {
            let clients: Vec<_> = consents.iter().map(|consent| scope.spawn(|| asked(consent))).collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        for part in parts {
            let (status, nothing) = (part["status"].as_str().unwrap().to_owned(), part["data"]["rows"] == json!([]));
            assert!(["TIMEOUT", "PENDING"].contains(&status.as_str()) && nothing, "{part}");
            assert!(part["provenance"].is_null(), "{part}");
            *met.entry(status).or_default() += 1;
        }
    }
    assert!(met.len() == 2 && met["TIMEOUT"] >= 2, "24 pulls of a silent department: {met:?}");
    let said = health();
    assert_eq!(
        (&said["department"], &said["last_failure"]["code"]),
        (&json!("hg"), &json!("source.timeout")),
        "{said}"
    );
    assert!(
        ["open", "half_open"].contains(&said["state"].as_str().unwrap()) && said["last_success_at"].is_null(),
        "{said}"
    );
    // It is back: who asks again and again is answered by it before long, and nobody had to do anything.
    awake.store(true, Ordering::SeqCst);
    let mut back = Value::Null;
    for n in next..next + 40 {
        back = asked(&consent(n));
        if back["status"] == "READY" {
            break;
        }
        assert_eq!(back["status"], "PENDING", "{back}");
        std::thread::sleep(std::time::Duration::from_millis(250));
    }
    assert_eq!((&back["status"], &back["data"]["rows"]), (&json!("READY"), &json!([["registered"]])), "{back}");
    assert_eq!(back["provenance"]["department"], "hg");
    let said = health();
    assert!(said["state"] == "closed" && said["last_success_at"].is_i64(), "{said}");
    assert!(server.stop());
    sound(&world);
}
