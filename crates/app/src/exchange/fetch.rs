//! Getting a plan's resources: hosted ones from the platform's own files, remote ones from their departments, all at
//! once and under one deadline. Each resource ends its own way; none waits for another beyond the deadline.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use huoshui_exchange::answer::{Fetched, Provenance, Rows};
use huoshui_exchange::catalogue::{FieldKind, Resource};
use huoshui_exchange::release::{Fetch, Plan};
use huoshui_kernel::fault::{Fault, Result};
use huoshui_kernel::{Date, Uscc};
use huoshui_sources::{Ask, Column, Kind, Outcome, Served, Sources};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::holdings::{self, Holdings};
use crate::faults;

/// Where hosted resources are read: one firm's rows in a range of dates.
pub trait Shelf: Send + Sync {
    /// What the platform holds of a firm. A fault of the store becomes [`Fetched::Unusable`].
    fn firm(&self, resource: &Resource, uscc: Uscc, from: Date, to: Date, today: Date) -> Fetched;

    /// All that a plan fetches, in its order.
    fn all(&self, plan: &Plan) -> Vec<Fetched> {
        plan.fetches.iter().map(|f| self.firm(&f.resource, plan.subject, f.from, f.to, plan.today)).collect()
    }

    /// The same where it costs no wait for a disk; none where it does.
    fn at_hand<'a>(&'a self, _: &'a Plan) -> AtHand<'a> {
        Box::pin(std::future::ready(None))
    }
}

/// What is at hand of a plan.
pub type AtHand<'a> = Pin<Box<dyn Future<Output = Option<holdings::AtHand>> + Send + 'a>>;

/// Resources of a plan that are worked up on the caller's thread at most, which is shared with others.
const AT_HAND: usize = 8;

fn asks(plan: &Plan) -> Vec<holdings::Ask<'_>> {
    plan.fetches.iter().map(|f| (f.resource.code.as_str(), f.from, f.to)).collect()
}

impl Shelf for Holdings {
    fn firm(&self, resource: &Resource, uscc: Uscc, from: Date, to: Date, today: Date) -> Fetched {
        let found = Self::firm(self, &resource.code, uscc, from, to, today);
        found.unwrap_or_else(|fault| Fetched::Unusable(fault.code().to_owned()))
    }

    fn all(&self, plan: &Plan) -> Vec<Fetched> {
        let found = self.firm_all(&asks(plan), plan.subject, plan.today).into_iter();
        found.map(|one| one.unwrap_or_else(|fault| Fetched::Unusable(fault.code().to_owned()))).collect()
    }

    fn at_hand<'a>(&'a self, plan: &'a Plan) -> AtHand<'a> {
        if plan.fetches.len() > AT_HAND {
            return Box::pin(std::future::ready(None));
        }
        Box::pin(async move { self.firm_at_hand(&asks(plan), plan.subject, plan.today).await })
    }
}

/// A shelf with nothing on it.
pub struct Empty;

impl Shelf for Empty {
    fn firm(&self, _: &Resource, _: Uscc, _: Date, _: Date, _: Date) -> Fetched {
        Fetched::Missing
    }
}

/// The remote departments and the resources that they answer for.
pub struct Remotes {
    /// The departments.
    pub sources: Sources,
    /// Codes of resources, with the department that answers.
    pub resources: HashMap<String, String>,
    /// Longest wait for all of an answer.
    pub deadline: Duration,
    asked: Mutex<HashMap<(String, u32), Arc<huoshui_sources::Resource>>>,
}

impl Remotes {
    /// These departments for these resources.
    #[must_use]
    pub fn new(sources: Sources, resources: HashMap<String, String>, deadline: Duration) -> Self {
        Self { sources, resources, deadline, asked: Mutex::default() }
    }

    /// No remote department.
    #[must_use]
    pub fn none() -> Self {
        Self::new(Sources::default(), HashMap::new(), Duration::from_secs(3))
    }

    /// Whether a resource is asked of a remote department.
    #[must_use]
    pub fn has(&self, resource: &str) -> bool {
        self.resources.contains_key(resource)
    }

    /// The resource as departments are asked for it; made once for each version.
    fn described(&self, resource: &Resource) -> Result<Arc<huoshui_sources::Resource>> {
        let key = (resource.code.clone(), resource.schema);
        let mut asked = self.asked.lock().map_err(|_| Fault::new(&faults::INTERNAL).with("what", "remotes"))?;
        let made = asked.entry(key).or_insert_with(|| {
            Arc::new(huoshui_sources::Resource {
                code: resource.code.clone(),
                schema: resource.schema,
                columns: resource.fields.iter().map(column).collect(),
                period: resource.period.clone(),
                key: resource.key.clone(),
            })
        });
        Ok(Arc::clone(made))
    }
}

fn column(field: &huoshui_exchange::catalogue::Field) -> Column {
    Column {
        name: field.name.clone(),
        kind: match field.kind {
            FieldKind::Text => Kind::Text,
            FieldKind::Int => Kind::Int,
            FieldKind::Money => Kind::Money,
            FieldKind::Rate => Kind::Rate,
            FieldKind::Date => Kind::Date,
            FieldKind::Flag => Kind::Flag,
            FieldKind::Uscc => Kind::Uscc,
            FieldKind::Code => Kind::Code,
        },
        required: field.required,
        max_len: usize::from(field.max_len),
        codes: field.codes.iter().map(|c| c.code.clone()).collect(),
    }
}

/// What a department's outcome means.
fn fetched(outcome: Outcome) -> Fetched {
    match outcome {
        Outcome::Answered(answer) if !answer.known => Fetched::Missing,
        Outcome::Answered(answer) => Fetched::Found(
            Rows { columns: answer.columns, rows: answer.rows },
            Provenance {
                department: answer.department,
                schema: answer.schema,
                as_of: answer.as_of,
                covers_from: answer.covers_from,
                fetched_at: answer.fetched_at,
                stale: answer.served == Served::Stale,
            },
        ),
        Outcome::Pending(_) => Fetched::Pending,
        Outcome::Timeout(_) => Fetched::Timeout,
        Outcome::Unusable(fault) => Fetched::Unusable(fault.code().to_owned()),
    }
}

/// What came of one resource, and how long it took, milliseconds.
pub type Got = (Fetched, u32);

/// The resources of a plan, in its order.
pub async fn gather(plan: &Plan, shelf: &dyn Shelf, remotes: &Remotes) -> Vec<Got> {
    let began = Instant::now();
    let until = began + remotes.deadline;
    let took = move || u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
    let mut all: Vec<Got> = plan.fetches.iter().map(|_| (Fetched::Timeout, 0)).collect();
    let mut running = JoinSet::new();
    for (place, fetch) in plan.fetches.iter().enumerate() {
        let Some(department) = remotes.resources.get(&fetch.resource.code) else { continue };
        match ask(plan, fetch, remotes) {
            Ok(ask) => {
                let (sources, department) = (remotes.sources.clone(), department.clone());
                running.spawn(async move {
                    let outcome = tokio::time::timeout_at(until, sources.fetch(&department, &ask)).await;
                    (place, (outcome.map_or(Fetched::Timeout, fetched), took()))
                });
            }
            Err(fault) => put(&mut all, place, (Fetched::Unusable(fault.code().to_owned()), 0)),
        }
    }
    // While departments are at it.
    for (place, fetch) in plan.fetches.iter().enumerate() {
        if !remotes.has(&fetch.resource.code) {
            let got = shelf.firm(&fetch.resource, plan.subject, fetch.from, fetch.to, plan.today);
            put(&mut all, place, (got, took()));
        }
    }
    while let Some(ended) = running.join_next().await {
        if let Ok((place, fetched)) = ended {
            put(&mut all, place, fetched);
        }
    }
    all
}

fn put(all: &mut [Got], place: usize, fetched: Got) {
    if let Some(at) = all.get_mut(place) {
        *at = fetched;
    }
}

fn ask(plan: &Plan, fetch: &Fetch, remotes: &Remotes) -> Result<Ask> {
    Ok(Ask {
        resource: remotes.described(&fetch.resource)?,
        uscc: plan.subject,
        from: Some(fetch.from),
        to: Some(fetch.to),
        today: plan.today,
        stale_days: plan.stale_days,
    })
}
