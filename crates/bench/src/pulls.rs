//! Pulls over HTTP: a hosted resource with consent check, frequency count and durable log entry, against an endpoint of the
//! same server that only signs in, authorizes and commits one event.

mod client;
mod load;
mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use huoshui_kernel::Fault;
use huoshui_kernel::fault::Result;

use crate::{Bench, Row};
use client::Client;
use load::{Found, Request};
use world::World;

/// Connections.
const CLIENTS: usize = 64;
/// The least part of the empty endpoint's rate that pulls should reach.
const AIM: f64 = 0.5;
/// Microseconds under which 99 of 100 pulls should be answered at half the greatest rate.
const P99_AIM: f64 = 10_000.0;

/// The group `pulls`.
pub const BENCH: Bench =
    Bench { name: "pulls", what: ("每秒调取次数（HTTP）", "pulls a second over HTTP"), run };

/// What one connection sends.
struct Caller {
    client: Client,
    consents: Arc<Vec<String>>,
    next: Arc<AtomicU64>,
    headers: [String; 2],
    pull: bool,
    body: Vec<u8>,
    into: Vec<u8>,
}

impl Request for Caller {
    async fn send(&mut self, _: u64) -> bool {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let [_, key] = &mut self.headers;
        *key = format!("idempotency-key: bench-{turn:012}");
        self.body.clear();
        let path = if self.pull {
            let place = usize::try_from(turn).unwrap_or(0) % self.consents.len().max(1);
            let consent = self.consents.get(place).map_or("", String::as_str);
            self.body.extend_from_slice(format!("{{\"consent\":\"{consent}\",\"purpose\":\"bench\"}}").as_bytes());
            "/v1/exchange/pulls"
        } else {
            "/v1/exchange/probe"
        };
        let [token, key] = &self.headers;
        let sent = self.client.send("POST", path, &[token, key], &self.body, &mut self.into).await;
        sent.is_ok_and(|answer| answer.status == 200)
    }
}

async fn callers(world: &World, next: &Arc<AtomicU64>, pull: bool) -> Result<Vec<Caller>> {
    let consents = Arc::new(world.consents.clone());
    let mut all = Vec::with_capacity(CLIENTS);
    for _ in 0..CLIENTS {
        all.push(Caller {
            client: Client::connect(world.address).await.map_err(failed)?,
            consents: Arc::clone(&consents),
            next: Arc::clone(next),
            headers: [format!("authorization: Bearer {}", world.token), String::new()],
            pull,
            body: Vec::new(),
            into: Vec::new(),
        });
    }
    Ok(all)
}

fn run(small: bool, say: &dyn Fn(&str)) -> Result<Vec<Row>> {
    let (firms, rounds, length) =
        if small { (20, 1, Duration::from_millis(200)) } else { (4_000, 3, Duration::from_secs(3)) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let folder = tempfile::tempdir().map_err(failed)?;
    runtime.block_on(async {
        say("firms, consents, server");
        let world = world::start(folder.path(), firms).await?;
        let room = world::EACH * world.consents.len() as u64;
        let (mut pulls, mut probes) = (Found::default(), Found::default());
        for round in 0..rounds {
            say(&format!("greatest rate {}/{rounds}", round + 1));
            probes.add(load::closed(callers(&world, &keys(round), false).await?, length).await);
            pulls.add(load::closed(callers(&world, &keys(round), true).await?, length).await);
        }
        say("half of the greatest rate");
        let rate = pulls.rate() / 2.0;
        let steady = load::steady(callers(&world, &keys(rounds), true).await?, rate, length).await;
        let steady_probes = load::steady(callers(&world, &keys(rounds + 1), false).await?, rate, length).await;
        if pulls.failed + probes.failed + steady.failed > 0 {
            say(&format!(
                "not answered 200: {} pulls, {} probes, {} at half rate (room for {room})",
                pulls.failed, probes.failed, steady.failed
            ));
        }
        let stopped = world.running.stop().await;
        say(if stopped { "stopped" } else { "did not stop in time" });
        Ok(rows(&pulls, &probes, &steady, &steady_probes))
    })
}

/// Keys that no round before used: each round begins at a number of its own.
fn keys(round: u64) -> Arc<AtomicU64> {
    Arc::new(AtomicU64::new((round + 1) * 10_000_000))
}

fn rows(pulls: &Found, probes: &Found, steady: &Found, steady_probes: &Found) -> Vec<Row> {
    let rate = Row {
        name: "pulls_hosted_64".into(),
        figure: pulls.rate(),
        unit: "pulls/s",
        limit: Some(probes.rate()),
        ratio: Some(pulls.rate() / probes.rate().max(1e-9)),
        aim: Some(AIM),
    };
    let time = |name: &str, figure: u64, limit: u64, aim: Option<f64>| {
        let of = |micros: u64| f64::from(u32::try_from(micros).unwrap_or(u32::MAX));
        let (figure, limit) = (of(figure), of(limit));
        let (limit, ratio) = match aim {
            // The aim is a time: it takes the place of the peer.
            Some(aim) => (Some(aim), Some(aim / figure.max(1.0))),
            None => (Some(limit), Some(limit / figure.max(1.0))),
        };
        Row { name: name.into(), figure, unit: "µs", limit, ratio, aim: aim.map(|_| 1.0) }
    };
    vec![
        rate,
        time("pulls_hosted_64_p50", pulls.at(500), probes.at(500), None),
        time("pulls_hosted_64_p99", pulls.at(990), probes.at(990), None),
        time("pulls_half_load_p50", steady.at(500), steady_probes.at(500), None),
        time("pulls_half_load_p99", steady.at(990), steady_probes.at(990), Some(P99_AIM)),
    ]
}

pub(crate) fn failed(cause: impl std::fmt::Display) -> Fault {
    Fault::new(&huoshui_journal::faults::STORAGE).with("detail", cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_answers_every_pull() {
        let said = std::sync::Mutex::new(Vec::new());
        let rows = run(true, &|line| said.lock().unwrap().push(line.to_owned())).unwrap();
        assert_eq!(rows.len(), 5);
        assert!(rows.iter().all(|r| r.figure > 0.0), "{rows:?}");
        assert!(said.lock().unwrap().iter().all(|line| !line.starts_with("not answered")), "{said:?}");
    }
}
