//! The figures of a batch's quality, worked out by hand.

use huoshui_app::exchange::batches::name::Extent;
use huoshui_app::exchange::quality::{Use, history, standing, usage};
use huoshui_exchange::quality::measure;
use huoshui_formats::{Limits, read};

use crate::world::{HEADER, World, applied, day, firm};

#[test]
fn completeness_validity_and_freshness_by_hand() {
    let world = World::new();
    let (a, b) = (firm(1), firm(2));
    let text = format!(
        "{HEADER}\n{a},2025-07-31,10,100.00,90.00,3\n{a},2025-08-31,11,100.00,100.01,\n{b},2025-08-31,12,50.00,50.00,\n\
         {},2025-08-31,12,50.00,50.01,\n",
        firm(500)
    );
    let path = world.file("social_security.2025-08-31.whole.csv", text);
    applied(&world.take(&path));
    let all = history(&world.workspace, &world.catalogue, "social_security").unwrap();
    let [first] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((first.rows, first.firms, first.unknown_firms, first.extent), (4, 3, 1, Extent::Whole));
    // new_insured is filled in one row of four, everything else in all.
    let shares: Vec<(&str, Option<i64>)> = first.completeness.iter().map(|(f, s)| (f.as_str(), *s)).collect();
    let full = Some(1_000_000);
    assert_eq!(
        shares,
        [("period", full), ("headcount", full), ("payable", full), ("paid", full), ("new_insured", Some(250_000))]
    );
    // Two rows of four pay more than is payable.
    assert_eq!((first.validity, first.violations["Q-SOC-03"]), (Some(500_000), 2));
    // Recorded on 2025-10-20: 50 days after 31 August, 35 more than the lag of 15.
    assert_eq!((first.age_days, first.late_days), (50, 35));

    // Another way of measuring the same rows.
    let resource = world.catalogue.find("social_security", world.today).unwrap();
    let chunks = read::open(&path, resource.shape().unwrap(), &Limits::default()).unwrap();
    let batches: Vec<_> = chunks.map(|c| c.unwrap().batch).collect();
    let other = measure(&batches, resource, day("2025-08-31"), world.today).unwrap();
    assert_eq!((other.validity, other.rows), (first.validity, first.rows));
    let others: Vec<(&str, Option<i64>)> = other.fields[1..].iter().map(|f| (f.field.as_str(), f.share)).collect();
    assert_eq!(others, shares);

    let standing = standing(&world.workspace, &world.catalogue, day("2025-10-16")).unwrap();
    let of = |code: &str| standing.iter().find(|s| s.resource == code).unwrap();
    // September's data were due on 15 October.
    assert!(of("social_security").stale && of("social_security").as_of == Some(day("2025-08-31")));
    assert!(of("tax_grade").stale && of("tax_grade").last.is_none());
}

#[test]
fn uses_are_added_up() {
    let used = |resource: &str, recipient: &str, pulls| Use {
        resource: resource.into(),
        purpose: "lending".into(),
        recipient: recipient.into(),
        pulls,
    };
    let all = usage([used("b", "B1", 2), used("a", "B1", 1), used("b", "B2", 5), used("b", "B1", 4)]);
    assert_eq!(all, [used("a", "B1", 1), used("b", "B1", 6), used("b", "B2", 5)]);
}
