//! The rows behind a cell, each with what it contributes.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use hashbrown::{HashMap, HashSet};
use huoshui_formula::columns::{self, Program};
use huoshui_formula::{AggregateFn, Expr, Node, Schema, Span, Type, Value, compile};
use huoshui_kernel::Date;
use huoshui_kernel::fault::{Fault, Result};

use super::catalogue::Catalogue;
use super::compiled;
use super::dims::{Cell, Dim, at_most_two};
use super::evaluate::{Selection, evaluate};
use super::figure::Figure;
pub use super::resolve::Role;
use super::resolve::{Leaf, resolve};
use crate::arrow::{Texts, internal};
use crate::faults;
use crate::relations::{Relation, RelationRequest, Relations};

/// What contributions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contribution {
    /// Fen.
    Money,
    /// How many, or another plain number.
    Count,
    /// A product such as fen × parts per million, of a weighted average.
    Product,
}

/// The rows of one part of a figure.
#[derive(Clone, Debug)]
pub struct Part {
    /// Which part.
    pub role: Role,
    /// The indicator that the part belongs to (of a growth: the one that grew).
    pub code: Arc<str>,
    /// The relation that the rows are of.
    pub relation: Relation,
    /// As-of date of the filings.
    pub data_date: Date,
    /// Date of the list.
    pub list_date: Date,
    /// Σ contributions of all rows, the part's exact value.
    pub total: i128,
    /// Rows in all.
    pub count: u64,
    /// The columns of `batches` with their types.
    pub schema: Schema,
    /// The first rows, up to the limit asked for.
    pub batches: Vec<RecordBatch>,
    /// What each of these rows contributes: its amount; 1 for a thing counted, 0 for one counted before.
    pub contributions: Vec<i128>,
    /// What they are.
    pub contribution: Contribution,
}

/// A cell opened.
#[derive(Clone, Debug)]
pub struct Drill {
    /// The figure.
    pub figure: Figure,
    /// Its parts: numerator and denominator, and for a comparison those of the base or the other indicator.
    pub parts: Vec<Part>,
}

const FIRM: [&str; 6] = ["borrower", "borrower_name", "district", "industry", "tier", "size"];

fn shown(relation: Relation) -> Vec<&'static str> {
    let (first, rest): (&[&str], &[&str]) = match relation {
        Relation::Notes => (
            &["institution", "note_no"],
            &[
                "business_kind",
                "purpose",
                "drawdown_date",
                "original_maturity",
                "balance_cny",
                "current_rate",
                "main_guarantee",
                "mitigants",
                "ip_pledge",
                "five_tier",
                "days_past_due",
                "renewal_kind",
            ],
        ),
        Relation::Disbursements => (
            &["institution", "note_no"],
            &[
                "business_kind",
                "drawdown_date",
                "original_maturity",
                "amount",
                "rate_at_drawdown",
                "main_guarantee",
                "first_loan",
                "renewal_kind",
            ],
        ),
        Relation::Relationships => (
            &["institution", "line_no"],
            &["credit_limit", "commitment", "valid_from", "valid_to", "group_line", "used"],
        ),
        Relation::Contacts => (&["institution"], &["account_open", "line_in_force", "exposure"]),
        Relation::Enterprises => (&[], &["founded_on"]),
    };
    first.iter().chain(&FIRM).chain(rest).copied().collect()
}

/// Opens a cell: every row that counts in each part of the figure. At most `limit` rows of a part are given; its total
/// and count are of all.
pub fn drill(
    catalogue: &Catalogue,
    code: &str,
    as_of: Date,
    cell: &Cell,
    filter: Option<&str>,
    limit: usize,
    relations: &dyn Relations,
) -> Result<Drill> {
    let dims: Vec<Dim> = cell.keys().copied().collect();
    at_most_two(&dims)?;
    let selection = Selection { codes: Some(&[code]), as_of, dims: &dims, filter };
    let figures = evaluate(catalogue, &selection, relations)?;
    let indicator = catalogue.get(code, as_of)?;
    let empty = Figure {
        code: Arc::clone(&indicator.code),
        version: indicator.version,
        name: indicator.name.clone(),
        value: None,
        exact: None,
        unit: indicator.unit,
        dims: cell.clone(),
        as_of,
        numerator: None,
        denominator: None,
    };
    let figure = figures.into_iter().find(|f| f.dims == *cell).unwrap_or(empty);
    let mut leaves = Vec::new();
    resolve(catalogue, indicator, as_of, filter, &mut leaves)?;
    let parts = leaves.iter().map(|leaf| open(leaf, cell, limit, relations)).collect::<Result<_>>()?;
    Ok(Drill { figure, parts })
}

/// The condition that a row is in the cell. A dimension that the relation lacks does not cut it.
fn in_cell(relation: Relation, schema: &Schema, cell: &Cell) -> Result<Vec<Expr>> {
    let mut conditions = Vec::new();
    for (dim, value) in cell.iter().filter(|(dim, _)| dim.is_in(relation)) {
        let params = compile::Params::new();
        let condition = match value {
            Some(text) => {
                let params = params.with("value", Type::Text, Value::Text(Arc::clone(text)));
                compile::condition(&format!("{} = :value", dim.column()), schema, &params)?
            }
            None => compile::condition(&format!("{} IS NULL", dim.column()), schema, &params)?,
        };
        conditions.push(condition);
    }
    Ok(conditions)
}

fn open(leaf: &Leaf, cell: &Cell, limit: usize, relations: &dyn Relations) -> Result<Part> {
    let schema = leaf.relation.schema()?;
    let names = shown(leaf.relation);
    let mut needed: BTreeSet<Arc<str>> = names.iter().map(|n| Arc::from(*n)).collect();
    compiled::columns(&leaf.aggregate, &schema, &mut needed);
    needed.extend(cell.keys().filter(|d| d.is_in(leaf.relation)).map(|d| Arc::from(d.column())));
    let request = RelationRequest {
        relation: leaf.relation,
        data_date: leaf.dates.data,
        list_date: leaf.dates.list,
        columns: needed.into_iter().collect(),
    };
    let mut conditions = in_cell(leaf.relation, &schema, cell)?;
    conditions.extend(leaf.aggregate.filter.clone());
    let always = Expr { node: Node::Const(Value::Bool(true)), ty: Type::Bool, span: Span::default() };
    let condition = compiled::all(conditions).unwrap_or(always);
    let mut counter = Counter::new(leaf, &schema)?;
    let own = |name: &&&str| schema.find(name).and_then(|i| schema.columns.get(i)).map(|c| (c.name.to_string(), c.ty));
    let mut part = Part {
        role: leaf.role,
        code: Arc::clone(&leaf.code),
        relation: leaf.relation,
        data_date: leaf.dates.data,
        list_date: leaf.dates.list,
        total: 0,
        count: 0,
        schema: Schema::new(names.iter().filter_map(|n| own(&n)))?,
        batches: Vec::new(),
        contributions: Vec::new(),
        contribution: kind(&leaf.aggregate.func, &leaf.aggregate.args),
    };
    let too_large = || Fault::new(&faults::OVERFLOW).with("code", &leaf.code);
    // The largest borrowers are known only at the end, so their rows wait until then.
    let mut kept: Vec<(RecordBatch, Vec<i128>)> = Vec::new();
    relations.each(&request, &mut |batch| {
        let within = columns::filter(&condition, &schema, &batch)?;
        let given = counter.contributions(&batch, &within)?;
        let mask: BooleanArray = given.iter().map(|c| Some(c.is_some())).collect();
        let values: Vec<i128> = given.into_iter().flatten().collect();
        if leaf.top.is_none() {
            part.count += values.len() as u64;
            part.total = values.iter().try_fold(part.total, |sum, v| sum.checked_add(*v)).ok_or_else(too_large)?;
        }
        let room = kept.iter().map(|(_, v)| v.len()).sum::<usize>() < limit;
        if !values.is_empty() && (leaf.top.is_some() || room) {
            let rows = filter_record_batch(&batch, &mask).map_err(|e| internal(&e))?;
            kept.push((rows, values));
        }
        Ok(())
    })?;
    if let Some(top) = leaf.top {
        kept = largest(kept, top)?;
        for (_, values) in &kept {
            part.count += values.len() as u64;
            part.total = values.iter().try_fold(part.total, |sum, v| sum.checked_add(*v)).ok_or_else(too_large)?;
        }
    }
    for (rows, values) in kept {
        let room = limit - part.contributions.len().min(limit);
        let rows = rows.slice(0, rows.num_rows().min(room));
        part.contributions.extend(values.iter().take(room));
        let columns = part
            .schema
            .columns
            .iter()
            .filter_map(|c| rows.column_by_name(&c.name).map(|a| (Arc::clone(&c.name), Arc::clone(a))));
        part.batches.push(crate::arrow::batch(columns.collect(), rows.num_rows())?);
    }
    Ok(part)
}

/// Keeps the rows of the borrowers with the largest sums; of equal sums the smaller USCC.
fn largest(rows: Vec<(RecordBatch, Vec<i128>)>, top: usize) -> Result<Vec<(RecordBatch, Vec<i128>)>> {
    let mut sums: HashMap<String, i128> = HashMap::new();
    for (batch, values) in &rows {
        let borrower = crate::arrow::texts("relation", batch, "borrower")?;
        for (i, value) in values.iter().enumerate() {
            let sum = sums.entry_ref(borrower.get(i).unwrap_or("")).or_insert(0);
            *sum = sum.saturating_add(*value);
        }
    }
    let mut order: Vec<(i128, String)> = sums.into_iter().map(|(b, s)| (s, b)).collect();
    order.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let chosen: HashSet<String> = order.into_iter().take(top).map(|(_, b)| b).collect();
    let mut kept = Vec::new();
    for (batch, values) in rows {
        let borrower = crate::arrow::texts("relation", &batch, "borrower")?;
        let mask: Vec<bool> = (0..batch.num_rows()).map(|i| chosen.contains(borrower.get(i).unwrap_or(""))).collect();
        let values = values.iter().zip(&mask).filter(|(_, keep)| **keep).map(|(v, _)| *v).collect();
        let rows = filter_record_batch(&batch, &BooleanArray::from(mask)).map_err(|e| internal(&e))?;
        kept.push((rows, values));
    }
    Ok(kept)
}

fn kind(func: &AggregateFn, args: &[Expr]) -> Contribution {
    match (func, args) {
        (AggregateFn::SumProduct, _) => Contribution::Product,
        (AggregateFn::Sum, [arg]) if arg.ty == Type::Money => Contribution::Money,
        _ => Contribution::Count,
    }
}

/// What each row adds to an aggregate.
struct Counter {
    func: AggregateFn,
    programs: Vec<Program>,
    seen: HashSet<String>,
}

impl Counter {
    fn new(leaf: &Leaf, schema: &Schema) -> Result<Self> {
        let programs = leaf.aggregate.args.iter().map(|a| Program::new(a, schema)).collect::<Result<_>>()?;
        Ok(Self { func: leaf.aggregate.func, programs, seen: HashSet::new() })
    }

    /// For each row of the batch its contribution; None for a row that does not count.
    fn contributions(
        &mut self,
        batch: &RecordBatch,
        within: &arrow_buffer::BooleanBuffer,
    ) -> Result<Vec<Option<i128>>> {
        let args: Vec<ArrayRef> = self.programs.iter().map(|p| p.eval_within(batch, within)).collect::<Result<_>>()?;
        let mut out = vec![None; batch.num_rows()];
        for row in within.set_indices() {
            if let Some(slot) = out.get_mut(row) {
                *slot = self.one(&args, row);
            }
        }
        Ok(out)
    }

    fn one(&mut self, args: &[ArrayRef], row: usize) -> Option<i128> {
        let number = |array: &ArrayRef| {
            let numbers = array.as_primitive_opt::<Int64Type>()?;
            (row < numbers.len() && numbers.is_valid(row)).then(|| i128::from(numbers.value(row)))
        };
        match (self.func, args) {
            (AggregateFn::Count, []) => Some(1),
            (AggregateFn::Count, [arg]) => arg.is_valid(row).then_some(1),
            (AggregateFn::CountDistinct, [arg]) => {
                let text = match Texts::of(arg.as_ref()) {
                    Some(texts) => texts.get(row)?.to_owned(),
                    None => number(arg)?.to_string(),
                };
                Some(i128::from(self.seen.insert(text)))
            }
            (AggregateFn::Sum, [arg]) => number(arg),
            (AggregateFn::SumProduct, [a, b]) => number(a)?.checked_mul(number(b)?),
            _ => None,
        }
    }
}
