//! What data may be asked for at all: purposes are codes with hard caps, never free text.

mod load;

use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, date};
use serde::{Deserialize, Serialize};

pub use load::{MAX_WINDOW, Purposes};

use crate::canonical;
use crate::consent::PurposeRef;

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
    /// How far back its rows may reach, months before the pull; without it as far as the purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub months: Option<u16>,
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
    /// Whether it may name a natural person's fields; that person's own consent is then needed beside the firm's.
    // Keys added after the first version are left out where they have their default: the hash of a purpose that was
    // published before them stays what consents say it is.
    #[serde(default, skip_serializing_if = "is_false")]
    pub personal: bool,
    /// What may be asked for.
    pub allowed: Vec<Allowed>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// A file in `policies/purposes/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurposeFile {
    /// Its purposes.
    pub purpose: Vec<Purpose>,
}

impl RecipientKind {
    /// Names for people: Chinese, English.
    #[must_use]
    pub const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Bank => ("银行", "bank"),
            Self::Insurer => ("保险机构", "insurer"),
            Self::Guarantor => ("担保机构", "guarantor"),
            Self::EquityInvestor => ("股权投资机构", "equity investor"),
            Self::EquityMarket => ("区域性股权市场", "regional equity market"),
        }
    }
}

impl Mode {
    /// Names for people: Chinese, English.
    #[must_use]
    pub const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Values => ("提供数据", "values"),
            Self::Verify => ("只核验", "verification"),
            Self::Derived => ("只提供标签与评分", "tags and scores"),
        }
    }
}

impl Purpose {
    /// SHA-256 of the canonical JSON of this version, hexadecimal: what a consent made under it names. Its end is not part
    /// of it: a version that is ended for new consents stays what those made before were signed under.
    pub fn hash(&self) -> Result<String> {
        canonical::digest(&Self { effective_to: None, ..self.clone() })
    }

    /// This version as consents name it.
    pub fn reference(&self) -> Result<PurposeRef> {
        Ok(PurposeRef { code: self.code.clone(), version: self.version, hash: self.hash()? })
    }

    /// The fields of a resource that may be asked for; none where the resource is not in it.
    #[must_use]
    pub fn allows(&self, resource: &str) -> Option<&[String]> {
        self.allowed.iter().find(|a| a.resource == resource).map(|a| a.fields.as_slice())
    }

    /// Whether new consents may be made under it on a day.
    #[must_use]
    pub fn applies(&self, on: Date) -> bool {
        self.effective_from <= on && self.effective_to.is_none_or(|to| on <= to)
    }

    /// The first date that a pull on a day may reach back to.
    #[must_use]
    pub fn oldest(&self, today: Date) -> Date {
        back(today, self.max_lookback_months)
    }

    /// The first date that rows of a resource may have, in a pull on a day.
    #[must_use]
    pub fn oldest_of(&self, resource: &str, today: Date) -> Date {
        let own = self.allowed.iter().find(|a| a.resource == resource).and_then(|a| a.months);
        back(today, own.unwrap_or(self.max_lookback_months))
    }
}

fn back(today: Date, months: u16) -> Date {
    date::add_months(today, -i32::from(months)).unwrap_or(today)
}
