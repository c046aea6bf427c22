//! Builds the batches of a relation from filed batches and the roll.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use huoshui_kernel::date::days;
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::shape::TableShape;

use super::columns::{is_bank, is_firm};
use super::derived;
use super::reencode::Borrowers;
use super::roll::Roll;
use super::{Filed, Relation, RelationRequest};
use crate::arrow::{Texts, batch as make, column, texts};
use crate::{faults, filings};

/// A filed table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum RawTable {
    Notes,
    Disbursements,
    Relationships,
}

impl RawTable {
    /// All of them, in the order in which they are checked.
    pub const ALL: [Self; 3] = [Self::Notes, Self::Disbursements, Self::Relationships];

    /// Its shape.
    #[must_use]
    pub fn shape(self) -> &'static TableShape {
        match self {
            Self::Notes => &filings::NOTES,
            Self::Disbursements => &filings::DISBURSEMENTS,
            Self::Relationships => &filings::RELATIONSHIPS,
        }
    }
}

const LINE_COLUMNS: [&str; 4] = ["commitment", "valid_from", "valid_to", "credit_limit"];
const ACCOUNT_COLUMNS: [&str; 2] = ["account_opened_on", "account_closed_on"];
const RISK_COLUMNS: [&str; 4] = ["balance_cny", "business_kind", "transferred", "written_off"];

/// Which columns of which filed tables must be read to build these columns of a relation: read no others.
#[must_use]
pub fn raw_columns(relation: Relation, columns: &[Arc<str>]) -> Vec<(RawTable, Vec<&'static str>)> {
    let tables: &[RawTable] = match relation {
        Relation::Notes => &[RawTable::Notes],
        Relation::Disbursements => &[RawTable::Disbursements],
        Relation::Relationships => &[RawTable::Relationships],
        Relation::Contacts => &[RawTable::Relationships, RawTable::Notes],
        Relation::Enterprises => &[],
    };
    tables
        .iter()
        .map(|table| {
            let mut needed: BTreeSet<&str> = BTreeSet::new();
            for name in columns.iter().map(AsRef::as_ref) {
                needs(*table, name, &mut needed);
            }
            // Rows are counted by a column; one is always read.
            needed.insert("borrower");
            (*table, table.shape().columns.iter().map(|c| c.name).filter(|c| needed.contains(c)).collect())
        })
        .collect()
}

fn needs<'a>(table: RawTable, name: &'a str, needed: &mut BTreeSet<&'a str>) {
    match name {
        n if is_bank(n) => _ = needed.insert("institution"),
        "borrower_at_bank" => needed.extend(["institution", "borrower"]),
        "account_open" => needed.extend(ACCOUNT_COLUMNS),
        "line_in_force" => needed.extend(LINE_COLUMNS),
        "line_first_srdi" | "line_first_all" => {
            needed.extend(LINE_COLUMNS);
            needed.extend(["institution", "group_line", "line_no"]);
        }
        "exposure" if table == RawTable::Notes => needed.extend(RISK_COLUMNS),
        "exposure" => _ = needed.insert("used"),
        n => _ = needed.insert(n),
    }
}

/// Builds a relation from the filed batches of its data date and gives each batch to `sink`. Batches may be given a few at
/// a time, except that all relationships of an institution must come together (a group line counts once).
pub fn build(
    request: &RelationRequest,
    filed: &Filed,
    roll: &Roll,
    sink: &mut dyn FnMut(RecordBatch) -> Result<()>,
) -> Result<()> {
    match request.relation {
        Relation::Notes => plain(request, "notes", &filed.notes, roll, sink),
        Relation::Disbursements => plain(request, "disbursements", &filed.disbursements, roll, sink),
        Relation::Relationships => relationships(request, &filed.relationships, roll, sink),
        Relation::Contacts => {
            for batch in &filed.relationships {
                contact(request, batch, roll, true, sink)?;
            }
            for batch in &filed.notes {
                contact(request, batch, roll, false, sink)?;
            }
            Ok(())
        }
        Relation::Enterprises => enterprises(request, roll, sink),
    }
}

/// One batch being joined.
struct Join<'a> {
    table: &'static str,
    batch: &'a RecordBatch,
    roll: &'a Roll,
    borrowers: Borrowers,
}

impl<'a> Join<'a> {
    fn new(table: &'static str, batch: &'a RecordBatch, roll: &'a Roll) -> Result<Self> {
        let borrowers = Borrowers::of(&texts(table, batch, "borrower")?, roll);
        Ok(Self { table, batch, roll, borrowers })
    }

    fn column(&self, name: &str) -> Result<ArrayRef> {
        if name == "borrower" {
            return self.borrowers.column(self.roll);
        }
        if name == "borrower_at_bank" {
            return self.pairs();
        }
        if is_firm(name)
            && let Some(array) = self.roll.firm_column(name, &self.borrowers.rows)
        {
            return Ok(array);
        }
        if is_bank(name) {
            let institution = texts(self.table, self.batch, "institution")?;
            let codes = (0..self.batch.num_rows()).map(|i| institution.get(i));
            if let Some(array) = self.roll.bank_column(name, codes) {
                return Ok(array);
            }
        }
        let array = column(self.table, self.batch, name)?;
        // An institution's code is on every row: as a dictionary it groups by small numbers.
        if name == "institution" {
            return Ok(texts(self.table, self.batch, name)?.encoded());
        }
        Ok(Arc::clone(array))
    }

    fn pairs(&self) -> Result<ArrayRef> {
        let institution = texts(self.table, self.batch, "institution")?;
        let borrower = texts(self.table, self.batch, "borrower")?;
        let pairs: arrow_array::StringArray = (0..self.batch.num_rows())
            .map(|i| institution.get(i).zip(borrower.get(i)).map(|(a, b)| format!("{a}/{b}")))
            .collect();
        Ok(Texts::Plain(&pairs).encoded())
    }
}

fn plain(
    request: &RelationRequest,
    table: &'static str,
    batches: &[RecordBatch],
    roll: &Roll,
    sink: &mut dyn FnMut(RecordBatch) -> Result<()>,
) -> Result<()> {
    for batch in batches {
        let join = Join::new(table, batch, roll)?;
        let columns = request.columns.iter().map(|name| Ok((Arc::clone(name), join.column(name)?)));
        sink(make(columns.collect::<Result<_>>()?, batch.num_rows())?)?;
    }
    Ok(())
}

fn relationships(
    request: &RelationRequest,
    batches: &[RecordBatch],
    roll: &Roll,
    sink: &mut dyn FnMut(RecordBatch) -> Result<()>,
) -> Result<()> {
    let as_of = days(request.data_date);
    let asked = |name: &str| request.columns.iter().any(|c| **c == *name);
    let joins: Vec<Join<'_>> = batches.iter().map(|b| Join::new("relationships", b, roll)).collect::<Result<_>>()?;
    let (all, srdi) = (asked("line_first_all"), asked("line_first_srdi"));
    let in_force: Vec<Vec<bool>> = if all || srdi || asked("line_in_force") {
        batches.iter().map(|b| derived::line_in_force(b, as_of)).collect::<Result<_>>()?
    } else {
        Vec::new()
    };
    let rows: Vec<Vec<u32>> = joins.iter().map(|j| j.borrowers.rows.clone()).collect();
    let first = |wanted: bool, srdi_only: bool| -> Result<Vec<BooleanArray>> {
        if wanted { derived::line_first(batches, &in_force, &rows, roll, srdi_only) } else { Ok(Vec::new()) }
    };
    let (first_all, first_srdi) = (first(all, false)?, first(srdi, true)?);
    let lost = || Fault::new(&faults::INTERNAL).with("detail", "a derived column is missing");
    for (b, join) in joins.iter().enumerate() {
        let mut columns = Vec::with_capacity(request.columns.len());
        for name in &request.columns {
            let array: ArrayRef = match name.as_ref() {
                "account_open" => Arc::new(BooleanArray::from(derived::account_open(join.batch, as_of)?)),
                "line_in_force" => Arc::new(BooleanArray::from(in_force.get(b).ok_or_else(lost)?.clone())),
                "line_first_all" => Arc::new(first_all.get(b).ok_or_else(lost)?.clone()),
                "line_first_srdi" => Arc::new(first_srdi.get(b).ok_or_else(lost)?.clone()),
                other => join.column(other)?,
            };
            columns.push((Arc::clone(name), array));
        }
        sink(make(columns, join.batch.num_rows())?)?;
    }
    Ok(())
}

fn contact(
    request: &RelationRequest,
    batch: &RecordBatch,
    roll: &Roll,
    relationship: bool,
    sink: &mut dyn FnMut(RecordBatch) -> Result<()>,
) -> Result<()> {
    let as_of = days(request.data_date);
    let join = Join::new(if relationship { "relationships" } else { "notes" }, batch, roll)?;
    let no = || Ok(vec![false; batch.num_rows()]);
    let mut columns = Vec::with_capacity(request.columns.len());
    for name in &request.columns {
        let array: ArrayRef = match (name.as_ref(), relationship) {
            ("account_open", true) => Arc::new(BooleanArray::from(derived::account_open(batch, as_of)?)),
            ("line_in_force", true) => Arc::new(BooleanArray::from(derived::line_in_force(batch, as_of)?)),
            ("account_open" | "line_in_force", false) => Arc::new(BooleanArray::from(no()?)),
            ("exposure", true) => derived::used(batch)?,
            ("exposure", false) => derived::at_risk(batch)?,
            (other, _) => join.column(other)?,
        };
        columns.push((Arc::clone(name), array));
    }
    sink(make(columns, batch.num_rows())?)
}

fn enterprises(request: &RelationRequest, roll: &Roll, sink: &mut dyn FnMut(RecordBatch) -> Result<()>) -> Result<()> {
    let count = u32::try_from(roll.len()).map_err(|_| Fault::new(&faults::TOO_MANY_ROWS))?;
    let rows: Vec<u32> = (0..count).collect();
    let missing = |name: &str| Fault::new(&faults::COLUMN_MISSING).with("table", "enterprises").with("column", name);
    let mut columns = Vec::with_capacity(request.columns.len());
    for name in &request.columns {
        let array = if **name == *"borrower" {
            Texts::Plain(roll.usccs()).encoded()
        } else {
            roll.firm_column(name, &rows).ok_or_else(|| missing(name))?
        };
        columns.push((Arc::clone(name), array));
    }
    sink(make(columns, rows.len())?)
}
