//! Bodies, queries and paths, read strictly.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use huoshui_app::KnownAt;
use huoshui_kernel::date::{self as dates, Date};
use huoshui_kernel::fault::Fault;
use serde::de::DeserializeOwned;

use super::{Permit, bad_parameter};
use crate::{Problem, faults};

/// A JSON body. Types should refuse unknown members (`deny_unknown_fields`): a mistyped one would be silently dropped.
#[derive(Clone, Copy, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let media = kind.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/json") {
            let fault = Fault::new(&faults::MEDIA_TYPE).with("expected", "application/json");
            return Err(fault.field("Content-Type").into());
        }
        let limit = request.extensions().get::<Permit>().map_or(0, |p| p.inner.app.config().limits.body_bytes);
        let bytes = Bytes::from_request(request, state).await.map_err(|e| unread(&e, limit))?;
        read(&bytes).map(Self).map_err(Problem::from)
    }
}

/// From the text: then a mistake is told with its line, and a member given twice is one.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let bytes = super::numbers::whole(bytes);
    let bytes = bytes.map_err(|text| malformed("body", &format_args!("{text}: not a whole number")))?;
    serde_json::from_slice(&bytes).map_err(|e| malformed("body", &e))
}

fn unread(rejection: &BytesRejection, limit: usize) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Fault::new(&faults::TOO_LARGE).with("limit", limit).into();
    }
    malformed("body", &"the connection ended").into()
}

/// The reader's own words, without the names of types that it may hold.
fn malformed(field: &'static str, why: &dyn std::fmt::Display) -> Fault {
    let why = why.to_string();
    let why = why.replace("struct ", "").replace("enum ", "");
    Fault::new(&faults::MALFORMED).with("what", why.chars().take(200).collect::<String>()).field(field)
}

/// The query's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Args<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Args<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(args)) => Ok(Self(args)),
            Err(e) => Err(malformed("query", &e.body_text()).into()),
        }
    }
}

/// The path's parameters.
#[derive(Clone, Copy, Debug)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(at)) => Ok(Self(at)),
            Err(e) => Err(malformed("path", &e.body_text()).into()),
        }
    }
}

/// A date parameter: `2025-09-30`.
///
/// # Errors
/// A fault of the date, naming the parameter.
pub fn date(name: &'static str, text: &str) -> Result<Date, Problem> {
    dates::parse(text).map_err(|fault| fault.field(name).into())
}

/// `known_at`: a date (its last instant in Beijing) or an instant with its offset.
///
/// # Errors
/// `request.bad_parameter`.
pub fn known_at(text: Option<&str>) -> Result<KnownAt, Problem> {
    let Some(text) = text else { return Ok(None) };
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Ok(Some(instant.as_microsecond()));
    }
    let beijing = jiff::tz::Offset::constant(8);
    let last = text.parse::<Date>().ok().filter(|_| text.len() == 10).map(|day| day.at(23, 59, 59, 999_999_999));
    let instant = last.and_then(|at| beijing.to_timestamp(at).ok());
    let expected = "2025-10-20 / 2025-10-20T09:30:00+08:00";
    instant.map(|at| Some(at.as_microsecond())).ok_or_else(|| bad_parameter("known_at", text, expected))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn numbers_are_whole_and_members_stand_once() {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Asked {
            days: u32,
            #[serde(default)]
            claimed: Value,
        }
        for (text, days) in [(r#"{"days":30}"#, 30), (r#"{"days":30.0}"#, 30), (r#"{"days":3e1}"#, 30)] {
            assert_eq!(read::<Asked>(text.as_bytes()).unwrap().days, days, "{text}");
        }
        let nested = read::<Asked>(br#"{"days":1,"claimed":[{"a":2.0}]}"#).unwrap();
        assert_eq!(nested.claimed, serde_json::json!([{ "a": 2 }]));
        for text in [
            r#"{"days":30.5}"#,
            r#"{"days":1,"claimed":0.1}"#,
            r#"{"days":1,"claimed":{"a":[1e300]}}"#,
            r#"{"days":1,"days":2}"#,
            r#"{"days":1,"more":2}"#,
            r#"{"days":-1}"#,
            "",
        ] {
            assert_eq!(read::<Asked>(text.as_bytes()).err().expect(text).code(), "request.malformed", "{text}");
        }
    }
}
