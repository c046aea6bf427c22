//! The service as a caller meets it: sign-in, keys, retries, versions, pages, files, figures, streams, bounds, stopping.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{AS_OF, City, Server, config, events, fresh_key};
use serde_json::{Value, json};

fn files(paths: &[std::path::PathBuf]) -> Vec<(String, Vec<u8>)> {
    let name = |p: &std::path::PathBuf| p.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|p| (name(p), std::fs::read(p).unwrap())).collect()
}

/// One city serves every scene: importing it takes longer than all of them.
#[test]
fn the_service_as_callers_meet_it() {
    let city = City::new();
    let server = Server::start(&city.data(), config());
    sessions(&server);
    keys(&server);
    writes_happen_once(&server);
    versions(&server);
    problems(&server);
    pages(&server);
    figures(&city, &server);
    filing(&city, &server);
    inbox(&city, &server);
    verification(&server);
    assert!(server.stop(), "everything that was begun was finished");
}

fn sessions(server: &Server) {
    let wrong = json!({ "login": "demo-bank", "password": "wrong-password" });
    let plain = [("Content-Type", "application/json")];
    let sign_in = |body: &Value| server.send("POST", "/v1/session", None, &plain, body.to_string().as_bytes());
    let unknown = json!({ "login": "no-such-login", "password": "wrong-password" });
    let (a, b) = (sign_in(&wrong), sign_in(&unknown));
    assert_eq!((a.status, a.code()), (401, "access.refused".to_owned()));
    assert_eq!((a.status, a.json()["title"].clone()), (b.status, b.json()["title"].clone()), "neither says who exists");

    let token = server.sign_in("demo-bank");
    let me = server.get("/v1/session", Some(&token)).json();
    assert_eq!((me["account"].as_str(), me["kind"].as_str()), (Some("demo-bank"), Some("bank")));
    let fresh = server.send("POST", "/v1/session/rotation", Some(&token), &[], b"").json();
    let fresh = fresh["token"].as_str().unwrap();
    assert_eq!(server.get("/v1/session", Some(&token)).status, 401, "the old token is worth nothing");
    assert_eq!(server.get("/v1/session", Some(fresh)).status, 200);
    assert_eq!(server.send("DELETE", "/v1/session", Some(fresh), &[], b"").status, 204);
    assert_eq!(server.get("/v1/session", Some(fresh)).code(), "access.expired");

    // Five failures are free; then there is a wait, though the password be right.
    let guess = json!({ "login": "demo-guarantor", "password": "a-wrong-guess" });
    for _ in 0..5 {
        assert_eq!(sign_in(&guess).status, 401);
    }
    let right = json!({ "login": "demo-guarantor", "password": huoshui_app::access::demo::PASSWORD });
    assert_eq!(sign_in(&right).code(), "access.locked");
    server.clock.days(1);
    assert_eq!(sign_in(&right).status, 201, "the wait is over");

    // A session ends by itself.
    let token = server.sign_in("demo-bank");
    server.clock.days(1);
    assert_eq!(server.get("/v1/session", Some(&token)).code(), "access.expired");

    // No secret is ever stored in the open.
    let token = server.sign_in("demo-bank");
    for event in server.workspace.journal.read_stream("sign-in/demo-bank", 1, 100).unwrap() {
        let body = String::from_utf8(event.data.body).unwrap();
        assert!(!body.contains(&token) && !body.contains("hss_") && !body.contains("huoshui-demo"), "{body}");
    }
}

fn keys(server: &Server) {
    let admin = server.sign_in("demo-bank");
    let wanted = json!({ "name": "core system", "scopes": ["filings:read", "inbox:read"], "days": 30 });
    let key = fresh_key();
    let path = "/v1/organisations/demo-bank/keys";
    let first = server.write("POST", path, &admin, &key, &wanted);
    let again = server.write("POST", path, &admin, &key, &wanted);
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json(), again.json(), "a repeat gets the same key, its secret too");
    let (id, token) =
        (first.json()["id"].as_str().unwrap().to_owned(), first.json()["token"].as_str().unwrap().to_owned());
    let me = server.get("/v1/organisations/demo-bank/inbox", Some(&token));
    assert_eq!(me.status, 200, "{}", me.text());
    let outside = server.get("/v1/institutions", Some(&token));
    assert_eq!((outside.status, outside.header("x-policy")), (403, "machines.within-scope"));
    assert_eq!(outside.json()["policy"], "machines.within-scope");
    assert_eq!(server.get(path, Some(&token)).status, 403, "a machine manages no keys");
    let mut forged = token.clone();
    let last = if forged.pop() == Some('0') { '1' } else { '0' };
    forged.push(last);
    assert_eq!(server.get("/v1/organisations/demo-bank/inbox", Some(&forged)).status, 401);
    let one = format!("{path}/{id}");
    let tag = server.get(&one, Some(&admin)).header("etag").to_owned();
    let fresh = fresh_key();
    let revoked = server.send("DELETE", &one, Some(&admin), &[("Idempotency-Key", &fresh), ("If-Match", &tag)], b"");
    assert_eq!(revoked.status, 200, "{}", revoked.text());
    assert_eq!(server.get("/v1/organisations/demo-bank/inbox", Some(&token)).status, 401, "at once");
    let bad = server.post(path, &admin, &json!({ "name": "x", "scopes": ["everything"], "days": 30 }));
    assert_eq!(
        (bad.status, bad.code(), bad.json()["field"].as_str()),
        (422, "access.bad_scope".to_owned(), Some("scopes"))
    );
}

fn writes_happen_once(server: &Server) {
    let operator = server.sign_in("demo-operator");
    let body = json!({ "id": "fund-one", "kind": "equity_investor", "name_zh": "一号基金", "name_en": "Fund One" });
    let path = "/v1/organisations";
    let none = server.send(
        "POST",
        path,
        Some(&operator),
        &[("Content-Type", "application/json")],
        body.to_string().as_bytes(),
    );
    assert_eq!((none.status, none.code()), (400, "request.key_missing".to_owned()));
    let key = fresh_key();
    let (first, again) =
        (server.write("POST", path, &operator, &key, &body), server.write("POST", path, &operator, &key, &body));
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.json(), again.json());
    let mut other = body.clone();
    other["name_en"] = json!("Fund Two");
    let reused = server.write("POST", path, &operator, &key, &other);
    assert_eq!((reused.status, reused.code()), (422, "journal.key_reused".to_owned()));
    let twice = server.post(path, &operator, &body);
    assert_eq!((twice.status, twice.code()), (409, "access.exists".to_owned()));
    assert_eq!(server.workspace.journal.read_stream("organisation/fund-one", 1, 10).unwrap().len(), 1, "one effect");
}

fn versions(server: &Server) {
    let admin = server.sign_in("demo-operator");
    let path = "/v1/organisations/demo-operator/accounts";
    let opened = server.post(path, &admin, &json!({ "login": "night-shift", "password": "correct-horse-battery" }));
    assert_eq!(opened.status, 201, "{}", opened.text());
    let one = format!("{path}/night-shift");
    assert_eq!(server.get(&one, Some(&admin)).header("etag"), "\"1\"");
    let close = |tag: Option<&str>| {
        let key = fresh_key();
        let mut headers = vec![("Idempotency-Key", key.as_str())];
        headers.extend(tag.map(|t| ("If-Match", t)));
        server.send("DELETE", &one, Some(&admin), &headers, b"")
    };
    assert_eq!(close(None).status, 428);
    assert_eq!(close(Some("\"7\"")).status, 412);
    assert_eq!(close(Some("\"1\"")).status, 200);
    assert_eq!(close(Some("\"1\"")).status, 412, "it has changed since");
}

fn problems(server: &Server) {
    let token = server.sign_in("demo-bank");
    let ask =
        |lang: &str| server.send("GET", "/v1/list?on=2025-02-30", Some(&token), &[("Accept-Language", lang)], b"");
    let (zh, en) = (ask(""), ask("en-GB,en;q=0.9"));
    assert_eq!(zh.header("content-type"), "application/problem+json");
    assert_eq!((zh.status, zh.code()), (422, "date.invalid".to_owned()));
    assert_eq!(zh.json()["field"], "on");
    assert_eq!(zh.json()["title"], zh.json()["zh"]["message"]);
    assert_eq!(en.json()["title"], en.json()["en"]["message"]);
    assert_eq!(zh.json()["request"], zh.header("x-request-id"));
    for (method, path, status, code) in [
        ("GET", "/v1/nowhere", 404, "request.not_found"),
        ("PATCH", "/v1/session", 405, "request.method"),
        ("GET", "/v1/institutions?limit=0", 400, "request.bad_parameter"),
        ("GET", "/v1/institutions?limit=many", 400, "request.bad_parameter"),
        ("GET", "/v1/jobs/none", 404, "job.not_found"),
    ] {
        let reply = server.send(method, path, Some(&token), &[], b"");
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{method} {path}");
    }
    let operator = server.sign_in("demo-operator");
    let key = fresh_key();
    let text = [("Idempotency-Key", key.as_str()), ("Content-Type", "text/plain")];
    assert_eq!(server.send("POST", "/v1/organisations", Some(&operator), &text, b"{}").status, 415);
    let unknown = server.post("/v1/organisations", &operator, &json!({ "id": "abc", "rank": 1 }));
    assert_eq!((unknown.status, unknown.code()), (400, "request.malformed".to_owned()));
    let large = json!({ "id": "x".repeat(2 << 20) });
    let reply = server.post("/v1/organisations", &operator, &large);
    assert_eq!((reply.status, reply.code()), (413, "request.too_large".to_owned()));
}

fn pages(server: &Server) {
    let token = server.sign_in("demo-regulator");
    let whole = server.get("/v1/institutions?limit=500", Some(&token)).json();
    let codes: Vec<&str> = whole["items"].as_array().unwrap().iter().map(|i| i["code"].as_str().unwrap()).collect();
    assert!(codes.len() > 7 && whole.get("next").is_none());
    let (mut seen, mut next) = (Vec::new(), Some("/v1/institutions?limit=7".to_owned()));
    while let Some(path) = next {
        let page = server.get(&path, Some(&token)).json();
        seen.extend(page["items"].as_array().unwrap().iter().map(|i| i["code"].as_str().unwrap().to_owned()));
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, codes);
}

fn figures(city: &City, server: &Server) {
    let regulator = server.sign_in("demo-regulator");
    let path = format!("/v1/indicators?as_of={AS_OF}&code=srdi_loan_balance");
    let total = server.get(&path, Some(&regulator)).json()["figures"][0]["value"].as_i64().unwrap();
    let cells = server.get(&format!("{path}&by=institution"), Some(&regulator)).json();
    let sum: i64 = cells["figures"].as_array().unwrap().iter().map(|f| f["value"].as_i64().unwrap()).sum();
    assert_eq!(sum, total, "the cells add up to the whole");
    // A bank sees its own cell, and in its rows nobody else's.
    let bank = server.sign_in("demo-bank");
    let own = server.get(&format!("{path}&institution={}", city.bank), Some(&bank)).json();
    let found = cells["figures"].as_array().unwrap().iter().find(|f| f["dims"]["institution"] == city.bank.as_str());
    assert_eq!(own["figures"].as_array().unwrap().len(), 1);
    assert_eq!(own["figures"][0]["value"], found.unwrap()["value"]);
    let (mut rows, mut next) = (
        Vec::new(),
        Some(format!("/v1/indicators/srdi_loan_balance/rows?as_of={AS_OF}&limit=50&cell=institution={}", city.bank)),
    );
    while let Some(path) = next {
        let page = server.get(&path, Some(&bank)).json();
        rows.extend(page["items"].as_array().unwrap().clone());
        next = page["next"].as_str().map(str::to_owned);
    }
    let sum: i64 = rows.iter().map(|r| r["contribution"].as_i64().unwrap()).sum();
    assert_eq!(Some(sum), own["figures"][0]["value"].as_i64(), "the rows of all pages add up to the figure");
    assert!(rows.iter().all(|r| r["institution"] == city.bank.as_str()));
    let csv = server.get(&format!("{path}&by=district&format=csv"), Some(&regulator));
    assert!(csv.header("content-type").starts_with("text/csv") && csv.text().lines().count() > 3);
    let brief = server.get(&format!("/v1/brief?as_of={AS_OF}"), Some(&regulator));
    assert!(
        brief.status == 200
            && brief.text().contains("<svg")
            && brief.header("content-security-policy").contains("none")
    );
    // Before anything was recorded nothing was known.
    let past = server.get(&format!("{path}&known_at=2001-01-01"), Some(&regulator));
    assert_eq!((past.status, past.code()), (404, "data.no_roster".to_owned()));
}

fn filing(city: &City, server: &Server) {
    let bank = server.sign_in("demo-bank");
    let path = format!("/v1/institutions/{}/filings/{AS_OF}", city.bank);
    let before = server.get(&path, Some(&bank)).json();
    let parts = files(&city.filing(&city.bank, AS_OF));
    let key = fresh_key();
    let begun = server.upload(&path, &bank, &key, &parts);
    assert_eq!(begun.status, 202, "{}", begun.text());
    let job = begun.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(begun.header("location"), format!("/v1/jobs/{job}"));
    let done = server.wait(&job, &bank);
    assert_eq!(
        (done["state"].as_str(), done["result"]["items"][0]["state"].as_str()),
        (Some("done"), Some("already_there"))
    );
    let again = server.upload(&path, &bank, &key, &parts);
    assert_eq!(again.json()["id"].as_str(), Some(job.as_str()), "the same upload under the same key is the same job");
    assert_eq!(server.get(&path, Some(&bank)).json(), before, "what is there already changes nothing");

    // A broken file is refused whole, and every finding can be fetched.
    let mut broken = parts.clone();
    let notes = broken.iter_mut().find(|(name, _)| name.starts_with("notes.")).unwrap();
    let text = String::from_utf8_lossy(&notes.1).replacen("20", "2x", 3);
    notes.1 = text.into_bytes();
    let begun = server.upload(&path, &bank, &fresh_key(), &broken).json();
    let done = server.wait(begun["id"].as_str().unwrap(), &bank);
    assert_eq!(done["state"], "refused", "{done}");
    assert!(!done.to_string().contains(city.data().to_str().unwrap()), "no path of the server is told: {done}");
    assert_eq!(server.get(&path, Some(&bank)).json(), before);

    // Only its own files, under its own name.
    let stranger = files(&city.filing(&city.other_bank, AS_OF));
    let wrong = server.upload(&path, &bank, &fresh_key(), &stranger);
    assert_eq!((wrong.status, wrong.code()), (422, "upload.wrong_file".to_owned()));
    let evil = vec![("../../journal.db".to_owned(), b"x".to_vec())];
    assert_eq!(server.upload(&path, &bank, &fresh_key(), &evil).status, 422);
}

fn inbox(city: &City, server: &Server) {
    let bank = server.sign_in("demo-bank");
    let path = "/v1/organisations/demo-bank/inbox";
    // What the scenes before did is sealed within a moment and stands in the inbox: two jobs of ours, our filings.
    let mut listed = Value::Null;
    for _ in 0..100 {
        listed = server.get(&format!("{path}?limit=500"), Some(&bank)).json();
        let jobs = listed["items"].as_array().unwrap().iter().filter(|n| n["what"] == "job.finished").count();
        if jobs >= 2 {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let items = listed["items"].as_array().unwrap();
    assert!(items.iter().any(|n| n["what"] == "job.finished" && n["data"]["ok"] == false), "{listed}");
    assert!(
        items.iter().filter(|n| n["what"] == "filing.accepted").all(|n| n["data"]["institution"] == city.bank.as_str())
    );
    let positions: Vec<u64> = items.iter().map(|n| n["position"].as_u64().unwrap()).collect();
    assert!(positions.windows(2).all(|w| w[0] < w[1]));
    // A stream resumed after the third gives the fourth first.
    let seen = positions[2].to_string();
    let stream = server.open("GET", &format!("{path}/events"), Some(&bank), &[("Last-Event-ID", &seen)], b"");
    let got = events(stream, positions.len() - 3);
    assert_eq!(got.iter().map(|(id, ..)| *id).collect::<Vec<_>>(), positions[3..]);
}

fn verification(server: &Server) {
    let operator = server.sign_in("demo-operator");
    let begun = server.write("POST", "/v1/verifications", &operator, &fresh_key(), &json!({})).json();
    let job = begun["id"].as_str().unwrap();
    let seen = events(server.open("GET", &format!("/v1/jobs/{job}/events"), Some(&operator), &[], b""), 10_000);
    let (_, name, last) = seen.last().unwrap();
    assert_eq!((name.as_str(), last["state"].as_str()), ("end", Some("done")), "{last}");
    assert_eq!(last["result"]["sound"], true);
    // A proof holds by the committed seal.
    let proof = server.get("/v1/proofs?stream=registry/institutions&version=1", Some(&operator)).json();
    let (event, seal) = (proof["event_hash"].as_str().unwrap(), proof["seal"]["root"].as_str().unwrap());
    let unhex = |t: &str| huoshui_journal::hash::unhex::<32>(t).unwrap();
    let path: Vec<_> = proof["path"].as_array().unwrap().iter().map(|h| unhex(h.as_str().unwrap())).collect();
    let leaf = huoshui_journal::merkle::leaf(&unhex(event));
    let (position, size) = (proof["position"].as_u64().unwrap(), proof["seal"]["size"].as_u64().unwrap());
    assert!(huoshui_journal::merkle::holds_inclusion(&leaf, position, size, &path, &unhex(seal)));
    let metrics = server.get("/metrics", Some(&operator)).text();
    assert!(metrics.contains("huoshui_requests_total{operation=\"getIndicators\",status=\"2xx\"}"));
}
