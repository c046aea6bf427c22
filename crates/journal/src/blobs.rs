//! Immutable files named by their SHA-256, durable before [`Blobs::put`] returns.
//!
//! An event may name a file only once the file is on disk for good: written under a temporary name, synced, renamed, and
//! its folder synced. `object_store`'s local backend does not sync, so it cannot stand here; see ADR 4.

use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use sha2::{Digest as _, Sha256};

use crate::faults::{BLOB_DAMAGED, BLOB_STORAGE, READ_ONLY};
use crate::hash;

/// Bytes of one file at most: a bank's filing of a quarter has a few million rows.
const MAX_BYTES: u64 = 8 << 30;

/// A folder of immutable files; clones share it.
#[derive(Clone, Debug)]
pub struct Blobs {
    folder: Arc<PathBuf>,
    read_only: bool,
}

impl Blobs {
    /// Opens the folder, making it if it is not there. What an interrupted writer left under a temporary name is removed.
    ///
    /// # Errors
    /// `blob.storage`.
    pub fn open(folder: &Path) -> Result<Self> {
        let unfinished = folder.join("tmp");
        fs::create_dir_all(&unfinished).map_err(|e| storage(&unfinished, &e))?;
        for entry in fs::read_dir(&unfinished).map_err(|e| storage(&unfinished, &e))?.flatten() {
            // Another writer may be at work on its own; only what is old enough to be nobody's is removed.
            let old = entry.metadata().and_then(|m| m.modified()).ok().and_then(|t| t.elapsed().ok());
            if old.is_some_and(|age| age.as_secs() > 24 * 3600) {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(Self { folder: Arc::new(folder.to_path_buf()), read_only: false })
    }

    /// The folder for reading alone: nothing in it is made or removed.
    #[must_use]
    pub fn open_read_only(folder: &Path) -> Self {
        Self { folder: Arc::new(folder.to_path_buf()), read_only: true }
    }

    /// A fresh temporary path in the same file system, for writers that need a path. Whoever asks removes it.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.folder.join("tmp").join(format!("{}-{number}", std::process::id()))
    }

    /// Keeps these bytes; their name.
    ///
    /// # Errors
    /// `blob.storage`.
    pub fn put(&self, bytes: &[u8]) -> Result<String> {
        self.put_reader(bytes)
    }

    /// Keeps everything that the reader gives; its name.
    ///
    /// # Errors
    /// `blob.storage`, also for more than 8 GiB; `journal.read_only`.
    pub fn put_reader(&self, mut reader: impl Read) -> Result<String> {
        if self.read_only {
            return Err(Fault::new(&READ_ONLY));
        }
        let temporary = self.scratch();
        let kept = self.write(&temporary, &mut reader).and_then(|name| {
            let target = self.path(&name)?;
            // Renamed even over a file of the same name: that one may have come to harm, or not be synced yet.
            let shelf = target.parent().unwrap_or(&self.folder);
            let fail = |e: std::io::Error| storage(&target, &e);
            fs::create_dir_all(shelf).map_err(fail)?;
            fs::rename(&temporary, &target).map_err(fail)?;
            // The name is durable only when the folder that holds it is, and the folder's own name likewise.
            File::open(shelf).and_then(|f| f.sync_all()).map_err(fail)?;
            File::open(self.folder.as_path()).and_then(|f| f.sync_all()).map_err(fail)?;
            Ok(name)
        });
        let _ = fs::remove_file(&temporary);
        kept
    }

    fn write(&self, temporary: &Path, reader: &mut impl Read) -> Result<String> {
        let fail = |e: std::io::Error| storage(temporary, &e);
        let mut file = File::create(temporary).map_err(fail)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0_u8; 1 << 16];
        let mut total = 0_u64;
        loop {
            let read = reader.read(&mut buffer).map_err(fail)?;
            let Some(bytes) = buffer.get(..read).filter(|b| !b.is_empty()) else { break };
            total += bytes.len() as u64;
            if total > MAX_BYTES {
                return Err(storage(temporary, &std::io::Error::from(std::io::ErrorKind::FileTooLarge)));
            }
            hasher.update(bytes);
            file.write_all(bytes).map_err(fail)?;
        }
        file.sync_all().map_err(fail)?;
        let digest: hash::Hash = hasher.finalize().into();
        Ok(hash::hex(&digest))
    }

    /// Where a file is.
    ///
    /// # Errors
    /// `blob.damaged` for what is no name: 64 lower-case hexadecimal digits.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        let proper = name.len() == 64 && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        match name.split_at_checked(2) {
            Some((shelf, rest)) if proper => Ok(self.folder.join(shelf).join(rest)),
            _ => Err(Fault::new(&BLOB_DAMAGED).with("name", name)),
        }
    }

    /// Where a file is, once its bytes were read and found to be those that its name promises.
    ///
    /// # Errors
    /// `blob.damaged` when it is gone or changed.
    pub fn verified_path(&self, name: &str) -> Result<PathBuf> {
        let path = self.path(name)?;
        let damaged = || Fault::new(&BLOB_DAMAGED).with("name", name);
        let mut file = File::open(&path).map_err(|_| damaged())?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0_u8; 1 << 16];
        loop {
            let read = file.read(&mut buffer).map_err(|_| damaged())?;
            match buffer.get(..read).filter(|b| !b.is_empty()) {
                Some(bytes) => hasher.update(bytes),
                None => break,
            }
        }
        let digest: hash::Hash = hasher.finalize().into();
        if hash::hex(&digest) == name { Ok(path) } else { Err(damaged()) }
    }
}

fn storage(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(&BLOB_STORAGE).with("path", path.display()).with("why", error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_open_for_reading_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let name = Blobs::open(folder.path()).unwrap().put(b"abc").unwrap();
        fs::remove_dir(folder.path().join("tmp")).unwrap();
        let blobs = Blobs::open_read_only(folder.path());
        assert_eq!(fs::read(blobs.verified_path(&name).unwrap()).unwrap(), b"abc");
        assert_eq!(blobs.put(b"abd").unwrap_err().code(), "journal.read_only");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no folder for files being written");
    }

    #[test]
    fn a_file_is_found_by_what_it_holds_and_a_changed_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path()).unwrap();
        let name = blobs.put(b"abc").unwrap();
        // SHA-256 of "abc" as FIPS 180 gives it.
        assert_eq!(name, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(blobs.put(b"abc").unwrap(), name);
        let path = blobs.verified_path(&name).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
        fs::write(&path, b"abd").unwrap();
        assert_eq!(blobs.verified_path(&name).unwrap_err().code(), "blob.damaged");
        for bad in ["", "../../etc/passwd", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"] {
            assert_eq!(blobs.path(bad).unwrap_err().code(), "blob.damaged", "{bad}");
        }
    }
}
