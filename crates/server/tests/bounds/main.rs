//! Small stores: demonstration accounts, rates, stopping, logs, two servers over one database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod rates;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::net::TcpStream;

use common::{Server, config, events, fresh_key};
use serde_json::{Value, json};

/// An empty store with one operator, for what needs no city.
fn small(change: impl FnOnce(&mut huoshui_server::config::Config)) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let clock = std::sync::Arc::new(huoshui_journal::SystemClock);
    let workspace = huoshui_app::Workspace::open(&data, huoshui_app::Mode::Create, clock).unwrap();
    operator(&workspace);
    drop(workspace);
    let mut config = config();
    change(&mut config);
    let server = Server::start(&data, config);
    (folder, server)
}

const PASSWORD: &str = "a planted secret-word";

fn operator(workspace: &huoshui_app::Workspace) {
    use huoshui_app::access::{Asker, Hasher, Kind, Seed, accounts, events, organisations};
    let asker = Asker { actor: "huoshui", key: "first-operator" };
    let (id, name) = ("operator".to_owned(), "运营".to_owned());
    let organisation = events::Organisation {
        id,
        kind: Kind::Operator,
        subject: None,
        name_zh: name.clone(),
        name_en: name,
        demo: false,
    };
    organisations::join(workspace, asker, &organisation).unwrap();
    let account = events::Account {
        login: "first".to_owned(),
        organisation: "operator".to_owned(),
        admin: true,
        demo: false,
        closed: false,
    };
    accounts::open(workspace, asker, &account, PASSWORD, (&Hasher::new(1, 0), &Seed::open(workspace).unwrap()))
        .unwrap();
}

fn enter(server: &Server) -> String {
    let body = json!({ "login": "first", "password": PASSWORD }).to_string();
    let reply = server.send("POST", "/v1/session", None, &[("Content-Type", "application/json")], body.as_bytes());
    reply.json()["token"].as_str().unwrap_or_else(|| panic!("{}", reply.text())).to_owned()
}

#[test]
fn demonstration_accounts_stay_out_of_real_stores() {
    use huoshui_app::access::{Hasher, Kind, Seed, demo, store};
    let (_folder, server) = small(|_| {});
    let seed = Seed::open(&server.workspace).unwrap();
    let made = demo::create(&server.workspace, &[(Kind::Regulator, None)], (&Hasher::new(1, 0), &seed));
    assert_eq!(made.unwrap_err().code(), "access.demo_only");
    assert_eq!(store::mark_demo(&server.workspace).unwrap_err().code(), "access.not_empty");
    use huoshui_app::access::{Asker, accounts, events};
    let account = events::Account {
        login: "smuggled".to_owned(),
        organisation: "operator".to_owned(),
        admin: true,
        demo: true,
        closed: false,
    };
    let asker = Asker { actor: "x", key: "smuggle-1" };
    let opened = accounts::open(&server.workspace, asker, &account, demo::PASSWORD, (&Hasher::new(1, 0), &seed));
    assert_eq!(opened.unwrap_err().code(), "access.demo_only");
    // One that was smuggled past all this, into the journal itself, is refused at the door: with the right password, too.
    use huoshui_app::access::fold;
    let journal = &server.workspace.journal;
    let mut secret = journal.state("credential", "password/first").unwrap().expect("where passwords' hashes lie");
    secret.id = "password/smuggled".to_owned();
    let body = serde_json::to_vec(&account).unwrap();
    let command = huoshui_journal::Command::new("x", "smuggle", "smuggle-2", b"")
        .event("account/smuggled", huoshui_journal::Expected::Version(0), events::kind::ACCOUNT_OPENED, 1, body.clone())
        .put(fold::account(&account, 1).unwrap())
        .put(secret)
        .answer(body);
    journal.append_blocking(command).unwrap();
    let body = json!({ "login": "smuggled", "password": PASSWORD }).to_string();
    let reply = server.send("POST", "/v1/session", None, &[("Content-Type", "application/json")], body.as_bytes());
    assert_eq!((reply.status, reply.code()), (403, "access.demo_only".to_owned()));
}

/// Half of a request's body is sent: the request is taken, and holds its place until the rest comes.
fn half(server: &Server, token: &str, id: &str) -> (TcpStream, String) {
    let body = json!({ "id": id, "kind": "guarantor", "name_zh": "半", "name_en": "Half" }).to_string();
    let mut socket = TcpStream::connect(server.address).unwrap();
    let head = format!(
        "POST /v1/organisations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Idempotency-Key: half-{id}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        body.len(),
        body.get(..10).unwrap()
    );
    socket.write_all(head.as_bytes()).unwrap();
    (socket, body.get(10..).unwrap().to_owned())
}

#[test]
fn one_request_too_many_is_told_to_come_back_and_those_before_it_are_answered() {
    let (_folder, server) = small(|config| {
        config.limits.in_flight = 2;
        config.limits.questions = 1;
    });
    let token = enter(&server);
    let halves = [half(&server, &token, "half-one"), half(&server, &token, "half-two")];
    // Both are taken within a moment; from then on there is no third place.
    let refused = (0..500)
        .map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            server.get("/healthz", None)
        })
        .find(|reply| reply.status != 200)
        .expect("the third is shed");
    assert_eq!((refused.status, refused.code()), (503, "server.overloaded".to_owned()));
    assert_eq!(refused.header("retry-after"), "1");
    for (mut socket, rest) in halves {
        socket.write_all(rest.as_bytes()).unwrap();
        let reply = common::Reply::read(socket);
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
    assert_eq!(server.get("/healthz", None).status, 200, "the places are free again");
}

#[test]
fn a_head_that_does_not_come_is_not_waited_for() {
    let (_folder, server) = small(|config| config.limits.head_seconds = 1);
    let mut slow = TcpStream::connect(server.address).unwrap();
    slow.set_read_timeout(Some(std::time::Duration::from_secs(60))).unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ").unwrap();
    let mut answer = Vec::new();
    // The server ends the connection; without a bound this read would run into its own.
    std::io::Read::read_to_end(&mut slow, &mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert_eq!(server.get("/healthz", None).status, 200);
}

#[test]
fn metrics_have_a_listener_of_their_own_with_nothing_else_on_it() {
    let (_folder, server) =
        small(|config| config.metrics.listen = Some(std::net::SocketAddr::from(([127, 0, 0, 1], 0))));
    assert_eq!(server.get("/v1/session", None).status, 401);
    let at = server.metrics.expect("it listens");
    let ask = |path: &str| common::Reply::read(Server::open_at(at, "GET", path, None, &[], b""));
    let metrics = ask("/metrics");
    assert_eq!(metrics.status, 200);
    let text = metrics.text();
    assert!(text.contains("huoshui_requests_total{operation=\"whoAmI\",status=\"4xx\"} 1"), "{text}");
    for path in ["/v1/openapi.json", "/v1/session", "/healthz"] {
        assert_eq!(ask(path).status, 404, "{path} is not there");
    }
    assert_eq!(server.get("/metrics", None).status, 401, "the service's own still needs an operator");
}

#[test]
fn a_stream_ends_in_its_time() {
    let (_folder, server) = small(|config| config.limits.stream_seconds = 1);
    let token = enter(&server);
    let path = "/v1/organisations/operator/inbox/events";
    let stream = server.open("GET", path, Some(&token), &[], b"");
    // Reads to the end; without a bound the socket's own time would make this fail.
    let reply = common::Reply::read(stream);
    assert_eq!((reply.status, reply.header("content-type")), (200, "text/event-stream"));
    let wrong = server.send("GET", path, Some(&token), &[("Last-Event-ID", "many")], b"");
    assert_eq!((wrong.status, wrong.code()), (400, "request.bad_parameter".to_owned()));
}

#[test]
fn an_unsupported_method_names_those_there_are() {
    let (_folder, server) = small(|_| {});
    let reply = server.send("PATCH", "/v1/session", None, &[], b"");
    assert_eq!((reply.status, reply.code()), (405, "request.method".to_owned()));
    let mut allowed: Vec<&str> = reply.header("allow").split(',').map(str::trim).collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["DELETE", "GET", "HEAD", "POST"]);
}

#[test]
fn a_stop_answers_what_was_begun_and_ends_streams() {
    let (_folder, server) = small(|_| {});
    let token = enter(&server);
    let stream = server.open("GET", "/v1/organisations/operator/inbox/events", Some(&token), &[], b"");
    // Half a request is on its way when the stop comes.
    let body = json!({ "id": "late-one", "kind": "guarantor", "name_zh": "迟", "name_en": "Late" }).to_string();
    let mut late = TcpStream::connect(server.address).unwrap();
    let head = format!(
        "POST /v1/organisations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: late-key-1\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    late.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let workspace = server.workspace.clone();
    let stopping = std::thread::spawn(move || server.stop());
    std::thread::sleep(std::time::Duration::from_millis(300));
    late.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut late, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(stopping.join().unwrap(), "stopped with everything answered");
    assert!(workspace.journal.state("organisation", "late-one").unwrap().is_some());
    assert_eq!(events(stream, 1).len(), 0, "the stream has ended");
}

#[test]
fn logs_hold_no_secret_and_nothing_personal() {
    #[derive(Clone, Default)]
    struct Held(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);
    impl std::io::Write for Held {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let held = Held::default();
    let sink = held.clone();
    // One process a test: nothing else logs here.
    huoshui_server::log::install_to(huoshui_server::log::Level::DEBUG, move || sink.clone());
    let (_folder, server) = small(|_| {});
    let token = enter(&server);
    server.get("/v1/session", Some(&token));
    server.get("/v1/list?on=2025-09-30&q=planted-query", Some(&token));
    server.get("/v1/organisations/planted-path", Some(&token));
    server.post(
        "/v1/organisations/operator/accounts",
        &token,
        &json!({ "login": "planted-login", "password": "planted-password-1" }),
    );
    let key = server
        .post(
            "/v1/organisations/operator/keys",
            &token,
            &json!({ "name": "planted-name", "scopes": ["metrics:read"], "days": 1 }),
        )
        .json();
    server.get("/metrics", key["token"].as_str());
    assert!(server.stop());
    let text = String::from_utf8(held.0.lock().unwrap().clone()).unwrap();
    let operations: BTreeSet<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|e| panic!("{e}: {line}")))
        .filter_map(|line| line["operation"].as_str().map(str::to_owned))
        .collect();
    assert!(operations.contains("signIn") && operations.contains("issueKey"), "{operations:?}");
    for secret in ["planted", PASSWORD, token.as_str(), key["token"].as_str().unwrap(), "127.0.0.1", "Bearer"] {
        assert!(!text.contains(secret), "the log tells {secret}");
    }
}

#[test]
fn two_servers_over_one_database_are_one_service() {
    let database = huoshui_testkit::Postgres::shared().unwrap().fresh_database().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let clock = std::sync::Arc::new(huoshui_journal::SystemClock);
    let open = || huoshui_app::Workspace::open_on(&data, Some(&database), huoshui_app::Mode::Create, clock.clone());
    operator(&open().unwrap());
    let settings = || {
        let mut config = config();
        config.database = Some(database.clone());
        config.sign_in.remember_millis = 0;
        config
    };
    let (one, two) = (Server::start(&data, settings()), Server::start(&data, settings()));
    let token = enter(&one);
    assert_eq!(two.get("/v1/session", Some(&token)).status, 200, "a session of one holds at the other");
    let (key, path) = (fresh_key(), "/v1/organisations");
    let body = json!({ "id": "shared-one", "kind": "guarantor", "name_zh": "同", "name_en": "Same" });
    let (first, again) = (one.write("POST", path, &token, &key, &body), two.write("POST", path, &token, &key, &body));
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json(), again.json(), "a retry at the other server has no second effect");
    let key = two.post(
        "/v1/organisations/operator/keys",
        &token,
        &json!({ "name": "k", "scopes": ["access:read"], "days": 1 }),
    );
    let key = key.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(one.get("/v1/organisations/shared-one", Some(&key)).status, 200);
    // Both seal; whoever does, what was recorded is sealed, and the whole is sound.
    let job = one.write("POST", "/v1/verifications", &token, &fresh_key(), &json!({})).json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(two.wait(&job, &token)["result"]["sound"], true, "the other server tells how it ended");
    assert_eq!(one.send("DELETE", "/v1/session", Some(&token), &[], b"").status, 204);
    assert_eq!(two.get("/v1/session", Some(&token)).status, 401);
    assert!(one.stop() && two.stop());
    // The folder and another database do not belong together.
    let other = huoshui_testkit::Postgres::shared().unwrap().fresh_database().unwrap();
    let clock = std::sync::Arc::new(huoshui_journal::SystemClock);
    let apart = huoshui_app::Workspace::open_on(&data, Some(&other), huoshui_app::Mode::Existing, clock.clone());
    assert_eq!(apart.err().unwrap().code(), "data.two_journals");
    let alone = huoshui_app::Workspace::open(&data, huoshui_app::Mode::Create, clock);
    assert_eq!(alone.err().unwrap().code(), "data.two_journals");
}
