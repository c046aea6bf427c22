//! Dimensions: what figures are cut by.

use std::collections::BTreeMap;
use std::sync::Arc;

use huoshui_kernel::fault::{Fault, Result};
use serde::{Deserialize, Serialize};

use crate::faults;
use crate::relations::{Relation, columns};

/// A dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dim {
    /// The institution that files.
    Institution,
    /// District of the borrower.
    District,
    /// Industry section of the borrower.
    Industry,
    /// Highest tier of the borrower.
    Tier,
    /// Size class of the borrower.
    Size,
    /// Main guarantee of the note.
    Guarantee,
}

/// A cell: the value of each dimension. None is a row of which the value is not known.
pub type Cell = BTreeMap<Dim, Option<Arc<str>>>;

impl Dim {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Institution, Self::District, Self::Industry, Self::Tier, Self::Size, Self::Guarantee];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Institution => "institution",
            Self::District => "district",
            Self::Industry => "industry",
            Self::Tier => "tier",
            Self::Size => "size",
            Self::Guarantee => "guarantee",
        }
    }

    /// Its names in Chinese and in English.
    #[must_use]
    pub const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Institution => ("机构", "Institution"),
            Self::District => ("区", "District"),
            Self::Industry => ("行业门类", "Industry section"),
            Self::Tier => ("认定层级", "Tier"),
            Self::Size => ("规模", "Size class"),
            Self::Guarantee => ("主要担保方式", "Main guarantee"),
        }
    }

    /// The column that holds it.
    pub(crate) const fn column(self) -> &'static str {
        match self {
            Self::Guarantee => "main_guarantee",
            other => other.name(),
        }
    }

    /// Whether a relation has it.
    #[must_use]
    pub fn is_in(self, relation: Relation) -> bool {
        columns(relation).iter().any(|c| c.name == self.column())
    }

    /// The dimension of this name.
    pub fn parse(text: &str) -> Result<Self> {
        let name = text.trim();
        let found = Self::ALL.into_iter().find(|d| d.name() == name || d.label().0 == name || d.column() == name);
        found.ok_or_else(|| Fault::new(&faults::UNKNOWN_DIMENSION).with("dimension", name))
    }
}

/// Reads `institution,district`.
pub fn parse_dims(text: &str) -> Result<Vec<Dim>> {
    let dims: Vec<Dim> = text.split(',').filter(|t| !t.trim().is_empty()).map(Dim::parse).collect::<Result<_>>()?;
    at_most_two(&dims)?;
    Ok(dims)
}

/// Reads `institution=B0001,district=110108`; an empty value is the cell of rows that have none.
pub fn parse_cell(text: &str) -> Result<Cell> {
    let mut cell = Cell::new();
    for part in text.split(',').filter(|t| !t.trim().is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        cell.insert(Dim::parse(name)?, (!value.is_empty()).then(|| value.into()));
    }
    at_most_two(&cell.keys().copied().collect::<Vec<_>>())?;
    Ok(cell)
}

pub(super) fn at_most_two(dims: &[Dim]) -> Result<()> {
    match dims {
        [] | [_] => Ok(()),
        [a, b] if a != b => Ok(()),
        _ => Err(Fault::new(&faults::TOO_MANY_DIMENSIONS)),
    }
}
