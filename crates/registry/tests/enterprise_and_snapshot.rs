//! The register of enterprises through time, and its join with the list.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use common::{day, firm, listed, reference, register, registered};
use huoshui_kernel::Fen;
use huoshui_registry::roster::{PlanOptions, plan};
use huoshui_registry::{EnterpriseRow, Enterprises, Roster, SizeClass, Snapshot, Tier, enterprise};

fn library(lists: &[(&str, Vec<huoshui_registry::RosterRow>)]) -> Roster {
    lists.iter().fold(Roster::new(), |roster, (date, rows)| {
        let plan = plan(&roster, &Enterprises::new(), rows, day(date), reference(), PlanOptions::default());
        roster.apply(&plan).unwrap()
    })
}

#[test]
fn a_record_holds_from_its_date_until_the_next_whatever_came_in_first() {
    let mut grown = registered(1);
    grown.employees = 400;
    let mut moved = registered(1);
    moved.district = "亦庄".into();
    let late_first = register(&[
        ("2025-06-30", vec![moved.clone()]),
        ("2023-12-31", vec![registered(1)]),
        ("2024-12-31", vec![grown.clone()]),
    ]);
    let in_order =
        register(&[("2023-12-31", vec![registered(1)]), ("2024-12-31", vec![grown]), ("2025-06-30", vec![moved])]);
    assert_eq!(late_first, in_order);
    let at = |date| late_first.as_of(&firm(1), day(date)).map(|e| (e.employees, e.district.to_string()));
    assert_eq!(at("2023-12-30"), None);
    assert_eq!(at("2023-12-31"), Some((12, "110108".into())));
    assert_eq!(at("2025-06-29"), Some((400, "110108".into())));
    assert_eq!(at("2030-01-01"), Some((12, "110400".into())));
    assert_eq!(late_first.history(&firm(1)).len(), 3);
    assert!(late_first.as_of(&firm(2), day("2025-01-01")).is_none() && !late_first.contains(&firm(2)));
}

#[test]
fn a_firm_that_a_file_does_not_name_keeps_what_it_had_and_a_correction_replaces() {
    let mut corrected = registered(2);
    corrected.capital = Fen(1);
    let enterprises = register(&[
        ("2024-12-31", vec![registered(1), registered(2)]),
        ("2025-06-30", vec![registered(2)]),
        ("2025-06-30", vec![corrected]),
    ]);
    assert_eq!(enterprises.all_as_of(day("2025-09-30")).count(), 2);
    assert_eq!(enterprises.as_of(&firm(2), day("2025-09-30")).unwrap().capital, Fen(1));
    assert_eq!(enterprises.history(&firm(2)).len(), 2);
}

#[test]
fn every_fault_of_a_file_is_named_and_nothing_is_taken() {
    let mut wrong = registered(2);
    wrong.name = " ".into();
    wrong.district = "天津".into();
    wrong.industry = "C6510".into();
    wrong.employees = -1;
    wrong.assets = Fen(-1);
    wrong.founded_on = day("2025-10-01");
    let rows = [registered(1), wrong, registered(1)];
    let refusal = enterprise::check(&rows, day("2025-09-30"), reference()).unwrap_err();
    let mut got: Vec<_> =
        refusal.faults.iter().map(|f| (f.row_number().unwrap(), f.field_name().unwrap(), f.code())).collect();
    got.sort();
    let want = [
        (3, "assets", "registry.negative"),
        (3, "district", "district.unknown"),
        (3, "employees", "registry.negative"),
        (3, "founded_on", "enterprise.founded_later"),
        (3, "industry", "industry.section_mismatch"),
        (3, "name", "registry.empty_field"),
        (4, "uscc", "registry.duplicate"),
    ];
    assert_eq!(got, want);
    assert_eq!(refusal.count, 7);
    // Founded on the file's own day is fine.
    let mut newborn = registered(1);
    newborn.founded_on = day("2025-09-30");
    assert!(enterprise::check(&[newborn], day("2025-09-30"), reference()).is_ok());
}

#[test]
fn rows_survive_the_journal() {
    let row = registered(1);
    let json = serde_json::to_string(&row).unwrap();
    assert!(json.contains(r#""revenue":60000000"#) && json.contains(r#""founded_on":"2015-05-05""#), "{json}");
    assert_eq!(serde_json::from_str::<EnterpriseRow>(&json).unwrap(), row);
}

#[test]
fn a_snapshot_joins_register_and_list() {
    let mut medium = registered(2);
    (medium.employees, medium.revenue) = (100, Fen(1_000_000_000));
    let mut bank = registered(4);
    bank.industry = "J6621".into();
    let enterprises = register(&[("2024-12-31", vec![registered(1), medium, bank, registered(5)])]);
    let mut unregistered = listed(3, Tier::SrdiSme, "2024-01-01");
    unregistered.district = "大兴".into();
    let roster = library(&[(
        "2024-12-31",
        vec![
            listed(2, Tier::LittleGiant, "2024-01-01"),
            listed(2, Tier::SrdiSme, "2022-01-01"), // ran out on the list's own day
            unregistered,
            listed(5, Tier::InnovativeSme, "2024-01-01"),
            listed(9, Tier::TechnologySme, "2024-01-01"),
        ],
    )]);
    let on = day("2025-09-30");
    let snapshot = Snapshot::build(&enterprises, &roster, on, on, reference());
    let got: Vec<_> = snapshot
        .firms()
        .iter()
        .map(|f| (f.uscc, f.srdi, f.tier_code(), f.district.to_string(), f.section(), f.division(), f.size_code()))
        .collect();
    let (i, d) = (Some("I"), Some("65"));
    let want = [
        (firm(1), false, "none", "110108".into(), i, d, Some("small")),
        (firm(2), true, "little_giant", "110108".into(), i, d, Some("medium")),
        (firm(3), true, "srdi_sme", "110115".into(), None, None, None),
        (firm(4), false, "none", "110108".into(), Some("J"), Some("66"), Some("not_covered")),
        (firm(5), false, "innovative_sme", "110108".into(), i, d, Some("small")),
        (firm(9), false, "technology_sme", "110108".into(), None, None, None),
    ];
    assert_eq!(got, want);
    let small_micro: Vec<_> = snapshot.firms().iter().filter(|f| f.small_micro).map(|f| f.uscc).collect();
    assert_eq!(small_micro, [firm(1), firm(5)]);
    assert_eq!(snapshot.get(&firm(2)).unwrap().size, Some(SizeClass::Medium));
    assert_eq!(snapshot.position(&firm(4)), Some(3));
    assert!(snapshot.get(&firm(6)).is_none());
}

#[test]
fn the_list_of_another_day_makes_the_same_list_twin() {
    let enterprises = register(&[("2024-12-31", vec![registered(1), registered(2)])]);
    let roster = library(&[
        ("2024-12-31", vec![listed(1, Tier::SrdiSme, "2022-06-01")]),
        ("2025-09-30", vec![listed(2, Tier::SrdiSme, "2025-06-01")]),
    ]);
    let srdi = |date, list_on| {
        let snapshot = Snapshot::build(&enterprises, &roster, day(date), day(list_on), reference());
        snapshot.firms().iter().filter(|f| f.srdi).map(|f| f.uscc).collect::<Vec<_>>()
    };
    assert_eq!(srdi("2024-12-31", "2024-12-31"), [firm(1)]);
    assert_eq!(srdi("2024-12-31", "2025-09-30"), [firm(2)]);
    assert_eq!(srdi("2025-06-01", "2025-06-01"), []);
}
