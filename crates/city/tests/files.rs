//! The files of a city: the same bytes for the same seed, every format, and planted mistakes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

#[allow(dead_code, reason = "each test file uses a part of it")]
mod support;

use std::collections::{BTreeMap, HashMap, HashSet};

use huoshui_city::{Formats, Options, Targets, generate};
use support::{bytes, city};

/// The same on any number of threads, another seed otherwise, the departments' files included.
#[test]
fn a_seed_gives_the_same_bytes_on_any_number_of_threads_and_another_seed_others() {
    let dirs: Vec<tempfile::TempDir> = (0..4).map(|_| tempfile::tempdir().unwrap()).collect();
    let make = |at: usize, seed: u64| {
        city(dirs[at].path(), |o| {
            (o.seed, o.scale, o.formats, o.faults, o.departments) = (seed, 0.01, Formats::Mixed, true, true);
        })
    };
    make(0, 1);
    for (at, threads) in [(1, 1), (2, 8)] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| make(at, 1));
    }
    make(3, 2);
    let [any, one, eight, other] = [0, 1, 2, 3].map(|i| bytes(dirs[i].path()));
    for (threads, files) in [("one", &one), ("eight", &eight)] {
        assert!(any.keys().eq(files.keys()), "{threads}");
        let moved: Vec<&String> = any.iter().filter(|(k, v)| files[*k] != **v).map(|(k, _)| k).collect();
        assert!(moved.is_empty(), "{threads}: {moved:?}");
    }
    assert!(any.keys().filter(|k| k.starts_with("departments/")).count() >= 45, "whole batches and changes");
    // Whether a bank has anything to explain, and where a mistake lies, is chance; every other file is there.
    let names = |files: &BTreeMap<String, Vec<u8>>| -> Vec<String> {
        files.keys().filter(|k| !k.contains("explanations")).cloned().collect()
    };
    assert_eq!(names(&any), names(&other));
    // Institutions, departments and policy goals have no detail that a seed could move; a file of a header alone neither.
    let same =
        any.iter().filter(|(k, v)| other.get(*k) == Some(*v) && (!k.starts_with("departments/") || v.len() >= 120));
    let same: Vec<&String> = same.map(|(k, _)| k).collect();
    let still = |k: &&&String| {
        !["institutions.csv", "departments.csv", "targets.csv"].contains(&k.as_str()) && !k.contains("explanations")
    };
    assert_eq!(same.iter().find(still), None);
}

#[test]
fn all_formats_and_all_tables_occur() {
    let dir = tempfile::tempdir().unwrap();
    let summary = city(dir.path(), |o| o.formats = Formats::Mixed);
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
    let summary = city(dir.path(), |o| o.seed = 4);
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
    city(right.path(), |_| ());
    let summary = city(wrong.path(), |o| o.faults = true);
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
