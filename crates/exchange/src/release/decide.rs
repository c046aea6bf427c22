//! The decision, from facts alone.

use std::sync::Arc;

use huoshui_kernel::Date;

use super::{Denial, Dropped, Facts, Fetch, Held, Plan, Presented, Pull, Reason, Usage};
use crate::catalogue::{Field, Release, Resource, Sensitivity};
use crate::clock;
use crate::consent::{Artefact, Grant, State};
use crate::purpose::{Mode, Purpose};

/// Whether a pull may go ahead, and what it may fetch. The refusals' precedence is that of [`Reason`].
///
/// *A schema that moved on.* A field that the signer saw is still released if the resource's version in force has it
/// with the same kind and is no more sensitive than it was, and the resource still hands out what the consent's mode
/// needs. A field that fails this is refused when the pull names it; when the pull names no fields it is left out and
/// listed in [`Plan::dropped`]; a pull of which nothing remains is refused. Fields that came later were never signed for.
///
/// # Errors
/// [`Denial`], the first reason that holds.
pub fn decide(facts: &Facts<'_>) -> Result<Plan, Denial> {
    plan(facts, true)
}

/// The same for the repeat of a pull that was decided before: everything is checked again but the count, for a repeat
/// adds nothing to it.
///
/// # Errors
/// As [`decide`].
pub fn recheck(facts: &Facts<'_>) -> Result<Plan, Denial> {
    plan(facts, false)
}

/// Whether a recipient may still use for this purpose what it pulled under a consent before: nothing is fetched and nothing
/// counted, so only who, what for, how and where the consent stands is looked at.
///
/// # Errors
/// As [`decide`], up to the mode.
pub fn stands(facts: &Facts<'_>) -> Result<(), Denial> {
    allowed(facts).map(drop)
}

/// Who, what for, where the consent stands, how.
fn allowed<'a>(facts: &Facts<'a>) -> Result<(&'a Artefact, &'a Purpose), Denial> {
    let pull = facts.pull;
    let deny = |reason| Denial::new(reason, pull);
    let artefact = standing(facts)?;
    let Some(purpose) = facts.purposes.resolve(&artefact.purpose) else {
        return Err(deny(Reason::PurposeChanged).with("purpose", &artefact.purpose.code));
    };
    state(pull, facts.consent)?;
    if pull.mode != artefact.mode {
        let ((zh, en), (had_zh, had_en)) = (pull.mode.label(), artefact.mode.label());
        let denial = deny(Reason::WrongMode).with("zh", zh).with("en", en);
        return Err(denial.with("had_zh", had_zh).with("had_en", had_en));
    }
    Ok((artefact, purpose))
}

fn plan(facts: &Facts<'_>, count: bool) -> Result<Plan, Denial> {
    let pull = facts.pull;
    let (artefact, purpose) = allowed(facts)?;
    let today = clock::day(facts.now);
    let wanted = wanted(facts, artefact)?;
    let (from, to) = range(pull, artefact, purpose, today)?;
    let (fetches, dropped) = fetches(facts, (artefact, purpose), &wanted, (from, to), today)?;
    let usage = usage(facts, artefact, count)?;
    Ok(Plan {
        consent: artefact.id.clone(),
        subject: artefact.subject,
        recipient: pull.recipient.clone(),
        purpose: artefact.purpose.clone(),
        mode: artefact.mode,
        today,
        stale_days: purpose.stale_days,
        retention_days: retention(facts, artefact, &fetches),
        fetches,
        dropped,
        usage,
    })
}

/// How long the recipient may keep what it gets: where personal fields are in it, no longer than that person allows.
fn retention(facts: &Facts<'_>, artefact: &Artefact, fetches: &[Fetch]) -> u16 {
    let is_personal = |f: &Fetch| {
        let fields: Vec<&str> = f.fields.iter().map(String::as_str).collect();
        personal_range(facts, &f.resource, &fields).is_some()
    };
    let own = facts.personal.filter(|_| fetches.iter().any(is_personal)).map(|held| held.artefact.retention_days);
    own.map_or(artefact.retention_days, |days| days.min(artefact.retention_days))
}

/// Who and what for. A consent that was never signed is refused here for good, once recipient and purpose are right.
fn standing<'a>(facts: &Facts<'a>) -> Result<&'a Artefact, Denial> {
    let pull = facts.pull;
    let deny = |reason| Denial::new(reason, pull).with("recipient", &pull.recipient).with("purpose", &pull.purpose);
    let (recipients, purpose) = match facts.consent {
        Presented::Unknown => return Err(deny(Reason::UnknownConsent)),
        // Another consent than the one named would be the caller's mistake; it must not pass for this one.
        Presented::Signed(held) if held.artefact.id != pull.consent => return Err(deny(Reason::UnknownConsent)),
        // A person's own: whoever it does not name must not learn that it is one.
        Presented::Signed(held)
            if held.artefact.person.is_some() && held.artefact.recipients.contains(&pull.recipient) =>
        {
            return Err(deny(Reason::UnknownConsent));
        }
        Presented::Signed(held) => (held.artefact.recipients.as_slice(), held.artefact.purpose.code.as_str()),
        Presented::Unsigned { recipients, purpose, .. } => (recipients, purpose),
    };
    if !recipients.contains(&pull.recipient) {
        return Err(deny(Reason::WrongRecipient));
    }
    if purpose != pull.purpose {
        return Err(deny(Reason::WrongPurpose));
    }
    match facts.consent {
        Presented::Signed(held) => Ok(held.artefact),
        Presented::Unknown | Presented::Unsigned { .. } => {
            state(pull, facts.consent)?;
            Err(deny(Reason::NotGranted))
        }
    }
}

fn state(pull: &Pull, consent: Presented<'_>) -> Result<(), Denial> {
    let state = match consent {
        Presented::Unknown => State::Requested,
        Presented::Unsigned { state, .. } => state,
        Presented::Signed(held) => held.state,
    };
    match state {
        State::Granted => Ok(()),
        State::Requested => Err(Denial::new(Reason::NotGranted, pull)),
        State::Declined => Err(Denial::new(Reason::Declined, pull)),
        State::Paused => Err(Denial::new(Reason::Paused, pull)),
        State::Revoked => Err(Denial::new(Reason::Revoked, pull)),
        State::Expired => Err(Denial::new(Reason::Expired, pull)),
    }
}

/// A grant with the fields that are wanted of it; `named` says whether the pull named them.
struct Wanted<'a> {
    grant: &'a Grant,
    fields: Vec<&'a str>,
    named: bool,
}

fn wanted<'a>(facts: &Facts<'a>, artefact: &'a Artefact) -> Result<Vec<Wanted<'a>>, Denial> {
    let pull = facts.pull;
    let all = |grant: &'a Grant| grant.fields.iter().map(String::as_str).collect();
    let mut stray: Option<String> = None;
    let mut found: Vec<Wanted<'a>> = Vec::new();
    if pull.wants.is_empty() {
        found.extend(artefact.grants.iter().map(|grant| Wanted { grant, fields: all(grant), named: false }));
    }
    for (i, want) in pull.wants.iter().enumerate() {
        let twice = i >= super::MAX_WANTED || found.iter().any(|w| w.grant.resource == want.resource);
        let grant = artefact.grants.iter().find(|g| g.resource == want.resource).filter(|_| !twice);
        let Some(grant) = grant else {
            stray.get_or_insert_with(|| want.resource.clone());
            continue;
        };
        let named = !want.fields.is_empty();
        if let Some(field) = want.fields.iter().find(|f| !grant.fields.contains(f)) {
            stray.get_or_insert_with(|| format!("{}.{field}", want.resource));
        }
        // In the order of the grant, and none twice.
        let fields = match named {
            true => grant.fields.iter().filter(|f| want.fields.contains(f)).map(String::as_str).collect(),
            false => all(grant),
        };
        found.push(Wanted { grant, fields, named });
    }
    personal(facts, artefact, &found)?;
    match stray {
        Some(what) => Err(Denial::new(Reason::WrongField, pull).with("what", what)),
        None => Ok(found),
    }
}

/// A natural person's fields need that person's own consent: in force, for the same firm, recipient, purpose and mode,
/// and naming the field.
fn personal(facts: &Facts<'_>, artefact: &Artefact, wanted: &[Wanted<'_>]) -> Result<(), Denial> {
    let today = clock::day(facts.now);
    let covers = |held: Held<'_>, resource: &str, field: &str| {
        let own = held.artefact;
        own.person.is_some()
            // Whose consent it is must be known, or it would release whoever's row is there.
            && own.signed_by.identity.is_some()
            && held.state == State::Granted
            && facts.now < own.expires_at
            && own.subject == artefact.subject
            && own.purpose.code == artefact.purpose.code
            && own.mode == artefact.mode
            && own.recipients.contains(&facts.pull.recipient)
            && own.grants.iter().any(|g| g.resource == resource && g.fields.iter().any(|f| f == field))
    };
    for want in wanted {
        let code = &want.grant.resource;
        let is_personal = |r: Option<&Resource>, field: &str| {
            r.and_then(|r| r.field(field)).is_some_and(|f| f.sensitivity == Sensitivity::Personal)
        };
        for field in &want.fields {
            let signed = is_personal(facts.catalogue.version(code, want.grant.schema), field);
            let now = is_personal(facts.catalogue.get(code, today), field);
            if (signed || now) && !facts.personal.is_some_and(|held| covers(held, code, field)) {
                let denial = Denial::new(Reason::PersonalConsentMissing, facts.pull);
                return Err(denial.with("what", format!("{code}.{field}")));
            }
        }
    }
    Ok(())
}

/// The dates of the person's own consent, where personal fields are released under it: a row with them lies in both.
fn personal_range(facts: &Facts<'_>, resource: &Resource, fields: &[&str]) -> Option<(Date, Date)> {
    let is_personal = |f: &Field| f.sensitivity == Sensitivity::Personal && fields.contains(&f.name.as_str());
    let own = facts.personal.filter(|_| resource.fields.iter().any(is_personal))?;
    Some((own.artefact.data_from, own.artefact.data_to))
}

/// The dates that rows may have. A pull that names none gets all that consent and purpose allow.
fn range(pull: &Pull, artefact: &Artefact, purpose: &Purpose, today: Date) -> Result<(Date, Date), Denial> {
    let earliest = artefact.data_from.max(purpose.oldest(today));
    let latest = artefact.data_to;
    let from = pull.data_from.unwrap_or(earliest);
    let to = pull.data_to.unwrap_or(latest);
    if from < earliest || to > latest || from > to {
        let denial = Denial::new(Reason::WrongRange, pull).with("from", from).with("to", to);
        return Err(denial.with("earliest", earliest).with("latest", latest));
    }
    Ok((from, to))
}

fn fetches(
    facts: &Facts<'_>,
    (artefact, purpose): (&Artefact, &Purpose),
    wanted: &[Wanted<'_>],
    (from, to): (Date, Date),
    today: Date,
) -> Result<(Vec<Fetch>, Vec<Dropped>), Denial> {
    let moved = |what: String| Denial::new(Reason::SchemaMoved, facts.pull).with("what", what);
    let (mut fetches, mut dropped) = (Vec::new(), Vec::new());
    for want in wanted {
        let code = &want.grant.resource;
        let signed = facts.catalogue.version(code, want.grant.schema);
        let now = facts.catalogue.shared(code, today);
        let same = |field: &str| match (signed, now) {
            (Some(signed), Some(now)) => still(signed, now, field, artefact.mode),
            _ => false,
        };
        let (kept, gone): (Vec<&str>, Vec<&str>) = want.fields.iter().copied().partition(|f| same(f));
        if let Some(field) = gone.first().filter(|_| want.named || kept.is_empty() && !facts.pull.wants.is_empty()) {
            return Err(moved(format!("{code}.{field}")));
        }
        if !gone.is_empty() {
            let fields = gone.into_iter().map(str::to_owned).collect();
            dropped.push(Dropped { resource: code.clone(), fields });
        }
        if let (Some(resource), false) = (now, kept.is_empty()) {
            // The schema's order, which a later version may have changed.
            let fields = resource.columns().filter(|c| kept.contains(c)).map(str::to_owned).collect();
            let earliest = purpose.oldest_of(code, today);
            if resource.period.is_some() && to < earliest {
                let denial = Denial::new(Reason::WrongRange, facts.pull).with("from", from).with("to", to);
                return Err(denial.with("earliest", earliest).with("latest", artefact.data_to));
            }
            let from = if resource.period.is_some() { from.max(earliest) } else { from };
            let (from, to) = match personal_range(facts, resource, &kept) {
                Some((own_from, own_to)) => (from.max(own_from), to.min(own_to)),
                None => (from, to),
            };
            if from > to {
                let what = resource.code.as_str();
                return Err(Denial::new(Reason::PersonalConsentMissing, facts.pull).with("what", what));
            }
            let own = personal_range(facts, resource, &kept).and(facts.personal);
            let person = own.map(|held| held.artefact.signed_by.identity.clone().unwrap_or_default());
            fetches.push(Fetch { resource: Arc::clone(resource), fields, from, to, person });
        }
    }
    if fetches.is_empty() {
        return Err(moved(dropped.first().map_or_else(String::new, |d| d.resource.clone())));
    }
    Ok((fetches, dropped))
}

/// Whether a field is still what the signer saw.
fn still(signed: &Resource, now: &Resource, field: &str, mode: Mode) -> bool {
    let same = |a: &Field, b: &Field| a.kind == b.kind && b.sensitivity <= a.sensitivity;
    (mode != Mode::Values || now.release == Release::Values)
        && matches!((signed.field(field), now.field(field)), (Some(a), Some(b)) if same(a, b))
}

fn usage(facts: &Facts<'_>, artefact: &Artefact, count: bool) -> Result<Usage, Denial> {
    let frequency = artefact.frequency;
    let length = i64::from(frequency.days).saturating_mul(clock::DAY);
    let window_from = facts.now.saturating_sub(length);
    // A pull recorded after now, by a clock that was set back since, still counts.
    let mut within: Vec<i64> = facts.usage.iter().copied().filter(|at| *at > window_from).collect();
    let used = u32::try_from(within.len()).unwrap_or(u32::MAX);
    if count && used >= frequency.count {
        within.sort_unstable();
        // The next pull may come when only count − 1 are left in its window.
        let leaves = within.len().saturating_sub(usize::try_from(frequency.count).unwrap_or(usize::MAX));
        let next = within.get(leaves).copied().unwrap_or(facts.now).saturating_add(length);
        let denial = Denial::new(Reason::Frequency, facts.pull).with("count", frequency.count);
        return Err(denial.with("days", frequency.days).with("next", clock::day(next)));
    }
    Ok(Usage { used, frequency, window_from })
}
