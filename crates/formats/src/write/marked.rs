//! A refused file given back: its wrong rows with the wrong cells coloured, and a count of every kind of problem.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use huoshui_kernel::Lang;
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::TableShape;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::AtomicFile;
use super::xlsx::{Style, header, new_book, save, width};
use crate::{CellProblem, Limits, raw};

/// The most problems that a workbook shows; the summary still counts them all.
pub const MAX_MARKS: usize = 10_000;

/// One problem to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The row as a spreadsheet numbers it.
    pub row: u64,
    /// The column's position in the shape; none where the row as a whole is wrong.
    pub column: Option<usize>,
    /// The problem's code.
    pub code: String,
    /// What is wrong and what to do, in the reader's language.
    pub message: String,
}

impl Mark {
    /// The mark of a problem found while reading.
    #[must_use]
    pub fn of(problem: &CellProblem, shape: &TableShape, lang: Lang) -> Self {
        let fault = problem.fault(shape);
        let stop = if lang == Lang::Zh { "；" } else { "; " };
        let message = format!("{}{stop}{}", fault.message(lang), fault.hint(lang));
        Self { row: problem.row, column: problem.column, code: fault.code().to_owned(), message }
    }
}

/// How often a problem occurred in the whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The problem's code.
    pub code: String,
    /// What it means, in the reader's language.
    pub what: String,
    /// Occurrences, also those beyond the ones shown.
    pub count: u64,
}

/// Writes the workbook: a summary sheet with `counts`, then the rows that have marks, as text as they stand in `source`,
/// with their number in front and the messages behind. At most [`MAX_MARKS`] marks are shown, in order of rows.
///
/// # Errors
/// `file.unwritable`; the faults of opening `source` again.
pub fn marked_xlsx(
    path: &Path,
    source: &Path,
    shape: &TableShape,
    limits: &Limits,
    marks: &[Mark],
    counts: &[Count],
    lang: Lang,
) -> Result<()> {
    let mut by_row: BTreeMap<u64, Vec<&Mark>> = BTreeMap::new();
    let mut sorted: Vec<&Mark> = marks.iter().collect();
    sorted.sort_by_key(|mark| mark.row);
    for mark in sorted.iter().take(MAX_MARKS) {
        by_row.entry(mark.row).or_default().push(mark);
    }
    let wanted: BTreeSet<u64> = by_row.keys().copied().collect();
    let rows = raw::rows(source, shape, limits, &wanted)?;
    let file = AtomicFile::create(path)?;
    let book = build(shape, &by_row, &rows, counts, marks.len(), lang).map_err(|why| file.fault(&why))?;
    save(book, file)
}

fn build(
    shape: &TableShape,
    by_row: &BTreeMap<u64, Vec<&Mark>>,
    rows: &BTreeMap<u64, Vec<String>>,
    counts: &[Count],
    marks: usize,
    lang: Lang,
) -> std::result::Result<Workbook, XlsxError> {
    let zh = lang == Lang::Zh;
    let say = |chinese: &'static str, english: &'static str| if zh { chinese } else { english };
    let style = Style::new();
    let wrapped = Format::new().set_text_wrap();
    let mut book = new_book()?;

    let sheet = book.add_worksheet();
    sheet.set_name(say("汇总", "Summary"))?;
    header(sheet, [say("代码", "Code"), say("问题", "Problem"), say("次数", "Count")].into_iter(), &style)?;
    for (i, characters) in [(0, 28.0), (1, 80.0), (2, 10.0)] {
        sheet.set_column_width(i, characters)?;
    }
    let mut line = 1;
    for count in counts.iter().take(MAX_MARKS) {
        sheet.write_string(line, 0, &count.code)?;
        sheet.write_string(line, 1, &count.what)?;
        sheet.write_string_with_format(line, 2, count.count.to_string(), &style.text)?;
        line += 1;
    }
    if marks > MAX_MARKS {
        sheet.write_string(line + 1, 1, say("只列出前 10000 个问题", "only the first 10,000 problems are shown"))?;
    }

    let sheet = book.add_worksheet();
    sheet.set_name(if zh { shape.zh } else { shape.name })?;
    let titles = shape.columns.iter().map(|c| if zh { c.zh } else { c.name });
    let framed = [say("行号", "row")].into_iter().chain(titles).chain([say("问题", "problems")]);
    header(sheet, framed, &style)?;
    let last = u16::try_from(shape.columns.len()).unwrap_or(u16::MAX).saturating_add(1);
    for (column, i) in shape.columns.iter().zip(1_u16..) {
        sheet.set_column_width(i, width(column.kind, column.zh))?;
    }
    sheet.set_column_width(last, 80.0)?;
    for ((number, problems), line) in by_row.iter().zip(1_u32..) {
        let whole = problems.iter().any(|mark| mark.column.is_none());
        sheet.write_string_with_format(line, 0, number.to_string(), if whole { &style.wrong } else { &style.text })?;
        let empty = Vec::new();
        let cells = rows.get(number).unwrap_or(&empty);
        for ((at, i), text) in (0..shape.columns.len()).zip(1_u16..).zip(cells) {
            let wrong = whole || problems.iter().any(|mark| mark.column == Some(at));
            let format = if wrong { &style.wrong } else { &style.text };
            sheet.write_string_with_format(line, i, text, format)?;
        }
        let messages: Vec<String> = problems.iter().map(|mark| sentence(mark, shape, zh)).collect();
        let joined: String = messages.join("\n").chars().take(8_000).collect();
        sheet.write_string_with_format(line, last, joined, &wrapped)?;
    }
    Ok(book)
}

fn sentence(mark: &Mark, shape: &TableShape, zh: bool) -> String {
    let column = mark.column.and_then(|i| shape.columns.get(i)).map(|c| if zh { c.zh } else { c.name });
    match (column, zh) {
        (Some(name), true) => format!("{name}：{} [{}]", mark.message, mark.code),
        (Some(name), false) => format!("{name}: {} [{}]", mark.message, mark.code),
        (None, _) => format!("{} [{}]", mark.message, mark.code),
    }
}
