//! The one door of every request: limits, who asks, whether Cedar permits it; on the way out the problem in the caller's
//! language, the policy, the request's number, metrics and the log.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts as _;
use axum::extract::{MatchedPath, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use huoshui_app::access::{Actor, keys, sessions};
use huoshui_journal::hash;
use huoshui_kernel::fault::Fault;

use crate::authorize::{Operation, Principal, Resource};
use crate::extract::{Key, Language, Permit};
use crate::problem::render;
use crate::state::App;
use crate::{Problem, faults};

/// Who holds a token, as found a moment ago.
#[derive(Clone)]
pub(crate) struct Entered {
    pub actor: Arc<Actor>,
    principal: Principal,
    until: i64,
}

/// Tokens whose holders are remembered for a moment.
const REMEMBERED: usize = 20_000;

/// The address a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub SocketAddr);

/// The door.
pub(crate) async fn door(State(app): State<App>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let number = number();
    let lang = Language::of(request.headers());
    let operation = operation(&app, &request);
    let in_flight = app.parts().metrics.begin();
    let mut told = Told::default();
    let outcome = match Arc::clone(&app.parts().in_flight).try_acquire_owned() {
        Ok(_place) => pass(&app, operation.as_ref(), request, next, &mut told).await,
        Err(_) => Err(Fault::new(&faults::OVERLOADED).into()),
    };
    let mut response = outcome.unwrap_or_else(Problem::into_response);
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| foreign(&response));
    if let Some(problem) = &problem {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = render(problem, lang.0, &number);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    finish(&mut response, &number, &told);
    drop(in_flight);
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    let id = operation.as_ref().map(|o| o.id.as_str());
    app.parts().metrics.end(id, status, took);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let code = problem.as_ref().map(Problem::code);
    let (operation, policy, kind) = (id.unwrap_or("none"), told.policy.as_str(), told.kind);
    if let Some(problem) = problem.as_ref().filter(|_| status == 500) {
        tracing::error!(request = %number, code = problem.code(), detail = %problem.fault, "internal fault");
    }
    tracing::info!(request = %number, operation, status, code, policy, kind, organisation = %told.organisation, micros);
    response
}

/// What the answer's headers and the log tell besides the answer.
#[derive(Default)]
struct Told {
    policy: String,
    kind: &'static str,
    organisation: String,
}

fn operation(app: &App, request: &Request) -> Option<Operation> {
    let path = request.extensions().get::<MatchedPath>()?.as_str().to_owned();
    let method = if request.method() == axum::http::Method::HEAD { &axum::http::Method::GET } else { request.method() };
    app.parts().operations.get(&(method.clone(), path)).cloned()
}

async fn pass(
    app: &App,
    operation: Option<&Operation>,
    request: Request,
    next: Next,
    told: &mut Told,
) -> Result<Response, Problem> {
    let now = Instant::now();
    if let Some(peer) = request.extensions().get::<Peer>() {
        limit(app.parts().addresses.take(&address(peer.0.ip()), now))?;
    }
    let Some(operation) = operation else {
        // An address or method without an operation: axum's own answer says which.
        return Ok(next.run(request).await);
    };
    let token = bearer(request.headers())?;
    let entered = match &token {
        Some(token) => Some(enter(app, token).await?),
        None if operation.public => None,
        None => return Err(Fault::new(&faults::UNAUTHENTICATED).into()),
    };
    if let Some(entered) = &entered {
        told.kind = entered.actor.kind.code();
        told.organisation.clone_from(&entered.actor.organisation);
        limit(app.parts().actors.take(&entered.actor.id, now))?;
    }
    let (mut parts, body) = request.into_parts();
    let principal = entered.as_ref().map_or_else(|| app.parts().anonymous.clone(), |e| e.principal.clone());
    let permit = Permit { inner: Arc::new(undecided(app, entered.map(|e| e.actor), token, principal, operation)) };
    let resource = resource(&mut parts).await;
    let decided = if operation.deferred { Ok(()) } else { permit.on(&resource) };
    told.policy = permit.policy();
    decided?;
    if operation.keyed {
        Key::of(&parts.headers)?;
    }
    let limits = &app.config().limits;
    // By what the operation is, not by what the sender calls its body.
    let seconds = if operation.upload { limits.upload_seconds } else { limits.request_seconds };
    parts.extensions.insert(permit.clone());
    let work = next.run(Request::from_parts(parts, body));
    let response = tokio::time::timeout(Duration::from_secs(seconds), work).await;
    let response = response.map_err(|_| Problem::from(Fault::new(&faults::DEADLINE).with("seconds", seconds)))?;
    told.policy = permit.policy();
    if response.status().is_success() && !permit.inner.decided.load(Ordering::Acquire) {
        return Err(Fault::new(&faults::UNDECIDED).into());
    }
    Ok(response)
}

fn limit(taken: Result<(), u64>) -> Result<(), Problem> {
    taken.map_err(|seconds| Problem::from(Fault::new(&faults::RATE).with("seconds", seconds)).retry_after(seconds))
}

/// An address for limits: of IPv6 the first 64 bits, which one household has whole.
fn address(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => v6.segments().iter().take(4).map(|s| format!("{s:x}:")).collect(),
    }
}

/// The token of `Authorization: Bearer`; none without the header.
fn bearer(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let wrong = || Problem::from(Fault::new(&huoshui_app::access::faults::EXPIRED).field("Authorization"));
    let text = value.to_str().map_err(|_| wrong())?;
    let (scheme, token) = text.split_once(' ').ok_or_else(wrong)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || !(sessions::is_token(token) || keys::is_token(token)) {
        return Err(wrong());
    }
    Ok(Some(token.to_owned()))
}

/// Who holds the token: remembered for a moment, so that a busy caller does not read the store at each request.
async fn enter(app: &App, token: &str) -> Result<Entered, Problem> {
    let digest = hash::hex(&hash::bytes(token.as_bytes()));
    let keep = Duration::from_millis(app.config().sign_in.remember_millis);
    let known = app.parts().entered.lock().ok().and_then(|held| held.get(&digest).cloned());
    if let Some((entered, at)) = known.filter(|(_, at)| at.elapsed() < keep)
        && entered.until > app.now()
    {
        let _ = at;
        return Ok(entered);
    }
    let token = token.to_owned();
    let entered = app
        .store(move |app| {
            let (workspace, now) = (app.workspace(), app.now());
            let (actor, until) = if sessions::is_token(&token) {
                sessions::actor(workspace, &token, now).map(|(actor, session)| (actor, session.expires_at))?
            } else {
                keys::actor(workspace, &token, now)?
            };
            Ok(Entered { principal: Principal::of(&actor)?, actor: Arc::new(actor), until })
        })
        .await?;
    if let Ok(mut held) = app.parts().entered.lock() {
        if held.len() >= REMEMBERED {
            held.retain(|_, (_, at)| at.elapsed() < keep);
        }
        if held.len() < REMEMBERED {
            held.insert(digest, (entered.clone(), Instant::now()));
        }
    }
    Ok(entered)
}

/// Whose something is, as its address says.
async fn resource(parts: &mut axum::http::request::Parts) -> Resource {
    let mut resource = Resource::default();
    if let Ok(params) = RawPathParams::from_request_parts(parts, &()).await {
        for (name, value) in &params {
            match name {
                "organisation" => value.clone_into(&mut resource.organisation),
                "institution" | "enterprise" | "department" => value.clone_into(&mut resource.subject),
                _ => {}
            }
        }
    }
    resource
}

/// Refusals that axum made itself.
fn foreign(response: &Response) -> Option<Problem> {
    let made = response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v != "text/plain; charset=utf-8");
    match response.status().as_u16() {
        _ if made => None,
        404 => Some(Fault::new(&faults::NO_ROUTE).into()),
        405 => Some(Fault::new(&faults::METHOD).into()),
        413 => Some(Fault::new(&faults::TOO_LARGE).with("limit", "–").into()),
        400..=499 => Some(Fault::new(&faults::MALFORMED).with("what", response.status()).into()),
        500..=599 => Some(Fault::new(&faults::INTERNAL).into()),
        _ => None,
    }
}

fn number() -> String {
    let mut bytes = [0_u8; 8];
    let _ = getrandom::fill(&mut bytes);
    hash::hex(&bytes)
}

fn finish(response: &mut Response, number: &str, told: &Told) {
    let headers = response.headers_mut();
    let mut put = |name: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    put("x-request-id", number);
    put("x-content-type-options", "nosniff");
    if !told.policy.is_empty() {
        put("x-policy", &told.policy);
    }
    // What one caller may see, another may not: nothing between keeps it.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The inside of a permit, not decided yet.
pub(crate) fn undecided(
    app: &App,
    actor: Option<Arc<Actor>>,
    token: Option<String>,
    principal: Principal,
    operation: &Operation,
) -> crate::extract::PermitInner {
    crate::extract::PermitInner {
        app: app.clone(),
        actor,
        token,
        principal,
        operation: operation.clone(),
        decided: AtomicBool::new(false),
        policy: Mutex::default(),
    }
}
