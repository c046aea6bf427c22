//! The credit policies that ship with the program, as (file, text), and their cases.

macro_rules! texts {
    ($($file:literal),+ $(,)?) => {
        &[$(($file, include_str!(concat!("../../../policies/", $file)))),+]
    };
}

/// Policies.
pub const POLICIES: &[(&str, &str)] = texts!(
    "features/relations.toml",
    "features/basis.toml",
    "features/operation.toml",
    "features/innovation.toml",
    "features/compliance.toml",
    "features/growth.toml",
    "features/bank.toml",
    "tags/tags.toml",
    "gates/gates.toml",
    "gates/stages.toml",
    "scorecards/scale.toml",
    "scorecards/general.toml",
    "scorecards/stages.toml",
    "products/instant_loan.toml",
    "products/research_loan.toml",
    "products/ip_pledge_loan.toml",
);

/// Cases.
pub const CASES: &[(&str, &str)] = texts!(
    "features/features.cases.toml",
    "tags/tags.cases.toml",
    "scorecards/scorecards.cases.toml",
    "products/instant_loan.cases.toml",
    "products/research_loan.cases.toml",
    "products/ip_pledge_loan.cases.toml",
);
