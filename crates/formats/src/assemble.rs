//! Rows of text cells put together into chunks; csv and xlsx share it, so that both have one outcome.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::TableShape;
use huoshui_kernel::{Fault, FaultSpec};

use crate::column::Column;
use crate::header::excerpt;
use crate::read::{CellProblem, Chunk};
use crate::{Limits, faults, schema};

/// Builds chunks row by row.
pub(crate) struct Assembler {
    /// In the file's order.
    columns: Vec<Column>,
    schema: SchemaRef,
    limits: Limits,
    problems: Vec<CellProblem>,
    first_row: u64,
    rows: usize,
    /// Blank rows seen since the last row that was not: at the file's end they are nothing, before another row they are problems.
    blank: u64,
}

impl Assembler {
    /// `order` gives the shape's column of each column of the file.
    pub(crate) fn new(shape: &TableShape, order: &[usize], limits: &Limits) -> Self {
        let rows = limits.batch_rows.clamp(1, 1 << 16);
        let columns = order
            .iter()
            .filter_map(|i| shape.columns.get(*i).map(|c| Column::new(*i, c, limits.max_cell_chars, rows)))
            .collect();
        let limits = Limits { batch_rows: rows, ..*limits };
        Self { columns, schema: schema::schema(shape), limits, problems: Vec::new(), first_row: 2, rows: 0, blank: 0 }
    }

    /// Columns of the file.
    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Whether a chunk is complete. Blank rows may make it somewhat larger than asked.
    pub(crate) fn is_full(&self) -> bool {
        self.rows >= self.limits.batch_rows
    }

    fn row_number(&self) -> u64 {
        self.first_row + self.rows as u64
    }

    fn start_row(&mut self) -> Result<()> {
        // Each blank row becomes a null row of this chunk, so their number is bounded like the chunk.
        if self.blank > self.limits.batch_rows as u64 {
            return Err(Fault::new(&faults::BLANK_ROW).row(self.row_number()));
        }
        while self.blank > 0 {
            self.blank -= 1;
            self.null_row(&faults::BLANK_ROW, String::new())?;
        }
        self.admit_row()
    }

    fn admit_row(&self) -> Result<()> {
        if self.row_number() - 2 < self.limits.max_rows {
            return Ok(());
        }
        Err(Fault::new(&faults::TOO_MANY_ROWS).with("limit", self.limits.max_rows).row(self.row_number()))
    }

    fn null_row(&mut self, code: &'static FaultSpec, value: String) -> Result<()> {
        self.admit_row()?;
        self.columns.iter_mut().for_each(Column::push_null);
        self.problems.push(CellProblem { row: self.row_number(), column: None, code, value });
        self.rows += 1;
        Ok(())
    }

    /// A row whose cells `each` puts, one for each column in the file's order. It returns what is wrong with the cell
    /// and the cell's text; by then one value must have been pushed.
    pub(crate) fn row(
        &mut self,
        mut each: impl FnMut(usize, &mut Column) -> std::result::Result<(), (&'static FaultSpec, String)>,
    ) -> Result<()> {
        self.start_row()?;
        let row = self.row_number();
        for (i, column) in self.columns.iter_mut().enumerate() {
            if let Err((code, value)) = each(i, column) {
                self.problems.push(CellProblem { row, column: Some(column.index), code, value: excerpt(&value) });
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// A row that is wrong as a whole.
    pub(crate) fn bad_row(&mut self, code: &'static FaultSpec, value: &str) -> Result<()> {
        self.start_row()?;
        self.null_row(code, excerpt(value))
    }

    /// Rows without any value.
    pub(crate) fn blank_rows(&mut self, count: u64) {
        self.blank = self.blank.saturating_add(count);
    }

    /// What was built since the last call; none where no row was.
    pub(crate) fn take(&mut self) -> Result<Option<Chunk>> {
        if self.rows == 0 {
            return Ok(None);
        }
        let mut arrays: Vec<(usize, ArrayRef)> = Vec::with_capacity(self.columns.len());
        for column in &mut self.columns {
            arrays.push((column.index, column.finish()?));
        }
        arrays.sort_by_key(|(index, _)| *index);
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays.into_iter().map(|(_, a)| a).collect())
            .map_err(|why| Fault::new(&faults::SHAPE_MISMATCH).with("table", "").with("column", why))?;
        let first_row = self.first_row;
        self.first_row += self.rows as u64;
        self.rows = 0;
        Ok(Some(Chunk { batch, first_row, problems: std::mem::take(&mut self.problems) }))
    }
}
