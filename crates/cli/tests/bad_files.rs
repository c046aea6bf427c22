//! Files that must not come in: each gets a clear error and changes nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{City, column, read_csv, write_csv};

const BANK: &str = "B0001";
const DATE: &str = "2025-09-30";

#[test]
fn every_planted_error_is_found_and_no_other() {
    let city = City::new(&["--scale", "0.05", "--faults"]);
    let imported = city.import(&city.files());
    assert_eq!(imported.code, 2, "{}", imported.all());
    let (header, planted) = read_csv(&city.files().join("faults.csv"));
    let at = |name: &str| column(&header, name);
    let (institution, as_of, check) = (at("institution"), at("as_of"), at("check"));
    let mut expected: BTreeMap<(String, String), BTreeMap<String, u64>> = BTreeMap::new();
    for row in &planted {
        let of_filing = expected.entry((row[institution].clone(), row[as_of].clone())).or_default();
        *of_filing.entry(row[check].clone()).or_insert(0) += 1;
    }
    let mut found: BTreeMap<(String, String), BTreeMap<String, u64>> = BTreeMap::new();
    for entry in std::fs::read_dir(city.data().join("refused")).unwrap() {
        let folder = entry.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        let (institution, as_of) = name.split_once('.').unwrap();
        let text = std::fs::read_to_string(folder.join("findings.csv")).unwrap();
        let of_filing = found.entry((institution.to_owned(), as_of.to_owned())).or_default();
        // A natural warning that the bank has explained refuses nobody; the listing shows it all the same.
        let explained = explained(&city, institution, as_of);
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            if !(cells[4] == "提示" && explained.contains(cells[3])) {
                *of_filing.entry(cells[3].to_owned()).or_insert(0) += 1;
            }
        }
    }
    // Conflicts between banks refuse nobody: they open queries.
    let between = |code: &str| code.starts_with("B-");
    for of_filing in expected.values_mut() {
        of_filing.retain(|code, _| !between(code));
    }
    expected.retain(|_, of_filing| !of_filing.is_empty());
    assert_eq!(found, expected);
}

/// The check codes that a bank explains in its filing.
fn explained(city: &City, institution: &str, as_of: &str) -> BTreeSet<String> {
    let path = city.filing("explanations", institution, as_of);
    if !path.is_file() {
        return BTreeSet::new();
    }
    let (header, rows) = read_csv(&path);
    let code = column(&header, "check_code");
    rows.into_iter().map(|r| r[code].clone()).collect()
}

/// A city whose bank has filed; the figures and files that must not move.
fn filed() -> City {
    let city = City::new(&["--scale", "0.01", "--seed", "3"]);
    city.import(&city.files()).ok();
    city
}

#[test]
fn a_bad_file_gets_a_clear_error_and_changes_nothing() {
    let city = filed();
    let path = city.filing("notes", BANK, DATE);
    let good = std::fs::read(&path).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let (header, rows) = read_csv(&path);
    let (before, contents) = (city.figures(&[]), city.contents());

    let edited = |name: &str, value: &str| {
        let mut rows = rows.clone();
        rows[0][column(&header, name)] = value.to_owned();
        let lines: Vec<String> = rows.iter().map(|r| r.join(",")).collect();
        format!("{}\n{}\n", header.join(","), lines.join("\n")).into_bytes()
    };
    let mut cut = good.clone();
    cut.truncate(good.len() - 25);
    let mut garbled = good.clone();
    let middle = garbled.len() / 2;
    garbled[middle] = 0xFF;
    garbled[middle + 1] = 0x00;
    let mut doubled = text.clone();
    doubled.push_str(text.lines().nth(1).unwrap());
    doubled.push('\n');
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("truncated", cut, "["),
        ("corrupted", garbled, "[csv."),
        ("UTF-16", text.encode_utf16().flat_map(u16::to_le_bytes).collect(), "["),
        ("empty", Vec::new(), "[file."),
        ("another table", b"a,b\n1,2\n".to_vec(), "[table."),
        ("no such column", text.replacen("note_no", "note_number", 1).into_bytes(), "[table."),
        ("duplicated row", doubled.into_bytes(), "note_no"),
        ("mis-dated", edited("as_of", "2025-06-30"), "as_of"),
        ("another bank's", edited("institution", "B0002"), "institution"),
        ("a formula", edited("product", "=HYPERLINK(1)"), "product"),
        ("three decimals", edited("balance_cny", "100.123"), "balance_cny"),
        ("a date of no calendar", edited("drawdown_date", "2025-02-30"), "drawdown_date"),
        ("a broken USCC", edited("borrower", "91110108MA0000000X"), "borrower"),
    ];
    for (what, bytes, expected) in cases {
        std::fs::write(&path, bytes).unwrap();
        let run = city.import(&path);
        assert_eq!(run.code, 2, "{what} was not refused:\n{}", run.all());
        assert!(run.out.contains("退回") && run.out.contains(expected), "{what}:\n{}", run.out);
        assert!(run.out.contains("办法"), "{what} does not say what to do:\n{}", run.out);
        assert_eq!(city.contents(), contents, "{what} left something behind");
        assert_eq!(city.figures(&[]), before, "{what} changed a figure");
    }
    city.run(&["verify"]).ok();
}

#[test]
fn names_that_say_something_else_are_refused() {
    let city = filed();
    let good = city.filing("notes", BANK, DATE);
    for (name, code) in [
        ("notes.B0001.2025-09-31.csv", "date."),
        ("notes.B0001.2025-08-31.csv", "import.not_quarter_end"),
        ("notes.B0001.2099-12-31.csv", "import.in_future"),
        ("notes.ZZZZ.2025-09-30.csv", "import.unknown_institution"),
        ("loans.B0001.2025-09-30.csv", "import.unknown_file"),
        ("notes.2025-09-30.csv", "import.file_name"),
    ] {
        let path = city.files().parent().unwrap().join(name);
        std::fs::copy(&good, &path).unwrap();
        let run = city.import(&path);
        assert_eq!(run.code, 2, "{name}: {}", run.all());
        assert!(run.out.contains(code), "{name}: {}", run.out);
    }
}

#[test]
fn a_gbk_file_is_read_if_it_is_whole() {
    let city = filed();
    let path = city.filing("notes", BANK, DATE);
    let before = city.figures(&[]);
    let (header, mut rows) = read_csv(&path);
    // A Chinese product name makes the encodings differ; the figures must not care.
    for row in &mut rows {
        row[column(&header, "product")] = "科技研发贷款".to_owned();
    }
    write_csv(&path, &header, &rows);
    let text = std::fs::read_to_string(&path).unwrap();
    let (gbk, _, _) = encoding_rs::GBK.encode(&text);
    std::fs::write(&path, &gbk).unwrap();
    city.import(&path).ok();
    assert_eq!(city.figures(&[]), before);
    let half = gbk.len() - 1;
    let cut = gbk.iter().rposition(|b| *b >= 0x81).unwrap().min(half);
    std::fs::write(&path, &gbk[..cut]).unwrap();
    let run = city.import(&path);
    assert_eq!(run.code, 2, "half a character was read: {}", run.all());
}

#[test]
fn a_list_in_conflict_is_refused_whole_and_a_plan_changes_nothing() {
    let city = filed();
    let path = city.files().join("roster.2025-09-30.csv");
    let (header, mut rows) = read_csv(&path);
    let list = |date: &str| city.run(&["roster", "--as-of", date, "--format", "csv"]).ok().out;
    let (shown, before) = (list("2025-09-30"), list("2025-11-01"));
    // A firm with one certificate that runs on: only the list's dropping it can end it.
    let (uscc_at, valid_to) = (column(&header, "uscc"), column(&header, "valid_to"));
    let alone = |row: &Vec<String>| rows.iter().filter(|r| r[uscc_at] == row[uscc_at]).count() == 1;
    let place = rows.iter().position(|r| r[valid_to].as_str() > "2026-06-30" && alone(r)).unwrap();
    let dropped = rows.remove(place);
    let later = city.files().join("roster.2025-10-31.csv");
    write_csv(&later, &header, &rows);
    let data = city.data();
    let plan =
        common::huoshui(&["import", "--data", data.to_str().unwrap(), "--dry-run", later.to_str().unwrap()]).ok();
    assert!(plan.out.contains("将导入") && plan.out.contains("到期或撤销"), "{}", plan.out);
    assert_eq!(list("2025-11-01"), before, "a plan changed the list");
    city.import(&later).ok();
    let after = list("2025-11-01");
    let gone: Vec<&str> = before.lines().filter(|l| !after.lines().any(|a| a == *l)).collect();
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert!(gone[0].contains(dropped[uscc_at].as_str()));
    // The past has not changed, and two firms with one certificate keep the whole list out.
    assert_eq!(list("2025-09-30"), shown);
    let certificate = column(&header, "certificate_no");
    let other = rows.iter().position(|r| r[uscc_at] != rows[0][uscc_at]).unwrap();
    rows[other][certificate] = rows[0][certificate].clone();
    let conflict = city.files().join("roster.2025-11-01.csv");
    write_csv(&conflict, &header, &rows);
    let run = city.import(&conflict);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.out.contains("certificate_no"), "{}", run.out);
}

#[test]
fn a_damaged_or_endless_file_of_another_format_changes_nothing() {
    let city = filed();
    let (before, contents) = (city.figures(&[]), city.contents());
    let folder = city.files().join("bad");
    std::fs::create_dir_all(&folder).unwrap();
    let good = std::fs::read(city.filing("notes", BANK, DATE)).unwrap();
    // A workbook's first bytes and then something else; a Parquet file whose end, where its index is, was cut off.
    let book = [b"PK\x03\x04".as_slice(), &good].concat();
    let parquet = [b"PAR1".as_slice(), &good].concat();
    let cases = [("xlsx", book, "["), ("parquet", parquet, "["), ("csv", Vec::new(), "file.too_large")];
    for (extension, bytes, expected) in cases {
        let path = folder.join(format!("notes.{BANK}.{DATE}.{extension}"));
        let file = std::fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut &file, &bytes).unwrap();
        if bytes.is_empty() {
            // Larger than any filing may be, and of nothing: it takes no room on the disk.
            file.set_len(3 << 30).unwrap();
        }
        let run = city.import(&path);
        assert_eq!(run.code, 2, "{extension} was not refused:\n{}", run.all());
        assert!(run.out.contains(expected) && run.out.contains("办法"), "{extension}:\n{}", run.out);
        assert_eq!(city.contents(), contents, "{extension} left something behind");
        assert_eq!(city.figures(&[]), before, "{extension} changed a figure");
        std::fs::remove_file(path).unwrap();
    }
}
