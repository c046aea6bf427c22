//! What an evaluation works on, and what it can keep while a few cells change.

use huoshui_formula::Value;

use super::evaluate::Evaluation;
use crate::rules::Rules;
use crate::value::Cell;

/// The cells of an application, and the same as values for formulas, with room for score, probability of default, grade
/// and line after them.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub cells: Vec<Cell>,
    pub row: Vec<Value>,
}

impl Frame {
    pub fn new(rules: &Rules, cells: &[Cell]) -> Self {
        Self::of(rules, cells.to_vec())
    }

    /// The same of cells that nobody else needs.
    pub fn of(rules: &Rules, cells: Vec<Cell>) -> Self {
        let mut row = Vec::with_capacity(cells.len() + 4);
        row.extend(cells.iter().enumerate().map(|(i, c)| rules.value(i, *c)));
        row.resize(cells.len() + 4, Value::Null);
        Self { cells, row }
    }
}

/// What the parts of a product gave on a frame, to be kept while other cells change.
#[derive(Debug)]
pub(crate) struct Parts {
    /// Of each part of the card its points, and the best they could be.
    pub points: Vec<(i32, i32)>,
    pub gates: Vec<Option<bool>>,
    pub caps: Vec<Capped>,
    pub steps: Vec<Option<bool>>,
    /// Whether nothing that is read was missing.
    pub complete: bool,
}

/// What a cap gave.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Capped {
    /// A field that it reads is missing.
    Missing,
    /// No amount, though nothing that it reads is missing.
    Broken,
    /// This amount, fen.
    At(i64),
}

/// A frame that was evaluated, and which of its cells changed since.
#[derive(Clone, Copy)]
pub(crate) struct Since<'a, 'r> {
    pub before: &'a Evaluation<'r>,
    pub parts: &'a Parts,
    pub changed: &'a [usize],
}

/// Whether any of what is read changed.
pub(super) fn touched(reads: &[usize], changed: &[usize]) -> bool {
    changed.iter().any(|c| reads.contains(c))
}

/// Whether what was kept still counts: nothing that it reads changed, the score neither if it reads that.
pub(super) fn stands((since, scored): (Since<'_, '_>, bool), reads: &[usize], fields: usize) -> bool {
    let reads_score = reads.iter().any(|i| *i >= fields);
    !touched(reads, since.changed) && (!scored || !reads_score)
}

/// Whether a field has no value.
pub(super) fn missing(cells: &[Cell], field: usize) -> bool {
    !matches!(cells.get(field), Some(Cell::Known(_)))
}
