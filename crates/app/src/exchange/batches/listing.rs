//! A refused batch given back: every finding in one csv, and a sheet of the wrong rows with their cells marked.

use std::path::{Path, PathBuf};

use huoshui_exchange::catalogue::{Resource, Sensitivity};
use huoshui_formats::Limits;
use huoshui_formats::table::{Column, Table, Value};
use huoshui_formats::write::marked::marked_xlsx;
use huoshui_kernel::Lang;
use huoshui_kernel::fault::Result;
use huoshui_kernel::shape::TableShape;

use super::findings::Findings;
use super::name::Name;
use crate::faults;
use crate::folder::Workspace;

fn folder(workspace: &Workspace, name: &Name) -> PathBuf {
    workspace.path(&format!("refused/{name}"))
}

/// Removes what was given back, once the batch was taken.
pub fn clear(workspace: &Workspace, name: &Name) {
    let _ = std::fs::remove_dir_all(folder(workspace, name));
}

/// Writes `refused/RESOURCE.AS_OF.EXTENT/` with `findings.csv` and `RESOURCE.xlsx`.
///
/// # Errors
/// Faults of writing files. The batch is refused all the same.
pub fn write(
    workspace: &Workspace,
    name: &Name,
    source: &Path,
    resource: &Resource,
    findings: &Findings,
) -> Result<PathBuf> {
    let shape = resource.shape()?;
    let folder = folder(workspace, name);
    std::fs::create_dir_all(&folder).map_err(|e| faults::folder(&folder, &e))?;
    table(shape, findings).write_csv(&folder.join("findings.csv"), Lang::Zh)?;
    let sheet = folder.join(format!("{}.xlsx", shape.name));
    let marks = findings.marks();
    // What is about a person is not laid out in a folder: the numbers of the rows must do.
    let personal = resource.fields.iter().any(|f| f.sensitivity == Sensitivity::Personal);
    if !marks.is_empty() && !personal {
        marked_xlsx(&sheet, source, shape, &Limits::default(), &marks, &findings.counts(), Lang::Zh)?;
    }
    Ok(folder)
}

fn table(shape: &TableShape, findings: &Findings) -> Table {
    let columns = [
        ("row", "行"),
        ("field", "字段"),
        ("check", "校验代码"),
        ("message_zh", "说明"),
        ("message_en", "说明（英文）"),
        ("hint_zh", "如何改正"),
    ];
    let rows = findings.listed.iter().map(|found| {
        let field = found.column.and_then(|i| shape.columns.get(i)).map(|c| c.name.to_owned());
        let row = found.fault.row_number().and_then(|r| i64::try_from(r).ok());
        vec![
            row.map_or(Value::Null, Value::Int),
            field.map_or(Value::Null, Value::Text),
            Value::Text(found.code.clone()),
            Value::Text(found.fault.message(Lang::Zh)),
            Value::Text(found.fault.message(Lang::En)),
            Value::Text(found.fault.hint(Lang::Zh)),
        ]
    });
    Table {
        name: "findings".to_owned(),
        columns: columns.iter().map(|(name, zh)| Column::new(name, zh)).collect(),
        rows: rows.collect(),
    }
}
