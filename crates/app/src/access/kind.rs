//! Kinds of organisation: the roles of the platform.

use serde::{Deserialize, Serialize};

/// What an organisation is, which decides what its members may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An enterprise; its subject is a USCC.
    Enterprise,
    /// A bank or another lender; its subject is an institution's code.
    Bank,
    /// An insurer; its subject is an institution's code.
    Insurer,
    /// A guarantee company.
    Guarantor,
    /// A fund or another equity investor.
    EquityInvestor,
    /// A regional equity market.
    EquityMarket,
    /// A government department; its subject is a department's code.
    Department,
    /// The financial regulator.
    Regulator,
    /// Who runs the platform.
    Operator,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Enterprise,
        Self::Bank,
        Self::Insurer,
        Self::Guarantor,
        Self::EquityInvestor,
        Self::EquityMarket,
        Self::Department,
        Self::Regulator,
        Self::Operator,
    ];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Enterprise => "enterprise",
            Self::Bank => "bank",
            Self::Insurer => "insurer",
            Self::Guarantor => "guarantor",
            Self::EquityInvestor => "equity_investor",
            Self::EquityMarket => "equity_market",
            Self::Department => "department",
            Self::Regulator => "regulator",
            Self::Operator => "operator",
        }
    }

    /// Reads a code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether an organisation of this kind stands for one entry of the registry.
    #[must_use]
    pub const fn has_subject(self) -> bool {
        matches!(self, Self::Enterprise | Self::Bank | Self::Insurer | Self::Department)
    }
}
