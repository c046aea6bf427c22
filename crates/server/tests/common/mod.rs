//! A real server on a real socket, over a small city imported as files, and a plain HTTP/1.1 client.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    dead_code
)]

pub mod held;
pub mod things;
mod versions;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use huoshui_app::access::{Hasher, Kind, Seed, demo, store};
use huoshui_app::import::registry::Choice;
use huoshui_app::progress::Silent;
use huoshui_app::{Mode, Workspace};
use huoshui_journal::SystemClock;
use huoshui_server::config::Config;
use serde_json::Value;

/// The as-of date of generated cities.
pub const AS_OF: &str = "2025-09-30";

/// A folder with a city's files and an imported demonstration store.
pub struct City {
    folder: tempfile::TempDir,
    pub bank: String,
    pub other_bank: String,
    pub enterprise: String,
    /// Another enterprise, which nobody signs in for.
    pub stranger: String,
    pub department: String,
    pub insurer: String,
}

impl City {
    /// Generates, marks, imports, and opens an account for each role.
    pub fn new() -> Self {
        Self::on(None)
    }

    pub fn on(database: Option<&str>) -> Self {
        Self::make(database, 0, false)
    }

    /// With the departments' data, by a clock that stands `days` before the machine's.
    pub fn with_departments(days: i64) -> Self {
        Self::make(None, days, true)
    }

    pub fn with_departments_on(database: Option<&str>, days: i64) -> Self {
        Self::make(database, days, true)
    }

    fn make(database: Option<&str>, days: i64, departments: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = folder.path().join("city");
        let options = huoshui_city::Options {
            out: files.clone(),
            seed: 1,
            scale: 0.01,
            targets: huoshui_city::Targets::default_beijing().unwrap(),
            faults: false,
            formats: huoshui_city::Formats::Csv,
            departments,
        };
        huoshui_city::generate(&options, &|_, _, _| {}).unwrap();
        let data = folder.path().join("data");
        let clock = Ahead::default();
        clock.days(-days);
        let workspace = Workspace::open_on(&data, database, Mode::Create, Arc::new(clock)).unwrap();
        store::mark_demo_at(&workspace, -days * 86_400_000_000).unwrap();
        let today = huoshui_kernel::date::parse("2026-01-15").unwrap();
        let report = huoshui_app::import::run(&workspace, &[files], Choice::default(), today, &Silent).unwrap();
        assert!(!report.any_refused());
        let library = huoshui_app::library::Library::load(&workspace, None).unwrap();
        let lenders: Vec<String> = library.institutions.lenders().map(|i| i.code.as_str().to_owned()).collect();
        let insurer = library.institutions.iter().find(|i| !i.files_loans).unwrap().code.as_str().to_owned();
        let as_of = huoshui_kernel::date::parse(AS_OF).unwrap();
        let mut listed = library.roster.as_of(as_of).map(|row| row.uscc.as_str().to_owned());
        let (enterprise, stranger) = (listed.next().unwrap(), listed.next().unwrap());
        let department =
            library.departments.iter().next().map_or_else(|| "D01".to_owned(), |d| d.code.as_str().to_owned());
        let (bank, other_bank) = (lenders[0].clone(), lenders[1].clone());
        let cast = [
            (Kind::Enterprise, Some(enterprise.as_str())),
            (Kind::Bank, Some(bank.as_str())),
            (Kind::Insurer, Some(insurer.as_str())),
            (Kind::Guarantor, None),
            (Kind::EquityInvestor, None),
            (Kind::EquityMarket, None),
            (Kind::Department, Some(department.as_str())),
            (Kind::Regulator, None),
            (Kind::Operator, None),
        ];
        let seed = Seed::open(&workspace).unwrap();
        demo::create(&workspace, &cast, (&Hasher::new(1, 0), &seed)).unwrap();
        huoshui_app::seal::all(&workspace).unwrap();
        Self { folder, bank, other_bank, enterprise, stranger, department, insurer }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn files(&self) -> PathBuf {
        self.folder.path().join("city")
    }

    /// The files of one filing.
    pub fn filing(&self, institution: &str, as_of: &str) -> Vec<PathBuf> {
        let folder = self.files().join("filings").join(as_of);
        let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| p.file_name().unwrap().to_string_lossy().contains(&format!(".{institution}.")))
            .collect();
        all.sort();
        all
    }
}

/// Settings for tests: generous where a test is not about the bound.
pub fn config() -> Config {
    let mut config = Config { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Config::default() };
    config.limits.address_per_second = 100_000;
    config.limits.address_burst = 100_000;
    config.limits.actor_per_second = 50_000;
    config.limits.actor_burst = 50_000;
    config.seal.every_millis = 200;
    config
}

/// The machine's clock, which a test can put forward.
#[derive(Clone, Default)]
pub struct Ahead(Arc<std::sync::atomic::AtomicI64>);

impl Ahead {
    pub fn days(&self, days: i64) {
        self.0.fetch_add(days * 86_400_000_000, Ordering::SeqCst);
    }
}

impl huoshui_journal::Clock for Ahead {
    fn now_micros(&self) -> i64 {
        SystemClock.now_micros() + self.0.load(Ordering::SeqCst)
    }
}

/// A server that runs in this process.
pub struct Server {
    pub clock: Ahead,
    pub address: SocketAddr,
    pub metrics: Option<SocketAddr>,
    pub workspace: Workspace,
    runtime: Option<tokio::runtime::Runtime>,
    running: Option<huoshui_server::Running>,
}

impl Server {
    pub fn start(data: &Path, config: Config) -> Self {
        Self::start_before(data, 0, config)
    }

    /// By a clock that stands `days` before the machine's.
    pub fn start_before(data: &Path, days: i64, config: Config) -> Self {
        let clock = Ahead::default();
        clock.days(-days);
        let opened = Workspace::open_on(data, config.database.as_deref(), Mode::Existing, Arc::new(clock.clone()));
        Self::with_clock(opened.unwrap(), clock, config)
    }

    /// Over an open folder, at the machine's time.
    pub fn over(workspace: Workspace, config: Config) -> Self {
        Self::with_clock(workspace, Ahead::default(), config)
    }

    pub fn with_clock(workspace: Workspace, clock: Ahead, config: Config) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let started = runtime.block_on(huoshui_server::start(workspace.clone(), Arc::new(clock.clone()), config));
        let running = started.unwrap();
        let (address, metrics) = (running.address, running.metrics);
        Self { clock, address, metrics, workspace, runtime: Some(runtime), running: Some(running) }
    }

    /// Stops; whether everything that was begun was finished.
    pub fn stop(mut self) -> bool {
        self.end()
    }

    fn end(&mut self) -> bool {
        let (Some(runtime), Some(running)) = (self.runtime.take(), self.running.take()) else { return true };
        let done = runtime.block_on(running.stop());
        runtime.shutdown_timeout(Duration::from_secs(10));
        done
    }

    pub fn get(&self, path: &str, token: Option<&str>) -> Reply {
        self.send("GET", path, token, &[], b"")
    }

    pub fn post(&self, path: &str, token: &str, body: &Value) -> Reply {
        self.write("POST", path, token, &fresh_key(), body)
    }

    pub fn write(&self, method: &str, path: &str, token: &str, key: &str, body: &Value) -> Reply {
        let headers = [("Content-Type", "application/json"), ("Idempotency-Key", key)];
        self.send(method, path, Some(token), &headers, body.to_string().as_bytes())
    }

    pub fn upload(&self, path: &str, token: &str, key: &str, files: &[(String, Vec<u8>)]) -> Reply {
        let mut body = Vec::new();
        for (name, bytes) in files {
            let head =
                format!("--frontier\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--frontier--\r\n");
        let headers = [("Content-Type", "multipart/form-data; boundary=frontier"), ("Idempotency-Key", key)];
        self.send("POST", path, Some(token), &headers, &body)
    }

    pub fn send(&self, method: &str, path: &str, token: Option<&str>, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let reply = Reply::read(self.open(method, path, token, headers, body));
        // Every answer that a test gets is held against the contract.
        held::hold(method, path, reply.status, reply.header("content-type"), &reply.body);
        reply
    }

    /// Sends a request and leaves the answer to be read.
    pub fn open(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> TcpStream {
        Self::open_at(self.address, method, path, token, headers, body)
    }

    /// The same, of any address.
    pub fn open_at(
        address: SocketAddr,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> TcpStream {
        let mut socket = TcpStream::connect(address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        if let Some(token) = token {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        socket.write_all(head.as_bytes()).unwrap();
        // A server that refuses early closes before it has read all: its answer still counts.
        let _ = socket.write_all(body);
        socket
    }

    /// Signs in; the token.
    pub fn sign_in(&self, login: &str) -> String {
        let body = serde_json::json!({ "login": login, "password": demo::PASSWORD });
        let headers = [("Content-Type", "application/json")];
        let reply = self.send("POST", "/v1/session", None, &headers, body.to_string().as_bytes());
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["token"].as_str().unwrap().to_owned()
    }

    /// Waits for a job's end.
    pub fn wait(&self, job: &str, token: &str) -> Value {
        for _ in 0..600 {
            let found = self.get(&format!("/v1/jobs/{job}"), Some(token)).json();
            if found["state"] != "running" {
                return found;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the job {job} does not end");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

static KEYS: AtomicU64 = AtomicU64::new(0);

/// A key that no request had yet.
pub fn fresh_key() -> String {
    format!("key-{:08}-{}", KEYS.fetch_add(1, Ordering::Relaxed), std::process::id())
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Reply {
    /// Reads an answer to its end.
    pub fn read(mut socket: TcpStream) -> Self {
        let mut bytes = Vec::new();
        socket.read_to_end(&mut bytes).unwrap();
        Self::parse(&bytes)
    }

    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or_else(|| {
            panic!("no answer: {}", String::from_utf8_lossy(bytes));
        });
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|l| l.split_once(':').unwrap());
        let headers: BTreeMap<String, String> =
            headers.map(|(k, v)| (k.to_ascii_lowercase(), v.trim().to_owned())).collect();
        let rest = &bytes[end + 4..];
        let chunked = headers.get("transfer-encoding").is_some_and(|v| v == "chunked");
        Self { status, body: if chunked { dechunk(rest) } else { rest.to_vec() }, headers }
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.text()))
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

fn dechunk(mut rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(line) = rest.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap().trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        out.extend_from_slice(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 4 + size..];
    }
    out
}

/// Reads events of a stream until one with this name, or so many.
pub fn events(socket: TcpStream, many: usize) -> Vec<(u64, String, Value)> {
    let (mut all, mut id, mut name) = (Vec::new(), 0, String::new());
    for line in BufReader::new(socket).lines() {
        let line = line.unwrap();
        if let Some(text) = line.strip_prefix("id: ") {
            id = text.parse().unwrap();
        } else if let Some(text) = line.strip_prefix("event: ") {
            text.clone_into(&mut name);
        } else if let Some(text) = line.strip_prefix("data: ") {
            all.push((id, name.clone(), serde_json::from_str(text).unwrap()));
            if all.len() == many || name == "end" {
                break;
            }
        }
    }
    all
}
