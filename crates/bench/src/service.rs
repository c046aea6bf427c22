//! What the benchmarks over HTTP share: a server of this process, clients, and how an endpoint is measured against the
//! empty durable endpoint of the same server, which only signs in, authorizes and commits one event.

pub mod client;
pub mod load;
pub mod world;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use huoshui_kernel::fault::Result;
use tokio::runtime::Runtime;

use crate::Row;
use crate::faults::failed;
use client::Client;
use load::{Found, Request};
use world::World;

/// Connections.
pub const CLIENTS: usize = 64;
/// The least part of the empty endpoint's rate that an endpoint should reach.
const AIM: f64 = 0.5;
/// Microseconds under which 99 of 100 requests should be answered at half the greatest rate.
const P99_AIM: f64 = 10_000.0;

/// Makes the body of the request of this number.
pub type Body = Arc<dyn Fn(u64, &mut Vec<u8>)>;

/// An endpoint to be measured.
#[derive(Clone)]
pub struct Endpoint {
    /// `POST`, or `GET` without a body and a key.
    pub method: &'static str,
    /// Where.
    pub path: &'static str,
    /// Sent as `Authorization`, if anything.
    pub token: Option<String>,
    /// The body; empty without one.
    pub body: Option<Body>,
}

impl Endpoint {
    /// The empty durable endpoint.
    pub fn probe(token: &str) -> Self {
        Self { method: "POST", path: "/v1/exchange/probe", token: Some(token.to_owned()), body: None }
    }
}

/// What one connection sends.
struct Caller {
    client: Client,
    endpoint: Endpoint,
    next: Arc<AtomicU64>,
    /// Token and key.
    headers: Vec<String>,
    body: Vec<u8>,
    into: Vec<u8>,
}

impl Request for Caller {
    async fn send(&mut self) -> bool {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.body.clear();
        if let Some(body) = &self.endpoint.body {
            body(turn, &mut self.body);
        }
        let keyed = self.endpoint.method != "GET";
        let key = keyed.then(|| format!("idempotency-key: bench-{turn:012}"));
        let headers: Vec<&str> = self.headers.iter().chain(&key).map(String::as_str).collect();
        let Endpoint { method, path, .. } = self.endpoint;
        let sent = self.client.send(method, path, &headers, &self.body, &mut self.into).await;
        sent.is_ok_and(|answer| answer.status == 200)
    }
}

/// Loads endpoints of one server.
pub struct Measure<'a> {
    /// The server.
    pub world: &'a World,
    /// How long a round lasts.
    pub length: Duration,
    /// Rounds at the greatest rate, and at the steady rates.
    pub rounds: (u64, u64),
    /// Shows progress.
    pub say: &'a dyn Fn(&str),
    clients: Runtime,
    /// Where the keys of the next load begin: none is used twice.
    keys: AtomicU64,
}

impl<'a> Measure<'a> {
    /// Of this server.
    pub fn of(world: &'a World, small: bool, say: &'a dyn Fn(&str)) -> Result<Self> {
        let clients = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (length, rounds) = if small { (200, (1, 1)) } else { (2_000, (3, 5)) };
        Ok(Self { world, length: Duration::from_millis(length), rounds, say, clients, keys: AtomicU64::new(1) })
    }

    async fn callers(&self, endpoint: &Endpoint) -> Result<Vec<Caller>> {
        // More than any load sends.
        let next = Arc::new(AtomicU64::new(self.keys.fetch_add(1, Ordering::Relaxed) * 10_000_000));
        let mut all = Vec::with_capacity(CLIENTS);
        for _ in 0..CLIENTS {
            all.push(Caller {
                client: Client::connect(self.world.address()).await.map_err(failed)?,
                endpoint: endpoint.clone(),
                next: Arc::clone(&next),
                headers: endpoint.token.iter().map(|token| format!("authorization: Bearer {token}")).collect(),
                body: Vec::new(),
                into: Vec::new(),
            });
        }
        Ok(all)
    }

    /// One round of as many requests as are answered.
    pub fn greatest(&self, endpoint: &Endpoint) -> Result<Found> {
        self.clients.block_on(async { load::closed(self.callers(endpoint).await?, self.length).await })
    }

    /// One round of so many requests a second. What rounds before it left for the disk, at loads of their own, is written first.
    fn steady(&self, endpoint: &Endpoint, rate: f64) -> Result<Found> {
        settle();
        self.clients.block_on(async { load::steady(self.callers(endpoint).await?, rate, self.length).await })
    }

    /// The endpoint beside the empty durable one as fast as goes, without an aim: rate and processor time.
    pub fn most_against_probe(
        &self,
        name: &str,
        unit: &'static str,
        ours: &Endpoint,
        probe: &Endpoint,
    ) -> Result<Vec<Row>> {
        let [_, most, most_probes] = self.most(name, ours, probe)?;
        Ok(vec![rate(name, unit, &most, &most_probes), processor(name, &most, &most_probes)])
    }

    /// Both as fast as goes, in turns. Before them one round of ours by itself, the first found: whatever it asks for is
    /// asked for the first time since the server began. In the others the server remembers what it may.
    fn most(&self, name: &str, ours: &Endpoint, probe: &Endpoint) -> Result<[Found; 3]> {
        let (mut most, mut most_probes) = (Found::default(), Found::default());
        (self.say)(&format!("{name}: first round{}", machine_load()));
        let first = self.greatest(ours)?;
        for round in 0..self.rounds.0 {
            (self.say)(&format!("{name}: greatest rate {}/{}{}", round + 1, self.rounds.0, machine_load()));
            most_probes.add(self.greatest(probe)?);
            most.add(self.greatest(ours)?);
        }
        all_answered(name, first.failed + most.failed + most_probes.failed)?;
        Ok([first, most, most_probes])
    }

    /// The endpoint against the empty durable one: rates and times at the greatest load, and times at steady loads.
    pub fn against_probe(&self, name: &str, unit: &'static str, ours: &Endpoint, probe: &Endpoint) -> Result<Vec<Row>> {
        let [first, most, most_probes] = self.most(name, ours, probe)?;
        let (half, half_of_probes) = (most.rate() / 2.0, most_probes.rate() / 2.0);
        let (mut steady, mut same, mut own) = (Steady::default(), Steady::default(), Steady::default());
        for round in 0..self.rounds.1 {
            (self.say)(&format!("{name}: half load {}/{}{}", round + 1, self.rounds.1, machine_load()));
            steady.add(self.steady(ours, half)?);
            same.add(self.steady(probe, half)?);
            own.add(self.steady(probe, half_of_probes)?);
        }
        all_answered(name, steady.failed + same.failed + own.failed)?;
        let mut rows = vec![Row { aim: Some(AIM), ..rate(name, unit, &most, &most_probes) }];
        let time = |what: &str, micros: u64, limit: u64| {
            let (micros, limit) = (whole(micros), whole(limit));
            against(plain(&format!("{name}_{what}"), micros, "µs"), limit, limit / micros.max(1e-9))
        };
        for (percent, per_mille) in [(50, 500), (99, 990)] {
            let (ours, theirs) = (most.at(per_mille), most_probes.at(per_mille));
            rows.push(time(&format!("{CLIENTS}_p{percent}"), ours, theirs));
        }
        rows.push(processor(name, &most, &most_probes));
        rows.push(processor(&format!("{name}_first"), &first, &most_probes));
        // Whether the load was kept up: requests answered a second, beside those that were due.
        let kept = plain(&format!("{name}_half_load"), steady.rate, unit);
        rows.push(against(kept, half, half / steady.rate.max(1e-9)));
        rows.push(time("half_load_p50", steady.p50(), same.p50()));
        // The aim is a time: it takes the place of the peer.
        let p99 = whole(steady.p99());
        let aimed = against(plain(&format!("{name}_half_load_p99"), p99, "µs"), P99_AIM, P99_AIM / p99.max(1e-9));
        rows.push(Row { aim: Some(1.0), ..aimed });
        // The empty endpoint at the same rate and at half of its own: what of these times is the machine's.
        for (what, steady) in [("same_rate", &same), ("half_load", &own)] {
            for (percent, micros) in [(50, steady.p50()), (99, steady.p99())] {
                rows.push(plain(&format!("{name}_probe_{what}_p{percent}"), whole(micros), "µs"));
            }
        }
        Ok(rows)
    }
}

fn against(row: Row, limit: f64, ratio: f64) -> Row {
    Row { limit: Some(limit), ratio: Some(ratio), ..row }
}

/// A refusal costs less than what was asked for: there is no figure where some requests were refused.
fn all_answered(name: &str, refused: u64) -> Result<()> {
    if refused == 0 { Ok(()) } else { Err(failed(format_args!("{name}: {refused} requests were not answered 200"))) }
}

/// Answers a second, as a part of the empty endpoint's.
fn rate(name: &str, unit: &'static str, ours: &Found, probes: &Found) -> Row {
    let row = plain(&format!("{name}_{CLIENTS}"), ours.rate(), unit);
    against(row, probes.rate(), ours.rate() / probes.rate().max(1e-9))
}

/// Processor time, the clients' with it: the ratio that a busy machine does not move.
fn processor(name: &str, ours: &Found, probes: &Found) -> Row {
    let (ours, theirs) = (ours.processor_micros(), probes.processor_micros());
    against(plain(&format!("{name}_processor"), ours, "µs"), theirs, theirs / ours.max(1e-9))
}

/// Rounds of a steady load. Of their percentiles the middle one counts: a single round that something else on the machine
/// disturbed does not make the figure, and a single quiet one neither.
#[derive(Default)]
struct Steady {
    rate: f64,
    failed: u64,
    rounds: Vec<(u64, u64)>,
}

impl Steady {
    fn add(&mut self, found: Found) {
        let before = f64::from(u32::try_from(self.rounds.len()).unwrap_or(0));
        self.rate = (self.rate * before + found.rate()) / (before + 1.0);
        self.failed += found.failed;
        self.rounds.push((found.at(500), found.at(990)));
    }

    fn middle(&self, of: impl Fn(&(u64, u64)) -> u64) -> u64 {
        let mut all: Vec<u64> = self.rounds.iter().map(of).collect();
        all.sort_unstable();
        all.get(all.len() / 2).copied().unwrap_or(0)
    }

    fn p50(&self) -> u64 {
        self.middle(|(p50, _)| *p50)
    }

    fn p99(&self) -> u64 {
        self.middle(|(_, p99)| *p99)
    }
}

/// A figure without a peer.
pub fn plain(name: &str, figure: f64, unit: &'static str) -> Row {
    Row { name: name.to_owned(), figure, unit, limit: None, ratio: None, aim: None }
}

fn whole(micros: u64) -> f64 {
    f64::from(u32::try_from(micros).unwrap_or(u32::MAX))
}

/// Has the system write what it holds back, a build's files or another benchmark's, so that what follows is measured alone. Where
/// the system knows no such command, nothing is lost but quiet.
pub fn settle() {
    let _ = std::process::Command::new("sync").status();
}

/// How many programs wanted a processor during the last minute, where the system tells: figures of a busy machine are to be
/// read as such.
fn machine_load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().filter(|t| !t.is_empty()).map_or_else(String::new, |t| format!(" (load average {t})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_round_counts() {
        let mut steady = Steady::default();
        for (p50, p99) in [(100, 900), (90, 80_000), (110, 1_000)] {
            steady.rounds.push((p50, p99));
        }
        assert_eq!((steady.p50(), steady.p99()), (100, 1_000));
    }
}
