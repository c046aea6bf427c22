//! What the command prints and writes, read again by someone else's eyes: formulas, exports, benchmarks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use calamine::{Data, Reader};
use common::{City, huoshui, named};
use serde_json::json;

const LOANS: &str = "\
district,balance,guaranteed,opened
110108,1000000.00,true,2024-03-01
110108,2500000.50,false,2025-01-15
110105,300000.00,,2025-06-30
110105,,true,2023-12-31
";
const TYPES: &str = "district=text,balance=money,guaranteed=bool,opened=date";

fn eval(file: &str, more: &[&str]) -> common::Run {
    huoshui(&[&["formula", "eval", "--table", file], more].concat())
}

/// The three executors say the same, and it is what a person adds up: in fen, with what is missing left out.
#[test]
fn a_formula_is_evaluated_by_every_executor() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("loans.csv");
    std::fs::write(&file, LOANS).unwrap();
    let file = file.to_str().unwrap();
    let select =
        "SUM(balance) AS total, COUNT(*) AS n, SUM(balance) FILTER (WHERE guaranteed) AS good, MIN(opened) AS first";
    for engine in ["row", "columns", "sqlite"] {
        let grouped = ["--types", TYPES, "--select", select, "--group-by", "district", "--engine", engine];
        let rows = eval(file, &[&grouped[..], &["--format", "json"]].concat()).json();
        assert_eq!(
            rows,
            json!([
                { "district": "110105", "total": 30_000_000, "n": 2, "good": null, "first": "2023-12-31" },
                { "district": "110108", "total": 350_000_050, "n": 2, "good": 100_000_000, "first": "2024-03-01" },
            ]),
            "{engine}"
        );
        // 3 800 000.50 元 over four is 95 000 012.5 fen: half to even. Those since 2025 are two.
        let each = ["--types", TYPES, "--select", "SUM(balance) / :n AS each", "--param", "n=4", "--engine", engine];
        assert_eq!(eval(file, &[&each[..], &["--format", "json"]].concat()).json(), json!([{ "each": 95_000_012 }]));
        let since = ["--types", TYPES, "--select", "COUNT(*) AS n", "--where", "opened >= DATE '2025-01-01'"];
        let since = [&since[..], &["--engine", engine, "--format", "json"]].concat();
        assert_eq!(eval(file, &since).json(), json!([{ "n": 2 }]), "{engine}");
    }
    let explained =
        eval(file, &["--types", TYPES, "--select", "balance > money('50万元') AND guaranteed AS ok", "--explain"]);
    let explained = explained.ok().out;
    for line in
        ["[是] balance > money('50万元') AND guaranteed", "[否] guaranteed", "[缺失] balance", "[未求值] guaranteed"]
    {
        assert!(explained.contains(line), "{line}:\n{explained}");
    }
    let refused = eval(file, &["--types", TYPES, "--select", "balance + district"]);
    assert!(refused.code == 1 && refused.err.contains("[formula."), "{}", refused.all());
}

#[test]
fn a_parquet_file_is_evaluated_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("loans.parquet");
    let balances: arrow_array::Int64Array = vec![Some(100_000_000), Some(250_000_050), None].into();
    let districts: arrow_array::StringArray = vec![Some("110108"), Some("110108"), Some("110105")].into();
    let columns: [(&str, arrow_array::ArrayRef); 2] =
        [("balance", std::sync::Arc::new(balances)), ("district", std::sync::Arc::new(districts))];
    let batch = arrow_array::RecordBatch::try_from_iter(columns).unwrap();
    let out = std::fs::File::create(&file).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(out, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let args =
        ["--select", "SUM(balance) AS total", "--group-by", "district", "--types", "balance=money", "--format", "json"];
    let rows = eval(file.to_str().unwrap(), &args).json();
    assert_eq!(rows, json!([{ "district": "110105", "total": null }, { "district": "110108", "total": 350_000_050 }]));
}

/// Every export of one cut holds the same values under the same codes.
#[test]
fn exports_agree() {
    let city = City::new(&["--scale", "0.01", "--seed", "5"]);
    city.import(&city.files()).ok();
    let cut = ["indicators", "--as-of", "2025-09-30", "--code", "srdi_loan_balance", "--by", "district"];
    let rows = city.run(&[&cut[..], &["--format", "json"]].concat()).json();
    let of = |row: &serde_json::Value| {
        (row["dims"]["district"].as_str().unwrap().to_owned(), row["value"].as_i64().unwrap())
    };
    let mut expected: Vec<(String, i64)> = rows.as_array().unwrap().iter().map(of).collect();
    expected.sort();
    assert!(expected.len() > 5);
    let folder = tempfile::tempdir().unwrap();
    let write = |format: &str, name: &str| {
        let path = folder.path().join(name);
        city.run(&[&cut[..], &["--format", format, "--out", path.to_str().unwrap()]].concat()).ok();
        path
    };

    // SDMX-CSV 2.0: what it is a part of, an action, a column per dimension, `_T` for the total over one.
    let sdmx = named(&write("sdmx-csv", "figures.csv"));
    let mut found: Vec<(String, i64)> =
        sdmx.iter().map(|r| (r["DISTRICT"].clone(), r["OBS_VALUE"].parse().unwrap())).collect();
    found.sort();
    assert_eq!(found, expected);
    for row in &sdmx {
        let fixed =
            [("STRUCTURE", "dataflow"), ("ACTION", "I"), ("INDICATOR", "srdi_loan_balance"), ("UNIT_MEASURE", "fen")];
        for (name, value) in fixed.into_iter().chain([("INSTITUTION", "_T"), ("TIME_PERIOD", "2025-09-30")]) {
            assert_eq!(row[name], value, "{name}");
        }
    }

    let mut book: calamine::Xlsx<_> = calamine::open_workbook(write("xlsx", "figures.xlsx")).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let texts: Vec<Vec<String>> = sheet.rows().map(|r| r.iter().map(Data::to_string).collect()).collect();
    assert_eq!(texts.len(), expected.len() + 1, "{texts:?}");
    for (district, fen) in &expected {
        let row = texts.iter().find(|r| r.contains(district)).unwrap_or_else(|| panic!("{district}: {texts:?}"));
        // Sheets show yuan, and say so.
        let yuan = row.iter().position(|text| huoshui_kernel::Fen::parse_yuan(text).is_ok_and(|f| f.0 == *fen));
        assert_eq!(yuan.and_then(|at| row.get(at + 1)).map(String::as_str), Some("CNY"), "{fen} is not in {row:?}");
    }
}

/// What comes back to a bank whose filing is refused: each error with row, field and what to do, and its own table with
/// the wrong cells marked.
#[test]
fn a_refused_filing_comes_back_as_a_marked_spreadsheet() {
    let city = City::new(&["--scale", "0.01", "--seed", "5"]);
    city.import(&city.files()).ok();
    let path = city.filing("notes", "B0001", "2025-09-30");
    let (header, mut rows) = common::read_csv(&path);
    rows[2][common::column(&header, "balance_cny")] = "-5.00".to_owned();
    let note = rows[2][common::column(&header, "note_no")].clone();
    common::write_csv(&path, &header, &rows);
    assert_eq!(city.import(&path).code, 2);
    let refused = city.data().join("refused/B0001.2025-09-30");
    let findings = std::fs::read_to_string(refused.join("findings.csv")).unwrap();
    // The third row of data is the file's fourth.
    let told = findings.lines().any(|l| l.starts_with("notes,4,balance_cny,") && l.contains(&note));
    assert!(told, "{findings}");
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(refused.join("notes.xlsx")).unwrap();
    let sheets: Vec<String> = book.sheet_names();
    let all: Vec<String> = sheets
        .iter()
        .flat_map(|name| book.worksheet_range(name).unwrap().rows().map(|r| format!("{r:?}")).collect::<Vec<_>>())
        .collect();
    assert!(all.iter().any(|row| row.contains(&note) && row.contains("-5")), "{all:?}");
}

#[test]
fn a_benchmark_prints_its_figure_beside_its_limit() {
    let rows = huoshui(&["bench", "policy-row", "--small", "--json"]).json();
    let row = rows[0].as_object().unwrap();
    let keys: Vec<&str> = row.keys().map(String::as_str).collect();
    for key in ["name", "figure", "unit", "limit", "ratio", "aim"] {
        assert!(keys.contains(&key), "{key} is not in {keys:?}");
    }
    assert!(row["figure"].as_f64().unwrap() > 0.0 && row["name"] == "policy_row");
}
