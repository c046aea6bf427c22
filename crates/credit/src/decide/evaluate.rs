//! One evaluation of a product's rules on a frame of cells: no reasons yet, a few microseconds.

use huoshui_formula::Value;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

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

/// A product with everything that it names, looked up once.
#[derive(Debug)]
pub(crate) struct Prepared<'r> {
    pub rules: &'r Rules,
    pub product: &'r ReadyProduct,
    pub gates: &'r Gates,
    stages: Option<(&'r Stages, &'r std::collections::BTreeMap<String, String>)>,
    /// Cards with their scales and all that the product reads when the card is chosen; the last is for no stage.
    cards: Vec<(&'r Card, &'r Graded, Vec<usize>)>,
    pub amount: usize,
    pub months: usize,
    pub purpose: usize,
    pub lpr: usize,
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
        let product = rules.product(product)?;
        let gates = rules.gate_list(&product.entry.gates)?;
        let mut codes: Vec<&str> = Vec::new();
        let mut stages = None;
        if let Some(by) = &product.entry.by_stage {
            stages = Some((rules.stage_rule(&by.rule)?, &by.cards));
            codes.extend(by.cards.values().map(String::as_str));
            codes.push(&by.unknown);
        }
        codes.extend(product.entry.card.as_deref());
        let at = |code: &str| rules.index.get(code).copied().unwrap_or(usize::MAX);
        let (amount, months, purpose, lpr) = (at("apply_amount"), at("apply_months"), at("apply_purpose"), at("lpr"));
        let mut common: Vec<usize> = vec![amount, months, purpose, lpr];
        common.extend(gates.ready.iter().flat_map(|r| r.reads.iter().copied()));
        common.extend(stages.iter().flat_map(|(s, _)| s.ready.iter().flat_map(|r| r.reads.iter().copied())));
        common.extend(product.caps.iter().flat_map(|(e, _)| e.columns()));
        common.extend(product.steps.iter().flat_map(|(r, _)| r.reads.iter().copied()));
        common.extend(product.levels.iter().flat_map(|r| r.reads.iter().copied()));
        let mut cards = Vec::with_capacity(codes.len());
        for code in codes {
            let card = rules.card(code)?;
            let mut reads = common.clone();
            reads.extend(card.parts.iter().map(|p| p.field));
            // Score, grade and line are worked out here; only fields can be missing.
            reads.retain(|i| *i < rules.fields.len());
            reads.sort_unstable();
            reads.dedup();
            cards.push((card, rules.scale(&card.entry.scale)?, reads));
        }
        Ok(Self { rules, product, gates, stages, cards, amount, months, purpose, lpr })
    }

    /// What the product reads of a firm whose card is this.
    pub fn reads(&self, card: &str) -> &[usize] {
        self.cards.iter().find(|(c, ..)| c.entry.code == card).map_or(&[], |(.., reads)| reads)
    }

    fn card(&self, row: &[Value]) -> Option<(Option<&'r str>, &(&'r Card, &'r Graded, Vec<usize>))> {
        let Some((stages, cards)) = self.stages else { return Some((None, self.cards.first()?)) };
        let stage = stages.stage(row);
        let code = stage.and_then(|s| cards.get(s));
        let found = code.and_then(|code| self.cards.iter().find(|(c, ..)| c.entry.code == *code));
        Some((stage, found.or(self.cards.last())?))
    }

    /// Evaluates. The frame holds a cell for each field.
    pub fn evaluate(&self, cells: &[Cell]) -> Result<Evaluation<'r>> {
        let lost = || crate::policy::internal("a product without a card");
        let mut row = self.rules.row(cells);
        let (stage, (card, graded, reads)) = self.card(&row).ok_or_else(lost)?;
        let mut blocks = Vec::new();
        for (i, gate) in self.gates.ready.iter().enumerate() {
            match gate.holds(&row) {
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
        blocks.extend(reads.iter().filter(|f| missing(cells, **f)).map(|f| Block::Missing(*f)));
        let (score, best) = (card.score(cells), card.best(cells));
        let pd = card.odds.pd(score);
        let grade = graded.of(pd);
        // A refusal must hold whatever a missing value is, just as an approval must: it looks at the best case.
        let complete = card.parts.iter().all(|p| !missing(cells, p.field));
        let verdict = self.verdict(graded, if complete { grade } else { graded.of(card.odds.pd(best)) });
        blocks.extend(verdict.map(Block::Grade));
        let name: &str = graded.grade(grade).map_or("", |g| &g.code);
        row.extend([Value::Num(score.into()), Value::Num(pd), Value::Text(name.into())]);
        let (line, binding) = self.line(cells, &row, &mut blocks);
        let (rate, steps) = self.price(cells, &row, name);
        row.push(line.map_or(Value::Null, Value::Num));
        let mut level = None;
        if blocks.is_empty() {
            level = self.product.levels.iter().map(|l| l.holds(&row)).position(|h| h != Some(false));
            let enough = level.and_then(|i| self.product.levels.get(i)).is_some_and(|l| l.holds(&row) == Some(true));
            if !enough || rate.is_none() {
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
        let (amount, months, purpose) = (value(self.amount), value(self.months), value(self.purpose));
        let entry = &self.product.entry;
        let code = |lane: i64| {
            let field = self.rules.fields.get(self.purpose)?;
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

    fn verdict(&self, graded: &Graded, grade: usize) -> Option<Outcome> {
        let entry = &self.product.entry;
        match graded.grade(grade) {
            Some(g) if entry.accept.contains(&g.code) => None,
            Some(g) if entry.refer.contains(&g.code) => Some(Outcome::Refer),
            _ => Some(Outcome::Refuse),
        }
    }

    /// The least of what is asked for, the product's most and every cap, rounded down to the unit.
    fn line(&self, cells: &[Cell], row: &[Value], blocks: &mut Vec<Block>) -> (Option<i64>, Binding) {
        let asked = cells.get(self.amount).and_then(|c| c.known());
        let (mut line, mut binding) = match asked {
            Some(asked) if asked <= self.product.max => (asked, Binding::Requested),
            _ => (self.product.max, Binding::Product),
        };
        let rounded = |line: i64| line.max(0) / self.product.unit * self.product.unit;
        let mut known = asked.is_some();
        for (i, (expr, program)) in self.product.caps.iter().enumerate() {
            if expr.columns().into_iter().any(|f| f < cells.len() && missing(cells, f)) {
                known = false;
                continue;
            }
            let Ok(Value::Num(cap)) = program.eval(row) else {
                blocks.push(Block::Cap(i));
                known = false;
                continue;
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

    fn price(&self, cells: &[Cell], row: &[Value], grade: &str) -> (Option<i64>, Vec<usize>) {
        let base = cells.get(self.lpr).and_then(|c| c.known()).zip(self.product.spread(grade));
        let mut rate = base.and_then(|(lpr, spread)| lpr.checked_add(spread));
        let mut steps = Vec::new();
        for (i, (step, by)) in self.product.steps.iter().enumerate() {
            match step.holds(row) {
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

pub(crate) fn missing(cells: &[Cell], field: usize) -> bool {
    !matches!(cells.get(field), Some(Cell::Known(_)))
}
