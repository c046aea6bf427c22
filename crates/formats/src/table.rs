//! Results for people and programs: a table of typed values, written as csv, xlsx or JSON so that numbers stay numbers.

use std::fmt::Write;
use std::path::Path;

use huoshui_kernel::fault::Result;
use huoshui_kernel::{Fault, Lang};
use rust_xlsxwriter::XlsxError;

use crate::faults;
use crate::write::AtomicFile;
use crate::write::csv::text;
use crate::write::show;
use crate::write::xlsx::{Style, header, new_book, put_date, put_number, save};

/// A value of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number.
    Int(i64),
    /// Money in fen: yuan with two decimals for people, the integer in JSON.
    Fen(i64),
    /// A rate in parts per million: percent with four decimals for people, the integer in JSON.
    Ppm(i64),
    /// `value / 10^scale`, shown with all its decimals; in JSON a string, so that nothing rounds it. Scale at most 18.
    Decimal(i64, u32),
    /// Truth.
    Bool(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Text.
    Text(String),
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The stable name, used in JSON and in English.
    pub name: String,
    /// The Chinese title.
    pub zh: String,
    /// The unit, shown in brackets behind the title.
    pub unit: Option<String>,
}

/// A result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The sheet's name, at most 31 characters.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with a value for every column.
    pub rows: Vec<Vec<Value>>,
}

impl Column {
    /// A column without a unit.
    #[must_use]
    pub fn new(name: &str, zh: &str) -> Self {
        Self { name: name.to_owned(), zh: zh.to_owned(), unit: None }
    }

    /// The same column with a unit.
    #[must_use]
    pub fn in_unit(mut self, unit: &str) -> Self {
        self.unit = Some(unit.to_owned());
        self
    }

    fn title(&self, lang: Lang) -> String {
        match (&self.unit, lang) {
            (None, Lang::Zh) => self.zh.clone(),
            (None, Lang::En) => self.name.clone(),
            (Some(unit), Lang::Zh) => format!("{}（{unit}）", self.zh),
            (Some(unit), Lang::En) => format!("{} ({unit})", self.name),
        }
    }
}

impl Value {
    /// The number of decimals and the number, where it is one.
    fn number(&self) -> Option<(i64, u32)> {
        match self {
            Self::Int(n) => Some((*n, 0)),
            Self::Fen(n) => Some((*n, 2)),
            Self::Ppm(n) => Some((*n, 4)),
            Self::Decimal(n, scale) => Some((*n, (*scale).min(18))),
            _ => None,
        }
    }

    /// As people read it: yuan, percent, decimals, `2025-09-30`, `true`; nothing for null.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = Vec::new();
        match self {
            Self::Null => {}
            Self::Bool(b) => out.extend_from_slice(if *b { b"true" } else { b"false" }),
            Self::Date(days) => show::date(&mut out, *days),
            Self::Text(words) => return words.clone(),
            _ => {
                if let Some((n, scale)) = self.number() {
                    show::decimal(&mut out, n, scale);
                }
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// As JSON: fen and parts per million as integers, decimals as strings.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Int(n) | Self::Fen(n) | Self::Ppm(n) => (*n).into(),
            Self::Bool(b) => (*b).into(),
            Self::Decimal(..) | Self::Date(_) | Self::Text(_) => self.text().into(),
        }
    }
}

impl Table {
    /// As csv, with titles in the language. Text that would run as a formula gets a leading `'`.
    #[must_use]
    pub fn to_csv(&self, lang: Lang) -> String {
        let mut out = Vec::new();
        for (i, column) in self.columns.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            text(&mut out, column.title(lang).as_bytes());
        }
        out.push(b'\n');
        for row in &self.rows {
            for (i, value) in row.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                match value {
                    Value::Text(words) => text(&mut out, words.as_bytes()),
                    // A negative number is a number, not a formula.
                    other => out.extend_from_slice(other.text().as_bytes()),
                }
            }
            out.push(b'\n');
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    /// As a JSON array with an object for each row, keyed by column names in their order.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::from("[");
        for (i, row) in self.rows.iter().enumerate() {
            out.push_str(if i > 0 { ",\n{" } else { "\n{" });
            for (j, (column, value)) in self.columns.iter().zip(row).enumerate() {
                let separator = if j > 0 { "," } else { "" };
                let name = serde_json::Value::from(column.name.as_str());
                // Writing to a string cannot fail.
                let _ = write!(out, "{separator}{name}:{}", value.json());
            }
            out.push('}');
        }
        out.push_str(if self.rows.is_empty() { "]\n" } else { "\n]\n" });
        out
    }

    /// Writes it as a csv file.
    ///
    /// # Errors
    /// `file.unwritable`.
    pub fn write_csv(&self, path: &Path, lang: Lang) -> Result<()> {
        self.write(path, &self.to_csv(lang))
    }

    /// Writes it as a JSON file.
    ///
    /// # Errors
    /// `file.unwritable`.
    pub fn write_json(&self, path: &Path) -> Result<()> {
        self.write(path, &self.to_json())
    }

    fn write(&self, path: &Path, content: &str) -> Result<()> {
        let mut file = AtomicFile::create(path)?;
        file.put(content.as_bytes())?;
        file.finish()
    }

    /// Writes it as a workbook with one sheet. Numbers that a spreadsheet cannot hold exactly are text.
    ///
    /// # Errors
    /// `file.unwritable`; `write.sheet_full` beyond 1,048,575 rows.
    pub fn write_xlsx(&self, path: &Path, lang: Lang) -> Result<()> {
        let limit = 1_048_575;
        if self.rows.len() > limit {
            return Err(Fault::new(&faults::SHEET_FULL).with("limit", limit));
        }
        let file = AtomicFile::create(path)?;
        let book = self.book(lang).map_err(|why| file.fault(&why))?;
        save(book, file)
    }

    fn book(&self, lang: Lang) -> std::result::Result<rust_xlsxwriter::Workbook, XlsxError> {
        let style = Style::new();
        let mut book = new_book()?;
        let sheet = book.add_worksheet();
        if !self.name.is_empty() {
            sheet.set_name(self.name.chars().take(31).collect::<String>())?;
        }
        let titles: Vec<String> = self.columns.iter().map(|c| c.title(lang)).collect();
        header(sheet, titles.iter().map(String::as_str), &style)?;
        for (title, i) in titles.iter().zip(0_u16..) {
            let wide = title.chars().map(|c| if c.is_ascii() { 1_u32 } else { 2 }).sum::<u32>() + 3;
            sheet.set_column_width(i, f64::from(wide.clamp(14, 60)))?;
        }
        for (row, line) in self.rows.iter().zip(1_u32..) {
            for (value, i) in row.iter().zip(0_u16..) {
                match value {
                    Value::Null => {}
                    Value::Bool(b) => {
                        sheet.write_boolean(line, i, *b)?;
                    }
                    Value::Date(days) => put_date(sheet, line, i, *days, &style)?,
                    Value::Text(words) => {
                        sheet.write_string(line, i, words)?;
                    }
                    other => {
                        if let Some(number) = other.number() {
                            put_number(sheet, line, i, number, &style)?;
                        }
                    }
                }
            }
        }
        Ok(book)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        Table {
            name: "loans".into(),
            columns: vec![
                Column::new("name", "名称"),
                Column::new("balance", "余额").in_unit("元"),
                Column::new("share", "占比"),
                Column::new("as_of", "日期"),
            ],
            rows: vec![
                vec![
                    Value::Text("=甲\"乙\"".into()),
                    Value::Fen(-123_456),
                    Value::Decimal(1_234, 4),
                    Value::Date(20_361),
                ],
                vec![Value::Text("a,b".into()), Value::Fen(i64::MAX), Value::Null, Value::Null],
            ],
        }
    }

    #[test]
    fn csv_has_titles_units_and_safe_text() {
        assert_eq!(
            sample().to_csv(Lang::Zh),
            "名称,余额（元）,占比,日期\n\"'=甲\"\"乙\"\"\",-1234.56,0.1234,2025-09-30\n\"a,b\",92233720368547758.07,,\n"
        );
        assert!(sample().to_csv(Lang::En).starts_with("name,balance (元),share,as_of\n"));
    }

    #[test]
    fn json_is_exact() {
        assert_eq!(
            sample().to_json(),
            "[\n{\"name\":\"=甲\\\"乙\\\"\",\"balance\":-123456,\"share\":\"0.1234\",\"as_of\":\"2025-09-30\"},\n\
             {\"name\":\"a,b\",\"balance\":9223372036854775807,\"share\":null,\"as_of\":null}\n]\n"
        );
        assert_eq!(Table::default().to_json(), "[]\n");
    }

    #[test]
    fn workbooks_hold_numbers() {
        use calamine::{Data, Reader};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xlsx");
        sample().write_xlsx(&path, Lang::Zh).unwrap();
        let mut book: calamine::Xlsx<_> = calamine::open_workbook(&path).unwrap();
        let range = book.worksheet_range("loans").unwrap();
        assert_eq!(range.get((1, 0)), Some(&Data::String("=甲\"乙\"".into())));
        assert_eq!(range.get((1, 1)), Some(&Data::Float(-1234.56)));
        assert_eq!(range.get((1, 2)), Some(&Data::Float(0.1234)));
        assert!(matches!(range.get((1, 3)), Some(Data::DateTime(day)) if (day.as_f64() - 45_930.0).abs() < 0.01));
        assert_eq!(range.get((2, 1)), Some(&Data::String("92233720368547758.07".into())));
        assert_eq!(range.get((2, 2)), Some(&Data::Empty));
    }
}
