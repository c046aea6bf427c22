//! The filing as a whole: one row that checks of table `filing` read.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray};
use huoshui_kernel::date::{days, is_quarter_end};
use huoshui_kernel::fault::Result;

use super::package::{Context, Package};
use crate::arrow::{batch, ints};
use crate::relations::RawTable;

fn total<'a>(batches: impl Iterator<Item = &'a RecordBatch>) -> Result<(i64, i64)> {
    let (mut count, mut sum) = (0_i64, 0_i64);
    for batch in batches {
        let balance = ints("notes", batch, "balance_cny")?;
        count = count.saturating_add(i64::try_from(batch.num_rows()).unwrap_or(i64::MAX));
        sum = balance.iter().flatten().fold(sum, i64::saturating_add);
    }
    Ok((count, sum))
}

pub(super) fn row(package: &Package, context: &Context<'_>) -> Result<RecordBatch> {
    let flag = |set: bool| -> ArrayRef { Arc::new(BooleanArray::from(vec![set])) };
    let number = |n: Option<i64>| -> ArrayRef { Arc::new(Int64Array::from(vec![n])) };
    let (count, balance) = total(package.parts(RawTable::Notes).iter().map(|p| &p.batch))?;
    let before = context.previous.map(|p| total(p.filed.notes.iter())).transpose()?;
    let columns: [(&str, ArrayRef); 12] = [
        ("institution", Arc::new(StringArray::from(vec![package.institution.as_str()]))),
        ("as_of", Arc::new(Date32Array::from(vec![days(package.as_of)]))),
        ("institution_known", flag(context.institution_known)),
        ("quarter_end", flag(is_quarter_end(package.as_of))),
        ("has_notes", flag(package.notes.is_some())),
        ("has_disbursements", flag(package.disbursements.is_some())),
        ("has_relationships", flag(package.relationships.is_some())),
        ("note_count", number(Some(count))),
        ("loan_balance", number(Some(balance))),
        ("prev_exists", flag(before.is_some())),
        ("prev_note_count", number(before.map(|b| b.0))),
        ("prev_loan_balance", number(before.map(|b| b.1))),
    ];
    batch(columns.into_iter().map(|(name, array)| (name.into(), array)).collect(), 1)
}
