//! Reference tables: data with dates and sources, never code. The built-in ones are Beijing's and the nation's; another
//! city loads its own with [`Reference::from_toml`].

mod code;
mod district;
mod industry;

use std::sync::LazyLock;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

pub use code::{DistrictCode, IndustryCode};
pub use district::{District, Districts};
pub use industry::{Division, Group, Industries, Section};

use crate::faults;
use crate::size::SizeRules;

/// The tables, read and checked against one another.
#[derive(Debug)]
pub struct Reference {
    /// Districts of the city.
    pub districts: Districts,
    /// National industries.
    pub industries: Industries,
    /// Size classes.
    pub sizes: SizeRules,
}

static BUILT_IN: LazyLock<Result<Reference>> = LazyLock::new(|| {
    Reference::from_toml(
        include_str!("../../data/districts.toml"),
        include_str!("../../data/industries.toml"),
        include_str!("../../data/sizes.toml"),
    )
});

impl Reference {
    /// The tables that this edition carries. A fault only if they were built wrong, which the tests rule out.
    pub fn built_in() -> Result<&'static Self> {
        BUILT_IN.as_ref().map_err(Clone::clone)
    }

    /// Reads the three tables from TOML text and holds them against one another: every district once, every division in
    /// a section, every industry under exactly one size rule.
    pub fn from_toml(districts: &str, industries: &str, sizes: &str) -> Result<Self> {
        let districts = Districts::from_toml(districts)?;
        let industries = Industries::from_toml(industries)?;
        let sizes = SizeRules::from_toml(sizes, &industries)?;
        Ok(Self { districts, industries, sizes })
    }
}

/// The fault of a table that is wrong.
pub(crate) fn unreadable(table: &'static str, detail: impl std::fmt::Display) -> Fault {
    Fault::new(&faults::REFERENCE_UNREADABLE).with("table", table).with("detail", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_tables_hold_together() {
        Reference::built_in().unwrap();
    }
}
