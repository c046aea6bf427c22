//! Matching a file's header to a shape: names or Chinese headers, in any order, each exactly once.

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::TableShape;

use crate::cell::trim;
use crate::{Limits, faults};

/// For each column of the file, its position in the shape.
pub(crate) fn map<'a>(
    cells: impl ExactSizeIterator<Item = &'a str>,
    shape: &TableShape,
    limits: &Limits,
) -> Result<Vec<usize>> {
    let count = cells.len();
    if count > limits.max_columns {
        return Err(Fault::new(&faults::TOO_MANY_COLUMNS)
            .with("count", count)
            .with("limit", limits.max_columns)
            .row(1));
    }
    let mut order: Vec<usize> = Vec::with_capacity(count);
    for (position, raw) in cells.enumerate() {
        let name = trim(raw);
        let Some((index, column)) = shape.column(name) else {
            if count == 1 && name.contains([';', '\t', '；', '，', '|']) {
                return Err(Fault::new(&faults::SEPARATOR).row(1));
            }
            return Err(Fault::new(&faults::UNKNOWN_COLUMN)
                .with("position", position + 1)
                .with("column", excerpt(name))
                .with("table", shape.zh)
                .row(1));
        };
        if order.contains(&index) {
            return Err(Fault::new(&faults::DUPLICATE_COLUMN).with("column", excerpt(name)).field(column.name).row(1));
        }
        order.push(index);
    }
    let missing: Vec<String> = shape
        .columns
        .iter()
        .enumerate()
        .filter(|(i, _)| !order.contains(i))
        .map(|(_, c)| format!("{} {}", c.name, c.zh))
        .collect();
    if missing.is_empty() {
        return Ok(order);
    }
    Err(Fault::new(&faults::MISSING_COLUMNS).with("table", shape.zh).with("columns", missing.join("、")).row(1))
}

/// At most forty characters of a cell, control characters made visible, for messages.
pub(crate) fn excerpt(cell: &str) -> String {
    let mut out: String = cell.chars().take(40).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if cell.chars().nth(40).is_some() {
        out.push('…');
    }
    out
}
