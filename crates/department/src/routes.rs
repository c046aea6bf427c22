//! The protocol over HTTP, and the control of the demo.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use huoshui_kernel::{Date, Fault, FaultSpec, Uscc, date};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{self, Question};
use crate::misbehaviour::Misbehaviour;
use crate::serve::Key;
use crate::stock::{Held, Stock};
use crate::{body, faults};

/// Most requests at one time.
const MAX_IN_FLIGHT: usize = 1_024;
/// Most bytes of a word to the control.
const MAX_CONTROL: usize = 4 << 10;

pub(crate) struct Endpoint {
    pub stock: Stock,
    pub key: Option<Key>,
    pub misbehaviour: RwLock<Misbehaviour>,
    /// State of the draws by which a flaky department fails.
    pub draws: AtomicU64,
    pub requests: AtomicU64,
    pub in_flight: AtomicUsize,
}

type Shared = State<Arc<Endpoint>>;

pub(crate) fn router(endpoint: Arc<Endpoint>, control: bool) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(health))
        .route("/v1/resources", get(resources))
        .route("/v1/resources/{code}/schema", get(schema))
        .route("/v1/resources/{code}/records", get(records))
        .fallback(nowhere);
    if control {
        router = router.route("/control", post(set).get(look));
    }
    router.layer(DefaultBodyLimit::max(MAX_CONTROL)).with_state(endpoint)
}

fn reply(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.into()).into_response()
}

fn refuse(status: StatusCode, fault: &Fault) -> Response {
    reply(status, serde_json::to_vec(fault).unwrap_or_default())
}

fn refused(status: StatusCode, spec: &'static FaultSpec) -> Response {
    refuse(status, &Fault::new(spec))
}

async fn nowhere() -> Response {
    refused(StatusCode::NOT_FOUND, &faults::NO_RESOURCE)
}

async fn health() -> Response {
    reply(StatusCode::OK, r#"{"status":"ok"}"#)
}

/// A request under way; leaves when it ends or its caller goes.
struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Endpoint {
    /// Counts the request in, and holds it against the key.
    fn admit(&self, headers: &HeaderMap) -> Result<InFlight<'_>, (StatusCode, &'static FaultSpec)> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let place = InFlight(&self.in_flight);
        if self.in_flight.fetch_add(1, Ordering::Relaxed) >= MAX_IN_FLIGHT {
            return Err((StatusCode::SERVICE_UNAVAILABLE, &faults::BUSY));
        }
        let given = headers.get(AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
        let fits = self.key.as_ref().is_none_or(|key| given.is_some_and(|given| key.is(given)));
        if fits { Ok(place) } else { Err((StatusCode::UNAUTHORIZED, &faults::UNAUTHORISED)) }
    }

    fn misbehaviour(&self) -> Misbehaviour {
        self.misbehaviour.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The next draw from 0 to 999,999 (SplitMix64).
    fn draw(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.draws.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % 1_000_000
    }

    /// Sends an answer, or what a misbehaving department sends in its place.
    async fn send(&self, misbehaviour: &Misbehaviour, answer: &Value) -> Response {
        use Misbehaviour as M;
        let whole = Bytes::from(answer.to_string());
        let fail = || refused(StatusCode::SERVICE_UNAVAILABLE, &faults::TOLD_TO_FAIL);
        match misbehaviour {
            M::None | M::Drift(_) | M::OtherFirm | M::LateData | M::Future => reply(StatusCode::OK, whole),
            M::Slow(pause) => {
                tokio::time::sleep(*pause).await;
                reply(StatusCode::OK, whole)
            }
            M::Drip(pause) => reply(StatusCode::OK, body::drip(whole, *pause)),
            M::Hang => std::future::pending().await,
            M::Fail => fail(),
            M::Flaky(ppm) if self.draw() < u64::from(*ppm) => fail(),
            M::Flaky(_) => reply(StatusCode::OK, whole),
            M::Endless => {
                let start = Bytes::from(whole.iter().copied().take_while(|b| *b != b'}').collect::<Vec<u8>>());
                reply(StatusCode::OK, body::endless(start, b"     \n"))
            }
            M::Redirect(url) => (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, url.as_str())]).into_response(),
            M::Html => axum::response::Html("<!doctype html><title>系统维护</title><p>系统维护中 / maintenance")
                .into_response(),
            M::Bomb => match body::bomb() {
                Ok(bomb) => {
                    let headers = [(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")];
                    (StatusCode::OK, headers, bomb).into_response()
                }
                Err(_) => fail(),
            },
            M::Truncate => {
                let headers =
                    [(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_LENGTH, whole.len().to_string())];
                (StatusCode::OK, headers, body::broken(&whole)).into_response()
            }
            M::Garbage => reply(StatusCode::OK, "{\"rows\": [,]}"),
            M::Deep => reply(StatusCode::OK, format!("{{\"rows\":{}", "[".repeat(100_000))),
            M::Huge => reply(StatusCode::OK, format!("{{\"schema\":{}}}", "9".repeat(10_000))),
        }
    }
}

async fn resources(State(endpoint): Shared, headers: HeaderMap) -> Response {
    let _place = match endpoint.admit(&headers) {
        Ok(place) => place,
        Err((status, spec)) => return refused(status, spec),
    };
    let list: Vec<Value> = endpoint
        .stock
        .iter()
        .map(|held| {
            let r = &held.resource;
            json!({"resource": r.code, "schema": r.schema, "as_of": held.as_of.to_string(),
                "covers_from": held.covers_from.to_string(), "rows": held.rows()})
        })
        .collect();
    let answer = json!({"department": endpoint.stock.department, "resources": list});
    reply(StatusCode::OK, answer.to_string())
}

async fn schema(State(endpoint): Shared, headers: HeaderMap, Path(code): Path<String>) -> Response {
    let _place = match endpoint.admit(&headers) {
        Ok(place) => place,
        Err((status, spec)) => return refused(status, spec),
    };
    let Some(held) = endpoint.stock.get(&code) else { return nowhere().await };
    let misbehaviour = endpoint.misbehaviour();
    endpoint.send(&misbehaviour, &answer::schema(held, &misbehaviour)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    uscc: String,
    from: Option<String>,
    to: Option<String>,
    fields: Option<String>,
}

async fn records(
    State(endpoint): Shared,
    headers: HeaderMap,
    Path(code): Path<String>,
    params: Result<Query<Params>, QueryRejection>,
) -> Response {
    let _place = match endpoint.admit(&headers) {
        Ok(place) => place,
        Err((status, spec)) => return refused(status, spec),
    };
    let Some(held) = endpoint.stock.get(&code) else { return nowhere().await };
    let bad = |what: &str| refuse(StatusCode::BAD_REQUEST, &Fault::new(&faults::BAD_REQUEST).with("what", what));
    let Ok(Query(params)) = params else { return bad("query") };
    let question = match question(held, &params) {
        Ok(question) => question,
        Err(what) => return bad(what),
    };
    let misbehaviour = endpoint.misbehaviour();
    endpoint.send(&misbehaviour, &answer::records(held, &question, &misbehaviour)).await
}

fn question(held: &Held, params: &Params) -> Result<Question, &'static str> {
    let firm = Uscc::parse(&params.uscc).map_err(|_| "uscc")?;
    let day = |text: &Option<String>, name: &'static str| -> Result<Option<Date>, &'static str> {
        text.as_deref().map(date::parse).transpose().map_err(|_| name)
    };
    let (from, to) = (day(&params.from, "from")?, day(&params.to, "to")?);
    if from.is_some_and(|from| to.is_some_and(|to| from > to)) {
        return Err("from");
    }
    let resource = &held.resource;
    let fields = match params.fields.as_deref() {
        None => (0..resource.fields.len()).collect(),
        Some(names) => {
            let places: Option<Vec<usize>> =
                names.split(',').map(|name| resource.columns().position(|c| c == name)).collect();
            let places = places.ok_or("fields")?;
            let twice = places.iter().enumerate().any(|(i, p)| places.iter().skip(i + 1).any(|q| p == q));
            if twice {
                return Err("fields");
            }
            places
        }
    };
    Ok(Question { firm, from, to, fields })
}

async fn look(State(endpoint): Shared) -> Response {
    let answer = json!({
        "misbehave": endpoint.misbehaviour().to_string(),
        "requests": endpoint.requests.load(Ordering::Relaxed),
        "in_flight": endpoint.in_flight.load(Ordering::Relaxed),
    });
    reply(StatusCode::OK, answer.to_string())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Control {
    misbehave: String,
}

/// JSON alone is taken: a page in a browser of this machine cannot send that to another origin unasked.
async fn set(State(endpoint): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let bad = |what: &str| refuse(StatusCode::BAD_REQUEST, &Fault::new(&faults::BAD_REQUEST).with("what", what));
    if headers.get(CONTENT_TYPE).is_none_or(|v| v != "application/json") {
        return bad("Content-Type");
    }
    let Ok(control) = serde_json::from_slice::<Control>(&body) else { return bad("body") };
    match control.misbehave.parse::<Misbehaviour>() {
        Err(fault) => refuse(StatusCode::BAD_REQUEST, &fault),
        Ok(misbehaviour) => {
            *endpoint.misbehaviour.write().unwrap_or_else(PoisonError::into_inner) = misbehaviour;
            look(State(endpoint)).await
        }
    }
}
