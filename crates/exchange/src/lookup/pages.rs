//! Pages of hits: each begins after the last hit of the one before, whatever became of the index in between.

use huoshui_kernel::Uscc;
use huoshui_kernel::fault::Result;
use serde::{Deserialize, Serialize};

use super::build::initial;
use super::letters::EDGE;
use super::search::{Found, Query, Reading};
use super::{Hit, Index, MAX_HITS, Matched};
use crate::verify::normal;

/// The shortest beginning of a USCC that is searched: two places hardly tell one firm from another.
const MIN_USCC: usize = 4;

/// The last hit of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// How it was met.
    pub matched: Matched,
    /// The firm.
    pub uscc: Uscc,
    /// Whether by its former name.
    pub former: bool,
    /// Its place in the index, for when the firm is no longer in it.
    pub rank: u32,
}

/// In the order of their rank.
const ALL: [Matched; 8] = [
    Matched::Uscc,
    Matched::Name,
    Matched::NamePrefix,
    Matched::NamePart,
    Matched::PinyinPrefix,
    Matched::PinyinPart,
    Matched::InitialsPrefix,
    Matched::InitialsPart,
];

impl Query {
    /// Whether it has letters, and whether it has anything beside letters and digits.
    pub(super) fn letters(&self) -> (bool, bool) {
        let (mut latin, mut other) = (false, false);
        for b in &self.ascii {
            if b.is_ascii_lowercase() { latin = true } else { other |= !b.is_ascii_digit() }
        }
        (latin, other)
    }

    /// The beginning of a USCC that it may be.
    pub(super) fn code(&self) -> Option<String> {
        let prefix = self.text.to_ascii_uppercase();
        let fits = prefix.bytes().all(|b| b.is_ascii_alphanumeric()) && prefix.bytes().any(|b| b.is_ascii_digit());
        (fits && (MIN_USCC..=18).contains(&prefix.len())).then_some(prefix)
    }

    /// Its letters as numbers of initials; none where it is not letters alone.
    pub(super) fn initials(&self) -> Option<Vec<u16>> {
        self.ascii.iter().map(|b| initial(*b)).collect()
    }

    /// Whether a name is it, begins with it, or holds it.
    pub(super) fn stands_in(&self, name: &[u16], how: Matched) -> bool {
        let wanted = self.numbers.as_slice();
        match how {
            Matched::Name => name == wanted,
            Matched::NamePrefix => name.starts_with(wanted),
            _ => name.windows(wanted.len()).any(|w| w == wanted),
        }
    }
}

impl Index {
    /// A page of what [`Index::search`] finds, with where the next one begins; none on the last. Together the pages give
    /// every firm that the query meets, once.
    pub fn page(&self, query: &str, limit: usize, after: Option<&After>) -> Result<(Vec<Hit>, Option<After>)> {
        let limit = limit.clamp(1, MAX_HITS);
        let after = after.map(|a| (a.matched, self.place(a)));
        let mut found = Found { limit: limit + 1, after, hits: Vec::new() };
        self.find(&self.query(query)?, &mut found);
        let more = found.hits.len() > limit;
        found.hits.truncate(limit);
        let next = found.hits.last().filter(|_| more).and_then(|(firm, former, matched)| {
            let (uscc, matched, former) = (*self.usccs.get(*firm as usize)?, *matched, *former);
            let rank = if matched == Matched::Uscc { *firm } else { self.rank(*firm, former)? };
            Some(After { matched, uscc, former, rank })
        });
        Ok((self.hits(&found.hits), next))
    }

    /// Where the last hit of a page stands now; the last place before where it stood, when the firm is gone.
    fn place(&self, after: &After) -> u32 {
        let firm = self.usccs.binary_search(&after.uscc).ok().and_then(|firm| u32::try_from(firm).ok());
        let place = firm.and_then(|firm| match after.matched {
            Matched::Uscc => Some(firm),
            _ => self.rank(firm, after.former),
        });
        place.unwrap_or_else(|| after.rank.saturating_sub(1))
    }

    /// The rank of a firm's name; none where it has no such name.
    fn rank(&self, firm: u32, former: bool) -> Option<u32> {
        let text = normal(self.named(firm, former));
        let wanted = (text.chars().count(), text, firm);
        let (from, to) = if former { (self.first_former, self.firms.len()) } else { (0, self.first_former) };
        let (mut low, mut high) = (from, to);
        while low < high {
            let middle = low + (high - low) / 2;
            let owner = *self.firms.get(middle)?;
            let text = normal(self.named(owner, former));
            if (text.chars().count(), text, owner) < wanted { low = middle + 1 } else { high = middle }
        }
        let found = low < to && self.firms.get(low) == Some(&firm);
        found.then(|| u32::try_from(low).ok()).flatten()
    }

    fn named(&self, firm: u32, former: bool) -> &str {
        if former { self.formers.get(firm as usize) } else { self.names.get(firm as usize) }
    }

    /// Whether a firm is met by something that ranks before this name met like this.
    pub(super) fn met_before(&self, query: &Query, firm: u32, how: Matched, former: bool) -> bool {
        let names = [false, true].map(|former| {
            let text = normal(self.named(firm, former));
            text.chars().filter_map(|c| self.letters.known(c)).collect::<Vec<u16>>()
        });
        let before = ALL.into_iter().flat_map(|class| [(class, false), (class, true)]);
        before.take_while(|place| *place < (how, former)).any(|(class, former)| {
            let [present, past] = &names;
            let name = if former { past } else { present };
            !name.is_empty() && self.meets(query, firm, class, name)
        })
    }

    fn meets(&self, query: &Query, firm: u32, class: Matched, name: &[u16]) -> bool {
        let (latin, other) = query.letters();
        match class {
            Matched::Uscc => {
                let code = self.usccs.get(firm as usize);
                query.code().is_some_and(|prefix| code.is_some_and(|u| u.as_str().starts_with(&prefix)))
            }
            Matched::Name | Matched::NamePrefix | Matched::NamePart => {
                !query.numbers.contains(&EDGE) && query.stands_in(name, class)
            }
            Matched::PinyinPrefix | Matched::PinyinPart => {
                latin && !other && self.read_in(query, name, Reading::Pinyin, class)
            }
            Matched::InitialsPrefix | Matched::InitialsPart if other => {
                latin && self.read_in(query, name, Reading::Mixed, class)
            }
            Matched::InitialsPrefix | Matched::InitialsPart => {
                latin && query.initials().is_some() && self.read_in(query, name, Reading::Initials, class)
            }
        }
    }
}
