//! A PostgreSQL server. Values travel as text: one format for every type, and nothing of the server's calendar or number
//! types to decode.

use std::fmt::Write as _;

use huoshui_formula::sql::{self, Dialect};
use huoshui_formula::{Query, Schema, Type, Value};
use huoshui_kernel::date;
use huoshui_kernel::fault::{Fault, Result};
use sqlx::postgres::{PgConnection, PgRow, PgValueRef};
use sqlx::{AssertSqlSafe, Connection, Executor, Row, ValueRef};
use tokio::runtime::{Builder, Runtime};

use crate::{ORDER, TABLE, check, failed, overflow};

/// How many rows go into one INSERT.
const CHUNK: usize = 500;

/// Rows in a temporary table of one connection.
pub struct Postgres {
    runtime: Runtime,
    connection: PgConnection,
}

impl Postgres {
    /// Connects to `postgres://…`.
    pub fn connect(url: &str) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|e| failed("PostgreSQL", e))?;
        let connection = runtime.block_on(PgConnection::connect(url)).map_err(fault)?;
        Ok(Self { runtime, connection })
    }

    /// Replaces the rows of the temporary table.
    pub fn load(&mut self, schema: &Schema, rows: &[Vec<Value>]) -> Result<()> {
        check(schema, rows)?;
        self.execute(&format!("DROP TABLE IF EXISTS {}", sql::quote(TABLE)))?;
        self.execute(&sql::create_table(schema, TABLE, true, &[(ORDER, "bigint")], Dialect::Postgres))?;
        for (chunk, part) in rows.chunks(CHUNK).enumerate() {
            let mut insert = format!("INSERT INTO {} VALUES ", sql::quote(TABLE));
            for (i, row) in part.iter().enumerate() {
                let _ = write!(insert, "{}({}", if i == 0 { "" } else { ", " }, chunk * CHUNK + i);
                for value in row {
                    let _ = write!(insert, ", {}", literal(value));
                }
                insert.push(')');
            }
            self.execute(&insert)?;
        }
        Ok(())
    }

    /// Runs a selection. Overflow is the fault `formula.overflow`, as in every executor.
    pub fn run(&mut self, query: &Query) -> Result<Vec<Vec<Value>>> {
        let text = sql::render_ordered(query, TABLE, Some(ORDER), Dialect::Postgres)?;
        let rows =
            self.runtime.block_on(self.connection.fetch_all(sqlx::raw_sql(AssertSqlSafe(text)))).map_err(fault)?;
        rows.iter().map(|row| read_row(row, query)).collect()
    }

    fn execute(&mut self, text: &str) -> Result<()> {
        let run = self.connection.execute(sqlx::raw_sql(AssertSqlSafe(text.to_owned())));
        self.runtime.block_on(run).map(drop).map_err(fault)
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Num(n) => format!("'{n}'"),
        Value::Bool(b) => b.to_string(),
        Value::Date(d) => date::from_days(*d).map_or_else(|| "NULL".to_owned(), |d| format!("'{d}'")),
        Value::Text(t) => format!("'{}'", t.replace('\'', "''")),
    }
}

fn read_row(row: &PgRow, query: &Query) -> Result<Vec<Value>> {
    let mut cells = Vec::with_capacity(query.outputs.len());
    for (i, output) in query.outputs.iter().enumerate() {
        cells.push(read(row.try_get_raw(i).map_err(fault)?, output.expr.ty)?);
    }
    Ok(cells)
}

fn read(cell: PgValueRef<'_>, ty: Type) -> Result<Value> {
    if cell.is_null() {
        return Ok(Value::Null);
    }
    let text = cell.as_str().map_err(|e| failed("PostgreSQL", e))?;
    let odd = || failed("PostgreSQL", format!("“{text}” where a {} was due", ty.name()));
    Ok(match ty {
        Type::Text => Value::Text(text.into()),
        Type::Bool => Value::Bool(text == "t"),
        Type::Date => Value::Date(date::days(date::parse(text).map_err(|_| odd())?)),
        _ => Value::Num(text.parse().map_err(|_| odd())?),
    })
}

fn fault(error: sqlx::Error) -> Fault {
    // 22003: a number out of range; 22008: a date out of range.
    let code = error.as_database_error().and_then(|e| e.code()).map(|c| c.into_owned());
    match code.as_deref() {
        Some("22003" | "22008") => overflow("PostgreSQL"),
        _ => failed("PostgreSQL", error),
    }
}
