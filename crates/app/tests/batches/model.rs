//! Batches in any sequence against the plainest model there is: a map from key to value.

use std::collections::BTreeMap;

use huoshui_app::exchange::batches::MAX_LAYERS;
use huoshui_app::exchange::batches::retain::erase_firm;
use huoshui_kernel::date;
use proptest::prelude::*;

use crate::world::{World, applied, day, firm};

const MONTHS: [&str; 3] = ["2025-01-31", "2025-02-28", "2025-03-31"];

#[derive(Clone, Debug)]
enum Step {
    /// Whole or not, and its rows: headcount by firm and month.
    Batch(bool, BTreeMap<(usize, usize), i64>),
    /// A firm whose rows are erased.
    Erase(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let rows = prop::collection::btree_map((0..4_usize, 0..3_usize), 0..1_000_i64, 0..8);
    prop_oneof![
        12 => (prop::bool::weighted(0.1), rows).prop_map(|(whole, rows)| Step::Batch(whole, rows)),
        1 => (0..4_usize).prop_map(Step::Erase),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    /// Long runs of changes pass through several merges.
    #[test]
    fn reads_agree_with_a_map(steps in prop::collection::vec(step(), 1..30)) {
        let world = World::new();
        let holdings = world.holdings();
        let mut model: BTreeMap<(usize, usize), i64> = BTreeMap::new();
        let mut begun = false;
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Batch(whole, rows) => {
                    let whole = whole || !begun;
                    begun = true;
                    if whole {
                        model.clear();
                    }
                    model.extend(rows.iter().map(|(k, v)| (*k, *v)));
                    let as_of = date::from_days(date::days(day("2025-03-31")) + i32::try_from(number).unwrap()).unwrap();
                    // Out of order, so that both ways of reading are taken.
                    let lines: Vec<_> = rows.iter().rev().map(|((firm, month), v)| (*firm, MONTHS[*month], *v)).collect();
                    applied(&world.social(&format!("{as_of}.{}", if whole { "whole" } else { "change" }), &lines));
                }
                Step::Erase(gone) => {
                    model.retain(|(firm, _), _| *firm != gone);
                    let (workspace, catalogue, key) = (&world.workspace, &world.catalogue, number.to_string());
                    erase_firm(workspace, catalogue, "social_security", firm(gone), ("operator", &key)).unwrap();
                    for object in world.objects() {
                        let bytes = std::fs::read(object).unwrap();
                        prop_assert!(!bytes.windows(18).any(|w| w == firm(gone).as_str().as_bytes()));
                    }
                }
            }
            if !begun {
                continue;
            }
            for firm in 0..4 {
                let expected: Vec<(String, i64)> = model
                    .range((firm, 0)..(firm + 1, 0))
                    .map(|((_, month), v)| (MONTHS[*month].to_owned(), *v))
                    .collect();
                let layers = holdings.in_force("social_security").unwrap().unwrap().layers.len();
                prop_assert!(layers <= MAX_LAYERS);
                prop_assert_eq!(world.heads(&holdings, firm), expected);
            }
        }
        if begun {
            let table = holdings.table("social_security", &["headcount"], world.today).unwrap();
            let numbers = table.iter().flat_map(|b| {
                let column = b.column(0).as_any().downcast_ref::<arrow_array::Int64Array>().unwrap();
                column.iter().flatten().collect::<Vec<_>>()
            });
            prop_assert_eq!(numbers.sum::<i64>(), model.values().sum::<i64>());
        }
        let verified = world.verified();
        prop_assert!(verified.is_sound(), "{:?}", verified);
    }
}
