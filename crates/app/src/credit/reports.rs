//! Reports of what-if, kept beside the draft that they are of: long work whose result is read later, and what a validator
//! attached, for the approver to read. They hang on the draft by their hash; the body lies where it can be erased.

use huoshui_credit::whatif::Report;
use huoshui_exchange::clock;
use huoshui_journal::{Columns, Command, StateDoc};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::drafts::Question;
use super::{Credit, faults};
use crate::exchange::actor::Actor;
use crate::progress::Progress;
use crate::streams::json;

/// The vault's space of reports.
pub const SPACE: &str = "what-if";
/// The collection of what is kept: text column the draft; integer columns when, until when. Not folded from events.
pub const COLLECTION: &str = "what-if";
/// How long a report is kept: over the next year's review of the policy.
pub const DAYS: u32 = 400;

/// That a report is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The draft.
    pub draft: String,
    /// The hash of the report.
    pub what_if: String,
    /// The version of the stream of policies that it was computed under.
    pub policies: u64,
}

impl Kept {
    /// The name of its body.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{}", self.draft, self.what_if)
    }
}

fn id(draft: &str, what_if: &str) -> String {
    format!("{draft}.{what_if}")
}

impl Credit {
    /// Adds a report to a command, to be kept with its effect.
    pub(super) fn keeping(&self, command: Command, draft: &str, policies: u64, report: &Report) -> Result<Command> {
        let kept = Kept { draft: draft.to_owned(), what_if: report.hash()?, policies };
        let now = self.exchange.now();
        let int = [Some(now), Some(clock::after(now, DAYS)), None, None];
        let doc = StateDoc {
            collection: COLLECTION.to_owned(),
            id: id(draft, &kept.what_if),
            version: 1,
            doc: json(&kept)?,
            columns: Columns { text: [Some(draft.to_owned()), None, None, None], int },
        };
        Ok(command.put(doc).keep(SPACE, &kept.place(), json(report)?))
    }

    /// Computes what a draft would change and keeps the report; its name.
    ///
    /// # Errors
    /// As [`Credit::what_if`]; those of the store.
    pub fn keep_what_if(
        &self,
        actor: &Actor,
        key: &str,
        draft: &str,
        question: &Question,
        progress: &dyn Progress,
    ) -> Result<Kept> {
        let policies = self.exchange.workspace.journal.stream_version(crate::policies::STREAM)?;
        let report = self.what_if(actor, draft, question, progress)?;
        let command = Command::new(&actor.account, "credit.what_if.keep", key, &json(&(draft, question))?);
        self.exchange.workspace.journal.append_blocking(self.keeping(command, draft, policies, &report)?)?;
        Ok(Kept { draft: draft.to_owned(), what_if: report.hash()?, policies })
    }

    /// That a report of the actor's draft is kept.
    pub(super) fn kept_what_if(&self, actor: &Actor, draft: &str, what_if: &str) -> Result<Kept> {
        let shown: String = what_if.chars().take(64).collect();
        let unknown = || Fault::new(&faults::NO_REPORT).with("id", &shown);
        let draft = self.drafted(actor, draft)?.id;
        if what_if.len() != 64 || !what_if.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(unknown());
        }
        let doc = self.exchange.workspace.journal.state(COLLECTION, &id(&draft, what_if))?.ok_or_else(unknown)?;
        serde_json::from_slice(&doc.doc).map_err(|_| Fault::new(&crate::faults::DAMAGED).with("what", COLLECTION))
    }

    /// A report of the actor's draft.
    ///
    /// # Errors
    /// `credit.no_draft`, `credit.no_report`; those of the store.
    pub fn report(&self, actor: &Actor, draft: &str, what_if: &str) -> Result<Report> {
        let kept = self.kept_what_if(actor, draft, what_if)?;
        let body = self.exchange.workspace.journal.kept(SPACE, &kept.place())?;
        let body = body.ok_or_else(|| Fault::new(&faults::NO_REPORT).with("id", what_if))?;
        serde_json::from_slice(&body).map_err(|_| Fault::new(&crate::faults::DAMAGED).with("what", COLLECTION))
    }
}
