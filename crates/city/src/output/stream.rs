//! A file that grows batch by batch: what a whole city says in it never stands in memory at once.

use std::path::Path;

use huoshui_formats::write::{CsvWriter, HeaderLang, ParquetWriter};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::shape::TableShape;

use super::table::{Format, Rows};
use crate::faults;

/// A file being written; it takes its name when it is finished.
pub(crate) struct Stream {
    writer: Writer,
    rows: u64,
}

enum Writer {
    Csv(Box<CsvWriter>),
    Parquet(Box<ParquetWriter>),
}

impl Stream {
    /// Starts `DIR/STEM.EXTENSION`. Workbooks cannot be streamed.
    pub(crate) fn create(dir: &Path, stem: &str, shape: &'static TableShape, format: Format) -> Result<Self> {
        let path = dir.join(format!("{stem}.{}", format.extension()));
        let writer = match format {
            Format::Csv => Writer::Csv(Box::new(CsvWriter::create(&path, shape, HeaderLang::Code)?)),
            Format::Parquet => Writer::Parquet(Box::new(ParquetWriter::create(&path, shape)?)),
            Format::Xlsx => return Err(Fault::new(&faults::INTERNAL).with("reason", stem)),
        };
        Ok(Self { writer, rows: 0 })
    }

    /// Appends rows.
    pub(crate) fn append(&mut self, rows: Rows) -> Result<()> {
        self.rows += rows.len() as u64;
        let batch = rows.batch()?;
        match &mut self.writer {
            Writer::Csv(writer) => writer.write(&batch),
            Writer::Parquet(writer) => writer.write(&batch),
        }
    }

    /// Gives the file its name; gives the rows written.
    pub(crate) fn finish(self) -> Result<u64> {
        match self.writer {
            Writer::Csv(writer) => writer.finish()?,
            Writer::Parquet(writer) => writer.finish()?,
        }
        Ok(self.rows)
    }
}
