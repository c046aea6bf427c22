//! One expression over whole batches.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Date32Array, Int64Array, RecordBatch, StringArray};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use huoshui_kernel::fault::Result;

use super::bits::{self, CHUNK, Mask};
use super::eval::{Context, Evaluator, Lane, lane};
use super::input::{Input, Texts};
use super::plan::{Id, Plan};
use super::rows;
use crate::ir::{Expr, Schema};

/// An expression made ready to run over batches.
#[derive(Debug)]
pub struct Program {
    expr: Expr,
    schema: Schema,
    plan: Plan,
    root: Id,
}

/// Results as they come, chunk by chunk.
#[derive(Default)]
struct Gathered {
    nums: Vec<i64>,
    dates: Vec<i32>,
    texts: Vec<Arc<str>>,
    yes: Vec<u64>,
    valid: Vec<u64>,
    rows: usize,
}

impl Program {
    /// Makes an expression over the schema's columns ready.
    pub fn new(expr: &Expr, schema: &Schema) -> Result<Self> {
        let mut plan = Plan::default();
        let root = plan.add(expr, schema)?;
        plan.pool(root);
        plan.seal([root]);
        Ok(Self { expr: expr.clone(), schema: schema.clone(), plan, root })
    }

    /// The value of every row: `Int64`, `Boolean`, `Date32` or `Utf8`. A row in error is the fault of the first such row.
    pub fn eval(&self, batch: &RecordBatch) -> Result<ArrayRef> {
        self.run(batch, None)
    }

    /// The same where only the rows of `selected` are wanted: errors of others do not count, and their values are of no
    /// meaning.
    pub fn eval_within(&self, batch: &RecordBatch, selected: &BooleanBuffer) -> Result<ArrayRef> {
        self.run(batch, Some(selected))
    }

    fn run(&self, batch: &RecordBatch, selected: Option<&BooleanBuffer>) -> Result<ArrayRef> {
        let mut texts = Texts::new(&self.plan);
        let mut input = Input::read(&self.plan, batch)?;
        texts.attach(&self.plan, &mut input)?;
        let mut evaluator = Evaluator::new(&self.plan, &mut texts.pool)?;
        let mut all = Gathered::default();
        let (mut within, mut bad) = (Vec::new(), Mask::default());
        for at in (0..input.rows).step_by(CHUNK) {
            let rows = CHUNK.min(input.rows - at);
            evaluator.run(&self.plan, &texts.pool, &input, at, rows)?;
            let cx = evaluator.results(&self.plan, &texts.pool, &input, at, rows);
            match selected.filter(|selected| selected.len() == input.rows) {
                Some(selected) => bits::load(selected, at, rows, &mut within),
                None => bits::fill_ones(&mut within, rows),
            }
            bad.clear();
            bad.unite_within(cx.slot(self.root)?.errors.get(), &within);
            if let Some(row) = bad.get().and_then(bits::first) {
                let row = at + row;
                return Err(rows::fault([&self.expr], &self.schema, batch, row, row as u64 + 1));
            }
            all.add(&cx, self.root, &within)?;
        }
        Ok(all.finish(lane(self.expr.ty)))
    }
}

impl Gathered {
    /// Chunks are whole words but for the last, so that bitmaps simply follow one another.
    fn add(&mut self, cx: &Context<'_>, root: Id, within: &[u64]) -> Result<()> {
        let mut known = Vec::new();
        let mut valid = within.to_vec();
        if let Some(known) = cx.known(root, &mut known)? {
            bits::and(&mut valid, known);
        }
        match lane(cx.plan.node(root)?.ty) {
            Lane::Nums => self.nums.extend_from_slice(cx.nums(root)?),
            Lane::Dates => self.dates.extend_from_slice(cx.dates(root)?),
            Lane::Codes => self.texts.extend(cx.codes(root)?.iter().map(|code| Arc::from(cx.pool.text(*code)))),
            Lane::Bits => self.yes.extend_from_slice(&cx.slot(root)?.yes),
        }
        self.valid.extend_from_slice(&valid);
        self.rows += cx.rows;
        Ok(())
    }

    fn finish(self, lane: Lane) -> ArrayRef {
        let bitmap = |words: Vec<u64>| BooleanBuffer::new(Buffer::from_vec(words), 0, self.rows);
        let nulls = Some(NullBuffer::new(bitmap(self.valid))).filter(|nulls| nulls.null_count() > 0);
        match lane {
            Lane::Nums => Arc::new(Int64Array::new(self.nums.into(), nulls)),
            Lane::Dates => Arc::new(Date32Array::new(self.dates.into(), nulls)),
            Lane::Bits => Arc::new(BooleanArray::new(bitmap(self.yes), nulls)),
            Lane::Codes => {
                let valid = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
                let texts = self.texts.iter().enumerate().map(|(row, text)| valid(row).then_some(&**text));
                Arc::new(texts.collect::<StringArray>())
            }
        }
    }
}
