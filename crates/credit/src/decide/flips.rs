//! What would change the outcome: values tried one by one, each by an evaluation of all that hangs on it. A flip is only
//! ever said if trying it showed that it is true.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use huoshui_formula::{Expr, Node, Value};
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use super::evaluate::{Evaluation, Outcome, Prepared};
use super::frame::{Frame, Parts, Since};
use crate::value::{Cell, Field, Kind, WAN};

/// How a change helps, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The outcome is better.
    Outcome,
    /// Fewer things stand in the way, though others still do.
    Obstacle,
    /// The score is higher.
    Score,
    /// The line is larger or the rate lower.
    Terms,
}

/// A change that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tried {
    pub field: usize,
    pub to: i64,
    pub effect: Effect,
    pub outcome: Outcome,
    pub score: i32,
    pub line: Option<i64>,
    pub rate: Option<i64>,
}

/// How one evaluation is better than another; None where it is not.
pub(crate) fn effect(before: &Evaluation<'_>, after: &Evaluation<'_>) -> Option<Effect> {
    if after.outcome < before.outcome {
        return Some(Effect::Outcome);
    }
    if after.outcome > before.outcome || after.blocks.len() > before.blocks.len() {
        return None;
    }
    if after.blocks.len() < before.blocks.len() {
        return Some(Effect::Obstacle);
    }
    if after.score > before.score {
        return Some(Effect::Score);
    }
    let more = matches!((before.line, after.line), (Some(a), Some(b)) if b > a);
    let cheaper = matches!((before.rate, after.rate), (Some(a), Some(b)) if b < a);
    let worse = matches!((before.line, after.line), (Some(a), Some(b)) if b < a)
        || matches!((before.rate, after.rate), (Some(a), Some(b)) if b > a);
    ((more || cheaper) && !worse && after.score == before.score).then_some(Effect::Terms)
}

/// Tries changes of a frame.
pub(crate) struct Search<'a, 'r> {
    prepared: &'a Prepared<'r>,
    pub cells: Vec<Cell>,
    before: &'a Evaluation<'r>,
    parts: Parts,
    /// Whether flips are looked for among what people would say, as since the second edition.
    plain: bool,
    work: RefCell<Work<'r>>,
}

/// Room to try in, and what was tried.
struct Work<'r> {
    /// As it was evaluated, between two trials.
    frame: Frame,
    /// What stands after the fields of that frame.
    tail: Vec<Value>,
    changed: Vec<usize>,
    /// By field and the key of the value ([`super::layout::Layout::key`]): several reasons ask for the same.
    tried: HashMap<(usize, i64), Rc<Evaluation<'r>>, Spread>,
}

/// Hashes what was tried: numbers that nobody from outside chooses to collide.
type Spread = std::hash::BuildHasherDefault<Mix>;

#[derive(Default)]
struct Mix(u64);

impl std::hash::Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u64(u64::from(*b)));
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = (self.0.rotate_left(5) ^ n).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    fn write_i64(&mut self, n: i64) {
        self.write_u64(n.cast_unsigned());
    }
}

/// The most values tried for one field; evaluations take less than a microsecond.
const MOST: usize = 256;

impl<'a, 'r> Search<'a, 'r> {
    /// Around the evaluation of this frame, as that left it.
    pub fn new(prepared: &'a Prepared<'r>, frame: Frame, before: &'a Evaluation<'r>, plain: bool) -> Self {
        let parts = prepared.parts(&frame, before);
        let cells = frame.cells.clone();
        let tail = frame.row.get(cells.len()..).map(<[_]>::to_vec).unwrap_or_default();
        let work =
            Work { frame, tail, changed: Vec::new(), tried: HashMap::with_capacity_and_hasher(48, Spread::default()) };
        Self { prepared, cells, before, parts, plain, work: RefCell::new(work) }
    }

    /// The evaluation if a field had this value, with what follows from it.
    fn after(&self, field: usize, to: i64) -> Result<Rc<Evaluation<'r>>> {
        let mut work = self.work.borrow_mut();
        let work = &mut *work;
        let key = (field, self.prepared.layout.key(field, to));
        if let Some(known) = work.tried.get(&key) {
            return Ok(Rc::clone(known));
        }
        work.changed.clear();
        self.prepared.rules.change(&mut work.frame, field, Cell::Known(to), &mut work.changed);
        let since = Since { before: self.before, parts: &self.parts, changed: &work.changed };
        let done = self.prepared.work(&mut work.frame, Some(since));
        for at in &work.changed {
            if let (Some(cell), Some(old)) = (work.frame.cells.get_mut(*at), self.cells.get(*at)) {
                *cell = *old;
            }
            if let (Some(value), Some(old)) = (work.frame.row.get_mut(*at), self.cells.get(*at)) {
                *value = self.prepared.rules.value(*at, *old);
            }
        }
        for (value, old) in work.frame.row.iter_mut().skip(self.cells.len()).zip(&work.tail) {
            value.clone_from(old);
        }
        let done = Rc::new(done?);
        work.tried.insert(key, Rc::clone(&done));
        Ok(done)
    }

    /// The strongest effect that a change of this field can have.
    pub fn promise(&self, field: usize) -> Effect {
        self.prepared.promise(self.before, field)
    }

    fn field(&self, at: usize) -> Option<&'r Field> {
        self.prepared.rules.fields.get(at)
    }

    fn attempt(&self, field: usize, to: i64, wanted: &dyn Fn(&Evaluation<'r>) -> bool) -> Result<Option<Tried>> {
        if self.cells.get(field) == Some(&Cell::Known(to)) || !self.possible(field, to) {
            return Ok(None);
        }
        let after = self.after(field, to)?;
        Ok(effect(self.before, &after).filter(|_| wanted(after.as_ref())).map(|effect| Tried {
            field,
            to,
            effect,
            outcome: after.outcome,
            score: after.score,
            line: after.line,
            rate: after.rate,
        }))
    }

    /// The change of this field that helps most; of those that help alike the smallest, or, where the field is missing,
    /// the one with the highest score.
    pub fn best(
        &self,
        field: usize,
        exprs: &[&Expr],
        wanted: &dyn Fn(&Evaluation<'r>) -> bool,
    ) -> Result<Option<Tried>> {
        let mut all = self.candidates(field, exprs);
        if let Some(Cell::Known(from)) = self.cells.get(field) {
            // The smallest change first: once nothing stronger can come, nothing better can.
            all.sort_unstable_by_key(|to| (to.abs_diff(*from), *to));
            let most = self.promise(field);
            let mut found: Option<Tried> = None;
            for to in all {
                let tried = self.attempt(field, to, wanted)?;
                found = match (tried, found) {
                    (Some(tried), Some(old)) if tried.effect >= old.effect => Some(old),
                    (Some(tried), _) => Some(tried),
                    (None, old) => old,
                };
                if found.is_some_and(|f| f.effect <= most) {
                    break;
                }
            }
            return found.map_or_else(|| self.bisected(field, wanted), |f| Ok(Some(f)));
        }
        let mut found: Option<Tried> = None;
        for to in all {
            let Some(tried) = self.attempt(field, to, wanted)? else { continue };
            if found.is_none_or(|old| (tried.effect, -tried.score) < (old.effect, -old.score)) {
                found = Some(tried);
            }
        }
        Ok(found)
    }

    /// The values at which something compared with the field turns: constants and other values in the formulas, the
    /// card's edges, and one step to either side.
    fn candidates(&self, at: usize, exprs: &[&Expr]) -> Vec<i64> {
        let Some(field) = self.field(at) else { return Vec::new() };
        let mut all = match field.kind {
            Kind::Flag => vec![0, 1],
            Kind::Code => (0..).take(field.codes.len()).collect(),
            _ => {
                let mut turns = vec![0];
                exprs.iter().for_each(|e| self.turns(e, field, &mut turns));
                if let Some(part) = self.before.card.parts.iter().find(|p| p.field == at) {
                    turns.extend(&part.edges);
                }
                let step = self.step(at, field);
                if self.cells.get(at).is_none_or(|c| c.known().is_none()) {
                    // Nothing to widen from: look at every size that a value may have.
                    turns.extend((0..45).map(|k| step << k));
                }
                let grid = self.plain && (at == self.prepared.layout.amount || field.kind == Kind::Ratio);
                let around = |t: i64| {
                    // What a person would ask for or speak of lies on the grid, on either side of where it turns.
                    let (low, high) = if grid { (floor(t, step), ceiling(t, step)) } else { (t, t) };
                    [low, high, low.saturating_sub(step), high.saturating_add(step)]
                };
                turns.iter().flat_map(|t| around(*t)).collect()
            }
        };
        all.sort_unstable();
        all.dedup();
        all.retain(|to| self.possible(at, *to));
        all.truncate(MOST);
        all
    }

    /// Whether a firm may have this value: nobody is told what would be if something had happened minus one times, or in
    /// thirteen months of twelve.
    fn possible(&self, at: usize, to: i64) -> bool {
        let field = self.field(at);
        (to >= 0 || field.is_some_and(|f| f.negative)) && field.and_then(|f| f.most).is_none_or(|most| to <= most)
    }

    /// The least change that a person would speak of; of the amount applied for the product's unit.
    fn step(&self, at: usize, field: &Field) -> i64 {
        if self.plain && at == self.prepared.layout.amount { self.prepared.product.unit } else { field.kind.step() }
    }

    fn turns(&self, expr: &Expr, field: &Field, into: &mut Vec<i64>) {
        match &expr.node {
            Node::Const(Value::Num(n)) if expr.ty == field.kind.ty() => into.push(*n),
            Node::Column(i) if expr.ty == field.kind.ty() => into.extend(self.cells.get(*i).and_then(|c| c.known())),
            _ => {}
        }
        expr.children().into_iter().for_each(|c| self.turns(c, field, into));
    }

    /// Whether any value of a field that is only ever compared with constants can help; of other fields that is not known
    /// beforehand. Values between two constants are all alike: one of them tells.
    fn turns_help(&self, at: usize, wanted: &dyn Fn(&Evaluation<'r>) -> bool) -> Result<bool> {
        let Some(Some(turns)) = self.prepared.layout.turns.get(at) else { return Ok(true) };
        let below = turns.first().map(|t| t.saturating_sub(1));
        for to in below.into_iter().chain(turns.iter().flat_map(|t| [*t, t.saturating_add(1)])) {
            let after = self.after(at, to)?;
            if effect(self.before, &after).is_some() && wanted(&after) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Where a formula computes with the field no constant shows the turn: widen from the value until something helps,
    /// then close in on the smallest change that does.
    fn bisected(&self, at: usize, wanted: &dyn Fn(&Evaluation<'r>) -> bool) -> Result<Option<Tried>> {
        let (Some(field), Some(Cell::Known(from))) = (self.field(at), self.cells.get(at)) else { return Ok(None) };
        if matches!(field.kind, Kind::Flag | Kind::Code) || !self.turns_help(at, wanted)? {
            return Ok(None);
        }
        let step = match field.kind {
            Kind::Money if self.plain && from.saturating_abs() >= LARGE => self.step(at, field).max(WAN),
            _ => self.step(at, field),
        };
        // On the grid, so that what is said is plain and still what was tried.
        let value = |k: i64, sign: i64| {
            let base = match sign {
                _ if !self.plain => *from,
                1 => floor(*from, step),
                _ => ceiling(*from, step),
            };
            base.saturating_add(sign.saturating_mul(k).saturating_mul(step))
        };
        for sign in [1, -1] {
            let (mut low, mut high) = (0_i64, 1_i64);
            let mut found = self.attempt(at, value(high, sign), wanted)?;
            while found.is_none() && high < 1 << 40 {
                (low, high) = (high, high * 2);
                found = self.attempt(at, value(high, sign), wanted)?;
            }
            if found.is_none() {
                continue;
            }
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                match self.attempt(at, value(middle, sign), wanted)? {
                    Some(tried) => (high, found) = (middle, Some(tried)),
                    None => low = middle,
                }
            }
            return Ok(found);
        }
        Ok(None)
    }
}

/// From here on an amount is spoken of in 万元: a million yuan.
const LARGE: i64 = 100 * WAN;

/// The multiple of a step at or below a value …
fn floor(value: i64, step: i64) -> i64 {
    value.saturating_sub(value.checked_rem_euclid(step).unwrap_or_default())
}

/// … and at or above it.
fn ceiling(value: i64, step: i64) -> i64 {
    let low = floor(value, step);
    if low == value { value } else { low.saturating_add(step) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases::case_inputs;
    use crate::embedded::CASES;
    use crate::rules::Policies;

    /// Around every case of every product: each field moved to each value at which something turns, a step beside it and
    /// far from it, in one search after another. What the search says must be what a whole evaluation says.
    #[test]
    fn a_trial_is_what_a_whole_evaluation_gives() {
        let policies = Policies::embedded().unwrap();
        let cases = CASES.iter().filter(|(file, _)| file.starts_with("products/"));
        let (mut same, mut other) = (0, 0);
        for case in cases.flat_map(|(file, text)| case_inputs(&policies, file, text).unwrap()) {
            let rules = policies.on(case.date).unwrap();
            let prepared = Prepared::new(&rules, &case.inputs.request.product).unwrap();
            let (cells, before) = rules.evaluated(&prepared, &case.inputs).unwrap();
            let mut frame = Frame::new(&rules, &cells);
            prepared.work(&mut frame, None).unwrap();
            let search = Search::new(&prepared, frame, &before, true);
            for field in 0..cells.len() {
                let known = &rules.fields[field];
                let mut values: Vec<i64> = match known.kind {
                    Kind::Flag => vec![0, 1],
                    Kind::Code => (0..).take(known.codes.len()).collect(),
                    kind => [0, 1, 90, 1 << 40].map(|n: i64| n.saturating_mul(kind.step())).to_vec(),
                };
                if !matches!(known.kind, Kind::Flag | Kind::Code) {
                    let turns = prepared.layout.turns[field].iter().flatten();
                    values.extend(
                        turns.flat_map(|t| {
                            [t.saturating_sub(known.kind.step()), *t, t.saturating_add(known.kind.step())]
                        }),
                    );
                }
                for to in values {
                    let mut changed = cells.clone();
                    rules.set(&mut changed, field, Cell::Known(to));
                    let (whole, tried) = (prepared.evaluate(&changed).unwrap(), search.after(field, to).unwrap());
                    let said = |e: &Evaluation<'_>| {
                        let name = (e.card.entry.code.clone(), e.stage.map(str::to_owned));
                        let terms = (e.line, e.binding, e.rate, e.steps.clone(), e.level);
                        (name, e.outcome, e.blocks.clone(), (e.score, e.best, e.pd, e.grade), terms)
                    };
                    assert_eq!(said(&tried), said(&whole), "{}: {} at {to}", case.name, known.code);
                    let promise = prepared.promise(&before, field);
                    assert!(effect(&before, &whole).is_none_or(|e| e >= promise), "{}: {}", case.name, known.code);
                    if said(&whole) == said(&before) { same += 1 } else { other += 1 }
                }
            }
        }
        assert!(same > 10_000 && other > 10_000, "{same} {other}");
    }
}
