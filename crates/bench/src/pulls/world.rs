//! A server over a store with many firms and consents, and the key of a bank's machine.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use huoshui_app::access::events::Organisation;
use huoshui_app::access::{Asker, Kind, Seed, keys, organisations};
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
use huoshui_journal::{Clock as _, SystemClock};
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Date, Uscc, date};
use huoshui_server::config::Config;

use super::failed;

/// A purpose that lets a consent be pulled often enough for a benchmark.
const PURPOSE: &str = r#"
[[purpose]]
code = "bench"
version = 1
effective_from = "2023-01-01"
zh = "基准测试"
en = "Benchmark"
text_zh = "基准测试。"
text_en = "A benchmark."
recipients = ["bank"]
mode = "values"
max_days = 30
max_lookback_months = 38
max_retention_days = 31
max_frequency = { count = 100, days = 1 }
stale_days = 0
allowed = [
  { resource = "tax_grade", fields = ["period", "grade"] },
  { resource = "social_security", fields = ["period", "headcount", "payable", "paid"] },
  { resource = "electricity_use", fields = ["period", "kwh", "charge", "overdue"] },
  { resource = "high_tech", fields = ["certificate_no", "valid_from", "valid_to"] },
]
"#;

/// What a consent of the benchmark covers, as a bank's review would: four resources, 28 rows a firm.
const RESOURCES: [&str; 4] = ["tax_grade", "social_security", "electricity_use", "high_tech"];

/// Pulls that each consent lets through.
pub const EACH: u64 = 100;

/// What the load needs.
pub struct World {
    /// Where the server listens.
    pub address: SocketAddr,
    /// The machine's key.
    pub token: String,
    /// Ids of consents.
    pub consents: Vec<String>,
    /// The server.
    pub running: huoshui_server::Running,
}

fn firm(n: usize) -> Result<Uscc> {
    Uscc::compose("91", "110108", &format!("MA{n:06}"))
}

fn files(folder: &Path, firms: usize, today: Date) -> Result<()> {
    let (as_of, yesterday) = (date::prior_year_end(today), today.yesterday().map_err(failed)?);
    std::fs::create_dir_all(folder).map_err(failed)?;
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).map_err(failed);
    write(
        "institutions.csv",
        "code,name_zh,name_en,kind,funding,files_loans\nB1,甲银行,Bank One,city_bank,chinese,Y\n".into(),
    )?;
    let departments = "swj,税务局,Tax\nrsj,人社局,Social Security\nfgw,发改委,Reform\nkw,科委,Science\n";
    write("departments.csv", format!("code,name_zh,name_en\n{departments}"))?;
    let mut enterprises =
        "uscc,name,former_name,district,industry,employees,revenue,assets,founded_on,capital\n".to_owned();
    let mut grades = "uscc,period,grade\n".to_owned();
    let mut insured = "uscc,period,headcount,payable,paid,new_insured\n".to_owned();
    let mut electricity = "uscc,period,kwh,charge,overdue\n".to_owned();
    let mut high_tech = "uscc,certificate_no,valid_from,valid_to\n".to_owned();
    let months: Vec<Date> = (1..=12).filter_map(|m| Some(date::add_months(today, -m)?.last_of_month())).collect();
    for n in 0..firms {
        let uscc = firm(n)?;
        enterprises.push_str(&format!("{uscc},企业{n}有限公司,,110108,C3562,50,1000.00,2000.00,2015-01-01,500.00\n"));
        for year in [2023, 2024, 2025] {
            grades.push_str(&format!("{uscc},{year}-12-31,A\n"));
        }
        for month in &months {
            insured.push_str(&format!("{uscc},{month},50,61000.00,61000.00,1\n"));
            electricity.push_str(&format!("{uscc},{month},12000,9600.00,N\n"));
        }
        high_tech.push_str(&format!("{uscc},GR{n:010},2024-11-01,2027-10-31\n"));
    }
    write(&format!("enterprises.{as_of}.csv"), enterprises)?;
    for (resource, text) in RESOURCES.into_iter().zip([grades, insured, electricity, high_tech]) {
        write(&format!("{resource}.{yesterday}.whole.csv"), text)?;
    }
    Ok(())
}

/// Makes the store and starts the server on it.
pub async fn start(folder: &Path, firms: usize) -> Result<World> {
    let (data, source) = (folder.join("data"), folder.join("files"));
    let made = tokio::task::spawn_blocking(move || make(&data, &source, firms)).await;
    let (workspace, token, consents) = made.map_err(failed)??;
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
    let running = huoshui_server::start(workspace, Arc::new(SystemClock), config).await?;
    Ok(World { address: running.address, token, consents, running })
}

fn make(data: &Path, source: &Path, firms: usize) -> Result<(Workspace, String, Vec<String>)> {
    let today = clock::day(SystemClock.now_micros());
    let workspace = Workspace::open(data, Mode::Create, Arc::new(SystemClock))?;
    files(source, firms, today)?;
    policies::seed(&workspace)?;
    policies::publish(&workspace, "bench", Policy::Purposes, "bench.toml", PURPOSE)?;
    let report = import::run(&workspace, &[source.to_path_buf()], Choice::default(), today, &Silent)?;
    if report.any_refused() {
        return Err(failed("the files of the benchmark were refused"));
    }
    let asker = Asker { actor: "huoshui", key: "bench-0001" };
    let organisation = Organisation {
        id: "bench-bank".into(),
        kind: Kind::Bank,
        subject: Some("B1".into()),
        name_zh: "甲银行".into(),
        name_en: "Bank One".into(),
        demo: false,
    };
    organisations::join(&workspace, asker, &organisation)?;
    let scopes = BTreeSet::from(["exchange:pull".to_owned()]);
    let wanted =
        keys::Wanted { organisation: "bench-bank".into(), name: "bench".into(), scopes: scopes.clone(), days: 1 };
    let seed = Seed::open(&workspace)?;
    let (_, token) = keys::issue(&workspace, asker, &wanted, &scopes, &seed, SystemClock.now_micros())?;
    let consents = consents(&workspace, firms, today)?;
    Ok((workspace, token, consents))
}

/// One consent a firm, by several threads: each waits for the disk.
fn consents(workspace: &Workspace, firms: usize, today: Date) -> Result<Vec<String>> {
    let exchange = Exchange::open(workspace.clone(), Arc::new(SystemClock))?;
    let one = |n: usize| {
        let bank = Actor { account: "bench-bank".into(), party: Party::Institution("B1".into(), RecipientKind::Bank) };
        let wanted = Wanted {
            subject: firm(n)?,
            person: None,
            also: Vec::new(),
            purpose: "bench".into(),
            asks: RESOURCES.iter().map(|r| Ask { resource: (*r).into(), fields: Vec::new() }).collect(),
            data_from: date::add_months(today, -36).unwrap_or(today),
            data_to: today,
            days: 30,
            frequency: Frequency { count: 100, days: 1 },
            retention_days: 30,
        };
        let id = exchange.request(&bank, &format!("ask-{n:08}"), &wanted)?.id;
        let owner = Actor { account: format!("owner-{n}"), party: Party::Enterprise(wanted.subject) };
        let signing = Signing { authority: Authority::LegalRepresentative, authorisation: None };
        exchange.step(&owner, &format!("grant-{n:06}"), &id, Step::Grant, &signing, None)?;
        Ok(id)
    };
    let threads = 32;
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|t| scope.spawn(move || (t..firms).step_by(threads).map(one).collect::<Result<Vec<String>>>()))
            .collect();
        let mut all = Vec::with_capacity(firms);
        for thread in running {
            all.extend(thread.join().map_err(|_| failed("a thread ended"))??);
        }
        Ok(all)
    })
}
