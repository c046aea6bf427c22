//! A person decides otherwise than the rules, and says why.

use huoshui_credit::governance::{Override, Terms};
use huoshui_credit::product::Level;
use huoshui_journal::{Command, Expected};
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::record::{Stored, kind, load, stream};
use super::{Credit, institution};
use crate::exchange::actor::Actor;
use crate::streams::json;

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Whether to lend.
    pub lend: bool,
    /// A code of the product's list of reasons.
    pub reason: String,
    /// Why, in words.
    pub note: String,
}

impl Credit {
    /// Overrides a decision as it was read at this version. The level is the account's: an administrator of the bank acts for
    /// head office.
    ///
    /// # Errors
    /// `credit.no_decision`, `credit.override`, `credit.override_reason`, `journal.conflict` when the decision is at another version; those of the store.
    pub fn override_decision(
        &self,
        actor: &Actor,
        head_office: bool,
        key: &str,
        (id, seen): (&str, u64),
        said: &Said,
    ) -> Result<Stored> {
        let owner = institution(actor)?;
        let journal = &self.exchange.workspace.journal;
        let on = huoshui_exchange::clock::day(self.exchange.now());
        let body = json(&(id, said))?;
        let mut stored = load(journal, owner, id)?;
        let record = &stored.made.record;
        let one = Override {
            decision: record.decision.clone(),
            product: record.product.clone(),
            from: record.outcome,
            lend: said.lend,
            by: actor.account.clone(),
            level: if head_office { Level::HeadOffice } else { Level::Branch },
            on,
            reason: said.reason.clone(),
            note: said.note.clone(),
        };
        let rules = self.book.at(stored.made.policies, record.date)?.rules;
        // Once its inputs are gone nobody can tell what was asked for: then it is head office's to say.
        let enough = match Kept::of(journal, &stored.made)? {
            Some(kept) => rules.enough(&kept.inputs)?,
            None => Level::HeadOffice,
        };
        let product = rules.products().find(|p| p.code == record.product);
        let reasons = product.map(|p| p.overrides.as_slice()).unwrap_or_default();
        one.check(&Terms { reasons, before: &stored.overrides, enough })?;
        stored.overrides.push(one.clone());
        stored.version = seen + 1;
        let command = Command::new(&actor.account, "credit.override", key, &body)
            .event(&stream(id), Expected::Version(seen), kind::OVERRIDDEN, 1, json(&one)?)
            .put(stored.document()?);
        journal.append_blocking(command)?;
        load(journal, owner, id)
    }
}
