//! Smoke runs: the benchmarks over columns agree with their hand-written peers on small data.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

fn small(name: &str) -> Vec<huoshui_bench::Row> {
    let bench = huoshui_bench::all().into_iter().find(|bench| bench.name == name).unwrap();
    (bench.run)(true, &|_| {}).unwrap()
}

#[test]
fn positions_agree_with_the_loop_in_memory_and_from_files() {
    let rows = small("positions");
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(&names[..2], ["positions_memory", "positions_parquet"]);
    assert!(rows.iter().all(|row| row.figure > 0.0));
}

#[test]
fn the_policy_agrees_with_the_loop() {
    let rows = small("policy-columns");
    assert_eq!((rows.len(), rows[0].unit), (1, "rows/s"));
}

#[test]
fn a_small_city_and_its_repeated_notes_are_taken_whole() {
    let rows = small("import");
    assert_eq!((rows.len(), rows[0].unit), (1, "rows/s"));
    assert!(rows[0].figure > 0.0 && rows[0].limit.is_some_and(|limit| limit > 0.0), "{rows:?}");
    let rows = small("import-20m");
    assert_eq!(rows[0].name, "import_20m");
    // A whole city of this size fits into a small part of what is allowed.
    assert!(rows.iter().skip(1).all(|row| row.ratio.is_some_and(|ratio| ratio > 1.0)), "{rows:?}");
}
