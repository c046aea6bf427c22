//! The sample files of `docs/formats/samples/` import whole, and give the figures that a reader works out by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::{Run, huoshui};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/samples")
}

/// Runs a command on a data folder.
fn on(data: &Path, args: &[&str]) -> Run {
    huoshui(&[args, &["--data", data.to_str().unwrap()]].concat())
}

fn imported(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    let samples = samples();
    on(&data, &["import", samples.to_str().unwrap()]).ok();
    data
}

#[test]
fn the_samples_give_the_figures_worked_out_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let data = imported(folder.path());
    // Three firms of the list are SRDI on 2025-09-30. Two of them have loans at B0001, all of kind loan:
    //   …54RYQ13P: 1,450,000.00 at 2.54 % and 1,200,000.00 at 2.90 %, unsecured, each for three years
    //   …GQNE4U4R: 4,350,000.00 at 1.85 %, unsecured, for eighteen months; 1,400,000.00 at 1.97 %, guaranteed, for a year less a day
    // The third, …0WE9GN7G, has an account and nothing else. The other five notes are of firms that are not SRDI.
    for (code, value) in [
        ("srdi_count", "3"),
        // 1,450,000 + 1,200,000 + 4,350,000 + 1,400,000 = 8,400,000 yuan
        ("srdi_loan_balance", "840000000"),
        ("srdi_borrowers", "2"),
        // 8,400,000 / 2
        ("srdi_avg_balance", "420000000"),
        // 2 / 3
        ("srdi_loan_coverage", "0.666667"),
        // 3 / 3
        ("srdi_account_coverage", "1.000000"),
        // 39,900,000 + 427,750,000 yuan
        ("srdi_credit_line", "46765000000"),
        // (1,450,000 + 1,200,000 + 4,350,000) / 8,400,000 = 7 / 8.4
        ("srdi_credit_loan_share", "0.833333"),
        // the same three notes run for more than a year
        ("srdi_mlt_balance", "700000000"),
        // all four were drawn this year: (1.45·2.54 + 1.2·2.90 + 4.35·1.85 + 1.4·1.97) / 8.4 = 17.9685 / 8.4 = 2.139107 %
        ("srdi_loan_rate", "0.02139107"),
    ] {
        let rows = on(&data, &["indicators", "--as-of", "2025-09-30", "--code", code, "--format", "json"]).json();
        assert_eq!(rows[0]["value"].to_string().trim_matches('"'), value, "{code}");
    }
    let drill = on(&data, &["drill", "srdi_loan_balance", "--as-of", "2025-09-30", "--format", "json"]).json();
    let notes: BTreeSet<&str> =
        drill["parts"][0]["rows"].as_array().unwrap().iter().map(|r| r["note_no"].as_str().unwrap()).collect();
    let expected = [
        "JJB0001202503220000132004",
        "JJB0001202503220000132005",
        "JJB0001202507270000127014",
        "JJB0001202508190000127017",
    ];
    assert_eq!(notes, BTreeSet::from(expected));
    on(&data, &["verify"]).ok();
}

/// The sample filing has one early maturity, which is a warning: without its explanation the filing stays out.
#[test]
fn without_its_explanation_the_sample_filing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("files");
    std::fs::create_dir(&copy).unwrap();
    for entry in std::fs::read_dir(samples()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|e| e == "csv") && !name.starts_with("explanations.") {
            std::fs::copy(&path, copy.join(name)).unwrap();
        }
    }
    let data = folder.path().join("data");
    let run = on(&data, &["import", copy.to_str().unwrap()]);
    assert_ne!(run.code, 0);
    assert!(run.all().contains("filing.unexplained") && run.all().contains("N-C-006"), "{}", run.all());
    let asked = on(&data, &["indicators", "--as-of", "2025-09-30", "--code", "srdi_loan_balance"]);
    assert!(asked.code != 0 && asked.all().contains("data.nothing_filed"), "{}", asked.all());
}
