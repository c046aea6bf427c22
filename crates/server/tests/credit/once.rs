//! Two servers that are processes of their own over one database: an application is decided once.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use huoshui_app::{seal, verify};
use serde_json::{Value, json};

use crate::common::{City, Reply, Server, config, fresh_key};
use crate::{DECISIONS, application, consent, days};

/// Clients at once; every other one asks the other server.
const CLIENTS: usize = 24;

/// This test's program, started again as `child`.
struct Process {
    address: SocketAddr,
    child: Child,
}

impl Process {
    fn start(data: &std::path::Path, database: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child", "--ignored", "--nocapture"]);
        command.env("CREDIT_DATA", data).env("CREDIT_DATABASE", database);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut found = lines.map_while(Result::ok).filter_map(|l| l.split_once("listens ")?.1.trim().parse().ok());
        Self { address: found.next().expect("the child says where it listens"), child }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn serve() {
    let Ok(data) = std::env::var("CREDIT_DATA") else { return };
    let mut config = config();
    config.database = std::env::var("CREDIT_DATABASE").ok();
    let server = Server::start_before(std::path::Path::new(&data), days(), config);
    println!("\nlistens {}", server.address);
    let mut nothing = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut nothing);
}

fn decide(to: SocketAddr, token: &str, key: &str, asked: &Value) -> Reply {
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key)];
    Reply::read(Server::open_at(to, "POST", DECISIONS, Some(token), &headers, asked.to_string().as_bytes()))
}

/// All clients at once, each to a server in turn.
fn together(servers: &[Process], send: impl Fn(usize, SocketAddr) -> Reply + Sync) -> Vec<Reply> {
    std::thread::scope(|scope| {
        let send = &send;
        let start = |n: usize| {
            let address = servers[n % servers.len()].address;
            scope.spawn(move || send(n, address))
        };
        let clients: Vec<_> = (0..CLIENTS).map(start).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    })
}

/// That all got the same bytes; the decision.
fn one(replies: &[Reply]) -> Value {
    for reply in replies {
        assert_eq!((reply.status, &reply.body), (200, &replies[0].body), "{}", reply.text());
    }
    replies[0].json()
}

#[test]
fn two_servers_over_one_database_answer_the_same_application_once() {
    let postgres = huoshui_testkit::Postgres::start().expect("PostgreSQL's programs are installed");
    let url = postgres.fresh_database().unwrap();
    let city = City::with_departments_on(Some(&url), days());
    let third = {
        let mut config = config();
        config.database = Some(url.clone());
        Server::start_before(&city.data(), days(), config)
    };
    let servers = [Process::start(&city.data(), &url), Process::start(&city.data(), &url)];
    let (bank, firm) = (third.sign_in("demo-bank"), third.sign_in("demo-enterprise"));
    let login = json!({ "login": "zhang.wei", "password": "correct-horse-battery" });
    assert_eq!(third.post("/v1/organisations/demo-bank/accounts", &bank, &login).status, 201);
    let headers = [("Content-Type", "application/json")];
    let session = third.send("POST", "/v1/session", None, &headers, login.to_string().as_bytes());
    let colleague = session.json()["token"].as_str().unwrap().to_owned();
    let consents: Vec<String> =
        (0..4).map(|_| consent(&third, (&bank, &firm), &city.enterprise, "instant_loan")).collect();

    // One key.
    let same_key = application(&consents[0]);
    let first = one(&together(&servers, |_, to| decide(to, &bank, "the-one-key", &same_key)));

    // Many keys, one number of the application.
    let mut numbered = application(&consents[1]);
    numbered["number"] = json!("2025-信贷-0001");
    let second = one(&together(&servers, |_, to| decide(to, &bank, &fresh_key(), &numbered)));
    assert_eq!(second["made"]["number"], numbered["number"]);

    // Many keys and two persons of the bank, one number.
    let mut shared = application(&consents[2]);
    shared["number"] = json!("2025-信贷-0002");
    let by = |n: usize| if n % 4 < 2 { &bank } else { &colleague };
    let third_made = one(&together(&servers, |n, to| decide(to, by(n), &fresh_key(), &shared)));

    // On a profile that one of them refreshed: many keys and two persons, one number; nothing more is pulled. Revoked through
    // another server, it is refused by each from its very next decision.
    let order = json!({ "consent": consents[3], "purpose": "instant_loan" });
    let refreshed = third.post("/v1/credit/profiles", &bank, &order).json();
    let mut on_profile = application(&consents[3]);
    on_profile["number"] = json!("2025-信贷-0004");
    on_profile["profile"] = refreshed["id"].clone();
    let fourth = one(&together(&servers, |n, to| decide(to, by(n), &fresh_key(), &on_profile)));
    assert_eq!(fourth["made"]["profile"], refreshed["id"]);
    // Meanwhile both decide on it as fast as they can: none that was asked for after the revocation was answered is made.
    let mut again = on_profile.clone();
    again.as_object_mut().unwrap().remove("number");
    let (raced, over) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let race = |n: usize| {
            let (to, raced, over, again, bank) = (servers[n % 2].address, &raced, &over, &again, &bank);
            scope.spawn(move || {
                loop {
                    let after = over.load(Ordering::SeqCst);
                    let reply = decide(to, bank, &fresh_key(), again);
                    if reply.status != 200 {
                        assert_eq!(
                            (reply.status, reply.code().as_str()),
                            (403, "exchange.revoked"),
                            "{}",
                            reply.text()
                        );
                        return;
                    }
                    assert!(!after, "decided after the revocation was answered");
                    raced.fetch_add(1, Ordering::SeqCst);
                }
            })
        };
        let clients: Vec<_> = (0..6).map(race).collect();
        while raced.load(Ordering::SeqCst) < 20 && !clients.iter().any(|c| c.is_finished()) {
            std::thread::yield_now();
        }
        let revoke = json!({ "step": "revoke", "authority": "legal_representative" });
        let path = format!("/v1/exchange/consents/{}/steps", consents[3]);
        assert_eq!(third.post(&path, &firm, &revoke).status, 200);
        over.store(true, Ordering::SeqCst);
    });
    let mut next = on_profile.clone();
    next["number"] = json!("2025-信贷-0005");
    for server in &servers {
        let refused = decide(server.address, &bank, &fresh_key(), &next);
        assert_eq!((refused.status, refused.code().as_str()), (403, "exchange.revoked"), "{}", refused.text());
    }

    // Another application under a number, or under a key, is told so; by every server, and nothing is pulled for it.
    let mut other = numbered.clone();
    other["request"]["amount_fen"] = json!(200_000_000);
    for refused in together(&servers, |_, to| decide(to, &bank, &fresh_key(), &other)) {
        assert_eq!((refused.status, refused.code().as_str()), (409, "credit.number_taken"), "{}", refused.text());
        assert!(refused.text().contains(second["made"]["id"].as_str().unwrap()));
    }
    other["number"] = json!("2025-信贷-0003");
    for asked in [&other, &shared] {
        let reused = decide(servers[1].address, &bank, "the-one-key", asked);
        assert_eq!((reused.status, reused.code().as_str()), (422, "journal.key_reused"));
    }
    for number in ["", " ", &"长".repeat(65), "a\nb"] {
        let mut wrong = numbered.clone();
        wrong["number"] = json!(number);
        assert_eq!(decide(servers[0].address, &bank, &fresh_key(), &wrong).code(), "credit.application_number");
    }

    // The journal holds exactly these, each with one event; the firm's log the pulls that they rest on.
    let all = [first, second, third_made, fourth];
    let counted = third.get("/v1/credit/monitor", Some(&bank)).json()["decisions"].as_u64();
    assert_eq!(counted, Some(all.len() as u64 + raced.into_inner()), "what was answered is what is recorded");
    for made in &all {
        let stream = format!("decision/{}", made["made"]["id"].as_str().unwrap());
        assert_eq!(third.workspace.journal.stream_version(&stream).unwrap(), 1);
    }
    let log = third.get(&format!("/v1/exchange/enterprises/{}/log?limit=200", city.enterprise), Some(&firm)).json();
    let released = |consent: &str| {
        let lines = log["lines"].as_array().unwrap().iter().map(|l| &l["what"]["access"]);
        lines.filter(|a| a["outcome"] == "released" && a["entry"]["consent"] == consent).count()
    };
    let once = [0, 1, 3].map(|n: usize| released(&consents[n]));
    assert_eq!(once, [1, 1, 1], "{log}");
    // Two persons may pull at the same moment; what one of them pulled decides.
    assert!((1..=2).contains(&released(&consents[2])), "{log}");
    drop(servers);
    seal::all(&third.workspace).unwrap();
    let verified = verify::run(&third.workspace, &verify::Kept::default(), &huoshui_app::progress::Silent).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.journal.findings);
}
