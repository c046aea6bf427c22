//! What is kept, and until when: as long as the consent said, and a profile not longer than the consent stands.

use std::sync::Arc;

use huoshui_app::credit::kept::{self, Kept};
use huoshui_app::credit::record::{self, Made, Stored};
use huoshui_app::credit::{Credit, profiles};
use huoshui_app::exchange::Exchange;
use huoshui_app::{seal, verify};
use huoshui_credit::profile::Packed;
use huoshui_journal::{Clock as _, Command, Expected, hash};
use serde_json::{Value, json};

use crate::common::{City, Server, config, fresh_key};
use crate::instant::step;
use crate::{DECISIONS, application, consent, days};

pub fn sound(server: &Server) {
    seal::all(&server.workspace).unwrap();
    let verified = verify::run(&server.workspace, &verify::Kept::default(), &huoshui_app::progress::Silent).unwrap();
    assert!(verified.is_sound(), "{:?}", verified.journal.findings);
}

pub fn engine(server: &Server) -> Credit {
    Credit::open(Arc::new(Exchange::open(server.workspace.clone(), Arc::new(server.clock.clone())).unwrap())).unwrap()
}

/// A decision, as its first event has it.
pub fn decision(server: &Server, id: &str) -> Made {
    let first = server.workspace.journal.read_stream(&record::stream(id), 1, 1).unwrap();
    serde_json::from_slice(&first[0].data.body).unwrap()
}

pub fn body(server: &Server, space: &str, id: &str, bank: &str) -> Option<Vec<u8>> {
    let journal = &server.workspace.journal;
    if space == kept::SPACE {
        return journal.kept(space, &decision(server, id).place()).unwrap();
    }
    journal.kept(space, &format!("{bank}/{id}")).unwrap()
}

/// Waits for what the server does by itself.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..600 {
        if done() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("{what} does not happen");
}

#[test]
fn what_a_decision_rests_on_is_erased_when_the_consents_term_ends_and_its_record_stays() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    // To be kept for thirty days.
    let granted = consent(&server, (&bank, &firm), &city.enterprise, "instant_loan");
    let asked = application(&granted);
    let made = server.write("POST", DECISIONS, &bank, "to-be-erased", &asked).json();
    let id = made["made"]["id"].as_str().unwrap().to_owned();
    let term = made["made"]["keep_until"].as_i64().unwrap() - made["made"]["at"].as_i64().unwrap();
    assert_eq!(term, 30 * 86_400_000_000);
    let order = json!({ "consent": granted, "purpose": "instant_loan" });
    let profile = server.post("/v1/credit/profiles", &bank, &order).json()["id"].as_str().unwrap().to_owned();
    assert!(server.stop());

    // A day before: everything is there.
    let server = Server::start_before(&city.data(), days() - 29, config());
    let bank = server.sign_in("demo-bank");
    assert_eq!(
        engine(&server).expire(server.clock.now_micros()).unwrap(),
        huoshui_app::credit::retain::Swept::default()
    );
    assert_eq!(server.get(&format!("{DECISIONS}/{id}/replay"), Some(&bank)).json()["same"], true);
    assert_eq!(server.get(&format!("/v1/credit/profiles/{profile}"), Some(&bank)).status, 200);
    assert!(server.stop());

    // A day after: the server erases by itself.
    let server = Server::start_before(&city.data(), days() - 31, config());
    let bank = server.sign_in("demo-bank");
    let get = |path: &str| server.get(path, Some(&bank));
    until("the erasure", || get(&format!("{DECISIONS}/{id}")).json()["erased"]["why"] == "retention");
    until("the erasure of the profile", || body(&server, profiles::SPACE, &profile, &city.bank).is_none());
    assert_eq!(body(&server, kept::SPACE, &id, &city.bank), None);
    for path in [format!("{DECISIONS}/{id}/replay"), format!("{DECISIONS}/{id}/explanation")] {
        let gone = get(&path);
        assert_eq!((gone.status, gone.code().as_str()), (410, "credit.inputs_erased"), "{}", gone.text());
    }
    let gone = get(&format!("/v1/credit/profiles/{profile}"));
    assert_eq!((gone.status, gone.code().as_str()), (410, "credit.profile_erased"));
    // What was decided, for which reasons, under which policies, on which commitments: all as it was.
    let left = get(&format!("{DECISIONS}/{id}")).json();
    assert_eq!((&left["decision"], &left["made"]), (&Value::Null, &made["made"]));
    let record = &left["made"]["record"];
    assert!(!record["reasons"].is_null() && record["inputs_digest"].is_string() && left["inputs"].is_null());
    assert!(left["policies"].as_array().unwrap().len() > 30, "{left}");
    // Whether a repeat is the same request can no longer be told.
    let again = server.write("POST", DECISIONS, &bank, "to-be-erased", &asked);
    assert_eq!((again.status, again.code().as_str()), (410, "credit.inputs_erased"));
    // Once is enough, whoever asks.
    assert_eq!(
        engine(&server).expire(server.clock.now_micros()).unwrap(),
        huoshui_app::credit::retain::Swept::default()
    );
    assert_eq!(server.workspace.journal.stream_version(&record::stream(&id)).unwrap(), 2);
    sound(&server);
}

#[test]
fn a_revoked_consent_closes_its_profiles_at_once_and_leaves_its_decisions_their_term() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    let granted = consent(&server, (&bank, &firm), &city.enterprise, "instant_loan");
    let made = server.post(DECISIONS, &bank, &application(&granted)).json();
    let id = made["made"]["id"].as_str().unwrap().to_owned();
    let order = json!({ "consent": granted, "purpose": "instant_loan" });
    let profile = server.post("/v1/credit/profiles", &bank, &order).json()["id"].as_str().unwrap().to_owned();
    let step = json!({ "step": "revoke", "authority": "legal_representative" });
    assert_eq!(server.post(&format!("/v1/exchange/consents/{granted}/steps"), &firm, &step).status, 200);

    // No more is read under it, though the values are still there …
    let refused = server.get(&format!("/v1/credit/profiles/{profile}"), Some(&bank));
    assert_eq!((refused.status, refused.code().as_str()), (403, "exchange.revoked"));
    assert!(body(&server, profiles::SPACE, &profile, &city.bank).is_some());
    // … until the next round. The decision was made while it stood: it can be accounted for until its term ends.
    let swept = engine(&server).expire(server.clock.now_micros()).unwrap();
    assert_eq!((swept.profiles, swept.decisions), (1, 0));
    assert_eq!(body(&server, profiles::SPACE, &profile, &city.bank), None);
    let listed = server.get("/v1/credit/profiles?limit=5", Some(&bank)).json();
    assert_eq!(listed["items"][0]["erased"]["why"], "revoked", "{listed}");
    assert_eq!(server.get(&format!("{DECISIONS}/{id}/replay"), Some(&bank)).json()["same"], true);
    sound(&server);
}

/// The stored form of a decision by an earlier program: no number, no salted request, no term, its document under its id; of the
/// first edition, with its lists in the record and its inputs as they are, or of the second, with its profile packed.
fn as_before(server: &Server, made: &Value, edition: u32, (account, key, asked): (&str, &str, &Value)) -> String {
    let journal = &server.workspace.journal;
    let id = hash::hex(&hash::command_id(account, "credit.decide", key));
    let mut old: Made = serde_json::from_value(made["made"].clone()).unwrap();
    let kept = Kept::of(journal, &old).unwrap().unwrap();
    let rules = engine(server).book.at(old.policies, old.record.date).unwrap().rules;
    let decision = rules.decide_in(edition, &kept.inputs).unwrap();
    old.record = decision.record(&kept.inputs.salt).unwrap();
    let mut inputs = json!({ "inputs": kept.inputs, "decision": decision });
    if edition > 1 {
        inputs["form"] = json!(2);
        inputs["inputs"]["profile"] = serde_json::to_value(Packed::from(&kept.inputs.profile)).unwrap();
        inputs["inputs"]["bank"] = serde_json::to_value(kept.inputs.bank.as_ref().map(Packed::from)).unwrap();
    }
    (old.id, old.asked, old.keep_until, old.layout) = (id.clone(), None, None, 0);
    let place = old.place();
    let application: record::Application = serde_json::from_value(asked.clone()).unwrap();
    let request = serde_json::to_vec(&application).unwrap();
    let event = serde_json::to_vec(&old).unwrap();
    let text = String::from_utf8_lossy(&event);
    assert!(!text.contains("keep_until") && !text.contains("layout"));
    assert_eq!((text.contains("commitment"), text.contains("digest")), (edition == 1, edition > 1));
    let command = Command::new(account, "credit.decide", key, &request)
        .event(&record::stream(&id), Expected::Version(0), record::kind::MADE, 1, event)
        .put(Stored::new(old).document().unwrap())
        .keep(kept::SPACE, &place, serde_json::to_vec(&inputs).unwrap())
        .answer(json!({ "id": id }).to_string());
    assert!(journal.append_blocking(command).unwrap().first_time);
    id
}

#[test]
fn what_was_asked_is_committed_to_under_a_salt_and_decisions_of_earlier_programs_still_answer() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    let granted = consent(&server, (&bank, &firm), &city.enterprise, "instant_loan");
    let asked = application(&granted);
    let [one, two] = [(); 2].map(|()| server.post(DECISIONS, &bank, &asked).json());
    // The same application twice: nobody sees from the journal that it was the same, or guesses what it said.
    assert_ne!(one["made"]["asked"], two["made"]["asked"]);
    let parsed: record::Application = serde_json::from_value(asked.clone()).unwrap();
    let plain = hash::hex(&hash::bytes(&serde_json::to_vec(&parsed).unwrap()));
    assert_ne!(one["made"]["asked"], json!(plain));

    let [id, _] = [(1, "key-of-before"), (2, "key-of-later")].map(|(edition, key)| {
        let id = as_before(&server, &one, edition, ("demo-bank", key, &asked));
        let again = server.write("POST", DECISIONS, &bank, key, &asked);
        assert_eq!((again.status, again.json()["made"]["id"].as_str()), (200, Some(id.as_str())), "{}", again.text());
        assert_eq!(server.get(&format!("{DECISIONS}/{id}/replay"), Some(&bank)).json()["same"], true);
        id
    });
    // It is shown as it was, with the same lists as one of today.
    let (shown, today) = [id.as_str(), one["made"]["id"].as_str().unwrap()]
        .map(|id| server.get(&format!("{DECISIONS}/{id}"), Some(&bank)).json())
        .into();
    assert_eq!((&shown["policies"], &shown["inputs"]), (&today["policies"], &today["inputs"]));
    assert_eq!(shown["decision"]["policies"], shown["policies"]);
    let mut other = asked.clone();
    other["bank_inputs"]["bank_need"][0]["own_loans"] = json!(1);
    assert_eq!(server.write("POST", DECISIONS, &bank, "key-of-before", &other).code(), "journal.key_reused");
    sound(&server);

    // Its consent tells how long it may be kept. The bank may erase sooner, and says so once.
    let (path, key) = (format!("{DECISIONS}/{}/inputs", two["made"]["id"].as_str().unwrap()), fresh_key());
    for key in [&key, &key, &fresh_key()] {
        assert_eq!(server.write("DELETE", &path, &bank, key, &Value::Null).status, 204);
    }
    let shown = server.get(path.trim_end_matches("/inputs"), Some(&bank)).json();
    assert_eq!((&shown["erased"]["why"], &shown["version"]), (&json!("asked"), &json!(2)));
    let day = 86_400_000_000;
    assert_eq!(engine(&server).expire(server.clock.now_micros() + 29 * day).unwrap().decisions, 0);
    assert_eq!(engine(&server).expire(server.clock.now_micros() + 31 * day).unwrap().decisions, 3);
    assert_eq!(body(&server, kept::SPACE, &id, &city.bank), None);
    assert_eq!(server.write("POST", DECISIONS, &bank, "key-of-before", &asked).json()["decision"], Value::Null);
    sound(&server);
}

#[test]
fn a_profile_that_decisions_share_is_kept_once_and_goes_with_the_last_that_needs_it() {
    let city = City::with_departments(days());
    let server = Server::start_before(&city.data(), days(), config());
    let (bank, firm) = (server.sign_in("demo-bank"), server.sign_in("demo-enterprise"));
    let journal = &server.workspace.journal;
    let shared = |profile: &str| journal.kept(kept::PROFILES, &format!("{}/{profile}", city.bank)).unwrap().is_some();
    let make = || {
        let granted = consent(&server, (&bank, &firm), &city.enterprise, "instant_loan");
        let order = json!({ "consent": granted, "purpose": "instant_loan" });
        let profile = server.post("/v1/credit/profiles", &bank, &order).json()["id"].as_str().unwrap().to_owned();
        let mut asked = application(&granted);
        asked["profile"] = json!(profile);
        let ids =
            [(); 2].map(|()| server.post(DECISIONS, &bank, &asked).json()["made"]["id"].as_str().unwrap().to_owned());
        (granted, profile, ids)
    };
    let erase = |id: &str| {
        let path = format!("{DECISIONS}/{id}/inputs");
        assert_eq!(server.write("DELETE", &path, &bank, &fresh_key(), &Value::Null).status, 204);
    };
    let replays = |id: &str| server.get(&format!("{DECISIONS}/{id}/replay"), Some(&bank)).status;
    let swept = || engine(&server).expire(server.clock.now_micros()).unwrap().profiles;

    // Revoked first: the bank's own profile goes, the decisions' stays until neither needs it.
    let (granted, profile, [one, two]) = make();
    assert!(shared(&profile));
    assert_ne!(decision(&server, &one).place(), decision(&server, &two).place());
    step(&server, &firm, &granted, "revoke");
    assert_eq!((swept(), shared(&profile)), (1, true));
    erase(&one);
    assert_eq!((shared(&profile), replays(&one), replays(&two)), (true, 410, 200));
    erase(&two);
    assert_eq!((shared(&profile), replays(&two)), (false, 410));

    // Erased first: while the bank has the profile as its own, another decision may rest on it.
    let (granted, profile, [one, two]) = make();
    erase(&one);
    erase(&two);
    let mut asked = application(&granted);
    asked["profile"] = json!(profile);
    let third = server.post(DECISIONS, &bank, &asked).json()["made"]["id"].as_str().unwrap().to_owned();
    assert_eq!(replays(&third), 200);
    erase(&third);
    step(&server, &firm, &granted, "revoke");
    assert_eq!((swept(), shared(&profile)), (1, false));

    // Over in time, with its decisions or after them.
    let (_, with, [one, _]) = make();
    let (_, after, [three, four]) = make();
    erase(&three);
    erase(&four);
    assert!(shared(&with) && shared(&after));
    let end = decision(&server, &one).keep_until.unwrap();
    assert_eq!(engine(&server).expire(end + 3_600_000_000).unwrap().decisions, 2);
    assert_eq!((shared(&with), shared(&after), replays(&one)), (false, false, 410));
    sound(&server);
}
