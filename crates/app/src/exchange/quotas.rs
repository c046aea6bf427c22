//! How many look-ups a person and an institution may make a day: counted with each, in one command, so that no two
//! requests at once can both take the last one.

use std::collections::BTreeMap;

use huoshui_journal::{Columns, Command, Expected, StateDoc};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::actor::{Actor, Party};
use super::events::{LookedUp, kind};
use crate::faults;
use crate::folder::Workspace;
use crate::streams::{self, json};

/// Collection of the counts, by party and day.
pub const COLLECTION: &str = "lookup";
/// How often a look-up is decided anew when others of the same party come between.
const TRIES: usize = 50;

/// Look-ups a day. A bulk look-up counts one for each of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Of one account.
    pub person: u32,
    /// Of all accounts of one party.
    pub party: u32,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { person: 2_000, party: 20_000 }
    }
}

/// What a party has looked up on a day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// By all accounts.
    pub total: u64,
    /// By each account.
    pub by: BTreeMap<String, u64>,
}

impl Counted {
    /// Adds a look-up.
    pub fn add(&mut self, looked_up: &LookedUp) {
        self.total += looked_up.rows;
        *self.by.entry(looked_up.account.clone()).or_insert(0) += looked_up.rows;
    }

    /// Its document.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn document(&self, stream: &str, day: Date, version: u64) -> Result<StateDoc> {
        Ok(StateDoc {
            collection: COLLECTION.to_owned(),
            id: id(stream, day),
            version,
            doc: json(self)?,
            columns: Columns::default(),
        })
    }
}

/// The stream of a party's look-ups.
#[must_use]
pub fn stream(party: &Party) -> String {
    format!("lookup/{}", party.address())
}

fn id(stream: &str, day: Date) -> String {
    format!("{}/{day}", stream.strip_prefix("lookup/").unwrap_or(stream))
}

/// Takes a look-up of so many rows, or refuses it. What was looked for is kept as a digest only.
///
/// # Errors
/// `exchange.quota_spent`; `journal.busy`; those of the journal.
pub fn take(
    workspace: &Workspace,
    quotas: Quotas,
    actor: &Actor,
    key: &str,
    now: i64,
    (digest, rows): (&str, u64),
) -> Result<Counted> {
    let (stream, day) = (stream(&actor.party), huoshui_exchange::clock::day(now));
    let looked_up = LookedUp { at: now, day, account: actor.account.clone(), digest: digest.to_owned(), rows };
    let receipt = workspace.journal.append_deciding(TRIES, |journal| {
        let version = journal.stream_version(&stream)?;
        let doc = journal.state(COLLECTION, &id(&stream, day))?;
        let mut counted = match doc {
            Some(doc) => serde_json::from_slice::<Counted>(&doc.doc)
                .map_err(|_| Fault::new(&faults::DAMAGED).with("what", &doc.id))?,
            None => Counted::default(),
        };
        counted.add(&looked_up);
        let mine = counted.by.get(&actor.account).copied().unwrap_or(0);
        for (spent, limit) in [(mine, quotas.person), (counted.total, quotas.party)] {
            if spent > u64::from(limit) {
                return Err(Fault::new(&faults::QUOTA_SPENT).with("limit", limit));
            }
        }
        Ok(Command::new(&actor.account, "lookup", key, digest.as_bytes())
            .event(&stream, Expected::Version(version), kind::LOOKED_UP, 1, json(&looked_up)?)
            .put(counted.document(&stream, day, version + 1)?)
            .answer(json(&counted)?))
    })?;
    serde_json::from_slice(&receipt.response).map_err(|_| Fault::new(&faults::DAMAGED).with("what", stream))
}

/// Reads the body of a look-up's event.
///
/// # Errors
/// `data.damaged`.
pub fn body(event: &huoshui_journal::Event) -> Result<LookedUp> {
    streams::body(event)
}
