//! Verification of a whole data folder: event chains, seals and their signatures, documents folded anew, and every
//! immutable file against its hash.

use huoshui_journal::{Against, Report};
use huoshui_kernel::fault::Result;

use crate::folder::Workspace;
use crate::progress::Progress;
use crate::seal;
use crate::states::Refold;

/// What verification found.
#[derive(Debug)]
pub struct Verified {
    /// The journal's part.
    pub journal: Report,
    /// Files read and found whole.
    pub files: u64,
    /// Files that are gone or changed: the file that came in, its stored name, the first event that names it.
    pub damaged: Vec<(String, String, String)>,
}

impl Verified {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.journal.is_sound() && self.damaged.is_empty()
    }
}

/// Reads everything and believes nothing.
///
/// # Errors
/// Only when the store cannot be opened at all.
pub fn run(workspace: &Workspace, progress: &dyn Progress) -> Result<Verified> {
    progress.begin("核验事件与签名", "Events and seals", 0);
    let keys = seal::trusted(workspace)?;
    let published = seal::file(workspace).read()?;
    let mut refold = Refold::default();
    let journal =
        workspace.journal.verify(Against { keys: Some(&keys), published: &published, fold: Some(&mut refold) })?;
    progress.end();
    progress.begin("核验文件", "Files", refold.files.len() as u64);
    let mut verified = Verified { journal, files: 0, damaged: Vec::new() };
    for (blob, (table, event)) in refold.files {
        match workspace.blobs.verified_path(&blob) {
            Ok(_) => verified.files += 1,
            Err(_) => verified.damaged.push((table.file, blob, event)),
        }
        progress.advance(1);
    }
    progress.end();
    Ok(verified)
}
