//! A data folder with a bank and consents of many firms, and a server on it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use huoshui_app::access::events::{Account, Organisation};
use huoshui_app::access::{Asker, Hasher, Kind, Seed, accounts, demo, keys, organisations, sessions};
use huoshui_app::exchange::Exchange;
use huoshui_app::exchange::actor::{Actor, Party};
use huoshui_app::exchange::consents::{Signing, Wanted};
use huoshui_app::import::{self, registry::Choice};
use huoshui_app::policies::{self, Kind as Policy};
use huoshui_app::progress::Silent;
use huoshui_app::{Mode, Workspace};
use huoshui_exchange::clock;
use huoshui_exchange::consent::{Ask, Authority, Step};
use huoshui_exchange::purpose::{Frequency, RecipientKind};
use huoshui_journal::Clock;
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Uscc, date};
use huoshui_server::config::Config;

use crate::faults::failed;

/// Code of the purpose of benchmarks, which lets a consent be pulled often enough.
pub const PURPOSE: &str = "bench";
/// Pulls that each consent lets through.
pub const EACH: u32 = 100;
const ORGANISATION: &str = "bench-bank";
/// Threads that make consents: each waits for the disk.
const THREADS: usize = 32;

/// A data folder before a server is started on it.
pub struct Folder {
    /// The folder.
    pub workspace: Workspace,
    /// Its time.
    pub clock: Arc<dyn Clock>,
    /// Its day.
    pub today: Date,
}

impl Folder {
    /// Makes the folder, publishes the purpose, imports the files (the bank is among them).
    pub fn make(data: &Path, clock: Arc<dyn Clock>, purpose: &str, files: &[std::path::PathBuf]) -> Result<Self> {
        let today = clock::day(clock.now_micros());
        let workspace = Workspace::open(data, Mode::Create, Arc::clone(&clock))?;
        policies::seed(&workspace)?;
        policies::publish(&workspace, "bench", Policy::Purposes, "bench.toml", purpose)?;
        let report = import::run(&workspace, files, Choice::default(), today, &Silent)?;
        match report.items.iter().find(|item| item.outcome.is_refused()) {
            Some(item) => Err(failed(format_args!("{} was refused", item.path.display()))),
            None => Ok(Self { workspace, clock, today }),
        }
    }

    /// Opens the organisation of the bank of this code, with a machine's key for these scopes and a person's session: the
    /// tokens of both.
    pub fn bank(&self, code: &str, scopes: &[&str]) -> Result<(String, String)> {
        let (workspace, now) = (&self.workspace, self.clock.now_micros());
        let asker = Asker { actor: "huoshui", key: "bench-0001" };
        let organisation = Organisation {
            id: ORGANISATION.into(),
            kind: Kind::Bank,
            subject: Some(code.to_owned()),
            name_zh: "甲银行".into(),
            name_en: "Bank One".into(),
            demo: false,
        };
        organisations::join(workspace, asker, &organisation)?;
        let scopes: BTreeSet<String> = scopes.iter().map(|s| (*s).to_owned()).collect();
        let wanted =
            keys::Wanted { organisation: ORGANISATION.into(), name: "bench".into(), scopes: scopes.clone(), days: 1 };
        let seed = Seed::open(workspace)?;
        let (_, key) = keys::issue(workspace, asker, &wanted, &scopes, &seed, now)?;
        let (login, password) = ("bench-officer", "correct horse battery staple");
        let account = Account {
            login: login.to_owned(),
            organisation: ORGANISATION.to_owned(),
            admin: false,
            demo: false,
            closed: false,
        };
        let hasher = Hasher::new(1, 0);
        accounts::open(workspace, asker, &account, password, (&hasher, &seed))?;
        let session = sessions::sign_in(workspace, &hasher, login, password, now)?;
        Ok((key, session.token))
    }

    /// One consent a firm for this bank, granted: their ids.
    pub fn consents(&self, code: &str, firms: &[Uscc], resources: &[&str], months: i32) -> Result<Vec<String>> {
        let exchange = Exchange::open(self.workspace.clone(), Arc::clone(&self.clock))?;
        let today = self.today;
        let one = |n: usize, subject: Uscc| {
            let party = Party::Institution(code.into(), RecipientKind::Bank);
            let bank = Actor::new(ORGANISATION.into(), party);
            let wanted = Wanted {
                subject,
                person: None,
                also: Vec::new(),
                purpose: PURPOSE.into(),
                asks: resources.iter().map(|r| Ask { resource: (*r).into(), fields: Vec::new() }).collect(),
                data_from: date::add_months(today, -months).unwrap_or(today),
                data_to: today,
                days: 30,
                frequency: Frequency { count: EACH, days: 1 },
                retention_days: 30,
            };
            let id = exchange.request(&bank, &format!("ask-{n:08}"), &wanted)?.id;
            let owner = Actor::new(format!("owner-{n}"), Party::Enterprise(wanted.subject));
            let digest = exchange.representatives(&subject)?.pop().unwrap_or_default();
            demo::stand_as(&self.workspace, &owner.account, "firms", subject, &digest)?;
            let signing = Signing { authority: Authority::LegalRepresentative, authorisation: None };
            exchange.step(&owner, &format!("grant-{n:06}"), &id, Step::Grant, &signing, None)?;
            Ok(id)
        };
        let part = |t: usize| {
            let mine = firms.iter().enumerate().skip(t).step_by(THREADS);
            mine.map(|(n, firm)| one(n, *firm)).collect::<Result<Vec<String>>>()
        };
        let part = &part;
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..THREADS).map(|t| scope.spawn(move || part(t))).collect();
            let mut all = Vec::with_capacity(firms.len());
            for thread in running {
                all.extend(thread.join().map_err(|_| failed("a thread ended"))??);
            }
            Ok(all)
        })
    }
}

/// A server and the runtime that it runs on.
pub struct World {
    runtime: tokio::runtime::Runtime,
    running: Option<huoshui_server::Running>,
    address: SocketAddr,
}

impl World {
    /// Starts a server on the folder, without limits on how often one caller may ask.
    pub fn start(folder: Folder) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
        let mut config = Config { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Config::default() };
        let limits = &mut config.limits;
        for limit in [
            &mut limits.address_per_second,
            &mut limits.address_burst,
            &mut limits.actor_per_second,
            &mut limits.actor_burst,
        ] {
            *limit = 10_000_000;
        }
        let running = runtime.block_on(huoshui_server::start(folder.workspace, folder.clock, config))?;
        Ok(Self { address: running.address, runtime, running: Some(running) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops the server.
    pub fn stop(mut self, say: &dyn Fn(&str)) {
        if let Some(running) = self.running.take() {
            let stopped = self.runtime.block_on(running.stop());
            say(if stopped { "stopped" } else { "did not stop in time" });
        }
    }
}
