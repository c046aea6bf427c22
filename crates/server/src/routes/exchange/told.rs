//! What inboxes say of the exchange's events: the same, to the same, as the notices of `/v1/exchange/notices`.

use huoshui_app::Workspace;
use huoshui_app::exchange::events::{About, ObjectionAnswered, kind};
use huoshui_app::exchange::overdue::Overdue;
use huoshui_app::exchange::{Exchange, actor, corrections, records};
use huoshui_exchange::consent::ConsentEvent;
use huoshui_exchange::correction::{Objection, Verdict};
use huoshui_journal::Event;
use huoshui_kernel::fault::Result;
use serde::de::DeserializeOwned;

use crate::inbox::{To, Told};

/// Requests for consent, to the enterprise, or to the natural person whose own it is; whatever becomes of a consent, to
/// its recipients; objections, to the department; those that are overdue, to all who can do something; answers, to the firm, and corrections to those who relied on the value.
///
/// # Errors
/// Those of the store: the steps of a consent do not say who its recipients are.
pub(crate) fn notices(workspace: &Workspace, event: &Event) -> Result<Vec<(To, Told)>> {
    Ok(match event.data.kind.as_str() {
        kind::OBJECTED => read(event).map(objected).into_iter().collect(),
        kind::OVERDUE => read::<Overdue>(event).map(overdue).unwrap_or_default(),
        kind::ANSWERED => match read(event) {
            Some(said) => answered(workspace, said)?,
            None => Vec::new(),
        },
        name if name.starts_with("consent.") => match read(event) {
            Some(ConsentEvent::Requested(asked)) if asked.unaddressed => Vec::new(),
            Some(ConsentEvent::Requested(asked)) => {
                let draft = asked.draft;
                let to = match &draft.person {
                    Some(person) => To::Person(person.clone()),
                    None => To::Party(actor::enterprise(&draft.subject)),
                };
                vec![(to, Told::Requested { consent: draft.id, by: asked.by, purpose: draft.purpose.code })]
            }
            Some(step) => stepped(workspace, event, &step)?,
            None => Vec::new(),
        },
        _ => Vec::new(),
    })
}

/// Reads ahead for the answer to an objection, so that who answers it does not wait for a long log.
pub(crate) fn prepare(exchange: &Exchange, event: &Event) {
    let raised = (event.data.kind == kind::OBJECTED).then(|| read::<Objection>(event)).flatten();
    if let Some(Err(fault)) = raised.map(|objection| exchange.read_ahead(&objection)) {
        tracing::warn!(code = fault.code(), "a firm's log could not be read ahead for an answer");
    }
}

/// A body that does not fit tells nobody anything; `verify` names it.
fn read<T: DeserializeOwned>(event: &Event) -> Option<T> {
    serde_json::from_slice(&event.data.body).ok()
}

fn stepped(workspace: &Workspace, event: &Event, step: &ConsentEvent) -> Result<Vec<(To, Told)>> {
    let state = match step {
        ConsentEvent::Declined(_) => "declined",
        ConsentEvent::Paused(_) => "paused",
        ConsentEvent::Revoked(_) => "revoked",
        ConsentEvent::Requested(_) | ConsentEvent::Granted(_) | ConsentEvent::Resumed(_) => "granted",
    };
    let id = event.stream.strip_prefix("consent/").unwrap_or_default();
    let stored = still_read(records::load(workspace, id))?;
    let Some(draft) = stored.map(|s| s.consent.draft) else { return Ok(Vec::new()) };
    let (consent, subject) = (draft.id, draft.subject.to_string());
    let told = Told::Stepped { consent, subject, state: state.to_owned() };
    Ok(draft.recipients.iter().map(|code| (To::Party(actor::institution(code)), told.clone())).collect())
}

/// Damage is no reason to tell nobody of anything any more.
fn still_read<T>(found: Result<Option<T>>) -> Result<Option<T>> {
    match found {
        Err(fault) if fault.code() == huoshui_app::faults::DAMAGED.code => {
            tracing::warn!(code = fault.code(), "what an event is about cannot be read: nobody is told of it");
            Ok(None)
        }
        other => other,
    }
}

fn objected(o: Objection) -> (To, Told) {
    (To::Party(actor::department(&o.department)), Told::Objected { objection: o.id, resource: o.resource })
}

fn overdue(late: Overdue) -> Vec<(To, Told)> {
    let told = Told::Overdue {
        objection: late.objection.clone(),
        subject: late.subject.to_string(),
        department: late.department.clone(),
        resource: late.resource.clone(),
        due: late.due.to_string(),
        at: format!("/v1/exchange/objections/{}", late.objection),
    };
    late.to().into_iter().map(|to| (To::Party(to), told.clone())).collect()
}

/// Events of former releases do not say what they are about: that stands in the objection.
fn answered(workspace: &Workspace, said: ObjectionAnswered) -> Result<Vec<(To, Told)>> {
    let about = match said.about {
        Some(about) => Some(about),
        None => {
            still_read(corrections::load(workspace, &said.answered.objection))?.map(|(o, _)| About::of(&o.objection))
        }
    };
    let Some(about) = about else { return Ok(Vec::new()) };
    let objection = said.answered.objection;
    let answer = match said.answered.verdict {
        Verdict::Accepted { .. } => "accepted",
        Verdict::Rejected { .. } => "rejected",
    };
    let (resource, field, answer) = (about.resource.clone(), about.field.clone(), answer.to_owned());
    let to_firm = Told::Answered { objection: objection.clone(), resource, field, answer };
    let mut all = vec![(To::Party(actor::enterprise(&about.subject)), to_firm)];
    for relied in said.relied {
        let told = Told::Corrected {
            objection: objection.clone(),
            subject: about.subject.to_string(),
            department: about.department.clone(),
            resource: about.resource.clone(),
            field: about.field.clone(),
            pull_again: relied.consents,
            at: format!("/v1/exchange/objections/{objection}"),
        };
        all.push((To::Party(actor::institution(&relied.recipient)), told));
    }
    Ok(all)
}
