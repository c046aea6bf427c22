//! What is asked of a department, and what comes of it.

use std::sync::Arc;

use huoshui_kernel::{Date, Fault, Uscc};
use serde::{Deserialize, Serialize};

/// What a column holds, by the names of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// CNY, integer fen.
    Money,
    /// A share or yearly rate, integer parts per million.
    Rate,
    /// A date, `2025-09-30`.
    Date,
    /// `true` or `false`.
    Flag,
    /// A unified social credit code.
    Uscc,
    /// One of [`Column::codes`].
    Code,
}

impl Kind {
    /// Its name in the protocol.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "int",
            Self::Money => "money",
            Self::Rate => "rate",
            Self::Date => "date",
            Self::Flag => "flag",
            Self::Uscc => "uscc",
            Self::Code => "code",
        }
    }
}

/// A column of a resource as the catalogue has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, `snake_case`.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether an empty cell is refused.
    pub required: bool,
    /// The longest text in characters, for [`Kind::Text`].
    pub max_len: usize,
    /// The set, for [`Kind::Code`].
    pub codes: Vec<String>,
}

/// A resource as the catalogue has it: an answer that differs is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its code.
    pub code: String,
    /// Version of its schema.
    pub schema: u32,
    /// The columns asked for, in the answer's order; `uscc` is not among them.
    pub columns: Vec<Column>,
    /// The column that dates a row; none for a state as of the answer's date.
    pub period: Option<String>,
    /// The columns that name a row of one firm; none: at most one row a firm.
    pub key: Vec<String>,
}

/// One question: one firm, one resource, one range.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The resource.
    pub resource: Arc<Resource>,
    /// The firm.
    pub uscc: Uscc,
    /// Rows dated on this day or later; all when none. Ignored by a resource without a period.
    pub from: Option<Date>,
    /// Rows dated on this day or earlier.
    pub to: Option<Date>,
    /// Today in Asia/Shanghai: no answer may be of a later day.
    pub today: Date,
    /// For how many days since it was fetched an older answer may serve when the department cannot be used; 0 for never.
    pub stale_days: u16,
}

/// How an answer came to be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Served {
    /// The department gave it now.
    Live,
    /// It was fetched a moment ago, within the time that counts as fresh.
    Cached,
    /// It is older, and the department cannot be used; [`Answer::fetched_at`] says how old.
    Stale,
}

/// What a department said of a firm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The department's code.
    pub department: String,
    /// Version of the resource's schema.
    pub schema: u32,
    /// The date that the data are of.
    pub as_of: Date,
    /// The first date that they cover.
    pub covers_from: Date,
    /// When they came, microseconds since 1970-01-01 UTC.
    pub fetched_at: i64,
    /// How they came to be served.
    pub served: Served,
    /// Whether the department knows the firm. `true` without rows: it knows that there is nothing.
    pub known: bool,
    /// Names of the cells: those of [`Resource::columns`].
    pub columns: Vec<String>,
    /// The rows by key; each cell checked: money in fen, rates in parts per million, dates as text, null for empty.
    pub rows: Vec<Vec<serde_json::Value>>,
}

/// How a question ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// An answer; it may be that the department does not know the firm.
    Answered(Answer),
    /// The department rests after failures, or its queue is full: ask again later. `source.resting`, `source.busy`.
    Pending(Fault),
    /// No whole answer before the deadline. `source.timeout`.
    Timeout(Fault),
    /// No answer, or one that cannot be used.
    Unusable(Fault),
}

impl Outcome {
    /// The fault, where there is no answer.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Answered(_) => None,
            Self::Pending(fault) | Self::Timeout(fault) | Self::Unusable(fault) => Some(fault),
        }
    }

    /// The answer, where there is one.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Answered(answer) => Some(answer),
            _ => None,
        }
    }
}
