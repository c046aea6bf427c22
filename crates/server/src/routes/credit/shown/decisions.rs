//! Decisions: made, stored, explained, replayed, overridden, counted.

use std::borrow::Cow;
use std::collections::BTreeMap;

use utoipa::openapi::schema::OneOfBuilder;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::policies::LevelOfAuthority;
use super::profiles::ValueSource;
use super::{Bilingual, CreditOutcome, FieldValue, LoanRequest, PolicyNamed};

/// A decision just made, or made before under the same key or number.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct DecisionAnswered {
    made: DecisionMade,
    /// In order.
    overrides: Vec<DecisionOverride>,
    erased: Option<ValuesErased>,
    /// Version of its stream.
    version: u64,
    /// With its reasons in words; null once its inputs were erased.
    decision: Option<CreditDecision>,
}

/// A decision for its bank.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct DecisionShown {
    made: DecisionMade,
    /// In order.
    overrides: Vec<DecisionOverride>,
    erased: Option<ValuesErased>,
    /// Version of its stream.
    version: u64,
    /// Every policy that took part, also after its inputs were erased.
    policies: Vec<PolicyNamed>,
    /// Every value that was read: absent once its inputs were erased, where the decision is not of the first edition.
    inputs: Option<Vec<InputCommitted>>,
    /// The whole decision with its reasons in words; null once its inputs were erased.
    decision: Option<CreditDecision>,
}

/// A decision without values.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct DecisionStored {
    made: DecisionMade,
    /// In order.
    overrides: Vec<DecisionOverride>,
    erased: Option<ValuesErased>,
    /// Version of its stream.
    version: u64,
}

/// A decision in a list: the bank's own, or for whoever supervises that it was made.
pub(in crate::routes::credit) struct DecisionListed;

impl PartialSchema for DecisionListed {
    fn schema() -> RefOr<Schema> {
        let of = |name: Cow<'static, str>| Ref::from_schema_name(name);
        let either = OneOfBuilder::new().item(of(DecisionStored::name())).item(of(DecisionSeen::name()));
        either.description(Some("The bank's own, or for whoever supervises that it was made.")).into()
    }
}

impl ToSchema for DecisionListed {
    fn schemas(all: &mut Vec<(String, RefOr<Schema>)>) {
        all.push((DecisionStored::name().into_owned(), DecisionStored::schema()));
        all.push((DecisionSeen::name().into_owned(), DecisionSeen::schema()));
        DecisionStored::schemas(all);
        DecisionSeen::schemas(all);
    }
}

/// That a decision was made, on what product, and how it ended.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct DecisionSeen {
    id: String,
    /// The bank.
    institution: String,
    product: String,
    outcome: CreditOutcome,
    #[schema(format = Date)]
    date: String,
}

/// That a decision was made, as the journal holds it.
#[derive(ToSchema)]
struct DecisionMade {
    id: String,
    /// The bank.
    institution: String,
    /// Who asked.
    account: String,
    consent: String,
    /// Microseconds since 1970-01-01 UTC.
    at: i64,
    /// Version of the stream of policies.
    policies: u64,
    record: DecisionRecord,
    /// The bank's number of the application.
    number: Option<String>,
    /// What was asked, as a salted commitment, hexadecimal.
    asked: Option<String>,
    /// Until when what it rests on may be kept, microseconds since 1970-01-01 UTC.
    keep_until: Option<i64>,
    /// The profile that it rests on; absent where the decision pulled by itself.
    profile: Option<String>,
    /// How the store lays it out; absent in decisions of earlier programs.
    layout: Option<u8>,
}

/// What a decision says, and commitments to what it rests on.
#[derive(ToSchema)]
struct DecisionRecord {
    /// Of the form.
    edition: u32,
    uscc: String,
    #[schema(format = Date)]
    date: String,
    product: String,
    outcome: CreditOutcome,
    grade: String,
    score: i32,
    /// Only where the outcome approves.
    line_fen: Option<i64>,
    /// Parts per million, only where the outcome approves.
    rate_ppm: Option<i64>,
    /// Codes, in order.
    reasons: Vec<String>,
    /// In the first edition only.
    policies: Option<Vec<PolicyNamed>>,
    /// In the first edition only.
    inputs: Option<Vec<InputCommitted>>,
    /// Product and card; since the second edition.
    named: Option<Vec<PolicyNamed>>,
    /// SHA-256 over the list of policies that took part, hexadecimal; since the second edition.
    policies_digest: Option<String>,
    /// SHA-256 over the salt, the sources and every value that was read, hexadecimal; since the second edition.
    inputs_digest: Option<String>,
    /// SHA-256 over the salt and the decision's bytes, hexadecimal.
    decision: String,
}

/// A value that was read: its salted hash and where it came from.
#[derive(ToSchema)]
struct InputCommitted {
    field: String,
    /// Hexadecimal.
    commitment: String,
    origins: Vec<ValueSource>,
}

/// That values are gone.
#[derive(ToSchema)]
pub(super) struct ValuesErased {
    /// Microseconds since 1970-01-01 UTC.
    at: i64,
    why: ErasedBecause,
}

/// Why values went.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ErasedBecause {
    /// Their time was over.
    Retention,
    /// The enterprise revoked the consent.
    Revoked,
    /// The institution wanted it.
    Asked,
}

/// That a person decided otherwise than the rules.
#[derive(ToSchema)]
struct DecisionOverride {
    /// SHA-256 of the decision, as its record has it.
    decision: String,
    product: String,
    from: CreditOutcome,
    lend: bool,
    by: String,
    level: LevelOfAuthority,
    #[schema(format = Date)]
    on: String,
    /// A code of the product's list of reasons.
    reason: String,
    note: String,
}

/// A whole decision. The same inputs and policies give the same bytes, always.
#[derive(ToSchema)]
struct CreditDecision {
    edition: u32,
    uscc: String,
    #[schema(format = Date)]
    date: String,
    #[schema(format = Date)]
    profile_as_of: String,
    request: LoanRequest,
    product: PolicyNamed,
    outcome: CreditOutcome,
    /// The stage that chose the card.
    stage: Option<String>,
    card: PolicyNamed,
    /// Missing values at their worst.
    score: i32,
    /// If every missing value were the best.
    best: i32,
    grade: String,
    /// Probability of default, parts per million.
    pd_ppm: i64,
    line_fen: Option<i64>,
    rate_ppm: Option<i64>,
    /// In order.
    reasons: Vec<DecisionReason>,
    /// The outcome if every flip of a blocking reason were made.
    together: Option<CreditOutcome>,
    /// In the first edition only.
    policies: Option<Vec<PolicyNamed>>,
    /// In the first edition only.
    inputs: Option<Vec<InputCommitted>>,
    /// As in the record; since the second edition.
    policies_digest: Option<String>,
    /// As in the record; since the second edition.
    inputs_digest: Option<String>,
    /// That the score is advice and the decision the bank's.
    note: Bilingual,
}

/// A reason.
#[derive(ToSchema)]
struct DecisionReason {
    /// `gate.…`, `bound.…`, `missing.…`, `score.…`, `line.…`, `authority.…`, `rule.…`.
    code: String,
    kind: ReasonAbout,
    /// Whether it stands in the way of an approval.
    blocks: bool,
    /// Plain words, what would change it included.
    text: Bilingual,
    field: Option<String>,
    flip: Option<ReasonFlip>,
}

/// What a reason is about.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ReasonAbout {
    Gate,
    Bound,
    Missing,
    Score,
    Line,
    Authority,
    Rule,
}

/// A change of one value that helps: tried, with what follows from it.
#[derive(ToSchema)]
struct ReasonFlip {
    field: String,
    /// Null where it is missing. Money in fen, rates in parts per million, ratios as decimals in text.
    from: Option<FieldValue>,
    to: Option<FieldValue>,
    /// The number in the field's lane.
    lane: i64,
    effect: FlipEffect,
    /// The outcome then.
    outcome: CreditOutcome,
    /// The score then.
    score: i32,
}

/// How a change helps, the strongest first.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum FlipEffect {
    Outcome,
    /// Less stands in the way, though something still does.
    Obstacle,
    Score,
    /// The line is larger or the rate lower.
    Terms,
}

/// A branch of the explanation.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct ExplanationBranch {
    /// What was looked at.
    title: Bilingual,
    /// What it gave.
    result: Bilingual,
    /// Whether the outcome hangs on it.
    decided: bool,
    #[schema(no_recursion)]
    parts: Vec<ExplanationBranch>,
}

/// What a replay found.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct DecisionReplayed {
    id: String,
    /// Whether the same bytes came of it.
    same: bool,
    /// The version of the stream of policies that it was made under, and made again.
    policies: u64,
    policies_now: u64,
    /// SHA-256 over salt and bytes, of the record, hexadecimal.
    recorded: String,
    /// The same, made again.
    again: String,
}

/// Counts over the decisions of a period.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct CreditCounts {
    /// The first day.
    #[schema(format = Date)]
    from: String,
    /// The last day.
    #[schema(format = Date)]
    to: String,
    decisions: u64,
    /// Whether there are older ones of the period that were not counted.
    more: bool,
    by_outcome: BTreeMap<String, u64>,
    /// By product and outcome.
    by_product: BTreeMap<String, BTreeMap<String, u64>>,
    /// For a bank, of its own.
    by_first_reason: Option<BTreeMap<String, u64>>,
    /// For a bank, of its own.
    by_reason: Option<BTreeMap<String, u64>>,
    /// For a bank, and for the regulator.
    by_grade: Option<BTreeMap<String, u64>>,
    /// For a bank, of its own.
    overrides: Option<OverrideCounts>,
}

/// Overrides counted.
#[derive(ToSchema)]
struct OverrideCounts {
    decisions: u64,
    overrides: u64,
    lent_against: u64,
    not_lent_against: u64,
    by_reason: BTreeMap<String, u64>,
    by_person: BTreeMap<String, u64>,
    by_product: BTreeMap<String, u64>,
}
