//! Sealing the journal after an import: the key of the data folder signs, and roots are published beside the database.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use huoshui_journal::{Ed25519, Seal, SealFile, Sealer, TrustedKeys};
use huoshui_kernel::fault::{Fault, Result};

use crate::faults;
use crate::folder::Workspace;

/// Where published seals are appended. Copy this file to another machine: whoever can change the data folder can change
/// both, but not the copy.
#[must_use]
pub fn file(workspace: &Workspace) -> SealFile {
    SealFile(workspace.path("seals.jsonl"))
}

/// Seals everything that waits.
///
/// # Errors
/// Those of the journal; `data.folder` when the key cannot be read or made.
pub fn all(workspace: &Workspace) -> Result<Option<Seal>> {
    let key = signer(workspace)?;
    Sealer::take_over(&workspace.journal, Arc::new(key), Box::new(file(workspace)))?.seal_all()
}

/// The key of the data folder, made when there is none; its public half lies beside it.
///
/// # Errors
/// `data.folder` when the key cannot be read or made, `journal.bad_key`.
pub fn signer(workspace: &Workspace) -> Result<Ed25519> {
    let key = Ed25519::from_seed(&seed(workspace)?);
    let public = workspace.path("keys/public.pem");
    if !public.is_file() {
        std::fs::write(&public, key.public_pem()?).map_err(|e| faults::folder(&public, &e))?;
    }
    Ok(key)
}

/// The public half of the data folder's key, as PEM.
///
/// # Errors
/// As [`signer`].
pub fn public_pem(workspace: &Workspace) -> Result<String> {
    signer(workspace)?.public_pem()
}

/// The keys whose seals count: the folder's public key.
///
/// # Errors
/// `data.folder`, `journal.bad_key`.
pub fn trusted(workspace: &Workspace) -> Result<TrustedKeys> {
    let public = workspace.path("keys/public.pem");
    // Without a key no signature counts, so that removing it does not switch the check off.
    if public.is_file() { trust(&public) } else { Ok(TrustedKeys::default()) }
}

/// The key in this file.
///
/// # Errors
/// `import.unreadable`, `journal.bad_key`.
pub fn trust(path: &Path) -> Result<TrustedKeys> {
    let mut keys = TrustedKeys::default();
    let pem = std::fs::read_to_string(path).map_err(|e| faults::unreadable(path, &e))?;
    keys.trust_pem(&pem)?;
    Ok(keys)
}

fn seed(workspace: &Workspace) -> Result<[u8; 32]> {
    let path = workspace.path("keys/signing.seed");
    match std::fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            Fault::new(&faults::DAMAGED).with("what", path.file_name().unwrap_or_default().to_string_lossy())
        }),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => make(&path),
        Err(e) => Err(faults::folder(&path, &e)),
    }
}

/// A fresh key, readable by its owner alone. `create_new` decides between two processes that start at once.
fn make(path: &Path) -> Result<[u8; 32]> {
    let fail = |e: std::io::Error| faults::folder(path, &e);
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed).map_err(|e| Fault::new(&faults::INTERNAL).with("what", e))?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(fail)?;
    file.write_all(&seed).and_then(|()| file.sync_all()).map_err(fail)?;
    Ok(seed)
}
