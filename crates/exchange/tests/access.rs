//! What the access log says of a pull: field names, hashes and who let it in; never a value.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{DAY, NOW, granted, loan, pull, world};
use huoshui_exchange::access::{Asked, Who};
use huoshui_exchange::consent::State;
use huoshui_exchange::release::{Facts, Presented, decide};

#[test]
fn the_log_names_fields_and_never_values() {
    let world = world();
    let consent = granted(&world, &loan());
    let (pull, now) = (pull(), NOW + DAY);
    let decided = |state: Option<State>| {
        let mut presented = Presented::of(Some(&consent), now);
        if let (Presented::Signed(held), Some(state)) = (&mut presented, state) {
            held.state = state;
        }
        let (catalogue, purposes) = (&world.catalogue, &world.purposes);
        decide(&Facts { pull: &pull, consent: presented, personal: None, usage: &[], catalogue, purposes, now })
    };
    let who = Who { institution: "B0001".into(), account: "robot".into(), key: None };
    let asked =
        Asked { id: "A1", at: now, who: &who, policy: Some("exchange.recipients"), pull: &pull, latency_ms: 12 };
    let plan = decided(None).unwrap();
    let ready = huoshui_exchange::answer::Part {
        resource: "tax_payments".into(),
        status: huoshui_exchange::answer::Status::Ready,
        reason: None,
        provenance: None,
        known_empty: None,
        data: huoshui_exchange::answer::Rows {
            columns: vec!["declared_revenue".into()],
            rows: vec![vec![987_654_321.into()]],
        },
    };
    let timeout = huoshui_exchange::answer::Part {
        resource: "patents".into(),
        status: huoshui_exchange::answer::Status::Timeout,
        data: Default::default(),
        ..ready.clone()
    };
    let entry = asked.released(&plan, &[(&ready, 7), (&timeout, 900)], "c0ffee").unwrap();
    let json = serde_json::to_string(&entry).unwrap();
    assert!(json.contains("declared_revenue") && !json.contains("987654321"), "{json}");
    assert_eq!(entry.sources[0].fields, ["period", "declared_revenue", "on_time"]);
    assert!(entry.sources[1].fields.is_empty(), "what timed out released nothing");
    let refused = asked.refused(&decided(Some(State::Paused)).unwrap_err(), None).unwrap();
    assert_eq!(refused.refused.as_deref(), Some("exchange.paused"));
    // Both say which policy let the asker ask; entries of former releases say none, and read and hash as they did.
    assert!([&entry, &refused].iter().all(|e| e.policy.as_deref() == Some("exchange.recipients")));
    let former = json.replace(r#""policy":"exchange.recipients","#, "");
    assert_ne!(former, json);
    let read: huoshui_exchange::access::Entry = serde_json::from_str(&former).unwrap();
    assert_eq!((read.policy.as_deref(), serde_json::to_string(&read).unwrap()), (None, former));
}
