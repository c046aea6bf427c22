//! Decisions: what the rules of a product say of an application, why, and what would change it.

use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::faults;
use crate::policy::{PolicyRef, canonical, hex};
use crate::profile::{Origin, Profile};
use crate::rules::{Policies, Rules};
use crate::value::{Cell, Texts};

mod asked;
mod authority;
pub(crate) mod evaluate;
mod explain;
pub(crate) mod flips;
pub(crate) mod frame;
pub(crate) mod layout;
mod reach;
mod reason;
mod reasons;

pub use evaluate::Outcome;
pub use explain::Branch;
pub use flips::Effect;
pub use reason::{Flip, Reason, ReasonKind};

use evaluate::{Evaluation, Prepared};
use reasons::Reasons;

/// The edition of the form of decisions.
pub const EDITION: u32 = 2;

/// What an enterprise asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Code of the product.
    pub product: String,
    /// The amount, fen.
    pub amount_fen: i64,
    /// The tenor.
    pub months: u16,
    /// The code of the purpose.
    pub purpose: String,
    /// The loan prime rate of the day and tenor, ppm.
    pub lpr_ppm: i64,
}

/// Everything that a decision is made of besides the policies. Kept apart from the journal, so that it can be erased;
/// the decision holds salted hashes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// The platform's profile of the enterprise.
    pub profile: Profile,
    /// The bank's own inputs, computed from its own relations. They stay with the bank.
    pub bank: Option<Profile>,
    /// The application.
    pub request: Request,
    /// Salt of the hashes, in hex; 32 bytes drawn anew for each decision by whoever calls.
    pub salt: String,
}

/// A value that was read: its salted hash and where it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputRef {
    /// The field.
    pub field: String,
    /// SHA-256 over the salt, the field's name, a zero byte and the canonical cell, in hex.
    pub commitment: String,
    /// Its sources.
    pub origins: Vec<Origin>,
}

/// A decision. [`Decision::bytes`] is its canonical form: the same inputs and policies give the same bytes, always.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The edition of this form.
    pub edition: u32,
    /// The enterprise.
    pub uscc: String,
    /// The business date.
    pub date: Date,
    /// The date of the profile.
    pub profile_as_of: Date,
    /// The application.
    pub request: Request,
    /// The product.
    pub product: PolicyRef,
    /// The outcome.
    pub outcome: Outcome,
    /// The stage that chose the card.
    pub stage: Option<String>,
    /// The card.
    pub card: PolicyRef,
    /// The score, missing values at their worst.
    pub score: i32,
    /// The score if every missing value were the best.
    pub best: i32,
    /// The grade of the score.
    pub grade: String,
    /// Its probability of default, ppm.
    pub pd_ppm: i64,
    /// The line, fen: only where the outcome approves.
    pub line_fen: Option<i64>,
    /// The rate, ppm: only where the outcome approves.
    pub rate_ppm: Option<i64>,
    /// Why, in order.
    pub reasons: Vec<Reason>,
    /// The outcome if every flip of a blocking reason were made, in order.
    pub together: Option<Outcome>,
    /// Every policy that took part.
    pub policies: Vec<PolicyRef>,
    /// Every value that was read.
    pub inputs: Vec<InputRef>,
    /// That the score is advice and the decision the bank's.
    pub note: Texts,
}

/// A decision without values, for a journal: nothing in it tells what a department knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Record {
    pub edition: u32,
    pub uscc: String,
    pub date: Date,
    pub product: String,
    pub outcome: Outcome,
    pub grade: String,
    pub score: i32,
    pub line_fen: Option<i64>,
    pub rate_ppm: Option<i64>,
    /// Codes of the reasons, in order.
    pub reasons: Vec<String>,
    pub policies: Vec<PolicyRef>,
    pub inputs: Vec<InputRef>,
    /// SHA-256 over the salt and the decision's bytes, in hex.
    pub decision: String,
}

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// Whether the bytes are the same.
    pub same: bool,
    /// The decision made again.
    pub decision: Decision,
}

impl Decision {
    /// The canonical bytes.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        canonical(self)
    }

    /// The form for a journal.
    pub fn record(&self, salt: &str) -> Result<Record> {
        let mut hash = Sha256::new();
        hash.update(salt.as_bytes());
        hash.update(self.bytes()?);
        Ok(Record {
            edition: self.edition,
            uscc: self.uscc.clone(),
            date: self.date,
            product: self.product.code.clone(),
            outcome: self.outcome,
            grade: self.grade.clone(),
            score: self.score,
            line_fen: self.line_fen,
            rate_ppm: self.rate_ppm,
            reasons: self.reasons.iter().map(|r| r.code.clone()).collect(),
            policies: self.policies.clone(),
            inputs: self.inputs.clone(),
            decision: hex(&hash.finalize()),
        })
    }
}

/// The profile that a decision reads: the platform's with the bank's own laid over it.
fn joined(inputs: &Inputs) -> Profile {
    match &inputs.bank {
        Some(bank) => inputs.profile.clone().over(bank),
        None => inputs.profile.clone(),
    }
}

impl Rules {
    /// The frame of an application.
    pub(crate) fn application(&self, prepared: &Prepared<'_>, cells: &mut [Cell], request: &Request) -> Result<()> {
        let purpose = self.fields.get(prepared.layout.purpose).and_then(|f| f.code_lane(&request.purpose));
        let unknown = || Fault::new(&faults::VALUE).with("field", "apply_purpose").with("value", &request.purpose);
        let given = [
            (prepared.layout.amount, request.amount_fen),
            (prepared.layout.months, request.months.into()),
            (prepared.layout.purpose, purpose.ok_or_else(unknown)?),
            (prepared.layout.lpr, request.lpr_ppm),
        ];
        for (at, value) in given {
            if let Some(cell) = cells.get_mut(at) {
                *cell = Cell::Known(value);
            }
        }
        Ok(())
    }

    /// Decides an application. Pure: the same rules and inputs give the same decision.
    pub fn decide(&self, inputs: &Inputs) -> Result<Decision> {
        let prepared = Prepared::new(self, &inputs.request.product)?;
        let profile = joined(inputs);
        let mut cells = self.frame(&profile);
        self.application(&prepared, &mut cells, &inputs.request)?;
        let evaluation = prepared.evaluate(&cells)?;
        let source = |field: usize| reach::silent(self, &profile, field);
        let reasons = Reasons::new(&prepared, &cells, &evaluation, &source)?.all()?;
        let together = self.together(&prepared, &cells, &reasons)?;
        let card = self.reference("scorecard", &evaluation.card.entry.code)?;
        let approves = evaluation.outcome.approves();
        let reads = prepared.reads(&evaluation.card.entry.code);
        Ok(Decision {
            edition: EDITION,
            uscc: profile.uscc.clone(),
            date: self.date,
            profile_as_of: profile.as_of,
            request: inputs.request.clone(),
            product: self.reference("product", &prepared.product.entry.code)?,
            outcome: evaluation.outcome,
            stage: evaluation.stage.map(str::to_owned),
            score: evaluation.score,
            best: evaluation.best,
            grade: evaluation.graded.grade(evaluation.grade).map(|g| g.code.clone()).unwrap_or_default(),
            pd_ppm: evaluation.pd,
            line_fen: evaluation.line.filter(|_| approves),
            rate_ppm: evaluation.rate.filter(|_| approves),
            reasons,
            together,
            policies: self.policies_of(&prepared, reads, &card),
            inputs: self.input_refs(reads, &cells, &profile, &inputs.salt)?,
            note: prepared.product.entry.note.clone(),
            card,
        })
    }

    /// The frame of an application and what the rules say of it.
    fn evaluated<'r>(&'r self, prepared: &Prepared<'r>, inputs: &Inputs) -> Result<(Vec<Cell>, Evaluation<'r>)> {
        let mut cells = self.frame(&joined(inputs));
        self.application(prepared, &mut cells, &inputs.request)?;
        let evaluation = prepared.evaluate(&cells)?;
        Ok((cells, evaluation))
    }

    fn reference(&self, kind: &str, code: &str) -> Result<PolicyRef> {
        let found = self.refs.iter().find(|r| r.kind == kind && r.code == code);
        found.cloned().ok_or_else(|| crate::policy::internal("a policy without a reference"))
    }

    fn together(&self, prepared: &Prepared<'_>, cells: &[Cell], reasons: &[Reason]) -> Result<Option<Outcome>> {
        let mut changed = cells.to_vec();
        let flips: Vec<&Flip> = reasons.iter().filter(|r| r.blocks).filter_map(|r| r.flip.as_ref()).collect();
        if flips.is_empty() {
            return Ok(None);
        }
        let flips: Vec<(usize, i64)> =
            flips.iter().filter_map(|f| Some((*self.index.get(f.field.as_str())?, f.lane))).collect();
        for (at, lane) in &flips {
            self.set(&mut changed, *at, Cell::Known(*lane));
        }
        // What a flip names holds, also where another flip would have moved it.
        for (at, lane) in flips {
            if let Some(cell) = changed.get_mut(at) {
                *cell = Cell::Known(lane);
            }
        }
        Ok(Some(prepared.evaluate(&changed)?.outcome))
    }

    /// The product, its gates, stages, card and scale, and the features read, in the order of the rules.
    fn policies_of(&self, prepared: &Prepared<'_>, reads: &[usize], card: &PolicyRef) -> Vec<PolicyRef> {
        let entry = &prepared.product.entry;
        let rule = entry.by_stage.as_ref().map(|b| b.rule.as_str());
        let scale = self.card(&card.code).ok().map(|c| c.entry.scale.as_str());
        let read = |code: &str| self.index.get(code).is_some_and(|i| reads.contains(i));
        let part = |r: &&PolicyRef| match r.kind.as_str() {
            "feature" => read(&r.code),
            "gates" => r.code == entry.gates,
            "stages" => Some(r.code.as_str()) == rule,
            "scale" => Some(r.code.as_str()) == scale,
            "scorecard" => r.code == card.code,
            "product" => r.code == entry.code,
            _ => false,
        };
        self.refs.iter().filter(part).cloned().collect()
    }

    fn input_refs(&self, reads: &[usize], cells: &[Cell], profile: &Profile, salt: &str) -> Result<Vec<InputRef>> {
        let mut all = Vec::with_capacity(reads.len());
        for (field, cell) in reads.iter().filter_map(|i| self.fields.get(*i).zip(cells.get(*i))) {
            let mut hash = Sha256::new();
            hash.update(salt.as_bytes());
            hash.update(field.code.as_bytes());
            hash.update([0]);
            hash.update(canonical(cell)?);
            let origins = profile.items.get(&*field.code).map(|i| i.origins.as_slice()).unwrap_or_default();
            all.push(InputRef {
                field: field.code.to_string(),
                commitment: hex(&hash.finalize()),
                origins: origins.iter().filter_map(|o| profile.origins.get(*o)).cloned().collect(),
            });
        }
        Ok(all)
    }

    /// What the product reads of this firm: the fields whose absence refers the application.
    pub fn reads(&self, inputs: &Inputs) -> Result<Vec<String>> {
        let prepared = Prepared::new(self, &inputs.request.product)?;
        let (_, evaluation) = self.evaluated(&prepared, inputs)?;
        let reads = prepared.reads(&evaluation.card.entry.code);
        Ok(reads.iter().filter_map(|i| self.fields.get(*i)).map(|f| f.code.to_string()).collect())
    }

    /// The inputs if one value were another, with the second-level features that follow from it: what a flip speaks of.
    /// Errors with `credit.value` where the application cannot hold the value.
    pub fn with_value(&self, inputs: &Inputs, field: &str, lane: i64) -> Result<Inputs> {
        let mut changed = inputs.clone();
        let refuse = || Fault::new(&faults::VALUE).with("field", field).with("value", lane);
        let Some(at) = self.index.get(field).copied() else { return Err(refuse()) };
        match field {
            "apply_amount" => changed.request.amount_fen = lane,
            "apply_months" => changed.request.months = u16::try_from(lane).map_err(|_| refuse())?,
            "apply_purpose" => {
                let code = self.fields.get(at).zip(usize::try_from(lane).ok()).and_then(|(f, i)| f.codes.get(i));
                changed.request.purpose = code.ok_or_else(refuse)?.code.clone();
            }
            "lpr" => changed.request.lpr_ppm = lane,
            _ => {
                let mut cells = self.frame(&joined(inputs));
                self.set(&mut cells, at, Cell::Known(lane));
                for place in std::iter::once(at).chain(self.derived.of(at)) {
                    let (Some(feature), Some(cell)) = (self.features.get(place), cells.get(place)) else { continue };
                    let code = &feature.feature.code;
                    let bank = changed.bank.as_mut().filter(|b| b.items.contains_key(code));
                    bank.unwrap_or(&mut changed.profile).put(code, feature.feature.version, *cell);
                }
            }
        }
        Ok(changed)
    }

    /// The outcome and score if one value were another: what a flip claims. `None` makes the field missing.
    pub fn try_value(&self, inputs: &Inputs, field: &str, lane: Option<i64>) -> Result<(Outcome, i32)> {
        let prepared = Prepared::new(self, &inputs.request.product)?;
        let mut cells = self.frame(&joined(inputs));
        self.application(&prepared, &mut cells, &inputs.request)?;
        if let Some(at) = self.index.get(field) {
            self.set(&mut cells, *at, lane.map_or(Cell::Missing(crate::value::Why::NotAsked), Cell::Known));
        }
        let evaluation = prepared.evaluate(&cells)?;
        Ok((evaluation.outcome, evaluation.score))
    }

    /// The decision as a tree: what was looked at, what it gave, which part decided.
    pub fn explain(&self, inputs: &Inputs) -> Result<Branch> {
        let prepared = Prepared::new(self, &inputs.request.product)?;
        let (cells, evaluation) = self.evaluated(&prepared, inputs)?;
        explain::explain(&prepared, &cells, &evaluation)
    }
}

/// Makes a past decision again under the policies of its day and compares the bytes.
pub fn replay(policies: &Policies, date: Date, inputs: &Inputs, stored: &[u8]) -> Result<Replay> {
    let decision = policies.on(date)?.decide(inputs)?;
    Ok(Replay { same: decision.bytes()? == stored, decision })
}
