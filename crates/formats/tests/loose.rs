//! Tables without a shape: what is inferred, what is stated, what is refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Decimal128Array, Float64Array, Int32Array, Int64Array, RecordBatch};
use huoshui_formats::Limits;
use huoshui_formats::loose::{LooseType as T, read};
use parquet::arrow::ArrowWriter;
use support::Folder;

const TABLE: &str = "id,amount,share,ok,day,note,nothing\n\
                     1,100.5,0.25,true,2025-09-30,甲,\n\
                     -2,,1,FALSE,2024-02-29,\"a,b\",\n\
                     3,0,-0.000000000001,,,,\n";

fn numbers(array: &ArrayRef) -> Vec<Option<i64>> {
    array.as_primitive::<Int64Type>().iter().collect()
}

#[test]
fn types_are_inferred_over_the_whole_file() {
    let folder = Folder::new();
    let (columns, batches) =
        read(&folder.put("a.csv", TABLE), &[], &Limits { batch_rows: 2, ..Limits::default() }).unwrap();
    let types: Vec<(&str, T)> = columns.iter().map(|(n, t)| (n.as_str(), *t)).collect();
    let want = [T::Int, T::Ratio, T::Ratio, T::Bool, T::Date, T::Text, T::Text];
    assert_eq!(
        types,
        ["id", "amount", "share", "ok", "day", "note", "nothing"].into_iter().zip(want).collect::<Vec<_>>()
    );
    assert_eq!(batches.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [2, 1]);
    let (first, second) = (&batches[0], &batches[1]);
    assert_eq!(numbers(first.column(0)), [Some(1), Some(-2)]);
    assert_eq!(numbers(first.column(1)), [Some(100_500_000_000_000), None]);
    assert_eq!(numbers(second.column(2)), [Some(-1)]);
    assert_eq!(first.column(3).as_boolean().iter().collect::<Vec<_>>(), [Some(true), Some(false)]);
    assert_eq!(first.column(4).as_primitive::<Date32Type>().value(0), 20_361);
    assert_eq!(first.column(5).as_string::<i32>().value(1), "a,b");
    assert!(second.column(5).is_null(0) && first.column(6).null_count() == 2);
}

#[test]
fn stated_types_decide() {
    let folder = Folder::new();
    let path = folder.put("a.csv", "Amount,rate,code,n\n\"1,234.56\",3.45,007,5\n");
    let types = [("amount".into(), T::Money), ("rate".into(), T::Rate), ("n".into(), T::Text)];
    let (columns, batches) = read(&path, &types, &Limits::default()).unwrap();
    assert_eq!(columns.iter().map(|c| c.1).collect::<Vec<_>>(), [T::Money, T::Rate, T::Text, T::Text]);
    assert_eq!(numbers(batches[0].column(0)), [Some(123_456)]);
    assert_eq!(numbers(batches[0].column(1)), [Some(34_500)]);
    assert_eq!(batches[0].column(2).as_string::<i32>().value(0), "007");
}

#[test]
fn what_does_not_fit_names_row_and_column() {
    let folder = Folder::new();
    type Case<'a> = (&'a str, &'a [(&'a str, T)], &'a str, Option<u64>, Option<&'a str>);
    let cases: &[Case<'_>] = &[
        ("a,b\n1,x\n", &[("b", T::Int)], "cell.bad_integer", Some(2), Some("b")),
        ("a\n1\n\n1.005\n", &[("a", T::Money)], "cell.money_decimals", Some(4), Some("a")),
        ("a\n1.5\n98765432.1\n", &[("a", T::Ratio)], "cell.out_of_range", Some(3), Some("a")),
        ("a,A\n1,2\n", &[], "table.duplicate_column", Some(1), None),
        ("a,,c\n1,2,3\n", &[], "table.unnamed_column", Some(1), None),
        ("a,b\n1,2\n1\n", &[], "row.cell_count", Some(3), None),
        ("a\n1\n", &[("b", T::Int)], "table.no_such_column", None, None),
        ("a\n\"1\n", &[], "csv.open_quote", Some(2), None),
    ];
    for (text, types, code, row, field) in cases {
        let types: Vec<(String, T)> = types.iter().map(|(n, t)| ((*n).to_owned(), *t)).collect();
        let fault = read(&folder.put("a.csv", text), &types, &Limits::default()).unwrap_err();
        assert_eq!((fault.code(), fault.row_number(), fault.field_name()), (*code, *row, *field), "{text:?}");
    }
    assert_eq!(T::parse("float").unwrap_err().code(), "table.unknown_type");
    assert_eq!(T::parse(" Money ").unwrap(), T::Money);
}

#[test]
fn an_empty_line_is_a_null_in_a_table_of_one_column() {
    let folder = Folder::new();
    let (_, batches) = read(&folder.put("a.csv", "a\n1\n\n2\n"), &[], &Limits::default()).unwrap();
    assert_eq!(numbers(batches[0].column(0)), [Some(1), None, Some(2)]);
}

#[test]
fn parquet_keeps_its_types_unless_others_are_stated() {
    let folder = Folder::new();
    let decimal = Decimal128Array::from(vec![Some(12_345), None]).with_precision_and_scale(10, 2).unwrap();
    let batch = RecordBatch::try_from_iter([
        ("n", Arc::new(Int32Array::from(vec![1, 2])) as ArrayRef),
        ("fen", Arc::new(Int64Array::from(vec![Some(5), None]))),
        ("share", Arc::new(Float64Array::from(vec![0.1, 2.0]))),
        ("amount", Arc::new(decimal.clone())),
        ("part", Arc::new(decimal)),
    ])
    .unwrap();
    let path = folder.path("a.parquet");
    let mut writer = ArrowWriter::try_new(std::fs::File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let types = [("fen".into(), T::Money), ("amount".into(), T::Money)];
    let (columns, batches) = read(&path, &types, &Limits::default()).unwrap();
    assert_eq!(columns.iter().map(|c| c.1).collect::<Vec<_>>(), [T::Int, T::Money, T::Ratio, T::Money, T::Ratio]);
    let got: Vec<_> = (0..5).map(|i| numbers(batches[0].column(i))).collect();
    assert_eq!(got[0], [Some(1), Some(2)]);
    assert_eq!(got[1], [Some(5), None]);
    assert_eq!(got[2], [Some(100_000_000_000), Some(2_000_000_000_000)]);
    assert_eq!(got[3], [Some(12_345), None], "fen");
    assert_eq!(got[4], [Some(123_450_000_000_000), None], "123.45 as a ratio");
    let refused = read(&path, &[("share".into(), T::Rate)], &Limits::default()).unwrap_err();
    assert_eq!(refused.code(), "parquet.column_type");
}
