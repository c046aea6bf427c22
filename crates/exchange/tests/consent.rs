//! A consent's life: what may be asked, who may do what, what the events add up to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{DAY, NOW, ask, day, granted, legal, loan, oneself, requested, sign, world};
use huoshui_exchange::consent::{
    Authority, Consent, ConsentEvent, ConsentRequested, Recipient, Request, Side, SignedBy, State, Step, next,
    receipts, request, state_at,
};
use huoshui_exchange::purpose::{Frequency, RecipientKind};

#[test]
fn every_bound_of_a_request_is_held_at_its_edge() {
    let w = world();
    let check = |change: &dyn Fn(&mut Request)| {
        let mut r = loan();
        change(&mut r);
        request(&r, &w.catalogue, &w.purposes, NOW).map_err(|f| (f.code(), f.field_name().unwrap_or("").to_owned()))
    };
    type Change = Box<dyn Fn(&mut Request)>;
    let table: Vec<(&str, Change, Option<(&str, &str)>)> = vec![
        ("as it is", Box::new(|_| ()), None),
        ("longest life", Box::new(|r| r.days = 30), None),
        ("a day too long", Box::new(|r| r.days = 31), Some(("exchange.over_cap", "days"))),
        ("no life", Box::new(|r| r.days = 0), Some(("exchange.over_cap", "days"))),
        ("retention", Box::new(|r| r.retention_days = 32), Some(("exchange.over_cap", "retention_days"))),
        ("no retention", Box::new(|r| r.retention_days = 0), Some(("exchange.over_cap", "retention_days"))),
        ("too often", Box::new(|r| r.frequency.count = 4), Some(("exchange.over_cap", "frequency"))),
        ("never", Box::new(|r| r.frequency.count = 0), Some(("exchange.over_cap", "frequency"))),
        // Three a day would be ninety in the thirty days that the cap counts.
        (
            "short window",
            Box::new(|r| r.frequency = Frequency { count: 3, days: 1 }),
            Some(("exchange.over_cap", "frequency")),
        ),
        ("longer window", Box::new(|r| r.frequency = Frequency { count: 1, days: 60 }), None),
        // 26 months before 2025-10-15.
        ("oldest day", Box::new(|r| r.data_from = day("2023-08-15")), None),
        ("a day older", Box::new(|r| r.data_from = day("2015-10-14")), Some(("exchange.over_cap", "data_from"))),
        ("to its end", Box::new(|r| r.data_to = day("2025-11-14")), None),
        ("beyond its end", Box::new(|r| r.data_to = day("2025-11-15")), Some(("exchange.over_cap", "data_to"))),
        ("backwards", Box::new(|r| r.data_to = day("2023-12-31")), Some(("exchange.consent_request", "data_to"))),
        (
            "an insurer",
            Box::new(|r| r.recipients[0].kind = RecipientKind::Insurer),
            Some(("exchange.recipient_kind", "recipients")),
        ),
        ("nobody", Box::new(|r| r.recipients.clear()), Some(("exchange.consent_request", "recipients"))),
        (
            "twice",
            Box::new(|r| r.recipients.push(r.recipients[0].clone())),
            Some(("exchange.consent_request", "recipients")),
        ),
        ("no purpose", Box::new(|r| r.purpose = "gossip".into()), Some(("exchange.unknown_purpose", "purpose"))),
        ("beyond it", Box::new(|r| r.asks.push(ask("housing_fund", &[]))), Some(("exchange.not_allowed", "asks"))),
        ("no such field", Box::new(|r| r.asks[0].fields.push("rank".into())), Some(("exchange.not_allowed", "asks"))),
        (
            "a field twice",
            Box::new(|r| r.asks[0].fields.push("period".into())),
            Some(("exchange.consent_request", "asks")),
        ),
        (
            "a resource twice",
            Box::new(|r| r.asks.push(ask("patents", &["kind"]))),
            Some(("exchange.consent_request", "asks")),
        ),
        ("a person", Box::new(|r| r.person = Some("boss".into())), Some(("exchange.consent_request", "person"))),
        ("a bad id", Box::new(|r| r.id = "a b".into()), Some(("exchange.consent_request", "id"))),
    ];
    for (name, change, expected) in table {
        let found = check(&*change).err();
        assert_eq!(found.as_ref().map(|(c, f)| (*c, f.as_str())), expected, "{name}");
    }
    let draft = check(&|r| r.asks = vec![ask("tax_payments", &["on_time", "period"])]).unwrap();
    assert_eq!(draft.grants[0].fields, ["period", "on_time"], "in the schema's order");
    let all = check(&|r| r.asks.clear()).unwrap();
    assert_eq!(all.grants.len(), w.purposes.get("instant_loan", day("2025-10-15")).unwrap().allowed.len());
    let many = |n: usize| (0..n).map(|i| Recipient { code: format!("B{i:04}"), kind: RecipientKind::Bank }).collect();
    assert!(check(&|r| r.recipients = many(20)).is_ok());
    assert!(check(&|r| r.recipients = many(21)).is_err());
}

/// The whole table, state by step: what is not here is refused.
#[test]
fn steps_lead_where_the_diagram_says() {
    let allowed = [
        (State::Requested, Step::Grant, State::Granted),
        (State::Requested, Step::Decline, State::Declined),
        (State::Granted, Step::Pause, State::Paused),
        (State::Paused, Step::Resume, State::Granted),
        (State::Granted, Step::Revoke, State::Revoked),
        (State::Paused, Step::Revoke, State::Revoked),
    ];
    for state in State::ALL {
        for step in Step::ALL {
            let expected = allowed.iter().find(|(s, t, _)| (*s, *t) == (state, step)).map(|(.., to)| *to);
            assert_eq!(next(state, step).ok(), expected, "{state:?} {step:?}");
        }
    }
}

/// A life as a table: day, step, state after it, or the code of its refusal.
#[test]
fn a_life_goes_by_steps_and_clock() {
    let w = world();
    let (grant, pause, resume, revoke) = (Step::Grant, Step::Pause, Step::Resume, Step::Revoke);
    let lives: [&[(i64, Option<Step>, Result<State, &str>)]; 4] = [
        &[
            (0, None, Ok(State::Requested)),
            (1, Some(grant), Ok(State::Granted)),
            (2, Some(pause), Ok(State::Paused)),
            (2, Some(pause), Err("exchange.consent_step")),
            (3, Some(resume), Ok(State::Granted)),
            (4, Some(revoke), Ok(State::Revoked)),
            (5, Some(resume), Err("exchange.consent_step")),
            // What was revoked stays so; it does not expire.
            (400, None, Ok(State::Revoked)),
        ],
        &[
            (29, Some(grant), Ok(State::Granted)),
            (58, Some(pause), Ok(State::Paused)),
            (59, None, Ok(State::Expired)),
            (59, Some(resume), Err("exchange.consent_step")),
            (59, Some(revoke), Err("exchange.consent_step")),
        ],
        &[(30, None, Ok(State::Expired)), (30, Some(grant), Err("exchange.consent_step"))],
        &[
            (3, Some(Step::Decline), Ok(State::Declined)),
            (4, Some(grant), Err("exchange.consent_step")),
            (90, None, Ok(State::Declined)),
        ],
    ];
    for life in lives {
        let mut consent = requested(&w, &loan());
        for (days, step, expected) in life {
            let at = NOW + days * DAY;
            let done = match step {
                None => Ok(consent.clone()),
                Some(Step::Grant) => {
                    consent.grant(legal(), at, &w.catalogue, &w.purposes).map(|a| sign(consent.clone(), a))
                }
                Some(step) => consent.step(*step, legal(), at).and_then(|e| Consent::apply(Some(consent.clone()), &e)),
            };
            let found = done.as_ref().map(|c| c.state_at(at)).map_err(|f| f.code());
            assert_eq!(found, *expected, "day {days}");
            consent = done.unwrap_or(consent);
        }
    }
}

#[test]
fn expiry_is_the_first_moment_that_is_over() {
    let w = world();
    let consent = granted(&w, &loan());
    let artefact = consent.artefact.as_ref().unwrap();
    assert_eq!(artefact.expires_at, NOW + 30 * DAY);
    for state in [State::Granted, State::Paused] {
        assert_eq!(state_at(state, artefact, NOW + 30 * DAY - 1), state);
        assert_eq!(state_at(state, artefact, NOW + 30 * DAY), State::Expired);
    }
}

#[test]
fn only_the_subject_signs() {
    let w = world();
    let firms = requested(&w, &loan());
    let mut r = loan();
    (r.purpose, r.person) = ("legal_representative_check".into(), Some("zhang".into()));
    r.asks.clear();
    r.data_from = day("2025-01-01");
    r.frequency.count = 2;
    let persons = requested(&w, &r);
    assert!(persons.draft.grants.iter().all(|g| g.resource == "legal_representative"), "only the person's own fields");
    let agent = |number: Option<&str>, on: Option<&str>, until: Option<&str>| SignedBy {
        authorisation: number.map(str::to_owned),
        authorised_on: on.map(day),
        authorised_until: until.map(day),
        ..common::by("agent", Authority::AuthorisedAgent, None)
    };
    let dated = |on: &str, until: &str| agent(Some("2025-7"), Some(on), Some(until));
    let (not, ended) = (Some("exchange.not_the_signer"), Some("exchange.authority_ended"));
    for (consent, by, refused) in [
        (&firms, legal(), None),
        // Nobody appointed this account: the record of signers knows no identity of it.
        (&firms, common::by("member", Authority::LegalRepresentative, None), not),
        (&firms, common::by("member", Authority::LegalRepresentative, Some("")), not),
        // The first and the last day count: NOW is 15 October 2025 in Beijing.
        (&firms, dated("2025-10-15", "2025-10-15"), None),
        (&firms, dated("2025-10-16", "2025-12-31"), ended),
        (&firms, dated("2025-01-01", "2025-10-14"), ended),
        (&firms, agent(None, Some("2025-01-01"), Some("2025-12-31")), not),
        (&firms, agent(Some(" "), Some("2025-01-01"), Some("2025-12-31")), not),
        (&firms, agent(Some("2025-7"), None, Some("2025-12-31")), not),
        (&firms, agent(Some("2025-7"), Some("2025-01-01"), None), not),
        (&firms, oneself("boss"), not),
        (&persons, oneself("zhang"), None),
        (&persons, oneself("li"), not),
        (&persons, common::by("zhang", Authority::Oneself, None), Some("exchange.not_identified")),
        (&persons, legal(), not),
    ] {
        let signed = consent.grant(by.clone(), NOW, &w.catalogue, &w.purposes);
        assert_eq!(signed.err().map(|f| f.code()), refused, "{by:?}");
        assert_eq!(consent.step(Step::Decline, by, NOW).err().map(|f| f.code()), refused);
    }
    // Nothing is granted without a signature, and nobody asks for others.
    assert!(firms.step(Step::Grant, legal(), NOW).is_err());
    assert_eq!(
        ConsentRequested::new(firms.draft.clone(), "B0002", NOW).unwrap_err().code(),
        "exchange.not_a_recipient"
    );
}

#[test]
fn a_history_that_no_steps_made_does_not_fold() {
    let w = world();
    let consent = granted(&w, &loan());
    let asked = ConsentEvent::Requested(ConsentRequested::new(consent.draft.clone(), "B0001", NOW).unwrap());
    let revoke = consent.step(Step::Revoke, legal(), NOW).unwrap();
    assert!(Consent::fold([]).is_err());
    assert!(Consent::fold([&revoke]).is_err());
    assert!(Consent::fold([&asked, &asked]).is_err());
    assert!(Consent::fold([&asked, &revoke]).is_err());
    // What was signed must be what was asked for.
    let mut artefact = consent.artefact.clone().unwrap();
    artefact.grants[0].fields.push("paid".into());
    let signature = consent.signature.clone().unwrap();
    let forged = ConsentEvent::Granted(huoshui_exchange::consent::ConsentGranted { artefact, signature });
    assert_eq!(Consent::fold([&asked, &forged]).unwrap_err().code(), "exchange.consent_history");
}

#[test]
fn events_and_what_is_signed_read_back_as_written() {
    let w = world();
    let consent = granted(&w, &loan());
    let artefact = consent.artefact.clone().unwrap();
    let event = consent.step(Step::Pause, legal(), NOW + 5).unwrap();
    let json = serde_json::to_value(&event).unwrap();
    assert_eq!(json["kind"], "consent.paused");
    assert_eq!(event.kind(), "consent.paused");
    assert_eq!(serde_json::from_value::<ConsentEvent>(json).unwrap(), event);
    let bytes = artefact.canonical().unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(
        text.starts_with(r#"{"data_from":"2024-01-01","data_to":"2025-10-15","expires_at":1763092800000000,"#),
        "{text}"
    );
    let back: huoshui_exchange::consent::Artefact = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(back.canonical().unwrap(), bytes);
}

#[test]
fn both_sides_get_a_receipt() {
    let w = world();
    let mut r = loan();
    r.recipients.push(Recipient { code: "B0002".into(), kind: RecipientKind::Bank });
    let consent = granted(&w, &r);
    let all = receipts(&consent, &w.purposes).unwrap();
    let sides: Vec<_> = all.iter().map(|x| x.side.clone()).collect();
    assert_eq!(sides, [Side::Subject, Side::Recipient("B0001".into()), Side::Recipient("B0002".into())]);
    assert_eq!(all[0].recipients, ["B0001", "B0002"]);
    assert_eq!(all[2].recipients, ["B0002"], "an institution's receipt does not tell of the others");
    let hash = consent.artefact.as_ref().unwrap().digest().unwrap();
    assert!(all.iter().all(|x| x.hash == hash && x.text_zh.contains("速贷")));
    assert_eq!(receipts(&requested(&w, &r), &w.purposes).unwrap_err().code(), "exchange.not_granted");
}
