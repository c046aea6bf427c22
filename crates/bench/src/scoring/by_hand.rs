//! What somebody would write for this one card and no other: edges and points are constants of the program.

use arrow_array::{Array, Int64Array};
use rayon::prelude::*;

/// Rows at a time, so that scores stay in the first cache.
const BLOCK: usize = 2_048;

/// The scores of all rows on all cores; None where the columns are not those of the card.
pub(super) fn score(columns: &[Int64Array], start: i32, scores: &mut [i32]) -> Option<()> {
    scores.par_chunks_mut(BLOCK).enumerate().map(|(i, scores)| block(columns, i * BLOCK, start, scores)).collect()
}

fn block(columns: &[Int64Array], at: usize, start: i32, scores: &mut [i32]) -> Option<()> {
    scores.fill(start);
    // firm_age_months
    add(columns.first()?, at, [24, 60, 120], [15, 10, 7], (-10, -20), scores)?;
    // revenue_12m
    add(columns.get(1)?, at, [200_000_000, 1_000_000_000, 5_000_000_000], [20, 17, 13], (-25, -30), scores)?;
    // revenue_growth
    add(columns.get(2)?, at, [-200_000_000_000, 0, 150_000_000_000], [22, 18, 12], (-30, -30), scores)?;
    // revenue_swing
    add(
        columns.get(3)?,
        at,
        [500_000_000_000, 1_200_000_000_000, 2_500_000_000_000],
        [-9, -11, -10],
        (15, -15),
        scores,
    )?;
    // tax_late_quarters_12m
    add(columns.get(4)?, at, [1, 2], [-17, -20], (12, -25), scores)?;
    // headcount_growth
    add(columns.get(5)?, at, [-150_000_000_000, 0, 100_000_000_000], [15, 11, 7], (-18, -18), scores)?;
    // social_arrears_months_12m
    add(columns.get(6)?, at, [1, 3], [-20, -20], (10, -30), scores)?;
    // patents_invention
    add(columns.get(7)?, at, [1, 3, 10], [13, 9, 6], (-8, -8), scores)?;
    // rd_intensity
    add(columns.get(8)?, at, [10_000_000_000, 30_000_000_000, 60_000_000_000], [15, 10, 8], (-15, -15), scores)?;
    // penalties_24m
    add(columns.get(9)?, at, [1, 3], [-18, -17], (10, -25), scores)?;
    // enforcement_open
    add(columns.get(10)?, at, [1], [-53], (8, -45), scores)?;
    // defendant_24m
    add(columns.get(11)?, at, [1, 3], [-12, -16], (8, -20), scores)?;
    Some(())
}

/// Adds a column's points: the first bin's, and at each edge passed what changes; a missing value has its own.
#[inline(always)]
fn add<const N: usize>(
    column: &Int64Array,
    at: usize,
    edges: [i64; N],
    deltas: [i32; N],
    (first, missing): (i32, i32),
    scores: &mut [i32],
) -> Option<()> {
    let values = column.values().get(at..at + scores.len())?;
    let points = |value: i64| {
        let passed = edges.iter().zip(deltas).map(|(edge, delta)| delta * i32::from(value >= *edge));
        first + passed.sum::<i32>()
    };
    match column.nulls() {
        None => scores.iter_mut().zip(values).for_each(|(score, value)| *score += points(*value)),
        Some(nulls) => {
            for (i, (score, value)) in scores.iter_mut().zip(values).enumerate() {
                let known = -i32::from(nulls.is_valid(at + i));
                *score += (points(*value) & known) | (missing & !known);
            }
        }
    }
    Some(())
}
