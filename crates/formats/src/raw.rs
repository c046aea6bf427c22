//! Chosen rows of a file as they were written, to show them back to whoever sent them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::{CellKind, TableShape};

use crate::csv::read::header_row;
use crate::csv::source::Rows;
use crate::read::{FileKind, admit};
use crate::write::show;
use crate::xlsx::rows::{Cell, Sink};
use crate::{Limits, header, parquet, xlsx};

/// The most characters of a cell that are shown back.
const SHOWN: usize = 500;

/// Cells of the wanted rows in the shape's order. Rows after a place that cannot be read are left out.
pub(crate) fn rows(
    path: &Path,
    shape: &TableShape,
    limits: &Limits,
    wanted: &BTreeSet<u64>,
) -> Result<BTreeMap<u64, Vec<String>>> {
    let (kind, file) = admit(path, limits)?;
    let mut found = BTreeMap::new();
    match kind {
        FileKind::Csv => {
            let mut rows = Rows::open(path, file, limits)?;
            let names = header_row(&mut rows, path)?;
            let order = header::map(names.iter().map(String::as_str), shape, limits)?;
            let (mut cells, mut scratch) = (Vec::new(), String::new());
            let last = wanted.last().copied().unwrap_or(0);
            while rows.next_row <= last {
                let number = rows.next_row;
                let Ok(Some(row)) = rows.next(&mut cells) else { break };
                if wanted.contains(&number) {
                    let texts = cells.iter().map(|cell| rows.cell(row, cell, &mut scratch).to_owned());
                    found.insert(number, place(texts, &order, shape));
                }
            }
        }
        FileKind::Xlsx => {
            let mut picker = Picker { shape, limits, wanted, order: None, found: &mut found };
            // What was read before a fault is still worth showing.
            drop(xlsx::rows::read(path, file, shape, limits, &mut picker));
        }
        FileKind::Parquet => {
            let builder = parquet::builder(path, file, limits)?;
            let fields = builder.schema().fields().clone();
            let order = header::map(fields.iter().map(|f| f.name().as_str()), shape, limits)?;
            let mut first = 2_u64;
            for batch in parquet::Batches::new(path, builder)?.map_while(Result::ok) {
                let end = first + batch.num_rows() as u64;
                for number in wanted.range(first..end) {
                    let at = usize::try_from(number - first).unwrap_or(usize::MAX);
                    let texts = batch.columns().iter().zip(&order).map(|(array, i)| value(array, at, shape, *i));
                    found.insert(*number, place(texts, &order, shape));
                }
                first = end;
            }
        }
    }
    Ok(found)
}

/// Cells of the file's order put into the shape's.
fn place(texts: impl Iterator<Item = String>, order: &[usize], shape: &TableShape) -> Vec<String> {
    let mut row = vec![String::new(); shape.columns.len()];
    for (text, index) in texts.zip(order) {
        if let Some(slot) = row.get_mut(*index) {
            *slot =
                text.chars().take(SHOWN).map(|c| if c.is_control() && c != '\n' { '\u{FFFD}' } else { c }).collect();
        }
    }
    row
}

fn value(array: &ArrayRef, at: usize, shape: &TableShape, index: usize) -> String {
    if at >= array.len() || array.is_null(at) {
        return String::new();
    }
    let scale = match shape.columns.get(index).map(|c| c.kind) {
        Some(CellKind::Money) => 2,
        Some(CellKind::Rate) => 4,
        _ => 0,
    };
    let mut out = Vec::new();
    if let Some(numbers) = array.as_primitive_opt::<Int64Type>() {
        show::decimal(&mut out, numbers.value(at), scale);
    } else if let Some(dates) = array.as_primitive_opt::<Date32Type>() {
        show::date(&mut out, dates.value(at));
    } else if let Some(flags) = array.as_boolean_opt() {
        out.push(if flags.value(at) { b'Y' } else { b'N' });
    } else if let Some(codes) = array.as_any_dictionary_opt() {
        let key = codes.normalized_keys().get(at).copied().unwrap_or(usize::MAX);
        return value(codes.values(), key, shape, index);
    } else if let Some(text) = parquet::texts(array).and_then(|texts| texts.get(at).copied().flatten()) {
        return text.to_owned();
    }
    String::from_utf8_lossy(&out).into_owned()
}

struct Picker<'a> {
    shape: &'a TableShape,
    limits: &'a Limits,
    wanted: &'a BTreeSet<u64>,
    order: Option<Vec<usize>>,
    found: &'a mut BTreeMap<u64, Vec<String>>,
}

impl Sink for Picker<'_> {
    fn row(&mut self, number: u64, cells: &[Cell<'_>]) -> Result<bool> {
        let texts: Vec<String> = cells.iter().map(Cell::text).collect();
        match &self.order {
            None => self.order = Some(header::map(texts.iter().map(String::as_str), self.shape, self.limits)?),
            Some(order) if self.wanted.contains(&number) => {
                self.found.insert(number, place(texts.into_iter(), order, self.shape));
            }
            Some(_) => {}
        }
        Ok(self.wanted.last().is_some_and(|last| number < *last))
    }
}
