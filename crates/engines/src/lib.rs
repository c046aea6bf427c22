//! Runs formulas on SQL engines: rows are loaded into a temporary table, the rendered SQL runs over it. The engines serve
//! as oracles for our own executors and show how a selection is pushed down.

pub mod batches;
pub mod faults;
mod postgres;
mod sqlite;

pub use postgres::Postgres;
pub use sqlite::Sqlite;

use huoshui_formula::{Schema, Type, Value};
use huoshui_kernel::fault::{Fault, Result};

/// The table that rows are loaded into, and its column that keeps their order.
const TABLE: &str = "huoshui_rows";
const ORDER: &str = "huoshui_row";

/// Whether every cell is of its column's type.
fn check(schema: &Schema, rows: &[Vec<Value>]) -> Result<()> {
    for (i, row) in rows.iter().enumerate() {
        let fits = row.len() == schema.columns.len()
            && row.iter().zip(&schema.columns).all(|(v, c)| match (v, c.ty) {
                (Value::Null, _) | (Value::Bool(_), Type::Bool) | (Value::Date(_), Type::Date) => true,
                (Value::Text(t), Type::Text) => !t.contains('\0'),
                (Value::Num(_), ty) => matches!(ty, Type::Int | Type::Money | Type::Rate | Type::Ratio),
                _ => false,
            });
        if !fits {
            return Err(Fault::new(&faults::BAD_ROWS)
                .with("row", i + 1)
                .with("zh", "单元格数量或类型不同，或文本含有零字符")
                .with("en", "the count or the type of its cells differs, or a text holds the zero character"));
        }
    }
    Ok(())
}

fn overflow(engine: &str) -> Fault {
    Fault::new(&huoshui_formula::faults::OVERFLOW).with("text", engine)
}

/// The formula is beyond one of the engine's own bounds.
fn refused(engine: &str) -> Fault {
    Fault::new(&huoshui_formula::faults::ENGINE)
        .with("engine", engine)
        .with("zh", "公式对该数据库而言过大")
        .with("en", "the formula is too large for this engine")
}

fn failed(engine: &str, detail: impl std::fmt::Display) -> Fault {
    Fault::new(&faults::ENGINE_FAILED).with("engine", engine).with("detail", detail)
}
