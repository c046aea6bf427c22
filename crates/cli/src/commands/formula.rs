//! `huoshui formula eval`: the policy language over any csv or Parquet file.

use std::path::PathBuf;
use std::process::ExitCode;

use huoshui_app::export;
use huoshui_engines::{Sqlite, batches};
use huoshui_formats::Limits;
use huoshui_formats::loose::{self, LooseType};
use huoshui_formats::table::{Column, Table};
use huoshui_formula::compile::{self, Params};
use huoshui_formula::{Node, Query, Schema, Type, Value, columns, format, row};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::money::Fen;
use huoshui_kernel::rate::Ppm;
use huoshui_kernel::{Lang, date};

use super::common::{self, Format};
use crate::faults;
use crate::ui::Ui;

/// 试算规则语言
#[derive(clap::Subcommand)]
pub enum Action {
    /// 对一个文件求值 / evaluate over a file
    Eval(Eval),
}

/// Which executor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Engine {
    /// 逐行 / row by row
    Row,
    /// 按列 / by columns
    Columns,
    /// SQLite
    Sqlite,
}

/// 对一个文件求值
#[derive(clap::Args)]
pub struct Eval {
    /// csv 或 Parquet 文件 / a csv or Parquet file
    #[arg(long)]
    table: PathBuf,
    /// 要算的式子，“式子 [AS 名称], …” / what to compute
    #[arg(long)]
    select: String,
    /// 分组的列，逗号分隔 / columns to group by
    #[arg(long)]
    group_by: Option<String>,
    /// 行的条件 / a condition on rows
    #[arg(long = "where")]
    filter: Option<String>,
    /// 列的类型：名称=int|money|rate|ratio|bool|text|date / types of columns
    #[arg(long)]
    types: Option<String>,
    /// 参数：名称=值 或 名称:类型=值，可重复 / a parameter, repeatable
    #[arg(long)]
    param: Vec<String>,
    /// 执行器 / executor
    #[arg(long, value_enum, default_value_t = Engine::Columns)]
    engine: Engine,
    /// 说明每一行的结果由哪一部分决定 / say of each row which part decided, from which values
    #[arg(long)]
    explain: bool,
    /// 最多说明的行 / rows explained at most
    #[arg(long, default_value_t = 20)]
    explain_rows: usize,
    /// 格式 / format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// 写入文件 / write to a file
    #[arg(long)]
    out: Option<PathBuf>,
}

pub fn run(action: &Action, ui: &Ui) -> Result<ExitCode> {
    let Action::Eval(args) = action;
    let types = pairs(args.types.as_deref().unwrap_or_default())?
        .into_iter()
        .map(|(name, ty)| Ok((name, LooseType::parse(&ty)?)))
        .collect::<Result<Vec<_>>>()?;
    let extension = args.table.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    if !matches!(extension.as_str(), "csv" | "parquet") {
        return Err(Fault::new(&faults::TABLE).with("file", args.table.display()).field("table"));
    }
    let (found, table) = loose::read(&args.table, &types, &Limits::default())?;
    let schema = Schema::new(found.iter().map(|(name, ty)| (name.as_str(), type_of(*ty))))?;
    let mut params = Params::new();
    for text in &args.param {
        let (name, ty, value) = param(text)?;
        params = params.with(&name, ty, value);
    }
    let keys: Vec<String> = args.group_by.as_deref().map(split_keys).unwrap_or_default();
    let filter = args.filter.as_deref();
    let mut query = compile::query(&args.select, &keys, filter, &schema, &params)?;
    let unnamed = unselected(&query, &keys);
    if !unnamed.is_empty() {
        // A group without its key says nothing: keys that are not selected stand in front of the results.
        let select = format!("{}, {}", unnamed.join(", "), args.select);
        query = compile::query(&select, &keys, filter, &schema, &params)?;
    }
    if args.explain {
        return explain(args, &query, &batches::to_rows(&schema, &table)?, ui);
    }
    let rows = match args.engine {
        Engine::Columns => columns::run(&query, &table)?,
        Engine::Row => {
            let rows = batches::to_rows(&schema, &table)?;
            row::run(&query, rows.iter().map(Vec::as_slice))?
        }
        Engine::Sqlite => Sqlite::load(&schema, &batches::to_rows(&schema, &table)?)?.run(&query)?,
    };
    give(args, &query, rows, ui)
}

/// Evaluates by columns and prints a table, as `formula eval` does with these options.
pub fn evaluate(table: &std::path::Path, select: &str, group_by: &str, types: &str, ui: &Ui) -> Result<()> {
    let args = Eval {
        table: table.to_path_buf(),
        select: select.to_owned(),
        group_by: Some(group_by.to_owned()),
        filter: None,
        types: Some(types.to_owned()),
        param: Vec::new(),
        engine: Engine::Columns,
        explain: false,
        explain_rows: 0,
        format: Format::Table,
        out: None,
    };
    run(&Action::Eval(args), ui).map(|_| ())
}

/// The group keys that no result is.
fn unselected(query: &Query, keys: &[String]) -> Vec<String> {
    let selected = |i: usize| query.outputs.iter().any(|o| o.expr.node == Node::GroupKey(i));
    let missing = keys.iter().enumerate().filter(|(i, _)| !selected(*i));
    missing.map(|(_, key)| key.clone()).collect()
}

fn give(args: &Eval, query: &Query, rows: Vec<Vec<Value>>, ui: &Ui) -> Result<ExitCode> {
    if args.format == Format::Json {
        let rows: Vec<serde_json::Value> = rows
            .iter()
            .map(|row| {
                let cells = query.outputs.iter().zip(row);
                cells.map(|(o, v)| (o.name.to_string(), format::to_json(v, o.expr.ty))).collect()
            })
            .collect();
        common::emit(ui, args.out.as_deref(), &format!("{:#}", serde_json::Value::Array(rows)))?;
        return Ok(ExitCode::SUCCESS);
    }
    let table = Table {
        name: "result".to_owned(),
        columns: query.outputs.iter().map(|o| Column::new(&o.name, &o.name)).collect(),
        rows: rows
            .iter()
            .map(|row| query.outputs.iter().zip(row).map(|(o, v)| export::cell(v, o.expr.ty)).collect())
            .collect(),
    };
    common::give(ui, &table, args.format, args.out.as_deref())?;
    Ok(ExitCode::SUCCESS)
}

fn explain(args: &Eval, query: &Query, rows: &[Vec<Value>], ui: &Ui) -> Result<ExitCode> {
    if query.grouped || args.engine == Engine::Sqlite {
        return Err(Fault::new(&faults::ENGINE).field("explain"));
    }
    let filter = query.filter.as_ref().map(row::Program::new).transpose()?;
    let mut all = Vec::new();
    for (index, values) in rows.iter().enumerate() {
        if all.len() >= args.explain_rows {
            break;
        }
        if let Some(filter) = &filter
            && filter.eval_bool(values)? != Some(true)
        {
            continue;
        }
        for output in &query.outputs {
            let explanation = row::explain(&output.expr, values, &args.select, &query.schema)?;
            if args.format == Format::Json {
                all.push(serde_json::json!({ "row": index + 2, "name": output.name, "explanation": explanation }));
            } else {
                // The header is row 1 of the file.
                let row = index + 2;
                ui.say(match ui.lang {
                    Lang::Zh => format!("▎第 {row} 行  {}", output.name),
                    Lang::En => format!("▎row {row}  {}", output.name),
                });
                ui.say(explanation.render(ui.lang));
                all.push(serde_json::Value::Null);
            }
        }
    }
    if args.format == Format::Json {
        common::emit(ui, args.out.as_deref(), &format!("{:#}", serde_json::Value::Array(all)))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Commas outside brackets and quotes part the keys.
fn split_keys(text: &str) -> Vec<String> {
    let (mut keys, mut depth, mut quote) = (vec![String::new()], 0_i32, None);
    for c in text.chars() {
        match (c, quote) {
            (q, Some(open)) if q == open => quote = None,
            ('\'' | '"', None) => quote = Some(c),
            ('(', None) => depth += 1,
            (')', None) => depth -= 1,
            (',', None) if depth == 0 => {
                keys.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = keys.last_mut() {
            last.push(c);
        }
    }
    keys.into_iter().map(|k| k.trim().to_owned()).filter(|k| !k.is_empty()).collect()
}

fn pairs(text: &str) -> Result<Vec<(String, String)>> {
    text.split(',').map(str::trim).filter(|p| !p.is_empty()).map(pair).collect()
}

fn pair(text: &str) -> Result<(String, String)> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.trim().to_owned())),
        _ => Err(Fault::new(&faults::PAIR).with("value", text)),
    }
}

fn type_of(ty: LooseType) -> Type {
    match ty {
        LooseType::Int => Type::Int,
        LooseType::Money => Type::Money,
        LooseType::Rate => Type::Rate,
        LooseType::Ratio => Type::Ratio,
        LooseType::Bool => Type::Bool,
        LooseType::Text => Type::Text,
        LooseType::Date => Type::Date,
    }
}

fn is_dated(value: &str) -> bool {
    let parts: Vec<&str> = value.split('-').collect();
    parts.len() == 3 && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

/// `as_of=2025-09-30` (a date, a whole number, true or false, else text) or, with its type, `limit:money=5000000`.
fn param(text: &str) -> Result<(String, Type, Value)> {
    let (name, value) = pair(text).map_err(|f| f.field("param"))?;
    let bad = || Fault::new(&faults::PAIR).with("value", text).field("param");
    let (name, ty) = match name.split_once(':') {
        Some((name, ty)) => (name.to_owned(), type_of(LooseType::parse(ty)?)),
        // What is written like a date is one, so that 2025-02-30 is a wrong date and not a text.
        None if is_dated(&value) => (name, Type::Date),
        None if value.parse::<i64>().is_ok() => (name, Type::Int),
        None if matches!(value.as_str(), "true" | "false") => (name, Type::Bool),
        None => (name, Type::Text),
    };
    let value = match ty {
        Type::Int => Value::Num(value.parse().map_err(|_| bad())?),
        Type::Money => Value::Num(Fen::parse_yuan(&value)?.0),
        Type::Rate => Value::Num(Ppm::parse_percent(&value)?.0),
        Type::Ratio => {
            // The language reads its own decimals: one reader, one meaning.
            let constant = compile::expr_of(&value, Type::Ratio, &Schema::default(), &Params::new())?;
            row::Program::new(&constant)?.eval(&[])?
        }
        Type::Bool => Value::Bool(value.parse().map_err(|_| bad())?),
        Type::Text => Value::Text(value.into()),
        Type::Date => Value::Date(date::days(date::parse(&value)?)),
    };
    Ok((name, ty, value))
}
