//! Decisions as events: an application to a bank's product, decided on what a pull under consent released and on the bank's
//! own inputs. The event holds commitments, policies, outcome and codes of reasons; values stay in the vault, where the
//! bank alone reads them and where they can be erased.

use std::sync::Arc;
use std::time::Duration;

use huoshui_credit::decide::{Branch, Decision, Inputs};
use huoshui_credit::profile::Packed;
use huoshui_exchange::clock;
use huoshui_exchange::purpose::Mode;
use huoshui_journal::{Command, Expected, Journal, Receipt, faults as journal, hash};
use huoshui_kernel::fault::{Fault, Result};
use serde::Serialize;

use super::kept::{Parts, SPACE, need, view, whole};
use super::profiles::{self, Facts};
use super::record::{LAYOUT, asked, find, load};
use super::{Credit, bank, faults, id_of, institution};
use crate::exchange::actor::Actor;
use crate::exchange::pull::Order;
use crate::streams::json;

pub use super::record::{Application, COLLECTION, Erased, Made, Reason, Stored, View, kind, stream};

/// The operation of the idempotency key.
const OPERATION: &str = "credit.decide";
/// How long a process waits for another one that pulled under the same key, and in which steps.
const WAITS: u32 = 60;
const PAUSE: Duration = Duration::from_millis(50);
/// The longest number of an application, characters.
const NUMBER: usize = 64;

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// The decision's id.
    pub id: String,
    /// Whether the same bytes came of it.
    pub same: bool,
    /// The version of the stream of policies that it was made under, and made again.
    pub policies: u64,
    /// The version now.
    pub policies_now: u64,
    /// SHA-256 over salt and bytes, of the record …
    pub recorded: String,
    /// … and made again.
    pub again: String,
}

/// 32 random bytes, hexadecimal: the salt of a decision's commitments.
///
/// # Errors
/// `app.internal` when the system gives no randomness.
pub fn salt() -> Result<String> {
    let mut salt = [0_u8; 32];
    getrandom::fill(&mut salt).map_err(|e| Fault::new(&crate::faults::INTERNAL).with("what", e))?;
    Ok(huoshui_journal::hash::hex(&salt))
}

/// The id of the decision on a request: the bank's number of the application makes it, else account and key do.
fn id_for(owner: &str, actor: &Actor, key: &str, application: &Application) -> Result<String> {
    let Some(number) = &application.number else { return Ok(id_of(OPERATION, actor, key)) };
    if number.trim().is_empty() || number.chars().count() > NUMBER || number.chars().any(char::is_control) {
        return Err(Fault::new(&faults::NUMBER).with("most", NUMBER).field("number"));
    }
    Ok(hash::hex(&hash::command_id(&format!("institution/{owner}"), "credit.application", number)))
}

fn reused(key: &str) -> Fault {
    Fault::new(&journal::KEY_REUSED).with("key", key)
}

/// Whether this receipt is of the decision with this id.
fn is_of(receipt: &Receipt, id: &str) -> bool {
    let answer: Option<serde_json::Value> = serde_json::from_slice(&receipt.response).ok();
    answer.as_ref().and_then(|a| a.get("id")).and_then(|v| v.as_str()) == Some(id)
}

/// What tells whether a request was decided already.
#[derive(Clone)]
pub(super) struct Look {
    pub account: String,
    pub owner: String,
    pub key: String,
    pub id: String,
    pub application: Arc<Application>,
}

impl Look {
    fn new(actor: &Actor, key: &str, id: &str, application: &Arc<Application>) -> Result<Self> {
        Ok(Self {
            account: actor.account.clone(),
            owner: institution(actor)?.to_owned(),
            key: key.to_owned(),
            id: id.to_owned(),
            application: Arc::clone(application),
        })
    }

    fn at(&self, journal: &Journal) -> Result<Option<View>> {
        let Self { account, owner, key, id, application } = self;
        let application = application.as_ref();
        if application.number.is_some() {
            // The key may be another application's: then nothing must be pulled for this one.
            let receipt = journal.receipt(account, OPERATION, key)?;
            if receipt.is_some_and(|receipt| !is_of(&receipt, id)) {
                return Err(reused(key));
            }
        }
        if find(journal, id)?.is_none() {
            return Ok(None);
        }
        let stored = load(journal, owner, id)?;
        let Some(first) = &stored.made.asked else {
            // Of an earlier program, which bound the key to the plain request: the journal holds one against the other.
            journal.append_blocking(Command::new(account, OPERATION, key, &json(application)?))?;
            return view(journal, stored).map(Some);
        };
        // The salt went with the inputs: whether this is the same request can then no longer be told.
        let kept = need(journal, &stored.made)?;
        if *first == asked(&kept.inputs.salt, application)? {
            return Ok(Some(View::new(stored, Some(kept.decision))));
        }
        Err(match &application.number {
            Some(number) if journal.receipt(account, OPERATION, key)?.is_none() => {
                Fault::new(&faults::NUMBER_TAKEN).with("number", number).with("id", id).field("number")
            }
            _ => reused(key),
        })
    }
}

/// What writes a decision whose canonical bytes are these, and its answer: each part is put into JSON once.
pub(super) fn commit(
    look: &Look,
    made: Made,
    (decision, body): (Decision, &[u8]),
    kept: Vec<u8>,
) -> Result<(Command, View)> {
    let (event, place) = (json(&made)?, made.place());
    let request = made.asked.clone().unwrap_or_default();
    let stored = Stored::new(made);
    let mut doc = Vec::with_capacity(event.len() + 64);
    doc.extend_from_slice(b"{\"made\":");
    doc.extend_from_slice(&event);
    doc.extend_from_slice(b",\"overrides\":[],\"version\":1");
    let mut answer = Vec::with_capacity(doc.len() + body.len() + 32);
    answer.extend_from_slice(&doc);
    answer.extend_from_slice(b",\"decision\":");
    answer.extend_from_slice(body);
    answer.push(b'}');
    doc.push(b'}');
    let command = Command::new(&look.account, OPERATION, &look.key, request.as_bytes())
        .event(&stream(&look.id), Expected::Version(0), kind::MADE, 1, event)
        .put(stored.document_of(doc)?)
        .keep(SPACE, &place, kept)
        .answer(format!("{{\"id\":\"{}\"}}", look.id));
    Ok((command, View { bytes: Some(answer), ..View::new(stored, Some(decision)) }))
}

impl Credit {
    /// Decides an application: once for an actor and key, and once for a bank and its number of the application, whichever
    /// server it reaches. On a profile that the bank refreshed today, or else on what is pulled now.
    ///
    /// # Errors
    /// The refusals of a pull; `credit.no_profile`, `credit.profile_old`, `credit.profile_consent`, `credit.profile_erased`;
    /// `credit.values_only`; `credit.lpr`; `credit.bank_inputs`; `credit.application_number`;
    /// `credit.number_taken` for another application under a number; `credit.inputs_erased` for a repeat when what was
    /// asked can no longer be compared; `journal.key_reused`; those of the rules and of the store.
    pub async fn decide(&self, actor: &Actor, key: &str, application: &Arc<Application>) -> Result<View> {
        let owner = institution(actor)?.to_owned();
        let id = id_for(&owner, actor, key, application)?;
        let look = Look::new(actor, key, &id, application)?;
        if let Some(profile) = &application.profile {
            return self.decide_on_profile(actor, &look, profile).await;
        }
        let today = clock::day(self.exchange.now());
        // One trip off the caller's thread: whether it was decided already, and the policies of the bank and the exchange.
        let (first, book) = (look.clone(), self.book.clone());
        let rulebook = self.exchange.rulebook();
        let begin = move |journal: &Journal| match first.at(journal)? {
            Some(done) => Ok(Err(done)),
            None => Ok(Ok((book.on(today)?, rulebook.now()?))),
        };
        let (in_force, exchange) = match self.exchange.workspace.journal.with(begin).await? {
            Ok(policies) => policies,
            Err(done) => return Ok(done),
        };
        let rules = &in_force.rules;
        let order = Order {
            consent: application.consent.clone(),
            purpose: application.purpose.clone(),
            wants: Vec::new(),
            data_from: None,
            data_to: None,
            personal: None,
        };
        if exchange.purposes.get(&order.purpose, today).is_some_and(|p| p.mode != Mode::Values) {
            return Err(Fault::new(&faults::VALUES_ONLY).with("purpose", &order.purpose).field("purpose"));
        }
        // Before anything is pulled and counted: the application must make sense.
        super::own::offered(rules, Some(&owner), &application.request.product)?;
        application.request.check()?;
        bank::check(rules, today, &application.bank_inputs)?;
        let mut pull_key = format!("decide-{id}");
        let released = loop {
            match self.facts(actor, &pull_key, &order, Mode::Values).await? {
                Facts::Got(released) => break released,
                Facts::Refused(refusal) => return Err(refusal.fault),
                Facts::Elsewhere => {
                    for _ in 0..WAITS {
                        if let Some(done) = self.decided(&look).await? {
                            return Ok(done);
                        }
                        tokio::time::sleep(PAUSE).await;
                    }
                    // Whoever pulled stopped before it decided. The pull stands in the log; another one is counted.
                    if pull_key.len() > 64 {
                        return Err(Fault::new(&faults::IN_PROGRESS));
                    }
                    pull_key.push_str("-again");
                }
            }
        };
        let retention = i64::from(released.retention_days).saturating_mul(clock::DAY);
        let (computing, from) = (Arc::clone(rules), Arc::clone(application));
        let compute = move |_: &Journal| {
            let profile = profiles::of_pull(&computing, &from.consent, &released)?;
            let own = bank::profile(&computing, &profile.uscc, today, &from.bank_inputs)?;
            let own = (!from.bank_inputs.is_empty()).then_some(own);
            let inputs = Inputs { profile, bank: own, request: from.request.clone(), salt: salt()? };
            let decision = computing.decide(&inputs)?;
            let body = decision.bytes()?;
            let packed = json(&Packed::from(&inputs.profile))?;
            let Inputs { bank, request, salt, .. } = inputs;
            let kept =
                Parts { profile: Some(&packed), bank: bank.as_ref(), request: &request, salt: &salt }.body(&body)?;
            Ok((salt, decision, body, kept))
        };
        let (salt, decision, body, kept) = self.exchange.workspace.journal.with(compute).await?;
        let at = self.exchange.now();
        let made = Made {
            id: id.clone(),
            institution: owner,
            account: actor.account.clone(),
            consent: order.consent,
            at,
            policies: in_force.version,
            record: decision.recorded(&salt, &body),
            number: application.number.clone(),
            asked: Some(asked(&salt, application)?),
            keep_until: Some(at.saturating_add(retention)),
            profile: None,
            layout: LAYOUT,
        };
        let (command, view) = commit(&look, made, (decision, &body), kept)?;
        match self.exchange.workspace.journal.append(command).await {
            Ok(receipt) if receipt.first_time => Ok(view),
            // Another process was first: its decision counts, with its salt.
            other => {
                let done = self.decided(&look).await?;
                done.map_or_else(|| other.and(Err(Fault::new(&faults::IN_PROGRESS))), Ok)
            }
        }
    }

    /// What was decided on this request, if anything was: by this key, or under this number of the application.
    pub(super) async fn decided(&self, look: &Look) -> Result<Option<View>> {
        let look = look.clone();
        self.exchange.workspace.journal.with(move |journal| look.at(journal)).await
    }

    /// A decision of the actor's bank.
    ///
    /// # Errors
    /// `credit.no_decision`, also for another bank's; those of the store.
    pub fn decision(&self, actor: &Actor, id: &str) -> Result<View> {
        let journal = &self.exchange.workspace.journal;
        whole(journal, &self.book, load(journal, institution(actor)?, id)?)
    }

    /// The decision as a tree: what was looked at, what it gave, which part decided.
    ///
    /// # Errors
    /// `credit.no_decision`, `credit.inputs_erased`; those of the store.
    pub fn explain(&self, actor: &Actor, id: &str) -> Result<Branch> {
        let journal = &self.exchange.workspace.journal;
        let made = load(journal, institution(actor)?, id)?.made;
        let kept = need(journal, &made)?;
        self.book.at(made.policies, made.record.date)?.rules.explain(&kept.inputs)
    }

    /// Makes a past decision again from the inputs kept, under the policies of its time.
    ///
    /// # Errors
    /// `credit.no_decision`, `credit.inputs_erased`; those of the store.
    pub fn replay(&self, actor: &Actor, id: &str) -> Result<Replayed> {
        let journal = &self.exchange.workspace.journal;
        let made = load(journal, institution(actor)?, id)?.made;
        let kept = need(journal, &made)?;
        let rules = self.book.at(made.policies, made.record.date)?.rules;
        let again = rules.decide_in(made.record.edition, &kept.inputs)?;
        let record = again.record(&kept.inputs.salt)?;
        Ok(Replayed {
            id: made.id,
            same: again.bytes()? == kept.decision.bytes()? && record == made.record,
            policies: made.policies,
            policies_now: journal.stream_version(crate::policies::STREAM)?,
            recorded: made.record.decision,
            again: record.decision,
        })
    }
}
