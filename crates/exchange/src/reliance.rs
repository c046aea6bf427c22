//! Who got which fields of a firm, condensed from its access log: an answer to an objection asks this instead of reading the
//! log from its beginning.

use std::collections::BTreeMap;

use huoshui_kernel::Date;
use serde::{Deserialize, Serialize};

use crate::access::{Entry, SourceOutcome};
use crate::answer::Status;
use crate::clock;
use crate::correction::{Objection, Reliance};

/// Kinds of release that are remembered of one firm and resource at most; beyond them those that ended first are forgotten.
pub const MOST: usize = 2_000;
/// Entries of one kind that are named at most: the last.
pub const NAMED: usize = 3;

/// Releases of one resource of one firm. Those that differ in nothing but their time are one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Releases {
    kinds: Vec<Kind>,
    /// Sets of fields, named by their place.
    fields: Vec<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    recipient: String,
    consent: String,
    fields: usize,
    from: Option<Date>,
    to: Option<Date>,
    /// Days for which the recipient may keep it.
    days: u16,
    last: Vec<Named>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    /// Place in the log.
    version: u64,
    at: i64,
    id: String,
}

impl Kind {
    /// Until when the last of it may be kept.
    fn until(&self) -> i64 {
        self.last.last().map_or(i64::MIN, |last| clock::after(last.at, u32::from(self.days)))
    }

    fn is(&self, entry: &Entry, source: &SourceOutcome, fields: usize) -> bool {
        (self.fields, self.from, self.to, self.days) == (fields, source.from, source.to, entry.retention_days)
            && self.recipient == entry.who.institution
            && self.consent == entry.consent
    }
}

impl Releases {
    /// One entry more, of this place in the firm's log, as far as it is of the resource. In the order of the log.
    pub fn add(&mut self, resource: &str, version: u64, entry: &Entry) {
        let ready = |s: &&SourceOutcome| s.status == Status::Ready && s.resource == resource;
        for source in entry.sources.iter().filter(ready) {
            let known = self.fields.iter().position(|known| *known == source.fields);
            let fields = known.unwrap_or_else(|| {
                self.fields.push(source.fields.clone());
                self.fields.len() - 1
            });
            let named = Named { version, at: entry.at, id: entry.id.clone() };
            match self.kinds.iter_mut().find(|kind| kind.is(entry, source, fields)) {
                Some(kind) => {
                    kind.last.push(named);
                    let gone = kind.last.len().saturating_sub(NAMED);
                    kind.last.drain(..gone);
                }
                None => self.kinds.push(Kind {
                    recipient: entry.who.institution.clone(),
                    consent: entry.consent.clone(),
                    fields,
                    from: source.from,
                    to: source.to,
                    days: entry.retention_days,
                    last: vec![named],
                }),
            }
        }
    }

    /// Forgets what nobody may keep any more at this moment, and of what is left all beyond [`MOST`].
    pub fn forget(&mut self, now: i64) {
        self.kinds.retain(|kind| kind.until() > now);
        if self.kinds.len() > MOST {
            self.kinds.sort_by_key(Kind::until);
            let gone = self.kinds.len() - MOST;
            self.kinds.drain(..gone);
        }
    }

    /// As [`crate::correction::relied_on`] of the entries that were added, naming of each kind the last [`NAMED`].
    #[must_use]
    pub fn relied_on(&self, objection: &Objection, period: Option<Date>, now: i64) -> Vec<Reliance> {
        let had = |kind: &&Kind| {
            let covers =
                period.is_none_or(|day| kind.from.is_none_or(|f| f <= day) && kind.to.is_none_or(|t| day <= t));
            covers && self.fields.get(kind.fields).is_some_and(|fields| fields.contains(&objection.field))
        };
        let kept = |kind: &Kind, at: i64| at <= now && clock::after(at, u32::from(kind.days)) > now;
        let mut found: BTreeMap<&str, Vec<(&Named, &str)>> = BTreeMap::new();
        for kind in self.kinds.iter().filter(had) {
            for named in kind.last.iter().filter(|named| kept(kind, named.at)) {
                found.entry(&kind.recipient).or_default().push((named, &kind.consent));
            }
        }
        let reliance = |(recipient, mut named): (&str, Vec<(&Named, &str)>)| {
            named.sort_by_key(|(named, _)| named.version);
            named.dedup_by_key(|(named, _)| named.version);
            let mut consents: Vec<String> = named.iter().map(|(_, consent)| (*consent).to_owned()).collect();
            consents.sort_unstable();
            consents.dedup();
            Reliance {
                recipient: recipient.to_owned(),
                entries: named.iter().map(|(named, _)| named.id.clone()).collect(),
                last_at: named.iter().map(|(named, _)| named.at).max().unwrap_or_default(),
                consents,
            }
        };
        found.into_iter().map(reliance).collect()
    }
}
