//! Formulas as SQL text whose meaning is edition 1, whatever the engine's own habits: as test oracles, and to push a
//! selection down to where the data is.
//!
//! What the text counts on. The table's columns carry the schema's names. SQLite: numbers and dates (days since
//! 1970-01-01) as INTEGER, truth as 0 and 1, text as TEXT; dates come back as days. PostgreSQL: `bigint`, `date`, `boolean`, `text`
//! in a UTF-8 database. An error of edition 1 is an error of the statement, so it fails whole.
//!
//! Two habits shape the text. Engines fold constants ahead of time, which would raise an error in a branch that is
//! never taken: so constants come from a one-row table that planners cannot look into. And they may skip an operand
//! beside a NULL, which would hide an error: so operands that can fail are computed in a subquery of their own first.

use std::fmt::Write as _;

use huoshui_kernel::fault::{Fault, Result};

use crate::faults;
use crate::ir::{Query, Schema};
use crate::value::Type;

mod aggregate;
mod dates;
mod expr;
mod number;

use expr::{Renderer, Rows};

/// An engine to write SQL for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// SQLite 3.46 or later.
    Sqlite,
    /// PostgreSQL 13 or later.
    Postgres,
}

impl Dialect {
    /// The engine's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// The longest statement, in bytes.
pub const MAX_SQL: usize = 8 * 1024 * 1024;

/// The SQL of a selection over `table`. Groups come in ascending order of their keys, NULLs last; rows that are not
/// grouped come in whatever order the engine reads them.
pub fn render(query: &Query, table: &str, dialect: Dialect) -> Result<String> {
    render_ordered(query, table, None, dialect)
}

/// The same, rows that are not grouped in the order of a column of the table that need not be in the schema.
pub fn render_ordered(query: &Query, table: &str, order_by: Option<&str>, dialect: Dialect) -> Result<String> {
    let mut r = Renderer::new(dialect, &query.schema, Rows::Table);
    let from = format!("{} AS t CROSS JOIN k", quote(table));
    let body =
        if query.grouped { aggregate::grouped(&mut r, query, &from)? } else { plain(&mut r, query, &from, order_by)? };
    let mut sql = String::from("WITH k AS MATERIALIZED (SELECT ");
    let _ = write!(sql, "{} AS m", expr::bigint(dialect, i64::MIN));
    for (i, constant) in r.constants.iter().enumerate() {
        let _ = write!(sql, ", {constant} AS c{i}");
    }
    sql.push(')');
    sql.push_str(&body);
    if sql.len() > MAX_SQL {
        return Err(refuse(dialect, "生成的 SQL 过长", "the SQL text would be too long"));
    }
    Ok(sql)
}

fn plain(r: &mut Renderer<'_>, query: &Query, from: &str, order_by: Option<&str>) -> Result<String> {
    let mut sql = String::from(" SELECT ");
    for (i, output) in query.outputs.iter().enumerate() {
        let value = r.output(&output.expr)?;
        let _ = write!(sql, "{}{value} AS o{i}", if i == 0 { "" } else { ", " });
    }
    let _ = write!(sql, " FROM {from}");
    if let Some(filter) = &query.filter {
        let _ = write!(sql, " WHERE {}", r.expr(filter)?);
    }
    if let Some(column) = order_by {
        let _ = write!(sql, " ORDER BY t.{}", quote(column));
    }
    Ok(sql)
}

/// `CREATE TABLE` for a schema, as [`render`] expects it; `extra` columns (name, SQL type) come first.
#[must_use]
pub fn create_table(schema: &Schema, table: &str, temporary: bool, extra: &[(&str, &str)], dialect: Dialect) -> String {
    let mut columns: Vec<String> = extra.iter().map(|(name, ty)| format!("{} {ty}", quote(name))).collect();
    columns.extend(schema.columns.iter().map(|c| format!("{} {}", quote(&c.name), sql_type(c.ty, dialect))));
    let kind = if temporary { "TEMPORARY TABLE" } else { "TABLE" };
    format!("CREATE {kind} {} ({})", quote(table), columns.join(", "))
}

/// The engine's type for a column.
#[must_use]
pub const fn sql_type(ty: Type, dialect: Dialect) -> &'static str {
    match (dialect, ty) {
        (Dialect::Sqlite, Type::Text) => "TEXT",
        (Dialect::Sqlite, _) => "INTEGER",
        (Dialect::Postgres, Type::Text) => "text",
        (Dialect::Postgres, Type::Bool) => "boolean",
        (Dialect::Postgres, Type::Date) => "date",
        (Dialect::Postgres, _) => "bigint",
    }
}

/// An identifier in double quotes.
#[must_use]
pub fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn refuse(dialect: Dialect, zh: &str, en: &str) -> Fault {
    Fault::new(&faults::ENGINE).with("engine", dialect.name()).with("zh", zh).with("en", en)
}
