//! Consents and pulls over a real journal: what leaves, what is refused, and that the log tells of both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod asked_once;
mod person;
mod quota;
mod restarts;
mod signatures;
mod uses;
mod world;

use std::sync::Arc;

use huoshui_app::exchange::consents::Which;
use huoshui_app::exchange::events::Ended;
use huoshui_app::exchange::log::What;
use huoshui_app::exchange::{envelope, notices, proofs};
use huoshui_app::{seal, verify};
use huoshui_exchange::canonical;
use huoshui_exchange::consent::{State, Step};
use huoshui_exchange::release::Want;
use huoshui_journal::hash;

use world::{DAY, World, bank, firm, order, owner, refused, released};

/// Outcomes in a firm's log, oldest first, with their codes.
fn log(world: &World, n: u32) -> Vec<(Ended, Option<String>)> {
    let mut lines = Vec::new();
    let mut before = None;
    loop {
        let page = world.exchange.log(&firm(n), before, 7).unwrap();
        lines.extend(page.lines);
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    lines.reverse();
    let entry = |what: What| match what {
        What::Access(logged) => Some((logged.outcome, logged.entry.refused.clone())),
        What::Consent(_) | What::Corrected(_) => None,
    };
    lines.into_iter().filter_map(|l| entry(l.what)).collect()
}

fn sound(world: &World) {
    seal::all(&world.exchange.workspace).unwrap();
    let kept = verify::Kept::default();
    let verified = verify::run(&world.exchange.workspace, &kept, &huoshui_app::progress::Silent).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.journal.findings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_gives_the_named_fields_signed_and_logged_and_its_repeat_gives_nothing() {
    let world = World::new();
    let id = world.granted(1);
    let (body, outcome) = released(world.pull(&bank("B1"), "pull-0001", &order(&id)).await);
    let part = &body["answer"]["parts"][0];
    assert_eq!((part["resource"].as_str(), part["status"].as_str()), (Some("tax_grade"), Some("READY")));
    assert_eq!(part["data"]["columns"], serde_json::json!(["grade"]), "no field that the consent does not name");
    assert_eq!(part["data"]["rows"], serde_json::json!([["A"]]));
    assert_eq!(body["answer"]["remaining"], 2);
    // The receiver checks what it got with the public key alone.
    let answer = canonical::bytes(&body["answer"]).unwrap();
    let salt = hash::unhex::<32>(body["salt"].as_str().unwrap()).unwrap();
    let signature = hash::unhex::<64>(body["signature"].as_str().unwrap()).unwrap();
    let batch = serde_json::from_value(body["batch"].clone()).unwrap();
    let keys = seal::trusted(&world.exchange.workspace).unwrap();
    let named = (body["algorithm"].as_str().unwrap(), body["key_id"].as_str().unwrap());
    assert!(envelope::holds(&answer, &salt, (&signature, &batch), named, &keys));
    // The same key again: the first outcome, no body, nothing counted.
    let repeat = refused(world.pull(&bank("B1"), "pull-0001", &order(&id)).await);
    assert_eq!(repeat.fault.code(), "exchange.replayed");
    assert_eq!(*repeat.first.unwrap(), outcome);
    assert_eq!(body["answer"]["remaining"], 2);
    let (second, _) = released(world.pull(&bank("B1"), "pull-0002", &order(&id)).await);
    assert_eq!(second["answer"]["remaining"], 1, "the repeat took no place");
    // A key belongs to one request.
    let mut other = order(&id);
    other.wants = vec![Want { resource: "tax_grade".into(), fields: vec!["grade".into()] }];
    let reused = world.exchange.pull(&bank("B1"), "pull-0001", &other).await.unwrap_err();
    assert_eq!(reused.code(), "journal.key_reused");
    let replayed = Some("exchange.replayed".to_owned());
    assert_eq!(log(&world, 1), [(Ended::Released, None), (Ended::Replayed, replayed), (Ended::Released, None)]);
    sound(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_has_its_code_and_its_line_in_the_log() {
    let world = World::new();
    let id = world.granted(1);
    let code = |pulled| refused(pulled).fault.code();
    let b1 = bank("B1");
    assert_eq!(code(world.pull(&bank("B2"), "k-000001", &order(&id)).await), "exchange.wrong_recipient");
    let mut wrong = order(&id);
    wrong.purpose = "instant_loan".into();
    assert_eq!(code(world.pull(&b1, "k-000002", &wrong).await), "exchange.wrong_purpose");
    let mut field = order(&id);
    field.wants = vec![Want { resource: "tax_grade".into(), fields: vec!["period".into()] }];
    assert_eq!(code(world.pull(&b1, "k-000003", &field).await), "exchange.wrong_field");
    world.step(1, &id, Step::Pause);
    assert_eq!(code(world.pull(&b1, "k-000004", &order(&id)).await), "exchange.paused");
    world.step(1, &id, Step::Resume);
    for n in 0..3 {
        released(world.pull(&b1, &format!("k-00001{n}"), &order(&id)).await);
    }
    assert_eq!(code(world.pull(&b1, "k-000005", &order(&id)).await), "exchange.frequency");
    world.step(1, &id, Step::Revoke);
    assert_eq!(code(world.pull(&b1, "k-000006", &order(&id)).await), "exchange.revoked");
    let short = world.granted(2);
    world.clock.0.fetch_add(60 * DAY, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(code(world.pull(&b1, "k-000007", &order(&short)).await), "exchange.expired");
    assert_eq!(code(world.pull(&b1, "k-000008", &order("nobody")).await), "exchange.wrong_recipient");
    let codes: Vec<String> = log(&world, 1).into_iter().filter_map(|(_, code)| code).collect();
    let expected = ["wrong_recipient", "wrong_purpose", "wrong_field", "paused", "frequency", "revoked"];
    assert_eq!(codes, expected.map(|c| format!("exchange.{c}")));
    let strangers = world.exchange.refusals("B1", None, 10).unwrap();
    assert_eq!(strangers.total, 1);
    // A consent that names others and one that does not exist are told alike, and recorded alike.
    let refusals = [id.as_str(), "nobody"].map(|consent| (consent, format!("k-1000-{consent:.4}")));
    let mut told = Vec::new();
    for (consent, key) in &refusals {
        for _ in 0..2 {
            let refusal = refused(world.pull(&bank("B2"), key, &order(consent)).await);
            let said = serde_json::to_string(&(refusal.outcome.reason, refusal.outcome.stream, refusal.first)).unwrap();
            told.push((refusal.fault.code(), said));
        }
    }
    assert!(told.iter().all(|t| *t == told[0]), "{told:?}");
    let own = world.exchange.refusals("B2", None, 10).unwrap();
    assert_eq!(own.total, 3, "the one above, and two of which each was repeated");
    assert!(!serde_json::to_string(&own).unwrap().contains(firm(1).as_str()), "no firm stands in them");
    sound(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_pulls_at_once_no_more_than_the_frequency_are_released() {
    let world = std::sync::Arc::new(World::new());
    let id = world.granted(1);
    // Half of the clients go through another process's memory of the same journal.
    let sibling = std::sync::Arc::new(world.sibling());
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..64 {
        let (world, id) = (if n % 2 == 0 { world.clone() } else { sibling.clone() }, id.clone());
        tasks.spawn(async move { world.pull(&bank("B1"), &format!("client-{n}"), &order(&id)).await });
    }
    let mut outcomes = Vec::new();
    while let Some(done) = tasks.join_next().await {
        outcomes.push(match done.unwrap() {
            huoshui_app::exchange::pull::Pulled::Answered(..) => None,
            huoshui_app::exchange::pull::Pulled::Refused(refusal) => Some(refusal.fault.code()),
        });
    }
    assert_eq!(outcomes.iter().filter(|o| o.is_none()).count(), 3);
    assert_eq!(outcomes.iter().filter(|o| **o == Some("exchange.frequency")).count(), 61);
    let lines = log(&world, 1);
    assert_eq!(lines.iter().filter(|(ended, _)| *ended == Ended::Released).count(), 3);
    assert_eq!(lines.len(), 64);
    sound(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_by_another_process_works_from_the_very_next_pull() {
    let world = World::new();
    let sibling = world.sibling();
    let id = world.granted(1);
    released(world.pull(&bank("B1"), "before-01", &order(&id)).await);
    released(sibling.pull(&bank("B1"), "before-02", &order(&id)).await);
    sibling.step(1, &id, Step::Revoke);
    // This process still remembers the consent as granted.
    assert_eq!(refused(world.pull(&bank("B1"), "after-001", &order(&id)).await).fault.code(), "exchange.revoked");
    // A repeat of what was released before does not pass either, and says why.
    let repeat = refused(world.pull(&bank("B1"), "before-01", &order(&id)).await);
    assert_eq!(repeat.fault.code(), "exchange.revoked");
    sound(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_without_any_value_is_not_counted() {
    let world = World::new();
    let id = world.granted(1);
    world.shelf.empty.lock().unwrap().insert("tax_grade".into());
    let (body, outcome) = released(world.pull(&bank("B1"), "empty-001", &order(&id)).await);
    assert_eq!(body["answer"]["parts"][0]["reason"], "exchange.no_data");
    assert_eq!((outcome.outcome, body["answer"]["remaining"].as_u64()), (Ended::Empty, Some(3)));
    world.shelf.empty.lock().unwrap().clear();
    let (body, _) = released(world.pull(&bank("B1"), "full-0001", &order(&id)).await);
    assert_eq!(body["answer"]["remaining"], 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firm_proves_any_line_of_its_log_offline_and_a_changed_proof_fails() {
    let world = World::new();
    let id = world.granted(1);
    released(world.pull(&bank("B1"), "pull-0001", &order(&id)).await);
    seal::all(&world.exchange.workspace).unwrap();
    world.step(1, &id, Step::Revoke);
    seal::all(&world.exchange.workspace).unwrap();
    let keys = seal::trusted(&world.exchange.workspace).unwrap();
    let line =
        world.exchange.log(&firm(1), None, 10).unwrap().lines.into_iter().find(|l| matches!(l.what, What::Access(_)));
    let bundle = world.exchange.proof(&owner(1), line.unwrap().version).unwrap();
    assert!(bundle.consistency.is_some(), "sealed twice since");
    let file = serde_json::to_vec_pretty(&bundle).unwrap();
    let shown = proofs::check(&file, &keys).unwrap();
    assert_eq!(shown.event.stream, format!("access/{}", firm(1)));
    for (from, to) in [("B1", "B2"), ("\"released\\\"", "\"refused\\\"")] {
        let text = String::from_utf8(file.clone()).unwrap();
        let changed = serde_json::to_string_pretty(&bundle).unwrap().replace(from, to);
        assert!(changed != text || from != "B1");
        if changed != text {
            assert_eq!(proofs::check(changed.as_bytes(), &keys).unwrap_err().code(), "journal.bad_proof");
        }
    }
    let nobody = huoshui_journal::TrustedKeys::of(&huoshui_journal::Ed25519::from_seed(&[9; 32]));
    assert_eq!(proofs::check(&file, &nobody).unwrap_err().code(), "journal.bad_proof");
    assert_eq!(world.exchange.proof(&owner(1), 99).unwrap_err().code(), "exchange.no_entry");
}

#[test]
fn both_sides_see_the_consent_its_receipts_and_their_notices() {
    let world = World::new();
    let view = world.ask(&bank("B1"), &World::wanted(1));
    let to_firm = notices::page(&world.exchange.workspace, &owner(1).party.address(), None, 10).unwrap();
    assert_eq!(to_firm.items[0].kind, "consent.requested");
    let granted = world.step(1, &view.id, Step::Grant);
    assert_eq!((granted.state, granted.version), (State::Granted, 2));
    let to_bank = notices::page(&world.exchange.workspace, &bank("B1").party.address(), None, 10).unwrap();
    assert_eq!(to_bank.items[0].kind, "consent.granted");
    for actor in [owner(1), bank("B1")] {
        let receipt = world.exchange.consent_receipt(&actor, &view.id).unwrap();
        assert_eq!((receipt.consent.as_str(), receipt.grants.len()), (view.id.as_str(), 1));
        let listed = world.exchange.consents(&actor, &Which::default(), None, 10).unwrap();
        assert_eq!(listed.items.len(), 1);
    }
    // A stranger learns nothing, not even that it is there.
    for stranger in [owner(2), bank("B2")] {
        assert_eq!(world.exchange.consent(&stranger, &view.id).unwrap_err().code(), "exchange.unknown_consent");
    }
    // The same request under the same key is the same consent.
    let wanted = World::wanted(3);
    let first = world.exchange.request(&bank("B1"), "same-key", &wanted).unwrap();
    assert_eq!(world.exchange.request(&bank("B1"), "same-key", &wanted).unwrap().id, first.id);
    let changed = World::wanted(4);
    assert_eq!(world.exchange.request(&bank("B1"), "same-key", &changed).unwrap_err().code(), "journal.key_reused");
    sound(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_claim_learns_match_or_no_match_and_no_value_leaves() {
    use huoshui_app::exchange::pull::Check;
    use huoshui_exchange::verify::Claim;
    let world = World::new();
    let mut wanted = World::wanted(1);
    wanted.purpose = "verification_only".into();
    wanted.days = 30;
    wanted.data_to = huoshui_kernel::Date::new(2026, 7, 15).unwrap();
    wanted.frequency.count = 10;
    wanted.asks[0].fields = vec!["period".into(), "grade".into()];
    let id = world.ask(&bank("B1"), &wanted).id;
    world.step(1, &id, Step::Grant);
    let claim = |grade: &str| Claim {
        resource: "tax_grade".into(),
        row: [("period".to_owned(), "2026-03-31".into())].into(),
        field: "grade".into(),
        value: grade.into(),
    };
    let check = |grade: &str| Check {
        consent: id.clone(),
        purpose: "verification_only".into(),
        claims: vec![claim(grade)],
        personal: None,
    };
    for (key, grade, verdict) in [("claim-001", "A", "match"), ("claim-002", "D", "no_match")] {
        let (body, _) = released(world.exchange.verify_claims(&bank("B1"), key, &check(grade)).await.unwrap());
        assert_eq!(body["answer"]["verdicts"][0]["verdict"], verdict);
        assert_eq!(body["answer"]["parts"][0]["data"]["rows"], serde_json::json!([]), "no value leaves");
    }
    // The consent is for verification: a pull of values is refused.
    let mut values = order(&id);
    values.purpose = "verification_only".into();
    assert_eq!(refused(world.pull(&bank("B1"), "values-01", &values).await).fault.code(), "exchange.wrong_mode");
    sound(&world);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correction_serves_from_the_next_pull_and_tells_those_who_relied_on_the_old_value() {
    use huoshui_app::exchange::actor::{Actor, Party};
    use huoshui_app::exchange::corrections::{Objecting, Saying};
    let world = World::new();
    let id = world.granted(1);
    released(world.pull(&bank("B1"), "before-01", &order(&id)).await);
    let objecting = Objecting {
        resource: "tax_grade".into(),
        row: [("period".to_owned(), "2026-03-31".into())].into(),
        field: "grade".into(),
        claimed: "B".into(),
    };
    let raised = world.exchange.object(&owner(1), "object-01", &objecting).unwrap();
    let objection = raised.stored.objection.id.clone();
    let office = |code: &str| Actor::new(format!("{code}-clerk"), Party::Department(code.into()));
    let accept = Saying::Accepted { corrected: "B".into() };
    // Another department is not told that there is one.
    let stranger = world.exchange.answer_objection(&office("hg"), "answer-00", &objection, &accept, 1).unwrap_err();
    assert_eq!(stranger.code(), "exchange.no_objection");
    world.exchange.answer_objection(&office("swj"), "answer-01", &objection, &accept, 1).unwrap();
    let again = world.exchange.answer_objection(&office("swj"), "answer-02", &objection, &accept, 2).unwrap_err();
    assert_eq!(again.code(), "exchange.objection_closed");
    let (body, _) = released(world.pull(&bank("B1"), "after-001", &order(&id)).await);
    assert_eq!(body["answer"]["parts"][0]["data"]["rows"], serde_json::json!([["B"]]));
    let told = |code: &str| {
        let page = notices::page(&world.exchange.workspace, &bank(code).party.address(), None, 10).unwrap();
        page.items.iter().any(|n| n.kind == "objection.answered")
    };
    assert!(told("B1") && !told("B2"));
    // Who relied on it reads which value it was, and no value; who did not is told of none.
    let correction = world.exchange.correction(&bank("B1"), &objection).unwrap();
    assert_eq!((correction.resource.as_str(), correction.field.as_str()), ("tax_grade", "grade"));
    assert_eq!(correction.period.map(|d| d.to_string()), Some("2026-03-31".into()));
    assert_eq!((correction.pull_again, correction.state), (vec![id], huoshui_exchange::correction::State::Accepted));
    for stranger in [bank("B2"), owner(1), office("swj")] {
        assert_eq!(world.exchange.correction(&stranger, &objection).unwrap_err().code(), "exchange.no_objection");
    }
    // Neither the claimed nor the corrected value stands in an event.
    let events = world.exchange.workspace.journal.read_stream(&format!("objection/{objection}"), 1, 10).unwrap();
    assert!(events.iter().all(|e| !String::from_utf8_lossy(&e.data.body).contains("\"B\"")));
    sound(&world);
}

#[test]
fn a_department_has_ten_days_on_which_it_works_to_answer() {
    use huoshui_app::exchange::corrections::Objecting;
    let world = World::new();
    let objecting = Objecting {
        resource: "tax_grade".into(),
        row: [("period".to_owned(), "2025-12-31".into())].into(),
        field: "grade".into(),
        claimed: "B".into(),
    };
    // 2026-02-13, a Friday, is 137 days before the world's day. Saturdays 14 and 28 February are worked, 15 to 23 are free:
    // 14, 24 to 28, 2 to 5 March.
    world.clock.0.store(world::NOON - 137 * world::DAY, std::sync::atomic::Ordering::Relaxed);
    let raised = world.exchange.object(&owner(1), "object-01", &objecting).unwrap().stored.objection;
    assert_eq!(raised.due.to_string(), "2026-03-05");
}

#[test]
fn a_correction_shows_on_the_look_ups_card_as_it_does_in_a_pull() {
    use huoshui_app::exchange::actor::{Actor, Party};
    use huoshui_app::exchange::corrections::{Objecting, Saying};
    let world = World::new();
    let shown = |key: &str, n: u32| {
        let card = world.exchange.card(&bank("B1"), key, firm(n)).unwrap();
        let found = card.resources.into_iter().find(|r| r.resource == "registration").unwrap().data;
        let at = found.columns.iter().position(|c| c == "district").unwrap();
        found.rows[0][at].clone()
    };
    // The shelf says of every text its field's name.
    assert_eq!(shown("card-0001", 1), "district");
    let objecting = Objecting {
        resource: "registration".into(),
        row: std::collections::BTreeMap::new(),
        field: "district".into(),
        claimed: "110105".into(),
    };
    let raised = world.exchange.object(&owner(1), "object-01", &objecting).unwrap();
    let clerk = Actor::new("scjgj-clerk".into(), Party::Department("scjgj".into()));
    let right = Saying::Accepted { corrected: "110105".into() };
    world.exchange.answer_objection(&clerk, "answer-01", &raised.stored.objection.id, &right, 1).unwrap();
    assert_eq!(shown("card-0002", 1), "110105");
    assert_eq!(shown("card-0003", 2), "district", "another firm's stays as it is");
    sound(&world);
}

#[test]
fn look_ups_find_by_part_and_pinyin_and_stop_at_the_quota() {
    let mut world = World::new();
    std::sync::Arc::get_mut(&mut world.exchange).unwrap().quotas =
        huoshui_app::exchange::quotas::Quotas { person: 6, party: 7 };
    let b1 = bank("B1");
    let find = |key: &str, query: &str| world.exchange.look_up(&b1, key, query, 50, None);
    assert_eq!(find("find-0001", "企业7").unwrap().hits[0].name, "企业7有限公司");
    assert!(!find("find-0002", "qiye7").unwrap().hits.is_empty());
    assert_eq!(find("find-0003", firm(3).as_str()).unwrap().hits[0].uscc, firm(3));
    let csv = world.exchange.look_up_many(&b1, "bulk-0001", format!("uscc\n{}\n企业5有限公司\n", firm(2)).as_bytes());
    let csv = csv.unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[1].contains(",code,") && lines[2].contains(firm(5).as_str()), "{csv}");
    let card = world.exchange.card(&b1, "card-0001", firm(1)).unwrap();
    let registration = card.resources.iter().find(|r| r.resource == "registration").unwrap();
    assert!(!registration.data.columns.contains(&"largest_share".to_owned()), "confidential fields stay");
    assert!(registration.data.columns.contains(&"status".to_owned()));
    assert_eq!(find("find-0004", "企业1").unwrap_err().code(), "exchange.quota_spent");
    sound(&world);
}
