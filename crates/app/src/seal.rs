//! Sealing the journal after an import: the key of the data folder signs, and roots are published beside the database.

use std::path::Path;
use std::sync::Arc;

use huoshui_journal::{Ed25519, Seal, SealFile, Sealer, TrustedKeys};
use huoshui_kernel::fault::Result;

use crate::access::secret;
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
    let key = Ed25519::from_seed(&secret::seed_file(&workspace.path("keys/signing.seed"))?);
    let public = workspace.path("keys/public.pem");
    if !public.is_file() {
        secret::publish(&public, key.public_pem()?.as_bytes(), 0o644, true)?;
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
