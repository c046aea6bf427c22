//! Reading single cells of Arrow batches by column name, for the small tables that become plain rows.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;

/// A batch whose cells are read by name. A column that is not there reads as empty.
#[derive(Clone, Copy)]
pub struct Cells<'a>(pub &'a RecordBatch);

impl<'a> Cells<'a> {
    fn array(&self, column: &str) -> Option<&'a ArrayRef> {
        self.0.column_by_name(column)
    }

    /// Text, or the code of a dictionary.
    #[must_use]
    pub fn text(&self, column: &str, row: usize) -> Option<&'a str> {
        text_at(self.array(column)?, row)
    }

    /// Text that the shape requires.
    ///
    /// # Errors
    /// `app.internal` when it is missing, which the reader has excluded.
    pub fn need_text(&self, column: &'static str, row: usize) -> Result<&'a str> {
        self.text(column, row).ok_or_else(|| missing(column))
    }

    /// A whole number, fen or parts per million.
    #[must_use]
    pub fn number(&self, column: &str, row: usize) -> Option<i64> {
        let array = self.array(column)?.as_primitive_opt::<Int64Type>()?;
        (array.len() > row && array.is_valid(row)).then(|| array.value(row))
    }

    /// A number that the shape requires.
    ///
    /// # Errors
    /// `app.internal` when it is missing.
    pub fn need_number(&self, column: &'static str, row: usize) -> Result<i64> {
        self.number(column, row).ok_or_else(|| missing(column))
    }

    /// A date.
    #[must_use]
    pub fn date(&self, column: &str, row: usize) -> Option<Date> {
        let array = self.array(column)?.as_primitive_opt::<Date32Type>()?;
        if array.len() > row && array.is_valid(row) { date::from_days(array.value(row)) } else { None }
    }

    /// A date that the shape requires.
    ///
    /// # Errors
    /// `app.internal` when it is missing.
    pub fn need_date(&self, column: &'static str, row: usize) -> Result<Date> {
        self.date(column, row).ok_or_else(|| missing(column))
    }

    /// A flag; empty is no.
    #[must_use]
    pub fn flag(&self, column: &str, row: usize) -> bool {
        let array = self.array(column).and_then(|a| a.as_boolean_opt());
        array.is_some_and(|a| a.len() > row && a.is_valid(row) && a.value(row))
    }
}

fn missing(column: &'static str) -> Fault {
    Fault::new(&faults::INTERNAL).with("what", "a required cell is empty").field(column)
}

/// The text at a row of a text or dictionary array.
#[must_use]
pub fn text_at(array: &ArrayRef, row: usize) -> Option<&str> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string_opt::<i32>()?.value(row)),
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_dictionary_opt::<Int32Type>()?;
            let key = usize::try_from(dictionary.keys().value(row)).ok()?;
            Some(dictionary.values().as_string_opt::<i32>()?.value(key))
        }
        _ => None,
    }
}
