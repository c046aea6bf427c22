//! The features of a whole city at once: each relation is read in one pass by the columns executor.

use std::collections::HashMap;
use std::sync::Arc;

use huoshui_formula::columns::{AggregateValue, Aggregator, Grouped, Options};
use huoshui_formula::row::Program;
use huoshui_formula::{Node, Query, Value, compile};
use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;
use rayon::prelude::*;

use super::{Compiled, Derived, by_firm, cell, plan};
use crate::policy::{formula_fault, internal};
use crate::relations::{Absent, Answer, Relation, Source, Supply};
use crate::table::Lane;
use crate::value::{Cell, Why};

/// The lanes of all features for these firms, in their order. The same values as [`super::one()`], bit for bit. A source
/// must hold every column of its relation that a feature reads.
pub(crate) fn city(
    (features, derived): (&[Compiled], &Derived),
    relations: &[Relation],
    firms: &[Arc<str>],
    as_of: Date,
    supplies: &[Supply],
) -> Result<Vec<Lane>> {
    let rows: HashMap<&str, usize> = firms.iter().enumerate().map(|(i, f)| (&**f, i)).collect();
    let mut lanes = vec![Lane::filled(Cell::Missing(Why::NotAsked), firms.len()); features.len()];
    for (at, relation) in relations.iter().enumerate() {
        let answer = plan::answer(relation, supplies, as_of)?;
        let mut wanted = Vec::new();
        for (i, one) in features.iter().enumerate().filter(|(_, f)| f.relation == Some(at)) {
            match (plan::refusal(one, relation, answer, as_of), lanes.get_mut(i)) {
                (Some(why), Some(lane)) => *lane = Lane::filled(Cell::Missing(why), firms.len()),
                _ => wanted.push((i, one)),
            }
        }
        if let (Some(Answer::Ready(source)), false) = (answer, wanted.is_empty()) {
            Pass::new(&wanted, relation, source, as_of)?.run(source, relation, (&rows, firms.len()), &mut lanes)?;
        }
    }
    second(features, derived, &mut lanes, firms.len());
    Ok(lanes)
}

/// One relation's pass: where each feature's results stand among the outputs.
struct Pass<'a> {
    query: Query,
    programs: Vec<Program>,
    places: Vec<Place<'a>>,
}

struct Place<'a> {
    lane: usize,
    feature: &'a Compiled,
    value: usize,
    enough: Option<usize>,
    /// The counts of the columns that must be filled; equal to the count of rows where they are.
    filled: Vec<usize>,
}

impl<'a> Pass<'a> {
    fn new(wanted: &[(usize, &'a Compiled)], relation: &Relation, source: &Source, as_of: Date) -> Result<Self> {
        let mut select = vec!["COUNT(*) AS n".to_owned()];
        let mut counted: HashMap<&str, usize> = HashMap::new();
        let mut places = Vec::new();
        for (lane, feature) in wanted {
            let mut filled = Vec::new();
            for column in &feature.filled {
                filled.push(*counted.entry(column).or_insert_with(|| {
                    select.push(format!("COUNT(\"{column}\") AS c{}", select.len()));
                    select.len() - 1
                }));
            }
            select.push(format!("({}) AS o{}", feature.feature.formula, select.len()));
            let value = select.len() - 1;
            let enough = feature.feature.enough.as_ref().map(|text| {
                select.push(format!("({text}) AS o{}", select.len()));
                select.len() - 1
            });
            places.push(Place { lane: *lane, feature, value, enough, filled });
        }
        let params = relation.params(as_of, source.as_of);
        let query = compile::query(&select.join(", "), &by_firm(), None, &relation.schema()?, &params)
            .map_err(|f| formula_fault(&relation.resource, &f))?;
        let programs = query.outputs.iter().map(|o| Program::over_groups(&o.expr, 1)).collect::<Result<_>>()?;
        Ok(Self { query, programs, places })
    }

    fn run(
        &self,
        source: &Source,
        relation: &Relation,
        (rows, firms): (&HashMap<&str, usize>, usize),
        lanes: &mut [Lane],
    ) -> Result<()> {
        let empty = match relation.absent {
            Absent::Unknown => None,
            Absent::Nothing => Some(self.over_nothing()?),
        };
        for (at, place) in self.places.iter().enumerate() {
            let cell = empty.as_ref().map_or(Some(Cell::Missing(Why::NotCovered)), |cells| cells.get(at).copied());
            if let (Some(cell), Some(lane)) = (cell, lanes.get_mut(place.lane)) {
                *lane = Lane::filled(cell, firms);
            }
        }
        let mut aggregator = Aggregator::new(&self.query, Options::default())?;
        if !source.own.is_empty() {
            return Err(internal("one firm's rows in the place of a city's"));
        }
        aggregator.push_all(&source.batches)?;
        let grouped = aggregator.finish()?;
        let known: Vec<(usize, usize)> = grouped
            .keys
            .iter()
            .enumerate()
            .filter_map(|(group, key)| match key.as_slice() {
                [Value::Text(firm)] => rows.get(&**firm).map(|row| (group, *row)),
                _ => None,
            })
            .collect();
        let cells: Vec<(usize, Vec<Cell>)> =
            known.par_iter().map(|(group, row)| (*row, self.cells(&grouped, *group))).collect();
        for (row, cells) in cells {
            for (place, cell) in self.places.iter().zip(cells) {
                if let Some(lane) = lanes.get_mut(place.lane) {
                    lane.set(row, cell);
                }
            }
        }
        Ok(())
    }

    /// What a firm without rows has.
    fn over_nothing(&self) -> Result<Vec<Cell>> {
        let mut alone = self.query.clone();
        alone.keys.clear();
        let grouped = Aggregator::new(&alone, Options { threads: 1 })?.finish()?;
        // The programs count one key before the aggregates.
        let grouped = Grouped { keys: vec![vec![Value::Null]], aggregates: grouped.aggregates };
        Ok(self.cells(&grouped, 0))
    }

    fn cells(&self, grouped: &Grouped, group: usize) -> Vec<Cell> {
        let mut row = vec![grouped.keys.get(group).and_then(|k| k.first()).cloned().unwrap_or(Value::Null)];
        let mut failed = Vec::new();
        for (i, aggregate) in grouped.aggregates.iter().enumerate() {
            match aggregate.get(group).unwrap_or(&AggregateValue::Null).value() {
                Ok(value) => row.push(value),
                Err(_) => {
                    failed.push(i);
                    row.push(Value::Null);
                }
            }
        }
        self.places.iter().map(|place| self.cell(place, &row, &failed)).collect()
    }

    fn cell(&self, place: &Place<'_>, row: &[Value], failed: &[usize]) -> Cell {
        let result = |at: usize| -> Option<Value> {
            let reads = |i: &usize| {
                let hit = |e: &huoshui_formula::Expr| e.node == Node::AggregateRef(*i);
                self.query.outputs.get(at).is_some_and(|o| o.expr.any(&hit))
            };
            if failed.iter().any(reads) {
                return None;
            }
            self.programs.get(at).and_then(|p| p.eval(row).ok())
        };
        let rows = result(0);
        if place.filled.iter().any(|at| result(*at) != rows) {
            return Cell::Missing(Why::Incomplete);
        }
        // As in the row executor, where the value and `enough` are one selection: a failure of either is unusable.
        let (Some(value), Some(enough)) = (result(place.value), place.enough.map_or(Some(Value::Bool(true)), result))
        else {
            return Cell::Missing(Why::Unusable);
        };
        match enough {
            Value::Bool(true) => cell(place.feature, &value),
            _ => Cell::Missing(Why::Incomplete),
        }
    }
}

/// Firms worked on at a time.
const BLOCK: usize = 4_096;

fn second(features: &[Compiled], derived: &Derived, lanes: &mut [Lane], firms: usize) {
    let starts: Vec<usize> = (0..firms).step_by(BLOCK).collect();
    let blocks: Vec<Vec<Vec<Cell>>> = starts
        .par_iter()
        .map(|start| {
            let mut room = Vec::new();
            (*start..firms.min(start + BLOCK))
                .map(|row| {
                    let mut cells: Vec<Cell> = lanes.iter().map(|lane| lane.get(row)).collect();
                    derived.fill(features, &mut cells, &mut room);
                    cells
                })
                .collect()
        })
        .collect();
    for (row, cells) in blocks.into_iter().flatten().enumerate() {
        for ((lane, cell), feature) in lanes.iter_mut().zip(cells).zip(features) {
            if feature.second.is_some() {
                lane.set(row, cell);
            }
        }
    }
}
