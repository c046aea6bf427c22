//! Writing how a pull ended. Only when the entry is on disk does an answer leave.

use huoshui_exchange::access::{Asked, Entry, Who};
use huoshui_exchange::answer::{Part, Status};
use huoshui_exchange::canonical;
use huoshui_exchange::faults::WRONG_RECIPIENT;
use huoshui_exchange::release::{self, Facts, Plan, Presented};
use huoshui_exchange::verify;
use huoshui_journal::{Command, Expected, Receipt, Seen, faults as journal};
use huoshui_kernel::Uscc;
use huoshui_kernel::fault::{Fault, Result};

use super::{Answer, OPERATION, Outcome, Pulled, Refusal, Request, Tried, held};
use crate::exchange::Exchange;
use crate::exchange::envelope::Envelope;
use crate::exchange::events::{Ended, Logged, kind};
use crate::exchange::gate::Known;
use crate::exchange::records;
use crate::faults;
use crate::streams::json;

impl Exchange {
    /// What is recorded of a request that ended with this code, or without one.
    fn logged(
        &self,
        request: &Request<'_>,
        subject: Option<Uscc>,
        outcome: Ended,
        code: Option<&str>,
    ) -> Result<Logged> {
        let at = self.now();
        let took = at.saturating_sub(request.began) / 1_000;
        // What a stranger sent is cut, so that an entry stays small.
        let cut = |text: &str| text.chars().take(64).collect();
        let pull = &request.pull;
        Ok(Logged {
            outcome,
            entry: Entry {
                id: self.id_of(OPERATION, request.actor, request.key),
                at,
                who: who(request),
                consent: cut(&pull.consent),
                subject,
                stated_purpose: cut(&pull.purpose),
                policy: request.actor.admitted.policy.clone(),
                purpose: None,
                mode: pull.mode,
                request: canonical::sha256(&request.bytes),
                refused: code.map(str::to_owned),
                sources: Vec::new(),
                latency_ms: u32::try_from(took).unwrap_or(u32::MAX),
                retention_days: 0,
                commitment: None,
            },
            repeats: None,
            keep: None,
            summed: false,
        })
    }

    /// Seals the answer, writes its entry, and only then hands it out.
    pub(super) async fn release(
        &self,
        request: &Request<'_>,
        turn: &mut Option<Known>,
        plan: &Plan,
        parts: &[(Part, u32)],
        (verdicts, unchanged): (Option<&[verify::Outcome]>, Option<Seen>),
    ) -> Result<Tried> {
        let now = self.now();
        let ready = parts.iter().any(|(p, _)| p.status == Status::Ready);
        let frequency = plan.usage.frequency;
        let envelope = Envelope::seal(&Answer {
            consent: &plan.consent,
            subject: plan.subject.as_str(),
            recipient: &plan.recipient,
            purpose: &plan.purpose,
            mode: plan.mode,
            pulled_at: now,
            retention_days: plan.retention_days,
            remaining: frequency.count.saturating_sub(plan.usage.used + u32::from(ready)),
            parts: parts.iter().map(|(part, _)| part).collect(),
            dropped: &plan.dropped,
            verdicts,
        })?;
        // What is used inside never leaves: nobody could check its signature.
        let signed = match request.inside {
            None => Some(envelope.sign(&self.together, &self.signer).await?),
            Some(_) => None,
        };
        let Some(known) = turn.as_mut() else { return Ok(Tried::Again) };
        let (stream, version) = (records::access(&plan.subject), known.version + 1);
        let ended = if ready { Ended::Released } else { Ended::Empty };
        let (at, id) = (self.now(), self.id_of(OPERATION, request.actor, request.key));
        let took = at.saturating_sub(request.began) / 1_000;
        let (who, policy) = (who(request), request.actor.admitted.policy.as_deref());
        let latency_ms = u32::try_from(took).unwrap_or(u32::MAX);
        let asked = Asked { id: &id, at, who: &who, policy, pull: &request.pull, latency_ms };
        let took: Vec<(&Part, u32)> = parts.iter().map(|(part, took)| (part, *took)).collect();
        let entry = asked.released(plan, &took, &envelope.commitment)?;
        let (keep, summed) = (ready.then_some(frequency.count), known.releases.is_due(version));
        let logged = Logged { outcome: ended, entry, repeats: None, keep, summed };
        let outcome = Outcome {
            outcome: ended,
            reason: None,
            stream: stream.clone(),
            version,
            commitment: Some(envelope.commitment.clone()),
            parts: parts.iter().map(|(p, _)| (p.resource.clone(), p.status)).collect(),
        };
        let mut command = Command::new(&request.actor.account, OPERATION, request.key, &request.bytes)
            .event(&stream, Expected::Version(known.version), kind::ACCESS, 1, json(&logged)?)
            .answer(json(&outcome)?);
        command.unchanged.extend(unchanged);
        let command = with_releases(command, known, &plan.subject, &logged, version)?;
        match self.workspace.journal.append(command).await {
            Ok(receipt) if receipt.first_time => {
                known.enter(&logged, version);
                let leaving = signed.map(|signed| envelope.json(&signed, &self.signer, &stream, version));
                let body = leaving.transpose()?.unwrap_or_default();
                Ok(Tried::Done(Pulled::Answered(body, outcome)))
            }
            other => self.otherwise(request, &plan.subject, turn, other).await,
        }
    }

    /// Writes a refusal, and says why.
    pub(super) async fn refuse(
        &self,
        request: &Request<'_>,
        subject: &Uscc,
        turn: &mut Option<Known>,
        fault: &Fault,
    ) -> Result<Tried> {
        let Some(known) = turn.as_mut() else { return Ok(Tried::Again) };
        let (stream, version) = (records::access(subject), known.version + 1);
        let mut logged = self.logged(request, Some(*subject), Ended::Refused, Some(fault.code()))?;
        logged.summed = known.releases.is_due(version);
        let mut command = Command::new(&request.actor.account, OPERATION, request.key, &request.bytes).event(
            &stream,
            Expected::Version(known.version),
            kind::ACCESS,
            1,
            json(&logged)?,
        );
        command = with_releases(command, known, subject, &logged, version)?;
        let stranger = is_stranger(fault);
        let outcome = if stranger {
            let (own, told) = (own_refusals(request), self.logged(request, None, Ended::Refused, Some(fault.code()))?);
            command = command.event(&own, Expected::Any, kind::ACCESS, 1, json(&told)?);
            refused(fault, &own, 0)
        } else {
            refused(fault, &stream, version)
        };
        match self.workspace.journal.append(command.answer(json(&outcome)?)).await {
            Ok(receipt) if receipt.first_time => {
                known.enter(&logged, version);
                let outcome = if stranger { strangers_outcome(&receipt, request)? } else { outcome };
                Ok(Tried::Done(Pulled::Refused(Refusal { fault: fault.clone(), outcome, first: None })))
            }
            Ok(receipt) if stranger => {
                let outcome = strangers_outcome(&receipt, request)?;
                Ok(Tried::Done(Pulled::Refused(Refusal { fault: fault.clone(), outcome, first: None })))
            }
            other => self.otherwise(request, subject, turn, other).await,
        }
    }

    /// A refusal under no consent: there is no firm in whose log it could stand. It is told as one under a consent that
    /// names others, in every word, so that nobody learns from it whether a consent exists.
    pub(super) async fn refuse_stranger(&self, request: &Request<'_>) -> Result<Refusal> {
        let shown: String = request.pull.consent.chars().take(64).collect();
        let fault = Fault::new(&WRONG_RECIPIENT).with("consent", shown);
        let fault = fault.with("recipient", request.recipient).with("purpose", &request.pull.purpose);
        let stream = own_refusals(request);
        let logged = self.logged(request, None, Ended::Refused, Some(fault.code()))?;
        let command = Command::new(&request.actor.account, OPERATION, request.key, &request.bytes)
            .event(&stream, Expected::Any, kind::ACCESS, 1, json(&logged)?)
            .answer(json(&refused(&fault, &stream, 0))?);
        let receipt = self.workspace.journal.append(command).await?;
        Ok(Refusal { outcome: strangers_outcome(&receipt, request)?, fault, first: None })
    }

    /// What became of a command that was not carried out now: the stream had moved on, or the key was used before.
    async fn otherwise(
        &self,
        request: &Request<'_>,
        subject: &Uscc,
        turn: &mut Option<Known>,
        answer: Result<Receipt>,
    ) -> Result<Tried> {
        match answer {
            Ok(receipt) => self.repeat(request, subject, turn, &receipt).await,
            Err(fault) if fault.code() == journal::CONFLICT.code => {
                *turn = None;
                Ok(Tried::Again)
            }
            Err(fault) => Err(fault),
        }
    }

    /// A repeat: the consent is checked again, nothing is counted, nothing leaves; the first outcome is told.
    async fn repeat(
        &self,
        request: &Request<'_>,
        subject: &Uscc,
        turn: &mut Option<Known>,
        receipt: &Receipt,
    ) -> Result<Tried> {
        let Some(known) = turn.as_mut() else { return Ok(Tried::Again) };
        let first = first_outcome(receipt)?;
        let now = self.now();
        let consent = known.consents.get(&request.pull.consent);
        let personal = request.personal.and_then(|id| known.consents.get(id));
        let rules = self.rules.known()?;
        let again = release::recheck(&Facts {
            pull: &request.pull,
            consent: Presented::of(consent.map(|s| &s.consent), now),
            personal: personal.and_then(|s| held(s, now)),
            usage: &[],
            catalogue: &rules.catalogue,
            purposes: &rules.purposes,
            now,
        });
        let fault = again.err().map_or_else(|| replayed(request), Fault::from);
        let (stream, version) = (records::access(subject), known.version + 1);
        let mut logged = self.logged(request, Some(*subject), Ended::Replayed, Some(fault.code()))?;
        (logged.repeats, logged.summed) = (Some(first.version), known.releases.is_due(version));
        // The version makes the key: every repeat is an entry of its own.
        let key = format!("{}@{version}", canonical::sha256(request.key.as_bytes()));
        let outcome = Outcome { outcome: Ended::Replayed, ..refused(&fault, &stream, version) };
        let command = Command::new(&request.actor.account, "pull.repeat", key, &request.bytes)
            .event(&stream, Expected::Version(known.version), kind::ACCESS, 1, json(&logged)?)
            .answer(json(&outcome)?);
        let command = with_releases(command, known, subject, &logged, version)?;
        match self.workspace.journal.append(command).await {
            Ok(receipt) if receipt.first_time => {
                known.enter(&logged, version);
                Ok(Tried::Done(Pulled::Refused(Refusal { fault, outcome, first: Some(Box::new(first)) })))
            }
            // The same repeat came through another process and has this place.
            Ok(_) => {
                *turn = None;
                Ok(Tried::Again)
            }
            Err(fault) if fault.code() == journal::CONFLICT.code => {
                *turn = None;
                Ok(Tried::Again)
            }
            Err(fault) => Err(fault),
        }
    }
}

/// The command, with the document of the firm's releases where the entry says that it is brought up to date.
fn with_releases(command: Command, known: &Known, subject: &Uscc, logged: &Logged, version: u64) -> Result<Command> {
    if !logged.summed {
        return Ok(command);
    }
    let mut after = known.releases.clone();
    after.enter(logged, version);
    Ok(command.put(after.document(subject.as_str(), version)?))
}

fn who(request: &Request<'_>) -> Who {
    let actor = request.actor;
    let (institution, account) = (request.recipient.to_owned(), actor.account.clone());
    Who { institution, account, key: actor.admitted.key.clone() }
}

/// Whether the asker is not a party to the consent, and must not learn that there is one.
fn is_stranger(fault: &Fault) -> bool {
    fault.code() == WRONG_RECIPIENT.code
}

/// The stream of an institution's refusals that it may read itself.
fn own_refusals(request: &Request<'_>) -> String {
    format!("refusals/{}", request.recipient)
}

/// What a stranger is told was recorded: its entry in its own stream, of a repeat the first one.
fn strangers_outcome(receipt: &Receipt, request: &Request<'_>) -> Result<Outcome> {
    let (mut outcome, own) = (first_outcome(receipt)?, own_refusals(request));
    if outcome.stream == own {
        outcome.version = receipt.versions.iter().find(|v| v.stream == own).map_or(0, |v| v.version);
    }
    Ok(outcome)
}

fn replayed(request: &Request<'_>) -> Fault {
    Fault::new(&huoshui_exchange::faults::REPLAYED).with("consent", &request.pull.consent)
}

fn refused(fault: &Fault, stream: &str, version: u64) -> Outcome {
    Outcome {
        outcome: Ended::Refused,
        reason: Some(fault.code().to_owned()),
        stream: stream.to_owned(),
        version,
        commitment: None,
        parts: Vec::new(),
    }
}

fn first_outcome(receipt: &Receipt) -> Result<Outcome> {
    serde_json::from_slice(&receipt.response).map_err(|_| Fault::new(&faults::DAMAGED).with("what", "receipt"))
}
