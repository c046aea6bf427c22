//! The credit commands as a user runs them: cases, bulk scores, a firm's profile, a decision with its reasons.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use common::{Run, huoshui};

const DAY: &str = "2025-09-30";

/// Five firms for the general card (`policies/scorecards/general.toml`), in csv. Points added by hand, the start of 500 with
/// them; the probability is 1 / (1 + 20 · 2^((score − 560) / 40)), worked out with another program.
///
/// - best in everything: 22+25+22+15+25+12+15+10+20+18+10+8+8+18+10 = 238 → 738;
/// - nothing known: −20−30−30−15−35−25−18−30−8−15−25−45−20−10−12 = −338 → 162;
/// - a sound one: 15+12+22+15+25+12+15+10+14+18+10+8+8+10+10 = 204 → 704;
/// - one with marks: 5+12−8+15−15+12−3−10+14+10−8+8+8+10+10 = 60 → 560, odds of 20 to 1, so 1/21;
/// - at the bins' edges: 15+12+10+6+12−5+8−10+5+10−8+8−4+2−2 = 59 → 559.
const PROFILES: &str = "\
uscc,firm_age_months,revenue_12m,revenue_growth,revenue_swing,tax_grade,tax_late_quarters_12m,headcount_growth,\
social_arrears_months_12m,patents_invention,rd_intensity,penalties_24m,enforcement_open,defendant_24m,srdi_tier,electricity_growth
91110108MA00000018,120,50000000,0.15,0.49,A,0,0.1,0,10,0.06,0,0,0,little_giant,0
91110108MA00000026,,,,,,,,,,,,,,,
91110108MA00000034,72,30000000,0.2,0.4,A,0,0.2,0,4,0.0667,0,0,0,srdi_sme,0.14
91110108MA00000042,24,30000000,-0.1,0.4,C,0,-0.05,1,4,0.05,1,0,0,srdi_sme,0.14
91110108MA00000050,60,10000000,0,0.5,B,1,0,1,1,0.03,1,0,1,innovative_sme,-0.3
";
/// Score, probability of default in percent, grade.
const SCORES: [(&str, &str, &str); 5] = [
    ("738", "0.2282", "AAA"),
    ("162", "98.0181", "C"),
    ("704", "0.4107", "AA"),
    ("560", "4.7619", "BB"),
    ("559", "4.8411", "BB"),
];

fn score(file: &Path, more: &[&str]) -> Run {
    let mut args = vec!["score", "--profiles", file.to_str().unwrap(), "--as-of", DAY];
    args.extend(more);
    huoshui(&args)
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// The rows of a result: score, probability, grade.
fn rows(out: &str) -> Vec<(String, String, String)> {
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    out.lines().skip(1).map(cells).map(|c| (c[1].clone(), c[2].clone(), c[3].clone())).collect()
}

#[test]
fn scores_of_csv_and_parquet_are_those_worked_out_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(folder.path(), "profiles.csv", PROFILES);
    let run = score(&file, &["--policy", "srdi_general", "--format", "csv"]).ok();
    let expected: Vec<_> = SCORES.map(|(s, p, g)| (s.to_owned(), p.to_owned(), g.to_owned())).to_vec();
    assert_eq!(rows(&run.out), expected, "{}", run.out);
    assert!(run.err.is_empty(), "{}", run.err);
    assert!(run.out.lines().nth(1).unwrap().starts_with("91110108MA00000018,"));
    let out = folder.path().join("out/scores.csv");
    score(&file, &["--policy", "srdi_general", "--out", out.to_str().unwrap()]).ok();
    assert_eq!(rows(&std::fs::read_to_string(&out).unwrap()), expected);
    let counted = score(&file, &["--policy", "srdi_general", "--lang", "en"]).ok().out;
    for (grade, firms) in [("AAA", "1"), ("AA", "1"), ("BB", "2"), ("C", "1")] {
        let line = counted.lines().find(|l| l.split_whitespace().next() == Some(grade));
        assert_eq!(line.and_then(|l| l.split_whitespace().last()), Some(firms), "{counted}");
    }

    // The same firms as Parquet: money in fen, ratios as decimals would be, here scaled by 10¹² as the platform keeps them.
    let parquet = folder.path().join("profiles.parquet");
    let ratio = |name: &str| {
        ["revenue_growth", "revenue_swing", "headcount_growth", "rd_intensity", "electricity_growth"].contains(&name)
    };
    let header: Vec<&str> = PROFILES.lines().next().unwrap().split(',').collect();
    let table: Vec<Vec<&str>> = PROFILES.lines().skip(1).map(|l| l.split(',').collect()).collect();
    let column = |at: usize| table.iter().map(move |row| Some(row[at]).filter(|c| !c.is_empty()));
    let scaled = |text: &str, places: usize| -> i64 {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let digits: i64 = format!("{}{part:0<places$}", whole.trim_start_matches('-')).parse().unwrap();
        if whole.starts_with('-') { -digits } else { digits }
    };
    let arrays = header.iter().enumerate().map(|(at, name)| -> (String, ArrayRef) {
        let array: ArrayRef = match *name {
            "uscc" | "tax_grade" | "srdi_tier" => Arc::new(column(at).collect::<StringArray>()),
            name => {
                let places = if ratio(name) {
                    12
                } else if name == "revenue_12m" {
                    2
                } else {
                    0
                };
                Arc::new(column(at).map(|c| c.map(|c| scaled(c, places))).collect::<Int64Array>())
            }
        };
        ((*name).to_owned(), array)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(arrays.map(|(n, a)| (n, a, true))).unwrap();
    write_parquet(&parquet, &batch);
    let run = score(&parquet, &["--policy", "srdi_general", "--format", "csv"]).ok();
    assert_eq!(rows(&run.out), expected, "{}", run.out);
    // A column of another type is refused by its name, not read as something else.
    let odd: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
    write_parquet(&parquet, &RecordBatch::try_from_iter([("revenue_12m", odd)]).unwrap());
    let run = score(&parquet, &["--policy", "srdi_general"]);
    assert!(run.code == 1 && run.err.contains("revenue_12m"), "{}", run.all());
}

fn write_parquet(path: &Path, batch: &RecordBatch) {
    let file = std::fs::File::create(path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn a_file_or_card_that_cannot_be_used_is_refused_and_what_counts_as_missing_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let good = written(folder.path(), "good.csv", PROFILES);
    let general = ["--policy", "srdi_general", "--lang", "en"];
    // The card is named first: a file is not to blame for it.
    for file in [&good, &folder.path().join("missing.csv")] {
        let run = score(file, &["--policy", "srdi_genral", "--lang", "en"]);
        assert!(run.code == 1 && run.err.contains("[credit.unknown]"), "{}", run.err);
        assert!(run.err.contains("no scorecard srdi_genral"), "{}", run.err);
        for name in ["srdi_general", "srdi_start_up", "srdi_growth", "srdi_maturity"] {
            assert!(run.err.contains(name), "{name}: {}", run.err);
        }
    }
    for (name, text, code, names) in [
        ("missing.csv", None, "file.", "missing.csv"),
        ("book.xlsx", Some("x"), "cli.table", "book.xlsx"),
        ("none.csv", Some("uscc,colour\n1,red\n"), "cli.no_features", "revenue_12m"),
        ("money.csv", Some("revenue_12m,tax_grade\nmuch,A\n"), "cell.", "revenue_12m"),
        ("float.csv", Some("firm_age_months\n7.5\n"), "cell.", "firm_age_months"),
        ("twice.csv", Some("firm_age_months,firm_age_months\n7,8\n"), "table.", "firm_age_months"),
        ("ragged.csv", Some("firm_age_months,tax_grade\n7\n"), "", "2"),
    ] {
        let path = folder.path().join(name);
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let run = score(&path, &general);
        assert_eq!(run.code, 1, "{name}: {}", run.all());
        assert!(run.err.contains(&format!("[{code}")) && run.err.contains(names), "{name}: {}", run.err);
        assert!(!run.err.contains("panicked"), "{}", run.err);
    }
    // A mistyped column would make every firm look worse; it is named.
    let typo = written(folder.path(), "typo.csv", &PROFILES.replacen("revenue_12m", "revenue_12", 1));
    let run = score(&typo, &[&general[..], &["--format", "csv"]].concat()).ok();
    assert!(run.err.contains("they count as missing: revenue_12m\n"), "{}", run.err);
    assert!(run.err.contains("not read: revenue_12\n"), "{}", run.err);
    assert_eq!(rows(&run.out)[0].0, "683", "738, the 25 points of revenue lost and 30 taken off");
    // A code that is none of the list is no value.
    let code = written(folder.path(), "code.csv", &PROFILES.replacen(",A,0,", ",Z,0,", 1));
    let run = score(&code, &[&general[..], &["--format", "csv"]].concat()).ok();
    assert_eq!(rows(&run.out)[0].0, "678", "738, the 25 points of grade A lost and 35 taken off");
    let run = huoshui(&["score", "--profiles", good.to_str().unwrap()]);
    assert_eq!(run.code, 2, "clap says that --policy is missing");
}

/// A city of a hundredth with its departments' data, brought in.
static CITY: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let (files, data) = (folder.path().join("city"), folder.path().join("data"));
    huoshui(&["city", "--out", files.to_str().unwrap(), "--scale", "0.01", "--csv"]).ok();
    huoshui(&["import", "--data", data.to_str().unwrap(), files.to_str().unwrap()]).ok();
    folder
});

fn of_firm(command: &str, uscc: &str, more: &[&str]) -> Run {
    let data = CITY.path().join("data");
    let mut args = vec![command, uscc, "--data", data.to_str().unwrap(), "--as-of", "2025-10-10"];
    args.extend(more);
    huoshui(&args)
}

/// A department's rows of a firm, as its file has them.
fn held(resource: &str, uscc: &str) -> Vec<common::Named> {
    let folder = CITY.path().join("city/departments");
    let departments = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let named = |d: PathBuf| d.join(format!("{resource}.{DAY}.whole.csv"));
    let file = departments.map(named).find(|p| p.is_file()).unwrap();
    common::named(&file).into_iter().filter(|row| row["uscc"] == *uscc).collect()
}

/// A firm of the list with four quarters of sales.
fn firm() -> String {
    let list = common::named(&CITY.path().join(format!("city/roster.{DAY}.csv")));
    let quarters = |uscc: &str| held("tax_payments", uscc).len();
    let found = list.iter().filter(|r| r["tier"] == "srdi_sme").map(|r| r["uscc"].clone()).find(|u| quarters(u) >= 8);
    found.unwrap()
}

#[test]
fn a_profile_says_what_departments_files_say() {
    let uscc = firm();
    let told = of_firm("profile", &uscc, &["--format", "json"]).json();
    assert_eq!((&told["uscc"], &told["as_of"]), (&uscc.as_str().into(), &"2025-10-10".into()));
    // Revenue of the four quarters that are due on 10 October: to 30 June 2025, for the third is twenty days late.
    let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    let sold: i64 = held("tax_payments", &uscc)
        .iter()
        .filter(|r| ["2024-09-30", "2024-12-31", "2025-03-31", "2025-06-30"].contains(&r["period"].as_str()))
        .map(|r| cents(&r["declared_revenue"]))
        .sum();
    let known = &told["profile"]["items"]["revenue_12m"]["cell"];
    assert!(known.to_string().contains(&sold.to_string()), "{known} {sold}");
    let grade = held("tax_grade", &uscc).into_iter().find(|r| r["period"] == "2024-12-31").unwrap();
    assert_eq!(told["values"]["tax_grade"], grade["grade"].as_str());
    // Every tag of the policies, once each, and answers worked out from the department's file.
    let shipped =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/tags/tags.toml")).unwrap();
    let mut codes: Vec<&str> = shipped.lines().filter_map(|l| l.strip_prefix("code = \"")?.strip_suffix('"')).collect();
    let tags: std::collections::BTreeMap<&str, &str> = told["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| (t["code"].as_str().unwrap(), t["answer"].as_str().unwrap()))
        .collect();
    codes.sort_unstable();
    assert!(codes.len() >= 30 && tags.keys().copied().collect::<Vec<_>>() == codes, "{tags:?}");
    let founded = held("registration", &uscc).remove(0)["founded_on"].clone();
    let parts: Vec<i32> = founded.split('-').map(|part| part.parse().unwrap()).collect();
    let (year, month) = (parts[0], parts[1]);
    let months = (2025 - year) * 12 + 10 - month;
    let yes = |holds: bool| if holds { "yes" } else { "no" };
    assert_eq!((tags["young_firm"], tags["established"]), (yes(months < 36), yes(months >= 120)), "{founded}");
    let known = tags.values().filter(|answer| **answer != "unknown").count();
    assert!(
        known * 2 > tags.len() && tags.values().any(|a| *a == "yes") && tags.values().any(|a| *a == "no"),
        "{tags:?}"
    );
    for (lang, words) in [
        ("zh", ["主题", "近四季申报收入", "评分", "仅供参考"]),
        ("en", ["theme", "Declared revenue", "score", "advice"]),
    ] {
        let run = of_firm("profile", &uscc, &["--lang", lang]).ok();
        for word in words {
            assert!(run.out.contains(word), "{lang} {word}: {}", run.out);
        }
        assert!(run.out.contains("tax_payments 2025-"), "where it comes from: {}", run.out);
    }
    let file = CITY.path().join("profile.json");
    of_firm("profile", &uscc, &["--format", "json", "--out", file.to_str().unwrap()]).ok();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), told);
}

const BANK: &str = r#"
[[bank_credit_report]]
queried_on = "2025-10-09"
overdue_accounts = 0
overdue_balance = 0
overdue_months_24m = 0
worst_class = "pass"
inquiries_6m = 1
other_balance = "300万元"
guarantees = 0

[[bank_group]]
group_limit = "5000万元"
group_exposure = "500万元"

[[bank_need]]
working_capital_need = "800万元"
own_loans = 0
"#;

#[test]
fn a_decision_is_explained_in_both_languages_and_as_json() {
    let uscc = firm();
    let bank = CITY.path().join("bank.toml");
    std::fs::write(&bank, BANK).unwrap();
    let bank = bank.to_str().unwrap();
    let decide = |more: &[&str]| {
        of_firm("decide", &uscc, &[&["--product", "instant_loan", "--amount", "100万元"], more].concat())
    };
    // Without the bank's own inputs nothing is approved, and they are named.
    let run = decide(&["--format", "json"]).json();
    assert_eq!(run["outcome"], "refer", "{run}");
    assert!(run["reasons"].to_string().contains("bank_"), "{run}");
    let told = decide(&["--bank-inputs", bank, "--format", "json"]).json();
    let known = ["automatic", "branch", "head_office", "refer", "refuse"];
    assert!(known.contains(&told["outcome"].as_str().unwrap()), "{told}");
    assert!(told.get("explanation").is_none());
    let tree = decide(&["--bank-inputs", bank, "--format", "json", "--explain"]).json();
    assert!(tree["explanation"]["parts"].as_array().unwrap().len() >= 3, "{tree}");
    assert_eq!(
        (&tree["score"], &tree["outcome"], &tree["rate_ppm"]),
        (&told["score"], &told["outcome"], &told["rate_ppm"])
    );
    let score = told["score"].to_string();
    for (lang, words) in [
        ("zh", ["评分 ", "等级", "违约概率", "仅供参考"]),
        ("en", ["score ", "grade", "probability of default", "advice"]),
    ] {
        let short = decide(&["--bank-inputs", bank, "--lang", lang]).ok().out;
        for word in words {
            assert!(short.contains(word), "{lang} {word}: {short}");
        }
        assert!(short.contains(&format!("{}{score}", words[0])), "{short}");
        let long = decide(&["--bank-inputs", bank, "--lang", lang, "--explain"]).ok().out;
        assert!(long.starts_with(short.trim_end()) && long.lines().count() > short.lines().count() + 10, "{long}");
    }
    // The line is what may be asked for at most: no more than 15 % of revenue, of the need, of the amount.
    if let Some(line) = told["line_fen"].as_i64() {
        assert!(line <= 100_000_000 && line % 1_000_000 == 0, "{line}");
    }
}

#[test]
fn a_firm_product_or_input_that_is_none_is_refused_by_name() {
    let uscc = firm();
    let stranger = "91110000600037341L";
    let missing = CITY.path().join("nothing.toml");
    let bad = CITY.path().join("bad.toml");
    std::fs::write(&bad, BANK.replace("bank_need", "bank_needs")).unwrap();
    let (missing, bad) = (missing.to_str().unwrap(), bad.to_str().unwrap());
    let loan = ["--product", "instant_loan", "--lang", "en"];
    let with = |more: &[&'static str]| -> Vec<&str> { loan.iter().copied().chain(more.iter().copied()).collect() };
    for (command, of, more, code, names) in [
        ("profile", "9111010", vec!["--lang", "en"], "uscc.", "uscc"),
        ("profile", "91110108MA0000001X", vec!["--lang", "en"], "uscc.", "uscc"),
        ("profile", stranger, vec!["--lang", "en"], "credit.unknown_firm", stranger),
        ("decide", stranger, loan.to_vec(), "credit.unknown_firm", stranger),
        ("decide", &uscc, vec!["--product", "moon_loan", "--lang", "en"], "cli.product", "ip_pledge_loan"),
        ("decide", &uscc, with(&["--amount", "lots"]), "money.", "amount"),
        ("decide", &uscc, with(&["--lpr", "high"]), "rate.", "lpr"),
        ("decide", &uscc, with(&["--lpr", "900%"]), "credit.lpr", "900.0000%"),
        ("decide", &uscc, [&loan[..], &["--bank-inputs", missing]].concat(), "import.unreadable", "nothing.toml"),
        ("decide", &uscc, [&loan[..], &["--bank-inputs", bad]].concat(), "credit.bank_inputs", "bank_needs"),
    ] {
        let run = of_firm(command, of, &more);
        assert_eq!(run.code, 1, "{more:?}: {}", run.all());
        assert!(run.err.contains(&format!("[{code}")) && run.err.contains(names), "{more:?}: {}", run.err);
        assert!(run.out.is_empty(), "{}", run.out);
    }
    // A purpose that the product does not serve, or an amount beyond it, is no slip of the pen: it is decided, and refused.
    for (more, reason) in [
        (["--purpose", "ip"], "bound.purpose"),
        (["--amount", "9000万元"], "bound.most"),
        (["--amount", "1万元"], "bound.least"),
        (["--months", "99"], "bound.longest"),
    ] {
        let told = of_firm("decide", &uscc, &[&loan[..], &more, &["--format", "json"]].concat()).json();
        assert_eq!(told["outcome"], "refuse", "{more:?}: {told}");
        let reasons = told["reasons"].as_array().unwrap();
        let found = reasons.iter().find(|r| r["code"] == *reason).unwrap_or_else(|| panic!("{reason}: {told}"));
        assert_eq!(found["blocks"], true);
        assert_eq!((&told["line_fen"], &told["rate_ppm"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    }
    let run = huoshui(&["profile", &uscc, "--data", "/no/such/folder", "--as-of", DAY]);
    assert!(run.code == 1 && run.err.contains("/no/such/folder"), "{}", run.all());
}
