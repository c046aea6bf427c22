//! What every request shares.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::Method;
use huoshui_app::Workspace;
use huoshui_app::access::{Hasher, Seed};
use huoshui_app::credit::Credit;
use huoshui_app::exchange::Exchange;
use huoshui_journal::Clock;
use huoshui_kernel::date::Date;
use huoshui_kernel::fault::{Fault, Result};
use tokio::sync::{Semaphore, watch};

use crate::authorize::{Gate, Operation, Principal};
use crate::city::Cities;
use crate::config::Config;
use crate::front::Entered;
use crate::inbox::Inbox;
use crate::jobs::Jobs;
use crate::limits::{Buckets, Rate};
use crate::metrics::Metrics;
use crate::openapi::Contract;
use crate::pool::Pool;
use crate::{Problem, faults};

/// The service's state; clones share it.
#[derive(Clone)]
pub struct App(Arc<Parts>);

pub(crate) struct Parts {
    pub workspace: Workspace,
    pub clock: Arc<dyn Clock>,
    pub config: Config,
    pub hasher: Hasher,
    pub seed: Seed,
    pub gate: Gate,
    pub operations: HashMap<(Method, String), Operation>,
    pub contract: Contract,
    pub anonymous: Principal,
    pub pool: Pool,
    pub addresses: Buckets,
    pub actors: Buckets,
    pub in_flight: Arc<Semaphore>,
    pub streams: Arc<Semaphore>,
    pub entered: Mutex<HashMap<String, (Entered, Instant)>>,
    pub metrics: Metrics,
    pub cities: Cities,
    pub exchange: Arc<Exchange>,
    pub credit: Arc<Credit>,
    pub jobs: Jobs,
    pub inbox: Inbox,
    pub stopping: watch::Receiver<bool>,
}

impl App {
    /// Everything that a server needs, over an open folder.
    ///
    /// # Errors
    /// `auth.policies`; those of the store.
    pub fn new(
        workspace: Workspace,
        clock: Arc<dyn Clock>,
        config: Config,
        contract: Contract,
        stopping: watch::Receiver<bool>,
    ) -> Result<Self> {
        let limits = &config.limits;
        let operations = contract.operations()?;
        let gate = Gate::load(operations.values())?;
        let seconds = Duration::from_secs;
        let exchange = Arc::new(Exchange::open(workspace.clone(), Arc::clone(&clock))?);
        Ok(Self(Arc::new(Parts {
            hasher: Hasher::new(config.sign_in.at_once, config.sign_in.waiting),
            seed: Seed::open(&workspace)?,
            gate,
            anonymous: Principal::anonymous()?,
            pool: Pool::new(
                limits.store_threads,
                limits.questions,
                limits.questions_waiting,
                limits.questions_each,
                seconds(limits.question_seconds),
            ),
            addresses: Buckets::new(Rate { per_second: limits.address_per_second, burst: limits.address_burst }),
            actors: Buckets::new(Rate { per_second: limits.actor_per_second, burst: limits.actor_burst }),
            in_flight: Arc::new(Semaphore::new(limits.in_flight)),
            streams: Arc::new(Semaphore::new(limits.streams)),
            entered: Mutex::default(),
            metrics: Metrics::new(operations.values().map(|o| o.id.clone())),
            cities: Cities::default(),
            credit: Arc::new(Credit::open(Arc::clone(&exchange))?),
            exchange,
            jobs: Jobs::new(config.jobs.at_once, config.jobs.waiting),
            inbox: Inbox::default(),
            operations,
            contract,
            workspace,
            clock,
            config,
            stopping,
        })))
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    /// The data folder.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.0.workspace
    }

    /// The exchange.
    #[must_use]
    pub fn exchange(&self) -> &Arc<Exchange> {
        &self.0.exchange
    }

    /// The credit engine.
    #[must_use]
    pub fn credit(&self) -> &Arc<Credit> {
        &self.0.credit
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// Authorization.
    #[must_use]
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// The store's time, microseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.0.clock.now_micros()
    }

    /// The day in the city.
    ///
    /// # Errors
    /// `server.internal` for a clock beside the calendar.
    pub fn today(&self) -> Result<Date> {
        let now = jiff::Timestamp::from_microsecond(self.now()).map_err(|_| Fault::new(&faults::INTERNAL))?;
        Ok(jiff::tz::Offset::constant(8).to_datetime(now).date())
    }

    /// Reads or writes the store, off the async threads. For work of milliseconds.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        let app = self.clone();
        self.0.pool.short(move || work(&app)).await
    }

    /// Answers a question that takes processor time, counted for the caller and with a deadline.
    ///
    /// # Errors
    /// `limit.questions`, `server.overloaded`, `server.deadline`; those of the work.
    pub async fn question<T: Send + 'static>(
        &self,
        caller: &str,
        work: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Problem> {
        let app = self.clone();
        self.0.pool.long(caller, move || work(&app)).await
    }

    /// Forgets who entered with tokens of this account or key, so that what was closed is closed at once on this server.
    pub fn forget(&self, actor: &str) {
        if let Ok(mut entered) = self.0.entered.lock() {
            entered.retain(|_, (who, _)| who.actor.id != actor);
        }
    }
}
