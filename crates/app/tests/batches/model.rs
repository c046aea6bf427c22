//! Batches in any sequence against the plainest model there is: a map from key to value.

use std::collections::BTreeMap;

use huoshui_app::exchange::batches::MAX_LAYERS;
use huoshui_kernel::date;
use proptest::prelude::*;

use crate::world::{World, applied, day};

const MONTHS: [&str; 3] = ["2025-01-31", "2025-02-28", "2025-03-31"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Long runs of changes pass through several merges.
    #[test]
    fn reads_agree_with_a_map(
        batches in prop::collection::vec(
            (prop::bool::weighted(0.1), prop::collection::btree_map((0..4_usize, 0..3_usize), 0..1_000_i64, 0..8)), 1..25,
        ),
    ) {
        let world = World::new();
        let holdings = world.holdings();
        let mut model: BTreeMap<(usize, usize), i64> = BTreeMap::new();
        for (number, (whole, rows)) in batches.into_iter().enumerate() {
            let whole = whole || number == 0;
            if whole {
                model.clear();
            }
            model.extend(rows.iter().map(|(k, v)| (*k, *v)));
            let as_of = date::from_days(date::days(day("2025-03-31")) + i32::try_from(number).unwrap()).unwrap();
            // Out of order, so that both ways of reading are taken.
            let lines: Vec<_> = rows.iter().rev().map(|((firm, month), v)| (*firm, MONTHS[*month], *v)).collect();
            applied(&world.social(&format!("{as_of}.{}", if whole { "whole" } else { "change" }), &lines));
            for firm in 0..4 {
                let expected: Vec<(String, i64)> = model
                    .range((firm, 0)..(firm + 1, 0))
                    .map(|((_, month), v)| (MONTHS[*month].to_owned(), *v))
                    .collect();
                let layers = holdings.in_force("social_security").unwrap().unwrap().layers.len();
                prop_assert!(layers <= MAX_LAYERS);
                let found = world.heads(&holdings, firm);
                prop_assert_eq!(found, expected);
            }
        }
        let table = holdings.table("social_security", &["headcount"], world.today).unwrap();
        let sum: i64 = table.iter().flat_map(|b| {
            b.column(0).as_any().downcast_ref::<arrow_array::Int64Array>().unwrap().iter().flatten().collect::<Vec<_>>()
        }).sum();
        prop_assert_eq!(sum, model.values().sum::<i64>());
        let verified = world.verified();
        prop_assert!(verified.is_sound(), "{:?}", verified);
    }
}
