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

/// Bytes of a text that the table itself holds.
const HEAD: usize = 19;
/// The length of a text that is longer.
const LONG: u8 = u8::MAX;

/// An entry of the table. With the text itself in it (codes of enterprises, notes, banks and districts all fit), a lookup
/// touches one line of memory instead of three; and looking up is what millions of borrowers cost.
#[derive(Clone, Copy, Debug)]
struct Slot {
    head: [u8; HEAD],
    len: u8,
    code: u32,
}

impl Slot {
    fn new(text: &str, code: u32) -> Self {
        let bytes = text.as_bytes();
        let mut head = [0; HEAD];
        head.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        let len = u8::try_from(bytes.len()).ok().filter(|len| usize::from(*len) <= HEAD).unwrap_or(LONG);
        Self { head, len, code }
    }

    /// The whole text, unless it is too long to be here.
    fn whole(&self) -> Option<&[u8]> {
        self.head.get(..usize::from(self.len))
    }

    /// The hash of the text, which is looked up where it is not here whole.
    fn hash(&self, hasher: &DefaultHashBuilder, adopted: Option<&StringArray>, bytes: &str, ends: &[usize]) -> u64 {
        let long = || lookup(adopted, bytes, ends, self.code).as_bytes();
        hasher.hash_one(self.whole().unwrap_or_else(long))
    }

    /// Whether both hold one text; `long` tells for texts that are not here whole.
    #[inline]
    fn is(&self, other: &Self, long: impl FnOnce(u32) -> bool) -> bool {
        self.head == other.head && self.len == other.len && (self.len != LONG || long(self.code))
    }
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
    table: HashTable<Slot>,
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
        let wanted = Slot::new(text, 0);
        self.table.find(hash, |slot| slot.is(&wanted, |code| self.text(code) == text)).map(|slot| slot.code)
    }

    /// The code of a text, a new one if it has none.
    pub fn intern(&mut self, text: &str) -> Result<u32> {
        let next = u32::try_from(self.len()).ok().filter(|code| *code < u32::MAX);
        let Some(next) = next else {
            return Err(Fault::new(&faults::TOO_MANY_GROUPS).with("limit", u32::MAX));
        };
        self.index();
        if let Some(code) = self.find(text) {
            return Ok(code);
        }
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        self.enter(text, next);
        Ok(next)
    }

    /// Enters a text that is not there.
    fn enter(&mut self, text: &str, code: u32) {
        let hash = self.hasher.hash_one(text.as_bytes());
        let Self { adopted, bytes, ends, hasher, table, .. } = self;
        table.insert_unique(hash, Slot::new(text, code), |slot| slot.hash(hasher, adopted.as_ref(), bytes, ends));
    }

    /// Makes room for so many more texts.
    fn reserve(&mut self, more: usize) {
        let Self { adopted, bytes, ends, hasher, table, .. } = self;
        table.reserve(more, |slot| slot.hash(hasher, adopted.as_ref(), bytes, ends));
    }

    fn index(&mut self) {
        if self.indexed {
            return;
        }
        self.indexed = true;
        let Some(adopted) = self.adopted.clone() else { return };
        self.reserve(adopted.len());
        for (code, text) in (0u32..).zip(adopted.iter()) {
            self.enter(text.unwrap_or_default(), code);
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
        self.reserve(found.iter().filter(|code| code.is_none()).count());
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
    fn long_texts_are_told_apart_beyond_what_the_table_holds() {
        let stem = "911101080000000000A";
        assert_eq!(stem.len(), HEAD);
        let texts: Vec<String> = ["", "a", "b", "ab", "b\0", "\0"].iter().map(|tail| format!("{stem}{tail}")).collect();
        let short: Vec<String> = (0..=HEAD).map(|len| stem.chars().take(len).collect()).collect();
        let all: Vec<&str> = texts.iter().chain(&short).map(String::as_str).collect();
        let mut pool = Pool::default();
        let first: Vec<u32> = all.iter().map(|text| pool.intern(text).unwrap()).collect();
        // The stem itself comes twice: with no tail, and at its full length.
        assert_eq!(pool.len(), all.len() - 1);
        // Growing the table must not lose or confuse any of them.
        (0..5_000).for_each(|n| assert!(pool.intern(&format!("{n:025}")).unwrap() >= 25));
        assert_eq!(all.iter().map(|text| pool.intern(text).unwrap()).collect::<Vec<_>>(), first);
        assert!(all.iter().zip(&first).all(|(text, code)| pool.text(*code) == *text));
    }

    #[test]
    fn plain_texts_are_encoded_in_order_of_appearance() {
        let texts = StringArray::from(vec![Some("x"), Some("x"), None, Some("y"), Some("x")]);
        let (keys, dictionary) = encode(&texts);
        assert_eq!(keys, [0, 0, 0, 1, 0]);
        assert_eq!(dictionary.iter().flatten().collect::<Vec<_>>(), ["x", "y"]);
    }
}
