//! Who is who: enterprises, the list library with its tiers and terms, institutions, departments; reference tables as dated data.
//!
//! Everything here is a pure function of rows and dates. A table that comes in is checked whole: either every row becomes
//! a typed record, or a [`Refusal`] says what is wrong in each row and nothing changes.

pub mod enterprise;
pub mod faults;
pub mod institution;
pub mod reference;
mod refusal;
pub mod roster;
pub mod shapes;
pub mod size;
pub mod snapshot;
pub mod tier;

pub use enterprise::{Enterprise, EnterpriseRow, Enterprises};
pub use institution::{Department, DepartmentRow, Departments, InstitutionRow, Institutions};
pub use reference::{DistrictCode, IndustryCode, Reference};
pub use refusal::{Refusal, row_number};
pub use roster::{Plan, Roster, RosterRow};
pub use size::SizeClass;
pub use snapshot::{Attributes, Snapshot};
pub use tier::{Tier, TierSet};
