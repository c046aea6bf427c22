//! A batch as the plan reads it: columns found by name, their types checked, texts as dictionary codes.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::DataType;
use huoshui_kernel::fault::{Fault, Result};

use super::plan::{Plan, Source};
use super::text::{self, Codes, Pool};
use crate::faults;
use crate::value::Type;

/// A column's values; every variant shares the batch's memory.
#[derive(Clone, Debug)]
pub(super) enum Values {
    Nums(ScalarBuffer<i64>),
    Dates(ScalarBuffer<i32>),
    Bools(BooleanBuffer),
    /// Codes into a dictionary.
    Coded(ScalarBuffer<i32>, Arc<Dictionary>),
    /// Texts that only constants are compared with.
    Plain(StringArray),
}

/// A column with its validity.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub values: Values,
    pub nulls: Option<NullBuffer>,
}

/// What is known of a dictionary's entries, worked out once for each dictionary.
#[derive(Clone, Debug)]
pub(super) struct Dictionary {
    pub entries: StringArray,
    /// To codes of the common pool, if needed.
    pub pooled: Option<Codes>,
    /// To codes of the column's own domain, if needed.
    pub domain: Option<Codes>,
    /// For each test of the plan: its answers, empty if it is about another column.
    pub answers: Vec<Vec<u8>>,
}

/// Answers to a test.
pub(super) const NO: u8 = 0;
pub(super) const YES: u8 = 1;
pub(super) const UNKNOWN: u8 = 2;

/// A batch ready to be evaluated.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub rows: usize,
    pub columns: Vec<View>,
}

/// Dictionaries remembered for each column.
const LATELY: usize = 16;

/// The texts that the batches of one run share.
#[derive(Debug, Default)]
pub(super) struct Texts {
    /// Constants, and every text that an expression moves about.
    pub pool: Pool,
    /// For each column, the texts it groups or counts by.
    pub domains: Vec<Pool>,
    /// For each column the dictionaries seen lately: the batches of one table, or of one row group, share theirs, and
    /// several files may be read side by side.
    lately: Vec<VecDeque<Arc<Dictionary>>>,
}

fn refuse(column: &str, zh: String, en: String) -> Fault {
    Fault::new(&faults::BAD_TABLE).with("column", column).with("zh", zh).with("en", en).field(column.to_owned())
}

fn wrong_type(source: &Source, array: &ArrayRef) -> Fault {
    let (want, have) = (expected(source.ty), array.data_type());
    refuse(&source.name, format!("类型应为 {want}，实为 {have}"), format!("it must be {want}, and is {have}"))
}

fn expected(ty: Type) -> &'static str {
    match ty {
        Type::Int | Type::Money | Type::Rate | Type::Ratio => "Int64",
        Type::Bool => "Boolean",
        Type::Text => "Utf8 / Dictionary(Int32, Utf8)",
        Type::Date => "Date32",
    }
}

impl Input {
    /// Finds the plan's columns. Texts are not yet known to a pool: that is [`Texts::attach`].
    pub fn read(plan: &Plan, batch: &RecordBatch) -> Result<Self> {
        let columns = plan.columns.iter().map(|source| read(source, batch)).collect::<Result<_>>()?;
        Ok(Self { rows: batch.num_rows(), columns })
    }
}

fn read(source: &Source, batch: &RecordBatch) -> Result<View> {
    let schema = batch.schema_ref();
    let found = schema.fields().iter().zip(batch.columns()).find(|(f, _)| f.name().eq_ignore_ascii_case(&source.name));
    let Some((_, array)) = found else {
        return Err(refuse(&source.name, "没有这一列".into(), "there is no such column".into()));
    };
    let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0).cloned();
    let values = match (source.ty, array.data_type()) {
        (Type::Int | Type::Money | Type::Rate | Type::Ratio, DataType::Int64) => {
            Values::Nums(array.as_primitive::<Int64Type>().values().clone())
        }
        (Type::Bool, DataType::Boolean) => Values::Bools(array.as_boolean().values().clone()),
        (Type::Date, DataType::Date32) => Values::Dates(array.as_primitive::<Date32Type>().values().clone()),
        (Type::Text, DataType::Utf8) => {
            let texts = array.as_string::<i32>();
            if !source.pooled && !source.domain {
                Values::Plain(texts.clone())
            } else {
                let (keys, entries) = text::encode(texts);
                Values::Coded(keys.into(), Arc::new(Dictionary::new(entries)))
            }
        }
        (Type::Text, DataType::Dictionary(key, value)) if **key == DataType::Int32 && **value == DataType::Utf8 => {
            let dictionary = array.as_dictionary::<Int32Type>();
            let entries = dictionary.values().as_string::<i32>().clone();
            // A NULL may also hide in the dictionary; then the row's validity must say it.
            let nulls = if entries.null_count() > 0 { array.logical_nulls() } else { nulls };
            let values = Values::Coded(dictionary.keys().values().clone(), Arc::new(Dictionary::new(entries)));
            return Ok(View { values, nulls: nulls.filter(|n| n.null_count() > 0) });
        }
        _ => return Err(wrong_type(source, array)),
    };
    Ok(View { values, nulls })
}

impl Dictionary {
    fn new(entries: StringArray) -> Self {
        Self { entries, pooled: None, domain: None, answers: Vec::new() }
    }
}

impl Texts {
    /// Room for the plan's columns.
    pub fn new(plan: &Plan) -> Self {
        let count = plan.columns.len();
        Self {
            pool: Pool::default(),
            domains: std::iter::repeat_with(Pool::default).take(count).collect(),
            lately: vec![VecDeque::new(); count],
        }
    }

    /// Enters the input's dictionaries, each once however many batches share it.
    pub fn attach(&mut self, plan: &Plan, input: &mut Input) -> Result<()> {
        let slots = self.lately.iter_mut().zip(&mut self.domains);
        for (at, ((view, source), (lately, domain))) in
            input.columns.iter_mut().zip(&plan.columns).zip(slots).enumerate()
        {
            let Values::Coded(_, dictionary) = &mut view.values else { continue };
            if let Some(known) = lately.iter().find(|known| text::same(&known.entries, &dictionary.entries)) {
                *dictionary = known.clone();
                continue;
            }
            let entries = &dictionary.entries;
            let answers = plan.tests.iter().map(|asked| match asked.column == at {
                true => entries.iter().map(|text| text.map_or(UNKNOWN, |text| answer(asked.test.ask(text)))).collect(),
                false => Vec::new(),
            });
            let worked_out = Arc::new(Dictionary {
                entries: entries.clone(),
                pooled: source.pooled.then(|| self.pool.translate(entries)).transpose()?,
                domain: source.domain.then(|| domain.translate(entries)).transpose()?,
                answers: answers.collect(),
            });
            if lately.len() == LATELY {
                lately.pop_front();
            }
            lately.push_back(worked_out.clone());
            *dictionary = worked_out;
        }
        Ok(())
    }
}

pub(super) fn answer(result: Option<bool>) -> u8 {
    match result {
        Some(true) => YES,
        Some(false) => NO,
        None => UNKNOWN,
    }
}
