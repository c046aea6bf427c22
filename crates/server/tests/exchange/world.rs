//! A store with two banks, firms and one hosted resource; keys for the banks' machines; servers as processes of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, dead_code)]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use huoshui_app::access::events::{Account, Organisation};
use huoshui_app::access::{Asker, Hasher, Kind, Seed, accounts, demo, keys, organisations, signers};
use huoshui_app::exchange::Exchange;
use huoshui_app::exchange::actor::{Actor, Party};
use huoshui_app::exchange::consents::{Signing, Wanted};
use huoshui_app::import::{self, registry::Choice};
use huoshui_app::progress::Silent;
use huoshui_app::{Mode, Workspace};
use huoshui_exchange::clock;
use huoshui_exchange::consent::{Ask, Authority, Step};
use huoshui_exchange::purpose::{Frequency, RecipientKind};
use huoshui_journal::{Clock, StepClock, SystemClock};
use huoshui_kernel::date;
use huoshui_kernel::{Date, Uscc};
use serde_json::Value;

pub const FIRMS: u32 = 80;
pub const PASSWORD: &str = "correct-horse-battery";
const DAY: i64 = 86_400_000_000;

pub struct World {
    pub folder: tempfile::TempDir,
    pub workspace: Workspace,
    pub exchange: Exchange,
    pub banks: [String; 2],
}

pub fn firm(n: u32) -> Uscc {
    Uscc::compose("91", "110108", &format!("MA{n:06}")).unwrap()
}

/// The identity number of a firm's legal representative; no document has it.
pub fn number(n: u32) -> String {
    format!("00000019900101{n:04}")
}

pub fn digest(n: u32) -> String {
    signers::digest(&number(n)).unwrap()
}

fn today() -> Date {
    clock::day(SystemClock.now_micros())
}

fn files(folder: &std::path::Path) {
    std::fs::create_dir_all(folder).unwrap();
    let as_of = date::prior_year_end(today());
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write(
        "institutions.csv",
        "code,name_zh,name_en,kind,funding,files_loans\nB1,甲银行,Bank One,city_bank,chinese,Y\nB2,乙银行,Bank Two,large_bank,chinese,Y\n",
    );
    write(
        "departments.csv",
        "code,name_zh,name_en\nswj,税务局,Tax\nhg,海关,Customs\nscjgj,市场监管局,Market Regulation\n",
    );
    let mut firms = "uscc,name,former_name,district,industry,employees,revenue,assets,founded_on,capital\n".to_owned();
    let mut grades = "uscc,period,grade\n".to_owned();
    let mut representatives = "uscc,person_name,id_digest,since,other_firms\n".to_owned();
    for n in 0..FIRMS {
        let uscc = firm(n);
        firms += &format!("{uscc},企业{n}有限公司,,110108,C3562,50,1000.00,2000.00,2015-01-01,500.00\n");
        grades += &format!("{uscc},{as_of},A\n");
        representatives += &format!("{uscc},代表{n},{},2020-05-06,1\n", digest(n));
    }
    write(&format!("enterprises.{as_of}.csv"), &firms);
    write(&format!("tax_grade.{as_of}.whole.csv"), &grades);
    // Fresh for a day only.
    write(&format!("legal_representative.{}.whole.csv", today().yesterday().unwrap()), &representatives);
}

impl World {
    pub fn new(database: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let workspace = Workspace::open_on(&data, database, Mode::Create, Arc::new(SystemClock)).unwrap();
        files(&folder.path().join("files"));
        let source = [folder.path().join("files")];
        let report = import::run(&workspace, &source, Choice::default(), today(), &Silent).unwrap();
        assert!(!report.any_refused());
        let seed = Seed::open(&workspace).unwrap();
        let banks = ["B1", "B2"].map(|code| {
            let id = format!("bank-{}", code.to_ascii_lowercase());
            let asker = Asker { actor: "huoshui", key: &id };
            join(&workspace, asker, &id, Kind::Bank, code);
            let scopes = ["exchange:pull", "exchange:read", "exchange:request"];
            let scopes: BTreeSet<String> = scopes.map(str::to_owned).into();
            let wanted =
                keys::Wanted { organisation: id.clone(), name: "core".into(), scopes: scopes.clone(), days: 30 };
            keys::issue(&workspace, asker, &wanted, &scopes, &seed, SystemClock.now_micros()).unwrap().1
        });
        let asker = Asker { actor: "huoshui", key: "owner-zero" };
        join(&workspace, asker, "firm-zero", Kind::Enterprise, firm(0).as_str());
        let operator = Organisation {
            id: "operator".into(),
            kind: Kind::Operator,
            subject: None,
            name_zh: "运营".into(),
            name_en: "Operator".into(),
            demo: false,
        };
        organisations::join(&workspace, Asker { actor: "huoshui", key: "operator" }, &operator).unwrap();
        for (login, organisation, admin) in
            [("owner-zero", "firm-zero", true), ("clerk", "firm-zero", false), ("counter", "operator", true)]
        {
            let (login, organisation) = (login.to_owned(), organisation.to_owned());
            let asker = Asker { actor: "huoshui", key: &login.clone() };
            let account = Account { login, organisation, admin, demo: false, closed: false };
            accounts::open(&workspace, asker, &account, PASSWORD, (&Hasher::new(1, 0), &seed)).unwrap();
        }
        demo::stand_as(&workspace, "owner-zero", "firm-zero", firm(0), &digest(0)).unwrap();
        let exchange = Exchange::open(workspace.clone(), Arc::new(SystemClock)).unwrap();
        Self { folder, workspace, exchange, banks }
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    pub fn wanted(&self, n: u32, today: Date) -> Wanted {
        Wanted {
            subject: firm(n),
            person: None,
            also: Vec::new(),
            purpose: "credit_review".into(),
            asks: vec![Ask { resource: "tax_grade".into(), fields: vec!["grade".into()] }],
            data_from: date::add_months(today, -24).unwrap(),
            data_to: today,
            days: 30,
            frequency: Frequency { count: 3, days: 30 },
            retention_days: 30,
        }
    }

    /// A consent of a firm, taken through these steps.
    pub fn consent(&self, n: u32, steps: &[Step]) -> String {
        self.consent_by(&self.exchange, n, &self.wanted(n, today()), steps)
    }

    pub fn consent_by(&self, exchange: &Exchange, n: u32, wanted: &Wanted, steps: &[Step]) -> String {
        let bank = Actor::new("bank-b1".into(), Party::Institution("B1".into(), RecipientKind::Bank));
        let id = exchange.request(&bank, &super::common::fresh_key(), wanted).unwrap().id;
        let owner = Actor::new(format!("owner-{n}"), Party::Enterprise(firm(n)));
        demo::stand_as(&self.workspace, &owner.account, "firms", firm(n), &digest(n)).unwrap();
        let signing = Signing { authority: Authority::LegalRepresentative, authorisation: None };
        for step in steps {
            exchange.step(&owner, &super::common::fresh_key(), &id, *step, &signing, None).unwrap();
        }
        id
    }

    /// A consent granted forty days ago for thirty days.
    pub fn expired(&self, n: u32) -> String {
        let then = SystemClock.now_micros() - 40 * DAY;
        let past = Exchange::open(self.workspace.clone(), Arc::new(StepClock::new(then, 1))).unwrap();
        self.consent_by(&past, n, &self.wanted(n, clock::day(then)), &[Step::Grant])
    }
}

pub fn join(workspace: &Workspace, asker: Asker<'_>, id: &str, kind: Kind, subject: &str) {
    let organisation = Organisation {
        id: id.into(),
        kind,
        subject: Some(subject.into()),
        name_zh: id.into(),
        name_en: id.into(),
        demo: false,
    };
    organisations::join(workspace, asker, &organisation).unwrap();
}

/// A server that is a process of its own: this test's program, started again as `child`.
pub struct Process {
    pub address: SocketAddr,
    child: Child,
}

impl Process {
    pub fn start(data: &std::path::Path, database: Option<&str>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child", "--ignored", "--nocapture"]).env("EXCHANGE_DATA", data);
        if let Some(url) = database {
            command.env("EXCHANGE_DATABASE", url);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut found = lines.map_while(Result::ok).filter_map(|l| l.split_once("listens ")?.1.trim().parse().ok());
        let address = found.next().expect("the child says where it listens");
        // Read on: a child that cannot write, as the test program does after a minute, would end.
        std::thread::spawn(move || found.for_each(drop));
        Self { address, child }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends one request over a connection of its own; none when the server is gone.
pub fn post(to: SocketAddr, path: &str, token: &str, key: &str, body: &Value) -> Option<(u16, Value)> {
    let mut socket = TcpStream::connect(to).ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(120))).ok()?;
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: t\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\nidempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(head.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let answer = serde_json::from_str(body).ok()?;
    let media = head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-type: ").map(str::to_owned));
    super::common::held::hold("POST", path, status, &media.unwrap_or_default(), body.as_bytes());
    Some((status, answer))
}
