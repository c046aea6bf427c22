//! One department: the question from the queue to the checked answer.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use http::{HeaderValue, Uri};
use huoshui_kernel::fault::Result;
use huoshui_kernel::{Fault, Uscc};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, timeout_at};

use crate::ask::{Answer, Ask, Outcome, Resource, Served};
use crate::breaker::{Breaker, Ticket};
use crate::cache::Cache;
use crate::check::{self, Expected};
use crate::connect::Connector;
use crate::faults::{self, Class};
use crate::health::{CacheUse, Failure, Health, Journal};
use crate::request::{self, Template};
use crate::settings::{Secret, Settings};
use crate::{tls, wire};

/// Tells when answers come. Deadlines go by the runtime's own clock.
pub trait Clock: Send + Sync {
    /// Microseconds since 1970-01-01 UTC.
    fn now_micros(&self) -> i64;
}

impl<F: Fn() -> i64 + Send + Sync> Clock for F {
    fn now_micros(&self) -> i64 {
        self()
    }
}

/// Draws the pauses between attempts, so that many callers do not come back at one instant.
pub trait Jitter: Send + Sync {
    /// A number from 0 up to, and without, `bound`; 0 when that is 0.
    fn below(&self, bound: u64) -> u64;
}

/// Draws from a seed (SplitMix64).
#[derive(Debug)]
pub struct SeededJitter(AtomicU64);

impl SeededJitter {
    /// The draws of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Jitter for SeededJitter {
    fn below(&self, bound: u64) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)).checked_rem(bound).unwrap_or(0)
    }
}

/// Where a department answers.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The department's code.
    pub department: String,
    /// Its address, `https://host:port/prefix`.
    pub base: String,
    /// The key that it gave us.
    pub key: Option<Secret>,
    /// PEM certificates to trust in the place of the system's.
    pub roots: Option<Vec<u8>>,
}

/// One remote department.
pub struct Remote {
    department: String,
    settings: Settings,
    connector: Connector,
    template: Template,
    breaker: Arc<Breaker>,
    places: Semaphore,
    waiting: AtomicUsize,
    cache: Cache,
    journal: Journal,
    clock: Arc<dyn Clock>,
    jitter: Arc<dyn Jitter>,
}

impl Remote {
    /// A department at an address that never changes, treated as the settings say.
    ///
    /// # Errors
    /// `source.bad_setting`, `source.bad_base`, `source.plain_http`, `source.no_roots`.
    pub fn new(endpoint: Endpoint, settings: Settings, clock: Arc<dyn Clock>, jitter: Arc<dyn Jitter>) -> Result<Self> {
        settings.check()?;
        let department = endpoint.department.clone();
        let named = |fault: Fault| fault.with("department", &department);
        let (connector, template) = locate(&endpoint, &settings).map_err(named)?;
        Ok(Self {
            breaker: Arc::new(Breaker::new(settings.breaker.clone(), settings.deadline() / 2)),
            places: Semaphore::new(whole(settings.max_in_flight)),
            waiting: AtomicUsize::new(0),
            cache: Cache::new(settings.cache.clone()),
            journal: Journal::default(),
            department: endpoint.department,
            settings,
            connector,
            template,
            clock,
            jitter,
        })
    }

    /// The department's code.
    #[must_use]
    pub fn department(&self) -> &str {
        &self.department
    }

    /// Asks. Returns by the deadline of the settings, whatever the department does.
    pub async fn fetch(&self, ask: &Ask) -> Outcome {
        if let Some(answer) = self.cache.fresh(ask, self.clock.now_micros()) {
            self.journal.lock().count("cached");
            return Outcome::Answered(answer);
        }
        match self.ask(ask).await {
            Ok(answer) => {
                self.cache.put(ask, &answer, self.clock.now_micros());
                Outcome::Answered(answer)
            }
            Err(fault) => {
                let outage = Class::of(&fault).is_outage();
                if let Some(answer) = self.cache.stale(ask, self.clock.now_micros()).filter(|_| outage) {
                    self.journal.lock().count("stale");
                    return Outcome::Answered(answer);
                }
                match fault.code() {
                    c if c == faults::TIMEOUT.code => Outcome::Timeout(fault),
                    c if c == faults::RESTING.code || c == faults::BUSY.code => Outcome::Pending(fault),
                    _ => Outcome::Unusable(fault),
                }
            }
        }
    }

    async fn ask(&self, ask: &Ask) -> Result<Answer> {
        let path = wire::records_path(ask)?;
        let expected = self.expected();
        let of = |fault: Fault| fault.with("resource", &ask.resource.code);
        let read = |body: Vec<u8>| {
            let records = wire::parse(&body)?;
            check::records(&expected, ask, records, self.clock.now_micros())
        };
        self.call(&path, read).await.map_err(of)
    }

    /// Holds the department's schema of a resource against the catalogue's: before it is relied on, and now and then.
    ///
    /// # Errors
    /// `source.schema_version` and `source.drift` where they differ; otherwise as a question's.
    pub async fn check_schema(&self, resource: &Resource) -> Result<()> {
        let path = wire::schema_path(&resource.code)?;
        let expected = self.expected();
        let read = |body: Vec<u8>| check::schema(&expected, resource, &wire::parse(&body)?);
        self.call(&path, read).await.map_err(|fault| fault.with("resource", &resource.code))
    }

    /// Drops what is kept of a firm: after a correction or an erasure.
    pub fn forget(&self, uscc: &Uscc) {
        self.cache.forget(uscc);
    }

    /// How the department does.
    #[must_use]
    pub fn health(&self) -> Health {
        let now = Instant::now();
        let (entries, bytes) = self.cache.used();
        let counters = self.journal.lock();
        Health {
            department: self.department.clone(),
            state: self.breaker.state(now),
            resting_ms: self.breaker.resting(now).map(millis),
            in_flight: whole(self.settings.max_in_flight).saturating_sub(self.places.available_permits()),
            waiting: self.waiting.load(Ordering::Relaxed),
            last_success_at: counters.last_success_at,
            last_failure: counters.last_failure,
            latency: counters.latency(),
            counts: counters.counts.clone(),
            cache: CacheUse { entries, bytes },
        }
    }

    fn expected(&self) -> Expected<'_> {
        Expected { department: &self.department, max_rows: whole(self.settings.max_rows) }
    }

    /// Queue, breaker, attempts, all within one deadline; and the outcome into health.
    async fn call<T>(&self, path: &str, read: impl Fn(Vec<u8>) -> Result<T>) -> Result<T> {
        let deadline = Instant::now() + self.settings.deadline();
        let mut left = Left { remote: self, began: Instant::now(), ended: false };
        let result = self.admitted(path, read, deadline).await.map_err(|f| f.with("department", &self.department));
        left.ended = true;
        let at = self.clock.now_micros();
        let mut counters = self.journal.lock();
        match &result {
            Ok(_) => {
                counters.count("live");
                counters.last_success_at = Some(at);
            }
            Err(fault) => {
                counters.count(fault.code());
                // That it was not asked is no failure of the department's, and must not hide the one for which it rests.
                if ![faults::RESTING.code, faults::BUSY.code].contains(&fault.code()) {
                    counters.last_failure = Some(Failure { code: fault.code(), at });
                }
            }
        }
        result
    }

    async fn admitted<T>(&self, path: &str, read: impl Fn(Vec<u8>) -> Result<T>, deadline: Instant) -> Result<T> {
        // Told to rest before it queues: whoever waits for a place would only learn it later.
        if let Some(left) = self.breaker.resting(Instant::now()) {
            return Err(resting(left));
        }
        let _place = self.place(deadline).await?;
        let ticket = self.breaker.admit(Instant::now()).map_err(resting)?;
        self.timed(ticket, self.attempts(path, read, deadline), deadline).await
    }

    async fn place(&self, deadline: Instant) -> Result<SemaphorePermit<'_>> {
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        let _queued = Queued::enter(&self.waiting, whole(self.settings.max_waiting))?;
        match timeout_at(deadline, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Fault::new(&faults::BUSY)),
        }
    }

    async fn timed<T>(&self, ticket: Ticket, work: impl Future<Output = Result<T>>, deadline: Instant) -> Result<T> {
        let began = Instant::now();
        let late = |_| Err(Fault::new(&faults::TIMEOUT).with("ms", self.settings.deadline_ms));
        let result = timeout_at(deadline, work).await.unwrap_or_else(late);
        let ended = Instant::now();
        let well = result.as_ref().err().is_none_or(|fault| !Class::of(fault).is_outage());
        ticket.settle(well, ended);
        self.journal.lock().took(ended - began);
        result
    }

    async fn attempts<T>(&self, path: &str, read: impl Fn(Vec<u8>) -> Result<T>, deadline: Instant) -> Result<T> {
        let mut attempt = 1;
        loop {
            let result = request::get(&self.connector, &self.template, path).await.and_then(&read);
            let Err(fault) = &result else { return result };
            let pause = self.pause(attempt);
            let worth = Class::of(fault) == Class::Transient && attempt < self.settings.attempts;
            if !worth || Instant::now() + pause >= deadline {
                return result;
            }
            sleep(pause).await;
            attempt += 1;
        }
    }

    /// Doubles with each attempt; drawn between half and all of it.
    fn pause(&self, attempt: u32) -> Duration {
        let base = u64::from(self.settings.backoff_ms) * 1_000;
        let whole = base.saturating_mul(1 << (attempt - 1).min(16)).min(10_000_000);
        Duration::from_micros(whole / 2 + self.jitter.below(whole / 2 + 1))
    }
}

/// A call that may not come to its end: its caller may drop it. After half the deadline that shows in health as the
/// time-out it was for the caller, as the breaker takes it; before, as nobody's fault.
struct Left<'a> {
    remote: &'a Remote,
    began: Instant,
    ended: bool,
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let waited = self.began.elapsed();
        let mut counters = self.remote.journal.lock();
        if waited < self.remote.settings.deadline() / 2 {
            counters.count("left");
            return;
        }
        let code = faults::TIMEOUT.code;
        counters.count(code);
        counters.took(waited);
        counters.last_failure = Some(Failure { code, at: self.remote.clock.now_micros() });
    }
}

/// A place in the queue, given back when its holder leaves, for whatever reason.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn enter(waiting: &'a AtomicUsize, most: usize) -> Result<Self> {
        let queued = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= most { Err(Fault::new(&faults::BUSY)) } else { Ok(queued) }
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn resting(left: Duration) -> Fault {
    Fault::new(&faults::RESTING).with("ms", millis(left))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn whole(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// Reads the address. It is fixed here: nothing that a department says ever changes the host that is spoken to.
fn locate(endpoint: &Endpoint, settings: &Settings) -> Result<(Connector, Template)> {
    let bad = |why: &'static str| Fault::new(&faults::BAD_BASE).with("why", why).field("base");
    if !wire::is_code(&endpoint.department) {
        return Err(bad("department"));
    }
    let uri: Uri = endpoint.base.parse().map_err(|_| bad("syntax"))?;
    let encrypted = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err(bad("scheme")),
    };
    let authority = uri.authority().filter(|a| !a.as_str().contains('@')).ok_or_else(|| bad("host"))?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
    if host.is_empty() || uri.query().is_some() {
        return Err(bad("host"));
    }
    let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if !encrypted && !loopback && !settings.plain_http {
        return Err(Fault::new(&faults::PLAIN_HTTP).field("base"));
    }
    let tls = if encrypted { Some(tls::connector(endpoint.roots.as_deref())?) } else { None };
    let port = authority.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
    let connector = Connector::new(host, port, tls, settings.connect(), whole(settings.max_in_flight));
    let authorization = match &endpoint.key {
        None => None,
        Some(key) => {
            let value = HeaderValue::try_from(format!("Bearer {}", key.expose()));
            let mut value = value.map_err(|_| Fault::new(&faults::BAD_KEY))?;
            value.set_sensitive(true);
            Some(value)
        }
    };
    let template = Template {
        host: HeaderValue::try_from(authority.as_str()).map_err(|_| bad("host"))?,
        authorization,
        prefix: uri.path().trim_end_matches('/').to_owned(),
        max_body: whole(settings.max_body_bytes),
    };
    Ok((connector.ok_or_else(|| bad("host"))?, template))
}

impl Outcome {
    /// Whether an older answer was served because the department could not be used.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.answer().is_some_and(|a| a.served == Served::Stale)
    }
}
