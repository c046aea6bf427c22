//! Rows of relationships.

use huoshui_kernel::fault::Result;

use super::groups::GroupLimits;
use super::table::{Cell, Rows};
use crate::World;
use crate::calendar::Snap;
use crate::firms::Firm;
use crate::institutions::Institution;
use crate::lending::{Book, limits, used};

/// The number of a line of a firm at a bank.
pub(super) fn line_number(bank: &Institution, firm: &Firm, index: usize) -> String {
    format!("SX{}{:07}{}", bank.code, firm.id, index + 1)
}

/// The rows of one firm at one bank: one a line, or one for the account alone.
pub(super) fn push(
    rows: &mut Rows,
    world: &World<'_>,
    (firm, book, place): (&Firm, &Book, usize),
    bank: &Institution,
    snap: Snap,
    groups: &GroupLimits,
) -> Result<()> {
    let Some(relation) = book.relations.get(place) else { return Ok(()) };
    let day = *world.dates.at(snap);
    if relation.opened > day {
        return Ok(());
    }
    let head = [
        Cell::Text(&bank.code),
        Cell::Day(day),
        Cell::Text(firm.uscc.as_str()),
        Cell::Day(relation.opened),
        Cell::day(relation.closed.filter(|c| *c <= day)),
    ];
    let mut lines = 0;
    for (index, line) in relation.lines.iter().enumerate().filter(|(_, l)| l.exists(day)) {
        let group = line.group.map(|g| format!("JT{}{g:05}", bank.code));
        let own = *limits(world, book, place, index).at(snap);
        let limit = line.group.and_then(|g| groups.get(&g)).map_or(own, |sum| *sum.at(snap));
        let number = line_number(bank, firm, index);
        let tail = [
            Cell::Text(&number),
            Cell::Int(limit),
            Cell::Text(line.commitment.code()),
            Cell::Day(line.from),
            Cell::Day(*line.to.at(snap)),
            Cell::text(group.as_deref()),
            Cell::Int(used(world, book, place, index, snap)),
        ];
        rows.push(&[head.as_slice(), tail.as_slice()].concat())?;
        lines += 1;
    }
    if lines == 0 {
        rows.push(&[head.as_slice(), [Cell::Empty; 7].as_slice()].concat())?;
    }
    Ok(())
}
