//! Which figures the report needs.

use huoshui_kernel::Date;
use huoshui_kernel::date::prior_year_end;

use crate::indicators::Dim;

/// The dimensions of the report in its order; when files of loans run out, the last go without.
pub(super) const CUTS: [Dim; 6] =
    [Dim::District, Dim::Industry, Dim::Tier, Dim::Size, Dim::Guarantee, Dim::Institution];

/// The date that figures are wanted at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The as-of date.
    AsOf,
    /// 31 December before, with the list of that day.
    YearStart,
}

/// Figures to evaluate: every code over the cut, or over the whole population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// At which date.
    pub when: When,
    /// By what; None for the whole population.
    pub cut: Option<Dim>,
    /// Indicator codes.
    pub codes: Vec<&'static str>,
}

impl Wanted {
    /// The date to evaluate at.
    #[must_use]
    pub fn date(&self, as_of: Date) -> Date {
        match self.when {
            When::AsOf => as_of,
            When::YearStart => prior_year_end(as_of),
        }
    }

    /// The dimensions to evaluate by.
    #[must_use]
    pub fn dims(&self) -> &[Dim] {
        self.cut.as_slice()
    }
}

/// Figures of the text, in the order of appendix A.
pub(super) const WHOLE: &[&str] = &[
    "srdi_count",
    "little_giant_count",
    "innovative_sme_count",
    "technology_sme_count",
    "srdi_loan_balance",
    "srdi_loan_growth_ytd",
    "srdi_borrowers",
    "srdi_borrowers_growth_ytd",
    "srdi_avg_balance",
    "srdi_avg_balance_growth_ytd",
    "srdi_share_of_loans",
    "srdi_banks_per_borrower",
    "srdi_credit_line",
    "srdi_undrawn_line",
    "srdi_line_utilisation",
    "srdi_account_coverage",
    "srdi_financing_coverage",
    "srdi_loan_coverage",
    "srdi_loan_coverage_change_ytd",
    "srdi_loan_rate",
    "srdi_rate_change_bp",
    "sme_loan_rate",
    "srdi_rate_gap_sme_bp",
    "srdi_credit_loan_balance",
    "srdi_credit_loan_share",
    "srdi_mlt_balance",
    "srdi_mlt_growth_ytd",
    "srdi_mlt_share",
    "srdi_average_tenor",
    "ip_pledge_balance",
    "ip_pledge_growth_yoy",
    "srdi_ip_pledge_balance",
    "ma_pilot_balance",
    "srdi_first_loan_borrowers",
    "srdi_first_loan_amount",
    "srdi_first_loan_rate",
    "srdi_renewal_borrowers",
    "srdi_renewal_amount",
    "srdi_renewal_share",
    "srdi_inclusive_balance",
    "srdi_manufacturing_balance",
    "srdi_green_balance",
    "srdi_research_balance",
    "srdi_npl_balance",
    "srdi_npl_ratio",
    "srdi_npl_ratio_change_ytd",
    "npl_ratio",
    "srdi_special_mention_ratio",
    "srdi_overdue_ratio",
    "srdi_overdue_90_ratio",
    "srdi_restructured_balance",
    "srdi_largest_borrower_share",
    "srdi_top10_share",
];

/// Changes that stand beside their `_same_list` twins in section seven: a growth figure must not hide that the list grew.
pub(super) const TWINS: &[(&str, &str)] = &[
    ("srdi_loan_growth_ytd", "srdi_loan_growth_ytd_same_list"),
    ("srdi_borrowers_growth_ytd", "srdi_borrowers_growth_ytd_same_list"),
    ("srdi_avg_balance_growth_ytd", "srdi_avg_balance_growth_ytd_same_list"),
    ("srdi_mlt_growth_ytd", "srdi_mlt_growth_ytd_same_list"),
    ("srdi_loan_coverage_change_ytd", "srdi_loan_coverage_change_ytd_same_list"),
    ("srdi_rate_change_bp", "srdi_rate_change_bp_same_list"),
];

/// Shown as pairs of bars, now and at the year's start.
pub(super) const SINCE: &[&str] =
    &["srdi_count", "srdi_borrowers", "srdi_loan_balance", "srdi_avg_balance", "srdi_mlt_balance", "srdi_credit_line"];

/// The code whose loans a row of a table opens into, and that its bars show.
pub(super) const ROW_CODE: &str = "srdi_loan_balance";

/// A column of a table: the code, and its short heads.
pub(super) type Column = (&'static str, &'static str, &'static str);

const COUNT: Column = ("srdi_count", "企业数", "Enterprises");
const BALANCE: Column = (ROW_CODE, "贷款余额", "Loan balance");
const GROWTH: Column = ("srdi_loan_growth_ytd", "较年初", "Since year start");
const BORROWERS: Column = ("srdi_borrowers", "贷款户数", "Borrowers");
const AVERAGE: Column = ("srdi_avg_balance", "户均余额", "Average balance");
const COVERAGE: Column = ("srdi_loan_coverage", "信贷覆盖率", "Credit coverage");
const UNSECURED: Column = ("srdi_credit_loan_share", "信用贷款占比", "Unsecured share");
const RATE: Column = ("srdi_loan_rate", "累放利率", "Rate granted");
const NPL: Column = ("srdi_npl_ratio", "不良率", "NPL ratio");

/// The columns of a cut's table.
pub(super) const fn columns(cut: Dim) -> &'static [Column] {
    match cut {
        Dim::District | Dim::Industry | Dim::Tier | Dim::Size => {
            &[COUNT, BALANCE, GROWTH, BORROWERS, AVERAGE, COVERAGE]
        }
        Dim::Guarantee => &[BALANCE, GROWTH, BORROWERS, AVERAGE, RATE, NPL],
        Dim::Institution => &[BALANCE, GROWTH, BORROWERS, AVERAGE, UNSECURED, RATE, NPL],
    }
}

/// Everything to evaluate before [`super::render`], each to be given to [`super::BriefInput::put`]. What could not be evaluated
/// is left out and shown as not collected.
#[must_use]
pub fn wanted() -> Vec<Wanted> {
    let whole = WHOLE.iter().copied().chain(TWINS.iter().map(|(_, twin)| *twin)).collect();
    let mut all = vec![
        Wanted { when: When::AsOf, cut: None, codes: whole },
        Wanted { when: When::YearStart, cut: None, codes: SINCE.to_vec() },
    ];
    all.extend(CUTS.into_iter().map(|cut| Wanted {
        when: When::AsOf,
        cut: Some(cut),
        codes: columns(cut).iter().map(|(code, ..)| *code).collect(),
    }));
    all
}

/// Every code of the report in the order of appendix A, each growth figure followed by its twin.
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    WHOLE.iter().flat_map(|code| {
        let twin = TWINS.iter().find(|(growth, _)| growth == code).map(|(_, twin)| *twin);
        std::iter::once(*code).chain(twin)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_and_bar_is_also_a_figure_of_the_whole_with_its_definition() {
        let all: Vec<_> = codes().collect();
        for cut in CUTS {
            assert!(columns(cut).iter().any(|(code, ..)| *code == ROW_CODE), "{cut:?} has no loans to open");
            for (code, ..) in columns(cut) {
                assert!(all.contains(code), "{code}");
            }
        }
        assert!(SINCE.iter().all(|code| all.contains(code)));
        assert_eq!(all.len(), WHOLE.len() + TWINS.len());
    }
}
