//! What a pull must know of a firm: remembered while the version of its access stream holds, read anew when it moved.

use std::sync::Arc;

use huoshui_kernel::Uscc;
use huoshui_kernel::fault::Result;

use super::Request;
use crate::exchange::Exchange;
use crate::exchange::corrections;
use crate::exchange::gate::Known;
use crate::exchange::records::{self, Stored};
use crate::exchange::releases::Releases;
use crate::folder::Workspace;

/// Consents whose enterprise is remembered; it never changes.
const SUBJECTS: usize = 200_000;

impl Exchange {
    /// The enterprise of a consent; none where there is no such consent.
    pub(super) async fn subject_of(&self, consent: &str) -> Result<Option<Uscc>> {
        if let Some(subject) = self.subjects.read().ok().and_then(|s| s.get(consent).copied()) {
            return Ok(Some(subject));
        }
        let id = consent.to_owned();
        let stored = self.off(move |workspace| records::load(workspace, &id)).await?;
        let subject = stored.map(|s| s.consent.draft.subject);
        if let (Some(subject), Ok(mut subjects)) = (subject, self.subjects.write()) {
            if subjects.len() >= SUBJECTS {
                subjects.clear();
            }
            subjects.insert(consent.to_owned(), subject);
        }
        Ok(subject)
    }

    /// Fills in what is not known yet. The version is read before anything that rests on it: what is read later may be
    /// newer, and then the version does not hold when the command is written.
    pub(super) async fn know(&self, request: &Request<'_>, subject: &Uscc, turn: &mut Option<Known>) -> Result<()> {
        let consents = [Some(request.pull.consent.as_str()), request.personal];
        let missing = |known: &Known| -> Vec<String> {
            let absent = consents.iter().flatten().filter(|c| !known.consents.contains_key(**c));
            absent.map(|c| (*c).to_owned()).collect()
        };
        let fresh = turn.is_none();
        let (version, wanted) = match turn {
            None => (None, missing(&Known::default())),
            Some(known) => (Some(known.version), missing(known)),
        };
        if version.is_some() && wanted.is_empty() {
            return Ok(());
        }
        let (access, firm) = (records::access(subject), *subject);
        let read = move |workspace: &Workspace| {
            let version = version.map_or_else(|| workspace.journal.stream_version(&access), Ok)?;
            let found: Vec<Option<Stored>> =
                wanted.iter().map(|id| records::load(workspace, id)).collect::<Result<_>>()?;
            let whole = if fresh {
                let releases = Releases::load(workspace, &firm, version)?;
                Some((releases, corrections::corrected(workspace, &firm)?))
            } else {
                None
            };
            Ok((version, found, whole))
        };
        let (version, found, whole) = self.off(read).await?;
        let known = turn.get_or_insert_with(Known::default);
        known.version = version;
        if let Some((releases, corrected)) = whole {
            (known.releases, known.corrected) = (releases, corrected);
        }
        for stored in found.into_iter().flatten() {
            // A person's consent of another firm is none of this one's.
            if stored.consent.draft.subject == *subject {
                known.consents.insert(stored.consent.draft.id.clone(), Arc::new(stored));
            }
        }
        Ok(())
    }

    /// Whether the key has its outcome already.
    pub(super) async fn answered_before(&self, request: &Request<'_>) -> Result<bool> {
        let (account, key) = (request.actor.account.clone(), request.key.to_owned());
        self.off(move |workspace| Ok(workspace.journal.receipt(&account, super::OPERATION, &key)?.is_some())).await
    }
}
