//! Many profiles at once, a column for each feature.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field as ArrowField, Schema as ArrowSchema};
use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;

use crate::policy::internal;
use crate::profile::Origin;
use crate::value::{Cell, Field, Kind, Why};

/// A column of cells: where `why` is 0 the value counts, else it is 0 and `why` says why (see [`Why::from_byte`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// The numbers.
    pub values: Vec<i64>,
    /// The reasons.
    pub why: Vec<u8>,
}

impl Lane {
    /// So many cells of one kind.
    #[must_use]
    pub fn filled(cell: Cell, rows: usize) -> Self {
        let (value, why) = parts(cell);
        Self { values: vec![value; rows], why: vec![why; rows] }
    }

    /// A cell; not asked beyond the end.
    #[must_use]
    pub fn get(&self, row: usize) -> Cell {
        match (self.values.get(row), self.why.get(row).map(|b| Why::from_byte(*b))) {
            (Some(value), Some(None)) => Cell::Known(*value),
            (_, Some(Some(why))) => Cell::Missing(why),
            _ => Cell::Missing(Why::NotAsked),
        }
    }

    /// Puts a cell.
    pub fn set(&mut self, row: usize, cell: Cell) {
        if let (Some(value), Some(why)) = (self.values.get_mut(row), self.why.get_mut(row)) {
            (*value, *why) = parts(cell);
        }
    }

    /// Adds a cell.
    pub fn push(&mut self, cell: Cell) {
        let (value, why) = parts(cell);
        self.values.push(value);
        self.why.push(why);
    }
}

fn parts(cell: Cell) -> (i64, u8) {
    match cell {
        Cell::Known(n) => (n, 0),
        Cell::Missing(why) => (0, why.byte()),
    }
}

/// Profiles of many firms at one date. Lane `i` is the field `i`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The date.
    pub as_of: Date,
    /// The firms, in the order given.
    pub uscc: Vec<Arc<str>>,
    /// The features, each with the version that computed it.
    pub features: Vec<(Field, u32)>,
    /// Their cells.
    pub lanes: Vec<Lane>,
    /// The sources, the same for every firm; for each feature the places of its own.
    pub origins: Vec<Origin>,
    /// For each feature, which of [`Table::origins`].
    pub sources: Vec<Vec<usize>>,
}

impl Table {
    /// The cells of a feature.
    #[must_use]
    pub fn lane(&self, code: &str) -> Option<&Lane> {
        let at = self.features.iter().position(|(f, _)| *f.code == *code)?;
        self.lanes.get(at)
    }

    /// As Arrow: `uscc`, then each feature as `Int64`, `Boolean` or `Utf8`, null where it is missing.
    pub fn batch(&self) -> Result<RecordBatch> {
        let mut fields = vec![ArrowField::new("uscc", DataType::Utf8, false)];
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(self.uscc.iter().map(|u| Some(&**u)).collect::<StringArray>())];
        for ((field, _), lane) in self.features.iter().zip(&self.lanes) {
            let array = array(field, lane);
            fields.push(ArrowField::new(&*field.code, array.data_type().clone(), true));
            arrays.push(array);
        }
        RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), arrays).map_err(|e| internal(&e.to_string()))
    }
}

/// A lane as the language's columns are.
pub(crate) fn array(field: &Field, lane: &Lane) -> ArrayRef {
    let known = lane.values.iter().zip(&lane.why).map(|(v, why)| (*why == 0).then_some(*v));
    match field.kind {
        Kind::Flag => Arc::new(known.map(|v| v.map(|v| v != 0)).collect::<BooleanArray>()),
        Kind::Code => {
            let name = |v: i64| usize::try_from(v).ok().and_then(|i| field.codes.get(i)).map(|c| c.code.as_str());
            Arc::new(known.map(|v| v.and_then(name)).collect::<StringArray>())
        }
        _ => Arc::new(known.collect::<Int64Array>()),
    }
}
