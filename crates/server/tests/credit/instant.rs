//! Decisions on a profile that the bank refreshed: what they rest on, who may, until when, and that nothing is pulled for them.

use huoshui_app::credit::record;
use huoshui_app::policies::{self, Kind};
use huoshui_journal::Clock as _;
use serde_json::{Value, json};

use crate::common::{City, Reply, Server, config, fresh_key};
use crate::kept::{body, engine, sound};
use crate::own::colleague;
use crate::{DECISIONS, application, consent, days};

const DAY: i64 = 86_400_000_000;

fn refresh(server: &Server, bank: &str, consent: &str, purpose: &str) -> String {
    let order = json!({ "consent": consent, "purpose": purpose });
    let made = server.post("/v1/credit/profiles", bank, &order);
    assert_eq!(made.status, 200, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

fn on(profile: &str, consent: &str) -> Value {
    let mut asked = application(consent);
    asked["profile"] = json!(profile);
    asked
}

fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code().as_str()), (status, code), "{}", reply.text());
}

pub fn step(server: &Server, firm: &str, consent: &str, step: &str) {
    let body = json!({ "step": step, "authority": "legal_representative" });
    let done = server.post(&format!("/v1/exchange/consents/{consent}/steps"), firm, &body);
    assert_eq!(done.status, 200, "{}", done.text());
}

fn id(said: &Value) -> &str {
    said["made"]["id"].as_str().unwrap_or_else(|| panic!("{said}"))
}

/// Pulls that the firm's own log tells of.
fn pulls(server: &Server, enterprise: &str, firm: &str) -> usize {
    let log = server.get(&format!("/v1/exchange/enterprises/{enterprise}/log?limit=200"), Some(firm)).json();
    let lines = log["lines"].as_array().unwrap().iter();
    lines.filter(|l| l["what"]["access"]["outcome"] == "released").count()
}

#[test]
fn one_profile_serves_many_decisions_and_each_stands_by_itself() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    let granted = consent(&server, (&bank, &firm), &city.enterprise, "instant_loan");
    let pulled = server.post(DECISIONS, &bank, &application(&granted)).json();
    let profile = refresh(&server, &bank, &granted, "instant_loan");
    let before = pulls(&server, &city.enterprise, &firm);
    assert_eq!(before, 2);

    // What the pull gave, the profile gives; and nothing more is pulled.
    let asked = on(&profile, &granted);
    let first = server.write("POST", DECISIONS, &bank, "on-a-profile", &asked);
    assert_eq!(first.status, 200, "{}", first.text());
    let one = first.json();
    let plain = |said: &Value| {
        let mut decision = said["decision"].clone();
        decision.as_object_mut().unwrap().remove("inputs_digest").unwrap();
        decision
    };
    assert_eq!(plain(&one), plain(&pulled));
    assert_eq!((&one["made"]["profile"], &pulled["made"]["profile"]), (&json!(profile), &Value::Null));

    // Once for a key, once for a number; another application under either is told so.
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let again = server.write("POST", DECISIONS, &bank, "on-a-profile", &asked);
                assert_eq!((again.status, again.text()), (200, first.text()));
            });
        }
    });
    let mut numbered = asked.clone();
    numbered["number"] = json!("2025-0001");
    let second = server.post(DECISIONS, &bank, &numbered).json();
    assert_eq!(id(&server.post(DECISIONS, &bank, &numbered).json()), id(&second));
    let mut other = numbered.clone();
    other["request"]["amount_fen"] = json!(200_000_000);
    refused(&server.post(DECISIONS, &bank, &other), 409, "credit.number_taken");
    other["number"] = Value::Null;
    refused(&server.write("POST", DECISIONS, &bank, "on-a-profile", &other), 422, "journal.key_reused");
    other["number"] = json!("2025-0002");
    refused(&server.write("POST", DECISIONS, &bank, "on-a-profile", &other), 422, "journal.key_reused");
    let third = server.post(DECISIONS, &bank, &other).json();
    assert_eq!(pulls(&server, &city.enterprise, &firm), before);

    // Read again: every policy with its version, every value that was read as a salted hash with its source.
    let path = |said: &Value| format!("{DECISIONS}/{}", id(said));
    let read = |said: &Value| server.get(&path(said), Some(&bank)).json();
    let shown = read(&one);
    assert_eq!((&shown["made"], &shown["decision"]), (&one["made"], &one["decision"]));
    let (policies, inputs) = (shown["policies"].as_array().unwrap(), shown["inputs"].as_array().unwrap());
    assert!(policies.len() > 30 && inputs.len() > 30, "{} {}", policies.len(), inputs.len());
    assert!(policies.iter().any(|p| p["kind"] == "product" && p["code"] == "instant_loan"));
    let source = json!(format!("consent/{granted}"));
    assert!(inputs.iter().any(|i| i["origins"][0]["reference"] == source));
    assert_ne!(inputs[0]["commitment"], read(&second)["inputs"][0]["commitment"], "each has a salt of its own");
    let listed = server.get(&format!("{DECISIONS}?limit=10"), Some(&bank)).text();
    assert!(listed.contains(id(&one)) && !listed.contains("12340000") && !listed.contains("500000000"), "{listed}");

    // One's inputs are erased: the others' are not, and what took part can still be told of all.
    let gone = server.write("DELETE", &format!("{}/inputs", path(&one)), &bank, &fresh_key(), &Value::Null);
    assert_eq!(gone.status, 204, "{}", gone.text());
    refused(&server.get(&format!("{}/replay", path(&one)), Some(&bank)), 410, "credit.inputs_erased");
    let left = read(&one);
    assert_eq!(
        (&left["decision"], &left["inputs"], &left["policies"]),
        (&Value::Null, &Value::Null, &shown["policies"])
    );
    let replayed = |said: &Value| server.get(&format!("{}/replay", path(said)), Some(&bank)).json();
    for said in [&second, &third, &pulled] {
        assert_eq!(replayed(said)["same"], true);
    }

    // Revoked: the profile goes with the next round, the decisions stay their time and replay, under new policies too.
    step(&server, &firm, &granted, "revoke");
    refused(&server.post(DECISIONS, &bank, &asked), 403, "exchange.revoked");
    let swept = engine(&server).expire(server.clock.now_micros()).unwrap();
    assert_eq!((swept.profiles, swept.decisions), (1, 0));
    let text = huoshui_credit::embedded::PRODUCTS[0].1.replace("AAA = \"0.10%\"", "AAA = \"0.15%\"");
    policies::publish(&server.workspace, "li.na", Kind::Products, "instant_loan.toml", &text).unwrap();
    for said in [&second, &third] {
        let replay = replayed(said);
        assert_eq!((&replay["same"], &replay["recorded"]), (&json!(true), &said["made"]["record"]["decision"]));
        assert_eq!(server.get(&format!("{}/explanation", path(said)), Some(&bank)).status, 200);
    }
    // A repeat is answered with what was decided; a new application is not.
    assert_eq!(id(&server.post(DECISIONS, &bank, &numbered).json()), id(&second));
    // No longer than the profile's pull allows.
    let end = |said: &Value| said["made"]["keep_until"].as_i64().unwrap();
    assert!(end(&second) == end(&third) && end(&second) < second["made"]["at"].as_i64().unwrap() + 30 * DAY);
    let made: record::Made = serde_json::from_value(third["made"].clone()).unwrap();
    let kept = || server.workspace.journal.kept(huoshui_app::credit::kept::SPACE, &made.place()).unwrap();
    assert!(kept().is_some());
    assert_eq!(engine(&server).expire(end(&pulled) - 1).unwrap().decisions, 0);
    assert_eq!(engine(&server).expire(end(&third) - 1).unwrap().decisions, 1);
    assert!(kept().is_some());
    assert_eq!(engine(&server).expire(end(&third)).unwrap().decisions, 2);
    assert!(kept().is_none());
    sound(&server);
}

#[test]
fn a_profile_serves_its_bank_its_consent_its_purpose_and_its_day_only() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm, operator) =
        (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"), server.sign_in("demo-operator"));
    let granted = consent(&server, (&bank, &firm), &city.enterprise, "instant_loan");
    let another = consent(&server, (&bank, &firm), &city.enterprise, "instant_loan");
    let profile = refresh(&server, &bank, &granted, "instant_loan");
    let decide = |who: &str, asked: &Value| server.post(DECISIONS, who, asked);
    assert_eq!(decide(&bank, &on(&profile, &granted)).status, 200);

    // Another bank, also under a consent of its own: for it there is no such profile. Nor is there one by another name.
    let other =
        json!({ "id": "other-bank", "kind": "bank", "subject": city.other_bank, "name_zh": "乙", "name_en": "B" });
    assert_eq!(server.post("/v1/organisations", &operator, &other).status, 201);
    let rival = colleague(&server, &operator, "other-bank", "rival");
    let rivals = consent(&server, (&rival, &firm), &city.enterprise, "instant_loan");
    for (who, asked) in [
        (&rival, on(&profile, &rivals)),
        (&rival, on(&profile, &granted)),
        (&bank, on("0123456789abcdef0123456789abcdef", &granted)),
        (&bank, on("none", &granted)),
    ] {
        let reply = decide(who, &asked);
        refused(&reply, 404, "credit.no_profile");
        assert!(reply.text().contains("\"profile\""), "{}", reply.text());
    }
    // Another consent of the firm's, another purpose.
    refused(&decide(&bank, &on(&profile, &another)), 422, "credit.profile_consent");
    let mut purpose = on(&profile, &granted);
    purpose["purpose"] = json!("credit_review");
    refused(&decide(&bank, &purpose), 422, "credit.profile_consent");
    // Tags and scores are no ground for a decision.
    let closed = consent(&server, (&bank, &firm), &city.enterprise, "tags_and_scores");
    let derived = refresh(&server, &bank, &closed, "tags_and_scores");
    let mut tags = on(&derived, &closed);
    tags["purpose"] = json!("tags_and_scores");
    refused(&decide(&bank, &tags), 422, "credit.values_only");
    // A product that is none, and a purpose of the loan that is none.
    let mut product = on(&profile, &granted);
    product["request"]["product"] = json!("no_such");
    refused(&decide(&bank, &product), 422, "credit.no_product");
    let mut loan = on(&profile, &granted);
    loan["request"]["purpose"] = json!("no_such");
    refused(&decide(&bank, &loan), 422, "credit.value");

    // Paused, it waits; resumed, it goes on; and one that was paused after it was looked at is not missed.
    step(&server, &firm, &granted, "pause");
    refused(&decide(&bank, &on(&profile, &granted)), 403, "exchange.paused");
    step(&server, &firm, &granted, "resume");
    assert_eq!(decide(&bank, &on(&profile, &granted)).status, 200);

    // A feature that is another now: the values would not be what the rules mean. A price that is another is no matter.
    let set = policies::Set::load(&server.workspace, None).unwrap();
    let publish = |kind: Kind, file: &str, change: &dyn Fn(&str) -> String| {
        let text = change(&set.get(kind, file).unwrap().text);
        policies::publish(&server.workspace, "li.na", kind, file, &text).unwrap();
    };
    let dearer = |text: &str| text.replace("AAA = \"0.10%\"", "AAA = \"0.15%\"");
    publish(Kind::Products, "instant_loan.toml", &dearer);
    let made = decide(&bank, &on(&profile, &granted)).json();
    let version = server.workspace.journal.stream_version(policies::STREAM).unwrap();
    assert_eq!(made["made"]["policies"], json!(version), "the rules of now, from the next decision on");
    let (file, text) = set.texts(Kind::Features).into_iter().find(|(f, _)| f.contains("basis")).unwrap();
    assert!(text.contains("zh = \""), "{file}");
    publish(Kind::Features, file, &|text: &str| text.replacen("zh = \"", "zh = \"新", 1));
    let reply = decide(&bank, &on(&profile, &granted));
    refused(&reply, 409, "credit.profile_old");
    assert!(reply.text().contains("重新取得") || reply.text().contains("refresh"), "{}", reply.text());
    let fresh = refresh(&server, &bank, &granted, "instant_loan");
    assert_eq!(decide(&bank, &on(&fresh, &granted)).status, 200);

    // Tomorrow it is yesterday's; when the consent is over, it is over; when its time is over it is gone.
    server.clock.days(1);
    let bank = server.sign_in("demo-bank");
    refused(&decide(&bank, &on(&fresh, &granted)), 409, "credit.profile_old");
    server.clock.days(30);
    let bank = server.sign_in("demo-bank");
    refused(&decide(&bank, &on(&fresh, &granted)), 403, "exchange.expired");
    engine(&server).expire(server.clock.now_micros()).unwrap();
    assert!(body(&server, huoshui_app::credit::profiles::SPACE, &fresh, &city.bank).is_none());
    sound(&server);
}

#[test]
fn a_revocation_works_from_the_very_next_decision_while_many_are_made() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    let granted = consent(&server, (&bank, &firm), &city.enterprise, "instant_loan");
    let profile = refresh(&server, &bank, &granted, "instant_loan");
    let asked = on(&profile, &granted);
    let over = std::sync::atomic::AtomicBool::new(false);
    let (made, late) = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let (mut made, mut late) = (0, 0);
                    loop {
                        // Read before the request is sent: from here on it begins after the revocation was answered.
                        let after = over.load(std::sync::atomic::Ordering::SeqCst);
                        let reply = server.post(DECISIONS, &bank, &asked);
                        match reply.status {
                            200 if after => late += 1,
                            200 => made += 1,
                            _ => {
                                refused(&reply, 403, "exchange.revoked");
                                return (made, late);
                            }
                        }
                    }
                })
            })
            .collect();
        while server.get("/v1/credit/monitor", Some(&bank)).json()["decisions"].as_u64().unwrap() < 40 {
            std::thread::yield_now();
        }
        step(&server, &firm, &granted, "revoke");
        over.store(true, std::sync::atomic::Ordering::SeqCst);
        let all = clients.into_iter().map(|c| c.join().unwrap());
        all.fold((0, 0), |(made, late), (m, l)| (made + m, late + l))
    });
    assert!(made >= 40 && late == 0, "{made} {late}");
    let counted = server.get("/v1/credit/monitor", Some(&bank)).json()["decisions"].as_u64().unwrap();
    assert_eq!(counted, made, "what was answered is what is recorded");
    sound(&server);
}
