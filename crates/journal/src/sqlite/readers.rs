//! Reading connections, kept open for the next reader.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use rusqlite::Connection;

use crate::faults::{CHANGED_MEANWHILE, storage};
use crate::sqlite::schema;

/// Connections kept open; more are opened and closed as needed, which costs a hundred times what a read does.
const KEPT: usize = 32;

/// How the file may be opened.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Beside the writer of this process.
    BesideWriter,
    /// For reading alone.
    Only,
}

/// Whether the file is at rest, and how it looked then.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    /// No write-ahead log with anything in it: no lock is needed, and no file to hold it.
    still: bool,
    length: u64,
    modified: Option<SystemTime>,
}

/// The connections of one file.
pub(crate) struct Readers {
    path: PathBuf,
    access: Access,
    kept: Mutex<Vec<(Connection, Option<Look>)>>,
}

impl Readers {
    pub(crate) fn beside_writer(path: &Path) -> Self {
        Self { path: path.to_owned(), access: Access::BesideWriter, kept: Mutex::default() }
    }

    pub(crate) fn only(path: &Path) -> Self {
        Self { path: path.to_owned(), access: Access::Only, kept: Mutex::default() }
    }

    /// Runs `work` on a connection. Where only reading is allowed, a file at rest is read without locks; should somebody
    /// have begun to write meanwhile, what was read does not count.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let look = self.look();
        let kept = self.kept.lock().map_err(storage)?.pop();
        let conn = match kept {
            Some((conn, before)) if before == look => conn,
            _ => self.open(look)?,
        };
        let result = work(&conn);
        if look.is_some_and(|before| before.still) && look != self.look() {
            return Err(Fault::new(&CHANGED_MEANWHILE).with("path", self.path.display()));
        }
        let mut kept = self.kept.lock().map_err(storage)?;
        if kept.len() < KEPT {
            kept.push((conn, look));
        }
        result
    }

    fn open(&self, look: Option<Look>) -> Result<Connection> {
        match look {
            None => schema::open_reader(&self.path),
            Some(look) => schema::open_still(&self.path, look.still),
        }
    }

    /// None beside a writer, where it does not matter.
    fn look(&self) -> Option<Look> {
        if self.access == Access::BesideWriter {
            return None;
        }
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        if std::fs::metadata(log).is_ok_and(|m| m.len() > 0) {
            return Some(Look { still: false, length: 0, modified: None });
        }
        let file = std::fs::metadata(&self.path).ok();
        let length = file.as_ref().map_or(0, std::fs::Metadata::len);
        Some(Look { still: true, length, modified: file.and_then(|m| m.modified().ok()) })
    }
}
