//! A natural person's rows: released only where they are the person's who consented.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{NOW, day, granted, loan, pull, world};
use huoshui_exchange::answer::{Fetched, Provenance, Rows, Status};
use huoshui_exchange::catalogue::{PERSON, Resource, Sensitivity};
use huoshui_exchange::consent::Request;
use huoshui_exchange::release::{Facts, Held, Plan, Presented, Pull, decide, pick, pick_marked};
use serde_json::json;

fn provenance(r: &Resource, as_of: &str) -> Provenance {
    Provenance {
        department: r.department.clone(),
        schema: r.schema,
        as_of: day(as_of),
        covers_from: day("2020-01-01"),
        fetched_at: NOW,
        stale: false,
    }
}

/// The plan of a check of the legal representative, to which `zhang` consented.
fn personal_plan() -> Plan {
    let w = world();
    let mut firms = loan();
    (firms.purpose, firms.frequency.count) = ("legal_representative_check".into(), 2);
    (firms.asks, firms.data_from) = (Vec::new(), day("2025-01-01"));
    let own = Request { id: "C2".into(), person: Some("zhang".into()), ..firms.clone() };
    let (firms, own) = (granted(&w, &firms), granted(&w, &own));
    let pull = Pull { purpose: "legal_representative_check".into(), ..pull() };
    let (catalogue, purposes) = (&w.catalogue, &w.purposes);
    let held = Held { artefact: own.artefact.as_ref().unwrap(), state: own.state };
    let consent = Presented::of(Some(&firms), NOW);
    decide(&Facts { pull: &pull, consent, personal: Some(held), usage: &[], catalogue, purposes, now: NOW }).unwrap()
}

#[test]
fn a_persons_row_is_taken_only_where_it_is_that_persons() {
    let plan = personal_plan();
    let fetch = plan.fetch("legal_representative").unwrap();
    let rows = |people: &[&str]| Rows {
        columns: ["person_name", "id_digest", "since", "other_firms"].map(str::to_owned).into(),
        rows: people
            .iter()
            .map(|p| vec![json!(p), json!(format!("digest-{p}")), json!("2020-05-06"), json!(1)])
            .collect(),
    };
    let mark = |digest: &str| digest.strip_prefix("digest-").map(|who| format!("mark of {who}"));
    let got = |people: &[&str]| Fetched::Found(rows(people), provenance(&fetch.resource, "2025-10-14"));
    for (people, expected) in [
        (&["zhang"] as &[&str], Ok(1)),
        // Joint representatives: only the one who consented.
        (&["li", "zhang"], Ok(1)),
        (&["li"], Err("exchange.another_person")),
        (&["zhan"], Err("exchange.another_person")),
        (&[], Ok(0)),
    ] {
        let (part, inside) = pick_marked(&plan, fetch, got(people), &mark);
        match expected {
            Ok(count) => {
                assert_eq!((part.status, inside.rows.rows.len()), (Status::Ready, count), "{people:?}");
                assert!(part.data.rows.iter().all(|row| row[0] == "zhang"), "{people:?}");
            }
            Err(code) => {
                assert_eq!((part.status, part.reason.as_deref()), (Status::Denied, Some(code)), "{people:?}");
                assert!(part.data.rows.is_empty() && inside.rows.rows.is_empty());
            }
        }
    }
    // Where nobody can tell whose row it is, nothing leaves.
    let unmarked = pick(&plan, fetch, got(&["zhang"]));
    assert_eq!(unmarked.reason.as_deref(), Some("exchange.another_person"));
    // The firm's own fields need no person.
    let firms = plan.fetch("registration").unwrap();
    assert_eq!(firms.person, None);
}

/// Fields of a natural person lie in resources that say whose they are.
#[test]
fn every_resource_with_a_persons_fields_says_whose_they_are() {
    let w = world();
    let is_personal = |r: &&Resource| r.fields.iter().any(|f| f.sensitivity == Sensitivity::Personal);
    let on = day("2025-10-15");
    let personal: Vec<&Resource> = w.catalogue.in_force(on).filter(is_personal).collect();
    assert_eq!(personal.len(), 2);
    assert!(personal.iter().all(|r| r.field(PERSON).is_some_and(|f| f.required)));
}

/// What was signed before marks were kept reads as it was written, so its signature still holds; and it names nobody.
#[test]
fn an_older_signature_reads_as_it_was_written() {
    for old in [
        r#"{"account":"boss","authority":"legal_representative"}"#,
        r#"{"account":"agent","authority":"authorised_agent","authorisation":"2025-7"}"#,
    ] {
        let by: huoshui_exchange::consent::SignedBy = serde_json::from_str(old).unwrap();
        assert_eq!((by.identity.as_ref(), by.authorised_on, by.authorised_until), (None, None, None));
        assert_eq!(serde_json::to_string(&by).unwrap(), old);
    }
}
