//! Finding rows by key.

use arrow_array::{Array, Int64Array, RecordBatch};
use hashbrown::HashMap;
use huoshui_kernel::fault::Result;

use crate::arrow::texts;
use crate::relations::RawTable;

/// A row of a table: which batch, which row of it.
pub(super) type Place = (usize, usize);

/// A key of one or two texts; the second is empty where a table has one, or where the cell is.
pub(super) type Key<'a> = (&'a str, &'a str);

/// The rows of a table by key, and how often each key came before.
pub(super) struct Keys<'a> {
    /// The first row of each key.
    pub first: HashMap<Key<'a>, Place>,
    /// For each batch and row: 1 for the first row of its key, 2 for the second …; NULL where the key is.
    pub occurrence: Vec<Int64Array>,
}

impl<'a> Keys<'a> {
    pub fn of(table: RawTable, batches: &[&'a RecordBatch]) -> Result<Self> {
        let rows: usize = batches.iter().map(|b| b.num_rows()).sum();
        let mut seen: HashMap<Key<'a>, (Place, i64)> = HashMap::with_capacity(rows);
        let mut occurrence = Vec::with_capacity(batches.len());
        for (b, batch) in batches.iter().enumerate() {
            let key = KeyReader::of(table, batch)?;
            let counts = (0..batch.num_rows()).map(|i| {
                let (_, count) = seen.entry(key.get(i)?).and_modify(|(_, n)| *n += 1).or_insert(((b, i), 1));
                Some(*count)
            });
            occurrence.push(counts.collect());
        }
        Ok(Self { first: seen.into_iter().map(|(k, (place, _))| (k, place)).collect(), occurrence })
    }

    pub fn is_first(&self, place: Place) -> bool {
        self.occurrence.get(place.0).is_some_and(|a| place.1 < a.len() && a.is_valid(place.1) && a.value(place.1) == 1)
    }
}

/// Reads the key of each row of a batch.
pub(super) struct KeyReader<'a> {
    main: crate::arrow::Texts<'a>,
    second: Option<crate::arrow::Texts<'a>>,
}

impl<'a> KeyReader<'a> {
    pub fn of(table: RawTable, batch: &'a RecordBatch) -> Result<Self> {
        let shape = table.shape();
        let [main, second @ ..] = shape.key else {
            return Err(huoshui_kernel::Fault::new(&crate::faults::INTERNAL).with("detail", "a table without a key"));
        };
        let second = second.first().map(|name| texts(shape.name, batch, name)).transpose()?;
        Ok(Self { main: texts(shape.name, batch, main)?, second })
    }

    pub fn get(&self, row: usize) -> Option<Key<'a>> {
        let main = self.main.get(row)?;
        Some((main, self.second.as_ref().and_then(|s| s.get(row)).unwrap_or("")))
    }
}
