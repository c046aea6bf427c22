//! Asking for figures: the city as known at a time, its indicators, and the loans behind a cell.

use huoshui_kernel::date::Date;
use huoshui_kernel::fault::Result;
use huoshui_supervision::indicators::{Catalogue, Cell, Drill, Figure, Selection, drill, evaluate};

use crate::filings::Filings;
use crate::folder::Workspace;
use crate::library::Library;
use crate::policies::Set;
use crate::relations::Stored;
use crate::streams::KnownAt;

/// The city as known at a time, ready for questions.
pub struct City {
    /// Where it is stored.
    pub workspace: Workspace,
    /// Who is who.
    pub library: Library,
    /// Which filings are in force.
    pub filings: Filings,
    /// The policies in force then.
    pub policies: Set,
    /// What each figure means.
    pub catalogue: Catalogue,
    /// Only what was recorded until then is seen.
    pub known_at: KnownAt,
}

impl City {
    /// Reads what was known then.
    ///
    /// # Errors
    /// Those of the store, `data.damaged`.
    pub fn load(workspace: &Workspace, known_at: KnownAt) -> Result<Self> {
        let policies = Set::load(workspace, known_at)?;
        let catalogue = policies.catalogue()?;
        let library = Library::load(workspace, known_at)?;
        let filings = Filings::load(workspace, library.institutions.iter().map(|i| i.code.as_str()), known_at)?;
        Ok(Self { workspace: workspace.clone(), library, filings, catalogue, policies, known_at })
    }

    /// The relations of its stored filings.
    #[must_use]
    pub fn stored(&self) -> Stored<'_> {
        Stored { workspace: &self.workspace, library: &self.library, filings: &self.filings }
    }

    /// The figures of a selection.
    ///
    /// # Errors
    /// `data.nothing_filed`, `data.no_roster`, and those of the indicators.
    pub fn figures(&self, selection: &Selection<'_>) -> Result<Vec<Figure>> {
        evaluate(&self.catalogue, selection, &self.stored())
    }

    /// The rows behind a cell, at most `limit` of each part.
    ///
    /// # Errors
    /// As [`City::figures`].
    pub fn drill(&self, code: &str, as_of: Date, cell: &Cell, filter: Option<&str>, limit: usize) -> Result<Drill> {
        drill(&self.catalogue, code, as_of, cell, filter, limit, &self.stored())
    }
}
