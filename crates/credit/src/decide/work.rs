//! The making of a decision: one evaluation, its reasons, and what the decision commits to.

use huoshui_kernel::fault::{Fault, Result};

use super::evaluate::{Evaluation, Outcome, Prepared};
use super::frame::Frame;
use super::given::Given;
use super::reasons::Reasons;
use super::{Branch, Decision, EDITION, Flip, InputRef, Inputs, Reason, Request, WITH_LISTS, explain, reach};
use crate::faults;
use crate::policy::PolicyRef;
use crate::rules::Rules;
use crate::value::{Cell, Why};

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
        self.decide_in(EDITION, inputs)
    }

    /// Decides in the form of an edition: to make a past decision again.
    pub fn decide_in(&self, edition: u32, inputs: &Inputs) -> Result<Decision> {
        self.decided(edition, &Given::of(inputs, &self.basis(&inputs.profile)?))
    }

    /// Decides on a profile that was made ready under these rules, as [`Rules::decide`] does on the same inputs.
    pub fn decide_on(&self, given: &Given<'_>) -> Result<Decision> {
        self.decided(EDITION, given)
    }

    fn decided(&self, edition: u32, given: &Given<'_>) -> Result<Decision> {
        let prepared = Prepared::new(self, &given.request.product)?;
        let mut frame = Frame::of(self, self.framed(&prepared, given)?);
        let evaluation = prepared.work(&mut frame, None)?;
        let source = |field: usize| reach::silent(self, given, field);
        let reasons = Reasons::new(&prepared, frame, &evaluation, &source, edition > WITH_LISTS);
        let said = reasons.all()?;
        let cells = reasons.cells();
        let together = self.together(&prepared, cells, &said)?;
        let approves = evaluation.outcome.approves();
        let seat = evaluation.seat;
        let lists = edition == WITH_LISTS;
        Ok(Decision {
            edition,
            uscc: given.profile.uscc.clone(),
            date: self.date,
            profile_as_of: given.profile.as_of,
            request: given.request.clone(),
            product: prepared.layout.product.clone(),
            outcome: evaluation.outcome,
            stage: evaluation.stage.map(str::to_owned),
            score: evaluation.score,
            best: evaluation.best,
            grade: evaluation.graded.grade(evaluation.grade).map(|g| g.code.clone()).unwrap_or_default(),
            pd_ppm: evaluation.pd,
            line_fen: evaluation.line.filter(|_| approves),
            rate_ppm: evaluation.rate.filter(|_| approves),
            reasons: said,
            together,
            policies: if lists { seat.policies.clone() } else { Vec::new() },
            inputs: if lists { self.input_refs(&seat.reads, cells, given)? } else { Vec::new() },
            policies_digest: (!lists).then(|| seat.digest.clone()),
            inputs_digest: if lists { None } else { Some(self.inputs_digest(&seat.reads, cells, given)?) },
            note: prepared.product.entry.note.clone(),
            card: seat.named.clone(),
        })
    }

    /// The cells of an application.
    pub(super) fn framed(&self, prepared: &Prepared<'_>, given: &Given<'_>) -> Result<Vec<Cell>> {
        let mut cells = self.laid(given)?;
        self.application(prepared, &mut cells, given.request)?;
        Ok(cells)
    }

    /// The frame of an application and what the rules say of it.
    pub(super) fn evaluated<'r>(
        &'r self,
        prepared: &Prepared<'r>,
        inputs: &Inputs,
    ) -> Result<(Vec<Cell>, Evaluation<'r>)> {
        let cells = self.framed(prepared, &Given::of(inputs, &self.basis(&inputs.profile)?))?;
        let evaluation = prepared.evaluate(&cells)?;
        Ok((cells, evaluation))
    }

    fn together(&self, prepared: &Prepared<'_>, cells: &[Cell], reasons: &[Reason]) -> Result<Option<Outcome>> {
        let flips: Vec<&Flip> = reasons.iter().filter(|r| r.blocks).filter_map(|r| r.flip.as_ref()).collect();
        if flips.is_empty() {
            return Ok(None);
        }
        let flips: Vec<(usize, i64)> =
            flips.iter().filter_map(|f| Some((*self.index.get(f.field.as_str())?, f.lane))).collect();
        let (mut frame, mut changed) = (Frame::new(self, cells), Vec::new());
        for (at, lane) in &flips {
            self.change(&mut frame, *at, Cell::Known(*lane), &mut changed);
        }
        // What a flip names holds, also where another flip would have moved it.
        for (at, lane) in flips {
            let cell = Cell::Known(lane);
            if let (Some(place), Some(value)) = (frame.cells.get_mut(at), frame.row.get_mut(at)) {
                (*place, *value) = (cell, self.value(at, cell));
            }
        }
        Ok(Some(prepared.work(&mut frame, None)?.outcome))
    }

    /// The policies that take part in a decision on a product by a card, in the order of the rules: the product, its gates,
    /// stages, card and scale, and the features read. Their digest is that of such a decision.
    ///
    /// # Errors
    /// `credit.unknown_policy`.
    pub fn policies_of(&self, product: &str, card: &str) -> Result<&[PolicyRef]> {
        let prepared = Prepared::new(self, product)?;
        // The card's own fault where no seat has it.
        let seat = prepared.seat_of(card).map_or_else(|| self.card(card).map(|_| None), |seat| Ok(Some(seat)))?;
        Ok(seat.map_or(&[], |seat| seat.policies.as_slice()))
    }

    /// Every value that a decision on these inputs reads, with its salted hash and where it came from.
    ///
    /// # Errors
    /// As [`Rules::decide`].
    pub fn inputs_of(&self, inputs: &Inputs) -> Result<Vec<InputRef>> {
        let prepared = Prepared::new(self, &inputs.request.product)?;
        let basis = self.basis(&inputs.profile)?;
        let given = Given::of(inputs, &basis);
        let cells = self.framed(&prepared, &given)?;
        let reads = &prepared.evaluate(&cells)?.seat.reads;
        self.input_refs(reads, &cells, &given)
    }

    /// What the product reads of this firm: the fields whose absence refers the application.
    pub fn reads(&self, inputs: &Inputs) -> Result<Vec<String>> {
        let prepared = Prepared::new(self, &inputs.request.product)?;
        let (_, evaluation) = self.evaluated(&prepared, inputs)?;
        let reads = &evaluation.seat.reads;
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
                let mut cells = self.laid(&Given::of(inputs, &self.basis(&inputs.profile)?))?;
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
        let mut cells = self.framed(&prepared, &Given::of(inputs, &self.basis(&inputs.profile)?))?;
        if let Some(at) = self.index.get(field) {
            self.set(&mut cells, *at, lane.map_or(Cell::Missing(Why::NotAsked), Cell::Known));
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
