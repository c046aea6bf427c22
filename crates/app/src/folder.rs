//! The data folder: a journal, immutable files, a signing key, and what is published outside the database.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use huoshui_journal::{Blobs, Clock, Journal, Options};
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;

/// Whether a folder may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Made when it is not there.
    Create,
    /// Must be there already, so that a mistyped path is not answered with an empty city.
    Existing,
    /// Must be there already, and nothing in it changes: a folder that may only be read.
    Reading,
}

/// An open data folder.
#[derive(Clone)]
pub struct Workspace {
    /// The events and states.
    pub journal: Journal,
    /// The immutable files.
    pub blobs: Blobs,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    folder: Arc<PathBuf>,
}

impl Workspace {
    /// Opens the folder, making it in [`Mode::Create`].
    ///
    /// # Errors
    /// `data.not_found`, `data.folder`, and those of the store.
    pub fn open(folder: &Path, mode: Mode, clock: Arc<dyn Clock>) -> Result<Self> {
        let unusable = |e: std::io::Error| faults::folder(folder, &e).field("data");
        let database = folder.join("journal.db");
        if mode != Mode::Create && !database.is_file() {
            return Err(Fault::new(&faults::NO_DATA).with("folder", folder.display()).field("data"));
        }
        if mode != Mode::Create && !is_database(&database).map_err(unusable)? {
            // A first import that was cut off leaves an empty file and has published nothing.
            let begun =
                std::fs::metadata(&database).is_ok_and(|m| m.len() == 0) && !folder.join("seals.jsonl").exists();
            if begun {
                return Err(Fault::new(&faults::NO_DATA).with("folder", folder.display()).field("data"));
            }
            // Opening would make a fresh journal in an emptied file, and nobody would know what was lost.
            return Err(Fault::new(&faults::DAMAGED).with("what", "journal.db").field("data"));
        }
        if folder.join(ELSEWHERE).exists() {
            return Err(Fault::new(&faults::TWO_JOURNALS).with("folder", folder.display()).field("database"));
        }
        if mode == Mode::Reading {
            let journal = Journal::open_sqlite_read_only(&database, Arc::clone(&clock))?;
            let blobs = Blobs::open_read_only(&folder.join("objects"));
            return Ok(Self { journal, blobs, clock, folder: Arc::new(folder.to_path_buf()) });
        }
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let journal = Journal::open_sqlite(&database, Arc::clone(&clock), Options::default())?;
        let blobs = Blobs::open(&folder.join("objects"))?;
        Ok(Self { journal, blobs, clock, folder: Arc::new(folder.to_path_buf()) })
    }

    /// Opens the folder with its journal in this PostgreSQL database, or as [`Workspace::open`] without one. Files, keys
    /// and published seals stay in the folder; several servers share both.
    ///
    /// # Errors
    /// `data.two_journals` when the folder has a journal of its own or belongs to another database; as [`Workspace::open`].
    pub fn open_on(folder: &Path, database_url: Option<&str>, mode: Mode, clock: Arc<dyn Clock>) -> Result<Self> {
        let Some(url) = database_url else { return Self::open(folder, mode, clock) };
        let unusable = |e: std::io::Error| faults::folder(folder, &e).field("data");
        let apart = || Fault::new(&faults::TWO_JOURNALS).with("folder", folder.display()).field("database");
        if folder.join("journal.db").exists() {
            return Err(apart());
        }
        let marker = folder.join(ELSEWHERE);
        if mode != Mode::Create && !marker.is_file() {
            return Err(Fault::new(&faults::NO_DATA).with("folder", folder.display()).field("data"));
        }
        let journal = Journal::open_postgres_blocking(url, Arc::clone(&clock), Options::default())?;
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let id = huoshui_journal::hash::hex(&journal.id());
        match std::fs::read_to_string(&marker) {
            Ok(there) if there.trim() == id => {}
            Ok(_) => return Err(apart()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => std::fs::write(&marker, &id).map_err(unusable)?,
            Err(e) => return Err(unusable(e)),
        }
        let blobs = Blobs::open(&folder.join("objects"))?;
        Ok(Self { journal, blobs, clock, folder: Arc::new(folder.to_path_buf()) })
    }

    /// Now, by the store's clock: microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now_micros()
    }

    /// A path inside the folder.
    #[must_use]
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.join(inside)
    }
}

/// Says that the folder's journal is in a database, and which: it holds the journal's id.
const ELSEWHERE: &str = "journal.id";

/// Whether the file begins as every SQLite database does (<https://www.sqlite.org/fileformat.html>, 1.3).
fn is_database(path: &Path) -> std::io::Result<bool> {
    use std::io::Read as _;
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(16).read_to_end(&mut head)?;
    Ok(head == b"SQLite format 3\0")
}
