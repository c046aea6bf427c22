//! A pull: a recipient presents a consent and gets what it allows, or a refusal with its code.
//!
//! Nothing leaves before the entry of the access log is on disk. That entry expects the version of `access/USCC` on which
//! the decision rests, and every consent's change and every release moves that version: so a revocation in between, or
//! another pull that took the last place of the frequency, makes the command conflict, and the pull is decided anew.

mod commit;
mod known;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use huoshui_exchange::answer::Part;
use huoshui_exchange::canonical;
use huoshui_exchange::purpose::Mode;
use huoshui_exchange::release::{self, Denial, Facts, Held, Inside, Plan, Presented, Pull, Want};
use huoshui_exchange::verify::{self, Claim};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::Exchange;
use super::actor::{Actor, Party};
use super::corrections;
use super::events::Ended;
use super::fetch::{self, Got};
use super::gate::Known;
use super::records::Stored;
use super::rulebook::{self, InForce};

/// The scope of the idempotency keys of pulls.
const OPERATION: &str = "pull";
/// How often a pull is decided anew when something came between.
const TRIES: usize = 30;

/// What a recipient asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The consent's id.
    pub consent: String,
    /// Code of the purpose.
    pub purpose: String,
    /// Resources and fields; none for all that was granted.
    #[serde(default)]
    pub wants: Vec<Want>,
    /// Rows from here; none for as far back as consent and purpose allow.
    #[serde(default)]
    pub data_from: Option<Date>,
    /// Rows to here.
    #[serde(default)]
    pub data_to: Option<Date>,
    /// For personal fields: the id of the natural person's own consent.
    #[serde(default)]
    pub personal: Option<String>,
}

/// What a recipient wants verified: claimed values, held against the department's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The consent's id.
    pub consent: String,
    /// Code of the purpose.
    pub purpose: String,
    /// The claims.
    pub claims: Vec<Claim>,
    /// For personal fields: the id of the natural person's own consent.
    #[serde(default)]
    pub personal: Option<String>,
}

/// A pull's answer as it is signed.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    consent: &'a str,
    subject: &'a str,
    recipient: &'a str,
    purpose: &'a huoshui_exchange::consent::PurposeRef,
    mode: Mode,
    pulled_at: i64,
    retention_days: u16,
    remaining: u32,
    parts: Vec<&'a Part>,
    dropped: &'a [release::Dropped],
    #[serde(skip_serializing_if = "Option::is_none")]
    verdicts: Option<&'a [verify::Outcome]>,
}

/// How a pull ended, without any value: kept under the idempotency key, and given to a repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub outcome: Ended,
    /// Code of the refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its entry: the stream …
    pub stream: String,
    /// … and the version in it.
    pub version: u64,
    /// The commitment to the answer that left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
    /// Each resource and how its source answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<(String, huoshui_exchange::answer::Status)>,
}

/// What a pull gives back.
#[derive(Debug)]
pub enum Pulled {
    /// The JSON that may leave: its entry is on disk. Counted only where a source was READY.
    Answered(Vec<u8>, Outcome),
    /// Nothing leaves. The refusal, its entry, and of a repeat the first outcome.
    Refused(Refusal),
}

/// A refusal with its place in the log.
#[derive(Debug)]
pub struct Refusal {
    /// Why.
    pub fault: Fault,
    /// What was recorded.
    pub outcome: Outcome,
    /// Of a repeat: how the first one ended.
    pub first: Option<Box<Outcome>>,
}

/// What a pull released, for use inside the platform: the rows go no further than what is made of them.
#[derive(Debug)]
pub struct Released {
    /// The enterprise.
    pub subject: huoshui_kernel::Uscc,
    /// How long it may be kept, days.
    pub retention_days: u16,
    /// How each source answered, its rows, and the first and the last day that the consent let them be asked for.
    pub parts: Vec<(Part, Inside, (Date, Date))>,
}

/// How a pull for use inside ended.
#[derive(Debug)]
pub enum Taken {
    /// It was released, counted and logged.
    Got(Box<Released>),
    /// Nothing was.
    Refused(Refusal),
}

/// One request on its way.
struct Request<'a> {
    actor: &'a Actor,
    key: &'a str,
    recipient: &'a str,
    pull: Pull,
    personal: Option<&'a str>,
    claims: Option<&'a [Claim]>,
    /// Where rows for use inside are put, once the entry is on disk.
    inside: Option<&'a Mutex<Option<Released>>>,
    /// The request in canonical form.
    bytes: Vec<u8>,
    began: i64,
}

/// How one try ended.
enum Tried {
    Done(Pulled),
    /// Something came between: decide anew.
    Again,
    /// Remote departments must be asked first, outside the firm's turn.
    Ask(Box<Plan>),
}

impl Exchange {
    /// Pulls.
    ///
    /// # Errors
    /// `exchange.not_a_recipient` for who is no institution; `journal.busy`, `journal.key_reused`; those of the store.
    /// Refusals are no errors: they are [`Pulled::Refused`], and recorded.
    pub async fn pull(&self, actor: &Actor, key: &str, order: &Order) -> Result<Pulled> {
        let recipient = institution(actor)?;
        let pull = Pull {
            consent: order.consent.clone(),
            purpose: order.purpose.clone(),
            recipient: recipient.to_owned(),
            wants: order.wants.clone(),
            data_from: order.data_from,
            data_to: order.data_to,
            mode: Mode::Values,
        };
        let (personal, bytes) = (order.personal.as_deref(), canonical::bytes(order)?);
        let (claims, inside, began) = (None, None, self.now());
        self.carry(Request { actor, key, recipient, pull, personal, claims, inside, bytes, began }).await
    }

    /// Pulls for a use inside the platform, under a consent of this mode: checked, counted and logged as a pull is.
    ///
    /// # Errors
    /// As [`Exchange::pull`].
    pub async fn take(&self, actor: &Actor, key: &str, order: &Order, mode: Mode) -> Result<Taken> {
        let recipient = institution(actor)?;
        let pull = Pull {
            consent: order.consent.clone(),
            purpose: order.purpose.clone(),
            recipient: recipient.to_owned(),
            wants: order.wants.clone(),
            data_from: order.data_from,
            data_to: order.data_to,
            mode,
        };
        let (personal, bytes) = (order.personal.as_deref(), canonical::bytes(order)?);
        let sink = Mutex::new(None);
        let (claims, inside, began) = (None, Some(&sink), self.now());
        let pulled =
            self.carry(Request { actor, key, recipient, pull, personal, claims, inside, bytes, began }).await?;
        let lost = || Fault::new(&crate::faults::INTERNAL).with("what", "pull");
        match pulled {
            Pulled::Refused(refusal) => Ok(Taken::Refused(refusal)),
            Pulled::Answered(..) => {
                let released = sink.into_inner().map_err(|_| lost())?.ok_or_else(lost)?;
                Ok(Taken::Got(Box::new(released)))
            }
        }
    }

    /// Verifies claims: match, no match or unknown leaves, and no value. Checked, counted and logged as a pull is.
    ///
    /// # Errors
    /// As [`Exchange::pull`].
    pub async fn verify_claims(&self, actor: &Actor, key: &str, check: &Check) -> Result<Pulled> {
        let recipient = institution(actor)?;
        let mut wants: Vec<Want> = Vec::new();
        for claim in &check.claims {
            if !wants.iter().any(|w| w.resource == claim.resource) {
                wants.push(Want { resource: claim.resource.clone(), fields: Vec::new() });
            }
        }
        let pull = Pull {
            consent: check.consent.clone(),
            purpose: check.purpose.clone(),
            recipient: recipient.to_owned(),
            wants,
            data_from: None,
            data_to: None,
            mode: Mode::Verify,
        };
        let (personal, bytes) = (check.personal.as_deref(), canonical::bytes(check)?);
        let claims = Some(check.claims.as_slice());
        let (inside, began) = (None, self.now());
        self.carry(Request { actor, key, recipient, pull, personal, claims, inside, bytes, began }).await
    }

    async fn carry(&self, request: Request<'_>) -> Result<Pulled> {
        let Some(subject) = self.subject_of(&request.pull.consent).await? else {
            return self.refuse_stranger(&request).await.map(Pulled::Refused);
        };
        let gate = self.gates.of(&subject)?;
        let mut fetched: Option<(Plan, Vec<Got>)> = None;
        for _ in 0..TRIES {
            let mut turn = gate.enter().await?;
            match self.attempt(&request, &subject, &mut turn, fetched.as_ref()).await {
                Ok(Tried::Done(pulled)) => return Ok(pulled),
                Ok(Tried::Again) => {}
                Ok(Tried::Ask(plan)) => {
                    drop(turn);
                    let rules = self.rules.known()?;
                    let answers = fetch::gather(&plan, rules.shelf.as_ref(), &self.remotes).await;
                    fetched = Some((*plan, answers));
                }
                Err(fault) => {
                    // Whether the command took effect is not known: what was remembered may be old.
                    *turn = None;
                    return Err(fault);
                }
            }
        }
        Err(Fault::new(&huoshui_journal::faults::BUSY))
    }

    async fn attempt(
        &self,
        request: &Request<'_>,
        subject: &huoshui_kernel::Uscc,
        turn: &mut Option<Known>,
        fetched: Option<&(Plan, Vec<Got>)>,
    ) -> Result<Tried> {
        self.know(request, subject, turn).await?;
        let Some(known) = turn.as_mut() else { return Ok(Tried::Again) };
        let mut rules = self.rules.known()?;
        let mut decided = self.decide(request, known, &rules);
        if decided.as_ref().is_err_and(|denial| rulebook::rests_on_policies(&denial.fault)) {
            rules = self.in_force().await?;
            decided = self.decide(request, known, &rules);
        }
        let plan = match decided {
            Ok(plan) => plan,
            Err(denial) => return self.refuse(request, subject, turn, &denial.fault).await,
        };
        if let Some(claims) = request.claims
            && let Err(fault) = verify::check(&plan, claims)
        {
            return self.refuse(request, subject, turn, &fault).await;
        }
        let mut unchanged = None;
        let remote = plan.fetches.iter().any(|f| self.remotes.has(&f.resource.code));
        let (plan, answers) = match fetched {
            // Kept for the next try, should this one conflict: no department is asked twice for the same.
            Some((before, answers)) if before.fetches == plan.fetches => (plan, answers.clone()),
            _ if remote => {
                if self.answered_before(request).await? {
                    // A repeat must not reach a department again; the journal will give the first outcome.
                    let fault = Fault::new(&huoshui_exchange::faults::REPLAYED);
                    return self.refuse(request, subject, turn, &fault).await;
                }
                return Ok(Tried::Ask(Box::new(plan)));
            }
            _ => {
                let found = match rules.shelf.at_hand(&plan).await {
                    Some((found, seen)) => {
                        unchanged = seen;
                        found
                    }
                    None => {
                        let (shelf, asked) = (Arc::clone(&rules.shelf), plan.clone());
                        self.off(move |_| Ok(shelf.all(&asked))).await?
                    }
                };
                (plan, found.into_iter().map(|got| (got, 0)).collect())
            }
        };
        let corrected = turn.as_ref().map(|known| known.corrected.as_slice()).unwrap_or_default();
        let mut parts: Vec<(Part, u32)> = Vec::with_capacity(plan.fetches.len());
        let mut inside: BTreeMap<String, (Part, Inside)> = BTreeMap::new();
        let mut taken: Vec<(Part, Inside, (Date, Date))> = Vec::new();
        for (fetch, (got, took)) in plan.fetches.iter().zip(answers) {
            let got = corrections::overlay(&fetch.resource, got, corrected);
            let mark = |digest: &str| Some(self.mark(&plan.subject, digest));
            if request.claims.is_none() && request.inside.is_none() {
                parts.push((release::pick_leaving(&plan, fetch, got, &mark), took));
                continue;
            }
            let (part, rows) = release::pick_marked(&plan, fetch, got, &mark);
            if request.claims.is_some() {
                inside.insert(part.resource.clone(), (part.clone(), rows));
            } else if request.inside.is_some() {
                taken.push((part.clone(), rows, (fetch.from, fetch.to)));
            }
            parts.push((part, took));
        }
        let verdicts = request.claims.map(|claims| verify::verdicts(&plan, claims, &inside));
        let tried = self.release(request, turn, &plan, &parts, (verdicts.as_deref(), unchanged)).await?;
        if let (Tried::Done(Pulled::Answered(..)), Some(sink)) = (&tried, request.inside) {
            let mut sink = sink.lock().map_err(|_| Fault::new(&crate::faults::INTERNAL).with("what", "pull"))?;
            *sink = Some(Released { subject: plan.subject, retention_days: plan.retention_days, parts: taken });
        }
        Ok(tried)
    }

    fn decide(&self, request: &Request<'_>, known: &Known, rules: &InForce) -> std::result::Result<Plan, Denial> {
        let now = self.now();
        let consent = known.consents.get(&request.pull.consent);
        let personal = request.personal.and_then(|id| known.consents.get(id));
        release::decide(&Facts {
            pull: &request.pull,
            consent: Presented::of(consent.map(|s| &s.consent), now),
            personal: personal.and_then(|s| held(s, now)),
            usage: known.releases.of(&request.pull.consent, request.recipient),
            catalogue: &rules.catalogue,
            purposes: &rules.purposes,
            now,
        })
    }
}

/// The institution for which the actor acts.
fn institution(actor: &Actor) -> Result<&str> {
    match &actor.party {
        Party::Institution(code, _) => Ok(code),
        _ => Err(Fault::new(&huoshui_exchange::faults::NOT_A_RECIPIENT).with("recipient", &actor.account)),
    }
}

/// A consent that was signed, at a moment.
fn held(stored: &Stored, now: i64) -> Option<Held<'_>> {
    let artefact = stored.consent.artefact.as_ref()?;
    Some(Held { artefact, state: stored.consent.state_at(now) })
}
