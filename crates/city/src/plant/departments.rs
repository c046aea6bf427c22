//! Departments' batches that have drifted: each is a file of its own, dated after those that are right, so that what is
//! right stays in force. `faults.csv` says which fault an import must give; `unknown_firms` is what it must count.

use std::path::Path;

use huoshui_exchange::catalogue::Catalogue;
use huoshui_kernel::date;
use huoshui_kernel::fault::{Fault, Result};

use super::{Planted, nobody};
use crate::calendar::{add_months, iso};
use crate::faults;
use crate::firms::Firm;

/// What is done to rows that would be right.
#[derive(Clone, Copy)]
enum Edit {
    /// The column is left out.
    Without(&'static str),
    /// A column that no schema has.
    With(&'static str),
    /// The column's cells are of another type.
    Retype(&'static str, &'static str),
    /// The first row comes again.
    Repeat,
    /// The column's dates lie after the batch.
    Later(&'static str),
    /// The firm is nobody.
    Nobody,
    /// The file has the rows of this resource.
    Of(&'static str),
}

struct Kind {
    name: &'static str,
    resource: &'static str,
    edit: Edit,
    /// The fault's code.
    expected: &'static str,
}

const KINDS: [Kind; 7] = [
    kind("missing_column", "environment_rating", Edit::Without("rating"), "batch.drift"),
    kind("unknown_column", "procurement", Edit::With("bidder"), "batch.drift"),
    kind("retyped_cells", "subsidies", Edit::Retype("amount", "n/a"), "cell.bad_money"),
    kind("duplicate_key", "technology_contracts", Edit::Repeat, "batch.duplicate"),
    kind("future_period", "tax_grade", Edit::Later("period"), "batch.row_after"),
    kind("unknown_firm", "customs_rating", Edit::Nobody, "unknown_firms"),
    kind("other_resource", "copyrights", Edit::Of("trademarks"), "batch.other_resource"),
];

const fn kind(name: &'static str, resource: &'static str, edit: Edit, expected: &'static str) -> Kind {
    Kind { name, resource, edit, expected }
}

/// Two rows of every resource that a mistake is made in, right as they stand but for the mistake.
fn rows(resource: &str, uscc: &str, day: &str) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let (header, cells): (Vec<&'static str>, [[&str; 5]; 2]) = match resource {
        "environment_rating" => {
            (vec!["uscc", "period", "rating"], [["2023-12-31", "blue", "", "", ""], ["2024-12-31", "blue", "", "", ""]])
        }
        "procurement" => (
            vec!["uscc", "contract_no", "signed_on", "amount", "finished"],
            [["BJZCX01", day, "120000.00", "N", ""], ["BJZCX02", day, "80000.00", "N", ""]],
        ),
        "subsidies" => (
            vec!["uscc", "grant_no", "paid_on", "amount", "programme"],
            [["CZX01", day, "50000.00", "research", ""], ["CZX02", day, "30000.00", "talent", ""]],
        ),
        "technology_contracts" => (
            vec!["uscc", "contract_no", "registered_on", "amount", "role"],
            [["X01", day, "600000.00", "seller", ""], ["X02", day, "400000.00", "seller", ""]],
        ),
        "tax_grade" => {
            (vec!["uscc", "period", "grade"], [["2023-12-31", "B", "", "", ""], ["2024-12-31", "B", "", "", ""]])
        }
        "customs_rating" => (
            vec!["uscc", "period", "rating"],
            [["2023-12-31", "registered", "", "", ""], ["2024-12-31", "registered", "", "", ""]],
        ),
        _ => (
            vec!["uscc", "registration_no", "registered_on", "expires_on", "status", "pledged"],
            [["X01", day, "2035-01-01", "valid", "N"], ["X02", day, "2035-01-01", "valid", "N"]],
        ),
    };
    let row = |cells: &[&str; 5]| -> Vec<String> {
        std::iter::once(uscc).chain(cells.iter().copied()).take(header.len()).map(str::to_owned).collect()
    };
    let rows = cells.iter().map(row).collect();
    (header, rows)
}

/// Writes the batches; gives what is wrong with them.
pub(super) fn plant(firms: &[Firm], now: i32, out: &Path) -> Result<Vec<Planted>> {
    let catalogue = Catalogue::embedded()?;
    let day = add_months(now + 1, 1) - 1;
    let (date, later) = (iso(day), iso(add_months(day, 2)));
    let internal = || Fault::new(&faults::INTERNAL).with("reason", "department faults");
    let mut planted = Vec::new();
    for (place, kind) in KINDS.iter().enumerate() {
        let firm = firms.get(place % firms.len().max(1)).ok_or_else(internal)?;
        let resource = catalogue.find(kind.resource, date::from_days(day).ok_or_else(internal)?)?;
        let uscc = match kind.edit {
            Edit::Nobody => nobody(firm.uscc.as_str()),
            _ => firm.uscc.as_str().to_owned(),
        };
        let source = if let Edit::Of(other) = kind.edit { other } else { kind.resource };
        let (mut header, mut rows) = rows(source, &uscc, &iso(now));
        let column = |name: &str| header.iter().position(|h| *h == name);
        let set = |rows: &mut Vec<Vec<String>>, name: &str, text: &str| {
            for row in rows {
                if let Some(cell) = column(name).and_then(|c| row.get_mut(c)) {
                    text.clone_into(cell);
                }
            }
        };
        // As a spreadsheet counts: the header is row 1.
        let (row, field) = match kind.edit {
            Edit::Without(name) => {
                let place = column(name).ok_or_else(internal)?;
                header.remove(place);
                rows.iter_mut().for_each(|r| drop(r.remove(place)));
                (1, name)
            }
            Edit::With(name) => {
                header.push(name);
                rows.iter_mut().for_each(|r| r.push("北京".to_owned()));
                (1, name)
            }
            Edit::Retype(name, text) => {
                set(&mut rows, name, text);
                (2, name)
            }
            Edit::Repeat => {
                let first = rows.first().cloned().ok_or_else(internal)?;
                rows.push(first);
                (4, "uscc")
            }
            Edit::Later(name) => {
                // One row: two would have one key as well.
                rows.truncate(1);
                set(&mut rows, name, &later);
                (2, name)
            }
            Edit::Nobody => (2, "uscc"),
            Edit::Of(_) => (1, ""),
        };
        let dir = out.join("departments").join(&resource.department);
        write(&dir.join(format!("{}.{date}.change.csv", kind.resource)), &header, &rows)?;
        planted.push(Planted {
            institution: resource.department.clone(),
            as_of: date.clone(),
            table: kind.resource,
            row,
            field,
            kind: kind.name,
            check: kind.expected,
        });
    }
    Ok(planted)
}

fn write(path: &Path, header: &[&str], rows: &[Vec<String>]) -> Result<()> {
    let failed =
        |error: &dyn std::fmt::Display| Fault::new(&faults::WRITE).with("path", path.display()).with("reason", error);
    let mut writer = csv::Writer::from_path(path).map_err(|e| failed(&e))?;
    writer.write_record(header).map_err(|e| failed(&e))?;
    rows.iter().try_for_each(|row| writer.write_record(row)).map_err(|e| failed(&e))?;
    writer.flush().map_err(|e| failed(&e))
}
