//! Figures and rows as tables that programs and spreadsheets read.

use std::fmt::Write as _;

use huoshui_formats::table::{Column, Table, Value};
use huoshui_formula::Type;
use huoshui_kernel::Lang;
use huoshui_supervision::indicators::{Catalogue, Contribution, Dim, Figure, Part, Unit, display};

use crate::library::Library;
use crate::names::label;

/// Figures as a table: code, name, a code and a name for each dimension, the exact value, the value as people see it.
#[must_use]
pub fn figures(figures: &[Figure], dims: &[Dim], catalogue: &Catalogue, library: &Library, lang: Lang) -> Table {
    let mut columns = vec![Column::new("code", "指标代码"), Column::new("name", "指标")];
    for dim in dims {
        let (zh, en) = dim.label();
        columns.push(Column::new(dim.name(), &format!("{zh}代码")));
        columns.push(Column::new(&format!("{en} name"), zh));
    }
    columns.extend([
        Column::new("value", "数值"),
        Column::new("unit", "单位"),
        Column::new("shown", "显示"),
        Column::new("as_of", "数据日期"),
    ]);
    let rows = figures.iter().map(|figure| {
        let mut row = vec![text(&figure.code), text(figure.name.get(lang))];
        for dim in dims {
            let value = figure.dims.get(dim).and_then(Option::as_deref);
            row.push(value.map_or(Value::Null, text));
            row.push(Value::Text(label(library, *dim, value, lang)));
        }
        let exact = exact(figure);
        // Sheets show money in yuan; what is printed beside a number is the unit of that number.
        row.push(text(if matches!(exact, Value::Fen(_)) { "CNY" } else { figure.unit.name() }));
        row.insert(row.len() - 1, exact);
        row.push(Value::Text(shown(figure, catalogue, lang)));
        row.push(Value::Text(figure.as_of.to_string()));
        row
    });
    Table { name: "indicators".to_owned(), columns, rows: rows.collect() }
}

/// The figure as people see it.
#[must_use]
pub fn shown(figure: &Figure, catalogue: &Catalogue, lang: Lang) -> String {
    match catalogue.get(&figure.code, figure.as_of) {
        Ok(indicator) => display(figure, indicator, lang),
        Err(_) => figure.value_text().unwrap_or_default(),
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn exact(figure: &Figure) -> Value {
    let Some(value) = figure.value else { return Value::Null };
    match i64::try_from(value.scaled) {
        Ok(n) if value.scale == 0 && figure.unit == Unit::Fen => Value::Fen(n),
        Ok(n) => Value::Decimal(n, value.scale),
        Err(_) => Value::Text(value.to_string()),
    }
}

/// Figures as SDMX-CSV 2.0 (structure in the first three columns, dimensions, `TIME_PERIOD`, `OBS_VALUE`, attributes).
/// `_T` is the total along a dimension that was not asked for, `_U` an unknown value.
#[must_use]
pub fn sdmx_csv(figures: &[Figure], dims: &[Dim]) -> String {
    let mut out = String::from("STRUCTURE,STRUCTURE_ID,ACTION,INDICATOR");
    for dim in Dim::ALL {
        let _ = write!(out, ",{}", dim.name().to_ascii_uppercase());
    }
    out.push_str(",TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,INDICATOR_VERSION,OBS_STATUS\n");
    for figure in figures {
        let _ = write!(out, "dataflow,HUOSHUI:INDICATORS(1.0),I,{}", figure.code);
        for dim in Dim::ALL {
            let cell = match figure.dims.get(&dim) {
                _ if !dims.contains(&dim) => "_T",
                Some(Some(value)) => value,
                _ => "_U",
            };
            let _ = write!(out, ",{}", quoted(cell));
        }
        let value = figure.value_text();
        // SDMX code list CL_OBS_STATUS: A normal, M missing because it cannot exist.
        let status = if value.is_some() { "A" } else { "M" };
        let _ = writeln!(
            out,
            ",{},{},{},{},{status}",
            figure.as_of,
            value.unwrap_or_default(),
            figure.unit.name(),
            figure.version
        );
    }
    out
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

/// The rows of a part of a figure, with what each contributes.
///
/// # Errors
/// `formula.*` when a column is not of its type, which the relations exclude.
pub fn part(part: &Part) -> huoshui_kernel::fault::Result<Table> {
    let mut columns: Vec<Column> =
        part.schema.columns.iter().map(|c| Column::new(&c.name, &zh(part, &c.name))).collect();
    let contribution = Column::new("contribution", "计入数");
    columns.push(match part.contribution {
        Contribution::Money => contribution.in_unit("CNY"),
        Contribution::Count => contribution,
        Contribution::Product => contribution.in_unit("fen × weight"),
    });
    let rows = huoshui_engines::batches::to_rows(&part.schema, &part.batches)?;
    let rows = rows.into_iter().zip(&part.contributions).map(|(row, contribution)| {
        let mut cells: Vec<Value> =
            part.schema.columns.iter().zip(&row).map(|(column, value)| cell(value, column.ty)).collect();
        cells.push(match i64::try_from(*contribution) {
            Ok(n) if part.contribution == Contribution::Money => Value::Fen(n),
            Ok(n) => Value::Int(n),
            Err(_) => Value::Text(contribution.to_string()),
        });
        cells
    });
    Ok(Table { name: part.relation.name().to_owned(), columns, rows: rows.collect() })
}

fn zh(part: &Part, column: &str) -> String {
    let note = huoshui_supervision::relations::columns(part.relation).iter().find(|c| c.name == column);
    note.map_or(column, |c| c.zh).to_owned()
}

/// A value of a formula as a cell of a result.
#[must_use]
pub fn cell(value: &huoshui_formula::Value, ty: Type) -> Value {
    use huoshui_formula::Value as V;
    match (value, ty) {
        (V::Null, _) => Value::Null,
        (V::Bool(b), _) => Value::Bool(*b),
        (V::Text(t), _) => Value::Text(t.to_string()),
        (V::Date(d), _) => Value::Date(*d),
        (V::Num(n), Type::Money) => Value::Fen(*n),
        (V::Num(n), Type::Rate) => Value::Ppm(*n),
        (V::Num(n), Type::Ratio) => Value::Decimal(*n, 12),
        (V::Num(n), _) => Value::Int(*n),
    }
}
