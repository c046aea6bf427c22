//! The same look-up as an officer's program asks for it: over HTTP, signed in and authorized, with the day's quota counted in a
//! durable commit, one after another; beside the empty endpoint of the same server, which does all of that and finds nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use huoshui_exchange::clock;
use huoshui_journal::{Clock as _, SystemClock};
use huoshui_kernel::date;
use huoshui_kernel::fault::Result;

use super::{Dice, KINDS, firm, percentile, query};
use crate::Row;
use crate::faults::failed;
use crate::pulls::files::PURPOSE;
use crate::service::client::Client;
use crate::service::world::{Folder, World};

/// Look-ups that are measured: fewer than an account may make a day.
const QUERIES: usize = 1_500;
/// How long the first look-up may take, which makes the index.
const FIRST: Duration = Duration::from_secs(120);
/// Milliseconds under which 99 of 100 should be answered.
const AIM: f64 = 10.0;

/// Rows of the look-up among these names, over HTTP.
pub(super) fn run(names: &[String], small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    say("lookup: importing the firms, starting a server");
    let folder = tempfile::tempdir().map_err(failed)?;
    let source = folder.path().join("files");
    files(&source, names)?;
    let made = Folder::make(&folder.path().join("data"), Arc::new(SystemClock), PURPOSE, &[source])?;
    let (key, _) = made.bank("B1", &["exchange:lookup", "exchange:pull"])?;
    let world = World::start(made)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let (mut ours, mut limit) = runtime.block_on(measure(&world, &key, names, small, say))?;
    world.stop(say);
    let mut rows = Vec::new();
    for p in [50, 99] {
        let (figure, probe) = (percentile(&mut ours, p), percentile(&mut limit, p));
        let name = format!("lookup_http_p{p}");
        // The aim is a time: it takes the place of the peer, which stands beside it.
        let against = if p == 99 { AIM } else { probe };
        let aim = (p == 99).then_some(1.0);
        rows.push(Row { name, figure, unit: "ms", limit: Some(against), ratio: Some(against / figure.max(1e-9)), aim });
    }
    rows.push(super::row("lookup_http_probe_p99", percentile(&mut limit, 99), "ms", None, None));
    Ok(rows)
}

async fn measure(
    world: &World,
    key: &str,
    names: &[String],
    small: bool,
    say: &dyn Fn(&str),
) -> Result<(Vec<f64>, Vec<f64>)> {
    let mut client = Client::connect(world.address()).await.map_err(failed)?;
    let (authorized, mut into) = (format!("authorization: Bearer {key}"), Vec::new());
    say("lookup: the first look-up, which makes the index");
    let begun = Instant::now();
    while client.send("GET", "/v1/exchange/lookup?q=a", &[&authorized], &[], &mut into).await.map_err(failed)?.status
        != 200
    {
        if begun.elapsed() > FIRST {
            return Err(failed("the first look-up was not answered"));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    say("lookup: over HTTP");
    let (mut dice, mut ours, mut probes) = (Dice(11), Vec::new(), Vec::new());
    for n in 0..if small { 30 } else { QUERIES } {
        let at = dice.below(names.len());
        let kind = KINDS.get(n % KINDS.len()).map_or(super::Kind::Part, |(_, kind)| *kind);
        let text = names.get(at).map_or_else(String::new, |name| query(kind, name, &mut dice));
        let encoded: String = text.bytes().map(|b| format!("%{b:02X}")).collect();
        let path = format!("/v1/exchange/lookup?q={encoded}");
        let sent = Instant::now();
        let answer = client.send("GET", &path, &[&authorized], &[], &mut into).await.map_err(failed)?;
        ours.push(sent.elapsed().as_secs_f64() * 1e3);
        if answer.status != 200 || !into.windows(8).any(|w| w == b"\"uscc\":\"") {
            return Err(failed(format_args!("a look-up was answered {} and nothing found", answer.status)));
        }
        let idempotency = format!("idempotency-key: lookup-{n:08}");
        let headers = [authorized.as_str(), idempotency.as_str()];
        let sent = Instant::now();
        let answer = client.send("POST", "/v1/exchange/probe", &headers, &[], &mut into).await.map_err(failed)?;
        probes.push(sent.elapsed().as_secs_f64() * 1e3);
        if answer.status != 200 {
            return Err(failed(format_args!("the empty endpoint answered {}", answer.status)));
        }
    }
    Ok((ours, probes))
}

/// The registry of these firms.
fn files(folder: &std::path::Path, names: &[String]) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(failed)?;
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).map_err(failed);
    let bank = "code,name_zh,name_en,kind,funding,files_loans\nB1,甲银行,Bank One,city_bank,chinese,Y\n";
    write("institutions.csv", bank)?;
    let as_of = date::prior_year_end(clock::day(SystemClock.now_micros()));
    let mut text = String::with_capacity(names.len() * 120);
    text.push_str("uscc,name,former_name,district,industry,employees,revenue,assets,founded_on,capital\n");
    for (n, name) in (0_u32..).zip(names) {
        let uscc = firm(n)?;
        text.push_str(&format!("{uscc},{name},,110108,C3562,50,1000.00,2000.00,2015-01-01,500.00\n"));
    }
    write(&format!("enterprises.{as_of}.csv"), &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_finds_every_firm_over_http() {
        let brand: Vec<char> = "活水华创智信恒达".chars().collect();
        let mut dice = Dice(3);
        let names: Vec<String> = (0..200).map(|_| super::super::name(&mut dice, &brand)).collect();
        let rows = run(&names, true, &|_| {}).unwrap();
        let all: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(all, ["lookup_http_p50", "lookup_http_p99", "lookup_http_probe_p99"]);
        assert!(rows.iter().all(|row| row.figure > 0.0), "{rows:?}");
    }
}
