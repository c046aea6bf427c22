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
    "features/freshness.cases.toml",
    "tags/tags.cases.toml",
    "scorecards/scorecards.cases.toml",
    "products/instant_loan.cases.toml",
    "products/research_loan.cases.toml",
    "products/ip_pledge_loan.cases.toml",
);

/// The policies of one folder, as (file name, text).
macro_rules! folder {
    ($folder:literal: $($file:literal),+ $(,)?) => {
        &[$(($file, include_str!(concat!("../../../policies/", $folder, "/", $file)))),+]
    };
}

/// Relations and features.
pub const FEATURES: &[(&str, &str)] = folder!("features":
    "relations.toml", "basis.toml", "operation.toml", "innovation.toml", "compliance.toml", "growth.toml", "bank.toml");
/// Tags.
pub const TAGS: &[(&str, &str)] = folder!("tags": "tags.toml");
/// Gates and stages.
pub const GATES: &[(&str, &str)] = folder!("gates": "gates.toml", "stages.toml");
/// Scales and scorecards.
pub const SCORECARDS: &[(&str, &str)] = folder!("scorecards": "scale.toml", "general.toml", "stages.toml");
/// Products.
pub const PRODUCTS: &[(&str, &str)] =
    folder!("products": "instant_loan.toml", "research_loan.toml", "ip_pledge_loan.toml");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folders_hold_what_the_whole_does() {
        let folders = [
            ("features", FEATURES),
            ("tags", TAGS),
            ("gates", GATES),
            ("scorecards", SCORECARDS),
            ("products", PRODUCTS),
        ];
        let all: Vec<(String, &str)> =
            folders.iter().flat_map(|(f, files)| files.iter().map(move |(n, t)| (format!("{f}/{n}"), *t))).collect();
        let whole: Vec<(String, &str)> = POLICIES.iter().map(|(n, t)| ((*n).to_owned(), *t)).collect();
        assert_eq!(all, whole);
    }
}
