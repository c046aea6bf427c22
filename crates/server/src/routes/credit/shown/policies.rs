//! Products, and what a draft would change.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Bilingual, CreditOutcome, LoanRequest, PolicyNamed};

/// A product in force.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct Offered {
    product: LoanProduct,
    /// SHA-256 of its canonical form, as decisions name it.
    hash: String,
}

/// A product, as its policy file has it.
#[derive(ToSchema)]
struct LoanProduct {
    code: String,
    version: u32,
    #[schema(format = Date)]
    effective_from: String,
    #[schema(format = Date)]
    effective_to: Option<String>,
    zh: String,
    en: String,
    /// The bank whose own it is; absent of a template.
    institution: Option<String>,
    note: Bilingual,
    /// The list of gates.
    gates: String,
    /// The card, where there is one for all.
    card: Option<String>,
    by_stage: Option<CardsByStage>,
    amount: AmountBounds,
    tenor: TenorBounds,
    purposes: Vec<String>,
    /// Grades that are accepted, referred, refused.
    accept: Vec<String>,
    refer: Vec<String>,
    refuse: Vec<String>,
    cap: Vec<LineCap>,
    price: LoanPrice,
    authority: Vec<AuthorityLevel>,
    otherwise: LevelOfAuthority,
    /// The most reasons from the card.
    reasons: u8,
    /// Why a person may decide otherwise.
    #[schema(rename = "override")]
    overrides: Option<Vec<OverrideReason>>,
}

/// A reason of a person's for deciding otherwise.
#[derive(ToSchema)]
struct OverrideReason {
    code: String,
    zh: String,
    en: String,
}

/// A card for each stage of a firm's life.
#[derive(ToSchema)]
struct CardsByStage {
    rule: String,
    cards: BTreeMap<String, String>,
    /// The card where the stage cannot be told.
    unknown: String,
}

/// Amounts in words, such as `10万元`.
#[derive(ToSchema)]
struct AmountBounds {
    min: String,
    max: String,
    /// A line is rounded down to a multiple of it.
    unit: String,
}

/// Months.
#[derive(ToSchema)]
struct TenorBounds {
    min: u16,
    max: u16,
}

/// A bound on the line.
#[derive(ToSchema)]
struct LineCap {
    code: String,
    /// In the policy language, of money.
    formula: String,
    zh: String,
    en: String,
}

/// The base rate, a spread for the grade and steps, within floor and ceiling; percentages in words.
#[derive(ToSchema)]
struct LoanPrice {
    floor: String,
    ceiling: String,
    /// By grade.
    spread: BTreeMap<String, String>,
    step: Vec<PriceStep>,
}

/// A step of the rate.
#[derive(ToSchema)]
struct PriceStep {
    code: String,
    when: String,
    by: String,
    zh: String,
    en: String,
}

/// A level of authority and when it is enough.
#[derive(ToSchema)]
struct AuthorityLevel {
    level: LevelOfAuthority,
    when: String,
    zh: String,
    en: String,
}

/// A level of authority.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(super) enum LevelOfAuthority {
    Automatic,
    Branch,
    HeadOffice,
    /// Nobody has said yes.
    Refer,
}

/// A draft as it stands.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct PolicyDrafted {
    id: String,
    file: DraftedFile,
    /// The bank whose own product it is; absent of the platform's policies.
    owner: Option<String>,
    draft: DraftState,
    /// Version of its stream.
    version: u64,
}

/// The file that is drafted.
#[derive(ToSchema)]
struct DraftedFile {
    /// The folder: `features`, `tags`, `gates`, `scorecards`, `products`.
    kind: String,
    file: String,
    text: String,
    cases: Option<String>,
}

/// Where a draft stands, with who did what.
#[derive(ToSchema)]
struct DraftState {
    policy: PolicyNamed,
    status: DraftStatus,
    developer: String,
    validator: Option<String>,
    approver: Option<String>,
    /// Hash of the report that the validator attached.
    what_if: Option<String>,
    #[schema(format = Date)]
    effective_from: Option<String>,
    /// The last day on which anything happened.
    #[schema(format = Date)]
    last: String,
}

/// How far a draft is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum DraftStatus {
    Draft,
    Validated,
    Approved,
    Published,
    Withdrawn,
}

/// A report of what a draft would change, with its hash.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct WhatIf {
    /// What a validator attaches.
    hash: String,
    report: WhatIfReport,
}

/// What a draft would change. For a bank: numbers in tens and no firm by name.
#[derive(ToSchema)]
struct WhatIfReport {
    request: LoanRequest,
    /// The product under the old rules, where it is another one.
    compared_with: Option<String>,
    /// Fields that were assumed for every firm, each with its number in the field's lane.
    #[schema(value_type = Vec<Vec<FieldOrNumber>>)]
    assumed: Vec<(String, i64)>,
    /// The date of the profiles.
    #[schema(format = Date)]
    as_of: String,
    /// Policies that only the old rules have.
    old: Vec<PolicyNamed>,
    /// Policies that only the new rules have.
    new: Vec<PolicyNamed>,
    firms: u64,
    moves: Vec<WhatIfMove>,
    slices: Vec<WhatIfSlice>,
    /// The first firms that flip.
    flipped: Vec<WhatIfFlip>,
    /// How many flip in all.
    flips: u64,
}

/// First the field's code, then the number.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum FieldOrNumber {
    Field(String),
    Number(i64),
}

/// How many went from one outcome to another.
#[derive(ToSchema)]
struct WhatIfMove {
    from: CreditOutcome,
    to: CreditOutcome,
    firms: u64,
}

/// One value of a dimension.
#[derive(ToSchema)]
struct WhatIfSlice {
    /// `tier`, `district`, `industry`.
    dimension: String,
    /// Its value; `…` for small ones together.
    value: String,
    firms: u64,
    better: u64,
    worse: u64,
    approved_before: u64,
    approved_after: u64,
}

/// A firm that flips.
#[derive(ToSchema)]
struct WhatIfFlip {
    uscc: String,
    from: CreditOutcome,
    to: CreditOutcome,
    score_before: i32,
    score_after: i32,
}
