//! The relations that features read: by name and columns. Whoever brings the rows (one batch of Arrow for each resource)
//! says how the source answered; what a firm without rows means is part of the relation.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field as ArrowField, Schema as ArrowSchema};
use huoshui_formula::value::Type;
use huoshui_formula::{Params, Schema, Value};
use huoshui_kernel::Date;
use huoshui_kernel::date::{add_months, days, from_days, parse, quarter_end, year_start};
use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::faults;
use crate::value::Why;

/// The column that every relation has and that features are grouped by.
pub const USCC: &str = "uscc";
/// The column that holds a period's last day, in relations with a row for each period. Others have rows of any day.
const PERIOD: &str = "period";

/// Whose data it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// A department's, through the exchange.
    Department,
    /// The deciding bank's own: it never leaves that bank.
    Bank,
}

/// What it means that there is no row of a firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// It is known that there is nothing.
    Nothing,
    /// The firm is not known.
    Unknown,
}

/// How often rows come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cycle {
    /// Each day.
    Daily,
    /// Each month.
    Monthly,
    /// Each quarter.
    Quarterly,
    /// Each year.
    Yearly,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Text.
    Text,
    /// One of the resource's codes.
    Code,
    /// A whole number.
    Int,
    /// CNY, fen.
    Money,
    /// A rate, ppm.
    Rate,
    /// A date.
    Date,
    /// Yes or no.
    Flag,
}

impl ColumnKind {
    /// What a cell must be, in words.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Text => ("文字", "text"),
            Self::Code => ("代码", "a code"),
            Self::Int => ("整数", "a whole number"),
            Self::Money => ("金额（整数，分）", "money in whole fen"),
            Self::Rate => ("利率（整数，百万分之一）", "a rate in whole millionths"),
            Self::Date => ("日期，如 2025-09-30", "a date such as 2025-09-30"),
            Self::Flag => ("true 或 false", "true or false"),
        }
    }

    /// The type in formulas.
    #[must_use]
    pub const fn ty(self) -> Type {
        match self {
            Self::Text | Self::Code => Type::Text,
            Self::Int => Type::Int,
            Self::Money => Type::Money,
            Self::Rate => Type::Rate,
            Self::Date => Type::Date,
            Self::Flag => Type::Bool,
        }
    }
}

/// What a cell is, in words.
fn kind_of(cell: &serde_json::Value) -> (&'static str, &'static str) {
    use serde_json::Value as J;
    match cell {
        J::Null => ("空值", "nothing"),
        J::Bool(_) => ("是否", "true or false"),
        J::Number(n) if n.is_i64() => ("整数", "a whole number"),
        J::Number(_) => ("小数或过大的数", "a fraction or too large a number"),
        J::String(_) => ("文字", "text"),
        J::Array(_) | J::Object(_) => ("多个值", "several values"),
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// An empty cell then has a meaning of its own, as a date of removal that has not come. Otherwise every cell must be
    /// filled, and a firm with an empty one has no value.
    #[serde(default)]
    pub optional: bool,
    /// In a bank's own relation: whether a number below zero makes sense, as of a profit. Any other is refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub negative: bool,
}

/// For how long a bank's own row may be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freshness {
    /// The column with the day on which the bank learned it.
    pub column: String,
    /// The days after it, the last of them included.
    pub days: u16,
}

/// A relation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// Code of the resource.
    pub resource: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Whose data it is.
    pub authority: Authority,
    /// A firm without rows.
    pub absent: Absent,
    /// How often rows come.
    pub cycle: Cycle,
    /// Days after a period's end until it is there.
    pub lag_days: u16,
    /// For how many months rows are kept, where they are dated and a range of dates cuts them off; none for a register of
    /// what stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_months: Option<u16>,
    /// In a bank's own relation: the column with the day on which the bank learned it, and for how many days after that it may
    /// be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fresh: Option<Freshness>,
    /// The columns after `uscc`.
    pub columns: Vec<Column>,
}

/// A source that answered.
#[derive(Clone, Debug)]
pub struct Source {
    /// Rows with `uscc` and the released columns: `Int64`, `Boolean`, `Utf8` (or a dictionary of it), `Date32`.
    pub batches: Vec<RecordBatch>,
    /// Rows of the one firm asked for, besides: as [`Relation::rows`] makes them. Only a profile of one firm reads them.
    pub own: Vec<Vec<Value>>,
    /// The columns that were released; a feature that reads another is denied.
    pub released: Vec<String>,
    /// The date that the rows are of.
    pub as_of: Date,
    /// The first date that they cover.
    pub covers_from: Date,
    /// The last date of rows that were let through: before the data's own where a consent's range ends earlier.
    pub covers_to: Date,
    /// The batch or the consent that they came by.
    pub reference: String,
    /// Whether they are older than cycle and lag allow.
    pub stale: bool,
}

/// How a source answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// With rows, perhaps none.
    Ready(Source),
    /// Not.
    Missing(Why),
}

/// A relation's answer; one that is not supplied counts as not asked.
#[derive(Clone, Debug)]
pub struct Supply {
    /// Code of the resource.
    pub resource: String,
    /// The answer.
    pub answer: Answer,
}

impl Relation {
    /// The formula's schema: `uscc` first.
    pub fn schema(&self) -> Result<Schema> {
        let own = self.columns.iter().map(|c| (c.name.as_str(), c.kind.ty()));
        Schema::new(std::iter::once((USCC, Type::Text)).chain(own))
    }

    /// The last period's end (for daily resources the day) that should be there in data of this date.
    #[must_use]
    pub fn last(&self, known_to: Date) -> Date {
        let due = from_days(days(known_to).saturating_sub(i32::from(self.lag_days))).unwrap_or(known_to);
        let before = |start: Date| from_days(days(start) - 1).unwrap_or(start);
        let next = from_days(days(due) + 1).unwrap_or(due);
        match self.cycle {
            Cycle::Daily => known_to,
            Cycle::Monthly => before(next.first_of_month()),
            Cycle::Quarterly if quarter_end(due) == due => due,
            Cycle::Quarterly => before(huoshui_kernel::date::quarter_start(due)),
            Cycle::Yearly => before(year_start(next)),
        }
    }

    /// The parameters of its formulas: `:as_of` the profile's date, `:known_to` the date of the data, `:last` the end of
    /// the last period that should be there and `:next` the day after it. Windows count months back from `:next`, for
    /// twelve months before 28 February are not a month's end in every year.
    #[must_use]
    pub fn params(&self, as_of: Date, known_to: Date) -> Params {
        let date = |d: Date| Value::Date(days(d));
        Params::new()
            .with("as_of", Type::Date, date(as_of))
            .with("known_to", Type::Date, date(known_to))
            .with("last", Type::Date, date(self.last(known_to)))
            .with("next", Type::Date, Value::Date(days(self.last(known_to)).saturating_add(1)))
    }

    /// The first day from which rows must come for a profile of `as_of` over data of `known_to`. With a window of months it
    /// is the window's first day; without one, whatever is kept counts however old (a case of enforcement stays open until
    /// it is closed), and it is the day from which rows are kept. None where no range of dates cuts rows off.
    #[must_use]
    pub fn reach(&self, as_of: Date, known_to: Date, window: u16) -> Option<Date> {
        match (window, self.kept_months) {
            (0, None) => None,
            (0, Some(kept)) => Some(add_months(as_of, -i32::from(kept)).unwrap_or(Date::MIN)),
            (months, _) => Some(self.first(known_to, months).unwrap_or(Date::MIN)),
        }
    }

    /// Why a source does not cover what a feature with this window reads, or None where it does. What a consent's range
    /// left out is unknown: it must never pass for “there is nothing”.
    #[must_use]
    pub fn uncovered(&self, as_of: Date, source: &Source, window: u16) -> Option<Why> {
        if self.reach(as_of, source.as_of, window).is_some_and(|first| source.covers_from > first) {
            return Some(Why::Window);
        }
        (self.kept_months.is_some() && source.covers_to < self.until(source.as_of)).then_some(Why::Ended)
    }

    /// The day up to which rows must be let through of data of this date: the last period's end, or the data's own date where
    /// rows may be of any day.
    #[must_use]
    pub fn until(&self, known_to: Date) -> Date {
        if self.columns.iter().any(|c| c.name == PERIOD) { self.last(known_to) } else { known_to }
    }

    /// The first day of so many months up to the last period that should be there in data of this date.
    #[must_use]
    pub fn first(&self, known_to: Date, months: u16) -> Option<Date> {
        let next = from_days(days(self.last(known_to)).saturating_add(1));
        next.and_then(|n| add_months(n, -i32::from(months)))
    }

    /// One firm's rows as formulas see them, `uscc` first and then every column, from cells as [`Relation::batch`] takes
    /// them: no batch is made only to be read again.
    pub fn rows(&self, uscc: &str, columns: &[String], rows: &[Vec<serde_json::Value>]) -> Result<Vec<Vec<Value>>> {
        let firm = Value::Text(uscc.into());
        let places: Vec<Option<usize>> =
            self.columns.iter().map(|c| columns.iter().position(|name| *name == c.name)).collect();
        let row = |cells: &Vec<serde_json::Value>| {
            let mut all = Vec::with_capacity(self.columns.len() + 1);
            all.push(firm.clone());
            for (column, place) in self.columns.iter().zip(&places) {
                all.push(self.value(column, place.and_then(|at| cells.get(at)).unwrap_or(&serde_json::Value::Null))?);
            }
            Ok(all)
        };
        rows.iter().map(row).collect()
    }

    /// What kind of cell there should be and what kind there is: never the cell, which may be a secret.
    fn wrong(&self, column: &Column, cell: &serde_json::Value) -> Fault {
        let (wanted, got) = (column.kind.names(), kind_of(cell));
        let fault = Fault::new(&faults::SOURCE).with("resource", &self.resource).with("column", &column.name);
        let fault = fault.with("zh", format_args!("应为{}，收到{}", wanted.0, got.0));
        fault.with("en", format_args!("it takes {}, and {} came", wanted.1, got.1))
    }

    fn value(&self, column: &Column, cell: &serde_json::Value) -> Result<Value> {
        use serde_json::Value as J;
        let wrong = || self.wrong(column, cell);
        Ok(match (column.kind.ty(), cell) {
            (_, J::Null) => Value::Null,
            (Type::Bool, J::Bool(b)) => Value::Bool(*b),
            (Type::Text, J::String(text)) => Value::Text(text.as_str().into()),
            (Type::Date, J::String(text)) => Value::Date(days(parse(text).map_err(|_| wrong())?)),
            (Type::Int | Type::Money | Type::Rate | Type::Ratio, cell) => Value::Num(cell.as_i64().ok_or_else(wrong)?),
            _ => return Err(wrong()),
        })
    }

    /// One firm's rows as a batch, from cells as the exchange hands them out: `columns` names the cells; money and rates
    /// are whole numbers, dates `2025-09-30`. A cell of another kind is the fault `credit.source_shape`.
    pub fn batch(&self, uscc: &str, columns: &[String], rows: &[Vec<serde_json::Value>]) -> Result<RecordBatch> {
        let mut fields = vec![ArrowField::new(USCC, DataType::Utf8, false)];
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(StringArray::from(vec![uscc; rows.len()]))];
        for (at, name) in columns.iter().enumerate() {
            let Some(column) = self.columns.iter().find(|c| c.name == *name) else { continue };
            let array = self.array(column, rows.iter().map(|r| r.get(at).unwrap_or(&serde_json::Value::Null)))?;
            fields.push(ArrowField::new(name, array.data_type().clone(), true));
            arrays.push(array);
        }
        RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), arrays)
            .map_err(|e| Fault::new(&faults::INTERNAL).with("detail", e))
    }

    fn array<'a>(&self, column: &Column, cells: impl Iterator<Item = &'a serde_json::Value>) -> Result<ArrayRef> {
        use serde_json::Value as J;
        let wrong = |cell: &J| self.wrong(column, cell);
        let read = |cell: &'a J, ok: bool| if ok || cell.is_null() { Ok(cell) } else { Err(wrong(cell)) };
        Ok(match column.kind.ty() {
            Type::Bool => {
                Arc::new(cells.map(|c| read(c, c.is_boolean()).map(J::as_bool)).collect::<Result<BooleanArray>>()?)
            }
            Type::Text => {
                Arc::new(cells.map(|c| read(c, c.is_string()).map(J::as_str)).collect::<Result<StringArray>>()?)
            }
            Type::Date => {
                let day = |c: &'a J| match c {
                    J::Null => Ok(None),
                    J::String(text) => parse(text).map(|d| Some(days(d))).map_err(|_| wrong(c)),
                    _ => Err(wrong(c)),
                };
                Arc::new(cells.map(day).collect::<Result<Date32Array>>()?)
            }
            _ => Arc::new(cells.map(|c| read(c, c.is_i64()).map(J::as_i64)).collect::<Result<Int64Array>>()?),
        })
    }
}
