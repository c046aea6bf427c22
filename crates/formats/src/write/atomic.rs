//! A file that takes its name only when it is whole.

use std::fmt::Display;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use tempfile::NamedTempFile;

use crate::faults;
use crate::read::show;

/// Written beside its target and renamed over it by [`AtomicFile::finish`]; dropped unfinished, it leaves nothing.
pub(crate) struct AtomicFile {
    out: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl AtomicFile {
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The usual rights of a new file (less the umask); a temporary file's own would hide it from other users.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.prefix(".part-").tempfile_in(folder).map_err(|why| unwritable(path, &why))?;
        Ok(Self { out: BufWriter::with_capacity(1 << 18, file), path: path.to_owned() })
    }

    /// The fault of a write that failed.
    pub(crate) fn fault(&self, why: &dyn Display) -> Fault {
        unwritable(&self.path, why)
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes).map_err(|why| self.fault(&why))
    }

    /// Writes it through to the disk and gives it its name.
    pub(crate) fn finish(self) -> Result<()> {
        let path = self.path;
        let file = self.out.into_inner().map_err(|why| unwritable(&path, why.error()))?;
        file.as_file().sync_data().map_err(|why| unwritable(&path, &why))?;
        file.persist(&path).map_err(|why| unwritable(&path, &why.error))?;
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The fault of a file that cannot be written.
pub(crate) fn unwritable(path: &Path, why: &dyn Display) -> Fault {
    Fault::new(&faults::UNWRITABLE).with("path", show(path)).with("why", why)
}
