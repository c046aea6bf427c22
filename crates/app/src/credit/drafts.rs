//! Drafts of credit policies: developed, validated with a what-if on file, approved with a day, published; three persons.

use huoshui_credit::decide::Request;
use huoshui_credit::governance::{Draft, Event as Step};
use huoshui_credit::policy::PolicyRef;
use huoshui_credit::rules::Policies;
use huoshui_credit::whatif::Report;
use huoshui_journal::{Column, Columns, Command, Expected, Page, Query, StateDoc, Test, Value};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use super::bank::Rows;
use super::own::{offered, owner_of};
use super::{Credit, faults, id_of, is_id, whatif};
use crate::exchange::actor::Actor;
use crate::policies::{self, Kind, Set};
use crate::progress::{Progress, Silent};
use crate::streams::json;

/// The collection of drafts: text columns kind, file, the bank whose own it is, the word `draft`.
pub const COLLECTION: &str = "draft";
/// The kind of the event: [`Stepped`].
pub const STEPPED: &str = "draft.stepped";
/// Firms that a number told of a what-if counts at least, to a bank and to the platform's people alike: of fewer it could be
/// guessed what nobody may know without consent.
pub const FEWEST: u64 = 20;

/// `draft/ID`: a step of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stepped {
    /// The step.
    pub step: Step,
    /// With the first step: what is drafted …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Text>,
    /// … and the bank whose own it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// The policy file that is drafted, whole: it takes the place of the file of that name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Its kind: one of the credit engine's.
    pub kind: Kind,
    /// Its name, `NAME.toml`.
    pub file: String,
    /// Its text.
    pub text: String,
    /// Cases of its own, as a `*.cases.toml` has them: run with the shipped ones. A bank's own product needs some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<String>,
}

/// A draft as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drafting {
    /// Its id.
    pub id: String,
    /// What is drafted.
    pub file: Text,
    /// The bank whose own product it is; none for the platform's policies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where it stands.
    pub draft: Draft,
    /// Version of its stream.
    pub version: u64,
}

/// What is asked of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The application that every firm is imagined to make.
    pub request: Request,
    /// The day from which the draft would be in force; its rules of that day are tried.
    pub effective_from: Date,
    /// The date of the departments' data.
    pub as_of: Date,
    /// The bank's inputs assumed for every firm; without them a good case.
    #[serde(default)]
    pub assumed: Rows,
    /// The product in force that a new one is compared with; none for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared_with: Option<String>,
}

/// What is done with a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum Does {
    /// Validates it: its cases are run, and the what-if is run anew so that the hash that is attached is true.
    Validate(Question),
    /// Validates it with a report that is kept of it, where a city takes long: by its hash, while the policies are those that
    /// it was computed under.
    ValidateWith {
        /// The hash.
        what_if: String,
    },
    /// Approves it from a day on.
    Approve {
        /// The day.
        effective_from: Date,
    },
    /// Publishes it.
    Publish,
    /// Gives it up.
    Withdraw {
        /// Why.
        reason: String,
    },
}

fn stream(id: &str) -> String {
    format!("draft/{id}")
}

fn named(file: &Text) -> PolicyRef {
    PolicyRef {
        kind: file.kind.name().to_owned(),
        code: file.file.clone(),
        version: 1,
        hash: policies::text_digest(&file.text),
    }
}

impl Drafting {
    /// The draft after a step.
    ///
    /// # Errors
    /// `credit.governance`; `data.damaged` when the first step brought no file.
    pub fn apply(before: Option<Self>, stepped: &Stepped, version: u64) -> Result<Self> {
        let draft = Draft::apply(before.as_ref().map(|b| &b.draft), &stepped.step)?;
        match (before, &stepped.file) {
            (Some(before), _) => Ok(Self { draft, version, ..before }),
            (None, Some(file)) => {
                let id = draft.policy.hash.chars().take(32).collect();
                Ok(Self { id, file: file.clone(), owner: stepped.owner.clone(), draft, version })
            }
            (None, None) => Err(Fault::new(&crate::faults::DAMAGED).with("what", COLLECTION)),
        }
    }

    /// Its document.
    ///
    /// # Errors
    /// `app.internal`, which the types exclude.
    pub fn document(&self) -> Result<StateDoc> {
        let (kind, file) = (self.file.kind.name().to_owned(), self.file.file.clone());
        let text = [Some(kind), Some(file), self.owner.clone(), Some("draft".to_owned())];
        let columns = Columns { text, int: [None; 4] };
        let (collection, id) = (COLLECTION.to_owned(), self.id.clone());
        Ok(StateDoc { collection, id, version: self.version, doc: json(self)?, columns })
    }
}

impl Credit {
    /// All policies with the draft's file in its place; they must load together.
    pub(super) fn with_draft(&self, file: &Text) -> Result<Policies> {
        let set = Set::load(&self.exchange.workspace, None)?;
        let mut files: Vec<(&str, &str)> = Vec::new();
        let mut put = false;
        for kind in Kind::CREDIT {
            for (name, text) in set.texts(kind) {
                let ours = kind == file.kind && name == file.file;
                put |= ours;
                files.push((name, if ours { file.text.as_str() } else { text }));
            }
        }
        if !put {
            files.push((&file.file, &file.text));
        }
        let policies = Policies::load(files)?;
        // What of another bank no longer fits rests; the draft's own must fit.
        let own = huoshui_credit::product::owner(&file.file, &file.text)?;
        match own.and_then(|own| policies.suspended(&own)) {
            Some(why) => Err(why),
            None => Ok(policies),
        }
    }

    /// Puts a draft: the platform's people of every kind, a bank's of its own products. The same file again is the same draft.
    ///
    /// # Errors
    /// `credit.draft_kind`, `credit.draft_owner`, `credit.draft_cases`, `credit.draft_untested`; those of the policies, which must load with the draft
    /// in its place; those of the store.
    pub fn draft(&self, actor: &Actor, key: &str, file: &Text) -> Result<Drafting> {
        if !Kind::CREDIT.contains(&file.kind) {
            return Err(Fault::new(&faults::DRAFT_KIND).with("kind", file.kind.name()).field("kind"));
        }
        policies::check_file(&file.file, &file.text)?;
        let owner = owner_of(actor)?;
        self.may_draft(owner.as_deref(), file)?;
        self.held_by_cases(file, &self.with_draft(file)?)?;
        let policy = named(file);
        let step = Step::Drafted { policy, by: actor.account.clone(), on: self.day() };
        let stepped = Stepped { step, file: Some(file.clone()), owner };
        let id: String = policies::text_digest(&file.text).chars().take(32).collect();
        let drafting = Drafting::apply(None, &stepped, 1)?;
        let command = Command::new(&actor.account, "credit.draft", key, &json(file)?)
            .event(&stream(&id), Expected::Version(0), STEPPED, 1, json(&stepped)?)
            .put(drafting.document()?);
        let done = self.exchange.workspace.journal.append_blocking(command);
        match done {
            Ok(_) => self.drafted(actor, &id),
            Err(fault) if fault.code() == huoshui_journal::faults::CONFLICT.code => self.drafted(actor, &id),
            Err(fault) => Err(fault),
        }
    }

    fn day(&self) -> Date {
        huoshui_exchange::clock::day(self.exchange.now())
    }

    /// A draft of the actor's: a bank's own for its people, the platform's for the platform's.
    ///
    /// # Errors
    /// `credit.no_draft`, also for another's; those of the store.
    pub fn drafted(&self, actor: &Actor, id: &str) -> Result<Drafting> {
        let unknown = || Fault::new(&faults::NO_DRAFT).with("id", id.chars().take(64).collect::<String>());
        if !is_id(id) {
            return Err(unknown());
        }
        let found = read(&self.exchange.workspace.journal.state(COLLECTION, id)?.ok_or_else(unknown)?)?;
        if found.owner == owner_of(actor)? { Ok(found) } else { Err(unknown()) }
    }

    /// The actor's drafts, by id.
    ///
    /// # Errors
    /// `journal.bad_cursor`; those of the store.
    pub fn drafts(&self, actor: &Actor, cursor: Option<&str>, limit: usize) -> Result<Page<Drafting>> {
        let whose = owner_of(actor)?.map_or(Test::Missing, |own| Test::Is(Value::Text(own)));
        let draft = Test::Is(Value::Text("draft".to_owned()));
        let query = Query::default().filter(Column::Text(3), draft).filter(Column::Text(2), whose);
        let page = self.exchange.workspace.journal.list(COLLECTION, &query, cursor, limit.clamp(1, 200))?;
        Ok(Page { items: page.items.iter().map(read).collect::<Result<_>>()?, next: page.next })
    }

    /// What a draft would change: every enterprise under the rules in force on its day, and under them with the draft. Told are
    /// numbers of firms, and never of so few that they could be guessed.
    ///
    /// # Errors
    /// `credit.no_draft`, `credit.lpr`, `credit.no_data`, `credit.no_product`; those of the rules and of the store.
    pub fn what_if(&self, actor: &Actor, id: &str, question: &Question, progress: &dyn Progress) -> Result<Report> {
        let drafting = self.drafted(actor, id)?;
        question.request.check()?;
        let old = self.book.on(question.effective_from)?.rules;
        let new = self.with_draft(&drafting.file)?.on(question.effective_from)?;
        let own = drafting.owner.as_deref();
        offered(&new, own, &question.request.product)?;
        offered(&old, own, question.compared_with.as_ref().unwrap_or(&question.request.product))?;
        let report = whatif::run(&self.held, (&old, &new), question, progress)?;
        Ok(report.in_numbers(FEWEST))
    }

    /// Takes a step with a draft as it was read at this version. On `publish` the file comes into force, from the day approved
    /// on by its own dates.
    ///
    /// # Errors
    /// `credit.no_draft`, `journal.conflict` when the draft is at another version, `credit.no_report`,
    /// `credit.report_outdated`, `credit.not_three_persons`, `credit.governance`, `credit.draft_cases`, `credit.draft_dates`; those of the policies and of
    /// the store.
    pub fn step(&self, actor: &Actor, key: &str, (id, seen): (&str, u64), does: &Does) -> Result<Drafting> {
        let (by, on) = (actor.account.clone(), self.day());
        let before = self.drafted(actor, id)?;
        let operation = format!("credit.draft.{}", id_of("draft", actor, id));
        let journal = &self.exchange.workspace.journal;
        let command = Command::new(&actor.account, &operation, key, &json(&(id, does))?);
        if journal.receipt(&actor.account, &operation, key)?.is_some() {
            // A repeat does nothing; another step under this key is refused.
            journal.append_blocking(command)?;
            return Ok(before);
        }
        if before.version != seen {
            let moved = Fault::new(&huoshui_journal::faults::CONFLICT).with("stream", stream(id));
            return Err(moved.with("actual", before.version).with("expected", seen));
        }
        if matches!(does, Does::Validate(_) | Does::ValidateWith { .. } | Does::Approve { .. }) {
            let draft = &before.draft;
            let persons = [Some(&draft.developer), draft.validator.as_ref(), Some(&by)];
            let persons: Vec<&str> = persons.into_iter().flatten().map(String::as_str).collect();
            super::persons::independent(&self.exchange.workspace, &persons)?;
        }
        let policies = self.exchange.workspace.journal.stream_version(policies::STREAM)?;
        let mut report = None;
        let step = match does {
            Does::Validate(question) => {
                let cases = self.cases(&before.file)?;
                let computed = report.insert(self.what_if(actor, id, question, &Silent)?);
                Step::Validated { by, on, cases, what_if: computed.hash()? }
            }
            Does::ValidateWith { what_if } => {
                if self.kept_what_if(actor, id, what_if)?.policies != policies {
                    return Err(Fault::new(&faults::REPORT_OLD).with("id", what_if).field("what_if"));
                }
                Step::Validated { by, on, cases: self.cases(&before.file)?, what_if: what_if.clone() }
            }
            Does::Approve { effective_from } => Step::Approved { by, on, effective_from: *effective_from },
            Does::Publish => Step::Published { by, on },
            Does::Withdraw { reason } => Step::Withdrawn { by, on, reason: reason.clone() },
        };
        // Before anything comes into force the step must be one that may be taken.
        let may = Draft::apply(Some(&before.draft), &step);
        if may.is_ok() && *does == Does::Publish {
            self.begins(&before)?;
            let workspace = &self.exchange.workspace;
            let file = &before.file;
            match policies::publish(workspace, &actor.account, file.kind, &file.file, &file.text) {
                // A publication that was cut off before its step was recorded.
                Err(fault) if fault.code() == crate::faults::POLICY_SAME.code => {}
                done => drop(done?),
            }
        }
        let stepped = Stepped { step, file: None, owner: None };
        let after = Drafting::apply(Some(before), &stepped, seen + 1)?;
        let command =
            command.event(&stream(id), Expected::Version(seen), STEPPED, 1, json(&stepped)?).put(after.document()?);
        let command = match &report {
            Some(report) => self.keeping(command, id, policies, report)?,
            None => command,
        };
        journal.append_blocking(command)?;
        self.drafted(actor, id)
    }

    /// What the draft changes begins on the day approved, not before: the past and the days until then stay as they are.
    fn begins(&self, drafting: &Drafting) -> Result<()> {
        let Some(from) = drafting.draft.effective_from else { return Ok(()) };
        let new = self.with_draft(&drafting.file)?;
        let old = Set::load(&self.exchange.workspace, None)?.credit()?;
        let refuse = |date: Date| Fault::new(&faults::DRAFT_DATES).with("from", from).with("date", date);
        let mut days: Vec<Date> = old.beginnings().into_iter().chain(new.beginnings()).chain([self.day()]).collect();
        days.sort_unstable();
        days.dedup();
        for date in days.into_iter().filter(|d| *d < from) {
            if old.on(date)?.refs() != new.on(date)?.refs() {
                return Err(refuse(date));
            }
        }
        if old.on(from)?.refs() == new.on(from)?.refs() { Err(refuse(from)) } else { Ok(()) }
    }
}

pub(super) fn read(doc: &StateDoc) -> Result<Drafting> {
    serde_json::from_slice(&doc.doc)
        .map_err(|_| Fault::new(&crate::faults::DAMAGED).with("what", format_args!("{COLLECTION}/{}", doc.id)))
}
