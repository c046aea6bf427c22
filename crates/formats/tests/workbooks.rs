//! Workbooks as people send them, and workbooks made to do harm.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod support;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use calamine::{Data, Reader};
use huoshui_formats::write::marked::{Count, Mark, marked_xlsx};
use huoshui_formats::{Limits, read};
use huoshui_kernel::Lang;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use support::{Folder, HEADER, LOANS, USCC, good_row, problems, read_all, refused};

fn sheet(fill: impl Fn(&mut Worksheet)) -> Workbook {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (title, i) in HEADER.trim_end().split(',').zip(0..) {
        sheet.write_string(0, i, title).unwrap();
    }
    fill(sheet);
    book
}

/// A right row, typed as a person's spreadsheet would.
fn typed(sheet: &mut Worksheet, row: u32) {
    let date = Format::new().set_num_format("yyyy/m/d");
    sheet.write_string(row, 0, format!("N{row}")).unwrap();
    sheet.write_string(row, 1, USCC).unwrap();
    sheet.write_string(row, 2, " 活水科技 ").unwrap();
    sheet.write_number(row, 3, 1234.56).unwrap();
    sheet.write_number(row, 4, 3.45).unwrap();
    sheet.write_number(row, 5, -40.0).unwrap();
    sheet.write_number(row, 6, 0.0).unwrap();
    sheet.write_datetime_with_format(row, 7, ExcelDateTime::from_ymd(2025, 9, 30).unwrap(), &date).unwrap();
    sheet.write_boolean(row, 8, true).unwrap();
    sheet.write_string(row, 9, "信用").unwrap();
}

fn save(folder: &Folder, book: &mut Workbook) -> PathBuf {
    let path = folder.path("a.xlsx");
    book.save(&path).unwrap();
    path
}

#[test]
fn typed_cells_are_read_exactly() {
    let folder = Folder::new();
    let mut book = sheet(|s| {
        typed(s, 1);
        typed(s, 2);
        s.write_number(2, 0, 20_250_001.0).unwrap();
        s.write_string(2, 3, "1,234.56").unwrap();
        s.write_number(2, 7, 20_250_930.0).unwrap();
        s.write_string(2, 8, "否").unwrap();
    });
    let path = save(&folder, &mut book);
    let (batch, problems) = read_all(&path, &Limits::default()).unwrap();
    assert_eq!(problems, []);
    assert_eq!(batch.column(0).as_string::<i32>().value(1), "20250001");
    assert_eq!(batch.column(2).as_string::<i32>().value(0), "活水科技");
    for row in 0..2 {
        assert_eq!(batch.column(3).as_primitive::<Int64Type>().value(row), 123_456);
        assert_eq!(batch.column(4).as_primitive::<Int64Type>().value(row), 34_500);
        assert_eq!(batch.column(7).as_primitive::<Date32Type>().value(row), 20_361);
        assert_eq!(batch.column(8).as_boolean().value(row), row == 0);
    }
}

#[test]
fn each_bad_cell_is_named() {
    let folder = Folder::new();
    let mut book = sheet(|s| {
        for row in 1..=11 {
            typed(s, row);
        }
        s.write_formula(1, 3, Formula::new("=1+1").set_result("2")).unwrap();
        s.write_number(2, 3, 0.1 + 0.2).unwrap();
        s.write_number_with_format(3, 4, 0.0345, &Format::new().set_num_format("0.00%")).unwrap();
        s.write_number(4, 0, 1_234_567_890_123_456.0).unwrap();
        s.write_number(5, 7, 45_930.0).unwrap();
        let stamp = ExcelDateTime::from_ymd(2025, 9, 30).unwrap().and_hms(8, 0, 0).unwrap();
        s.write_datetime_with_format(6, 7, &stamp, &Format::new().set_num_format("yyyy-mm-dd hh:mm")).unwrap();
        s.write_string(7, 2, "=cmd|'/c calc'!A0").unwrap();
        s.write_string(8, 11, "beyond").unwrap();
        s.write_formula(9, 0, Formula::new("=A1").set_result("N9")).unwrap();
        s.write_string(11, 8, "").unwrap();
        s.write_number(11, 6, 1.5).unwrap();
    });
    // Row 10 of the sheet (index 9 is row 10); rows 13 and 14 stay blank before row 15.
    let sheet = book.worksheet_from_index(0).unwrap();
    typed(sheet, 14);
    let path = save(&folder, &mut book);
    assert_eq!(
        problems(&path),
        [
            (2, Some("balance"), "cell.formula"),
            (3, Some("balance"), "cell.money_decimals"),
            (4, Some("rate"), "cell.percent_format"),
            (5, Some("note_no"), "cell.long_number"),
            (6, Some("drawn_on"), "cell.bad_date"),
            (7, Some("drawn_on"), "cell.bad_date"),
            (8, Some("name"), "cell.formula_text"),
            (9, None, "row.cell_count"),
            (10, Some("note_no"), "cell.formula"),
            (12, Some("days"), "cell.bad_integer"),
            (13, None, "row.blank"),
            (14, None, "row.blank"),
        ]
    );
}

#[test]
fn the_sheet_of_the_tables_name_is_preferred() {
    let folder = Folder::new();
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 0, "说明").unwrap();
    let path = save(&folder, &mut book);
    assert_eq!(refused(&path), "table.unknown_column");
    let mut book = sheet(|s| {
        s.set_name("贷款").unwrap();
        typed(s, 1);
    });
    let mut first = Workbook::new();
    first.add_worksheet().set_name("说明").unwrap().write_string(0, 0, "说明").unwrap();
    first.push_worksheet(std::mem::take(book.worksheet_from_index(0).unwrap()));
    let path = save(&folder, &mut first);
    assert_eq!(problems(&path), []);
}

/// The workbook with one part replaced.
fn with_part(path: &Path, name: &str, content: &[u8]) {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for i in 0..archive.len() {
        let mut part = archive.by_index(i).unwrap();
        let title = part.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        out.start_file(title.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(if title == name { content } else { &bytes }).unwrap();
    }
    std::fs::write(path, out.finish().unwrap().into_inner()).unwrap();
}

#[test]
fn harmful_and_damaged_workbooks_are_refused() {
    let folder = Folder::new();
    let path = save(&folder, &mut sheet(|s| typed(s, 1)));
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(refused(&path), "accepted");

    let tight = Limits { max_xlsx_inflated: 4_000, ..Limits::default() };
    assert_eq!(read::open(&path, &LOANS, &tight).map(|_| "").unwrap_or_else(|f| f.code()), "xlsx.unpacks_too_large");
    let tight = Limits { max_xlsx_bytes: 1_000, ..Limits::default() };
    assert_eq!(read::open(&path, &LOANS, &tight).map(|_| "").unwrap_or_else(|f| f.code()), "file.too_large");

    // Eight megabytes of one letter pack into a few kilobytes.
    with_part(&path, "xl/worksheets/sheet1.xml", &vec![b'x'; 8 << 20]);
    assert!(std::fs::metadata(&path).unwrap().len() < 64 << 10);
    let usual = Limits { max_xlsx_inflated: 8 << 20, ..Limits::default() };
    assert_eq!(read::open(&path, &LOANS, &usual).map(|_| "").unwrap_or_else(|f| f.code()), "xlsx.unpacks_too_large");

    std::fs::write(&path, &whole).unwrap();
    with_part(&path, "xl/sharedStrings.xml", b"<sst uniqueCount=\"9999999999999\"><si><t>a</t></si></sst>");
    assert_eq!(refused(&path), "xlsx.damaged");

    std::fs::write(&path, &whole).unwrap();
    with_part(&path, "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v>");
    assert_eq!(refused(&path), "xlsx.damaged");

    for cut in (30..whole.len()).step_by(97) {
        std::fs::write(&path, &whole[..cut]).unwrap();
        assert_eq!(refused(&path), "xlsx.damaged", "cut at {cut}");
    }
    std::fs::write(&path, "PK, but not a zip").unwrap();
    assert_eq!(refused(&path), "file.wrong_content");
}

#[test]
fn one_cell_in_the_last_corner_costs_nothing() {
    let folder = Folder::new();
    let path = save(
        &folder,
        &mut sheet(|s| {
            s.write_string(1_048_575, 16_383, "x").unwrap();
        }),
    );
    assert_eq!(refused(&path), "row.blank");
}

#[test]
fn a_refused_filing_comes_back_marked() {
    let folder = Folder::new();
    let bad = good_row("N2").replace("credit", "nonsense").replace("1234.56", "=1");
    let text = format!("{HEADER}{}{bad}{}too,short\n", good_row("N1"), good_row("N3"));
    let source = folder.put("a.csv", &text);
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (line, row) in text.lines().zip(0..) {
        for (cell, column) in line.split(',').zip(0..) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    let as_xlsx = save(&folder, &mut workbook);
    for source in [source, as_xlsx] {
        let (_, problems) = read_all(&source, &Limits::default()).unwrap();
        let marks: Vec<Mark> = problems.iter().map(|p| Mark::of(p, &LOANS, Lang::Zh)).collect();
        let counts = [Count { code: "cell.bad_money".into(), what: "不是金额".into(), count: 70_000 }];
        let out = folder.path("marked.xlsx");
        marked_xlsx(&out, &source, &LOANS, &Limits::default(), &marks, &counts, Lang::Zh).unwrap();
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(&out).unwrap();
        let summary = book.worksheet_range("汇总").unwrap();
        assert_eq!(summary.get((1, 0)), Some(&Data::String("cell.bad_money".into())));
        assert_eq!(summary.get((1, 2)), Some(&Data::String("70000".into())));
        let rows = book.worksheet_range("贷款").unwrap();
        let cell = |row: usize, column: usize| rows.get((row, column)).map(ToString::to_string).unwrap_or_default();
        assert_eq!(
            (cell(1, 0), cell(1, 1), cell(1, 4), cell(1, 10)),
            ("3".into(), "N2".into(), "=1".into(), "nonsense".into())
        );
        assert!(cell(1, 12).contains("余额") && cell(1, 12).contains("[cell.unknown_code]"), "{}", cell(1, 12));
        let styles = book.worksheet_style("贷款").unwrap();
        let red = |column: u32| styles.get((1, column)).and_then(|s| s.fill.as_ref()).is_some_and(|f| f.is_visible());
        assert_eq!((1..12).filter(|c| red(*c)).collect::<Vec<_>>(), [4, 10], "only the wrong cells are coloured");
        if source.extension().unwrap() == "csv" {
            assert_eq!((cell(2, 0), cell(2, 1), cell(2, 2)), ("5".into(), "too".into(), "short".into()));
            assert_eq!(rows.height(), 3);
        }
    }
}
