//! A city of a hundredth, with its departments' data, brought in by the command; banks with keys, firms with consents;
//! servers and departments as processes of their own.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use huoshui_app::access::events::Organisation;
use huoshui_app::access::{Asker, Kind, Seed, keys, organisations, store};
use huoshui_app::exchange::Exchange;
use huoshui_app::exchange::actor::{Actor, Party};
use huoshui_app::exchange::consents::{Signing, Wanted};
use huoshui_app::library::Library;
use huoshui_app::{Mode, Workspace};
use huoshui_journal::{Clock, ShiftedClock, StepClock, SystemClock};
use huoshui_kernel::{Date, Uscc, date};
use serde_json::{Value, json};

use crate::common::huoshui;

const DAY: i64 = 86_400_000_000;
const HOUR: i64 = 3_600_000_000;
/// What the generated city's departments hold is as of the end of the third quarter; the store's clock stands ten days on.
const DAYS_ON: i64 = 10;

pub struct World {
    folder: tempfile::TempDir,
    pub workspace: Workspace,
    pub exchange: Exchange,
    clock: Arc<ShiftedClock>,
    pub database: Option<String>,
    /// Keys of the machines of two banks.
    pub banks: [String; 2],
    codes: [String; 2],
    pub firms: Vec<Uscc>,
}

fn key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("test-key-{:06}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl World {
    pub fn new(database: Option<&str>) -> Self {
        Self::of(database, |_| ())
    }

    /// The same, of a city whose files were changed before they were brought in.
    pub fn of(database: Option<&str>, change: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (files, data) = (folder.path().join("city"), folder.path().join("data"));
        huoshui(&["city", "--out", files.to_str().unwrap(), "--scale", "0.01", "--csv"]).ok();
        change(&files);
        let clock = Arc::new(ShiftedClock::default());
        // Noon in Beijing is four in the morning UTC.
        let noon = i64::from(date::days(date::parse("2025-09-30").unwrap())) * DAY + DAYS_ON * DAY + 4 * HOUR;
        let shift = noon - SystemClock.now_micros();
        clock.shift(shift);
        let open = |mode| Workspace::open_on(&data, database, mode, Arc::<ShiftedClock>::clone(&clock)).unwrap();
        let marked = open(Mode::Create);
        store::mark_demo_at(&marked, shift).unwrap();
        drop(marked);
        let mut import = vec!["import", "--data", data.to_str().unwrap()];
        import.extend(database.iter().flat_map(|url| ["--database", url]));
        import.push(files.to_str().unwrap());
        huoshui(&import).ok();
        let workspace = open(Mode::Existing);
        let library = Library::load(&workspace, None).unwrap();
        let lenders: Vec<String> = library.institutions.lenders().map(|i| i.code.as_str().to_owned()).collect();
        let codes = [lenders[0].clone(), lenders[1].clone()];
        let banks = codes.clone().map(|code| machine(&workspace, &code));
        let list = date::parse("2025-09-30").unwrap();
        let firms: Vec<Uscc> = library.roster.as_of(list).map(|l| l.uscc).take(40).collect();
        let exchange = Exchange::open(workspace.clone(), Arc::<ShiftedClock>::clone(&clock) as Arc<dyn Clock>).unwrap();
        Self { folder, workspace, exchange, clock, database: database.map(str::to_owned), banks, codes, firms }
    }

    pub fn files(&self) -> PathBuf {
        self.folder.path().join("city")
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn departments(&self) -> PathBuf {
        self.files().join("departments")
    }

    pub fn today(&self) -> Date {
        huoshui_exchange::clock::day(self.clock.now_micros())
    }

    /// A consent of a firm to the first bank, taken through these steps.
    pub fn consent(&self, n: usize, resources: &[&str], steps: &[&str]) -> String {
        self.consent_by(&self.exchange, n, resources, steps, self.today())
    }

    /// A consent granted forty days ago for thirty days.
    pub fn expired(&self, n: usize) -> String {
        let then = self.clock.now_micros() - 40 * DAY;
        let past = Exchange::open(self.workspace.clone(), Arc::new(StepClock::new(then, 1))).unwrap();
        self.consent_by(&past, n, &["tax_grade"], &["grant"], huoshui_exchange::clock::day(then))
    }

    fn consent_by(&self, exchange: &Exchange, n: usize, resources: &[&str], steps: &[&str], today: Date) -> String {
        let asks: Vec<Value> = resources.iter().map(|r| json!({ "resource": r })).collect();
        let wanted: Wanted = serde_json::from_value(json!({
            "subject": self.firms[n], "purpose": "credit_review", "asks": asks,
            "data_from": date::add_months(today, -24).unwrap(), "data_to": today, "days": 30,
            "frequency": { "count": 3, "days": 30 }, "retention_days": 30,
        }))
        .unwrap();
        let kind = serde_json::from_value(json!("bank")).unwrap();
        let bank = Actor::new("bank-1".into(), Party::Institution(self.codes[0].clone(), kind));
        let id = exchange.request(&bank, &key(), &wanted).unwrap().id;
        for step in steps {
            self.step(exchange, n, &id, step);
        }
        id
    }

    pub fn step(&self, exchange: &Exchange, n: usize, id: &str, step: &str) {
        self.step_of(exchange, self.firms[n], id, step);
    }

    /// A step that the owner of a firm takes.
    pub fn step_of(&self, exchange: &Exchange, firm: Uscc, id: &str, step: &str) {
        let owner = Actor::new(format!("owner-{firm}"), Party::Enterprise(firm));
        let digest = exchange.representatives(&firm).unwrap().pop().unwrap_or_default();
        huoshui_app::access::demo::stand_as(&exchange.workspace, &owner.account, "firms", firm, &digest).unwrap();
        let signing: Signing = serde_json::from_value(json!({ "authority": "legal_representative" })).unwrap();
        let step = serde_json::from_value(json!(step)).unwrap();
        exchange.step(&owner, &key(), id, step, &signing, None).unwrap();
    }
}

/// A bank's organisation and the key of its machine.
fn machine(workspace: &Workspace, code: &str) -> String {
    let id = format!("bank-{}", code.to_ascii_lowercase());
    let asker = Asker { actor: "huoshui", key: &id };
    let organisation = Organisation {
        id: id.clone(),
        kind: Kind::Bank,
        subject: Some(code.into()),
        name_zh: id.clone(),
        name_en: id.clone(),
        demo: true,
    };
    organisations::join(workspace, asker, &organisation).unwrap();
    let scopes = [
        "exchange:pull",
        "exchange:read",
        "exchange:request",
        "exchange:lookup",
        "credit:profile",
        "credit:decide",
        "credit:read",
    ];
    let scopes: BTreeSet<String> = scopes.map(str::to_owned).into();
    let wanted = keys::Wanted { organisation: id.clone(), name: "core".into(), scopes: scopes.clone(), days: 30 };
    let seed = Seed::open(workspace).unwrap();
    keys::issue(workspace, asker, &wanted, &scopes, &seed, workspace.clock.now_micros()).unwrap().1
}

/// The command as a process that runs until it is told to stop.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    log: PathBuf,
}

impl Process {
    fn start(log: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_huoshui"));
        command.args(args).stdout(Stdio::piped()).stderr(std::fs::File::create(log).unwrap());
        for limit in ["ADDRESS_PER_SECOND", "ADDRESS_BURST", "ACTOR_PER_SECOND", "ACTOR_BURST"] {
            command.env(format!("HUOSHUI__LIMITS__{limit}"), "1000000");
        }
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("{args:?}: {line}{}", std::fs::read_to_string(log).unwrap()));
        Self { child, address: ready["address"].as_str().unwrap().parse().unwrap(), log: log.to_path_buf() }
    }

    /// `huoshui serve`.
    pub fn serve(world: &World, name: &str) -> Self {
        let data = world.data();
        let log = data.join(format!("{name}.log"));
        let mut args = vec!["serve", "--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0"];
        args.extend(world.database.iter().flat_map(|url| ["--database", url.as_str()]));
        Self::start(&log, &args)
    }

    /// `huoshui department`, told to misbehave.
    pub fn department(world: &World, code: &str, resource: &str, misbehave: &str) -> Self {
        let (files, log) = (world.departments().join(code), world.data().join(format!("department-{code}.log")));
        let files = files.to_str().unwrap();
        let args = ["department", "--code", code, "--files", files, "--resources", resource, "--misbehave", misbehave];
        Self::start(&log, &args)
    }

    /// What it wrote of its requests, a line of JSON each.
    pub fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.log).unwrap();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Asks it to stop; whether it finished what it had taken.
    pub fn stop(mut self) -> bool {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        self.child.wait().unwrap().success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends one request over a connection of its own.
pub fn send(to: SocketAddr, method: &str, path: &str, token: &str, key: &str, body: &Value) -> (u16, Value) {
    let mut socket = TcpStream::connect(to).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let body = if body.is_null() { String::new() } else { body.to_string() };
    // Whoever signs in has no token yet.
    let bearer = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: t\r\nconnection: close\r\n{bearer}\
         content-type: application/json\r\nidempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_else(|e| panic!("{e}: {text}")))
}

pub fn pull(to: SocketAddr, token: &str, key: &str, body: &Value) -> (u16, Value) {
    send(to, "POST", "/v1/exchange/pulls", token, key, body)
}
