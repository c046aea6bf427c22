//! A file read in one stream: rows that come in order go straight into the file that keeps them, so memory holds a few
//! chunks; only rows that do not are gathered and sorted.

use std::cmp::Ordering;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

use huoshui_formats::{Chunk, Limits, TableReader, read};
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::{Fault, Result};

use super::events::Counts;
use super::findings::Findings;
use super::keys::Keys;
use super::layout::{Gathered, Writer};
use super::scan::{Known, Scan, Walk};
use super::spec::Spec;
use crate::folder::Workspace;

/// Chunks that wait between reading and checking.
const AHEAD: usize = 4;

/// What came of reading a batch.
pub struct Loaded {
    /// Where its rows are; none when something is wrong, or when nothing was to be kept.
    pub blob: Option<String>,
    /// Its rows.
    pub rows: u64,
    /// Firms that have any.
    pub firms: u64,
    /// The first date that they cover.
    pub covers_from: Date,
    /// What was counted.
    pub counts: Counts,
    /// What is wrong.
    pub findings: Findings,
}

/// A batch that cannot be taken, or a store that fails.
pub enum Trouble {
    /// The sender's.
    Batch(Fault),
    /// Ours.
    Store(Fault),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Store(fault)
    }
}

type Tried<T> = std::result::Result<T, Trouble>;

/// What is to be read.
pub struct Job<'a> {
    /// Where rows are kept.
    pub workspace: &'a Workspace,
    /// What they must be.
    pub spec: &'a Spec<'a>,
    /// Who is in the registry.
    pub known: Known<'a>,
    /// The date that they are as of.
    pub as_of: Date,
    /// SHA-256 of the file.
    pub source: &'a str,
    /// Whether rows are kept, or only looked at.
    pub keep: bool,
}

impl Job<'_> {
    /// Reads a file. What is wrong with its rows is in what it gives.
    ///
    /// # Errors
    /// Those of the file as such, and of the store.
    pub fn run(&self, path: &Path) -> Tried<Loaded> {
        match self.stream(path)? {
            Some(loaded) => Ok(loaded),
            None => self.gather(path),
        }
    }

    fn writer(&self) -> Result<Writer<'_>> {
        Writer::create(self.workspace, self.spec.resource, self.spec.shape, self.source)
    }

    /// None when a row comes out of order.
    fn stream(&self, path: &Path) -> Tried<Option<Loaded>> {
        let mut scan = Scan::new(self.spec, self.as_of);
        let mut walk = Walk::new(self.known);
        let mut writer = if self.keep { Some(self.writer()?) } else { None };
        let mut key = Vec::new();
        let in_order = chunks(self.open(path)?, |chunk| {
            scan.look(&chunk)?;
            let keys = Keys::of(&chunk.batch, &self.spec.key)?;
            for (at, row) in (0..chunk.batch.num_rows()).zip(chunk.first_row..) {
                key.clear();
                keys.put(at, &mut key);
                match walk.step(&key) {
                    Ordering::Greater => {}
                    Ordering::Equal if scan.keys_wrong => {}
                    Ordering::Equal => scan.twins(row - 1, row),
                    Ordering::Less => return Ok(false),
                }
            }
            match &mut writer {
                Some(writer) if scan.findings.total == 0 => writer.write(&chunk.batch).map(|()| true),
                _ => Ok(true),
            }
        })?;
        if !in_order {
            return Ok(None);
        }
        let writer = writer.filter(|_| scan.findings.total == 0);
        let blob = writer.map(Writer::finish).transpose()?;
        Ok(Some(loaded(blob, scan, &walk)))
    }

    fn gather(&self, path: &Path) -> Tried<Loaded> {
        let mut scan = Scan::new(self.spec, self.as_of);
        let mut gathered = Gathered::default();
        chunks(self.open(path)?, |chunk| {
            scan.look(&chunk)?;
            gathered.add(&chunk.batch, &self.spec.key)?;
            Ok(true)
        })?;
        let order = gathered.order()?;
        if !scan.keys_wrong {
            // The header is row 1, so what came first is row 2.
            gathered.twins(&order).for_each(|(a, b)| scan.twins(u64::from(a) + 2, u64::from(b) + 2));
        }
        let mut walk = Walk::new(self.known);
        for index in &order {
            let _ = walk.step(gathered.key(*index));
        }
        let mut blob = None;
        if self.keep && scan.findings.total == 0 {
            let mut writer = self.writer()?;
            gathered.each(&order, |batch| writer.write(batch))?;
            blob = Some(writer.finish()?);
        }
        Ok(loaded(blob, scan, &walk))
    }

    fn open(&self, path: &Path) -> Tried<TableReader> {
        read::open(path, self.spec.shape, &Limits::default()).map_err(Trouble::Batch)
    }
}

fn loaded(blob: Option<String>, scan: Scan<'_>, walk: &Walk<'_>) -> Loaded {
    let covers_from = scan.covers_from();
    let counts = Counts { unknown_firms: walk.unknown, ..scan.counts };
    Loaded { blob, rows: scan.rows, firms: walk.firms, covers_from, counts, findings: scan.findings }
}

/// Reads on one thread while `each` works on another, until it says to stop. Whether it never did.
fn chunks(reader: TableReader, mut each: impl FnMut(Chunk) -> Result<bool>) -> Tried<bool> {
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        scope.spawn(move || {
            for chunk in reader {
                if sender.send(chunk).is_err() {
                    break;
                }
            }
        });
        drain(receiver, &mut each)
    })
}

fn drain(receiver: Receiver<Result<Chunk>>, each: &mut impl FnMut(Chunk) -> Result<bool>) -> Tried<bool> {
    for chunk in receiver {
        if !each(chunk.map_err(Trouble::Batch)?)? {
            return Ok(false);
        }
    }
    Ok(true)
}
