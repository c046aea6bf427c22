//! An in-memory SQLite.

use huoshui_formula::sql::{self, Dialect};
use huoshui_formula::{Query, Schema, Type, Value};
use huoshui_kernel::fault::{Fault, Result};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use crate::{ORDER, TABLE, check, failed, overflow, refused};

/// Rows in an in-memory SQLite.
pub struct Sqlite {
    connection: Connection,
}

impl Sqlite {
    /// Loads rows of the schema's columns.
    pub fn load(schema: &Schema, rows: &[Vec<Value>]) -> Result<Self> {
        check(schema, rows)?;
        let connection = Connection::open_in_memory().map_err(fault)?;
        let create = sql::create_table(schema, TABLE, false, &[(ORDER, "INTEGER PRIMARY KEY")], Dialect::Sqlite);
        connection.execute_batch(&create).map_err(fault)?;
        connection.execute_batch("BEGIN").map_err(fault)?;
        {
            let places = vec!["?"; schema.columns.len() + 1].join(", ");
            let insert = format!("INSERT INTO {} VALUES ({places})", sql::quote(TABLE));
            let mut insert = connection.prepare(&insert).map_err(fault)?;
            for (i, row) in rows.iter().enumerate() {
                let order = Value::Num(i64::try_from(i).unwrap_or(i64::MAX));
                insert.execute(params_from_iter(std::iter::once(&order).chain(row).map(Cell))).map_err(fault)?;
            }
        }
        connection.execute_batch("COMMIT").map_err(fault)?;
        Ok(Self { connection })
    }

    /// Runs a selection. Overflow is the fault `formula.overflow`, as in every executor.
    pub fn run(&self, query: &Query) -> Result<Vec<Vec<Value>>> {
        let text = sql::render_ordered(query, TABLE, Some(ORDER), Dialect::Sqlite)?;
        let mut statement = self.connection.prepare(&text).map_err(fault)?;
        let mut rows = statement.query([]).map_err(fault)?;
        let mut results = Vec::new();
        while let Some(row) = rows.next().map_err(fault)? {
            let mut cells = Vec::with_capacity(query.outputs.len());
            for (i, output) in query.outputs.iter().enumerate() {
                cells.push(read(row.get_ref(i).map_err(fault)?, output.expr.ty)?);
            }
            results.push(cells);
        }
        Ok(results)
    }
}

struct Cell<'a>(&'a Value);

impl ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Num(n) => ValueRef::Integer(*n),
            Value::Bool(b) => ValueRef::Integer(i64::from(*b)),
            Value::Date(d) => ValueRef::Integer(i64::from(*d)),
            Value::Text(t) => ValueRef::Text(t.as_bytes()),
        }))
    }
}

fn read(cell: ValueRef<'_>, ty: Type) -> Result<Value> {
    Ok(match (cell, ty) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(n), Type::Bool) => Value::Bool(n != 0),
        (ValueRef::Integer(n), Type::Date) => Value::Date(i32::try_from(n).map_err(|_| overflow("SQLite"))?),
        (ValueRef::Integer(n), Type::Int | Type::Money | Type::Rate | Type::Ratio) => Value::Num(n),
        (ValueRef::Text(t), Type::Text) => Value::Text(String::from_utf8_lossy(t).as_ref().into()),
        (other, _) => return Err(failed("SQLite", format!("a {} where a {} was due", other.data_type(), ty.name()))),
    })
}

fn fault(error: rusqlite::Error) -> Fault {
    let text = error.to_string();
    if text.contains("integer overflow") {
        overflow("SQLite")
    } else if ["too deep", "too large", "too many", "stack overflow"].iter().any(|bound| text.contains(bound)) {
        refused("SQLite")
    } else {
        failed("SQLite", text)
    }
}
