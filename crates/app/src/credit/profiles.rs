//! Facts under consent, and the profile that an institution gets of them: whole where the purpose hands out values; under a
//! purpose of tags and scores only what follows from them, and not one raw field.

use huoshui_credit::profile::Profile;
use huoshui_credit::rules::Rules;
use huoshui_exchange::clock;
use huoshui_exchange::purpose::Mode;
use huoshui_journal::{Column, Columns, Command, Expected, Page, Query, StateDoc, Test, Value as Key};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::record::Erased;
use super::{Credit, faults, id_of, institution, is_id, supply};
use crate::exchange::actor::Actor;
use crate::exchange::events::Ended;
use crate::exchange::pull::{Order, Refusal, Released, Taken};
use crate::streams::json as bytes;

/// The operation of the idempotency key.
const OPERATION: &str = "credit.profile";
/// The vault's space of profiles.
pub const SPACE: &str = "profile";
/// The collection of profiles: text columns institution, enterprise; integer columns when it was made, until when it may
/// be kept, when it was erased.
pub const COLLECTION: &str = "profile";
/// The card of the advice.
pub const CARD: &str = "srdi_general";
/// The kinds of the events: [`Made`], [`Erased`].
pub const MADE: &str = "profile.made";
/// See [`MADE`].
pub const ERASED: &str = "profile.erased";

/// `profile/ID`: an institution had a profile computed under a consent. No value stands here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// The enterprise.
    pub uscc: String,
    /// The institution.
    pub institution: String,
    /// The account.
    pub account: String,
    /// The consent.
    pub consent: String,
    /// The purpose.
    pub purpose: String,
    /// What of it the institution got.
    pub mode: Mode,
    /// The date of the profile.
    pub as_of: Date,
    /// When, microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Version of the stream of policies.
    pub policies: u64,
    /// Until when it may be kept, by the consent: microseconds since 1970-01-01 UTC. None in profiles of earlier programs;
    /// their consent tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<i64>,
    /// Whether it also rests on a natural person's own consent.
    #[serde(default, skip_serializing_if = "is_not")]
    pub personal: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_not(flag: &bool) -> bool {
    !flag
}

/// A profile as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// What was made.
    #[serde(flatten)]
    pub made: Made,
    /// That its values are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased: Option<Erased>,
}

impl Stored {
    /// The document.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn document(&self, version: u64) -> Result<StateDoc> {
        let made = &self.made;
        let text = [Some(made.institution.clone()), Some(made.uscc.clone()), None, None];
        let gone = self.erased.as_ref().map(|e| e.at);
        let int = [Some(made.at), made.keep_until.filter(|_| gone.is_none()), gone, None];
        let (collection, id) = (COLLECTION.to_owned(), made.id.clone());
        Ok(StateDoc { collection, id, version, doc: bytes(self)?, columns: Columns { text, int } })
    }

    pub(super) fn read(doc: &StateDoc) -> Result<Self> {
        let damaged = |_| Fault::new(&crate::faults::DAMAGED).with("what", format_args!("{COLLECTION}/{}", doc.id));
        serde_json::from_slice(&doc.doc).map_err(damaged)
    }
}

/// The stream of a profile.
#[must_use]
pub fn stream(id: &str) -> String {
    format!("profile/{id}")
}

/// What a pull gave to the platform for this purpose, or its refusal.
pub(super) enum Facts {
    /// Here they are.
    Got(Released),
    /// Nothing was released.
    Refused(Box<Refusal>),
    /// Another process pulled under this key a moment ago and is at work on it.
    Elsewhere,
}

impl Credit {
    /// Pulls for use inside. The key is the use's own: a repeat finds what the first one made.
    pub(super) async fn facts(&self, actor: &Actor, key: &str, order: &Order, mode: Mode) -> Result<Facts> {
        Ok(match self.exchange.take(actor, key, order, mode).await? {
            Taken::Got(released) => Facts::Got(*released),
            Taken::Refused(refusal) => match &refusal.first {
                Some(first) if matches!(first.outcome, Ended::Released | Ended::Empty) => Facts::Elsewhere,
                _ => Facts::Refused(Box::new(refusal)),
            },
        })
    }

    /// Computes a profile anew under a consent. A repeat under the same key gets the first answer while it is kept.
    ///
    /// # Errors
    /// The refusals of a pull; `credit.in_progress`, `credit.profile_erased`; those of the store.
    pub async fn refresh(&self, actor: &Actor, key: &str, order: &Order) -> Result<Value> {
        let owner = institution(actor)?.to_owned();
        let id = id_of(OPERATION, actor, key);
        if self.made(&id).await?.is_some() {
            return self.profile(actor, &id).await;
        }
        let today = clock::day(self.exchange.now());
        let mode = self.exchange.in_force().await?.purposes.get(&order.purpose, today).map_or(Mode::Values, |p| p.mode);
        let pull_key = format!("profile-{id}");
        let released = match self.facts(actor, &pull_key, order, mode).await? {
            Facts::Got(released) => released,
            Facts::Refused(refusal) => return Err(refusal.fault),
            Facts::Elsewhere => return Err(Fault::new(&faults::IN_PROGRESS)),
        };
        let in_force = self.book_on(today).await?;
        let now = self.exchange.now();
        let made = Made {
            id: id.clone(),
            uscc: released.subject.to_string(),
            institution: owner,
            account: actor.account.clone(),
            consent: order.consent.clone(),
            purpose: order.purpose.clone(),
            mode,
            as_of: today,
            at: now,
            policies: in_force.version,
            keep_until: Some(clock::after(now, u32::from(released.retention_days))),
            personal: order.personal.is_some(),
        };
        let computed = made.clone();
        let compute = move |_: &huoshui_journal::Journal| {
            let rules = &in_force.rules;
            let profile = of_pull(rules, &computed.consent, &released)?;
            Ok((shown(rules, &profile, &computed)?, profile))
        };
        let (answer, profile) = self.exchange.workspace.journal.with(compute).await?;
        let command = Command::new(&actor.account, OPERATION, key, &bytes(order)?)
            .event(&stream(&id), Expected::Version(0), MADE, 1, bytes(&made)?)
            .put(Stored { made: made.clone(), erased: None }.document(1)?)
            .keep(SPACE, &made.place(), bytes(&answer)?)
            .answer(bytes(&json!({ "id": id }))?);
        let receipt = self.exchange.workspace.journal.append(command).await?;
        if receipt.first_time {
            self.snapshots.add(made, profile)?;
        }
        Ok(answer)
    }

    async fn made(&self, id: &str) -> Result<Option<Made>> {
        let id = id.to_owned();
        let read = move |journal: &huoshui_journal::Journal| journal.state(COLLECTION, &id);
        let doc = self.exchange.workspace.journal.with(read).await?;
        Ok(doc.map(|d| Stored::read(&d)).transpose()?.map(|stored| stored.made))
    }

    /// A profile that the institution had computed, while it may be kept: not past its time, nor once the consent was
    /// revoked, even if the values are still to be erased.
    ///
    /// # Errors
    /// `credit.no_profile`, also for another institution's; `credit.profile_erased`; `exchange.revoked`.
    pub async fn profile(&self, actor: &Actor, id: &str) -> Result<Value> {
        let owner = institution(actor)?.to_owned();
        let unknown = || Fault::new(&faults::NO_PROFILE).with("id", id.chars().take(64).collect::<String>());
        if !is_id(id) {
            return Err(unknown());
        }
        let made = self.made(id).await?.filter(|m| m.institution == owner).ok_or_else(unknown)?;
        let now = self.exchange.now();
        let (workspace, key, over) =
            (self.exchange.workspace.clone(), made.place(), made.keep_until.is_some_and(|t| t <= now));
        let read = move |journal: &huoshui_journal::Journal| {
            if super::retain::revoked(&workspace, &made.consent, now)? {
                return Err(Fault::new(&huoshui_exchange::faults::REVOKED).with("consent", &made.consent));
            }
            if over { Ok(None) } else { journal.kept(SPACE, &key) }
        };
        let kept = self.exchange.workspace.journal.with(read).await?;
        let kept = kept.ok_or_else(|| Fault::new(&faults::PROFILE_ERASED).with("id", id))?;
        serde_json::from_slice(&kept).map_err(|_| Fault::new(&crate::faults::DAMAGED).with("what", id))
    }

    /// The profiles that the institution had computed, newest first, without values.
    ///
    /// # Errors
    /// `journal.bad_cursor`; those of the store.
    pub fn profiles(&self, actor: &Actor, cursor: Option<&str>, limit: usize) -> Result<Page<Stored>> {
        let owner = institution(actor)?.to_owned();
        let query = Query::default().filter(Column::Text(0), Test::Is(Key::Text(owner))).sort(Column::Int(0), true);
        let page = self.exchange.workspace.journal.list(COLLECTION, &query, cursor, limit.clamp(1, 200))?;
        Ok(Page { items: page.items.iter().map(Stored::read).collect::<Result<_>>()?, next: page.next })
    }

    /// The rules of a day, compiled off the caller's thread.
    pub(super) async fn book_on(&self, date: Date) -> Result<super::book::InForce> {
        let version = self.exchange.workspace.journal.with(|j| j.stream_version(crate::policies::STREAM)).await?;
        let version = self.book.seen(version);
        match self.book.known(version, date) {
            Some(known) => Ok(known),
            None => {
                let book = self.book.clone();
                self.exchange.workspace.journal.with(move |_| book.at(version, date)).await
            }
        }
    }
}

/// The profile of what was released, on the day of the pull.
pub(super) fn of_pull(rules: &Rules, consent: &str, released: &Released) -> Result<Profile> {
    let reference = format!("consent/{consent}");
    let supplies = supply::of_pull(rules, &released.subject, &released.parts, &reference)?;
    rules.profile(released.subject.as_str(), rules.date, &supplies)
}

/// What the institution gets.
fn shown(rules: &Rules, profile: &Profile, made: &Made) -> Result<Value> {
    let tags = rules.tags(profile);
    let (radar, advice) = (rules.radar(profile), rules.advice(profile, CARD)?);
    let mut answer = json!({
        "id": made.id, "uscc": made.uscc, "as_of": made.as_of, "mode": made.mode, "policies": made.policies,
        "radar": radar, "advice": advice,
    });
    let more = if made.mode == Mode::Values {
        let values: serde_json::Map<String, Value> = profile
            .items
            .iter()
            .filter_map(|(code, i)| Some((code.clone(), rules.field(code)?.json(i.cell))))
            .collect();
        json!({ "tags": tags, "values": values, "profile": profile })
    } else {
        // Not the values behind a tag: they are what the purpose keeps back.
        let tags: Vec<Value> = tags
            .iter()
            .map(|t| json!({ "code": t.code, "version": t.version, "name": t.name, "theme": t.theme, "answer": t.answer, "reason": t.reason }))
            .collect();
        json!({ "tags": tags })
    };
    if let (Some(answer), Value::Object(more)) = (answer.as_object_mut(), more) {
        answer.extend(more);
    }
    Ok(answer)
}
