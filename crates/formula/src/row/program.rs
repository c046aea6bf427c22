//! A formula made ready to run on rows.

use std::sync::Arc;

use huoshui_kernel::fault::{Fault, Result};

use super::build::{self, Root};
use crate::compile::slice;
use crate::faults;
use crate::ir::{Expr, Span};
use crate::value::{Type, Value};

/// A formula made ready to run: built once, run on any number of rows, from any thread.
#[derive(Debug)]
pub struct Program {
    root: Root,
    source: Option<Arc<str>>,
}

/// Why an evaluation stopped. Small, so that the hot path carries no fault around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Overflow(Span),
    /// The cell of this column is missing or of another type.
    Cell(usize),
    Internal,
}

impl Program {
    /// Makes a formula over columns ready to run.
    pub fn new(expr: &Expr) -> Result<Self> {
        Ok(Self { root: build::root(expr, 0)?, source: None })
    }

    /// The same for a result of a grouped query: its rows hold the group keys, then the aggregates.
    pub fn over_groups(expr: &Expr, keys: usize) -> Result<Self> {
        Ok(Self { root: build::root(expr, keys)?, source: None })
    }

    /// The text that the formula came from, so that a fault can quote it.
    #[must_use]
    pub fn with_source(mut self, text: &str) -> Self {
        self.source = Some(text.into());
        self
    }

    /// The type of the result.
    #[must_use]
    pub fn ty(&self) -> Type {
        self.root.ty
    }

    /// The value for a row of the schema's columns, in their order. Numbers, truth values and dates allocate nothing.
    pub fn eval(&self, row: &[Value]) -> Result<Value> {
        self.root.eval(row).map_err(|stop| self.fault(stop))
    }

    /// The same for a condition: true, false, or None for NULL.
    pub fn eval_bool(&self, row: &[Value]) -> Result<Option<bool>> {
        self.root.eval_bool(row).map_err(|stop| self.fault(stop))
    }

    fn fault(&self, stop: Stop) -> Fault {
        match stop {
            Stop::Overflow(span) => {
                let text = match &self.source {
                    Some(text) => slice(text, span).to_owned(),
                    None => format!("{}..{}", span.start, span.end),
                };
                Fault::new(&faults::OVERFLOW).with("text", text)
            }
            Stop::Cell(column) => Fault::new(&faults::BAD_ROW)
                .with("zh", format!("第 {} 列缺失或类型不符", column + 1))
                .with("en", format!("cell {} is absent or of another type", column + 1)),
            Stop::Internal => Fault::new(&faults::INTERNAL).with("detail", "row"),
        }
    }
}
