//! Random damage: nothing panics, and damage to what is protected never passes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use huoshui_formats::write::HeaderLang;
use huoshui_formats::{Limits, loose, write};
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use support::{Folder, HEADER, LOANS, Row, USCC, batch, good_row, problems, read_all, refused};

fn rows(count: u8) -> Vec<Row> {
    let row = |i: u8| Row {
        note: format!("N{i}"),
        uscc: USCC.into(),
        name: format!("企业{i}"),
        balance: i64::from(i) * 1_000,
        rate: (!i.is_multiple_of(3)).then_some(34_500),
        spread: None,
        days: 0,
        drawn: 20_000,
        first: i.is_multiple_of(2),
        guarantee: i32::from(i % 3),
        mitigants: i % 8,
    };
    (0..count).map(row).collect()
}

/// Reads to the end, whatever comes; the row count where it was accepted.
fn exhaust(folder: &Folder, name: &str, bytes: &[u8]) -> Option<usize> {
    let path = folder.put(name, bytes);
    let limits = Limits { batch_rows: 16, max_rows: 10_000, ..Limits::default() };
    if !name.ends_with("xlsx") {
        drop(loose::read(&path, &[], &limits));
    }
    read_all(&path, &limits).ok().filter(|(_, problems)| problems.is_empty()).map(|(batch, _)| batch.num_rows())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let folder = Folder::new();
        exhaust(&folder, "a.csv", &bytes);
        exhaust(&folder, "b.csv", &[HEADER.as_bytes(), &bytes].concat());
        exhaust(&folder, "a.xlsx", &[b"PK\x03\x04", bytes.as_slice()].concat());
        exhaust(&folder, "a.parquet", &[b"PAR1", bytes.as_slice(), b"PAR1"].concat());
    }

    #[test]
    fn random_text_never_panics(text in "[\"\r\n,，a0-9=\u{3000} é活]{0,200}") {
        let folder = Folder::new();
        exhaust(&folder, "a.csv", text.as_bytes());
        exhaust(&folder, "b.csv", format!("{HEADER}{}{text}", good_row("N1")).as_bytes());
    }

    #[test]
    fn cells_split_as_another_program_splits_them(
        rows in proptest::collection::vec(proptest::collection::vec("[a-c\", \n活]{0,6}", 3), 1..8)
    ) {
        // The other program writes the file, so that neither its quotes nor its line ends are ours.
        let folder = Folder::new();
        let path = folder.path("a.csv");
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_path(&path).unwrap();
        writer.write_record(["x", "y", "z"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        writer.flush().unwrap();
        let text = |c: &str| (c.to_owned(), loose::LooseType::Text);
        let (_, batches) = loose::read(&path, &[text("x"), text("y"), text("z")], &Limits::default()).unwrap();
        let got = arrow_select::concat::concat_batches(&batches[0].schema(), &batches).unwrap();
        prop_assert_eq!(got.num_rows(), rows.len());
        for (i, row) in rows.iter().enumerate() {
            for (j, want) in row.iter().enumerate() {
                let column = arrow_array::cast::AsArray::as_string::<i32>(got.column(j));
                let have = if arrow_array::Array::is_null(column, i) { "" } else { column.value(i) };
                prop_assert_eq!(have, want);
            }
        }
    }

    #[test]
    fn a_flipped_byte_in_a_workbook_never_changes_a_value(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let folder = Folder::new();
        let path = folder.path("a.xlsx");
        let first = batch(&rows(20));
        write::xlsx(&path, &LOANS, [&first], HeaderLang::Code).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let path = folder.put("a.xlsx", &bytes);
        // Parts carry checksums. A flip outside them may pass (a time stamp) or lose a part (its name), which the cells
        // then report; what passes without a problem holds every value as it was.
        if let Ok((got, problems)) = read_all(&path, &Limits::default()) {
            prop_assert!(got == first || !problems.is_empty(), "byte {}", at);
        }
    }

    #[test]
    fn damaged_parquet_never_panics(at in any::<prop::sample::Index>(), bit in 0_u8..8, cut in any::<prop::sample::Index>()) {
        let folder = Folder::new();
        let path = folder.path("a.parquet");
        write::parquet(&path, &LOANS, [batch(&rows(200))]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        bytes[at.index(whole.len())] ^= 1 << bit;
        exhaust(&folder, "a.parquet", &bytes);
        let cut = cut.index(whole.len());
        prop_assert_eq!(exhaust(&folder, "a.parquet", &whole[..cut]), None, "cut at {}", cut);
    }
}

#[test]
fn parquet_obeys_the_same_rules_for_cells() {
    let folder = Folder::new();
    let good = batch(&rows(3));
    let put = |column: usize, array: ArrayRef, name: &str| {
        let fields: Vec<(String, ArrayRef)> = LOANS
            .columns
            .iter()
            .zip(good.columns())
            .enumerate()
            .map(
                |(i, (c, a))| {
                    if i == column { (name.to_owned(), array.clone()) } else { (c.name.to_owned(), a.clone()) }
                },
            )
            .collect();
        let batch = RecordBatch::try_from_iter_with_nullable(fields.into_iter().map(|(n, a)| (n, a, true))).unwrap();
        let path = folder.path("a.parquet");
        let mut writer = ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        path
    };
    let texts = |values: [Option<&str>; 3]| -> ArrayRef { Arc::new(StringArray::from(values.to_vec())) };
    let path = put(2, texts([Some("=1+1"), None, Some("好")]), "企业名称");
    assert_eq!(problems(&path), [(2, Some("name"), "cell.formula_text"), (3, Some("name"), "cell.required")]);
    let path = put(1, texts([Some(USCC), Some("91110000600037341X"), Some(USCC)]), "borrower");
    assert_eq!(problems(&path), [(3, Some("borrower"), "cell.bad_uscc")]);
    let path = put(9, texts([Some("credit"), Some("抵押"), Some("none")]), "guarantee");
    assert_eq!(problems(&path), [(4, Some("guarantee"), "cell.unknown_code")]);
    let path = put(3, Arc::new(arrow_array::Float64Array::from(vec![1.0, 2.0, 3.0])), "balance");
    assert_eq!(refused(&path), "parquet.column_type");
    let path = put(3, Arc::new(Int64Array::from(vec![1, 2, 3])), "rest");
    assert_eq!(refused(&path), "table.unknown_column");
    let decimal = arrow_array::Decimal128Array::from(vec![150, -5, 0]).with_precision_and_scale(12, 1).unwrap();
    let (got, none) = read_all(&put(3, Arc::new(decimal), "balance"), &Limits::default()).unwrap();
    assert_eq!(none, []);
    let fen = arrow_array::cast::AsArray::as_primitive::<arrow_array::types::Int64Type>(got.column(3));
    assert_eq!(fen.values().to_vec(), [1_500, -50, 0], "15.0, -0.5 and 0 yuan");
}
