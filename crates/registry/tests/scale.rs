//! A city's worth of rows: counts worked out by arithmetic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{day, firm, listed, reference, register, registered};
use huoshui_registry::roster::{PlanOptions, plan};
use huoshui_registry::{Roster, RosterRow, Snapshot, Tier};

const FIRMS: u32 = 40_000;

/// Of firms `from..to`, every fourth is an SRDI SME, the rest technology SMEs; every fortieth a little giant too.
fn list(from: u32, to: u32, term: &str) -> Vec<RosterRow> {
    let mut rows = Vec::new();
    for n in from..to {
        rows.push(listed(n, if n % 4 == 0 { Tier::SrdiSme } else { Tier::TechnologySme }, term));
        if n % 40 == 0 {
            rows.push(listed(n, Tier::LittleGiant, term));
        }
    }
    rows
}

#[test]
fn forty_thousand_firms_over_four_lists() {
    let enterprises = register(&[("2023-12-31", (0..FIRMS).map(registered).collect())]);
    let mut roster = Roster::new();
    // Each list drops the first two thousand of the one before and takes in two thousand new ones.
    for (i, date) in ["2023-12-31", "2024-06-30", "2024-12-31", "2025-06-30"].iter().enumerate() {
        let from = u32::try_from(i).unwrap() * 2_000;
        let rows = list(from, from + 34_000, "2023-01-01");
        let plan = plan(&roster, &enterprises, &rows, day(date), reference(), PlanOptions::default());
        assert_eq!(plan.changes.rows, 34_000 + 34_000 / 40);
        if i > 0 {
            assert_eq!((plan.changes.added.len(), plan.changes.expired.len()), (2_050, 2_050));
            assert_eq!(plan.changes.unchanged, 32_000 + 32_000 / 40);
        }
        roster = roster.apply(&plan).unwrap();
    }
    for (date, want) in [("2023-12-30", 0), ("2024-09-30", 34_000), ("2025-12-31", 34_000), ("2026-01-01", 0)] {
        assert_eq!(roster.as_of(day(date)).count(), want, "{date}");
        assert_eq!(roster.srdi_as_of(day(date)).count(), want / 4, "{date}");
    }
    let snapshot = Snapshot::build(&enterprises, &roster, day("2025-09-30"), day("2025-09-30"), reference());
    assert_eq!(snapshot.firms().len(), 40_000);
    assert_eq!(snapshot.firms().iter().filter(|f| f.tier == Some(Tier::LittleGiant)).count(), 850);
    assert_eq!(snapshot.get(&firm(5_999)).unwrap().tier, None);
    assert_eq!(snapshot.get(&firm(6_000)).unwrap().tier, Some(Tier::LittleGiant));
}
