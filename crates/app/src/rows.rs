//! Registry rows from Arrow batches. The reader has checked every cell against its shape; what is missing here is a fault
//! of the program.

use arrow_array::RecordBatch;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::money::Fen;
use huoshui_kernel::uscc::Uscc;
use huoshui_kernel::{DepartmentCode, InstitutionCode};
use huoshui_registry::institution::{Funding, InstitutionKind};
use huoshui_registry::{DepartmentRow, EnterpriseRow, InstitutionRow, RosterRow, Tier};

use crate::cells::Cells;
use crate::faults;

fn each<T>(batches: &[RecordBatch], mut read: impl FnMut(Cells<'_>, usize) -> Result<T>) -> Result<Vec<T>> {
    let mut rows = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for batch in batches {
        for row in 0..batch.num_rows() {
            // The header is row 1, so the first record is row 2.
            let number = rows.len() as u64 + 2;
            rows.push(read(Cells(batch), row).map_err(|fault| fault.row(number))?);
        }
    }
    Ok(rows)
}

fn code(what: &'static str) -> impl FnOnce() -> Fault {
    move || Fault::new(&faults::INTERNAL).with("what", "a code outside its set").field(what)
}

/// Rows of `institutions`.
///
/// # Errors
/// A malformed institution code.
pub fn institutions(batches: &[RecordBatch]) -> Result<Vec<InstitutionRow>> {
    each(batches, |cells, row| {
        Ok(InstitutionRow {
            code: InstitutionCode::parse(cells.need_text("code", row)?).map_err(|f| f.field("code"))?,
            name_zh: cells.need_text("name_zh", row)?.to_owned(),
            name_en: cells.need_text("name_en", row)?.to_owned(),
            kind: InstitutionKind::from_code(cells.need_text("kind", row)?).ok_or_else(code("kind"))?,
            funding: Funding::from_code(cells.need_text("funding", row)?).ok_or_else(code("funding"))?,
            files_loans: cells.flag("files_loans", row),
        })
    })
}

/// Rows of `departments`.
///
/// # Errors
/// A malformed department code.
pub fn departments(batches: &[RecordBatch]) -> Result<Vec<DepartmentRow>> {
    each(batches, |cells, row| {
        Ok(DepartmentRow {
            code: DepartmentCode::parse(cells.need_text("code", row)?).map_err(|f| f.field("code"))?,
            name_zh: cells.need_text("name_zh", row)?.to_owned(),
            name_en: cells.need_text("name_en", row)?.to_owned(),
        })
    })
}

/// Rows of `enterprises`.
///
/// # Errors
/// None that the reader has not excluded.
pub fn enterprises(batches: &[RecordBatch]) -> Result<Vec<EnterpriseRow>> {
    each(batches, |cells, row| {
        Ok(EnterpriseRow {
            uscc: Uscc::parse(cells.need_text("uscc", row)?)?,
            name: cells.need_text("name", row)?.to_owned(),
            former_name: cells.text("former_name", row).map(str::to_owned),
            district: cells.need_text("district", row)?.to_owned(),
            industry: cells.need_text("industry", row)?.to_owned(),
            employees: cells.need_number("employees", row)?,
            revenue: Fen(cells.need_number("revenue", row)?),
            assets: Fen(cells.need_number("assets", row)?),
            founded_on: cells.need_date("founded_on", row)?,
            capital: Fen(cells.need_number("capital", row)?),
        })
    })
}

/// Rows of `roster`.
///
/// # Errors
/// None that the reader has not excluded.
pub fn roster(batches: &[RecordBatch]) -> Result<Vec<RosterRow>> {
    each(batches, |cells, row| {
        Ok(RosterRow {
            uscc: Uscc::parse(cells.need_text("uscc", row)?)?,
            name: cells.need_text("name", row)?.to_owned(),
            district: cells.need_text("district", row)?.to_owned(),
            tier: Tier::from_code(cells.need_text("tier", row)?).ok_or_else(code("tier"))?,
            certificate_no: cells.need_text("certificate_no", row)?.to_owned(),
            valid_from: cells.need_date("valid_from", row)?,
            valid_to: cells.need_date("valid_to", row)?,
            batch: cells.need_text("batch", row)?.to_owned(),
        })
    })
}
