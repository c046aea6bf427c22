//! Rows of a csv as they stand, without a shape: for lists that people type, where there may be no header.

use std::path::Path;

use huoshui_kernel::fault::{Fault, Result};

use crate::cell::trim;
use crate::csv::source::Rows;
use crate::header::excerpt;
use crate::read::{FileKind, admit, show};
use crate::{Limits, faults};

/// The first cell of each row, trimmed, empty ones left out: UTF-8 or GB18030, quotes undone.
///
/// # Errors
/// `file.*`, `csv.*` where the file cannot be read, with the row where it is one's; `table.too_many_rows` beyond
/// [`Limits::max_rows`].
pub fn first_cells(path: &Path, limits: &Limits) -> Result<Vec<String>> {
    let (kind, file) = admit(path, limits)?;
    if kind != FileKind::Csv {
        return Err(Fault::new(&faults::UNKNOWN_FORMAT).with("path", show(path)));
    }
    let mut rows = Rows::open(path, file, limits)?;
    let (mut cells, mut scratch, mut found) = (Vec::new(), String::new(), Vec::new());
    while let Some(at) = rows.next(&mut cells)? {
        let number = rows.next_row.saturating_sub(1);
        if number > limits.max_rows {
            return Err(Fault::new(&faults::TOO_MANY_ROWS).with("limit", limits.max_rows));
        }
        let Some(first) = cells.first() else { continue };
        let text = trim(rows.cell(at, first, &mut scratch));
        if at.bad_quote == Some(0) {
            return Err(Fault::new(&faults::BAD_QUOTE).with("value", excerpt(text)).row(number));
        }
        if !text.is_empty() {
            found.push(text.to_owned());
        }
    }
    Ok(found)
}
