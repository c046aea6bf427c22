//! A caller of the service, as any other program would call it: HTTP and JSON.

use http_body_util::{BodyExt as _, Full, Limited};
use huoshui_kernel::fault::{Fault, Result};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::runtime::Runtime;

use crate::faults;

/// Bytes of an answer at most.
const MAX_ANSWER: usize = 16 << 20;

/// An answer.
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// The version under which it stands.
    pub etag: Option<String>,
    /// Its JSON; null when there is none.
    pub body: Value,
}

/// Somebody signed in to the service.
pub struct Caller<'a> {
    runtime: &'a Runtime,
    address: &'a str,
    token: Option<String>,
}

impl<'a> Caller<'a> {
    /// Signs in.
    pub fn sign_in(runtime: &'a Runtime, address: &'a str, login: &str, password: &str) -> Result<Self> {
        let mut caller = Self { runtime, address, token: None };
        let given = serde_json::json!({ "login": login, "password": password });
        let session = caller.good(Method::POST, "/v1/session", Some(&given), "sign-in")?;
        caller.token = session.get("token").and_then(Value::as_str).map(str::to_owned);
        Ok(caller)
    }

    /// Asks for something.
    pub fn get(&self, path: &str) -> Result<Value> {
        self.good(Method::GET, path, None, "-")
    }

    /// Sends something under an idempotency key.
    pub fn post(&self, path: &str, key: &str, body: &Value) -> Result<Value> {
        self.good(Method::POST, path, Some(body), key)
    }

    fn good(&self, method: Method, path: &str, body: Option<&Value>, key: &str) -> Result<Value> {
        let answer = self.call(method, path, body, key)?;
        if answer.status < 300 {
            return Ok(answer.body);
        }
        let code = answer.body.get("code").and_then(Value::as_str).unwrap_or("–");
        Err(refused(path, format_args!("{} {code}", answer.status)))
    }

    /// One request and its answer, whatever it is. A step is taken with what is read just before, and says so.
    pub fn call(&self, method: Method, path: &str, body: Option<&Value>, key: &str) -> Result<Answer> {
        let thing = path.strip_suffix("/steps").filter(|_| method == Method::POST);
        let seen = thing.map(|thing| self.call(Method::GET, thing, None, "-")).transpose()?.and_then(|read| read.etag);
        self.runtime.block_on(self.exchange(method, path, body, (key, seen))).map_err(|what| refused(path, what))
    }

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        (key, seen): (&str, Option<String>),
    ) -> std::result::Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(self.address).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header("host", self.address);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(seen) = seen {
            request = request.header("if-match", seen);
        }
        let bytes = match body {
            Some(body) => {
                request = request.header("content-type", "application/json").header("idempotency-key", key);
                Bytes::from(serde_json::to_vec(body)?)
            }
            None => Bytes::new(),
        };
        let response = sender.send_request(request.body(Full::new(bytes))?).await?;
        let status = response.status().as_u16();
        let etag = response.headers().get("etag").and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let bytes = Limited::new(response.into_body(), MAX_ANSWER).collect().await?.to_bytes();
        Ok(Answer { status, etag, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
    }
}

fn refused(path: &str, what: impl std::fmt::Display) -> Fault {
    Fault::new(&faults::SERVICE).with("path", path).with("what", what)
}
