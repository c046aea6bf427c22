//! Decisions on a profile that the bank refreshed today: nothing is pulled, and nothing but the journal's own commit is waited
//! for. What a decision rests on — the rules, the consent, the profile — is what the process remembers of it; the command
//! names the versions of the rules and of the firm's access that it remembers, and the journal refuses it where they moved
//! on. On stores that do not tell of other processes' writes both versions are read first.

use std::sync::Arc;

use huoshui_credit::decide::Given;
use huoshui_exchange::clock;
use huoshui_exchange::purpose::Mode;
use huoshui_journal::faults as journal;
use huoshui_kernel::fault::{Fault, Result};

use super::decisions::{Look, commit, salt};
use super::kept::{PROFILES, Parts};
use super::record::{LAYOUT, Made, View, asked};
use super::{Credit, bank, faults, own};
use crate::exchange::actor::Actor;
use crate::exchange::records;
use crate::exchange::standing::Use;
use crate::policies::STREAM;

/// How often a decision is made anew when something came between.
const TRIES: usize = 30;

/// How one try ended.
enum Tried {
    Done(Box<View>),
    /// A version moved on, or the decision was there already.
    Again,
}

impl Credit {
    /// Decides an application on the profile that it names.
    pub(super) async fn decide_on_profile(&self, actor: &Actor, look: &Look, profile: &str) -> Result<View> {
        // Where others' writes do not show in the commit, the versions are read before each try.
        let mut reads = self.exchange.workspace.journal.watch(records::COLLECTION).is_none();
        for _ in 0..TRIES {
            match self.attempt(actor, look, profile, reads).await {
                Ok(Tried::Done(view)) => return Ok(*view),
                Ok(Tried::Again) => {
                    if let Some(done) = self.decided(look).await? {
                        return Ok(done);
                    }
                    reads = true;
                }
                // No refusal rests on what is only remembered.
                Err(_) if !reads => reads = true,
                // What was decided stays so, whatever became of consent and profile since.
                Err(fault) => return self.decided(look).await?.ok_or(fault),
            }
        }
        Err(Fault::new(&journal::BUSY))
    }

    async fn attempt(&self, actor: &Actor, look: &Look, id: &str, reads: bool) -> Result<Tried> {
        let (owner, application) = (look.owner.as_str(), look.application.as_ref());
        let today = clock::day(self.exchange.now());
        let in_force = match self.book.remembered(today).filter(|_| !reads) {
            Some(known) => known,
            None => self.book_on(today).await?,
        };
        let rules = &in_force.rules;
        if self.exchange.rules.known()?.version < in_force.version {
            self.exchange.in_force().await?;
        }
        own::offered(rules, Some(owner), &application.request.product)?;
        let snapshot = match self.snapshots.known(owner, id) {
            Some(known) => known,
            None => {
                let (all, owner, id) = (self.snapshots.clone(), owner.to_owned(), id.to_owned());
                self.exchange.workspace.journal.with(move |journal| all.get(journal, &owner, &id)).await?
            }
        };
        let made = &snapshot.made;
        if made.mode != Mode::Values {
            return Err(Fault::new(&faults::VALUES_ONLY).with("purpose", &made.purpose).field("purpose"));
        }
        if (&made.consent, &made.purpose) != (&application.consent, &application.purpose) || made.personal {
            return Err(Fault::new(&faults::PROFILE_CONSENT).with("id", id).field("profile"));
        }
        let used = Use {
            recipient: owner,
            subject: &snapshot.subject,
            consent: &application.consent,
            purpose: &application.purpose,
            mode: made.mode,
        };
        let standing = self.exchange.standing(&used, reads).await?;
        let now = self.exchange.now();
        let old = || Fault::new(&faults::PROFILE_OLD).with("id", id).with("date", made.as_of).field("profile");
        let until = made.keep_until.ok_or_else(old)?;
        if until <= now {
            return Err(Fault::new(&faults::PROFILE_ERASED).with("id", id).field("profile"));
        }
        if made.as_of != today || clock::day(now) != today {
            return Err(old());
        }
        let basis = match snapshot.ready(in_force.version) {
            Some(known) => known,
            None => {
                let (snapshot, book, in_force) = (Arc::clone(&snapshot), self.book.clone(), in_force.clone());
                let found = move |_: &_| snapshot.basis(&book, &in_force);
                self.exchange.workspace.journal.with(found).await?.ok_or_else(old)?
            }
        };
        let own = bank::profile(rules, &made.uscc, today, &application.bank_inputs)?;
        let own = (!application.bank_inputs.is_empty()).then_some(own);
        let salt = salt()?;
        let given = Given {
            profile: &snapshot.profile,
            basis: &basis,
            bank: own.as_ref(),
            request: &application.request,
            salt: &salt,
        };
        let decision = rules.decide_on(&given)?;
        let body = decision.bytes()?;
        let parts = Parts { profile: None, bank: own.as_ref(), request: &application.request, salt: &salt };
        let kept = parts.body(&body)?;
        let made = Made {
            id: look.id.clone(),
            institution: owner.to_owned(),
            account: actor.account.clone(),
            consent: application.consent.clone(),
            at: now,
            policies: in_force.version,
            record: decision.recorded(&salt, &body),
            number: application.number.clone(),
            asked: Some(asked(&salt, application)?),
            keep_until: Some(until),
            profile: Some(id.to_owned()),
            layout: LAYOUT,
        };
        // Once is enough, by whichever decision: it goes only after the last of them, when none can be made any more.
        let shared = made.shared().filter(|_| !snapshot.is_kept());
        let (mut command, view) = commit(look, made, (decision, &body), kept)?;
        if let Some(name) = shared {
            command = command.keep(PROFILES, &name, snapshot.packed.clone());
        }
        let command = command.expect(&standing.stream, standing.version).expect(STREAM, in_force.version);
        match self.exchange.workspace.journal.append(command).await {
            Ok(receipt) if receipt.first_time => {
                snapshot.now_kept();
                Ok(Tried::Done(Box::new(view)))
            }
            Ok(_) => Ok(Tried::Again),
            Err(fault) if fault.code() == journal::CONFLICT.code => Ok(Tried::Again),
            // With its salt, which is drawn anew, a repeat is never the same request for the journal.
            Err(fault) => Err(fault),
        }
    }
}
