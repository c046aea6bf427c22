//! Decisions as events: an application to a bank's product, decided on what a pull under consent released and on the bank's
//! own inputs. The event holds commitments, policies, outcome and codes of reasons; values stay in the vault, where the
//! bank alone reads them and where they can be erased.

use std::sync::Arc;
use std::time::Duration;

use huoshui_credit::decide::{Branch, Decision, Inputs, Record, Request};
use huoshui_credit::governance::Override;
use huoshui_exchange::purpose::Mode;
use huoshui_journal::{Columns, Command, Expected, Journal, StateDoc};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::bank::{self, Rows};
use super::profiles::{self, Facts};
use super::{Credit, faults, id_of, institution, is_id};
use crate::exchange::actor::Actor;
use crate::exchange::pull::Order;
use crate::streams::json;

/// The operation of the idempotency key.
const OPERATION: &str = "credit.decide";
/// The vault's space of what decisions rest on.
pub const SPACE: &str = "decision";
/// The collection of decisions.
pub const COLLECTION: &str = "decision";
/// How long a process waits for another one that pulled under the same key, and in which steps.
const WAITS: u32 = 60;
const PAUSE: Duration = Duration::from_millis(50);

/// Event kinds.
pub mod kind {
    /// [`super::Made`].
    pub const MADE: &str = "decision.made";
    /// [`huoshui_credit::governance::Override`].
    pub const OVERRIDDEN: &str = "decision.overridden";
}

/// An application, as the bank brings it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The consent under which the firm's data are pulled.
    pub consent: String,
    /// Code of the consent's purpose.
    pub purpose: String,
    /// What the firm asks for.
    pub request: Request,
    /// The bank's own inputs, by relation.
    #[serde(default)]
    pub bank_inputs: Rows,
}

/// `decision/ID`: a decision was made. No value of a department or of the bank stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// The bank.
    pub institution: String,
    /// Who asked.
    pub account: String,
    /// The consent.
    pub consent: String,
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// The version of the stream of policies that it was made under.
    pub policies: u64,
    /// The decision without values.
    pub record: Record,
}

/// A decision with what people made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The decision.
    pub made: Made,
    /// Overrides, in order.
    pub overrides: Vec<Override>,
    /// Version of its stream.
    pub version: u64,
}

/// What the vault keeps of a decision.
#[derive(Serialize, Deserialize)]
struct Kept {
    inputs: Inputs,
    decision: Decision,
}

/// A decision for its bank. Without the values where they were erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// What the journal holds.
    #[serde(flatten)]
    pub stored: Stored,
    /// The whole decision with its reasons in words; none once its inputs were erased.
    pub decision: Option<Decision>,
}

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

/// The stream of a decision.
#[must_use]
pub fn stream(id: &str) -> String {
    format!("decision/{id}")
}

impl Stored {
    /// Its document.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn document(&self) -> Result<StateDoc> {
        let record = &self.made.record;
        let outcome = serde_json::to_value(record.outcome).ok().and_then(|v| v.as_str().map(str::to_owned));
        let text =
            [Some(self.made.institution.clone()), Some(record.product.clone()), outcome, Some(record.uscc.clone())];
        Ok(StateDoc {
            collection: COLLECTION.to_owned(),
            id: self.made.id.clone(),
            version: self.version,
            doc: json(self)?,
            columns: Columns { text, int: [Some(self.made.at), None, None, None] },
        })
    }

    pub(super) fn read(doc: &StateDoc) -> Result<Self> {
        serde_json::from_slice(&doc.doc)
            .map_err(|_| Fault::new(&crate::faults::DAMAGED).with("what", format_args!("{COLLECTION}/{}", doc.id)))
    }
}

/// A decision of this bank; another bank's is not there for it.
pub(super) fn load(journal: &Journal, owner: &str, id: &str) -> Result<Stored> {
    let unknown = || Fault::new(&faults::NO_DECISION).with("id", id.chars().take(64).collect::<String>());
    if !is_id(id) {
        return Err(unknown());
    }
    let doc = journal.state(COLLECTION, id)?.ok_or_else(unknown)?;
    let stored = Stored::read(&doc)?;
    if stored.made.institution == owner { Ok(stored) } else { Err(unknown()) }
}

fn kept(journal: &Journal, made: &Made) -> Result<Option<Kept>> {
    let damaged = |_| Fault::new(&crate::faults::DAMAGED).with("what", format_args!("vault {SPACE}/{}", made.id));
    let body = journal.kept(SPACE, &format!("{}/{}", made.institution, made.id))?;
    body.map(|b| serde_json::from_slice(&b).map_err(damaged)).transpose()
}

fn need(journal: &Journal, made: &Made) -> Result<Kept> {
    kept(journal, made)?.ok_or_else(|| Fault::new(&faults::ERASED).with("id", &made.id))
}

impl Credit {
    /// Decides an application: once for an actor and key, whichever server it reaches.
    ///
    /// # Errors
    /// The refusals of a pull; `credit.values_only`; `credit.bank_inputs`; `journal.key_reused`; those of the rules and of
    /// the store.
    pub async fn decide(&self, actor: &Actor, key: &str, application: &Application) -> Result<View> {
        let owner = institution(actor)?.to_owned();
        let (id, body) = (id_of(OPERATION, actor, key), json(application)?);
        if let Some(done) = self.decided(actor, key, &id, &body).await? {
            return Ok(done);
        }
        let today = huoshui_exchange::clock::day(self.exchange.now());
        let in_force = self.book_on(today).await?;
        let rules = &in_force.rules;
        let order = Order {
            consent: application.consent.clone(),
            purpose: application.purpose.clone(),
            wants: Vec::new(),
            data_from: None,
            data_to: None,
            personal: None,
        };
        if self.exchange.in_force().await?.purposes.get(&order.purpose, today).is_some_and(|p| p.mode != Mode::Values) {
            return Err(Fault::new(&faults::VALUES_ONLY).with("purpose", &order.purpose).field("purpose"));
        }
        // Before anything is pulled and counted: the application must make sense.
        if !rules.products().any(|p| p.code == application.request.product) {
            let all: Vec<&str> = rules.products().map(|p| p.code.as_str()).collect();
            let fault = Fault::new(&faults::NO_PRODUCT).with("product", &application.request.product);
            return Err(fault.with("known", all.join(", ")).field("request.product"));
        }
        let mut pull_key = format!("decide-{id}");
        let released = loop {
            match self.facts(actor, &pull_key, &order, Mode::Values).await? {
                Facts::Got(released) => break released,
                Facts::Refused(refusal) => return Err(refusal.fault),
                Facts::Elsewhere => {
                    for _ in 0..WAITS {
                        if let Some(done) = self.decided(actor, key, &id, &body).await? {
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
        let (computing, asked) = (Arc::clone(rules), application.clone());
        let compute = move |_: &Journal| {
            let profile = profiles::of_pull(&computing, &asked.consent, &released)?;
            let own = bank::profile(&computing, &profile.uscc, today, &asked.bank_inputs)?;
            let own = (!asked.bank_inputs.is_empty()).then_some(own);
            let inputs = Inputs { profile, bank: own, request: asked.request, salt: salt()? };
            let decision = computing.decide(&inputs)?;
            Ok((inputs, decision))
        };
        let (inputs, decision) = self.exchange.workspace.journal.with(compute).await?;
        let made = Made {
            id: id.clone(),
            institution: owner.clone(),
            account: actor.account.clone(),
            consent: order.consent,
            at: self.exchange.now(),
            policies: in_force.version,
            record: decision.record(&inputs.salt)?,
        };
        let event = json(&made)?;
        let stored = Stored { made, overrides: Vec::new(), version: 1 };
        let command = Command::new(&actor.account, OPERATION, key, &body)
            .event(&stream(&id), Expected::Version(0), kind::MADE, 1, event)
            .put(stored.document()?)
            .keep(SPACE, &format!("{owner}/{id}"), json(&Kept { inputs, decision: decision.clone() })?)
            .answer(json(&serde_json::json!({ "id": id }))?);
        match self.exchange.workspace.journal.append(command).await {
            Ok(receipt) if receipt.first_time => Ok(View { stored, decision: Some(decision) }),
            // Another process was first: its decision counts, with its salt.
            other => {
                let done = self.decided(actor, key, &id, &body).await?;
                done.map_or_else(|| other.and(Err(Fault::new(&faults::IN_PROGRESS))), Ok)
            }
        }
    }

    /// What was decided under this key, if anything was.
    async fn decided(&self, actor: &Actor, key: &str, id: &str, body: &[u8]) -> Result<Option<View>> {
        let journal = &self.exchange.workspace.journal;
        let (owner, id) = (institution(actor)?.to_owned(), id.to_owned());
        let (account, key, body) = (actor.account.clone(), key.to_owned(), body.to_vec());
        let there = {
            let id = id.clone();
            journal.with(move |journal| Ok(journal.state(COLLECTION, &id)?.is_some())).await?
        };
        if !there {
            return Ok(None);
        }
        // The journal holds the request against the key's first one.
        journal.append(Command::new(&account, OPERATION, &key, &body)).await?;
        journal.with(move |journal| view(journal, load(journal, &owner, &id)?)).await.map(Some)
    }

    /// A decision of the actor's bank.
    ///
    /// # Errors
    /// `credit.no_decision`, also for another bank's; those of the store.
    pub fn decision(&self, actor: &Actor, id: &str) -> Result<View> {
        let journal = &self.exchange.workspace.journal;
        view(journal, load(journal, institution(actor)?, id)?)
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
        let again = self.book.at(made.policies, made.record.date)?.rules.decide(&kept.inputs)?;
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

    /// Erases what a decision rests on. The event stays, and says what was decided.
    ///
    /// # Errors
    /// `credit.no_decision`; those of the store.
    pub fn erase_inputs(&self, actor: &Actor, id: &str) -> Result<bool> {
        let journal = &self.exchange.workspace.journal;
        let made = load(journal, institution(actor)?, id)?.made;
        journal.erase(SPACE, &format!("{}/{}", made.institution, made.id))
    }
}

fn view(journal: &Journal, stored: Stored) -> Result<View> {
    let decision = kept(journal, &stored.made)?.map(|k| k.decision);
    Ok(View { stored, decision })
}
