//! A generated city's departments through the import: what is right comes in, what has drifted is refused and says why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::{column, huoshui, read_csv};

#[test]
fn every_batch_of_a_city_comes_in_and_only_drifted_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (city, data) = (folder.path().join("city"), folder.path().join("data"));
    huoshui(&["city", "--out", city.to_str().unwrap(), "--scale", "0.01", "--faults"]).ok();
    let imported = huoshui(&["import", "--data", data.to_str().unwrap(), city.to_str().unwrap()]);
    assert_eq!(imported.code, 2, "{}", imported.all());
    let said = imported.all();
    let (header, planted) = read_csv(&city.join("faults.csv"));
    let at = |name: &str| column(&header, name);
    let (table, as_of, check) = (at("table"), at("as_of"), at("check"));
    let drifted: Vec<(String, &str)> = planted
        .iter()
        .filter(|row| *row[as_of] > *"2025-09-30")
        .map(|row| (format!("{}.{}.change.csv", row[table], row[as_of]), row[check].as_str()))
        .collect();
    assert_eq!(drifted.len(), 7);
    for (file, code) in &drifted {
        let told = said.split("\n\n").any(|part| part.contains(file) && part.contains(&format!("[{code}]")));
        // A firm that nobody knows is counted, and its rows are kept.
        assert_eq!(told, *code != "unknown_firms", "{file} {code}\n{said}");
    }
    let refused = |name: &str| said.lines().any(|line| line.contains('✗') && line.contains(name));
    assert!(!refused(".whole.") && !refused("2025-10-09") && !refused("customs_rating"), "{said}");
    assert_eq!(said.lines().filter(|line| line.contains(".whole.") && !line.contains('✗')).count(), 36, "{said}");
}
