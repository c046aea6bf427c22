//! Tables as workbooks: typed cells, so that a person can sum a column.

use std::borrow::Borrow;
use std::path::Path;

use arrow_array::{Array, RecordBatch};
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::{CellKind, TableShape};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatBorder, Workbook, Worksheet, XlsxError};

use super::show::{self, View};
use super::{AtomicFile, HeaderLang, mismatch};
use crate::cell::date::civil;
use crate::faults;

/// Rows below the header that a sheet holds.
const SHEET_ROWS: u32 = 1_048_575;

/// Writes a whole workbook with one sheet, named as the table. Amounts, rates and counts are numbers where a spreadsheet
/// holds them exactly, else text; dates are dates.
///
/// # Errors
/// `file.unwritable`; `write.sheet_full` beyond 1,048,575 rows; `write.shape_mismatch`.
pub fn xlsx<B: Borrow<RecordBatch>>(
    path: &Path,
    shape: &TableShape,
    batches: impl IntoIterator<Item = B>,
    lang: HeaderLang,
) -> Result<()> {
    let file = AtomicFile::create(path)?;
    let failed = |why: XlsxError| file.fault(&why);
    let mut book = new_book().map_err(failed)?;
    let sheet = book.add_worksheet();
    sheet.set_name(if lang == HeaderLang::Zh { shape.zh } else { shape.name }).map_err(failed)?;
    let style = Style::new();
    let titles = shape.columns.iter().map(|c| if lang == HeaderLang::Zh { c.zh } else { c.name });
    header(sheet, titles, &style).map_err(failed)?;
    for (column, i) in shape.columns.iter().zip(0_u16..) {
        sheet.set_column_width(i, width(column.kind, column.zh)).map_err(failed)?;
    }
    let mut row = 0_u32;
    for batch in batches {
        let batch = batch.borrow();
        if batch.num_columns() != shape.columns.len() {
            return Err(mismatch(shape, "columns"));
        }
        let rows = u32::try_from(batch.num_rows()).unwrap_or(u32::MAX);
        if row.saturating_add(rows) > SHEET_ROWS {
            return Err(huoshui_kernel::Fault::new(&faults::SHEET_FULL).with("limit", SHEET_ROWS));
        }
        for ((array, column), i) in batch.columns().iter().zip(shape.columns).zip(0_u16..) {
            let view = View::of(array, column, lang).ok_or_else(|| mismatch(shape, column.name))?;
            for (at, line) in (0..array.len()).zip(row + 1..) {
                put(sheet, line, i, &view, at, lang, &style).map_err(failed)?;
            }
        }
        row += rows;
    }
    save(book, file)
}

/// The formats that sheets share.
pub(crate) struct Style {
    head: Format,
    pub(crate) scales: [Format; 5],
    pub(crate) date: Format,
    pub(crate) text: Format,
    /// A cell that something is wrong with.
    pub(crate) wrong: Format,
}

impl Style {
    pub(crate) fn new() -> Self {
        let number = |code: &str| Format::new().set_num_format(code);
        Self {
            head: Format::new()
                .set_bold()
                .set_background_color(Color::RGB(0x1F_4E_79))
                .set_font_color(Color::White)
                .set_border_bottom(FormatBorder::Thin),
            scales: [number("0"), number("0.0"), number("#,##0.00"), number("0.000"), number("0.0000")],
            date: number("yyyy-mm-dd"),
            text: number("@"),
            wrong: number("@").set_background_color(Color::RGB(0xFF_C7_CE)).set_font_color(Color::RGB(0x9C_00_06)),
        }
    }
}

/// An empty workbook without the time of its making, so that the same data give the same file.
pub(crate) fn new_book() -> std::result::Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    Ok(book)
}

/// A styled first row that stays in sight.
pub(crate) fn header<'a>(
    sheet: &mut Worksheet,
    titles: impl Iterator<Item = &'a str>,
    style: &Style,
) -> std::result::Result<(), XlsxError> {
    for (title, i) in titles.zip(0_u16..) {
        sheet.write_string_with_format(0, i, title, &style.head)?;
    }
    sheet.set_freeze_panes(1, 0).map(|_| ())
}

pub(crate) fn save(mut book: Workbook, mut file: AtomicFile) -> Result<()> {
    let bytes = book.save_to_buffer().map_err(|why| file.fault(&why))?;
    file.put(&bytes)?;
    file.finish()
}

/// Wide enough for the usual value and for the title, in characters.
pub(crate) fn width(kind: CellKind, title: &str) -> f64 {
    let body: u32 = match kind {
        CellKind::Uscc => 21,
        CellKind::Text => 24,
        CellKind::Money => 18,
        CellKind::CodeSet(_) => 24,
        CellKind::Code(_) => 16,
        CellKind::Date => 12,
        CellKind::Int | CellKind::Rate | CellKind::BasisPoints | CellKind::Flag => 9,
    };
    // A Chinese character is two wide.
    let head: u32 = title.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<u32>() + 3;
    f64::from(body.max(head).min(60))
}

/// A number as a spreadsheet holds it, where it holds it exactly.
pub(crate) fn exact(value: i64, scale: u32) -> std::result::Result<f64, String> {
    let mut digits = Vec::new();
    show::decimal(&mut digits, value, scale);
    let text = String::from_utf8_lossy(&digits).into_owned();
    let short = if scale > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    match short.parse::<f64>() {
        Ok(number) if number.to_string() == short => Ok(number),
        _ => Err(text),
    }
}

/// Writes a number, or its text where a number would not be exact.
pub(crate) fn put_number(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    (value, scale): (i64, u32),
    style: &Style,
) -> std::result::Result<(), XlsxError> {
    let format = usize::try_from(scale).ok().and_then(|s| style.scales.get(s)).unwrap_or(&style.text);
    match exact(value, scale) {
        Ok(number) => sheet.write_number_with_format(row, column, number, format)?,
        Err(text) => sheet.write_string_with_format(row, column, text, &style.text)?,
    };
    Ok(())
}

/// Writes a date; a spreadsheet knows none before 1 March 1900 that others agree on, so those are text.
pub(crate) fn put_date(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    days: i32,
    style: &Style,
) -> std::result::Result<(), XlsxError> {
    let (y, m, d) = civil(days);
    match (u16::try_from(y), u8::try_from(m), u8::try_from(d)) {
        (Ok(y), Ok(m), Ok(d)) if days > -25_509 => {
            let stamp = ExcelDateTime::from_ymd(y, m, d)?;
            sheet.write_datetime_with_format(row, column, &stamp, &style.date)?;
        }
        _ => {
            let mut text = Vec::new();
            show::date(&mut text, days);
            sheet.write_string_with_format(row, column, String::from_utf8_lossy(&text), &style.text)?;
        }
    }
    Ok(())
}

fn put(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    view: &View<'_>,
    at: usize,
    lang: HeaderLang,
    style: &Style,
) -> std::result::Result<(), XlsxError> {
    if view.is_null(at) {
        return Ok(());
    }
    match view {
        View::Number(values, scale) => put_number(sheet, row, column, (values.value(at), *scale), style)?,
        View::Date(values) => put_date(sheet, row, column, values.value(at), style)?,
        _ => {
            let mut text = Vec::new();
            view.put(at, lang, &mut text);
            sheet.write_string(row, column, String::from_utf8_lossy(&text))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::exact;

    #[test]
    fn only_exact_numbers_are_numbers() {
        for (value, scale, want) in
            [(123_456, 2, 1234.56), (-5, 2, -0.05), (0, 2, 0.0), (34_500, 4, 3.45), (100, 0, 100.0)]
        {
            assert!(exact(value, scale).is_ok_and(|n| (n - want).abs() < f64::EPSILON), "{value}");
        }
        // 2^53 + 1 is the first whole number that a double cannot hold.
        assert_eq!(exact(9_007_199_254_740_993, 0), Err("9007199254740993".to_owned()));
        assert_eq!(exact(i64::MAX, 2), Err("92233720368547758.07".to_owned()));
    }
}
