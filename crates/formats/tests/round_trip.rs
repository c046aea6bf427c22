//! What is written comes back the same, whichever format it went through.
#![allow(clippy::unwrap_used)]

mod support;

use arrow_array::RecordBatch;
use huoshui_formats::write::HeaderLang;
use huoshui_formats::{Limits, write};
use huoshui_kernel::Uscc;
use proptest::prelude::*;
use support::{Folder, LOANS, Row, batch, read_all};

fn text() -> impl Strategy<Value = String> {
    // Letters, quotes, commas, line feeds and Chinese, not at the ends where spaces are trimmed, not a formula's start.
    proptest::string::string_regex("[a-zA-Z0-9活水\"'][a-z ,\"'\n=+@活水科技（）-]{0,17}[a-z0-9活水\"']").unwrap()
}

fn uscc() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[0-9A-HJ-NPQRTUW-Y]{8}").unwrap().prop_filter_map("a code", |organisation| {
        Uscc::compose("91", "110105", &organisation).ok().map(|u| u.as_str().to_owned())
    })
}

fn row() -> impl Strategy<Value = Row> {
    let money =
        prop_oneof![any::<i64>().prop_filter("i64::MIN has no text", |v| *v != i64::MIN), -100_000_i64..100_000];
    let bounded = -9_000_000_000_000_000_i64..9_000_000_000_000_000;
    (
        (text(), uscc(), text(), money),
        (proptest::option::of(bounded.clone()), proptest::option::of(-500_i64..500), bounded),
        (-719_162_i32..=2_932_896, any::<bool>(), 0_i32..3, 0_u8..8),
    )
        .prop_map(|((note, uscc, name, balance), (rate, spread, days), (drawn, first, guarantee, mitigants))| {
            Row { note, uscc, name, balance, rate, spread, days, drawn, first, guarantee, mitigants }
        })
}

fn back(folder: &Folder, name: &str) -> RecordBatch {
    let (batch, problems) = read_all(&folder.path(name), &Limits { batch_rows: 3, ..Limits::default() }).unwrap();
    assert_eq!(problems, [], "{name}");
    batch
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_format_gives_the_same_rows_back(rows in proptest::collection::vec(row(), 1..12)) {
        let folder = Folder::new();
        let first = batch(&rows);
        write::csv(&folder.path("code.csv"), &LOANS, [&first], HeaderLang::Code).unwrap();
        write::csv(&folder.path("zh.csv"), &LOANS, [&first], HeaderLang::Zh).unwrap();
        write::xlsx(&folder.path("code.xlsx"), &LOANS, [&first], HeaderLang::Code).unwrap();
        write::xlsx(&folder.path("zh.xlsx"), &LOANS, [&first], HeaderLang::Zh).unwrap();
        write::parquet(&folder.path("a.parquet"), &LOANS, [&first]).unwrap();
        for name in ["code.csv", "zh.csv", "code.xlsx", "zh.xlsx", "a.parquet"] {
            prop_assert_eq!(&back(&folder, name), &first, "{}", name);
        }
        // A chain through all of them, as a file travels between people and machines.
        write::xlsx(&folder.path("b.xlsx"), &LOANS, [back(&folder, "zh.csv")], HeaderLang::Code).unwrap();
        write::parquet(&folder.path("b.parquet"), &LOANS, [back(&folder, "b.xlsx")]).unwrap();
        prop_assert_eq!(back(&folder, "b.parquet"), first);
    }

    #[test]
    fn the_same_rows_give_the_same_bytes(rows in proptest::collection::vec(row(), 1..12)) {
        let folder = Folder::new();
        let bytes = |name: &str| {
            let path = folder.path(name);
            match name.rsplit('.').next() {
                Some("csv") => write::csv(&path, &LOANS, [batch(&rows)], HeaderLang::Zh).unwrap(),
                Some("xlsx") => write::xlsx(&path, &LOANS, [batch(&rows)], HeaderLang::Zh).unwrap(),
                _ => write::parquet(&path, &LOANS, [batch(&rows)]).unwrap(),
            }
            std::fs::read(path).unwrap()
        };
        prop_assert_eq!(bytes("a.csv"), bytes("b.csv"));
        prop_assert_eq!(bytes("a.xlsx"), bytes("b.xlsx"));
        prop_assert_eq!(bytes("a.parquet"), bytes("b.parquet"));
    }
}

#[test]
fn an_unfinished_file_never_appears() {
    let folder = Folder::new();
    let path = folder.path("a.csv");
    let writer = write::CsvWriter::create(&path, &LOANS, HeaderLang::Code).unwrap();
    drop(writer);
    assert!(!path.exists());
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 0, "nothing is left behind");
    let nowhere = folder.path("no such folder/a.csv");
    let refused = write::csv(&nowhere, &LOANS, [] as [RecordBatch; 0], HeaderLang::Code);
    assert_eq!(refused.map_err(|f| f.code()), Err("file.unwritable"));
}
