//! Secrets: random, derived, hashed, compared.

use std::path::Path;

use huoshui_journal::hash;
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;
use crate::folder::Workspace;

/// Random bytes from the system.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|e| Fault::new(&faults::INTERNAL).with("what", e))?;
    Ok(bytes)
}

/// SHA-256 of a secret of at least 128 random bits, hexadecimal: such a secret needs no slow hash, for it cannot be guessed.
pub fn digest(secret: &str) -> String {
    hash::hex(&hash::bytes(secret.as_bytes()))
}

/// Whether two texts are the same, in a time that depends on their lengths only.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    let differ = a.bytes().zip(b.bytes()).fold(0_u8, |all, (x, y)| all | (x ^ y));
    std::hint::black_box(differ) == 0 && a.len() == b.len()
}

/// The folder's own secret, from which the secrets of keys are derived: an answer can be given again to a repeated
/// request, though neither the journal nor its receipts ever hold the secret.
#[derive(Clone)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Reads the folder's seed, or makes it, readable by its owner alone.
    ///
    /// # Errors
    /// `data.folder`, `data.damaged`.
    pub fn open(workspace: &Workspace) -> Result<Self> {
        let path = workspace.path("keys/access.seed");
        for _ in 0..3 {
            match std::fs::read(&path) {
                Ok(bytes) if bytes.len() == 32 => return Ok(Self(bytes.try_into().unwrap_or_default())),
                Ok(_) => return Err(Fault::new(&faults::DAMAGED).with("what", "keys/access.seed")),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => make(&path)?,
                Err(e) => return Err(faults::folder(&path, &e)),
            }
        }
        Err(Fault::new(&faults::DAMAGED).with("what", "keys/access.seed"))
    }

    /// The secret that belongs to a nonce. Hashed twice, so that nobody can extend the first hash.
    pub fn derive(&self, nonce: &str) -> String {
        let mut inner = self.0.to_vec();
        inner.extend_from_slice(nonce.as_bytes());
        let mut outer = self.0.to_vec();
        outer.extend_from_slice(&hash::bytes(&inner));
        hash::hex(&hash::bytes(&outer))
    }
}

/// Written beside and renamed into place, so that a second server that starts at the same moment never reads half a seed:
/// linking fails when the other was first, and its seed is read.
fn make(path: &Path) -> Result<()> {
    use std::io::Write as _;
    let fail = |e: std::io::Error| faults::folder(path, &e);
    let bytes = random::<32>()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(fail)?;
    let beside = folder.join(format!(".access.{}", hash::hex(&random::<8>()?)));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside).map_err(fail)?;
    file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(fail)?;
    let linked = std::fs::hard_link(&beside, path);
    let _ = std::fs::remove_file(&beside);
    match linked {
        Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(fail(e)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_the_same_and_prefixes_are_not() {
        for (a, b, equal) in [("", "", true), ("ab", "ab", true), ("ab", "abc", false), ("ab", "ac", false)] {
            assert_eq!(same(a, b), equal, "{a} {b}");
        }
    }

    #[test]
    fn a_derived_secret_depends_on_seed_and_nonce() {
        let (one, two) = (Seed([1; 32]), Seed([2; 32]));
        assert_eq!(one.derive("n"), one.derive("n"));
        assert_ne!(one.derive("n"), one.derive("m"));
        assert_ne!(one.derive("n"), two.derive("n"));
    }
}
