//! One thread's part of an aggregation: evaluates chunks, finds groups, and feeds the states.

use huoshui_kernel::fault::Result;

use super::bits;
use super::distinct::Distinct;
use super::eval::{Context, Evaluator, Lane, domain_codes, internal, lane};
use super::group::{Grouper, KeySource};
use super::input::{Input, Texts};
use super::plan::{Id, Plan};
use super::state::{Argument, Groups, State, Sums};
use super::text::Pool;
use crate::ir::{AggregateFn, Query};
use crate::value::Type;

/// Memory for all bitmaps of distinct counts together, in words: 1 GB.
const DISTINCT_WORDS: usize = 1 << 27;

/// An aggregate over the plan.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub func: AggregateFn,
    /// Index into [`Job::filters`].
    filter: usize,
    pub args: Vec<Id>,
    /// The argument's type.
    pub ty: Option<Type>,
    /// The text column whose domain codes are counted.
    domain: Option<usize>,
}

/// A grouped query over the plan.
#[derive(Debug)]
pub(super) struct Job {
    pub plan: Plan,
    pub filter: Option<Id>,
    pub keys: Vec<Id>,
    pub sources: Vec<KeySource>,
    /// The different FILTERs; None is every row.
    filters: Vec<Option<Id>>,
    pub tasks: Vec<Task>,
}

impl Job {
    pub fn new(query: &Query) -> Result<Self> {
        if !query.grouped {
            return Err(internal("a query without aggregates"));
        }
        let mut plan = Plan::default();
        let schema = &query.schema;
        let filter = query.filter.as_ref().map(|f| plan.add(f, schema)).transpose()?;
        let keys = query.keys.iter().map(|key| plan.add(key, schema)).collect::<Result<Vec<_>>>()?;
        let sources = keys.iter().map(|key| KeySource::of(&plan, *key)).collect::<Result<Vec<_>>>()?;
        for source in &sources {
            if let KeySource::Domain(column) = source {
                plan.domain(*column);
            }
        }
        let mut filters: Vec<Option<Id>> = Vec::new();
        let mut tasks = Vec::with_capacity(query.aggregates.len());
        for aggregate in &query.aggregates {
            let condition = aggregate.filter.as_ref().map(|f| plan.add(f, schema)).transpose()?;
            let at = filters.iter().position(|known| *known == condition).unwrap_or(filters.len());
            if at == filters.len() {
                filters.push(condition);
            }
            let args = aggregate.args.iter().map(|arg| plan.add(arg, schema)).collect::<Result<Vec<_>>>()?;
            let mut domain = None;
            if let Some(arg) = args.first() {
                match (aggregate.func, plan.text_column(*arg)) {
                    (AggregateFn::CountDistinct, Some(column)) => {
                        plan.domain(column);
                        domain = Some(column);
                    }
                    (AggregateFn::Min | AggregateFn::Max, Some(_)) => plan.pool(*arg),
                    _ => {}
                }
            }
            let ty = aggregate.args.first().map(|arg| arg.ty);
            tasks.push(Task { func: aggregate.func, filter: at, args, ty, domain });
        }
        let args = tasks.iter().flat_map(|task| task.args.iter().copied());
        let roots: Vec<Id> = filter
            .into_iter()
            .chain(keys.iter().copied())
            .chain(filters.iter().copied().flatten())
            .chain(args)
            .collect();
        plan.seal(roots);
        Ok(Self { plan, filter, keys, sources, filters, tasks })
    }
}

/// One thread's state.
#[derive(Debug)]
pub(super) struct Worker {
    evaluator: Evaluator,
    pub grouper: Grouper,
    pub states: Vec<State>,
    groups: Vec<u32>,
    base: Vec<u64>,
    selected: Vec<Vec<u64>>,
    scratch: Scratch,
}

#[derive(Debug, Default)]
struct Scratch {
    rows: Vec<u64>,
    known: Vec<u64>,
    codes: Vec<u32>,
    nums: Vec<i64>,
}

impl Worker {
    /// `share` is how many workers split the memory for distinct counts.
    pub fn new(job: &Job, pool: &mut Pool, share: usize) -> Result<Self> {
        let sets = job.tasks.iter().filter(|task| task.func == AggregateFn::CountDistinct).count();
        let words = DISTINCT_WORDS / (sets * share).max(1);
        let state = |task: &Task| match task.func {
            AggregateFn::Count => State::Count(Vec::new()),
            AggregateFn::CountDistinct if task.domain.is_some() => State::Distinct(Distinct::codes(words)),
            AggregateFn::CountDistinct => State::Distinct(Distinct::values()),
            AggregateFn::Sum | AggregateFn::SumProduct | AggregateFn::Avg => State::Sums(Sums::default()),
            AggregateFn::Min => State::extremes(true, task.ty == Some(Type::Text)),
            AggregateFn::Max => State::extremes(false, task.ty == Some(Type::Text)),
        };
        Ok(Self {
            evaluator: Evaluator::new(&job.plan, pool)?,
            grouper: Grouper::new(&job.sources),
            states: job.tasks.iter().map(state).collect(),
            groups: Vec::new(),
            base: Vec::new(),
            selected: vec![Vec::new(); job.filters.len()],
            scratch: Scratch::default(),
        })
    }

    /// Takes in one chunk. Gives the first row of the input that is in error, if one is.
    pub fn chunk(&mut self, job: &Job, texts: &Texts, input: &Input, at: usize, rows: usize) -> Result<Option<usize>> {
        let Self { evaluator, grouper, states, groups, base, selected, scratch } = self;
        evaluator.run(&job.plan, &texts.pool, input, at, rows)?;
        let cx = evaluator.results(&job.plan, &texts.pool, input, at, rows);
        if let Some(row) = select(&cx, job, base, selected)? {
            return Ok(Some(at + row));
        }
        let groups = if job.keys.is_empty() {
            Groups::One(0)
        } else {
            grouper.assign(&cx, base, groups)?;
            match groups.split_first() {
                Some((first, rest)) if rest.iter().fold(0, |differ, group| differ | (group ^ first)) == 0 => {
                    Groups::One(*first)
                }
                _ => Groups::Each(groups),
            }
        };
        let count = grouper.len();
        for (task, state) in job.tasks.iter().zip(states) {
            let codes = task.domain.and_then(|column| texts.domains.get(column)).map_or(0, Pool::len);
            state.reserve(count, codes);
            let rows = selected.get(task.filter).ok_or_else(|| internal("a filter is missing"))?;
            feed(&cx, task, state, groups, rows, scratch)?;
        }
        Ok(None)
    }
}

/// The rows of the query and of each filter; or the first row that is in error.
fn select(cx: &Context<'_>, job: &Job, base: &mut Vec<u64>, selected: &mut [Vec<u64>]) -> Result<Option<usize>> {
    let mut bad = bits::Mask::default();
    bits::fill_ones(base, cx.rows);
    if let Some(filter) = job.filter {
        let filter = cx.slot(filter)?;
        bad.unite(filter.errors.get());
        bits::and(base, &filter.yes);
    }
    for key in &job.keys {
        bad.unite_within(cx.slot(*key)?.errors.get(), base);
    }
    for (filter, rows) in job.filters.iter().zip(selected.iter_mut()) {
        rows.clone_from(base);
        if let Some(filter) = filter {
            let filter = cx.slot(*filter)?;
            bad.unite_within(filter.errors.get(), base);
            bits::and(rows, &filter.yes);
        }
    }
    for task in &job.tasks {
        let Some(rows) = selected.get(task.filter) else { continue };
        for arg in &task.args {
            bad.unite_within(cx.slot(*arg)?.errors.get(), rows);
        }
    }
    Ok(bad.get().and_then(bits::first))
}

fn feed(
    cx: &Context<'_>,
    task: &Task,
    state: &mut State,
    groups: Groups<'_>,
    selected: &[u64],
    scratch: &mut Scratch,
) -> Result<()> {
    let Scratch { rows, known, codes, nums } = scratch;
    let mut selected = selected;
    // Rows with a NULL argument do not count.
    let mut masked = false;
    for arg in &task.args {
        if let Some(valid) = cx.known(*arg, known)? {
            if !masked {
                rows.clear();
                rows.extend_from_slice(selected);
                masked = true;
            }
            bits::and(rows, valid);
        }
    }
    if masked {
        selected = rows;
    }
    if selected.iter().all(|word| *word == 0) {
        return Ok(());
    }
    let argument = match (task.func, task.args.as_slice()) {
        (AggregateFn::Count, _) | (_, []) => Argument::None,
        (AggregateFn::CountDistinct, [_]) if task.domain.is_some() => {
            domain_codes(cx, task.domain.unwrap_or_default(), codes)?;
            Argument::Codes(codes)
        }
        (_, [a]) => Argument::One(numbers(cx, *a, nums)?),
        (_, [a, b]) => Argument::Two(cx.nums(*a)?, cx.nums(*b)?),
        _ => return Err(internal("an aggregate with too many arguments")),
    };
    state.add(argument, groups, selected, cx.pool);
    Ok(())
}

/// Any argument as numbers: days, 0 and 1, codes.
fn numbers<'a>(cx: &Context<'a>, id: Id, spare: &'a mut Vec<i64>) -> Result<&'a [i64]> {
    spare.clear();
    match lane(cx.plan.node(id)?.ty) {
        Lane::Nums => return cx.nums(id),
        Lane::Dates => spare.extend(cx.dates(id)?.iter().map(|day| i64::from(*day))),
        Lane::Codes => spare.extend(cx.codes(id)?.iter().map(|code| i64::from(*code))),
        Lane::Bits => {
            spare.resize(cx.rows, 0);
            bits::for_each(&cx.slot(id)?.yes, |row| {
                if let Some(to) = spare.get_mut(row) {
                    *to = 1;
                }
            });
        }
    }
    Ok(spare)
}
