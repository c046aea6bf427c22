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
}

/// An open data folder.
#[derive(Clone)]
pub struct Workspace {
    /// The events and states.
    pub journal: Journal,
    /// The immutable files.
    pub blobs: Blobs,
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
        if mode == Mode::Existing && !database.is_file() {
            return Err(Fault::new(&faults::NO_DATA).with("folder", folder.display()).field("data"));
        }
        if mode == Mode::Existing && !is_database(&database).map_err(unusable)? {
            // A first import that was cut off leaves an empty file and has published nothing.
            let begun =
                std::fs::metadata(&database).is_ok_and(|m| m.len() == 0) && !folder.join("seals.jsonl").exists();
            if begun {
                return Err(Fault::new(&faults::NO_DATA).with("folder", folder.display()).field("data"));
            }
            // Opening would make a fresh journal in an emptied file, and nobody would know what was lost.
            return Err(Fault::new(&faults::DAMAGED).with("what", "journal.db").field("data"));
        }
        std::fs::create_dir_all(folder).map_err(unusable)?;
        let journal = Journal::open_sqlite(&database, clock, Options::default())?;
        let blobs = Blobs::open(&folder.join("objects"))?;
        Ok(Self { journal, blobs, folder: Arc::new(folder.to_path_buf()) })
    }

    /// A path inside the folder.
    #[must_use]
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.join(inside)
    }
}

/// Whether the file begins as every SQLite database does (<https://www.sqlite.org/fileformat.html>, 1.3).
fn is_database(path: &Path) -> std::io::Result<bool> {
    use std::io::Read as _;
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(16).read_to_end(&mut head)?;
    Ok(head == b"SQLite format 3\0")
}
