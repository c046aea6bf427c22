//! What a bank says about warnings that it knows its filing raises.

use std::collections::BTreeSet;
use std::path::Path;

use huoshui_kernel::fault::Result;
use huoshui_supervision::filings::EXPLANATIONS;

use super::table::{Cell, Format, Rows};
use crate::institutions::Institution;

/// Why the generator's banks do what checks ask about.
const REASONS: [(&str, &str); 2] = [
    ("N-C-006", "与借款人书面约定提前到期，已签补充协议"),
    ("N-C-034", "并购标的回收期较长，经总行审批，期限超过七年"),
];

/// Writes the explanations, if there is anything to explain.
pub(super) fn write(dir: &Path, stem: &str, bank: &Institution, day: i32, codes: &BTreeSet<&str>) -> Result<()> {
    let mut rows = Rows::new(&EXPLANATIONS);
    for (code, reason) in REASONS.iter().filter(|(code, _)| codes.contains(code)) {
        rows.push(&[Cell::Text(&bank.code), Cell::Day(day), Cell::Text(code), Cell::Text(reason)])?;
    }
    if rows.len() > 0 {
        rows.write(dir, stem, Format::Csv)?;
    }
    Ok(())
}
