//! The exchange: consents, pulls, the access log, look-up; departments' batches and what is held of them.
//!
//! [`Exchange`] is made once for a process and shared. What may leave to whom is decided in the domain crate; here it is
//! brought what it needs to know, and what it decided is written before anything leaves.

pub mod actor;
pub mod batches;
pub mod consents;
pub mod corrections;
pub mod directory;
pub mod envelope;
pub mod events;
pub mod fetch;
pub mod fold;
mod gate;
pub mod holdings;
pub mod log;
pub mod lookup;
pub mod notices;
pub mod overdue;
mod overlays;
pub mod proofs;
pub mod pull;
pub mod quality;
pub mod quotas;
pub mod receipts;
pub mod records;
mod releases;
mod reliance;
pub mod relied;
pub mod remotes;
pub mod rulebook;
mod signing;
pub mod standing;
mod together;
pub mod uses;

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use huoshui_exchange::catalogue::Catalogue;
use huoshui_exchange::correction::Deadlines;
use huoshui_exchange::purpose::Purposes;
use huoshui_journal::{Clock, Ed25519, hash};
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::Result;

use crate::access::Seed;
use crate::folder::Workspace;
use crate::seal;
use actor::Actor;
use directory::{Directories, Directory};
use fetch::{Remotes, Shelf};
use gate::Gates;
use quotas::Quotas;
use rulebook::{InForce, Rulebook};
use together::Together;

/// The exchange of one process.
pub struct Exchange {
    /// The data folder.
    pub workspace: Workspace,
    /// What departments publish, what for it may be asked for, and where it is read.
    pub rules: Arc<Rulebook>,
    /// Look-ups a day.
    pub quotas: Quotas,
    /// Remote departments.
    pub remotes: Remotes,
    signer: Ed25519,
    together: Together,
    /// What the marks of persons' identities are keyed with.
    seed: Seed,
    clock: Arc<dyn Clock>,
    gates: Gates,
    subjects: RwLock<HashMap<String, Uscc>>,
    directories: Directories,
    deadlines: Deadlines,
    uses: uses::Uses,
}

impl Exchange {
    /// The exchange over a data folder, with the policies in force there and the remote departments of its
    /// `sources.toml`.
    ///
    /// # Errors
    /// `data.folder` when the signing key cannot be read or made; those of the policies; as [`remotes::load`].
    pub fn open(workspace: Workspace, clock: Arc<dyn Clock>) -> Result<Self> {
        let rules = Rulebook::open(workspace.clone())?;
        let remotes = remotes::load(&workspace, &rules.known()?.catalogue, &clock)?;
        Self::over(workspace, clock, remotes, rules)
    }

    /// The same over given policies, which stay whatever is published, and another shelf.
    ///
    /// # Errors
    /// As [`Exchange::open`].
    pub fn with(
        workspace: Workspace,
        clock: Arc<dyn Clock>,
        remotes: Remotes,
        policies: (Arc<Catalogue>, Arc<Purposes>),
        shelf: Arc<dyn Shelf>,
    ) -> Result<Self> {
        let rules = Rulebook::given(workspace.clone(), policies, shelf);
        Self::over(workspace, clock, remotes, rules)
    }

    fn over(workspace: Workspace, clock: Arc<dyn Clock>, remotes: Remotes, rules: Rulebook) -> Result<Self> {
        let (signer, seed) = (seal::signer(&workspace)?, Seed::open(&workspace)?);
        Ok(Self {
            workspace,
            rules: Arc::new(rules),
            quotas: Quotas::default(),
            remotes,
            signer,
            together: Together::default(),
            seed,
            clock,
            gates: Gates::default(),
            subjects: RwLock::default(),
            directories: Directories::default(),
            deadlines: Deadlines::embedded()?,
            uses: uses::Uses::default(),
        })
    }

    /// Now, microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now_micros()
    }

    /// The policies in force now, whoever published them; for async callers.
    ///
    /// # Errors
    /// As [`Rulebook::now`].
    pub async fn in_force(&self) -> Result<Arc<InForce>> {
        let rules = Arc::clone(&self.rules);
        self.off(move |_| rules.now()).await
    }

    /// What tells the policies in force, for callers that may block.
    pub(crate) fn rulebook(&self) -> Arc<Rulebook> {
        Arc::clone(&self.rules)
    }

    /// Who is who.
    ///
    /// # Errors
    /// Those of the store.
    pub fn directory(&self) -> Result<Arc<Directory>> {
        self.directories.get(&self.workspace, self.now())
    }

    /// An id that the same actor and key always make again.
    fn id_of(&self, operation: &str, actor: &Actor, key: &str) -> String {
        hash::hex(&hash::command_id(&actor.account, operation, key))
    }

    /// Runs blocking reads off the caller's thread.
    async fn off<T: Send + 'static>(&self, work: impl FnOnce(&Workspace) -> Result<T> + Send + 'static) -> Result<T> {
        let workspace = self.workspace.clone();
        self.workspace.journal.with(move |_| work(&workspace)).await
    }
}
