//! What refuses to load, one mistake a line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use huoshui_credit::embedded::POLICIES;
use huoshui_credit::rules::Policies;
use huoshui_kernel::Lang;

/// Loads the shipped policies with one text of one file replaced. The text must be there, or the test tests nothing.
fn load(file: &str, from: &str, to: &str) -> Result<Policies, huoshui_kernel::Fault> {
    let changed: Vec<(&str, String)> = POLICIES
        .iter()
        .map(|(name, text)| {
            if *name != file {
                return (*name, (*text).to_owned());
            }
            assert!(text.contains(from), "{file} has no {from}");
            (*name, text.replacen(from, to, 1))
        })
        .collect();
    Policies::load(changed.iter().map(|(name, text)| (*name, text.as_str())))
}

#[test]
fn every_mistake_is_refused_for_its_own_reason() {
    let general = "scorecards/general.toml";
    let table = [
        // A typing mistake in a key, a formula, a name.
        ("tags/tags.toml", "when = ", "whem = ", "credit.policy_unreadable", "whem"),
        ("tags/tags.toml", "firm_age_months < 36", "firm_age_month < 36", "credit.policy_formula", "firm_age_months"),
        ("tags/tags.toml", "firm_age_months < 36", "36", "credit.policy_formula", ""),
        ("tags/tags.toml", "code = \"established\"", "code = \"young_firm\"", "credit.policy_duplicate", "young_firm"),
        // What would hide missing.
        (
            "tags/tags.toml",
            "firm_age_months < 36",
            "COALESCE(firm_age_months, 0) < 36",
            "credit.policy_contradiction",
            "COALESCE",
        ),
        ("gates/gates.toml", "tax_grade = 'D'", "tax_grade IS NULL", "credit.policy_contradiction", "IS NULL"),
        (
            "gates/gates.toml",
            "dishonest_now\"",
            "CASE WHEN dishonest_now THEN TRUE ELSE FALSE END\"",
            "credit.policy_contradiction",
            "CASE",
        ),
        (
            "features/compliance.toml",
            "SUM(amount) FILTER (WHERE period = :last)",
            "SUM(nothing)",
            "credit.policy_formula",
            "nothing",
        ),
        (
            "features/compliance.toml",
            "relation = \"penalties\"\nformula = \"COUNT(*)",
            "relation = \"penalties\"\nformula = \"COUNT(amount)",
            "credit.policy_contradiction",
            "empty cells",
        ),
        // One absurd row of one firm must not stop the city.
        (
            "features/operation.toml",
            "SUM(paid) FILTER",
            "SUM(paid + vat_payable) FILTER",
            "credit.policy_contradiction",
            "outside",
        ),
        // A bound that is none.
        ("features/compliance.toml", "most = \"4\"", "most = \"-4\"", "credit.policy_contradiction", "less than"),
        ("features/compliance.toml", "most = \"4\"", "most = \"'four'\"", "credit.value", "four"),
        // Levels and kinds.
        (
            "features/basis.toml",
            "relation = \"registration\"",
            "relation = \"registrations\"",
            "credit.policy_contradiction",
            "registrations",
        ),
        (
            "features/basis.toml",
            "kind = \"int\"\nunit = { zh = \"宗\"",
            "kind = \"money\"\nunit = { zh = \"宗\"",
            "credit.policy_contradiction",
            "int",
        ),
        (
            "features/growth.toml",
            "revenue_12m / revenue_prior_12m - 1.0",
            "tax_growth * 2",
            "credit.policy_contradiction",
            "first-level",
        ),
        (
            "features/basis.toml",
            "at = [\"24\", \"60\", \"120\"]",
            "at = [\"24\", \"12\", \"120\"]",
            "credit.policy_contradiction",
            "radar",
        ),
        // Gates and stages end in words.
        (
            "gates/gates.toml",
            "otherwise = \"continue\"",
            "otherwise = \"approve\"",
            "credit.policy_unreadable",
            "approve",
        ),
        ("gates/gates.toml", "otherwise = \"continue\"", "", "credit.policy_unreadable", "otherwise"),
        ("gates/gates.toml", "code = \"dishonest\"", "code = \"not_open\"", "credit.policy_contradiction", "not_open"),
        ("gates/stages.toml", "code = \"growth\"", "code = \"grown\"", "credit.policy_contradiction", "stage"),
        // Bins: a gap, an overlap, an empty one, an open end, a code without a bin, a code twice, a stray code.
        (
            general,
            "{ from = \"24\", to = \"60\", points = 5 }",
            "{ from = \"30\", to = \"60\", points = 5 }",
            "credit.bins",
            "left out",
        ),
        (
            general,
            "{ from = \"24\", to = \"60\", points = 5 }",
            "{ from = \"20\", to = \"60\", points = 5 }",
            "credit.bins",
            "overlaps",
        ),
        (
            general,
            "{ from = \"24\", to = \"60\", points = 5 }",
            "{ from = \"24\", to = \"24\", points = 5 }",
            "credit.bins",
            "empty",
        ),
        (
            general,
            "{ from = \"24\", to = \"60\", points = 5 }",
            "{ from = \"24\", points = 5 }",
            "credit.bins",
            "never reached",
        ),
        (
            general,
            "{ from = \"120\", points = 22 }",
            "{ from = \"120\", to = \"900\", points = 22 }",
            "credit.bins",
            "open",
        ),
        (
            general,
            "{ to = \"24\", points = -10 }",
            "{ from = \"0\", to = \"24\", points = -10 }",
            "credit.bins",
            "left out",
        ),
        (general, "{ set = [\"M\"], points = 2 },", "", "credit.bins", "M"),
        (general, "{ set = [\"M\"], points = 2 },", "{ set = [\"M\", \"A\"], points = 2 },", "credit.bins", "two bins"),
        (general, "{ set = [\"M\"], points = 2 },", "{ set = [\"M\", \"X\"], points = 2 },", "credit.bins", "X"),
        (general, "{ set = [\"M\"], points = 2 },", "{ to = \"1\", points = 2 },", "credit.bins", "sets"),
        // Missing better than the worst, points against their promise.
        (general, "missing = -20", "missing = -9", "credit.bins", "better than the worst"),
        (
            general,
            "{ from = \"24\", to = \"60\", points = 5 }",
            "{ from = \"24\", to = \"60\", points = 16 }",
            "credit.bins",
            "way",
        ),
        (general, "double_odds = 40", "double_odds = 0", "credit.policy_contradiction", "double_odds"),
        (general, "scale = \"master\"", "scale = \"minor\"", "credit.unknown", "master"),
        (general, "feature = \"firm_age_months\"", "feature = \"lpr\"", "credit.policy_contradiction", "lpr"),
        ("scorecards/scale.toml", "max_pd = \"0.8%\"", "max_pd = \"0.2%\"", "credit.policy_contradiction", "ascend"),
        // Products.
        ("products/instant_loan.toml", "refer = [\"BB\"]", "refer = []", "credit.policy_contradiction", "each grade"),
        (
            "products/instant_loan.toml",
            "refer = [\"BB\"]",
            "refer = [\"BB\", \"B\"]",
            "credit.policy_contradiction",
            "each grade",
        ),
        (
            "products/instant_loan.toml",
            "otherwise = \"refer\"",
            "otherwise = \"automatic\"",
            "credit.policy_contradiction",
            "refer",
        ),
        ("products/instant_loan.toml", "A = \"0.60%\", ", "", "credit.policy_contradiction", "spread"),
        (
            "products/instant_loan.toml",
            "min = \"10万元\"",
            "min = \"600万元\"",
            "credit.policy_contradiction",
            "wrong way",
        ),
        (
            "products/instant_loan.toml",
            "gates = \"srdi_common\"",
            "gates = \"common\"",
            "credit.unknown",
            "srdi_common",
        ),
        (
            "products/instant_loan.toml",
            "unknown = \"srdi_general\"",
            "unknown = \"none\"",
            "credit.unknown",
            "srdi_general",
        ),
        (
            "products/instant_loan.toml",
            "\"working_capital\", ",
            "\"speculation\", ",
            "credit.policy_contradiction",
            "purpose",
        ),
        ("products/instant_loan.toml", "revenue_12m * 0.15", "revenue_12m * line", "credit.policy_formula", "line"),
        ("products/instant_loan.toml", "revenue_12m * 0.15", "revenue_growth", "credit.policy_formula", "ratio"),
    ];
    for (file, from, to, code, word) in table {
        let fault = load(file, from, to).err().unwrap_or_else(|| panic!("{file}: {to} was taken"));
        let said = format!("{} {}", fault.message(Lang::En), fault.hint(Lang::En));
        assert_eq!(fault.code(), code, "{file}: {from} → {to}: {said}");
        assert!(said.contains(word), "{file}: {from} → {to}: {said}");
    }
}

#[test]
fn a_successor_may_follow_on_the_next_day_but_not_on_the_same() {
    let gates = "gates/stages.toml";
    let text = POLICIES.iter().find(|(name, _)| *name == gates).unwrap().1;
    let second = text.replace("version = 1", "version = 2").replace("2024-01-01", "2026-01-01");
    for (end, taken) in [("2025-12-31", true), ("2026-01-01", false)] {
        let first = text.replacen("version = 1", &format!("version = 1\neffective_to = \"{end}\""), 1);
        let both = format!("{first}\n{second}");
        assert_eq!(load(gates, text, &both).is_ok(), taken, "{end}");
    }
}
