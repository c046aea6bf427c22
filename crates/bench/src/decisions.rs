//! Instant decisions over HTTP against the endpoint of the same server that only signs in, authorizes and commits one event.
//! The firms are a generated city's, with the files of every department.
//!
//! `decisions_instant_…`: on profiles that the bank refreshed before. Every request is an application of its own: consent
//! looked at anew, the bank's own inputs read, rules evaluated, reasons and what would change the outcome tried, one durable
//! commit of the record and of all that it rests on.
//!
//! `decisions_pulled_…`: the same without a profile. Every request pulls each resource of a credit review under the consent,
//! which is counted and logged in a durable commit of its own, and computes the profile before it decides. Without an aim:
//! it does more than what the aim is for, and is here so that the cost of refreshing is seen.

use std::path::Path;
use std::sync::Arc;

use huoshui_app::library::Library;
use huoshui_city::{Formats, Options, Targets, generate};
use huoshui_exchange::catalogue::Catalogue;
use huoshui_exchange::clock;
use huoshui_exchange::purpose::{Frequency, Purpose, PurposeFile, Purposes};
use huoshui_journal::{Clock as _, ShiftedClock, SystemClock};
use huoshui_kernel::date::{self, Date};
use huoshui_kernel::fault::Result;

use crate::faults::failed;
use crate::service::client::Client;
use crate::service::world::{self, Folder, World};
use crate::service::{Endpoint, Measure};
use crate::{Bench, Row};

/// The group `decisions`.
pub const BENCH: Bench = Bench {
    name: "decisions",
    what: (
        "每秒即时授信决定次数（HTTP）：先在当日画像上（授权核对、规则、理由、一次持久提交），再连同调取和画像（两次持久提交）；与同一服务器的空持久端点相比；半负荷下的延迟",
        "Instant decisions a second over HTTP, on profiles of the day (consent check, rules, reasons, one durable commit) and with pull and profile (two commits), against the empty durable endpoint of the same server; times at half load",
    ),
    run,
};

/// Days after the data's date on which the decisions are made: the departments' last batches are a day old.
const AFTER: i32 = 10;

/// The purpose of a credit review, which the product's features need, made to be used as often as a benchmark does.
fn purpose(catalogue: &Catalogue, today: Date) -> Result<Purpose> {
    let purposes = Purposes::embedded(catalogue)?;
    let review = purposes.get("credit_review", today).ok_or_else(|| failed("no purpose credit_review"))?;
    let max_frequency = Frequency { count: world::EACH, days: 1 };
    Ok(Purpose { code: world::PURPOSE.to_owned(), max_frequency, effective_to: None, ..review.clone() })
}

/// Writes a city's registry and departments' files, without filings; the date that they are of.
pub fn city(folder: &Path, scale: f64) -> Result<Date> {
    let targets = Targets::default_beijing()?;
    let as_of = date::parse(&targets.as_of())?;
    let out = folder.to_path_buf();
    let (seed, faults, formats, departments) = (1, false, Formats::Mixed, true);
    generate(&Options { out, seed, scale, targets, faults, formats, departments }, &|_, _, _| ())?;
    std::fs::remove_dir_all(folder.join("filings")).map_err(failed)?;
    Ok(as_of)
}

/// The machine's clock moved to the tenth day after a date.
pub fn clock_after(as_of: Date) -> Result<(Arc<ShiftedClock>, Date)> {
    let today = date::from_days(date::days(as_of) + AFTER).ok_or_else(|| failed("no such day"))?;
    let days = date::days(today) - date::days(clock::day(SystemClock.now_micros()));
    let moved = Arc::new(ShiftedClock::default());
    moved.shift(i64::from(days) * clock::DAY);
    Ok((moved, today))
}

/// A profile of each consent's firm, refreshed over HTTP as a bank does before it decides: their ids.
fn profiles(world: &World, key: &str, consents: &[String]) -> Result<Vec<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let mut client = Client::connect(world.address()).await.map_err(failed)?;
        let (mut into, mut all) = (Vec::new(), Vec::with_capacity(consents.len()));
        for (n, consent) in consents.iter().enumerate() {
            let body = format!(r#"{{"consent":"{consent}","purpose":"{}"}}"#, world::PURPOSE);
            let headers = [format!("authorization: Bearer {key}"), format!("idempotency-key: refresh-{n:08}")];
            let [token, once] = &headers;
            let sent = client.send("POST", "/v1/credit/profiles", &[token, once], body.as_bytes(), &mut into).await;
            let status = sent.map_err(failed)?.status;
            let profile: serde_json::Value = serde_json::from_slice(&into).map_err(failed)?;
            let id = profile.get("id").and_then(serde_json::Value::as_str).filter(|_| status == 200);
            all.push(id.ok_or_else(|| failed(format_args!("a profile was not refreshed: {status}")))?.to_owned());
        }
        Ok(all)
    })
}

/// An application for an instant loan, with a bank's own inputs of an ordinary case; on a profile, if one is named.
fn application(consent: &str, profile: Option<&str>, today: Date, turn: u64) -> String {
    // Amounts differ, as those of applicants do: 500,000 to 2,500,000 yuan.
    let amount = 50_000_000 + (turn % 201) * 1_000_000;
    let profile = profile.map_or_else(String::new, |id| format!(r#","profile":"{id}""#));
    format!(
        r#"{{"consent":"{consent}","purpose":"{}"{profile},"request":{{"product":"instant_loan","amount_fen":{amount},"months":12,"purpose":"working_capital","lpr_ppm":30000}},"bank_inputs":{{"bank_credit_report":[{{"queried_on":"{today}","overdue_accounts":0,"overdue_balance":0,"overdue_months_24m":0,"worst_class":"pass","inquiries_6m":1,"other_balance":"300万元","guarantees":0}}],"bank_group":[{{"group_limit":"5000万元","group_exposure":"500万元"}}],"bank_need":[{{"working_capital_need":"800万元","own_loans":0}}]}}}}"#,
        world::PURPOSE
    )
}

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let folder = tempfile::tempdir().map_err(failed)?;
    say("decisions: city, consents, server");
    let source = folder.path().join("city");
    let as_of = city(&source, if small { 0.01 } else { 0.05 })?;
    let (moved, today) = clock_after(as_of)?;
    let purpose = purpose(&Catalogue::embedded()?, today)?;
    let lookback = i32::from(purpose.max_lookback_months);
    let resources: Vec<String> = purpose.allowed.iter().map(|a| a.resource.clone()).collect();
    let text = toml::to_string(&PurposeFile { purpose: vec![purpose] }).map_err(failed)?;
    let made = Folder::make(&folder.path().join("data"), moved, &text, &[source])?;
    let library = Library::load(&made.workspace, None)?;
    let bank = library.institutions.lenders().next().ok_or_else(|| failed("no bank"))?.code.as_str().to_owned();
    let firms: Vec<_> = library.roster.as_of(as_of).map(|r| r.uscc).take(if small { 20 } else { 2_000 }).collect();
    let (key, _) = made.bank(&bank, &["exchange:pull", "credit:profile", "credit:decide"])?;
    let names: Vec<&str> = resources.iter().map(String::as_str).collect();
    let consents = made.consents(&bank, &firms, &names, lookback)?;
    let world = World::start(made)?;
    let measure = Measure::of(&world, small, say)?;
    say("decisions: profiles");
    let profiles = profiles(&world, &key, &consents)?;
    let firms = Arc::new((consents, profiles));
    let decide = |on_profiles: bool| {
        let firms = Arc::clone(&firms);
        let body = move |turn: u64, into: &mut Vec<u8>| {
            let place = usize::try_from(turn).unwrap_or(0) % firms.0.len().max(1);
            let consent = firms.0.get(place).map_or("", String::as_str);
            let profile = firms.1.get(place).filter(|_| on_profiles).map(String::as_str);
            into.extend_from_slice(application(consent, profile, today, turn).as_bytes());
        };
        let (method, path) = ("POST", "/v1/credit/decisions");
        Endpoint { method, path, token: Some(key.clone()), body: Some(Arc::new(body)) }
    };
    let probe = Endpoint::probe(&key);
    let mut rows = measure.against_probe("decisions_instant", "decisions/s", &decide(true), &probe)?;
    let pulled = measure.against_probe("decisions_pulled", "decisions/s", &decide(false), &probe)?;
    rows.extend(pulled.into_iter().map(|row| Row { aim: None, ..row }));
    drop(measure);
    world.stop(say);
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_decides_every_application() {
        // A request that is refused would be an error.
        let rows = run(true, &|_| ()).unwrap();
        assert_eq!(rows.len(), 24, "{rows:?}");
        assert!(rows.iter().all(|r| r.figure >= 0.0), "{rows:?}");
    }
}
