//! From group keys to small group numbers. Keys are combined pairwise, (group so far, code of the next key) → group,
//! through a table while it is small and through a hash map beyond.

use hashbrown::HashMap;
use huoshui_kernel::fault::{Fault, Result};

use super::bits;
use super::eval::{Context, Lane, domain_codes, internal, lane};
use super::plan::{Id, Plan};
use crate::faults;

/// The most groups a query may have.
pub(super) const MAX_GROUPS: usize = 1 << 27;
/// The most cells of a pair table: 16 MB.
const TABLE: usize = 1 << 22;
const NONE: u32 = u32::MAX;

/// Where a key's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeySource {
    /// A text column, by the codes of its domain.
    Domain(usize),
    /// Any other text, by the codes of the common pool.
    Pool(Id),
    /// Numbers.
    Nums(Id),
    /// Dates.
    Dates(Id),
    /// Truths.
    Bits(Id),
}

impl KeySource {
    pub fn of(plan: &Plan, id: Id) -> Result<Self> {
        Ok(match (plan.text_column(id), lane(plan.node(id)?.ty)) {
            (Some(column), _) => Self::Domain(column),
            (None, Lane::Codes) => Self::Pool(id),
            (None, Lane::Nums) => Self::Nums(id),
            (None, Lane::Dates) => Self::Dates(id),
            (None, Lane::Bits) => Self::Bits(id),
        })
    }
}

/// A key's value as a number: a code, a number, a day, 0 or 1. None is NULL.
pub(super) type Cell = Option<i64>;

/// Numbers a key's values: 0 is NULL, codes come after it.
#[derive(Debug)]
struct Coder {
    source: KeySource,
    /// For numbers and dates: the value of each code, and the way back. Texts and truths are codes already.
    values: Vec<i64>,
    codes: HashMap<i64, u32>,
}

/// One pairwise step.
#[derive(Debug, Default)]
struct Level {
    table: Vec<u32>,
    /// Codes that a row of the table has room for.
    width: usize,
    map: HashMap<(u32, u32), u32>,
    mapped: bool,
    /// The pair behind each group.
    pairs: Vec<(u32, u32)>,
}

/// All keys of a query, for one thread.
#[derive(Debug)]
pub(super) struct Grouper {
    coders: Vec<Coder>,
    levels: Vec<Level>,
    codes: Vec<u32>,
}

impl Grouper {
    pub fn new(sources: &[KeySource]) -> Self {
        let coder = |source: &KeySource| Coder { source: *source, values: Vec::new(), codes: HashMap::new() };
        Self {
            coders: sources.iter().map(coder).collect(),
            levels: sources.iter().map(|_| Level::default()).collect(),
            codes: Vec::new(),
        }
    }

    /// How many groups there are; without keys always one.
    pub fn len(&self) -> usize {
        self.levels.last().map_or(1, |level| level.pairs.len())
    }

    /// The group of each row of the chunk. Rows that are not selected get any group.
    pub fn assign(&mut self, cx: &Context<'_>, selected: &[u64], groups: &mut Vec<u32>) -> Result<()> {
        groups.clear();
        groups.resize(cx.rows, 0);
        for (coder, level) in self.coders.iter_mut().zip(&mut self.levels) {
            coder.encode(cx, selected, &mut self.codes)?;
            level.combine(groups, &self.codes, selected)?;
        }
        Ok(())
    }

    /// The group of these key values, a new one if need be.
    pub fn intern(&mut self, cells: &[Cell]) -> Result<u32> {
        let mut group = 0;
        for ((coder, level), cell) in self.coders.iter_mut().zip(&mut self.levels).zip(cells) {
            let code = coder.code(*cell)?;
            group = level.pair(group, code)?;
        }
        Ok(group)
    }

    /// The key values of a group, into `cells`.
    pub fn cells(&self, group: u32, cells: &mut Vec<Cell>) -> Result<()> {
        cells.clear();
        let mut group = group;
        for (coder, level) in self.coders.iter().zip(&self.levels).rev() {
            let (before, code) =
                level.pairs.get(group as usize).copied().ok_or_else(|| internal("a group is missing"))?;
            cells.push(coder.cell(code));
            group = before;
        }
        cells.reverse();
        Ok(())
    }
}

impl Coder {
    fn encode(&mut self, cx: &Context<'_>, selected: &[u64], out: &mut Vec<u32>) -> Result<()> {
        out.clear();
        match self.source {
            KeySource::Domain(column) => {
                domain_codes(cx, column, out)?;
                out.iter_mut().for_each(|code| *code = code.wrapping_add(1));
                let id = cx.plan.column_node(column).ok_or_else(|| internal("a key column is missing"))?;
                null_rows(cx.slot(id)?.valid.get(), out);
            }
            KeySource::Pool(id) => {
                out.extend(cx.codes(id)?.iter().map(|code| code.wrapping_add(1)));
                null_rows(cx.slot(id)?.valid.get(), out);
            }
            KeySource::Nums(id) => {
                let values = cx.nums(id)?.iter().copied();
                self.number(values, cx.slot(id)?.valid.get(), selected, cx.rows, out)?;
            }
            KeySource::Dates(id) => {
                let values = cx.dates(id)?.iter().map(|day| i64::from(*day));
                self.number(values, cx.slot(id)?.valid.get(), selected, cx.rows, out)?;
            }
            KeySource::Bits(id) => {
                let slot = cx.slot(id)?;
                out.resize(cx.rows, 0);
                for (bits, code) in [(&slot.no, 1), (&slot.yes, 2)] {
                    bits::for_each(bits, |row| {
                        if let Some(to) = out.get_mut(row) {
                            *to = code;
                        }
                    });
                }
            }
        }
        Ok(())
    }

    fn number(
        &mut self,
        values: impl Iterator<Item = i64>,
        valid: Option<&[u64]>,
        selected: &[u64],
        rows: usize,
        out: &mut Vec<u32>,
    ) -> Result<()> {
        out.resize(rows, 0);
        let mut last: Option<(i64, u32)> = None;
        for (row, (value, to)) in values.zip(out).enumerate() {
            let bit = |words: &[u64]| words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1);
            if !bit(selected) || valid.is_some_and(|valid| !bit(valid)) {
                continue;
            }
            *to = match last {
                Some((before, code)) if before == value => code,
                _ => self.code(Some(value))?,
            };
            last = Some((value, *to));
        }
        Ok(())
    }

    fn code(&mut self, cell: Cell) -> Result<u32> {
        let Some(value) = cell else { return Ok(0) };
        if matches!(self.source, KeySource::Nums(_) | KeySource::Dates(_)) {
            if let Some(code) = self.codes.get(&value) {
                return Ok(*code);
            }
            self.values.push(value);
            let code = u32::try_from(self.values.len()).map_err(|_| too_many())?;
            self.codes.insert(value, code);
            return Ok(code);
        }
        u32::try_from(value).ok().and_then(|code| code.checked_add(1)).ok_or_else(|| internal("a key's code"))
    }

    fn cell(&self, code: u32) -> Cell {
        let code = code.checked_sub(1)?;
        if matches!(self.source, KeySource::Nums(_) | KeySource::Dates(_)) {
            return self.values.get(code as usize).copied();
        }
        Some(i64::from(code))
    }
}

/// NULL has code 0.
fn null_rows(valid: Option<&[u64]>, codes: &mut [u32]) {
    let Some(valid) = valid else { return };
    for (block, word) in codes.chunks_mut(64).zip(valid) {
        if *word != u64::MAX {
            for (bit, code) in block.iter_mut().enumerate() {
                *code *= u32::from(word >> bit & 1 == 1);
            }
        }
    }
}

fn too_many() -> Fault {
    Fault::new(&faults::TOO_MANY_GROUPS).with("limit", MAX_GROUPS)
}

impl Level {
    /// Replaces each group by that of (group, code).
    fn combine(&mut self, groups: &mut [u32], codes: &[u32], selected: &[u64]) -> Result<()> {
        if !self.mapped {
            let (table, width) = (self.table.as_slice(), self.width);
            let mut missing = false;
            let find = |group: u32, code: u32| {
                let at = if (code as usize) < width { group as usize * width + code as usize } else { usize::MAX };
                table.get(at).copied().unwrap_or(NONE)
            };
            for (group, code) in groups.iter().zip(codes) {
                missing |= find(*group, *code) == NONE;
            }
            if !missing {
                groups.iter_mut().zip(codes).for_each(|(group, code)| *group = find(*group, *code));
                return Ok(());
            }
        }
        let rows = groups.chunks_mut(64).zip(codes.chunks(64)).zip(selected);
        for ((groups, codes), word) in rows {
            for (bit, (group, code)) in groups.iter_mut().zip(codes).enumerate() {
                *group = if word >> bit & 1 == 1 { self.pair(*group, *code)? } else { 0 };
            }
        }
        Ok(())
    }

    fn pair(&mut self, group: u32, code: u32) -> Result<u32> {
        if !self.mapped {
            self.make_room(group as usize, code as usize);
        }
        let next = u32::try_from(self.pairs.len()).ok().filter(|g| (*g as usize) < MAX_GROUPS).ok_or_else(too_many)?;
        if self.mapped {
            let found = *self.map.entry((group, code)).or_insert(next);
            if found == next {
                self.pairs.push((group, code));
            }
            return Ok(found);
        }
        let cell = self.table.get_mut(group as usize * self.width + code as usize);
        let cell = cell.ok_or_else(|| internal("a pair table is too small"))?;
        if *cell == NONE {
            *cell = next;
            self.pairs.push((group, code));
        }
        Ok(*cell)
    }

    /// Grows the table, or gives it up for a map.
    fn make_room(&mut self, group: usize, code: usize) {
        let rows = self.table.len().checked_div(self.width).unwrap_or(0);
        if group < rows && code < self.width {
            return;
        }
        let width = if code < self.width { self.width } else { (code + 1).next_power_of_two() };
        let rows = if group < rows { rows } else { (group + 1).next_power_of_two() };
        if width.saturating_mul(rows) > TABLE {
            self.mapped = true;
            self.map = (0u32..).zip(&self.pairs).map(|(group, pair)| (*pair, group)).collect();
            self.table = Vec::new();
            return;
        }
        let mut table = vec![NONE; width * rows];
        for (group, (before, code)) in (0u32..).zip(&self.pairs) {
            if let Some(cell) = table.get_mut(*before as usize * width + *code as usize) {
                *cell = group;
            }
        }
        self.table = table;
        self.width = width;
    }
}
