//! Targets: the figures that a city is to show, and its sizes and skews. One file holds them; the default is the
//! regulator's report, and is the only place where its numbers stand.

mod figure;
mod file;

use std::path::Path;

use huoshui_kernel::fault::{Fault, Result};

pub use figure::{Target, Unit};
pub(crate) use file::{Currency, District, Goal, Industry, InstitutionKind, Lpr, Population, Rule};

use crate::faults;

/// The regulator's report on Beijing at the end of September 2025.
const BEIJING: &str = include_str!("../targets/beijing-2025q3.toml");

/// What a city is to be. With no [`Target`]s it has the sizes and skews, and the figures come out as they may.
#[derive(Clone, Debug)]
pub struct Targets {
    pub(crate) name: String,
    pub(crate) dates: crate::calendar::PerSnap<i32>,
    pub(crate) figures: Vec<Target>,
    pub(crate) population: Population,
    pub(crate) institutions: Vec<InstitutionKind>,
    pub(crate) districts: Vec<District>,
    pub(crate) industries: Vec<Industry>,
    pub(crate) lpr: Vec<Lpr>,
    pub(crate) currencies: Vec<Currency>,
    pub(crate) goals: Vec<Goal>,
    pub(crate) faults_each: u32,
}

impl Targets {
    /// Beijing at the end of September 2025.
    pub fn default_beijing() -> Result<Self> {
        file::parse(BEIJING)
    }

    /// Beijing's sizes and skews with nothing calibrated: its figures are whatever the draws give.
    pub fn none() -> Result<Self> {
        Ok(Self { figures: Vec::new(), ..Self::default_beijing()? })
    }

    /// Reads a targets file (TOML; `docs/formats/targets-file.md`).
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Fault::new(&faults::TARGETS_UNREADABLE).with("path", path.display()).with("reason", error)
        })?;
        file::parse(&text)
    }

    /// Reads targets from text.
    pub fn parse(text: &str) -> Result<Self> {
        file::parse(text)
    }

    /// What the file calls itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The figures to meet, in the file's order.
    #[must_use]
    pub fn figures(&self) -> &[Target] {
        &self.figures
    }

    /// The figures of a city of another scale: counts and stocks grow with it, ratios, averages and rates do not. What
    /// hangs on a whole number of firms gets as much more tolerance as half a firm makes.
    pub fn at_scale(&self, scale: f64) -> Vec<Target> {
        self.figures.iter().map(|t| t.at_scale(scale, self)).collect()
    }

    /// The as-of date, `2025-09-30`.
    #[must_use]
    pub fn as_of(&self) -> String {
        crate::calendar::iso(self.dates.now)
    }

    /// The figure with this code.
    pub(crate) fn figure(&self, code: &str) -> Option<&Target> {
        self.figures.iter().find(|t| t.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_file_reads_and_its_values_are_what_their_texts_say() {
        let targets = Targets::default_beijing().unwrap();
        let value = |code: &str| targets.figure(code).unwrap().value;
        assert_eq!(value("srdi_loan_balance"), 26_206_500_000_000);
        assert_eq!(value("srdi_loan_growth_ytd"), 304_400);
        assert_eq!(value("srdi_rate_change_bp"), -4_400);
        assert_eq!(value("srdi_count"), 10_482);
        assert_eq!(targets.as_of(), "2025-09-30");
        assert!(Targets::none().unwrap().figures().is_empty());
    }

    #[test]
    fn printed_precision_decides_what_meets_a_target() {
        let targets = Targets::default_beijing().unwrap();
        for (code, value, want) in [
            ("srdi_loan_balance", "26206500000000", Some(true)),
            ("srdi_loan_balance", "26206549999999", Some(true)),
            ("srdi_loan_balance", "26206550000001", Some(false)),
            ("srdi_loan_growth_ytd", "0.3044499", Some(true)),
            ("srdi_loan_growth_ytd", "0.304451", Some(false)),
            ("srdi_rate_change_bp", "-43.6", Some(true)),
            ("srdi_rate_change_bp", "-43.4", Some(false)),
            ("srdi_financing_coverage", "0.79", Some(false)),
            ("srdi_count", "10482", Some(true)),
            ("srdi_count", "10481", Some(false)),
            ("srdi_count", "many", None),
        ] {
            assert_eq!(targets.figure(code).unwrap().meets(value), want, "{code} {value}");
        }
    }

    #[test]
    fn only_stocks_and_counts_grow_with_the_scale() {
        let targets = Targets::default_beijing().unwrap();
        let at = targets.at_scale(0.5);
        let value = |code: &str| at.iter().find(|t| t.code == code).unwrap().value;
        assert_eq!(value("srdi_count"), 5_241);
        assert_eq!(value("srdi_loan_balance"), 13_103_250_000_000);
        assert_eq!(value("srdi_loan_growth_ytd"), 304_400);
        assert_eq!(value("srdi_rate_gap_sme_bp"), -7_800);
    }

    #[test]
    fn a_wrong_file_says_what_is_wrong() {
        for (from, to, code) in [
            ("value = \"30.44%\"", "value = \"a third\"", "city.target_value"),
            ("as_of = \"2025-09-30\"", "as_of = \"2025-09-31\"", "city.targets_invalid"),
            ("[population]", "[people]", "city.targets_invalid"),
            ("rule = \"software\"", "rule = \"magic\"", "city.targets_invalid"),
            ("year_start = \"2024-12-31\"", "year_start = \"2025-12-31\"", "city.targets_invalid"),
        ] {
            let text = BEIJING.replacen(from, to, 1);
            assert_ne!(text, BEIJING);
            assert_eq!(Targets::parse(&text).unwrap_err().code(), code, "{to}");
        }
    }
}
