//! Tables as csv: UTF-8 without a byte-order mark, commas, LF, cells quoted only where they must be.

use std::borrow::Borrow;
use std::path::Path;

use arrow_array::RecordBatch;
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::TableShape;

use super::show::{View, runs_as_formula};
use super::{AtomicFile, HeaderLang, mismatch};

/// Writes a csv file batch by batch; the file appears when [`CsvWriter::finish`] is called.
pub struct CsvWriter {
    file: AtomicFile,
    shape: TableShape,
    lang: HeaderLang,
    buffer: Vec<u8>,
}

/// Writes a whole csv file. Batches are of [`crate::schema::schema`].
///
/// Money is in yuan with two decimals, rates in percent with four. Text that a spreadsheet would run as a formula gets
/// a leading `'`, so that opening the file is safe; such text is refused when a file is read, so none comes from a filing.
///
/// # Errors
/// `file.unwritable`; `write.shape_mismatch` where a batch is not of the shape.
pub fn csv<B: Borrow<RecordBatch>>(
    path: &Path,
    shape: &TableShape,
    batches: impl IntoIterator<Item = B>,
    lang: HeaderLang,
) -> Result<()> {
    let mut writer = CsvWriter::create(path, shape, lang)?;
    for batch in batches {
        writer.write(batch.borrow())?;
    }
    writer.finish()
}

impl CsvWriter {
    /// Starts the file with its header.
    ///
    /// # Errors
    /// `file.unwritable`.
    pub fn create(path: &Path, shape: &TableShape, lang: HeaderLang) -> Result<Self> {
        let mut buffer = Vec::with_capacity(1 << 18);
        for (i, column) in shape.columns.iter().enumerate() {
            if i > 0 {
                buffer.push(b',');
            }
            let name = if lang == HeaderLang::Zh { column.zh } else { column.name };
            text(&mut buffer, name.as_bytes());
        }
        buffer.push(b'\n');
        Ok(Self { file: AtomicFile::create(path)?, shape: *shape, lang, buffer })
    }

    /// Appends the rows of a batch.
    ///
    /// # Errors
    /// `file.unwritable`; `write.shape_mismatch`.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.shape.columns.len() {
            return Err(mismatch(&self.shape, "columns"));
        }
        let mut views = Vec::with_capacity(batch.num_columns());
        for (array, column) in batch.columns().iter().zip(self.shape.columns) {
            views.push(View::of(array, column, self.lang).ok_or_else(|| mismatch(&self.shape, column.name))?);
        }
        let mut word = Vec::new();
        for row in 0..batch.num_rows() {
            for (i, view) in views.iter().enumerate() {
                if i > 0 {
                    self.buffer.push(b',');
                }
                if let View::Text(_) = view {
                    word.clear();
                    view.put(row, self.lang, &mut word);
                    text(&mut self.buffer, &word);
                } else {
                    view.put(row, self.lang, &mut self.buffer);
                }
            }
            self.buffer.push(b'\n');
            if self.buffer.len() > 1 << 17 {
                self.file.put(&self.buffer)?;
                self.buffer.clear();
            }
        }
        Ok(())
    }

    /// Writes the rest and gives the file its name.
    ///
    /// # Errors
    /// `file.unwritable`.
    pub fn finish(mut self) -> Result<()> {
        self.file.put(&self.buffer)?;
        self.file.finish()
    }
}

/// Appends text, made safe and quoted where needed.
pub(crate) fn text(out: &mut Vec<u8>, cell: &[u8]) {
    let prefix: &[u8] = if runs_as_formula(cell) { b"'" } else { b"" };
    if !cell.iter().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
        out.extend_from_slice(prefix);
        out.extend_from_slice(cell);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(prefix);
    for b in cell {
        if *b == b'"' {
            out.push(b'"');
        }
        out.push(*b);
    }
    out.push(b'"');
}
