//! Look-up.

use utoipa::ToSchema;

use super::{Origin, ReleasedRows, row};

/// How a query met a firm, the best first.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum NameMatch {
    Uscc,
    Name,
    NamePrefix,
    NamePart,
    PinyinPrefix,
    PinyinPart,
    InitialsPrefix,
    InitialsPart,
}

/// A firm found.
#[derive(ToSchema)]
struct FirmHit {
    uscc: String,
    name: String,
    former_name: Option<String>,
    /// Whether it was the former name that was met.
    by_former_name: bool,
    matched: NameMatch,
    /// Its public fields, a cell for each column.
    #[schema(schema_with = row)]
    public: Vec<serde_json::Value>,
}

/// What a look-up found.
#[derive(ToSchema)]
pub(in super::super) struct FirmsFound {
    /// Names of the public fields of each hit.
    columns: Vec<String>,
    /// The firms, best first.
    hits: Vec<FirmHit>,
    /// The address of the next page; absent on the last.
    #[schema(nullable = false)]
    next: Option<String>,
    /// Look-ups that the account may still make today.
    left: u64,
}

/// The public fields of one resource.
#[derive(ToSchema)]
struct FirmPublic {
    resource: String,
    /// Null where the platform has nothing.
    #[schema(required = true)]
    provenance: Option<Origin>,
    data: ReleasedRows,
}

/// A firm as anyone who looks it up may see it.
#[derive(ToSchema)]
pub(in super::super) struct FirmCard {
    uscc: String,
    name: String,
    #[schema(required = true)]
    former_name: Option<String>,
    /// Code of the district.
    district: String,
    /// Section of its industry, a letter.
    #[schema(required = true)]
    industry: Option<String>,
    /// The highest tier on the latest list.
    #[schema(required = true)]
    tier: Option<String>,
    /// Size class.
    #[schema(required = true)]
    size: Option<String>,
    /// The public fields of what the platform hosts.
    resources: Vec<FirmPublic>,
}
