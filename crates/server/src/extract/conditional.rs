//! `ETag` and `If-Match`: a change names the version that it was decided upon.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::header;
use axum::http::request::Parts;
use huoshui_kernel::fault::Fault;

use crate::{Problem, faults};

/// The version that a change expects, from `If-Match`; required.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfMatch(pub u64);

impl IfMatch {
    /// Turns the store's conflict into the answer to a failed `If-Match`.
    #[must_use]
    pub fn failed(fault: Fault) -> Problem {
        if fault.code() == "journal.conflict" {
            Fault::new(&faults::IF_MATCH).field("If-Match").into()
        } else {
            fault.into()
        }
    }
}

/// The entity tag of a version.
#[must_use]
pub fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Problem> {
        if !parts.headers.contains_key(header::IF_MATCH) {
            return Ok(None);
        }
        <Self as FromRequestParts<S>>::from_request_parts(parts, state).await.map(Some)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else {
            return Err(Fault::new(&faults::IF_MATCH_MISSING).field("If-Match").into());
        };
        let version = value.to_str().ok().and_then(|v| v.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok());
        // A tag that was never ours matches nothing.
        version.map(Self).ok_or_else(|| Fault::new(&faults::IF_MATCH).field("If-Match").into())
    }
}
