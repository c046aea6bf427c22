//! What a line of business does to a firm's figures: seasons, wages, energy, taxes, trade, inventions.

use crate::targets::{Industry, Rule};

/// The habits of a line of business. Draws of single firms spread around them.
pub(super) struct Branch {
    /// How a year's sales fall on its months; sums to 12.
    pub(super) seasons: [f64; 12],
    /// Monthly pay of one person, yuan.
    pub(super) pay: f64,
    /// Electricity for 10,000 yuan of sales, kWh.
    pub(super) energy: f64,
    /// Water for one person a month, cubic metres.
    pub(super) water: f64,
    /// VAT as a share of sales.
    pub(super) vat: f64,
    /// Profit before tax as a share of sales.
    pub(super) margin: f64,
    /// Share of firms that export, and that import.
    pub(super) exports: f64,
    pub(super) imports: f64,
    /// Patents, software copyrights and trademarks against the city's technology firms.
    pub(super) patents: f64,
    pub(super) software: f64,
    pub(super) brands: f64,
}

const PROJECTS: [f64; 12] = [0.7, 0.6, 0.9, 0.85, 0.9, 1.1, 0.85, 0.9, 1.1, 0.95, 1.15, 2.0];
const RESEARCH_YEAR: [f64; 12] = [0.75, 0.65, 0.95, 0.9, 0.95, 1.1, 0.9, 0.92, 1.08, 0.95, 1.15, 1.7];
const FACTORY: [f64; 12] = [0.92, 0.72, 1.02, 1.0, 1.02, 1.08, 0.97, 0.98, 1.06, 1.0, 1.08, 1.15];
const TRADE: [f64; 12] = [1.05, 0.75, 1.0, 0.97, 1.0, 1.06, 0.97, 0.97, 1.03, 1.02, 1.13, 1.05];
const SHOPS: [f64; 12] = [1.2, 0.95, 0.92, 0.93, 0.98, 1.08, 0.92, 0.92, 0.98, 1.05, 1.1, 0.97];
const TABLES: [f64; 12] = [1.1, 0.95, 0.95, 0.98, 1.05, 0.98, 1.0, 1.02, 0.97, 1.08, 0.92, 1.0];
const SITES: [f64; 12] = [0.5, 0.4, 0.9, 1.05, 1.1, 1.2, 1.1, 1.1, 1.2, 1.15, 1.1, 1.2];
const ROADS: [f64; 12] = [0.95, 0.7, 1.0, 1.0, 1.02, 1.05, 1.0, 1.0, 1.04, 1.04, 1.1, 1.1];
const OFFICES: [f64; 12] = [0.85, 0.75, 1.0, 0.95, 1.0, 1.08, 0.95, 0.95, 1.07, 1.0, 1.1, 1.3];

const SOFTWARE: Branch = Branch {
    seasons: PROJECTS,
    pay: 16_500.0,
    energy: 14.0,
    water: 1.6,
    vat: 0.035,
    margin: 0.09,
    exports: 0.01,
    imports: 0.015,
    patents: 0.55,
    software: 1.7,
    brands: 1.0,
};
const NETWORK: Branch = Branch { pay: 14_000.0, energy: 32.0, vat: 0.03, margin: 0.07, ..SOFTWARE };
const RESEARCH: Branch = Branch {
    seasons: RESEARCH_YEAR,
    pay: 13_500.0,
    energy: 28.0,
    water: 2.4,
    vat: 0.03,
    margin: 0.06,
    exports: 0.02,
    imports: 0.05,
    patents: 1.1,
    software: 0.6,
    brands: 0.7,
};
const INDUSTRY: Branch = Branch {
    seasons: FACTORY,
    pay: 10_800.0,
    energy: 110.0,
    water: 5.5,
    vat: 0.032,
    margin: 0.07,
    exports: 0.2,
    imports: 0.16,
    patents: 1.5,
    software: 0.45,
    brands: 1.0,
};
const WHOLESALE: Branch = Branch {
    seasons: TRADE,
    pay: 8_800.0,
    energy: 8.0,
    water: 1.8,
    vat: 0.008,
    margin: 0.022,
    exports: 0.1,
    imports: 0.13,
    patents: 0.15,
    software: 0.15,
    brands: 1.2,
};
const RETAIL: Branch = Branch {
    seasons: SHOPS,
    pay: 7_200.0,
    energy: 45.0,
    water: 2.2,
    vat: 0.01,
    margin: 0.03,
    exports: 0.004,
    imports: 0.02,
    patents: 0.1,
    software: 0.1,
    brands: 1.2,
};
const CATERING: Branch = Branch {
    seasons: TABLES,
    pay: 6_900.0,
    energy: 160.0,
    water: 14.0,
    vat: 0.01,
    margin: 0.035,
    exports: 0.0,
    imports: 0.0,
    patents: 0.0,
    software: 0.0,
    brands: 1.6,
};
const CONSTRUCTION: Branch = Branch {
    seasons: SITES,
    pay: 7_600.0,
    energy: 20.0,
    water: 3.0,
    vat: 0.022,
    margin: 0.03,
    exports: 0.001,
    imports: 0.002,
    patents: 0.3,
    software: 0.1,
    brands: 0.3,
};
const TRANSPORT: Branch =
    Branch { seasons: ROADS, pay: 7_400.0, energy: 35.0, vat: 0.016, margin: 0.035, brands: 0.3, ..CONSTRUCTION };
const BUSINESS: Branch = Branch {
    seasons: OFFICES,
    pay: 9_200.0,
    energy: 12.0,
    water: 1.7,
    vat: 0.018,
    margin: 0.045,
    exports: 0.003,
    imports: 0.006,
    patents: 0.1,
    software: 0.3,
    brands: 0.9,
};
const SERVICES: Branch = Branch { pay: 8_000.0, energy: 55.0, water: 6.0, vat: 0.015, patents: 0.5, ..BUSINESS };

/// The line of business of an industry class.
pub(super) fn of(industry: Option<&Industry>) -> &'static Branch {
    let Some(industry) = industry else { return &SERVICES };
    match industry.rule {
        Rule::Industry => &INDUSTRY,
        Rule::Construction => &CONSTRUCTION,
        Rule::Wholesale => &WHOLESALE,
        Rule::Retail => &RETAIL,
        Rule::Transport => &TRANSPORT,
        Rule::Catering => &CATERING,
        Rule::Information => &NETWORK,
        Rule::Software => &SOFTWARE,
        Rule::Business => &BUSINESS,
        Rule::Other if industry.code.starts_with('M') => &RESEARCH,
        Rule::Other => &SERVICES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seasons_only_move_sales_within_a_year() {
        for branch in [&SOFTWARE, &RESEARCH, &INDUSTRY, &WHOLESALE, &RETAIL, &CATERING, &CONSTRUCTION, &TRANSPORT] {
            assert!((branch.seasons.iter().sum::<f64>() - 12.0).abs() < 1e-9, "{:?}", branch.seasons);
        }
        assert!((BUSINESS.seasons.iter().sum::<f64>() - 12.0).abs() < 1e-9);
    }
}
