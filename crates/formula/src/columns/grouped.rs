//! What an aggregation gives: groups in order, each aggregate's exact result.

use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::round::div_half_even;

use super::group::KeySource;
use super::input::Texts;
use super::state::State;
use super::worker::{Job, Task, Worker};
use crate::faults;
use crate::ir::{AggregateFn, Query};
use crate::order::Sorted;
use crate::row;
use crate::value::{RATIO_ONE, Type, Value};

/// The exact result of an aggregate over one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AggregateValue {
    /// Over nothing.
    Null,
    /// A count or a sum, exact beyond `i64`. Of `SUM_PRODUCT` the unit is the product of the units.
    Exact(i128),
    /// What an average is made of; not yet divided.
    Average {
        /// The exact sum.
        sum: i128,
        /// Its rows, more than zero.
        count: u64,
        /// Whether of integers, so that the quotient is a ratio.
        of_integers: bool,
    },
    /// The smallest or largest.
    Extreme(Value),
}

impl AggregateValue {
    /// The exact integer of a sum, a count, or an extreme of numbers; None for NULL, for averages and for the rest.
    #[must_use]
    pub fn exact(&self) -> Option<i128> {
        match self {
            Self::Exact(exact) => Some(*exact),
            Self::Extreme(Value::Num(number)) => Some((*number).into()),
            _ => None,
        }
    }

    /// The exact sum and count of an average.
    #[must_use]
    pub fn average(&self) -> Option<(i128, u64)> {
        match self {
            Self::Average { sum, count, .. } => Some((*sum, *count)),
            _ => None,
        }
    }

    /// The value of the language: averages divided half-even, everything checked into 64 bits (`formula.overflow`).
    pub fn value(&self) -> Result<Value> {
        let wide = match self {
            Self::Null => return Ok(Value::Null),
            Self::Extreme(value) => return Ok(value.clone()),
            Self::Exact(exact) => Some(*exact),
            Self::Average { sum, count, of_integers } => {
                let factor = if *of_integers { RATIO_ONE } else { 1 };
                sum.checked_mul(factor.into()).and_then(|scaled| div_half_even(scaled, (*count).into()))
            }
        };
        let narrow = wide.and_then(|wide| i64::try_from(wide).ok());
        narrow.map(Value::Num).ok_or_else(|| overflow(wide.map_or_else(String::new, |wide| wide.to_string())))
    }
}

fn overflow(text: impl std::fmt::Display) -> Fault {
    Fault::new(&faults::OVERFLOW).with("text", text)
}

/// The groups of a query with their aggregates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouped {
    /// The key values of each group, in ascending order, NULLs last. Without keys, one group of none.
    pub keys: Vec<Vec<Value>>,
    /// For each aggregate of the query, its result in each group.
    pub aggregates: Vec<Vec<AggregateValue>>,
}

impl Grouped {
    /// Reads out a worker that holds everything.
    pub(super) fn new(job: &Job, texts: &Texts, worker: &Worker) -> Result<Self> {
        let mut groups = Vec::with_capacity(worker.grouper.len());
        let mut cells = Vec::new();
        for group in 0..worker.grouper.len() {
            let number = u32::try_from(group).unwrap_or(u32::MAX);
            if !job.sources.is_empty() {
                worker.grouper.cells(number, &mut cells)?;
            }
            let value = |(source, cell): (&KeySource, &Option<i64>)| Sorted(key_value(*source, *cell, texts));
            groups.push((job.sources.iter().zip(&cells).map(value).collect::<Vec<_>>(), group));
        }
        groups.sort_unstable();
        let order: Vec<usize> = groups.iter().map(|(_, group)| *group).collect();
        let keys = groups.into_iter().map(|(key, _)| key.into_iter().map(|value| value.0).collect()).collect();
        let read = |(task, state): (&Task, &State)| results(task, state, &order, texts);
        let aggregates = job.tasks.iter().zip(&worker.states).map(read).collect::<Result<_>>()?;
        Ok(Self { keys, aggregates })
    }

    /// The results of the query's outputs, a row for each group, by the row executor.
    pub fn outputs(&self, query: &Query) -> Result<Vec<Vec<Value>>> {
        let over = |output: &crate::ir::Output| row::Program::over_groups(&output.expr, query.keys.len());
        let programs = query.outputs.iter().map(over).collect::<Result<Vec<_>>>()?;
        let mut rows = Vec::with_capacity(self.keys.len());
        for (group, key) in self.keys.iter().enumerate() {
            let mut row = key.clone();
            for aggregate in &self.aggregates {
                row.push(aggregate.get(group).unwrap_or(&AggregateValue::Null).value()?);
            }
            rows.push(programs.iter().map(|program| program.eval(&row)).collect::<Result<_>>()?);
        }
        Ok(rows)
    }
}

fn key_value(source: KeySource, cell: Option<i64>, texts: &Texts) -> Value {
    let Some(cell) = cell else { return Value::Null };
    let code = u32::try_from(cell).unwrap_or(u32::MAX);
    match source {
        KeySource::Domain(column) => {
            texts.domains.get(column).map_or(Value::Null, |domain| Value::Text(domain.text(code).into()))
        }
        KeySource::Pool(_) => Value::Text(texts.pool.text(code).into()),
        KeySource::Nums(_) => Value::Num(cell),
        KeySource::Dates(_) => day(cell),
        KeySource::Bits(_) => Value::Bool(cell != 0),
    }
}

fn day(cell: i64) -> Value {
    i32::try_from(cell).map_or(Value::Null, Value::Date)
}

fn results(task: &Task, state: &State, order: &[usize], texts: &Texts) -> Result<Vec<AggregateValue>> {
    match state {
        State::Count(counts) => Ok(order.iter().map(|group| count(counts.get(*group))).collect()),
        State::Distinct(set) => {
            let counts = set.counts(order.len());
            Ok(order.iter().map(|group| count(counts.get(*group))).collect())
        }
        State::Sums(sums) => {
            let average = task.func == AggregateFn::Avg;
            let read = |group: &usize| match sums.result(*group) {
                (_, 0) => Ok(AggregateValue::Null),
                (None, _) => Err(overflow("SUM")),
                (Some(sum), count) if average => {
                    Ok(AggregateValue::Average { sum, count, of_integers: task.ty == Some(Type::Int) })
                }
                (Some(sum), _) => Ok(AggregateValue::Exact(sum)),
            };
            order.iter().map(read).collect()
        }
        State::Extremes { of, .. } => {
            let read = |group: &usize| match (of.result(*group), task.ty) {
                (None, _) => AggregateValue::Null,
                (Some(cell), Some(Type::Text)) => AggregateValue::Extreme(Value::Text(
                    texts.pool.text(u32::try_from(cell).unwrap_or(u32::MAX)).into(),
                )),
                (Some(cell), Some(Type::Date)) => AggregateValue::Extreme(day(cell)),
                (Some(cell), Some(Type::Bool)) => AggregateValue::Extreme(Value::Bool(cell != 0)),
                (Some(cell), _) => AggregateValue::Extreme(Value::Num(cell)),
            };
            Ok(order.iter().map(read).collect())
        }
    }
}

fn count(count: Option<&u64>) -> AggregateValue {
    AggregateValue::Exact(count.copied().unwrap_or(0).into())
}
