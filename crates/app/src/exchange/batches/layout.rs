//! How rows lie in a file: Parquet, sorted by firm and key, in row groups so small that one firm's rows cost one small
//! read, with the first and last firm of each group in the footer.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use arrow_array::RecordBatch;
use arrow_select::interleave::interleave_record_batch;
use huoshui_exchange::catalogue::Resource;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::shape::{CellKind, TableShape};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use rayon::slice::ParallelSliceMut as _;

use super::keys::Keys;
use crate::faults;
use crate::folder::Workspace;

/// Rows of a row group: decoded in well under a millisecond.
pub const GROUP_ROWS: usize = 8_192;

/// A file being written. Rows must come in order.
pub struct Writer<'a> {
    workspace: &'a Workspace,
    writer: Option<ArrowWriter<BufWriter<File>>>,
    path: PathBuf,
}

fn failed(why: impl std::fmt::Display) -> Fault {
    Fault::new(&faults::INTERNAL).with("what", format_args!("parquet: {why}"))
}

impl<'a> Writer<'a> {
    /// Starts a file. `label` goes into it, so that files of different batches never have one name, and erasing one
    /// never takes another's rows.
    ///
    /// # Errors
    /// `data.folder`.
    pub fn create(workspace: &'a Workspace, resource: &Resource, shape: &TableShape, label: &str) -> Result<Self> {
        let path = workspace.blobs.scratch();
        let file = File::create(&path).map_err(|e| faults::folder(&path, &e))?;
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_dictionary_enabled(true)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by("huoshui".to_owned())
            .set_statistics_enabled(EnabledStatistics::None)
            .set_column_statistics_enabled(ColumnPath::from("uscc"), EnabledStatistics::Chunk)
            .set_key_value_metadata(Some(vec![
                KeyValue::new("resource".to_owned(), resource.code.clone()),
                KeyValue::new("schema".to_owned(), resource.schema.to_string()),
                KeyValue::new("of".to_owned(), label.to_owned()),
            ]));
        for column in shape.columns {
            // Amounts hardly repeat: looking each up in a dictionary costs more than it saves.
            if matches!(column.kind, CellKind::Money | CellKind::Rate) {
                properties = properties.set_column_dictionary_enabled(ColumnPath::from(column.name), false);
            }
        }
        let schema = huoshui_formats::schema::schema(shape);
        let writer = ArrowWriter::try_new(BufWriter::with_capacity(1 << 18, file), schema, Some(properties.build()));
        let mut started = Self { workspace, writer: None, path };
        started.writer = Some(writer.map_err(failed)?);
        Ok(started)
    }

    /// Appends rows.
    ///
    /// # Errors
    /// `app.internal` where rows are not of the shape or the disk fails.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.writer.as_mut().ok_or_else(|| failed("closed"))?.write(batch).map_err(failed)
    }

    /// Closes the file and keeps it, durably; its name.
    ///
    /// # Errors
    /// Those of the files' store.
    pub fn finish(mut self) -> Result<String> {
        let writer = self.writer.take().ok_or_else(|| failed("closed"))?;
        let buffer = writer.into_inner().map_err(failed)?;
        buffer.into_inner().map_err(|e| faults::folder(&self.path, e.error()))?;
        let file = File::open(&self.path).map_err(|e| faults::folder(&self.path, &e))?;
        self.workspace.blobs.put_reader(file)
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        self.writer = None;
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Rows in memory, to be brought into order.
#[derive(Default)]
pub struct Gathered {
    batches: Vec<RecordBatch>,
    /// Batch and row of each row.
    rows: Vec<(u32, u32)>,
    /// All keys, one after another, and where each ends.
    keys: Vec<u8>,
    ends: Vec<usize>,
}

impl Gathered {
    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// As [`Keys::of`].
    pub fn add(&mut self, batch: &RecordBatch, key: &[usize]) -> Result<()> {
        let keys = Keys::of(batch, key)?;
        let number = u32::try_from(self.batches.len()).map_err(failed)?;
        for row in 0..batch.num_rows() {
            self.rows.push((number, u32::try_from(row).map_err(failed)?));
            keys.put(row, &mut self.keys);
            self.ends.push(self.keys.len());
        }
        self.batches.push(batch.clone());
        Ok(())
    }

    /// The key of the row that came in this place, from 0.
    #[must_use]
    pub fn key(&self, index: u32) -> &[u8] {
        let at = index as usize;
        let start = at.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or(0);
        self.ends.get(at).and_then(|end| self.keys.get(start..*end)).unwrap_or_default()
    }

    /// The rows in order of their keys, those of one key in the order in which they came.
    ///
    /// # Errors
    /// More rows than fit.
    pub fn order(&self) -> Result<Vec<u32>> {
        let count = u32::try_from(self.rows.len()).map_err(failed)?;
        let mut order: Vec<u32> = (0..count).collect();
        order.par_sort_unstable_by(|a, b| self.key(*a).cmp(self.key(*b)).then(a.cmp(b)));
        Ok(order)
    }

    /// Pairs of rows with one key, as they follow one another in the order.
    pub fn twins<'b>(&'b self, order: &'b [u32]) -> impl Iterator<Item = (u32, u32)> + 'b {
        order.windows(2).filter_map(|pair| match pair {
            [a, b] if self.key(*a) == self.key(*b) => Some((*a, *b)),
            _ => None,
        })
    }

    /// Of rows with one key only the last one that came.
    #[must_use]
    pub fn latest(&self, order: &[u32]) -> Vec<u32> {
        let mut kept: Vec<u32> = Vec::with_capacity(order.len());
        for index in order {
            match kept.last_mut() {
                Some(last) if self.key(*last) == self.key(*index) => *last = *index,
                _ => kept.push(*index),
            }
        }
        kept
    }

    /// The rows in this order, a row group at a time.
    ///
    /// # Errors
    /// Those of `sink`.
    pub fn each(&self, order: &[u32], mut sink: impl FnMut(&RecordBatch) -> Result<()>) -> Result<()> {
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        for part in order.chunks(GROUP_ROWS) {
            let places = part.iter().filter_map(|i| self.rows.get(*i as usize));
            let places: Vec<(usize, usize)> = places.map(|(b, r)| (*b as usize, *r as usize)).collect();
            sink(&interleave_record_batch(&batches, &places).map_err(failed)?)?;
        }
        Ok(())
    }
}
