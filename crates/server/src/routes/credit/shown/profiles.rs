//! Profiles: values with where they come from, tags, radar, the score as advice.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::decisions::ValuesErased;
use super::{Bilingual, PolicyNamed, ValueOrNull};

/// A profile that an institution had computed, as listed: no value in it.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct ProfileListed {
    id: String,
    uscc: String,
    institution: String,
    account: String,
    consent: String,
    purpose: String,
    mode: ProfileMode,
    #[schema(format = Date)]
    as_of: String,
    /// Microseconds since 1970-01-01 UTC.
    at: i64,
    /// Version of the stream of policies.
    policies: u64,
    /// Microseconds since 1970-01-01 UTC.
    keep_until: Option<i64>,
    erased: Option<ValuesErased>,
}

/// What of it the institution got.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ProfileMode {
    Values,
    Verify,
    /// Tags and scores only.
    Derived,
}

/// What an institution gets of a firm: under a purpose of tags and scores without `values` and `profile`.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct ProfileGiven {
    id: String,
    uscc: String,
    #[schema(format = Date)]
    as_of: String,
    mode: ProfileMode,
    /// Version of the stream of policies.
    policies: u64,
    radar: Vec<RadarAxis>,
    advice: ScoreAdvice,
    tags: Vec<TagGiven>,
    /// By feature; null where a value is missing.
    values: Option<BTreeMap<String, ValueOrNull>>,
    profile: Option<CreditProfile>,
}

/// What departments say of a firm, for itself.
#[derive(ToSchema)]
pub(in crate::routes::credit) struct OwnProfile {
    uscc: String,
    #[schema(format = Date)]
    as_of: String,
    tags: Vec<TagGiven>,
    radar: Vec<RadarAxis>,
    profile: CreditProfile,
}

/// An axis of the radar.
#[derive(ToSchema)]
struct RadarAxis {
    theme: ProfileTheme,
    name: Bilingual,
    /// 0 to 100; null where fewer than half of its features are known.
    score: Option<u8>,
    known: u32,
    features: u32,
}

/// A theme of profiles.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ProfileTheme {
    Basis,
    Operation,
    Innovation,
    Compliance,
    Growth,
}

/// The score as advice. What a bank makes of it is the bank's own policy.
#[derive(ToSchema)]
struct ScoreAdvice {
    card: PolicyNamed,
    stage: Option<String>,
    /// Missing values at their worst.
    score: i32,
    /// If every missing value were the best.
    best: i32,
    /// Probability of default, parts per million.
    pd_ppm: i64,
    grade: String,
    /// Features that are missing.
    missing: Vec<String>,
    note: Bilingual,
}

/// A tag of a firm.
#[derive(ToSchema)]
struct TagGiven {
    code: String,
    version: u32,
    name: Bilingual,
    theme: ProfileTheme,
    answer: TagAnswer,
    /// What it says when it is yes.
    reason: Bilingual,
    /// The values that it was judged by; absent under a purpose of tags and scores.
    behind: Option<Vec<BehindTag>>,
}

/// A tag's answer.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum TagAnswer {
    Yes,
    No,
    /// It hangs on something missing.
    Unknown,
}

/// A value behind a tag's answer.
#[derive(ToSchema)]
struct BehindTag {
    field: String,
    name: Bilingual,
    /// In words.
    value: Bilingual,
}

/// Values with where they come from.
#[derive(ToSchema)]
struct CreditProfile {
    uscc: String,
    #[schema(format = Date)]
    as_of: String,
    /// By feature.
    items: BTreeMap<String, ProfileItem>,
    origins: Vec<ValueSource>,
}

/// One feature of a profile.
#[derive(ToSchema)]
struct ProfileItem {
    /// The feature's.
    version: u32,
    cell: ValueOrWhy,
    /// Places of its sources in `origins`.
    origins: Vec<u64>,
}

/// A value in its feature's lane, or why there is none.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum ValueOrWhy {
    Known(i64),
    Missing(WhyMissing),
}

/// Why a value is missing.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum WhyMissing {
    NotAsked,
    NotCovered,
    Window,
    Incomplete,
    Denied,
    Stale,
    Pending,
    Timeout,
    Unusable,
    Undefined,
    OtherVersion,
    Ended,
}

/// Where a value comes from.
#[derive(ToSchema)]
pub(super) struct ValueSource {
    resource: String,
    /// The date of its data; null where it did not answer.
    #[schema(format = Date)]
    as_of: Option<String>,
    /// The batch or the consent that they came by.
    reference: String,
    stale: bool,
    why: Option<WhyMissing>,
}
