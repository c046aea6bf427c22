//! What is told to whom, over HTTP and as it happens: every kind of notice, to those whom it concerns and nobody else; and a
//! correction, to the bank that relied on the value.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;

use huoshui_app::access::events::Account;
use huoshui_app::access::{Asker, Hasher, Kind, Seed, accounts};
use serde_json::{Value, json};

use super::common::{Server, config, events};
use super::world::{self, PASSWORD, World, firm};
use super::{pull, session, sound};

/// The tax office and its clerk, and an officer of each bank.
pub fn people(world: &World) {
    let asker = Asker { actor: "huoshui", key: "tax-office" };
    world::join(&world.workspace, asker, "tax-office", Kind::Department, "swj");
    let seed = Seed::open(&world.workspace).unwrap();
    for (login, organisation) in [("tax-clerk", "tax-office"), ("wang", "bank-b1"), ("zhao", "bank-b2")] {
        let organisation = organisation.into();
        let account = Account { login: login.into(), organisation, admin: false, demo: false, closed: false };
        let asker = Asker { actor: "huoshui", key: login };
        accounts::open(&world.workspace, asker, &account, PASSWORD, (&Hasher::new(1, 0), &seed)).unwrap();
    }
}

fn stream(server: &Server, organisation: &str, token: &str) -> TcpStream {
    let path = format!("/v1/organisations/{organisation}/inbox/events");
    let mut socket = server.open("GET", &path, Some(token), &[], b"");
    // The head says that the stream is open: from here on nothing is missed.
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        std::io::Read::read_exact(&mut socket, &mut byte).unwrap();
        head.push(byte[0]);
    }
    assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
    socket
}

/// What a stream told until a notice of this kind, with it.
fn until(socket: TcpStream, what: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for line in BufReader::new(socket).lines() {
        let Some(text) = line.unwrap().strip_prefix("data: ").map(str::to_owned) else { continue };
        let notice: Value = serde_json::from_str(&text).unwrap();
        let last = notice["what"] == what;
        all.push(notice);
        if last {
            break;
        }
    }
    all
}

fn listed(server: &Server, organisation: &str, token: &str) -> Vec<Value> {
    let found = server.get(&format!("/v1/organisations/{organisation}/inbox?limit=500"), Some(token));
    assert_eq!(found.status, 200, "{}", found.text());
    found.json()["items"].as_array().unwrap().clone()
}

fn ask(server: &Server, token: &str, body: Value) -> String {
    let answer = server.post("/v1/exchange/consents", token, &body);
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn step(server: &Server, token: &str, consent: &str, step: &str, authority: &str) {
    let body = json!({ "step": step, "authority": authority });
    let done = server.post(&format!("/v1/exchange/consents/{consent}/steps"), token, &body);
    assert_eq!(done.status, 200, "{}", done.text());
}

fn review(world: &World, also: Value) -> Value {
    let today = huoshui_exchange::clock::day(world.exchange.now());
    json!({
        "subject": firm(0), "purpose": "credit_review", "also": also,
        "asks": [{ "resource": "tax_grade", "fields": ["grade"] }],
        "data_from": huoshui_kernel::date::add_months(today, -24).unwrap(), "data_to": today,
        "days": 20, "frequency": { "count": 3, "days": 30 }, "retention_days": 30,
    })
}

pub fn object(server: &Server, owner: &str, period: huoshui_kernel::Date) -> String {
    let body = json!({ "resource": "tax_grade", "row": { "period": period }, "field": "grade", "claimed": "B" });
    let raised = server.post("/v1/exchange/objections", owner, &body);
    assert_eq!(raised.status, 201, "{}", raised.text());
    raised.json()["objection"]["id"].as_str().unwrap().to_owned()
}

pub fn reply(server: &Server, clerk: &str, objection: &str, said: &Value) {
    let path = format!("/v1/exchange/objections/{objection}/answer");
    let answered = server.change(("POST", &path), clerk, 1, said);
    assert_eq!(answered.status, 200, "{}", answered.text());
}

fn grades(answer: &Value) -> Value {
    answer["answer"]["parts"][0]["data"]["rows"].clone()
}

#[test]
fn a_correction_reaches_the_bank_that_relied_on_the_value_and_no_other() {
    let world = World::new(None);
    people(&world);
    let server = Server::over(world.workspace.clone(), config());
    let [owner, clerk, wang, zhao] = ["owner-zero", "tax-clerk", "wang", "zhao"].map(|login| session(&server, login));
    let period = huoshui_kernel::date::prior_year_end(huoshui_exchange::clock::day(world.exchange.now()));
    // Both banks may pull the same value; the first does, the second pulls the time before.
    let consent = ask(&server, &world.banks[0], review(&world, json!(["B2"])));
    step(&server, &owner, &consent, "grant", "legal_representative");
    let relied = server.post("/v1/exchange/pulls", &world.banks[0], &pull(&consent));
    assert_eq!((relied.status, grades(&relied.json())), (200, json!([["A"]])), "{}", relied.text());
    let mut before = pull(&consent);
    before["data_to"] = json!(period.yesterday().unwrap());
    assert_eq!(server.post("/v1/exchange/pulls", &world.banks[1], &before).status, 200);
    let objection = object(&server, &owner, period);
    let path = format!("/v1/exchange/objections/{objection}");
    for token in [&wang, &zhao] {
        assert_eq!(server.get(&path, Some(token)).code(), "exchange.no_objection", "there is nothing to tell yet");
    }
    let streams = [stream(&server, "bank-b1", &wang), stream(&server, "bank-b2", &zhao)];
    reply(&server, &clerk, &objection, &json!({ "accepted": { "corrected": "B" } }));
    // Told to both, so that the other's stream has come this far as well.
    step(&server, &owner, &consent, "pause", "legal_representative");
    let told = streams.map(|socket| until(socket, "consent.paused"));
    let corrections = |all: &[Value]| -> Vec<Value> {
        all.iter().filter(|n| n["what"] == "objection.answered").map(|n| n["data"].clone()).collect()
    };
    let expected = json!({
        "objection": objection, "subject": firm(0), "department": "swj", "resource": "tax_grade", "field": "grade",
        "pull_again": [consent], "at": path,
    });
    assert_eq!(corrections(&told[0]), std::slice::from_ref(&expected));
    assert_eq!(corrections(&told[1]), [] as [Value; 0]);
    assert_eq!(corrections(&listed(&server, "bank-b1", &wang)), [expected]);
    assert_eq!(corrections(&listed(&server, "bank-b2", &zhao)), [] as [Value; 0]);
    let notices = |token: &str| server.get("/v1/exchange/notices", Some(token)).json()["items"].clone();
    let of = |all: Value| -> Vec<Value> {
        let about = |n: &&Value| n["about"] == format!("objection/{objection}");
        all.as_array().unwrap().iter().filter(about).cloned().collect()
    };
    let [notice] = of(notices(&wang)).try_into().unwrap();
    assert_eq!((&notice["resource"], &notice["field"]), (&json!("tax_grade"), &json!("grade")));
    assert_eq!((&notice["subject"], of(notices(&zhao)).len()), (&json!(firm(0)), 0));
    // What it reads of the objection: which value, of when, and no value; its machine too, and the other bank nothing.
    for token in [&wang, &world.banks[0]] {
        let read = server.get(&path, Some(token));
        assert_eq!(read.status, 200, "{}", read.text());
        let said = read.json();
        assert_eq!((&said["state"], &said["period"]), (&json!("accepted"), &json!(period)));
        assert_eq!((&said["field"], &said["pull_again"]), (&json!("grade"), &json!([consent])));
        let text = read.text();
        assert!(!text.contains("\"A\"") && !text.contains("\"B\"") && !text.contains("claimed"), "{text}");
        assert!(!text.contains("owner-zero") && !text.contains("tax-clerk"), "nor who said it: {text}");
    }
    for token in [&zhao, &world.banks[1]] {
        let read = server.get(&path, Some(token));
        assert_eq!((read.status, read.code().as_str()), (404, "exchange.no_objection"));
    }
    // The right value leaves under the consent, and only under it.
    let paused = server.post("/v1/exchange/pulls", &world.banks[0], &pull(&consent));
    assert_eq!(paused.code(), "exchange.paused");
    step(&server, &owner, &consent, "resume", "legal_representative");
    let again = server.post("/v1/exchange/pulls", &world.banks[0], &pull(&consent));
    assert_eq!((again.status, grades(&again.json())), (200, json!([["B"]])), "{}", again.text());
    assert!(server.stop());
    sound(&world);
}

/// The kind of each notice, with what tells it from others of its kind.
fn kinds(all: &[Value]) -> Vec<String> {
    let one = |n: &Value| {
        let data = &n["data"];
        let word = ["state", "answer", "pull_again"].iter().find_map(|w| data.get(w));
        let word = word.map_or(String::new(), |w| format!(" {}", w.as_str().unwrap_or("again")));
        format!("{}{word}", n["what"].as_str().unwrap())
    };
    all.iter().map(one).collect()
}

#[test]
fn every_kind_of_notice_streams_to_those_whom_it_concerns() {
    let world = World::new(None);
    people(&world);
    let server = Server::over(world.workspace.clone(), config());
    // A natural person, whom the operator identified, in the firm's organisation.
    let identity = json!({ "id_number": world::number(0), "checked": "at the counter" });
    let account = json!({ "login": "li.na", "password": PASSWORD, "identity": identity });
    let opened = server.post("/v1/organisations/firm-zero/accounts", &session(&server, "counter"), &account);
    assert_eq!(opened.status, 201, "{}", opened.text());
    let [owner, person, clerk, wang] =
        ["owner-zero", "li.na", "tax-clerk", "wang"].map(|login| session(&server, login));
    let period = huoshui_kernel::date::prior_year_end(huoshui_exchange::clock::day(world.exchange.now()));
    let readers = [("firm-zero", &owner), ("firm-zero", &person), ("tax-office", &clerk), ("bank-b1", &wang)];
    let streams = readers.map(|(organisation, token)| stream(&server, organisation, token));
    let legal = "legal_representative";
    let first = ask(&server, &world.banks[0], review(&world, json!([])));
    step(&server, &owner, &first, "decline", legal);
    let second = ask(&server, &world.banks[0], review(&world, json!([])));
    for taken in ["grant", "pause", "resume"] {
        step(&server, &owner, &second, taken, legal);
    }
    // A natural person's own: the firm is not told of it, and the person alone reads and signs it.
    let today = huoshui_exchange::clock::day(world.exchange.now());
    let own = json!({
        "subject": firm(0), "person": "li.na", "purpose": "legal_representative_check",
        "asks": [{ "resource": "legal_representative", "fields": ["person_name", "since"] }],
        "data_from": huoshui_kernel::date::add_months(today, -13).unwrap(), "data_to": today,
        "days": 20, "frequency": { "count": 2, "days": 30 }, "retention_days": 30,
    });
    let own = ask(&server, &world.banks[0], own);
    step(&server, &person, &own, "grant", "oneself");
    assert_eq!(server.post("/v1/exchange/pulls", &world.banks[0], &pull(&second)).status, 200);
    let stands = object(&server, &owner, period);
    reply(&server, &clerk, &stands, &json!({ "rejected": { "reason": "与申报一致" } }));
    let wrong = object(&server, &owner, period);
    reply(&server, &clerk, &wrong, &json!({ "accepted": { "corrected": "B" } }));
    step(&server, &owner, &second, "revoke", legal);
    // Worked out from who is concerned: two requests and two answers to the firm; the same and one more to the person, who
    // belongs to it; the department what is objected to; the bank every step, and the correction.
    let firm_reads =
        ["consent.requested", "consent.requested", "objection.answered rejected", "objection.answered accepted"];
    let mut person_reads = firm_reads.to_vec();
    person_reads.insert(2, "consent.requested");
    let bank_reads = [
        "consent.declined declined",
        "consent.granted granted",
        "consent.paused paused",
        "consent.resumed granted",
        "consent.granted granted",
        "objection.answered again",
        "consent.revoked revoked",
    ];
    let clerk_reads = ["objection.raised", "objection.raised"];
    let expected: [&[&str]; 4] = [&firm_reads, &person_reads, &clerk_reads, &bank_reads];
    for ((socket, expected), (organisation, _)) in streams.into_iter().zip(expected).zip(readers) {
        let streamed: Vec<Value> = events(socket, expected.len()).into_iter().map(|(_, _, notice)| notice).collect();
        assert_eq!(kinds(&streamed), expected, "{organisation}");
    }
    // The bank's stream told the last of all: the lists have everything that there is, what streamed and no more.
    for ((organisation, token), expected) in readers.iter().zip(expected) {
        assert_eq!(kinds(&listed(&server, organisation, token)), expected, "{organisation}");
    }
    // The person's own request stands in the exchange's notices for the person alone.
    let notices = |token: &str, whose: &str| -> Vec<Value> {
        let found = server.get(&format!("/v1/exchange/notices?whose={whose}"), Some(token));
        assert_eq!(found.status, 200, "{}", found.text());
        found.json()["items"].as_array().unwrap().clone()
    };
    let about = |all: Vec<Value>| all.iter().filter(|n| n["about"] == format!("consent/{own}")).count();
    assert_eq!((notices(&person, "person").len(), about(notices(&person, "person"))), (1, 1));
    assert_eq!((notices(&owner, "person").len(), about(notices(&owner, "party"))), (0, 0));
    assert_eq!(about(notices(&person, "party")), 0);
    assert_eq!(server.get("/v1/exchange/notices?whose=all", Some(&owner)).code(), "request.bad_parameter");
    // A machine of the firm is no natural person, and another bank's officer reads nothing of all this.
    let zhao = session(&server, "zhao");
    assert_eq!(listed(&server, "bank-b2", &zhao), [] as [Value; 0]);
    assert!(server.stop());
    sound(&world);
}
