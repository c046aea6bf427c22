//! What data may be asked for at all: purposes are codes with hard caps, never free text.

use huoshui_kernel::Date;
use serde::{Deserialize, Serialize};

/// Who may receive data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientKind {
    /// A bank or finance company.
    Bank,
    /// An insurer.
    Insurer,
    /// A guarantee company.
    Guarantor,
    /// An equity investor.
    EquityInvestor,
    /// The regional equity market.
    EquityMarket,
}

/// What leaves under a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The values themselves.
    Values,
    /// Match, no match or unknown for a claimed value.
    Verify,
    /// Tags and scores only; no field.
    Derived,
}

/// At most `count` pulls in any `days` days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frequency {
    /// Pulls.
    pub count: u32,
    /// Days, counted back from the pull.
    pub days: u32,
}

/// Fields of a resource that a purpose allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowed {
    /// The resource.
    pub resource: String,
    /// Its fields. `uscc` is understood.
    pub fields: Vec<String>,
}

/// A purpose template, one version of it. Its hash is in every consent made under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// Stable code, `snake_case`.
    pub code: String,
    /// Version, from 1.
    pub version: u32,
    /// From when it applies.
    pub effective_from: Date,
    /// Until when new consents may be made under it, inclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<Date>,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// What the enterprise reads before it signs, Chinese.
    pub text_zh: String,
    /// The same in English.
    pub text_en: String,
    /// Who may receive.
    pub recipients: Vec<RecipientKind>,
    /// What leaves.
    pub mode: Mode,
    /// Longest life of a consent, days.
    pub max_days: u16,
    /// How far back data may reach, months before the pull.
    pub max_lookback_months: u16,
    /// How long the recipient may keep what it got, days.
    pub max_retention_days: u16,
    /// How often a recipient may pull at most.
    pub max_frequency: Frequency,
    /// For how many days stale data may serve when the source is down; 0 for never.
    #[serde(default)]
    pub stale_days: u16,
    /// What may be asked for.
    pub allowed: Vec<Allowed>,
}
