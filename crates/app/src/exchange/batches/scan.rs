//! One pass over a batch's rows: what is wrong with them, what is counted, and whether they come in order.

use std::cmp::Ordering;

use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{Array, RecordBatch};
use huoshui_formats::Chunk;
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::{Fault, Result};

use super::events::Counts;
use super::findings::Findings;
use super::spec::Spec;
use crate::faults;

/// Bytes of a key that name the firm: a mark, eighteen places, an end.
const FIRM: usize = 20;

/// Who is in the registry.
pub type Known<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// What is wrong with a batch's cells and rows, and what they add up to.
pub struct Scan<'a> {
    spec: &'a Spec<'a>,
    as_of: Date,
    /// Rows seen.
    pub rows: u64,
    /// What was counted.
    pub counts: Counts,
    /// What is wrong.
    pub findings: Findings,
    /// Whether cells of keys are among it, so that twins would be found that are none.
    pub keys_wrong: bool,
    earliest: Option<i32>,
    invalid: Vec<bool>,
}

impl<'a> Scan<'a> {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(spec: &'a Spec<'a>, as_of: Date) -> Self {
        Self {
            spec,
            as_of,
            rows: 0,
            counts: Counts::default(),
            findings: Findings::default(),
            keys_wrong: false,
            earliest: None,
            invalid: Vec::new(),
        }
    }

    /// Looks at the next rows.
    ///
    /// # Errors
    /// Faults of the program; those of the rows are findings.
    pub fn look(&mut self, chunk: &Chunk) -> Result<()> {
        let Chunk { batch, first_row, problems } = chunk;
        let shape = self.spec.shape;
        for problem in problems {
            self.keys_wrong |= problem.column.is_none_or(|c| self.spec.key.contains(&c));
            self.findings.cell(problem, shape);
        }
        self.rows += batch.num_rows() as u64;
        for (array, column) in batch.columns().iter().zip(shape.columns) {
            if array.null_count() > 0 {
                *self.counts.empty.entry(column.name.to_owned()).or_default() += array.null_count() as u64;
            }
        }
        self.rules(batch, *first_row)?;
        self.dates(batch, *first_row);
        Ok(())
    }

    fn rules(&mut self, batch: &RecordBatch, first_row: u64) -> Result<()> {
        let Self { spec, findings, counts, invalid, .. } = self;
        invalid.clear();
        spec.broken(batch, |rule, at| {
            if rule.refuse {
                findings.rule(rule, spec.shape, batch, at, first_row + at as u64);
                return;
            }
            match counts.violations.get_mut(&rule.code) {
                Some(count) => *count += 1,
                None => drop(counts.violations.insert(rule.code.clone(), 1)),
            }
            invalid.resize(batch.num_rows(), false);
            if let Some(row) = invalid.get_mut(at) {
                counts.invalid_rows += u64::from(!*row);
                *row = true;
            }
        })
    }

    fn dates(&mut self, batch: &RecordBatch, first_row: u64) {
        let Some(place) = self.spec.period else { return };
        let Some(days) = batch.columns().get(place).and_then(|a| a.as_primitive_opt::<Date32Type>()) else { return };
        let limit = date::days(self.as_of);
        for (at, day) in (0..).zip(days) {
            let Some(day) = day else { continue };
            self.earliest = Some(self.earliest.map_or(day, |e| e.min(day)));
            if day > limit {
                let shown = date::from_days(day).map(|d| d.to_string()).unwrap_or_default();
                let fault = Fault::new(&faults::BATCH_LATE_ROW).with("date", shown).with("as_of", self.as_of);
                self.findings.row(fault.row(first_row + at), Some(place));
            }
        }
    }

    /// Two rows with one key.
    pub fn twins(&mut self, first: u64, second: u64) {
        let fault = Fault::new(&faults::BATCH_TWIN).with("row", second).with("first", first);
        self.findings.row(fault.row(second), None);
    }

    /// The first date that the rows cover.
    #[must_use]
    pub fn covers_from(&self) -> Date {
        self.spec.covers_from(self.earliest.and_then(date::from_days), self.as_of)
    }
}

/// Rows that should come in the order of their keys: counts firms, and notices rows that do not.
pub struct Walk<'a> {
    known: Known<'a>,
    last: Vec<u8>,
    /// Firms seen.
    pub firms: u64,
    /// Firms that the registry does not know.
    pub unknown: u64,
}

impl<'a> Walk<'a> {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(known: Known<'a>) -> Self {
        Self { known, last: Vec::new(), firms: 0, unknown: 0 }
    }

    /// How the next row's key stands to the last row's.
    pub fn step(&mut self, key: &[u8]) -> Ordering {
        let order = if self.firms == 0 { Ordering::Greater } else { key.cmp(&self.last) };
        if order == Ordering::Greater {
            let firm = key.get(..FIRM);
            if self.firms == 0 || firm != self.last.get(..FIRM) {
                self.firms += 1;
                let text = key.get(1..FIRM - 1).and_then(|b| std::str::from_utf8(b).ok());
                self.unknown += u64::from(!text.is_some_and(self.known));
            }
            self.last.clear();
            self.last.extend_from_slice(key);
        }
        order
    }
}
