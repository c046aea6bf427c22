//! Csv rows against a shape.

use std::fs::File;
use std::path::Path;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::TableShape;

use super::source::Rows;
use super::split::Cell;
use crate::assemble::Assembler;
use crate::read::{Chunk, Chunks, show};
use crate::{Limits, faults, header};

/// A csv file being read.
pub(crate) struct CsvChunks {
    rows: Rows,
    cells: Vec<Cell>,
    scratch: String,
    assembler: Assembler,
    ended: bool,
}

impl CsvChunks {
    pub(crate) fn open(path: &Path, file: File, shape: &TableShape, limits: &Limits) -> Result<Self> {
        let mut rows = Rows::open(path, file, limits)?;
        let names = header_row(&mut rows, path)?;
        let order = header::map(names.iter().map(String::as_str), shape, limits)?;
        let assembler = Assembler::new(shape, &order, limits);
        Ok(Self { rows, cells: Vec::with_capacity(order.len()), scratch: String::new(), assembler, ended: false })
    }
}

/// The cells of the first row.
pub(crate) fn header_row(rows: &mut Rows, path: &Path) -> Result<Vec<String>> {
    let mut cells = Vec::new();
    let Some(row) = rows.next(&mut cells)? else {
        return Err(Fault::new(&faults::EMPTY).with("path", show(path)));
    };
    let mut scratch = String::new();
    Ok(cells.iter().map(|cell| rows.cell(row, cell, &mut scratch).to_owned()).collect())
}

impl Chunks for CsvChunks {
    fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        while !self.ended && !self.assembler.is_full() {
            let Some(row) = self.rows.next(&mut self.cells)? else {
                self.ended = true;
                break;
            };
            if self.cells.iter().all(|cell| cell.start == cell.end) {
                self.assembler.blank_rows(1);
            } else if let Some(at) = row.bad_quote {
                let text = self.cells.get(at).map_or("", |cell| self.rows.cell(row, cell, &mut self.scratch));
                self.assembler.bad_row(&faults::BAD_QUOTE, text)?;
            } else if self.cells.len() != self.assembler.width() {
                self.assembler.bad_row(&faults::CELL_COUNT, &self.cells.len().to_string())?;
            } else {
                let (rows, cells, scratch) = (&self.rows, &self.cells, &mut self.scratch);
                let mut next = cells.iter();
                self.assembler.row(|_, column| {
                    let text = next.next().map_or("", |cell| rows.cell(row, cell, scratch));
                    column.push(text).map_err(|code| (code, text.to_owned()))
                })?;
            }
        }
        self.assembler.take()
    }
}
