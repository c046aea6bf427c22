//! The figures of a batch's quality, worked out by hand.

use huoshui_app::exchange::batches::name::Extent;
use huoshui_app::exchange::quality::{series, standing};
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
    let (all, next) = series(&world.workspace, &world.catalogue, "social_security", None, 10).unwrap();
    assert_eq!(next, None);
    let [first] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((first.rows, first.firms, first.unknown_firms, first.extent), (4, 3, 1, Extent::Whole));
    // new_insured is filled in one row of four, everything else in all.
    let shares: Vec<(&str, Option<i64>)> = first.completeness.iter().map(|(f, s)| (f.as_str(), *s)).collect();
    let full = Some(1_000_000);
    assert_eq!(
        shares,
        [("period", full), ("headcount", full), ("payable", full), ("paid", full), ("new_insured", Some(250_000))]
    );
    // 17 of 20 cells.
    assert_eq!(first.filled, Some(850_000));
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

    let remote = |code: &str| code == "electricity_use";
    let standing = standing(&world.workspace, &world.catalogue, day("2025-10-16"), &remote).unwrap();
    let of = |code: &str| standing.iter().find(|s| s.resource == code).unwrap();
    // September's data were due on 15 October.
    assert!(of("social_security").stale && of("social_security").as_of == Some(day("2025-08-31")));
    assert!(of("tax_grade").stale && of("tax_grade").last.is_none());
    // A department answers for itself: that nothing is hosted says nothing of its data.
    assert!(of("electricity_use").remote && !of("electricity_use").stale && !of("tax_grade").remote);
}

#[test]
fn the_series_of_batches_is_paged_from_the_newest_and_keeps_what_was_measured() {
    let world = World::new();
    let months = ["2025-04-30", "2025-05-31", "2025-06-30", "2025-07-31", "2025-08-31"];
    for (n, month) in months.iter().enumerate() {
        // The n-th batch has n + 1 firms, of which the first leaves a cell empty.
        let rows = (0..=n).map(|firm_no| {
            let insured = if firm_no == 0 { "" } else { "1" };
            format!("{},{month},10,100.00,100.00,{insured}\n", firm(firm_no))
        });
        let text = format!("{HEADER}\n{}", rows.collect::<String>());
        applied(&world.take(&world.file(&format!("social_security.{month}.whole.csv"), text)));
    }
    let (mut seen, mut before, mut pages) = (Vec::new(), None, 0);
    loop {
        let (page, next) = series(&world.workspace, &world.catalogue, "social_security", before, 2).unwrap();
        assert!(page.len() <= 2);
        seen.extend(page);
        (before, pages) = (next, pages + 1);
        if before.is_none() {
            break;
        }
    }
    assert!(pages >= 3);
    let dates: Vec<String> = seen.iter().rev().map(|m| m.as_of.to_string()).collect();
    assert_eq!(dates, months);
    // Cells empty: one of five in a row, of 1 to 5 rows: 4/5, 9/10, 14/15, 19/20, 24/25.
    let filled: Vec<Option<i64>> = seen.iter().rev().map(|m| m.filled).collect();
    assert_eq!(filled, [800_000, 900_000, 933_333, 950_000, 960_000].map(Some));
    assert_eq!(seen.iter().map(|m| m.rows).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
}
