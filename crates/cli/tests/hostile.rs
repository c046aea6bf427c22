//! What someone who means harm, or who mistypes, gets to see.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{City, huoshui};

const SMALL: [&str; 2] = ["--scale", "0.01"];
const AS_OF: [&str; 2] = ["--as-of", "2025-09-30"];

fn imported() -> City {
    let city = City::new(&SMALL);
    city.import(&city.files()).ok();
    city
}

/// Every file with its bytes, but for SQLite's own log beside the database, which any reader opens.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.ends_with("-wal") && !name.ends_with("-shm") {
                found.insert(path.clone(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn what_is_published_or_trusted_cannot_be_taken_away_unseen() {
    let city = imported();
    let data = city.data();
    let (seals, key) = (data.join("seals.jsonl"), data.join("keys/public.pem"));
    let kept = (std::fs::read(&seals).unwrap(), std::fs::read(&key).unwrap());
    let before = bytes(&data);
    city.run(&["verify"]).ok();
    assert_eq!(bytes(&data), before, "verifying changes nothing");

    type Harm<'a> = (&'a str, Box<dyn Fn() + 'a>, &'a str);
    let harms: [Harm<'_>; 6] = [
        ("no seals", Box::new(|| std::fs::remove_file(&seals).unwrap()), "published seal"),
        ("empty seals", Box::new(|| std::fs::write(&seals, "").unwrap()), "published seal"),
        ("cut seals", Box::new(|| std::fs::write(&seals, &kept.0[..40]).unwrap()), "published seal"),
        ("no key", Box::new(|| std::fs::remove_file(&key).unwrap()), "signature"),
        ("empty key", Box::new(|| std::fs::write(&key, "").unwrap()), "signature"),
        ("no keys", Box::new(|| std::fs::remove_dir_all(data.join("keys")).unwrap()), "signature"),
    ];
    for (name, harm, said) in harms {
        harm();
        let run = city.run(&["verify", "--lang", "en"]);
        assert_eq!(run.code, 2, "{name}: {}", run.all());
        assert!(run.out.contains('✗') && run.out.contains(said), "{name}: {}", run.out);
        std::fs::create_dir_all(data.join("keys")).unwrap();
        std::fs::write(&seals, &kept.0).unwrap();
        std::fs::write(&key, &kept.1).unwrap();
    }
    city.run(&["verify"]).ok();
}

#[test]
fn copies_kept_elsewhere_tell_a_journal_that_was_made_anew() {
    let (city, other) = (imported(), City::new(&["--scale", "0.01", "--seed", "2"]));
    let kept = city.files().join("kept");
    std::fs::create_dir_all(&kept).unwrap();
    for (from, to) in [("seals.jsonl", "seals.jsonl"), ("keys/public.pem", "public.pem")] {
        std::fs::copy(city.data().join(from), kept.join(to)).unwrap();
    }
    let (seals, key) = (kept.join("seals.jsonl"), kept.join("public.pem"));
    let against = ["--seals", seals.to_str().unwrap(), "--key", key.to_str().unwrap()];
    let verify = |city: &City, more: &[&str]| city.run(&[&["verify"], more].concat()).code;
    assert_eq!(verify(&city, &against), 0);

    // A data folder made anew is sound in itself; what was kept elsewhere shows that it is not the one that was sealed.
    other.import(&other.files()).ok();
    assert_eq!(verify(&other, &[]), 0);
    assert_eq!(verify(&other, &against[..2]), 2);
    assert_eq!(verify(&other, &against[2..]), 2);
    assert_eq!(verify(&city, &["--seals", "not-there.jsonl"]), 1, "a copy that is not there checks nothing");
}

#[test]
fn a_database_that_is_none_is_not_made_into_one() {
    let city = imported();
    let database = city.data().join("journal.db");
    for bytes in [&b""[..], b"not a database, whatever its name says"] {
        std::fs::write(&database, bytes).unwrap();
        let run = city.run(&["verify"]);
        assert_eq!(run.code, 2, "{}", run.all());
        assert!(run.out.contains("data.damaged"), "{}", run.all());
        let figures = city.run(&[&["indicators"], &AS_OF[..]].concat());
        assert_eq!(figures.code, 1, "{}", figures.all());
        assert_eq!(std::fs::read(&database).unwrap(), bytes, "what is left of it is evidence");
    }
}

#[test]
fn two_imports_at_once_lose_nothing_and_take_nothing_twice() {
    let city = City::new(&SMALL);
    let codes: Vec<i32> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..2).map(|_| scope.spawn(|| city.import(&city.files()))).collect();
        runs.into_iter().map(|run| run.join().unwrap().code).collect()
    });
    assert!(codes.contains(&0), "{codes:?}");
    let again = city.import(&city.files()).ok();
    assert!(!again.out.contains("已导入"), "nothing was left over:\n{}", again.out);
    let alone = imported();
    assert_eq!(city.figures(&[]), alone.figures(&[]));
    city.run(&["verify"]).ok();
}

#[test]
fn loans_are_shown_in_names_and_yuan_within_a_screen() {
    let city = imported();
    let drill = |more: &[&str]| city.run(&[&["drill", "srdi_loan_balance"], &AS_OF[..], more].concat());
    let cells = city.figures(&["--code", "srdi_loan_balance", "--by", "district"]);
    let fen: i64 = cells.iter().find(|((_, dims), _)| dims.contains("110108")).unwrap().1.parse().unwrap();

    let shown = drill(&["--cell", "district=110108", "--limit", "5"]).ok().out;
    assert!(shown.contains("海淀区") && shown.contains("计入（元）"), "{shown}");
    let total = format!("合计 {}.{:02} 元", fen / 100, fen % 100);
    assert!(shown.contains(&total), "{total}\n{shown}");
    for code in ["110108", "guarantor", "normal", "micro"] {
        assert!(!shown.contains(code), "{code} is no word for people:\n{shown}");
    }
    let english = drill(&["--cell", "district=110108", "--limit", "5", "--lang", "en"]).ok().out;
    assert!(english.contains("Haidian") && english.contains("Counts as (CNY)"), "{english}");

    // Programs still get every column, exact.
    let json = drill(&["--cell", "district=110108", "--format", "json"]).json();
    let rows = json["parts"][0]["rows"].as_array().unwrap();
    assert!(rows[0]["mitigants"].is_string() || rows[0]["mitigants"].is_null());
    assert_eq!(rows.iter().map(|r| r["contribution"].as_i64().unwrap()).sum::<i64>(), fen);
    let csv = drill(&["--cell", "district=110108", "--format", "csv"]).ok().out;
    assert!(csv.lines().next().unwrap().contains("折人民币余额"), "{csv}");
    assert_eq!(csv.lines().count(), rows.len() + 1);
}

#[test]
fn a_mistyped_question_is_told_so() {
    let city = imported();
    let q = |args: &[&str]| city.run(args);
    let d = ["drill", "srdi_loan_balance", "--as-of", "2025-09-30", "--cell"];
    for (run, code) in [
        (q(&[&d[..], &["district=海定区"]].concat()), "cli.cell"),
        (q(&[&d[..], &["tier=gaint"]].concat()), "cli.cell"),
        (q(&[&d[..], &["institution=B9999"]].concat()), "cli.cell"),
        (q(&[&d[..], &["district=110108,district=110105"]].concat()), "cli.cell_twice"),
        (q(&["roster", "--as-of", "2025-09-30", "--tier", "gaint"]), "cli.tier"),
        (q(&["indicators", "--as-of", "2025-09-30", "--out", "/dev/null/x", "--format", "csv"]), "cli.out"),
    ] {
        assert_eq!(run.code, 1, "{code}: {}", run.all());
        assert!(run.err.contains(&format!("[{code}]")), "{code}: {}", run.all());
    }
    let device = city.import(Path::new("/dev/zero"));
    assert!(device.code == 1 && device.err.contains("[import.unreadable]"), "{}", device.all());
    let targets = city.files().join("targets.csv");
    let head = "code,cell,target,direction,since,by\n";
    for (row, code) in [
        ("srdi_laon_balance,,1,up,2024-12-31,2025-12-31\n", "indicator.unknown"),
        ("srdi_loan_balance,institution=B9999,1,up,2024-12-31,2025-12-31\n", "import.target_cell"),
    ] {
        std::fs::write(&targets, format!("{head}{row}")).unwrap();
        let run = city.import(&targets);
        assert_eq!(run.code, 2, "{}", run.all());
        assert!(run.out.contains(&format!("[{code}]")) && run.out.contains("第 2 行"), "{}", run.all());
    }
}

#[test]
fn what_a_date_allows_is_computed_and_the_rest_named() {
    let city = imported();
    // There is no list of the end of 2023, so nothing can have grown since.
    let run = city.run(&["indicators", "--as-of", "2024-09-30", "--format", "json"]).ok();
    let rows: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let has = |code: &str| rows.as_array().unwrap().iter().any(|r| r["code"] == code);
    assert!(has("srdi_loan_balance") && !has("srdi_loan_growth_ytd"));
    assert!(run.err.contains("srdi_loan_growth_ytd") && run.err.contains("2023-12-31"), "{}", run.err);
    for (date, code) in [("2023-09-30", "cli.no_indicators"), ("2025-06-30", "data.nothing_filed")] {
        let run = city.run(&["indicators", "--as-of", date]);
        assert!(run.code == 1 && run.err.contains(&format!("[{code}]")), "{}", run.all());
    }
}

#[test]
fn formulas_refuse_what_only_looks_right() {
    let city = City::new(&SMALL);
    let table = city.filing("notes", "B0001", "2025-09-30");
    let eval = |table: &Path, more: &[&str]| {
        huoshui(&[&["formula", "eval", "--table", table.to_str().unwrap(), "--select"], more].concat())
    };
    let count = "COUNT(*) FILTER (WHERE drawdown_date >= :d) AS n";
    let wrong = eval(&table, &[count, "--param", "d=2025-02-30"]);
    assert!(wrong.code == 1 && wrong.err.contains("[date.invalid]"), "{}", wrong.all());
    eval(&table, &[count, "--param", "d=2025-02-28"]).ok();
    let book = eval(Path::new("roster.xlsx"), &["1"]);
    assert!(book.code == 1 && book.err.contains("[cli.table]"), "{}", book.all());
}
