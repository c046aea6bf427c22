//! Building the index.

use huoshui_kernel::Uscc;
use huoshui_kernel::fault::{Fault, Result};
use serde_json::Value;

use super::letters::{EDGE, Letters};
use super::sets::Collect;
use super::{Index, MAX_COLUMNS, MAX_FIRMS, MAX_NAME, Texts};
use crate::faults;
use crate::verify::normal;

/// Takes enterprises, and makes the index of them.
#[derive(Debug)]
pub struct Builder {
    columns: Vec<String>,
    firms: Vec<Firm>,
}

#[derive(Debug)]
struct Firm {
    uscc: Uscc,
    name: Box<str>,
    former: Box<str>,
    public: Box<str>,
}

fn too_many() -> Fault {
    Fault::new(&faults::TOO_MANY).with("limit", MAX_FIRMS)
}

impl Builder {
    /// An empty list of enterprises with these public fields beside the names.
    #[must_use]
    pub fn new<C: AsRef<str>>(columns: &[C]) -> Self {
        let columns = columns.iter().take(MAX_COLUMNS).map(|c| c.as_ref().to_owned()).collect();
        Self { columns, firms: Vec::new() }
    }

    /// One more. Of names only the first [`MAX_NAME`] characters are kept; public values beyond the fields are dropped.
    /// A USCC given again replaces what was given before.
    pub fn add(&mut self, uscc: Uscc, name: &str, former_name: Option<&str>, public: &[Value]) -> Result<()> {
        if self.firms.len() >= MAX_FIRMS {
            return Err(too_many());
        }
        let cut = |text: &str| text.trim().chars().take(MAX_NAME).collect::<String>().into_boxed_str();
        let cells: Vec<&Value> = public.iter().take(self.columns.len()).collect();
        let public = match cells.is_empty() {
            true => Box::from(""),
            false => serde_json::to_string(&cells).unwrap_or_default().into_boxed_str(),
        };
        self.firms.push(Firm { uscc, name: cut(name), former: cut(former_name.unwrap_or_default()), public });
        Ok(())
    }

    /// The index. Fault `exchange.too_many` where texts or characters are more than it can number.
    pub fn build(mut self) -> Result<Index> {
        // The last of equal codes: sorting keeps their order, and of each run the last stays.
        self.firms.sort_by_key(|f| f.uscc);
        self.firms.reverse();
        self.firms.dedup_by_key(|f| f.uscc);
        self.firms.reverse();
        make(self.columns, &self.firms).ok_or_else(too_many)
    }
}

/// A name as it is searched: whose, former or not, its characters.
struct Name {
    former: bool,
    firm: u32,
    text: Box<str>,
    length: usize,
}

fn make(columns: Vec<String>, firms: &[Firm]) -> Option<Index> {
    let (mut names, mut formers, mut public) = (Texts::default(), Texts::default(), Texts::default());
    let mut searched: Vec<Name> = Vec::with_capacity(firms.len());
    for (i, firm) in firms.iter().enumerate() {
        names.push(&firm.name)?;
        formers.push(&firm.former)?;
        public.push(&firm.public)?;
        for (former, name) in [(false, &firm.name), (true, &firm.former)] {
            let text = normal(name).into_boxed_str();
            let length = text.chars().count();
            if length > 0 {
                searched.push(Name { former, firm: u32::try_from(i).ok()?, text, length });
            }
        }
    }
    // The order of hits: firms are in the order of their codes.
    searched
        .sort_unstable_by(|a, b| (a.former, a.length, &*a.text, a.firm).cmp(&(b.former, b.length, &*b.text, b.firm)));
    let first_former = searched.partition_point(|n| !n.former);
    let mut letters = Letters::default();
    let (mut owners, mut ends, mut text) = (Vec::with_capacity(searched.len()), Vec::new(), Vec::<u16>::new());
    let (mut pairs, mut initials) = (Collect::default(), Collect::default());
    for (rank, name) in searched.iter().enumerate() {
        let rank = u32::try_from(rank).ok()?;
        let mut before = EDGE;
        for c in name.text.chars() {
            let number = letters.number(c)?;
            pairs.add(before, number, rank);
            join(&letters, &mut initials, before, number, rank);
            text.push(number);
            before = number;
        }
        pairs.add(before, EDGE, rank);
        ends.push(u32::try_from(text.len()).ok()?);
        owners.push(name.firm);
    }
    text.shrink_to_fit();
    Some(Index {
        columns,
        usccs: firms.iter().map(|f| f.uscc).collect(),
        names,
        formers,
        public,
        first_former,
        pairs: pairs.finish(owners.len())?,
        initials: initials.finish(owners.len())?,
        firms: owners,
        ends,
        text,
        letters,
    })
}

/// The pairs of initials of two neighbours, in the numbers that [`initial`] gives.
fn join(letters: &Letters, initials: &mut Collect, before: u16, number: u16, rank: u32) {
    let seconds = letters.initials(number);
    if before == EDGE {
        each(seconds, |second| initials.add(EDGE, second, rank));
    } else {
        each(letters.initials(before), |first| each(seconds, |second| initials.add(first, second, rank)));
    }
}

/// The numbers of the letters in a mask.
fn each(mut mask: u32, mut visit: impl FnMut(u16)) {
    while mask != 0 {
        visit(u16::try_from(mask.trailing_zeros() + 1).unwrap_or(EDGE));
        mask &= mask - 1;
    }
}

/// The number of a letter among initials: a is 1.
pub(super) fn initial(letter: u8) -> Option<u16> {
    letter.is_ascii_lowercase().then(|| u16::from(letter - b'a') + 1)
}
