//! Searching the index.

use std::ops::ControlFlow;

use huoshui_kernel::fault::{Fault, Result};

use super::letters::{EDGE, bit};
use super::sets::{Pairs, Set};
use super::{Hit, Index, MAX_HITS, MAX_QUERY, Matched};
use crate::faults;
use crate::verify::normal;

/// The most ways to cut a query into syllables that are followed; a query with more is cut by the first.
const MAX_CUTS: usize = 16;

/// A query made ready. Offsets count its characters.
pub(super) struct Query {
    pub(super) text: String,
    /// Numbers of its characters; 0 for one that no name has.
    pub(super) numbers: Vec<u16>,
    /// Its characters in ASCII; 0 for others.
    pub(super) ascii: Vec<u8>,
}

/// What a place of a name may be read as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    Pinyin,
    Initials,
    /// Chinese as it stands, letters as pinyin or as an initial.
    Mixed,
}

/// Hits so far.
pub(super) struct Found {
    pub(super) limit: usize,
    /// The last hit of the page before, by rank (of its firm, where that was met by its code): all up to it were given.
    pub(super) after: Option<(Matched, u32)>,
    pub(super) hits: Vec<(u32, bool, Matched)>,
}

impl Found {
    fn full(&self) -> bool {
        self.hits.len() >= self.limit
    }

    /// Whether an earlier page ended after everything that is met like this.
    fn over(&self, how: Matched) -> bool {
        self.full() || self.after.is_some_and(|(matched, _)| how < matched)
    }

    /// Whether an earlier page ended after this name.
    fn passed(&self, how: Matched, rank: u32) -> bool {
        self.after.is_some_and(|after| (how, rank) <= after)
    }

    fn add(&mut self, firm: u32, former: bool, matched: Matched) {
        if !self.full() && self.hits.iter().all(|(known, ..)| *known != firm) {
            self.hits.push((firm, former, matched));
        }
    }
}

impl Index {
    /// The enterprises that a query meets, best first, at most `limit` (1 to [`MAX_HITS`]). A query is 1 to [`MAX_QUERY`]
    /// characters, blanks not counted: `exchange.query` otherwise.
    pub fn search(&self, query: &str, limit: usize) -> Result<Vec<Hit>> {
        let mut found = Found { limit: limit.clamp(1, MAX_HITS), after: None, hits: Vec::new() };
        self.find(&self.query(query)?, &mut found);
        Ok(self.hits(&found.hits))
    }

    pub(super) fn query(&self, query: &str) -> Result<Query> {
        let text = normal(query).replace(['\'', '’'], "").replace('ü', "v");
        let length = text.chars().count();
        if !(1..=MAX_QUERY).contains(&length) {
            let (zh, en) = (format!("应为1至{MAX_QUERY}个字"), format!("it must have 1 to {MAX_QUERY} characters"));
            return Err(Fault::new(&faults::QUERY).with("zh", zh).with("en", en).field("query"));
        }
        let numbers = text.chars().map(|c| self.letters.known(c).unwrap_or(EDGE)).collect();
        let ascii: Vec<u8> = text.chars().map(|c| u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(0)).collect();
        Ok(Query { text, numbers, ascii })
    }

    pub(super) fn find(&self, query: &Query, found: &mut Found) {
        self.by_uscc(query, found);
        self.by_name(query, found);
        match query.letters() {
            (true, false) => {
                self.by_pinyin(query, found);
                self.by_initials(query, found);
            }
            (true, true) => self.by_mixture(query, found),
            (false, _) => {}
        }
    }

    pub(super) fn hits(&self, found: &[(u32, bool, Matched)]) -> Vec<Hit> {
        found.iter().filter_map(|(firm, former, how)| self.hit(*firm as usize, *how, *former)).collect()
    }

    fn by_uscc(&self, query: &Query, found: &mut Found) {
        let Some(prefix) = query.code().filter(|_| !found.over(Matched::Uscc)) else { return };
        let from = self.usccs.partition_point(|u| u.as_str() < prefix.as_str());
        let last = found.after.map_or(0, |(_, firm)| firm as usize + 1);
        let with = self.usccs.iter().enumerate().skip(from.max(last));
        let with = with.take_while(|(_, u)| u.as_str().starts_with(&prefix));
        for (firm, _) in with.take(found.limit) {
            found.add(u32::try_from(firm).unwrap_or(u32::MAX), false, Matched::Uscc);
        }
    }

    /// Takes a name that was met; breaks once there are enough.
    fn take(&self, query: &Query, rank: u32, how: Matched, found: &mut Found) -> ControlFlow<()> {
        let former = rank as usize >= self.first_former;
        // What an earlier page may have given must be told without it: by what the firm is first met by.
        let given = |firm: u32| found.after.is_some() && self.met_before(query, firm, how, former);
        if let Some(firm) = self.firms.get(rank as usize).filter(|firm| !found.passed(how, rank) && !given(**firm)) {
            found.add(*firm, former, how);
        }
        if found.full() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn by_name(&self, query: &Query, found: &mut Found) {
        let wanted = query.numbers.as_slice();
        if wanted.contains(&EDGE) {
            return;
        }
        for how in [Matched::Name, Matched::NamePrefix, Matched::NamePart] {
            if found.over(how) {
                continue;
            }
            let mut chain = Vec::with_capacity(wanted.len() + 2);
            chain.extend((how != Matched::NamePart).then_some(EDGE));
            chain.extend_from_slice(wanted);
            chain.extend((how == Matched::Name).then_some(EDGE));
            self.chain(&chain, |rank| match query.stands_in(self.characters(rank as usize), how) {
                true => self.take(query, rank, how, found),
                false => ControlFlow::Continue(()),
            });
        }
    }

    /// Visits, in order, the names that may have these characters one after another.
    fn chain(&self, chain: &[u16], visit: impl FnMut(u32) -> ControlFlow<()>) {
        if let [only] = chain {
            return self.with_any(&[*only], visit);
        }
        let mut sets: Vec<Set<'_>> = Vec::with_capacity(chain.len());
        for pair in chain.windows(2) {
            let [first, second] = pair else { continue };
            match self.pairs.get(*first, *second) {
                Some(set) => sets.push(set),
                // A pair that no name has.
                None => return,
            }
        }
        Pairs::common(&sets, visit);
    }

    /// A map of the names that have any of these characters; none where so many have that to look at one name after
    /// another soon finds enough. Every character is followed by another or by the name's end, so it begins a pair.
    fn any_of(&self, characters: &[u16]) -> Option<Vec<u64>> {
        let sets = || characters.iter().flat_map(|c| self.pairs.after(*c)).map(|(_, set)| set);
        let many = sets().map(|s| s.len()).sum::<usize>() > self.firms.len() / 4;
        (!many).then(|| self.pairs.union(sets()))
    }

    /// Visits every name, in order.
    fn each(&self, mut visit: impl FnMut(u32) -> ControlFlow<()>) {
        let mut all = 0..u32::try_from(self.firms.len()).unwrap_or(u32::MAX);
        let _ = all.try_for_each(&mut visit);
    }

    /// Visits, in order, the names that have any of these characters, and maybe others.
    fn with_any(&self, characters: &[u16], visit: impl FnMut(u32) -> ControlFlow<()>) {
        match self.any_of(characters) {
            Some(map) => Pairs::common(&[Set::Bits(&map, 0)], visit),
            None => self.each(visit),
        }
    }

    fn by_pinyin(&self, query: &Query, found: &mut Found) {
        let mut cuts = Vec::new();
        self.cut(&query.ascii, &mut Vec::new(), &mut cuts);
        if cuts.is_empty() {
            return;
        }
        for (how, at_start) in [(Matched::PinyinPrefix, true), (Matched::PinyinPart, false)] {
            if found.over(how) {
                continue;
            }
            let (mut maps, mut everything) = (Vec::<Vec<u64>>::new(), false);
            for cut in &cuts {
                let mut parts: Vec<Vec<bool>> = cut.iter().map(|(part, whole)| self.read_as(part, *whole)).collect();
                if at_start {
                    let mut edge = vec![false; self.letters.count()];
                    edge.iter_mut().take(1).for_each(|flag| *flag = true);
                    parts.insert(0, edge);
                }
                if let [only] = parts.as_slice() {
                    // A syllable anywhere: by its characters alone.
                    match self.any_of(&numbers(only)) {
                        Some(map) => maps.push(map),
                        None => everything = true,
                    }
                    continue;
                }
                let mut common: Option<Vec<u64>> = None;
                for pair in parts.windows(2) {
                    let [firsts, seconds] = pair else { continue };
                    let follows = |second: u16| seconds.get(usize::from(second)).copied().unwrap_or(false);
                    let sets = numbers(firsts);
                    let sets =
                        sets.iter().flat_map(|c| self.pairs.after(*c)).filter(|(c, _)| follows(*c)).map(|(_, s)| s);
                    let map = self.pairs.union(sets);
                    common = Some(match common {
                        None => map,
                        Some(before) => before.iter().zip(&map).map(|(a, b)| a & b).collect(),
                    });
                }
                maps.extend(common);
            }
            let look = |rank| self.look(query, rank, Reading::Pinyin, how, found);
            match everything {
                true => self.each(look),
                false => {
                    let all = self.pairs.union(maps.iter().map(|m| Set::Bits(m, 0)));
                    Pairs::common(&[Set::Bits(&all, 0)], look);
                }
            }
        }
    }

    fn by_initials(&self, query: &Query, found: &mut Found) {
        let Some(wanted) = query.initials() else { return };
        for (how, at_start) in [(Matched::InitialsPrefix, true), (Matched::InitialsPart, false)] {
            if found.over(how) {
                continue;
            }
            let chain: Vec<u16> = at_start.then_some(EDGE).into_iter().chain(wanted.iter().copied()).collect();
            let visit = |rank: u32| self.look(query, rank, Reading::Initials, how, found);
            if chain.len() < 2 {
                self.each(visit);
                continue;
            }
            let pair = |pair: &[u16]| self.initials.get(*pair.first()?, *pair.get(1)?);
            let Some(sets) = chain.windows(2).map(pair).collect::<Option<Vec<_>>>() else { continue };
            Pairs::common(&sets, visit);
        }
    }

    fn by_mixture(&self, query: &Query, found: &mut Found) {
        let chinese = |at: usize| query.ascii.get(at) == Some(&0);
        let number = |at: usize| query.numbers.get(at).copied().unwrap_or(EDGE);
        let places: Vec<usize> = (0..query.numbers.len()).filter(|at| chinese(*at)).collect();
        if places.iter().any(|at| number(*at) == EDGE) {
            return;
        }
        for how in [Matched::InitialsPrefix, Matched::InitialsPart] {
            if found.over(how) {
                continue;
            }
            let pairs =
                places.iter().filter(|at| chinese(**at + 1)).map(|at| self.pairs.get(number(*at), number(*at + 1)));
            let Some(sets) = pairs.collect::<Option<Vec<_>>>() else { return };
            let visit = |rank: u32| self.look(query, rank, Reading::Mixed, how, found);
            match (sets.is_empty(), places.first()) {
                (true, Some(at)) => self.with_any(&[number(*at)], visit),
                _ => Pairs::common(&sets, visit),
            }
        }
    }

    /// Looks at a name itself.
    fn look(&self, query: &Query, rank: u32, as_: Reading, how: Matched, found: &mut Found) -> ControlFlow<()> {
        let meets = !found.passed(how, rank) && self.read_in(query, self.characters(rank as usize), as_, how);
        if meets { self.take(query, rank, how, found) } else { ControlFlow::Continue(()) }
    }

    /// Whether a name can be read as the query: from its beginning, or from any place.
    pub(super) fn read_in(&self, query: &Query, name: &[u16], as_: Reading, how: Matched) -> bool {
        let last = match how {
            Matched::PinyinPrefix | Matched::InitialsPrefix => 0,
            _ => name.len(),
        };
        (0..=last).any(|from| self.reads(query, name.get(from..).unwrap_or_default(), as_))
    }

    /// Whether a name read from its beginning begins with the query. `open` has a bit for each offset of the query that
    /// some reading of the characters so far ends at: linear, however many readings there are.
    fn reads(&self, query: &Query, name: &[u16], as_: Reading) -> bool {
        let end = query.ascii.len();
        let mut open: u64 = 1;
        for number in name {
            let mut next: u64 = 0;
            let mut left = open;
            while left != 0 {
                let at = left.trailing_zeros() as usize;
                left &= left - 1;
                let rest = query.ascii.get(at..).unwrap_or_default();
                let Some(letter) = rest.first() else { continue };
                if as_ == Reading::Mixed && query.numbers.get(at) == Some(number) {
                    next |= 1 << (at + 1);
                }
                if as_ != Reading::Pinyin && self.letters.initials(*number) & bit(*letter) != 0 {
                    next |= 1 << (at + 1);
                }
                if as_ != Reading::Initials {
                    for reading in self.letters.readings(*number) {
                        if rest.starts_with(reading) {
                            next |= 1 << (at + reading.len());
                        } else if reading.starts_with(rest) {
                            // The query ends within a syllable.
                            return true;
                        }
                    }
                }
            }
            if next >> end & 1 == 1 {
                return true;
            }
            if next == 0 {
                return false;
            }
            open = next;
        }
        false
    }

    /// The characters that may be read as a syllable, or as one that begins so, a flag for each number.
    fn read_as(&self, part: &[u8], whole: bool) -> Vec<bool> {
        let numbers = 0..self.letters.count();
        let fits = |r: &[u8]| if whole { r == part } else { r.starts_with(part) };
        let reads = |n: usize| self.letters.readings(u16::try_from(n).unwrap_or(EDGE)).iter().any(|r| fits(r));
        numbers.map(reads).collect()
    }

    /// Cuts a query into syllables that some character has; the last may be the beginning of one.
    fn cut<'q>(&self, rest: &'q [u8], before: &mut Vec<(&'q [u8], bool)>, cuts: &mut Vec<Vec<(&'q [u8], bool)>>) {
        if rest.is_empty() {
            cuts.push(before.clone());
            return;
        }
        // The longest syllable first: “xian” is more often one than two.
        for length in (1..=rest.len().min(6)).rev() {
            let (part, tail) = rest.split_at(length);
            let whole = self.letters.has_syllable(part);
            if cuts.len() >= MAX_CUTS {
                return;
            }
            if whole && !tail.is_empty() {
                before.push((part, true));
                self.cut(tail, before, cuts);
                before.pop();
            } else if tail.is_empty() && self.letters.begins_syllable(part) {
                before.push((part, false));
                cuts.push(before.clone());
                before.pop();
            }
        }
    }
}

/// The numbers whose flags are set.
fn numbers(flags: &[bool]) -> Vec<u16> {
    let set = flags.iter().enumerate().filter(|(_, flag)| **flag);
    set.filter_map(|(number, _)| u16::try_from(number).ok()).collect()
}
