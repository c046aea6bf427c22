//! Csv files as banks send them: right, wrong in one cell, and wrong as a whole.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, clippy::cast_sign_loss)]

mod support;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use huoshui_formats::write::HeaderLang;
use huoshui_formats::{Limits, write};
use support::{Folder, HEADER, LOANS, USCC, good_row, problems, read_all, refused};

#[test]
fn a_row_is_typed() {
    let folder = Folder::new();
    let path = folder.put("a.csv", format!("{HEADER}{}", good_row("N1")));
    let (batch, problems) = read_all(&path, &Limits::default()).unwrap();
    assert_eq!(problems, []);
    let number = |i: usize| batch.column(i).as_primitive::<Int64Type>().value(0);
    assert_eq!(batch.column(1).as_string::<i32>().value(0), USCC);
    assert_eq!(batch.column(2).as_string::<i32>().value(0), "活水科技");
    assert_eq!(number(3), 123_456, "fen");
    assert_eq!(number(4), 34_500, "parts per million");
    assert_eq!((number(5), number(6)), (-40, 0));
    assert_eq!(batch.column(7).as_primitive::<Date32Type>().value(0), 20_361, "2025-09-30");
    assert!(batch.column(8).as_boolean().value(0));
    let guarantee = batch.column(9).as_dictionary::<arrow_array::types::Int32Type>();
    assert_eq!(guarantee.values().as_string::<i32>().value(guarantee.keys().value(0) as usize), "credit");
    assert_eq!(batch.column(10).as_string::<i32>().value(0), "mortgage+pledge");
}

#[test]
fn headers_and_codes_are_read_in_chinese_and_in_any_order() {
    let folder = Folder::new();
    let path = folder.put(
        "a.csv",
        format!(
            "\u{feff}风险缓释,担保方式,首贷,放款日,逾期天数,加减点,年利率,余额,企业名称,借款人,借据号\r\n\
             质押+抵押,信用,是,2025/9/30,0,,3.45%,\"1,234.56\",\"甲\r\n乙 \"\"丙\"\"\",{USCC},\u{3000}N1 \r\n,抵押,否,20250930,3,,,-0.01,丁,{USCC},N2"
        ),
    );
    let (batch, problems) = read_all(&path, &Limits::default()).unwrap();
    assert_eq!(problems, []);
    assert_eq!(batch.num_rows(), 2);
    assert_eq!(batch.column(0).as_string::<i32>().value(0), "N1");
    assert_eq!(batch.column(2).as_string::<i32>().value(0), "甲\n乙 \"丙\"");
    let balance = batch.column(3).as_primitive::<Int64Type>();
    assert_eq!((balance.value(0), balance.value(1)), (123_456, -1));
    assert!(batch.column(4).is_null(1) && batch.column(5).is_null(0) && batch.column(10).is_null(1));
    assert_eq!(batch.column(10).as_string::<i32>().value(0), "mortgage+pledge");
}

#[test]
fn each_bad_cell_is_named_and_null() {
    let folder = Folder::new();
    let cases = [
        (0, "", "cell.required"),
        (0, "=HYPERLINK(1)", "cell.formula_text"),
        (0, "@x", "cell.formula_text"),
        (1, "91110000600037341M", "cell.bad_uscc"),
        (1, "9111000060003734", "cell.bad_uscc"),
        (2, "一二三四五六七八九十一二三四五六七八九十一", "cell.too_long"),
        (2, "a\tb", "cell.control_character"),
        (3, "12.345", "cell.money_decimals"),
        (3, "1e9", "cell.bad_money"),
        (3, "¥5", "cell.bad_money"),
        (3, "-", "cell.bad_money"),
        (4, "3.45678", "cell.rate_decimals"),
        (5, "1.5", "cell.bad_integer"),
        (6, "", "cell.required"),
        (7, "2025-02-30", "cell.bad_date"),
        (7, "30/09/2025", "cell.bad_date"),
        (8, "maybe", "cell.bad_flag"),
        (9, "collateral", "cell.unknown_code"),
        (10, "credit+credit", "cell.repeated_code"),
    ];
    let mut text = HEADER.to_owned();
    for (column, value, _) in cases {
        let good = good_row("N1");
        let mut cells: Vec<&str> = good.trim_end().split(',').collect();
        cells[column] = value;
        text += &(cells.join(",") + "\n");
    }
    let path = folder.put("a.csv", text);
    let want: Vec<_> =
        cases.iter().zip(2..).map(|((c, _, code), row)| (row, Some(LOANS.columns[*c].name), *code)).collect();
    assert_eq!(problems(&path), want);
    let (batch, all) = read_all(&path, &Limits::default()).unwrap();
    for (row, (column, ..)) in cases.iter().enumerate() {
        for i in 0..11 {
            assert_eq!(batch.column(i).is_null(row), i == *column, "row {row} column {i}");
        }
    }
    let fault = all[5].fault(&LOANS);
    assert_eq!((fault.row_number(), fault.field_name()), (Some(7), Some("name")));
    assert!(fault.message(huoshui_kernel::Lang::Zh).contains("20"), "{fault}");
}

#[test]
fn rows_keep_their_numbers_whatever_happens() {
    let folder = Folder::new();
    let text = format!(
        "{HEADER}{}short,row\n\n,,,,,,,,,,\n\"quoted\" tail,{}{}{},extra\n\n\n",
        good_row("\"a\nb\""),
        &good_row("x")[2..],
        good_row("N9").replace("credit", "nonsense"),
        good_row("N10").trim_end(),
    );
    assert_eq!(
        problems(&folder.put("a.csv", text)),
        [
            (3, None, "row.cell_count"),
            (4, None, "row.blank"),
            (5, None, "row.blank"),
            (6, None, "row.bad_quote"),
            (7, Some("guarantee"), "cell.unknown_code"),
            (8, None, "row.cell_count"),
        ]
    );
}

#[test]
fn whole_files_that_are_wrong() {
    let folder = Folder::new();
    let row = good_row("N1");
    let whole = format!("{HEADER}{row}{row}");
    let cut_at = whole.find("活").unwrap() + 1;
    let mut flipped = whole.clone().into_bytes();
    flipped[cut_at] ^= 0x55;
    let mut nul = whole.clone().into_bytes();
    nul[cut_at - 5] = 0;
    let mut utf16 = vec![0xFF, 0xFE];
    utf16.extend(whole.encode_utf16().flat_map(u16::to_le_bytes));
    let gbk = encoding_rs::GBK.encode(&whole).0.into_owned();
    let gbk_cut = gbk[..gbk.iter().position(|b| *b > 0x80).unwrap() + 1].to_vec();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("whole", whole.clone().into_bytes(), "accepted"),
        ("gbk", gbk, "accepted"),
        ("gbk cut within a character", gbk_cut, "csv.bad_encoding"),
        ("utf-8 cut within a character", whole.as_bytes()[..whole.rfind('技').unwrap() + 1].to_vec(), "csv.bad_utf8"),
        ("a flipped byte", flipped, "csv.bad_utf8"),
        ("a NUL byte", nul, "csv.binary"),
        ("utf-16", utf16, "csv.utf16"),
        ("cut within quotes", format!("{HEADER}{row}\"N2,{USCC}").into_bytes(), "csv.open_quote"),
        ("empty", vec![], "file.empty"),
        ("a workbook named csv", b"PK\x03\x04rest".to_vec(), "file.wrong_content"),
        ("an old xls named csv", vec![0xD0, 0xCF, 0x11, 0xE0, 1, 2, 3, 4], "file.old_or_encrypted_excel"),
        ("no header", row.clone().into_bytes(), "table.unknown_column"),
        ("semicolons", whole.replace(',', ";").into_bytes(), "csv.separator"),
        ("tabs", whole.replace(',', "\t").into_bytes(), "csv.separator"),
        ("a column twice", whole.replace("days,", "balance,").into_bytes(), "table.duplicate_column"),
        ("a column missing", HEADER.replace("days,", "").into_bytes(), "table.missing_columns"),
        ("a column more", HEADER.replace("days,", "days,weeks,").into_bytes(), "table.unknown_column"),
        ("300 columns", ["x"; 300].join(",").into_bytes(), "table.too_many_columns"),
        ("header only", HEADER.into(), "accepted"),
    ];
    for (what, bytes, want) in cases {
        assert_eq!(refused(&folder.put("a.csv", bytes)), want, "{what}");
    }
    assert_eq!(refused(&folder.path("absent.csv")), "file.unreadable");
    assert_eq!(refused(&folder.put("a.txt", "x")), "file.unknown_format");
}

#[test]
fn a_file_cut_anywhere_never_passes_as_whole() {
    let folder = Folder::new();
    let whole = format!("{HEADER}{}", good_row("N1"));
    for cut in HEADER.len() + 1..whole.len() - 1 {
        let path = folder.put("a.csv", &whole.as_bytes()[..cut]);
        let silent = match read_all(&path, &Limits::default()) {
            Ok((_, problems)) => problems.is_empty(),
            Err(_) => false,
        };
        // The last column is an optional set: cut at one of its ends or before it, the row is still a right one.
        let tail = &whole.as_bytes()[cut..];
        let right = [&b"mortgage+pledge\n"[..], b"+pledge\n"].contains(&tail);
        assert_eq!(silent, right, "cut before {:?}", String::from_utf8_lossy(tail));
    }
}

#[test]
fn limits_hold() {
    let folder = Folder::new();
    let text = format!("{HEADER}{}", good_row("N").repeat(100));
    let path = folder.put("a.csv", &text);
    let code = |limits: Limits| read_all(&path, &limits).map(|_| "accepted").unwrap_or_else(|f| f.code());
    let base = Limits::default();
    assert_eq!(code(Limits { max_rows: 100, batch_rows: 7, ..base }), "accepted");
    assert_eq!(code(Limits { max_rows: 99, ..base }), "table.too_many_rows");
    assert_eq!(code(Limits { max_bytes: text.len() as u64, ..base }), "accepted");
    assert_eq!(code(Limits { max_bytes: text.len() as u64 - 1, ..base }), "file.too_large");
    let endless = folder.put("b.csv", format!("{HEADER}\"{}\"", "x".repeat(20 << 20)));
    assert_eq!(refused(&endless), "csv.row_too_long");
}

#[test]
fn exported_text_is_safe_to_open() {
    let folder = Folder::new();
    let row = support::Row {
        note: "=1+1".into(),
        uscc: USCC.into(),
        name: "-2,\"x\"".into(),
        balance: -5,
        rate: None,
        spread: Some(-3),
        days: 0,
        drawn: 0,
        first: false,
        guarantee: 1,
        mitigants: 0,
    };
    let path = folder.path("out.csv");
    write::csv(&path, &LOANS, [support::batch(&[row])], HeaderLang::Zh).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.lines().nth(1).unwrap(), format!("'=1+1,{USCC},\"'-2,\"\"x\"\"\",-0.05,,-3,0,1970-01-01,否,抵押,"));
}

#[test]
fn a_large_file_reads_the_same_in_both_encodings() {
    // Some 3 MB, so that rows, quotes and characters of two, three and four bytes fall across the blocks that are read.
    let folder = Folder::new();
    let mut text = HEADER.to_owned();
    for i in 0..25_000 {
        let name = if i % 3 == 0 { "\"甲，\n𠮷\"\"乙\"\"\"" } else { "北京活水é科技" };
        text += &good_row(&format!("N{i}")).replace("活水科技", name);
    }
    let limits = Limits { batch_rows: 1_000, ..Limits::default() };
    let (utf8, none) = read_all(&folder.put("a.csv", &text), &limits).unwrap();
    assert_eq!((none.len(), utf8.num_rows()), (0, 25_000));
    let names = utf8.column(2).as_string::<i32>();
    assert_eq!((names.value(24_999), names.value(24_998)), ("甲，\n𠮷\"乙\"", "北京活水é科技"));
    let notes = utf8.column(0).as_string::<i32>();
    assert!((0..25_000).all(|i| notes.value(i) == format!("N{i}")), "every row once, in order");
    let (bytes, _, lossy) = encoding_rs::GB18030.encode(&text);
    assert!(!lossy);
    let (gb18030, none) = read_all(&folder.put("a.csv", bytes), &limits).unwrap();
    assert_eq!(none, []);
    assert_eq!(gb18030, utf8);
}
