//! A table with every kind of cell, and helpers that the test files share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, dead_code, missing_docs)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
};
use arrow_select::concat::concat_batches;
use huoshui_formats::{CellProblem, Limits, read, schema};
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::{CellKind as K, CodeName, ColumnShape as C, TableShape};

pub const GUARANTEE: &[CodeName] = &[
    CodeName::new("credit", "信用", "Unsecured"),
    CodeName::new("mortgage", "抵押", "Mortgage"),
    CodeName::new("pledge", "质押", "Pledge"),
];

pub static LOANS: TableShape = TableShape {
    name: "loans",
    zh: "贷款",
    key: &["note_no"],
    columns: &[
        C::required("note_no", "借据号", K::Text, ("", "")).up_to(40),
        C::required("borrower", "借款人", K::Uscc, ("", "")),
        C::required("name", "企业名称", K::Text, ("", "")).up_to(20),
        C::required("balance", "余额", K::Money, ("", "")),
        C::optional("rate", "年利率", K::Rate, ("", "")),
        C::optional("spread_bp", "加减点", K::BasisPoints, ("", "")),
        C::required("days", "逾期天数", K::Int, ("", "")),
        C::required("drawn_on", "放款日", K::Date, ("", "")),
        C::required("first_loan", "首贷", K::Flag, ("", "")),
        C::required("guarantee", "担保方式", K::Code(GUARANTEE), ("", "")),
        C::optional("mitigants", "风险缓释", K::CodeSet(GUARANTEE), ("", "")),
    ],
};

pub const HEADER: &str = "note_no,borrower,name,balance,rate,spread_bp,days,drawn_on,first_loan,guarantee,mitigants\n";
/// A code with both check characters right (from a public register; also the test vector of other programs).
pub const USCC: &str = "91110000600037341L";

/// A row that is right, for tests that spoil one cell of it.
pub fn good_row(note: &str) -> String {
    format!("{note},{USCC},活水科技,1234.56,3.4500,-40,0,2025-09-30,Y,credit,mortgage+pledge\n")
}

pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// Everything in the file: all rows as one batch, and all problems.
pub fn read_all(path: &Path, limits: &Limits) -> Result<(RecordBatch, Vec<CellProblem>)> {
    let reader = read::open(path, &LOANS, limits)?;
    let (mut batches, mut problems, mut next) = (Vec::new(), Vec::new(), 2);
    for chunk in reader {
        let chunk = chunk?;
        assert_eq!(chunk.first_row, next, "chunks follow one another");
        next += chunk.batch.num_rows() as u64;
        batches.push(chunk.batch);
        problems.extend(chunk.problems);
    }
    Ok((concat_batches(&schema::schema(&LOANS), &batches).unwrap(), problems))
}

pub fn problems(path: &Path) -> Vec<(u64, Option<&'static str>, &'static str)> {
    let (_, problems) = read_all(path, &Limits::default()).unwrap();
    problems.iter().map(|p| (p.row, p.column.map(|i| LOANS.columns[i].name), p.code.code)).collect()
}

pub fn refused(path: &Path) -> &'static str {
    read_all(path, &Limits::default()).map(|_| "accepted").unwrap_or_else(|fault| fault.code())
}

/// One row of [`LOANS`] as values.
#[derive(Clone, Debug)]
pub struct Row {
    pub note: String,
    pub uscc: String,
    pub name: String,
    pub balance: i64,
    pub rate: Option<i64>,
    pub spread: Option<i64>,
    pub days: i64,
    pub drawn: i32,
    pub first: bool,
    pub guarantee: i32,
    pub mitigants: u8,
}

pub fn batch(rows: &[Row]) -> RecordBatch {
    let set = |bits: u8| {
        let codes: Vec<&str> =
            GUARANTEE.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, n)| n.code).collect();
        (!codes.is_empty()).then(|| codes.join("+"))
    };
    let names = Arc::new(StringArray::from_iter_values(GUARANTEE.iter().map(|n| n.code)));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| &r.note))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| &r.uscc))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|r| &r.name))),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.balance))),
        Arc::new(Int64Array::from_iter(rows.iter().map(|r| r.rate))),
        Arc::new(Int64Array::from_iter(rows.iter().map(|r| r.spread))),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|r| r.days))),
        Arc::new(Date32Array::from_iter_values(rows.iter().map(|r| r.drawn))),
        Arc::new(BooleanArray::from_iter(rows.iter().map(|r| Some(r.first)))),
        Arc::new(
            DictionaryArray::<Int32Type>::try_new(
                Int32Array::from_iter_values(rows.iter().map(|r| r.guarantee)),
                names,
            )
            .unwrap(),
        ),
        Arc::new(StringArray::from_iter(rows.iter().map(|r| set(r.mitigants)))),
    ];
    RecordBatch::try_new(schema::schema(&LOANS), columns).unwrap()
}
