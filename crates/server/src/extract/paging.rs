//! Keyset pages: `?limit=&cursor=`, and the address of the next page in the answer.

use axum::extract::{FromRequestParts, Query};
use axum::http::Uri;
use axum::http::request::Parts;
use huoshui_kernel::fault::Fault;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::bad_parameter;
use crate::{Problem, faults};

/// Rows of a page when nothing is said, and at most.
const USUAL: usize = 50;
const MOST: usize = 500;

/// Which page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// Rows at most: 1 to 500.
    pub limit: usize,
    /// Where it begins, from the page before.
    pub cursor: Option<String>,
    uri: Uri,
}

/// A page in the contract.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Cut {
    /// Rows at most: 1 to 500, 50 when nothing is said.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
    /// Where the page begins, from `next` of the page before.
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The address of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Page {
    /// The rows with the address of the next page, which keeps every other parameter.
    #[must_use]
    pub fn listed<T>(&self, items: Vec<T>, next: Option<String>) -> Listed<T> {
        let next = next.map(|cursor| {
            let kept = self.uri.query().unwrap_or_default().split('&');
            let mut query: Vec<String> =
                kept.filter(|p| !p.is_empty() && !p.starts_with("cursor=")).map(str::to_owned).collect();
            query.push(format!("cursor={}", encoded(&cursor)));
            format!("{}?{}", self.uri.path(), query.join("&"))
        });
        Listed { items, next }
    }

    /// Cuts a page out of rows that are sorted by a unique key; the cursor is the key of the last row given.
    pub fn cut<T>(&self, rows: impl Iterator<Item = T>, key: impl Fn(&T) -> String) -> Listed<T> {
        let after = self.cursor.as_deref();
        let mut items: Vec<T> =
            rows.skip_while(|row| after.is_some_and(|a| key(row).as_str() <= a)).take(self.limit + 1).collect();
        let more = items.len() > self.limit;
        items.truncate(self.limit);
        let next = items.last().filter(|_| more).map(key);
        self.listed(items, next)
    }
}

/// Percent-encoding of everything but unreserved characters (RFC 3986, 2.3).
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
        out
    })
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Raw {
            limit: Option<String>,
            cursor: Option<String>,
        }
        let Query(raw) = Query::<Raw>::from_request_parts(parts, state)
            .await
            .map_err(|_| Fault::new(&faults::MALFORMED).with("what", "limit, cursor").field("query"))?;
        let limit = match raw.limit.as_deref() {
            None => USUAL,
            Some(text) => match text.parse() {
                Ok(n) if (1..=MOST).contains(&n) => n,
                _ => return Err(bad_parameter("limit", text, format!("1 – {MOST}"))),
            },
        };
        let cursor = raw.cursor.filter(|c| !c.is_empty());
        if cursor.as_ref().is_some_and(|c| c.len() > 1_000) {
            return Err(Fault::new(&huoshui_journal::faults::BAD_CURSOR).field("cursor").into());
        }
        Ok(Self { limit, cursor, uri: parts.uri.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_cover_every_row_once() {
        let rows: Vec<String> = (0..7).map(|n| format!("k{n}")).collect();
        let mut page = Page { limit: 3, cursor: None, uri: "/v1/x?limit=3&kind=a".parse().unwrap() };
        let mut seen = Vec::new();
        loop {
            let cut = page.cut(rows.iter().cloned(), Clone::clone);
            seen.extend(cut.items);
            let Some(next) = cut.next else { break };
            assert!(next.starts_with("/v1/x?limit=3&kind=a&cursor="), "{next}");
            page.cursor = Some(next.rsplit('=').next().unwrap().to_owned());
        }
        assert_eq!(seen, rows);
    }
}
