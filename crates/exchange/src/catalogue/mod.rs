//! What departments publish: resources, their fields, cycle, retention and rules of quality.

mod check;
mod load;
mod resource;
mod shape;

use huoshui_kernel::Date;
use serde::{Deserialize, Serialize};

pub(crate) use check::{is_name, params, wrong};
pub use load::Catalogue;
pub use resource::{PERSON, fresh_until};

/// How often a department brings a resource up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cycle {
    /// Each working day.
    Daily,
    /// Each month; a row is of a month.
    Monthly,
    /// Each quarter; a row is of a quarter.
    Quarterly,
    /// Each year; a row is of a year.
    Yearly,
}

/// How close a field comes to a person or a secret, from the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Anyone may see it: the look-up shows it without consent.
    Public,
    /// The firm's consent is needed.
    Business,
    /// The firm's consent is needed, and the value is not to be shown beyond the purpose's people.
    Confidential,
    /// A natural person's: that person's own consent is needed beside the firm's.
    Personal,
}

/// Whether values may leave at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// Values may be handed out under consent.
    #[default]
    Values,
    /// Never: a claimed value is answered with match, no match or unknown.
    VerifyOnly,
}

/// What it means that a covered firm has no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// The department knows that there is nothing: no penalty, no export.
    Nothing,
    /// The department does not know the firm.
    Unknown,
}

/// What a field holds. In csv as [`huoshui_kernel::shape::CellKind`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// CNY, fen.
    Money,
    /// Yearly rate or share, parts per million.
    Rate,
    /// A date.
    Date,
    /// Yes or no.
    Flag,
    /// A unified social credit code.
    Uscc,
    /// One of [`Field::codes`].
    Code,
}

/// One code of a closed set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// Stable code.
    pub code: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A field of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Name in files, formulas and consents, `snake_case`.
    pub name: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// What it holds.
    pub kind: FieldKind,
    /// Who may see it.
    #[serde(default = "business")]
    pub sensitivity: Sensitivity,
    /// Whether an empty cell is an error.
    #[serde(default)]
    pub required: bool,
    /// Longest text, in characters.
    #[serde(default = "sixty")]
    pub max_len: u16,
    /// The set, for [`FieldKind::Code`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Code>,
}

fn business() -> Sensitivity {
    Sensitivity::Business
}
fn sixty() -> u16 {
    60
}

/// A rule of quality: a formula over a row's fields that should never be true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable code, unique in the catalogue.
    pub code: String,
    /// The formula; `:as_of` is the batch's date.
    pub violated: String,
    /// Chinese message.
    pub zh: String,
    /// English message.
    pub en: String,
    /// Whether a batch with such a row is refused; otherwise it is counted in the resource's quality.
    #[serde(default)]
    pub refuse: bool,
}

/// A data resource under one version of its schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Stable code, `snake_case`; the first word of its files' names.
    pub code: String,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
    /// Code of the department that publishes it.
    #[serde(default)]
    pub department: String,
    /// Version of the schema, from 1. A published version never changes.
    pub schema: u32,
    /// From when this version applies.
    pub effective_from: Date,
    /// How often it is brought up to date.
    pub cycle: Cycle,
    /// Days after a period's end until the department has it. Later than cycle and lag together is stale.
    pub lag_days: u16,
    /// Months that values are kept.
    pub retention_months: u16,
    /// Whether values may leave.
    #[serde(default)]
    pub release: Release,
    /// What a covered firm without a row means.
    pub absent: Absent,
    /// The field that dates a row (the last day of its month, quarter or year, or the day of an event); none for a
    /// resource that is the state as of the batch's date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// The fields that with `uscc` name a row; none: one row per firm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// The fields after `uscc`, which every resource has first.
    pub fields: Vec<Field>,
    /// Rules of quality.
    #[serde(default, rename = "rule", skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

/// A department's file in `policies/resources/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartmentFile {
    /// The department's code.
    pub department: String,
    /// Its resources.
    pub resource: Vec<Resource>,
}
