//! Scores of millions of firms: column blocks, no branch on a value.
//!
//! A block's scores stay in the first cache while one column after the other adds its points. Points are a sum over the
//! edges that a value has passed, each a comparison turned into a mask, so that the compiler can use the widest
//! registers there are; a missing value's mask takes the sum's place by the missing points.

use arrow_array::{Array, Int64Array};
use huoshui_kernel::fault::{Fault, Result};
use rayon::prelude::*;

use super::{Card, ReadyPart};
use crate::faults;
use crate::table::Lane;

/// Rows at a time: scores and one column's values fit the first cache.
const BLOCK: usize = 2_048;

/// A column of a card, in the order of its parts.
#[derive(Clone, Copy, Debug)]
pub enum Column<'a> {
    /// Arrow: null is missing.
    Arrow(&'a Int64Array),
    /// A lane of a table.
    Lane(&'a Lane),
}

impl Column<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Arrow(array) => array.len(),
            Self::Lane(lane) => lane.values.len(),
        }
    }
}

/// A part as the loop wants it.
struct Steps {
    first: i32,
    missing: i32,
    /// (edge, what the points change by from there on).
    steps: Vec<(i64, i32)>,
}

impl Steps {
    fn new(part: &ReadyPart) -> Self {
        let first = part.points.first().copied().unwrap_or(part.missing);
        let deltas = part.points.windows(2).map(|w| if let [a, b] = w { b - a } else { 0 });
        // An edge that changes nothing costs as much as one that does.
        let steps = part.edges.iter().copied().zip(deltas).filter(|(_, delta)| *delta != 0).collect();
        Self { first, missing: part.missing, steps }
    }

    fn points(&self, values: &[i64], points: &mut [i32]) {
        points.fill(self.first);
        let mut pairs = self.steps.chunks_exact(2);
        for pair in &mut pairs {
            let [(a, x), (b, y)] = pair else { continue };
            for (value, points) in values.iter().zip(points.iter_mut()) {
                *points += (x & -i32::from(value >= a)) + (y & -i32::from(value >= b));
            }
        }
        for (edge, delta) in pairs.remainder() {
            for (value, points) in values.iter().zip(points.iter_mut()) {
                *points += delta & -i32::from(value >= edge);
            }
        }
    }

    /// Puts the missing points where a value is not known.
    fn mend(&self, known: impl Iterator<Item = bool>, points: &mut [i32]) {
        for (points, known) in points.iter_mut().zip(known) {
            let mask = -i32::from(known);
            *points = (*points & mask) | (self.missing & !mask);
        }
    }
}

/// The scores of all rows, on all cores. Columns come in the order of the card's parts and have one length; otherwise it
/// is the fault `credit.source_shape`. The same as [`Card::score`] row by row.
pub fn score_all(card: &Card, columns: &[Column<'_>]) -> Result<Vec<i32>> {
    let rows = columns.first().map_or(0, Column::len);
    if columns.len() != card.parts.len() || columns.iter().any(|c| c.len() != rows) {
        return Err(Fault::new(&faults::SOURCE)
            .with("resource", &card.entry.code)
            .with("column", columns.len())
            .with("zh", format_args!("行数或列数不符：{}", rows))
            .with("en", format_args!("rows or columns do not agree: {}", rows)));
    }
    let steps: Vec<Steps> = card.parts.iter().map(Steps::new).collect();
    let mut scores = vec![card.entry.start; rows];
    scores.par_chunks_mut(BLOCK).enumerate().for_each(|(block, scores)| {
        let mut room = [0_i32; BLOCK];
        let at = block * BLOCK;
        let rows = scores.len();
        let Some(points) = room.get_mut(..rows) else { return };
        for (steps, column) in steps.iter().zip(columns) {
            match column {
                Column::Arrow(array) => {
                    let Some(values) = array.values().get(at..at + rows) else { return };
                    steps.points(values, points);
                    if let Some(nulls) = array.nulls().filter(|n| n.null_count() > 0) {
                        steps.mend((at..at + rows).map(|row| nulls.is_valid(row)), points);
                    }
                }
                Column::Lane(lane) => {
                    let (Some(values), Some(why)) = (lane.values.get(at..at + rows), lane.why.get(at..at + rows))
                    else {
                        return;
                    };
                    steps.points(values, points);
                    steps.mend(why.iter().map(|w| *w == 0), points);
                }
            }
            for (score, points) in scores.iter_mut().zip(&*points) {
                *score += points;
            }
        }
    });
    Ok(scores)
}
