//! From text to the typed form: parse, resolve names, check types. Every refusal names its place in the text.

use std::sync::Arc;

use huoshui_kernel::fault::{Fault, Result};
use sqlparser::ast;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use crate::faults;
use crate::ir::{Expr, Output, Query, Schema};
use crate::value::{Type, Value};

mod arith;
mod conditions;
mod functions;
mod group;
mod literal;
mod parts;
mod source;
mod typer;
mod words;

pub use source::{MAX_BYTES, MAX_DEPTH, MAX_TOKENS};

pub(crate) use source::slice;
use source::{Source, shorten, too_large};
use typer::{Aggregates, Typer};

/// The most items in one IN list, COALESCE, LEAST or CASE.
pub const MAX_ITEMS: usize = 2_000;
/// The most parts that the type checker looks at: `CASE x WHEN …` repeats x for each WHEN, and cases nest.
const MAX_PARTS: usize = 50_000;
/// The most results of one selection.
pub const MAX_OUTPUTS: usize = 500;

/// The values of `:name` parameters, bound when a formula is compiled.
#[derive(Clone, Debug, Default)]
pub struct Params {
    values: Vec<(Arc<str>, Type, Value)>,
}

impl Params {
    /// No parameters.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more, which replaces an earlier one of that name. Names compare without regard to ASCII case.
    #[must_use]
    pub fn with(mut self, name: &str, ty: Type, value: Value) -> Self {
        self.values.retain(|(n, ..)| !n.eq_ignore_ascii_case(name));
        self.values.push((name.into(), ty, value));
        self
    }

    /// The parameter of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<(Type, &Value)> {
        self.values.iter().find(|(n, ..)| n.eq_ignore_ascii_case(name)).map(|(_, ty, v)| (*ty, v))
    }
}

impl Schema {
    /// A schema of these columns. Two of one name are the fault `formula.duplicate_name`.
    pub fn new<N: AsRef<str>>(columns: impl IntoIterator<Item = (N, Type)>) -> Result<Self> {
        let mut schema = Self::default();
        for (name, ty) in columns {
            if schema.find(name.as_ref()).is_some() {
                return Err(Fault::new(&faults::DUPLICATE_NAME).with("text", name.as_ref()));
            }
            schema.columns.push(crate::ir::Column { name: name.as_ref().into(), ty });
        }
        Ok(schema)
    }

    /// The column of this name, without regard to ASCII case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name.eq_ignore_ascii_case(name))
    }
}

/// Compiles one expression over the columns of a row. Aggregates are refused.
pub fn expr(text: &str, schema: &Schema, params: &Params) -> Result<Expr> {
    one(text, schema, params, None)
}

/// Compiles a condition: an expression that is true, false or NULL.
pub fn condition(text: &str, schema: &Schema, params: &Params) -> Result<Expr> {
    one(text, schema, params, Some(Type::Bool))
}

/// Compiles an expression that must have this type; literals without a unit take it.
pub fn expr_of(text: &str, ty: Type, schema: &Schema, params: &Params) -> Result<Expr> {
    one(text, schema, params, Some(ty))
}

fn one(text: &str, schema: &Schema, params: &Params, want: Option<Type>) -> Result<Expr> {
    let (source, tokens) = Source::read(text)?;
    let mut parser = Source::parser(tokens);
    let parsed = parser.parse_expr().map_err(|e| source.parser_fault(&e))?;
    let rest = parser.peek_token();
    if rest.token != Token::EOF {
        return Err(source.unexpected(&rest));
    }
    let mut typer = Typer::new(&source, schema, params, Aggregates::Refused);
    let typed = typer.infer(&parsed, 0)?;
    typer.settle_one(typed, want)
}

/// Compiles a selection `EXPR [AS NAME], …`, grouped by `group_by` (columns, expressions, or names that the selection
/// gives) over the rows where `filter` is true. Without group keys and aggregates it gives one row for each row.
pub fn query(
    select: &str,
    group_by: &[String],
    filter: Option<&str>,
    schema: &Schema,
    params: &Params,
) -> Result<Query> {
    let mut query = Query { schema: schema.clone(), ..Query::default() };
    query.filter = filter.map(|f| condition(f, schema, params)).transpose()?;
    let (source, tokens) = Source::read(select)?;
    let items = select_items(&source, tokens)?;
    for key in group_by {
        // A key may also be the name that the selection gives to an expression, unless a column has that name.
        let named = items.iter().find(|(_, a)| a.as_ref().is_some_and(|a| a.value.eq_ignore_ascii_case(key.trim())));
        query.keys.push(match named {
            Some((parsed, _)) if schema.find(key.trim()).is_none() => {
                let mut typer = Typer::new(&source, schema, params, Aggregates::Refused);
                let typed = typer.infer(parsed, 0)?;
                typer.settle_one(typed, None)?
            }
            _ => expr(key, schema, params)?,
        });
    }
    let mut aggregates = group::Gathered::default();
    let mut outputs = Vec::with_capacity(items.len());
    for (parsed, alias) in &items {
        let mut typer = Typer::new(&source, schema, params, Aggregates::Collected(&mut aggregates));
        let typed = typer.infer(parsed, 0)?;
        let expr = typer.settle_one(typed, None)?;
        outputs.push(Output { name: output_name(&source, &expr, alias.as_ref()), expr });
    }
    query.aggregates = aggregates.list;
    query.grouped = !query.keys.is_empty() || !query.aggregates.is_empty();
    if query.grouped {
        let keys: Vec<Expr> = query.keys.iter().map(group::bare).collect();
        for output in &mut outputs {
            group::regroup(&mut output.expr, &keys, &source)?;
        }
    }
    for (i, output) in outputs.iter().enumerate() {
        if outputs.iter().take(i).any(|o| o.name.eq_ignore_ascii_case(&output.name)) {
            return Err(Fault::new(&faults::DUPLICATE_NAME).with("text", shorten(&output.name)));
        }
    }
    query.outputs = outputs;
    Ok(query)
}

fn select_items(
    source: &Source<'_>,
    tokens: Vec<sqlparser::tokenizer::TokenWithSpan>,
) -> Result<Vec<(ast::Expr, Option<ast::Ident>)>> {
    let mut parser = Source::parser(tokens);
    let mut items = Vec::new();
    loop {
        let parsed = parser.parse_expr().map_err(|e| source.parser_fault(&e))?;
        let alias = if parser.parse_keyword(Keyword::AS) {
            Some(parser.parse_identifier().map_err(|e| source.parser_fault(&e))?)
        } else {
            None
        };
        items.push((parsed, alias));
        if items.len() > MAX_OUTPUTS {
            return Err(too_large("结果的个数", "results", MAX_OUTPUTS));
        }
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    let rest = parser.peek_token();
    if rest.token == Token::EOF { Ok(items) } else { Err(source.unexpected(&rest)) }
}

fn output_name(source: &Source<'_>, expr: &Expr, alias: Option<&ast::Ident>) -> Arc<str> {
    match (alias, &expr.node) {
        (Some(ident), _) => ident.value.as_str().into(),
        (None, crate::ir::Node::Column(_)) => source.text_of(expr.span).trim_matches('"').into(),
        (None, _) => source.text_of(expr.span).into(),
    }
}
