//! The exchange over HTTP: refusals under 64 clients, on one server and on three over PostgreSQL; a department that says
//! nothing for a while. Servers that are killed stand in the command's own tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod bulk;
mod claims;
#[path = "../common/mod.rs"]
mod common;
mod consents;
mod corrections;
mod inboxes;
mod logged;
mod measured;
mod pending;
mod person;
mod policies;
mod uploads;
mod world;

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;

use common::{Ahead, Server, config, fresh_key};
use huoshui_app::exchange::events::Ended;
use huoshui_app::exchange::log::What;
use huoshui_app::{seal, verify};
use huoshui_exchange::consent::Step;
use serde_json::{Value, json};
use world::{PASSWORD, Process, World, firm, post};

const CLIENTS: usize = 64;

/// The server that [`Process`] starts; ends when its parent does.
#[test]
#[ignore = "started by the other tests"]
fn child() {
    let Ok(data) = std::env::var("EXCHANGE_DATA") else { return };
    let mut config = config();
    config.database = std::env::var("EXCHANGE_DATABASE").ok();
    let server = Server::start(Path::new(&data), config);
    println!("\nlistens {}", server.address);
    let mut nothing = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut nothing);
}

fn pull(consent: &str) -> Value {
    json!({ "consent": consent, "purpose": "credit_review" })
}

/// Released entries in a firm's log.
fn released(world: &World, n: u32) -> usize {
    let (mut count, mut before) = (0, None);
    loop {
        let page = world.exchange.log(&firm(n), before, 200).unwrap();
        let is = |what: &What| matches!(what, What::Access(logged) if logged.outcome == Ended::Released);
        count += page.lines.iter().filter(|l| is(&l.what)).count();
        before = page.next;
        if before.is_none() {
            return count;
        }
    }
}

/// 64 clients at once, each with every kind of pull, over these servers in turn.
fn refusals(world: &World, servers: &[SocketAddr]) {
    let fine = world.consent(1, &[Step::Grant]);
    let cases: Vec<(&str, String, Value, &str)> = vec![
        ("fine", fine.clone(), pull(&fine), ""),
        ("revoked", String::new(), pull(&world.consent(2, &[Step::Grant, Step::Revoke])), "exchange.revoked"),
        ("paused", String::new(), pull(&world.consent(3, &[Step::Grant, Step::Pause])), "exchange.paused"),
        ("expired", String::new(), pull(&world.expired(4)), "exchange.expired"),
        ("declined", String::new(), pull(&world.consent(5, &[Step::Decline])), "exchange.declined"),
        ("unsigned", String::new(), pull(&world.consent(6, &[])), "exchange.not_granted"),
        ("recipient", "B2".into(), pull(&fine), "exchange.wrong_recipient"),
        ("purpose", String::new(), json!({"consent": fine, "purpose": "instant_loan"}), "exchange.wrong_purpose"),
        (
            "field",
            String::new(),
            json!({"consent": fine, "purpose": "credit_review", "wants": [{"resource": "tax_grade", "fields": ["period"]}]}),
            "exchange.wrong_field",
        ),
        ("stranger", String::new(), pull("nobody"), "exchange.wrong_recipient"),
    ];
    let repeated = world.consent(7, &[Step::Grant]);
    let first = post(servers[0], "/v1/exchange/pulls", &world.banks[0], "the-one-key", &pull(&repeated)).unwrap();
    assert_eq!(first.0, 200, "{}", first.1);
    let answers: Vec<Vec<(&str, usize, u16, String)>> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (cases, repeated) = (&cases, &repeated);
                scope.spawn(move || {
                    let mut found = Vec::new();
                    for (n, (name, bank, body, _)) in cases.iter().enumerate() {
                        let server = (client + n) % servers.len();
                        let token = &world.banks[usize::from(bank == "B2")];
                        let (status, said) =
                            post(servers[server], "/v1/exchange/pulls", token, &fresh_key(), body).unwrap();
                        found.push((*name, server, status, said["code"].as_str().unwrap_or_default().to_owned()));
                    }
                    let server = client % servers.len();
                    let again =
                        post(servers[server], "/v1/exchange/pulls", &world.banks[0], "the-one-key", &pull(repeated));
                    let (status, said) = again.unwrap();
                    assert_eq!(said["outcome"]["first"]["outcome"], "released", "{said}");
                    assert!(said.get("answer").is_none());
                    found.push(("replayed", server, status, said["code"].as_str().unwrap_or_default().to_owned()));
                    found
                })
            })
            .collect();
        clients.into_iter().map(|c| c.join().unwrap()).collect()
    });
    let all: Vec<_> = answers.into_iter().flatten().collect();
    let count = |name: &str, code: &str| all.iter().filter(|(n, _, _, c)| *n == name && c == code).count();
    for (name, _, _, code) in cases.iter().filter(|(name, ..)| *name != "fine") {
        assert_eq!(count(name, code), CLIENTS, "{name}: {all:?}");
    }
    assert_eq!(count("replayed", "exchange.replayed"), CLIENTS);
    for (name, _, status, code) in &all {
        let due = match code.as_str() {
            "" => 200,
            "exchange.frequency" => 429,
            "exchange.replayed" => 409,
            _ => 403,
        };
        assert_eq!(*status, due, "{name}: {code}");
    }
    // Three pulls in thirty days, however many ask at once.
    assert_eq!((count("fine", ""), count("fine", "exchange.frequency")), (3, CLIENTS - 3));
    assert_eq!((released(world, 1), released(world, 7)), (3, 1), "the releases are those of the log");
    assert!((2..7).all(|n| released(world, n) == 0));
    for server in 0..servers.len() {
        let served = all.iter().filter(|(_, s, ..)| *s == server).count();
        assert!(served * 5 >= all.len(), "server {server} answered {served} of {}", all.len());
    }
}

fn sound(world: &World) {
    seal::all(&world.workspace).unwrap();
    let verified = verify::run(&world.workspace, &verify::Kept::default(), &huoshui_app::progress::Silent).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.journal.findings);
}

#[test]
fn every_wrong_pull_is_refused_with_its_code_under_64_clients_on_one_server() {
    let world = World::new(None);
    let server = Server::over(world.workspace.clone(), config());
    refusals(&world, &[server.address]);
    // A revocation over HTTP works from the very next pull.
    let consent = world.consent(0, &[Step::Grant]);
    let key = fresh_key();
    assert_eq!(post(server.address, "/v1/exchange/pulls", &world.banks[0], &key, &pull(&consent)).unwrap().0, 200);
    let login = json!({ "login": "owner-zero", "password": PASSWORD });
    let headers = [("Content-Type", "application/json")];
    let session = server.send("POST", "/v1/session", None, &headers, login.to_string().as_bytes());
    let token = session.json()["token"].as_str().unwrap().to_owned();
    let step = json!({ "step": "revoke", "authority": "legal_representative" });
    let path = format!("/v1/exchange/consents/{consent}/steps");
    let revoked = server.post(&path, &token, &step);
    assert_eq!(revoked.status, 200, "{}", revoked.text());
    let (status, said) =
        post(server.address, "/v1/exchange/pulls", &world.banks[0], &fresh_key(), &pull(&consent)).unwrap();
    assert_eq!((status, said["code"].as_str()), (403, Some("exchange.revoked")));
    // The firm reads its own log, and nobody else's.
    let own = server.get(&format!("/v1/exchange/enterprises/{}/log", firm(0)), Some(&token));
    let outcomes: Vec<Value> = own.json()["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|l| l["what"]["access"].get("outcome").cloned())
        .collect();
    assert_eq!(outcomes, [json!("refused"), json!("released")], "{}", own.text());
    assert_eq!(server.get(&format!("/v1/exchange/enterprises/{}/log", firm(1)), Some(&token)).status, 403);
    assert!(server.stop());
    sound(&world);
}

#[test]
fn three_servers_over_one_database_refuse_alike_and_see_each_others_revocations() {
    let postgres = huoshui_testkit::Postgres::start().expect("PostgreSQL's programs are installed");
    let url = postgres.fresh_database().unwrap();
    let world = World::new(Some(&url));
    let servers: Vec<Process> = (0..3).map(|_| Process::start(&world.data(), Some(&url))).collect();
    let addresses: Vec<SocketAddr> = servers.iter().map(|s| s.address).collect();
    refusals(&world, &addresses);
    let consent = world.consent(0, &[Step::Grant]);
    for address in &addresses[..2] {
        assert_eq!(
            post(*address, "/v1/exchange/pulls", &world.banks[0], &fresh_key(), &pull(&consent)).unwrap().0,
            200
        );
    }
    // Revoked through yet another process: all three remember it as granted or not at all.
    let party = huoshui_app::exchange::actor::Party::Enterprise(firm(0));
    let owner = huoshui_app::exchange::actor::Actor::new("owner-zero".into(), party);
    let signing = huoshui_app::exchange::consents::Signing {
        authority: huoshui_exchange::consent::Authority::LegalRepresentative,
        authorisation: None,
    };
    world.exchange.step(&owner, &fresh_key(), &consent, Step::Revoke, &signing, None).unwrap();
    for address in &addresses {
        let (_, said) = post(*address, "/v1/exchange/pulls", &world.banks[0], &fresh_key(), &pull(&consent)).unwrap();
        assert_eq!(said["code"], "exchange.revoked");
    }
    assert_eq!(released(&world, 0), 2);
    drop(servers);
    sound(&world);
}

fn session(server: &Server, login: &str) -> String {
    let login = json!({ "login": login, "password": PASSWORD });
    let answer =
        server.send("POST", "/v1/session", None, &[("Content-Type", "application/json")], login.to_string().as_bytes());
    answer.json()["token"].as_str().unwrap().to_owned()
}

#[test]
fn a_batch_uploaded_again_under_its_key_is_answered_as_the_first_time() {
    let world = World::new(None);
    let seed = huoshui_app::access::Seed::open(&world.workspace).unwrap();
    let asker = huoshui_app::access::Asker { actor: "huoshui", key: "tax-office" };
    world::join(&world.workspace, asker, "tax-office", huoshui_app::access::Kind::Department, "swj");
    let scopes = std::collections::BTreeSet::from(["exchange:upload".to_owned()]);
    let wanted = huoshui_app::access::keys::Wanted {
        organisation: "tax-office".into(),
        name: "core".into(),
        scopes: scopes.clone(),
        days: 30,
    };
    let now = world.exchange.now();
    let token = huoshui_app::access::keys::issue(&world.workspace, asker, &wanted, &scopes, &seed, now).unwrap().1;
    let server = Server::over(world.workspace.clone(), config());
    let yesterday = huoshui_exchange::clock::day(now).yesterday().unwrap();
    let path = format!("/v1/exchange/departments/swj/batches/tax_grade.{yesterday}.change.csv");
    let send = |key: &str, grade: &str| {
        let csv = format!("uscc,period,grade\n{},2024-12-31,{grade}\n", firm(1));
        let headers = [("Content-Type", "application/octet-stream"), ("Idempotency-Key", key)];
        server.send("POST", &path, Some(&token), &headers, csv.as_bytes())
    };
    let first = send("batch-0001", "B");
    assert_eq!((first.status, first.json()["outcome"].as_str()), (200, Some("applied")), "{}", first.text());
    assert_eq!(send("batch-0001", "B").body, first.body);
    let other = send("batch-0001", "C");
    assert_eq!((other.status, other.code().as_str()), (422, "journal.key_reused"));
    let again = send("batch-0002", "B");
    assert_eq!(again.json()["outcome"], "already_there", "{}", again.text());
}

#[test]
fn the_service_erases_what_is_past_its_retention_without_being_asked() {
    let world = World::new(None);
    let held = || huoshui_app::exchange::batches::ledger::Ledger::load(&world.workspace, "tax_grade").unwrap().live();
    assert_eq!(held().len(), 1);
    let clock = Ahead::default();
    // Longer than any resource is kept.
    clock.days(50 * 366);
    let server = Server::with_clock(world.workspace.clone(), clock, config());
    for _ in 0..200 {
        if held().is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(held().is_empty(), "{:?}", held());
    assert!(server.stop());
    sound(&world);
}
