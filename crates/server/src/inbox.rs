//! What concerns an organisation, as it is recorded: read from the journal's sealed order, so that it is the same on every
//! server, and resumable by position.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use huoshui_app::access::Actor as Account;
use huoshui_app::exchange::actor::Actor;
use huoshui_journal::{Event, Positioned};
use huoshui_kernel::fault::Result;
use serde::Serialize;
use tokio::sync::broadcast;
use utoipa::ToSchema;

use crate::state::App;

/// Notices that are kept in memory; those before are in the journal, and no longer in the inbox.
const KEPT: usize = 10_000;
/// Sealed events that are read at start, from the last back.
const LOOK_BACK: u64 = 50_000;
/// Events read at once.
pub const BATCH: usize = 1_000;

/// Whom a notice is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// An organisation, by id.
    Organisation(String),
    /// The organisation that is this entry of the registry: an institution's or department's code, a USCC.
    Subject(String),
    /// A party of the exchange, by its address: `enterprise:USCC`, `institution:CODE`, `department:CODE`, `operator`.
    Party(String),
    /// A natural person, by account: nobody else of the organisation reads it.
    Person(String),
}

/// Who reads an inbox.
#[derive(Clone, Debug)]
pub struct Reader {
    organisation: String,
    subject: Option<String>,
    party: Option<String>,
    account: Option<String>,
}

impl Reader {
    /// The inbox of an organisation, as this account or key reads it.
    #[must_use]
    pub fn of(organisation: &str, who: &Account) -> Self {
        Self {
            organisation: organisation.to_owned(),
            subject: who.subject.clone(),
            party: Actor::of(who).ok().map(|actor| actor.party.address()),
            account: (!who.machine).then(|| who.id.clone()),
        }
    }
}

/// Something that concerns an organisation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Notice {
    /// Its place in the journal's sealed order; `Last-Event-ID` resumes after it.
    pub position: u64,
    /// When it was recorded, in Beijing.
    pub recorded_at: String,
    /// What happened: `filing.accepted`, `query.opened`, `job.finished`, …
    pub what: String,
    /// The stream and version of the event.
    pub stream: String,
    /// The version in that stream.
    pub version: u64,
    /// What it says.
    pub data: Told,
    #[serde(skip)]
    #[schema(ignore)]
    to: To,
}

/// What a notice says, by `what`. A module that adds notices adds their form here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Told {
    /// `filing.accepted`: a filing of the institution's is in force.
    Filed {
        /// The institution.
        institution: String,
        /// Its as-of date.
        #[schema(format = Date)]
        as_of: String,
        /// Where the filing is.
        at: String,
    },
    /// `query.opened`: another bank claims otherwise.
    Asked {
        /// The check that found it.
        check: String,
        /// The as-of date.
        #[schema(format = Date)]
        as_of: String,
        /// The institution's own note.
        note_no: String,
    },
    /// `job.finished`.
    Finished {
        /// The job.
        job: String,
        /// What it did: `filing.upload`, `registry.upload`, `verify`.
        #[serde(rename = "what")]
        did: String,
        /// Whether everything was done as asked.
        ok: bool,
        /// Where it is.
        at: String,
    },
    /// `consent.requested`: an institution asks the enterprise.
    Requested {
        /// The consent.
        consent: String,
        /// The institution.
        by: String,
        /// Code of the purpose.
        purpose: String,
    },
    /// `consent.granted`, `consent.declined`, `consent.paused`, `consent.resumed`, `consent.revoked`: the enterprise, or
    /// the natural person, answered a recipient, or changed what it may.
    Stepped {
        /// The consent.
        consent: String,
        /// The enterprise's USCC.
        subject: String,
        /// Where the consent stands since: `granted`, `declined`, `paused`, `revoked`.
        state: String,
    },
    /// `objection.raised`: a firm objects to a value of the department's.
    Objected {
        /// The objection.
        objection: String,
        /// The resource.
        resource: String,
    },
    /// `objection.overdue`, to the department, the firm, and those who run and supervise the platform.
    Overdue {
        /// The objection.
        objection: String,
        /// USCC of the firm.
        subject: String,
        /// Code of the department that has not answered.
        department: String,
        /// The resource.
        resource: String,
        /// The last day to answer.
        #[schema(format = Date)]
        due: String,
        /// Where more is said of it.
        at: String,
    },
    /// `objection.answered`, to the firm that objected.
    Answered {
        /// The objection.
        objection: String,
        /// The resource.
        resource: String,
        /// The field.
        field: String,
        /// What the department said: `accepted`, `rejected`.
        answer: String,
    },
    /// `objection.answered`, to an institution that had received the value: it was wrong, and is corrected.
    Corrected {
        /// The objection.
        objection: String,
        /// USCC of the firm.
        subject: String,
        /// Code of the department that corrected it.
        department: String,
        /// The resource.
        resource: String,
        /// The field.
        field: String,
        /// The consents under which the institution had received it: pull again under one that still stands.
        pull_again: Vec<String>,
        /// Where more is said of it.
        at: String,
    },
}

/// Turns an event into notices: whom it is for, and what they are told. Nothing that the reader may not see goes in.
pub type Mapper = fn(&Event) -> Vec<(To, Told)>;

/// Who tells what. A module that adds events adds its own here; the exchange's must look up whom an event concerns, and
/// stands in [`told`].
const MAPPERS: &[Mapper] = &[crate::routes::filings::notices, crate::routes::jobs::notices];

/// The notices of late, and who listens.
pub struct Inbox {
    held: Mutex<Held>,
    heard: broadcast::Sender<Arc<Notice>>,
}

#[derive(Default)]
struct Held {
    notices: VecDeque<Arc<Notice>>,
    /// The first position that is covered.
    from: u64,
    /// The next position to read.
    next: u64,
}

impl Default for Inbox {
    fn default() -> Self {
        Self { held: Mutex::default(), heard: broadcast::channel(1_024).0 }
    }
}

/// Whether a notice is for this reader.
#[must_use]
pub fn concerns(notice: &Notice, reader: &Reader) -> bool {
    match &notice.to {
        To::Organisation(id) => *id == reader.organisation,
        To::Subject(code) => reader.subject.as_ref() == Some(code),
        To::Party(address) => reader.party.as_ref() == Some(address),
        To::Person(account) => reader.account.as_ref() == Some(account),
    }
}

/// What an event says, and to whom.
fn told(app: &App, event: &Event) -> Result<Vec<(To, Told)>> {
    let mut all: Vec<(To, Told)> = MAPPERS.iter().flat_map(|map| map(event)).collect();
    all.extend(crate::routes::exchange::notices(app.workspace(), event)?);
    Ok(all)
}

impl Inbox {
    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Arc<Notice>> {
        self.heard.subscribe()
    }

    /// The notices after a position; none when that is before what is kept.
    #[must_use]
    pub fn after(&self, position: Option<u64>) -> Option<Vec<Arc<Notice>>> {
        let held = self.held.lock().ok()?;
        if position.is_some_and(|p| p + 1 < held.from) {
            return None;
        }
        Some(held.notices.iter().filter(|n| position.is_none_or(|p| n.position > p)).cloned().collect())
    }

    /// Where new events begin.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.held.lock().map_or(0, |held| held.next)
    }

    fn begin(&self, at: u64) {
        if let Ok(mut held) = self.held.lock() {
            held.from = at;
            held.next = at;
        }
    }

    fn take(&self, batch: &[Positioned], told: Vec<Vec<(To, Told)>>) {
        let Ok(mut held) = self.held.lock() else { return };
        for (Positioned { position, event }, told) in batch.iter().zip(told) {
            held.next = position + 1;
            for (to, data) in told {
                let notice = Arc::new(Notice {
                    position: *position,
                    recorded_at: huoshui_app::beijing(event.recorded_at),
                    what: event.data.kind.clone(),
                    stream: event.stream.clone(),
                    version: event.version,
                    data,
                    to,
                });
                if held.notices.len() >= KEPT
                    && let Some(gone) = held.notices.pop_front()
                {
                    held.from = gone.position + 1;
                }
                held.notices.push_back(Arc::clone(&notice));
                let _ = self.heard.send(notice);
            }
        }
    }
}

/// Whether a figure could rest on what this event records.
fn moves_figures(event: &Event) -> bool {
    let areas = ["registry/", "filing/", "query/"];
    event.stream == huoshui_app::policies::STREAM || areas.iter().any(|area| event.stream.starts_with(area))
}

/// Reads a portion of what was sealed since the last time; how many events it were. Called again and again, from a thread
/// that may block.
///
/// # Errors
/// Those of the store.
pub fn follow(app: &App) -> Result<usize> {
    // A pull goes by the policies last looked at, so that it need not look itself: here they are, again and again.
    app.exchange().rules.now()?;
    let inbox = &app.parts().inbox;
    let journal = &app.workspace().journal;
    if inbox.next() == 0 {
        let sealed = journal.last_seal()?.map_or(0, |seal| seal.size);
        inbox.begin(sealed.saturating_sub(LOOK_BACK));
    }
    let batch = journal.events_after(inbox.next().checked_sub(1), BATCH)?;
    if batch.iter().any(|p| moves_figures(&p.event)) {
        app.parts().cities.outdated();
    }
    let told = batch.iter().map(|p| told(app, &p.event)).collect::<Result<Vec<_>>>()?;
    inbox.take(&batch, told);
    batch.iter().for_each(|p| crate::routes::exchange::prepare(app.exchange(), &p.event));
    // What cannot be counted is told below.
    let _ = app.exchange().count_read(&batch);
    if batch.len() == BATCH {
        return Ok(BATCH);
    }
    // A step of the counts of who uses what: so that nobody who asks waits for a whole journal.
    app.exchange().count_uses().map(|_| batch.len())
}
