//! The shape of a table that comes in or goes out as a file: its columns, their kinds, their bounds.
//!
//! A shape is data: `formats` reads any file against one, `city` writes files with one, documents are generated from
//! one. What a row *means* is not said here.

/// What a cell may hold. Files for people (csv, xlsx) write it as the right-hand text; Parquet as the Arrow type named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Free text, trimmed; at most [`ColumnShape::max_len`] characters. Arrow `Utf8`.
    Text,
    /// A whole number. Arrow `Int64`.
    Int,
    /// CNY: in csv and xlsx in yuan with at most two decimals (`1234.56`), in Arrow `Int64` fen. May be negative.
    Money,
    /// A yearly rate: in csv and xlsx in percent with at most four decimals (`3.4500`), in Arrow `Int64` parts per million.
    Rate,
    /// Basis points, a whole number (`-40`). Arrow `Int64`.
    BasisPoints,
    /// `2025-09-30`. Arrow `Date32`.
    Date,
    /// `Y` or `N` (是/否, true/false, 1/0 are read too). Arrow `Boolean`.
    Flag,
    /// A unified social credit code, both check characters verified. Arrow `Utf8`.
    Uscc,
    /// One of a closed set of codes. Arrow `Dictionary(Int32, Utf8)`.
    Code(&'static [CodeName]),
    /// Any subset of a closed set of codes, joined with `+` in the set's order (`mortgage+ip_pledge`), empty for none.
    /// Arrow `Utf8`, always in the set's order.
    CodeSet(&'static [CodeName]),
}

/// One code of a closed set, with the names that people see. The Chinese name is read as well as the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeName {
    /// The stable code.
    pub code: &'static str,
    /// Its Chinese name.
    pub zh: &'static str,
    /// Its English name.
    pub en: &'static str,
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnShape {
    /// The name in files and formulas, `snake_case`.
    pub name: &'static str,
    /// The Chinese header, read as well as the name.
    pub zh: &'static str,
    /// What it holds.
    pub kind: CellKind,
    /// Whether an empty cell is an error.
    pub required: bool,
    /// The longest text in characters, for `Text`.
    pub max_len: usize,
    /// What it means, in Chinese and in English, for the generated format page.
    pub note: (&'static str, &'static str),
}

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableShape {
    /// The name in file names and messages, `snake_case`.
    pub name: &'static str,
    /// The Chinese name.
    pub zh: &'static str,
    /// The columns in their order. Files may order them otherwise; unknown columns are an error.
    pub columns: &'static [ColumnShape],
    /// The columns that together name a row; two rows with one key are an error.
    pub key: &'static [&'static str],
}

impl TableShape {
    /// The column with this name or Chinese header.
    #[must_use]
    pub fn column(&self, header: &str) -> Option<(usize, &'static ColumnShape)> {
        self.columns.iter().enumerate().find(|(_, c)| c.name == header || c.zh == header)
    }
}

impl ColumnShape {
    /// A column whose cells must not be empty.
    #[must_use]
    pub const fn required(
        name: &'static str,
        zh: &'static str,
        kind: CellKind,
        note: (&'static str, &'static str),
    ) -> Self {
        Self { name, zh, kind, required: true, max_len: 60, note }
    }

    /// A column whose cells may be empty.
    #[must_use]
    pub const fn optional(
        name: &'static str,
        zh: &'static str,
        kind: CellKind,
        note: (&'static str, &'static str),
    ) -> Self {
        Self { name, zh, kind, required: false, max_len: 60, note }
    }

    /// The same column with another bound on the length of its text.
    #[must_use]
    pub const fn up_to(mut self, characters: usize) -> Self {
        self.max_len = characters;
        self
    }
}

impl CodeName {
    /// A code with its Chinese and English names.
    #[must_use]
    pub const fn new(code: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self { code, zh, en }
    }
}
