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
