//! The rows of a workbook's sheet, one at a time and never the whole sheet: a sheet with one cell in its last corner
//! must not cost a table of that size.

use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::TableShape;
use huoshui_kernel::{Fault, FaultSpec};

use super::guard;
use crate::cell::{Parsed, date, trim};
use crate::column::Column;
use crate::read::show;
use crate::{Limits, faults, write};

/// A number typed in the general format keeps fifteen digits; beyond them a spreadsheet writes zeros.
const SAFE_DIGITS: f64 = 1e15;

/// A cell as the sheet holds it.
#[derive(Clone, Debug)]
pub(crate) enum Cell<'a> {
    /// A stored value.
    Value(DataRef<'a>),
    /// A formula, with the value stored beside it.
    Formula(DataRef<'a>),
    /// A number under a percentage format.
    Percent(f64),
}

impl Cell<'_> {
    fn is_empty(&self) -> bool {
        match self {
            Self::Value(DataRef::Empty) => true,
            Self::Value(DataRef::String(text)) => trim(text).is_empty(),
            Self::Value(DataRef::SharedString(text)) => trim(text).is_empty(),
            _ => false,
        }
    }

    /// The cell as text: what a person sees, or nearly.
    pub(crate) fn text(&self) -> String {
        let data = match self {
            Self::Value(data) | Self::Formula(data) => data,
            Self::Percent(number) => return number.to_string(),
        };
        match data {
            DataRef::Empty => String::new(),
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
            DataRef::SharedString(text) => (*text).to_owned(),
            DataRef::Int(n) => n.to_string(),
            DataRef::Float(n) => n.to_string(),
            DataRef::Bool(b) => (if *b { "TRUE" } else { "FALSE" }).to_owned(),
            DataRef::DateTime(stamp) => day(stamp).map_or_else(|| stamp.as_f64().to_string(), iso),
            DataRef::Error(error) => error.to_string(),
        }
    }

    /// Puts the cell into its column.
    pub(crate) fn push(&self, column: &mut Column) -> std::result::Result<(), (&'static FaultSpec, String)> {
        let refuse = |column: &mut Column, code| {
            column.push_null();
            Err((code, self.text()))
        };
        let data = match self {
            Self::Value(data) => data,
            Self::Formula(_) => return refuse(column, &faults::FORMULA_CELL),
            Self::Percent(_) => return refuse(column, &faults::PERCENT_FORMAT),
        };
        let outcome: Parsed<()> = match data {
            DataRef::SharedString(text) => column.push(text),
            DataRef::String(text) => column.push(text),
            DataRef::Error(_) => return refuse(column, &faults::EXCEL_ERROR),
            // In a column of texts a number or a date may have lost what was typed: leading zeros, digits, a form.
            DataRef::Float(n) if column.is_text() && !(n.fract() == 0.0 && n.abs() < SAFE_DIGITS) => {
                return refuse(column, &faults::LONG_NUMBER);
            }
            DataRef::DateTime(_) if column.is_text() => return refuse(column, &faults::LONG_NUMBER),
            DataRef::DateTimeIso(stamp) => column.push(stamp.strip_suffix("T00:00:00").unwrap_or(stamp)),
            _ => column.push(&self.text()),
        };
        outcome.map_err(|code| (code, self.text()))
    }
}

/// Days since 1970-01-01, where the stamp is a day without a time of day.
fn day(stamp: &ExcelDateTime) -> Option<i32> {
    let serial = stamp.as_f64();
    if !stamp.is_datetime() || serial.fract() != 0.0 || !(0.0..2_958_466.0).contains(&serial) {
        return None;
    }
    let (y, m, d, ..) = stamp.to_ymd_hms_milli();
    date::days(i32::from(y), i32::from(m), i32::from(d))
}

fn iso(days: i32) -> String {
    let mut out = Vec::with_capacity(10);
    write::show::date(&mut out, days);
    String::from_utf8_lossy(&out).into_owned()
}

/// Who takes the rows. Rows come in order, numbered from 1; rows that hold nothing are left out.
pub(crate) trait Sink {
    /// Takes a row, trailing empty cells cut off. False ends the reading.
    fn row(&mut self, number: u64, cells: &[Cell<'_>]) -> Result<bool>;
}

/// Reads the sheet named as the table, else the first one, into the sink.
pub(crate) fn read(
    path: &Path,
    mut file: File,
    shape: &TableShape,
    limits: &Limits,
    sink: &mut dyn Sink,
) -> Result<()> {
    guard::check(&mut file, path, limits)?;
    let damaged = |why: XlsxError| Fault::new(&faults::BAD_XLSX).with("path", show(path)).with("why", why);
    std::io::Seek::rewind(&mut file)
        .map_err(|why| Fault::new(&faults::UNREADABLE).with("path", show(path)).with("why", why))?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(file)).map_err(damaged)?;
    let names = book.sheet_names();
    let named = names.iter().find(|n| [shape.name, shape.zh].contains(&n.as_str()));
    let Some(sheet) = named.or_else(|| names.first()) else {
        return Err(Fault::new(&faults::NO_SHEET).with("path", show(path)));
    };
    let percents = percent_cells(&mut book, sheet, path)?;
    let mut reader = book.worksheet_cells_reader(sheet).map_err(damaged)?;
    let mut cells: Vec<Cell<'_>> = Vec::new();
    let mut at = 0_u32;
    while let Some(record) = reader.next_cell_with_formula_metadata().map_err(damaged)? {
        let (row, column) = record.pos;
        if row != at {
            if row < at {
                return Err(Fault::new(&faults::BAD_XLSX).with("path", show(path)).with("why", "row order"));
            }
            if !hand_over(sink, at, &mut cells)? {
                return Ok(());
            }
            at = row;
        }
        let cell = match record.value {
            value if record.formula.is_some() => Cell::Formula(value),
            DataRef::Float(n) if percents.contains(&(row, column)) => Cell::Percent(n),
            value => Cell::Value(value),
        };
        if cell.is_empty() {
            continue;
        }
        // A sheet has at most 16,384 columns; what stands beyond the allowed ones only has to be noticed.
        let index = usize::try_from(column).unwrap_or(usize::MAX).min(limits.max_columns);
        if cells.len() <= index {
            cells.resize(index + 1, Cell::Value(DataRef::Empty));
        }
        if let Some(slot) = cells.get_mut(index) {
            *slot = cell;
        }
    }
    hand_over(sink, at, &mut cells).map(|_| ())
}

fn hand_over(sink: &mut dyn Sink, row: u32, cells: &mut Vec<Cell<'_>>) -> Result<bool> {
    if cells.is_empty() {
        return Ok(true);
    }
    let more = sink.row(u64::from(row) + 1, cells)?;
    cells.clear();
    Ok(more)
}

/// Numbers under a percentage format. They are found in a pass of their own, because the reader gives either a cell's
/// format or its formula.
fn percent_cells(book: &mut Xlsx<BufReader<File>>, sheet: &str, path: &Path) -> Result<HashSet<(u32, u32)>> {
    let damaged = |why: XlsxError| Fault::new(&faults::BAD_XLSX).with("path", show(path)).with("why", why);
    let mut found = HashSet::new();
    let mut reader = book.worksheet_cells_reader(sheet).map_err(damaged)?;
    let percent: HashSet<usize> = reader
        .styles()
        .iter()
        .enumerate()
        .filter(|(_, style)| style.number_format.as_ref().is_some_and(|format| format.format_code.contains('%')))
        .map(|(id, _)| id)
        .collect();
    if percent.is_empty() {
        return Ok(found);
    }
    while let Some((cell, style)) = reader.next_cell_with_style_id().map_err(damaged)? {
        if percent.contains(&style) && matches!(cell.get_value(), DataRef::Float(_)) {
            found.insert(cell.get_position());
        }
    }
    Ok(found)
}
