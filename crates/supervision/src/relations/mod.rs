//! Relations: the tables that indicator formulas read, each a filed table joined with what is known of its borrower on
//! the list date and of its institution. Formulas have no join; this is where joining happens, once.

mod build;
mod columns;
mod derived;
mod reencode;
mod roll;
mod shelf;

use std::sync::Arc;

use huoshui_formula::Schema;
use huoshui_kernel::Date;
use huoshui_kernel::fault::Result;

pub use build::{RawTable, build, raw_columns};
pub(crate) use columns::type_of;
pub use columns::{ColumnNote, columns};
pub use roll::{Bank, Firm, Roll};
pub use shelf::{Filed, Shelf};

use arrow_array::RecordBatch;

/// A table that formulas read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// One row a filed note.
    Notes,
    /// One row a filed disbursement.
    Disbursements,
    /// One row a filed relationship.
    Relationships,
    /// Relationships and notes stacked: who has an account, a line or an exposure.
    Contacts,
    /// One row an enterprise known on the list date.
    Enterprises,
}

impl Relation {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Notes, Self::Disbursements, Self::Relationships, Self::Contacts, Self::Enterprises];

    /// Its name in policies.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Notes => "notes",
            Self::Disbursements => "disbursements",
            Self::Relationships => "relationships",
            Self::Contacts => "contacts",
            Self::Enterprises => "enterprises",
        }
    }

    /// The columns that it offers to formulas.
    pub fn schema(self) -> Result<Schema> {
        Schema::new(columns(self).iter().map(|c| (c.name, c.ty)))
    }
}

/// What an evaluation needs read: one pass over one relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationRequest {
    /// Which.
    pub relation: Relation,
    /// The as-of date of the filings (of `enterprises`: the same as the list date).
    pub data_date: Date,
    /// The date of the list that says who each borrower is.
    pub list_date: Date,
    /// The columns needed, all of [`columns`].
    pub columns: Vec<Arc<str>>,
}

/// Where relations come from: implemented over stored filings and the registry, or by [`Shelf`] in memory.
pub trait Relations {
    /// Gives every batch of the relation to `sink`, in any order, each with exactly the columns asked for in their order.
    fn each(&self, request: &RelationRequest, sink: &mut dyn FnMut(RecordBatch) -> Result<()>) -> Result<()>;
}
