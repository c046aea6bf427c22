//! What departments publish and what for it may be asked for, as in force now. Both and the shelf that reads hosted
//! resources change together, in one step: whoever asks gets all of one version of the stream of policies.

use std::sync::{Arc, Mutex, RwLock};

use huoshui_exchange::catalogue::Catalogue;
use huoshui_exchange::purpose::Purposes;
use huoshui_kernel::fault::{Fault, Result};

use super::fetch::Shelf;
use super::holdings::{CACHE_BYTES, Holdings};
use crate::faults;
use crate::folder::Workspace;
use crate::policies::{Kind, STREAM, Set};

/// Policies at one version of their stream.
pub struct InForce {
    /// The version of the stream of policies.
    pub version: u64,
    /// What departments publish.
    pub catalogue: Arc<Catalogue>,
    /// What for data may be asked for.
    pub purposes: Arc<Purposes>,
    /// Where hosted resources are read by this catalogue.
    pub shelf: Arc<dyn Shelf>,
    /// The same where it is the platform's own, and not a given one.
    pub holdings: Option<Arc<Holdings>>,
    /// SHA-256 over the catalogue's files.
    digest: String,
}

/// The policies of a process.
pub struct Rulebook {
    workspace: Workspace,
    current: RwLock<Arc<InForce>>,
    /// One loads; the others wait for it rather than loading the same beside it.
    loading: Mutex<()>,
    /// Whether they are those of the stream, and not given.
    follows: bool,
}

impl Rulebook {
    /// The policies in force in a data folder, and each that comes into force there.
    ///
    /// # Errors
    /// Those of the store and of the policies.
    pub fn open(workspace: Workspace) -> Result<Self> {
        let current = RwLock::new(Arc::new(read(&workspace, None)?));
        Ok(Self { workspace, current, loading: Mutex::default(), follows: true })
    }

    /// These policies, whatever is published.
    #[must_use]
    pub fn given(
        workspace: Workspace,
        (catalogue, purposes): (Arc<Catalogue>, Arc<Purposes>),
        shelf: Arc<dyn Shelf>,
    ) -> Self {
        let only = InForce { version: 0, catalogue, purposes, shelf, holdings: None, digest: String::new() };
        Self { workspace, current: RwLock::new(Arc::new(only)), loading: Mutex::default(), follows: false }
    }

    /// What is in force now, whoever published it: costs a look at the version of the stream, and reads the policies
    /// where it has moved on.
    ///
    /// # Errors
    /// Those of the store and of the policies: nothing is answered by old ones when the new ones cannot be read.
    pub fn now(&self) -> Result<Arc<InForce>> {
        let known = self.known()?;
        if !self.follows || known.version == self.workspace.journal.stream_version(STREAM)? {
            return Ok(known);
        }
        let _one = self.loading.lock().map_err(|_| poisoned())?;
        let known = self.known()?;
        if known.version == self.workspace.journal.stream_version(STREAM)? {
            return Ok(known);
        }
        let fresh = Arc::new(read(&self.workspace, Some(&known))?);
        *self.current.write().map_err(|_| poisoned())? = Arc::clone(&fresh);
        Ok(fresh)
    }

    /// What was in force when it was last looked at; costs nothing.
    ///
    /// # Errors
    /// `app.internal` after a panic elsewhere.
    pub fn known(&self) -> Result<Arc<InForce>> {
        Ok(Arc::clone(&*self.current.read().map_err(|_| poisoned())?))
    }
}

/// Reads what is in force. What was decoded of hosted resources stays as long as the catalogue does.
fn read(workspace: &Workspace, before: Option<&InForce>) -> Result<InForce> {
    let set = Set::load(workspace, None)?;
    let (catalogue, purposes) = set.exchange()?;
    let (catalogue, purposes, digest) = (Arc::new(catalogue), Arc::new(purposes), set.digest(Kind::Resources));
    let same = before.filter(|b| b.digest == digest).and_then(|b| b.holdings.clone());
    let fresh = || Arc::new(Holdings::new(workspace.clone(), Arc::clone(&catalogue), CACHE_BYTES));
    let holdings = same.unwrap_or_else(fresh);
    let shelf: Arc<dyn Shelf> = holdings.clone();
    Ok(InForce { version: set.version, catalogue, purposes, shelf, holdings: Some(holdings), digest })
}

/// Whether a refusal rests on the policies: another process may have published what this one has not seen yet.
#[must_use]
pub fn rests_on_policies(fault: &Fault) -> bool {
    use huoshui_exchange::faults as f;
    [&f::PURPOSE_CHANGED, &f::UNKNOWN_PURPOSE, &f::UNKNOWN_RESOURCE, &f::SCHEMA_MOVED, &f::WRONG_FIELD]
        .iter()
        .any(|spec| spec.code == fault.code())
}

fn poisoned() -> Fault {
    Fault::new(&faults::INTERNAL).with("what", "rulebook")
}
