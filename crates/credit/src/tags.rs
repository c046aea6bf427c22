//! Tags: named judgements on a profile. Yes and no hold whatever value a missing feature takes; else it is unknown.

use huoshui_formula::row::Program;
use huoshui_formula::{Expr, Node, Schema, columns};
use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use crate::features::Theme;
use crate::policy::{entry, entry_fault, formula, formula_fault};
use crate::table::Table;
use crate::value::{Cell, Field, Texts};

/// A tag as its file has it; `policies/tags/README.md` explains the keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Tag {
    pub code: String,
    pub version: u32,
    pub effective_from: Date,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    pub zh: String,
    pub en: String,
    pub theme: Theme,
    pub when: String,
    /// What it says of the firm when it is yes.
    pub reason: Texts,
}
entry!(Tag, "tag");

/// A tag's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// It hangs on something missing.
    Unknown,
}

impl Answer {
    fn of(truth: Option<bool>) -> Self {
        match truth {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::Unknown,
        }
    }
}

/// A value behind a tag's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// The feature.
    pub field: String,
    /// Its names.
    pub name: Texts,
    /// Its value in words.
    pub value: Texts,
}

/// A tag of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagged {
    /// The tag.
    pub code: String,
    /// Its version.
    pub version: u32,
    /// Its names.
    pub name: Texts,
    /// Its theme.
    pub theme: Theme,
    /// The answer.
    pub answer: Answer,
    /// What it says when it is yes.
    pub reason: Texts,
    /// The values that it was judged by.
    pub behind: Vec<Behind>,
}

/// A tag made ready.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub tag: Tag,
    pub expr: Expr,
    pub reads: Vec<usize>,
    program: Program,
}

/// A condition in which a missing value can never turn into an answer: of the constructs that remain each gives a
/// definite result over NULL only if every value in its place would give the same.
pub(crate) fn sound(code: &str, text: &str, schema: &Schema) -> Result<(Expr, Program)> {
    let expr = formula(code, text, huoshui_formula::Type::Bool, schema)?;
    let hides =
        |e: &Expr| matches!(e.node, Node::IsNull { .. } | Node::Coalesce(_) | Node::NullIf(..) | Node::Case { .. });
    if expr.any(&hides) {
        return Err(entry_fault(
            code,
            "条件里不能用 IS NULL、COALESCE、NULLIF、CASE：它们会掩盖缺失",
            "a condition takes no IS NULL, COALESCE, NULLIF or CASE: they hide what is missing",
        ));
    }
    let program = Program::new(&expr).map_err(|f| formula_fault(code, &f))?.with_source(text);
    Ok((expr, program))
}

impl Compiled {
    pub fn new(tag: Tag, schema: &Schema) -> Result<Self> {
        let (expr, program) = sound(&tag.code, &tag.when, schema)?;
        let reads = expr.columns();
        if reads.is_empty() {
            return Err(entry_fault(&tag.code, "没有读任何特征", "it reads no feature"));
        }
        Ok(Self { tag, expr, reads, program })
    }

    /// The answer on a row of the fields; an error is unknown.
    pub fn answer(&self, row: &[huoshui_formula::Value]) -> Answer {
        Answer::of(self.program.eval_bool(row).unwrap_or(None))
    }

    pub fn tagged(&self, row: &[huoshui_formula::Value], fields: &[Field], cells: &[Cell]) -> Tagged {
        let behind = |i: &usize| {
            let (field, cell) = (fields.get(*i)?, *cells.get(*i)?);
            use huoshui_kernel::Lang::{En, Zh};
            let value = Texts { zh: field.show(cell, Zh), en: field.show(cell, En) };
            Some(Behind { field: field.code.to_string(), name: field.name.clone(), value })
        };
        Tagged {
            code: self.tag.code.clone(),
            version: self.tag.version,
            name: Texts { zh: self.tag.zh.clone(), en: self.tag.en.clone() },
            theme: self.tag.theme,
            answer: self.answer(row),
            reason: self.tag.reason.clone(),
            behind: self.reads.iter().filter_map(behind).collect(),
        }
    }

    /// The answers of a whole table, by the columns executor; row by row where a row is in error.
    pub fn answers(&self, table: &Table, batch: &arrow_array::RecordBatch, schema: &Schema) -> Result<Vec<Answer>> {
        use arrow_array::Array;
        use arrow_array::cast::AsArray;
        let program = columns::Program::new(&self.expr, schema)?;
        if let Ok(array) = program.eval(batch)
            && let Some(truths) = array.as_boolean_opt()
        {
            let truth = |row| (!truths.is_null(row)).then(|| truths.value(row));
            return Ok((0..truths.len()).map(|row| Answer::of(truth(row))).collect());
        }
        let row = |at: usize| -> Vec<huoshui_formula::Value> {
            table.features.iter().zip(&table.lanes).map(|((f, _), lane)| f.value(lane.get(at))).collect()
        };
        Ok((0..table.uscc.len()).map(|at| self.answer(&row(at))).collect())
    }
}
