//! Whether a recipient may use now what it pulled under a consent before. Nothing leaves and nothing is counted; what is
//! remembered of the firm serves, and the version that it rests on is for the command that makes use of it to expect.

use std::sync::Arc;

use huoshui_exchange::purpose::Mode;
use huoshui_exchange::release::{self, Facts, Presented, Pull};
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::Result;

use super::gate::Known;
use super::releases::Releases;
use super::rulebook::rests_on_policies;
use super::{Exchange, corrections, records};
use crate::folder::Workspace;

/// That a consent stood, as of one version of what decides about the firm's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The stream of all that decides about it.
    pub stream: String,
    /// Its version.
    pub version: u64,
}

/// What was pulled, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    /// The institution.
    pub recipient: &'a str,
    /// The enterprise.
    pub subject: &'a Uscc,
    /// The consent.
    pub consent: &'a str,
    /// Code of the purpose.
    pub purpose: &'a str,
    /// What of it left.
    pub mode: Mode,
}

impl Exchange {
    /// Looks at a consent anew. A command that expects the version named cannot miss what was done to the consent since, in
    /// a store that tells of others' writes as it commits; for other stores, and after a conflict, `look` reads the version.
    ///
    /// # Errors
    /// The refusals of a pull up to the mode; `journal.busy`; those of the store.
    pub async fn standing(&self, used: &Use<'_>, look: bool) -> Result<Standing> {
        let gate = self.gates.of(used.subject)?;
        let mut turn = gate.enter().await?;
        if look && let Some(known) = turn.as_ref() {
            let stream = records::access(used.subject);
            let version = self.off(move |workspace| workspace.journal.stream_version(&stream)).await?;
            if version != known.version {
                *turn = None;
            }
        }
        if turn.as_ref().is_none_or(|known| !known.consents.contains_key(used.consent)) {
            self.remember(used, &mut turn).await?;
        }
        let now = self.now();
        let pull = Pull {
            consent: used.consent.to_owned(),
            purpose: used.purpose.to_owned(),
            recipient: used.recipient.to_owned(),
            wants: Vec::new(),
            data_from: None,
            data_to: None,
            mode: used.mode,
        };
        let known = turn.as_ref();
        let consent = known.and_then(|known| known.consents.get(used.consent));
        let stands = |rules: &super::InForce| {
            let (catalogue, purposes) = (&*rules.catalogue, &*rules.purposes);
            let consent = Presented::of(consent.map(|s| &s.consent), now);
            release::stands(&Facts { pull: &pull, consent, personal: None, usage: &[], catalogue, purposes, now })
        };
        let mut said = stands(&*self.rules.known()?);
        if said.as_ref().is_err_and(|denial| rests_on_policies(&denial.fault)) {
            said = stands(&*self.in_force().await?);
        }
        said?;
        Ok(Standing { stream: records::access(used.subject), version: known.map_or(0, |known| known.version) })
    }

    /// Fills in the consent. The version is read before anything that rests on it.
    async fn remember(&self, used: &Use<'_>, turn: &mut Option<Known>) -> Result<()> {
        let (version, firm, id) = (turn.as_ref().map(|k| k.version), *used.subject, used.consent.to_owned());
        let read = move |workspace: &Workspace| {
            let read = || workspace.journal.stream_version(&records::access(&firm));
            let fresh = version.is_none();
            let version = version.map_or_else(read, Ok)?;
            let stored = records::load(workspace, &id)?;
            // All of it: the next pull counts on what is remembered here.
            let whole = if fresh {
                let (releases, corrected) =
                    (Releases::load(workspace, &firm, version)?, corrections::corrected(workspace, &firm)?);
                Some(Known { version, releases, corrected, ..Known::default() })
            } else {
                None
            };
            Ok((stored, whole))
        };
        let (stored, whole) = self.off(read).await?;
        let known = turn.get_or_insert_with(|| whole.unwrap_or_default());
        if let Some(stored) = stored.filter(|s| s.consent.draft.subject == firm) {
            known.consents.insert(stored.consent.draft.id.clone(), Arc::new(stored));
        }
        Ok(())
    }
}
