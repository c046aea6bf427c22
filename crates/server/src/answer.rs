//! Answers that several endpoints give.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::extract::etag;

/// What a handler returns.
pub type Answer<T> = Result<T, crate::Problem>;

/// JSON.
pub fn json<T: Serialize>(value: T) -> Response {
    Json(value).into_response()
}

/// JSON that is in bytes already.
pub fn ready(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response()
}

/// JSON with the version that a change must name.
pub fn versioned<T: Serialize>(version: u64, value: T) -> Response {
    let tag = HeaderValue::from_str(&etag(version)).unwrap_or(HeaderValue::from_static("\"0\""));
    ([(header::ETAG, tag)], Json(value)).into_response()
}

/// Something new, at this address.
pub fn created<T: Serialize>(at: &str, value: T) -> Response {
    (StatusCode::CREATED, [(header::LOCATION, header_value(at))], Json(value)).into_response()
}

/// Work that goes on, to be followed at this address.
pub fn accepted<T: Serialize>(at: &str, value: T) -> Response {
    (StatusCode::ACCEPTED, [(header::LOCATION, header_value(at))], Json(value)).into_response()
}

/// A file of text.
pub fn text(media: &'static str, content: String) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(media))], content).into_response()
}

/// A report that is opened in a browser: it may run nothing and load nothing.
pub fn page(content: String) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'";
    let mut response = text("text/html; charset=utf-8", content);
    response.headers_mut().insert(HeaderName::from_static("content-security-policy"), HeaderValue::from_static(policy));
    response
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("/"))
}
