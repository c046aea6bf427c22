//! One request and its answer's bytes, bounded while they stream in.

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;
use hyper::body::{Body as _, Incoming};
use tokio::time::Instant;

use crate::connect::{Connection, Connector};
use crate::faults;

/// The parts of a request that are the same for every question to a department.
pub(crate) struct Template {
    pub host: HeaderValue,
    pub authorization: Option<HeaderValue>,
    pub prefix: String,
    pub max_body: usize,
}

/// Asks once and gives the body of a good answer.
pub(crate) async fn get(connector: &Connector, template: &Template, path: &str) -> Result<Vec<u8>> {
    // A connection that was kept may have been closed by the other side just now: that is no answer of theirs, so the
    // question is put again on a new one.
    if let Some(kept) = connector.kept(Instant::now())
        && let Some(result) = on(connector, kept, template, path, true).await
    {
        return result;
    }
    let new = connector.open().await?;
    let broken = || Err(Fault::new(&faults::BROKEN));
    on(connector, new, template, path, false).await.unwrap_or_else(broken)
}

/// Nothing when the connection was already closed and nothing came back.
async fn on(
    connector: &Connector,
    mut connection: Connection,
    template: &Template,
    path: &str,
    kept: bool,
) -> Option<Result<Vec<u8>>> {
    if connection.sender.ready().await.is_err() {
        return None;
    }
    let request = match request(template, path) {
        Ok(request) => request,
        Err(fault) => return Some(Err(fault)),
    };
    let response = match connection.sender.send_request(request).await {
        Ok(response) => response,
        Err(why) if why.is_parse() || why.is_parse_too_large() => return Some(Err(Fault::new(&faults::NOT_HTTP))),
        Err(_) if kept => return None,
        Err(_) => return Some(Err(Fault::new(&faults::BROKEN))),
    };
    let (head, body) = response.into_parts();
    if let Err(fault) = admit(head.status, &head.headers) {
        return Some(Err(fault));
    }
    let read = read(body, template.max_body).await;
    if read.is_ok() {
        connector.keep(connection, Instant::now());
    }
    Some(read)
}

fn request(template: &Template, path: &str) -> Result<Request<Empty<Bytes>>> {
    let mut request = Request::get(format!("{}{path}", template.prefix))
        .header(HOST, template.host.clone())
        .header(USER_AGENT, "huoshui")
        .header(ACCEPT, "application/json")
        .header(ACCEPT_ENCODING, "identity");
    if let Some(key) = &template.authorization {
        request = request.header(AUTHORIZATION, key.clone());
    }
    request.body(Empty::new()).map_err(|_| Fault::new(&faults::BAD_ASK).with("what", "path"))
}

/// Judges status and headers before a byte of the body is taken.
fn admit(status: StatusCode, headers: &HeaderMap) -> Result<()> {
    let of = |spec| Err(Fault::new(spec).with("status", status.as_u16()));
    match status.as_u16() {
        200 => {}
        300..=399 => return of(&faults::REDIRECT),
        401 | 403 => return of(&faults::UNAUTHORISED),
        404 => return of(&faults::NO_RESOURCE),
        429 => return of(&faults::THROTTLED),
        400..=499 => return of(&faults::REJECTED),
        500..=599 => return of(&faults::FAILING),
        _ => return of(&faults::STATUS),
    }
    let plain = |v: &HeaderValue| v.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(CONTENT_ENCODING).iter().all(plain) {
        return of(&faults::ENCODED);
    }
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/json") { Ok(()) } else { of(&faults::CONTENT_TYPE) }
}

async fn read(mut body: Incoming, limit: usize) -> Result<Vec<u8>> {
    let too_large = || Fault::new(&faults::TOO_LARGE).with("limit", limit);
    let stated = body.size_hint().exact();
    if stated.is_some_and(|n| n > limit as u64) {
        return Err(too_large());
    }
    let mut out = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|why| {
            let cut = why.is_incomplete_message() || why.is_body_write_aborted() || why.is_closed();
            Fault::new(if cut || !why.is_parse() { &faults::TRUNCATED } else { &faults::NOT_HTTP })
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if out.len() + data.len() > limit {
            return Err(too_large());
        }
        out.extend_from_slice(&data);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_headers_are_judged_before_the_body() {
        let case = |status: u16, headers: &[(&'static str, &'static str)]| {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                map.append(*name, HeaderValue::from_static(value));
            }
            admit(StatusCode::from_u16(status).unwrap(), &map).err().map(|f| f.code())
        };
        let json = ("content-type", "application/json; charset=utf-8");
        assert_eq!(case(200, &[json]), None);
        assert_eq!(case(200, &[json, ("content-encoding", "identity")]), None);
        for (encoding, expected) in
            [("gzip", "source.encoded"), ("br", "source.encoded"), ("deflate", "source.encoded")]
        {
            assert_eq!(case(200, &[json, ("content-encoding", encoding)]), Some(expected));
        }
        assert_eq!(case(200, &[]), Some("source.content_type"));
        assert_eq!(case(200, &[("content-type", "text/html")]), Some("source.content_type"));
        assert_eq!(case(200, &[("content-type", "application/jsonx")]), Some("source.content_type"));
        for (status, code) in [
            (204, "source.status"),
            (206, "source.status"),
            (301, "source.redirect"),
            (307, "source.redirect"),
            (400, "source.rejected"),
            (401, "source.unauthorised"),
            (403, "source.unauthorised"),
            (404, "source.no_resource"),
            (429, "source.throttled"),
            (500, "source.failing"),
            (503, "source.failing"),
        ] {
            assert_eq!(case(status, &[json]), Some(code), "{status}");
        }
    }
}
