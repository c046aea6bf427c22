//! What handlers take from a request. Each refuses with a problem of the catalogue.

mod body;
mod conditional;
mod idempotency;
mod numbers;
mod paging;
mod permit;

pub use body::{Args, At, Body, date, known_at};
pub use conditional::{IfMatch, etag};
pub use idempotency::Key;
pub use paging::{Cut, Listed, Page};
pub use permit::Permit;
pub(crate) use permit::PermitInner;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use huoshui_kernel::Lang;
use huoshui_kernel::fault::Fault;

use crate::{Problem, faults};

/// The caller's language: English when `Accept-Language` puts it first, else Chinese.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language(pub Lang);

impl Language {
    /// From the headers. Weights are heeded, regions are not.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let mut best = (Lang::Zh, 0_u32);
        for part in header.split(',').take(16) {
            let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
            let lang = match tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "zh" => Lang::Zh,
                "en" => Lang::En,
                _ => continue,
            };
            let weight = thousandths(weight.trim().trim_start_matches("q=").trim());
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        Self(best.0)
    }
}

/// `0.8` is 800; anything else is 1000.
fn thousandths(text: &str) -> u32 {
    match text.split_once('.') {
        Some(("0", digits)) => format!("{digits:0<3}").chars().take(3).collect::<String>().parse().unwrap_or(1_000),
        None if text == "0" => 0,
        _ => 1_000,
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::of(&parts.headers))
    }
}

/// A parameter with a value it cannot have.
#[must_use]
pub fn bad_parameter(name: &'static str, value: impl std::fmt::Display, expected: impl std::fmt::Display) -> Problem {
    let fault = Fault::new(&faults::BAD_PARAMETER).with("name", name).with("value", value).with("expected", expected);
    fault.field(name).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_with_the_greatest_weight_counts() {
        for (header, expected) in [
            ("", Lang::Zh),
            ("en", Lang::En),
            ("en-GB,en;q=0.9", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("en;q=0.5,zh;q=0.7", Lang::Zh),
            ("fr, en;q=0.2", Lang::En),
            ("en;q=0", Lang::Zh),
            ("fr", Lang::Zh),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, header.parse().unwrap());
            assert_eq!(Language::of(&headers).0, expected, "{header}");
        }
    }
}
