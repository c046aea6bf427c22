//! The steps of a consent, and who may take them.
//!
//! ```text
//! requested ─grant─► granted ◄─pause / resume─► paused
//!     │                  └────────revoke──────────┴──► revoked
//!     └─decline─► declined          clock: requested, granted, paused ─► expired
//! ```

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::request::is_account;
use super::{Artefact, Authority, SignedBy, State};
use crate::{clock, faults};

/// A request that nobody answered lapses after this many days.
pub const REQUEST_DAYS: u32 = 30;

/// What the subject's signer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Sign it.
    Grant,
    /// Say no.
    Decline,
    /// Stop it for a while.
    Pause,
    /// Let it go on.
    Resume,
    /// End it for good.
    Revoke,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Grant, Self::Decline, Self::Pause, Self::Resume, Self::Revoke];

    const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Grant => ("同意", "granted"),
            Self::Decline => ("拒绝", "declined"),
            Self::Pause => ("暂停", "paused"),
            Self::Resume => ("恢复", "resumed"),
            Self::Revoke => ("撤回", "revoked"),
        }
    }
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Requested, Self::Declined, Self::Granted, Self::Paused, Self::Revoked, Self::Expired];

    /// Names for people: Chinese, English.
    #[must_use]
    pub const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Requested => ("待授权", "requested"),
            Self::Declined => ("已拒绝", "declined"),
            Self::Granted => ("已授权", "granted"),
            Self::Paused => ("已暂停", "paused"),
            Self::Revoked => ("已撤回", "revoked"),
            Self::Expired => ("已到期", "expired"),
        }
    }
}

/// Where a step leads, or the fault `exchange.consent_step` where it cannot be taken.
pub fn next(state: State, step: Step) -> Result<State> {
    match (state, step) {
        (State::Requested, Step::Grant) | (State::Paused, Step::Resume) => Ok(State::Granted),
        (State::Requested, Step::Decline) => Ok(State::Declined),
        (State::Granted, Step::Pause) => Ok(State::Paused),
        (State::Granted | State::Paused, Step::Revoke) => Ok(State::Revoked),
        _ => {
            let ((zh, en), (step_zh, step_en)) = (state.label(), step.label());
            let fault = Fault::new(&faults::CONSENT_STEP).with("state_zh", zh).with("state_en", en);
            Err(fault.with("step_zh", step_zh).with("step_en", step_en))
        }
    }
}

/// The state at a moment: what was granted or paused is over once its time is, and so is a request nobody answered
/// ([`Consent::state_at`](super::Consent::state_at) knows when it was made). What ended otherwise stays as it ended.
#[must_use]
pub fn state_at(state: State, artefact: &Artefact, now: i64) -> State {
    match state {
        State::Granted | State::Paused if now >= artefact.expires_at => State::Expired,
        _ => state,
    }
}

pub(super) fn request_lapsed(requested_at: i64, now: i64) -> bool {
    now >= clock::after(requested_at, REQUEST_DAYS)
}

/// Whether this signer may take steps for this subject on this day: for a firm its legal representative, whose identity
/// was checked, or an agent with a dated authorisation, not necessarily the one who signed; for a natural person that
/// person alone, whose identity was checked. What is in `by` beside account and authority comes from the record of
/// signers, never from the request; that the account is who it says is settled at sign-in.
///
/// # Errors
/// `exchange.authority_ended` for an agent whose authorisation has run out or not begun, `exchange.not_identified` for a
/// person whose identity nobody checked, otherwise `exchange.not_the_signer`.
pub fn may(by: &SignedBy, person: Option<&str>, today: Date) -> Result<()> {
    let known = by.identity.as_ref().is_some_and(|mark| !mark.is_empty());
    let fits = match (person, by.authority) {
        (Some(person), Authority::Oneself) if by.account == person && by.authorisation.is_none() => {
            if !known {
                return Err(Fault::new(&faults::NOT_IDENTIFIED).with("account", &by.account));
            }
            true
        }
        (None, Authority::LegalRepresentative) => by.authorisation.is_none() && known,
        (None, Authority::AuthorisedAgent) => match (&by.authorisation, by.authorised_on, by.authorised_until) {
            (Some(number), Some(on), Some(until)) if is_authorisation(number) => {
                if today < on || today > until {
                    return Err(Fault::new(&faults::AUTHORITY_ENDED).with("from", on).with("until", until));
                }
                true
            }
            _ => false,
        },
        _ => false,
    };
    if fits && is_account(&by.account) { Ok(()) } else { Err(Fault::new(&faults::NOT_THE_SIGNER)) }
}

/// Whether a text can be the number of a written authorisation: 1 to 60 characters.
#[must_use]
pub fn is_authorisation(number: &str) -> bool {
    !number.trim().is_empty() && number.chars().count() <= 60 && !number.chars().any(char::is_control)
}
