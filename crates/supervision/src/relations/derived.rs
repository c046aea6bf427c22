//! What relations add to the filed columns: open accounts, lines in force, group lines once, exposures.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch};
use hashbrown::HashMap;
use huoshui_kernel::fault::Result;

use super::roll::{Roll, UNKNOWN};
use crate::arrow::{at, dates, flags, ints, is_set, texts};

const R: &str = "relationships";
const N: &str = "notes";

/// An account is open on the date: opened by then, and not closed by then.
pub(super) fn account_open(batch: &RecordBatch, as_of: i32) -> Result<Vec<bool>> {
    let (opened, closed) = (dates(R, batch, "account_opened_on")?, dates(R, batch, "account_closed_on")?);
    Ok((0..batch.num_rows())
        .map(|i| at(opened, i).is_some_and(|d| d <= as_of) && at(closed, i).is_none_or(|d| d > as_of))
        .collect())
}

/// A committed line is in force on the date. Revocable commitments and pre-offers are not lines.
pub(super) fn line_in_force(batch: &RecordBatch, as_of: i32) -> Result<Vec<bool>> {
    let commitment = texts(R, batch, "commitment")?;
    let (from, to) = (dates(R, batch, "valid_from")?, dates(R, batch, "valid_to")?);
    let limit = ints(R, batch, "credit_limit")?;
    Ok((0..batch.num_rows())
        .map(|i| {
            commitment.get(i) == Some("committed")
                && at(from, i).is_some_and(|d| d <= as_of)
                && at(to, i).is_some_and(|d| d >= as_of)
                && at(limit, i).is_some_and(|l| l > 0)
        })
        .collect())
}

/// Exposure from a relationship: what is used.
pub(super) fn used(batch: &RecordBatch) -> Result<ArrayRef> {
    let used = ints(R, batch, "used")?;
    let exposure: Int64Array = (0..batch.num_rows()).map(|i| Some(at(used, i).unwrap_or(0))).collect();
    Ok(Arc::new(exposure))
}

/// Exposure from a note: its balance, unless another bears the risk (entrusted, transferred, rediscounted) or it is gone.
pub(super) fn at_risk(batch: &RecordBatch) -> Result<ArrayRef> {
    let balance = ints(N, batch, "balance_cny")?;
    let kind = texts(N, batch, "business_kind")?;
    let (transferred, written_off) = (flags(N, batch, "transferred")?, flags(N, batch, "written_off")?);
    let exposure: Int64Array = (0..batch.num_rows())
        .map(|i| {
            let elsewhere = matches!(kind.get(i), Some("entrusted" | "rediscount"))
                || is_set(transferred, i)
                || is_set(written_off, i);
            Some(if elsewhere { 0 } else { at(balance, i).unwrap_or(0) })
        })
        .collect();
    Ok(Arc::new(exposure))
}

/// Where a row stands: its batch and its place in it.
type Place = (usize, usize);

/// For each row whether its limit counts: a line in force that no group shares, or the first member's row of a group
/// line (smallest USCC, then line number, then place), among the members that `member` admits.
pub(super) fn line_first(
    batches: &[RecordBatch],
    in_force: &[Vec<bool>],
    rows: &[Vec<u32>],
    roll: &Roll,
    srdi_only: bool,
) -> Result<Vec<BooleanArray>> {
    let mut first: HashMap<(&str, &str), Place> = HashMap::new();
    let mut readers = Vec::with_capacity(batches.len());
    for batch in batches {
        readers.push((
            texts(R, batch, "institution")?,
            texts(R, batch, "group_line")?,
            texts(R, batch, "borrower")?,
            texts(R, batch, "line_no")?,
        ));
    }
    let admitted = |b: usize, i: usize| {
        let row = rows.get(b).and_then(|r| r.get(i)).copied().unwrap_or(UNKNOWN);
        in_force.get(b).and_then(|f| f.get(i)).copied().unwrap_or(false) && (!srdi_only || roll.is_srdi(row))
    };
    let order = |a: Place, b: Place| -> Ordering {
        let key = |(b, i): Place| readers.get(b).map(|r| (r.2.get(i), r.3.get(i)));
        key(a).cmp(&key(b)).then(a.cmp(&b))
    };
    for (b, (institution, group, ..)) in readers.iter().enumerate() {
        for i in 0..group.len() {
            let Some(line) = group.get(i).filter(|g| !g.is_empty()) else { continue };
            if !admitted(b, i) {
                continue;
            }
            let place = first.entry((institution.get(i).unwrap_or(""), line)).or_insert((b, i));
            if order((b, i), *place) == Ordering::Less {
                *place = (b, i);
            }
        }
    }
    Ok(readers
        .iter()
        .enumerate()
        .map(|(b, (institution, group, ..))| {
            (0..group.len())
                .map(|i| {
                    let counts = admitted(b, i)
                        && match group.get(i).filter(|g| !g.is_empty()) {
                            None => true,
                            Some(line) => first.get(&(institution.get(i).unwrap_or(""), line)) == Some(&(b, i)),
                        };
                    Some(counts)
                })
                .collect()
        })
        .collect())
}
