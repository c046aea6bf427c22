//! Joining to each row what checks compare it with.

use std::cell::OnceCell;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, new_null_array};
use arrow_select::interleave::interleave;
use hashbrown::HashMap;
use huoshui_kernel::fault::{Fault, Result};

use super::keys::{Key, KeyReader, Keys, Place};
use super::package::{Context, Package};
use super::schema::Joined;
use super::taints::Taints;
use crate::arrow::{at, column, flags, internal, ints, is_set, texts};
use crate::faults;
use crate::relations::{Filed, RawTable};

/// A table with its rows by key.
pub(super) struct Table<'a> {
    pub raw: RawTable,
    pub batches: Vec<&'a RecordBatch>,
    pub keys: Keys<'a>,
    pub taints: Taints,
}

impl<'a> Table<'a> {
    pub fn of(raw: RawTable, batches: Vec<&'a RecordBatch>) -> Result<Self> {
        let keys = Keys::of(raw, &batches)?;
        Ok(Self { raw, batches, keys, taints: Taints::default() })
    }

    fn find(&self, key: Option<Key<'_>>) -> Option<Place> {
        key.and_then(|k| self.keys.first.get(&k)).copied()
    }

    /// A column at these places; NULL where there is none, or where its cell is known to be wrong.
    fn gather(&self, name: &str, places: &[Place]) -> Result<ArrayRef> {
        let arrays: Vec<&ArrayRef> =
            self.batches.iter().map(|b| column(self.raw.shape().name, b, name)).collect::<Result<_>>()?;
        let Some(first) = arrays.first() else { return Ok(nothing(self.raw, name, places.len())) };
        let null = new_null_array(first.data_type(), 1);
        let sources: Vec<&dyn Array> =
            arrays.iter().map(|a| a.as_ref()).chain(std::iter::once(null.as_ref())).collect();
        let taken = if self.taints.is_empty() {
            interleave(&sources, places)
        } else {
            let believed = |p: &Place| if self.taints.has(*p, name) { self.nowhere() } else { *p };
            interleave(&sources, &places.iter().map(believed).collect::<Vec<_>>())
        };
        taken.map_err(|e| internal(&e))
    }

    /// The place of the NULL that [`Self::gather`] puts behind the batches.
    fn nowhere(&self) -> Place {
        (self.batches.len(), 0)
    }
}

fn nothing(raw: RawTable, name: &str, rows: usize) -> ArrayRef {
    new_null_array(&null_type(raw, name), rows)
}

/// The rows that one batch's rows meet in each table that they are joined to, looked up once however many columns are
/// taken from there.
#[derive(Default)]
pub(super) struct Met {
    line: OnceCell<Vec<Place>>,
    disbursement: OnceCell<Vec<Place>>,
    previous: OnceCell<Vec<Place>>,
}

fn null_type(raw: RawTable, name: &str) -> arrow_schema::DataType {
    use arrow_schema::DataType as D;
    use huoshui_formula::Type as T;
    let kind = raw.shape().columns.iter().find(|c| c.name == name).map(|c| crate::relations::type_of(c.kind));
    match kind {
        Some(T::Bool) => D::Boolean,
        Some(T::Date) => D::Date32,
        Some(T::Text) | None => D::Utf8,
        Some(_) => D::Int64,
    }
}

/// Everything that rows are joined to. A table that was not filed, or a filing that does not exist, makes NULLs.
pub(super) struct Joins<'a> {
    pub notes: Option<Table<'a>>,
    pub disbursements: Option<Table<'a>>,
    pub relationships: Option<Table<'a>>,
    previous: Vec<Table<'a>>,
    /// Σ balance drawn, by borrower and line.
    drawn: Option<HashMap<(&'a str, &'a str), i64>>,
    /// The limit that most members of a group line state.
    group_limits: HashMap<&'a str, i64>,
    line_numbers: Option<hashbrown::HashSet<&'a str>>,
    known: &'a (dyn Fn(&str) -> bool + Sync),
}

impl<'a> Joins<'a> {
    pub fn of(package: &'a Package, context: &Context<'a>) -> Result<Self> {
        let table = |raw: RawTable| -> Result<Option<Table<'a>>> {
            let Some(parts) = package.table(raw) else { return Ok(None) };
            Table::of(raw, parts.iter().map(|p| &p.batch).collect()).map(Some)
        };
        let mut previous = Vec::new();
        if let Some(before) = context.previous {
            for raw in RawTable::ALL {
                previous.push(Table::of(raw, before.filed.batches(raw).iter().collect())?);
            }
        }
        Ok(Self {
            notes: table(RawTable::Notes)?,
            disbursements: table(RawTable::Disbursements)?,
            relationships: table(RawTable::Relationships)?,
            previous,
            drawn: None,
            group_limits: HashMap::new(),
            line_numbers: None,
            known: context.borrower_known,
        })
    }

    pub fn table(&self, raw: RawTable) -> Option<&Table<'a>> {
        match raw {
            RawTable::Notes => self.notes.as_ref(),
            RawTable::Disbursements => self.disbursements.as_ref(),
            RawTable::Relationships => self.relationships.as_ref(),
        }
    }

    pub fn taints(&mut self, raw: RawTable) -> Option<&mut Taints> {
        match raw {
            RawTable::Notes => self.notes.as_mut(),
            RawTable::Disbursements => self.disbursements.as_mut(),
            RawTable::Relationships => self.relationships.as_mut(),
        }
        .map(|t| &mut t.taints)
    }

    pub fn before(&self, raw: RawTable) -> Option<&Table<'a>> {
        self.previous.iter().find(|t| t.raw == raw)
    }

    /// Adds up what is drawn under each line and what group lines agree on, once wrong cells are known.
    pub fn summarise(&mut self) -> Result<()> {
        if let Some(notes) = &self.notes {
            self.drawn = Some(drawn(notes)?);
        }
        if let Some(table) = &self.relationships {
            self.group_limits = group_limits(table)?;
            let mut numbers = hashbrown::HashSet::new();
            for batch in &table.batches {
                let line = texts("relationships", batch, "line_no")?;
                numbers.extend((0..line.len()).filter_map(|i| line.get(i)));
            }
            self.line_numbers = Some(numbers);
        }
        Ok(())
    }

    /// A joined column for a batch of a table; `part` is the batch's place among the table's.
    pub fn column(&self, raw: RawTable, batch: &RecordBatch, part: usize, met: &Met, what: Joined) -> Result<ArrayRef> {
        let rows = batch.num_rows();
        let key = KeyReader::of(raw, batch)?;
        match what {
            Joined::Occurrence => {
                let counts = self.table(raw).and_then(|t| t.keys.occurrence.get(part));
                Ok(Arc::new(counts.cloned().unwrap_or_else(|| Int64Array::new_null(rows))))
            }
            Joined::BorrowerKnown => {
                let borrower = texts(raw.shape().name, batch, "borrower")?;
                Ok(bools((0..rows).map(|i| borrower.get(i).map(self.known))))
            }
            Joined::LineExists => {
                let line = texts("notes", batch, "line_no")?;
                let exists = |i| Some(self.line_numbers.as_ref()?.contains(line.get(i)?));
                Ok(bools((0..rows).map(exists)))
            }
            Joined::LineOfBorrower => {
                let Some(table) = &self.relationships else { return Ok(bools((0..rows).map(|_| None))) };
                let lines = self.lines(table, batch, met)?;
                let line = texts("notes", batch, "line_no")?;
                let of_borrower = |(i, place): (usize, &Place)| line.get(i).map(|_| *place != table.nowhere());
                Ok(bools(lines.iter().enumerate().map(of_borrower)))
            }
            Joined::Line(name) => match &self.relationships {
                Some(table) => table.gather(name, self.lines(table, batch, met)?),
                None => Ok(nothing(RawTable::Relationships, name, rows)),
            },
            Joined::DisbExists => Ok(exists(self.disbursements.as_ref(), &key, rows)),
            Joined::Disb(name) => match &self.disbursements {
                Some(table) => table.gather(name, places(table, &key, rows, &met.disbursement)),
                None => Ok(nothing(RawTable::Disbursements, name, rows)),
            },
            Joined::DisbBorrowerKnown => {
                let borrower = self.column(raw, batch, part, met, Joined::Disb("borrower"))?;
                let borrower = crate::arrow::Texts::of(borrower.as_ref()).ok_or_else(lost)?;
                Ok(bools((0..rows).map(|i| borrower.get(i).map(self.known))))
            }
            Joined::PrevExists => Ok(exists(self.before(raw), &key, rows)),
            Joined::Prev(name) => match self.before(raw) {
                Some(table) => table.gather(name, places(table, &key, rows, &met.previous)),
                None => Ok(nothing(raw, name, rows)),
            },
            Joined::NowExists => Ok(exists(self.table(raw), &key, rows)),
            Joined::RenewedBorrower => self.renewed(batch),
            Joined::DrawnBalance => {
                let sums = self.drawn.as_ref();
                let line = texts("relationships", batch, "line_no")?;
                let borrower = texts("relationships", batch, "borrower")?;
                let sum = |i| Some(sums?.get(&(borrower.get(i)?, line.get(i)?)).copied().unwrap_or(0));
                Ok(Arc::new((0..rows).map(sum).collect::<Int64Array>()))
            }
            Joined::GroupLimit => {
                let group = texts("relationships", batch, "group_line")?;
                let limit = |i| self.group_limits.get(group.get(i)?).copied();
                Ok(Arc::new((0..rows).map(limit).collect::<Int64Array>()))
            }
        }
    }

    fn lines<'m>(&self, table: &Table<'_>, batch: &RecordBatch, met: &'m Met) -> Result<&'m Vec<Place>> {
        let (borrower, line) = (texts("notes", batch, "borrower")?, texts("notes", batch, "line_no")?);
        let find = |i| table.find(Some((borrower.get(i)?, line.get(i)?)));
        Ok(met.line.get_or_init(|| (0..batch.num_rows()).map(|i| find(i).unwrap_or(table.nowhere())).collect()))
    }

    /// The borrower of the note that this one renews, in this filing or else in the last.
    fn renewed(&self, batch: &RecordBatch) -> Result<ArrayRef> {
        let from = texts("notes", batch, "renewed_from")?;
        let mut out = StringBuilder::new();
        for i in 0..batch.num_rows() {
            let mut found = None;
            for table in [self.notes.as_ref(), self.before(RawTable::Notes)].into_iter().flatten() {
                let place = from.get(i).and_then(|f| table.find(Some((f, ""))));
                let Some((b, row)) = place.filter(|p| !table.taints.has(*p, "borrower")) else { continue };
                let Some(source) = table.batches.get(b) else { continue };
                found = texts("notes", source, "borrower")?.get(row);
                break;
            }
            out.append_option(found);
        }
        Ok(Arc::new(out.finish()))
    }
}

fn lost() -> Fault {
    Fault::new(&faults::INTERNAL).with("detail", "a joined column is missing")
}

fn bools(values: impl Iterator<Item = Option<bool>>) -> ArrayRef {
    Arc::new(values.collect::<BooleanArray>())
}

/// Whether the other table has the row's key; NULL where there is no such table, or where the key is NULL.
fn exists(table: Option<&Table<'_>>, key: &KeyReader<'_>, rows: usize) -> ArrayRef {
    bools((0..rows).map(|i| key.get(i).and_then(|k| table.map(|t| t.keys.first.contains_key(&k)))))
}

fn places<'m>(table: &Table<'_>, key: &KeyReader<'_>, rows: usize, met: &'m OnceCell<Vec<Place>>) -> &'m Vec<Place> {
    met.get_or_init(|| (0..rows).map(|i| table.find(key.get(i)).unwrap_or(table.nowhere())).collect())
}

/// Σ balance of the notes under each line of each borrower. Repeated, gone and wrong rows do not count.
fn drawn<'a>(notes: &Table<'a>) -> Result<HashMap<(&'a str, &'a str), i64>> {
    let mut sums: HashMap<(&str, &str), i64> = HashMap::new();
    for (b, batch) in notes.batches.iter().enumerate() {
        let (borrower, line) = (texts("notes", batch, "borrower")?, texts("notes", batch, "line_no")?);
        let balance = ints("notes", batch, "balance_cny")?;
        let (gone, sold) = (flags("notes", batch, "written_off")?, flags("notes", batch, "transferred")?);
        for i in 0..batch.num_rows() {
            let (Some(borrower), Some(line), Some(balance)) = (borrower.get(i), line.get(i), at(balance, i)) else {
                continue;
            };
            let wrong = notes.taints.any((b, i), &["borrower", "line_no", "balance", "balance_cny", "written_off"]);
            if wrong || is_set(gone, i) || is_set(sold, i) || !notes.keys.is_first((b, i)) {
                continue;
            }
            let sum = sums.entry((borrower, line)).or_insert(0);
            *sum = sum.saturating_add(balance);
        }
    }
    Ok(sums)
}

/// The limit that most members of each group line state; of equally many, the one that is stated first.
fn group_limits<'a>(table: &Table<'a>) -> Result<HashMap<&'a str, i64>> {
    let mut votes: HashMap<&str, Vec<(i64, usize)>> = HashMap::new();
    for (b, batch) in table.batches.iter().enumerate() {
        let group = texts("relationships", batch, "group_line")?;
        let limit = ints("relationships", batch, "credit_limit")?;
        for i in 0..batch.num_rows() {
            let (Some(group), Some(limit)) = (group.get(i), at(limit, i)) else { continue };
            if table.taints.any((b, i), &["credit_limit", "group_line"]) {
                continue;
            }
            let stated = votes.entry(group).or_default();
            match stated.iter_mut().find(|(l, _)| *l == limit) {
                Some((_, count)) => *count += 1,
                None => stated.push((limit, 1)),
            }
        }
    }
    let most = |stated: Vec<(i64, usize)>| {
        stated.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(limit, _)| limit)
    };
    Ok(votes.into_iter().filter_map(|(group, stated)| Some((group, most(stated)?))).collect())
}

impl Filed {
    /// The batches of a table.
    #[must_use]
    pub fn batches(&self, raw: RawTable) -> &[RecordBatch] {
        match raw {
            RawTable::Notes => &self.notes,
            RawTable::Disbursements => &self.disbursements,
            RawTable::Relationships => &self.relationships,
        }
    }
}
