//! One pass over one relation: every aggregate that any figure needs of it, by cell.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::RecordBatch;
use hashbrown::HashMap;
use huoshui_formula::columns::{Aggregator, Options};
use huoshui_formula::{Aggregate, Expr, Node, Output, Query, Schema, Span, Type, Value};
use huoshui_kernel::fault::{Fault, Result};

use super::compiled;
use super::dims::Dim;
use super::resolve::{Dates, Leaf};
use crate::faults;
use crate::relations::{Relation, RelationRequest, Relations};

/// The values of a cell's dimensions, in the pass's order.
pub(super) type Key = Vec<Option<Arc<str>>>;

/// Rows that are gathered before they are handed on, so that both cores have work.
const WAVE: usize = 1 << 20;

/// A pass being planned.
pub(super) struct Pass {
    pub relation: Relation,
    pub dates: Dates,
    /// Those of the asked dimensions that the relation has.
    pub dims: Vec<Dim>,
    plain: Vec<Aggregate>,
    by_borrower: Vec<Aggregate>,
    most: usize,
}

/// Where a leaf's result will stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub pass: usize,
    index: usize,
    top: Option<usize>,
}

/// The results of a pass.
#[derive(Default)]
pub(super) struct Results {
    plain: HashMap<Key, Vec<Option<i128>>>,
    /// For each aggregate by borrower the largest sums, descending.
    largest: HashMap<Key, Vec<Vec<i128>>>,
}

/// Places each leaf in the pass of its relation and dates, sharing equal aggregates.
pub(super) fn place(leaves: &[Leaf], dims: &[Dim]) -> (Vec<Pass>, Vec<Slot>) {
    let mut passes: Vec<Pass> = Vec::new();
    let mut slots = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        let found = passes.iter().position(|p| p.relation == leaf.relation && p.dates == leaf.dates);
        let at = found.unwrap_or(passes.len());
        if found.is_none() {
            passes.push(Pass {
                relation: leaf.relation,
                dates: leaf.dates,
                dims: dims.iter().copied().filter(|d| d.is_in(leaf.relation)).collect(),
                plain: Vec::new(),
                by_borrower: Vec::new(),
                most: 0,
            });
        }
        let Some(pass) = passes.get_mut(at) else { continue };
        pass.most = pass.most.max(leaf.top.unwrap_or(0));
        let list = if leaf.top.is_some() { &mut pass.by_borrower } else { &mut pass.plain };
        let index = list.iter().position(|a| *a == leaf.aggregate).unwrap_or_else(|| {
            list.push(leaf.aggregate.clone());
            list.len() - 1
        });
        slots.push(Slot { pass: at, index, top: leaf.top });
    }
    (passes, slots)
}

impl Pass {
    /// What must be read.
    pub fn request(&self) -> Result<RelationRequest> {
        let schema = self.relation.schema()?;
        let mut columns: BTreeSet<Arc<str>> = self.dims.iter().map(|d| d.column().into()).collect();
        for aggregate in self.plain.iter().chain(&self.by_borrower) {
            compiled::columns(aggregate, &schema, &mut columns);
        }
        if columns.is_empty() || !self.by_borrower.is_empty() {
            columns.insert("borrower".into());
        }
        Ok(RelationRequest {
            relation: self.relation,
            data_date: self.dates.data,
            list_date: self.dates.list,
            columns: columns.into_iter().collect(),
        })
    }

    /// Reads the relation once and computes everything.
    pub fn run(&self, relations: &dyn Relations) -> Result<Results> {
        let schema = self.relation.schema()?;
        let keys: Vec<&str> = self.dims.iter().map(|d| d.column()).collect();
        let mut plain = aggregator(&schema, &keys, &self.plain)?;
        let with_borrower: Vec<&str> = keys.iter().copied().chain(std::iter::once("borrower")).collect();
        let mut by_borrower = aggregator(&schema, &with_borrower, &self.by_borrower)?;
        let mut waiting: Vec<RecordBatch> = Vec::new();
        let mut rows = 0;
        let mut take = |batches: &mut Vec<RecordBatch>| -> Result<()> {
            for aggregator in [&mut plain, &mut by_borrower].into_iter().flatten() {
                aggregator.push_all(batches)?;
            }
            batches.clear();
            Ok(())
        };
        relations.each(&self.request()?, &mut |batch| {
            rows += batch.num_rows();
            waiting.push(batch);
            if rows >= WAVE {
                rows = 0;
                take(&mut waiting)?;
            }
            Ok(())
        })?;
        take(&mut waiting)?;
        let mut results = Results::default();
        if let Some(aggregator) = plain {
            let grouped = aggregator.finish()?;
            for (group, key) in grouped.keys.iter().enumerate() {
                let values = grouped.aggregates.iter().map(|a| a.get(group).and_then(|v| v.exact())).collect();
                results.plain.insert(texts(key), values);
            }
        }
        if let Some(aggregator) = by_borrower {
            let grouped = aggregator.finish()?;
            for (group, key) in grouped.keys.iter().enumerate() {
                let Some((_, cell)) = key.split_last() else { continue };
                let sums =
                    results.largest.entry(texts(cell)).or_insert_with(|| vec![Vec::new(); self.by_borrower.len()]);
                for (list, aggregate) in sums.iter_mut().zip(&grouped.aggregates) {
                    list.extend(aggregate.get(group).and_then(|v| v.exact()));
                }
            }
            for list in results.largest.values_mut().flatten() {
                list.sort_unstable_by(|a, b| b.cmp(a));
                list.truncate(self.most);
            }
        }
        Ok(results)
    }
}

fn texts(key: &[Value]) -> Key {
    key.iter().map(|v| if let Value::Text(text) = v { Some(Arc::clone(text)) } else { None }).collect()
}

/// An aggregator of these aggregates by these columns; none where there is nothing to compute.
fn aggregator(schema: &Schema, keys: &[&str], aggregates: &[Aggregate]) -> Result<Option<Aggregator>> {
    if aggregates.is_empty() {
        return Ok(None);
    }
    let keys = keys.iter().map(|name| {
        let lost = || Fault::new(&faults::COLUMN_MISSING).with("table", "relation").with("column", name);
        let at = schema.find(name).ok_or_else(lost)?;
        Ok(Expr { node: Node::Column(at), ty: Type::Text, span: Span::default() })
    });
    let outputs = aggregates.iter().enumerate().map(|(i, a)| Output {
        name: format!("a{i}").into(),
        expr: Expr { node: Node::AggregateRef(i), ty: a.ty, span: Span::default() },
    });
    let query = Query {
        schema: schema.clone(),
        grouped: true,
        keys: keys.collect::<Result<_>>()?,
        filter: None,
        aggregates: aggregates.to_vec(),
        outputs: outputs.collect(),
    };
    Aggregator::new(&query, Options::default()).map(Some)
}

impl Results {
    /// A leaf's result in a cell; None where no row counted.
    pub fn get(&self, slot: Slot, key: &Key) -> Option<i128> {
        match slot.top {
            None => self.plain.get(key)?.get(slot.index).copied().flatten(),
            Some(top) => {
                let sums = self.largest.get(key)?.get(slot.index)?;
                if sums.is_empty() {
                    return None;
                }
                sums.iter().take(top).try_fold(0_i128, |sum, s| sum.checked_add(*s))
            }
        }
    }

    /// The cells that have rows of any kind.
    pub fn cells(&self) -> impl Iterator<Item = &Key> {
        self.plain.keys().chain(self.largest.keys())
    }
}
