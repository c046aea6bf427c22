//! A whole selection row by row: the plain reference that the faster executors are held against.

use std::collections::{BTreeMap, HashSet};

use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::round::div_half_even;

use super::Program;
use crate::faults;
use crate::ir::{Aggregate, AggregateFn, Query, Span};
use crate::order::Sorted;
use crate::value::{RATIO_ONE, Type, Value};

/// Runs a selection over rows of the schema's columns. Groups come in ascending order of their keys, NULLs last.
pub fn run<'a>(query: &Query, rows: impl IntoIterator<Item = &'a [Value]>) -> Result<Vec<Vec<Value>>> {
    Selection::new(query)?.run(rows)
}

/// A selection made ready to run: built once, run on any number of sets of rows, from any thread.
#[derive(Debug)]
pub struct Selection {
    grouped: bool,
    filter: Option<Program>,
    keys: Vec<Program>,
    counters: Vec<Counter>,
    outputs: Vec<Program>,
}

impl Selection {
    /// Makes a query ready. Errors with `formula.internal` where the type checker did not build it.
    pub fn new(query: &Query) -> Result<Self> {
        let output = |e| if query.grouped { Program::over_groups(e, query.keys.len()) } else { Program::new(e) };
        Ok(Self {
            grouped: query.grouped,
            filter: query.filter.as_ref().map(Program::new).transpose()?,
            keys: query.keys.iter().map(Program::new).collect::<Result<_>>()?,
            counters: query.aggregates.iter().map(Counter::new).collect::<Result<_>>()?,
            outputs: query.outputs.iter().map(|o| output(&o.expr)).collect::<Result<_>>()?,
        })
    }

    /// The results over rows of the schema's columns, as [`run`] gives them.
    pub fn run<'a>(&self, rows: impl IntoIterator<Item = &'a [Value]>) -> Result<Vec<Vec<Value>>> {
        let mut results = Vec::new();
        if !self.grouped {
            for row in rows {
                if self.keeps(row)? {
                    results.push(self.outputs(row)?);
                }
            }
            return Ok(results);
        }
        let mut groups: BTreeMap<Vec<Sorted>, Vec<State>> = BTreeMap::new();
        let empty = || self.counters.iter().map(|_| State::default()).collect::<Vec<_>>();
        if self.keys.is_empty() {
            groups.insert(Vec::new(), empty());
        }
        for row in rows {
            if !self.keeps(row)? {
                continue;
            }
            let key = self.keys.iter().map(|k| k.eval(row).map(Sorted)).collect::<Result<Vec<_>>>()?;
            let states = groups.entry(key).or_insert_with(empty);
            for (counter, state) in self.counters.iter().zip(states) {
                counter.add(state, row)?;
            }
        }
        for (key, states) in groups {
            let mut row: Vec<Value> = key.into_iter().map(|k| k.0).collect();
            for (counter, state) in self.counters.iter().zip(states) {
                row.push(counter.finish(state)?);
            }
            results.push(self.outputs(&row)?);
        }
        Ok(results)
    }

    fn keeps(&self, row: &[Value]) -> Result<bool> {
        match &self.filter {
            None => Ok(true),
            Some(f) => f.eval_bool(row).map(|t| t == Some(true)),
        }
    }

    fn outputs(&self, row: &[Value]) -> Result<Vec<Value>> {
        self.outputs.iter().map(|p| p.eval(row)).collect()
    }
}

/// One aggregate, ready to run.
#[derive(Debug)]
struct Counter {
    aggregate: Aggregate,
    args: Vec<Program>,
    filter: Option<Program>,
}

/// What one aggregate knows of one group.
#[derive(Default)]
struct State {
    count: i64,
    sum: Wide,
    distinct: HashSet<Value>,
    best: Option<Sorted>,
}

impl Counter {
    fn new(aggregate: &Aggregate) -> Result<Self> {
        Ok(Self {
            aggregate: aggregate.clone(),
            args: aggregate.args.iter().map(Program::new).collect::<Result<_>>()?,
            filter: aggregate.filter.as_ref().map(Program::new).transpose()?,
        })
    }

    fn add(&self, state: &mut State, row: &[Value]) -> Result<()> {
        if let Some(f) = &self.filter
            && f.eval_bool(row)? != Some(true)
        {
            return Ok(());
        }
        let mut values = Vec::with_capacity(self.args.len());
        for arg in &self.args {
            values.push(arg.eval(row)?);
        }
        if values.iter().any(|v| matches!(v, Value::Null)) {
            return Ok(());
        }
        state.count += 1;
        match (self.aggregate.func, values.as_slice()) {
            (AggregateFn::Sum | AggregateFn::Avg, [Value::Num(n)]) => state.sum.add(i128::from(*n)),
            (AggregateFn::SumProduct, [Value::Num(a), Value::Num(b)]) => {
                state.sum.add(i128::from(*a) * i128::from(*b));
            }
            (AggregateFn::CountDistinct, [v]) => {
                state.distinct.insert(v.clone());
            }
            (AggregateFn::Min | AggregateFn::Max, [v]) => {
                let v = Sorted(v.clone());
                let better = |b: &Sorted| if self.aggregate.func == AggregateFn::Min { v < *b } else { v > *b };
                if state.best.as_ref().is_none_or(better) {
                    state.best = Some(v);
                }
            }
            (AggregateFn::Count, _) => {}
            _ => return Err(Fault::new(&faults::INTERNAL).with("detail", "aggregate")),
        }
        Ok(())
    }

    fn finish(&self, state: State) -> Result<Value> {
        let count = |n: usize| Ok(Value::Num(i64::try_from(n).unwrap_or(i64::MAX)));
        match self.aggregate.func {
            AggregateFn::Count => Ok(Value::Num(state.count)),
            AggregateFn::CountDistinct => count(state.distinct.len()),
            AggregateFn::Min | AggregateFn::Max => Ok(state.best.map_or(Value::Null, |b| b.0)),
            _ if state.count == 0 => Ok(Value::Null),
            AggregateFn::Sum | AggregateFn::SumProduct => self.narrow(state.sum.total()),
            AggregateFn::Avg => {
                let factor = if self.aggregate.args.first().is_some_and(|a| a.ty == Type::Int) { RATIO_ONE } else { 1 };
                let scaled = state.sum.total().and_then(|s| s.checked_mul(i128::from(factor)));
                self.narrow(scaled.and_then(|s| div_half_even(s, i128::from(state.count))))
            }
        }
    }

    fn narrow(&self, wide: Option<i128>) -> Result<Value> {
        let span = self.aggregate.args.first().map_or(Span::default(), |a| a.span);
        wide.and_then(|w| i64::try_from(w).ok())
            .map(Value::Num)
            .ok_or_else(|| Fault::new(&faults::OVERFLOW).with("text", format!("{}..{}", span.start, span.end)))
    }
}

/// A sum that cannot overflow while it grows: products of 64-bit numbers fill 127 bits, so whole multiples of 2^64 are
/// counted apart.
#[derive(Default)]
struct Wide {
    high: i128,
    low: i128,
}

impl Wide {
    const BASE: i128 = 1 << 64;

    fn add(&mut self, value: i128) {
        self.high += value.div_euclid(Self::BASE);
        self.low += value.rem_euclid(Self::BASE);
        self.high += self.low / Self::BASE;
        self.low %= Self::BASE;
    }

    fn total(&self) -> Option<i128> {
        self.high.checked_mul(Self::BASE)?.checked_add(self.low)
    }
}
