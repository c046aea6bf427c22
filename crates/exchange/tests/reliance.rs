//! Who relied on a value, asked of the condensed log: the same as of the log itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{DAY, NOW, day, firm, world};
use huoshui_exchange::access::{Entry, SourceOutcome, Who};
use huoshui_exchange::answer::Status;
use huoshui_exchange::correction::{Deadlines, Objection, Raise, raise, relied_on};
use huoshui_exchange::purpose::Mode;
use huoshui_exchange::reliance::{NAMED, Releases};
use huoshui_kernel::date;
use proptest::prelude::*;

const RESOURCE: &str = "tax_payments";
const FIELDS: [&str; 2] = ["declared_revenue", "paid"];

fn objection() -> Objection {
    let raising = Raise {
        id: "o".into(),
        subject: firm(),
        by: "owner".into(),
        resource: RESOURCE.into(),
        row: [("period".to_owned(), "2025-06-30".into())].into(),
        field: FIELDS[0].into(),
        claimed: 1.into(),
        salt: vec![7; 32],
        at: NOW,
    };
    raise(raising, &world().catalogue, &Deadlines::embedded().unwrap(), &|_| true).unwrap().0
}

type Pick = (usize, usize, usize, usize, i64, Option<i32>, u16, bool);

fn entry(n: usize, (who, consent, resource, fields, days_ago, from, retention, ready): Pick) -> Entry {
    let base = date::days(day("2025-06-30"));
    let on = |days: i32| date::from_days(base + days).unwrap();
    let names: [&[&str]; 3] = [&FIELDS, &FIELDS[..1], &FIELDS[1..]];
    Entry {
        id: format!("e{n}"),
        // Later entries come later.
        at: NOW - days_ago * DAY - 100 + i64::try_from(n).unwrap(),
        who: Who { institution: format!("B{who}"), account: "x".into(), key: None },
        consent: format!("c{consent}"),
        subject: Some(firm()),
        stated_purpose: "instant_loan".into(),
        policy: None,
        purpose: None,
        mode: Mode::Values,
        request: String::new(),
        refused: None,
        sources: vec![SourceOutcome {
            resource: [RESOURCE, "tax_grade"][resource].into(),
            status: if ready { Status::Ready } else { Status::Timeout },
            reason: None,
            fields: names[fields].iter().map(|f| (*f).to_owned()).collect(),
            from: from.map(on),
            to: from.map(|days| on(days + 40)),
            stale: false,
            latency_ms: 1,
        }],
        latency_ms: 1,
        retention_days: retention,
        commitment: None,
    }
}

fn picks() -> impl Strategy<Value = Vec<Pick>> {
    let window = prop_oneof![Just(None), (-60..20_i32).prop_map(Some)];
    let one =
        (0..3_usize, 0..3_usize, 0..2_usize, 0..3_usize, 0..40_i64, window, 20..31_u16, prop::bool::weighted(0.9));
    proptest::collection::vec(one, 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_condensed_log_says_what_the_log_says(mut picks in picks(), dated in any::<bool>(), cut in 0..60_usize) {
        // A log is in the order of time.
        picks.sort_by_key(|pick| -pick.4);
        let log: Vec<Entry> = picks.into_iter().enumerate().map(|(n, pick)| entry(n, pick)).collect();
        let period = dated.then(|| day("2025-06-30"));
        let mut releases = Releases::default();
        for (n, entry) in log.iter().enumerate() {
            if n == cut {
                // Forgotten and written down in between.
                releases.forget(entry.at);
                releases = serde_json::from_slice(&serde_json::to_vec(&releases).unwrap()).unwrap();
            }
            releases.add(RESOURCE, n as u64 + 1, entry);
        }
        releases.forget(NOW);
        let (found, expected) = (releases.relied_on(&objection(), period, NOW), relied_on(&objection(), period, &log, NOW));
        let bare = |all: &[huoshui_exchange::correction::Reliance]| -> Vec<_> {
            all.iter().map(|r| (r.recipient.clone(), r.last_at, r.entries.last().cloned())).collect()
        };
        prop_assert_eq!(bare(&found), bare(&expected));
        for (found, expected) in found.iter().zip(&expected) {
            // Every consent whose entries it names stands there, and no other.
            prop_assert_eq!(&found.consents, &expected.consents);
            prop_assert!(found.entries.iter().all(|id| expected.entries.contains(id)));
            prop_assert!(found.entries.len() >= expected.entries.len().min(NAMED));
        }
    }
}
