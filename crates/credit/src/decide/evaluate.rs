//! One evaluation of a product's rules on a frame of cells: no reasons yet, a microsecond. After a change of a few cells
//! only what reads them is evaluated anew.

use huoshui_formula::Value;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use super::frame::{Capped, Frame, Parts, Since, missing, stands, touched};
use super::layout::{Layout, Seat};
use crate::cards::{Card, Graded};
use crate::gates::{GateOutcome, Gates, Otherwise, Stages};
use crate::product::{Level, ReadyProduct};
use crate::rules::Rules;
use crate::value::Cell;

/// What is decided, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Approved by the machine.
    Automatic,
    /// May be approved by a branch.
    Branch,
    /// May be approved by head office.
    HeadOffice,
    /// A person must look.
    Refer,
    /// Refused.
    Refuse,
}

impl Outcome {
    /// Whether somebody with authority may say yes on these facts.
    #[must_use]
    pub const fn approves(self) -> bool {
        matches!(self, Self::Automatic | Self::Branch | Self::HeadOffice)
    }

    /// In Chinese and in English.
    #[must_use]
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Automatic => ("自动通过", "approved automatically"),
            Self::Branch => ("支行可批", "for the branch to approve"),
            Self::HeadOffice => ("总行可批", "for head office to approve"),
            Self::Refer => ("转人工", "referred to a person"),
            Self::Refuse => ("拒绝", "refused"),
        }
    }

    fn of(level: Level) -> Self {
        match level {
            Level::Automatic => Self::Automatic,
            Level::Branch => Self::Branch,
            Level::HeadOffice => Self::HeadOffice,
            Level::Refer => Self::Refer,
        }
    }
}

/// What stands in the way of an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// A gate's condition is true.
    Gate(usize),
    /// A gate's condition failed though nothing it reads is missing.
    Broken(usize),
    /// The list of gates ends in a person.
    GatesEnd,
    /// The application is outside what the product allows.
    Bound(Bound),
    /// A field that the product reads is missing.
    Missing(usize),
    /// The grade is not accepted.
    Grade(Outcome),
    /// A cap gives no amount though nothing it reads is missing.
    Cap(usize),
    /// A cap leaves less than the product's least amount.
    Line(usize),
    /// No authority is enough.
    Authority,
}

/// Which bound of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Least,
    Most,
    Shortest,
    Longest,
    Purpose,
}

/// What sets the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    Requested,
    Product,
    Cap(usize),
}

/// Everything that the rules say of a frame.
#[derive(Clone, Debug)]
pub(crate) struct Evaluation<'r> {
    pub outcome: Outcome,
    pub blocks: Vec<Block>,
    pub stage: Option<&'r str>,
    pub seat: &'r Seat,
    pub card: &'r Card,
    pub graded: &'r Graded,
    pub score: i32,
    pub best: i32,
    pub pd: i64,
    pub grade: usize,
    /// What the rules would lend, where every cap is known.
    pub line: Option<i64>,
    pub binding: Binding,
    pub rate: Option<i64>,
    /// The steps of the price that hold.
    pub steps: Vec<usize>,
    /// The authority that is enough.
    pub level: Option<usize>,
}

/// A product with everything that it names, looked up.
#[derive(Debug)]
pub(crate) struct Prepared<'r> {
    pub rules: &'r Rules,
    pub product: &'r ReadyProduct,
    pub gates: &'r Gates,
    pub layout: &'r Layout,
    stages: Option<(&'r Stages, &'r std::collections::BTreeMap<String, String>)>,
    seats: Vec<(&'r Card, &'r Graded, &'r Seat)>,
}

impl Rules {
    /// The card of a row under a product, and the stage that chose it.
    pub(crate) fn chosen_card(&self, product: &ReadyProduct, row: &[Value]) -> Result<(Option<String>, &Card)> {
        match (&product.entry.card, &product.entry.by_stage) {
            (None, Some(by)) => {
                let stage = self.stage_rule(&by.rule)?.stage(row);
                let card = stage.and_then(|s| by.cards.get(s)).unwrap_or(&by.unknown);
                Ok((stage.map(str::to_owned), self.card(card)?))
            }
            (card, _) => Ok((None, self.card(card.as_deref().unwrap_or(""))?)),
        }
    }
}

impl<'r> Prepared<'r> {
    pub fn new(rules: &'r Rules, product: &str) -> Result<Self> {
        let lost = || crate::policy::internal("a product without a layout");
        let product = rules.product(product)?;
        let layout = rules.layouts.get(&product.entry.code).ok_or_else(lost)?;
        let by_stage = product.entry.by_stage.as_ref();
        let rule = layout.stages.and_then(|i| rules.stages.get(i));
        let seat = |seat: &'r Seat| Some((rules.cards.get(seat.card)?, rules.scales.get(seat.scale)?, seat));
        Ok(Self {
            rules,
            product,
            gates: rules.gates.get(layout.gates).ok_or_else(lost)?,
            layout,
            stages: rule.zip(by_stage).map(|(rule, by)| (rule, &by.cards)),
            seats: layout.seats.iter().map(seat).collect::<Option<_>>().ok_or_else(lost)?,
        })
    }

    /// The seat of a card.
    pub fn seat_of(&self, card: &str) -> Option<&'r Seat> {
        self.seats.iter().find(|(c, ..)| c.entry.code == card).map(|(.., seat)| *seat)
    }

    /// Whether the stage may be another when these fields change.
    pub fn reads_stage(&self, changed: &[usize]) -> bool {
        self.stages.is_some_and(|(stages, _)| stages.ready.iter().any(|r| touched(&r.reads, changed)))
    }

    fn seat(&self, row: &[Value], since: Option<Since<'_, 'r>>) -> Option<(Option<&'r str>, usize)> {
        let Some((stages, cards)) = self.stages else { return Some((None, 0)) };
        let stage = match since {
            Some(since) if !self.reads_stage(since.changed) => since.before.stage,
            _ => stages.stage(row),
        };
        let code = stage.and_then(|s| cards.get(s));
        let found = code.and_then(|code| self.seats.iter().position(|(c, ..)| c.entry.code == *code));
        Some((stage, found.or(self.seats.len().checked_sub(1))?))
    }

    /// Evaluates. There is a cell for each field.
    pub fn evaluate(&self, cells: &[Cell]) -> Result<Evaluation<'r>> {
        self.work(&mut Frame::new(self.rules, cells), None)
    }

    /// What the parts give on a frame that was just evaluated.
    pub fn parts(&self, frame: &Frame, before: &Evaluation<'r>) -> Parts {
        let Evaluation { card, seat, .. } = before;
        let cap = |i: usize| self.cap(i, frame);
        Parts {
            points: card.parts.iter().map(|p| p.both(&frame.cells)).collect(),
            gates: self.gates.ready.iter().map(|g| g.holds(&frame.row)).collect(),
            caps: (0..self.product.caps.len()).map(cap).collect(),
            steps: self.product.steps.iter().map(|(s, _)| s.holds(&frame.row)).collect(),
            complete: !seat.reads.iter().any(|f| missing(&frame.cells, *f)),
        }
    }

    /// Evaluates a frame: all of it, or what reads the cells that changed.
    pub fn work(&self, frame: &mut Frame, since: Option<Since<'_, 'r>>) -> Result<Evaluation<'r>> {
        let lost = || crate::policy::internal("a product without a card");
        let (stage, at) = self.seat(&frame.row, since).ok_or_else(lost)?;
        let (card, graded, seat) = *self.seats.get(at).ok_or_else(lost)?;
        let cells = &frame.cells;
        let mut blocks = Vec::new();
        for (i, gate) in self.gates.ready.iter().enumerate() {
            let kept = since.filter(|s| !touched(&gate.reads, s.changed)).and_then(|s| s.parts.gates.get(i));
            match kept.copied().unwrap_or_else(|| gate.holds(&frame.row)) {
                Some(true) => blocks.push(Block::Gate(i)),
                Some(false) => {}
                None if gate.reads.iter().any(|f| missing(cells, *f)) => {}
                None => blocks.push(Block::Broken(i)),
            }
        }
        if self.gates.list.otherwise == Otherwise::Refer {
            blocks.push(Block::GatesEnd);
        }
        blocks.extend(self.bounds(cells).map(Block::Bound));
        let same = since.filter(|s| std::ptr::eq(s.before.card, card));
        let whole = same.is_some_and(|s| s.parts.complete && !s.changed.iter().any(|f| missing(cells, *f)));
        if !whole {
            blocks.extend(seat.reads.iter().filter(|f| missing(cells, **f)).map(|f| Block::Missing(*f)));
        }
        let (score, best) = card.scores(|i, part| {
            let kept = same.filter(|s| !s.changed.contains(&part.field)).and_then(|s| s.parts.points.get(i));
            kept.copied().unwrap_or_else(|| part.both(cells))
        });
        let pd = card.odds.pd(score);
        let grade = graded.of(pd);
        // A refusal must hold whatever a missing value is, just as an approval must: it looks at the best case.
        let complete = whole || card.parts.iter().all(|p| !missing(cells, p.field));
        let judged = if complete { grade } else { graded.of(card.odds.pd(best)) };
        blocks.extend(seat.verdicts.get(judged).copied().unwrap_or(Some(Outcome::Refuse)).map(Block::Grade));
        let scored = self.put(frame, 0, Value::Num(score.into())) | self.put(frame, 1, Value::Num(pd));
        let scored = self.put(frame, 2, graded.text(grade)) | scored;
        // Caps and steps may read the score: then what was kept of them counts no more.
        let since = since.map(|s| (s, scored));
        let (line, binding) = self.line(frame, since, &mut blocks);
        let spread = seat.spreads.get(grade).copied().flatten();
        let (rate, steps) = self.price(frame, since, spread);
        self.put(frame, 3, line.map_or(Value::Null, Value::Num));
        let mut level = None;
        if blocks.is_empty() {
            level = self.product.levels.iter().map(|l| l.holds(&frame.row)).position(|h| h != Some(false));
            let holds = |i: usize| self.product.levels.get(i).is_some_and(|l| l.holds(&frame.row) == Some(true));
            if !level.is_some_and(holds) || rate.is_none() {
                level = None;
                blocks.push(Block::Authority);
            }
        }
        let outcome = match level.and_then(|i| self.product.entry.authority.get(i)) {
            Some(authority) => Outcome::of(authority.level),
            None if blocks.iter().any(|b| self.refuses(*b)) => Outcome::Refuse,
            None => Outcome::Refer,
        };
        Ok(Evaluation {
            outcome,
            blocks,
            stage,
            seat,
            card,
            graded,
            score,
            best,
            pd,
            grade,
            line,
            binding,
            rate,
            steps,
            level,
        })
    }

    /// Puts a value after the fields; whether it is another one.
    fn put(&self, frame: &mut Frame, at: usize, value: Value) -> bool {
        match frame.row.get_mut(frame.cells.len() + at) {
            Some(place) if *place != value => {
                *place = value;
                true
            }
            _ => false,
        }
    }

    /// Whether a block refuses; the others refer.
    pub fn refuses(&self, block: Block) -> bool {
        match block {
            Block::Gate(i) => self.gates.list.gate.get(i).is_some_and(|g| g.outcome == GateOutcome::Refuse),
            Block::Bound(_) | Block::Grade(Outcome::Refuse) | Block::Line(_) => true,
            _ => false,
        }
    }

    fn bounds(&self, cells: &[Cell]) -> impl Iterator<Item = Bound> {
        let value = |at: usize| cells.get(at).and_then(|c| c.known());
        let layout = self.layout;
        let (amount, months, purpose) = (value(layout.amount), value(layout.months), value(layout.purpose));
        let entry = &self.product.entry;
        let code = |lane: i64| {
            let field = self.rules.fields.get(layout.purpose)?;
            field.codes.get(usize::try_from(lane).ok()?).map(|c| &c.code)
        };
        [
            amount.filter(|a| *a < self.product.min).map(|_| Bound::Least),
            amount.filter(|a| *a > self.product.max).map(|_| Bound::Most),
            months.filter(|m| *m < i64::from(entry.tenor.min)).map(|_| Bound::Shortest),
            months.filter(|m| *m > i64::from(entry.tenor.max)).map(|_| Bound::Longest),
            purpose.filter(|p| code(*p).is_none_or(|c| !entry.purposes.contains(c))).map(|_| Bound::Purpose),
        ]
        .into_iter()
        .flatten()
    }

    fn cap(&self, i: usize, frame: &Frame) -> Capped {
        let reads = self.layout.caps.get(i).map(Vec::as_slice).unwrap_or_default();
        if reads.iter().any(|f| *f < frame.cells.len() && missing(&frame.cells, *f)) {
            return Capped::Missing;
        }
        match self.product.caps.get(i).map(|(_, program)| program.eval(&frame.row)) {
            Some(Ok(Value::Num(cap))) => Capped::At(cap),
            _ => Capped::Broken,
        }
    }

    /// The least of what is asked for, the product's most and every cap, rounded down to the unit.
    fn line(
        &self,
        frame: &Frame,
        since: Option<(Since<'_, 'r>, bool)>,
        blocks: &mut Vec<Block>,
    ) -> (Option<i64>, Binding) {
        let asked = frame.cells.get(self.layout.amount).and_then(|c| c.known());
        let (mut line, mut binding) = match asked {
            Some(asked) if asked <= self.product.max => (asked, Binding::Requested),
            _ => (self.product.max, Binding::Product),
        };
        let rounded = |line: i64| line.max(0) / self.product.unit * self.product.unit;
        let mut known = asked.is_some();
        for (i, reads) in self.layout.caps.iter().enumerate() {
            let kept = since.filter(|s| stands(*s, reads, frame.cells.len())).and_then(|(s, _)| s.parts.caps.get(i));
            let cap = match kept.copied().unwrap_or_else(|| self.cap(i, frame)) {
                Capped::At(cap) => cap,
                Capped::Broken => {
                    blocks.push(Block::Cap(i));
                    known = false;
                    continue;
                }
                Capped::Missing => {
                    known = false;
                    continue;
                }
            };
            // What one cap leaves too little of stays too little, whatever the others are and whatever was asked for:
            // else asking for more would remove one obstacle and raise another.
            if rounded(cap) < self.product.min {
                blocks.push(Block::Line(i));
            }
            if cap < line {
                (line, binding) = (cap, Binding::Cap(i));
            }
        }
        (known.then_some(rounded(line)), binding)
    }

    fn price(
        &self,
        frame: &Frame,
        since: Option<(Since<'_, 'r>, bool)>,
        spread: Option<i64>,
    ) -> (Option<i64>, Vec<usize>) {
        let base = frame.cells.get(self.layout.lpr).and_then(|c| c.known()).zip(spread);
        let mut rate = base.and_then(|(lpr, spread)| lpr.checked_add(spread));
        let mut steps = Vec::new();
        for (i, (step, by)) in self.product.steps.iter().enumerate() {
            let kept = since.filter(|s| stands(*s, &step.reads, frame.cells.len()));
            let kept = kept.and_then(|(s, _)| s.parts.steps.get(i));
            match kept.copied().unwrap_or_else(|| step.holds(&frame.row)) {
                Some(true) => {
                    rate = rate.and_then(|r| r.checked_add(*by));
                    steps.push(i);
                }
                Some(false) => {}
                None => rate = None,
            }
        }
        (rate.map(|r| r.clamp(self.product.floor, self.product.ceiling)), steps)
    }
}
