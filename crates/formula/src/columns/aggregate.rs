//! The aggregator: batches go in as a stream, memory holds groups, dictionaries and distinct sets, never rows.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arrow_array::RecordBatch;
use huoshui_kernel::fault::{Fault, Result};
use rayon::prelude::*;

use super::bits::CHUNK;
use super::eval::internal;
use super::grouped::Grouped;
use super::input::{Input, Texts};
use super::rows;
use super::worker::{Job, Worker};
use crate::ir::Query;

/// How an aggregation runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Threads at most; 0 for as many as there are cores. Results never depend on it.
    pub threads: usize,
}

/// The most threads of one aggregation.
const MAX_THREADS: usize = 64;
/// Rows a thread takes at a time.
const MORSEL: usize = 32 * CHUNK;
/// Rows made ready at a time, so that the codes of plain texts stay small beside them.
const WAVE: usize = 1 << 24;

/// Runs a grouped query over a stream of batches.
#[derive(Debug)]
pub struct Aggregator {
    query: Query,
    job: Job,
    texts: Texts,
    workers: Vec<Worker>,
    /// Rows taken in so far.
    rows: u64,
    failed: Option<Fault>,
}

/// A piece of work: rows `at..at + rows` of an input, the first of which is row `number` of the stream.
struct Morsel<'a> {
    input: &'a Input,
    at: usize,
    rows: usize,
    number: u64,
}

impl Aggregator {
    /// Makes a grouped query ready; one that is not grouped is the fault `formula.internal`.
    pub fn new(query: &Query, options: Options) -> Result<Self> {
        let job = Job::new(query)?;
        let mut texts = Texts::new(&job.plan);
        let threads = if options.threads == 0 { rayon::current_num_threads() } else { options.threads };
        let threads = threads.clamp(1, MAX_THREADS);
        let workers = (0..threads).map(|_| Worker::new(&job, &mut texts.pool, threads)).collect::<Result<_>>()?;
        Ok(Self { query: query.clone(), job, texts, workers, rows: 0, failed: None })
    }

    /// Takes in one batch, on as many threads as its size is worth. After a fault the aggregator gives only that fault.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        self.push_all(std::slice::from_ref(batch))
    }

    /// Takes in batches together, on all threads.
    pub fn push_all(&mut self, batches: &[RecordBatch]) -> Result<()> {
        if let Some(fault) = &self.failed {
            return Err(fault.clone());
        }
        let mut rest = batches;
        while !rest.is_empty() {
            let mut rows = 0;
            let many = rest.iter().take_while(|batch| {
                let fits = rows == 0 || rows + batch.num_rows() <= WAVE;
                rows += batch.num_rows();
                fits
            });
            let (wave, later) = rest.split_at_checked(many.count().max(1)).unwrap_or((rest, &[]));
            rest = later;
            self.wave(wave).inspect_err(|fault| self.failed = Some(fault.clone()))?;
        }
        Ok(())
    }

    fn wave(&mut self, batches: &[RecordBatch]) -> Result<()> {
        let plan = &self.job.plan;
        let mut inputs: Vec<Input> = match self.workers.len() {
            1 => batches.iter().map(|batch| Input::read(plan, batch)).collect::<Result<_>>()?,
            _ => batches.par_iter().map(|batch| Input::read(plan, batch)).collect::<Result<_>>()?,
        };
        for input in &mut inputs {
            self.texts.attach(plan, input)?;
        }
        let mut morsels = Vec::new();
        let mut number = self.rows;
        for input in &inputs {
            for at in (0..input.rows).step_by(MORSEL) {
                let rows = MORSEL.min(input.rows - at);
                morsels.push(Morsel { input, at, rows, number });
                number += rows as u64;
            }
        }
        let bad = run(&self.job, &self.texts, &mut self.workers, &morsels)?;
        if let Some(bad) = bad {
            return Err(self.fault(batches, bad));
        }
        self.rows = number;
        Ok(())
    }

    /// The fault of a row, by its number in the stream.
    fn fault(&self, batches: &[RecordBatch], number: u64) -> Fault {
        let mut first = self.rows;
        for batch in batches {
            let rows = batch.num_rows() as u64;
            if number < first + rows {
                let row = usize::try_from(number - first).unwrap_or(usize::MAX);
                return rows::query_fault(&self.query, batch, row, number + 1);
            }
            first += rows;
        }
        internal("a row in error is missing")
    }

    /// The groups, once everything is in.
    pub fn finish(self) -> Result<Grouped> {
        if let Some(fault) = self.failed {
            return Err(fault);
        }
        let mut workers = self.workers.into_iter();
        let mut all = workers.next().ok_or_else(|| internal("no worker"))?;
        for worker in workers {
            merge(&self.job, &self.texts, &mut all, worker)?;
        }
        // A query without keys has its one group even where there was no row.
        let groups = all.grouper.len();
        all.states.iter_mut().for_each(|state| state.reserve(groups, 0));
        Grouped::new(&self.job, &self.texts, &all)
    }
}

/// Workers take morsels in ascending order, so that when one is in error all before it are still finished: the row named
/// is the first of the stream, whatever the number of threads.
fn run(job: &Job, texts: &Texts, workers: &mut [Worker], morsels: &[Morsel<'_>]) -> Result<Option<u64>> {
    let next = AtomicUsize::new(0);
    let first_bad = AtomicU64::new(u64::MAX);
    let broken: Mutex<Option<Fault>> = Mutex::new(None);
    let work = |worker: &mut Worker| {
        while let Some(morsel) = morsels.get(next.fetch_add(1, Ordering::Relaxed)) {
            if morsel.number > first_bad.load(Ordering::Relaxed) {
                break;
            }
            match take(job, texts, worker, morsel) {
                Ok(None) => {}
                Ok(Some(bad)) => {
                    first_bad.fetch_min(bad, Ordering::Relaxed);
                    break;
                }
                Err(fault) => {
                    if let Ok(mut slot) = broken.lock() {
                        *slot = Some(fault);
                    }
                    first_bad.store(0, Ordering::Relaxed);
                    break;
                }
            }
        }
    };
    if morsels.len() > 1 && workers.len() > 1 {
        let work = &work;
        rayon::scope(|scope| {
            for worker in workers {
                scope.spawn(move |_| work(worker));
            }
        });
    } else if let Some(worker) = workers.first_mut() {
        work(worker);
    }
    if let Ok(Some(fault)) = broken.into_inner() {
        return Err(fault);
    }
    let bad = first_bad.into_inner();
    Ok((bad != u64::MAX).then_some(bad))
}

fn take(job: &Job, texts: &Texts, worker: &mut Worker, morsel: &Morsel<'_>) -> Result<Option<u64>> {
    let end = morsel.at + morsel.rows;
    for at in (morsel.at..end).step_by(CHUNK) {
        let rows = CHUNK.min(end - at);
        if let Some(bad) = worker.chunk(job, texts, morsel.input, at, rows)? {
            return Ok(Some(morsel.number + (bad - morsel.at) as u64));
        }
    }
    Ok(None)
}

fn merge(job: &Job, texts: &Texts, all: &mut Worker, other: Worker) -> Result<()> {
    let mut map = Vec::with_capacity(other.grouper.len());
    let mut cells = Vec::new();
    for group in 0..other.grouper.len() {
        if job.sources.is_empty() {
            map.push(0);
            continue;
        }
        other.grouper.cells(u32::try_from(group).unwrap_or(u32::MAX), &mut cells)?;
        map.push(all.grouper.intern(&cells)?);
    }
    let groups = all.grouper.len();
    for (state, theirs) in all.states.iter_mut().zip(other.states) {
        state.merge(theirs, &map, groups, &texts.pool);
    }
    Ok(())
}
