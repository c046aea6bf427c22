//! A department made by hand: a socket on a port of the system's choice, and a function that writes whatever bytes it likes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, dead_code, missing_docs)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use huoshui_kernel::{Date, Uscc};
use huoshui_sources::{Ask, Column, Endpoint, Kind, Remote, Resource, Secret, SeededJitter, Settings, Sources};

/// A code with both check characters right (from a public register).
pub const FIRM: &str = "91110000600037341L";
/// 2025-10-20 00:00 UTC in microseconds: 20381 days after the epoch.
pub const NOW: i64 = 20_381 * 86_400_000_000;

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn column(name: &str, kind: Kind) -> Column {
    Column { name: name.into(), kind, required: true, max_len: 10, codes: vec![] }
}

/// Tax paid by month: the month's last day, the amount, the grade (which may be empty).
pub fn resource() -> Resource {
    let grade = Column { required: false, codes: vec!["A".into(), "B".into()], ..column("grade", Kind::Code) };
    Resource {
        code: "tax_paid".into(),
        schema: 2,
        columns: vec![column("period", Kind::Date), column("paid", Kind::Money), grade],
        period: Some("period".into()),
        key: vec!["period".into()],
    }
}

pub fn ask() -> Ask {
    Ask {
        resource: Arc::new(resource()),
        uscc: Uscc::parse(FIRM).unwrap(),
        from: Some(day("2025-01-01")),
        to: Some(day("2025-10-20")),
        today: day("2025-10-20"),
        stale_days: 0,
    }
}

/// A good answer as JSON, and places in it that tests spoil.
pub fn good() -> serde_json::Value {
    serde_json::json!({
        "department": "swj", "resource": "tax_paid", "schema": 2, "uscc": FIRM,
        "as_of": "2025-10-15", "covers_from": "2023-01-01",
        "columns": [{"name": "period", "kind": "date"}, {"name": "paid", "kind": "money"}, {"name": "grade", "kind": "code"}],
        "rows": [["2025-09-30", 123_456, null], ["2025-08-31", -1, "A"]],
        "known": true
    })
}

pub fn http(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

pub fn json(body: &serde_json::Value) -> Vec<u8> {
    http("200 OK", "Content-Type: application/json\r\n", body.to_string().as_bytes())
}

/// Reads a request's head; none when the other side closed.
pub fn request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    Some(String::from_utf8(head).unwrap())
}

pub struct Department {
    pub port: u16,
    pub requests: Arc<AtomicUsize>,
    pub connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Department {
    /// Answers each request by what the function makes of its number (from 0) and its head.
    pub fn answering(answer: impl Fn(usize, &str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::serving(move |n, head, stream| stream.write_all(&answer(n, head)).is_ok())
    }

    /// Gives each request and its socket to the function; the connection ends when that says false.
    pub fn serving(serve: impl Fn(usize, &str, &mut TcpStream) -> bool + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, connections) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let stop = Arc::new(AtomicBool::new(false));
        let (serve, counted, opened, stopped) = (Arc::new(serve), requests.clone(), connections.clone(), stop.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                opened.fetch_add(1, Ordering::SeqCst);
                let (serve, counted) = (serve.clone(), counted.clone());
                std::thread::spawn(move || {
                    while let Some(head) = request(&mut stream) {
                        if !serve(counted.fetch_add(1, Ordering::SeqCst), &head, &mut stream) {
                            return;
                        }
                    }
                });
            }
        });
        Self { port, requests, connections, stop }
    }

    pub fn seen(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Department {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Short times, no cache, one attempt: what a test does not name stays out of it.
pub fn settings() -> Settings {
    let mut settings =
        Settings { connect_ms: 500, deadline_ms: 500, attempts: 1, backoff_ms: 1, ..Settings::default() };
    settings.max_body_bytes = 64 << 10;
    settings.cache.max_bytes = 0;
    settings
}

pub fn endpoint(base: String) -> Endpoint {
    Endpoint { department: "swj".into(), base, key: Some(Secret::new("k-e-y").unwrap()), roots: None }
}

pub fn remote_at(endpoint: Endpoint, settings: Settings, clock: &Arc<AtomicI64>) -> Remote {
    let clock = clock.clone();
    let clock = Arc::new(move || clock.load(Ordering::SeqCst));
    Remote::new(endpoint, settings, clock, Arc::new(SeededJitter::new(1))).unwrap()
}

pub fn remote(port: u16, settings: Settings) -> Remote {
    remote_at(endpoint(format!("http://127.0.0.1:{port}")), settings, &Arc::new(AtomicI64::new(NOW)))
}

pub fn sources(remotes: impl IntoIterator<Item = Remote>) -> Sources {
    Sources::new(remotes).unwrap()
}

/// Waits, for as long as it takes, until something is so: the time limit of the test runner is the only one.
pub async fn until(mut so: impl FnMut() -> bool) {
    while !so() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
