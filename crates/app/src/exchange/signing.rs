//! By what right an account signs, as the record of signers says. The request only claims.

use huoshui_exchange::answer::Fetched;
use huoshui_exchange::catalogue::PERSON;
use huoshui_exchange::clock;
use huoshui_exchange::consent::{Authority, SignedBy};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Uscc};

use super::Exchange;
use super::actor::Actor;
use super::consents::Signing;
use crate::access::events::Right;
use crate::access::signers;

/// The resource that names a firm's legal representative.
const REPRESENTATIVES: &str = "legal_representative";

impl Exchange {
    /// The mark of whoever has this digest, as one who stands for this firm.
    #[must_use]
    pub fn mark(&self, firm: &Uscc, digest: &str) -> String {
        signers::mark(&self.seed, firm, digest)
    }

    /// Who signs, with what is on record of the account, and the stream that says so at the version read. A claim that the
    /// record does not bear out comes back without what it would need, and is refused by
    /// [`may`](huoshui_exchange::consent::may).
    pub(super) fn signed_by(
        &self,
        actor: &Actor,
        firm: &Uscc,
        signing: &Signing,
    ) -> Result<(SignedBy, Option<(String, u64)>)> {
        let mut by = SignedBy {
            account: actor.account.clone(),
            authority: signing.authority,
            authorisation: signing.authorisation.clone(),
            authorised_on: None,
            authorised_until: None,
            identity: None,
        };
        if signing.authority == Authority::Oneself {
            let identity = signers::identity_of(&self.workspace, &actor.account)?;
            by.identity = identity.filter(|identity| identity.firm == *firm).map(|identity| identity.mark);
            return Ok((by, None));
        }
        let (signer, version) = signers::find(&self.workspace, &actor.account)?;
        let right = signer.filter(|s| s.firm == *firm && !s.ended).map(|s| s.right);
        match (signing.authority, right) {
            (Authority::LegalRepresentative, Some(Right::LegalRepresentative { identity })) => {
                self.holds_office(firm, &identity)?;
                by.identity = Some(identity);
            }
            (Authority::AuthorisedAgent, Some(Right::AuthorisedAgent { authorisation, from, until }))
                if by.authorisation.as_ref().is_none_or(|claimed| *claimed == authorisation) =>
            {
                by.authorisation = Some(authorisation);
                (by.authorised_on, by.authorised_until) = (Some(from), Some(until));
            }
            _ => {}
        }
        Ok((by, Some((signers::stream(&actor.account), version))))
    }

    /// Refuses a legal representative who, by the data that the platform holds for the department, is none any more. Where
    /// it holds none, the record of signers is all there is.
    fn holds_office(&self, firm: &Uscc, identity: &str) -> Result<()> {
        let digests = self.representatives(firm)?;
        if digests.is_empty() || digests.iter().any(|digest| self.mark(firm, digest) == identity) {
            return Ok(());
        }
        Err(Fault::new(&huoshui_exchange::faults::ANOTHER_PERSON))
    }

    /// Digests of a firm's legal representatives, as the platform holds them for the department; none where it holds none
    /// or the department is asked over HTTP.
    ///
    /// # Errors
    /// Those of the policies and of the store.
    pub fn representatives(&self, firm: &Uscc) -> Result<Vec<String>> {
        let (rules, today) = (self.rules.now()?, clock::day(self.now()));
        let hosted = rules.catalogue.get(REPRESENTATIVES, today).filter(|_| !self.remotes.has(REPRESENTATIVES));
        let found = hosted.map(|resource| rules.shelf.firm(resource, *firm, Date::MIN, Date::MAX, today));
        let Some(Fetched::Found(rows, _)) = found else { return Ok(Vec::new()) };
        let at = rows.columns.iter().position(|c| c == PERSON);
        let cell = |row: &Vec<serde_json::Value>| row.get(at?)?.as_str().map(str::to_owned);
        Ok(rows.rows.iter().filter_map(cell).collect())
    }
}
