//! A data folder with two banks, an insurer and a few firms, and an exchange over a shelf in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use huoshui_app::access::demo;
use huoshui_app::exchange::Exchange;
use huoshui_app::exchange::actor::{Actor, Party};
use huoshui_app::exchange::consents::{Signing, View, Wanted};
use huoshui_app::exchange::fetch::{Remotes, Shelf};
use huoshui_app::exchange::pull::{Order, Outcome, Pulled, Refusal};
use huoshui_app::import::{self, registry::Choice};
use huoshui_app::{Mode, Workspace};
use huoshui_exchange::answer::{Fetched, Provenance, Rows};
use huoshui_exchange::catalogue::{Catalogue, PERSON, Resource};
use huoshui_exchange::consent::{Ask, Authority, Step};
use huoshui_exchange::purpose::{Frequency, Purposes, RecipientKind};
use huoshui_journal::Clock;
use huoshui_kernel::{Date, Uscc};

/// A clock that the test moves.
pub struct Hand(pub AtomicI64);

impl Clock for Hand {
    fn now_micros(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Noon of 2026-06-30 in Beijing: `date -u -d 2026-06-30T04:00:00 +%s`.
pub const NOON: i64 = 1_782_792_000_000_000;
pub const DAY: i64 = 86_400_000_000;

/// Answers every resource with one row; counts how often.
#[derive(Default)]
pub struct OneRow {
    pub reads: AtomicUsize,
    pub empty: Mutex<HashSet<String>>,
    /// The digest of the legal representative, where it is not the field's name.
    pub person: Mutex<Option<String>>,
}

impl Shelf for OneRow {
    fn firm(&self, resource: &Resource, uscc: Uscc, _: Date, to: Date, today: Date) -> Fetched {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.empty.lock().unwrap().contains(&resource.code) {
            return Fetched::Missing;
        }
        let cell = |field: &huoshui_exchange::catalogue::Field| {
            use huoshui_exchange::catalogue::FieldKind as K;
            match field.kind {
                K::Text if field.name == PERSON => self.person().into(),
                K::Text => field.name.as_str().into(),
                K::Int | K::Money | K::Rate => 7.into(),
                K::Date => "2026-03-31".into(),
                K::Flag => true.into(),
                K::Uscc => uscc.as_str().into(),
                K::Code => field.codes[0].code.as_str().into(),
            }
        };
        let rows = Rows {
            columns: resource.columns().map(str::to_owned).collect(),
            rows: vec![resource.fields.iter().map(cell).collect()],
        };
        let provenance = Provenance {
            department: resource.department.clone(),
            schema: resource.schema,
            as_of: today.min(to),
            covers_from: Date::new(2020, 1, 1).unwrap(),
            fetched_at: NOON,
            stale: false,
        };
        Fetched::Found(rows, provenance)
    }
}

impl OneRow {
    pub fn person(&self) -> String {
        self.person.lock().unwrap().clone().unwrap_or_else(|| PERSON.to_owned())
    }
}

pub struct World {
    pub folder: Arc<tempfile::TempDir>,
    pub clock: Arc<Hand>,
    pub exchange: Arc<Exchange>,
    pub shelf: Arc<OneRow>,
}

pub fn firm(n: u32) -> Uscc {
    Uscc::compose("91", "110108", &format!("MA{n:06}")).unwrap()
}

pub fn bank(code: &str) -> Actor {
    Actor::new(format!("{code}-officer"), Party::Institution(code.into(), RecipientKind::Bank))
}

pub fn owner(n: u32) -> Actor {
    Actor::new(format!("owner-{n}"), Party::Enterprise(firm(n)))
}

fn files(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let institutions = "code,name_zh,name_en,kind,funding,files_loans\n\
        B1,甲银行,Bank One,city_bank,chinese,Y\nB2,乙银行,Bank Two,large_bank,chinese,Y\nI1,丙保险,Insurer,property_insurer,chinese,N\n";
    std::fs::write(folder.join("institutions.csv"), institutions).unwrap();
    let mut text = "uscc,name,former_name,district,industry,employees,revenue,assets,founded_on,capital\n".to_owned();
    for n in 0..40 {
        text += &format!("{},企业{n}有限公司,,110108,C3562,50,1000.00,2000.00,2015-01-01,500.00\n", firm(n));
    }
    std::fs::write(folder.join("enterprises.2026-03-31.csv"), text).unwrap();
}

impl World {
    pub fn new() -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let clock = Arc::new(Hand(AtomicI64::new(NOON)));
        let workspace = Workspace::open(&folder.path().join("data"), Mode::Create, clock.clone()).unwrap();
        files(&folder.path().join("files"));
        let today = Date::new(2026, 6, 30).unwrap();
        let paths = [folder.path().join("files")];
        let report = import::run(&workspace, &paths, Choice::default(), today, &huoshui_app::progress::Silent).unwrap();
        assert!(report.items.iter().all(|i| format!("{:?}", i.outcome).starts_with("Applied")), "{:?}", report.items);
        Self::over(folder, clock, workspace, Remotes::none())
    }

    fn over(folder: Arc<tempfile::TempDir>, clock: Arc<Hand>, workspace: Workspace, remotes: Remotes) -> Self {
        let catalogue = Arc::new(Catalogue::embedded().unwrap());
        let purposes = Arc::new(Purposes::embedded(&catalogue).unwrap());
        let shelf = Arc::new(OneRow::default());
        let exchange = Exchange::with(workspace, clock.clone(), remotes, (catalogue, purposes), shelf.clone()).unwrap();
        Self { folder, clock, exchange: Arc::new(exchange), shelf }
    }

    /// Another process on the same data, as far as what is remembered goes.
    pub fn sibling(&self) -> Self {
        self.sibling_asking(Remotes::none())
    }

    /// The same, and it asks remote departments.
    pub fn sibling_asking(&self, remotes: Remotes) -> Self {
        Self::over(self.folder.clone(), self.clock.clone(), self.exchange.workspace.clone(), remotes)
    }

    pub fn wanted(n: u32) -> Wanted {
        Wanted {
            subject: firm(n),
            person: None,
            also: Vec::new(),
            purpose: "credit_review".into(),
            asks: vec![Ask { resource: "tax_grade".into(), fields: vec!["grade".into()] }],
            data_from: Date::new(2025, 1, 1).unwrap(),
            data_to: Date::new(2026, 7, 31).unwrap(),
            days: 60,
            frequency: Frequency { count: 3, days: 30 },
            retention_days: 30,
        }
    }

    pub fn ask(&self, who: &Actor, wanted: &Wanted) -> View {
        let key = format!("ask-{}-{}", wanted.subject, self.clock.now_micros());
        self.exchange.request(who, &key, wanted).unwrap()
    }

    pub fn step(&self, n: u32, id: &str, step: Step) -> View {
        let (owner, digest) = (owner(n), self.shelf.person());
        demo::stand_as(&self.exchange.workspace, &owner.account, &format!("firm-{n}"), firm(n), &digest).unwrap();
        let signing = Signing { authority: Authority::LegalRepresentative, authorisation: None };
        let key = format!("step-{id}-{}", self.clock.now_micros());
        self.exchange.step(&owner, &key, id, step, &signing, None).unwrap()
    }

    pub fn granted(&self, n: u32) -> String {
        let id = self.ask(&bank("B1"), &Self::wanted(n)).id;
        self.step(n, &id, Step::Grant);
        id
    }

    pub async fn pull(&self, who: &Actor, key: &str, order: &Order) -> Pulled {
        self.exchange.pull(who, key, order).await.unwrap()
    }
}

pub fn order(consent: &str) -> Order {
    Order {
        consent: consent.into(),
        purpose: "credit_review".into(),
        wants: Vec::new(),
        data_from: None,
        data_to: None,
        personal: None,
    }
}

pub fn released(pulled: Pulled) -> (serde_json::Value, Outcome) {
    match pulled {
        Pulled::Answered(body, outcome) => (serde_json::from_slice(&body).unwrap(), outcome),
        Pulled::Refused(refusal) => panic!("{:?}", refusal.fault),
    }
}

pub fn refused(pulled: Pulled) -> Refusal {
    match pulled {
        Pulled::Refused(refusal) => refusal,
        Pulled::Answered(_, outcome) => panic!("answered: {outcome:?}"),
    }
}
