//! What is wrong with a batch, row by row: everything is counted, the first are listed.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use huoshui_exchange::catalogue::Rule;
use huoshui_formats::CellProblem;
use huoshui_formats::table::Value;
use huoshui_formats::write::marked::{Count, MAX_MARKS, Mark};
use huoshui_kernel::Lang;
use huoshui_kernel::fault::Fault;
use huoshui_kernel::shape::{CellKind, TableShape};

use crate::cells::Cells;
use crate::faults;

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub struct Found {
    /// What, with its row.
    pub fault: Fault,
    /// The column's place in the shape; none where the row as a whole is wrong.
    pub column: Option<usize>,
    /// The rule's code, or the fault's.
    pub code: String,
}

/// Everything that is wrong.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// How many.
    pub total: u64,
    /// How many of each code, with the first message.
    counts: BTreeMap<String, (String, u64)>,
    /// The first [`MAX_MARKS`].
    pub listed: Vec<Found>,
}

impl Findings {
    fn add(&mut self, code: &str, make: impl FnOnce() -> (Fault, Option<usize>)) {
        self.total += 1;
        let listed = self.listed.len() < MAX_MARKS;
        if let Some((_, count)) = self.counts.get_mut(code) {
            *count += 1;
            if !listed {
                return;
            }
        }
        let (fault, column) = make();
        self.counts.entry(code.to_owned()).or_insert_with(|| (fault.message(Lang::Zh), 1));
        if listed {
            self.listed.push(Found { fault, column, code: code.to_owned() });
        }
    }

    /// A cell that cannot be read.
    pub fn cell(&mut self, problem: &CellProblem, shape: &TableShape) {
        self.add(problem.code.code, || (problem.fault(shape), problem.column));
    }

    /// A row that breaks a rule.
    pub fn rule(&mut self, rule: &Rule, shape: &TableShape, batch: &RecordBatch, at: usize, row: u64) {
        self.add(&rule.code, || {
            let fault = Fault::new(&faults::BATCH_FINDING)
                .with("check", &rule.code)
                .with("zh", filled(&rule.zh, shape, batch, at))
                .with("en", filled(&rule.en, shape, batch, at));
            (fault.row(row), None)
        });
    }

    /// Something else about a row.
    pub fn row(&mut self, fault: Fault, column: Option<usize>) {
        let code = fault.code();
        self.add(code, || (fault, column));
    }

    /// Marks for the sheet that is given back.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        let mark = |f: &Found| {
            let message = f.fault.message(Lang::Zh);
            Some(Mark { row: f.fault.row_number()?, column: f.column, code: f.code.clone(), message })
        };
        self.listed.iter().filter_map(mark).collect()
    }

    /// Counts for the same.
    #[must_use]
    pub fn counts(&self) -> Vec<Count> {
        let count =
            |(code, (what, n)): (&String, &(String, u64))| Count { code: code.clone(), what: what.clone(), count: *n };
        self.counts.iter().map(count).collect()
    }
}

/// Fills each `{field}` of a rule's text once, with the row's cell as people write it.
fn filled(template: &str, shape: &TableShape, batch: &RecordBatch, at: usize) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else { break };
        out.push_str(&shown(shape, batch, name, at));
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn shown(shape: &TableShape, batch: &RecordBatch, name: &str, at: usize) -> String {
    let cells = Cells(batch);
    let kind = shape.columns.iter().find(|c| c.name == name).map(|c| c.kind);
    let number = cells.number(name, at);
    let value = match kind {
        Some(CellKind::Money) => number.map(Value::Fen),
        Some(CellKind::Rate) => number.map(Value::Ppm),
        Some(CellKind::Int | CellKind::BasisPoints) => number.map(Value::Int),
        Some(CellKind::Date) => cells.date(name, at).map(|d| Value::Text(d.to_string())),
        Some(CellKind::Flag) => Some(Value::Bool(cells.flag(name, at))),
        _ => cells.text(name, at).map(|t| Value::Text(t.to_owned())),
    };
    value.map_or_else(|| "–".to_owned(), |v| v.text())
}
