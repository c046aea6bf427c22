//! One column while it is read: takes cells, grows an Arrow array, and says what is wrong with a cell.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Date32Builder, Int32Builder, Int64Builder, StringBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, DictionaryArray, StringArray};
use huoshui_kernel::shape::{CellKind, ColumnShape};
use huoshui_kernel::{Fault, FaultSpec, Uscc};

use crate::cell::codes::Codes;
use crate::cell::number::{self, Grammar};
use crate::cell::{self, Parsed, date, text};
use crate::faults;

/// A column of the shape, being filled.
pub(crate) struct Column {
    /// Its position in the shape.
    pub index: usize,
    /// Its shape.
    pub shape: &'static ColumnShape,
    max_len: usize,
    store: Store,
}

enum Store {
    Number(&'static Grammar, Int64Builder),
    Date(Date32Builder),
    Flag(BooleanBuilder),
    Text(StringBuilder),
    Uscc(StringBuilder),
    Code(Codes, Arc<StringArray>, Int32Builder),
    CodeSet(Codes, StringBuilder, String),
}

impl Column {
    pub(crate) fn new(index: usize, shape: &'static ColumnShape, max_cell_chars: usize, rows: usize) -> Self {
        let texts = || StringBuilder::with_capacity(rows, rows.saturating_mul(16));
        let store = match shape.kind {
            CellKind::Int | CellKind::BasisPoints => Store::Number(&number::INT, Int64Builder::with_capacity(rows)),
            CellKind::Money => Store::Number(&number::MONEY, Int64Builder::with_capacity(rows)),
            CellKind::Rate => Store::Number(&number::RATE, Int64Builder::with_capacity(rows)),
            CellKind::Date => Store::Date(Date32Builder::with_capacity(rows)),
            CellKind::Flag => Store::Flag(BooleanBuilder::with_capacity(rows)),
            CellKind::Text => Store::Text(texts()),
            CellKind::Uscc => Store::Uscc(texts()),
            CellKind::Code(set) => {
                let names = Arc::new(StringArray::from_iter_values(set.iter().map(|n| n.code)));
                Store::Code(Codes::new(set), names, Int32Builder::with_capacity(rows))
            }
            CellKind::CodeSet(set) => Store::CodeSet(Codes::new(set), texts(), String::new()),
        };
        Self { index, shape, max_len: shape.max_len.min(max_cell_chars), store }
    }

    /// Takes one cell as text, untrimmed. Whatever is wrong, exactly one value (then null) is added.
    #[inline]
    pub(crate) fn push(&mut self, raw: &str) -> Parsed<()> {
        let outcome = self.try_push(cell::trim(raw));
        if outcome.is_err() {
            self.push_null();
        }
        outcome
    }

    fn try_push(&mut self, cell: &str) -> Parsed<()> {
        if cell.is_empty() {
            if self.shape.required {
                return Err(&faults::REQUIRED);
            }
            self.push_null();
            return Ok(());
        }
        match &mut self.store {
            Store::Number(grammar, out) => out.append_value(number::parse(cell, grammar)?),
            Store::Date(out) => out.append_value(date::parse(cell)?),
            Store::Flag(out) => out.append_value(cell::flag(cell)?),
            Store::Text(out) => {
                text::check(cell, self.max_len)?;
                out.append_value(cell);
            }
            Store::Uscc(out) => match Uscc::parse(cell) {
                Ok(uscc) => out.append_value(uscc.as_str()),
                Err(_) => return Err(&faults::BAD_USCC),
            },
            Store::Code(codes, _, out) => match codes.find(cell).and_then(|i| i32::try_from(i).ok()) {
                Some(key) => out.append_value(key),
                None => return Err(&faults::BAD_CODE),
            },
            Store::CodeSet(codes, out, scratch) => {
                codes.read_set(cell, scratch)?;
                out.append_value(&*scratch);
            }
        }
        Ok(())
    }

    /// Whether cells are free text, where digits that look like a number are none.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.store, Store::Text(_))
    }

    /// Takes a number in the column's own unit.
    pub(crate) fn push_number(&mut self, value: i64) -> Parsed<()> {
        match &mut self.store {
            Store::Number(_, out) => out.append_value(value),
            _ => return self.refuse(&faults::BAD_INT),
        }
        Ok(())
    }

    /// Takes days since 1970-01-01; years 1 to 9999.
    pub(crate) fn push_date(&mut self, days: i32) -> Parsed<()> {
        match &mut self.store {
            Store::Date(out) if (-719_162..=2_932_896).contains(&days) => out.append_value(days),
            _ => return self.refuse(&faults::BAD_DATE),
        }
        Ok(())
    }

    /// Takes a flag.
    pub(crate) fn push_flag(&mut self, value: bool) -> Parsed<()> {
        match &mut self.store {
            Store::Flag(out) => out.append_value(value),
            _ => return self.refuse(&faults::BAD_FLAG),
        }
        Ok(())
    }

    fn refuse(&mut self, code: &'static FaultSpec) -> Parsed<()> {
        self.push_null();
        Err(code)
    }

    /// Adds a null, for a cell that is empty or cannot be read.
    pub(crate) fn push_null(&mut self) {
        match &mut self.store {
            Store::Number(_, out) => out.append_null(),
            Store::Date(out) => out.append_null(),
            Store::Flag(out) => out.append_null(),
            Store::Text(out) | Store::Uscc(out) | Store::CodeSet(_, out, _) => out.append_null(),
            Store::Code(_, _, out) => out.append_null(),
        }
    }

    /// Hands over what was filled and starts anew.
    pub(crate) fn finish(&mut self) -> huoshui_kernel::fault::Result<ArrayRef> {
        Ok(match &mut self.store {
            Store::Number(_, out) => Arc::new(out.finish()),
            Store::Date(out) => Arc::new(out.finish()),
            Store::Flag(out) => Arc::new(out.finish()),
            Store::Text(out) | Store::Uscc(out) | Store::CodeSet(_, out, _) => Arc::new(out.finish()),
            Store::Code(_, names, out) => {
                Arc::new(DictionaryArray::<Int32Type>::try_new(out.finish(), names.clone()).map_err(|_| {
                    Fault::new(&faults::SHAPE_MISMATCH).with("table", "").with("column", self.shape.name)
                })?)
            }
        })
    }
}

/// Fills the places of a cell's catalogue entry from its column.
pub(crate) fn describe(spec: &'static FaultSpec, shape: Option<&ColumnShape>, value: &str) -> Fault {
    let mut fault = Fault::new(spec).with("value", value);
    if let Some(column) = shape {
        fault = fault.field(column.name).with("limit", column.max_len);
        if let CellKind::Code(set) | CellKind::CodeSet(set) = column.kind {
            let codes: Vec<&str> = set.iter().take(30).map(|n| n.code).collect();
            fault = fault.with("codes", codes.join(" "));
        }
    }
    fault
}
