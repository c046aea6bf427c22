//! Tables from rows of text, as a csv would hold them: an empty cell is NULL, money in yuan, rates in percent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, dead_code)]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, BooleanArray, Date32Array, DictionaryArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};
use huoshui_kernel::date::{Date, days, parse};
use huoshui_kernel::shape::{CellKind, TableShape};
use huoshui_kernel::{Fen, Ppm};

pub type Row = BTreeMap<String, String>;

pub fn day(text: &str) -> Date {
    parse(text).unwrap()
}

/// `a=1 b=2` over a base row; a value may not hold a blank.
pub fn row(base: &str, changes: &str) -> Row {
    let mut row = Row::new();
    for pair in base.split_whitespace().chain(changes.split_whitespace()) {
        let (name, value) = pair.split_once('=').unwrap();
        row.insert(name.to_owned(), value.to_owned());
    }
    row
}

pub fn batch(shape: &TableShape, rows: &[Row]) -> RecordBatch {
    for row in rows {
        for name in row.keys() {
            assert!(shape.columns.iter().any(|c| c.name == name), "{} has no column {name}", shape.name);
        }
    }
    let (mut fields, mut arrays): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for column in shape.columns {
        let cells: Vec<Option<&str>> =
            rows.iter().map(|r| r.get(column.name).map(String::as_str).filter(|c| !c.is_empty())).collect();
        let array = cells_of(column.kind, &cells);
        fields.push(Field::new(column.name, array.data_type().clone(), true));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn cells_of(kind: CellKind, cells: &[Option<&str>]) -> ArrayRef {
    let numbers = |read: &dyn Fn(&str) -> i64| -> ArrayRef {
        Arc::new(cells.iter().map(|c| c.map(read)).collect::<Int64Array>())
    };
    match kind {
        CellKind::Money => numbers(&|c| Fen::parse_yuan(c).unwrap().0),
        CellKind::Rate => numbers(&|c| Ppm::parse_percent(c).unwrap().0),
        CellKind::Int | CellKind::BasisPoints => numbers(&|c| c.parse().unwrap()),
        CellKind::Date => Arc::new(cells.iter().map(|c| c.map(|c| days(day(c)))).collect::<Date32Array>()),
        CellKind::Flag => Arc::new(cells.iter().map(|c| c.map(|c| c == "Y")).collect::<BooleanArray>()),
        CellKind::Code(codes) => {
            for cell in cells.iter().flatten() {
                assert!(codes.iter().any(|c| c.code == *cell), "no code {cell}");
            }
            Arc::new(cells.iter().copied().collect::<DictionaryArray<Int32Type>>())
        }
        CellKind::Text | CellKind::Uscc | CellKind::CodeSet(_) => Arc::new(StringArray::from(cells.to_vec())),
    }
}

/// A loan without anything special about it.
pub const NOTE: &str = "institution=X as_of=2025-09-30 note_no=n contract_no=c branch=main borrower=A currency=CNY balance=100 \
    balance_cny=100 business_kind=loan product=p purpose=working_capital drawdown_date=2024-03-01 original_maturity=2025-12-01 \
    current_maturity=2025-12-01 original_amount=1000 rate_at_drawdown=3 current_rate=3 rate_kind=fixed main_guarantee=credit \
    ip_pledge=N ma_loan=N ma_pilot=N inclusive=N manufacturing=N green=N five_tier=normal days_past_due=0 \
    interest_past_due=0 first_loan=N renewal_kind=none transferred=N written_off=N";

/// A drawdown of this year.
pub const DISBURSEMENT: &str = "institution=X as_of=2025-09-30 note_no=n borrower=A drawdown_date=2025-03-01 amount=100 \
    rate_at_drawdown=3 business_kind=loan original_maturity=2026-03-01 main_guarantee=credit first_loan=N renewal_kind=none";

/// An account without a line.
pub const RELATIONSHIP: &str = "institution=X as_of=2025-09-30 borrower=A account_opened_on=2020-01-01";
