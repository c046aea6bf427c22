//! The policies that ship with the program, as (file, text). A folder of the same files can be loaded in their place.

macro_rules! texts {
    ($folder:literal: $($file:literal),+ $(,)?) => {
        &[$(($file, include_str!(concat!("../../../policies/", $folder, "/", $file)))),+]
    };
}

/// Filing checks.
pub const CHECKS: &[(&str, &str)] = texts!("checks":
    "cells.toml", "filing.toml", "notes.toml", "notes_links.toml", "disbursements.toml", "relationships.toml",
    "continuity.toml", "between_banks.toml");

/// Populations.
pub const POPULATIONS: &[(&str, &str)] = texts!("populations": "loans.toml", "firms.toml");

/// Indicators.
pub const INDICATORS: &[(&str, &str)] = texts!("indicators":
    "srdi.toml", "rates.toml", "structure.toml", "access.toml", "quality.toml", "tiers.toml", "city.toml");
