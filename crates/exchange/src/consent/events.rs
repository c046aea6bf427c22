//! The events of a consent, and what they add up to.

use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::steps::{self, Step};
use super::{Artefact, Draft, Signature, SignedBy, State};
use crate::catalogue::Catalogue;
use crate::purpose::Purposes;
use crate::{clock, faults};

macro_rules! said {
    ($($(#[$meta:meta])* $name:ident)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Who, for the subject.
            pub by: SignedBy,
            /// When, microseconds since 1970-01-01 UTC.
            pub at: i64,
        }
    )+};
}
said! {
    /// The subject said no.
    ConsentDeclined
    /// The subject stopped it for a while.
    ConsentPaused
    /// The subject lets it go on.
    ConsentResumed
    /// The subject ended it.
    ConsentRevoked
}

/// A recipient asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentRequested {
    /// What is asked for.
    pub draft: Draft,
    /// The institution that asks, one of the draft's recipients.
    pub by: String,
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Whether the person named is no account of the enterprise's: then nobody is told, and nobody can sign. Who asks is
    /// answered as ever, and cannot find out which accounts there are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unaddressed: bool,
}

/// The subject signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsentGranted {
    /// What was signed.
    pub artefact: Artefact,
    /// The signature over [`Artefact::canonical`].
    pub signature: Signature,
}

/// Any event of a consent, as JSON with its `kind` beside its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind")]
#[allow(missing_docs, reason = "each is told where its body is")]
#[allow(clippy::large_enum_variant, reason = "events come one by one")]
pub enum ConsentEvent {
    #[serde(rename = "consent.requested")]
    Requested(ConsentRequested),
    #[serde(rename = "consent.granted")]
    Granted(ConsentGranted),
    #[serde(rename = "consent.declined")]
    Declined(ConsentDeclined),
    #[serde(rename = "consent.paused")]
    Paused(ConsentPaused),
    #[serde(rename = "consent.resumed")]
    Resumed(ConsentResumed),
    #[serde(rename = "consent.revoked")]
    Revoked(ConsentRevoked),
}

impl ConsentEvent {
    /// The stable name of its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Requested(_) => "consent.requested",
            Self::Granted(_) => "consent.granted",
            Self::Declined(_) => "consent.declined",
            Self::Paused(_) => "consent.paused",
            Self::Resumed(_) => "consent.resumed",
            Self::Revoked(_) => "consent.revoked",
        }
    }
}

/// A consent as its events left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// What was asked for.
    pub draft: Draft,
    /// Who asked.
    pub requested_by: String,
    /// When, microseconds since 1970-01-01 UTC.
    pub requested_at: i64,
    /// What was signed, once it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artefact: Option<Artefact>,
    /// Its signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
    /// As the events say. What the clock adds: [`Consent::state_at`].
    pub state: State,
}

impl ConsentRequested {
    /// The event of a request. Only one of the recipients may ask: `exchange.not_a_recipient`.
    pub fn new(draft: Draft, by: &str, at: i64) -> Result<Self> {
        if draft.recipients.iter().any(|r| r == by) {
            return Ok(Self { draft, by: by.to_owned(), at, unaddressed: false });
        }
        Err(Fault::new(&faults::NOT_A_RECIPIENT).with("recipient", by))
    }
}

impl Consent {
    /// What a consent's events add up to, in their order. A history that no steps could have made is
    /// `exchange.consent_history`.
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a ConsentEvent>) -> Result<Self> {
        let mut consent: Option<Self> = None;
        for event in events {
            consent = Some(Self::apply(consent, event)?);
        }
        consent.ok_or_else(|| history("no event"))
    }

    /// One event more.
    pub fn apply(before: Option<Self>, event: &ConsentEvent) -> Result<Self> {
        let Some(mut consent) = before else {
            let ConsentEvent::Requested(asked) = event else { return Err(history(event.kind())) };
            return Ok(Self {
                draft: asked.draft.clone(),
                requested_by: asked.by.clone(),
                requested_at: asked.at,
                artefact: None,
                signature: None,
                state: State::Requested,
            });
        };
        let step = match event {
            ConsentEvent::Requested(_) => return Err(history(event.kind())),
            ConsentEvent::Granted(granted) => {
                let a = &granted.artefact;
                // What was signed is what was asked for, to the letter.
                if consent.draft.artefact(a.signed_by.clone(), a.granted_at) != *a {
                    return Err(history(event.kind()));
                }
                consent.artefact = Some(a.clone());
                consent.signature = Some(granted.signature.clone());
                Step::Grant
            }
            ConsentEvent::Declined(_) => Step::Decline,
            ConsentEvent::Paused(_) => Step::Pause,
            ConsentEvent::Resumed(_) => Step::Resume,
            ConsentEvent::Revoked(_) => Step::Revoke,
        };
        consent.state = steps::next(consent.state, step).map_err(|_| history(event.kind()))?;
        Ok(consent)
    }

    /// The state at a moment, what the clock ended included.
    #[must_use]
    pub fn state_at(&self, now: i64) -> State {
        match (&self.artefact, self.state) {
            (_, State::Requested) if steps::request_lapsed(self.requested_at, now) => State::Expired,
            (Some(artefact), state) => steps::state_at(state, artefact, now),
            (None, state) => state,
        }
    }

    /// What the signer is to sign. Refused where the state or the signer does not allow it, where the purpose has ended
    /// (`exchange.unknown_purpose`), and where a resource has a newer schema than the signer was shown
    /// (`exchange.schema_moved`): ask anew.
    pub fn grant(&self, by: SignedBy, now: i64, catalogue: &Catalogue, purposes: &Purposes) -> Result<Artefact> {
        self.check(Step::Grant, &by, now)?;
        let today = clock::day(now);
        let reference = &self.draft.purpose;
        if !purposes.resolve(reference).is_some_and(|p| p.applies(today)) {
            return Err(Fault::new(&faults::UNKNOWN_PURPOSE).with("purpose", &reference.code));
        }
        for grant in &self.draft.grants {
            if catalogue.get(&grant.resource, today).is_none_or(|r| r.schema != grant.schema) {
                return Err(Fault::new(&faults::SCHEMA_MOVED).with("what", &grant.resource));
            }
        }
        Ok(self.draft.artefact(by, now))
    }

    /// The event of a step other than granting, if state and signer allow it.
    pub fn step(&self, step: Step, by: SignedBy, at: i64) -> Result<ConsentEvent> {
        self.check(step, &by, at)?;
        Ok(match step {
            // To sign takes a signature: only [`Consent::grant`] leads there.
            Step::Grant => return Err(Fault::new(&faults::NOT_THE_SIGNER)),
            Step::Decline => ConsentEvent::Declined(ConsentDeclined { by, at }),
            Step::Pause => ConsentEvent::Paused(ConsentPaused { by, at }),
            Step::Resume => ConsentEvent::Resumed(ConsentResumed { by, at }),
            Step::Revoke => ConsentEvent::Revoked(ConsentRevoked { by, at }),
        })
    }

    fn check(&self, step: Step, by: &SignedBy, now: i64) -> Result<()> {
        steps::may(by, self.draft.person.as_deref(), clock::day(now))?;
        steps::next(self.state_at(now), step).map(|_| ())
    }
}

fn history(kind: &str) -> Fault {
    Fault::new(&faults::CONSENT_HISTORY).with("kind", kind)
}
