//! The main job end to end, through the command line and real files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::BTreeSet;

use huoshui_journal::Clock as _;

use common::{City, Figures, column, huoshui, read_csv, write_csv};

/// The cells whose value differs, and those that only one side has.
fn changed(before: &Figures, after: &Figures) -> BTreeSet<(String, String)> {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    keys.into_iter().filter(|k| before.get(k) != after.get(k)).collect()
}

#[test]
fn a_city_comes_in_and_its_report_comes_out() {
    let city = City::new(&["--scale", "0.02"]);
    let imported = city.import(&city.files()).ok();
    assert!(!imported.out.contains('✗'), "{}", imported.out);

    // The calibrated figures, computed from the imported loans, are those of the targets as printed.
    let targets = huoshui_city::Targets::default_beijing().unwrap();
    let figures = city.figures(&[]);
    assert!(figures.len() >= 40, "{} indicators", figures.len());
    for target in targets.at_scale(0.02) {
        let value = figures[&(target.code.clone(), "{}".to_owned())].trim_matches('"').to_owned();
        assert_eq!(target.meets(&value), Some(true), "{}: {value} against {}", target.code, target.document);
    }

    // Every cell of an additive figure adds up to its total, and a drill adds up to its cell.
    let total: i64 = figures[&("srdi_loan_balance".to_owned(), "{}".to_owned())].parse().unwrap();
    for dim in ["institution", "district", "industry", "tier", "size", "guarantee", "district,institution"] {
        let cells = city.figures(&["--code", "srdi_loan_balance", "--by", dim]);
        let sum: i64 = cells.values().map(|v| v.parse::<i64>().unwrap()).sum();
        assert_eq!(sum, total, "{dim}");
    }
    let cells = city.figures(&["--code", "srdi_loan_balance", "--by", "district"]);
    let ((_, dims), value) = cells.iter().next().unwrap();
    let district = serde_json::from_str::<serde_json::Value>(dims).unwrap()["district"].as_str().unwrap().to_owned();
    let cell = format!("district={district}");
    let drill =
        city.run(&["drill", "srdi_loan_balance", "--as-of", "2025-09-30", "--cell", &cell, "--format", "json"]).json();
    let rows = drill["parts"][0]["rows"].as_array().unwrap();
    let sum: i64 = rows.iter().map(|r| r["balance_cny"].as_i64().unwrap()).sum();
    assert_eq!(sum.to_string(), *value);
    assert!(rows.iter().all(|r| r["district"] == district.as_str()));

    // The report carries the figures in both languages, and every file of loans that it links to is written.
    for (lang, headline) in [("zh", "贷款余额"), ("en", "balance")] {
        let folder = city.data().join(format!("report-{lang}"));
        let out = folder.to_str().unwrap();
        city.run(&["brief", "--as-of", "2025-09-30", "--format", "html", "--out", out, "--lang", lang]).ok();
        let html = std::fs::read_to_string(folder.join(format!("brief.2025-09-30.{lang}.html"))).unwrap();
        assert!(html.contains(headline) && html.contains("<svg"));
        let links: BTreeSet<&str> = html.split("href=\"loans/").skip(1).filter_map(|s| s.split('"').next()).collect();
        assert!(links.len() > 20, "{} links", links.len());
        for link in links {
            assert!(folder.join("loans").join(link).is_file(), "{link} is not there");
        }
    }

    let verified = city.run(&["verify"]).ok();
    assert!(verified.out.contains("✓"));
    // Importing the same files again changes nothing.
    let again = city.import(&city.files()).ok();
    assert!(again.out.contains("已在库") && !again.out.contains("已导入"), "{}", again.out);
    assert_eq!(city.figures(&[]), figures);
}

#[test]
fn deleting_one_loan_changes_exactly_the_cells_it_should_and_the_past_stays_readable() {
    let city = City::new(&["--scale", "0.02", "--seed", "7"]);
    city.import(&city.files()).ok();
    let cuts: [&[&str]; 4] = [&[], &["--by", "district"], &["--by", "institution"], &["--by", "guarantee"]];
    let before: Vec<Figures> = cuts.iter().map(|c| city.figures(c)).collect();

    // A plain unsecured loan of an SRDI firm, drawn before this year, that nothing else refers to.
    let drill = city
        .run(&["drill", "srdi_credit_loan_balance", "--as-of", "2025-09-30", "--format", "json", "--limit", "100000"])
        .json();
    let row = drill["parts"][0]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["drawdown_date"].as_str().unwrap() < "2025-01-01" && r["renewal_kind"] == "none")
        .expect("such a loan exists")
        .clone();
    let (institution, note) = (row["institution"].as_str().unwrap(), row["note_no"].as_str().unwrap());
    let path = city.filing("notes", institution, "2025-09-30");
    let original = std::fs::read(&path).unwrap();
    let (header, mut rows) = read_csv(&path);
    let note_no = column(&header, "note_no");
    let balance = rows.iter().find(|r| r[note_no] == note).unwrap()[column(&header, "balance_cny")].clone();
    let filed = rows.len();
    rows.retain(|r| r[note_no] != note);
    assert_eq!(rows.len(), filed - 1);
    write_csv(&path, &header, &rows);
    let moment = huoshui_journal::SystemClock.now_micros() + 500_000;
    // What is filed from here on was not known at that moment.
    std::thread::sleep(std::time::Duration::from_millis(1000));
    city.import(&path).ok();

    let after: Vec<Figures> = cuts.iter().map(|c| city.figures(c)).collect();
    // The balance falls by exactly the loan.
    let fen = |f: &Figures| f[&("srdi_loan_balance".to_owned(), "{}".to_owned())].parse::<i64>().unwrap();
    let (yuan, cents) = balance.split_once('.').unwrap_or((&balance, "00"));
    let loan: i64 = yuan.parse::<i64>().unwrap() * 100 + format!("{cents:0<2}").parse::<i64>().unwrap();
    assert_eq!(fen(&before[0]) - fen(&after[0]), loan);
    // Cells of other districts, institutions and guarantees do not move; figures of other things do not either.
    for (i, (dim, own)) in [("district", &row["district"]), ("institution", &row["institution"])].iter().enumerate() {
        let moved = changed(&before[i + 1], &after[i + 1]);
        assert!(!moved.is_empty());
        for (code, dims) in moved {
            let cell = serde_json::from_str::<serde_json::Value>(&dims).unwrap();
            assert_eq!(&cell[*dim], *own, "{code} moved in {dims}");
        }
    }
    for (code, dims) in changed(&before[3], &after[3]) {
        assert!(dims.contains("credit"), "{code} moved in {dims}");
    }
    let moved: BTreeSet<String> = changed(&before[0], &after[0]).into_iter().map(|(code, _)| code).collect();
    for code in ["srdi_loan_balance", "srdi_loan_growth_ytd", "srdi_credit_loan_share", "srdi_credit_loan_balance"] {
        assert!(moved.contains(code), "{code} should move");
    }
    for code in [
        "srdi_count",
        "srdi_credit_line",
        "srdi_account_coverage",
        "srdi_rate_change_bp",
        "srdi_rate_gap_sme_bp",
        "ma_pilot_balance",
    ] {
        assert!(!moved.contains(code), "{code} should stay");
    }

    // The former filing is still what was known before, and filing the original again brings every figure back.
    let instant = jiff::Timestamp::from_microsecond(moment).unwrap().to_string();
    assert_eq!(city.figures(&["--known-at", &instant]), before[0]);
    std::fs::write(&path, original).unwrap();
    city.import(&path).ok();
    assert_eq!(city.figures(&[]), before[0]);
    city.run(&["verify"]).ok();
}

#[test]
fn another_seed_or_other_targets_give_another_city() {
    let figures = |more: &[&str]| {
        let city = City::new(&[&["--scale", "0.02"], more].concat());
        city.import(&city.files()).ok();
        city.figures(&[])
    };
    let plain = figures(&["--targets", "none", "--seed", "1"]);
    let calibrated = figures(&["--seed", "1"]);
    for code in
        ["srdi_loan_balance", "srdi_credit_loan_share", "srdi_rate_change_bp", "srdi_mlt_balance", "ma_pilot_balance"]
    {
        let key = (code.to_owned(), "{}".to_owned());
        assert_ne!(plain[&key], calibrated[&key], "{code} does not depend on the targets");
    }
    let other = figures(&["--targets", "none", "--seed", "2"]);
    let key = ("srdi_loan_balance".to_owned(), "{}".to_owned());
    assert_ne!(plain[&key], other[&key]);
}

#[test]
fn help_is_chinese_first() {
    let help = huoshui(&["--help"]).ok().out;
    assert!(help.contains("导入名单") && help.contains("import lists"));
}

#[test]
fn a_bank_may_correct_its_explanation_alone() {
    let city = City::new(&["--scale", "0.02"]);
    city.import(&city.files()).ok();
    let before = city.figures(&[]);
    let folder = city.files().join("filings/2025-09-30");
    let path = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.file_name().unwrap().to_str().unwrap().starts_with("explanations."))
        .expect("some bank explains a warning");
    let institution = path.file_name().unwrap().to_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let said = || {
        let journal = huoshui_journal::Journal::open_sqlite(
            city.data().join("journal.db"),
            std::sync::Arc::new(huoshui_journal::SystemClock),
            huoshui_journal::Options::default(),
        );
        let state = journal.unwrap().state("filing", &format!("{institution}/2025-09-30")).unwrap().unwrap();
        let doc: serde_json::Value = serde_json::from_slice(&state.doc).unwrap();
        (state.version, doc["explanations"].clone())
    };
    let (version, _) = said();
    city.import(&path).ok();
    assert_eq!(said().0, version, "the same words change nothing");

    let (header, mut rows) = read_csv(&path);
    let (code, text) = (column(&header, "check_code"), column(&header, "explanation"));
    rows[0][text] = "客户已更名，材料已核对".to_owned();
    let code = rows[0][code].clone();
    write_csv(&path, &header, &rows);
    city.import(&path).ok();
    let (later, explanations) = said();
    assert_eq!((later, explanations[&code].as_str()), (version + 1, Some("客户已更名，材料已核对")));
    assert_eq!(city.figures(&[]), before);
    city.run(&["verify"]).ok();
}

#[test]
fn correcting_an_earlier_filing_asks_about_the_later_one_that_no_longer_follows() {
    let city = City::new(&["--scale", "0.02"]);
    city.import(&city.files()).ok();
    // A loan of an earlier year that is still there in 2025: 2024's disbursements do not name it.
    let drill = city
        .run(&["drill", "srdi_credit_loan_balance", "--as-of", "2024-12-31", "--format", "json", "--limit", "100000"])
        .json();
    let rows = drill["parts"][0]["rows"].as_array().unwrap();
    let later = city
        .run(&["drill", "srdi_credit_loan_balance", "--as-of", "2025-09-30", "--format", "json", "--limit", "100000"])
        .json();
    let still: BTreeSet<String> =
        later["parts"][0]["rows"].as_array().unwrap().iter().map(|r| r["note_no"].to_string()).collect();
    let row = rows
        .iter()
        .find(|r| {
            r["drawdown_date"].as_str().unwrap() < "2024-01-01"
                && r["renewal_kind"] == "none"
                && still.contains(&r["note_no"].to_string())
        })
        .expect("such a loan exists");
    let (institution, note) = (row["institution"].as_str().unwrap(), row["note_no"].as_str().unwrap());
    let path = city.filing("notes", institution, "2024-12-31");
    let (header, mut rows) = read_csv(&path);
    let note_no = column(&header, "note_no");
    rows.retain(|r| r[note_no] != note);
    write_csv(&path, &header, &rows);
    city.import(&path).ok();

    // The filing of 2025 stays in force, and its bank is asked about exactly that note.
    let journal = huoshui_journal::Journal::open_sqlite(
        city.data().join("journal.db"),
        std::sync::Arc::new(huoshui_journal::SystemClock),
        huoshui_journal::Options::default(),
    )
    .unwrap();
    let queries = journal.list("query", &huoshui_journal::Query::default(), None, 100).unwrap().items;
    let asked: Vec<serde_json::Value> = queries
        .iter()
        .map(|q| serde_json::from_slice::<serde_json::Value>(&q.doc).unwrap())
        .filter(|q| q["borrower"] == "")
        .collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0]["check"], "N-T-010");
    assert_eq!(asked[0]["as_of"], "2025-09-30");
    assert_eq!(asked[0]["claims"], serde_json::json!([[institution, note]]));
    drop(journal);
    city.run(&["verify"]).ok();
}
