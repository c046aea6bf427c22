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
        seed_file(&workspace.path("keys/access.seed")).map(Self)
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

/// Reads the seed in this file, or makes it, readable by its owner alone. Of processes that start at once one makes it, and
/// all read the same.
pub(crate) fn seed_file(path: &Path) -> Result<[u8; 32]> {
    let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let damaged = || Fault::new(&faults::DAMAGED).with("what", format_args!("keys/{}", name()));
    for _ in 0..3 {
        match std::fs::read(path) {
            Ok(bytes) => return bytes.try_into().map_err(|_| damaged()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => publish(path, &random::<32>()?, 0o600, false)?,
            Err(e) => return Err(faults::folder(path, &e)),
        }
    }
    Err(damaged())
}

/// Written beside and put in place whole, so that whoever reads at the same moment never reads half of it. Without `replace`
/// linking fails when another was first, and that one stays.
pub(crate) fn publish(path: &Path, bytes: &[u8], mode: u32, replace: bool) -> Result<()> {
    use std::io::Write as _;
    let fail = |e: std::io::Error| faults::folder(path, &e);
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(fail)?;
    let beside = folder.join(format!(".{}", hash::hex(&random::<8>()?)));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    let mut file = options.open(&beside).map_err(fail)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)?;
    let placed = if replace { std::fs::rename(&beside, path) } else { std::fs::hard_link(&beside, path) };
    if placed.is_err() || !replace {
        let _ = std::fs::remove_file(&beside);
    }
    match placed {
        Err(e) if replace || e.kind() != std::io::ErrorKind::AlreadyExists => Err(fail(e)),
        _ => std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail),
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
    fn processes_that_start_at_once_read_one_seed() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..20 {
            let path = folder.path().join(format!("keys/{round}.seed"));
            let gate = std::sync::Barrier::new(8);
            let seeds: std::collections::BTreeSet<[u8; 32]> = std::thread::scope(|scope| {
                let each = || {
                    gate.wait();
                    seed_file(&path).unwrap()
                };
                let all: Vec<_> = (0..8).map(|_| scope.spawn(each)).collect();
                all.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert_eq!(seeds.len(), 1);
        }
        let left = std::fs::read_dir(folder.path().join("keys")).unwrap().count();
        assert_eq!(left, 20, "nothing is left beside them");
    }

    #[test]
    fn a_seed_that_was_cut_short_is_damage_and_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access.seed");
        std::fs::write(&path, [7; 31]).unwrap();
        assert_eq!(seed_file(&path).unwrap_err().code(), "data.damaged");
        assert_eq!(std::fs::read(&path).unwrap(), [7; 31]);
    }

    #[test]
    fn a_derived_secret_depends_on_seed_and_nonce() {
        let (one, two) = (Seed([1; 32]), Seed([2; 32]));
        assert_eq!(one.derive("n"), one.derive("n"));
        assert_ne!(one.derive("n"), one.derive("m"));
        assert_ne!(one.derive("n"), two.derive("n"));
    }
}
