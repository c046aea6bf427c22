//! A workbook against a shape.
//!
//! The library that reads workbooks lends out its texts, so the reading runs on a thread of its own that hands over
//! chunk after chunk, at most one ahead. Should that library fail on a hostile file, only the thread ends.

use std::fs::File;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::TableShape;

use super::rows::{Cell, Sink, read};
use crate::assemble::Assembler;
use crate::read::{Chunk, Chunks, show};
use crate::{Limits, faults, header};

/// A workbook being read.
pub(crate) struct XlsxChunks {
    name: String,
    chunks: Option<Receiver<Result<Chunk>>>,
    thread: Option<JoinHandle<()>>,
}

impl XlsxChunks {
    /// Returns when the header is read.
    pub(crate) fn open(path: &Path, file: File, shape: &TableShape, limits: &Limits) -> Result<Self> {
        let (opened, header) = sync_channel(1);
        let (out, chunks) = sync_channel(1);
        let (path, shape, limits) = (path.to_owned(), *shape, *limits);
        let name = show(&path);
        let thread = std::thread::Builder::new()
            .name("xlsx".to_owned())
            .spawn(move || {
                let mut table = Table { shape, limits, opened, out: out.clone(), assembler: None, next: 2 };
                let ended = read(&path, file, &shape, &limits, &mut table).and_then(|()| table.end(&path));
                if let Err(fault) = ended {
                    // Whichever side waits gets it; the other is gone.
                    if let Err(unheard) = table.opened.try_send(Err(fault.clone())) {
                        drop(unheard);
                    }
                    drop(out.send(Err(fault)));
                }
            })
            .map_err(|why| Fault::new(&faults::UNREADABLE).with("path", &name).with("why", why))?;
        let mut this = Self { name, chunks: Some(chunks), thread: Some(thread) };
        match header.recv() {
            Ok(Ok(())) => Ok(this),
            Ok(Err(fault)) => Err(fault),
            Err(_) => Err(this.failed()),
        }
    }

    fn failed(&mut self) -> Fault {
        Fault::new(&faults::BAD_XLSX).with("path", &self.name).with("why", "structure")
    }
}

impl Chunks for XlsxChunks {
    fn next_chunk(&mut self) -> Result<Option<Chunk>> {
        match self.chunks.as_ref().map(Receiver::recv) {
            Some(Ok(chunk)) => chunk.map(Some),
            _ => match self.thread.take().map(JoinHandle::join) {
                Some(Err(_)) => Err(self.failed()),
                _ => Ok(None),
            },
        }
    }
}

impl Drop for XlsxChunks {
    fn drop(&mut self) {
        // Without a receiver the thread ends at its next chunk.
        self.chunks = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

struct Table {
    shape: TableShape,
    limits: Limits,
    opened: SyncSender<Result<()>>,
    out: SyncSender<Result<Chunk>>,
    assembler: Option<Assembler>,
    next: u64,
}

impl Table {
    fn start(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        let names: Vec<String> = cells.iter().map(Cell::text).collect();
        let order = header::map(names.iter().map(String::as_str), &self.shape, &self.limits)?;
        self.assembler = Some(Assembler::new(&self.shape, &order, &self.limits));
        // The one who opened may be gone already; the rows then go nowhere and the reading ends.
        drop(self.opened.send(Ok(())));
        Ok(())
    }

    fn hand_over(&mut self) -> Result<bool> {
        match self.assembler.as_mut().map(Assembler::take).transpose()?.flatten() {
            Some(chunk) => Ok(self.out.send(Ok(chunk)).is_ok()),
            None => Ok(true),
        }
    }

    fn end(&mut self, path: &Path) -> Result<()> {
        if self.assembler.is_none() {
            return Err(Fault::new(&faults::EMPTY).with("path", show(path)));
        }
        self.hand_over().map(|_| ())
    }
}

impl Sink for Table {
    fn row(&mut self, number: u64, cells: &[Cell<'_>]) -> Result<bool> {
        let Some(assembler) = self.assembler.as_mut() else {
            // A sheet whose first row is blank has no header.
            self.start(if number == 1 { cells } else { &[] })?;
            return Ok(true);
        };
        assembler.blank_rows(number.saturating_sub(self.next));
        self.next = number + 1;
        if cells.len() > assembler.width() {
            assembler.bad_row(&faults::CELL_COUNT, &cells.len().to_string())?;
        } else {
            let mut next = cells.iter();
            let empty = Cell::Value(calamine::DataRef::Empty);
            assembler.row(|_, column| next.next().unwrap_or(&empty).push(column))?;
        }
        if assembler.is_full() { self.hand_over() } else { Ok(true) }
    }
}
