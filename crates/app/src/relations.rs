//! Relations over stored filings: reads the columns that are needed from each institution's Parquet, joins them with who
//! everyone was on the list date, and hands the batches on. Nothing is kept, so memory does not grow with the city.

use arrow_array::RecordBatch;
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::Result;
use huoshui_supervision::relations::{Filed, RawTable, Relation, RelationRequest, Relations, build, raw_columns};

use crate::blobs;
use crate::filings::{Filing, Filings};
use crate::folder::Workspace;
use crate::library::Library;

/// The stored filings and the registry, as known at one time.
pub struct Stored<'a> {
    /// Where the files are.
    pub workspace: &'a Workspace,
    /// Who is who.
    pub library: &'a Library,
    /// Which filings are in force.
    pub filings: &'a Filings,
}

impl Stored<'_> {
    fn filed(&self, filing: &Filing, wanted: &[(RawTable, Vec<&'static str>)]) -> Result<Filed> {
        let mut filed = Filed::default();
        for (raw, columns) in wanted {
            let Some(table) = filing.accepted.tables.get(raw.shape().name) else { continue };
            let batches = blobs::columns(self.workspace, table, columns)?;
            match raw {
                RawTable::Notes => filed.notes = batches,
                RawTable::Disbursements => filed.disbursements = batches,
                RawTable::Relationships => filed.relationships = batches,
            }
        }
        Ok(filed)
    }

    /// Whether anything was filed for a date.
    ///
    /// # Errors
    /// `data.nothing_filed`.
    pub fn need(&self, as_of: Date) -> Result<()> {
        self.filings.need(as_of).map(|_| ())
    }
}

impl Relations for Stored<'_> {
    fn each(&self, request: &RelationRequest, sink: &mut dyn FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        let roll = self.library.roll(request.list_date)?;
        if request.relation == Relation::Enterprises {
            return build(request, &Filed::default(), &roll, sink);
        }
        let wanted = raw_columns(request.relation, &request.columns);
        for filing in self.filings.need(request.data_date)?.values() {
            build(request, &self.filed(filing, &wanted)?, &roll, sink)?;
        }
        Ok(())
    }
}
