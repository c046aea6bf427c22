//! The crowd: banks, firms, a department and the operator, each with its own work, each request under a key of its own.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use huoshui_app::access::events::{Account, Organisation};
use huoshui_app::access::{Asker, Hasher, Kind, Seed, accounts, demo, keys, organisations};
use huoshui_kernel::{Date, Uscc, date};
use serde_json::{Value, json};

use crate::common::{column, read_csv};
use crate::next;
use crate::world::{World, send};

/// Firms that take consents through their lives; and one client more for each kind of other work, twice.
const LIVES: usize = 14;
const OTHERS: usize = 4;
pub const CLIENTS: usize = LIVES + 2 * OTHERS;
const PASSWORD: &str = "correct-horse-battery";

/// Everybody with their tokens.
pub struct Cast {
    pub bank: String,
    pub firms: Vec<(Uscc, String)>,
    /// The tax office's machine, which uploads, and its clerk, who answers objections.
    machine: String,
    pub clerk: String,
    pub operator: String,
    today: Date,
    /// A period for which each of the firms has a tax grade.
    periods: Vec<String>,
    /// Releases that were asked for, by firm and round.
    pub released: Mutex<BTreeMap<(usize, String), usize>>,
}

fn account(world: &World, seed: &Seed, id: &str, kind: Kind, subject: Option<&str>) {
    let asker = Asker { actor: "huoshui", key: id };
    let (subject, name) = (subject.map(str::to_owned), id.to_owned());
    let organisation =
        Organisation { id: id.into(), kind, subject, name_zh: name.clone(), name_en: name.clone(), demo: true };
    organisations::join(&world.workspace, asker, &organisation).unwrap();
    let account = Account { login: name.clone(), organisation: name, admin: true, demo: true, closed: false };
    accounts::open(&world.workspace, asker, &account, PASSWORD, (&Hasher::new(1, 0), seed)).unwrap();
}

fn sign_in(at: SocketAddr, login: &str) -> String {
    let body = json!({ "login": login, "password": PASSWORD });
    let (status, said) = send(at, "POST", "/v1/session", "", "-", &body);
    assert_eq!(status, 201, "{said}");
    said["token"].as_str().unwrap().to_owned()
}

/// The last period of a firm's tax grade, as the city's file has it.
fn period(world: &World, firm: Uscc) -> String {
    let folder = world.departments().join("swj");
    let files = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let file = files.filter(|p| p.file_name().unwrap().to_str().unwrap().starts_with("tax_grade.")).max().unwrap();
    let (header, rows) = read_csv(&file);
    let (uscc, period) = (column(&header, "uscc"), column(&header, "period"));
    rows.iter().filter(|r| r[uscc] == firm.as_str()).map(|r| r[period].clone()).max().unwrap()
}

impl Cast {
    pub fn new(world: &World, at: SocketAddr) -> Self {
        let seed = Seed::open(&world.workspace).unwrap();
        account(world, &seed, "tax-office", Kind::Department, Some("swj"));
        account(world, &seed, "operator", Kind::Operator, None);
        let scopes = std::collections::BTreeSet::from(["exchange:upload".to_owned()]);
        let wanted =
            keys::Wanted { organisation: "tax-office".into(), name: "core".into(), scopes: scopes.clone(), days: 30 };
        let (asker, now) = (Asker { actor: "huoshui", key: "tax-machine" }, world.workspace.clock.now_micros());
        let machine = keys::issue(&world.workspace, asker, &wanted, &scopes, &seed, now).unwrap().1;
        let firms: Vec<(Uscc, String)> = (0..LIVES + OTHERS)
            .map(|n| {
                let (firm, login) = (world.firms[n], format!("owner-{n}"));
                account(world, &seed, &login, Kind::Enterprise, Some(firm.as_str()));
                let digest = world.exchange.representatives(&firm).unwrap().pop().unwrap_or_default();
                demo::stand_as(&world.workspace, &login, &login, firm, &digest).unwrap();
                (firm, sign_in(at, &login))
            })
            .collect();
        let periods = firms.iter().map(|(firm, _)| period(world, *firm)).collect();
        let (clerk, operator) = (sign_in(at, "tax-office"), sign_in(at, "operator"));
        Self {
            bank: world.banks[0].clone(),
            firms,
            machine,
            clerk,
            operator,
            today: world.today(),
            periods,
            released: Mutex::default(),
        }
    }
}

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Ask,
    Step,
    Pull,
    Decide,
    Upload,
    Object,
    Reply,
    Join,
    Issue,
}

/// A request that changes something.
#[derive(Clone)]
pub struct Act {
    pub what: What,
    pub path: String,
    pub token: String,
    pub key: String,
    pub body: String,
    /// The firm that it is about.
    pub firm: Option<usize>,
}

/// How it went: whether the server that had taken it was killed over it, and what was answered at last, here or elsewhere.
pub struct Done {
    pub act: Act,
    pub cut: bool,
    pub answer: Option<(u16, Value)>,
}

/// How one attempt went.
pub enum Sent {
    Answered(u16, Value),
    /// It was sent, and the answer did not come, or not whole.
    Cut,
    /// Nobody took it.
    Refused,
}

/// Sends a request over a connection of its own, and says what became of it.
pub fn attempt(to: SocketAddr, act: &Act) -> Sent {
    let Ok(mut socket) = TcpStream::connect(to) else { return Sent::Refused };
    socket.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let media = if act.what == What::Upload { "application/octet-stream" } else { "application/json" };
    // An objection is answered as it was raised, and not otherwise.
    let seen = if act.what == What::Reply { "if-match: \"1\"\r\n" } else { "" };
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: t\r\nconnection: close\r\nauthorization: Bearer {}\r\ncontent-type: {media}\r\n{seen}\
         idempotency-key: {}\r\ncontent-length: {}\r\n\r\n{}",
        act.path,
        act.token,
        act.key,
        act.body.len(),
        act.body
    );
    if socket.write_all(head.as_bytes()).is_err() {
        return Sent::Refused;
    }
    let mut bytes = Vec::new();
    let _ = socket.read_to_end(&mut bytes);
    let Ok(text) = String::from_utf8(bytes) else { return Sent::Cut };
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return Sent::Cut };
    let length = head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    match serde_json::from_str(body) {
        Ok(said) if length.is_none_or(|n: usize| n == body.len()) => {
            Sent::Answered(head.split(' ').nth(1).unwrap().parse().unwrap(), said)
        }
        _ => Sent::Cut,
    }
}

/// The servers, which of them is to be killed, and how many answers each gave.
pub struct Crowd {
    servers: Vec<SocketAddr>,
    number: usize,
    doomed: AtomicUsize,
    answers: Vec<AtomicUsize>,
    before: Mutex<Vec<usize>>,
    pub over: AtomicBool,
    failed: AtomicBool,
}

impl Crowd {
    pub fn new(servers: Vec<SocketAddr>, number: usize) -> Self {
        let answers = servers.iter().map(|_| AtomicUsize::new(0)).collect();
        let before = Mutex::new(vec![0; servers.len()]);
        let (over, failed) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { servers, number, doomed: AtomicUsize::new(usize::MAX), answers, before, over, failed }
    }

    pub fn answered(&self) -> usize {
        self.answers.iter().map(|n| n.load(Ordering::SeqCst)).sum()
    }

    /// From here on nobody begins anything with this server, and it may end at any moment.
    pub fn doom(&self, server: usize) {
        self.doomed.store(server, Ordering::SeqCst);
        *self.before.lock().unwrap() = self.answers.iter().map(|n| n.load(Ordering::SeqCst)).collect();
    }

    /// What a server answered since another one was doomed.
    pub fn since(&self, server: usize) -> usize {
        self.answers[server].load(Ordering::SeqCst) - self.before.lock().unwrap()[server]
    }

    /// Whether a client gave up: its panic tells why.
    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::SeqCst)
    }
}

/// One of the crowd.
pub struct Client<'a> {
    cast: &'a Cast,
    crowd: &'a Crowd,
    number: usize,
    state: u64,
    asked: usize,
    done: Vec<Done>,
}

impl Drop for Client<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.crowd.failed.store(true, Ordering::SeqCst);
            self.crowd.over.store(true, Ordering::SeqCst);
        }
    }
}

impl<'a> Client<'a> {
    pub fn new(cast: &'a Cast, crowd: &'a Crowd, number: usize) -> Self {
        let state = u64::try_from(number * 7_919 + crowd.number * 104_729 + 1).unwrap();
        Self { cast, crowd, number, state, asked: 0, done: Vec::new() }
    }

    /// Works until the round is over, and tells of every request.
    pub fn run(mut self) -> Vec<Done> {
        loop {
            let on = match self.number.checked_sub(LIVES).map(|n| (n / 2, n % 2)) {
                None => self.life(),
                Some((0, _)) => self.upload(),
                Some((1, n)) => self.object(LIVES + n),
                Some((2, _)) => self.join(),
                Some((_, n)) => self.decide(LIVES + 2 + n),
            };
            if on.is_none() {
                return std::mem::take(&mut self.done);
            }
        }
    }

    /// A consent's whole life: asked for, granted, pulled under, paused, resumed, revoked, with turns that the seed draws.
    fn life(&mut self) -> Option<()> {
        let firm = self.number;
        let consent = self.ask(firm, "credit_review")?;
        if next(&mut self.state).is_multiple_of(5) {
            return self.step(firm, &consent, "decline");
        }
        self.step(firm, &consent, "grant")?;
        for _ in 0..next(&mut self.state) % 4 {
            self.pull(firm, &consent, "credit_review")?;
            if next(&mut self.state).is_multiple_of(3) {
                self.step(firm, &consent, "pause")?;
                self.step(firm, &consent, "resume")?;
            }
        }
        if next(&mut self.state).is_multiple_of(3) { Some(()) } else { self.step(firm, &consent, "revoke") }
    }

    fn ask(&mut self, firm: usize, purpose: &str) -> Option<String> {
        let months = if purpose == "instant_loan" { -25 } else { -24 };
        let mut wanted = json!({
            "subject": self.cast.firms[firm].0, "purpose": purpose, "data_from": date::add_months(self.cast.today, months).unwrap(),
            "data_to": self.cast.today, "days": 30, "frequency": { "count": 3, "days": 30 }, "retention_days": 30,
        });
        if purpose == "credit_review" {
            wanted["asks"] = json!([{ "resource": "tax_grade" }]);
        }
        let token = self.cast.bank.clone();
        let said = self.go(What::Ask, "/v1/exchange/consents".into(), token, wanted.to_string(), Some(firm))?;
        Some(said["id"].as_str().unwrap().to_owned())
    }

    fn step(&mut self, firm: usize, consent: &str, step: &str) -> Option<()> {
        let body = json!({ "step": step, "authority": "legal_representative" }).to_string();
        let token = self.cast.firms[firm].1.clone();
        self.go(What::Step, format!("/v1/exchange/consents/{consent}/steps"), token, body, Some(firm)).map(drop)
    }

    fn pull(&mut self, firm: usize, consent: &str, purpose: &str) -> Option<()> {
        let body = json!({ "consent": consent, "purpose": purpose }).to_string();
        self.go(What::Pull, "/v1/exchange/pulls".into(), self.cast.bank.clone(), body, Some(firm)).map(drop)
    }

    /// One firm's grade of one year, another one each time.
    fn upload(&mut self) -> Option<()> {
        let firm = self.cast.firms[next(&mut self.state) % self.cast.firms.len()].0;
        let (year, grade) = (1_990 + next(&mut self.state) % 30, ["A", "B", "C", "D"][next(&mut self.state) % 4]);
        let today = self.cast.today;
        let body = format!("uscc,period,grade\n{firm},{year}-12-31,{grade}\n");
        let path = format!("/v1/exchange/departments/swj/batches/tax_grade.{today}.change.csv");
        self.go(What::Upload, path, self.cast.machine.clone(), body, None).map(drop)
    }

    /// An objection, and the department's answer that the value stands.
    fn object(&mut self, firm: usize) -> Option<()> {
        let row = json!({ "period": self.cast.periods[firm] });
        let body = json!({ "resource": "tax_grade", "row": row, "field": "grade", "claimed": "B" }).to_string();
        let token = self.cast.firms[firm].1.clone();
        let said = self.go(What::Object, "/v1/exchange/objections".into(), token, body, None)?;
        let id = said["objection"]["id"].as_str().unwrap().to_owned();
        let body = json!({ "rejected": { "reason": "与申报一致" } }).to_string();
        let path = format!("/v1/exchange/objections/{id}/answer");
        self.go(What::Reply, path, self.cast.clerk.clone(), body, None).map(drop)
    }

    /// An organisation, and a key for its machine.
    fn join(&mut self) -> Option<()> {
        let id = format!("o-{}-{}-{}", self.crowd.number, self.number, self.asked);
        let body = json!({ "id": id, "kind": "guarantor", "name_zh": "甲", "name_en": "A" }).to_string();
        self.go(What::Join, "/v1/organisations".into(), self.cast.operator.clone(), body, None)?;
        let body = json!({ "name": "core", "scopes": ["access:read"], "days": 30 }).to_string();
        self.go(What::Issue, format!("/v1/organisations/{id}/keys"), self.cast.operator.clone(), body, None).map(drop)
    }

    /// A loan decided under a consent of its own.
    fn decide(&mut self, firm: usize) -> Option<()> {
        let consent = self.ask(firm, "instant_loan")?;
        self.step(firm, &consent, "grant")?;
        let body = json!({
            "consent": consent, "purpose": "instant_loan",
            "request": { "product": "instant_loan", "amount_fen": 100_000_000, "months": 12,
                "purpose": "working_capital", "lpr_ppm": 30_000 },
        });
        let token = self.cast.bank.clone();
        self.go(What::Decide, "/v1/credit/decisions".into(), token, body.to_string(), Some(firm)).map(drop)
    }

    /// Sends a request to a server that the seed draws, and again under its key to another one when that one is killed over
    /// it. None when there is no other, or the round is over.
    fn go(&mut self, what: What, path: String, token: String, body: String, firm: Option<usize>) -> Option<Value> {
        self.asked += 1;
        let key = format!("crowd-{}-{:02}-{:04}", self.crowd.number, self.number, self.asked);
        let act = Act { what, path, token, key, body, firm };
        let (mut cut, mut busy) = (false, 0);
        loop {
            if !cut && self.crowd.over.load(Ordering::SeqCst) {
                return None;
            }
            let doomed = self.crowd.doomed.load(Ordering::SeqCst);
            let left: Vec<usize> = (0..self.crowd.servers.len()).filter(|n| *n != doomed).collect();
            if left.is_empty() {
                if cut {
                    self.done.push(Done { act, cut, answer: None });
                }
                return None;
            }
            let server = left[next(&mut self.state) % left.len()];
            match attempt(self.crowd.servers[server], &act) {
                Sent::Answered(status, said) => {
                    let code = said["code"].as_str().unwrap_or_default();
                    // Others write the same stream: told to come back, under the same key.
                    if ["journal.busy", "credit.in_progress"].contains(&code) && busy < 500 {
                        busy += 1;
                        std::thread::sleep(Duration::from_millis(20));
                        continue;
                    }
                    // A pull that was cut off and had been written is told so, and nothing leaves twice.
                    let repeated = cut && code == "exchange.replayed";
                    assert!(status < 300 || repeated, "{:?} {}: {status} {said}", act.what, act.path);
                    self.crowd.answers[server].fetch_add(1, Ordering::SeqCst);
                    self.done.push(Done { act, cut, answer: Some((status, said.clone())) });
                    return Some(said);
                }
                gone => {
                    let doomed = self.crowd.doomed.load(Ordering::SeqCst);
                    assert_eq!(doomed, server, "no answer, and nobody was killed: {:?} {}", act.what, act.path);
                    cut = cut || matches!(gone, Sent::Cut);
                }
            }
        }
    }
}
