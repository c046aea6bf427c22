//! Texts as codes. A pool gives every distinct text one number, so that rows compare numbers; texts are read once for
//! each entry of a dictionary and not for each row.

use std::hash::BuildHasher;
use std::sync::Arc;

use arrow_array::{Array, StringArray};
use hashbrown::{DefaultHashBuilder, HashTable};
use huoshui_kernel::fault::{Fault, Result};
use rayon::prelude::*;

use crate::faults;

/// Dictionaries of at least this many entries are looked up on all cores.
const LARGE: usize = 1 << 14;

/// How the codes of one dictionary become codes of a pool.
#[derive(Clone, Debug)]
pub(super) enum Codes {
    /// They are the same.
    Same,
    /// Entry by entry.
    Table(Arc<[u32]>),
}

/// Distinct texts, numbered from zero.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// A dictionary whose codes became the pool's first codes as they were.
    adopted: Option<StringArray>,
    /// The other texts, end to end.
    bytes: String,
    ends: Vec<usize>,
    hasher: DefaultHashBuilder,
    table: HashTable<u32>,
    /// Whether `table` holds the adopted codes; they are only entered when a second dictionary comes.
    indexed: bool,
}

impl Pool {
    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.base() + self.ends.len()
    }

    fn base(&self) -> usize {
        self.adopted.as_ref().map_or(0, |dictionary| dictionary.len())
    }

    /// The text with this code; empty for a code that was never given.
    pub fn text(&self, code: u32) -> &str {
        lookup(self.adopted.as_ref(), &self.bytes, &self.ends, code)
    }

    /// The code of a text that has one; to be called when the adopted texts are indexed.
    fn find(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text.as_bytes());
        let same = |code: &u32| lookup(self.adopted.as_ref(), &self.bytes, &self.ends, *code) == text;
        self.table.find(hash, same).copied()
    }

    /// The code of a text, a new one if it has none.
    pub fn intern(&mut self, text: &str) -> Result<u32> {
        let next = u32::try_from(self.len()).ok().filter(|code| *code < u32::MAX);
        let Some(next) = next else {
            return Err(Fault::new(&faults::TOO_MANY_GROUPS).with("limit", u32::MAX));
        };
        self.index();
        let Self { adopted, bytes, ends, hasher, table, .. } = self;
        let hash = hasher.hash_one(text.as_bytes());
        if let Some(code) = table.find(hash, |code| lookup(adopted.as_ref(), bytes, ends, *code) == text) {
            return Ok(*code);
        }
        bytes.push_str(text);
        ends.push(bytes.len());
        table
            .insert_unique(hash, next, |code| hasher.hash_one(lookup(adopted.as_ref(), bytes, ends, *code).as_bytes()));
        Ok(next)
    }

    fn index(&mut self) {
        if self.indexed {
            return;
        }
        self.indexed = true;
        let Some(adopted) = &self.adopted else { return };
        let hasher = &self.hasher;
        let hash = |text: &str| hasher.hash_one(text.as_bytes());
        self.table.reserve(adopted.len(), |_| 0);
        for (code, text) in (0u32..).zip(adopted.iter()) {
            self.table.insert_unique(hash(text.unwrap_or_default()), code, |code| {
                hash(lookup(Some(adopted), "", &[], *code))
            });
        }
    }

    /// The pool's codes for a dictionary's entries. The first dictionary, if its entries ascend and so are distinct, is
    /// taken as it is, which spares hashing millions of borrowers.
    pub fn translate(&mut self, dictionary: &StringArray) -> Result<Codes> {
        if self.adopted.as_ref().is_some_and(|adopted| same(adopted, dictionary)) {
            return Ok(Codes::Same);
        }
        if self.len() == 0 && ascends(dictionary) {
            self.adopted = Some(dictionary.clone());
            return Ok(Codes::Same);
        }
        // Most entries of a large dictionary are known from the batches before: finding them needs no order.
        self.index();
        let find =
            |row: usize| if dictionary.is_valid(row) { self.find(dictionary.value(row)) } else { Some(u32::MAX) };
        let rows = 0..dictionary.len();
        let found: Vec<Option<u32>> =
            if rows.len() < LARGE { rows.map(find).collect() } else { rows.into_par_iter().map(find).collect() };
        let mut table = Vec::with_capacity(found.len());
        for (row, code) in found.into_iter().enumerate() {
            table.push(match code {
                Some(code) => code,
                None => self.intern(dictionary.value(row))?,
            });
        }
        Ok(Codes::Table(table.into()))
    }
}

fn lookup<'a>(adopted: Option<&'a StringArray>, bytes: &'a str, ends: &[usize], code: u32) -> &'a str {
    let code = code as usize;
    let base = adopted.map_or(0, |dictionary| dictionary.len());
    if let Some(dictionary) = adopted.filter(|_| code < base) {
        return dictionary.value(code);
    }
    let at = code - base;
    let start = at.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(at).and_then(|end| bytes.get(start..*end)).unwrap_or_default()
}

fn ascends(dictionary: &StringArray) -> bool {
    if dictionary.null_count() > 0 {
        return false;
    }
    let steps = (1..dictionary.len()).into_par_iter().with_min_len(LARGE);
    steps.all(|row| dictionary.value(row - 1) < dictionary.value(row))
}

/// Whether two arrays are one and the same in memory.
pub(super) fn same(a: &StringArray, b: &StringArray) -> bool {
    a.len() == b.len()
        && std::ptr::eq(a.value_data().as_ptr(), b.value_data().as_ptr())
        && std::ptr::eq(a.value_offsets().as_ptr(), b.value_offsets().as_ptr())
        && a.null_count() == b.null_count()
}

/// Plain texts as a dictionary of their own with a key for each row (0 where NULL).
pub(super) fn encode(texts: &StringArray) -> (Vec<i32>, StringArray) {
    let hasher = DefaultHashBuilder::default();
    let mut table: HashTable<(i32, &str)> = HashTable::new();
    let mut entries: Vec<&str> = Vec::new();
    let mut keys = Vec::with_capacity(texts.len());
    // Filings come sorted by institution: most rows repeat the text before.
    let mut last: Option<(&str, i32)> = None;
    for text in texts {
        let Some(text) = text else {
            keys.push(0);
            continue;
        };
        if let Some((_, key)) = last.filter(|(before, _)| *before == text) {
            keys.push(key);
            continue;
        }
        let hash = hasher.hash_one(text.as_bytes());
        let key = match table.find(hash, |(_, known)| *known == text) {
            Some((key, _)) => *key,
            None => {
                // A batch never has more rows than an Arrow offset can say, so the key always fits.
                let key = i32::try_from(entries.len()).unwrap_or(i32::MAX);
                entries.push(text);
                table.insert_unique(hash, (key, text), |(_, known)| hasher.hash_one(known.as_bytes()));
                key
            }
        };
        last = Some((text, key));
        keys.push(key);
    }
    (keys, StringArray::from_iter_values(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(pool: &mut Pool, dictionary: &[Option<&str>]) -> Vec<u32> {
        let array = StringArray::from(dictionary.to_vec());
        match pool.translate(&array).unwrap() {
            Codes::Same => (0..u32::try_from(array.len()).unwrap()).collect(),
            Codes::Table(table) => table.to_vec(),
        }
    }

    #[test]
    fn one_text_has_one_code_over_all_dictionaries() {
        let mut pool = Pool::default();
        assert_eq!(codes(&mut pool, &[Some("a"), Some("b"), Some("d")]), [0, 1, 2]);
        assert_eq!(codes(&mut pool, &[Some("d"), Some("c"), None, Some("c"), Some("a")]), [2, 3, u32::MAX, 3, 0]);
        assert_eq!(pool.intern("").unwrap(), 4);
        assert_eq!((0..5).map(|code| pool.text(code).to_owned()).collect::<Vec<_>>(), ["a", "b", "d", "c", ""]);
        assert_eq!(pool.len(), 5);
    }

    #[test]
    fn a_dictionary_that_repeats_an_entry_is_not_adopted() {
        let mut pool = Pool::default();
        assert_eq!(codes(&mut pool, &[Some("a"), Some("a"), Some("b")]), [0, 0, 1]);
        assert_eq!(pool.len(), 2);
    }

    #[test]
    fn plain_texts_are_encoded_in_order_of_appearance() {
        let texts = StringArray::from(vec![Some("x"), Some("x"), None, Some("y"), Some("x")]);
        let (keys, dictionary) = encode(&texts);
        assert_eq!(keys, [0, 0, 0, 1, 0]);
        assert_eq!(dictionary.iter().flatten().collect::<Vec<_>>(), ["x", "y"]);
    }
}
