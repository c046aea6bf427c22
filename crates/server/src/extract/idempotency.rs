//! `Idempotency-Key`: required on every write that the contract does not except.

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use huoshui_kernel::fault::Fault;

use crate::{Problem, faults};

/// The header's name.
pub const HEADER: &str = "idempotency-key";

/// The caller's key: the same key and request has one effect and one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(pub String);

impl Key {
    /// From the headers.
    ///
    /// # Errors
    /// `request.key_missing`, `request.key_form`.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let value = headers.get(HEADER).ok_or_else(|| Fault::new(&faults::KEY_MISSING).field("Idempotency-Key"))?;
        let text = value.to_str().unwrap_or_default();
        if (8..=100).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Fault::new(&faults::KEY_FORM).field("Idempotency-Key").into())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(&parts.headers)
    }
}
