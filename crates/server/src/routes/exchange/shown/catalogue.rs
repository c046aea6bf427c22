//! Resources and purposes.

use utoipa::ToSchema;

use super::{PullFrequency, ReleaseMode};

/// How often a department brings a resource up to date.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum UpdateCycle {
    Daily,
    Monthly,
    Quarterly,
    Yearly,
}

/// Whether values may leave at all.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ReleaseRule {
    /// Under consent.
    Values,
    /// Never: a claimed value is answered with match, no match or unknown.
    VerifyOnly,
}

/// What it means that a covered firm has no row.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum AbsentMeans {
    /// The department knows that there is nothing.
    Nothing,
    /// The department does not know the firm.
    Unknown,
}

/// What a field holds.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum FieldHolds {
    Text,
    /// A whole number.
    Int,
    /// CNY, fen.
    Money,
    /// Yearly rate or share, parts per million.
    Rate,
    /// `2025-09-30`.
    Date,
    /// Yes or no.
    Flag,
    /// A unified social credit code.
    Uscc,
    /// One of `codes`.
    Code,
}

/// How close a field comes to a person or a secret.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum FieldSensitivity {
    /// Anyone may see it.
    Public,
    /// The firm's consent is needed.
    Business,
    /// The firm's consent is needed, and the value is not to be shown beyond the purpose's people.
    Confidential,
    /// A natural person's: that person's own consent is needed beside the firm's.
    Personal,
}

/// One code of a closed set.
#[derive(ToSchema)]
struct FieldCode {
    code: String,
    zh: String,
    en: String,
}

/// A field of a resource.
#[derive(ToSchema)]
struct ResourceField {
    /// Name in files, formulas and consents.
    name: String,
    zh: String,
    en: String,
    kind: FieldHolds,
    sensitivity: FieldSensitivity,
    /// Whether an empty cell is an error.
    required: bool,
    /// Longest text, characters.
    max_len: u16,
    /// The set, of a code.
    #[schema(required = false)]
    codes: Vec<FieldCode>,
}

/// A formula over a row that should never be true.
#[derive(ToSchema)]
struct QualityRule {
    code: String,
    /// The formula; `:as_of` is the batch's date.
    violated: String,
    zh: String,
    en: String,
    /// Whether a batch with such a row is refused; otherwise it is counted.
    refuse: bool,
}

/// One resource under one version of its schema.
#[derive(ToSchema)]
pub(in super::super) struct ResourceDetail {
    code: String,
    zh: String,
    en: String,
    /// Code of the department that publishes it.
    department: String,
    /// Version of the schema, from 1.
    schema: u32,
    #[schema(format = Date)]
    effective_from: String,
    cycle: UpdateCycle,
    /// Days after a period's end until the department has it.
    lag_days: u16,
    /// Months that values are kept.
    retention_months: u16,
    release: ReleaseRule,
    absent: AbsentMeans,
    /// The field that dates a row; none for a resource that is the state as of the batch's date.
    period: Option<String>,
    /// The fields that with `uscc` name a row; absent where a firm has one row.
    #[schema(required = false)]
    key: Vec<String>,
    /// The fields after `uscc`, which every resource has first.
    fields: Vec<ResourceField>,
    /// Rules of quality.
    #[schema(required = false)]
    rule: Vec<QualityRule>,
}

/// A resource in a list.
#[derive(ToSchema)]
pub(in super::super) struct ResourceLine {
    code: String,
    zh: String,
    en: String,
    /// Code of the department that publishes it.
    department: String,
    /// Version of the schema.
    schema: u32,
    cycle: UpdateCycle,
    release: ReleaseRule,
    /// How many fields it has.
    fields: u64,
    /// Whether its department answers itself.
    remote: bool,
}

/// Fields of a resource that a purpose allows.
#[derive(ToSchema)]
struct PurposeAllows {
    resource: String,
    fields: Vec<String>,
    /// How far back its rows may reach, months before the pull; without it as far as the purpose.
    months: Option<u16>,
}

/// Who may receive.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum RecipientIs {
    Bank,
    Insurer,
    Guarantor,
    EquityInvestor,
    EquityMarket,
}

/// A purpose, one version of it.
#[derive(ToSchema)]
pub(in super::super) struct PurposeLine {
    code: String,
    version: u32,
    #[schema(format = Date)]
    effective_from: String,
    /// The last day on which new consents may be made under it.
    #[schema(format = Date)]
    effective_to: Option<String>,
    zh: String,
    en: String,
    /// What the enterprise reads before it signs.
    text_zh: String,
    text_en: String,
    recipients: Vec<RecipientIs>,
    mode: ReleaseMode,
    /// Longest life of a consent, days.
    max_days: u16,
    /// How far back data may reach, months before the pull.
    max_lookback_months: u16,
    /// How long the recipient may keep what it got, days.
    max_retention_days: u16,
    /// How often a recipient may pull at most.
    max_frequency: PullFrequency,
    /// For how many days stale data may serve when the source is down; 0 for never.
    stale_days: u16,
    /// Whether it may name a natural person's fields.
    #[schema(required = false)]
    personal: bool,
    /// What may be asked for.
    allowed: Vec<PurposeAllows>,
}

/// A public key.
#[derive(ToSchema)]
pub(in super::super) struct PublicPem {
    pem: String,
}
