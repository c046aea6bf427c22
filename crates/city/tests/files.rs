//! The files of a city: the same bytes for the same seed, every format, and planted mistakes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use huoshui_city::{Formats, Options, Summary, Targets, generate};

fn city(out: &Path, seed: u64, faults: bool, formats: Formats) -> Summary {
    let targets = Targets::default_beijing().unwrap();
    let options = Options { out: out.to_owned(), seed, scale: 0.02, targets, faults, formats, departments: false };
    generate(&options, &|_, _, _| {}).unwrap()
}

/// Every file below a folder, by its path there.
fn bytes(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_seed_gives_the_same_bytes_on_any_number_of_threads_and_another_seed_others() {
    let dirs: Vec<tempfile::TempDir> = (0..3).map(|_| tempfile::tempdir().unwrap()).collect();
    city(dirs[0].path(), 1, true, Formats::Mixed);
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    one_thread.install(|| city(dirs[1].path(), 1, true, Formats::Mixed));
    city(dirs[2].path(), 2, true, Formats::Mixed);
    let [a, b, c] = [0, 1, 2].map(|i| bytes(dirs[i].path()));
    assert!(a == b, "{:?}", a.iter().filter(|(k, v)| b.get(*k) != Some(*v)).map(|(k, _)| k).collect::<Vec<_>>());
    // Whether a bank has anything to explain is chance; every other file is there.
    let names = |files: &BTreeMap<String, Vec<u8>>| -> Vec<String> {
        files.keys().filter(|k| !k.contains("explanations")).cloned().collect()
    };
    assert!(names(&a) == names(&c));
    // Institutions, departments and policy goals have no detail that a seed could move.
    let same: Vec<&String> = a.keys().filter(|k| c.get(*k) == a.get(*k)).collect();
    assert!(
        same.iter().all(|k| ["institutions.csv", "departments.csv", "targets.csv"].contains(&k.as_str())
            || k.contains("explanations")),
        "{same:?}"
    );
}

#[test]
fn all_formats_and_all_tables_occur() {
    let dir = tempfile::tempdir().unwrap();
    let summary = city(dir.path(), 1, false, Formats::Mixed);
    let files = bytes(dir.path());
    let with = |start: &str, end: &str| {
        files.keys().filter(|k| k.rsplit('/').next().unwrap().starts_with(start) && k.ends_with(end)).count() as u64
    };
    for table in ["notes.", "disbursements.", "relationships."] {
        assert_eq!(with(table, ""), summary.filings, "{table}");
        assert!(
            with(table, ".xlsx") > 0 && with(table, ".parquet") > 0 && with(table, ".csv") > with(table, ".parquet")
        );
    }
    assert_eq!((with("roster.", ".xlsx"), with("roster.", ".csv"), with("enterprises.", ".csv")), (2, 1, 3));
    assert_eq!(summary.filings, summary.lenders * 3);
    assert!(!files.contains_key("faults.csv"));
}

#[test]
fn what_is_filed_hangs_together() {
    let dir = tempfile::tempdir().unwrap();
    let summary = city(dir.path(), 4, false, Formats::Csv);
    let mut firms = HashSet::new();
    let mut names = HashSet::new();
    for date in support::DATES {
        for firm in support::rows(&dir.path().join(format!("enterprises.{date}.csv"))) {
            assert!(huoshui_kernel::uscc::Uscc::parse(&firm["uscc"]).is_ok());
            if firms.insert(firm["uscc"].clone()) {
                assert!(names.insert(firm["name"].clone()), "{}", firm["name"]);
            }
        }
    }
    assert_eq!(firms.len() as u64, summary.enterprises);
    let mut before: HashMap<String, support::Row> = HashMap::new();
    let mut alive_twice = 0;
    for date in support::DATES {
        let all = |table: &str| -> Vec<support::Row> {
            support::filed(dir.path(), table, date).iter().flat_map(|p| support::rows(p)).collect()
        };
        let drawn: HashMap<String, support::Row> =
            all("disbursements").into_iter().map(|r| (r["note_no"].clone(), r)).collect();
        let mut under: HashMap<(String, String), i128> = HashMap::new();
        let mut first_loans = HashSet::new();
        let notes = all("notes");
        for note in &notes {
            assert!(firms.contains(&note["borrower"]));
            if note["drawdown_date"][..4] == date[..4] && note["business_kind"] != "rediscount" {
                let flow = &drawn[&note["note_no"]];
                assert_eq!(flow["rate_at_drawdown"], note["rate_at_drawdown"]);
                assert!(note["currency"] != "CNY" || flow["amount"] == note["original_amount"]);
            }
            if note["currency"] == "CNY" {
                assert_eq!(note["balance"], note["balance_cny"]);
            }
            assert!(support::hundredths(&note["balance"]) <= support::hundredths(&note["original_amount"]));
            assert_eq!(note["main_guarantee"] == "credit", note["mitigants"].is_empty() && note["ip_pledge"] == "N");
            assert!(note["first_loan"] == "N" || first_loans.insert(note["borrower"].clone()), "{}", note["borrower"]);
            if !note["line_no"].is_empty() && note["transferred"] == "N" && note["written_off"] == "N" {
                *under.entry((note["borrower"].clone(), note["line_no"].clone())).or_default() +=
                    support::hundredths(&note["balance_cny"]);
            }
            if let Some(earlier) = before.get(&note["note_no"]) {
                alive_twice += 1;
                for field in [
                    "borrower",
                    "drawdown_date",
                    "original_maturity",
                    "original_amount",
                    "currency",
                    "rate_at_drawdown",
                    "business_kind",
                    "first_loan",
                ] {
                    assert_eq!(earlier[field], note[field], "{} {field}", note["note_no"]);
                }
                assert!(support::hundredths(&note["balance"]) <= support::hundredths(&earlier["balance"]));
            }
        }
        let mut lines = HashSet::new();
        for row in all("relationships") {
            let key = (row["borrower"].clone(), row["line_no"].clone());
            if row["line_no"].is_empty() {
                continue;
            }
            let (used, limit) = (support::hundredths(&row["used"]), support::hundredths(&row["credit_limit"]));
            assert!(used >= under.get(&key).copied().unwrap_or(0) && used <= limit, "{key:?} {used} {limit}");
            assert!(lines.insert(key));
        }
        assert!(under.keys().all(|k| lines.contains(k)));
        before = notes.into_iter().map(|n| (n["note_no"].clone(), n)).collect();
    }
    assert!(alive_twice > 1_000, "{alive_twice}");
}

#[test]
fn planted_mistakes_are_listed_and_everything_else_is_untouched() {
    let (right, wrong) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    city(right.path(), 1, false, Formats::Csv);
    let summary = city(wrong.path(), 1, true, Formats::Csv);
    let list = support::rows(&wrong.path().join("faults.csv"));
    assert_eq!(list.len() as u64, summary.faults);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &list {
        *kinds.entry(row["kind"].as_str()).or_default() += 1;
    }
    assert!(kinds.len() >= 30, "{kinds:?}");
    let (before, after) = (bytes(right.path()), bytes(wrong.path()));
    let changed: HashSet<&str> =
        after.iter().filter(|(k, v)| before.get(*k) != Some(*v)).map(|(k, _)| k.as_str()).collect();
    for name in &changed {
        let planted = list.iter().any(|r| {
            name.contains(&format!(".{}.", r["institution"]))
                && (name.contains(r["table"].as_str())
                    || r["kind"].contains("disbursement")
                    || r["kind"].contains("first_loan"))
        });
        assert!(planted || *name == "faults.csv", "{name}");
    }
    // A mistake a row: the row that the list names is one that was changed.
    for row in list.iter().filter(|r| r["kind"] == "negative_balance") {
        let path = wrong
            .path()
            .join("filings")
            .join(&row["as_of"])
            .join(format!("notes.{}.{}.csv", row["institution"], row["as_of"]));
        let text = std::fs::read_to_string(path).unwrap();
        let line = text.lines().nth(row["row"].parse::<usize>().unwrap() - 1).unwrap();
        assert!(line.split(',').nth(8).unwrap().starts_with('-'), "{line}");
    }
}

#[test]
fn a_folder_with_files_and_a_scale_out_of_bounds_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let targets = Targets::default_beijing().unwrap();
    let options = |scale: f64| Options {
        out: dir.path().to_owned(),
        seed: 1,
        scale,
        targets: targets.clone(),
        faults: false,
        formats: Formats::Csv,
        departments: false,
    };
    for scale in [0.0, -1.0, 51.0, f64::NAN] {
        assert_eq!(generate(&options(scale), &|_, _, _| {}).unwrap_err().code(), "city.scale");
    }
    std::fs::write(dir.path().join("old.csv"), "x").unwrap();
    assert_eq!(generate(&options(0.02), &|_, _, _| {}).unwrap_err().code(), "city.out_not_empty");
}
