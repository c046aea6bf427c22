//! The exchange as it is run: the command's own processes over real HTTP, with a city's departments' data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;
mod kills;
mod proofs;
mod strangers;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use common::huoshui;
use huoshui_app::exchange::log::What;
use serde_json::{Value, json};
use world::{Process, World, pull, send};

const CLIENTS: u64 = 64;
const ROUNDS: usize = 3;

fn order(consent: &str) -> Value {
    json!({ "consent": consent, "purpose": "credit_review" })
}

/// Numbers that look random and are the same each time (xorshift).
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state % 1_000_003).unwrap()
}

/// Entries with this outcome in all these firms' logs.
fn logged(world: &World, firms: usize, outcome: &str) -> usize {
    let mut count = 0;
    for firm in &world.firms[..firms] {
        let mut before = None;
        loop {
            let page = world.exchange.log(firm, before, 200).unwrap();
            let is = |what: &What| matches!(what, What::Access(l) if json!(l.outcome) == json!(outcome));
            count += page.lines.iter().filter(|l| is(&l.what)).count();
            before = page.next;
            if before.is_none() {
                break;
            }
        }
    }
    count
}

/// Every wrong pull under 64 clients over these servers, each of which tells in its own log what it served.
fn refusals(world: &World, servers: usize) {
    let grade: &[&str] = &["tax_grade"];
    let fine: Vec<String> = (0..4).map(|n| world.consent(n, grade, &["grant"])).collect();
    let spent = world.consent(4, grade, &["grant"]);
    let repeated = world.consent(5, grade, &["grant"]);
    let wrong_field = json!({ "consent": fine[0], "purpose": "credit_review",
        "wants": [{ "resource": "tax_grade", "fields": ["grade", "secret"] }] });
    // What is asked, by which bank, and the refusal that is due.
    let cases: Vec<(usize, Value, &str)> = vec![
        (0, order(&world.consent(6, grade, &["grant", "revoke"])), "exchange.revoked"),
        (0, order(&world.expired(7)), "exchange.expired"),
        (0, order(&world.consent(8, grade, &["grant", "pause"])), "exchange.paused"),
        (0, order(&spent), "exchange.frequency"),
        (1, order(&fine[0]), "exchange.wrong_recipient"),
        (0, json!({ "consent": fine[0], "purpose": "instant_loan" }), "exchange.wrong_purpose"),
        (0, wrong_field, "exchange.wrong_field"),
        // One that does not exist is told as one that names others.
        (0, order("no-such-consent"), "exchange.wrong_recipient"),
    ];
    let mut servers: Vec<Process> = (0..servers).map(|n| Process::serve(world, &format!("server-{n}"))).collect();
    let at: Vec<SocketAddr> = servers.iter().map(|s| s.address).collect();
    // The city's data, as the command brought them in.
    let first = pull(at[0], &world.banks[0], "the-one-key", &order(&repeated));
    let part = &first.1["answer"]["parts"][0];
    assert_eq!((first.0, part["status"].as_str()), (200, Some("READY")), "{}", first.1);
    assert!(!part["data"]["rows"].as_array().unwrap().is_empty(), "{part}");
    for n in 0..3 {
        assert_eq!(pull(at[n % at.len()], &world.banks[0], &format!("spend-{n:06}"), &order(&spent)).0, 200);
    }
    let found: BTreeMap<(String, u16, String), usize> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (cases, fine, repeated, at, banks) = (&cases, &fine, &repeated, &at, &world.banks);
                scope.spawn(move || {
                    let mut state = client * 0x9E37_79B9 + 1;
                    let mut found: BTreeMap<(String, u16, String), usize> = BTreeMap::new();
                    for round in 0..ROUNDS {
                        for n in 0..cases.len() + 2 {
                            // Each request goes wherever the client fancies.
                            let server = at[next(&mut state) % at.len()];
                            let own = format!("client-{client:03}-{round}-{n:02}");
                            let (due, (status, said)) = if let Some((bank, body, due)) = cases.get(n) {
                                (*due, pull(server, &banks[*bank], &own, body))
                            } else if n == cases.len() {
                                ("exchange.replayed", pull(server, &banks[0], "the-one-key", &order(repeated)))
                            } else {
                                ("", pull(server, &banks[0], &own, &order(&fine[next(&mut state) % fine.len()])))
                            };
                            assert!(status == 200 || said.get("answer").is_none(), "{said}");
                            let code = said["code"].as_str().unwrap_or_default().to_owned();
                            *found.entry((due.to_owned(), status, code)).or_default() += 1;
                        }
                    }
                    found
                })
            })
            .collect();
        let mut all = BTreeMap::new();
        for client in clients {
            for (key, count) in client.join().unwrap() {
                *all.entry(key).or_default() += count;
            }
        }
        all
    });
    let each = usize::try_from(CLIENTS).unwrap() * ROUNDS;
    let of = |due: &str, status: u16, code: &str| *found.get(&(due.into(), status, code.into())).unwrap_or(&0);
    for code in ["revoked", "expired", "paused", "wrong_purpose", "wrong_field"] {
        let code = format!("exchange.{code}");
        assert_eq!(of(&code, 403, &code), each, "{found:?}");
    }
    assert_eq!(of("exchange.wrong_recipient", 403, "exchange.wrong_recipient"), 2 * each, "{found:?}");
    assert_eq!(of("exchange.frequency", 429, "exchange.frequency"), each, "{found:?}");
    assert_eq!(of("exchange.replayed", 409, "exchange.replayed"), each, "{found:?}");
    // Four consents with three pulls each, whoever was first.
    assert_eq!((of("", 200, ""), of("", 429, "exchange.frequency")), (12, each - 12), "{found:?}");
    // Every release that left is in the log, and nothing else: 12, the three spent and the one that was repeated.
    assert_eq!(logged(world, 9, "released"), 12 + 3 + 1);
    assert_eq!(logged(world, 9, "replayed"), each);
    // Each server's own log says what it served.
    let served: Vec<usize> =
        servers.iter().map(|s| s.log().iter().filter(|line| line["operation"] == "pull").count()).collect();
    let total: usize = served.iter().sum();
    assert_eq!(total, each * (cases.len() + 2) + 4);
    assert!(served.iter().all(|n| n * 5 >= total), "{served:?}");
    // A revocation through one process works from the very next pull on each of the others.
    let last = world.consent(9, grade, &["grant"]);
    assert_eq!(pull(at[0], &world.banks[0], "before-001", &order(&last)).0, 200);
    assert_eq!(pull(at[at.len() - 1], &world.banks[0], "before-002", &order(&last)).0, 200);
    world.step(&world.exchange, 9, &last, "revoke");
    for (n, server) in at.iter().enumerate() {
        let (status, said) = pull(*server, &world.banks[0], &format!("after-{n:05}"), &order(&last));
        assert_eq!((status, said["code"].as_str()), (403, Some("exchange.revoked")));
    }
    assert!(servers.iter_mut().all(Process::alive));
    assert!(servers.into_iter().all(Process::stop));
    let data = world.data();
    let mut verify = vec!["verify", "--data", data.to_str().unwrap()];
    verify.extend(world.database.iter().flat_map(|url| ["--database", url.as_str()]));
    huoshui(&verify).ok();
}

#[test]
fn one_server_refuses_every_wrong_pull_under_64_clients() {
    refusals(&World::new(None), 1);
}

#[test]
fn three_servers_over_one_database_refuse_every_wrong_pull_under_64_clients_and_share_the_work() {
    let postgres = huoshui_testkit::Postgres::start().expect("PostgreSQL's programs are installed");
    refusals(&World::new(Some(&postgres.fresh_database().unwrap())), 3);
}

#[test]
fn no_department_however_it_misbehaves_delays_the_others_or_harms_the_server() {
    const DEADLINE: u64 = 1_500;
    const MANY: usize = 12;
    let world = World::new(None);
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let redirect = format!("redirect=http://{}/v1/resources", elsewhere.local_addr().unwrap());
    // Code, resource, misbehaviour, and the fault that health names.
    let cast = [
        ("hg", "customs_rating", "slow=60s", "source.timeout"),
        ("gjj", "housing_fund", "none", "source.refused"),
        ("rsj", "social_security", "drift=renamed", "source.drift"),
        ("jxj", "srdi_recognition", "other-firm", "source.other_firm"),
        ("czj", "procurement", "endless", "source.too_large"),
        ("kw", "high_tech", &redirect, "source.redirect"),
        ("fgw", "electricity_use", "html", "source.content_type"),
        ("ghzrw", "real_estate", "bomb", "source.encoded"),
        ("fy", "enforcement", "none", ""),
    ];
    let mut sources = format!("deadline_ms = {DEADLINE}\n");
    let mut departments = BTreeMap::new();
    for (code, resource, misbehave, _) in cast {
        let department = Process::department(&world, code, resource, misbehave);
        sources += &format!(
            "\n[[department]]\ncode = \"{code}\"\nurl = \"http://{}\"\nresources = [\"{resource}\"]\n",
            department.address
        );
        departments.insert(code, department);
    }
    std::fs::write(world.data().join("sources.toml"), sources).unwrap();
    // Dead: it was there when the service was set up, and is gone.
    drop(departments.remove("gjj"));
    let mut resources: Vec<&str> = cast.iter().map(|(_, resource, ..)| *resource).collect();
    resources.extend(["tax_grade", "registration"]);
    let consents: Vec<String> = (0..MANY).map(|n| world.consent(n, &resources, &["grant"])).collect();
    let mut server = Process::serve(&world, "server");
    // Each client pulls under a consent of its own, all at once, as often as it may.
    let met: BTreeSet<(String, String)> = std::thread::scope(|scope| {
        let pulls = |n: usize, consent: &str| {
            let mut met = BTreeSet::new();
            for turn in 0..3 {
                let key = format!("pull-{n:03}-{turn:02}");
                let (status, said) = pull(server.address, &world.banks[0], &key, &order(consent));
                assert_eq!(status, 200, "{said}");
                let parts = said["answer"]["parts"].as_array().unwrap();
                let of = |resource: &str| parts.iter().find(|p| p["resource"] == resource).unwrap();
                for ready in ["tax_grade", "registration", "enforcement"] {
                    assert_eq!(of(ready)["status"], "READY", "{}", of(ready));
                }
                for (code, resource, ..) in cast.iter().filter(|(code, ..)| *code != "fy") {
                    let part = of(resource);
                    assert!(part["status"] != "READY" && part["data"]["rows"] == json!([]), "{part}");
                    met.insert(((*code).to_owned(), part["status"].as_str().unwrap().to_owned()));
                }
            }
            met
        };
        let clients: Vec<_> =
            consents.iter().enumerate().map(|(n, consent)| scope.spawn(move || pulls(n, consent))).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    // The slow one takes a minute for its answer: nobody waited for it. What each pull took stands in the firm's log.
    let mut took = Vec::new();
    for firm in &world.firms[..MANY] {
        for line in world.exchange.log(firm, None, 200).unwrap().lines {
            if let huoshui_app::exchange::log::What::Access(logged) = line.what {
                took.push(u64::from(logged.entry.latency_ms));
            }
        }
    }
    assert_eq!(took.len(), 3 * MANY, "each pull is in the log");
    assert!(took.iter().all(|ms| *ms <= DEADLINE + 2_000), "{took:?}");
    let has = |code: &str, status: &str| met.contains(&(code.to_owned(), status.to_owned()));
    // The slow and the dead one are asked, given up, and then left alone; the liars are heard and not believed.
    assert!(has("hg", "TIMEOUT") && has("hg", "PENDING") && has("gjj", "PENDING"), "{met:?}");
    assert!(["rsj", "jxj", "czj", "kw", "fgw", "ghzrw"].iter().all(|code| has(code, "DENIED")), "{met:?}");
    let (_, health) = send(server.address, "GET", "/v1/exchange/sources", &world.banks[0], "-", &Value::Null);
    let items = health["items"].as_array().unwrap();
    for (code, _, misbehave, fault) in cast {
        let item = items.iter().find(|i| i["department"] == code).unwrap();
        match fault {
            "" => assert!(item["last_success_at"].is_i64(), "{item}"),
            _ => assert_eq!(item["last_failure"]["code"], fault, "{misbehave}: {item}"),
        }
        assert!(!["hg", "gjj"].contains(&code) || item["state"] != "closed", "{item}");
    }
    assert!(elsewhere.accept().is_err(), "nobody followed the redirect");
    assert!(server.alive());
    for (code, department) in &mut departments {
        assert!(department.alive(), "{code}");
    }
    assert!(server.stop());
    huoshui(&["verify", "--data", world.data().to_str().unwrap()]).ok();
}
