//! Finding an enterprise by its USCC or a part of its name: Chinese, pinyin or initials. Public fields only.
//!
//! Ranking, the first that holds:
//! 1. the USCC begins with the query (four characters at least);
//! 2. the name is the query; 3. begins with it; 4. holds it;
//! 5. the name's pinyin begins with the query (`huoshuik`); 6. holds it;
//! 7. the name's initials begin with the query (`hskj`); 8. hold it; a query that mixes Chinese, pinyin and initials
//!    (`活水kj`) ranks with these.
//!
//! Within each: present names before former ones, shorter before longer, then by text, then by USCC. The order hangs on
//! nothing else. Characters with several readings match by each of them. Full-width and half-width, capital and small
//! letters and blanks make no difference.
//!
//! Names are sequences of small character numbers, ordered by rank. For each pair of neighbouring characters there is
//! the set of names that have it (a bit map where many do, else a list), with the name's beginning and end as characters
//! of their own; for each pair of initials likewise. A query reads the sets of its own pairs, and looks only at names that
//! are in all of them, in order of rank, until it has enough.

mod build;
mod letters;
mod pages;
mod search;
mod sets;

use huoshui_kernel::Uscc;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use build::Builder;
pub use pages::After;

use letters::Letters;
use sets::Pairs;

/// The most enterprises of one index.
pub const MAX_FIRMS: usize = 20_000_000;
/// The most public fields of an enterprise.
pub const MAX_COLUMNS: usize = 40;
/// The longest name, in characters.
pub const MAX_NAME: usize = 200;
/// The longest query, in characters.
pub const MAX_QUERY: usize = 60;
/// The most results of one query.
pub const MAX_HITS: usize = 100;

/// A text in pinyin without tones, each character by the first of its readings: what a query may be.
#[must_use]
pub fn first_reading(text: &str) -> String {
    letters::first_reading(text)
}

/// How a query met an enterprise, by rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    /// The USCC begins with it.
    Uscc,
    /// It is the name.
    Name,
    /// The name begins with it.
    NamePrefix,
    /// The name holds it.
    NamePart,
    /// The pinyin begins with it.
    PinyinPrefix,
    /// The pinyin holds it.
    PinyinPart,
    /// The initials begin with it.
    InitialsPrefix,
    /// The initials hold it.
    InitialsPart,
}

/// An enterprise found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Its USCC.
    pub uscc: Uscc,
    /// Its name.
    pub name: String,
    /// Its former name, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_name: Option<String>,
    /// Whether it was the former name that was met.
    #[serde(default)]
    pub by_former_name: bool,
    /// How it was met.
    pub matched: Matched,
    /// Its public fields, by [`Index::columns`].
    pub public: Vec<Value>,
}

/// Texts one after another.
#[derive(Clone, Debug, Default)]
struct Texts {
    text: String,
    /// Where each ends.
    ends: Vec<u32>,
}

impl Texts {
    fn push(&mut self, text: &str) -> Option<()> {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).ok()?);
        Some(())
    }

    fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<u32>()
    }
}

/// The index. Built once from a list of enterprises; a new list makes a new index.
#[derive(Debug)]
pub struct Index {
    columns: Vec<String>,
    /// By USCC.
    usccs: Vec<Uscc>,
    names: Texts,
    formers: Texts,
    public: Texts,
    /// By rank: whose name it is, whether a former one, and where its characters end in `text`.
    firms: Vec<u32>,
    first_former: usize,
    ends: Vec<u32>,
    text: Vec<u16>,
    letters: Letters,
    pairs: Pairs,
    initials: Pairs,
}

impl Index {
    /// Enterprises in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.usccs.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.usccs.is_empty()
    }

    /// Names of the public fields that hits carry.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// About how much memory it takes, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let numbers = self.firms.capacity() + self.ends.capacity();
        let own = numbers * size_of::<u32>() + self.text.capacity() * size_of::<u16>();
        let texts = self.names.bytes() + self.formers.bytes() + self.public.bytes();
        own + texts + self.usccs.capacity() * size_of::<Uscc>() + self.pairs.bytes() + self.initials.bytes()
    }

    /// The characters of the name of this rank.
    fn characters(&self, rank: usize) -> &[u16] {
        let start = rank.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(rank).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn hit(&self, firm: usize, matched: Matched, by_former_name: bool) -> Option<Hit> {
        let former = self.formers.get(firm);
        Some(Hit {
            uscc: *self.usccs.get(firm)?,
            name: self.names.get(firm).to_owned(),
            former_name: (!former.is_empty()).then(|| former.to_owned()),
            by_former_name,
            matched,
            public: serde_json::from_str(self.public.get(firm)).unwrap_or_default(),
        })
    }
}
