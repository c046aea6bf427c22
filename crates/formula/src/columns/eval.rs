//! The evaluator: every node of the plan over one chunk of rows after the other. All nodes are computed for all rows; an
//! error sets the row's bit, and the bit is dropped wherever the row turns out not to be selected.
#![allow(clippy::cast_sign_loss, reason = "valid dictionary keys are never negative, and others are masked")]

use arrow_array::Array;
use huoshui_kernel::fault::{Fault, Result};

use super::bits::{self, Mask};
use super::input::{Dictionary, Input, UNKNOWN, Values, YES, answer};
use super::plan::{Id, Op, Plan, PlanNode, TextTest};
use super::text::{Codes, Pool};
use super::{arith, compare, logic};
use crate::faults;
use crate::value::{Type, Value};

/// How values of a type lie in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Nums,
    Dates,
    Codes,
    Bits,
}

pub(super) fn lane(ty: Type) -> Lane {
    match ty {
        Type::Int | Type::Money | Type::Rate | Type::Ratio => Lane::Nums,
        Type::Date => Lane::Dates,
        Type::Text => Lane::Codes,
        Type::Bool => Lane::Bits,
    }
}

/// What a node gave for the current chunk: the lane of its type, and for all lanes but `Bits` the validity.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    pub nums: Vec<i64>,
    pub dates: Vec<i32>,
    /// Texts as codes of the common pool.
    pub codes: Vec<u32>,
    /// Rows that are TRUE, and rows that are FALSE; the others are NULL.
    pub yes: Vec<u64>,
    pub no: Vec<u64>,
    /// Rows that are not NULL; without it, all.
    pub valid: Mask,
    /// Rows whose evaluation is an error; without it, none.
    pub errors: Mask,
    /// What the node already worked out for single days; kept from chunk to chunk.
    pub memo: Vec<i32>,
}

/// What a kernel may read.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub plan: &'a Plan,
    pub input: &'a Input,
    pub pool: &'a Pool,
    /// First row of the chunk.
    pub at: usize,
    /// Rows of the chunk.
    pub rows: usize,
    slots: &'a [Slot],
}

pub(super) fn internal(detail: &str) -> Fault {
    Fault::new(&faults::INTERNAL).with("detail", detail)
}

impl<'a> Context<'a> {
    pub fn slot(&self, id: Id) -> Result<&'a Slot> {
        self.slots.get(id).ok_or_else(|| internal("an operand is missing"))
    }

    pub fn constant(&self, id: Id) -> Option<&'a Value> {
        match self.plan.nodes.get(id) {
            Some(PlanNode { op: Op::Const(value), .. }) => Some(value),
            _ => None,
        }
    }

    fn values(&self, id: Id) -> Option<&'a Values> {
        match self.plan.nodes.get(id) {
            Some(PlanNode { op: Op::Column(at), .. }) => self.input.columns.get(*at).map(|view| &view.values),
            _ => None,
        }
    }

    /// Columns are read where they lie; other nodes from their slot.
    pub fn nums(&self, id: Id) -> Result<&'a [i64]> {
        let found = match self.values(id) {
            Some(Values::Nums(values)) => values.get(self.at..self.at + self.rows),
            _ => self.slot(id)?.nums.get(..self.rows),
        };
        found.ok_or_else(|| internal("a number was expected"))
    }

    pub fn dates(&self, id: Id) -> Result<&'a [i32]> {
        let found = match self.values(id) {
            Some(Values::Dates(values)) => values.get(self.at..self.at + self.rows),
            _ => self.slot(id)?.dates.get(..self.rows),
        };
        found.ok_or_else(|| internal("a date was expected"))
    }

    pub fn codes(&self, id: Id) -> Result<&'a [u32]> {
        self.slot(id)?.codes.get(..self.rows).ok_or_else(|| internal("a text was expected"))
    }

    /// The rows that are not NULL, whatever the lane. `spare` holds them where they must be worked out.
    pub fn known<'b>(&self, id: Id, spare: &'b mut Vec<u64>) -> Result<Option<&'b [u64]>>
    where
        'a: 'b,
    {
        let slot = self.slot(id)?;
        if lane(self.plan.node(id)?.ty) != Lane::Bits {
            return Ok(slot.valid.get());
        }
        spare.clear();
        spare.extend(slot.yes.iter().zip(&slot.no).map(|(y, n)| y | n));
        Ok(Some(spare))
    }

    /// A strict operation is NULL where an operand is, and an error where an operand is.
    pub fn strict(&self, ids: &[Id], out: &mut Slot) -> Result<()> {
        let mut spare = Vec::new();
        for id in ids {
            out.valid.intersect(self.known(*id, &mut spare)?);
            out.errors.unite(self.slot(*id)?.errors.get());
        }
        Ok(())
    }
}

/// The slots of one thread.
#[derive(Debug)]
pub(super) struct Evaluator {
    slots: Vec<Slot>,
}

impl Evaluator {
    /// Constants are laid out once, their texts entered into the pool.
    pub fn new(plan: &Plan, pool: &mut Pool) -> Result<Self> {
        let mut slots = vec![Slot::default(); plan.nodes.len()];
        for (slot, node) in slots.iter_mut().zip(&plan.nodes) {
            if let Op::Const(value) = &node.op {
                constant(value, node.ty, slot, pool)?;
            }
        }
        Ok(Self { slots })
    }

    /// Computes every node for `rows` rows from `at` on; `rows` is at most [`bits::CHUNK`].
    pub fn run(&mut self, plan: &Plan, pool: &Pool, input: &Input, at: usize, rows: usize) -> Result<()> {
        for (id, (node, live)) in plan.nodes.iter().zip(&plan.live).enumerate() {
            if !live {
                continue;
            }
            let mut out = match self.slots.get_mut(id) {
                Some(slot) => std::mem::take(slot),
                None => return Err(internal("a slot is missing")),
            };
            let context = Context { plan, input, pool, at, rows, slots: &self.slots };
            let done = compute(&context, node, &mut out);
            if let Some(slot) = self.slots.get_mut(id) {
                *slot = out;
            }
            done?;
        }
        Ok(())
    }

    /// The results of the chunk, to be read through the same accessors as kernels use.
    pub fn results<'a>(
        &'a self,
        plan: &'a Plan,
        pool: &'a Pool,
        input: &'a Input,
        at: usize,
        rows: usize,
    ) -> Context<'a> {
        Context { plan, input, pool, at, rows, slots: &self.slots }
    }
}

fn constant(value: &Value, ty: Type, slot: &mut Slot, pool: &mut Pool) -> Result<()> {
    let rows = bits::CHUNK;
    match lane(ty) {
        Lane::Nums => slot.nums = vec![if let Value::Num(n) = value { *n } else { 0 }; rows],
        Lane::Dates => slot.dates = vec![if let Value::Date(d) = value { *d } else { 0 }; rows],
        Lane::Codes => {
            let code = if let Value::Text(text) = value { pool.intern(text)? } else { 0 };
            slot.codes = vec![code; rows];
        }
        // Laid out for each chunk: bits past the last row must be zero.
        Lane::Bits => {}
    }
    Ok(())
}

fn compute(cx: &Context<'_>, node: &PlanNode, out: &mut Slot) -> Result<()> {
    out.valid.clear();
    out.errors.clear();
    match &node.op {
        Op::Const(value) => constant_chunk(cx, value, node.ty, out),
        Op::Column(column) => load(cx, *column, out)?,
        Op::Neg(a) => arith::negate(cx, *a, out)?,
        Op::Abs(a) => arith::abs(cx, *a, out)?,
        Op::Arith(how, a, b) => arith::arith(cx, *how, *a, *b, out)?,
        Op::Round { arg, unit, divide, mode } => arith::round(cx, *arg, (*unit, *divide), *mode, out)?,
        Op::DatePart(part, a) => arith::date_part(cx, *part, *a, out)?,
        Op::AddDays(a, b) => arith::add_days(cx, *a, *b, out)?,
        Op::AddMonths(a, months) => arith::add_months(cx, *a, *months, out)?,
        Op::DaysBetween(a, b) => arith::days_between(cx, *a, *b, out)?,
        Op::Compare(cmp, a, b) => compare::compare(cx, *cmp, *a, *b, out)?,
        Op::InNums(a, nums, null) => compare::in_nums(cx, *a, nums, *null, out)?,
        Op::ColumnTest(test) => column_test(cx, *test, out)?,
        Op::TextTest(a, test) => text_test(cx, *a, test, out)?,
        Op::Least(args) => compare::extreme(cx, args, true, node.ty, out)?,
        Op::Greatest(args) => compare::extreme(cx, args, false, node.ty, out)?,
        Op::And(sides) => logic::and(cx, sides, out)?,
        Op::Or(sides) => logic::or(cx, sides, out)?,
        Op::Not(a) => logic::not(cx, *a, out)?,
        Op::IsNull(a) => logic::is_null(cx, *a, out)?,
        Op::Case(whens, otherwise) => logic::case(cx, whens, *otherwise, node.ty, out)?,
        Op::Coalesce(args) => logic::coalesce(cx, args, node.ty, out)?,
        Op::NullIf(a, b) => logic::null_if(cx, *a, *b, node.ty, out)?,
    }
    Ok(())
}

fn constant_chunk(cx: &Context<'_>, value: &Value, ty: Type, out: &mut Slot) {
    if lane(ty) == Lane::Bits {
        for (bits, when) in [(&mut out.yes, true), (&mut out.no, false)] {
            if *value == Value::Bool(when) {
                bits::fill_ones(bits, cx.rows);
            } else {
                bits::fill_zeros(bits, cx.rows);
            }
        }
    } else if *value == Value::Null {
        bits::fill_zeros(out.valid.make(), cx.rows);
    }
}

fn load(cx: &Context<'_>, column: usize, out: &mut Slot) -> Result<()> {
    let view = cx.input.columns.get(column).ok_or_else(|| internal("a column is missing"))?;
    if let Some(nulls) = &view.nulls {
        bits::load(nulls.inner(), cx.at, cx.rows, out.valid.make());
    }
    match &view.values {
        Values::Bools(values) => {
            bits::load(values, cx.at, cx.rows, &mut out.yes);
            bits::fill_ones(&mut out.no, cx.rows);
            bits::and_not(&mut out.no, &out.yes);
            if let Some(valid) = out.valid.get() {
                bits::and(&mut out.yes, valid);
                bits::and(&mut out.no, valid);
            }
            out.valid.clear();
        }
        Values::Coded(keys, dictionary) => {
            if let Some(codes) = &dictionary.pooled {
                translate(chunk(keys, cx)?, codes, &mut out.codes);
            }
        }
        Values::Nums(_) | Values::Dates(_) | Values::Plain(_) => {}
    }
    Ok(())
}

fn chunk<'a, T>(values: &'a [T], cx: &Context<'_>) -> Result<&'a [T]> {
    values.get(cx.at..cx.at + cx.rows).ok_or_else(|| internal("a chunk past the end"))
}

/// Keys of NULL rows may be anything and become anything.
pub(super) fn translate(keys: &[i32], codes: &Codes, out: &mut Vec<u32>) {
    out.clear();
    match codes {
        Codes::Same => out.extend(keys.iter().map(|key| *key as u32)),
        Codes::Table(table) => {
            out.extend(keys.iter().map(|key| table.get(*key as usize).copied().unwrap_or(0)));
        }
    }
}

/// A test whose answers are already known for each entry of the dictionary.
fn column_test(cx: &Context<'_>, test: usize, out: &mut Slot) -> Result<()> {
    let asked = cx.plan.tests.get(test).ok_or_else(|| internal("a test is missing"))?;
    let view = cx.input.columns.get(asked.column).ok_or_else(|| internal("a column is missing"))?;
    // Only a list with a NULL in it leaves some texts without an answer.
    let nullable = matches!(asked.test, TextTest::In(_, true));
    match &view.values {
        Values::Coded(keys, dictionary) => {
            let answers = dictionary.answers.get(test).ok_or_else(|| internal("a test has no answers"))?;
            let keys = chunk(keys, cx)?;
            bits::test(keys, &mut out.yes, |key| answers.get(key as usize).is_some_and(|a| *a == YES));
            if nullable {
                bits::test(keys, &mut out.no, |key| answers.get(key as usize).is_some_and(|a| *a != UNKNOWN));
            }
        }
        Values::Plain(texts) => {
            let ask = |row: usize| if row < texts.len() { answer(asked.test.ask(texts.value(row))) } else { UNKNOWN };
            let rows: Vec<u8> = (cx.at..cx.at + cx.rows).map(ask).collect();
            bits::test(&rows, &mut out.yes, |a| a == YES);
            bits::test(&rows, &mut out.no, |a| a != UNKNOWN);
        }
        _ => return Err(internal("a text was expected")),
    }
    if !nullable {
        bits::fill_ones(&mut out.no, cx.rows);
    }
    if let Some(nulls) = &view.nulls {
        bits::load(nulls.inner(), cx.at, cx.rows, out.valid.make());
    }
    settle_answers(out);
    if let (Some(text), Some(nulls)) = (&asked.instead, &view.nulls) {
        let mut absent = Vec::new();
        bits::load(nulls.inner(), cx.at, cx.rows, &mut absent);
        absent.iter_mut().for_each(|word| *word = !*word);
        let mut rows = Vec::new();
        bits::fill_ones(&mut rows, cx.rows);
        bits::and(&mut absent, &rows);
        match asked.test.ask(text) {
            Some(true) => bits::or(&mut out.yes, &absent),
            Some(false) => bits::or(&mut out.no, &absent),
            None => {}
        }
    }
    Ok(())
}

/// From "yes" and "answered" to TRUE and FALSE among the valid rows.
fn settle_answers(out: &mut Slot) {
    if let Some(valid) = out.valid.get() {
        bits::and(&mut out.yes, valid);
        bits::and(&mut out.no, valid);
    }
    bits::and_not(&mut out.no, &out.yes);
    out.valid.clear();
}

/// A test of texts that an expression moved about.
fn text_test(cx: &Context<'_>, arg: Id, test: &TextTest, out: &mut Slot) -> Result<()> {
    let rows: Vec<u8> = cx.codes(arg)?.iter().map(|code| answer(test.ask(cx.pool.text(*code)))).collect();
    bits::test(&rows, &mut out.yes, |a| a == YES);
    bits::test(&rows, &mut out.no, |a| a != UNKNOWN);
    cx.strict(&[arg], out)?;
    settle_answers(out);
    Ok(())
}

/// The domain codes of a text column for the current chunk.
pub(super) fn domain_codes(cx: &Context<'_>, column: usize, out: &mut Vec<u32>) -> Result<()> {
    match cx.input.columns.get(column).map(|view| &view.values) {
        Some(Values::Coded(keys, dictionary)) => match dictionary.as_ref() {
            Dictionary { domain: Some(codes), .. } => translate(chunk(keys, cx)?, codes, out),
            _ => return Err(internal("a domain is missing")),
        },
        _ => return Err(internal("a coded text was expected")),
    }
    Ok(())
}
