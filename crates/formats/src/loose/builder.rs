//! A column of a loose table while it is filled.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{BooleanBuilder, Date32Builder, Int64Builder, StringBuilder};

use super::LooseType;
use crate::cell::number::{self, Grammar};
use crate::cell::{self, Parsed, date};

pub(super) enum Builder {
    Number(&'static Grammar, Int64Builder),
    Bool(BooleanBuilder),
    Date(Date32Builder),
    Text(StringBuilder),
}

impl Builder {
    pub(super) fn new(ty: LooseType) -> Self {
        match ty {
            LooseType::Int => Self::Number(&number::INT, Int64Builder::new()),
            LooseType::Money => Self::Number(&number::MONEY, Int64Builder::new()),
            LooseType::Rate => Self::Number(&number::RATE, Int64Builder::new()),
            LooseType::Ratio => Self::Number(&number::RATIO, Int64Builder::new()),
            LooseType::Bool => Self::Bool(BooleanBuilder::new()),
            LooseType::Date => Self::Date(Date32Builder::new()),
            LooseType::Text => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a cell; an empty one is null. Text is kept as it stands.
    pub(super) fn push(&mut self, raw: &str) -> Parsed<()> {
        let cell = cell::trim(raw);
        if raw.is_empty() || (cell.is_empty() && !matches!(self, Self::Text(_))) {
            self.push_null();
            return Ok(());
        }
        match self {
            Self::Number(grammar, out) => out.append_value(number::parse(cell, grammar)?),
            Self::Bool(out) => out.append_value(cell::flag(cell)?),
            Self::Date(out) => out.append_value(date::parse(cell)?),
            Self::Text(out) => out.append_value(raw),
        }
        Ok(())
    }

    pub(super) fn push_null(&mut self) {
        match self {
            Self::Number(_, out) => out.append_null(),
            Self::Bool(out) => out.append_null(),
            Self::Date(out) => out.append_null(),
            Self::Text(out) => out.append_null(),
        }
    }

    /// Adds a number that is already in the column's unit.
    pub(super) fn push_number(&mut self, value: i64) {
        if let Self::Number(_, out) = self {
            out.append_value(value);
        } else {
            self.push_null();
        }
    }

    /// Decimals of the column's unit.
    pub(super) fn scale(&self) -> Option<u32> {
        match self {
            Self::Number(grammar, _) => Some(grammar.scale),
            _ => None,
        }
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Number(_, out) => Arc::new(out.finish()),
            Self::Bool(out) => Arc::new(out.finish()),
            Self::Date(out) => Arc::new(out.finish()),
            Self::Text(out) => Arc::new(out.finish()),
        }
    }
}
