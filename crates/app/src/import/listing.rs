//! A refused filing given back: a spreadsheet for each table with its wrong cells marked, and every finding in one csv.

use std::collections::BTreeMap;
use std::path::PathBuf;

use huoshui_formats::Limits;
use huoshui_formats::table::{Column, Table, Value};
use huoshui_formats::write::marked::{Count, Mark, marked_xlsx};
use huoshui_kernel::Lang;
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_supervision::checks::{Finding, Report, Severity};
use huoshui_supervision::relations::RawTable;

use super::files::Source;
use super::table::Loaded;
use crate::faults;
use crate::folder::Workspace;

/// The listing of a refused filing: a folder with `findings.csv` and `TABLE.xlsx` for each table with findings.
///
/// # Errors
/// Faults of writing files. The filing is refused all the same.
pub fn write(
    workspace: &Workspace,
    institution: &str,
    as_of: Date,
    sources: &[Source],
    tables: &BTreeMap<RawTable, Loaded>,
    report: &Report,
) -> Result<PathBuf> {
    let folder = workspace.path(&format!("refused/{institution}.{as_of}"));
    std::fs::create_dir_all(&folder).map_err(|e| faults::folder(&folder, &e))?;
    findings(report).write_csv(&folder.join("findings.csv"), Lang::Zh)?;
    let counts: Vec<Count> = report
        .counts
        .iter()
        .map(|(code, n)| {
            let first = report.findings.iter().find(|f| f.code == *code);
            Count { code: code.to_string(), what: first.map_or_else(String::new, |f| f.zh.clone()), count: *n }
        })
        .collect();
    for raw in tables.keys() {
        let shape = raw.shape();
        let marks: Vec<Mark> = report
            .findings
            .iter()
            .filter(|f| f.table == shape.name)
            .filter_map(|f| {
                let column = f.field.as_deref().and_then(|name| shape.columns.iter().position(|c| c.name == name));
                Some(Mark { row: f.row?, column, code: f.code.to_string(), message: f.zh.clone() })
            })
            .collect();
        let source = sources.iter().find(|s| s.table.name() == shape.name);
        if let Some(source) = source.filter(|_| !marks.is_empty()) {
            let path = folder.join(format!("{}.xlsx", shape.name));
            marked_xlsx(&path, &source.path, shape, &Limits::default(), &marks, &counts, Lang::Zh)?;
        }
    }
    Ok(folder)
}

fn findings(report: &Report) -> Table {
    let columns = [
        ("table", "表"),
        ("row", "行"),
        ("field", "字段"),
        ("check", "校验代码"),
        ("severity", "级别"),
        ("key", "主键"),
        ("message_zh", "说明"),
        ("message_en", "说明（英文）"),
    ];
    let rows = report.findings.iter().map(|f| {
        vec![
            Value::Text(f.table.to_owned()),
            f.row.and_then(|r| i64::try_from(r).ok()).map_or(Value::Null, Value::Int),
            f.field.as_ref().map_or(Value::Null, |name| Value::Text(name.to_string())),
            Value::Text(f.code.to_string()),
            Value::Text(severity(f.severity).to_owned()),
            Value::Text(f.key.clone()),
            Value::Text(f.zh.clone()),
            Value::Text(f.en.clone()),
        ]
    });
    Table {
        name: "findings".to_owned(),
        columns: columns.iter().map(|(name, zh)| Column::new(name, zh)).collect(),
        rows: rows.collect(),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "错误",
        Severity::Warning => "提示",
        Severity::Query => "询问",
    }
}

fn table_zh(name: &str) -> &str {
    RawTable::ALL.into_iter().map(RawTable::shape).find(|s| s.name == name).map_or("整份报送", |s| s.zh)
}

/// A finding as a fault of the import, its check's code in front of its message.
pub fn fault(finding: &Finding) -> Fault {
    let fault = Fault::new(&faults::FINDING)
        .with("check", &finding.code)
        .with("table", finding.table)
        .with("table_zh", table_zh(finding.table))
        .with("zh", &finding.zh)
        .with("en", &finding.en);
    let fault = match &finding.field {
        Some(field) => fault.field(field.to_string()),
        None => fault,
    };
    match finding.row {
        Some(row) => fault.row(row),
        None => fault,
    }
}
